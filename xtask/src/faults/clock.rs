//! `faults clock`: the wall clock of the running server jumps an hour ahead, two hours back, and the
//! server is killed and started again. Seats that are held for ten minutes stay held, and after the
//! restart they have their ten minutes again. The control moves the clock of durations too: then they end
//! early, and that must be seen.

use super::Clock;
use super::course::{self, Course};
use super::holders::{ends_early, hold, taken_away};
use crate::client::process::{Start, binary, folder};
use crate::test::Counts;
use crate::test::process::target_folder;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the clock is put, in seconds from the true time, one after the other.
const JUMPS: [(&str, i64); 2] = [("an hour ahead", 3_600), ("two hours back", -3_600)];
/// Long enough for timers that are due to end.
const MOMENT: Duration = Duration::from_millis(200);
/// How long seats are held.
const HOLD_MS: i64 = 10 * 60 * 1_000;
/// What coming back may have taken of it.
const COMING_BACK_MS: i64 = 20 * 1_000;
const HOLDERS_MAX: usize = 10;
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";

/// The hands of the server's clock.
pub(super) struct Hands {
    pub(super) file: PathBuf,
}

/// Runs all rounds and the control, or says why it cannot.
pub fn run(clock: &Clock) -> Result<Counts> {
    let binary = binary(clock.load.binary.as_deref())?;
    let Some(library) = library() else {
        println!("SKIPPED: libfaketime is missing, so no clock can be moved");
        return Ok(Counts { skipped: clock.rounds + 1, ..Counts::NONE });
    };
    let folder = folder(&target_folder()?, "faults-clock")?;
    let hands = Hands { file: folder.join("clock") };
    let start = Start { binary, data: folder.join("data"), core: None };
    course::run(clock.load.seed, &folder, rounds(clock, &start, &hands, &library))
}

async fn rounds(clock: &Clock, start: &Start, hands: &Hands, library: &Path) -> Result<Counts> {
    let people = clock.load.clients.min(HOLDERS_MAX);
    let mut course = Course::begin(start, people, clock.load.seed).await?;
    course.environment = hands.environment(library);
    let mut counts = Counts::NONE;
    for nth in 1..=clock.rounds {
        let mut faults = jump(&mut course, hands, &JUMPS).await?;
        if faults.is_empty() {
            faults = restart(&mut course).await?;
        }
        let outcome = if faults.is_empty() { "" } else { "  FAILED" };
        println!("jump {nth:>3}: {people} carts, an hour ahead, two back, a restart{outcome}");
        faults.iter().take(20).for_each(|fault| println!("  {fault}"));
        if !faults.is_empty() {
            return Ok(counts.plus(Counts::FAILED));
        }
        counts.passed += 1;
    }
    course.environment.retain(|(name, _)| name != "FAKETIME_DONT_FAKE_MONOTONIC");
    let faults = jump(&mut course, hands, &JUMPS[..1]).await?;
    Ok(counts.plus(super::control("a server whose durations follow the wall clock", &faults)))
}

/// Everybody holds seats, and then the clock jumps.
async fn jump(course: &mut Course, hands: &Hands, jumps: &[(&str, i64)]) -> Result<Vec<String>> {
    hands.set(0)?;
    drop(course.server.take());
    course.restart().await?;
    course.sign_in_everybody().await?;
    course.open_another_event().await?;
    course.holds = hold(course).await?;
    let mut faults = Vec::new();
    for (when, ahead_s) in jumps {
        hands.set(*ahead_s)?;
        tokio::time::sleep(MOMENT).await;
        // Their tokens may have ended; their carts have not. Everyone who joins makes the room look.
        course.sign_in_everybody().await?;
        faults.extend(course.come_back_and_compare().await?);
        let taken = taken_away(&course.holds, &course.newcomer().await?);
        faults.extend(taken.into_iter().map(|fault| format!("{when}: {fault}")));
    }
    Ok(faults)
}

/// The server is killed and started by the clock as it is.
async fn restart(course: &mut Course) -> Result<Vec<String>> {
    drop(course.server.take());
    course.restart().await?;
    let mut faults = course.come_back_and_compare().await?;
    let newcomer = course.newcomer().await?;
    faults.extend(taken_away(&course.holds, &newcomer));
    let now = wall_ms() + JUMPS[1].1 * 1_000;
    faults.extend(ends_early(&course.holds, &newcomer, now, HOLD_MS - COMING_BACK_MS));
    Ok(faults)
}

impl Hands {
    /// Puts the clock so far from the true time.
    pub(super) fn set(&self, ahead_s: i64) -> Result<()> {
        let new = self.file.with_extension("new");
        fs::write(&new, format!("{ahead_s:+}s\n"))?;
        Ok(fs::rename(new, &self.file)?)
    }

    /// What has a server go by it.
    pub(super) fn environment(&self, library: &Path) -> Vec<(String, String)> {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        vec![
            pair("LD_PRELOAD", &library.display().to_string()),
            pair("FAKETIME_TIMESTAMP_FILE", &self.file.display().to_string()),
            pair("FAKETIME_NO_CACHE", "1"),
            pair("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ]
    }
}

/// Where Debian puts it, whatever the processor.
pub(super) fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.flatten();
    folders.map(|folder| folder.path().join(LIBRARY)).find(|library| library.is_file())
}

#[expect(clippy::disallowed_methods, reason = "what the server's clock is compared with")]
pub(super) fn wall_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
