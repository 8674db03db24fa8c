//! What the lobby shows: events, rooms, who is here and where they are. A private room's row is for its own group.

use houseful_room::{AccountId, Audience, Rows, Signal, Wall, synced};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

synced! {
    /// What the lobby shows.
    pub struct LobbyState {
        /// Published, upcoming events by number; those that are not for all for the people whom they know.
        pub events: Rows<u64, Listed>,
        /// Public rooms, and for each group its private one, by path.
        pub rooms: Rows<String, ListedRoom>,
        /// In which public rooms people are, by account: for those who have signed in.
        pub places: Rows<AccountId, BTreeSet<String>>,
        /// Which rooms know a person: nobody sees it, and everybody's groups come from it.
        pub known: Rows<AccountId, BTreeSet<String>>,
        /// What one person is told, while they are here: for them alone. Their inbox keeps it.
        pub notices: Signal<Notified>,
    }
}

/// An event in the lobby.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Listed {
    /// What it is called.
    pub title: String,
    /// When it starts.
    pub starts_at: Wall,
    /// When it ends, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Wall>,
    /// The IANA zone of its clock.
    pub time_zone: String,
    /// Where it is.
    pub place: String,
    /// What kind of event it is.
    pub category: String,
    /// Its picture's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Whether only those whom it knows see it.
    pub private: bool,
    /// Where it is in its life.
    pub status: String,
    /// ISO 4217.
    pub currency: String,
    /// The lowest price, in minor units.
    pub from_price: Option<i64>,
    /// How many people fit.
    pub capacity: u64,
    /// How many places are left.
    pub available: u64,
    /// How many people are in its room.
    pub here: u64,
    /// How many connections watch it.
    pub watching: u64,
}

/// A room in the lobby.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListedRoom {
    /// The application.
    pub app: String,
    /// What it is called.
    pub title: String,
    /// Where it is in its life.
    pub phase: String,
    /// How many it waits for.
    pub minimum: u64,
    /// How many fit; none if as many as may be.
    pub maximum: Option<u64>,
    /// Whether nobody new may come in.
    pub locked: bool,
    /// The event that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// Whether only those who are invited see it.
    pub private: bool,
    /// How many people are in it.
    pub here: u64,
    /// How many connections watch it.
    pub watching: u64,
}

/// What somebody is told the moment it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notified {
    /// How many of their notifications they have not seen.
    pub unread: u64,
    /// The new one, as their inbox shows it; none if only the count has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notification: Option<serde_json::Value>,
}

/// The group of those who see a private room.
pub(super) fn group(path: &str) -> String {
    format!("room:{path}")
}

/// Who sees what only a room's own people do, or everyone.
pub(super) fn audience(of: Option<String>) -> Audience {
    of.map_or(Audience::All, |path| Audience::Group(group(&path).into()))
}
