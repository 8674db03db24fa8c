//! A mail server for tests, which is none of ours: Debian's `python3-aiosmtpd`, as a child process that ends with
//! the test. It tells what it took, and no more.

use crate::house::within;
use houseful::config::{Config, Mail, Security};
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

/// The system's own, which is the one that has Debian's packages.
const PYTHON: &str = "/usr/bin/python3";

pub struct MailServer {
    pub port: u16,
    lines: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl MailServer {
    pub async fn start() -> MailServer {
        MailServer::start_at(0).await
    }

    pub async fn start_at(port: u16) -> MailServer {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/all/smtp.py");
        let mut command = Command::new(PYTHON);
        command.arg(script).arg(port.to_string()).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told = within("the mail server", lines.next_line()).await.unwrap();
        let port =
            told.expect("install python3-aiosmtpd: `cargo xtask test` does").parse().unwrap();
        MailServer { port, lines, _child: child }
    }

    /// The next mail that it took.
    pub async fn next(&mut self) -> Value {
        let line = within("a mail", self.lines.next_line()).await.unwrap();
        serde_json::from_str(&line.unwrap()).unwrap()
    }
}

/// Sends mails there.
pub fn by(port: u16) -> impl FnOnce(&mut Config) {
    move |config| {
        config.public_url = Some("https://house.example".to_owned());
        config.mail = Some(Mail {
            host: "127.0.0.1".to_owned(),
            port: Some(port),
            security: Security::None,
            user: None,
            password: None,
            from: "Houseful <box@house.example>".to_owned(),
        });
    }
}
