//! Browsers that are told by Web Push, and what they are to be told, as the store keeps it. A push is written with its
//! notification; a subscription ends with its login.

use crate::store::{LoginId, StoreError};
use houseful_room::AccountId;

/// A browser that wants to be told.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    /// Whose it is now.
    pub account: AccountId,
    /// By which login.
    pub login: LoginId,
    /// Where its pushes are posted.
    pub endpoint: String,
    /// Its public key, as a point of P-256.
    pub p256dh: Vec<u8>,
    /// Its secret.
    pub auth: Vec<u8>,
    /// Now (ms since 1970).
    pub at: i64,
}

/// A push that is due, with what it takes to write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuePush {
    /// Its number.
    pub id: u64,
    /// Where it is posted.
    pub endpoint: String,
    /// The browser's public key.
    pub p256dh: Vec<u8>,
    /// The browser's secret.
    pub auth: Vec<u8>,
    /// Its person's settings, JSON.
    pub settings: Option<String>,
    /// The notification's kind.
    pub kind: String,
    /// What it says, JSON.
    pub data: String,
    /// What tells it from others: a later one about the same takes its place on the screen.
    pub subject: String,
    /// Whether it was seen meanwhile.
    pub is_seen: bool,
    /// How often it was tried.
    pub tries: u32,
    /// When it was written (ms since 1970).
    pub created_at: i64,
}

/// What became of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It was taken, or is not worth another try.
    Done,
    /// It is to be tried again at this moment.
    Again(i64),
    /// The browser is not there any more.
    Gone,
}

/// Pushes.
pub trait PushStore: Send + Sync {
    /// Keeps a browser, in place of what was known of it; of more than `most` the oldest goes.
    fn subscribe(&self, new: NewSubscription, most: usize) -> Result<(), StoreError>;
    /// Forgets one of somebody's; answers whether it was there.
    fn unsubscribe(&self, account: AccountId, endpoint: &str) -> Result<bool, StoreError>;
    /// Pushes that are due, the longest due first.
    fn due_pushes(&self, now: i64, limit: usize) -> Result<Vec<DuePush>, StoreError>;
    /// When the next one is.
    fn next_push(&self) -> Result<Option<i64>, StoreError>;
    /// Notes what became of a try.
    fn pushed(&self, push: u64, outcome: Pushed) -> Result<(), StoreError>;
}
