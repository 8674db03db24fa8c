//! Numbered rows that are added and amended, never removed. Only its tail is state; every row is kept by the
//! journal's side, where history is read. It forgets nothing that a copy still shows.

use super::{Shape, misfit};
use crate::op::to_json;
use crate::planted::{self, Bug};
use crate::{Audience, Corrupt, Op, Recorder};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Rows that a room keeps in memory: whoever amends an older one has it attached (see
/// [`RoomApp::wants`](crate::RoomApp::wants)).
pub const LOG_ROWS_KEPT: usize = 1_000;
/// Rows that a snapshot shows, the last ones; what is older is history (R51).
pub const LOG_ROWS_SHOWN: usize = 100;
/// Rows before the tail that are still remembered, because they left it or were amended lately: when it was asked what
/// is to be attached to a command, they may not have been so yet. More than may be under way at a time.
const PASSED_KEPT: usize = 1_024;

/// Rows numbered densely from 1.
#[derive(Debug)]
pub struct Log<T> {
    audience: Audience,
    /// The number of the last row, 0 if there is none.
    last: u64,
    /// The tail, the last row at its end.
    tail: VecDeque<T>,
    /// What this transaction wrote, in order: the number, and what the tail had there.
    written: Vec<(u64, Option<T>)>,
    /// What this transaction wrote over rows before the tail.
    older: BTreeMap<u64, T>,
    /// Rows before the tail as they were written last, the latest at the end. No state: a copy of what is, or is
    /// about to be, where history is read.
    passed: VecDeque<(u64, T)>,
    /// So many rows stay in the tail.
    kept: usize,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Log::for_audience(Audience::All)
    }
}

impl<T> Log<T> {
    /// A log that only this audience sees.
    pub fn for_audience(audience: Audience) -> Self {
        let (tail, written, older) = (VecDeque::new(), Vec::new(), BTreeMap::new());
        let (passed, kept) = (VecDeque::new(), LOG_ROWS_KEPT);
        Log { audience, last: 0, tail, written, older, passed, kept }
    }

    /// The same with fewer rows in memory, as many as a snapshot shows at least.
    pub fn keeping(self, rows: usize) -> Self {
        Log { kept: rows.clamp(LOG_ROWS_SHOWN, LOG_ROWS_KEPT), ..self }
    }

    /// The number of the last row, 0 if there is none.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Adds a row and answers its number.
    pub fn push(&mut self, value: T) -> u64 {
        self.last += 1;
        self.tail.push_back(value);
        self.written.push((self.last, None));
        self.last
    }

    /// The row with this number, if it is in the tail, or was lately, or was written over lately.
    pub fn get(&self, no: u64) -> Option<&T> {
        match self.place(no) {
            Some(place) => self.tail.get(place),
            None => self.older.get(&no).or_else(|| self.passed(no)),
        }
    }

    fn passed(&self, no: u64) -> Option<&T> {
        if planted::on(Bug::AmendedForgotten) {
            return None;
        }
        self.passed.iter().rev().find(|(of, _)| *of == no).map(|(_, value)| value)
    }

    /// Writes over a row, also over one before the tail. False if there never was one.
    pub fn amend(&mut self, no: u64, value: T) -> bool {
        if !(1..=self.last).contains(&no) {
            return false;
        }
        let place = self.place(no);
        match place.and_then(|place| self.tail.get_mut(place)) {
            Some(row) => {
                let before = std::mem::replace(row, value);
                self.written.push((no, Some(before)));
            }
            None => {
                self.older.insert(no, value);
                self.written.push((no, None));
            }
        }
        true
    }

    /// The tail with its numbers, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (u64, &T)> {
        (self.first()..).zip(&self.tail)
    }

    /// The number of the oldest row of the tail.
    fn first(&self) -> u64 {
        self.last + 1 - self.tail.len() as u64
    }

    fn place(&self, no: u64) -> Option<usize> {
        let place = no.checked_sub(self.first())?;
        usize::try_from(place).ok().filter(|place| *place < self.tail.len())
    }

    fn trim(&mut self) {
        while self.tail.len() > self.kept {
            let no = self.first();
            let row = self.tail.pop_front();
            row.into_iter().for_each(|value| self.pass(no, value));
        }
    }

    fn pass(&mut self, no: u64, value: T) {
        self.passed.retain(|(of, _)| *of != no);
        self.passed.push_back((no, value));
        while self.passed.len() > PASSED_KEPT {
            self.passed.pop_front();
        }
    }
}

/// A log as its room stores it.
#[derive(Deserialize)]
struct Stored<T> {
    last: u64,
    tail: VecDeque<T>,
}

