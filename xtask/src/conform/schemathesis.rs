//! Schemathesis against a started server with the description that the server itself gives: as nobody, as an
//! attendee, as an organiser, as an admin. What is excluded is in `schemathesis.toml`, each with its reason.

use super::{Schemathesis, environment, start};
use crate::client::api::{organiser, sign_in};
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
        let token = runtime.block_on(token(server.address, who))?;
        let mut command = Command::new(&program);
        command.arg("--config-file").arg(repo::root().join(SETTINGS));
        command.arg("run").arg(format!("http://{}/api/openapi.json", server.address));
        command.args(["--max-examples", &schemathesis.examples.to_string()]);
        command.args(["--seed", &schemathesis.seed.to_string()]);
        if let Some(token) = token {
            command.arg("--header").arg(format!("Authorization: Bearer {token}"));
        }
        command.current_dir(&start.data);
        if Run::of(command).must_succeed().is_err() {
            findings.push(who);
        }
        server.kill()?;
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

async fn token(server: SocketAddr, who: &str) -> Result<Option<String>> {
    let from = address(0);
    Ok(match who {
        "attendee" => Some(sign_in(server, from, "ann@demo.example").await?.token),
        "organiser" | "admin" => Some(organiser(server, from).await?.token),
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
