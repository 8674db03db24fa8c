//! Guests: people who have said a name and proved nothing. A guest is an account that nobody can sign in to, made by
//! the first thing of theirs that lasts, and never the account of somebody who has the same name.

use super::{AccountError, Accounts, policy};
use crate::store::{AccountRow, NewAccount, Role, StoreError};
use icu_normalizer::ComposingNormalizerBorrowed;
use std::net::IpAddr;

/// No e-mail address begins so: there is no `@` in it.
const ADDRESS: &str = "guest:";
/// What is shown behind the name; no other account's name may end so.
const SUFFIX: &str = " (guest)";

/// The bare name of whoever is shown so, if they are a guest.
pub fn guest_name(shown: &str) -> Option<&str> {
    shown.strip_suffix(SUFFIX)
}

/// What the account of a guest of this name is found by; none if nobody can be called so.
pub fn guest_address(name: &str) -> Option<String> {
    guest(name).map(|(address, _)| address)
}

impl AccountRow {
    /// Whether it is a guest's.
    pub fn is_guest(&self) -> bool {
        self.email.starts_with(ADDRESS)
    }
}

impl Accounts {
    /// The guest of this name, if there was one before.
    pub async fn find_guest(&self, name: &str) -> Result<Option<AccountRow>, AccountError> {
        let Some((address, _)) = guest(name) else { return Ok(None) };
        let found = self.stored(move |store| store.account_by_email(&address)).await?;
        Ok(found.filter(|account| !account.is_disabled))
    }

    /// The guest of this name; from one address so many new ones in an hour as sign-ups.
    pub async fn guest(&self, from: IpAddr, name: &str) -> Result<AccountRow, AccountError> {
        let wrong = AccountError::Field("name", "A guest's name has 1 to 72 characters.");
        let (email, shown) = guest(name).ok_or(wrong)?;
        let address = email.clone();
        let find = move |store: &dyn crate::store::Store| store.account_by_email(&address);
        let found = match self.stored(find.clone()).await? {
            Some(found) => found,
            None => {
                self.gates.sign_up(from)?;
                let (at, password) = (self.clock.wall().ms(), String::new());
                let new = NewAccount { email, name: shown, role: Role::Attendee, password, at };
                match self.stored(move |store| store.create_account(new)).await {
                    // Somebody of that name came at the same moment.
                    Err(AccountError::Store(StoreError::Conflict(_))) => {
                        self.stored(find).await?.ok_or(AccountError::NoSuchAccount)?
                    }
                    made => made?,
                }
            }
        };
        if found.is_disabled { Err(AccountError::NoSuchAccount) } else { Ok(found) }
    }
}

/// What a guest of this name is found by and shown as. Names that look the same are the same (NFC).
fn guest(name: &str) -> Option<(String, String)> {
    let name = policy::normal_name(&ComposingNormalizerBorrowed::new_nfc().normalize(name))?;
    let shown = policy::normal_name(&format!("{name}{SUFFIX}"))?;
    Some((format!("{ADDRESS}{name}"), shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guest_is_nobody_else() {
        let (address, shown) = guest(" ann ").unwrap();
        assert_eq!((address.as_str(), shown.as_str()), ("guest:ann", "ann (guest)"));
        assert_eq!(guest_name(&shown), Some("ann"));
        assert_eq!(policy::normal_email(&address), None, "nobody signs in by it");
        assert_eq!(guest("Ju\u{308}rgen"), guest("Jürgen"));
        assert_eq!((guest(""), guest("\u{200b}"), guest(&"x".repeat(73))), (None, None, None));
        assert!(guest(&"x".repeat(72)).is_some());
    }

    #[test]
    fn nobody_else_is_called_a_guest() {
        assert!(policy::person_name("Ann (guest)").is_none());
        assert!(policy::person_name("Ann (guest) Miller").is_some());
    }
}
