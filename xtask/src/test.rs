//! Runs every check and test there is, one step after the other, and counts. It holds no logic of the
//! tests themselves: each step is a command that can be run alone.

mod browser;
mod counts;
mod machine;
pub mod process;
mod web;

use crate::{generate, repo, sim, tidy};
use anyhow::{Context, Error, Result, anyhow, bail};
pub use counts::Counts;
use counts::FLAKY_MAX;
use process::Run;
use std::process::Command;
use std::time::{Duration, Instant};

/// What a step does: it answers the tests that it ran, none for a mere check.
type Action = fn() -> Result<Counts>;

struct Step {
    name: &'static str,
    about: &'static str,
    /// Steps that `--only` runs before it.
    needs: &'static [&'static str],
    action: Action,
}

const fn step(name: &'static str, about: &'static str, action: Action) -> Step {
    Step { name, about, needs: &[], action }
}

impl Step {
    const fn needs(self, needs: &'static [&'static str]) -> Self {
        Self { needs, ..self }
    }
}

/// In order: what is quick and often wrong comes first.
const STEPS: &[Step] = &[
    step("machine", "tools and Debian packages are there", machine::prepare),
    step("format", "cargo fmt --check", format),
    step("lint", "clippy, warnings denied; fuzz targets compile", lint),
    step("tidy", "arrows, purity, rules without tests", || tidy::run().map(|()| Counts::NONE)),
    step("install", "npm ci, unless nothing changed", web::install),
    step("gen", "generated files are fresh", || generate::run(true).map(|()| Counts::NONE))
        .needs(&["install"]),
    step("rust", "all Rust tests", rust),
    step("sim", "1,600 seeds of network, disk and clock over the real rooms", simulate),
    step("turmoil", "the real server on a simulated network that fails", sim::turmoil::step)
        .needs(&["machine"]),
    step("web-check", "types and lints of the web", web::check).needs(&["install"]),
    step("web-unit", "vitest", web::unit).needs(&["install"]),
    step("web-build", "the pages as they are served", web::build).needs(&["install"]),
    step("faults", "killed, power cut, disk full or failing, clock moved: nothing lost", faults)
        .needs(&["machine"]),
    step("network", "answers cut off, and sent again under the same ids", cut),
    step("rooms", "a crowd that comes back after a kill, one who reads slowly", rooms),
    step("dialects", "older systems' own clients", browser::dialects)
        .needs(&["machine", "install"]),
    step("browser", "the real binary in Chromium", browser::run).needs(&["machine", "install"]),
];

/// Prints the names of the steps.
pub fn list() -> Result<()> {
    for step in STEPS {
        println!("{:<10} {}", step.name, step.about);
    }
    Ok(())
}

/// Runs all steps, or one with what it needs. The first that fails is the last that runs.
pub fn run(only: Option<&str>) -> Result<()> {
    let steps = select(only)?;
    let mut rows = Vec::new();
    let (mut failure, mut flaky) = (None, 0);
    for (index, step) in steps.iter().enumerate() {
        println!("\n[{}/{}] {}: {}", index + 1, steps.len(), step.name, step.about);
        let (outcome, took) = timed(step.action);
        let (mut counts, error) = match outcome {
            Ok(counts) if flaky + counts.flaky > FLAKY_MAX => (counts, Some(too_flaky())),
            Ok(counts) => (counts, None),
            Err(error) => (counts::of_error(&error), Some(error)),
        };
        flaky += counts.flaky;
        if error.is_some() {
            counts.failed = counts.failed.max(1);
        }
        rows.push((step.name, took, counts, error.is_none()));
        if let Some(error) = error {
            failure = Some((step.name, error));
            break;
        }
    }
    if let Some((name, error)) = &failure {
        println!("\nStep `{name}` failed: {error:#}");
        println!("Run it alone: cargo xtask test --only {name}");
    }
    let not_run = steps[rows.len()..].iter().map(|step| step.name).collect::<Vec<_>>();
    print_table(&rows, &not_run);
    if failure.is_some() { std::process::exit(1) } else { Ok(()) }
}

