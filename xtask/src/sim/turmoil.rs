//! Runs worlds of the real server on a simulated network (`crates/server/examples/turmoil`), each in a process of its
//! own with randomness from its seed. No world is made here.

use crate::repo;
use crate::test::Counts;
use crate::test::process::{Run, target_folder};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Processes at once.
const AT_ONCE: usize = 2;
/// How often it is said how far it is.
const TOLD_EACH: u64 = 20;
/// Seeds in which a planted bug must show.
const CONTROL_SEEDS: u64 = 30;
/// What can be planted; `bug.rs` beside the world says what each is.
const BUGS: [&str; 6] = [
    "SubscriberSkipped",
    "AnsweredTwice",
    "NeverAnswered",
    "NeverWritten",
    "AcceptedForgotten",
    "CheckThenAct",
];

/// Which worlds.
#[derive(Args, Clone)]
pub struct Worlds {
    /// How many.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Then plant each bug, to see it found.
    #[arg(long)]
    control: bool,
    /// Only the world of `--from`, line by line.
    #[arg(long)]
    trace: bool,
    /// With `--trace`: plant this bug.
    #[arg(long, value_name = "NAME", requires = "trace")]
    bug: Option<String>,
}

/// The program, and the library that decides its randomness.
struct Stage {
    program: PathBuf,
    library: PathBuf,
}

/// How a world was.
struct World {
    is_good: bool,
    said: String,
}

/// Runs them; an error at the first in which something was wrong, or that is not the same twice.
pub fn run(worlds: &Worlds) -> Result<()> {
    let stage = Stage::build()?;
    if worlds.trace {
        return stage.tell(worlds.from, worlds.bug.as_deref());
    }
    let mut counts = stage.all(worlds.from, worlds.seeds)?;
    counts = counts.plus(stage.again(worlds.from)?);
    if worlds.control {
        for bug in BUGS {
            counts = counts.plus(stage.control(bug, worlds.from)?);
        }
    }
    println!("{counts}");
    Ok(())
}

/// The part of `cargo xtask test`: a few worlds, one of them twice, and one control.
pub fn step() -> Result<Counts> {
    let stage = Stage::build()?;
    Ok(stage.all(0, 6)?.plus(stage.again(0)?).plus(stage.control(BUGS[0], 0)?))
}

impl Stage {
    /// The whole workspace, for then nothing is compiled again that its tests have compiled.
    fn build() -> Result<Stage> {
        let mut build = Command::new("cargo");
        build.args(["build", "--workspace", "--example", "turmoil"]).current_dir(repo::root());
        Run::of(build).must_succeed()?;
        let target = target_folder()?;
        let library = seeded(&target.join("turmoil"))?;
        Ok(Stage { program: target.join("debug/examples/turmoil"), library })
    }

    /// All of these seeds, until one is bad.
    fn all(&self, from: u64, seeds: u64) -> Result<Counts> {
        let (next, failed) = (AtomicU64::new(from), AtomicBool::new(false));
        let done = Mutex::new(Counts::NONE);
        let work = || -> Result<()> {
            while !failed.load(Ordering::Relaxed) {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= from + seeds {
                    break;
                }
                let world = self.play(seed, None)?;
                let mut counts = done.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                counts.passed += 1;
                if !world.is_good {
                    failed.store(true, Ordering::Relaxed);
                    bail!("{}\nAgain, line by line: {}", world.said, again(seed));
                }
                if counts.passed.is_multiple_of(TOLD_EACH) || counts.passed == seeds {
                    println!("{} of {seeds}: {}", counts.passed, world.said);
                }
            }
            Ok(())
        };
        let ends: Result<Vec<()>> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
            let ends = threads.into_iter().map(|thread| thread.join());
            ends.map(|end| end.unwrap_or_else(|_| bail!("a thread has panicked"))).collect()
        });
        ends?;
        Ok(*done.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// The same world twice: the same to the last byte.
    fn again(&self, seed: u64) -> Result<Counts> {
        let (one, two) = (self.play(seed, None)?.said, self.play(seed, None)?.said);
        if one != two {
            bail!("one seed, two worlds:\n{one}\n{two}");
        }
        println!("the same twice: {one}");
        Ok(Counts::PASSED)
    }

    /// A planted bug must show in one of a few worlds.
    fn control(&self, bug: &str, from: u64) -> Result<Counts> {
        for seed in from..from + CONTROL_SEEDS {
            let world = self.play(seed, Some(bug))?;
            if !world.is_good {
                let what = world.said.lines().nth(1).unwrap_or_default().trim();
                println!("control: {bug}: caught at seed {seed}: {what:.140}");
                return Ok(Counts::PASSED);
            }
        }
        bail!("control: {bug} was NOT CAUGHT in {CONTROL_SEEDS} worlds from {from}");
    }

    fn play(&self, seed: u64, bug: Option<&str>) -> Result<World> {
        let output = self.command(seed, bug).output().context("the world cannot be run")?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let is_good = output.status.success();
        if said.is_empty() {
            let why = String::from_utf8_lossy(&output.stderr);
            bail!("the world of seed {seed} said nothing ({}): {why}", output.status);
        }
        Ok(World { is_good, said })
    }

    fn tell(&self, seed: u64, bug: Option<&str>) -> Result<()> {
        let status = self.command(seed, bug).arg("--trace").status()?;
        if status.success() { Ok(()) } else { bail!("something was wrong: see above") }
    }

    fn command(&self, seed: u64, bug: Option<&str>) -> Command {
        let mut command = Command::new(&self.program);
        command.args(["--seed", &seed.to_string()]);
        if let Some(bug) = bug {
            command.args(["--bug", bug]);
        }
        command.env("LD_PRELOAD", &self.library).env("RANDOM_SEED", seed.to_string());
        command
    }
}

fn again(seed: u64) -> String {
    let commit = repo::commit().unwrap_or_else(|| "unknown".to_owned());
    format!("cargo xtask sim turmoil --trace --from {seed}, commit {commit}")
}

/// Compiles the library that decides randomness.
fn seeded(folder: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)?;
    let (source, library) = (folder.join("seeded.c"), folder.join("seeded.so"));
    std::fs::write(&source, include_str!("seeded.c"))?;
    let mut compiler = Command::new("cc");
    compiler.args(["-O1", "-shared", "-fPIC", "-Wall", "-Werror", "-o"]).arg(&library).arg(&source);
    Run::of(compiler).must_succeed()?;
    Ok(library)
}
