//! Other people's test suites against what is ours, each in a Python environment of its own below the
//! target folder. It judges by what they report and by tables of what was explained, never by itself.

mod autobahn;
mod environment;
mod foreign;
mod schemathesis;
mod socketio;
mod sslyze;

use crate::client::process::Start;
use crate::test::cargo;
use crate::test::process::{Run, target_folder};
use anyhow::Result;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// Which suite.
#[derive(Subcommand)]
pub enum Suite {
    /// Autobahn: our WebSocket framing, byte by byte.
    Autobahn(Autobahn),
    /// Schemathesis: the HTTP interface does what its own description says.
    Schemathesis(Schemathesis),
    /// Socket.IO: the test suites of the Engine.IO and Socket.IO protocols, from a copy of their repository.
    Socketio(Socketio),
    /// SSLyze: the TLS listener speaks what Mozilla's intermediate profile allows, and nothing else.
    Sslyze(Sslyze),
}

/// What Autobahn plays.
#[derive(Args)]
pub struct Autobahn {
    /// The large messages with the server's own limits, and require that they are refused.
    #[arg(long)]
    pub control: bool,
}

/// How long Schemathesis looks.
#[derive(Args)]
pub struct Schemathesis {
    /// Requests that are made up for each operation and kind of request.
    #[arg(long, default_value_t = 20)]
    pub examples: u32,
    /// What the made up requests start from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// As whom alone: anonymous, attendee, organiser or admin.
    #[arg(long, value_name = "WHO")]
    pub only: Option<String>,
    /// The server to run [default: a debug build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
}

/// Where the suites are.
#[derive(Args)]
pub struct Socketio {
    /// The folder `docs` of a copy of github.com/socketio/socket.io, or one with its `engine.io-protocol` and
    /// `socket.io-protocol`. `npm install` is run in the suites' folders.
    #[arg(long, value_name = "DIR")]
    pub suite: PathBuf,
    /// How often each is run.
    #[arg(long, default_value_t = 1)]
    pub times: u32,
}

/// Which server's TLS is looked at.
#[derive(Args)]
pub struct Sslyze {
    /// The server to run [default: a debug build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
}

/// Runs a suite; an error if it found anything that is not explained.
pub fn run(suite: Suite) -> Result<()> {
    match suite {
        Suite::Autobahn(autobahn) => autobahn::run(&autobahn),
        Suite::Schemathesis(schemathesis) => schemathesis::run(&schemathesis),
        Suite::Socketio(socketio) => socketio::run(&socketio),
        Suite::Sslyze(sslyze) => sslyze::run(&sslyze),
    }
}

/// A server on an empty folder.
fn start(binary: Option<&PathBuf>, name: &str) -> Result<Start> {
    let target = target_folder()?;
    let binary = match binary {
        Some(binary) => binary.clone(),
        None => {
            Run::of(cargo(&["build", "--package", "houseful"])).must_succeed()?;
            target.join("debug/houseful")
        }
    };
    Ok(Start { binary, data: crate::client::process::folder(&target, name)?, core: None })
}
