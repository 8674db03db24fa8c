//! The people of `faults slow`: who watches, who tells, and guests who read what they asked for or do not.
//! They measure, and judge nothing.

use crate::client::api::Person;
use crate::client::live::Live;
use crate::client::process::Server;
use crate::client::replica::Replica;
use crate::faults::buyer::{enter, join};
use anyhow::{Context, Result, bail};
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::time::Instant;

/// Snapshots that a guest asks for, and the time between two: more than the kernel takes for one who does
/// not read, and done long before the phase is over.
const GUEST_JOINS: usize = 240;
const GUEST_PAUSE: Duration = Duration::from_millis(10);

const PING: &[u8] = br#"{"t":"ping""#;
const PONG: &str = r#"{"t":"pong"}"#;

/// What the watchers share.
#[derive(Default)]
pub struct Crowd {
    /// When each change was sent.
    pub sent: RefCell<Vec<Instant>>,
    /// How long a change took to each who saw it.
    pub waits_us: RefCell<Vec<u64>>,
    /// Who has come.
    pub watching: Cell<usize>,
    /// Who was thrown out.
    pub lost: Cell<usize>,
}

/// What guests do with what they asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Guests {
    /// They read it.
    Read,
    /// They do not.
    Stop,
}

impl Crowd {
    /// One watcher, until it is thrown out.
    pub async fn watch(&self, mut live: Live, room: &str) -> Result<()> {
        live.send(r#"{"t":"hello","ref":1}"#).await?;
        live.send(&json!({ "t": "join", "ref": 2, "room": room }).to_string()).await?;
        loop {
            let text = live.receive().await?;
            let text = std::str::from_utf8(&text)?;
            if text.starts_with(r#"{"t":"ops""#) {
                let now = Instant::now();
                let told = text.split(r#""title":""#).skip(1);
                let told = told.filter_map(|rest| rest.split_once('.')?.0.parse::<usize>().ok());
                for nth in told {
                    let sent = *self.sent.borrow().get(nth).context("nobody has told that yet")?;
                    self.waits_us.borrow_mut().push((now - sent).as_micros() as u64);
                }
            } else if text.starts_with(r#"{"t":"joined""#) {
                self.watching.set(self.watching.get() + 1);
            } else if text.as_bytes().starts_with(PING) {
                live.send(PONG).await?;
            }
        }
    }
}

/// Changes the event's text for all to see.
pub struct Teller {
    live: Live,
    /// Where.
    pub room: String,
    term: u64,
}

impl Teller {
    /// Joins as one of the staff.
    pub async fn enter(server: &Server, staff: &Person, room: &str) -> Result<Teller> {
        let mut live = enter(server.address, staff).await?;
        let mut copy = Replica::default();
        join(&mut live, room, &mut copy).await?;
        Ok(Teller { live, room: room.to_owned(), term: copy.term })
    }

    /// The nth change; returns when it is answered.
    pub async fn tell(&mut self, nth: usize) -> Result<()> {
        let body = json!({ "title": format!("{nth}.") });
        let frame = json!({ "t": "command", "ref": nth + 10, "room": self.room, "term": self.term,
            "id": uuid::Uuid::now_v7(), "name": "edit", "body": body });
        self.live.send(&frame.to_string()).await?;
        loop {
            let text = self.live.receive().await?;
            let frame: serde_json::Value = serde_json::from_slice(&text)?;
            if frame["ref"] == nth + 10 {
                match frame["t"].as_str() {
                    Some("ok") => return Ok(()),
                    _ => bail!("edit was answered {frame}"),
                }
            }
        }
    }
}

/// Comes, asks for one snapshot after the other, and reads them or does not.
pub async fn guest(server: SocketAddr, room: String, from: Ipv4Addr, guests: Guests) -> Result<()> {
    let mut live = Live::open(server, from).await?;
    live.send(r#"{"t":"hello","ref":1}"#).await?;
    let join = json!({ "t": "join", "ref": 2, "room": room }).to_string();
    let mut pause = tokio::time::interval(GUEST_PAUSE);
    let mut asked = 0;
    loop {
        let text = tokio::select! {
            _ = pause.tick(), if asked < GUEST_JOINS => None,
            text = live.receive(), if guests == Guests::Read => Some(text?),
            else => std::future::pending().await,
        };
        match text {
            None => {
                asked += 1;
                live.send(&join).await?;
            }
            Some(text) if text.starts_with(PING) => live.send(PONG).await?,
            Some(_) => {}
        }
    }
}