fn too_flaky() -> Error {
    anyhow!("more than {FLAKY_MAX} tests passed at the second go only")
}

fn select(only: Option<&str>) -> Result<Vec<&'static Step>> {
    let Some(only) = only else { return Ok(STEPS.iter().collect()) };
    let names = STEPS.iter().map(|step| step.name).collect::<Vec<_>>().join(", ");
    let Some(wanted) = STEPS.iter().find(|step| step.name == only) else {
        bail!("there is no step `{only}`; the steps are {names}");
    };
    let is_needed = |step: &&Step| step.name == only || wanted.needs.contains(&step.name);
    Ok(STEPS.iter().filter(is_needed).collect())
}

#[expect(clippy::disallowed_methods, reason = "the time of a step is for the reader's eyes only")]
fn timed(action: Action) -> (Result<Counts>, Duration) {
    let start = Instant::now();
    (action(), start.elapsed())
}

fn print_table(rows: &[(&str, Duration, Counts, bool)], not_run: &[&str]) {
    let mut total = Counts::NONE;
    println!(
        "\n{:<10} {:>8}  {:>7} {:>7} {:>7} {:>6}",
        "step", "seconds", "passed", "failed", "skipped", "flaky"
    );
    for (name, took, counts, is_good) in rows {
        let mark = if *is_good { "" } else { "  FAILED" };
        let Counts { passed, failed, skipped, flaky } = counts;
        let seconds = took.as_secs_f64();
        // A check has no tests to count.
        let passed = if *is_good && *passed == 0 { "ok".to_owned() } else { passed.to_string() };
        println!(
            "{name:<10} {seconds:>8.1}  {passed:>7} {failed:>7} {skipped:>7} {flaky:>6}{mark}"
        );
        total = total.plus(*counts);
    }
    for name in not_run {
        println!("{name:<10} {:>8}", "not run");
    }
    println!("{total}");
}

/// A cargo command in the project's folder.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(arguments).current_dir(repo::root());
    command
}

fn format() -> Result<Counts> {
    let check = cargo(&["fmt", "--all", "--check"]);
    Run::of(check).must_succeed().context("`cargo fmt --all` repairs it")
}

fn lint() -> Result<Counts> {
    let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
    Run::of(cargo(&arguments)).must_succeed()?;
    crate::fuzz::check()
}

fn simulate() -> Result<Counts> {
    let mut sum = Counts::NONE;
    for (app, seeds) in sim::APPS.iter().zip(["1000", "300", "300"]) {
        let mut command = cargo(sim::COMMAND);
        command.args(["--app", app, "--seeds", seeds]);
        sum = sum.plus(Run::of(command).must_count(counts::of_plain)?);
    }
    Ok(sum)
}

/// On the program that the browser's step has or will have built.
fn faults() -> Result<Counts> {
    Run::of(cargo(&["build", "--package", "houseful"])).must_succeed()?;
    crate::faults::step()
}

fn cut() -> Result<Counts> {
    Run::of(cargo(&["build", "--package", "houseful"])).must_succeed()?;
    crate::faults::network_step()
}

fn rooms() -> Result<Counts> {
    Run::of(cargo(&["build", "--package", "houseful"])).must_succeed()?;
    crate::faults::rooms_step()
}

/// With nextest where it is installed. Where it is not, cargo's own runner has the same tests, and a
/// fresh machine need not spend minutes on compiling a better one.
fn rust() -> Result<Counts> {
    if process::succeeds("cargo", &["nextest", "--version"]) {
        return Run::of(cargo(&["nextest", "run", "--workspace"])).must_count(counts::of_nextest);
    }
    println!("cargo-nextest is not installed; cargo test is slower but runs the same tests");
    Run::of(cargo(&["test", "--workspace", "--no-fail-fast"])).must_count(counts::of_cargo_test)
}
