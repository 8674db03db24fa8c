//! What is counted for those who run the server: figures of now, and samples of them over time.

use crate::store::{EventRow, StoreError};
use std::collections::BTreeMap;

/// What the tables say of now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Accounts that are not erased.
    pub accounts: u64,
    /// Events that are published, past ones too.
    pub events: u64,
    /// Orders that stand.
    pub bookings: u64,
    /// Places that they have.
    pub places: u64,
    /// What they cost together, in minor units by currency.
    pub revenue: BTreeMap<String, i64>,
    /// Mails that wait.
    pub mails_waiting: u64,
    /// Mails that were given up.
    pub mails_failed: u64,
}

/// A sample: when (ms since 1970), and what was counted (JSON).
pub type SampleRow = (i64, String);

/// Figures, and events whoever may see them.
pub trait StatisticsStore: Send + Sync {
    /// What the tables say now.
    fn figures(&self) -> Result<Figures, StoreError>;
    /// Keeps a sample of a grain, in place of one of the same moment, and forgets those of the grain before `since`.
    fn put_sample(
        &self,
        grain_ms: i64,
        at: i64,
        body: String,
        since: i64,
    ) -> Result<(), StoreError>;
    /// The samples of a grain from a moment on, in order.
    fn samples(&self, grain_ms: i64, from: i64) -> Result<Vec<SampleRow>, StoreError>;
    /// All events with a text in their title or of this number, drafts too, the newest made first.
    fn every_event(
        &self,
        text: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// Puts a mail that was given up back in line. `NotFound` if there is none such.
    fn retry_mail(&self, mail: u64, at: i64) -> Result<(), StoreError>;
}
