//! `faults hostile`: attackers of every kind at once, beside honest clients that do durable work. The
//! server's memory stays under a line that is drawn before, honest clients wait at most twice as long
//! as without attackers, and afterwards every descriptor is given back.

mod attack;

use super::buyer::{enter, join};
use super::control;
use super::course;
use crate::client::api::{Event, Person, make_event, organiser};
use crate::client::chance::Chance;
use crate::client::live::{Live, address};
use crate::client::process::{Server, Start};
use crate::client::replica::Replica;
use crate::test::Counts;
use anyhow::{Context, Result, bail};
use attack::{KINDS, Kind, Target};
use clap::Args;
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Connections that work honestly.
const HONEST: usize = 8;
/// Between an answer and the next command of one of them.
const HONEST_PAUSE_MS: u64 = 80;
/// The phases without attackers, before and after.
const QUIET_SECONDS: u64 = 15;
/// What a connection may cost, and all together besides.
const CONNECTION_BYTES_MAX: u64 = 64 * 1_024;
const REST_BYTES_MAX: u64 = 100 * 1_000_000;
/// How much longer honest clients may wait under attack.
const SLOWER_MAX: f64 = 2.0;
/// So long the server may take to give everything back.
const GIVEN_BACK_SECONDS_MAX: u64 = 75;
/// Access tokens last ten minutes.
const SIGNED_IN_SECONDS: u64 = 5 * 60;
/// Descriptors that come and go by themselves.
const DESCRIPTORS_SLACK: u64 = 16;
/// One connection's rate, as an operator would set it for scripts: attackers run into it.
const SETTINGS: [(&str, &str); 2] =
    [("HOUSEFUL_LIVE__REQUESTS_PER_MINUTE", "900"), ("HOUSEFUL_LIVE__REQUESTS_BURST", "60")];

/// Who attacks, and for how long.
#[derive(Args, Clone)]
pub struct Hostile {
    /// Minutes of attack.
    #[arg(long, default_value_t = 10.0)]
    pub minutes: f64,
    /// Attackers at once, of fifteen kinds in equal parts.
    #[arg(long, default_value_t = 1_000)]
    pub clients: usize,
    /// What the run's random numbers start from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
    /// Judge by a line below what the server needs for nothing at all, and require that it is noticed.
    #[arg(long)]
    pub control: bool,
}

/// What the honest clients have measured.
#[derive(Default)]
struct Honest {
    waits_us: RefCell<Vec<u64>>,
    faults: RefCell<Vec<String>>,
    is_over: Cell<bool>,
}

/// Memory and descriptors while nobody attacks.
struct Base {
    memory: u64,
    descriptors: u64,
}

/// Runs; an error if a bound was broken.
pub fn run(hostile: &Hostile) -> Result<Counts> {
    let start = course::start(hostile.binary.as_deref(), "faults-hostile")?;
    course::run(hostile.seed, &start.data, round(hostile, &start))
}

async fn round(hostile: &Hostile, start: &Start) -> Result<Counts> {
    let faults = attacked(hostile, start).await?;
    if hostile.control {
        let caught = control("a line below what the server needs for nothing", &faults);
        return Ok(caught.plus(course::judge(start, &[])?));
    }
    course::judge(start, &faults)
}

