//! What people are told, as the store keeps it: recorded once, with the mail that it takes, in one transaction. It
//! decides neither who is told nor when.

use crate::store::StoreError;
use houseful_apps::seats::mailing::Reminders;
use houseful_room::AccountId;

/// Somebody who is to be told, with what they have set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListenerRow {
    /// Who.
    pub account: AccountId,
    /// Since when they follow or have booked (ms since 1970).
    pub since: i64,
    /// Whether they follow it so that they are reminded a day ahead to the minute, or at once.
    pub is_prompt: bool,
    /// Their settings, JSON; none if they have set nothing.
    pub settings: Option<String>,
}

/// Something that somebody is to be told. Account, kind, subject and key together are told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotification {
    /// Whom.
    pub account: AccountId,
    /// Of which kind.
    pub kind: &'static str,
    /// About what, such as `event:42`.
    pub subject: String,
    /// What tells it from others about the same, such as the start that is reminded of.
    pub key: String,
    /// What is told, JSON.
    pub data: String,
    /// Whether it does not count as unread.
    pub is_seen: bool,
    /// The Message-ID of the mail that it takes, if it takes one.
    pub message_id: Option<String>,
    /// Whether its person's browsers are told.
    pub is_pushed: bool,
}

/// What must still be so of an event for the notifications to be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The event, which must be published.
    pub event: u64,
    /// Its start.
    pub starts_at: i64,
}

/// A notification in somebody's inbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationRow {
    /// Its number; later ones have higher numbers.
    pub id: u64,
    /// Of which kind.
    pub kind: String,
    /// What is told, JSON.
    pub data: String,
    /// When it was recorded (ms since 1970).
    pub at: i64,
    /// When it was seen.
    pub seen_at: Option<i64>,
}

/// Which notifications have been seen.
#[derive(Clone, Debug)]
pub enum Seen {
    /// All up to this one.
    UpTo(u64),
    /// These.
    These(Vec<u64>),
}

/// The facts of an event that its followers are told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Its number.
    pub event: u64,
    /// Whose it is.
    pub owner: AccountId,
    /// What it is called.
    pub title: String,
    /// Where it is.
    pub place: String,
    /// When it starts (ms since 1970).
    pub starts_at: i64,
    /// The IANA zone of its clock.
    pub time_zone: String,
    /// `draft`, `published` or `cancelled`.
    pub status: String,
    /// Why it is cancelled, where that was said.
    pub reason: Option<String>,
    /// How often its facts have changed, where that is asked for.
    pub revision: Option<u64>,
}

/// What followers were told last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The facts; the owner is as now.
    pub facts: Facts,
    /// How often they have changed.
    pub revision: u64,
    /// When it was published or last moved.
    pub moved_at: i64,
}

/// News of an event: from its beginning until everyone is told they are in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    /// What is told now.
    pub told: Told,
    /// The kind of notification; none if nobody is told.
    pub kind: Option<String>,
    /// What is told, JSON.
    pub data: String,
    /// Since when it is so (ms since 1970): whoever came later knew.
    pub begun_at: i64,
}

/// An event that somebody may be reminded of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoonRow {
    /// The facts.
    pub facts: Facts,
    /// When it was published or last moved.
    pub moved_at: i64,
    /// Which reminders go out, if not the usual ones.
    pub reminders: Option<Reminders>,
}

/// Places that are kept for somebody in a waiting list who was not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferNewsRow {
    /// For whom.
    pub account: AccountId,
    /// Since when they had stood in it (ms since 1970): one stay, one offer.
    pub since: i64,
    /// How many places.
    pub count: u32,
    /// Until when (ms since 1970).
    pub until: i64,
    /// The event.
    pub facts: Facts,
}

/// An order that nobody was told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderNewsRow {
    /// Whose.
    pub account: AccountId,
    /// The order's id.
    pub order: String,
    /// The code that people read aloud.
    pub code: String,
    /// The event.
    pub facts: Facts,
}

/// Notifications and what is set about them.
pub trait NotificationStore: Send + Sync {
    /// What somebody has set, JSON.
    fn notification_settings(&self, account: AccountId) -> Result<Option<String>, StoreError>;
    /// Sets it.
    fn set_notification_settings(&self, account: AccountId, body: &str) -> Result<(), StoreError>;
    /// Who follows an event or has booked it, by number; those who may not see it or not sign in are left out.
    fn audience(
        &self,
        event: u64,
        after: AccountId,
        limit: usize,
    ) -> Result<Vec<ListenerRow>, StoreError>;
    /// Who follows an organiser, by number, and may find an event of theirs.
    fn audience_of_organiser(
        &self,
        organiser: AccountId,
        event: u64,
        after: AccountId,
        limit: usize,
    ) -> Result<Vec<ListenerRow>, StoreError>;
    /// These people, as far as they may sign in.
    fn listeners(&self, accounts: &[AccountId]) -> Result<Vec<ListenerRow>, StoreError>;
    /// Records what was not recorded yet, with its mails, unless the guard does not hold. Answers the number of
    /// each that is new, by its index.
    fn record(
        &self,
        new: Vec<NewNotification>,
        guard: Option<Guard>,
        at: i64,
    ) -> Result<Vec<(usize, u64)>, StoreError>;
    /// Somebody's notifications, newest first.
    fn inbox(
        &self,
        account: AccountId,
        before: Option<u64>,
        only_unread: bool,
        limit: usize,
    ) -> Result<Vec<NotificationRow>, StoreError>;
    /// How many each has not seen.
    fn unread(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, u64)>, StoreError>;
    /// Notes what somebody has seen.
    fn see(&self, account: AccountId, seen: Seen, at: i64) -> Result<(), StoreError>;
    /// How often the facts of these events have changed.
    fn event_revisions(&self, events: &[u64]) -> Result<Vec<(u64, u64)>, StoreError>;
    /// Events to come of which followers know something else, or nothing.
    fn changed_events(
        &self,
        now: i64,
        limit: usize,
    ) -> Result<Vec<(Facts, Option<Told>)>, StoreError>;
    /// Begins to tell news; those before must have been told.
    fn begin_news(&self, news: News) -> Result<(), StoreError>;
    /// News that are being told.
    fn unfinished_news(&self) -> Result<Vec<News>, StoreError>;
    /// Everyone is told.
    fn finish_news(&self, event: u64, revision: u64) -> Result<(), StoreError>;
    /// Published events that start after `now`, that somebody follows or has booked, soonest first.
    fn soon(&self, now: i64, until: i64) -> Result<Vec<SoonRow>, StoreError>;
    /// When the first of them starts that starts after `from`.
    fn first_start_after(&self, from: i64) -> Result<Option<i64>, StoreError>;
    /// Orders of events to come, made at `since` or later, that nobody was told of.
    fn untold_orders(&self, since: i64, now: i64) -> Result<Vec<OrderNewsRow>, StoreError>;
    /// Offers that stand and that nobody was told of.
    fn untold_offers(&self, now: i64) -> Result<Vec<OfferNewsRow>, StoreError>;
}
