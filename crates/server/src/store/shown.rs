//! What clients that say what they were shown have been shown of reminders, and what is left to show. What is a
//! reminder is for whoever records them.

use crate::store::{EventRow, StoreError};
use houseful_room::AccountId;

/// That an event starts at a moment (ms since 1970).
pub type Start = (u64, i64);

/// Reminders, each shown once for each start of an event.
pub trait ShownStore: Send + Sync {
    /// The events of whose present start, after `now` and up to `until`, somebody was reminded who was not shown it,
    /// in the order in which they were reminded: those that they see and still follow or have booked.
    fn unshown_reminders(
        &self,
        account: AccountId,
        now: i64,
        until: i64,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// Somebody was shown these.
    fn reminders_shown(
        &self,
        account: AccountId,
        shown: Vec<Start>,
        at: i64,
    ) -> Result<(), StoreError>;
    /// Of these events the ones of whose present start followers were reminded, and all who are to be by now.
    fn reminded_events(&self, events: &[u64], now: i64) -> Result<Vec<u64>, StoreError>;
}
