//! What a journal promises, in numbered sentences; the contract suite proves each for every driver.
//!
//! 1. `append` answers once, and when it answers `Durable` the entries survive a power cut.
//! 2. A room's entries and derived rows are written all or none.
//! 3. Rooms of a batch do not depend on each other: one that is rejected leaves the others be.
//! 4. An append whose term is not the room's, or whose `after` is not its head, is rejected.
//! 5. An append that violates a constraint of a derived table is rejected.
//! 6. A full disk loses nothing that was answered `Durable`, and later appends can succeed.
//! 7. Appends of one room become durable in the order in which they were given.
//! 8. `open` raises the term and answers the head; entries read back are those appended, in order.
//! 9. A room that was opened is due at once, until `set_wake` says when it is due again, or never. So
//!    what was awake when the process died is woken at the next start.
//! 10. Rows of logs are written with their entries, over those of the same number; `history` reads them
//!     back in the order of their numbers, whatever became of the room's memory.
//! 11. `erase` writes a room's entries and rows of logs over as one, in place, and then the history is another: epoch
//!     and term are new and there is no snapshot, so who works with what was before is rejected. Where there is nothing
//!     to write over, nothing changes.

use crate::store::StoreError;
use houseful_room::{AccountId, CommandId, DerivedRow, Epoch, Logged, RoomId, Seq, Term};
use std::sync::Arc;
use tokio::sync::oneshot;

/// One entry as stored. The body is the room framework's own encoding; a journal never reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRecord {
    /// Its number in the room, dense from 1.
    pub seq: Seq,
    /// The command that made it, with a hash of who sent what; none for timers and members.
    pub command: Option<(CommandId, u64)>,
    /// The encoded entry.
    pub body: Arc<[u8]>,
}

/// A room's state at a seq, so that recovery need not read the journal from its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRecord {
    /// The last entry that is contained.
    pub seq: Seq,
    /// The encoded state.
    pub body: Arc<[u8]>,
}

/// One room's part of a batch.
#[derive(Clone, Debug)]
pub struct RoomAppend {
    /// The room.
    pub room: RoomId,
    /// The term under which it was decided.
    pub term: Term,
    /// The head that it follows: the first entry's seq is `after + 1`.
    pub after: Seq,
    /// The entries, dense.
    pub entries: Vec<EntryRecord>,
    /// The derived rows as they are to be after the last entry, in order of writing.
    pub rows: Vec<DerivedRow>,
    /// The rows of logs as they are to be after the last entry.
    pub logged: Vec<Logged>,
    /// A snapshot to keep with it, if it is time for one; replaces the one before.
    pub snapshot: Option<SnapshotRecord>,
}

/// A row of a log as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRow {
    /// Its number.
    pub no: u64,
    /// Who may see it, as text.
    pub audience: String,
    /// The row, JSON.
    pub value: String,
}

/// What became of one room's append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is on the disk.
    Durable,
    /// Nothing of it was written; the room must recover from the journal.
    Rejected(Rejection),
}

/// Why an append was left out of its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// Another owner has the room, or it was recovered meanwhile.
    Term,
    /// The head is another than the append follows.
    Head,
    /// A derived row violates a constraint; the text is for the log.
    Constraint(String),
}

/// Why a whole batch has no verdicts. A failed flush is not here: the process exits on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppendFailure {
    /// The disk is full; everything was rolled back.
    Full,
    /// More waits to be written than can be taken: nothing of it was written.
    Busy,
    /// It may or may not have happened: recover before answering anybody.
    Unknown,
}

/// The answer to an append.
pub type Appended = Result<Verdict, AppendFailure>;

/// A room as the journal knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoomRecord {
    /// Its identity.
    pub room: RoomId,
    /// Its readable path, unique, such as `events/42/seats`.
    pub path: String,
    /// The application that it runs.
    pub app: String,
    /// The version of the application that wrote its state.
    pub version: u32,
    /// The application's configuration, JSON.
    pub config: Arc<str>,
    /// Identity of its history.
    pub epoch: Epoch,
    /// The current term.
    pub term: Term,
    /// The last entry's seq.
    pub head: Seq,
    /// When the room must be awake again at the latest (ms since 1970), if it has a timer.
    pub wake_at: Option<i64>,
}

/// A room to be made.
#[derive(Clone, Debug)]
pub struct NewRoom {
    /// Its identity.
    pub room: RoomId,
    /// Its readable path.
    pub path: String,
    /// The application.
    pub app: &'static str,
    /// The application's version.
    pub version: u32,
    /// The application's configuration, JSON.
    pub config: Arc<str>,
    /// Identity of its history.
    pub epoch: Epoch,
}

/// Whose words are to be taken out of a room's history, and how.
#[derive(Clone, Debug)]
pub struct Erasing {
    /// The room.
    pub room: RoomId,
    /// Whose.
    pub account: AccountId,
    /// What a value of a shape becomes without them; none if it has none.
    pub without: fn(AccountId, &str, &str) -> Option<String>,
    /// The identity of the history afterwards.
    pub epoch: Epoch,
}

/// A room in whose entries somebody acted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActedIn {
    /// Its path.
    pub path: String,
    /// The application that it runs.
    pub app: String,
}

/// The append-only truth of all rooms. Calls block (but for `append`): from async code, run them on the
/// blocking pool.
pub trait Journal: Send + Sync {
    /// Makes a room. `Conflict` if its path or id is taken.
    fn create(&self, room: NewRoom) -> Result<(), StoreError>;
    /// Every room, by path.
    fn rooms(&self) -> Result<Vec<RoomRecord>, StoreError>;
    /// The rooms that must be awake at this moment (ms since 1970), by path.
    fn due(&self, at: i64) -> Result<Vec<(RoomId, String)>, StoreError>;
    /// A room by its path, without touching it.
    fn find(&self, path: &str) -> Result<Option<RoomRecord>, StoreError>;
    /// Takes ownership for a recovery: the term rises by one, durably, and the room is due at once.
    fn open(&self, room: RoomId) -> Result<RoomRecord, StoreError>;
    /// Queues one room's append for the next group commit. Never blocks.
    fn append(&self, append: RoomAppend) -> oneshot::Receiver<Appended>;
    /// Entries after a seq, in order, at most `limit`.
    fn read(&self, room: RoomId, after: Seq, limit: usize) -> Result<Vec<EntryRecord>, StoreError>;
    /// The newest snapshot.
    fn snapshot(&self, room: RoomId) -> Result<Option<SnapshotRecord>, StoreError>;
    /// Every accepted command of the room: id, hash, seq.
    fn accepted(&self, room: RoomId) -> Result<Vec<(CommandId, u64, Seq)>, StoreError>;
    /// The rows of a log before a number, the last `limit` of them, in order.
    fn history(
        &self,
        room: RoomId,
        shape: &str,
        before: u64,
        limit: usize,
    ) -> Result<Vec<LogRow>, StoreError>;
    /// The rooms in whose entries somebody acted, by path.
    fn acted_in(&self, account: AccountId) -> Result<Vec<ActedIn>, StoreError>;
    /// Takes somebody's words out of a room. Answers whether there were any.
    fn erase(&self, erasing: Erasing) -> Result<bool, StoreError>;
    /// Remembers when a room that falls asleep must wake, if it must.
    fn set_wake(&self, room: RoomId, at: Option<i64>) -> Result<(), StoreError>;
}
