//! What a mail says: its subject, its lines and its calendar, in the language of whom it is for. Pure, so that every
//! kind can be read in a test; what people typed is text here, and is escaped where it becomes HTML.

use super::own_words;
use super::words::{self, Words};
use crate::notify::calendar::{Entry, Method, calendar};
use crate::notify::link;
use crate::notify::{About, Kind, Language, Settings};
use crate::store::{DueMail, Hash};
use askama::Template;
use houseful_apps::seats::mailing::BookingMail;

/// What every mail of this server has in common.
pub(super) struct House<'a> {
    /// The address that people use.
    pub(super) public_url: &'a str,
    /// What names are unique by.
    pub(super) domain: &'a str,
    /// What links are signed with.
    pub(super) secret: &'a Hash,
}

/// What goes into the mail about a booking beside the booking, as its event's organiser wants it.
#[derive(Clone, Default)]
pub(super) struct Enclosed {
    /// Their own words, and which parts there are.
    pub(super) mail: BookingMail,
    /// The tickets: the file's name, and the PDF.
    pub(super) tickets: Option<(String, Vec<u8>)>,
}

/// A mail that is written.
pub(super) struct Letter {
    pub(super) language: &'static str,
    pub(super) subject: String,
    pub(super) greeting: String,
    pub(super) lines: Vec<String>,
    /// The organiser's own words, as they were written and as HTML.
    pub(super) own_words: (String, String),
    /// Addresses, and what is there.
    pub(super) links: Vec<(String, &'static str)>,
    pub(super) why: &'static str,
    pub(super) unsubscribe_text: &'static str,
    pub(super) unsubscribe: String,
    /// A calendar file, and what becomes of it.
    pub(super) calendar: Option<(Method, String)>,
    /// The tickets: the file's name, and the PDF.
    pub(super) tickets: Option<(String, Vec<u8>)>,
}

#[derive(Template)]
#[template(path = "mail.txt")]
struct Text<'a> {
    letter: &'a Letter,
}

#[derive(Template)]
#[template(path = "mail.html")]
struct Html<'a> {
    letter: &'a Letter,
}

impl Letter {
    /// Writes a mail; none if its kind is unknown here.
    pub(super) fn write(
        mail: &DueMail,
        house: &House<'_>,
        enclosed: Enclosed,
        now: i64,
    ) -> Option<Letter> {
        let kind = Kind::parse(&mail.kind)?;
        let about = About::read(&mail.data);
        let language = Settings::read(mail.settings.as_deref()).language;
        let words = words::of(language);
        let House { public_url, secret, .. } = house;
        let link = match (about.event, &about.room) {
            (Some(event), _) => Some(format!("{public_url}/events/{event}")),
            (None, Some(room)) => Some(format!("{public_url}/rooms/{room}")),
            (None, None) => Some(public_url.to_string()),
        };
        let is_booking = kind == Kind::Booked;
        let Enclosed { mail: wanted, tickets } = enclosed;
        let calendar = file(kind, &about, link.clone(), house, now);
        let signed = link::sign(secret, mail.account, kind);
        Some(Letter {
            language: words.code,
            subject: one_line(&subject(words, kind, &about, language)),
            greeting: one_line(&format!("{} {},", words.hello, mail.name)),
            lines: lines(words, kind, &about, language),
            own_words: (wanted.words.clone(), own_words::html(&wanted.words)),
            links: links(words, &about, link, public_url, is_booking.then_some(&wanted)),
            calendar: calendar.filter(|_| wanted.calendar || !is_booking),
            tickets: tickets.filter(|_| wanted.tickets),
            why: words.why,
            unsubscribe_text: words.unsubscribe,
            unsubscribe: format!("{public_url}/api/v1/unsubscribe/{signed}"),
        })
    }

    /// As plain text.
    pub(super) fn text(&self) -> Result<String, askama::Error> {
        Text { letter: self }.render()
    }

    /// As HTML.
    pub(super) fn html(&self) -> Result<String, askama::Error> {
        Html { letter: self }.render()
    }
}

/// Where the mail leads: to what it is about, and of a booking to its tickets, and to the plan where that is wanted.
fn links(
    words: &Words,
    about: &About,
    link: Option<String>,
    public_url: &str,
    booking: Option<&BookingMail>,
) -> Vec<(String, &'static str)> {
    let look = |text| link.clone().map(|link| (link, text));
    match (booking, &about.order) {
        (Some(wanted), Some(order)) => {
            let tickets = Some((format!("{public_url}/bookings/{order}"), words.tickets));
            let plan = look(words.plan).filter(|_| wanted.plan);
            tickets.into_iter().chain(plan).collect()
        }
        _ => look(words.look).into_iter().collect(),
    }
}

/// A kind in two lines, as a screen shows them that one glances at.
pub(in crate::notify) fn headline(
    kind: Kind,
    about: &About,
    language: Language,
) -> (String, String) {
    let words = words::of(language);
    let place = about.place.clone().filter(|place| !place.is_empty());
    let starts = Some(starts(about, language)).filter(|text| !text.is_empty());
    let more: Vec<String> = [starts, place].into_iter().flatten().collect();
    let title = (words.subject)(kind).replace("{title}", &about.title);
    (one_line(&title), one_line(&more.join(" · ")))
}

fn subject(words: &Words, kind: Kind, about: &About, language: Language) -> String {
    let title = about.title.as_str();
    match kind {
        Kind::Reminder => {
            let when = starts(about, language);
            format!("{title}: {when}")
        }
        _ => (words.subject)(kind).replace("{title}", title),
    }
}

