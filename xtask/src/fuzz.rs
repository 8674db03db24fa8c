//! Builds and runs the fuzz targets of `fuzz/`: LLVM's fuzzer on the stable compiler, with the checks of a
//! debug build. Without a sanitizer: our own code has no `unsafe` for one to look at.

use crate::repo;
use crate::test::Counts;
use crate::test::process::{Run, target_folder};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What reads a stranger's bytes.
const TARGETS: &[&str] = &[
    "websocket",
    "engineio",
    "socketio",
    "frames",
    "commands",
    "rooms",
    "plan",
    "journal",
    "token",
    "headers",
    "config",
];

/// How code tells the fuzzer which way it took.
const FLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-sanitizer-coverage-stack-depth";

/// One input may not take longer, nor the process more.
const INPUT_SECONDS_MAX: u32 = 5;
const MEMORY_MB_MAX: u32 = 2_048;

/// What is run, and how long.
#[derive(Args)]
pub struct Fuzz {
    /// One target [default: all of them, one after the other].
    target: Option<String>,
    /// How long each.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

/// Builds and runs; an error if an input made a target crash, hang or grow.
pub fn run(fuzz: &Fuzz) -> Result<()> {
    let names: Vec<&str> = match &fuzz.target {
        None => TARGETS.to_vec(),
        Some(name) if TARGETS.contains(&name.as_str()) => vec![name],
        Some(name) => bail!("there is no target `{name}`; the targets are {}", TARGETS.join(", ")),
    };
    let folder = target_folder()?.join("fuzz");
    let programs = build(&folder)?;
    let mut crashed = Vec::new();
    for (nth, name) in names.iter().enumerate() {
        println!("[{}/{}] {name}, {} seconds", nth + 1, names.len(), fuzz.seconds);
        if !play(&folder, &programs, name, fuzz.seconds)? {
            crashed.push(*name);
        }
    }
    println!("{} passed, {} failed", names.len() - crashed.len(), crashed.len());
    if !crashed.is_empty() {
        bail!("crashed: {}; the inputs are in {}", crashed.join(", "), folder.display());
    }
    Ok(())
}

/// Whether the targets of the pure crates compile, for whoever changes what they call: half a minute of two cores
/// the first time. Those of the server would cost as much as the server.
pub fn check() -> Result<Counts> {
    let mut command = Command::new("cargo");
    command.args(["check", "--bins", "--no-default-features"]);
    command.current_dir(repo::root().join("fuzz"));
    command.env("CARGO_TARGET_DIR", target_folder()?.join("fuzz-check"));
    Run::of(command).must_succeed()
}

/// With a target of its own, so that build scripts are not instrumented.
fn build(folder: &Path) -> Result<PathBuf> {
    let target = host()?;
    let mut command = Command::new("cargo");
    command.args(["build", "--release", "--bins", "--target", &target]);
    command.current_dir(repo::root().join("fuzz"));
    command.env("RUSTFLAGS", FLAGS).env("CARGO_TARGET_DIR", folder);
    Run::of(command).must_succeed()?;
    Ok(folder.join(target).join("release"))
}

fn host() -> Result<String> {
    let said = Command::new("rustc").arg("-vV").output()?;
    let said = String::from_utf8(said.stdout)?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not say what it runs on")
}

/// Runs one target on its corpus and on what earlier runs found. Answers whether it held.
fn play(folder: &Path, programs: &Path, name: &str, seconds: u64) -> Result<bool> {
    let found = folder.join("found").join(name);
    fs::create_dir_all(&found)?;
    let log = folder.join(format!("{name}.log"));
    let mut command = Command::new(programs.join(name));
    command.arg(&found).arg(repo::root().join("fuzz/corpus").join(name));
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-timeout={INPUT_SECONDS_MAX}"));
    command.arg(format!("-rss_limit_mb={MEMORY_MB_MAX}"));
    command.arg(format!("-artifact_prefix={}/{name}-", folder.display()));
    command.args(["-print_final_stats=1", "-close_fd_mask=1", "-max_len=8192"]);
    let status = command.stdin(Stdio::null()).stderr(fs::File::create(&log)?).status()?;
    let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    let runs = statistic(&said, "stat::number_of_executed_units:");
    // A target that read nothing has shown nothing.
    let runs = runs.filter(|runs| *runs > 0);
    let held = status.success() && runs.is_some();
    let runs = runs.map_or("no".to_owned(), |runs| runs.to_string());
    println!("  {runs} runs, {}", if held { "no crash" } else { "CRASHED" });
    if !held {
        let lines: Vec<&str> = said.lines().collect();
        println!("{}", lines[lines.len().saturating_sub(40)..].join("\n"));
    }
    Ok(held)
}

fn statistic(said: &str, name: &str) -> Option<u64> {
    said.lines().find_map(|line| line.strip_prefix(name)?.trim().parse().ok())
}
