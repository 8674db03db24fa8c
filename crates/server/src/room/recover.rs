//! Reading a room back from the journal: the term rises, if the room is to work, and the snapshot and the
//! entries after it are replayed. Blocks: it runs on the blocking pool.

use crate::apps::Apps;
use crate::clock::Clock;
use crate::journal::{Journal, RoomRecord};
use crate::store::StoreError;
use houseful_room::{AnyRoom, Recovery, RoomId, Seq, View};
use std::sync::Arc;

/// Entries before the snapshot that are read too, for clients that were away for a moment.
const RECENT_ENTRIES: u64 = 1_000;
/// Entries read at once.
const READ_CHUNK: usize = 10_000;

/// Takes the room over and reads it back.
pub fn load(
    apps: &Apps,
    journal: &dyn Journal,
    clock: &dyn Clock,
    room: RoomId,
) -> Result<Box<dyn AnyRoom>, StoreError> {
    read_back(apps, journal, clock, &journal.open(room)?)
}

/// Reads a room back that cannot be taken over, to be shown. What another owner writes meanwhile is missing
/// in it, and nothing else.
pub fn look(
    apps: &Apps,
    journal: &dyn Journal,
    clock: &dyn Clock,
    path: &str,
) -> Result<Option<View>, StoreError> {
    let record = journal.find(path)?.ok_or(StoreError::NotFound)?;
    Ok(View::of(read_back(apps, journal, clock, &record)?))
}

fn read_back(
    apps: &Apps,
    journal: &dyn Journal,
    clock: &dyn Clock,
    record: &RoomRecord,
) -> Result<Box<dyn AnyRoom>, StoreError> {
    let room = record.room;
    let snapshot = journal.snapshot(room)?;
    let base = snapshot.as_ref().map_or(0, |snapshot| snapshot.seq);
    let first = base.min(record.head.saturating_sub(RECENT_ENTRIES)) + 1;
    let mut entries = Vec::new();
    let mut after = first - 1;
    while after < record.head {
        let chunk = journal.read(room, after, READ_CHUNK)?;
        let Some(last) = chunk.last() else { break };
        after = last.seq;
        entries.extend(chunk.into_iter().map(|entry| entry.body));
    }
    if after != record.head {
        let text =
            format!("room {}: the journal ends at {after}, not {}", record.path, record.head);
        return Err(StoreError::Failed(text));
    }
    let recovery = Recovery {
        epoch: record.epoch,
        term: record.term,
        snapshot: snapshot.map(|snapshot| (snapshot.seq, snapshot.body)),
        entries,
        first,
        accepted: journal.accepted(room)?,
    };
    let now = crate::clock::now(clock);
    apps.build(&record.app, record.version, &record.config, recovery, now)
        .map_err(|error| StoreError::Failed(format!("room {}: {error}", record.path)))
}

/// What a room without a journal starts from.
pub fn nothing(epoch: houseful_room::Epoch) -> Recovery {
    Recovery { epoch, term: 1, snapshot: None, entries: Vec::new(), first: 1, accepted: Vec::new() }
}

/// The stored reply of an accepted command, read from its entry.
pub fn stored_reply(journal: &dyn Journal, room: RoomId, seq: Seq) -> Option<Arc<str>> {
    let entries = journal.read(room, seq.checked_sub(1)?, 1).ok()?;
    let entry = entries.first().filter(|entry| entry.seq == seq)?;
    let stored = houseful_room::Stored::read(&entry.body).ok()?;
    stored.reply.map(|reply| reply.get().into())
}
