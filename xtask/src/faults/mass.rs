//! `faults mass`: thousands watch one room, the server is killed, and all come back at once, with
//! back-off and jitter as the protocol asks (R26) and with what they have: within a bounded time all
//! must be level again, from the room's memory and not from the store.

use super::buyer::{enter, join};
use super::control;
use super::course;
use crate::client::api::{Event, Person, counted, events, make_event, organiser, sign_up};
use crate::client::chance::Chance;
use crate::client::live::{Live, address};
use crate::client::process::{Server, Start};
use crate::client::replica::Replica;
use crate::test::Counts;
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// The metric of what is read from the store.
const READS: &str = "houseful_store_reads";
/// All are back and level within this time after the kill.
const BACK_SECONDS_MAX: u64 = 30;
/// They come for the first time spread over so long.
const ARRIVAL_MS: u64 = 20_000;
/// So long they may take for that in all.
const ARRIVAL_SECONDS_MAX: u64 = 90;
/// Reads of the store that a start and a room's recovery take, with room for some more.
const READS_MAX: u64 = 100;
/// R26: a random part of this, doubled with each failure.
const BACKOFF_MS: u64 = 500;
const BACKOFF_MS_MAX: u64 = 30_000;
/// Requests that the control sends to the store.
const CONTROL_REQUESTS: u64 = 2 * READS_MAX;

/// Who comes back.
#[derive(Args, Clone)]
pub struct Mass {
    /// Connections to one room.
    #[arg(long, default_value_t = 10_000)]
    pub clients: usize,
    /// Of them, signed in, with a whole copy each that is compared at the end.
    #[arg(long, default_value_t = 200)]
    pub people: usize,
    /// What the run's random numbers start from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
    /// At last, ask the store itself for something, and require that the reads are noticed.
    #[arg(long)]
    pub control: bool,
}

/// What all watchers share.
struct Crowd {
    server: SocketAddr,
    room: String,
    /// How far each one is; nothing while it is away.
    level: RefCell<Vec<Option<u64>>>,
    copies: RefCell<Vec<Rc<RefCell<Replica>>>>,
    refused: Cell<u64>,
    failed: Cell<u64>,
    /// Why the last attempt failed.
    why: RefCell<String>,
    by_parts: Cell<u64>,
    faults: RefCell<Vec<String>>,
}

/// What one watcher has seen.
#[derive(Default)]
struct Seen {
    epoch: String,
    seq: u64,
    copy: Option<Rc<RefCell<Replica>>>,
}

/// Runs; an error if a promise was broken.
pub fn run(mass: &Mass) -> Result<Counts> {
    let start = course::start(mass.binary.as_deref(), "faults-mass")?;
    course::run(mass.seed, &start.data, round(mass, &start))
}

async fn round(mass: &Mass, start: &Start) -> Result<Counts> {
    // The same port again after the kill: that is where they knock meanwhile.
    let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let server = start.serve_at(listen, &[])?;
    let staff = organiser(listen, address(0)).await?;
    let event = make_event(listen, &staff, 6).await?;
    let mut people = Vec::new();
    for nth in 0..mass.people {
        people.push(sign_up(listen, from(nth), &format!("p{nth}@load.example")).await?);
    }
    let crowd = Rc::new(Crowd::new(listen, &event, mass.clients));
    let mut chance = Chance::new(mass.seed);
    for nth in 0..mass.clients {
        let (crowd, person) = (crowd.clone(), people.get(nth).cloned());
        let own = Chance::new(chance.next());
        drop(tokio::task::spawn_local(crowd.watch(nth, person, own)));
    }
    let came = crowd.until_level(0, ARRIVAL_SECONDS_MAX).await;
    let came = came.with_context(|| {
        let (failed, why) = (crowd.failed.get(), crowd.why.take());
        format!("{} did not come; {failed} attempts failed, the last: {why}", crowd.away())
    })?;
    let (memory, ticks) = (server.resident_bytes()?, server.cpu_ticks()?);
    println!(
        "{} came in {:.1} s; the server has {} MB, {:.1} s of CPU, {} descriptors",
        mass.clients,
        came.as_secs_f64(),
        memory / 1_000_000,
        ticks as f64 / 100.0,
        server.descriptors()?
    );
    let probe = poke(listen, &staff, &event.room, 7).await?;
    crowd.until_level(probe, BACK_SECONDS_MAX).await.context("not everybody saw an entry")?;
    crowd.forget_counts();

    let killed = Instant::now();
    server.kill()?;
    crowd.level.borrow_mut().fill(None);
    // In a thread of its own: they knock while nobody is there.
    let again = start.clone();
    let server = tokio::task::spawn_blocking(move || again.serve_at(listen, &[])).await??;
    println!("killed; it listens again after {} ms", killed.elapsed().as_millis());
    let mut faults = crowd.faults.take();
    let back = crowd.until_level(probe, BACK_SECONDS_MAX).await;
    let took = killed.elapsed();
    let probe = poke(listen, &staff, &event.room, 8).await?;
    let live = crowd.until_level(probe, BACK_SECONDS_MAX).await;
    crowd.report(&server, took, killed.elapsed()).await?;
    if back.is_none() || live.is_none() || killed.elapsed().as_secs() >= BACK_SECONDS_MAX {
        faults.push(format!("{} are away, or it took over {BACK_SECONDS_MAX} s", crowd.away()));
    }
    faults.extend(crowd.faults.take());
    faults.extend(crowd.compare(&staff).await?);
    let reads = counted(&server, READS).await?;
    if reads > READS_MAX {
        faults.push(format!("{reads} reads of the store for one room"));
    }
    let planted = if mass.control { read_on_purpose(&server).await? } else { Counts::NONE };
    drop(server);
    Ok(planted.plus(course::judge(start, &faults)?))
}

