//! Measurements of the real program. Rows that are compared are measured in turn in one run, and medians
//! are given; it prints what was measured and never a wish.

mod booking;
mod buyers;
mod plain;
mod rows;
mod together;
mod wire;

use crate::test::cargo;
use crate::test::process::{Run, target_folder};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::Command;

/// What is measured.
#[derive(Subcommand)]
pub enum Bench {
    /// Durable bookings a second, beside SQLite without a server.
    Booking(Booking),
    /// Bytes of frames, from a real connection.
    Wire(Wire),
    /// How soon clients of older systems see what one of them did.
    Together(Wire),
    /// One row of the comparison; `booking` starts it on the server's core.
    #[command(hide = true)]
    Rows(rows::Rows),
    /// A plain server to compare with; `booking` starts it on the server's core.
    #[command(hide = true)]
    Plain(plain::Plain),
}

/// How bookings are measured.
#[derive(Args, Clone)]
pub struct Booking {
    /// How long each row is measured each time.
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// People who hold and book at once.
    #[arg(long, default_value_t = 200)]
    pub buyers: usize,
    /// How often each row is measured; the median is given.
    #[arg(long, default_value_t = 3)]
    pub times: usize,
    /// Only the server's own row.
    #[arg(long)]
    pub alone: bool,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
}

/// Which program is measured.
#[derive(Args, Clone)]
pub struct Wire {
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
}

/// Measures.
pub fn run(bench: Bench) -> Result<()> {
    if cfg!(debug_assertions) {
        return run_optimised();
    }
    match bench {
        Bench::Booking(booking) => booking::run(&booking),
        Bench::Wire(wire) => wire::run(&wire),
        Bench::Together(wire) => together::run(&wire),
        Bench::Rows(rows) => rows::run(&rows),
        Bench::Plain(plain) => plain::run(&plain),
    }
}

/// A load that is slow itself measures nothing: the same command with an optimised build.
fn run_optimised() -> Result<()> {
    Run::of(cargo(&["build", "--release", "--package", "xtask"])).must_succeed()?;
    let mut command = Command::new(target_folder()?.join("release/xtask"));
    command.args(std::env::args_os().skip(1));
    if !command.status()?.success() {
        bail!("the measurement failed");
    }
    Ok(())
}

/// The value in the middle.
fn median(mut values: Vec<f64>) -> Result<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().context("nothing was measured")
}
