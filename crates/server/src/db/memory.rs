//! A journal in memory with the promises of the others, for tests and for simulated hosts. It never
//! survives its process.

use crate::journal::{
    ActedIn, AppendFailure, Appended, EntryRecord, Erasing, Journal, LogRow, NewRoom, Rejection,
    RoomAppend, RoomRecord, SnapshotRecord, Verdict,
};
use crate::store::StoreError;
use houseful_room::{AccountId, Column, CommandId, DerivedRow, Logged, RoomId, Seq};
use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Says what a derived table's constraints are: an error is a violation by the rows as they would be.
pub type Constraint = Box<dyn Fn(&Tables) -> Result<(), String> + Send + Sync>;

/// The derived rows by table and key.
pub type Tables = BTreeMap<&'static str, BTreeMap<Vec<Column>, Vec<Column>>>;

/// The journal of a test.
pub struct Memory {
    state: Mutex<State>,
    constraint: Option<Constraint>,
    bytes_max: usize,
}

#[derive(Default)]
struct State {
    rooms: BTreeMap<RoomId, Room>,
    tables: Tables,
    bytes: usize,
}

struct Room {
    record: RoomRecord,
    entries: Vec<EntryRecord>,
    commands: HashSet<CommandId>,
    snapshot: Option<SnapshotRecord>,
    logs: BTreeMap<(Arc<str>, u64), Logged>,
}

impl Room {
    fn new(record: RoomRecord) -> Room {
        let (entries, commands, logs) = (Vec::new(), HashSet::new(), BTreeMap::new());
        Room { record, entries, commands, snapshot: None, logs }
    }

    fn erase(&mut self, what: &Erasing) -> Result<bool, StoreError> {
        let without = |shape: &str, value: &str| (what.without)(what.account, shape, value);
        let mut is_changed = false;
        let mark = format!("\"by\":{},", what.account);
        let has_mark = |body: &[u8]| String::from_utf8_lossy(body).contains(&mark);
        for entry in self.entries.iter_mut().filter(|entry| has_mark(&entry.body)) {
            let erased = houseful_room::erase(&entry.body, &without);
            if let Some(erased) = erased.map_err(|error| StoreError::Failed(error.to_string()))? {
                is_changed = true;
                entry.body = erased.body.into();
                entry.command = entry.command.map(|(id, _)| (id, 0));
            }
        }
        for row in self.logs.values_mut() {
            let after = without(&row.shape, &row.value);
            row.value = after.map_or(row.value.clone(), Into::into);
        }
        if is_changed {
            self.snapshot = None;
            self.record.epoch = what.epoch;
            self.record.term += 1;
        }
        Ok(is_changed)
    }
}

impl Default for Memory {
    fn default() -> Self {
        Memory::new()
    }
}

impl Memory {
    /// Without limit or constraints.
    pub fn new() -> Memory {
        Memory { state: Mutex::default(), constraint: None, bytes_max: usize::MAX }
    }

    /// With constraints on the derived tables.
    pub fn with_constraint(self, constraint: Constraint) -> Memory {
        Memory { constraint: Some(constraint), ..self }
    }

    /// As a disk on which so many bytes of entries and snapshots fit.
    pub fn with_capacity(self, bytes_max: usize) -> Memory {
        Memory { bytes_max, ..self }
    }

    /// The derived rows as they are.
    pub fn tables(&self) -> Tables {
        self.state().tables.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, append: RoomAppend) -> Appended {
        let mut state = self.state();
        if let Some(rejection) = state.rejection(&append) {
            return Ok(Verdict::Rejected(rejection));
        }
        let bytes = size(&append);
        if state.bytes.saturating_add(bytes) > self.bytes_max {
            return Err(AppendFailure::Full);
        }
        let before = put_rows(&mut state.tables, &append.rows);
        if let Some(Err(text)) = self.constraint.as_ref().map(|holds| holds(&state.tables)) {
            take_back(&mut state.tables, before);
            return Ok(Verdict::Rejected(Rejection::Constraint(text)));
        }
        state.bytes += bytes;
        state.keep(append);
        Ok(Verdict::Durable)
    }
}

impl State {
    fn rejection(&self, append: &RoomAppend) -> Option<Rejection> {
        let Some(room) = self.rooms.get(&append.room) else { return Some(Rejection::Term) };
        if room.record.term != append.term {
            return Some(Rejection::Term);
        }
        let is_dense = append.entries.iter().zip(append.after + 1..).all(|(e, seq)| e.seq == seq);
        if room.record.head != append.after || !is_dense {
            return Some(Rejection::Head);
        }
        let mut new = HashSet::new();
        let is_new =
            commands(&append.entries).all(|id| !room.commands.contains(&id) && new.insert(id));
        (!is_new).then(|| Rejection::Constraint("a command's id is there already".to_owned()))
    }

    fn keep(&mut self, append: RoomAppend) {
        let Some(room) = self.rooms.get_mut(&append.room) else { return };
        room.commands.extend(commands(&append.entries));
        room.record.head += append.entries.len() as u64;
        room.entries.extend(append.entries);
        let logged = append.logged.into_iter();
        room.logs.extend(logged.map(|row| ((row.shape.clone(), row.no), row)));
        room.snapshot = append.snapshot.or(room.snapshot.take());
    }

    fn room(&self, room: RoomId) -> Result<&Room, StoreError> {
        self.rooms.get(&room).ok_or(StoreError::NotFound)
    }
}

