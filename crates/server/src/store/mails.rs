//! The outbox as the store keeps it. A mail is written with its notification and its Message-ID never changes.

use crate::store::{Hash, StoreError};
use houseful_room::AccountId;

/// A mail that is to be sent, with what it takes to write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueMail {
    /// Its number.
    pub id: u64,
    /// Its Message-ID, without the angle brackets.
    pub message_id: String,
    /// Whom it is for.
    pub account: AccountId,
    /// Their address.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// Their settings, JSON.
    pub settings: Option<String>,
    /// The notification's kind.
    pub kind: String,
    /// What it says, JSON.
    pub data: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it was written (ms since 1970).
    pub created_at: i64,
}

/// What became of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tried {
    /// The server took it.
    Sent,
    /// It is to be tried again at this moment.
    Again(i64, String),
    /// It is given up.
    Failed(String),
    /// It is no longer true, or no longer wanted.
    Dropped(String),
}

/// A mail as an admin sees it: never what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailRow {
    /// Its number.
    pub id: u64,
    /// Its Message-ID.
    pub message_id: String,
    /// Whom it is for.
    pub account: AccountId,
    /// The notification's kind.
    pub kind: String,
    /// `waiting`, `sent`, `failed` or `dropped`.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next, while it waits.
    pub due_at: i64,
    /// When it was written.
    pub created_at: i64,
    /// When it was sent, given up or dropped.
    pub done_at: Option<i64>,
    /// What went wrong last.
    pub error: Option<String>,
}

/// Mails.
pub trait MailStore: Send + Sync {
    /// Mails that are due, the longest due first.
    fn due_mails(&self, now: i64, limit: usize) -> Result<Vec<DueMail>, StoreError>;
    /// When the next one is.
    fn next_mail(&self) -> Result<Option<i64>, StoreError>;
    /// Notes what became of a try.
    fn tried(&self, mail: u64, outcome: Tried, at: i64) -> Result<(), StoreError>;
    /// Mails of a state, or all, newest first.
    fn mails(
        &self,
        state: Option<&str>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<MailRow>, StoreError>;
    /// A secret of the server itself: `fresh` if there is none of that name yet.
    fn secret(&self, name: &'static str, fresh: Hash) -> Result<Hash, StoreError>;
}