/// The control: reads of the store must be noticed.
async fn read_on_purpose(server: &Server) -> Result<Counts> {
    for _ in 0..CONTROL_REQUESTS {
        events(server.address, address(0)).await?;
    }
    let reads = counted(server, READS).await?;
    let noticed = (reads > READS_MAX).then(|| format!("{reads} reads of the store"));
    Ok(control("reads of the store that are made on purpose", noticed.as_slice()))
}

/// One change that everybody sees; answers its seq.
async fn poke(server: SocketAddr, staff: &Person, room: &str, seat: u64) -> Result<u64> {
    let mut live = enter(server, staff).await?;
    let mut copy = Replica::default();
    join(&mut live, room, &mut copy).await?;
    let id = uuid::Uuid::now_v7();
    let body = json!({ "seats": [seat] });
    let frame = json!({ "t": "command", "ref": 9, "room": room, "term": copy.term, "id": id,
        "name": "block", "body": body });
    live.send(&frame.to_string()).await?;
    loop {
        let frame: Value = serde_json::from_slice(&live.receive().await?)?;
        if frame["ref"] == 9 {
            return frame["seq"].as_u64().with_context(|| format!("block was answered {frame}"));
        }
    }
}

/// Everybody has an address of their own, beside those of the staff.
fn from(nth: usize) -> Ipv4Addr {
    address(nth + 1)
}

impl Crowd {
    fn new(server: SocketAddr, event: &Event, clients: usize) -> Crowd {
        Crowd {
            server,
            room: event.room.clone(),
            level: RefCell::new(vec![None; clients]),
            copies: RefCell::default(),
            refused: Cell::default(),
            failed: Cell::default(),
            why: RefCell::default(),
            by_parts: Cell::default(),
            faults: RefCell::default(),
        }
    }

    /// One watcher's life: comes, watches, is thrown out, comes back.
    async fn watch(self: Rc<Self>, nth: usize, person: Option<Person>, mut chance: Chance) {
        tokio::time::sleep(Duration::from_millis(chance.below(ARRIVAL_MS))).await;
        let mut seen = Seen { copy: person.as_ref().map(|_| Rc::default()), ..Seen::default() };
        self.copies.borrow_mut().extend(seen.copy.clone());
        let mut failures = 0;
        loop {
            let visited = self.visit(nth, person.as_ref(), &mut seen).await;
            let was_level = visited.unwrap_or_else(|error| {
                *self.why.borrow_mut() = format!("{error:#}");
                false
            });
            self.level.borrow_mut()[nth] = None;
            failures = if was_level { 0 } else { failures + 1 };
            self.failed.set(self.failed.get() + u64::from(!was_level));
            let most = (BACKOFF_MS << failures.min(6)).min(BACKOFF_MS_MAX);
            tokio::time::sleep(Duration::from_millis(chance.below(most))).await;
        }
    }

