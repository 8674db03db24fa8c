//! Runs one application in the world of faults, seed by seed, on all cores; first the seeds that failed
//! once. It shows how far it is, stops at the first failure with the seed and the commit, and ends with a
//! count and with status 1 if anything was wrong.

use houseful_apps::board::sim::Drawing;
use houseful_apps::chat::sim::Talk;
use houseful_apps::seats::sim::Sale;
use houseful_room::planted::Bug;
use houseful_room::testkit::{Failure, Report, Stats, run, trace};
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const USAGE: &str = "sim [--app seats|chat|board] [--seeds N] [--from S] [--commit C] [--trace] \
                     [--list-regressions] [--bug NAME | --all-bugs]";
const REGRESSIONS: &str = include_str!("../sim-regressions.txt");
/// Failures that are told in full.
const TOLD_MAX: usize = 3;
/// How often it is said how far it is.
const PROGRESS: Duration = Duration::from_secs(5);

/// What can be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum App {
    Seats,
    Chat,
    Board,
}

impl App {
    const ALL: [App; 3] = [App::Seats, App::Chat, App::Board];

    fn name(self) -> &'static str {
        match self {
            App::Seats => "seats",
            App::Chat => "chat",
            App::Board => "board",
        }
    }

    fn run(self, seed: u64, bug: Option<Bug>) -> Result<Report, Failure> {
        match self {
            App::Seats => run(Sale, seed, bug),
            App::Chat => run(Talk::default(), seed, bug),
            App::Board => run(Drawing::default(), seed, bug),
        }
    }

    fn trace(self, seed: u64, bug: Option<Bug>) -> (Result<Report, Failure>, Vec<String>) {
        match self {
            App::Seats => trace(Sale, seed, bug),
            App::Chat => trace(Talk::default(), seed, bug),
            App::Board => trace(Drawing::default(), seed, bug),
        }
    }

    /// What must be found in it: its own bugs, and in the seat sale those of the framework.
    fn bugs(self) -> Vec<Bug> {
        let is_own = |bug: &Bug| match bug.home() {
            None => self == App::Seats && !bug.is_of_doors(),
            Some(home) => home == self.name(),
        };
        Bug::ALL.into_iter().filter(is_own).collect()
    }
}

struct Options {
    app: App,
    seeds: u64,
    from: u64,
    bug: Option<Bug>,
    all_bugs: bool,
    trace: bool,
    list: bool,
    commit: String,
}

