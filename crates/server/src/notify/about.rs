//! What a notification says, as it was when it was recorded. It is stored, shown in the inbox and written into mails;
//! it never says more than whom it is for may know.

use crate::clock::rfc3339;
use crate::store::Facts;
use houseful_room::Wall;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a notification says; which fields there are depends on its kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct About {
    /// The event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// The room, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<String>,
    /// What the event or room is called.
    pub title: String,
    /// When the event starts.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<String>,
    /// The IANA zone of its clock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// How long before the start one wished to be reminded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lead_minutes: Option<u32>,
    /// What was so before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<Was>,
    /// Why it does not take place, where that was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
    /// Its code, to read aloud.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How many places are kept for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub places: Option<u32>,
    /// Until when they are.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Who spoke to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<u64>,
    /// The number of what they said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<u64>,
    /// How often the event's facts have changed: the calendar's SEQUENCE.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<u64>,
}

/// An event as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Was {
    /// What it was called.
    pub title: String,
    /// When it was to start.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// Where it was.
    pub place: String,
}

impl About {
    /// An event as it is.
    pub fn event(facts: &Facts) -> About {
        About {
            event: Some(facts.event),
            title: facts.title.clone(),
            starts_at: Some(rfc3339(Wall(facts.starts_at))),
            time_zone: Some(facts.time_zone.clone()),
            place: Some(facts.place.clone()),
            reason: facts.reason.clone(),
            revision: facts.revision,
            ..About::default()
        }
    }

    /// As it is stored.
    pub fn to_text(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// Reads what [`About::to_text`] wrote.
    pub fn read(text: &str) -> About {
        serde_json::from_str(text).unwrap_or_default()
    }

    /// When the event starts (ms since 1970).
    pub fn starts_at_ms(&self) -> Option<i64> {
        milliseconds(self.starts_at.as_deref()?)
    }

    /// Until when places are kept (ms since 1970).
    pub fn until_ms(&self) -> Option<i64> {
        milliseconds(self.until.as_deref()?)
    }
}

fn milliseconds(text: &str) -> Option<i64> {
    let moment: jiff::Timestamp = text.parse().ok()?;
    Some(moment.as_millisecond())
}

impl Was {
    /// An event as it was.
    pub fn of(facts: &Facts) -> Was {
        let starts_at = rfc3339(Wall(facts.starts_at));
        Was { title: facts.title.clone(), starts_at, place: facts.place.clone() }
    }
}
