//! `faults flush`: the nth flush of the database fails with EIO. The server must exit with status 70 and
//! answer nobody; a second flush would succeed, though what the first one lost is gone. The next start
//! replays.

use super::Nth;
use super::course::{self, Course};
use super::shim::{EIO, Shim};
use crate::client::process::{Server, Start, binary, folder};
use crate::test::Counts;
use crate::test::process::target_folder;
use anyhow::Result;
use std::time::Duration;

/// The status of a server that does not trust its disk.
const STATUS: i32 = 70;
/// The fault comes within this time, with fifty people at work.
const FAULT_SECONDS_MAX: u64 = 30;
/// Who still runs so long after a failed flush does not exit.
const EXIT_SECONDS_MAX: u64 = 2;
/// The journal is replayed by `verify` so often, and at the end.
const ROUNDS_PER_VERIFY: u64 = 10;

/// What became of the server.
enum Ended {
    Exited(Option<i32>),
    RanOn,
    NoFault,
}

/// Runs a round for each n, and the control.
pub fn run(nth: &Nth) -> Result<Counts> {
    let binary = binary(nth.load.binary.as_deref())?;
    let folder = folder(&target_folder()?, "faults-flush")?;
    let shim = Shim::build(&folder)?;
    let start = Start { binary, data: folder.join("data"), core: None };
    course::run(nth.load.seed, &folder, rounds(nth, &start, &shim))
}

async fn rounds(nth: &Nth, start: &Start, shim: &Shim) -> Result<Counts> {
    let mut course = Course::begin(start, nth.load.clients, nth.load.seed).await?;
    course.environment = shim.one("flush", Some(EIO));
    restart(&mut course).await?;
    let mut counts = Counts::NONE;
    for n in 1..=nth.last {
        let verify = n == nth.last || n % ROUNDS_PER_VERIFY == 0;
        let faults = round(&mut course, shim, n, verify).await?;
        course.print(&format!("flush {n:>3} failed"), &faults);
        if !faults.is_empty() {
            return Ok(counts.plus(Counts::FAILED));
        }
        counts.passed += 1;
    }
    course.environment = shim.one("flush", None);
    restart(&mut course).await?;
    let faults = round(&mut course, shim, 1, false).await?;
    Ok(counts.plus(super::control("a server that never hears of the failed flush", &faults)))
}

async fn restart(course: &mut Course) -> Result<()> {
    drop(course.server.take());
    course.restart().await?;
    let faults = course.come_back_and_compare().await?;
    anyhow::ensure!(faults.is_empty(), "before any fault: {faults:?}");
    Ok(())
}

/// Works until the flush fails, starts again, compares.
async fn round(course: &mut Course, shim: &Shim, n: u64, verify: bool) -> Result<Vec<String>> {
    shim.arm(n)?;
    let (ended, mut faults) =
        course.work_until_gone(async |server| wait(server, shim).await).await?;
    shim.disarm();
    match ended {
        Ended::Exited(Some(STATUS)) => {}
        Ended::Exited(status) => faults.push(format!("the server exited with {status:?}")),
        Ended::RanOn => faults.push("a flush failed, and the server ran on".to_owned()),
        Ended::NoFault => faults.push(format!("there was no flush number {n}")),
    }
    if verify && let Err(error) = course.start.verify() {
        faults.push(error.to_string());
    }
    course.restart().await?;
    faults.extend(course.come_back_and_compare().await?);
    Ok(faults)
}

async fn wait(mut server: Server, shim: &Shim) -> Result<Ended> {
    const STEP: Duration = Duration::from_millis(10);
    let (mut waited, mut since) = (Duration::ZERO, Duration::ZERO);
    loop {
        if let Some(status) = server.has_ended()? {
            return Ok(Ended::Exited(status.code()));
        }
        if since.as_secs() >= EXIT_SECONDS_MAX {
            return Ok(Ended::RanOn);
        }
        if waited.as_secs() >= FAULT_SECONDS_MAX {
            return Ok(Ended::NoFault);
        }
        tokio::time::sleep(STEP).await;
        waited += STEP;
        if shim.has_happened() {
            since += STEP;
        }
    }
}
