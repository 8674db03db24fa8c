//! `houseful serve`: starts the server, says where it is, stops it in order.

use crate::app::{Server, Surroundings};
use crate::apps::Apps;
use crate::clock::SystemClock;
use crate::config::{Config, DialectAt};
use crate::listeners::BusyDialect;
use crate::{demo, telemetry};
use anyhow::Context;
use std::io::Write;
use std::process::ExitCode;
use std::sync::Arc;
use tokio::signal::unix::{SignalKind, signal};

/// Runs until a signal.
pub(super) fn run(mut config: Config, demo: bool, apps: Apps) -> anyhow::Result<ExitCode> {
    if demo && let Some(far) = config.listen.iter().find(|at| !at.ip().is_loopback()) {
        anyhow::bail!(
            "--demo listens on loopback only, for everyone knows its passwords: not on {far}"
        );
    }
    if demo {
        config = config.for_demo();
        let dialects = config.dialects.listeners();
        if let Some(far) = dialects.iter().find(|on| !on.at.ip().is_loopback()) {
            anyhow::bail!("--demo speaks its dialects on loopback only: not on {}", far.at);
        }
    }
    telemetry::start_logs(&config.log)?;
    let metrics = telemetry::start_metrics()?;
    telemetry::watch_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate()).context("SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("Ctrl-C")?;
        let clock = Arc::new(SystemClock::new());
        let surroundings = Surroundings { apps, demo, ..Surroundings::new(clock, metrics) };
        let public_url = config.public_url.clone();
        let server = Server::start(config, surroundings).await?;
        announce(&server, public_url, demo)?;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        // Nobody may read it any more.
        let _ = writeln!(std::io::stderr(), "stopping");
        server.stop().await;
        Ok(ExitCode::SUCCESS)
    })
}

fn announce(server: &Server, public_url: Option<String>, demo: bool) -> anyhow::Result<()> {
    let here = format!("http://{}", server.address);
    println!("listening on {here}");
    for more in &server.addresses.more {
        println!("  and on     http://{more}");
    }
    if let Some(tls) = server.addresses.tls {
        println!("  by TLS     https://{tls}");
    }
    println!("  operator   http://{}/metrics", server.addresses.operator);
    for DialectAt { dialect, at } in &server.addresses.dialects {
        println!("  {:<10} http://{at}", dialect.name());
    }
    for BusyDialect { dialect: DialectAt { dialect, at }, why } in &server.addresses.busy {
        println!("  {:<10} not spoken: {at} cannot be had ({why})", dialect.name());
    }
    if demo && server.has_demo {
        println!("  organiser  {}   password  {}", demo::ORGANISER, demo::PASSWORD);
        println!("  attendee   {}         password  {}", demo::ATTENDEE, demo::PASSWORD);
        let (admin, ..) = demo::older::PEOPLE[0];
        println!("  admin      {admin}        password  {}", demo::older::PASSWORD);
    } else if demo {
        println!("  The data folder was in use already, so nothing of the demo was put into it.");
        println!("  For the demo, name another: houseful serve --demo --data demo-data");
    }
    if let Some(token) = server.accounts.setup_token()? {
        let url = public_url.unwrap_or(here);
        let may = if demo { " (The demo needs none.)" } else { "" };
        println!("Nobody is admin yet.{may} Make the admin's account, once, with this link:");
        println!("  {url}/setup#{token}");
    }
    Ok(())
}
