//! Fault runs against the real program: what no simulator shows, because it is in the operating system,
//! in SQLite and in how the parts are put together. It never judges by what the server says of itself.

pub mod buyer;
mod check;
mod hostile;
mod kill;
mod mass;
mod net;

use crate::test::process;
use anyhow::Result;
use clap::{Args, Subcommand};
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
    /// Clients that want to do harm, beside honest ones.
    Hostile(hostile::Hostile),
    /// A few of many watchers stop reading.
    Slow(hostile::slow::Slow),
}

/// How the server is killed.
#[derive(Args, Clone)]
pub struct Kill {
    /// How often.
    #[arg(long, default_value_t = 60)]
    pub rounds: u64,
    /// People who hold, book, release and cancel at once.
    #[arg(long, default_value_t = 50)]
    pub clients: usize,
    /// What the run's random numbers start from; a failing run prints it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
    /// Take the last acknowledged entries out of the database once, and require that it is noticed.
    #[arg(long)]
    pub control: bool,
}

/// Runs a fault; an error if anything did not hold.
pub fn run(fault: Fault) -> Result<()> {
    match fault {
        Fault::Kill(kill) => kill::run(kill).map(drop),
        Fault::Cut(cut) => net::run(&cut).map(drop),
        Fault::Mass(mass) => mass::run(&mass),
        Fault::Hostile(hostile) => hostile::run(&hostile),
        Fault::Slow(slow) => hostile::slow::run(&slow),
    }
}

/// The step of `cargo xtask test`: a few rounds, and the control, on the program that it builds anyway.
pub fn step() -> Result<crate::test::Counts> {
    let binary = Some(process::target_folder()?.join("debug/houseful"));
    kill::run(Kill { rounds: 10, clients: 50, seed: 1, binary, control: true })
}

/// The same for the network: a few hundred lost answers, and the control.
pub fn network_step() -> Result<crate::test::Counts> {
    let binary = Some(process::target_folder()?.join("debug/houseful"));
    net::run(&net::Cut { rounds: 300, clients: 30, seed: 1, binary, control: true })
}
