//! Runs the simulator, which lives beside the seat code as an example. No world is made here.

use crate::repo;
use anyhow::{Context, Result, bail};
use std::process::Command;

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
