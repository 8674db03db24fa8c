//! What a disk keeps of one room: entries, snapshots, derived rows, and who may write. It never decides
//! when something is durable.

use super::Flushed;
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

type RowKey = (&'static str, Vec<Column>);

/// One room on the disk.
#[derive(Debug, Default)]
pub struct Log {
    durable: Vec<Record>,
    snapshots: Vec<(Seq, Arc<[u8]>)>,
    rows: BTreeMap<RowKey, Vec<Column>>,
    term: Term,
}

impl Log {
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

    /// Writes an append of the owner if it follows the head.
    pub(super) fn write(&mut self, append: Append, decided_ms: u64) -> Flushed {
        if append.term != self.term {
            return Flushed::Done(self.head());
        }
        if append.after != self.head() {
            return Flushed::Rejected;
        }
        let rows = append.entries.iter().flat_map(|entry| entry.rows.clone());
        rows.for_each(|row| self.derive(row));
        let head = append.head();
        self.snapshots.extend(append.snapshot.map(|snapshot| (head, snapshot)));
        for entry in append.entries {
            self.durable.push(Record { entry, term: append.term, decided_ms });
        }
        Flushed::Done(self.head())
    }

    /// Forgets what was durable. No disk may do that.
    pub(super) fn lose(&mut self, entries: usize) {
        self.durable.truncate(self.durable.len().saturating_sub(entries));
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
