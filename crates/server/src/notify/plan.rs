//! Who is reminded of what, and when somebody is next: from events, follows, settings and the time, nothing else. It
//! decides and does nothing.

use super::due::{LEAD_MS_MAX, LEADS, due_at};
use crate::limits::DAY_AHEAD_MS;
use crate::store::SoonRow;
use houseful_apps::seats::mailing::REMINDER_MINUTES;
use std::collections::BTreeSet;

/// A reminder's time ahead, and when it is due (ms since 1970).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) lead: u32,
    pub(super) at: i64,
}

/// The reminder of those who wish to be told a day ahead whatever the hour, and at once where that day has begun; none
/// before it.
pub(super) fn day_ahead(event: &SoonRow, now: i64) -> Option<Due> {
    let at = event.facts.starts_at.saturating_sub(DAY_AHEAD_MS);
    (at <= now).then_some(Due { lead: DAY_AHEAD_MINUTES, at })
}

/// [`DAY_AHEAD_MS`] as a time ahead.
const DAY_AHEAD_MINUTES: u32 = (DAY_AHEAD_MS / 60_000) as u32;

/// The reminders of an event that are due, the shortest time ahead first.
pub(super) fn due_now(event: &SoonRow, now: i64) -> Vec<Due> {
    dues(event).filter(|due| due.at <= now).collect()
}

/// When the next reminder of these events is due, and of those that start after the last of them: `later` is when
/// the first of those starts.
pub(super) fn next_due(events: &[SoonRow], later: Option<i64>, now: i64) -> Option<i64> {
    let to_the_minute = |event: &SoonRow| event.facts.starts_at.saturating_sub(DAY_AHEAD_MS);
    let soon = events.iter().flat_map(dues).map(|due| due.at);
    let soon = soon.chain(events.iter().map(to_the_minute)).filter(|at| *at > now).min();
    // A reminder before an early event may come up to a day before its time.
    let later = later.map(|starts_at| (starts_at - WINDOW_MS).max(now + 1));
    soon.into_iter().chain(later).min()
}

/// So long before its start an event is looked at: the longest time ahead, and a day for the early ones.
pub(super) const WINDOW_MS: i64 = LEAD_MS_MAX + 24 * 60 * 60 * 1_000;

/// Of the reminders that are due the one that somebody gets: the shortest time ahead that they wish for, or where they
/// have wished for none in particular the organiser has set, so that who was not reminded in time is reminded once.
/// What was due before they came to follow it, before it was moved, or before the organiser set it, is none.
pub(super) fn wanted(
    event: &SoonRow,
    dues: &[Due],
    wished: Option<&[u32]>,
    since: i64,
) -> Option<Due> {
    let (wished, set_at) = match (wished, &event.reminders) {
        (Some(wished), _) => (wished, i64::MIN),
        (None, Some(set)) => (&set.minutes[..], set.since.0),
        (None, None) => (&REMINDER_MINUTES[..], i64::MIN),
    };
    let known_at = since.max(event.moved_at).max(set_at);
    dues.iter().find(|due| wished.contains(&due.lead) && due.at >= known_at).copied()
}

