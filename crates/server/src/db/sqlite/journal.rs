//! The journal over SQLite. See `crate::journal` for what it promises.

use super::writer::Append;
use super::{Sqlite, as_i64, as_limit};
use crate::journal::{
    ActedIn, Appended, EntryRecord, Erasing, Journal, LogRow, NewRoom, RoomAppend, RoomRecord,
    SnapshotRecord,
};
use crate::store::StoreError;
use houseful_room::{AccountId, CommandId, RoomId, Seq};
use rusqlite::{OptionalExtension, Row, params};
use std::sync::Arc;
use std::sync::mpsc::TrySendError;
use tokio::sync::oneshot;
use uuid::Uuid;

impl Journal for Sqlite {
    fn create(&self, room: NewRoom) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "INSERT INTO rooms (id, path, app, version, config, epoch)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                id(room.room),
                room.path,
                room.app,
                room.version,
                &*room.config,
                room.epoch.as_bytes()
            ])?;
            Ok(())
        })
    }

    fn rooms(&self) -> Result<Vec<RoomRecord>, StoreError> {
        self.read(|db| {
            db.prepare_cached(&format!("SELECT {ROOM} FROM rooms ORDER BY path"))?
                .query_map([], room_record)?
                .collect()
        })
    }

    fn due(&self, at: i64) -> Result<Vec<(RoomId, String)>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT id, path FROM rooms WHERE wake_at <= ?1 ORDER BY path")?
                .query_map([at], |row| Ok((RoomId(uuid(row, 0)?), row.get(1)?)))?
                .collect()
        })
    }

    fn find(&self, path: &str) -> Result<Option<RoomRecord>, StoreError> {
        self.read(|db| {
            db.prepare_cached(&format!("SELECT {ROOM} FROM rooms WHERE path = ?1"))?
                .query_row([path], room_record)
                .optional()
        })
    }

    fn open(&self, room: RoomId) -> Result<RoomRecord, StoreError> {
        self.write(move |db| {
            let sql = format!(
                "UPDATE rooms SET term = term + 1, wake_at = 0 WHERE id = ?1 RETURNING {ROOM}"
            );
            let opened = db.prepare_cached(&sql)?.query_row([id(room)], room_record).optional()?;
            Ok(opened.ok_or(StoreError::NotFound)?)
        })
    }

    fn append(&self, append: RoomAppend) -> oneshot::Receiver<Appended> {
        let (to, answer) = oneshot::channel();
        if let Some(jobs) = &self.jobs
            && let Err(refused) = jobs.try_send(Box::new(Append { what: append, to }))
        {
            match refused {
                TrySendError::Full(job) => job.answer(super::writer::Outcome::Busy),
                // The writer has stopped for good: the sender is dropped unanswered.
                TrySendError::Disconnected(_) => {}
            }
        }
        answer
    }

    fn read(&self, room: RoomId, after: Seq, limit: usize) -> Result<Vec<EntryRecord>, StoreError> {
        Sqlite::read(self, |db| {
            db.prepare_cached(
                "SELECT seq, command, hash, body FROM entries
                 WHERE room = (SELECT no FROM rooms WHERE id = ?1) AND seq > ?2
                 ORDER BY seq LIMIT ?3",
            )?
            .query_map(params![id(room), as_i64(after), as_limit(limit)], entry_record)?
            .collect()
        })
    }

    fn snapshot(&self, room: RoomId) -> Result<Option<SnapshotRecord>, StoreError> {
        Sqlite::read(self, |db| {
            db.prepare_cached(
                "SELECT seq, body FROM snapshots
                 WHERE room = (SELECT no FROM rooms WHERE id = ?1)",
            )?
            .query_row([id(room)], |row| {
                Ok(SnapshotRecord { seq: unsigned(row, 0)?, body: bytes(row, 1)? })
            })
            .optional()
        })
    }

    fn accepted(&self, room: RoomId) -> Result<Vec<(CommandId, u64, Seq)>, StoreError> {
        Sqlite::read(self, |db| {
            db.prepare_cached(
                "SELECT command, hash, seq FROM entries
                 WHERE room = (SELECT no FROM rooms WHERE id = ?1) AND command IS NOT NULL
                 ORDER BY seq",
            )?
            .query_map([id(room)], |row| {
                let hash: i64 = row.get(1)?;
                Ok((CommandId(uuid(row, 0)?), hash.cast_unsigned(), unsigned(row, 2)?))
            })?
            .collect()
        })
    }

    fn history(
        &self,
        room: RoomId,
        shape: &str,
        before: u64,
        limit: usize,
    ) -> Result<Vec<LogRow>, StoreError> {
        let mut rows: Vec<LogRow> = Sqlite::read(self, |db| {
            db.prepare_cached(
                "SELECT no, audience, value FROM log_rows
                 WHERE room = (SELECT no FROM rooms WHERE id = ?1) AND shape = ?2 AND no < ?3
                 ORDER BY no DESC LIMIT ?4",
            )?
            .query_map(params![id(room), shape, as_i64(before), as_limit(limit)], |row| {
                Ok(LogRow { no: unsigned(row, 0)?, audience: row.get(1)?, value: row.get(2)? })
            })?
            .collect()
        })?;
        rows.reverse();
        Ok(rows)
    }

    fn acted_in(&self, account: AccountId) -> Result<Vec<ActedIn>, StoreError> {
        Sqlite::acted_in(self, account)
    }

    fn erase(&self, erasing: Erasing) -> Result<bool, StoreError> {
        self.erase_in(&erasing)
    }

    fn set_wake(&self, room: RoomId, at: Option<i64>) -> Result<(), StoreError> {
        self.write(move |db| {
            let changed = db
                .prepare_cached("UPDATE rooms SET wake_at = ?2 WHERE id = ?1")?
                .execute(params![id(room), at])?;
            if changed == 0 { Err(StoreError::NotFound.into()) } else { Ok(()) }
        })
    }
}

