//! What is kept of a person, to be handed out or taken away. What rooms keep is the journal's.

use crate::store::{BookingRow, EventRow, LoginId, StoreError};
use houseful_room::AccountId;

/// An erasure that is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErasureRow {
    /// Whose.
    pub account: AccountId,
    /// Whether only the file is still to be written anew.
    pub is_done: bool,
}

/// A list of what is kept of a person: its name, and its rows as JSON objects.
pub type KeptRows = Vec<(&'static str, Vec<String>)>;

/// What is kept of a person.
pub trait PrivacyStore: Send + Sync {
    /// Takes everything from an account that says whose it was, shuts it, and notes that the rest is to be done.
    /// Answers the logins that end with it. `Conflict` if nobody would be admin.
    fn begin_erasure(
        &self,
        account: AccountId,
        by: AccountId,
        at: i64,
    ) -> Result<Vec<LoginId>, StoreError>;
    /// What was begun and not ended.
    fn erasures(&self) -> Result<Vec<ErasureRow>, StoreError>;
    /// Notes that rooms have nothing of them any more. What was written meanwhile is taken away too.
    fn end_erasure(&self, account: AccountId, at: i64) -> Result<(), StoreError>;
    /// Writes the file anew, so that nothing is left between its pages, if it is small enough for others to wait for
    /// it; else the next start does. It is done when [`PrivacyStore::erasures`] has it no more.
    fn rewrite_file(&self) -> Result<(), StoreError>;
    /// Published events of theirs to come that others have booked, soonest first.
    fn promised_events(&self, account: AccountId, now: i64) -> Result<Vec<EventRow>, StoreError>;
    /// Events to come that they own, have booked or are known to, and those whose rooms these are.
    fn touched_events(
        &self,
        account: AccountId,
        rooms: &[String],
        now: i64,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// Their orders of an event that stand.
    fn standing_orders(
        &self,
        account: AccountId,
        event: u64,
    ) -> Result<Vec<BookingRow>, StoreError>;
    /// Rooms of their own that are not closed, their events' left out, by path.
    fn own_rooms(&self, account: AccountId) -> Result<Vec<String>, StoreError>;
    /// Everything in the tables that is of them.
    fn kept_of(&self, account: AccountId) -> Result<KeptRows, StoreError>;
}