/// All that somebody may be reminded at, the shortest time ahead first.
fn dues(event: &SoonRow) -> impl Iterator<Item = Due> + '_ {
    let facts = &event.facts;
    let set = event.reminders.as_ref().map_or(&REMINDER_MINUTES[..], |set| &set.minutes);
    let leads: BTreeSet<u32> = LEADS.iter().chain(set).copied().collect();
    let due = |lead| Due { lead, at: due_at(facts.starts_at, &facts.time_zone, lead) };
    leads.into_iter().map(due)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Facts;
    use houseful_apps::seats::mailing::Reminders;
    use houseful_room::{AccountId, Wall};

    const HOUR: i64 = 3_600_000;
    const START: i64 = 1_000 * 24 * HOUR + 19 * HOUR;

    fn event() -> SoonRow {
        let facts = Facts {
            event: 7,
            owner: AccountId(1),
            title: "Hamlet".into(),
            place: String::new(),
            starts_at: START,
            time_zone: "UTC".into(),
            status: "published".into(),
            reason: None,
            revision: None,
        };
        SoonRow { facts, moved_at: 0, reminders: None }
    }

    fn lead_at(now: i64, wished: &[u32], since: i64, moved_at: i64) -> Option<u32> {
        let event = SoonRow { moved_at, ..event() };
        wanted(&event, &due_now(&event, now), Some(wished), since).map(|due| due.lead)
    }

    /// What somebody gets who has set nothing, of an event whose organiser has set this at that moment.
    fn set_at(now: i64, minutes: &[u32], since: i64) -> Option<u32> {
        let reminders = Reminders { minutes: minutes.to_vec(), since: Wall(since) };
        let event = SoonRow { reminders: Some(reminders), ..event() };
        wanted(&event, &due_now(&event, now), None, 0).map(|due| due.lead)
    }

    #[test]
    fn who_has_set_nothing_is_reminded_as_the_organiser_says() {
        let usual = |now| wanted(&event(), &due_now(&event(), now), None, 0).map(|due| due.lead);
        assert_eq!(usual(START - 24 * HOUR), Some(1_440));
        assert_eq!(usual(START - HOUR), Some(60));
        let set = [20_160, 17];
        assert_eq!(set_at(START - 15 * 24 * HOUR, &set, 0), None);
        assert_eq!(set_at(START - 14 * 24 * HOUR, &set, 0), Some(20_160));
        assert_eq!(set_at(START - 18 * 60_000, &set, 0), Some(20_160));
        assert_eq!(set_at(START - 17 * 60_000, &set, 0), Some(17));
        assert_eq!(set_at(START - 1, &[], 0), None);
    }

    #[test]
    fn what_was_due_before_the_organiser_set_it_is_none() {
        assert_eq!(set_at(START - 10 * HOUR, &[1_440, 60], START - 10 * HOUR), None);
        assert_eq!(set_at(START - HOUR, &[1_440, 60], START - 10 * HOUR), Some(60));
    }

    #[test]
    fn what_somebody_has_set_holds_whatever_the_organiser_says() {
        let reminders = Some(Reminders { minutes: vec![17], since: Wall(START - HOUR) });
        let event = SoonRow { reminders, ..event() };
        let own = |wished: &[u32]| {
            wanted(&event, &due_now(&event, START - 1), Some(wished), 0).map(|due| due.lead)
        };
        assert_eq!((own(&[60]), own(&[])), (Some(60), None));
        assert_eq!(next_due(&[event], None, START - 20 * 60_000), Some(START - 17 * 60_000));
    }

    #[test]
    fn each_wish_is_due_in_its_turn() {
        let both = [1_440, 60];
        assert_eq!(lead_at(START - 25 * HOUR, &both, 0, 0), None);
        assert_eq!(lead_at(START - 24 * HOUR, &both, 0, 0), Some(1_440));
        assert_eq!(lead_at(START - 2 * HOUR, &both, 0, 0), Some(1_440), "late rather than never");
        assert_eq!(lead_at(START - HOUR, &both, 0, 0), Some(60), "and one for both");
        assert_eq!(lead_at(START - HOUR, &[], 0, 0), None);
        assert_eq!(lead_at(START - HOUR, &[30], 0, 0), None);
    }

    #[test]
    fn who_has_just_followed_it_or_was_told_of_its_move_knows() {
        let both = [1_440, 60];
        assert_eq!(lead_at(START - 10 * HOUR, &both, START - 10 * HOUR, 0), None);
        assert_eq!(lead_at(START - 10 * HOUR, &both, 0, START - 11 * HOUR), None);
        assert_eq!(lead_at(START - HOUR, &both, START - 10 * HOUR, 0), Some(60));
        assert_eq!(lead_at(START - HOUR / 2, &both, START - HOUR / 2, 0), None);
    }

    #[test]
    fn who_wishes_it_promptly_is_told_a_day_ahead_to_the_minute() {
        let at_six =
            SoonRow { facts: Facts { starts_at: START - 13 * HOUR, ..event().facts }, ..event() };
        let begins = START - 37 * HOUR;
        assert_eq!(day_ahead(&at_six, begins - 1), None);
        assert_eq!(day_ahead(&at_six, begins), Some(Due { lead: 1_440, at: begins }));
        assert_eq!(day_ahead(&at_six, START - 14 * HOUR), Some(Due { lead: 1_440, at: begins }));
        // The usual reminder of an event at six in the morning waits until eight.
        assert_eq!(next_due(&[at_six], None, begins - HOUR), Some(begins));
    }

    #[test]
    fn one_sleeps_until_the_next_moment() {
        let events = [event()];
        assert_eq!(next_due(&events, None, START - 30 * HOUR), Some(START - 24 * HOUR));
        assert_eq!(next_due(&events, None, START - 24 * HOUR), Some(START - 12 * HOUR));
        assert_eq!(next_due(&events, None, START - 4 * 60_000), None);
        assert_eq!(next_due(&[], None, 0), None);
        assert_eq!(next_due(&[], Some(START), 0), Some(START - WINDOW_MS));
        assert_eq!(next_due(&[], Some(START), START), Some(START + 1));
    }
}
