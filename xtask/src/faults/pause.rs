//! `faults pause`: SIGSTOP in the middle of work, for longer than somebody is waited for, and SIGCONT. The
//! server goes on where it stood: people come back and resume, nothing is lost, and who holds seats still
//! has them. The controls are a server that does not stand still, a cart that is gone afterwards, and a
//! server that goes on without its last entries.

use super::Pause;
use super::course::{self, Course};
use super::holders::{hold, release_one, taken_away};
use super::kill::remove_entries;
use crate::client::api::events;
use crate::client::live::address;
use crate::client::process::Start;
use crate::test::Counts;
use anyhow::{Context, Result, ensure};
use std::time::Duration;
use tokio::time::timeout;

const HOLDERS: usize = 5;
/// Work before it stands still, and after.
const WORK: Duration = Duration::from_secs(1);
/// In turn: one that is hardly noticed, one for which members are counted as gone (15 s), one after which
/// no client was heard for longer than it may be silent (60 s).
const LENGTHS_S: [u64; 3] = [5, 20, 65];
/// The server is asked so long before it is said to stand still; in the control it answers.
const CONTROL_S: u64 = 5;
/// Entries that the control takes away.
const CONTROL_ENTRIES: u64 = 3;

/// What becomes of the server in the middle of work.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standstill {
    /// It is stopped and goes on.
    True,
    /// It works on: the control.
    Feigned,
}

/// Runs all rounds and the controls.
pub fn run(pause: &Pause) -> Result<Counts> {
    let start = course::start(pause.load.binary.as_deref(), "faults-pause")?;
    course::run(pause.load.seed, &start.data, rounds(pause, &start))
}

async fn rounds(pause: &Pause, start: &Start) -> Result<Counts> {
    let mut course =
        Course::begin(start, pause.load.clients.max(2 * HOLDERS), pause.load.seed).await?;
    let mut counts = Counts::NONE;
    for (nth, in_turn) in (1..=pause.rounds).zip(LENGTHS_S.iter().cycle()) {
        let seconds = pause.seconds.unwrap_or(*in_turn);
        let long = Duration::from_secs(seconds);
        let faults = round(&mut course, Standstill::True, long).await?;
        course.print(&format!("pause {nth:>3} of {seconds:>2} s"), &faults);
        if !faults.is_empty() {
            return Ok(counts.plus(Counts::FAILED));
        }
        counts.passed += 1;
    }
    counts = counts.plus(controls(&mut course).await?);
    Ok(counts)
}

/// Everybody works, the server stands still meanwhile, and everybody comes back.
async fn round(course: &mut Course, how: Standstill, long: Duration) -> Result<Vec<String>> {
    course.sign_in_everybody().await?;
    course.open_another_event().await?;
    let workers = course.people.split_off(HOLDERS);
    course.holds = hold(course).await?;
    let holders = std::mem::replace(&mut course.people, workers);
    let server = course.server.take().context("the server")?;
    let before = course.told();
    let at = course.at();
    let work = course.work_while(async || {
        tokio::time::sleep(WORK).await;
        if how == Standstill::True {
            server.stop().await?;
        }
        // Whoever asks it must wait for as long as it stands still.
        let has_answered = timeout(long, events(at, address(0))).await.is_ok();
        server.go_on()?;
        tokio::time::sleep(WORK).await;
        Ok(has_answered)
    });
    let (has_answered, mut faults) = work.await?;
    course.server = Some(server);
    ensure!(course.told() > before, "nobody was answered, so nothing could be lost");
    if has_answered {
        faults.push("the server answered while it was to stand still".into());
    }
    course.people.extend(holders);
    course.sign_in_everybody().await?;
    faults.extend(course.come_back_and_compare().await?);
    faults.extend(taken_away(&course.holds, &course.newcomer().await?));
    Ok(faults)
}

/// Each way to break the promise once, to see that it would be seen; the journal is looked at in between,
/// while it is still whole.
async fn controls(course: &mut Course) -> Result<Counts> {
    let long = Duration::from_secs(CONTROL_S);
    let faults = round(course, Standstill::Feigned, long).await?;
    let mut counts = super::control("a server that does not stand still", &faults);

    release_one(course).await?;
    let faults = taken_away(&course.holds, &course.newcomer().await?);
    counts = counts.plus(super::control("a cart that is gone afterwards", &faults));

    drop(course.server.take());
    if let Err(error) = course.start.verify() {
        println!("{error}");
        counts = counts.plus(Counts::FAILED);
    }
    remove_entries(course, CONTROL_ENTRIES)?;
    course.restart().await?;
    let faults = course.come_back_and_compare().await?;
    let what = format!("a server that goes on without its last {CONTROL_ENTRIES} entries");
    Ok(counts.plus(super::control(&what, &faults)))
}
