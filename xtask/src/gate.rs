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
        "faults powercut --rounds 10 --synchronous normal",
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
    check(
        "throttled readers",
        "faults throttled --control",
        "faults throttled --rounds 15 --control",
    ),
    check("a crowd's return", "faults crowd --control", "faults crowd --rounds 30 --control"),
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

/// Runs all checks, or one, and writes the table; of one check its row alone.
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
    let file = repo::root().join(TABLE);
    let mut lines: Vec<String> = rows.iter().map(Row::line).collect();
    if only.is_some() {
        lines = with_others(&fs::read_to_string(&file).unwrap_or_default(), &lines);
    }
    fs::write(file, table(&lines, long))?;
    println!("The table is in {TABLE}.");
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

impl Row {
    /// A line of the table.
    fn line(&self) -> String {
        let (result, took) = (if self.is_good { "ok" } else { "FAILED" }, self.took.as_secs());
        let said = self.said.replace('|', "\\|");
        format!("| {} | `{}` | {took} | {result} | {said} |", self.name, self.command)
    }
}

/// What a line of the table is of.
fn name_of(line: &str) -> Option<&str> {
    let name = line.strip_prefix("| ")?.split(" | ").next()?;
    CHECKS.iter().any(|check| check.name == name).then_some(name)
}

/// The table's lines in their order, these in place of those that are there.
fn with_others(table: &str, lines: &[String]) -> Vec<String> {
    let of = |name: &str| {
        let new = lines.iter().find(|line| name_of(line) == Some(name)).cloned();
        new.or_else(|| table.lines().find(|line| name_of(line) == Some(name)).map(str::to_owned))
    };
    CHECKS.iter().filter_map(|check| of(check.name)).collect()
}

fn table(lines: &[String], long: bool) -> String {
    let which = if long { "cargo xtask gate --long" } else { "cargo xtask gate" };
    let seconds = lines.iter().filter_map(|line| line.split(" | ").nth(2)?.parse::<u64>().ok());
    let minutes = seconds.sum::<u64>() as f64 / 60.0;
    let head = format!(
        "# The long checks\n\nThe latest run of `{which}`, as that command wrote it; a check that was run \
         again by itself (`--only`) has its row anew.\n\n\
         | check | command | seconds | result | its last line |\n|---|---|---|---|---|\n"
    );
    format!("{head}{}\n\n{minutes:.0} minutes in all.\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_is_run_again_has_its_row_anew_and_the_others_stay() {
        let row = |name: &'static str, said: &str| {
            let (took, said) = (Duration::from_secs(60), said.to_owned());
            Row { name, command: "cargo xtask x".into(), took, is_good: true, said }.line()
        };
        let old = table(&[row("TLS", "old"), row("SIGKILL", "kept")], false);
        let lines = with_others(&old, &[row("TLS", "new"), row("fuzzing", "first")]);
        assert_eq!(lines, [row("TLS", "new"), row("SIGKILL", "kept"), row("fuzzing", "first")]);
        assert!(table(&lines, false).contains("3 minutes in all"));
    }
}
