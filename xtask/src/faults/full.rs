//! `faults full`: the nth write of the database finds no space, and then a small file system really has
//! none. Changes are refused with `read_only`, reading goes on, nothing acknowledged is lost, and as soon
//! as there is space it goes on by itself: the server is the same process from the first n to the last.

use super::Nth;
use super::course::{self, Course};
use super::shim::{ENOSPC, Shim};
use crate::client::api::titles;
use crate::client::process::{Start, binary, folder};
use crate::test::Counts;
use crate::test::process::{succeeds, target_folder};
use anyhow::{Context, Result, ensure};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_millis(20);
/// The fault comes within this time, with fifty people at work.
const FAULT_STEPS_MAX: u32 = 1_500;
/// How long everyone goes on after the fault.
const AFTER: Duration = Duration::from_millis(300);
/// A file system that a sale fits into, and what fills it does too.
const SMALL_DISK: &str = "size=48m";
/// How long it stays full.
const FULL_FOR: Duration = Duration::from_secs(3);

/// Runs a round for each n with the control, and the full file system.
pub fn run(nth: &Nth) -> Result<Counts> {
    let binary = binary(nth.load.binary.as_deref())?;
    let folder = folder(&target_folder()?, "faults-full")?;
    let shim = Shim::build(&folder)?;
    let start = Start { binary, data: folder.join("data"), core: None };
    let rounds = async {
        let counts = one_write(nth, &start, &shim).await?;
        if counts.failed > 0 {
            return Ok(counts);
        }
        Ok(counts.plus(whole_disk(nth, &start, &folder).await?))
    };
    course::run(nth.load.seed, &folder, rounds)
}

/// One write after the other fails; the process stays the same.
async fn one_write(nth: &Nth, start: &Start, shim: &Shim) -> Result<Counts> {
    let mut course = Course::begin(start, nth.load.clients, nth.load.seed).await?;
    start_over(&mut course, shim, Some(ENOSPC)).await?;
    let (mut counts, mut seen) = (Counts::NONE, 0);
    for n in 1..=nth.last {
        let before = told_read_only(&course);
        let faults = write_fails(&mut course, shim, n).await?;
        seen += u64::from(told_read_only(&course) > before);
        course.print(&format!("write {n:>3} found no space"), &faults);
        if !faults.is_empty() {
            return Ok(counts.plus(Counts::FAILED));
        }
        counts.passed += 1;
    }
    println!("in {seen} of {} rounds somebody was told `read_only`", nth.last);
    // A write that copies the log into the database is nobody's command.
    counts = counts.plus(if 2 * seen >= nth.last { Counts::PASSED } else { Counts::FAILED });
    let process = course.server.as_mut().context("the server")?;
    ensure!(process.has_ended()?.is_none(), "the server ended");
    drop(course.server.take());
    if let Err(error) = course.start.verify() {
        println!("{error}");
        return Ok(counts.plus(Counts::FAILED));
    }
    start_over(&mut course, shim, None).await?;
    let mut faults =
        write_fails(&mut course, shim, 5).await.unwrap_or_else(|e| vec![e.to_string()]);
    drop(course.server.take());
    faults.extend(course.start.verify().err().map(|error| error.to_string()));
    let lost = match course.restart().await {
        Ok(()) => course.come_back_and_compare().await?,
        Err(error) => vec![error.to_string()],
    };
    faults.extend(lost);
    Ok(counts.plus(super::control("a write that is said to have succeeded and has not", &faults)))
}

/// The same people on a server with the shim; `None` leaves the write out without a word.
async fn start_over(course: &mut Course, shim: &Shim, errno: Option<i32>) -> Result<()> {
    drop(course.server.take());
    course.environment = shim.one("write", errno);
    course.restart().await?;
    let faults = course.come_back_and_compare().await?;
    ensure!(faults.is_empty(), "before any fault: {faults:?}");
    Ok(())
}