/// Answers what did not hold.
async fn attacked(hostile: &Hostile, start: &Start) -> Result<Vec<String>> {
    let server = start.serve_with(&SETTINGS.map(|(name, value)| (name.into(), value.into())))?;
    let at = server.address;
    let staff = organiser(at, address(0)).await?;
    let event = make_event(at, &staff, 6).await?;
    let target = Target { server: at, room: event.room.clone() };

    let (mut faults, before) = quiet(at, &staff, &event).await?;
    let base = Base { memory: server.resident_bytes()?, descriptors: server.descriptors()? };
    println!(
        "quiet: honest p99 {before:.1} ms; {} MB, {} descriptors",
        base.memory / 1_000_000,
        base.descriptors
    );
    let ((under_attack, more), too_much) = {
        let honest = Rc::new(Honest::default());
        let working = work_all(&honest, at, &event, &staff);
        let lives = attack_all(hostile, &target);
        let too_much = watch(hostile, &server, &base, &lives).await?;
        let attackers = lives.tasks.take();
        attackers.iter().for_each(tokio::task::JoinHandle::abort);
        (finish(&honest, working).await?, too_much)
    };
    faults.extend(more);
    faults.extend(too_much);
    faults.extend(given_back(&server, &base).await?);
    let staff = organiser(at, address(0)).await?;
    let (more, after) = quiet(at, &staff, &event).await?;
    faults.extend(more);
    // A machine that became slower by itself says nothing about the server.
    let still = before.max(after);
    println!(
        "honest p99: {before:.1} ms before, {under_attack:.1} ms under attack, {after:.1} ms after: \
         {:.2} times",
        under_attack / still
    );
    if under_attack > SLOWER_MAX * still {
        faults.push(format!("honest clients waited {:.2} times as long", under_attack / still));
    }
    Ok(faults)
}

/// Honest work alone for a while; answers what was wrong, and its p99 in milliseconds.
async fn quiet(at: SocketAddr, staff: &Person, event: &Event) -> Result<(Vec<String>, f64)> {
    let honest = Rc::new(Honest::default());
    let working = work_all(&honest, at, event, staff);
    tokio::time::sleep(Duration::from_secs(QUIET_SECONDS)).await;
    let (p99, faults) = finish(&honest, working).await?;
    Ok((faults, p99))
}

type Working = Vec<tokio::task::JoinHandle<()>>;

fn work_all(honest: &Rc<Honest>, at: SocketAddr, event: &Event, staff: &Person) -> Working {
    let works = (1..=HONEST).map(|nth| {
        let (honest, room) = (honest.clone(), event.room.clone());
        let mut staff = Person { from: address(nth), ..staff.clone() };
        tokio::task::spawn_local(async move {
            while !honest.is_over.get() {
                let done = match honest.work(at, &staff, &room, nth as u64).await {
                    Ok(()) => organiser(at, staff.from).await.map(|person| staff = person),
                    Err(error) => Err(error),
                };
                if let Err(error) = done {
                    honest.faults.borrow_mut().push(format!("honest client {nth}: {error:#}"));
                    return;
                }
            }
        })
    });
    works.collect()
}

/// Lets honest clients end their work; answers their p99 in milliseconds and what was wrong.
async fn finish(honest: &Honest, working: Working) -> Result<(f64, Vec<String>)> {
    honest.is_over.set(true);
    for work in working {
        work.await?;
    }
    let mut waits = honest.waits_us.take();
    waits.sort_unstable();
    let place = (waits.len() * 99).div_ceil(100).saturating_sub(1);
    let p99 = *waits.get(place).context("nobody was answered")?;
    println!("  {} honest commands answered", waits.len());
    Ok((p99 as f64 / 1_000.0, honest.faults.take()))
}

impl Honest {
    /// Blocks a seat of its own and gives it back, again and again: each is durable before its answer.
    /// Ends when it is time to sign in anew.
    async fn work(&self, at: SocketAddr, staff: &Person, room: &str, seat: u64) -> Result<()> {
        let mut live = enter(at, staff).await?;
        let mut copy = Replica::default();
        join(&mut live, room, &mut copy).await?;
        let (mut reference, begun) = (10, Instant::now());
        while !self.is_over.get() && begun.elapsed().as_secs() < SIGNED_IN_SECONDS {
            for name in ["block", "unblock"] {
                reference += 1;
                let id = uuid::Uuid::now_v7();
                let frame = json!({ "t": "command", "ref": reference, "room": room,
                    "term": copy.term, "id": id, "name": name, "body": { "seats": [seat] } });
                let asked = Instant::now();
                live.send(&frame.to_string()).await?;
                let answer = answer(&mut live, reference).await?;
                if answer["t"] != "ok" {
                    bail!("{name} was answered {answer}");
                }
                self.waits_us.borrow_mut().push(asked.elapsed().as_micros() as u64);
                tokio::time::sleep(Duration::from_millis(HONEST_PAUSE_MS)).await;
            }
        }
        Ok(())
    }
}

