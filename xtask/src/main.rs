//! The project's own commands, one module each. They call the usual tools and check what those cannot;
//! nothing of the server is in here.

mod bench;
mod client;
mod conform;
mod faults;
mod fuzz;
mod gate;
mod generate;
mod repo;
mod sim;
mod test;
mod tidy;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run every check and test there is, and end with "N passed, N failed".
    Test {
        /// Run this step alone, with the steps that it needs.
        #[arg(long, value_name = "STEP")]
        only: Option<String>,
        /// Name the steps and stop.
        #[arg(long)]
        list: bool,
    },
    /// Check what compilers cannot: import arrows, purity, rules without tests, sizes, names.
    Tidy,
    /// Play network, disk and clock over the real rooms: 10,000 seeds of each application unless told otherwise.
    #[command(args_conflicts_with_subcommands = true)]
    Sim {
        #[command(subcommand)]
        other: Option<sim::Other>,
        /// This application alone: seats, chat or board.
        #[arg(long, value_name = "NAME")]
        app: Option<String>,
        /// How many seeds, after those that once failed.
        #[arg(long, default_value_t = 10_000)]
        seeds: u64,
        /// The first seed.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Plant a bug, to see it found.
        #[arg(long, value_name = "NAME")]
        bug: Option<String>,
        /// Print every step of the world of `--from`.
        #[arg(long)]
        trace: bool,
    },
    /// Write the files that are generated from the Rust types.
    Gen {
        /// Write nothing; fail if a file is stale.
        #[arg(long)]
        check: bool,
    },
    /// Measure the real program.
    Bench {
        #[command(subcommand)]
        bench: bench::Bench,
    },
    /// Run the long checks: those before a merge (half an hour), or with --long before a release (a day).
    Gate {
        /// Run this check alone.
        #[arg(long, value_name = "NAME")]
        only: Option<String>,
        /// As much as before a release.
        #[arg(long)]
        long: bool,
    },
    /// Break the real program on purpose, and check what it promised.
    Faults {
        #[command(subcommand)]
        fault: faults::Fault,
    },
    /// Run other people's conformance suites.
    Conform {
        #[command(subcommand)]
        suite: conform::Suite,
    },
    /// Feed made up bytes to everything that reads a stranger's.
    Fuzz(fuzz::Fuzz),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Test { list: true, .. } => test::list(),
        Command::Test { only, list: false } => test::run(only.as_deref()),
        Command::Sim { other: Some(sim::Other::Turmoil(worlds)), .. } => sim::turmoil::run(&worlds),
        Command::Sim { app, seeds, from, bug, trace, .. } => {
            sim::run(app.as_deref(), seeds, from, bug.as_deref(), trace)
        }
        Command::Tidy => tidy::run(),
        Command::Gen { check } => generate::run(check),
        Command::Bench { bench } => bench::run(bench),
        Command::Gate { only, long } => gate::run(only.as_deref(), long),
        Command::Faults { fault } => faults::run(fault),
        Command::Conform { suite } => conform::run(suite),
        Command::Fuzz(fuzz) => fuzz::run(&fuzz),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
