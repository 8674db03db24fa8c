//! Timers that survive a restart. Their rows are state like any other, seen by nobody; when they are
//! due by this process's clock is worked out anew at each recovery.

use crate::{Audience, Mono, Now, Rows, Term, Wall, planted};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How often a monotonic timer starts over in full at a recovery; after that its wall deadline holds.
const REARMED_IN_FULL_MAX: Term = 3;

/// A timer as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TimerRow {
    /// Milliseconds for a monotonic timer; none for one that follows the wall clock.
    after_ms: Option<u64>,
    /// When it is due by the wall clock as it was when armed.
    deadline: Wall,
    /// The term in which it was armed.
    term: Term,
    /// Rises with each timer of the room that is armed, so that it tells apart timers of the same key
    /// and gives the order of those that are due at the same moment.
    generation: u64,
}

impl TimerRow {
    fn runs_in_full(&self, term: Term) -> bool {
        // A damaged journal may name a term that is still to come.
        term.saturating_sub(self.term) <= REARMED_IN_FULL_MAX
    }
}

/// When a timer is due in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    Mono(Mono),
    Wall(Wall),
}

impl Due {
    fn in_ms(self, now: Now) -> u64 {
        match self {
            Due::Mono(at) => now.mono.until_ms(at),
            Due::Wall(at) => u64::try_from(at.0.saturating_sub(now.wall.0)).unwrap_or(0),
        }
    }

    fn late_ms(self, now: Now) -> u64 {
        match self {
            Due::Mono(at) => at.until_ms(now.mono),
            Due::Wall(at) => u64::try_from(now.wall.0.saturating_sub(at.0)).unwrap_or(0),
        }
    }
}

/// The timers of a room.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    due: BTreeMap<String, (u64, Due)>,
    /// Those that fire, by when: a room with ten thousand carts asks for the next one at every turn.
    by_mono: BTreeSet<(Mono, String)>,
    /// Likewise, by the wall clock.
    by_wall: BTreeSet<(Wall, String)>,
    /// Keys whose handler panicked too often; kept in state, no longer fired.
    set_aside: BTreeMap<String, u32>,
    touched: Vec<String>,
    next_generation: u64,
}

pub(crate) type TimerRows = Rows<String, TimerRow>;

impl Timers {
    /// Arms a timer that counts this process's milliseconds.
    pub(crate) fn after(&mut self, rows: &mut TimerRows, key: &str, ms: u64, now: Now, term: Term) {
        self.arm(rows, key, Some(ms), now.wall.plus_ms(ms), term);
    }

    /// Arms a timer that follows the wall clock.
    pub(crate) fn at(&mut self, rows: &mut TimerRows, key: &str, deadline: Wall, term: Term) {
        self.arm(rows, key, None, deadline, term);
    }

    fn arm(
        &mut self,
        rows: &mut TimerRows,
        key: &str,
        after_ms: Option<u64>,
        deadline: Wall,
        term: Term,
    ) {
        let key = key.to_owned();
        let generation = self.next_generation;
        self.next_generation += 1;
        let row = TimerRow { after_ms, deadline, term, generation };
        rows.put(key.clone(), Audience::Nobody, row);
        self.touched.push(key);
    }

    /// Disarms a timer, if there is one of this key.
    pub(crate) fn cancel(&mut self, rows: &mut TimerRows, key: &str) {
        rows.remove(&key.to_owned());
        self.touched.push(key.to_owned());
    }

    /// The transaction is committed: what it armed counts from now.
    pub(crate) fn commit(&mut self, rows: &TimerRows, now: Now, term: Term) {
        for key in std::mem::take(&mut self.touched) {
            self.set_aside.remove(&key);
            match rows.get(&key) {
                // A planted bug: the timer of an old hold stays and frees a new one.
                Some(_) if planted::on(planted::Bug::StaleTimer) && self.due.contains_key(&key) => {
                }
                Some(_)
                    if planted::on(planted::Bug::TimerForgotten) && self.due.contains_key(&key) =>
                {
                    self.take(&key);
                }
                Some(row) => {
                    let due = Self::due_of(row, now, term);
                    self.put(key, row.generation, due);
                }
                None if planted::on(planted::Bug::StaleTimer) => {}
                None => {
                    self.take(&key);
                }
            }
        }
    }

    /// The transaction did not happen.
    pub(crate) fn rollback(&mut self) {
        self.touched.clear();
    }

    /// Works out when everything is due after a recovery.
    pub(crate) fn recover(rows: &TimerRows, now: Now, term: Term) -> Timers {
        let last = rows.iter().map(|(_, row)| row.generation).max();
        let next_generation = last.map_or(0, |last| last.saturating_add(1));
        let mut timers = Timers { next_generation, ..Timers::default() };
        for (key, row) in rows.iter() {
            timers.put(key.clone(), row.generation, Self::due_of(row, now, term));
        }
        timers
    }

    fn put(&mut self, key: String, generation: u64, due: Due) {
        self.take(&key);
        if self.fires(&key) {
            match due {
                Due::Mono(at) => self.by_mono.insert((at, key.clone())),
                Due::Wall(at) => self.by_wall.insert((at, key.clone())),
            };
        }
        self.due.insert(key, (generation, due));
    }

    fn take(&mut self, key: &str) -> bool {
        match self.due.remove(key) {
            None => return false,
            Some((_, Due::Mono(at))) => self.by_mono.remove(&(at, key.to_owned())),
            Some((_, Due::Wall(at))) => self.by_wall.remove(&(at, key.to_owned())),
        };
        true
    }

