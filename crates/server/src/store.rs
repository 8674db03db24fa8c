//! The read side of the database and its small writes, as one object-safe trait in parts. It
//! never decides: rules are with their callers, and what a room decided comes through the journal.
//!
//! Calls block; from async code run them on the blocking pool.

mod accounts;
mod events;
mod follows;
mod hooks;
mod logins;
mod mails;
mod named;
mod notifications;
mod pictures;
mod privacy;
mod pushes;
mod rooms;
mod shown;
mod statistics;
mod tokens;

pub use accounts::{AccountRow, AccountStore, Face, NewAccount, Role};
pub(crate) use events::read;
pub use events::{
    BookingRow, EventCursor, EventRow, EventSearch, EventStore, OrderCursor, PlaceRow, PlanRow,
    Viewer,
};
pub use follows::{FollowStore, Followed, FollowedEvent, FollowerRow, NewFollow};
pub use hooks::{
    DeliveryRow, DueDelivery, FactRow, HookChange, HookRow, HookStore, HookTold, NewDelivery,
    NewHook, Next,
};
pub use logins::{KeyRow, LoginId, LoginRow, LoginStore, NewLogin, RefreshRules, Rotation};
pub use mails::{DueMail, MailRow, MailStore, Tried};
pub use named::{EMAIL_TAKEN, NAME_TAKEN, NamedStore, Rewritten};
pub use notifications::{
    Facts, Guard, ListenerRow, NewNotification, News, NotificationRow, NotificationStore,
    OfferNewsRow, OrderNewsRow, Seen, SoonRow, Told,
};
pub use pictures::{PictureRow, PictureStore};
pub use privacy::{ErasureRow, KeptRows, PrivacyStore};
pub use pushes::{DuePush, NewSubscription, PushStore, Pushed};
pub use rooms::{ListingQuery, ListingRow, RoomStore};
pub use shown::{ShownStore, Start};
pub use statistics::{Figures, SampleRow, StatisticsStore};
pub use tokens::{NewToken, TokenRow, TokenStore};

/// A failed read or small write.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// It would violate a constraint, such as a second account with the same address.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The disk is full: read-only for now.
    #[error("the disk is full")]
    Full,
    /// There is more to write than can be taken: nothing was done.
    #[error("too much waits to be written")]
    Busy,
    /// The database failed; the text is for the log.
    #[error("database: {0}")]
    Failed(String),
}

/// A 256-bit hash, as everything that is a secret elsewhere is kept here.
pub type Hash = [u8; 32];

/// The whole read side.
pub trait Store:
    AccountStore
    + NamedStore
    + LoginStore
    + EventStore
    + PictureStore
    + RoomStore
    + FollowStore
    + NotificationStore
    + ShownStore
    + MailStore
    + PrivacyStore
    + StatisticsStore
    + TokenStore
    + HookStore
    + PushStore
{
    /// The next number of a sequence, such as `events`: from 1, never given twice.
    fn next_id(&self, sequence: &'static str) -> Result<u64, StoreError>;
    /// Whether there is nothing in it: no account and no room.
    fn is_empty(&self) -> Result<bool, StoreError>;
}
