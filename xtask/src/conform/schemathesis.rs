//! Schemathesis against a started server with the description that the server itself gives: as nobody, as an
//! attendee, as an organiser, as an admin. Nobody and attendees change nothing that is others'. What is excluded is
//! in `schemathesis.toml`, each with its reason.

use super::foreign::Foreign;
use super::{Schemathesis, environment, start};
use crate::client::api::{Person, organiser, sign_in};
use crate::client::live::address;
use crate::client::process::{Server, Start};
use crate::repo;
use crate::test::process::Run;
use anyhow::{Result, bail};
use rusqlite::Connection;
use std::net::SocketAddr;
use std::process::Command;

const PACKAGE: &str = "schemathesis==4.32.5";
const SETTINGS: &str = "xtask/src/conform/schemathesis.toml";

/// Plays as everybody in turn.
pub fn run(schemathesis: &Schemathesis) -> Result<()> {
    let program = environment::program("schemathesis", PACKAGE)?;
    let start = start(schemathesis.binary.as_ref(), "conform-schemathesis")?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut findings = Vec::new();
    for who in ["anonymous", "attendee", "organiser", "admin"] {
        if schemathesis.only.as_deref().is_some_and(|only| only != who) {
            continue;
        }
        println!("\nas {who}");
        // A server of its own: an account may be locked out by what the one before did.
        let server = if who == "admin" { with_admin(&start)? } else { start.serve()? };
        let person = runtime.block_on(person(server.address, who))?;
        let account = person.as_ref().map_or(0, |person| person.account);
        let foreign = Foreign::before(&start.data, account)?;
        let mut command = Command::new(&program);
        command.arg("--config-file").arg(repo::root().join(SETTINGS));
        command.arg("run").arg(format!("http://{}/api/openapi.json", server.address));
        command.args(["--max-examples", &schemathesis.examples.to_string()]);
        command.args(["--seed", &schemathesis.seed.to_string()]);
        if let Some(person) = person {
            command.arg("--header").arg(format!("Authorization: Bearer {}", person.token));
        }
        command.current_dir(&start.data);
        let is_as_described = Run::of(command).must_succeed().is_ok();
        server.kill()?;
        if !(is_as_described & has_kept(&foreign, who)?) {
            findings.push(who);
        }
    }
    if !findings.is_empty() {
        bail!(
            "findings as {}; the server's log is in {}",
            findings.join(", "),
            start.data.display()
        );
    }
    std::fs::remove_dir_all(&start.data)?;
    Ok(())
}

/// Whether whoever runs nothing has changed what is their own and nothing else.
fn has_kept(foreign: &Foreign, who: &str) -> Result<bool> {
    let (changed, is_own_changed) = foreign.after()?;
    let (changed, needs_own) = match who {
        "anonymous" => (changed, false),
        "attendee" => (changed, true),
        // Whoever runs the demo's events changes them, and who books there.
        _ => (Vec::new(), true),
    };
    changed.iter().take(20).for_each(|row| println!("not theirs: {row:.300}"));
    if needs_own && !is_own_changed {
        println!("as {who} nothing at all was changed: this has shown nothing");
    }
    println!("{} rows of others were changed as {who}", changed.len());
    Ok(changed.is_empty() && (is_own_changed || !needs_own))
}

async fn person(server: SocketAddr, who: &str) -> Result<Option<Person>> {
    let from = address(0);
    Ok(match who {
        "attendee" => Some(sign_in(server, from, "ann@demo.example").await?),
        "organiser" | "admin" => Some(organiser(server, from).await?),
        _ => None,
    })
}

/// The demo has no admin: its organiser is made one, before the server reads who is who.
fn with_admin(start: &Start) -> Result<Server> {
    start.serve()?.kill()?;
    let db = Connection::open(start.data.join("houseful.db"))?;
    let sql = "UPDATE accounts SET role = 'admin' WHERE role = 'organiser'";
    anyhow::ensure!(db.execute(sql, [])? > 0, "the demo has no organiser");
    start.serve()
}
