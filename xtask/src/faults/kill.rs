//! `faults kill`: SIGKILL at a random moment under load, restart on the same folder, resume, compare.
//! `kill -9` loses nothing that reached the page cache: it proves recovery, not the flush.

use super::Kill;
use super::course::{self, Course};
use crate::client::process::Start;
use crate::test::Counts;
use anyhow::{Context, Result};

/// A server that has been killed listens again within this time.
const RESTART_MS_MAX: u128 = 1_000;
/// The journal is replayed by `verify` so often, and at the end.
const ROUNDS_PER_VERIFY: u64 = 10;
/// Entries that the control takes away.
const CONTROL_ENTRIES: u64 = 3;

/// Runs all rounds; an error if one failed.
pub fn run(kill: &Kill) -> Result<Counts> {
    let start = course::start(kill.load.binary.as_deref(), "faults-kill")?;
    course::run(kill.load.seed, &start.data, rounds(kill, &start))
}

async fn rounds(kill: &Kill, start: &Start) -> Result<Counts> {
    let mut course = Course::begin(start, kill.load.clients, kill.load.seed).await?;
    let mut counts = Counts::NONE;
    let mut slowest_ms = 0;
    for nth in 1..=kill.rounds {
        let verify = nth == kill.rounds || nth % ROUNDS_PER_VERIFY == 0;
        let faults = round(&mut course, verify, 0).await?;
        let server = course.server.as_ref();
        slowest_ms = slowest_ms.max(server.map_or(0, |server| server.started_in.as_millis()));
        course.print(&format!("round {nth:>3}"), &faults);
        if !faults.is_empty() {
            // What comes after rests on what is broken.
            return Ok(counts.plus(Counts::FAILED));
        }
        counts.passed += 1;
    }
    if kill.control {
        let faults = round(&mut course, false, CONTROL_ENTRIES).await?;
        let what = format!("{CONTROL_ENTRIES} acknowledged entries were taken away");
        counts = counts.plus(super::control(&what, &faults));
    }
    println!("slowest restart {slowest_ms} ms");
    Ok(counts)
}

/// Works, kills, maybe verifies or damages, restarts, resumes. Answers what does not hold.
async fn round(course: &mut Course, verify: bool, take_away: u64) -> Result<Vec<String>> {
    let moment = course.moment();
    let killed = course.work_until_gone(async |server| {
        tokio::time::sleep(moment).await;
        server.kill()
    });
    let ((), mut faults) = killed.await?;
    if verify && let Err(error) = course.start.verify() {
        faults.push(error.to_string());
    }
    if take_away > 0 {
        remove_entries(course, take_away)?;
    }
    course.restart().await?;
    let took = course.server.as_ref().map_or(0, |server| server.started_in.as_millis());
    if took > RESTART_MS_MAX {
        faults.push(format!("the restart took {took} ms"));
    }
    faults.extend(course.come_back_and_compare().await?);
    Ok(faults)
}

/// The negative control: what a server would have lost that acknowledges before it has written.
pub fn remove_entries(course: &Course, count: u64) -> Result<()> {
    use super::buyer::Answer;
    let told = course.people.iter().flat_map(|(buyer, _)| &buyer.told);
    let seqs = told.filter_map(|(_, answer)| match answer {
        Answer::Done { seq, .. } => Some(*seq),
        Answer::Refused(_) => None,
    });
    let last = seqs.max().context("nobody was told anything")?;
    let keep = i64::try_from(last.saturating_sub(count))?;
    let db = rusqlite::Connection::open(course.start.data.join("houseful.db"))?;
    let path = [&course.event.room];
    let no: i64 = db.query_row("SELECT no FROM rooms WHERE path = ?1", path, |row| row.get(0))?;
    db.execute("DELETE FROM entries WHERE room = ?1 AND seq > ?2", [no, keep])?;
    db.execute("DELETE FROM snapshots WHERE room = ?1 AND seq > ?2", [no, keep])?;
    db.execute("UPDATE rooms SET head = ?2 WHERE no = ?1", [no, keep])?;
    Ok(())
}