/// What the mail is about, then what it is and was.
fn lines(words: &Words, kind: Kind, about: &About, language: Language) -> Vec<String> {
    let mut lines = vec![one_line(&(words.line)(kind).replace("{title}", &about.title))];
    if let Some(was) = about.was.as_ref().filter(|_| kind != Kind::Cancelled) {
        let zone = about.time_zone.as_deref().unwrap_or("UTC");
        let before = [
            (was.title != about.title).then(|| was.title.clone()),
            (Some(&was.starts_at) != about.starts_at.as_ref())
                .then(|| words::moment(language, &was.starts_at, zone)),
            (Some(&was.place) != about.place.as_ref()).then(|| was.place.clone()),
        ];
        let before: Vec<String> = before.into_iter().flatten().collect();
        if !before.is_empty() {
            lines.push(one_line(&format!("{} {}", words.before, before.join(", "))));
        }
    }
    if about.starts_at.is_some() {
        lines.push(format!("{} {}", words.when, starts(about, language)));
    }
    if let Some(place) = about.place.as_deref().filter(|place| !place.is_empty()) {
        lines.push(one_line(&format!("{} {place}", words.location)));
    }
    if let Some(reason) = &about.reason {
        lines.push(one_line(&format!("{} {reason}", words.reason)));
    }
    if let Some(places) = about.places {
        lines.push(format!("{} {places}", words.places));
    }
    if let Some(until) = &about.until {
        let zone = about.time_zone.as_deref().unwrap_or("UTC");
        lines.push(format!("{} {}", words.until, words::moment(language, until, zone)));
    }
    if let Some(code) = &about.code {
        lines.push(format!("{} {code}", words.code_of_booking));
    }
    lines
}

fn starts(about: &About, language: Language) -> String {
    let zone = about.time_zone.as_deref().unwrap_or("UTC");
    about.starts_at.as_deref().map(|at| words::moment(language, at, zone)).unwrap_or_default()
}

/// The calendar file that goes with a kind.
fn file(
    kind: Kind,
    about: &About,
    url: Option<String>,
    house: &House<'_>,
    now: i64,
) -> Option<(Method, String)> {
    let method = match kind {
        Kind::Mention => return None,
        Kind::Cancelled => Method::Cancel,
        _ => Method::Publish,
    };
    let entry = Entry {
        event: about.event?,
        title: about.title.clone(),
        place: about.place.clone().unwrap_or_default(),
        description: String::new(),
        starts_at: about.starts_at_ms()?,
        ends_at: None,
        url,
        sequence: about.revision.unwrap_or_default(),
        is_cancelled: method == Method::Cancel,
    };
    Some((method, calendar(method, house.domain, now, &[entry])))
}

/// A header or a line of text cannot be ended by what somebody typed.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::Was;
    use houseful_room::AccountId;

    const HOUSE: House<'static> =
        House { public_url: "https://house.example", domain: "house.example", secret: &[1; 32] };

    fn letter(kind: Kind, language: &str) -> Letter {
        let about = About {
            event: Some(7),
            title: "Hamlet\r\nBcc: <x@y.example>".into(),
            starts_at: Some("2026-12-05T18:30:00Z".into()),
            time_zone: Some("Europe/Berlin".into()),
            place: Some("Elsinore".into()),
            reason: Some("Rain".into()),
            code: Some("BK-1".into()),
            was: Some(Was {
                title: "Hamlet".into(),
                starts_at: "2026-12-04T18:30:00Z".into(),
                place: "Elsinore".into(),
            }),
            ..About::default()
        };
        let mail = DueMail {
            id: 1,
            message_id: "m@house.example".into(),
            account: AccountId(9),
            email: "ann@house.example".into(),
            name: "Ann <b>".into(),
            settings: Some(format!("{{\"language\":\"{language}\"}}")),
            kind: kind.as_str().into(),
            data: about.to_text(),
            tries: 0,
            created_at: 0,
        };
        Letter::write(&mail, &HOUSE, Enclosed::default(), 0).unwrap()
    }

    #[test]
    fn every_kind_can_be_written_in_both_languages() {
        for kind in Kind::ALL {
            for language in ["en", "de"] {
                let letter = letter(kind, language);
                let (text, html) = (letter.text().unwrap(), letter.html().unwrap());
                assert!(letter.subject.contains("Hamlet") && !letter.subject.contains('\n'));
                for part in [&text, &html] {
                    assert!(part.contains("https://house.example/events/7"), "{part}");
                    assert!(part.contains("/api/v1/unsubscribe/9."), "{part}");
                }
                assert!(!html.contains("<b>") && !html.contains("<x@y"), "{html}");
            }
        }
    }

    #[test]
    fn times_are_those_of_the_event() {
        let text = letter(Kind::Rescheduled, "en").text().unwrap();
        assert!(text.contains("Saturday, 5 December 2026, 19:30 (Europe/Berlin)"), "{text}");
        assert!(text.contains("Friday, 4 December 2026, 19:30 (Europe/Berlin)"), "{text}");
        let text = letter(Kind::Reminder, "de").text().unwrap();
        assert!(text.contains("Samstag, 5. Dezember 2026, 19:30 Uhr (Europe/Berlin)"), "{text}");
    }

    #[test]
    fn a_cancelled_event_leaves_the_calendar() {
        let (method, file) = letter(Kind::Cancelled, "en").calendar.unwrap();
        assert_eq!(method, Method::Cancel);
        assert!(file.contains("METHOD:CANCEL") && file.contains("STATUS:CANCELLED"), "{file}");
        let (_, file) = letter(Kind::Booked, "en").calendar.unwrap();
        assert!(file.contains("METHOD:PUBLISH") && file.contains("STATUS:CONFIRMED"), "{file}");
    }
}
