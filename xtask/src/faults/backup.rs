//! `faults backup`: the database is copied while people buy, and a server on the copy shows what the
//! original showed. A copy under load is a picture of one moment: all that was told before it began is in
//! it, and it is a beginning of what the original has later.

use super::Nth;
use super::course::{self, Course};
use crate::client::process::{Start, binary, folder};
use crate::test::Counts;
use crate::test::process::target_folder;
use anyhow::{Result, ensure};
use std::path::Path;
use std::time::Duration;

/// Work before a copy begins, and while it is made.
const WORK: Duration = Duration::from_millis(500);

/// Runs all rounds and the control.
pub fn run(rounds: &Nth) -> Result<Counts> {
    let binary = binary(rounds.load.binary.as_deref())?;
    let folder = folder(&target_folder()?, "faults-backup")?;
    let start = Start { binary, data: folder.join("data"), core: None };
    course::run(rounds.load.seed, &folder, all(rounds, &start, &folder))
}

async fn all(rounds: &Nth, start: &Start, folder: &Path) -> Result<Counts> {
    let mut course = Course::begin(start, rounds.load.clients, rounds.load.seed).await?;
    let mut counts = Counts::NONE;
    for nth in 1..=rounds.last {
        let copy = folder.join(format!("copy{nth}"));
        let faults = round(&mut course, &copy).await?;
        course.print(&format!("copy {nth:>3}"), &faults);
        if !faults.is_empty() {
            return Ok(counts.plus(Counts::FAILED));
        }
        counts.passed += 1;
    }
    // The control: one entry of the last copy is another than it was.
    let copy = folder.join(format!("copy{}", rounds.last)).join("houseful.db");
    let db = rusqlite::Connection::open(&copy)?;
    db.execute("UPDATE entries SET body = x'00' WHERE seq = 1", [])?;
    drop(db);
    let faults = differences(&course.start.data.join("houseful.db"), &copy)?;
    Ok(counts.plus(super::control("an entry of a copy was changed", &faults)))
}

async fn round(course: &mut Course, copy: &Path) -> Result<Vec<String>> {
    let start = course.start.clone();
    let under_load = copy.with_extension("busy");
    let work = course.work_while(async || {
        tokio::time::sleep(WORK).await;
        let (start, to) = (start.clone(), under_load.clone());
        tokio::task::spawn_blocking(move || start.backup(&to)).await??;
        tokio::time::sleep(WORK).await;
        Ok(())
    });
    let ((), mut faults) = work.await?;
    faults.extend(differences(&start.data.join("houseful.db"), &under_load.join("houseful.db"))?);
    let busy = Start { data: under_load, ..start.clone() };
    faults.extend(busy.verify().err().map(|error| error.to_string()));
    // Now nothing moves: the copy must be the same to everyone who was told anything.
    faults.extend(course.come_back_and_compare().await?);
    let before = course.newcomer().await?.hash("all");
    start.backup(copy)?;
    drop(course.server.take());
    course.start.data = copy.to_owned();
    course.restart().await?;
    faults.extend(course.come_back_and_compare().await?);
    if course.newcomer().await?.hash("all") != before {
        faults.push("the room on the copy is another".to_owned());
    }
    drop(course.server.take());
    faults.extend(course.start.verify().err().map(|error| error.to_string()));
    course.start = start;
    course.restart().await?;
    Ok(faults)
}

/// What of a copy is not in the original.
fn differences(original: &Path, copy: &Path) -> Result<Vec<String>> {
    ensure!(copy.is_file(), "there is no copy");
    let db = rusqlite::Connection::open(original)?;
    db.execute("ATTACH ?1 AS copy", [copy.display().to_string()])?;
    let count = |sql: &str| db.query_row(sql, [], |row| row.get::<_, i64>(0));
    let other = count(
        "SELECT count(*) FROM copy.entries c LEFT JOIN main.entries o USING (room, seq)
         WHERE o.body IS NOT c.body OR o.command IS NOT c.command",
    )?;
    let short = count(
        "SELECT count(*) FROM copy.rooms c
         WHERE c.head <> (SELECT count(*) FROM copy.entries e WHERE e.room = c.no)",
    )?;
    let mut faults = Vec::new();
    if other > 0 {
        faults.push(format!("{other} entries of the copy are not the original's"));
    }
    if short > 0 {
        faults.push(format!("{short} rooms of the copy are not whole"));
    }
    Ok(faults)
}
