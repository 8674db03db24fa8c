//! When a reminder is due. Nobody is woken at night for an event of the early morning: what would come then comes at
//! eight, or the evening before. Pure: zones are data, and the time comes in.

use houseful_apps::seats::mailing::REMINDER_MINUTES_MAX;
use jiff::civil::time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};

/// How many minutes before an event one may choose to be reminded: from five minutes to a week.
pub const LEADS: [u32; 13] = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 4_320, 10_080];

/// The longest that one or an organiser may choose, in milliseconds.
pub const LEAD_MS_MAX: i64 = REMINDER_MINUTES_MAX as i64 * MINUTE_MS;

const MINUTE_MS: i64 = 60_000;
/// An event that starts before this hour, by its own clock, is an early one.
const EARLY_BEFORE_HOUR: i8 = 10;
/// The night, by the event's clock: from this hour to that.
const NIGHT_HOURS: (i8, i8) = (22, 8);
/// A reminder of the evening before comes at this hour.
const EVENING_HOUR: i8 = 20;
/// A reminder that was put off until the morning is of no use closer to the start.
const MORNING_MS_MIN: i64 = 30 * MINUTE_MS;

/// When a reminder is due (ms since 1970): so long before the start, or for early events as above.
pub fn due_at(starts_at: i64, time_zone: &str, lead_minutes: u32) -> i64 {
    let plain = starts_at.saturating_sub(i64::from(lead_minutes) * MINUTE_MS);
    kind_hour(plain, starts_at, time_zone).unwrap_or(plain)
}

/// Another moment than the plain one, if that is at night before an early event.
fn kind_hour(plain: i64, starts_at: i64, time_zone: &str) -> Option<i64> {
    let zone = TimeZone::get(time_zone).ok()?;
    let local = |ms| Some(Timestamp::from_millisecond(ms).ok()?.to_zoned(zone.clone()));
    let (start, due): (Zoned, Zoned) = (local(starts_at)?, local(plain)?);
    let (night, morning) = NIGHT_HOURS;
    let is_night = due.hour() >= night || due.hour() < morning;
    if start.hour() >= EARLY_BEFORE_HOUR || !is_night {
        return None;
    }
    let day = if due.hour() >= night { due.date().tomorrow().ok()? } else { due.date() };
    let at = |day: jiff::civil::Date, hour| {
        let moment = day.to_datetime(time(hour, 0, 0, 0)).to_zoned(zone.clone()).ok()?;
        Some(moment.timestamp().as_millisecond())
    };
    let eight = at(day, morning)?;
    if eight <= starts_at - MORNING_MS_MIN {
        return Some(eight);
    }
    at(day.checked_sub(1.day()).ok()?, EVENING_HOUR)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ZONE: &str = "Europe/Berlin";

    fn ms(text: &str) -> i64 {
        text.parse::<Zoned>().unwrap().timestamp().as_millisecond()
    }

    /// When one is reminded of what starts then, by the clock of Berlin.
    fn due(start: &str, lead: u32) -> String {
        let at = due_at(ms(&format!("{start}[{ZONE}]")), ZONE, lead);
        let at = Timestamp::from_millisecond(at).unwrap().in_tz(ZONE).unwrap();
        at.strftime("%Y-%m-%d %H:%M").to_string()
    }

    #[test]
    fn an_event_of_the_evening_is_reminded_of_to_the_minute() {
        assert_eq!(due("2026-12-05T19:30", 60), "2026-12-05 18:30");
        assert_eq!(due("2026-12-05T19:30", 1_440), "2026-12-04 19:30");
        assert_eq!(due("2026-12-05T23:30", 1_440), "2026-12-04 23:30", "it is no early one");
        assert_eq!(due("2026-12-05T10:00", 180), "2026-12-05 07:00", "nor is this");
    }

    #[test]
    fn an_early_event_wakes_nobody() {
        assert_eq!(due("2026-12-05T09:59", 60), "2026-12-05 08:59");
        assert_eq!(due("2026-12-05T09:00", 60), "2026-12-05 08:00");
        assert_eq!(due("2026-12-05T08:45", 60), "2026-12-05 08:00");
        assert_eq!(due("2026-12-05T08:30", 60), "2026-12-05 08:00", "half an hour is enough");
        assert_eq!(due("2026-12-05T08:29", 60), "2026-12-04 20:00", "less is not");
        assert_eq!(due("2026-12-05T07:00", 60), "2026-12-04 20:00");
        assert_eq!(due("2026-12-05T00:30", 60), "2026-12-04 20:00");
        assert_eq!(due("2026-12-05T00:30", 180), "2026-12-04 21:30", "it is no night yet");
        assert_eq!(due("2026-12-05T07:00", 1_440), "2026-12-04 08:00");
    }

    /// On 2026-03-29 two o'clock is three in Berlin, on 2026-10-25 three is two again.
    #[test]
    fn hours_are_those_of_the_clock_where_it_is_changed() {
        assert_eq!(due("2026-03-29T08:45", 60), "2026-03-29 08:00");
        assert_eq!(due("2026-03-29T07:00", 60), "2026-03-28 20:00");
        assert_eq!(due("2026-03-29T19:30", 1_440), "2026-03-28 18:30", "24 hours are 24 hours");
        assert_eq!(due("2026-10-25T19:30", 1_440), "2026-10-24 20:30");
        assert_eq!(due("2026-10-25T08:15", 60), "2026-10-24 20:00");
        assert_eq!(due("2026-10-25T09:30", 720), "2026-10-25 08:00");
    }

    #[test]
    fn a_zone_that_nobody_knows_shifts_nothing() {
        assert_eq!(due_at(10_000_000, "Europe/Atlantis", 60), 10_000_000 - 3_600_000);
        assert_eq!(due_at(i64::MIN, ZONE, 60), i64::MIN);
        assert!(LEAD_MS_MAX >= i64::from(LEADS[LEADS.len() - 1]) * MINUTE_MS);
    }
}
