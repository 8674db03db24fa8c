//! `faults throttled`: a chat and a board in which many write, and one who reads both at two kilobytes a second.
//! What waits for that reader stays bounded, nobody else waits longer than without them, and once they may read
//! they have what everybody has. It never judges by a single round, nor by what a machine does by itself.

mod people;

use super::buyer::newcomer;
use super::slow::judge;
use super::{control, course};
use crate::client::api::{counted, gauged, make_room, organiser, sign_up_many};
use crate::client::chance::Chance;
use crate::client::live::address;
use crate::client::process::{self, Server, Start};
use crate::test::Counts;
use anyhow::{Context, Result, ensure};
use clap::Args;
use people::{Hall, Hand, Reader, read};
use std::cell::RefCell;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Changes a second by which time is told.
const CHANGES_PER_SECOND: u64 = 20;
/// `SEND_QUEUE_BYTES_MAX` of the server's limits, and the one frame that is let in before that is noticed: the
/// board as a newcomer gets it is the largest.
const QUEUE_BYTES_MAX: u64 = 1_024 * 1_024 + 256 * 1_024;
/// Memory that the server may have more for one throttled reader: the same with what an allocator loses, and
/// what the pages of its other work differ by from phase to phase.
const MORE_BYTES_MAX: i64 = 8 * 1_024 * 1_024;
/// What the others wait less than, whatever the ratio: a busy room's tick.
const TICK_MS: f64 = 20.0;
/// All must have everything within this time.
const LEVEL: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_millis(100);
/// In the control the server stands still for so long, again and again, as one does that waits for a reader.
const STANDS_STILL: Duration = Duration::from_secs(1);
/// Seconds of a control's phase at most.
const CONTROL_SECONDS: u64 = 3;
const CLOSES: &str = r#"houseful_closes{code="4001"}"#;
const QUEUED: &str = "houseful_send_queue_bytes";

/// Who writes, and for how long.
#[derive(Args, Clone)]
pub struct Throttled {
    /// Who writes.
    #[arg(long, default_value_t = 50)]
    pub writers: usize,
    /// Rounds, each of a phase without the reader and one with them.
    #[arg(long, default_value_t = 5)]
    pub rounds: usize,
    /// Seconds of a phase.
    #[arg(long, default_value_t = 15)]
    pub seconds: u64,
    /// How many times as long the others may wait, in the middle of the rounds.
    #[arg(long, default_value_t = 1.1)]
    pub slower: f64,
    /// Whether it judges how long the others wait: never among tests, which a busy machine would fail.
    #[arg(skip = true)]
    pub judges_time: bool,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
    /// At last, a server that stands still now and then, and a reader who misses something: both must be noticed.
    #[arg(long)]
    pub control: bool,
}

/// What was measured in a phase.
struct Phase {
    /// Of a change's way to a writer, in milliseconds.
    p99: f64,
    /// The server's memory at its end.
    bytes: i64,
    /// The most that waited for readers.
    queued: u64,
}

/// Runs; an error if one reader has hurt the others.
pub fn run(throttled: &Throttled) -> Result<Counts> {
    let start = course::start(throttled.binary.as_deref(), "faults-throttled")?;
    course::run(1, &start.data, rounds(throttled, &start))
}

