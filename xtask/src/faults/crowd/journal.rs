//! The journals of rooms as the disk has them, read without a line of the server: what was said, and who left.

use anyhow::{Context, Result};
use rusqlite::Connection;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// What a room's entries say.
#[derive(Default)]
pub struct Journal {
    /// Messages by number, as they were last written.
    pub messages: BTreeMap<u64, Value>,
    /// Who left, each time.
    pub left: Vec<u64>,
}

/// Reads a room's entries from its first.
pub fn read(data: &Path, room: &str) -> Result<Journal> {
    let db = Connection::open(data.join("houseful.db"))?;
    let sql = "SELECT body FROM entries JOIN rooms ON rooms.no = entries.room \
               WHERE path = ?1 ORDER BY seq";
    let mut entries = db.prepare(sql)?;
    let bodies = entries.query_map([room], |row| row.get::<_, Vec<u8>>(0))?;
    let mut journal = Journal::default();
    for body in bodies {
        journal.take(&serde_json::from_slice(&body?)?)?;
    }
    Ok(journal)
}

/// The negative control: takes the last message's entry out, as a server would that loses what it has told.
pub fn remove_last_message(data: &Path, room: &str) -> Result<()> {
    let db = Connection::open(data.join("houseful.db"))?;
    let sql = "DELETE FROM entries WHERE room = (SELECT no FROM rooms WHERE path = ?1) AND seq = \
               (SELECT max(seq) FROM entries JOIN rooms ON rooms.no = entries.room \
                WHERE path = ?1 AND instr(body, '[\"log\",\"messages\"') > 0)";
    let removed = db.execute(sql, [room])?;
    anyhow::ensure!(removed == 1, "there was no message to take away");
    Ok(())
}

impl Journal {
    fn take(&mut self, entry: &Value) -> Result<()> {
        if entry["do"] == "leave" {
            self.left.extend(entry["by"].as_u64());
        }
        let groups = entry["ops"].as_array().context("an entry without ops")?.iter();
        let ops = groups.flat_map(|group| group[2].as_array().into_iter().flatten());
        for op in ops.filter(|op| op[0] == "log" && op[1] == "messages") {
            let no = op[2].as_u64().context("a message's number")?;
            self.messages.insert(no, op[3].clone());
        }
        Ok(())
    }
}
