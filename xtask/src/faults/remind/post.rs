//! A mail server that is none of ours, Debian's `python3-aiosmtpd`: it tells what it took, and nothing else.

use anyhow::{Context, Result};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// The system's own, which is the one that has Debian's packages.
const PYTHON: &str = "/usr/bin/python3";

/// A mail that it took.
#[derive(Clone, Debug)]
pub(super) struct Arrived {
    pub(super) to: String,
    pub(super) message_id: String,
    pub(super) subject: String,
}

/// The mail server; dropping it ends it.
pub(super) struct Post {
    child: Child,
    port: u16,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Post {
    /// Whether this machine has it.
    pub(super) fn is_there() -> bool {
        let looked = Command::new(PYTHON).args(["-c", "import aiosmtpd"]).output();
        looked.is_ok_and(|output| output.status.success())
    }

    /// Starts it on any port that is free.
    pub(super) fn start() -> Result<Post> {
        let script: PathBuf = crate::repo::root().join("crates/server/tests/all/smtp.py");
        let mut command = Command::new(PYTHON);
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().context("the mail server")?;
        let output = child.stdout.take().context("a pipe for stdout")?;
        let mut lines = BufReader::new(output).lines();
        let port = lines.next().context("the mail server's port")??.parse()?;
        let arrived: Arc<Mutex<Vec<Arrived>>> = Arc::default();
        let kept = arrived.clone();
        thread::Builder::new().name("post".into()).spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Some(one) = read(&line) {
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(one);
                }
            }
        })?;
        Ok(Post { child, port, arrived })
    }

    /// What has a server send its mails there.
    pub(super) fn settings(&self) -> Vec<(String, String)> {
        let port = self.port.to_string();
        let pairs = [
            ("HOUSEFUL_PUBLIC_URL", "http://house.example"),
            ("HOUSEFUL_MAIL__HOST", "127.0.0.1"),
            ("HOUSEFUL_MAIL__PORT", &port),
            ("HOUSEFUL_MAIL__SECURITY", "none"),
            ("HOUSEFUL_MAIL__FROM", "Houseful <box@house.example>"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    /// All that it took until now.
    pub(super) fn arrived(&self) -> MutexGuard<'_, Vec<Arrived>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A mail of the run; the demo's own people may get some too.
fn read(line: &str) -> Option<Arrived> {
    let told: Value = serde_json::from_str(line).ok()?;
    let to = told["to"][0].as_str()?.to_owned();
    let message_id = told["headers"]["message-id"].as_str()?.to_owned();
    let subject = told["headers"]["subject"].as_str()?.to_owned();
    to.ends_with("@load.example").then_some(Arrived { to, message_id, subject })
}

impl Drop for Post {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