impl Sqlite {
    /// How many rows of logs a room has.
    pub fn count_logged(&self, room: RoomId) -> Result<u64, StoreError> {
        Sqlite::read(self, |db| {
            db.prepare_cached(
                "SELECT count(*) FROM log_rows WHERE room = (SELECT no FROM rooms WHERE id = ?1)",
            )?
            .query_row([id(room)], |row| unsigned(row, 0))
        })
    }
}

const ROOM: &str = "id, path, app, version, config, epoch, term, head, wake_at";

fn room_record(row: &Row<'_>) -> rusqlite::Result<RoomRecord> {
    let config: String = row.get(4)?;
    Ok(RoomRecord {
        room: RoomId(uuid(row, 0)?),
        path: row.get(1)?,
        app: row.get(2)?,
        version: row.get(3)?,
        config: config.into(),
        epoch: uuid(row, 5)?,
        term: unsigned(row, 6)?,
        head: unsigned(row, 7)?,
        wake_at: row.get(8)?,
    })
}

fn entry_record(row: &Row<'_>) -> rusqlite::Result<EntryRecord> {
    let id: Option<[u8; 16]> = row.get(1)?;
    let hash: Option<i64> = row.get(2)?;
    let command =
        id.zip(hash).map(|(id, hash)| (CommandId(Uuid::from_bytes(id)), hash.cast_unsigned()));
    Ok(EntryRecord { seq: unsigned(row, 0)?, command, body: bytes(row, 3)? })
}

fn id(room: RoomId) -> [u8; 16] {
    room.0.into_bytes()
}

fn uuid(row: &Row<'_>, index: usize) -> rusqlite::Result<Uuid> {
    Ok(Uuid::from_bytes(row.get(index)?))
}

fn bytes(row: &Row<'_>, index: usize) -> rusqlite::Result<Arc<[u8]>> {
    Ok(Arc::from(row.get_ref(index)?.as_blob()?))
}

/// A number that we wrote and that is never negative.
pub(super) fn unsigned(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(index)?.unsigned_abs())
}
