//! The server as a process: started on a folder, killed without notice, looked at from outside.

use crate::test::cargo;
use crate::test::process::{Run, target_folder};
use anyhow::{Context, Result, bail};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

const LISTENING: &str = "listening on http://";
const OPERATOR: &str = "  operator   http://";
const START_SECONDS_MAX: u64 = 60;

/// Clients of one machine are many people: limits by address and connection are far away.
const SETTINGS: [(&str, &str); 13] = [
    ("HOUSEFUL_ACCOUNTS__SIGN_UP_PER_HOUR_ADDRESS", "100000"),
    ("HOUSEFUL_ACCOUNTS__SIGN_IN_PER_MINUTE_ADDRESS", "100000"),
    ("HOUSEFUL_ACCOUNTS__SIGN_IN_PER_MINUTE_ACCOUNT", "100000"),
    ("HOUSEFUL_HTTP__REQUESTS_PER_MINUTE_PERSON", "1000000"),
    ("HOUSEFUL_HTTP__REQUESTS_PER_MINUTE_ADDRESS", "1000000"),
    ("HOUSEFUL_CONNECTIONS__LIVE_PER_PERSON", "100000"),
    ("HOUSEFUL_CONNECTIONS__LIVE_PER_ADDRESS", "100000"),
    ("HOUSEFUL_CONNECTIONS__VISITORS_PER_ADDRESS", "100000"),
    ("HOUSEFUL_CONNECTIONS__HTTP_PER_ADDRESS", "100000"),
    ("HOUSEFUL_LIVE__REQUESTS_PER_MINUTE", "60000"),
    ("HOUSEFUL_LIVE__REQUESTS_BURST", "60000"),
    ("HOUSEFUL_SEATS__HOLDS_PER_HOUR", "1000000"),
    ("HOUSEFUL_LOG__FILTER", "warn"),
];

/// A running server; dropping it kills it.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens for operators, once it has said so.
    operator: Arc<OnceLock<SocketAddr>>,
    /// How long it took from the start of the process until it listened.
    pub started_in: Duration,
}

/// How a server is to be started.
#[derive(Clone, Debug)]
pub struct Start {
    /// The program.
    pub binary: PathBuf,
    /// The data folder.
    pub data: PathBuf,
    /// The core to run on, where `taskset` can say so.
    pub core: Option<usize>,
}

impl Start {
    /// A command of the program, on its core.
    fn command(&self) -> Command {
        let mut command = on_core(self.core, &self.binary);
        command.envs(SETTINGS).stdin(Stdio::null());
        command
    }

    /// Starts the server and waits until it listens.
    pub fn serve(&self) -> Result<Server> {
        self.serve_with(&[])
    }

    /// Starts the server with something more in its environment.
    pub fn serve_with(&self, environment: &[(String, String)]) -> Result<Server> {
        self.serve_at(SocketAddr::from(([127, 0, 0, 1], 0)), environment)
    }

    /// The same at an address.
    pub fn serve_at(&self, listen: SocketAddr, environment: &[(String, String)]) -> Result<Server> {
        fs::create_dir_all(&self.data)?;
        let mut command = self.command();
        command.envs(environment.iter().cloned());
        command.args(["serve", "--demo", "--listen", &listen.to_string(), "--data"]);
        command.arg(&self.data);
        Server::start(command, &self.data)
    }