    /// What runs in full again is due by the wall clock at another time too: once it has run in full as
    /// often as it may, what was last told holds, not what was told first.
    pub(crate) fn restate_deadlines(rows: &mut TimerRows, now: Now, term: Term) {
        let restated: Vec<(String, TimerRow)> = rows
            .iter()
            .filter_map(|(key, row)| {
                let ms = row.after_ms.filter(|_| row.runs_in_full(term))?;
                let deadline = now.wall.plus_ms(ms);
                let is_new = deadline != row.deadline;
                is_new.then(|| (key.clone(), TimerRow { deadline, ..row.clone() }))
            })
            .collect();
        restated.into_iter().for_each(|(key, row)| rows.put(key, Audience::Nobody, row));
    }

    fn due_of(row: &TimerRow, now: Now, term: Term) -> Due {
        let left_by_wall = u64::try_from(row.deadline.0.saturating_sub(now.wall.0)).unwrap_or(0);
        match row.after_ms {
            None => Due::Wall(row.deadline),
            Some(_) if planted::on(planted::Bug::WallClockHold) => Due::Wall(row.deadline),
            Some(ms) if planted::on(planted::Bug::HoldShortened) && term > row.term => {
                Due::Mono(now.mono.plus_ms(ms / 2))
            }
            Some(ms) if row.runs_in_full(term) => Due::Mono(now.mono.plus_ms(ms)),
            Some(ms) => Due::Mono(now.mono.plus_ms(left_by_wall.min(ms))),
        }
    }

    /// Milliseconds until the next timer is due, if there is one.
    pub(crate) fn next_in_ms(&self, now: Now) -> Option<u64> {
        let mono = self.by_mono.first().map(|(at, _)| Due::Mono(*at).in_ms(now));
        let wall = self.by_wall.first().map(|(at, _)| Due::Wall(*at).in_ms(now));
        mono.into_iter().chain(wall).min()
    }

    /// Milliseconds until this timer is due.
    pub(crate) fn in_ms(&self, key: &str, now: Now) -> Option<u64> {
        self.due.get(key).map(|(_, due)| due.in_ms(now))
    }

    /// The keys of the timers that are due: the longest overdue first, then in the order of arming. In the
    /// order of their keys everyone would see in which order the people are whose timers they are.
    pub(crate) fn due_now(&self, now: Now) -> Vec<String> {
        let mono = self.by_mono.iter().map(|(at, key)| (Due::Mono(*at), key));
        let wall = self.by_wall.iter().map(|(at, key)| (Due::Wall(*at), key));
        let is_due = |(due, _): &(Due, &String)| due.in_ms(now) == 0;
        let mut due: Vec<_> = mono
            .take_while(is_due)
            .chain(wall.take_while(is_due))
            .map(|(due, key)| (Reverse(due.late_ms(now)), self.due.get(key).map(|(g, _)| *g), key))
            .collect();
        due.sort_unstable();
        due.into_iter().map(|(.., key)| key.clone()).collect()
    }

    /// Takes out a timer, if it is still due: one that fired before may have disarmed or moved it.
    pub(crate) fn take_if_due(&mut self, key: &str, now: Now) -> bool {
        let is_due = self.due.get(key).is_some_and(|(_, due)| due.in_ms(now) == 0);
        is_due && self.take(key)
    }

    /// Its handler panicked: try again in a second, three times in all. True if it is set aside now.
    pub(crate) fn failed(&mut self, rows: &TimerRows, key: &str, now: Now) -> bool {
        let Some(row) = rows.get(&key.to_owned()) else { return false };
        let failures = self.set_aside.entry(key.to_owned()).or_default();
        *failures += 1;
        let is_set_aside = *failures >= 3;
        self.put(key.to_owned(), row.generation, Due::Mono(now.mono.plus_ms(1_000)));
        is_set_aside
    }

    /// Whether its handler has panicked since it was armed.
    pub(crate) fn has_failed(&self, key: &str) -> bool {
        self.set_aside.contains_key(key)
    }

    /// Whether a timer runs that must not be slept through.
    pub(crate) fn keep_awake(&self) -> bool {
        !self.by_mono.is_empty()
    }

    /// The earliest moment by the wall clock for which a sleeping room must be woken.
    pub(crate) fn wake_at(&self) -> Option<Wall> {
        self.by_wall.first().map(|(at, _)| *at)
    }

    fn fires(&self, key: &str) -> bool {
        self.set_aside.get(key).is_none_or(|failures| *failures < 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Found by the fuzzer: a timer of a term that is still to come, due at the end of all time.
    #[test]
    fn what_a_damaged_journal_says_of_timers_is_survived() {
        let mut rows = TimerRows::default();
        let row = |deadline, term| TimerRow {
            after_ms: Some(u64::MAX),
            deadline: Wall(deadline),
            term,
            generation: u64::MAX,
        };
        rows.put("late".to_owned(), Audience::Nobody, row(i64::MAX, 9));
        rows.put("early".to_owned(), Audience::Nobody, row(i64::MIN, 0));
        let now = Now { wall: Wall(i64::MIN), mono: Mono(7) };
        let timers = Timers::recover(&rows, now, 5);
        assert_eq!(timers.next_in_ms(now), Some(0), "what is due at the beginning of time");
        let now = Now { wall: Wall(i64::MAX), ..now };
        assert!(Timers::recover(&rows, now, 5).next_in_ms(now).is_some());
    }
}
