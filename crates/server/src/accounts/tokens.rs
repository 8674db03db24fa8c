//! Tokens of people's own programs: made, looked up, taken back. A token is shown once; afterwards nobody, this server
//! included, knows more of it than its hash.

use super::{AccountError, Accounts, Identity, Scopes, TokenError, secret};
use crate::limits::{API_TOKEN_KEPT_MS, API_TOKEN_USED_MS, API_TOKENS_PER_PERSON};
use crate::store::{Hash, LoginId, NewToken, StoreError, TokenRow};
use houseful_room::{AccountId, Wall};
use sha2::{Digest, Sha256};

/// What every token begins with, so that it is known where it was left lying about.
const PREFIX: &str = "hf_";
/// Hexadecimal digits: 256 random bits, and 32 of a checksum over all that is before them.
const SECRET_CHARS: usize = 64;
const CHECK_CHARS: usize = 8;
/// So many characters at the end are kept, to tell tokens by.
const ENDING_CHARS: usize = 4;

/// Whether a bearer token means to be one of these.
pub fn is_api_token(text: &str) -> bool {
    text.starts_with(PREFIX)
}

impl Accounts {
    /// Makes a token; its text is told now and never again.
    pub async fn create_token(
        &self,
        account: AccountId,
        name: String,
        scopes: Scopes,
        life_ms: i64,
    ) -> Result<(String, TokenRow), AccountError> {
        let (text, at) = (fresh(), self.clock.wall().ms());
        let ending = text[text.len() - ENDING_CHARS..].to_owned();
        let (hash, scopes, expires_at) = (hash(&text), scopes.to_text(), at + life_ms);
        let new = NewToken { account, hash, name, scopes, ending, at, expires_at };
        let most = API_TOKENS_PER_PERSON;
        let row = self.stored(move |store| store.create_token(new, most)).await;
        let row = row.map_err(|error| match error {
            AccountError::Store(StoreError::Conflict(_)) => AccountError::TooManyTokens,
            error => error,
        })?;
        tracing::info!(%account, token = row.id, "API token made");
        Ok((text, row))
    }

    /// Somebody's tokens, the newest first.
    pub async fn tokens(&self, account: AccountId) -> Result<Vec<TokenRow>, AccountError> {
        self.stored(move |store| store.tokens(account)).await
    }

    /// Takes one back, at once; answers whether it was there.
    pub async fn revoke_token(&self, account: AccountId, id: u64) -> Result<bool, AccountError> {
        let is_gone = self.stored(move |store| store.delete_token(account, id)).await?;
        if is_gone {
            tracing::info!(%account, token = id, "API token revoked");
        }
        Ok(is_gone)
    }

    /// Whom a token stands for, as their account is now; or why it stands for nobody.
    pub async fn verify_token(
        &self,
        text: &str,
    ) -> Result<Result<Identity, TokenError>, AccountError> {
        if !is_well_formed(text) {
            return Ok(Err(TokenError::Invalid));
        }
        let hash = hash(text);
        let found = self.stored(move |store| store.token(&hash)).await?;
        let Some((token, account)) = found else { return Ok(Err(TokenError::Invalid)) };
        let now = self.clock.wall().ms();
        if now >= token.expires_at {
            return Ok(Err(TokenError::Expired));
        }
        if token.used_at.is_none_or(|used| now - used >= API_TOKEN_USED_MS) {
            self.note_use(token.id, now);
        }
        Ok(Ok(Identity {
            account: account.id,
            login: LoginId::NONE,
            name: account.name,
            role: account.role,
            expires_at: Wall(token.expires_at),
            scopes: Some(Scopes::read(&token.scopes)),
        }))
    }

    /// Forgets tokens that ended a while ago. To be called now and then.
    pub(super) async fn tidy_tokens(&self) -> Result<(), AccountError> {
        let before = self.clock.wall().ms() - API_TOKEN_KEPT_MS;
        self.stored(move |store| store.purge_tokens(before)).await
    }

    /// Nobody waits for it, and nothing is lost without it.
    fn note_use(&self, id: u64, at: i64) {
        let (store, tasks) = (self.store.clone(), self.tasks.clone());
        self.tasks.spawn(async move {
            let _ = tasks.blocking(move || store.touch_token(id, at)).await;
        });
    }
}

fn fresh() -> String {
    let begun = format!("{PREFIX}{}", hex(&secret::random()));
    let check = checksum(&begun);
    begun + &check
}

/// Whether the checksum fits: what was mistyped or invented is not looked up.
fn is_well_formed(text: &str) -> bool {
    let length = PREFIX.len() + SECRET_CHARS;
    let is_hex = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
    text.len() == length + CHECK_CHARS
        && text.starts_with(PREFIX)
        && text.bytes().skip(PREFIX.len()).all(is_hex)
        && checksum(&text[..length]) == text[length..]
}

fn checksum(text: &str) -> String {
    hex(&Sha256::digest(text)[..CHECK_CHARS / 2])
}

fn hash(text: &str) -> Hash {
    Sha256::digest(text).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_can_be_told_from_what_is_none() {
        let text = fresh();
        assert!(is_api_token(&text) && is_well_formed(&text), "{text}");
        assert_ne!(text, fresh());
        let last = if text.ends_with('0') { '1' } else { '0' };
        let wrong = [
            format!("{}{last}", &text[..text.len() - 1]),
            text[..text.len() - 1].to_owned(),
            format!("{text}0"),
            text.to_uppercase(),
            format!("hf_{}", "é".repeat(36)),
            "hf_".to_owned(),
            String::new(),
        ];
        for wrong in wrong {
            assert!(!is_well_formed(&wrong), "{wrong}");
        }
    }
}
