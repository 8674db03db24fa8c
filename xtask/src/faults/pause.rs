//! `faults pause`: SIGSTOP in the middle of work, for longer than anybody is waited for, and SIGCONT. The
//! server goes on where it stood: people come back and resume, nothing is lost, and who holds seats still
//! has them.

use super::Pause;
use super::course::{self, Course};
use super::holders::{hold, taken_away};
use crate::client::process::{Start, binary, folder};
use crate::test::Counts;
use crate::test::process::target_folder;
use anyhow::{Context, Result};
use std::time::Duration;

const HOLDERS: usize = 5;
/// Work before it stands still, and after.
const WORK: Duration = Duration::from_secs(1);

/// Runs all rounds.
pub fn run(pause: &Pause) -> Result<Counts> {
    let binary = binary(pause.load.binary.as_deref())?;
    let data = folder(&target_folder()?, "faults-pause")?;
    let start = Start { binary, data, core: None };
    course::run(pause.load.seed, &start.data, rounds(pause, &start))
}

async fn rounds(pause: &Pause, start: &Start) -> Result<Counts> {
    let mut course =
        Course::begin(start, pause.load.clients.max(2 * HOLDERS), pause.load.seed).await?;
    let mut counts = Counts::NONE;
    for nth in 1..=pause.rounds {
        let faults = round(&mut course, Duration::from_secs(pause.seconds)).await?;
        course.print(&format!("pause {nth:>3} of {} s", pause.seconds), &faults);
        if !faults.is_empty() {
            return Ok(counts.plus(Counts::FAILED));
        }
        counts.passed += 1;
    }
    drop(course.server.take());
    if let Err(error) = course.start.verify() {
        println!("{error}");
        counts = counts.plus(Counts::FAILED);
    }
    Ok(counts)
}

async fn round(course: &mut Course, long: Duration) -> Result<Vec<String>> {
    course.sign_in_everybody().await?;
    course.open_another_event().await?;
    let workers = course.people.split_off(HOLDERS);
    course.holds = hold(course).await?;
    let holders = std::mem::replace(&mut course.people, workers);
    let server = course.server.take().context("the server")?;
    let before = course.told();
    let work = course.work_while(async || {
        tokio::time::sleep(WORK).await;
        server.stop().await?;
        tokio::time::sleep(long).await;
        server.go_on()?;
        tokio::time::sleep(WORK).await;
        Ok(())
    });
    let ((), mut faults) = work.await?;
    course.server = Some(server);
    anyhow::ensure!(course.told() > before, "nobody was answered, so nothing could be lost");
    course.people.extend(holders);
    course.sign_in_everybody().await?;
    faults.extend(course.come_back_and_compare().await?);
    faults.extend(taken_away(&course.holds, &course.newcomer().await?));
    Ok(faults)
}
