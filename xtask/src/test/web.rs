//! The steps of the web folder, by its own npm scripts. What they check is written there.

use super::counts::{self, Counts};
use super::process::Run;
use crate::repo;
use anyhow::Result;
use std::fs;
use std::process::Command;

/// Installs what the lock file says, unless that is there already.
pub fn install() -> Result<Counts> {
    let web = repo::root().join("web");
    let changed = |path: &str| fs::metadata(web.join(path)).and_then(|file| file.modified());
    let is_fresh = match (changed("node_modules/.package-lock.json"), changed("package-lock.json"))
    {
        (Ok(installed), Ok(locked)) => installed >= locked,
        _ => false,
    };
    if is_fresh {
        println!("web/node_modules is as the lock file says");
        return Ok(Counts::NONE);
    }
    Run::of(npm(&["ci", "--no-audit", "--no-fund"])).must_succeed()
}

/// Types and lints.
pub fn check() -> Result<Counts> {
    Run::of(npm(&["run", "check"])).must_succeed()
}

/// Unit tests.
pub fn unit() -> Result<Counts> {
    Run::of(npm(&["run", "test"])).must_count(counts::of_vitest)
}

/// The pages as they are served.
pub fn build() -> Result<Counts> {
    Run::of(npm(&["run", "build"])).must_succeed()
}

fn npm(arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(repo::root().join("web"));
    command
}
