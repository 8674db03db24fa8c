//! A journal on a disk that is slow, fills up, fails and loses what was not flushed. It schedules
//! nothing: whoever owns it says when a flush ends.

use super::Rng;
use crate::planted::{self, Bug};
use crate::{
    Append, Column, CommandId, Corrupt, DerivedRow, Entry, Epoch, Recovery, Seq, Stored, Term,
};
use std::collections::BTreeMap;
use std::sync::Arc;

/// So many entries before a snapshot are read too, for those who were away for a moment.
const READ_BEFORE_SNAPSHOT: u64 = 8;

/// An entry on the disk, with what only the test knows of it.
#[derive(Clone, Debug)]
pub struct Record {
    /// The entry.
    pub entry: Entry,
    /// The term that wrote it.
    pub term: Term,
    /// When it was decided, in true time.
    pub decided_ms: u64,
}

/// How a flush ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    /// Everything up to this seq is durable.
    Done(Seq),
    /// An append did not follow the head; nothing after it was written. (An append of a former owner is
    /// left out without a word: nobody is there to hear it.)
    Rejected,
    /// There was no space: nothing of it is there.
    Full,
}

type RowKey = (&'static str, Vec<Column>);

/// The journal of one room, and the derived rows beside it.
#[derive(Debug, Default)]
pub struct Disk {
    durable: Vec<Record>,
    queued: Vec<(Append, u64)>,
    flushing: Vec<(Append, u64)>,
    snapshots: Vec<(Seq, Arc<[u8]>)>,
    rows: BTreeMap<RowKey, Vec<Column>>,
    term: Term,
    full: bool,
}

impl Disk {
    /// The last durable entry.
    pub fn head(&self) -> Seq {
        self.durable.len() as Seq
    }

    /// The durable entries.
    pub fn records(&self) -> &[Record] {
        &self.durable
    }

    /// The derived rows, as all durable entries have left them.
    pub fn rows(&self) -> Vec<DerivedRow> {
        let row = |((table, key), set): (&RowKey, &Vec<Column>)| DerivedRow {
            table,
            key: key.clone(),
            set: Some(set.clone()),
        };
        self.rows.iter().map(row).collect()
    }

    /// A row of a log, as history is read.
    pub fn logged(&self, shape: &str, no: u64) -> Option<Arc<str>> {
        let entries = self.durable.iter().rev();
        let mut rows = entries.flat_map(|record| &record.entry.logged);
        rows.find(|row| &*row.shape == shape && row.no == no).map(|row| row.value.clone())
    }

    /// The term of the owner.
    pub fn term(&self) -> Term {
        self.term
    }

    /// A new owner: from now on appends of former terms are rejected.
    pub fn claim(&mut self) -> Term {
        self.term += 1;
        self.term
    }

    /// Whether there is no space left.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Takes the space away or gives it back.
    pub fn set_full(&mut self, full: bool) {
        self.full = full;
    }

    /// Queues an append; it goes with the next flush.
    pub fn queue(&mut self, append: Append, decided_ms: u64) {
        self.queued.push((append, decided_ms));
    }

    /// Begins a flush of everything queued (group commit). False if one is going on, or nothing waits.
    pub fn begin(&mut self) -> bool {
        if !self.flushing.is_empty() || self.queued.is_empty() {
            return false;
        }
        self.flushing = std::mem::take(&mut self.queued);
        true
    }

    /// The flush ends well, or for lack of space with nothing.
    pub fn finish(&mut self) -> Flushed {
        let batch = std::mem::take(&mut self.flushing);
        if self.full {
            self.queued.clear();
            return Flushed::Full;
        }
        let mut flushed = Flushed::Done(self.head());
        for (append, decided_ms) in batch {
            if append.term != self.term {
                continue;
            }
            if append.after != self.head() {
                self.queued.clear();
                return Flushed::Rejected;
            }
            let rows = append.entries.iter().flat_map(|entry| entry.rows.clone());
            rows.for_each(|row| self.derive(row));
            let head = append.head();
            self.snapshots.extend(append.snapshot.map(|snapshot| (head, snapshot)));
            for entry in append.entries {
                self.durable.push(Record { entry, term: append.term, decided_ms });
            }
            flushed = Flushed::Done(self.head());
        }
        flushed
    }

    /// The flush fails and the kernel drops what it was given. Answers the head that a process would
    /// believe in that took it for success.
    pub fn fail(&mut self) -> Seq {
        let batch = std::mem::take(&mut self.flushing);
        batch.last().map_or(self.head(), |(append, _)| append.head())
    }

    /// Power is gone: of the flush that was going on any prefix is there, of the rest nothing.
    pub fn crash(&mut self, rng: &mut Rng) {
        self.queued.clear();
        let batch = std::mem::take(&mut self.flushing);
        let entries = batch.into_iter().flat_map(|(append, decided_ms)| {
            let term = append.term;
            append.entries.into_iter().map(move |entry| Record { entry, term, decided_ms })
        });
        let entries: Vec<Record> = entries.collect();
        let kept = rng.below(entries.len() as u64 + 1) as usize;
        if planted::on(Bug::FlushedLost) {
            let lost = rng.below(3) as usize;
            self.durable.truncate(self.durable.len().saturating_sub(lost));
        }
        let valid = entries.into_iter().take(kept).filter(|record| record.term == self.term);
        for record in valid.collect::<Vec<Record>>() {
            if record.entry.seq != self.head() + 1 {
                break;
            }
            record.entry.rows.iter().for_each(|row| self.derive(row.clone()));
            self.durable.push(record);
        }
    }

    fn derive(&mut self, row: DerivedRow) {
        let key = (row.table, row.key);
        match row.set {
            Some(set) => self.rows.insert(key, set),
            None => self.rows.remove(&key),
        };
    }

    /// What a room is recovered from under the present term: a snapshot and what follows.
    pub fn recovery(&self, epoch: Epoch) -> Recovery {
        let snapshot = self.snapshots.last().cloned();
        let after = snapshot.as_ref().map_or(0, |(seq, _)| *seq);
        self.recovery_of(epoch, snapshot, after.saturating_sub(READ_BEFORE_SNAPSHOT) + 1)
    }

    /// The same without any snapshot: from the first entry.
    pub fn recovery_from_entries(&self, epoch: Epoch) -> Recovery {
        self.recovery_of(epoch, None, 1)
    }

    fn recovery_of(
        &self,
        epoch: Epoch,
        snapshot: Option<(Seq, Arc<[u8]>)>,
        first: Seq,
    ) -> Recovery {
        let entries = self.durable.iter().skip(first as usize - 1);
        let accepted = self.durable.iter().filter_map(|record| {
            record.entry.command.map(|(id, hash)| (id, hash, record.entry.seq))
        });
        Recovery {
            epoch,
            term: self.term,
            snapshot,
            entries: entries.map(|record| record.entry.body.clone()).collect(),
            first,
            accepted: accepted.collect::<Vec<(CommandId, u64, Seq)>>(),
        }
    }

    /// The reply that is stored with an entry.
    pub fn reply(&self, seq: Seq) -> Result<Arc<str>, Corrupt> {
        let record = (seq as usize).checked_sub(1).and_then(|place| self.durable.get(place));
        let record = record.ok_or_else(|| Corrupt(format!("there is no entry {seq}")))?;
        let stored = Stored::read(&record.entry.body)?;
        let reply = stored.reply.ok_or_else(|| Corrupt(format!("entry {seq} has no reply")))?;
        Ok(reply.get().into())
    }
}
