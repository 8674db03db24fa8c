//! After the end: the journal is read as it lies on the disk, and held against what people were told.

use crate::ledger::Ledger;
use houseful::app::apps;
use houseful::clock::SystemClock;
use houseful::db::sqlite::{Options, Sqlite, exit_on_fatal};
use houseful::journal::Journal;
use houseful::verify::verify;
use houseful_room::{CommandId, Seq, Stored};
use std::collections::BTreeMap;
use std::path::Path;

/// What does not hold, a sentence each.
pub fn faults(folder: &Path, ledger: &Ledger) -> anyhow::Result<Vec<String>> {
    let options = Options { folder: folder.to_owned(), fatal: exit_on_fatal };
    let database = Sqlite::open(&options)?;
    let mut faults = verify(&database, &apps(), &SystemClock::new(), |_| {})?.faults;
    let path = ledger.room.clone().unwrap_or_default();
    let Some(room) = database.find(&path)? else { return Ok(faults) };
    let accepted = database.accepted(room.room)?;
    let by_id: BTreeMap<CommandId, Seq> = accepted.iter().map(|(id, _, seq)| (*id, *seq)).collect();
    if by_id.len() != accepted.len() {
        faults.push("a command's id has two entries".to_owned());
    }
    for (id, told) in &ledger.told {
        match by_id.get(&CommandId(*id)) {
            None => faults.push(format!("{id} was acknowledged at {} and is lost", told.seq)),
            Some(seq) if *seq != told.seq => {
                faults.push(format!("{id} was told to be at {} and is at {seq}", told.seq));
            }
            Some(_) => {}
        }
    }
    faults.extend(sold_twice(&database, &room)?);
    Ok(faults)
}

/// Reads every `book` in the journal by itself: no seat is in two (nothing is cancelled in this world).
fn sold_twice(
    database: &Sqlite,
    room: &houseful::journal::RoomRecord,
) -> anyhow::Result<Vec<String>> {
    let mut faults = Vec::new();
    let mut sold: BTreeMap<u64, Seq> = BTreeMap::new();
    for entry in database.read(room.room, 0, usize::MAX)? {
        let stored = Stored::read(&entry.body)?;
        let Some(reply) = stored.reply.filter(|_| stored.did == "book") else { continue };
        let reply: serde_json::Value = serde_json::from_str(reply.get())?;
        for seat in reply["seats"].as_array().into_iter().flatten().filter_map(|s| s[0].as_u64()) {
            if let Some(before) = sold.insert(seat, entry.seq) {
                faults.push(format!("seat {seat} was sold at {before} and at {}", entry.seq));
            }
        }
    }
    Ok(faults)
}
