//! People who are in the lobby and stay there: whoever is thrown out comes back, with a new token if it takes one,
//! and counts what they are told.

use crate::client::api::{Person, sign_in};
use crate::client::live::{Live, address};
use anyhow::{Result, bail};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// Passwords that are checked at once: more would be told `busy`.
const SIGN_INS_AT_ONCE: usize = 8;
/// Between two attempts to come back.
const COME_BACK_MS: u64 = 100;
const COME_SECONDS_MAX: u64 = 300;

/// Everybody who is in the lobby.
pub(super) struct Crowd {
    server: SocketAddr,
    here: RefCell<BTreeSet<u64>>,
    told: RefCell<BTreeMap<u64, BTreeSet<u64>>>,
    turns: Semaphore,
    failed: Cell<u64>,
}

impl Crowd {
    pub(super) fn new(server: SocketAddr) -> Crowd {
        let (here, told, failed) = (RefCell::default(), RefCell::default(), Cell::default());
        Crowd { server, here, told, turns: Semaphore::new(SIGN_INS_AT_ONCE), failed }
    }

    /// One person's life, which has no end.
    pub(super) async fn stay(self: Rc<Self>, nth: usize, account: u64, email: String) {
        let mut person = None;
        loop {
            if self.visit(nth, account, &email, &mut person).await.is_err() {
                self.failed.set(self.failed.get() + 1);
            }
            self.here.borrow_mut().remove(&account);
            tokio::time::sleep(Duration::from_millis(COME_BACK_MS)).await;
        }
    }

    async fn visit(
        &self,
        nth: usize,
        account: u64,
        email: &str,
        person: &mut Option<Person>,
    ) -> Result<()> {
        let token = match person {
            Some(person) => person.token.clone(),
            None => {
                let _turn = self.turns.acquire().await?;
                person.insert(sign_in(self.server, address(nth + 1), email).await?).token.clone()
            }
        };
        let mut live = Live::open(self.server, address(nth + 1)).await?;
        live.send(&json!({ "t": "hello", "ref": 1, "token": token }).to_string()).await?;
        live.send(&json!({ "t": "join", "ref": 2, "room": "lobby" }).to_string()).await?;
        loop {
            let frame: Value = serde_json::from_slice(&live.receive().await?)?;
            match frame["t"].as_str() {
                Some("joined") => drop(self.here.borrow_mut().insert(account)),
                Some("ops") => self.note(account, &frame),
                Some("ping") => live.send(r#"{"t":"pong"}"#).await?,
                Some("refused" | "expiring") => {
                    *person = None;
                    bail!("{frame}");
                }
                _ => {}
            }
        }
    }

    /// Keeps which reminders somebody was told of.
    fn note(&self, account: u64, frame: &Value) {
        let fragments = frame["fragments"].as_array().into_iter().flatten();
        let ops = fragments.flat_map(|fragment| fragment["ops"].as_array().into_iter().flatten());
        for op in ops.filter(|op| op[1] == "notices") {
            let new = &op[2]["notification"];
            if new["kind"] == "reminder"
                && let Some(id) = new["id"].as_u64()
            {
                self.told.borrow_mut().entry(account).or_default().insert(id);
            }
        }
    }

    /// Waits until so many are there.
    pub(super) async fn until_here(&self, count: usize) -> Result<()> {
        let begun = Instant::now();
        while self.here.borrow().len() < count {
            if begun.elapsed().as_secs() >= COME_SECONDS_MAX {
                bail!(
                    "{} of {count} came; {} tries failed",
                    self.here.borrow().len(),
                    self.failed.get()
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// How often anybody was told.
    pub(super) fn told_in_all(&self) -> usize {
        self.told.borrow().values().map(BTreeSet::len).sum()
    }

    /// How often each was told.
    pub(super) fn told(&self) -> BTreeMap<u64, u64> {
        let told = self.told.borrow();
        told.iter().map(|(account, ids)| (*account, ids.len() as u64)).collect()
    }
}
