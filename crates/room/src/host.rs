//! The discipline of letting things out: an output is released only when every entry that was decided
//! before it is durable. Pure, so that the simulator runs the very code that production runs.

use crate::planted::{self, Bug};
use crate::{
    AnyRoom, DerivedRow, Entry, Ids, Input, Logged, Now, Output, Refusal, Seq, Term, Turn,
};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::sync::Arc;

/// A room with its outputs that wait for the journal.
pub struct Host {
    room: Box<dyn AnyRoom>,
    durable: Seq,
    waiting: VecDeque<(Seq, Output)>,
    keeps_journal: bool,
}

/// What is to be appended for a turn.
#[derive(Clone, Debug)]
pub struct Append {
    /// The term under which it was decided.
    pub term: Term,
    /// The head that it follows.
    pub after: Seq,
    /// The entries.
    pub entries: Vec<Entry>,
    /// The room's state after the last entry, if it is time for a snapshot.
    pub snapshot: Option<Arc<[u8]>>,
}

impl Append {
    /// The last entry's seq.
    pub fn head(&self) -> Seq {
        self.after + self.entries.len() as Seq
    }

    /// Takes out the derived rows of all entries in order, each key once, as it is at the end.
    pub fn take_rows(&mut self) -> Vec<DerivedRow> {
        let written = self.entries.iter_mut().flat_map(|entry| std::mem::take(&mut entry.rows));
        let mut rows: Vec<DerivedRow> = written.collect();
        let mut seen = HashSet::new();
        let last: Vec<bool> =
            rows.iter().rev().map(|row| seen.insert((row.table, &row.key))).collect();
        let mut last = last.into_iter().rev();
        rows.retain(|_| last.next().unwrap_or(true));
        rows
    }

    /// Takes out the rows of logs of all entries, each once, as it is at the end.
    pub fn take_logged(&mut self) -> Vec<Logged> {
        let written = self.entries.iter_mut().flat_map(|entry| std::mem::take(&mut entry.logged));
        let last: BTreeMap<(Arc<str>, u64), Logged> =
            written.map(|row| ((row.shape.clone(), row.no), row)).collect();
        last.into_values().collect()
    }
}

/// A decided turn.
#[derive(Debug, Default)]
pub struct Decided {
    /// What must become durable.
    pub append: Option<Append>,
    /// What may be seen at once.
    pub released: Vec<Output>,
}

impl Host {
    /// Hosts a recovered room whose entries are all durable.
    pub fn new(room: Box<dyn AnyRoom>) -> Self {
        let durable = room.seq();
        Host { room, durable, waiting: VecDeque::new(), keeps_journal: true }
    }

    /// Hosts a room without a journal: what it decides is gone with the process, and may be seen at once.
    pub fn volatile(room: Box<dyn AnyRoom>) -> Self {
        Host { keeps_journal: false, ..Host::new(room) }
    }

    /// The room.
    pub fn room(&self) -> &dyn AnyRoom {
        &*self.room
    }

    /// The room with all that it has decided, durable or not: only to play a server that shows it.
    #[cfg(feature = "testkit")]
    pub(crate) fn into_room(self) -> Box<dyn AnyRoom> {
        self.room
    }

    /// The last entry that is known to be durable.
    pub fn durable_seq(&self) -> Seq {
        self.durable
    }

    /// The room's state after its last decided entry, to be stored with that entry's append.
    pub fn snapshot(&mut self) -> Arc<[u8]> {
        self.room.snapshot()
    }

    /// Whether something waits for the journal.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty() || self.durable < self.room.seq()
    }

    /// The first turn after recovery.
    pub fn start(&mut self, now: Now, ids: &mut dyn Ids) -> Result<Decided, Refusal> {
        let after = self.room.seq();
        let mut turn = Turn::default();
        self.room.start(now, ids, &mut turn)?;
        self.room.finish(&mut turn);
        Ok(self.decided(after, turn))
    }

    /// Decides a turn: all these inputs, in order.
    pub fn turn(
        &mut self,
        now: Now,
        ids: &mut dyn Ids,
        inputs: impl IntoIterator<Item = Input>,
    ) -> Decided {
        let after = self.room.seq();
        let mut turn = Turn::default();
        for input in inputs {
            self.room.step(now, ids, input, &mut turn);
        }
        self.room.finish(&mut turn);
        self.decided(after, turn)
    }

    fn decided(&mut self, after: Seq, turn: Turn) -> Decided {
        if !self.keeps_journal {
            self.durable = self.room.seq();
            let released = turn.outputs.into_iter().map(|(_, output)| output).collect();
            return Decided { append: None, released };
        }
        self.waiting.extend(turn.outputs);
        let append = (!turn.entries.is_empty()).then(|| Append {
            term: self.room.term(),
            after,
            entries: turn.entries,
            snapshot: self.room.snapshot_if_worth(),
        });
        Decided { append, released: self.release() }
    }

    /// Entries up to a seq are durable: what waited for them may be seen.
    pub fn committed(&mut self, seq: Seq) -> Vec<Output> {
        self.durable = self.durable.max(seq);
        self.release()
    }

    fn release(&mut self) -> Vec<Output> {
        let mut released = Vec::new();
        while self.waiting.front().is_some_and(|(seq, _)| *seq <= self.durable) {
            released.extend(self.waiting.pop_front().map(|(_, output)| output));
        }
        self.release_too_early(&mut released);
        released
    }

    /// Only ever does anything where a bug is planted.
    fn release_too_early(&mut self, released: &mut Vec<Output>) {
        let too_early = |output: &Output| match output {
            Output::Answer(_, Ok(_)) => planted::on(Bug::AckBeforeDurable),
            Output::Answer(_, Err(_)) => planted::on(Bug::RefusedFromUnsynced),
            Output::Publish(_) => planted::on(Bug::PublishBeforeDurable),
            _ => false,
        };
        if Bug::ALL.into_iter().any(planted::on) {
            for (seq, output) in std::mem::take(&mut self.waiting) {
                if too_early(&output) {
                    released.push(output);
                } else {
                    self.waiting.push_back((seq, output));
                }
            }
        }
    }
}
