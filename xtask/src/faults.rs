//! Fault runs against the real program: what no simulator shows, because it is in the operating system,
//! in SQLite and in how the parts are put together. It never judges by what the server says of itself.

mod backup;
pub mod buyer;
mod check;
mod clock;
mod course;
mod crowd;
mod flush;
mod full;
mod holders;
mod hostile;
mod kill;
mod mass;
mod net;
mod pause;
mod powercut;
mod remind;
mod shim;
mod slow;
mod throttled;

use crate::test::Counts;
use crate::test::process::target_folder;
use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Which fault.
#[derive(Subcommand)]
pub enum Fault {
    /// SIGKILL under load, again and again, on the same folder: what was acknowledged must be there.
    Kill(Kill),
    /// Connections cut between an answer and its reader: each id has one effect and one answer.
    Cut(net::Cut),
    /// SIGKILL under thousands of watchers, who all come back at once.
    Mass(mass::Mass),
    /// SIGKILL under members of chat rooms: who comes back is here and has everything, who does not is gone.
    Crowd(crowd::Crowd),
    /// Clients that want to do harm, beside honest ones.
    Hostile(hostile::Hostile),
    /// A few of many watchers stop reading.
    Slow(slow::Slow),
    /// One reads a busy chat and a board at two kilobytes a second.
    Throttled(throttled::Throttled),
    /// A power cut under load, played on a file system in a file: what was acknowledged must be there.
    Powercut(PowerCut),
    /// The nth flush fails: the server exits, answers nobody, and replays.
    Flush(Nth),
    /// The nth write finds a full disk, and then a disk is full for real: read-only for as long as that.
    Full(Nth),
    /// The wall clock jumps an hour ahead and two back: nobody's seats are taken from them.
    Clock(Clock),
    /// Copies made while people buy, and a server on the copy: it shows what the original showed.
    Backup(Nth),
    /// A thousand people are reminded, half of them by mail, across two SIGKILLs: once each, and not of what is off.
    Remind(remind::Remind),
    /// The server stands still for longer than anybody waits, and goes on: nothing is lost.
    Pause(Pause),
}

/// What a run is made of.
#[derive(Args, Clone)]
pub struct Load {
    /// People who hold, book, release and cancel at once.
    #[arg(long, default_value_t = 50)]
    pub clients: usize,
    /// What the run's random numbers start from; a failing run prints it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
}

/// How the server is killed.
#[derive(Args, Clone)]
pub struct Kill {
    /// How often.
    #[arg(long, default_value_t = 60)]
    pub rounds: u64,
    #[command(flatten)]
    pub load: Load,
    /// Take the last acknowledged entries out of the database once, and require that it is noticed.
    #[arg(long)]
    pub control: bool,
}

/// How the power is cut.
#[derive(Args, Clone)]
pub struct PowerCut {
    /// How often.
    #[arg(long, default_value_t = 40)]
    pub rounds: u64,
    /// `normal` is the control: the log is not flushed, and that must be noticed.
    #[arg(long, value_enum, default_value = "full")]
    pub synchronous: Synchronous,
    #[command(flatten)]
    pub load: Load,
}

/// What the server's commits flush, in SQLite's words.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Synchronous {
    /// The log, at every commit.
    Full,
    /// Nothing. The server has no such setting: a library loaded before it leaves the flush out.
    Normal,
}

/// Which call fails, or how often.
#[derive(Args, Clone)]
pub struct Nth {
    /// From the first to this one, each in a round of its own.
    #[arg(long = "n", default_value_t = 50)]
    pub last: u64,
    #[command(flatten)]
    pub load: Load,
}

/// How the clock jumps.
#[derive(Args, Clone)]
pub struct Clock {
    /// How often, ahead and back.
    #[arg(long, default_value_t = 25)]
    pub rounds: u64,
    #[command(flatten)]
    pub load: Load,
}

