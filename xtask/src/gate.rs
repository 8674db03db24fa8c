//! The long checks before a merge and, with `--long`, before a release: commands of their own, run one
//! after the other, with a table of what each came to. It breaks and measures nothing itself.

use crate::repo;
use crate::test::process::target_folder;
use anyhow::{Context, Result, bail};
use std::fs::{self, File};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Where the table of the latest run is kept.
const TABLE: &str = "docs/gate.md";

struct Check {
    name: &'static str,
    /// Arguments of `cargo xtask`.
    merge: &'static str,
    /// The same before a release, where that is more.
    long: &'static str,
}

const fn check(name: &'static str, merge: &'static str, long: &'static str) -> Check {
    Check { name, merge, long }
}

/// What is quick comes first, more or less.
const CHECKS: &[Check] = &[
    check("TLS", "conform sslyze", "conform sslyze"),
    check("WebSocket framing", "conform autobahn", "conform autobahn"),
    check("its control", "conform autobahn --control", "conform autobahn --control"),
    check("HTTP", "conform schemathesis --examples 20", "conform schemathesis --examples 200"),
    check("SIGKILL", "faults kill --rounds 60 --control", "faults kill --rounds 1000 --control"),
    check("power cuts", "faults powercut --rounds 40", "faults powercut --rounds 1000"),
    check(
        "their control",
        "faults powercut --rounds 40 --synchronous normal",
        "faults powercut --rounds 40 --synchronous normal",
    ),
    check("failed flushes", "faults flush --n 50", "faults flush --n 200"),
    check("full disk", "faults full --n 50", "faults full --n 200"),
    check("clock jumps", "faults clock --rounds 10", "faults clock --rounds 50"),
    check("backups", "faults backup --n 3", "faults backup --n 50"),
    check("pause", "faults pause", "faults pause --rounds 50"),
    check(
        "cut answers",
        "faults cut --rounds 3000 --control",
        "faults cut --rounds 100000 --control",
    ),
    check("slow readers", "faults slow --control", "faults slow --control"),
    check("mass return", "faults mass --clients 10000", "faults mass --clients 10000"),
    check(
        "hostile clients",
        "faults hostile --minutes 0.5 --clients 300",
        "faults hostile --minutes 10 --clients 1000",
    ),
    check("fuzzing", "fuzz --seconds 30", "fuzz --seconds 1800"),
    check("simulator", "sim --seeds 10000", "sim --seeds 1000000"),
    check(
        "simulated network",
        "sim turmoil --seeds 200 --control",
        "sim turmoil --seeds 10000 --control",
    ),
];

/// How a check ended.
struct Row {
    name: &'static str,
    command: String,
    took: Duration,
    is_good: bool,
    /// The last line that it printed.
    said: String,
}

/// Runs all checks, or one, and writes the table if all were run.
pub fn run(only: Option<&str>, long: bool) -> Result<()> {
    let chosen: Vec<&Check> =
        CHECKS.iter().filter(|check| only.is_none_or(|name| name == check.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = CHECKS.iter().map(|check| check.name).collect();
        bail!("there is no such check; there are {}", names.join(", "));
    }
    let mut rows = Vec::new();
    for (nth, check) in chosen.iter().enumerate() {
        let arguments = if long { check.long } else { check.merge };
        println!("[{}/{}] {}: cargo xtask {arguments}", nth + 1, chosen.len(), check.name);
        let row = one(check.name, arguments)?;
        let verdict = if row.is_good { "ok" } else { "FAILED" };
        println!("       {verdict} in {:.0} s: {}", row.took.as_secs_f64(), row.said);
        rows.push(row);
    }
    let failed = rows.iter().filter(|row| !row.is_good).count();
    if only.is_none() {
        fs::write(repo::root().join(TABLE), table(&rows, long))?;
        println!("The table is in {TABLE}.");
    }
    println!("{} passed, {failed} failed", rows.len() - failed);
    if failed > 0 { bail!("{failed} of the checks failed") } else { Ok(()) }
}

#[expect(clippy::disallowed_methods, reason = "the time of a check is for the reader's eyes only")]
fn one(name: &'static str, arguments: &str) -> Result<Row> {
    let folder = target_folder()?.join("gate");
    fs::create_dir_all(&folder)?;
    let log = folder.join(format!("{}.log", name.replace(' ', "-")));
    let file = File::create(&log)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(arguments.split(' ')).current_dir(repo::root()).stdin(Stdio::null());
    command.stdout(file.try_clone()?).stderr(file);
    let begun = Instant::now();
    let status = command.status().with_context(|| format!("cannot run {arguments}"))?;
    let took = begun.elapsed();
    let output = fs::read_to_string(&log)?;
    let said = output.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    if !status.success() {
        println!("       see {}", log.display());
    }
    let (command, said) = (format!("cargo xtask {arguments}"), said.trim().to_owned());
    Ok(Row { name, command, took, is_good: status.success(), said })
}

fn table(rows: &[Row], long: bool) -> String {
    let which = if long { "cargo xtask gate --long" } else { "cargo xtask gate" };
    let mut out = format!(
        "# The long checks\n\nThe latest run of `{which}`, as that command wrote it.\n\n\
         | check | command | seconds | result | its last line |\n|---|---|---|---|---|\n"
    );
    let mut seconds = 0.0;
    for row in rows {
        let (result, took) = (if row.is_good { "ok" } else { "FAILED" }, row.took.as_secs_f64());
        let said = row.said.replace('|', "\\|");
        out += &format!("| {} | `{}` | {took:.0} | {result} | {said} |\n", row.name, row.command);
        seconds += took;
    }
    out + &format!("\n{:.0} minutes in all.\n", seconds / 60.0)
}
