//! Runs the simulators, which live beside the code that they run as examples. No world is made here.

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

/// Runs so many seeds and passes its output on.
pub fn run(seeds: u64, from: u64, bug: Option<&str>, trace: bool) -> Result<()> {
    let mut command = Command::new("cargo");
    command.args(COMMAND).current_dir(repo::root());
    command.args(["--seeds", &seeds.to_string(), "--from", &from.to_string()]);
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
