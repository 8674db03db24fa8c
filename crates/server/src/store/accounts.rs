//! Accounts as the store keeps them. A row never leaves the server whole: what others may see is a
//! type of its own with a list of fields.

use crate::store::LoginId;
use crate::store::StoreError;
use houseful_room::{AccountId, Standing};
use serde::{Deserialize, Serialize};

/// What an account may do. An organiser's power is over that person's own events.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Follows, holds, books.
    Attendee,
    /// Makes events too.
    Organiser,
    /// Everything.
    Admin,
}

impl Role {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Attendee => "attendee",
            Role::Organiser => "organiser",
            Role::Admin => "admin",
        }
    }

    /// Reads what [`Role::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Role> {
        [Role::Attendee, Role::Organiser, Role::Admin].into_iter().find(|r| r.as_str() == text)
    }
}

impl From<Role> for Standing {
    fn from(role: Role) -> Standing {
        match role {
            Role::Attendee => Standing::Attendee,
            Role::Organiser => Standing::Organiser,
            Role::Admin => Standing::Admin,
        }
    }
}

/// An account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// Its number.
    pub id: AccountId,
    /// The address, normalised; unique.
    pub email: String,
    /// What others see.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The password's hash (PHC text).
    pub password: String,
    /// Whether it may not sign in.
    pub is_disabled: bool,
    /// When it was made (ms since 1970).
    pub created_at: i64,
    /// When it was erased, if it was: then it says of nobody who they were.
    pub erased_at: Option<i64>,
}

/// What others may see of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// Its number.
    pub id: AccountId,
    /// What it is called.
    pub name: String,
    /// Its picture's name.
    pub avatar: Option<String>,
}

/// An account to be made.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// The address, normalised.
    pub email: String,
    /// What others see.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The password's hash (PHC text).
    pub password: String,
    /// Now (ms since 1970).
    pub at: i64,
}

/// Accounts. A write that takes power away ends the account's logins in the same transaction and
/// answers which those were.
pub trait AccountStore: Send + Sync {
    /// Makes an account. `Conflict` if the address is taken.
    fn create_account(&self, account: NewAccount) -> Result<AccountRow, StoreError>;
    /// Makes an admin if there is none. `Conflict` if there is one, or if the address is taken.
    fn create_first_admin(&self, account: NewAccount) -> Result<AccountRow, StoreError>;
    /// Whether there is an admin.
    fn has_admin(&self) -> Result<bool, StoreError>;
    /// An account by its normalised address.
    fn account_by_email(&self, email: &str) -> Result<Option<AccountRow>, StoreError>;
    /// An account.
    fn account(&self, id: AccountId) -> Result<Option<AccountRow>, StoreError>;
    /// The names of those that exist.
    fn names(&self, ids: &[AccountId]) -> Result<Vec<(AccountId, String)>, StoreError>;
    /// What others may see of those that exist.
    fn faces(&self, ids: &[AccountId]) -> Result<Vec<Face>, StoreError>;
    /// Accounts whose name or address contains the text, by number.
    fn search_accounts(&self, text: &str, limit: usize) -> Result<Vec<AccountRow>, StoreError>;
    /// How many accounts there are.
    fn count_accounts(&self) -> Result<u64, StoreError>;
    /// Changes the role. A lower one ends all logins; a higher one is seen at the next refresh.
    /// `Conflict` if nobody would be admin.
    fn set_role(&self, id: AccountId, role: Role, at: i64) -> Result<Vec<LoginId>, StoreError>;
    /// Shuts an account out, ending its logins, or lets it in again. `Conflict` if nobody would be
    /// admin.
    fn set_disabled(&self, id: AccountId, is: bool, at: i64) -> Result<Vec<LoginId>, StoreError>;
    /// Changes the password's hash, ending all logins but `keep`.
    fn set_password(
        &self,
        id: AccountId,
        hash: &str,
        keep: LoginId,
        at: i64,
    ) -> Result<Vec<LoginId>, StoreError>;
}
