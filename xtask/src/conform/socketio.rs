//! The suites of the Socket.IO project against `crates/server/examples/socketio.rs`: our sessions, transports and
//! namespaces, with the times that they expect. Their files are the user's own; nothing of them is kept.

use super::Socketio;
use crate::client::process::{Server, folder};
use crate::test::cargo;
use crate::test::process::{Run, target_folder};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

/// Each suite's folder, and how many cases it has.
const SUITES: [(&str, u64); 2] =
    [("engine.io-protocol/v4-test-suite", 25), ("socket.io-protocol/v5-test-suite", 32)];
/// The port that they ask.
const PORT: &str = "3000";

/// Runs both, as often as is wanted.
pub fn run(wanted: &Socketio) -> Result<()> {
    Run::of(cargo(&["build", "--package", "houseful", "--example", "socketio"])).must_succeed()?;
    let target = target_folder()?;
    for (suite, _) in SUITES {
        let mut install = Command::new("npm");
        install.args(["install", "--no-audit", "--no-fund"]).current_dir(wanted.suite.join(suite));
        Run::of(install).must_succeed()?;
    }
    let mut example = Command::new(target.join("debug/examples/socketio"));
    example.arg(PORT);
    let server = Server::start(example, &folder(&target, "conform-socketio")?)?;
    for nth in 1..=wanted.times {
        for (suite, cases) in SUITES {
            let passed = play(&wanted.suite.join(suite))?;
            println!("[{nth}/{}] {suite}: {passed} of {cases} passed", wanted.times);
            if passed != cases {
                bail!("{suite}: {passed} of {cases} passed");
            }
        }
    }
    drop(server);
    Ok(())
}

/// How many cases passed.
fn play(suite: &Path) -> Result<u64> {
    let mut mocha = Command::new("npx");
    mocha.args(["mocha", "--reporter", "json", "test-suite.js"]).current_dir(suite);
    let report = mocha.stderr(Stdio::inherit()).output().context("npx is needed")?;
    let report: Value = serde_json::from_slice(&report.stdout).context("mocha left no report")?;
    for failure in report["failures"].as_array().into_iter().flatten() {
        println!("{}: {}", failure["fullTitle"], failure["err"]["message"]);
    }
    report["stats"]["passes"].as_u64().context("mocha's report has no count")
}
