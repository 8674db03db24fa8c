//! Webhooks as the store keeps them: what is to be told is noted with what happened, and a delivery's id never changes.

use crate::store::{Hash, StoreError};
use houseful_room::AccountId;

/// A webhook to be kept.
#[derive(Clone, Debug)]
pub struct NewHook {
    /// Whose.
    pub account: AccountId,
    /// Of which event of theirs; of all without one.
    pub event: Option<u64>,
    /// Where it is told.
    pub url: String,
    /// Of what, as text.
    pub kinds: String,
    /// What it is signed with.
    pub secret: Hash,
    /// Now (ms since 1970).
    pub at: i64,
}

/// A webhook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookRow {
    /// Its number.
    pub id: u64,
    /// Whose.
    pub account: AccountId,
    /// Of which event; of all without one.
    pub event: Option<u64>,
    /// Where it is told.
    pub url: String,
    /// Of what, as text.
    pub kinds: String,
    /// Whether it is told at all.
    pub is_enabled: bool,
    /// Since when nothing has been taken (ms since 1970).
    pub failing_since: Option<i64>,
    /// When it was switched off for that.
    pub given_up_at: Option<i64>,
    /// When it was made.
    pub created_at: i64,
}

/// What to change of one.
#[derive(Clone, Debug, Default)]
pub struct HookChange {
    /// Where it is told.
    pub url: Option<String>,
    /// Of what.
    pub kinds: Option<String>,
    /// Whether it is told.
    pub is_enabled: Option<bool>,
}

/// Something that happened, to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactRow {
    /// Its number.
    pub id: u64,
    /// Of which kind.
    pub kind: String,
    /// Of which event.
    pub event: u64,
    /// What there is to say, JSON.
    pub data: String,
}

/// Something that a webhook is to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDelivery {
    /// Which webhook.
    pub hook: u64,
    /// Its id: the same, however often it is tried.
    pub message_id: String,
    /// Of which kind.
    pub kind: String,
    /// What is sent, JSON.
    pub body: String,
}

/// A delivery that is due, with what it takes to make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    /// Its number.
    pub id: u64,
    /// Which webhook.
    pub hook: u64,
    /// Where.
    pub url: String,
    /// What it is signed with.
    pub secret: Hash,
    /// The secret before, and until when it signs too.
    pub old_secret: Option<(Hash, i64)>,
    /// Its id.
    pub message_id: String,
    /// What is sent.
    pub body: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it was written (ms since 1970).
    pub created_at: i64,
}

/// What became of a delivery's try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HookTold {
    /// What is done next.
    pub next: Next,
    /// The answer's status, if there was one.
    pub status: Option<u16>,
    /// The answer's beginning.
    pub answer: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
    /// Whether others for the same webhook wait until then too: nobody is there.
    pub holds_others: bool,
    /// Whether the webhook wants nothing any more.
    pub ends_hook: bool,
}

/// What is done next about a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it was taken.
    Done,
    /// It is tried again at this moment.
    Again(i64),
    /// Nothing: it is given up.
    GivenUp,
}

/// A delivery as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryRow {
    /// Its number.
    pub id: u64,
    /// Its id.
    pub message_id: String,
    /// Of which kind.
    pub kind: String,
    /// What was sent.
    pub body: String,
    /// `waiting`, `delivered`, `failed` or `dropped`.
    pub state: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it is tried next, while it waits (ms since 1970).
    pub due_at: i64,
    /// When it was written.
    pub created_at: i64,
    /// When it was taken or given up.
    pub done_at: Option<i64>,
    /// The last answer's status.
    pub status: Option<u16>,
    /// The last answer's beginning.
    pub answer: Option<String>,
    /// What went wrong last.
    pub error: Option<String>,
}

/// Webhooks.
pub trait HookStore: Send + Sync {
    /// Keeps a webhook, if its person has fewer than `most`: `Conflict` otherwise.
    fn create_hook(&self, hook: NewHook, most: usize) -> Result<HookRow, StoreError>;
    /// Somebody's webhooks, the newest first.
    fn hooks(&self, account: AccountId) -> Result<Vec<HookRow>, StoreError>;
    /// One of somebody's.
    fn hook(&self, account: AccountId, id: u64) -> Result<Option<HookRow>, StoreError>;
    /// Changes one; to enable it forgets that it failed.
    fn change_hook(&self, account: AccountId, id: u64, to: HookChange) -> Result<(), StoreError>;
    /// Gives one a new secret; the one before signs beside it until then.
    fn renew_hook_secret(&self, id: u64, secret: Hash, until: i64) -> Result<(), StoreError>;
    /// Forgets one, with what it was to be told; answers whether it was there.
    fn delete_hook(&self, account: AccountId, id: u64) -> Result<bool, StoreError>;
    /// What happened and is not turned into deliveries yet, in order.
    fn hook_facts(&self, limit: usize) -> Result<Vec<FactRow>, StoreError>;
    /// The enabled webhooks of an event's owner that are told of it.
    fn hooks_of_event(&self, event: u64) -> Result<Vec<HookRow>, StoreError>;
    /// Writes deliveries, due at once, and forgets the facts up to this one that they tell of.
    fn keep_deliveries(&self, up_to: u64, new: Vec<NewDelivery>, at: i64)
    -> Result<(), StoreError>;
    /// Of each enabled webhook the first delivery that is due.
    fn due_deliveries(&self, now: i64) -> Result<Vec<DueDelivery>, StoreError>;
    /// When the next one is due after this moment.
    fn next_delivery(&self, after: i64) -> Result<Option<i64>, StoreError>;
    /// Notes what became of a try; a webhook that has failed for `failing_ms` is switched off, and it says so.
    fn told(
        &self,
        delivery: u64,
        told: HookTold,
        at: i64,
        failing_ms: i64,
    ) -> Result<bool, StoreError>;
    /// A webhook's deliveries, the newest first.
    fn deliveries(
        &self,
        hook: u64,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DeliveryRow>, StoreError>;
    /// Has one tried again now; answers whether it was there and not waiting for its first try.
    fn retry_delivery(&self, hook: u64, delivery: u64, at: i64) -> Result<bool, StoreError>;
    /// Forgets what became of deliveries before this moment.
    fn purge_deliveries(&self, before: i64) -> Result<(), StoreError>;
    /// Webhooks that were switched off since then.
    fn given_up_hooks(&self, since: i64) -> Result<Vec<HookRow>, StoreError>;
}
