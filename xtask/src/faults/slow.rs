//! `faults slow`: of many who watch a busy room a few stop reading. They are closed as slow consumers,
//! and the others wait no longer than beside as many who ask for the same and read it. It never judges by a
//! single round: what a machine does by itself is as large as what is looked for.

mod crowd;

use super::control;
use super::course;
use crate::client::api::{counted, make_event, organiser};
use crate::client::live::{Live, address};
use crate::client::process::{Server, Start};
use crate::test::Counts;
use anyhow::{Context, Result};
use clap::Args;
use crowd::{Crowd, Guests, Teller, guest};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Changes a second that everybody sees.
const CHANGES_PER_SECOND: u64 = 20;
/// How much longer the others may wait, and the server work.
const SLOWER_MAX: f64 = 1.1;
/// What the server may need for them all besides.
const REST_BYTES_MAX: u64 = 100 * 1_000_000;
/// A slow consumer is closed within this time after its phase at the latest.
const CLOSED_SECONDS_MAX: u64 = 20;
const CLOSES: &str = r#"houseful_closes{code="4001"}"#;
/// Their addresses are beside those of the watchers.
const GUESTS_FROM: usize = 50_000;
/// Changes before anything is measured.
const WARM_UP_SECONDS: u64 = 5;
/// So many times as many guests are there in the control: that must be felt.
const CONTROL_TIMES: usize = 20;

/// Who watches, and for how long.
#[derive(Args, Clone)]
pub struct Slow {
    /// Who watches.
    #[arg(long, default_value_t = 1_000)]
    pub clients: usize,
    /// Of a hundred, guests beside them: some read, some stop.
    #[arg(long, default_value_t = 1)]
    pub percent: usize,
    /// Rounds, each of a phase beside guests that read and one beside guests that stop.
    #[arg(long, default_value_t = 7)]
    pub rounds: usize,
    /// Seconds of a phase.
    #[arg(long, default_value_t = 12)]
    pub seconds: u64,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
    /// At last, many more guests in one phase than in the other, and require that it is noticed.
    #[arg(long)]
    pub control: bool,
}

/// What was measured beside guests.
struct Phase {
    /// Of a change's way to a watcher, in milliseconds.
    p99: f64,
    /// What the server took of the processor, in hundredths of a second.
    ticks: u64,
    closed: u64,
    more_bytes: u64,
}

/// How much longer it was beside guests that stop than beside guests that read, in each round.
#[derive(Default)]
struct Ratios {
    waits: Vec<f64>,
    work: Vec<f64>,
}

/// Runs; an error if the few have hurt the many.
pub fn run(slow: &Slow) -> Result<Counts> {
    let start = course::start(slow.binary.as_deref(), "faults-slow")?;
    course::run(0, &start.data, rounds(slow, &start))
}

async fn rounds(slow: &Slow, start: &Start) -> Result<Counts> {
    let mut hall = Hall::open(start, slow.clients).await?;
    let p99 = hall.phase(WARM_UP_SECONDS).await?;
    println!("{} watchers, alone: p99 of a change {p99:.1} ms", slow.clients);
    let few = (slow.clients * slow.percent / 100).max(1);
    let (mut ratios, mut faults) = (Ratios::default(), Vec::new());
    for nth in 1..=slow.rounds.max(1) {
        faults.extend(hall.round(nth, few, slow.seconds, &mut ratios).await?);
    }
    faults.extend(judge("the others waited", &mut ratios.waits, SLOWER_MAX));
    faults.extend(judge("the server worked", &mut ratios.work, SLOWER_MAX));
    let mut planted = Counts::NONE;
    if slow.control {
        let before = hall.beside(Guests::Read, few, slow.seconds).await?;
        let with = hall.beside(Guests::Read, CONTROL_TIMES * few, slow.seconds).await?;
        let noticed = judge("the others waited", &mut [with.p99 / before.p99], SLOWER_MAX);
        planted = control(&format!("{CONTROL_TIMES} times as many guests"), noticed.as_slice());
    }
    drop(hall);
    Ok(planted.plus(course::judge(start, &faults)?))
}

/// What is wrong, by the middle of all rounds: a single one says more about the machine.
pub(super) fn judge(what: &str, ratios: &mut [f64], most: f64) -> Option<String> {
    ratios.sort_by(f64::total_cmp);
    let (lowest, highest) = (ratios[0], ratios[ratios.len() - 1]);
    let middle = f64::midpoint(ratios[(ratios.len() - 1) / 2], ratios[ratios.len() / 2]);
    println!("{what} {middle:.2} times as long ({lowest:.2} to {highest:.2})");
    (middle > most).then(|| format!("{what} {middle:.2} times as long"))
}

/// The server with all who are there.
struct Hall {
    server: Server,
    crowd: Rc<Crowd>,
    teller: Teller,
    /// How many were closed as slow consumers so far.
    closed: u64,
}

