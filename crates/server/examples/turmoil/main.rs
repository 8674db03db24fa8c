//! One world: the real server on a simulated network, people who buy from it, and a seed that says what goes wrong. One
//! world a process, for only then is it the same each time. It ends with status 1 if anything was wrong.

#[path = "../../tests/all/house/replica.rs"]
#[expect(dead_code, clippy::unwrap_used, reason = "as in the stories, which ask it more")]
mod replica;

mod bug;
mod buyer;
mod faults;
mod finish;
mod house;
mod http;
mod journal;
mod ledger;
mod line;
mod network;
mod organiser;

use bug::{Bug, Saboteur};
use buyer::{BUYERS, Buyer};
use faults::Faults;
use houseful_room::testkit::Rng;
use ledger::{Ledger, Phase, Shared};
use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Notify;
use turmoil::{Builder, Sim};

const USAGE: &str = "turmoil --seed N [--bug NAME] [--trace]";
/// How long everything goes wrong.
const FAULTS: Duration = Duration::from_secs(45);
/// Within so much quiet time everything is answered and level. A client notices a dead connection after 45 s
/// of silence.
const QUIET: Duration = Duration::from_secs(75);
/// Violations that are told.
const TOLD_MAX: usize = 10;
/// Panics of whatever thread, caught or not.
static PANICS: AtomicU64 = AtomicU64::new(0);

/// The seqs of a frame's fragments.
fn seqs(frame: &serde_json::Value) -> Vec<u64> {
    let fragments = frame["fragments"].as_array().into_iter().flatten();
    fragments.filter_map(|fragment| fragment["seq"].as_u64()).collect()
}

struct Options {
    seed: u64,
    bug: Option<Bug>,
    is_told_aloud: bool,
}

fn main() -> ExitCode {
    let Some(options) = read(std::env::args().skip(1)) else {
        eprintln!("{USAGE}; the bugs are {:?}", Bug::ALL);
        return ExitCode::from(2);
    };
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        PANICS.fetch_add(1, Ordering::Relaxed);
        usual(info);
    }));
    let folder = folder(options.seed);
    let violations = play(&options, &folder);
    violations.iter().take(TOLD_MAX).for_each(|violation| println!("  {violation}"));
    // What was wrong by itself can be looked at.
    if violations.is_empty() || options.bug.is_some() {
        let _ = std::fs::remove_dir_all(&folder);
    } else {
        println!("  the data folder is {}", folder.display());
    }
    if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(mut words: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options { seed: 0, bug: None, is_told_aloud: false };
    while let Some(word) = words.next() {
        match word.as_str() {
            "--seed" => options.seed = words.next()?.parse().ok()?,
            "--bug" => options.bug = Some(Bug::named(&words.next()?)?),
            "--trace" => options.is_told_aloud = true,
            _ => return None,
        }
    }
    Some(options)
}

/// A folder of its own; in memory where that can be had, for nothing here is about the real disk.
fn folder(seed: u64) -> PathBuf {
    let memory = Path::new("/dev/shm");
    let parent = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let folder = parent.join(format!("houseful-turmoil-{}-{seed}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// Plays the world, prints how it was, and answers what was wrong.
fn play(options: &Options, folder: &Path) -> Vec<String> {
    let shared: Shared = Rc::new(RefCell::new(Ledger::new(BUYERS, options.is_told_aloud)));
    let mut rng = Rng::new(options.seed);
    let saboteur = Arc::new(Saboteur::new(options.bug));
    let mut sim = network(&mut rng);
    let (data, server) = (folder.to_owned(), RefCell::new(rng.fork()));
    let stop = Arc::new(Notify::new());
    let told = stop.clone();
    let host = move || {
        let rng = server.borrow_mut().fork();
        house::run(data.clone(), saboteur.clone(), rng, told.clone())
    };
    sim.host(house::NAME, host);
    sim.client("organiser", organiser::run(shared.clone()));
    for number in 0..BUYERS {
        let buyer = Buyer::new(number, shared.clone(), rng.fork());
        sim.client(format!("buyer{number}"), buyer.run());
    }
    let ended = steps(&mut sim, &shared, Faults::new(rng.fork(), stop));
    let elapsed = sim.elapsed();
    drop(sim);
    let mut ledger = shared.borrow_mut();
    if let Err(what) = ended {
        ledger.blame(elapsed, what);
    }
    match PANICS.load(Ordering::Relaxed) {
        0 => {}
        panics => ledger.blame(elapsed, format!("{panics} panics")),
    }
    match finish::faults(folder, &ledger) {
        Ok(faults) => faults.into_iter().for_each(|fault| ledger.blame(elapsed, fault)),
        Err(error) => ledger.blame(elapsed, format!("the journal cannot be read: {error:#}")),
    }
    let outcome = if ledger.violations.is_empty() { "good" } else { "BAD" };
    println!(
        "seed {}: {outcome}, trace {:016x}, {:.1} s, {} accepted, {:?}",
        options.seed,
        ledger.trace(),
        elapsed.as_secs_f64(),
        ledger.told.len(),
        ledger.counts
    );
    std::mem::take(&mut ledger.violations)
}

fn network<'a>(rng: &mut Rng) -> Sim<'a> {
    Builder::new()
        .rng_seed(rng.bits())
        .epoch(std::time::UNIX_EPOCH)
        .simulation_duration(Duration::from_secs(24 * 60 * 60))
        .min_message_latency(Duration::from_millis(1))
        .max_message_latency(Duration::from_millis(rng.between(5, 200)))
        // Segments: a few, so that who does not read is noticed, or as many as anybody may send.
        .tcp_capacity(*rng.pick(&[32, 64, 4_096]))
        .enable_random_order()
        .build()
}

/// Steps until all are at their end. An error is what was wrong.
fn steps(sim: &mut Sim<'_>, shared: &Shared, mut faults: Faults) -> Result<(), String> {
    let mut phase_ends = Duration::from_secs(60);
    loop {
        if sim.step().map_err(|error| error.to_string())? {
            return Ok(());
        }
        let (now, phase) = (sim.elapsed(), shared.borrow().phase);
        let is_over = now >= phase_ends;
        match phase {
            Phase::Opening if shared.borrow().ready == BUYERS => {
                shared.borrow_mut().phase = Phase::Faults;
                phase_ends = now + FAULTS;
            }
            Phase::Opening if is_over => return Err("the house never opened".to_owned()),
            Phase::Opening => {}
            Phase::Faults if is_over => {
                faults.end_all(sim, shared);
                shared.borrow_mut().phase = Phase::Calm;
                phase_ends = now + QUIET;
            }
            Phase::Faults => faults.step(sim, shared),
            Phase::Calm if is_over => {
                let settled = shared.borrow().settled;
                return Err(format!("only {settled} of {BUYERS} have come to an end in time"));
            }
            Phase::Calm => {}
        }
    }
}
