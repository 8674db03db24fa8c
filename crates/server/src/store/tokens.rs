//! Tokens of people's own programs as the store keeps them: never more of one than its hash.

use crate::store::{AccountRow, Hash, StoreError};
use houseful_room::AccountId;

/// A token to be kept.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// Whose.
    pub account: AccountId,
    /// Its hash.
    pub hash: Hash,
    /// What its person calls it.
    pub name: String,
    /// What it may do, as text.
    pub scopes: String,
    /// Its last characters, to tell it by.
    pub ending: String,
    /// Now (ms since 1970).
    pub at: i64,
    /// When it ends.
    pub expires_at: i64,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRow {
    /// Its number.
    pub id: u64,
    /// What its person calls it.
    pub name: String,
    /// What it may do, as text.
    pub scopes: String,
    /// Its last characters.
    pub ending: String,
    /// When it was made (ms since 1970).
    pub created_at: i64,
    /// When it ends.
    pub expires_at: i64,
    /// When it was last used, roughly.
    pub used_at: Option<i64>,
}

/// Tokens.
pub trait TokenStore: Send + Sync {
    /// Keeps a token, if its person has fewer than `most`: `Conflict` otherwise.
    fn create_token(&self, token: NewToken, most: usize) -> Result<TokenRow, StoreError>;
    /// Somebody's tokens, the newest first.
    fn tokens(&self, account: AccountId) -> Result<Vec<TokenRow>, StoreError>;
    /// The token of this hash and whose it is, unless that account is disabled.
    fn token(&self, hash: &Hash) -> Result<Option<(TokenRow, AccountRow)>, StoreError>;
    /// Notes that it was used.
    fn touch_token(&self, id: u64, at: i64) -> Result<(), StoreError>;
    /// Forgets one of somebody's; answers whether it was there.
    fn delete_token(&self, account: AccountId, id: u64) -> Result<bool, StoreError>;
    /// Forgets those that ended before this moment.
    fn purge_tokens(&self, before: i64) -> Result<(), StoreError>;
}
