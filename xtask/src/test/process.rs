//! Runs other programs, shows what they print as they print it, and keeps it to be read. It interprets
//! nothing.

use super::counts::{Counts, FailedTests};
use crate::repo;
use anyhow::{Context, Result, bail};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

/// A program that has ended.
pub struct Run {
    name: String,
    outcome: Result<(bool, String)>,
}

impl Run {
    /// Runs it to its end.
    pub fn of(mut command: Command) -> Self {
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        let name = words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ");
        Self { outcome: shown_and_kept(&mut command), name }
    }

    /// For programs whose success is all that matters.
    pub fn must_succeed(self) -> Result<Counts> {
        match self.outcome.with_context(|| format!("cannot run `{}`", self.name))? {
            (true, _) => Ok(Counts::NONE),
            (false, _) => bail!("`{}` failed", self.name),
        }
    }

    /// For test runners: the counts must be there, and at least one test.
    pub fn must_count(self, read: fn(&str) -> Option<Counts>) -> Result<Counts> {
        let (is_good, output) =
            self.outcome.with_context(|| format!("cannot run `{}`", self.name))?;
        match read(&output) {
            Some(counts) if is_good && counts.failed == 0 && counts.passed > 0 => Ok(counts),
            Some(counts) if counts.failed > 0 => Err(FailedTests(counts).into()),
            Some(_) if is_good => bail!("`{}` ran no test", self.name),
            _ if is_good => bail!("`{}` did not say how many tests it ran", self.name),
            _ => bail!("`{}` failed", self.name),
        }
    }
}

/// Whether a program is there and says that it is well, without a word to the reader.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Where cargo puts what it builds.
pub fn target_folder() -> Result<PathBuf> {
    let mut command = Command::new("cargo");
    command.args(["metadata", "--format-version", "1", "--no-deps", "--offline"]);
    let output = command.current_dir(repo::root()).output().context("cannot run cargo metadata")?;
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let folder = metadata["target_directory"].as_str().context("cargo names no target folder")?;
    Ok(PathBuf::from(folder))
}

fn shown_and_kept(command: &mut Command) -> Result<(bool, String)> {
    command.env("NO_COLOR", "1").env("CARGO_TERM_COLOR", "never");
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let errors = child.stderr.take().context("a pipe for stderr")?;
    let reader = thread::Builder::new()
        .name("stderr".into())
        .spawn(move || copy(errors, &mut std::io::stderr()))?;
    let output = child.stdout.take().context("a pipe for stdout")?;
    let mut kept = copy(output, &mut std::io::stdout());
    kept.extend(reader.join().unwrap_or_default());
    let status = child.wait()?;
    Ok((status.success(), String::from_utf8_lossy(&kept).into_owned()))
}

/// Passes bytes on as they come, and answers all of them.
fn copy(mut from: impl Read, to: &mut impl Write) -> Vec<u8> {
    let (mut all, mut buffer) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        all.extend_from_slice(&buffer[..count]);
        // A reader who went away must not stop the tests.
        let _ = to.write_all(&buffer[..count]).and_then(|()| to.flush());
    }
    all
}
