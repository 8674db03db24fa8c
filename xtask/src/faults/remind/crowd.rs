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
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Passwords that are checked at once: more would be told `busy`.
const SIGN_INS_AT_ONCE: usize = 8;
/// Between two attempts to come back.
const COME_BACK_MS: u64 = 100;
const COME_SECONDS_MAX: u64 = 300;

/// Everybody who is in the lobby.
pub(super) struct Crowd {
    server: SocketAddr,
    stays: RefCell<Vec<JoinHandle<()>>>,
    here: RefCell<BTreeSet<u64>>,
    /// The kinds of what each was told of, by its number in the inbox.
    told: RefCell<BTreeMap<u64, BTreeMap<u64, String>>>,
    turns: Semaphore,
    failed: Cell<u64>,
}

impl Crowd {
    pub(super) fn new(server: SocketAddr) -> Crowd {
        let (here, told, failed) = (RefCell::default(), RefCell::default(), Cell::default());
        let (stays, turns) = (RefCell::default(), Semaphore::new(SIGN_INS_AT_ONCE));
        Crowd { server, stays, here, told, turns, failed }
    }

    /// Everybody comes, with new tokens, in place of who was there, and is waited for.
    pub(super) async fn come(self: &Rc<Self>, people: &[(u64, String)]) -> Result<()> {
        self.stays.borrow_mut().drain(..).for_each(|stay| stay.abort());
        self.here.borrow_mut().clear();
        for (nth, (account, email)) in people.iter().cloned().enumerate() {
            let stay = tokio::task::spawn_local(self.clone().stay(nth, account, email));
            self.stays.borrow_mut().push(stay);
        }
        self.until_here(people.len()).await
    }

    /// One person's life, which has no end.
    async fn stay(self: Rc<Self>, nth: usize, account: u64, email: String) {
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

    /// Keeps what somebody was told of.
    fn note(&self, account: u64, frame: &Value) {
        let fragments = frame["fragments"].as_array().into_iter().flatten();
        let ops = fragments.flat_map(|fragment| fragment["ops"].as_array().into_iter().flatten());
        for op in ops.filter(|op| op[1] == "notices") {
            let new = &op[2]["notification"];
            if let (Some(id), Some(kind)) = (new["id"].as_u64(), new["kind"].as_str()) {
                let mut told = self.told.borrow_mut();
                told.entry(account).or_default().insert(id, kind.to_owned());
            }
        }
    }

    /// Waits until so many are there.
    async fn until_here(&self, count: usize) -> Result<()> {
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
        self.told.borrow().values().map(BTreeMap::len).sum()
    }

    /// The kinds of what each was told, sorted.
    pub(super) fn told(&self) -> BTreeMap<u64, Vec<String>> {
        let sorted = |kinds: &BTreeMap<u64, String>| {
            let mut kinds: Vec<String> = kinds.values().cloned().collect();
            kinds.sort();
            kinds
        };
        self.told.borrow().iter().map(|(account, kinds)| (*account, sorted(kinds))).collect()
    }
}