fn main() -> ExitCode {
    let options = match read(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(text) => {
            eprintln!("{text}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if options.list {
        regressions(options.app).iter().for_each(|seed| println!("{seed}"));
        return ExitCode::SUCCESS;
    }
    if options.trace {
        return tell(&options);
    }
    if options.all_bugs {
        return all_bugs(options.app, options.from..options.from + options.seeds);
    }
    let first = if options.bug.is_none() { regressions(options.app) } else { Vec::new() };
    let work = Work { app: options.app, first, seeds: options.from..options.from + options.seeds };
    let done = run_all(&work, options.bug, true);
    for failure in done.failures.iter().take(TOLD_MAX) {
        println!("{failure}\n  commit {}", options.commit);
    }
    println!("{}", done.stats);
    println!("{:.0} seeds/s", done.ran as f64 / done.seconds);
    println!("{} passed, {} failed", done.ran - done.failures.len() as u64, done.failures.len());
    if done.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options {
        app: App::Seats,
        seeds: 1_000,
        from: 0,
        bug: None,
        all_bugs: false,
        trace: false,
        list: false,
        commit: String::new(),
    };
    while let Some(word) = words.next() {
        let mut number = || {
            let value = words.next().unwrap_or_default();
            value.parse::<u64>().map_err(|_| format!("{word} needs a number, not {value:?}"))
        };
        match word.as_str() {
            "--app" => options.app = app(&words.next().unwrap_or_default())?,
            "--seeds" => options.seeds = number()?,
            "--from" => options.from = number()?,
            "--bug" => options.bug = Some(bug(&words.next().unwrap_or_default())?),
            "--commit" => options.commit = words.next().unwrap_or_default(),
            "--all-bugs" => options.all_bugs = true,
            "--trace" => options.trace = true,
            "--list-regressions" => options.list = true,
            other => return Err(format!("there is no option {other:?}")),
        }
    }
    Ok(options)
}

fn app(name: &str) -> Result<App, String> {
    let known = App::ALL.into_iter().find(|app| app.name() == name);
    known.ok_or_else(|| format!("there is no application {name:?} to simulate"))
}

fn bug(name: &str) -> Result<Bug, String> {
    let known = Bug::ALL.into_iter().find(|bug| format!("{bug:?}") == name);
    known.ok_or_else(|| format!("there is no bug {name:?}, but these: {:?}", Bug::ALL))
}

/// A line is an application and a seed.
fn regressions(app: App) -> Vec<u64> {
    let lines = REGRESSIONS.lines().filter_map(|line| line.split('#').next());
    let own = lines.filter_map(|line| line.trim().strip_prefix(app.name()));
    own.filter_map(|seed| seed.trim().parse().ok()).collect()
}

/// The seeds to run, by place: those that failed once, then a range that is never written out.
struct Work {
    app: App,
    first: Vec<u64>,
    seeds: std::ops::Range<u64>,
}

impl Work {
    fn len(&self) -> u64 {
        self.first.len() as u64 + self.seeds.end - self.seeds.start
    }

    fn seed(&self, place: u64) -> Option<u64> {
        let known = self.first.len() as u64;
        match self.first.get(place as usize) {
            Some(seed) => Some(*seed),
            None => Some(self.seeds.start + place - known).filter(|seed| *seed < self.seeds.end),
        }
    }
}

#[derive(Default)]
struct Done {
    failures: Vec<Failure>,
    stats: Stats,
    ran: u64,
    seconds: f64,
}

#[expect(clippy::disallowed_methods, reason = "the rate is for the reader's eyes only")]
fn run_all(work: &Work, bug: Option<Bug>, until_failure: bool) -> Done {
    let begun = Instant::now();
    let (next, sum) = (AtomicU64::new(0), Mutex::new((Done::default(), begun)));
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) = work.seed(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = work.app.run(seed, bug);
                    let Ok(mut sum) = sum.lock() else { return };
                    let (done, told) = &mut *sum;
                    done.ran += 1;
                    match result {
                        Ok(report) => done.stats.add(&report.stats),
                        Err(failure) => done.failures.push(failure),
                    }
                    if until_failure && !done.failures.is_empty() {
                        next.store(work.len(), Ordering::Relaxed);
                    }
                    if until_failure && told.elapsed() >= PROGRESS {
                        *told = Instant::now();
                        progress(done, work, seed, begun.elapsed().as_secs_f64());
                    }
                }
            });
        }
    });
    let (mut done, _) = sum.into_inner().unwrap_or_else(|_| (Done::default(), begun));
    done.failures.sort_by_key(|failure| failure.seed);
    Done { seconds: begun.elapsed().as_secs_f64(), ..done }
}

fn progress(done: &Done, work: &Work, seed: u64, seconds: f64) {
    let Done { ran, stats, failures, .. } = done;
    let rate = *ran as f64 / seconds;
    let eta_min = (work.len() - ran) as f64 / rate / 60.0;
    let (of, faults, failed) = (work.len(), stats.faults, failures.len());
    eprintln!(
        "{ran} of {of} (at seed {seed}), {rate:.0} seeds/s, {faults} faults, {failed} failed, \
         {eta_min:.0} min to go"
    );
}

/// Shows that every planted bug is found, and how often.
fn all_bugs(app: App, seeds: std::ops::Range<u64>) -> ExitCode {
    let work = Work { app, first: Vec::new(), seeds };
    let mut missed = 0;
    for bug in app.bugs() {
        let done = run_all(&work, Some(bug), false);
        let mut rules = BTreeMap::new();
        done.failures.iter().for_each(|f| *rules.entry(f.violation.rule).or_insert(0) += 1);
        let rate = done.failures.len() as f64 * 100.0 / work.len() as f64;
        let first = done.failures.first().map(|failure| failure.seed);
        println!("{bug:?}: {rate:.1} % of {} seeds, first {first:?}, {rules:?}", work.len());
        missed += usize::from(first.is_none());
    }
    println!("{} passed, {missed} failed", app.bugs().len() - missed);
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One seed, line by line.
fn tell(options: &Options) -> ExitCode {
    let (result, lines) = options.app.trace(options.from, options.bug);
    lines.iter().for_each(|line| println!("{line}"));
    match result {
        Ok(report) => {
            println!("{report:?}\n1 passed, 0 failed");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            println!("{failure}\n0 passed, 1 failed");
            ExitCode::FAILURE
        }
    }
}
