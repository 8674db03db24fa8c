//! From a room's path to its mailbox: awake here, or woken now. It knows no rule of any room.

mod erase;
mod inspect;

pub use crate::journal::EntryRecord;

use crate::drain::Tasks;
use crate::journal::LogRow;
use crate::room::{Mail, Registry, RoomContext, RoomHandle, Runner, mail};
use crate::store::{Store, StoreError};
use houseful_room::door::parent_of;
use houseful_room::{Audience, Principal, Refusal, RoomId, Standing};
use std::sync::Arc;
use tokio::sync::oneshot;

/// Finds rooms and hands them mail.
#[derive(Clone)]
pub struct Router {
    context: Arc<RoomContext>,
    registry: Registry,
    /// What is known of rooms that sleep.
    store: Option<Arc<dyn Store>>,
}

impl Router {
    /// A router with no room awake.
    pub fn new(context: Arc<RoomContext>) -> Router {
        Router { context, registry: Registry::default(), store: None }
    }

    /// One that asks the store whether somebody may know of a room before it wakes it for them.
    pub fn with_store(self, store: Arc<dyn Store>) -> Router {
        Router { store: Some(store), ..self }
    }

    /// The rooms that are awake.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What the rooms' tasks are spawned with.
    pub fn tasks(&self) -> &Tasks {
        &self.context.tasks
    }

    /// The room of this path for somebody who wants in. A private room that sleeps is not woken by who may not
    /// know of it: they learn from no delay that it is there.
    pub async fn find_for(&self, path: &str, who: &Principal) -> Result<RoomHandle, Refusal> {
        let is_plain = who.standing == Standing::Admin || self.awake(path).is_some();
        let Some(store) = self.store.clone().filter(|_| !is_plain) else {
            return self.find(path).await;
        };
        let (account, wanted) = (who.account, path.to_owned());
        let hidden = self.context.tasks.blocking(move || store.is_hidden(&wanted, account)).await;
        match hidden {
            Ok(Ok(false)) => self.find(path).await,
            Ok(Ok(true)) => Err(no_such_room()),
            _ => Err(mail::unavailable()),
        }
    }

    /// The room of this path, woken if it sleeps. `no_such_room` if there is none.
    pub async fn find(&self, path: &str) -> Result<RoomHandle, Refusal> {
        if let Some(handle) = self.awake(path) {
            return Ok(handle);
        }
        if path.len() > crate::limits::ROOM_PATH_BYTES_MAX {
            return Err(no_such_room());
        }
        // A room without a journal is not in the store: its path is its application's name.
        if self.context.apps.get(path).is_some_and(|app| !app.keeps_journal) {
            return Ok(self.wake(RoomId(uuid::Uuid::nil()), path, None, false));
        }
        let (journal, wanted) = (self.context.journal.clone(), path.to_owned());
        let found = self.context.tasks.blocking(move || journal.find(&wanted)).await;
        match found {
            Ok(Ok(Some(record))) => {
                let has_door = self.context.apps.get(&record.app).is_some_and(|app| app.has_door);
                let parent = has_door.then(|| parent_of(&record.config)).flatten();
                Ok(self.wake(record.room, path, parent.map(Into::into), true))
            }
            Ok(Ok(None) | Err(StoreError::NotFound)) => Err(no_such_room()),
            Ok(Err(error)) => {
                tracing::error!(%error, "a room cannot be looked up");
                Err(mail::unavailable())
            }
            Err(_) => Err(mail::unavailable()),
        }
    }

    /// The room of this path if it is awake.
    pub fn awake(&self, path: &str) -> Option<RoomHandle> {
        self.registry.lock().get(path).filter(|handle| !handle.is_closed()).cloned()
    }

    fn wake(
        &self,
        id: RoomId,
        path: &str,
        parent: Option<Arc<str>>,
        keeps_journal: bool,
    ) -> RoomHandle {
        let path: Arc<str> = path.into();
        let mut rooms = self.registry.lock();
        if let Some(handle) = rooms.get(&path).filter(|handle| !handle.is_closed()) {
            return handle.clone();
        }
        let (handle, mailbox) = RoomHandle::open(id, path.clone(), parent);
        rooms.insert(path.clone(), handle.clone());
        drop(rooms);
        let registry = self.registry.clone();
        let context = self.context.clone();
        let runner = Runner::new(
            context.clone(),
            id,
            path.clone(),
            registry.clone(),
            mailbox,
            keeps_journal,
        );
        context.tasks.spawn(async move {
            runner.run().await;
            registry.remove_closed(&path);
        });
        metrics::gauge!("houseful_rooms_awake").set(self.registry.awake() as f64);
        handle
    }

