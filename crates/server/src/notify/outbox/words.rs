//! The words of mails, one table a language. No word about an event is here that its mail does not need.

use crate::notify::{Kind, Language};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// The words of a language.
pub(crate) struct Words {
    pub(crate) code: &'static str,
    pub(crate) hello: &'static str,
    pub(crate) when: &'static str,
    pub(crate) location: &'static str,
    pub(crate) before: &'static str,
    pub(crate) reason: &'static str,
    pub(crate) code_of_booking: &'static str,
    pub(crate) places: &'static str,
    pub(crate) until: &'static str,
    pub(crate) look: &'static str,
    pub(crate) tickets: &'static str,
    pub(crate) plan: &'static str,
    /// Who gets the mail of a preview.
    pub(crate) sample: &'static str,
    pub(crate) why: &'static str,
    pub(crate) unsubscribe: &'static str,
    pub(crate) subject: fn(Kind) -> &'static str,
    pub(crate) line: fn(Kind) -> &'static str,
    /// The page behind the link: what it asks, its button, what it says when that is done.
    pub(crate) page: [&'static str; 3],
}

/// A language's words.
pub(crate) fn of(language: Language) -> &'static Words {
    match language {
        Language::En => &ENGLISH,
        Language::De => &GERMAN,
    }
}

static ENGLISH: Words = Words {
    code: "en",
    hello: "Hello",
    when: "When:",
    location: "Where:",
    before: "Before:",
    reason: "Why:",
    code_of_booking: "Booking:",
    places: "Places:",
    until: "Kept for you until:",
    look: "Look at it",
    tickets: "Your tickets",
    plan: "The event and its seating plan",
    sample: "Alex Example",
    why: "You get this because you follow or have booked it, or because somebody invited you.",
    unsubscribe: "No more mails of this kind",
    subject: |kind| match kind {
        Kind::Reminder => "{title}",
        Kind::Changed => "Changed: {title}",
        Kind::Rescheduled => "New time: {title}",
        Kind::Cancelled => "Cancelled: {title}",
        Kind::Published => "New event: {title}",
        Kind::Mention => "You were mentioned in {title}",
        Kind::Invitation => "Invitation: {title}",
        Kind::Booked => "Your booking: {title}",
        Kind::Offer => "A place for you: {title}",
        Kind::Webhook => "A webhook is switched off: {title}",
    },
    line: |kind| match kind {
        Kind::Reminder => "This is your reminder of {title}.",
        Kind::Changed => "Something has changed about {title}.",
        Kind::Rescheduled => "{title} takes place at another time.",
        Kind::Cancelled => "{title} does not take place.",
        Kind::Published => "Somebody whom you follow has a new event: {title}.",
        Kind::Mention => "Somebody has spoken to you in {title}.",
        Kind::Invitation => "You are invited to {title}.",
        Kind::Booked => "You have booked places for {title}.",
        Kind::Offer => "A place for {title} has become free, and it is kept for you for a while.",
        Kind::Webhook => "Your webhook {title} has taken nothing for days, so it was switched off.",
    },
    page: [
        "Do you want no more mails of this kind?",
        "No more mails of this kind",
        "You will get no more mails of this kind. Your inbox still has everything.",
    ],
};

static GERMAN: Words = Words {
    code: "de",
    hello: "Hallo",
    when: "Wann:",
    location: "Wo:",
    before: "Vorher:",
    reason: "Warum:",
    code_of_booking: "Buchung:",
    places: "Plätze:",
    until: "Freigehalten bis:",
    look: "Ansehen",
    tickets: "Ihre Karten",
    plan: "Die Veranstaltung und ihr Saalplan",
    sample: "Alex Beispiel",
    why: "Sie bekommen das, weil Sie ihm folgen, gebucht haben oder eingeladen wurden.",
    unsubscribe: "Keine solchen Mails mehr",
    subject: |kind| match kind {
        Kind::Reminder => "{title}",
        Kind::Changed => "Geändert: {title}",
        Kind::Rescheduled => "Neuer Termin: {title}",
        Kind::Cancelled => "Abgesagt: {title}",
        Kind::Published => "Neue Veranstaltung: {title}",
        Kind::Mention => "Sie wurden erwähnt: {title}",
        Kind::Invitation => "Einladung: {title}",
        Kind::Booked => "Ihre Buchung: {title}",
        Kind::Offer => "Ein Platz für Sie: {title}",
        Kind::Webhook => "Ein Webhook ist abgeschaltet: {title}",
    },
    line: |kind| match kind {
        Kind::Reminder => "Das ist Ihre Erinnerung an {title}.",
        Kind::Changed => "Bei {title} hat sich etwas geändert.",
        Kind::Rescheduled => "{title} findet zu einer anderen Zeit statt.",
        Kind::Cancelled => "{title} findet nicht statt.",
        Kind::Published => "Jemand, dem Sie folgen, hat eine neue Veranstaltung: {title}.",
        Kind::Mention => "Jemand hat Sie in {title} angesprochen.",
        Kind::Invitation => "Sie sind eingeladen: {title}.",
        Kind::Booked => "Sie haben Plätze für {title} gebucht.",
        Kind::Offer => {
            "Bei {title} ist ein Platz frei geworden. Er wird eine Weile für Sie freigehalten."
        }
        Kind::Webhook => {
            "Ihr Webhook {title} hat tagelang nichts angenommen und wurde deshalb abgeschaltet."
        }
    },
    page: [
        "Möchten Sie keine solchen Mails mehr?",
        "Keine solchen Mails mehr",
        "Sie bekommen keine solchen Mails mehr. In Ihrem Posteingang hier steht weiterhin alles.",
    ],
};

const MONTHS: [&str; 12] = [
    "Januar",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];
const DAYS: [&str; 7] =
    ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"];

/// A moment (RFC 3339) by the clock of a zone, for people.
pub fn moment(language: Language, at: &str, zone: &str) -> String {
    let Ok(moment) = at.parse::<Timestamp>() else { return at.to_owned() };
    let (zone, name) = match TimeZone::get(zone) {
        Ok(known) => (known, zone),
        Err(_) => (TimeZone::UTC, "UTC"),
    };
    let local = moment.to_zoned(zone);
    match language {
        Language::En => format!("{} ({name})", local.strftime("%A, %-d %B %Y, %H:%M")),
        Language::De => {
            let day = DAYS[usize::from(local.weekday().to_monday_zero_offset().unsigned_abs())];
            let month = MONTHS[usize::from(local.month().unsigned_abs() - 1)];
            format!("{day}, {}. {month} {} ({name})", local.day(), local.strftime("%Y, %H:%M Uhr"))
        }
    }
}
