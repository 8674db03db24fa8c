//! The mail about a booking as somebody would get it, for its organiser: the same letter, to a person who is not there.
//! Nothing of it is kept or sent, and its links end nobody's mails.

use super::letter::{Enclosed, House, Letter};
use super::words;
use crate::clock::rfc3339;
use crate::notify::{About, Kind, Language, Settings};
use crate::store::{DueMail, EventRow};
use houseful_apps::seats::mailing::BookingMail;
use houseful_room::{AccountId, Wall};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A mail as it would be.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "subject": "Your booking: An evening of songs", "text": "Hello Alex Example,\n…", "html": "<!doctype html>…",
    "attachments": ["tickets-BK-EXAMPLE.pdf", "event.ics"]
}))]
pub struct Preview {
    /// Its subject.
    pub subject: String,
    /// Its plain text.
    pub text: String,
    /// Its HTML.
    pub html: String,
    /// What the files that go along are called.
    pub attachments: Vec<String>,
}

/// The mail about a booking of this event with these words.
pub fn preview(
    event: &EventRow,
    mail: BookingMail,
    language: Language,
    house: (&str, &str),
    now: i64,
) -> Result<Preview, askama::Error> {
    let settings = Settings { language, ..Settings::default() };
    let about = About {
        event: Some(event.id),
        title: event.title.clone(),
        starts_at: Some(rfc3339(Wall(event.starts_at))),
        time_zone: Some(event.time_zone.clone()),
        place: Some(event.place.clone()),
        order: Some(Uuid::nil().to_string()),
        code: Some("BK-EXAMPLE".to_owned()),
        ..About::default()
    };
    let sample = DueMail {
        id: 0,
        message_id: String::new(),
        account: AccountId(0),
        email: String::new(),
        name: words::of(language).sample.to_owned(),
        settings: serde_json::to_string(&settings).ok(),
        kind: Kind::Booked.as_str().to_owned(),
        data: about.to_text(),
        tries: 0,
        created_at: now,
    };
    // Signed with nothing, so that no link of it is one.
    let house = House { public_url: house.0, domain: house.1, secret: &[0; 32] };
    let tickets = Some(("tickets-BK-EXAMPLE.pdf".to_owned(), Vec::new()));
    let letter = Letter::write(&sample, &house, Enclosed { mail, tickets }, now)
        .ok_or(askama::Error::Fmt)?;
    let tickets = letter.tickets.as_ref().map(|(name, _)| name.clone());
    let calendar = letter.calendar.as_ref().map(|_| "event.ics".to_owned());
    Ok(Preview {
        text: letter.text()?,
        html: letter.html()?,
        attachments: tickets.into_iter().chain(calendar).collect(),
        subject: letter.subject,
    })
}
