//! Runs the simulators, which live beside the code that they run as examples: that of rooms for one application
//! after the other. No world is made here.

pub mod turmoil;

use crate::repo;
use anyhow::{Context, Result, bail};
use clap::Subcommand;
use std::process::Command;

/// Other simulators than that of the rooms.
#[derive(Subcommand)]
pub enum Other {
    /// The real server, gateway and all, on a simulated network that fails.
    Turmoil(turmoil::Worlds),
}

/// The arguments that build and start it.
pub const COMMAND: &[&str] =
    &["run", "--profile", "sim", "--package", "houseful-apps", "--example", "sim", "--"];

/// The applications that it knows.
pub const APPS: [&str; 3] = ["seats", "chat", "board"];

/// Runs so many seeds of one application, or of each, and passes the output on.
pub fn run(app: Option<&str>, seeds: u64, from: u64, bug: Option<&str>, trace: bool) -> Result<()> {
    // A bug or a single run that is looked at is of the seat sale, unless it is said.
    let of_one = app.or((bug.is_some() || trace).then_some(APPS[0]));
    match of_one {
        Some(app) => run_one(app, seeds, from, bug, trace),
        None => APPS.iter().try_for_each(|app| run_one(app, seeds, from, None, false)),
    }
}

fn run_one(app: &str, seeds: u64, from: u64, bug: Option<&str>, trace: bool) -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(COMMAND).current_dir(repo::root());
    command.args(["--app", app, "--seeds", &seeds.to_string(), "--from", &from.to_string()]);
    let commit = repo::commit().unwrap_or_else(|| "unknown".to_owned());
    command.args(["--commit", &commit]);
    if let Some(bug) = bug {
        command.args(["--bug", bug]);
    }
    if trace {
        command.arg("--trace");
    }
    let status = command.status().context("cargo cannot be run")?;
    if !status.success() {
        bail!("the simulation found something: see the seed above");
    }
    Ok(())
}
