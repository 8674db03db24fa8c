//! Taking somebody's words out of the journal, and out of the file. What they wrote is written over in place; no entry
//! comes or goes. What SQLite has left of it between its pages is gone when the file has been written anew.

use super::fault::Fault;
use super::journal::unsigned;
use super::{Sqlite, as_i64};
use crate::journal::{ActedIn, Erasing};
use crate::limits::ERASE_MS_MAX;
use crate::store::StoreError;
use houseful_room::{AccountId, erase};
use rusqlite::{Connection, OptionalExtension, params};
use std::time::Duration;

/// What every entry has in it that somebody made, or that holds a value which names them as its author.
fn mark(account: AccountId) -> Vec<u8> {
    format!("\"by\":{account},").into_bytes()
}

impl Sqlite {
    /// The rooms in whose entries somebody acted. It reads every entry: seconds, where there are millions.
    pub(super) fn acted_in(&self, account: AccountId) -> Result<Vec<ActedIn>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT path, app FROM rooms WHERE EXISTS (
                     SELECT 1 FROM entries WHERE room = rooms.no AND instr(body, ?1)) ORDER BY path",
            )?
            .query_map([mark(account)], |row| {
                Ok(ActedIn { path: row.get(0)?, app: row.get(1)? })
            })?
            .collect()
        })
    }

    /// See `crate::journal`, 11. Most rooms have nothing of somebody: they are only read.
    pub(super) fn erase_in(&self, erasing: &Erasing) -> Result<bool, StoreError> {
        let what = erasing.clone();
        let is_needed = self.read(|db| Ok(has_words(db, &what)))?;
        if !is_needed.map_err(Fault::into_store_error)? {
            return Ok(false);
        }
        let what = erasing.clone();
        self.write_within(Duration::from_millis(ERASE_MS_MAX), move |db| erase_in(db, &what))
    }
}

/// Whether an entry of the room has words of theirs.
fn has_words(db: &Connection, what: &Erasing) -> Result<bool, Fault> {
    let mut found = false;
    each_entry(db, what, |_, _| {
        found = true;
        Ok(())
    })?;
    Ok(found)
}

fn erase_in(db: &Connection, what: &Erasing) -> Result<bool, Fault> {
    let no: Option<i64> = db
        .prepare_cached("SELECT no FROM rooms WHERE id = ?1")?
        .query_row([what.room.0.as_bytes()], |row| row.get(0))
        .optional()?;
    let no = no.ok_or(StoreError::NotFound)?;
    let mut changed = Vec::new();
    each_entry(db, what, |seq, erased| {
        changed.push((seq, erased));
        Ok(())
    })?;
    if changed.is_empty() {
        return Ok(false);
    }
    for (seq, erased) in changed {
        // The hash was of the words too.
        db.prepare_cached(
            "UPDATE entries SET body = ?3, hash = CASE WHEN command IS NULL THEN hash ELSE 0 END
             WHERE room = ?1 AND seq = ?2",
        )?
        .execute(params![no, as_i64(seq), erased.body])?;
        for (shape, row) in erased.logged {
            erase_row(db, no, &shape, row, what)?;
        }
    }
    db.prepare_cached("DELETE FROM snapshots WHERE room = ?1")?.execute([no])?;
    db.prepare_cached("UPDATE rooms SET epoch = ?2, term = term + 1 WHERE no = ?1")?
        .execute(params![no, what.epoch.as_bytes()])?;
    Ok(true)
}

fn erase_row(
    db: &Connection,
    no: i64,
    shape: &str,
    row: u64,
    what: &Erasing,
) -> rusqlite::Result<()> {
    let value: Option<String> = db
        .prepare_cached("SELECT value FROM log_rows WHERE room = ?1 AND shape = ?2 AND no = ?3")?
        .query_row(params![no, shape, as_i64(row)], |row| row.get(0))
        .optional()?;
    if let Some(value) = value.and_then(|value| (what.without)(what.account, shape, &value)) {
        db.prepare_cached(
            "UPDATE log_rows SET value = ?4 WHERE room = ?1 AND shape = ?2 AND no = ?3",
        )?
        .execute(params![no, shape, as_i64(row), value])?;
    }
    Ok(())
}

/// Hands on each entry that has words of theirs, as it is without them.
fn each_entry(
    db: &Connection,
    what: &Erasing,
    mut found: impl FnMut(u64, houseful_room::Erased) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let mut statement = db.prepare_cached(
        "SELECT seq, body FROM entries
         WHERE room = (SELECT no FROM rooms WHERE id = ?1) AND instr(body, ?2) ORDER BY seq",
    )?;
    let mut rows = statement.query(params![what.room.0.as_bytes(), mark(what.account)])?;
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(1)?;
        let without = |shape: &str, value: &str| (what.without)(what.account, shape, value);
        let erased = erase(&body, &without);
        if let Some(erased) = erased.map_err(|error| StoreError::Failed(error.to_string()))? {
            found(unsigned(row, 0)?, erased)?;
        }
    }
    Ok(())
}
