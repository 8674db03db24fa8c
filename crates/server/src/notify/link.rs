//! Links in mails that end mails of a kind without signing in. A link is signed with a secret of this server, and
//! can do nothing else.

use super::kind::Kind;
use crate::accounts::is_equal;
use crate::store::Hash;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use houseful_room::AccountId;
use sha2::{Digest, Sha256};

/// The secret's name in the store.
pub const SECRET: &str = "unsubscribe";

/// The end of somebody's link for a kind.
pub fn sign(secret: &Hash, account: AccountId, kind: Kind) -> String {
    let mac = URL_SAFE_NO_PAD.encode(mac(secret, account, kind));
    format!("{account}.{}.{mac}", kind.as_str())
}

/// Whose link it is, and for which kind; none if it was not signed here.
pub fn read(secret: &Hash, text: &str) -> Option<(AccountId, Kind)> {
    let (account, rest) = text.split_once('.')?;
    let (kind, given) = rest.split_once('.')?;
    let (account, kind) = (AccountId(account.parse().ok()?), Kind::parse(kind)?);
    let given: Hash = URL_SAFE_NO_PAD.decode(given).ok()?.try_into().ok()?;
    is_equal(&mac(secret, account, kind), &given).then_some((account, kind))
}

/// Every part has a fixed length, so plain SHA-256 is a sound way to sign with a secret.
fn mac(secret: &Hash, account: AccountId, kind: Kind) -> Hash {
    let kind = Sha256::digest(kind.as_str());
    let hash = Sha256::new().chain_update(secret).chain_update(account.0.to_be_bytes());
    hash.chain_update(kind).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_says_who_and_what_and_cannot_be_made_elsewhere() {
        let link = sign(&[1; 32], AccountId(7), Kind::Reminder);
        assert_eq!(read(&[1; 32], &link), Some((AccountId(7), Kind::Reminder)));
        assert_eq!(read(&[2; 32], &link), None);
        for forged in [
            link.replace("7.", "8."),
            link.replace("reminder", "changed"),
            link.replace("reminder", "everything"),
            format!("{link}A"),
            String::new(),
            "7.reminder.".to_owned(),
        ] {
            assert_eq!(read(&[1; 32], &forged), None, "{forged}");
        }
    }
}
