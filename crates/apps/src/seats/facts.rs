//! The facts of an event: what it is, when, where, for whom. Their bounds are in `config.rs`; nothing here changes
//! one.

use super::mailing::Reminders;
use houseful_room::Wall;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// An event that does not say when it ends is over so long after its start.
pub const LASTS_MS: u64 = 12 * 60 * 60 * 1_000;

/// Where an event is in its life. Whether it has begun is not stored: the clock says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Seen by its team alone.
    Draft,
    /// Seen by those whom its visibility names.
    Published,
    /// Seen by the same; nothing is sold any more.
    Cancelled,
    /// A draft that was given up: seen by nobody, for good.
    Deleted,
}

/// Who sees a published event. Its team does in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// Everyone.
    #[default]
    Public,
    /// Whoever has its address; it is in no list.
    Unlisted,
    /// Those who are invited, and those who have booked.
    Private,
    /// Those who have booked.
    Booked,
}

/// What kind of event it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "they are what they are called")]
pub enum Category {
    Music,
    Theatre,
    Film,
    Sport,
    Talk,
    Workshop,
    Party,
    Food,
    Family,
    #[default]
    Other,
}

impl Status {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Draft => "draft",
            Status::Published => "published",
            Status::Cancelled => "cancelled",
            Status::Deleted => "deleted",
        }
    }
}

impl Visibility {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Unlisted => "unlisted",
            Visibility::Private => "private",
            Visibility::Booked => "booked",
        }
    }

    /// Whether it is seen by named people alone.
    pub fn is_closed(self) -> bool {
        matches!(self, Visibility::Private | Visibility::Booked)
    }
}

impl Category {
    /// All of them, in the order in which people are offered them.
    pub const ALL: [Category; 10] = [
        Category::Music,
        Category::Theatre,
        Category::Film,
        Category::Sport,
        Category::Talk,
        Category::Workshop,
        Category::Party,
        Category::Food,
        Category::Family,
        Category::Other,
    ];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Music => "music",
            Category::Theatre => "theatre",
            Category::Film => "film",
            Category::Sport => "sport",
            Category::Talk => "talk",
            Category::Workshop => "workshop",
            Category::Party => "party",
            Category::Food => "food",
            Category::Family => "family",
            Category::Other => "other",
        }
    }
}

/// A published event was moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescheduled {
    /// When it was to start before.
    pub from: Wall,
    /// When it was moved.
    pub at: Wall,
}

/// The facts of the event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// What it is called.
    pub title: String,
    /// What it is, in Markdown: kept as it was written.
    pub description: String,
    /// When it starts.
    pub starts_at: Wall,
    /// When it ends, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Wall>,
    /// The IANA zone of its clock.
    pub time_zone: String,
    /// Where it is.
    pub place: String,
    /// Whether it is on the net; where is told to those who booked.
    #[serde(default)]
    pub is_online: bool,
    /// What kind of event it is.
    #[serde(default)]
    pub category: Category,
    /// ISO 4217.
    pub currency: String,
    /// Where it is in its life.
    pub status: Status,
    /// Who sees it.
    #[serde(default)]
    pub visibility: Visibility,
    /// Its picture's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// Why it is cancelled, where that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_reason: Option<String>,
    /// That it was moved after it was published, the last time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rescheduled: Option<Rescheduled>,
    /// Which reminders go out, if not the usual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders: Option<Reminders>,
    /// The plan's name in the store.
    pub plan_id: String,
    /// Minor units by zone.
    pub prices: BTreeMap<String, i64>,
    /// How many places one person may have.
    pub limit_per_person: u32,
    /// How long a cart lasts.
    pub hold_ms: u64,
}

impl Event {
    /// The price of a place in this zone.
    pub fn price(&self, zone: &str) -> i64 {
        self.prices.get(zone).copied().unwrap_or_default()
    }

    /// From when on it is over.
    pub fn is_over_from(&self) -> Wall {
        self.ends_at.unwrap_or(self.starts_at.plus_ms(LASTS_MS))
    }

    pub(super) fn is_over(&self, now: Wall) -> bool {
        now >= self.is_over_from()
    }
}
