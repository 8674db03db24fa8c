//! Keeps the lobby: its rows are read from the store at start, and follow what rooms have committed and who is in
//! them. Each row changes there at most once a second. It decides nothing.

use super::EVENT_ROOMS;
use super::cards::Cards;
use super::rows::listed;
use crate::clock::Clock;
use crate::drain::Tasks;
use crate::events::seats_path;
use crate::room::{AnswerTo, Attendance, Mail, Notice, OsIds};
use crate::router::Router;
use crate::store::{EventRow, ListingRow, Store, StoreError};
use houseful_apps::lobby::{SERVER, Write};
use houseful_room::{AccountId, CommandId, Headcount, Ids, Principal, Standing, Wall};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// At most so often do rows change.
const TICK: Duration = Duration::from_secs(1);
/// Rows read at once.
const PAGE: usize = 100;

/// Who is in each room, and how many. Shared with who lists events otherwise.
#[derive(Clone)]
pub struct Headcounts {
    all: Arc<std::sync::Mutex<HashMap<Arc<str>, Attendance>>>,
    changes: watch::Sender<()>,
}

impl Default for Headcounts {
    fn default() -> Headcounts {
        Headcounts { all: Arc::default(), changes: watch::Sender::new(()) }
    }
}

impl Headcounts {
    /// How many are in an event's seat room.
    pub fn of(&self, event: u64) -> Headcount {
        self.at(&seats_path(event))
    }

    /// How many are in the room of this path.
    pub fn at(&self, path: &str) -> Headcount {
        self.all().get(path).map(|attendance| attendance.headcount).unwrap_or_default()
    }

    /// Who is in the room of this path, where everyone inside may know it.
    pub fn people(&self, path: &str) -> BTreeSet<AccountId> {
        let all = self.all();
        let people = all.get(path).and_then(|attendance| attendance.people.as_ref());
        people.into_iter().flatten().copied().collect()
    }

    /// Is told when somebody has come or gone, wherever.
    pub fn changes(&self) -> watch::Receiver<()> {
        self.changes.subscribe()
    }

    fn set(&self, path: Arc<str>, attendance: Attendance) {
        let mut all = self.all();
        if attendance == Attendance::default() {
            all.remove(&path);
        } else {
            all.insert(path, attendance);
        }
        drop(all);
        self.changes.send_replace(());
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Arc<str>, Attendance>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
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
                        let at = |path: &str| self.headcounts.at(path);
                        rows.iter().for_each(|row| cards.follow(row, at));
                        cards.take_lost().into_iter().for_each(|event| self.reconsider(event));
                    }
                    Some(Notice::Attendance(path, attendance)) => {
                        cards.attend(&path, &attendance);
                        self.headcounts.set(path, attendance);
                    }
                }
            }
        }
    }

    /// Whoever no longer sees an event is no longer in the rooms beside it.
    fn reconsider(&self, event: u64) {
        for (suffix, _) in EVENT_ROOMS {
            if let Some(room) = self.router.awake(&format!("events/{event}/{suffix}"))
                && room.send(Mail::Reconsider).is_err()
            {
                tracing::warn!(event, suffix, "a room cannot ask anew who may be in it");
            }
        }
    }

    async fn read_all(&self, tasks: &Tasks) -> Cards {
        let (store, from) = (self.store.clone(), self.clock.wall().0);
        let read = tasks.blocking(move || {
            let mut cards = Cards::default();
            read_events(&*store, from, &mut cards)?;
            read_rooms(&*store, &mut cards)?;
            Ok::<_, StoreError>(cards)
        });
        match read.await {
            Ok(Ok(cards)) => cards,
            Ok(Err(error)) => {
                tracing::error!(%error, "the lobby begins empty: it cannot be read");
                Cards::default()
            }
            Err(_) => Cards::default(),
        }
    }

    /// Hands what has changed to the lobby room.
    async fn tell(&self, cards: &mut Cards) {
        cards.pass(self.clock.wall());
        for write in cards.take_changes() {
            if let Err(code) = self.write(&write).await {
                tracing::warn!(?write, code, "the lobby did not take a row");
                cards.again(write);
            }
        }
    }

    async fn write(&self, write: &Write) -> Result<(), &'static str> {
        self::write(&self.router, &*self.clock, write).await
    }
}

/// Has the lobby do what the server alone may ask; answers why not, as a code.
pub(crate) async fn write(
    router: &Router,
    clock: &dyn Clock,
    write: &Write,
) -> Result<(), &'static str> {
    let (name, body) = write.command().map_err(|_| "internal")?;
    let lobby = router.find("lobby").await.map_err(|refusal| refusal.code)?;
    let (caller, answer) = oneshot::channel();
    let mail = Mail::Command {
        id: CommandId(OsIds.uuid(Wall(clock.wall().0))),
        term: None,
        who: Principal::person(SERVER, Standing::Admin),
        name: name.into(),
        body: body.into(),
        to: AnswerTo::Caller(caller),
    };
    router.send(&lobby, mail).await.map_err(|(_, refusal)| refusal.code)?;
    match answer.await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(refusal)) => Err(refusal.code),
        Err(_) => Err("unavailable"),
    }
}

fn read_events(store: &dyn Store, from: i64, cards: &mut Cards) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = store.upcoming_events(from, after, PAGE)?;
        after = page.last().map(EventRow::cursor);
        let is_last = page.len() < PAGE;
        let ids: Vec<u64> = page.iter().map(|row| row.id).collect();
        for (event, account, role) in store.event_people(&ids)? {
            cards.know_of(event, account, Some(&role));
        }
        page.into_iter().for_each(|row| cards.put_event(row.id, listed(row)));
        if is_last {
            return Ok(());
        }
    }
}

fn read_rooms(store: &dyn Store, cards: &mut Cards) -> Result<(), StoreError> {
    let mut after: Option<String> = None;
    loop {
        let page: Vec<ListingRow> = store.open_listings(after.as_deref(), PAGE)?;
        after = page.last().map(|row| row.path.clone());
        let is_last = page.len() < PAGE;
        let paths: Vec<String> = page.iter().map(|row| row.path.clone()).collect();
        page.into_iter().for_each(|row| cards.put_room(row, Headcount::default()));
        for (path, account) in store.invited(&paths)? {
            cards.know(&path, account, true);
        }
        if is_last {
            return Ok(());
        }
    }
}
