//! One room's append inside the writer's transaction. It checks the fence in the statement that
//! moves the head, so that there is nothing between looking and writing.

use super::as_i64;
use super::derived::DerivedSql;
use super::fault::Fault;
use crate::journal::{EntryRecord, Rejection, RoomAppend, SnapshotRecord};
use houseful_room::Logged;
use rusqlite::{Connection, OptionalExtension, params};

/// Writes entries, derived rows, rows of logs and snapshot, or fails with the transaction to be rolled back.
pub(super) fn append(
    db: &Connection,
    derived: &mut DerivedSql,
    append: &RoomAppend,
) -> Result<(), Fault> {
    let head = append.after + append.entries.len() as u64;
    if !is_dense(append.after, &append.entries) {
        return Err(Fault::Rejected(Rejection::Head));
    }
    let no = move_head(db, append, head)?;
    for entry in &append.entries {
        insert_entry(db, no, entry)?;
    }
    for row in &append.rows {
        derived.write(db, row)?;
    }
    for row in &append.logged {
        put_log_row(db, no, row)?;
    }
    if let Some(snapshot) = &append.snapshot {
        put_snapshot(db, no, snapshot)?;
    }
    Ok(())
}

fn is_dense(after: u64, entries: &[EntryRecord]) -> bool {
    entries.iter().zip(after + 1..).all(|(entry, seq)| entry.seq == seq)
}

/// Moves the head if term and head are the room's, and answers the room's short number.
fn move_head(db: &Connection, append: &RoomAppend, head: u64) -> Result<i64, Fault> {
    let moved = db
        .prepare_cached(
            "UPDATE rooms SET head = ?4 WHERE id = ?1 AND term = ?2 AND head = ?3 RETURNING no",
        )?
        .query_row(
            params![
                append.room.0.as_bytes(),
                as_i64(append.term),
                as_i64(append.after),
                as_i64(head)
            ],
            |row| row.get(0),
        )
        .optional()?;
    match moved {
        Some(no) => Ok(no),
        None => Err(Fault::Rejected(why_not(db, append)?)),
    }
}

fn why_not(db: &Connection, append: &RoomAppend) -> rusqlite::Result<Rejection> {
    let term = db
        .prepare_cached("SELECT term FROM rooms WHERE id = ?1")?
        .query_row([append.room.0.as_bytes()], |row| row.get::<_, i64>(0))
        .optional()?;
    Ok(if term == Some(as_i64(append.term)) { Rejection::Head } else { Rejection::Term })
}

fn insert_entry(db: &Connection, no: i64, entry: &EntryRecord) -> rusqlite::Result<()> {
    let command = entry.command.map(|(id, _)| id.0.into_bytes());
    // SQLite's integers are signed; the bits are what counts.
    let hash = entry.command.map(|(_, hash)| hash.cast_signed());
    db.prepare_cached(
        "INSERT INTO entries (room, seq, command, hash, body) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![no, as_i64(entry.seq), command, hash, &*entry.body])?;
    Ok(())
}

fn put_log_row(db: &Connection, no: i64, row: &Logged) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO log_rows (room, shape, no, audience, value) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (room, shape, no)
         DO UPDATE SET audience = excluded.audience, value = excluded.value",
    )?
    .execute(params![
        no,
        &*row.shape,
        as_i64(row.no),
        row.audience.to_string(),
        &*row.value
    ])?;
    Ok(())
}

fn put_snapshot(db: &Connection, no: i64, snapshot: &SnapshotRecord) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO snapshots (room, seq, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (room) DO UPDATE SET seq = excluded.seq, body = excluded.body",
    )?
    .execute(params![no, as_i64(snapshot.seq), &*snapshot.body])?;
    Ok(())
}