async fn rounds(throttled: &Throttled, start: &Start) -> Result<Counts> {
    let mut play = Play::open(start, throttled.writers).await?;
    play.phase(1).await.context("nobody writes")?;
    let (mut waits, mut more, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for nth in 1..=throttled.rounds.max(1) {
        let without = play.phase(throttled.seconds).await?;
        let slow = play.throttle(address(0));
        let with = play.phase(throttled.seconds).await?;
        waits.push(with.p99 / without.p99.max(TICK_MS));
        more.push(with.bytes - without.bytes);
        faults.extend(play.level(&slow).await?);
        let (closed, by_ops, by_parts) = slow.reader.borrow().came_back();
        println!(
            "round {nth}: p99 of a change {:.1} ms, beside a throttled reader {:.1} ms; {} kB more memory, at \
             most {} kB waited; the reader was closed {} times, came back by ops {} and by snapshots {} times",
            without.p99,
            with.p99,
            (with.bytes - without.bytes) / 1_024,
            with.queued / 1_024,
            closed,
            by_ops,
            by_parts
        );
        if with.queued == 0 {
            faults.push(format!("round {nth}: nothing ever waited for the reader"));
        }
        if with.queued > QUEUE_BYTES_MAX {
            faults.push(format!("round {nth}: {} bytes waited", with.queued));
        }
        faults.extend(play.others_closed(closed).await?);
    }
    let slower = judge("the others waited", &mut waits, throttled.slower);
    faults.extend(slower.filter(|_| throttled.judges_time));
    more.sort_unstable();
    let middle = more[more.len() / 2];
    println!("{} kB more memory in the middle of the rounds", middle / 1_024);
    faults.extend((middle > MORE_BYTES_MAX).then(|| format!("{middle} bytes more memory")));
    let planted = if throttled.control { play.controls(throttled).await? } else { Counts::NONE };
    drop(play);
    Ok(planted.plus(course::judge(start, &faults)?))
}

/// The server with all who write.
struct Play {
    server: Server,
    hall: Rc<Hall>,
    teller: Hand,
    /// How many were closed as slow consumers in the rounds before.
    closed: u64,
}

/// A throttled reader who is there; when it is dropped they are gone.
struct Slow {
    reader: Rc<RefCell<Reader>>,
    life: tokio::task::JoinHandle<()>,
}

impl Drop for Slow {
    fn drop(&mut self) {
        self.life.abort();
    }
}

impl Play {
    /// A server, two rooms, and those who write in them.
    async fn open(start: &Start, writers: usize) -> Result<Play> {
        let server = start.serve()?;
        let at = server.address;
        let staff = organiser(at, address(0)).await?;
        let mut rooms = Vec::new();
        for app in ["chat", "board"] {
            rooms.push(make_room(at, &staff, app, "A busy room").await?);
        }
        let hall = Rc::new(Hall { rooms, ..Hall::default() });
        let mut chance = Chance::new(1);
        for (nth, who) in sign_up_many(at, writers).await?.into_iter().enumerate() {
            let writing = hall.clone().write(nth, at, who, Chance::new(chance.next()));
            drop(tokio::task::spawn_local(writing));
        }
        let begun = Instant::now();
        while hall.came.get() < writers {
            ensure!(begun.elapsed() < LEVEL && hall.lost.get() == 0, "not everybody came");
            tokio::time::sleep(LOOK).await;
        }
        let mut teller = Hand::enter(at, &staff, &hall.rooms).await?;
        teller.begin_to_tell().await?;
        Ok(Play { server, hall, teller, closed: 0 })
    }

    /// From now on somebody reads slowly.
    fn throttle(&self, from: std::net::Ipv4Addr) -> Slow {
        let reader = Rc::new(RefCell::new(Reader { is_throttled: true, ..Reader::default() }));
        let life = read(reader.clone(), self.server.address, from, self.hall.clone());
        Slow { reader, life: tokio::task::spawn_local(life) }
    }

    /// All write for a while.
    async fn phase(&mut self, seconds: u64) -> Result<Phase> {
        self.hall.is_busy.set(true);
        self.hall.waits_us.take();
        let mut tick = tokio::time::interval(Duration::from_millis(1_000 / CHANGES_PER_SECOND));
        let mut queued = 0;
        for nth in 0..seconds * CHANGES_PER_SECOND {
            tick.tick().await;
            self.change().await?;
            if nth % CHANGES_PER_SECOND == 0 {
                queued = queued.max(gauged(&self.server, QUEUED).await?);
            }
        }
        let bytes = i64::try_from(self.server.resident_bytes()?)?;
        self.hall.is_busy.set(false);
        let mut waits = self.hall.waits_us.take();
        waits.sort_unstable();
        let place = (waits.len() * 99).div_ceil(100).saturating_sub(1);
        let p99 = *waits.get(place).context("nobody was shown anything")? as f64 / 1_000.0;
        Ok(Phase { p99, bytes, queued })
    }

    async fn change(&mut self) -> Result<()> {
        let nth = self.hall.sent.borrow().len();
        self.hall.sent.borrow_mut().push(Instant::now());
        self.teller.tell(nth).await
    }

    /// The reader may read; answers where they do not come to have what a newcomer is shown.
    async fn level(&self, slow: &Slow) -> Result<Vec<String>> {
        slow.reader.borrow_mut().is_throttled = false;
        let begun = Instant::now();
        loop {
            // Anew each time: what was asked for last may still be on its way.
            let mut expected = Vec::new();
            for room in &self.hall.rooms {
                expected.push(newcomer(self.server.address, room).await?.hash("all"));
            }
            let have: Vec<u64> =
                slow.reader.borrow().copies.iter().map(|copy| copy.hash("all")).collect();
            if have == expected || begun.elapsed() > LEVEL {
                let mut faults = slow.reader.borrow().broken.clone();
                faults.extend((have != expected).then(|| "the reader has another room".to_owned()));
                return Ok(faults);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Nobody else is closed.
    async fn others_closed(&mut self, readers: u64) -> Result<Option<String>> {
        let all = counted(&self.server, CLOSES).await?;
        let others = (all - self.closed).saturating_sub(readers);
        self.closed = all;
        let lost = self.hall.lost.get();
        Ok((others + lost as u64 > 0).then(|| format!("{others} were closed, {lost} thrown out")))
    }

    async fn controls(&mut self, throttled: &Throttled) -> Result<Counts> {
        let counts = match throttled.judges_time {
            true => self.control_of_time(throttled).await?,
            false => Counts::NONE,
        };
        let slow = self.throttle(address(0));
        slow.reader.borrow_mut().is_throttled = false;
        // Everything first, so that what is missed is missed by a copy that was whole.
        let faults = self.level(&slow).await?;
        ensure!(faults.is_empty(), "{faults:?}");
        slow.reader.borrow_mut().deaf_to = 1;
        self.change().await?;
        let heard = Instant::now();
        while slow.reader.borrow().deaf_to > 0 && heard.elapsed() < LEVEL {
            tokio::time::sleep(LOOK).await;
        }
        let mut unlike = Vec::new();
        for (nth, room) in self.hall.rooms.iter().enumerate() {
            let is_same = newcomer(self.server.address, room).await?.hash("all")
                == slow.reader.borrow().copies[nth].hash("all");
            unlike.extend((!is_same).then(|| format!("the reader has another {room}")));
        }
        Ok(counts.plus(control("a reader who misses one change", &unlike)))
    }

    async fn control_of_time(&mut self, throttled: &Throttled) -> Result<Counts> {
        let seconds = throttled.seconds.min(CONTROL_SECONDS);
        let before = self.phase(seconds).await?;
        let stands = self.stands_still(seconds).await?;
        let ratio = stands.p99 / before.p99.max(TICK_MS);
        let noticed = judge("the others waited", &mut [ratio], throttled.slower);
        Ok(control("a server that stands still now and then", noticed.as_slice()))
    }

    /// A phase of a server that stands still now and then.
    async fn stands_still(&mut self, seconds: u64) -> Result<Phase> {
        let id = self.server.id();
        let (stop, mut stopped) = tokio::sync::watch::channel(false);
        let pausing = tokio::task::spawn_local(async move {
            while !*stopped.borrow_and_update() {
                process::signal(id, "STOP")?;
                tokio::time::sleep(STANDS_STILL).await;
                process::signal(id, "CONT")?;
                tokio::time::sleep(STANDS_STILL).await;
            }
            anyhow::Ok(())
        });
        let phase = self.phase(seconds).await;
        stop.send(true)?;
        pausing.await??;
        phase
    }
}