impl<T: Serialize + DeserializeOwned> Shape for Log<T> {
    fn drain(&mut self, name: &str, into: &mut Recorder) {
        let mut done = BTreeSet::new();
        for (no, _) in std::mem::take(&mut self.written) {
            if !done.insert(no) {
                continue;
            }
            if let Some(value) = self.older.get(&no).or_else(|| self.get(no)) {
                into.log(&self.audience, name, no, value);
            }
        }
        for (no, value) in std::mem::take(&mut self.older) {
            self.pass(no, value);
        }
        self.trim();
    }

    fn rollback(&mut self) {
        for (no, before) in std::mem::take(&mut self.written).into_iter().rev() {
            match (before, self.place(no)) {
                (Some(before), Some(place)) => self.tail[place] = before,
                (None, Some(_)) if !self.older.contains_key(&no) => {
                    self.tail.pop_back();
                    self.last -= 1;
                }
                _ => {}
            }
        }
        self.older.clear();
    }

    fn apply(&mut self, _: &Audience, op: &Op<'_>) -> Result<(), Corrupt> {
        let Op::Log(shape, no, value) = op else { return Err(misfit(op)) };
        let value = serde_json::from_str(value.get())?;
        if *no == self.last + 1 {
            self.last = *no;
            self.tail.push_back(value);
            // All that is read back is durable: nothing has to be remembered beside it.
            while self.tail.len() > self.kept {
                self.tail.pop_front();
            }
        } else if let Some(place) = self.place(*no) {
            self.tail[place] = value;
        } else if !(1..=self.last).contains(no) {
            return Err(Corrupt(format!("row {no} of {shape:?} follows {}", self.last)));
        }
        Ok(())
    }

    fn view(&self, audience: &Audience) -> Option<String> {
        if *audience != self.audience || self.last == 0 {
            return None;
        }
        let skipped = self.tail.len().saturating_sub(LOG_ROWS_SHOWN);
        let rows: Vec<(u64, &T)> = self.iter().skip(skipped).collect();
        Some(format!("{{\"log\":{}}}", to_json(&rows)))
    }

    fn store(&self) -> String {
        format!("{{\"last\":{},\"tail\":{}}}", self.last, to_json(&self.tail))
    }

    fn restore(&mut self, stored: &RawValue) -> Result<(), Corrupt> {
        let Stored { last, tail } = serde_json::from_str(stored.get())?;
        (self.last, self.tail) = (last, tail);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(log: &Log<u32>) -> Vec<(u64, u32)> {
        log.iter().map(|(no, value)| (no, *value)).collect()
    }

    fn ops(log: &mut Log<u32>) -> String {
        let mut recorder = Recorder::default();
        log.drain("said", &mut recorder);
        recorder.finish().ops.into_iter().map(|(_, ops)| ops).collect()
    }

    #[test]
    fn what_a_transaction_wrote_is_taken_back() {
        let mut log = Log::default();
        log.push(1);
        ops(&mut log);
        assert!(log.amend(1, 5));
        log.push(2);
        assert!(log.amend(2, 7));
        log.rollback();
        assert_eq!((log.last(), rows(&log)), (1, vec![(1, 1)]));
        assert_eq!(log.push(3), 2);
        assert_eq!(ops(&mut log), r#"[["log","said",2,3]]"#);
    }

    #[test]
    fn rows_before_the_tail_are_amended_too() {
        let mut log = Log::default();
        let kept = LOG_ROWS_KEPT as u64;
        for value in 0..=LOG_ROWS_KEPT as u32 {
            log.push(value);
        }
        ops(&mut log);
        assert_eq!((log.get(1), log.get(2)), (Some(&0), Some(&1)), "it has just left the tail");
        assert!(log.amend(1, 99));
        assert!(!log.amend(0, 9) && !log.amend(kept + 2, 9));
        assert_eq!(ops(&mut log), r#"[["log","said",1,99]]"#);
        assert!(log.amend(1, 98));
        log.push(7);
        log.rollback();
        assert_eq!((log.last(), log.get(kept + 1)), (kept + 1, Some(&(LOG_ROWS_KEPT as u32))));
        assert_eq!(log.get(1), Some(&99), "the last that stands");
        assert_eq!(ops(&mut log), "");
    }

    #[test]
    fn a_number_that_does_not_follow_is_corrupt() {
        let mut log: Log<u32> = Log::default();
        let value = RawValue::from_string("1".into()).unwrap();
        let op = |no| Op::Log("said", no, &value);
        assert!(log.apply(&Audience::All, &op(2)).is_err());
        assert!(log.apply(&Audience::All, &op(1)).is_ok());
        assert!(log.apply(&Audience::All, &op(0)).is_err());
        assert_eq!(rows(&log), [(1, 1)]);
    }
}
