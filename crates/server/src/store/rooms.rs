//! What rooms with a door derive of themselves, so that they can be found. This side only reads.

use crate::store::StoreError;
use houseful_room::AccountId;

/// A room as its door last described it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListingRow {
    /// Its path.
    pub path: String,
    /// The application.
    pub app: String,
    /// What it is called.
    pub title: String,
    /// `public`, `unlisted` or `private`.
    pub visibility: String,
    /// Whose it is.
    pub owner: AccountId,
    /// The event that it belongs to.
    pub event: Option<u64>,
    /// How many it waits for.
    pub minimum: u64,
    /// How many fit; none if as many as may be.
    pub maximum: Option<u64>,
    /// Whether nobody new may come in.
    pub locked: bool,
    /// `waiting`, `open`, `closing` or `closed`.
    pub phase: String,
}

/// Which rooms.
#[derive(Clone, Debug, Default)]
pub struct ListingQuery {
    /// Those that this person may see; without, those that everyone may.
    pub account: Option<AccountId>,
    /// Of this application.
    pub app: Option<String>,
    /// With this in their title.
    pub text: Option<String>,
    /// After this path.
    pub after: Option<String>,
}

/// Rooms with a door.
pub trait RoomStore: Send + Sync {
    /// A room.
    fn listing(&self, path: &str) -> Result<Option<ListingRow>, StoreError>;
    /// Whether a room is private and does not know somebody: to them it does not exist.
    fn is_hidden(&self, path: &str, from: Option<AccountId>) -> Result<bool, StoreError>;
    /// Rooms that somebody may see and that are not closed, by path. An event's are seen with it.
    fn listings(&self, query: &ListingQuery, limit: usize) -> Result<Vec<ListingRow>, StoreError>;
    /// Every room that is not closed, by path, for the lobby; unlisted ones may be listed later.
    fn open_listings(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ListingRow>, StoreError>;
    /// Who is invited to these rooms, the banned left out.
    fn invited(&self, paths: &[String]) -> Result<Vec<(String, AccountId)>, StoreError>;
    /// How many open rooms of their own a person has, those of their events left out.
    fn count_open_rooms(&self, owner: AccountId) -> Result<u64, StoreError>;
}
