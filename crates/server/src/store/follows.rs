//! Whom and what people follow, as the store keeps it. Who may follow what is decided by the caller; how many at the
//! most is checked here, in the write itself.

use crate::store::{EventCursor, EventRow, Hash, StoreError};
use houseful_room::AccountId;

/// What became of a wish to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Followed {
    /// They follow it now, or did already.
    Yes,
    /// They follow as much as one may.
    TooMany,
}

/// A wish to follow an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewFollow {
    /// Who.
    pub account: AccountId,
    /// What.
    pub event: u64,
    /// Now (ms since 1970).
    pub at: i64,
    /// Whether they are reminded a day ahead to the minute, and at once where that day has begun.
    pub is_prompt: bool,
}

/// Somebody who follows an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowerRow {
    /// Who.
    pub account: AccountId,
    /// What they are called.
    pub name: String,
    /// Since when (ms since 1970).
    pub at: i64,
}

/// A followed event, and since when it is.
pub type FollowedEvent = (EventRow, i64);

/// Follows, and the calendars that come of them.
pub trait FollowStore: Send + Sync {
    /// Follows an event. At most `max` that start after its time may be followed at once.
    fn follow_event(&self, new: NewFollow, max: u64) -> Result<Followed, StoreError>;
    /// Follows it no longer.
    fn unfollow_event(&self, account: AccountId, event: u64) -> Result<(), StoreError>;
    /// Whether somebody follows an event.
    fn is_following(&self, account: AccountId, event: u64) -> Result<bool, StoreError>;
    /// Follows an organiser; at most `max` of them.
    fn follow_organiser(
        &self,
        account: AccountId,
        organiser: AccountId,
        at: i64,
        max: u64,
    ) -> Result<Followed, StoreError>;
    /// Follows them no longer.
    fn unfollow_organiser(
        &self,
        account: AccountId,
        organiser: AccountId,
    ) -> Result<(), StoreError>;
    /// The events that somebody follows and sees, latest start first.
    fn followed_events(
        &self,
        account: AccountId,
        after: Option<EventCursor>,
        limit: usize,
    ) -> Result<Vec<FollowedEvent>, StoreError>;
    /// The organisers that somebody follows, by number.
    fn followed_organisers(
        &self,
        account: AccountId,
    ) -> Result<Vec<(AccountId, String)>, StoreError>;
    /// Whether an account has an event that everyone finds.
    fn has_shown_events(&self, organiser: AccountId) -> Result<bool, StoreError>;
    /// Who follows an event, by number.
    fn followers(
        &self,
        event: u64,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<FollowerRow>, StoreError>;
    /// How many follow an event.
    fn count_followers(&self, event: u64) -> Result<u64, StoreError>;
    /// The events that somebody follows or has booked, and sees, that start at `from` or later, soonest first.
    fn calendar(
        &self,
        account: AccountId,
        from: i64,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// Gives somebody's calendar this address; the one before is dead.
    fn put_feed(&self, account: AccountId, hash: Hash, at: i64) -> Result<(), StoreError>;
    /// Takes the address away.
    fn delete_feed(&self, account: AccountId) -> Result<(), StoreError>;
    /// Whose calendar is at an address; nobody's if they may not sign in.
    fn feed(&self, hash: &Hash) -> Result<Option<AccountId>, StoreError>;
}
