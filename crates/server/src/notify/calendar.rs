//! Calendar files (RFC 5545): an event by itself, or all of somebody's. Only texts and times go in, so what takes
//! two pages of rules for lines and commas needs no library. Pure.

use jiff::Timestamp;
use std::fmt::Write;

/// Octets of one line, by the rule; what is longer is folded.
const LINE_BYTES_MAX: usize = 75;

/// What becomes of the calendar that the file is put into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The events are as here.
    Publish,
    /// The event is taken out.
    Cancel,
}

impl Method {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Publish => "PUBLISH",
            Method::Cancel => "CANCEL",
        }
    }
}

/// An event in a calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub event: u64,
    /// What it is called.
    pub title: String,
    /// Where it is.
    pub place: String,
    /// What it is.
    pub description: String,
    /// When it starts (ms since 1970).
    pub starts_at: i64,
    /// When it ends, if that is known.
    pub ends_at: Option<i64>,
    /// Where it is shown, if that has an address.
    pub url: Option<String>,
    /// How often its facts have changed.
    pub sequence: u64,
    /// Whether it does not take place.
    pub is_cancelled: bool,
}

/// A calendar of these events, as it stands at a moment (ms since 1970). `domain` makes their names unique.
pub fn calendar(method: Method, domain: &str, now: i64, entries: &[Entry]) -> String {
    let mut text = String::new();
    line(&mut text, "BEGIN", "VCALENDAR");
    line(&mut text, "VERSION", "2.0");
    line(&mut text, "PRODID", "-//Houseful//Houseful//EN");
    line(&mut text, "METHOD", method.as_str());
    for entry in entries {
        put(&mut text, entry, domain, now);
    }
    line(&mut text, "END", "VCALENDAR");
    text
}

fn put(text: &mut String, entry: &Entry, domain: &str, now: i64) {
    line(text, "BEGIN", "VEVENT");
    line(text, "UID", &format!("event-{}@{domain}", entry.event));
    line(text, "DTSTAMP", &moment(now));
    line(text, "SEQUENCE", &entry.sequence.to_string());
    line(text, "DTSTART", &moment(entry.starts_at));
    if let Some(ends_at) = entry.ends_at {
        line(text, "DTEND", &moment(ends_at));
    }
    line(text, "SUMMARY", &escaped(&entry.title));
    if !entry.place.is_empty() {
        line(text, "LOCATION", &escaped(&entry.place));
    }
    if !entry.description.is_empty() {
        line(text, "DESCRIPTION", &escaped(&entry.description));
    }
    if let Some(url) = &entry.url {
        line(text, "URL", url);
    }
    let status = if entry.is_cancelled { "CANCELLED" } else { "CONFIRMED" };
    line(text, "STATUS", status);
    line(text, "END", "VEVENT");
}

/// In UTC, so that no rules of a zone need to go along.
fn moment(ms: i64) -> String {
    let moment = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::MAX);
    moment.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Writes a line, folded between characters.
fn line(text: &mut String, name: &str, value: &str) {
    let mut bytes = 0;
    let mut whole = String::with_capacity(name.len() + value.len() + 1);
    let _ = write!(whole, "{name}:{value}");
    for c in whole.chars() {
        if bytes + c.len_utf8() > LINE_BYTES_MAX {
            text.push_str("\r\n ");
            bytes = 1;
        }
        text.push(c);
        bytes += c.len_utf8();
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        Entry {
            event: 7,
            title: "Hamlet, or; the\\Prince".into(),
            place: "Elsinore\r\nBEGIN:VEVENT".into(),
            description: "ä".repeat(100),
            starts_at: 1_795_262_400_000,
            ends_at: Some(1_795_262_400_000 + 7_200_000),
            sequence: 3,
            ..Entry::default()
        }
    }

    #[test]
    fn a_title_cannot_end_its_line() {
        let text = calendar(Method::Publish, "house.example", 0, &[entry()]);
        assert!(text.contains("SUMMARY:Hamlet\\, or\\; the\\\\Prince\r\n"), "{text}");
        assert!(text.contains("LOCATION:Elsinore\\nBEGIN:VEVENT\r\n"), "{text}");
        assert_eq!(text.matches("\r\nBEGIN:VEVENT\r\n").count(), 1);
        assert!(text.contains("DTSTART:20261121T120000Z\r\n"), "{text}");
        assert!(text.contains("DTEND:20261121T140000Z\r\n"), "{text}");
        assert!(text.contains("UID:event-7@house.example\r\n") && text.contains("SEQUENCE:3\r\n"));
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        let text = calendar(Method::Cancel, "house.example", 0, &[entry()]);
        assert!(text.split("\r\n").all(|line| line.len() <= LINE_BYTES_MAX));
        let unfolded = text.replace("\r\n ", "");
        assert!(unfolded.contains(&format!("DESCRIPTION:{}\r\n", "ä".repeat(100))));
        assert!(text.contains("METHOD:CANCEL\r\n"));
    }
}
