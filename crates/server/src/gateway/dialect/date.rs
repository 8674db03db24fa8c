//! Dates as JavaScript reads and writes them, in UTC: what `new Date(value)` takes in practice, `toISOString` and
//! `toString`. It reads no clock and knows no local time.

use houseful_room::Wall;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// `Date` knows nothing further from 1970.
const MS_MAX: f64 = 8.64e15;
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/// The zones that RFC 2822 names, in hours.
const ZONES: [(&str, i64); 12] = [
    ("z", 0),
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("est", -5),
    ("edt", -4),
    ("cst", -6),
    ("cdt", -5),
    ("mst", -7),
    ("mdt", -6),
    ("pst", -8),
    ("pdt", -7),
];

/// A moment from what a client sends: a text, or milliseconds since 1970.
pub(super) fn read(value: &Value) -> Option<Wall> {
    let ms = match value {
        Value::String(text) => iso(text.trim()).or_else(|| worded(text))?,
        Value::Number(number) => {
            let ms = number.as_f64().filter(|ms| ms.abs() <= MS_MAX)?;
            ms.trunc() as i64
        }
        _ => return None,
    };
    Timestamp::from_millisecond(ms).ok().map(|moment| Wall(moment.as_millisecond()))
}

/// As `toISOString` writes it.
pub(super) fn iso_text(at: Wall) -> String {
    written(at, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// As `toString` writes it where the clock shows UTC.
pub(super) fn long_text(at: Wall) -> String {
    written(at, "%a %b %d %Y %H:%M:%S GMT+0000 (Coordinated Universal Time)")
}

fn written(at: Wall, form: &str) -> String {
    let moment = Timestamp::from_millisecond(at.0).unwrap_or(Timestamp::MAX);
    moment.to_zoned(TimeZone::UTC).strftime(form).to_string()
}

/// `2026-11-21`, shorter, or with a time and a zone behind `T` or a space.
fn iso(text: &str) -> Option<i64> {
    let at = text.find(['T', 't', ' ']);
    let (date, time) = at.map_or((text, None), |at| (&text[..at], Some(&text[at + 1..])));
    let mut parts = date.split('-');
    let year = number(parts.next()?, 4..=4)?;
    let month = parts.next().map_or(Some(1), |part| number(part, 1..=2))?;
    let day = parts.next().map_or(Some(1), |part| number(part, 1..=2))?;
    if parts.next().is_some() {
        return None;
    }
    let Some(time) = time else { return day_ms(year, month, day) };
    let zone = time.find(['Z', 'z', '+', '-', ' ']).unwrap_or(time.len());
    let (time, zone) = time.split_at(zone);
    let zone = if zone.is_empty() { 0 } else { zone_ms(zone.trim())? };
    Some(day_ms(year, month, day)? + time_ms(time)? - zone)
}

/// A date with the month's name or with slashes: as RFC 2822 has it, as `toString` and `toUTCString` write it, as
/// people of the United States do.
fn worded(text: &str) -> Option<i64> {
    let mut found = Found::default();
    let plain = text.split('(').next().unwrap_or_default().to_lowercase();
    for word in plain.split([' ', ',', '\t']).filter(|word| !word.is_empty()) {
        found.take(word)?;
    }
    found.finish()
}

/// What the words of a date have told so far.
#[derive(Default)]
struct Found {
    month: Option<i64>,
    numbers: Vec<i64>,
    time: Option<i64>,
    afternoon: Option<bool>,
    zone: Option<i64>,
    is_begun: bool,
}

impl Found {
    /// None if the word makes it no date.
    fn take(&mut self, word: &str) -> Option<()> {
        let begins = |names: &[&str]| {
            let is_word = word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
            names.iter().position(|name| is_word && word.starts_with(name))
        };
        if let Some(month) = begins(&MONTHS) {
            return once(&mut self.month, month as i64 + 1);
        }
        if begins(&WEEKDAYS).is_some() && !self.is_begun {
            return Some(());
        }
        self.is_begun = true;
        if word == "am" || word == "pm" {
            return once(&mut self.afternoon, word == "pm");
        }
        if let Some(zone) = self.zone_of(word) {
            return once(&mut self.zone, zone);
        }
        if word.contains(':') {
            return once(&mut self.time, time_ms(word)?);
        }
        if word.contains('/') {
            return self.slashed(word);
        }
        self.numbers.push(number(word, 1..=4)?);
        Some(())
    }

    /// A zone by its name, its offset, or both; an offset only behind a time, for it looks like a year.
    fn zone_of(&self, word: &str) -> Option<i64> {
        let begins = word.find(['+', '-']).unwrap_or(word.len());
        let (name, offset) = word.split_at(begins);
        let named = ZONES.iter().find(|(known, _)| *known == name).map(|(_, hours)| *hours);
        match (named, offset) {
            (Some(hours), "") => Some(hours * 60 * MINUTE_MS),
            (Some(0), offset) => zone_ms(offset),
            (None, offset) if name.is_empty() && self.time.is_some() => zone_ms(offset),
            _ => None,
        }
    }

    /// `11/21/2026`, or with the year first.
    fn slashed(&mut self, word: &str) -> Option<()> {
        let mut parts = word.split('/').map(|part| number(part, 1..=4));
        let (first, second, third) = (parts.next()??, parts.next()??, parts.next()??);
        if parts.next().is_some() || !self.numbers.is_empty() {
            return None;
        }
        let (year, month, day) = match first {
            32.. => (first, second, third),
            _ => (third, first, second),
        };
        self.numbers = vec![day, year];
        once(&mut self.month, month)
    }

    fn finish(self) -> Option<i64> {
        let &[day, year] = &self.numbers[..] else { return None };
        let (day, year) = if day > 31 { (year, day) } else { (day, year) };
        let year = match year {
            0..=49 => 2_000 + year,
            50..=99 => 1_900 + year,
            year => year,
        };
        let time = match (self.time.unwrap_or_default(), self.afternoon) {
            (_, Some(_)) if self.time.is_none() => return None,
            (time, Some(afternoon)) => twelve_hours(time, afternoon)?,
            (time, None) => time,
        };
        Some(day_ms(year, self.month?, day)? + time - self.zone.unwrap_or_default())
    }
}

/// A time by a clock of twelve hours.
fn twelve_hours(time: i64, is_afternoon: bool) -> Option<i64> {
    let noon = DAY_MS / 2;
    if !(noon / 12..noon + noon / 12).contains(&time) {
        return None;
    }
    Some(time % noon + if is_afternoon { noon } else { 0 })
}

fn once<T>(place: &mut Option<T>, value: T) -> Option<()> {
    match place.replace(value) {
        None => Some(()),
        Some(_) => None,
    }
}

/// The day's beginning. As there, the 30th of February is the 2nd of March.
fn day_ms(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(1..=31).contains(&day) {
        return None;
    }
    let first = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
    let date = first.checked_add((day - 1).days()).ok()?;
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp().as_millisecond())
}

/// `HH:MM`, with seconds and their fraction if there are any; midnight may be 24:00.
fn time_ms(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let hours = number(parts.next()?, 1..=2)?;
    let minutes = number(parts.next()?, 2..=2)?;
    let (seconds, fraction) = match parts.next() {
        None => (0, 0),
        Some(seconds) => match seconds.split_once('.') {
            None => (number(seconds, 2..=2)?, 0),
            Some((seconds, fraction)) => (number(seconds, 2..=2)?, fraction_ms(fraction)?),
        },
    };
    let ms = ((hours * 60 + minutes) * 60 + seconds) * 1_000 + fraction;
    let is_time = minutes < 60 && seconds < 60 && ms <= DAY_MS && parts.next().is_none();
    is_time.then_some(ms)
}

/// The first three digits of a second's fraction.
fn fraction_ms(digits: &str) -> Option<i64> {
    let is_fraction = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    let first = format!("{digits:0<3}");
    is_fraction.then(|| first.get(..3)?.parse().ok()).flatten()
}

/// `Z`, `+01:00`, `+0100` or `+01`.
fn zone_ms(text: &str) -> Option<i64> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = match text.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits = text[1..].replacen(':', "", 1);
    let (hours, minutes) = match digits.len() {
        2 => (number(&digits, 2..=2)?, 0),
        4 if digits.is_ascii() => (number(&digits[..2], 2..=2)?, number(&digits[2..], 2..=2)?),
        _ => return None,
    };
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * MINUTE_MS)
}

