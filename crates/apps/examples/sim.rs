//! Runs the seat sale in the world of faults, seed by seed, on all cores; first the seeds that failed
//! once. It ends with a count, and with status 1 if anything was wrong.

use houseful_apps::seats::sim::Sale;
use houseful_room::planted::Bug;
use houseful_room::testkit::{Failure, Stats, run, trace};
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

const USAGE: &str =
    "sim [--seeds N] [--from S] [--bug NAME | --all-bugs] [--trace] [--list-regressions]";
const REGRESSIONS: &str = include_str!("../sim-regressions.txt");
/// Failures that are told in full.
const TOLD_MAX: usize = 3;

#[derive(Default)]
struct Options {
    seeds: u64,
    from: u64,
    bug: Option<Bug>,
    all_bugs: bool,
    trace: bool,
    list: bool,
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
        regressions().iter().for_each(|seed| println!("{seed}"));
        return ExitCode::SUCCESS;
    }
    if options.trace {
        return tell(options.from, options.bug);
    }
    if options.all_bugs {
        return all_bugs(options.from..options.from + options.seeds);
    }
    let mut seeds = if options.bug.is_none() { regressions() } else { Vec::new() };
    seeds.extend(options.from..options.from + options.seeds);
    let done = run_all(&seeds, options.bug, true);
    for failure in done.failures.iter().take(TOLD_MAX) {
        println!("{failure}");
    }
    println!("{:?}", done.stats);
    println!("{:.0} seeds/s", seeds.len() as f64 / done.seconds);
    println!("{} passed, {} failed", seeds.len() - done.failures.len(), done.failures.len());
    if done.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { seeds: 1_000, ..Options::default() };
    while let Some(word) = words.next() {
        let mut number = || {
            let value = words.next().unwrap_or_default();
            value.parse::<u64>().map_err(|_| format!("{word} needs a number, not {value:?}"))
        };
        match word.as_str() {
            "--seeds" => options.seeds = number()?,
            "--from" => options.from = number()?,
            "--bug" => options.bug = Some(bug(&words.next().unwrap_or_default())?),
            "--all-bugs" => options.all_bugs = true,
            "--trace" => options.trace = true,
            "--list-regressions" => options.list = true,
            other => return Err(format!("there is no option {other:?}")),
        }
    }
    Ok(options)
}

fn bug(name: &str) -> Result<Bug, String> {
    let known = Bug::ALL.into_iter().find(|bug| format!("{bug:?}") == name);
    known.ok_or_else(|| format!("there is no bug {name:?}, but these: {:?}", Bug::ALL))
}

fn regressions() -> Vec<u64> {
    let lines = REGRESSIONS.lines().filter_map(|line| line.split('#').next());
    lines.filter_map(|line| line.trim().parse().ok()).collect()
}

struct Done {
    failures: Vec<Failure>,
    stats: Stats,
    seconds: f64,
}

#[expect(clippy::disallowed_methods, reason = "the rate is for the reader's eyes only")]
fn run_all(seeds: &[u64], bug: Option<Bug>, shows_progress: bool) -> Done {
    let begun = Instant::now();
    let (next, sum) = (AtomicUsize::new(0), Mutex::new((Vec::new(), Stats::default())));
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get());
    let shows_progress = shows_progress && std::io::stderr().is_terminal();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let result = run(Sale, *seed, bug);
                    let Ok(mut sum) = sum.lock() else { return };
                    match result {
                        Ok(report) => sum.1.add(&report.stats),
                        Err(failure) => sum.0.push(failure),
                    }
                    let done = next.load(Ordering::Relaxed).min(seeds.len());
                    if shows_progress && done % 50 == 0 {
                        eprint!("\r{done} of {}, {} failed", seeds.len(), sum.0.len());
                    }
                }
            });
        }
    });
    if shows_progress {
        eprintln!();
    }
    let (mut failures, stats) = sum.into_inner().unwrap_or_default();
    failures.sort_by_key(|failure| failure.seed);
    Done { failures, stats, seconds: begun.elapsed().as_secs_f64() }
}

/// Shows that every planted bug is found, and how often.
fn all_bugs(seeds: std::ops::Range<u64>) -> ExitCode {
    let seeds: Vec<u64> = seeds.collect();
    let mut missed = 0;
    for bug in Bug::ALL {
        let done = run_all(&seeds, Some(bug), false);
        let mut rules = BTreeMap::new();
        done.failures.iter().for_each(|f| *rules.entry(f.violation.rule).or_insert(0) += 1);
        let rate = done.failures.len() as f64 * 100.0 / seeds.len() as f64;
        let first = done.failures.first().map(|failure| failure.seed);
        println!("{bug:?}: {rate:.1} % of {} seeds, first {first:?}, {rules:?}", seeds.len());
        missed += usize::from(first.is_none());
    }
    println!("{} passed, {missed} failed", Bug::ALL.len() - missed);
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One seed, line by line.
fn tell(seed: u64, bug: Option<Bug>) -> ExitCode {
    let (result, lines) = trace(Sale, seed, bug);
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