    /// Runs `houseful backup` into a new folder.
    pub fn backup(&self, to: &Path) -> Result<()> {
        let mut command = self.command();
        let output =
            command.arg("backup").arg("--data").arg(&self.data).arg("--to").arg(to).output()?;
        if !output.status.success() {
            bail!("houseful backup: {}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    }

    /// Runs `houseful verify` and fails with what it found.
    pub fn verify(&self) -> Result<String> {
        let output = self.command().args(["verify", "--data"]).arg(&self.data).output()?;
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!("houseful verify: {said}{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(said.lines().last().unwrap_or_default().to_owned())
    }
}

/// Reads the server's output to its end, so that it never waits for us, and sends the address once.
fn follow(
    output: ChildStdout,
    operator: Arc<OnceLock<SocketAddr>>,
) -> Result<Receiver<SocketAddr>> {
    let (sender, receiver) = sync_channel(1);
    thread::Builder::new().name("server".into()).spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let address = line.strip_prefix(LISTENING).and_then(|rest| rest.trim().parse().ok());
            if let Some(address) = address {
                // Only the first is waited for.
                let _ = sender.try_send(address);
            }
            let address =
                line.strip_prefix(OPERATOR).and_then(|rest| rest.strip_suffix("/metrics"));
            if let Some(address) = address.and_then(|address| address.parse().ok()) {
                let _ = operator.set(address);
            }
        }
    })?;
    Ok(receiver)
}

impl Server {
    /// Starts a program that says where it listens, and waits until it does. Its log is in the folder.
    #[expect(clippy::disallowed_methods, reason = "the time of a start is what is measured")]
    pub fn start(mut command: Command, folder: &Path) -> Result<Server> {
        let log = folder.join("server.log");
        let log_file = OpenOptions::new().create(true).append(true).open(&log)?;
        command.stdout(Stdio::piped()).stderr(log_file);
        let begun = std::time::Instant::now();
        let mut child = command.spawn().context("cannot start the server")?;
        let output = child.stdout.take().context("a pipe for stdout")?;
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        // From here on, dropping it ends the process.
        let operator: Arc<OnceLock<SocketAddr>> = Arc::default();
        let said = follow(output, operator.clone())?;
        let mut server = Server { child, address: nowhere, operator, started_in: Duration::ZERO };
        let address = said.recv_timeout(Duration::from_secs(START_SECONDS_MAX));
        server.started_in = begun.elapsed();
        server.address = address.with_context(|| {
            let log = fs::read_to_string(&log).unwrap_or_default();
            format!("the server did not print `{LISTENING}…`; it said:\n{log}")
        })?;
        Ok(server)
    }

    /// Where it listens for operators. It says so after the address for everyone.
    pub async fn operator(&self) -> Result<SocketAddr> {
        for _ in 0..100 {
            if let Some(address) = self.operator.get() {
                return Ok(*address);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        bail!("the server did not say where it listens for operators")
    }

    /// SIGKILL, and waits until it is gone.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGSTOP, and waits until none of its threads runs. One that is in the kernel, flushing, may still
    /// be there; it tells nobody any more.
    pub async fn stop(&self) -> Result<()> {
        signal(self.id(), "STOP")?;
        while self.is_running()? {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        Ok(())
    }

    /// SIGCONT.
    pub fn go_on(&self) -> Result<()> {
        signal(self.id(), "CONT")
    }

    /// The status with which it has ended by itself, if it has.
    pub fn has_ended(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    fn is_running(&self) -> Result<bool> {
        for thread in fs::read_dir(format!("/proc/{}/task", self.id()))? {
            let stat = fs::read_to_string(thread?.path().join("stat"))?;
            let state = stat.rsplit_once(") ").and_then(|(_, rest)| rest.chars().next());
            if !matches!(state, Some('T' | 'D')) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Ticks of CPU time that it has had, a hundredth of a second each.
    pub fn cpu_ticks(&self) -> Result<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name before may have spaces; what follows its bracket has none.
        let fields = stat.rsplit_once(')').context("a stat line")?.1;
        let mut fields = fields.split_whitespace().skip(11);
        let mut next = || fields.next().unwrap_or_default().parse::<u64>();
        Ok(next()? + next()?)
    }

    /// Memory that it has now, in bytes.
    pub fn resident_bytes(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next()).context("VmRSS")?;
        Ok(kib.parse::<u64>()? * 1_024)
    }

    /// Files and sockets that it has open now.
    pub fn descriptors(&self) -> Result<u64> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count() as u64)
    }

    /// The process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a process that we have started a signal.
pub fn signal(id: u32, name: &str) -> Result<()> {
    let status = Command::new("kill").args(["-s", name, &id.to_string()]).status()?;
    if status.success() { Ok(()) } else { bail!("the server could not be sent SIG{name}") }
}

/// The server to run: the one that was named, or the release build, built first.
pub fn binary(named: Option<&Path>) -> Result<PathBuf> {
    if let Some(named) = named {
        return Ok(named.to_owned());
    }
    Run::of(cargo(&["build", "--release", "--package", "houseful"])).must_succeed()?;
    Ok(target_folder()?.join("release/houseful"))
}

/// A command of a program on a core.
pub fn on_core(core: Option<usize>, program: &Path) -> Command {
    match core {
        Some(core) => {
            let mut command = Command::new("taskset");
            command.args(["-c", &core.to_string()]).arg(program);
            command
        }
        None => Command::new(program),
    }
}

/// Whether two cores and a tool to choose one are there.
pub fn can_pin() -> bool {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cores > 1 && Command::new("taskset").arg("-V").output().is_ok()
}

/// A folder of this run beside what is built, on the same disk.
pub fn folder(target: &Path, name: &str) -> Result<PathBuf> {
    let folder = target.join(format!("{name}-{}", std::process::id()));
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    File::open(&folder)?;
    Ok(folder)
}
