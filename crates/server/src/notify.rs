//! What people are told: of events that they follow or have booked, of rooms that ask for them. It is told of
//! committed facts and records each notification once; it never delays what it tells of.

mod about;
pub mod attention;
pub mod calendar;
mod due;
mod kind;
pub mod link;
mod news;
mod outbox;
mod plan;
mod push;
mod scheduler;
mod settings;
mod tell;
mod write;

pub use about::{About, Was};
pub use attention::Attention;
pub use due::{LEADS, due_at};
pub use kind::{Channels, Kind};
pub use outbox::preview::{Preview, preview};
pub use outbox::words::moment;
pub use outbox::{Outbox, Postman};
pub use push::{Pusher, Vapid, check_keys as push_keys_fit};
pub use scheduler::Scheduler;
pub use settings::{Language, Settings};
pub use tell::Teller;

/// The language and the words of the page behind a link in a mail, for whoever has set this.
pub fn page_words(settings: &Settings) -> (&'static str, [&'static str; 3]) {
    let words = outbox::words::of(settings.language);
    (words.code, words.page)
}

/// What a notification about an event has as its subject.
pub fn event_subject(event: u64) -> String {
    format!("event:{event}")
}

/// What a notification about a room has as its subject.
pub fn room_subject(path: &str) -> String {
    format!("room:{path}")
}
