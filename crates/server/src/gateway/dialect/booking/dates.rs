//! Moments as the old clients write and read them: whatever JavaScript's `Date` reads of what people and programs send,
//! in UTC where no zone is named, and ISO with milliseconds. Pure.

use houseful_room::Wall;
use jiff::civil::{Date, DateTime};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

/// Forms with a clock and a zone, besides those of the standards.
const ZONED: [&str; 1] = ["%a %b %d %Y %H:%M:%S GMT%z"];
/// Forms of a clock without a zone.
const CLOCKS: [&str; 8] = [
    "%Y-%m-%d %H:%M",
    "%Y-%m-%dT%H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%m/%d/%Y %H:%M",
    "%b %d, %Y %H:%M:%S",
    "%b %d, %Y %H:%M",
    "%B %d, %Y %H:%M",
];
/// Forms of a day.
const DAYS: [&str; 5] = ["%Y/%m/%d", "%m/%d/%Y", "%b %d, %Y", "%B %d, %Y", "%d %B %Y"];

/// The moment that a text names.
pub(super) fn moment(text: &str) -> Option<Wall> {
    // What JavaScript writes ends with the zone's name in brackets.
    let text = text.split(" (").next().unwrap_or_default().trim();
    let moment = text.parse::<Timestamp>().ok();
    let moment = moment.or_else(|| jiff::fmt::rfc2822::parse(text).ok().map(|at| at.timestamp()));
    let zoned = |form: &&str| strtime::parse(form, text).ok()?.to_timestamp().ok();
    let moment = moment.or_else(|| ZONED.iter().find_map(zoned));
    let moment = moment
        .or_else(|| clock(text)?.to_zoned(TimeZone::UTC).ok().map(|at: Zoned| at.timestamp()));
    moment.map(|moment| Wall(moment.as_millisecond()))
}

fn clock(text: &str) -> Option<DateTime> {
    let clock = |form: &&str| strtime::parse(form, text).ok()?.to_datetime().ok();
    let day = |form: &&str| strtime::parse(form, text).ok()?.to_date().ok();
    let at_once = text.parse::<DateTime>().ok();
    at_once
        .or_else(|| CLOCKS.iter().find_map(clock))
        .or_else(|| DAYS.iter().find_map(day).map(Date::into))
}

/// A moment as `Date.toISOString` writes it.
pub(super) fn iso(ms: i64) -> String {
    match Timestamp::from_millisecond(ms) {
        Ok(moment) => moment.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string(),
        Err(_) => "9999-12-31T23:59:59.999Z".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_javascript_reads_is_read() {
        for text in [
            "2027-01-31T19:30:00Z",
            "2027-01-31T19:30:00.000Z",
            "2027-01-31T20:30:00+01:00",
            "2027-01-31T19:30",
            "2027-01-31 19:30",
            "Sun, 31 Jan 2027 19:30:00 GMT",
            "Sun Jan 31 2027 20:30:00 GMT+0100 (Central European Standard Time)",
            "Jan 31, 2027 19:30",
            "January 31, 2027 19:30",
            "2027/01/31 19:30",
        ] {
            let read = moment(text).map(|wall| iso(wall.0));
            assert_eq!(read.as_deref(), Some("2027-01-31T19:30:00.000Z"), "{text}");
        }
        for text in ["2027-01-31", "2027/01/31", "01/31/2027", "Jan 31, 2027"] {
            let read = moment(text).map(|wall| iso(wall.0));
            assert_eq!(read.as_deref(), Some("2027-01-31T00:00:00.000Z"), "{text}");
        }
        for text in ["", "soon", "2027-13-01", "31.01.2027"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn milliseconds_are_always_told() {
        assert_eq!(iso(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(iso(1_700_000_000_123), "2023-11-14T22:13:20.123Z");
    }
}