async fn write_fails(course: &mut Course, shim: &Shim, n: u64) -> Result<Vec<String>> {
    let work = course.work_while(async || {
        shim.arm(n)?;
        for _ in 0..FAULT_STEPS_MAX {
            if shim.has_happened() {
                tokio::time::sleep(AFTER).await;
                return Ok(());
            }
            tokio::time::sleep(PATIENCE).await;
        }
        shim.disarm();
        anyhow::bail!("there was no write number {n}")
    });
    let ((), mut faults) = work.await?;
    faults.extend(course.come_back_and_compare().await?);
    Ok(faults)
}

/// A file system without space, and with space again. The server's log is on it too: a line that cannot
/// be written must hurt nobody.
async fn whole_disk(nth: &Nth, start: &Start, folder: &Path) -> Result<Counts> {
    let disk = folder.join("small");
    fs::create_dir_all(&disk)?;
    let path = disk.display().to_string();
    if !succeeds("mount", &["-t", "tmpfs", "-o", SMALL_DISK, "tmpfs", &path]) {
        println!("SKIPPED: no file system can be mounted here, so none can be full");
        return Ok(Counts { skipped: 1, ..Counts::NONE });
    }
    let start = Start { data: disk.join("data"), ..start.clone() };
    let faults = fill_and_empty(nth, &start, &disk).await;
    ensure!(succeeds("umount", &[&path]), "{path} is still in use");
    let faults = faults?;
    faults.iter().take(20).for_each(|fault| println!("  {fault:.900}"));
    Ok(if faults.is_empty() { Counts::PASSED } else { Counts::FAILED })
}

async fn fill_and_empty(nth: &Nth, start: &Start, disk: &Path) -> Result<Vec<String>> {
    let mut course = Course::begin(start, nth.load.clients, nth.load.seed).await?;
    let (at, ballast) = (course.at(), disk.join("ballast"));
    let before = course.told();
    let work = course.work_while(async || {
        // At once: a log that has grown and starts over needs no space.
        fill(&ballast)?;
        tokio::time::sleep(FULL_FOR).await;
        let read = titles(at).await;
        fs::remove_file(&ballast)?;
        tokio::time::sleep(FULL_FOR).await;
        Ok(read)
    });
    let (read, mut faults) = work.await?;
    let (told, refused) = (course.told() - before, told_read_only(&course));
    match read {
        Ok(0) => faults.push("no event was listed while the disk was full".to_owned()),
        Ok(_) => {}
        Err(error) => faults.push(format!("nothing could be read while it was full: {error:#}")),
    }
    if refused == 0 {
        faults.push("nobody was told `read_only`".to_owned());
    }
    faults.extend(course.come_back_and_compare().await?);
    let mark = course.told();
    let ((), more) = course
        .work_while(async || {
            tokio::time::sleep(Duration::from_secs(1)).await;
            Ok(())
        })
        .await?;
    faults.extend(more);
    if course.told() == mark {
        faults.push("nothing could be changed after there was space again".to_owned());
    }
    faults.extend(course.come_back_and_compare().await?);
    let process = course.server.as_mut().context("the server")?;
    if let Some(status) = process.has_ended()? {
        faults.push(format!("the server ended: {status}"));
    }
    drop(course.server.take());
    faults.extend(course.start.verify().err().map(|error| error.to_string()));
    println!("a full file system: {told} answers, {refused} times `read_only`, then on by itself");
    Ok(faults)
}

/// Writes until nothing fits any more.
fn fill(ballast: &Path) -> Result<()> {
    let mut file = File::create(ballast)?;
    for chunk in [vec![7; 64 * 1024], vec![7; 4096]] {
        while file.write(&chunk).is_ok_and(|written| written > 0) {}
    }
    Ok(())
}

fn told_read_only(course: &Course) -> u64 {
    course.people.iter().filter_map(|(buyer, _)| buyer.put_off.get("read_only")).sum()
}
