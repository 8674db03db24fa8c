//! What an event's organiser says about mails: which reminders go out, and what stands in the mail at booking. Nothing
//! here sends one, and the words are for those alone who book.

use super::facts::Event;
use houseful_room::Wall;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Before an event for which nothing else is said: a day and an hour.
pub const REMINDER_MINUTES: [u32; 2] = [24 * 60, 60];
/// So many reminders of one event: more would be taken for spam.
pub const REMINDERS_MAX: usize = 5;
/// At least: closer to the start nobody could still set out.
pub const REMINDER_MINUTES_MIN: u32 = 15;
/// At most two weeks: longer ahead it is an announcement.
pub const REMINDER_MINUTES_MAX: u32 = 14 * 24 * 60;
/// Characters of the organiser's own words: a page, and no newsletter.
pub const WORDS_CHARS_MAX: usize = 4_000;

/// Which reminders go out to those who have set none for themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminders {
    /// Minutes before the start, the longest first.
    pub minutes: Vec<u32>,
    /// What was due before they were set is none of them.
    pub since: Wall,
}

/// What is in the mail at booking beside the booking itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({
    "words": "See you **soon**. We meet at https://meet.example/abc.",
    "tickets": true, "calendar": true, "plan": true
}))]
pub struct BookingMail {
    /// The organiser's own words, in a small part of Markdown: paragraphs, lists, `**strong**`, `*emphasis*` and links.
    /// Up to 4,000 characters.
    pub words: String,
    /// The tickets as a PDF, attached.
    pub tickets: bool,
    /// A calendar file, attached.
    pub calendar: bool,
    /// A link to the event's page with its seating plan.
    pub plan: bool,
}

impl Default for BookingMail {
    fn default() -> Self {
        BookingMail { words: String::new(), tickets: true, calendar: true, plan: true }
    }
}

impl BookingMail {
    /// As it is kept: without space around its words.
    pub(super) fn trimmed(mut self) -> BookingMail {
        self.words = self.words.trim().to_owned();
        self
    }
}

impl Event {
    /// Minutes before the start at which people are reminded who have set nothing else.
    pub fn reminder_minutes(&self) -> &[u32] {
        self.reminders.as_ref().map_or(&REMINDER_MINUTES, |reminders| &reminders.minutes)
    }

    /// Sets them, if they are others than before.
    pub(super) fn remind(&mut self, mut minutes: Vec<u32>, now: Wall) {
        minutes.sort_unstable_by(|a, b| b.cmp(a));
        minutes.dedup();
        if minutes != self.reminder_minutes() {
            self.reminders = Some(Reminders { minutes, since: now });
        }
    }
}

/// Notes what is wrong with them, by field.
pub(super) fn validate(
    event: &Event,
    mail: Option<&BookingMail>,
    wrong: &mut BTreeMap<String, String>,
) {
    let minutes = event.reminder_minutes();
    let is_time = |minutes: &u32| (REMINDER_MINUTES_MIN..=REMINDER_MINUTES_MAX).contains(minutes);
    if minutes.len() > REMINDERS_MAX || !minutes.iter().all(is_time) {
        let text = "Use at most five times, each 15 minutes to 14 days (20160 minutes) before.";
        wrong.insert("reminderMinutes".to_owned(), text.to_owned());
    }
    let words = mail.map(|mail| mail.words.as_str()).unwrap_or_default();
    if words.chars().count() > WORDS_CHARS_MAX {
        wrong.insert("bookingMail.words".to_owned(), "Use 0 to 4,000 characters.".to_owned());
    } else if words.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
        let text = "Control characters are not allowed.";
        wrong.insert("bookingMail.words".to_owned(), text.to_owned());
    }
}