async fn answer(live: &mut Live, reference: u64) -> Result<Value> {
    loop {
        let frame: Value = serde_json::from_slice(&live.receive().await?)?;
        if frame["t"] == "ping" {
            live.send(r#"{"t":"pong"}"#).await?;
        }
        if frame["ref"] == reference {
            return Ok(frame);
        }
    }
}

/// Attackers at work.
struct Lives {
    tasks: RefCell<Working>,
    ended: Rc<RefCell<BTreeMap<Kind, u64>>>,
}

fn attack_all(hostile: &Hostile, target: &Target) -> Lives {
    let mut chance = Chance::new(hostile.seed);
    let ended: Rc<RefCell<BTreeMap<Kind, u64>>> = Rc::default();
    let tasks = (0..hostile.clients).map(|nth| {
        let kind = KINDS[nth % KINDS.len()];
        let (target, ended, mut chance) =
            (target.clone(), ended.clone(), Chance::new(chance.next()));
        tokio::task::spawn_local(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(chance.below(2_000))).await;
                // However it ended: the next life begins.
                let _ = target.attack(kind, address(1_000 + nth), &mut chance).await;
                *ended.borrow_mut().entry(kind).or_default() += 1;
            }
        })
    });
    Lives { tasks: RefCell::new(tasks.collect()), ended }
}

/// Looks at the server once a second while it is attacked.
async fn watch(
    hostile: &Hostile,
    server: &Server,
    base: &Base,
    lives: &Lives,
) -> Result<Vec<String>> {
    let seconds = (hostile.minutes * 60.0) as u64;
    let mut faults = Vec::new();
    let (mut most, mut most_open, mut tightest) = (0, 0, i64::MAX);
    for second in 1..=seconds {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let open = server.descriptors()?.saturating_sub(base.descriptors);
        let line = base.memory + CONNECTION_BYTES_MAX * open + REST_BYTES_MAX;
        let line = if hostile.control { base.memory / 2 } else { line };
        let memory = server.resident_bytes()?;
        (most, most_open) = (memory.max(most), open.max(most_open));
        tightest = tightest.min(line as i64 - memory as i64);
        if memory > line {
            faults.push(format!("second {second}: {memory} bytes with {open} more descriptors"));
        }
        if second % 10 == 0 || second == seconds {
            let lives: u64 = lives.ended.borrow().values().sum();
            println!(
                "{second:>4} s: {} MB, {open} more descriptors, {lives} attacks ended",
                memory / 1_000_000
            );
        }
    }
    let kinds: Vec<String> =
        lives.ended.borrow().iter().map(|(kind, count)| format!("{kind:?} {count}")).collect();
    println!("attacks: {}", kinds.join(", "));
    println!(
        "most: {} MB with at most {most_open} more descriptors; nearest to the line: {} MB",
        most / 1_000_000,
        tightest / 1_000_000
    );
    Ok(faults)
}

/// Whether all descriptors come back once nobody attacks.
async fn given_back(server: &Server, base: &Base) -> Result<Vec<String>> {
    let begun = Instant::now();
    let limit = base.descriptors + DESCRIPTORS_SLACK;
    while server.descriptors()? > limit {
        if begun.elapsed().as_secs() > GIVEN_BACK_SECONDS_MAX {
            let open = server.descriptors()?;
            return Ok(vec![format!("{open} descriptors are open, {} were", base.descriptors)]);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("descriptors given back within {} ms", begun.elapsed().as_millis());
    Ok(Vec::new())
}
