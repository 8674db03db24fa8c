//! Keeps the lobby: its rows are read from the store at start, and follow what rooms have committed. Each
//! event changes there at most once a second.

use super::event_of;
use crate::clock::Clock;
use crate::drain::Tasks;
use crate::room::{AnswerTo, Mail, Notice, OsIds};
use crate::router::Router;
use crate::store::{EventRow, Store};
use houseful_apps::lobby::{Listed, SERVER, Set};
use houseful_room::{CommandId, DerivedRow, Headcount, Ids, Principal, Standing, Value, Wall};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// At most so often do rows change.
const TICK: Duration = Duration::from_secs(1);
/// Events read at once.
const PAGE: usize = 100;

/// How many are in each seat room. Shared with who lists events otherwise.
#[derive(Clone, Default)]
pub struct Headcounts(Arc<std::sync::Mutex<BTreeMap<u64, Headcount>>>);

impl Headcounts {
    /// How many are in an event's seat room.
    pub fn of(&self, event: u64) -> Headcount {
        let all = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        all.get(&event).copied().unwrap_or_default()
    }

    fn set(&self, event: u64, headcount: Headcount) {
        let mut all = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if headcount == Headcount::default() {
            all.remove(&event);
        } else {
            all.insert(event, headcount);
        }
    }
}

/// The task that keeps the lobby.
pub struct Keeper {
    /// Where the lobby is.
    pub router: Router,
    /// What to begin with.
    pub store: Arc<dyn Store>,
    /// What counts as upcoming.
    pub clock: Arc<dyn Clock>,
    /// How many are where.
    pub headcounts: Headcounts,
}

#[derive(Default)]
struct Cards {
    cards: BTreeMap<u64, Listed>,
    dirty: BTreeSet<u64>,
}

impl Keeper {
    /// Runs until the server drains.
    pub async fn run(self, mut notices: mpsc::Receiver<Notice>, tasks: Tasks) {
        let mut cards = self.read_all(&tasks).await;
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let drain = tasks.draining();
        loop {
            tokio::select! {
                () = drain.cancelled() => return,
                _ = tick.tick() => self.tell(&mut cards).await,
                notice = notices.recv() => match notice {
                    None => return,
                    Some(Notice::Rows(rows)) => {
                        rows.iter().for_each(|row| self.follow(&mut cards, row));
                    }
                    Some(Notice::Headcount(path, headcount)) => {
                        if let Some(event) = event_of(&path) {
                            self.headcounts.set(event, headcount);
                            cards.count(event, headcount);
                        }
                    }
                }
            }
        }
    }

    async fn read_all(&self, tasks: &Tasks) -> Cards {
        let (store, from) = (self.store.clone(), self.clock.wall().0);
        let read = tasks.blocking(move || {
            let mut cards = Cards::default();
            let mut after = None;
            loop {
                let page = store.upcoming_events(from, None, after, PAGE)?;
                after = page.last().map(EventRow::cursor);
                let is_last = page.len() < PAGE;
                page.into_iter().for_each(|row| cards.put(row.id, listed(row)));
                if is_last {
                    return Ok::<_, crate::store::StoreError>(cards);
                }
            }
        });
        match read.await {
            Ok(Ok(cards)) => cards,
            Ok(Err(error)) => {
                tracing::error!(%error, "the lobby begins empty: events cannot be read");
                Cards::default()
            }
            Err(_) => Cards::default(),
        }
    }

    fn follow(&self, cards: &mut Cards, row: &DerivedRow) {
        if row.table != "events" {
            return;
        }
        let Some((_, Value::Int(id))) = row.key.first() else { return };
        let event = id.unsigned_abs();
        match row.set.as_ref().and_then(|columns| read(columns)) {
            Some(card) if card.status == "published" => {
                cards.put(event, counted(card, self.headcounts.of(event)));
            }
            _ => cards.remove(event),
        }
    }

    /// Hands what has changed to the lobby room.
    async fn tell(&self, cards: &mut Cards) {
        let now = self.clock.wall().0;
        let past: Vec<u64> = cards
            .cards
            .iter()
            .filter(|(_, card)| card.starts_at.0 < now)
            .map(|(id, _)| *id)
            .collect();
        past.into_iter().for_each(|event| cards.remove(event));
        for event in std::mem::take(&mut cards.dirty) {
            let row = cards.cards.get(&event).cloned();
            if let Err(refusal) = self.set(&Set { id: event, row }).await {
                tracing::warn!(event, code = refusal, "the lobby did not take a row");
                cards.dirty.insert(event);
            }
        }
    }

    async fn set(&self, row: &Set) -> Result<(), &'static str> {
        let body = serde_json::to_string(row).map_err(|_| "internal")?.into();
        let lobby = self.router.find("lobby").await.map_err(|refusal| refusal.code)?;
        let (caller, answer) = oneshot::channel();
        let mail = Mail::Command {
            id: CommandId(OsIds.uuid(Wall(self.clock.wall().0))),
            term: None,
            who: Principal { account: Some(SERVER), standing: Standing::Admin },
            name: "set".into(),
            body,
            to: AnswerTo::Caller(caller),
        };
        self.router.send(&lobby, mail).await.map_err(|(_, refusal)| refusal.code)?;
        match answer.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(refusal)) => Err(refusal.code),
            Err(_) => Err("unavailable"),
        }
    }
}

impl Cards {
    fn put(&mut self, event: u64, card: Listed) {
        if self.cards.get(&event) != Some(&card) {
            self.cards.insert(event, card);
            self.dirty.insert(event);
        }
    }

    fn remove(&mut self, event: u64) {
        if self.cards.remove(&event).is_some() {
            self.dirty.insert(event);
        }
    }

    fn count(&mut self, event: u64, headcount: Headcount) {
        if let Some(card) = self.cards.get(&event).cloned() {
            self.put(event, counted(card, headcount));
        }
    }
}

fn counted(card: Listed, headcount: Headcount) -> Listed {
    Listed { here: headcount.here as u64, watching: headcount.watching as u64, ..card }
}

fn listed(row: EventRow) -> Listed {
    Listed {
        title: row.title,
        starts_at: Wall(row.starts_at),
        time_zone: row.time_zone,
        place: row.place,
        status: row.status,
        currency: row.currency,
        from_price: row.from_price,
        capacity: row.capacity,
        available: row.available,
        here: 0,
        watching: 0,
    }
}

/// Reads a derived row; `None` if a column is not there.
fn read(columns: &[(&'static str, Value)]) -> Option<Listed> {
    let value = |name: &str| columns.iter().find(|(column, _)| *column == name).map(|c| &c.1);
    let text = |name: &str| match value(name)? {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    let int = |name: &str| match value(name)? {
        Value::Int(int) => Some(*int),
        _ => None,
    };
    Some(Listed {
        title: text("title")?,
        starts_at: Wall(int("starts_at")?),
        time_zone: text("time_zone")?,
        place: text("place")?,
        status: text("status")?,
        currency: text("currency")?,
        from_price: int("from_price"),
        capacity: int("capacity")?.unsigned_abs(),
        available: int("available")?.unsigned_abs(),
        here: 0,
        watching: 0,
    })
}