fn number(digits: &str, lengths: std::ops::RangeInclusive<usize>) -> Option<i64> {
    let is_number = lengths.contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn iso_of(value: Value) -> Option<String> {
        read(&value).map(iso_text)
    }

    /// Each as V8 reads it where the clock shows UTC.
    #[test]
    fn what_javascript_reads_is_read() {
        for (text, is) in [
            ("2026-11-21", "2026-11-21T00:00:00.000Z"),
            ("2026-11", "2026-11-01T00:00:00.000Z"),
            ("2026", "2026-01-01T00:00:00.000Z"),
            ("2026-02-30", "2026-03-02T00:00:00.000Z"),
            ("2026-1-5", "2026-01-05T00:00:00.000Z"),
            ("2026-11-21T10:30", "2026-11-21T10:30:00.000Z"),
            ("2026-11-21 10:30:15", "2026-11-21T10:30:15.000Z"),
            ("2026-11-21T10:30:15.5Z", "2026-11-21T10:30:15.500Z"),
            ("2026-11-21T10:30:15.123456Z", "2026-11-21T10:30:15.123Z"),
            ("2026-11-21T24:00", "2026-11-22T00:00:00.000Z"),
            ("2026-11-21T10:30:15+01:30", "2026-11-21T09:00:15.000Z"),
            ("2026-11-21T10:30:15-0500", "2026-11-21T15:30:15.000Z"),
            ("2026-11-21 10:30:15 +0100", "2026-11-21T09:30:15.000Z"),
            ("Sat, 21 Nov 2026 02:42:22 GMT", "2026-11-21T02:42:22.000Z"),
            ("Sat, 21 Nov 2026 02:42:22 +0100", "2026-11-21T01:42:22.000Z"),
            ("21 Nov 26 02:42 EST", "2026-11-21T07:42:00.000Z"),
            (
                "Sat Nov 21 2026 02:42:22 GMT+0100 (Central European Standard Time)",
                "2026-11-21T01:42:22.000Z",
            ),
            ("November 21, 2026", "2026-11-21T00:00:00.000Z"),
            ("Nov 21, 2026 7:30 PM", "2026-11-21T19:30:00.000Z"),
            ("Nov 21, 2026 12:05 am", "2026-11-21T00:05:00.000Z"),
            ("11/21/2026", "2026-11-21T00:00:00.000Z"),
            ("11/21/2026, 7:30:00 PM", "2026-11-21T19:30:00.000Z"),
            ("2026/11/21 10:30", "2026-11-21T10:30:00.000Z"),
            ("1999-12-31T23:59:59Z", "1999-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(iso_of(json!(text)).as_deref(), Some(is), "{text}");
        }
        assert_eq!(iso_of(json!(1_795_228_942_000_i64)).unwrap(), "2026-11-21T02:42:22.000Z");
        assert_eq!(iso_of(json!(0)).unwrap(), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso_of(json!(-1.9)).unwrap(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            " ",
            "soon",
            "2026-13-01",
            "2026-00-10",
            "2026-11-32",
            "2026-11-21T25:00",
            "1795228942000",
            "2026-11-21T10",
            "2026-11-21T10:60",
            "2026-11-21Z10:00",
            "21 Nov",
            "Nov Nov 21 2026",
            "é1/2/2026",
            "2026-11-21T10:00+é1",
            "2026-11-21T10:00:00.é",
            "13:00 PM 1 Jan 2026",
            "2026-11-21-05",
        ] {
            assert_eq!(iso_of(json!(text)), None, "{text}");
        }
        for value in [json!(null), json!(true), json!([]), json!({}), json!(1e18)] {
            assert_eq!(iso_of(value), None);
        }
    }

    #[test]
    fn a_date_is_written_as_javascript_writes_it() {
        let at = read(&json!("2026-11-21T02:42:22Z")).unwrap();
        let long = "Sat Nov 21 2026 02:42:22 GMT+0000 (Coordinated Universal Time)";
        assert_eq!(long_text(at), long);
        assert_eq!(read(&json!(long)), Some(at));
        assert_eq!(
            long_text(Wall(0)),
            "Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)"
        );
    }
}
