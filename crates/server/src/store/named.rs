//! Accounts where their names tell them apart: of two whose names differ in nothing but capitals the second is not
//! made. It asks nothing of names that were given elsewhere.

use crate::store::{AccountRow, LoginId, NewAccount, StoreError};
use houseful_room::AccountId;

/// Why there is no such account, as the store says it in a `Conflict`.
pub const NAME_TAKEN: &str = "name";
/// See [`NAME_TAKEN`].
pub const EMAIL_TAKEN: &str = "email";

/// An account written anew.
#[derive(Clone, Debug)]
pub struct Rewritten {
    /// Which.
    pub account: AccountId,
    /// Its address from now on, normalised.
    pub email: String,
    /// Its name from now on.
    pub name: String,
    /// Its password's hash from now on.
    pub password: String,
    /// The login that does not end.
    pub keep: LoginId,
    /// Now (ms since 1970).
    pub at: i64,
}

/// Accounts by their names.
pub trait NamedStore: Send + Sync {
    /// Makes an account. `Conflict` with what is taken: [`NAME_TAKEN`] or [`EMAIL_TAKEN`].
    fn create_named(&self, account: NewAccount) -> Result<AccountRow, StoreError>;
    /// Writes one anew, ending its other logins; the same conflicts. Answers which logins those were.
    fn rewrite_account(&self, to: Rewritten) -> Result<Vec<LoginId>, StoreError>;
    /// Accounts with an address that are not erased, by number.
    fn accounts_by_number(
        &self,
        after: AccountId,
        limit: usize,
    ) -> Result<Vec<AccountRow>, StoreError>;
}
