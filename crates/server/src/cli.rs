//! The command line, and help that teaches it. A program with applications of its own has the same.

mod rooms;
mod serve;

use crate::apps::Apps;
use crate::clock::SystemClock;
use crate::config::{Config, DialectAt, Overrides};
use crate::db::sqlite::{Options, Sqlite, exit_on_fatal};
use crate::gateway::tls::Certificate;
use crate::verify;
use anyhow::Context;
use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// Houseful, a self-hosted server for live events: seats that sell live, to everyone at once.
///
/// Everything is in one data folder. Try it with `houseful serve --demo`, then open the address that it
/// prints.
#[derive(Parser)]
#[command(name = "houseful", version, max_term_width = 100)]
struct Command {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Runs the server until it is told to stop (Ctrl-C or SIGTERM).
    ///
    /// At the first start on an empty folder a link is printed with which the first account, the admin's,
    /// is made.
    #[command(after_help = "Examples:
  houseful serve --demo                      three events to play with, in the folder `data`
  houseful serve --data /var/lib/houseful    your own
  houseful serve --listen 0.0.0.0:8787       open to the network; set [tls], or put TLS in front")]
    Serve(Serve),
    /// Reads the configuration and says what is wrong with it, or prints every setting as it is in force.
    ///
    /// What is printed can be put into `houseful.toml` as it is. Settings come from `houseful.toml` in the
    /// data folder (or `--config`), then from variables such as HOUSEFUL_LISTEN or
    /// HOUSEFUL_LIVE__REQUESTS_PER_MINUTE, then from the command line.
    Check(Where),
    /// Replays every room's journal and checks every invariant, against the derived rows too.
    ///
    /// Changes nothing. The exit status is 0 only if all is well. The server must be stopped, or verify
    /// a backup.
    Verify(Where),
    /// Lists the rooms of a data folder, while a server runs on it or not.
    Rooms(Where),
    /// Shows a room's last entries as people read them, and goes on with those that come.
    ///
    /// Who did what and when, what it changed, and for whose eyes. It reads the data folder, beside a running
    /// server or without one.
    #[command(after_help = "Examples:
  houseful tail events/1/seats               follow a sale
  houseful tail events/1/seats -n 500 --no-follow
  houseful tail events/1/seats --json | jq .by")]
    Tail(Tail),
    /// Copies the database into a new folder, while the server runs if need be.
    ///
    /// To restore, stop the server and put the copy in place of the data folder.
    #[command(after_help = "Example:
  houseful backup --data /var/lib/houseful --to /backup/2026-11-21")]
    Backup(Backup),
}

#[derive(Args)]
struct Where {
    /// The data folder [default: data]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// A configuration file in place of houseful.toml in the data folder
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    place: Where,
    /// Where to listen; may be given several times [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDR")]
    listen: Vec<SocketAddr>,
    /// Speak the protocol of an older system there: seats, events, events-live, booking, chat or lobby;
    /// may be given several times
    #[arg(long = "dialect", value_name = "NAME=ADDR")]
    dialects: Vec<DialectAt>,
    /// Fill an empty data folder with events, rooms, people and bookings, and speak all dialects.
    /// Loopback only: everyone knows the demo's passwords
    #[arg(long)]
    demo: bool,
}

#[derive(Args)]
struct Tail {
    /// The room's path, such as events/1/seats; `houseful rooms` lists them
    room: String,
    #[command(flatten)]
    place: Where,
    /// How many of the last entries to begin with
    #[arg(short = 'n', long, default_value_t = 10)]
    entries: u64,
    /// End after the last entry
    #[arg(long)]
    no_follow: bool,
    /// Each entry as one line of JSON, as it is stored
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Backup {
    #[command(flatten)]
    place: Where,
    /// The new folder; it must not exist or be empty
    #[arg(long, value_name = "DIR")]
    to: PathBuf,
}

impl Where {
    fn config(self) -> anyhow::Result<Config> {
        Ok(Config::load(&self.overrides())?)
    }

    fn overrides(self) -> Overrides {
        Overrides { data: self.data, file: self.config, ..Overrides::default() }
    }
}

/// The whole program: reads the command line, runs one of its commands with these applications, says what
/// went wrong.
pub fn run(apps: Apps) -> ExitCode {
    match obey(Command::parse(), apps) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("houseful: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(command: Command, apps: Apps) -> anyhow::Result<ExitCode> {
    match command.what {
        What::Serve(Serve { place, listen, dialects, demo }) => {
            let overrides = Overrides { listen, dialects, ..place.overrides() };
            serve::run(Config::load(&overrides)?, demo, apps)
        }
        What::Check(place) => check(place),
        What::Verify(place) => verify(place.config()?, &apps),
        What::Rooms(place) => rooms::list(&place.config()?),
        What::Tail(Tail { room, place, entries, no_follow, json }) => {
            let tail = rooms::Tail { room, entries, follow: !no_follow, json };
            rooms::tail(&place.config()?, &tail)
        }
        What::Backup(Backup { place, to }) => backup(place.config()?, to),
    }
}

fn check(place: Where) -> anyhow::Result<ExitCode> {
    let overrides = place.overrides();
    let (file, config) = (Config::file(&overrides)?, Config::load(&overrides)?);
    let read = if file.is_file() { "read" } else { "not there, so all is as by default" };
    println!("# {}: {read}", file.display());
    if !config.data.is_dir() {
        println!("# {}: not there yet; `serve` makes it", config.data.display());
    }
    if let Some(tls) = &config.tls {
        Certificate::read(tls)?;
    }
    println!("# The configuration is fine. In force are:");
    if config.public_url.is_none() {
        println!("# public_url is not set: pages connect by the address that the browser used");
    }
    println!("{}", toml::to_string(&config)?);
    Ok(ExitCode::SUCCESS)
}

fn verify(config: Config, apps: &Apps) -> anyhow::Result<ExitCode> {
    let database = existing(config.data)?;
    let report = verify::verify(&database, apps, &SystemClock::new(), |room| {
        eprintln!("replaying {room}");
    })?;
    for fault in &report.faults {
        println!("FAULT {fault}");
    }
    println!(
        "{} rooms, {} entries replayed, {} derived rows compared: {} faults",
        report.rooms,
        report.entries,
        report.rows,
        report.faults.len()
    );
    Ok(if report.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn backup(config: Config, to: PathBuf) -> anyhow::Result<ExitCode> {
    let source = config.data.join(Sqlite::FILE_NAME);
    if !source.is_file() {
        anyhow::bail!("there is no database in {}", config.data.display());
    }
    if std::fs::read_dir(&to).is_ok_and(|mut entries| entries.next().is_some()) {
        anyhow::bail!("{} is not empty", to.display());
    }
    std::fs::create_dir_all(&to).with_context(|| format!("{} cannot be made", to.display()))?;
    let target = to.join(Sqlite::FILE_NAME);
    let mut told = 0;
    Sqlite::backup_file(&source, &target, |progress| {
        let done = 100 - 100 * progress.pages_left / progress.pages.max(1);
        if done >= told + 10 {
            told = done;
            eprintln!("{done} %");
        }
    })?;
    println!("Copied to {}", target.display());
    Ok(ExitCode::SUCCESS)
}

fn existing(folder: PathBuf) -> anyhow::Result<Sqlite> {
    if !folder.join(Sqlite::FILE_NAME).is_file() {
        anyhow::bail!("there is no database in {}", folder.display());
    }
    Ok(Sqlite::open(&Options { folder, fatal: exit_on_fatal })?)
}