    /// Puts mail into a room's mailbox; a room that just fell asleep is woken again.
    pub async fn send(&self, handle: &RoomHandle, mail: Mail) -> Result<(), (Mail, Refusal)> {
        if self.context.tasks.is_draining() {
            return Err((mail, mail::unavailable()));
        }
        let mail = match handle.send(mail) {
            Ok(()) => return Ok(()),
            Err(mail::Undelivered::Busy(mail)) => return Err((mail, mail::busy())),
            Err(mail::Undelivered::Asleep(mail)) => mail,
        };
        let handle = match self.find(&handle.path).await {
            Ok(handle) => handle,
            Err(refusal) => return Err((mail, refusal)),
        };
        handle.send(mail).map_err(|undelivered| match undelivered {
            mail::Undelivered::Busy(mail) => (mail, mail::busy()),
            mail::Undelivered::Asleep(mail) => (mail, mail::unavailable()),
        })
    }

    /// Somebody as the room at this handle is to see them: with what its parent says of them. Whom the parent does
    /// not admit has no business here, and is told so in the same words as of a room that does not exist.
    pub async fn introduce(
        &self,
        handle: &RoomHandle,
        who: Principal,
    ) -> Result<Principal, Refusal> {
        let Some(parent) = &handle.parent else { return Ok(who) };
        let parent = self.find(parent).await?;
        let (to, answer) = oneshot::channel();
        let mail = Mail::Admits { who, to };
        self.send(&parent, mail).await.map_err(|(_, refusal)| refusal)?;
        match answer.await {
            Ok(Ok(role)) => Ok(Principal { parent: Some(role), ..who }),
            Ok(Err(_)) => Err(no_such_room()),
            Err(_) => Err(mail::unavailable()),
        }
    }

    /// A page of a log as JSON: the rows before a number that these audiences may see, and whether there are more.
    pub async fn history(
        &self,
        handle: &RoomHandle,
        shape: &str,
        before: u64,
        limit: usize,
        audiences: &[Audience],
    ) -> Result<String, Refusal> {
        let (journal, room, shape) = (self.context.journal.clone(), handle.id, shape.to_owned());
        let read = move || journal.history(room, &shape, before, limit + 1);
        let read = self.context.tasks.blocking(read).await;
        let rows = read.ok().and_then(Result::ok).ok_or_else(mail::unavailable)?;
        let is_seen = |row: &LogRow| {
            Audience::parse(&row.audience).is_some_and(|audience| audiences.contains(&audience))
        };
        if !rows.iter().all(is_seen) {
            return Err(Refusal::new("no_such_log", "There is no such log here."));
        }
        let more = rows.len() > limit;
        let rows: Vec<String> = rows[usize::from(more)..]
            .iter()
            .map(|row| format!("[{},{}]", row.no, row.value))
            .collect();
        Ok(format!("{{\"rows\":[{}],\"more\":{more}}}", rows.join(",")))
    }

    /// Wakes the rooms that were awake when the server last ended, and those that have something due while
    /// they sleep. Runs until the server drains.
    pub async fn keep_waking(self) {
        let drain = self.context.tasks.draining();
        loop {
            let journal = self.context.journal.clone();
            let horizon = self.context.clock.wall().0 + crate::limits::WAKE_AHEAD_MS;
            let due = self.context.tasks.blocking(move || journal.due(horizon)).await;
            for (_, path) in due.into_iter().flatten().flatten() {
                // A room that cannot be found now is due again at the next look.
                let _ = self.find(&path).await;
            }
            let pause =
                std::time::Duration::from_millis(crate::limits::WAKE_AHEAD_MS.unsigned_abs());
            tokio::select! {
                () = drain.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }
}

/// The refusal for a path that leads nowhere, or nowhere that one may know of.
pub fn no_such_room() -> Refusal {
    Refusal::new("no_such_room", "There is no such room.")
}