/// How long the server stands still.
#[derive(Args, Clone)]
pub struct Pause {
    /// How often.
    #[arg(long, default_value_t = 3)]
    pub rounds: u64,
    /// How long [default: 5, 20 and 65 in turn].
    #[arg(long)]
    pub seconds: Option<u64>,
    #[command(flatten)]
    pub load: Load,
}

/// Runs a fault; an error if anything did not hold.
pub fn run(fault: Fault) -> Result<()> {
    let counts = match fault {
        Fault::Cut(cut) => net::run(&cut),
        Fault::Mass(mass) => mass::run(&mass),
        Fault::Crowd(crowd) => crowd::run(&crowd),
        Fault::Hostile(hostile) => hostile::run(&hostile),
        Fault::Slow(slow) => slow::run(&slow),
        Fault::Throttled(throttled) => throttled::run(&throttled),
        Fault::Kill(kill) => kill::run(&kill),
        Fault::Powercut(cut) => powercut::run(&cut),
        Fault::Flush(nth) => flush::run(&nth),
        Fault::Full(nth) => full::run(&nth),
        Fault::Clock(clock) => clock::run(&clock),
        Fault::Backup(rounds) => backup::run(&rounds),
        Fault::Pause(pause) => pause::run(&pause),
        Fault::Remind(remind) => remind::run(&remind),
    };
    counts.map(drop)
}

/// The step of `cargo xtask test`: a few rounds of each with the controls, on the program that it builds
/// anyway.
pub fn step() -> Result<Counts> {
    let binary = Some(target_folder()?.join("debug/houseful"));
    let load = Load { clients: 50, seed: 1, binary };
    let cut = |synchronous| PowerCut { rounds: 5, synchronous, load: load.clone() };
    let mut counts = kill::run(&Kill { rounds: 10, load: load.clone(), control: true })?;
    counts = counts.plus(powercut::run(&cut(Synchronous::Full))?);
    counts = counts.plus(powercut::run(&cut(Synchronous::Normal))?);
    counts = counts.plus(flush::run(&Nth { last: 5, load: load.clone() })?);
    counts = counts.plus(full::run(&Nth { last: 5, load: load.clone() })?);
    counts = counts.plus(backup::run(&Nth { last: 1, load: load.clone() })?);
    counts = counts.plus(clock::run(&Clock { rounds: 2, load: load.clone() })?);
    let binary = load.binary.clone();
    let remind = remind::Remind { people: 100, seed: 1, binary, control: true };
    counts = counts.plus(remind::run(&remind)?);
    let load = Load { clients: 20, ..load };
    counts = counts.plus(pause::run(&Pause { rounds: 1, seconds: Some(2), load })?);
    Ok(counts)
}

/// A planted fault must have been noticed.
fn control(what: &str, faults: &[String]) -> Counts {
    let is_caught = !faults.is_empty();
    println!("control: {what}: {}", if is_caught { "caught" } else { "NOT CAUGHT" });
    faults.iter().take(3).for_each(|fault| println!("  as it should: {fault:.100}"));
    if is_caught { Counts::PASSED } else { Counts::FAILED }
}

/// The same for the network: a few hundred lost answers, and the control.
pub fn network_step() -> Result<Counts> {
    let binary = Some(target_folder()?.join("debug/houseful"));
    net::run(&net::Cut { rounds: 300, clients: 30, seed: 1, binary, control: true })
}

/// The same for rooms in which people talk: a crowd that comes back, and one who reads slowly.
pub fn rooms_step() -> Result<Counts> {
    let binary = Some(target_folder()?.join("debug/houseful"));
    let counts = crowd::run(&crowd::Crowd {
        members: 40,
        rooms: 4,
        away: 3,
        rounds: 1,
        seconds: 3,
        seed: 1,
        binary: binary.clone(),
        control: true,
    })?;
    let throttled = throttled::Throttled {
        writers: 30,
        rounds: 1,
        seconds: 6,
        slower: 1.0,
        judges_time: false,
        binary,
        control: true,
    };
    Ok(counts.plus(throttled::run(&throttled)?))
}