    /// One connection, until it ends. Answers whether it got as far as the room.
    async fn visit(&self, nth: usize, who: Option<&Person>, seen: &mut Seen) -> Result<bool> {
        let mut live = Live::open(self.server, from(nth)).await?;
        let token = who.map(|person| person.token.as_str());
        live.send(&json!({ "t": "hello", "ref": 1, "token": token }).to_string()).await?;
        let have = (seen.seq > 0).then(|| json!({ "epoch": seen.epoch, "seq": seen.seq }));
        let join = json!({ "t": "join", "ref": 2, "room": self.room, "have": have });
        live.send(&join.to_string()).await?;
        let mut is_level = false;
        loop {
            let text = match live.receive().await {
                Ok(text) => text,
                Err(_) if is_level => break,
                Err(error) => return Err(error),
            };
            let frame: Value = match without_parts(&text).filter(|_| seen.copy.is_none()) {
                Some(head) => serde_json::from_str(&head)?,
                None => serde_json::from_slice(&text)?,
            };
            match frame["t"].as_str() {
                Some("joined") => {
                    is_level = true;
                    self.by_parts.set(self.by_parts.get() + u64::from(frame["parts"].is_array()));
                    self.note(nth, seen.joined(&frame));
                }
                Some("ops") => self.note(nth, seen.ops(&frame)),
                Some("position") => seen.seq = frame["seq"].as_u64().unwrap_or(seen.seq),
                Some("refused") => {
                    self.refused.set(self.refused.get() + 1);
                    let ms = frame["retryAfterMs"].as_u64().unwrap_or(1_000);
                    tokio::time::sleep(Duration::from_millis(ms + nth as u64 % 500)).await;
                    live.send(&join.to_string()).await?;
                }
                Some("ping") => live.send(r#"{"t":"pong"}"#).await?,
                _ => {}
            }
            if is_level {
                self.level.borrow_mut()[nth] = Some(seen.seq);
            }
        }
        if let Some(copy) = &seen.copy {
            seen.seq = seen.seq.max(copy.borrow().seq);
        }
        Ok(is_level)
    }

    fn note(&self, nth: usize, done: Result<()>) {
        if let Err(error) = done {
            self.faults.borrow_mut().push(format!("watcher {nth}: {error:#}"));
        }
    }

    /// Waits until everybody is here and has seen so much; none if that takes too long.
    async fn until_level(&self, seq: u64, seconds_max: u64) -> Option<Duration> {
        let begun = Instant::now();
        while begun.elapsed().as_secs() < seconds_max {
            let is_there = |level: &Option<u64>| level.is_some_and(|level| level >= seq);
            if self.level.borrow().iter().all(is_there) {
                return Some(begun.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        None
    }

    fn away(&self) -> usize {
        self.level.borrow().iter().filter(|level| level.is_none()).count()
    }

    fn forget_counts(&self) {
        [&self.refused, &self.failed, &self.by_parts].iter().for_each(|count| count.set(0));
    }

    async fn report(&self, server: &Server, back: Duration, live: Duration) -> Result<()> {
        println!(
            "waited {:.1} s for all to be back, and {:.1} s for all to see an entry; {} reads of the store, \
             {} attempts failed, {} joins refused for a moment, {} by snapshot; \
             the server has {} MB, {:.1} s of CPU",
            back.as_secs_f64(),
            live.as_secs_f64(),
            counted(server, READS).await?,
            self.failed.get(),
            self.refused.get(),
            self.by_parts.get(),
            server.resident_bytes()? / 1_000_000,
            server.cpu_ticks()? as f64 / 100.0,
        );
        Ok(())
    }

    /// The whole copies are what a newcomer sees.
    async fn compare(&self, staff: &Person) -> Result<Vec<String>> {
        let mut newcomer = Replica::default();
        join(&mut enter(self.server, staff).await?, &self.room, &mut newcomer).await?;
        let hash = newcomer.hash("all");
        let copies = self.copies.borrow();
        let wrong = copies.iter().filter(|copy| copy.borrow().hash("all") != hash).count();
        println!("{} whole copies compared with a newcomer's", copies.len());
        Ok(if wrong > 0 {
            vec![format!("{wrong} copies are not what a newcomer sees")]
        } else {
            vec![]
        })
    }
}

/// A `joined` without its parts, for those who keep no copy: thousands of halls need not be read.
fn without_parts(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let (head, _) = text.split_once(r#","parts":["#)?;
    head.starts_with(r#"{"t":"joined""#).then(|| format!(r#"{head},"parts":[]}}"#))
}

impl Seen {
    fn joined(&mut self, frame: &Value) -> Result<()> {
        if let Some(copy) = &self.copy {
            copy.borrow_mut().joined(frame)?;
        } else if !frame["parts"].is_array() {
            self.ops(frame)?;
        }
        frame["epoch"].as_str().context("joined without epoch")?.clone_into(&mut self.epoch);
        self.seq = frame["seq"].as_u64().context("joined without seq")?;
        Ok(())
    }

    /// What everyone may see comes in order and without a gap (R11).
    fn ops(&mut self, frame: &Value) -> Result<()> {
        if let Some(copy) = &self.copy {
            let mut copy = copy.borrow_mut();
            copy.fragments(&frame["fragments"])?;
            self.seq = self.seq.max(copy.seq);
            return Ok(());
        }
        for fragment in frame["fragments"].as_array().context("no fragments")? {
            let number = |name: &str| fragment[name].as_u64().with_context(|| format!("no {name}"));
            let (prev, seq) = (number("prev")?, number("seq")?);
            if prev > self.seq {
                bail!("a gap: {prev} is told to follow, and {} was seen", self.seq);
            }
            self.seq = self.seq.max(seq);
        }
        Ok(())
    }
}
