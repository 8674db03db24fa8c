//! The suites in JavaScript against the real binary: Chromium's on a free port, with data of its own that goes with
//! it, and those of older systems' clients, which start servers of their own. A server ends with its suite, whatever
//! becomes of it.

use super::counts::{self, Counts, FLAKY_MAX, FailedTests};
use super::process::Run;
use super::{cargo, process};
use crate::repo;
use anyhow::{Context, Error, Result, bail};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;
use std::time::Duration;

/// The line by which the server tells where it listens.
const LISTENING: &str = "listening on ";
const START_SECONDS_MAX: u64 = 60;

/// Builds, starts, runs Chromium's suite, stops.
pub fn run() -> Result<Counts> {
    let files = files("web/e2e")?;
    build()?;
    let server = Server::start()?;
    println!("the server listens on {}; its log is {}", server.url, server.log.display());
    each(&files, |file| server.serve(file))
}

/// Builds and runs the suites of older systems' clients.
pub fn dialects() -> Result<Counts> {
    let files = files("web/dialects")?;
    build()?;
    let example = cargo(&["build", "--package", "houseful", "--example", "socketio"]);
    Run::of(example).must_succeed()?;
    each(&files, |file| Run::of(suite(file)?).must_count(counts::of_node))
}

fn build() -> Result<()> {
    Run::of(cargo(&["build", "--package", "houseful", "--package", "quiz"]))
        .must_succeed()
        .map(drop)
}

/// Runs the files one after the other; one that fails has a second go.
fn each(files: &[PathBuf], run: impl Fn(&Path) -> Result<Counts>) -> Result<Counts> {
    let mut sum = Counts::NONE;
    for file in files {
        match run(file) {
            Ok(counts) => sum = sum.plus(counts),
            Err(error) if error.is::<counts::FailedTests>() && sum.flaky < FLAKY_MAX => {
                println!("{}: {error:#}; once more", file.display());
                let counts = run(file).map_err(|error| with(sum, error))?;
                sum = sum.plus(counts).plus(Counts { flaky: 1, ..Counts::NONE });
            }
            Err(error) => return Err(with(sum, error)),
        }
    }
    Ok(sum)
}

/// What passed before is counted, too.
fn with(sum: Counts, error: Error) -> Error {
    FailedTests(sum.plus(counts::of_error(&error))).into()
}

/// The files, by name; Node 20 takes no pattern.
fn files(folder: &str) -> Result<Vec<PathBuf>> {
    let folder = repo::root().join(folder);
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|path| path.to_string_lossy().ends_with(".test.mjs"));
    files.sort();
    if files.is_empty() {
        bail!("{} has no *.test.mjs", folder.display());
    }
    Ok(files)
}

/// A running server; dropping it stops the process and removes its data.
struct Server {
    child: Child,
    url: String,
    data: PathBuf,
    log: PathBuf,
}

impl Server {
    fn start() -> Result<Self> {
        let target = process::target_folder()?;
        let data = target.join(format!("browser-{}", std::process::id()));
        let log = data.with_extension("log");
        fs::create_dir_all(&data)?;
        let mut child = Command::new(target.join("debug/houseful"))
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(fs::File::create(&log)?)
            .spawn()
            .context("cannot start the server")?;
        let output = child.stdout.take();
        // From here on, dropping it stops the process.
        let mut server = Self { child, url: String::new(), data, log };
        let lines = follow(output.context("a pipe for stdout")?, &server.log)?;
        let wait = Duration::from_secs(START_SECONDS_MAX);
        server.url = lines.recv_timeout(wait).with_context(|| {
            let log = fs::read_to_string(&server.log).unwrap_or_default();
            format!("the server did not print `{LISTENING}http://…`; it said:\n{log}")
        })?;
        Ok(server)
    }
}

impl Server {
    /// Runs one file of tests.
    fn serve(&self, file: &Path) -> Result<Counts> {
        let mut command = suite(file)?;
        command.env("HOUSEFUL_URL", &self.url);
        Run::of(command).must_count(counts::of_node)
    }
}

/// The command for a file of tests, which may start a server of its own.
fn suite(file: &Path) -> Result<Command> {
    let mut command = Command::new("node");
    command.arg("--test").arg(file).current_dir(repo::root().join("web"));
    command.env("HOUSEFUL", process::target_folder()?.join("debug/houseful"));
    Ok(command)
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and its data may be gone with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

/// Reads the server's output to its end, so that it never waits for us, and sends the address once.
fn follow(output: ChildStdout, log: &Path) -> Result<Receiver<String>> {
    let (sender, receiver) = sync_channel(1);
    let mut log = fs::OpenOptions::new().append(true).open(log)?;
    thread::Builder::new().name("server".into()).spawn(move || {
        let mut sender = Some(sender);
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if let Some((_, url)) = line.split_once(LISTENING)
                && let Some(sender) = sender.take()
            {
                let _ = sender.send(url.trim().to_owned());
            }
            let _ = writeln!(log, "{line}");
        }
    })?;
    Ok(receiver)
}