impl Hall {
    /// A server, and so many who watch a room of it.
    async fn open(start: &Start, clients: usize) -> Result<Hall> {
        let server = start.serve()?;
        let staff = organiser(server.address, address(0)).await?;
        let event = make_event(server.address, &staff, 6).await?;
        let crowd = Rc::new(Crowd::default());
        for nth in 0..clients {
            let (crowd, room) = (crowd.clone(), event.room.clone());
            let live = Live::open(server.address, address(nth + 1)).await?;
            drop(tokio::task::spawn_local(async move {
                // It ends only when it is thrown out.
                let _ = crowd.watch(live, &room).await;
                crowd.lost.set(crowd.lost.get() + 1);
            }));
        }
        while crowd.watching.get() < clients {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let teller = Teller::enter(&server, &staff, &event.room).await?;
        Ok(Hall { server, crowd, teller, closed: 0 })
    }

    /// Guests who read and guests who stop, one phase after the other. Which comes first changes, so that a
    /// machine that becomes slower does it to both. Answers what did not hold.
    async fn round(
        &mut self,
        nth: usize,
        few: usize,
        seconds: u64,
        ratios: &mut Ratios,
    ) -> Result<Vec<String>> {
        let before = match nth % 2 {
            0 => None,
            _ => Some(self.beside(Guests::Read, few, seconds).await?),
        };
        let stopping = self.beside(Guests::Stop, few, seconds).await?;
        let reading = match before {
            Some(reading) => reading,
            None => self.beside(Guests::Read, few, seconds).await?,
        };
        ratios.waits.push(stopping.p99 / reading.p99);
        ratios.work.push(stopping.ticks as f64 / reading.ticks.max(1) as f64);
        println!(
            "round {nth:>2}: beside {few} that read p99 {:.1} ms and {} ms of CPU, beside {few} that stop \
             {:.1} ms and {} ms; {} and {} closed with 4001; {} MB more",
            reading.p99,
            10 * reading.ticks,
            stopping.p99,
            10 * stopping.ticks,
            reading.closed,
            stopping.closed,
            stopping.more_bytes / 1_000_000
        );
        let mut faults = Vec::new();
        let lost = self.crowd.lost.get();
        if (reading.closed, stopping.closed, lost) != (0, few as u64, 0) {
            faults.push(format!(
                "round {nth}: {} of {few} were closed, {} of those who read, {lost} watchers",
                stopping.closed, reading.closed
            ));
        }
        if stopping.more_bytes > REST_BYTES_MAX {
            let bytes = stopping.more_bytes;
            faults.push(format!("round {nth}: {bytes} bytes more for {few} slow consumers"));
        }
        Ok(faults)
    }

    /// A phase with guests, who all ask for the same.
    async fn beside(&mut self, guests: Guests, count: usize, seconds: u64) -> Result<Phase> {
        let (memory, ticks) = (self.server.resident_bytes()?, self.server.cpu_ticks()?);
        let (at, room) = (self.server.address, self.teller.room.clone());
        let came: Vec<_> = (0..count)
            .map(|nth| {
                let guest = guest(at, room.clone(), address(GUESTS_FROM + nth), guests);
                // That the server ends it is what is waited for.
                tokio::task::spawn_local(async move { drop(guest.await) })
            })
            .collect();
        let p99 = self.phase(seconds).await?;
        let ticks = self.server.cpu_ticks()? - ticks;
        let more_bytes = self.server.resident_bytes()?.saturating_sub(memory);
        let enough = if guests == Guests::Stop { count as u64 } else { 0 };
        let closed = self.closed_now(enough).await?;
        for guest in came {
            guest.abort();
            // Its connection is gone when its task is.
            let _ = guest.await;
        }
        Ok(Phase { p99, ticks, closed, more_bytes })
    }

    /// How many more were closed as slow consumers, once it is enough or too late.
    async fn closed_now(&mut self, enough: u64) -> Result<u64> {
        let begun = Instant::now();
        loop {
            let all = counted(&self.server, CLOSES).await?;
            let closed = all - self.closed;
            if closed >= enough || begun.elapsed().as_secs() > CLOSED_SECONDS_MAX {
                self.closed = all;
                return Ok(closed);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Changes for a while; answers the p99 of a change's way to a watcher, in milliseconds.
    async fn phase(&mut self, seconds: u64) -> Result<f64> {
        self.crowd.waits_us.take();
        let mut tick = tokio::time::interval(Duration::from_millis(1_000 / CHANGES_PER_SECOND));
        for _ in 0..seconds * CHANGES_PER_SECOND {
            tick.tick().await;
            let nth = self.crowd.sent.borrow().len();
            self.crowd.sent.borrow_mut().push(Instant::now());
            self.teller.tell(nth).await?;
        }
        // The last ones are on their way.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mut waits = self.crowd.waits_us.take();
        waits.sort_unstable();
        let place = (waits.len() * 99).div_ceil(100).saturating_sub(1);
        let p99 = *waits.get(place).context("nobody was shown anything")?;
        Ok(p99 as f64 / 1_000.0)
    }
}
