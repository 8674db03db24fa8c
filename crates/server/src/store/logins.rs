//! Logins, their refresh tokens and the signing keys as the store keeps them. Of a token it never
//! sees more than its hash.

use crate::store::Hash;
use crate::store::StoreError;
use houseful_room::AccountId;
use serde::{Deserialize, Serialize};

/// A login: one sign-in on one device, with its family of refresh tokens; the `sid` of its access
/// tokens. Not a live session, of which it may have many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LoginId(pub u64);

impl LoginId {
    /// No login at all: whoever comes with a token of their own programs.
    pub const NONE: LoginId = LoginId(0);
}

/// A login to be made, with its first refresh token.
#[derive(Clone, Debug)]
pub struct NewLogin {
    /// The password's hash that was proved: if it is another by now, there is no login.
    pub password: String,
    /// Whose.
    pub account: AccountId,
    /// What the family's later tokens are derived with.
    pub seed: Hash,
    /// The first token's hash.
    pub token: Hash,
    /// Now (ms since 1970).
    pub at: i64,
    /// When it ends, however busy.
    pub expires_at: i64,
}

/// A login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoginRow {
    /// Its number.
    pub id: LoginId,
    /// Whose.
    pub account: AccountId,
    /// What the family's later tokens are derived with.
    pub seed: Hash,
    /// When it was made.
    pub created_at: i64,
    /// When it was last refreshed.
    pub used_at: i64,
    /// When it ends, however busy.
    pub expires_at: i64,
    /// When it was ended before its time.
    pub revoked_at: Option<i64>,
}

/// When a refresh is too late, and how long it may be repeated.
#[derive(Clone, Copy, Debug)]
pub struct RefreshRules {
    /// A login unused for longer has ended (ms).
    pub idle_ms: i64,
    /// How long the same token gets the same successor (ms).
    pub grace_ms: i64,
}

/// What became of a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The successor is the family's token now (or still: within the grace).
    Rotated,
    /// No such token, or its login has ended.
    Ended,
    /// It was used before: somebody has a copy. The login is revoked.
    Reused,
}

/// A signing key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyRow {
    /// Its name in a token's header.
    pub kid: String,
    /// 256 random bits.
    pub secret: Hash,
    /// When it was made.
    pub created_at: i64,
    /// Since when it signs no more.
    pub retired_at: Option<i64>,
}

impl std::fmt::Debug for KeyRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRow").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// Logins and keys.
pub trait LoginStore: Send + Sync {
    /// Makes a login. `NotFound` if the account is gone or disabled.
    fn create_login(&self, login: NewLogin) -> Result<LoginId, StoreError>;
    /// The login to which a refresh token belongs, ended or not.
    fn login_of_token(&self, token: &Hash) -> Result<Option<LoginRow>, StoreError>;
    /// Exchanges a refresh token for its successor, in one step.
    fn rotate(
        &self,
        token: Hash,
        successor: Hash,
        now: i64,
        rules: RefreshRules,
    ) -> Result<Rotation, StoreError>;
    /// Ends a login. Answers whether it had not ended before.
    fn revoke_login(&self, id: LoginId, at: i64) -> Result<bool, StoreError>;
    /// Ends all logins of an account; answers which had not ended before.
    fn revoke_logins(&self, account: AccountId, at: i64) -> Result<Vec<LoginId>, StoreError>;
    /// The logins revoked at that time or later.
    fn revoked_since(&self, at: i64) -> Result<Vec<LoginId>, StoreError>;
    /// Forgets logins that ended before that time.
    fn purge_logins(&self, before: i64) -> Result<u64, StoreError>;
    /// The signing keys, newest first.
    fn signing_keys(&self) -> Result<Vec<KeyRow>, StoreError>;
    /// What tickets are signed with: what is there already, or this, from now on.
    fn ticket_seed(&self, new: Hash, at: i64) -> Result<Hash, StoreError>;
    /// Adds a key, retires the others, and forgets all but the newest `keep`.
    fn add_signing_key(&self, key: KeyRow, keep: usize) -> Result<(), StoreError>;
}
