//! Replays every room's journal and checks every invariant, against the derived rows too. It changes
//! nothing.

use crate::apps::Apps;
use crate::clock::{self, Clock};
use crate::db::sqlite::Sqlite;
use crate::journal::{Journal, LogRow, RoomRecord};
use crate::store::StoreError;
use houseful_room::{AnyRoom, Corrupt, DerivedRow, Op, Recovery, Stored};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Entries read at once.
const READ_CHUNK: usize = 10_000;

/// What was found.
#[derive(Debug, Default)]
pub struct Report {
    /// Rooms that were replayed.
    pub rooms: usize,
    /// Entries that were replayed.
    pub entries: u64,
    /// Derived rows that were compared.
    pub rows: usize,
    /// What does not hold, a sentence each. Empty if all is well.
    pub faults: Vec<String>,
}

/// Checks a whole data folder. `progress` hears of each room.
pub fn verify(
    database: &Sqlite,
    apps: &Apps,
    clock: &dyn Clock,
    mut progress: impl FnMut(&str),
) -> Result<Report, StoreError> {
    let mut report = Report::default();
    report.faults.extend(database.integrity()?);
    let mut expected = Vec::new();
    for record in database.rooms()? {
        progress(&record.path);
        report.rooms += 1;
        match replay(database, apps, clock, &record, &mut report) {
            Ok(room) => expected.extend(room.derived()),
            Err(StoreError::Failed(fault)) => report.faults.push(fault),
            Err(error) => return Err(error),
        }
    }
    compare(database, &expected, &mut report)?;
    Ok(report)
}

/// Replays one room from its first entry, and again from its snapshot; both must be the same room.
fn replay(
    database: &Sqlite,
    apps: &Apps,
    clock: &dyn Clock,
    record: &RoomRecord,
    report: &mut Report,
) -> Result<Box<dyn AnyRoom>, StoreError> {
    let fault = |text: String| StoreError::Failed(format!("{}: {text}", record.path));
    let mut entries: Vec<Arc<[u8]>> = Vec::new();
    while (entries.len() as u64) < record.head {
        let chunk = database.read(record.room, entries.len() as u64, READ_CHUNK)?;
        if chunk.is_empty() {
            return Err(fault(format!(
                "the journal ends at {}, not {}",
                entries.len(),
                record.head
            )));
        }
        entries.extend(chunk.into_iter().map(|entry| entry.body));
    }
    report.entries += entries.len() as u64;
    let logs = logs(&entries).map_err(|error| fault(error.to_string()))?;
    compare_logs(database, record, &logs, report)?;
    let snapshot = database.snapshot(record.room)?.map(|snapshot| (snapshot.seq, snapshot.body));
    let build = |snapshot: Option<_>, entries: Vec<Arc<[u8]>>| {
        let recovery = Recovery {
            epoch: record.epoch,
            term: record.term,
            snapshot,
            entries,
            first: 1,
            accepted: Vec::new(),
        };
        let now = clock::now(clock);
        apps.build(&record.app, record.version, &record.config, recovery, now).map_err(fault)
    };
    let mut room = build(None, entries.clone())?;
    if snapshot.is_some() {
        let mut again = build(snapshot, entries)?;
        if again.snapshot() != room.snapshot() {
            report.faults.push(format!("{}: the snapshot is not what was journaled", record.path));
        }
    }
    if let Err(text) = room.check() {
        report.faults.push(format!("{}: {text}", record.path));
    }
    Ok(room)
}

/// The rows of logs as the entries wrote them, by log and number: audience and value.
type Logs = BTreeMap<(String, u64), (String, String)>;

fn logs(entries: &[Arc<[u8]>]) -> Result<Logs, Corrupt> {
    let mut logs = Logs::new();
    for entry in entries {
        for group in Stored::read(entry)?.groups() {
            let group = group?;
            for op in group.ops()? {
                if let Op::Log(shape, no, value) = op {
                    let row = (group.audience.to_string(), value.get().to_owned());
                    logs.insert((shape.to_owned(), no), row);
                }
            }
        }
    }
    Ok(logs)
}

/// History must be exactly what was journaled.
fn compare_logs(
    database: &Sqlite,
    record: &RoomRecord,
    logs: &Logs,
    report: &mut Report,
) -> Result<(), StoreError> {
    report.rows += logs.len();
    let mut kept = Logs::new();
    for shape in logs.keys().map(|(shape, _)| shape).collect::<BTreeSet<_>>() {
        let rows = database.history(record.room, shape, u64::MAX, usize::MAX)?;
        let row = |row: LogRow| ((shape.clone(), row.no), (row.audience, row.value));
        kept.extend(rows.into_iter().map(row));
    }
    if kept != *logs || database.count_logged(record.room)? != logs.len() as u64 {
        let text = "the rows of a log are not what was journaled";
        report.faults.push(format!("{}: {text}", record.path));
    }
    Ok(())
}

/// The derived tables must hold exactly these rows.
fn compare(
    database: &Sqlite,
    expected: &[DerivedRow],
    report: &mut Report,
) -> Result<(), StoreError> {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for row in expected {
        *counts.entry(row.table).or_default() += 1;
        report.rows += 1;
        if !database.has_derived(row)? {
            report.faults.push(format!("{} {:?} is not as its room implies", row.table, row.key));
        }
    }
    for (table, stored) in database.count_derived()? {
        let implied = counts.get(table).copied().unwrap_or_default();
        if stored != implied {
            report.faults.push(format!("{table} has {stored} rows; its rooms imply {implied}"));
        }
    }
    Ok(())
}