impl Journal for Memory {
    fn create(&self, room: NewRoom) -> Result<(), StoreError> {
        let mut state = self.state();
        let is_taken = state.rooms.contains_key(&room.room)
            || state.rooms.values().any(|other| other.record.path == room.path);
        if is_taken {
            return Err(StoreError::Conflict(format!("the room {} exists", room.path)));
        }
        let record = RoomRecord {
            room: room.room,
            path: room.path,
            app: room.app.to_owned(),
            version: room.version,
            config: room.config,
            epoch: room.epoch,
            term: 0,
            head: 0,
            wake_at: None,
        };
        state.rooms.insert(room.room, Room::new(record));
        Ok(())
    }

    fn rooms(&self) -> Result<Vec<RoomRecord>, StoreError> {
        let mut rooms: Vec<_> =
            self.state().rooms.values().map(|room| room.record.clone()).collect();
        rooms.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(rooms)
    }

    fn due(&self, at: i64) -> Result<Vec<(RoomId, String)>, StoreError> {
        let rooms = self.rooms()?.into_iter();
        let due = rooms.filter(|room| room.wake_at.is_some_and(|wake_at| wake_at <= at));
        Ok(due.map(|room| (room.room, room.path)).collect())
    }

    fn find(&self, path: &str) -> Result<Option<RoomRecord>, StoreError> {
        let state = self.state();
        let found = state.rooms.values().find(|room| room.record.path == path);
        Ok(found.map(|room| room.record.clone()))
    }

    fn open(&self, room: RoomId) -> Result<RoomRecord, StoreError> {
        let mut state = self.state();
        let room = state.rooms.get_mut(&room).ok_or(StoreError::NotFound)?;
        room.record.term += 1;
        room.record.wake_at = Some(0);
        Ok(room.record.clone())
    }

    fn append(&self, append: RoomAppend) -> oneshot::Receiver<Appended> {
        let (to, answer) = oneshot::channel();
        let _ = to.send(self.write(append));
        answer
    }

    fn read(&self, room: RoomId, after: Seq, limit: usize) -> Result<Vec<EntryRecord>, StoreError> {
        let state = self.state();
        let Ok(room) = state.room(room) else { return Ok(Vec::new()) };
        let skip = usize::try_from(after).unwrap_or(usize::MAX);
        Ok(room.entries.iter().skip(skip).take(limit).cloned().collect())
    }

    fn snapshot(&self, room: RoomId) -> Result<Option<SnapshotRecord>, StoreError> {
        Ok(self.state().room(room).ok().and_then(|room| room.snapshot.clone()))
    }

    fn accepted(&self, room: RoomId) -> Result<Vec<(CommandId, u64, Seq)>, StoreError> {
        let state = self.state();
        let Ok(room) = state.room(room) else { return Ok(Vec::new()) };
        let accepted = |e: &EntryRecord| e.command.map(|(id, hash)| (id, hash, e.seq));
        Ok(room.entries.iter().filter_map(accepted).collect())
    }

    fn history(
        &self,
        room: RoomId,
        shape: &str,
        before: u64,
        limit: usize,
    ) -> Result<Vec<LogRow>, StoreError> {
        let state = self.state();
        let Ok(room) = state.room(room) else { return Ok(Vec::new()) };
        let range = (Arc::from(shape), 0)..(Arc::from(shape), before);
        let rows: Vec<LogRow> = room.logs.range(range).map(|(_, row)| log_row(row)).collect();
        Ok(rows[rows.len().saturating_sub(limit)..].to_vec())
    }

    fn acted_in(&self, account: AccountId) -> Result<Vec<ActedIn>, StoreError> {
        let mark = format!("\"by\":{account},");
        let has_acted = |room: &&Room| {
            room.entries.iter().any(|entry| String::from_utf8_lossy(&entry.body).contains(&mark))
        };
        let state = self.state();
        let rooms = state.rooms.values().filter(has_acted).map(|room| &room.record);
        let mut rooms: Vec<ActedIn> =
            rooms.map(|room| ActedIn { path: room.path.clone(), app: room.app.clone() }).collect();
        rooms.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(rooms)
    }

    fn erase(&self, erasing: Erasing) -> Result<bool, StoreError> {
        let mut state = self.state();
        state.rooms.get_mut(&erasing.room).ok_or(StoreError::NotFound)?.erase(&erasing)
    }

    fn set_wake(&self, room: RoomId, at: Option<i64>) -> Result<(), StoreError> {
        let mut state = self.state();
        state.rooms.get_mut(&room).ok_or(StoreError::NotFound)?.record.wake_at = at;
        Ok(())
    }
}

fn log_row(row: &Logged) -> LogRow {
    LogRow { no: row.no, audience: row.audience.to_string(), value: row.value.to_string() }
}

fn commands(entries: &[EntryRecord]) -> impl Iterator<Item = CommandId> + '_ {
    entries.iter().filter_map(|entry| entry.command.map(|(id, _)| id))
}

fn size(append: &RoomAppend) -> usize {
    let entries: usize = append.entries.iter().map(|entry| entry.body.len()).sum();
    entries + append.snapshot.as_ref().map_or(0, |snapshot| snapshot.body.len())
}

/// A row as it was, for taking it back.
type Before = (&'static str, Vec<Column>, Option<Vec<Column>>);

fn put_rows(tables: &mut Tables, rows: &[DerivedRow]) -> Vec<Before> {
    let mut before = Vec::with_capacity(rows.len());
    for row in rows {
        let table = tables.entry(row.table).or_default();
        let old = match &row.set {
            Some(set) => table.insert(row.key.clone(), set.clone()),
            None => table.remove(&row.key),
        };
        before.push((row.table, row.key.clone(), old));
    }
    before
}

fn take_back(tables: &mut Tables, before: Vec<Before>) {
    for (table, key, old) in before.into_iter().rev() {
        let table = tables.entry(table).or_default();
        match old {
            Some(columns) => table.insert(key, columns),
            None => table.remove(&key),
        };
    }
}
