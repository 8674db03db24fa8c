//! An event's new title reaches the rooms beside it. It asks them as the event's owner would, after the fact: no edit
//! waits for it, and a room that cannot be reached keeps the old title until the event's row changes again.

use crate::drain::Tasks;
use crate::limits::PAGE_ROWS_MAX;
use crate::lobby::{EVENT_ROOMS, title_beside};
use crate::router::Router;
use crate::store::{Store, StoreError};
use houseful_room::{AccountId, DerivedRow, Principal, Standing, Value};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Titles that changed and are still to be told.
pub struct Titles {
    state: Mutex<State>,
    woken: Notify,
}

#[derive(Default)]
struct State {
    /// By event: what its rooms have, as far as that is known.
    told: BTreeMap<u64, String>,
    /// By event: whose it is, and what its rooms are to have.
    new: BTreeMap<u64, (AccountId, String)>,
}

impl Titles {
    /// Knows the titles that events have: rooms that were renamed by hand keep their names until the event's changes.
    /// Blocks.
    pub fn open(store: &dyn Store) -> Result<Titles, StoreError> {
        let mut told = BTreeMap::new();
        let mut before = None;
        loop {
            let page = store.every_event("", before, PAGE_ROWS_MAX)?;
            let Some(last) = page.last() else { break };
            before = Some(last.id);
            told.extend(page.into_iter().map(|event| (event.id, event.title)));
        }
        Ok(Titles { state: Mutex::new(State { told, ..State::default() }), woken: Notify::new() })
    }

    /// Rows were committed. Most say nothing of a title.
    pub fn heed(&self, rows: &[DerivedRow]) {
        let mut state = self.state();
        let before = state.new.len();
        for row in rows.iter().filter(|row| row.table == "events") {
            let ([(_, Value::Int(id))], Some(columns)) = (&*row.key, &row.set) else { continue };
            let get = |name| columns.iter().find(|(column, _)| *column == name).map(|(_, v)| v);
            let (Some(Value::Text(title)), Some(Value::Int(owner))) = (get("title"), get("owner"))
            else {
                continue;
            };
            let id = id.unsigned_abs();
            if state.told.get(&id).map(String::as_str) != Some(&**title) {
                state.new.insert(id, (AccountId(owner.unsigned_abs()), title.to_string()));
            }
        }
        if state.new.len() > before {
            self.woken.notify_one();
        }
    }

    /// Tells rooms, until the server drains.
    pub async fn run(self: Arc<Self>, store: Arc<dyn Store>, router: Router, tasks: Tasks) {
        let drain = tasks.draining();
        loop {
            tokio::select! {
                () = drain.cancelled() => return,
                () = self.woken.notified() => {}
            }
            let new = std::mem::take(&mut self.state().new);
            for (event, (owner, title)) in new {
                tell(&store, &router, event, owner, &title).await;
                self.state().told.insert(event, title);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn tell(store: &Arc<dyn Store>, router: &Router, event: u64, owner: AccountId, title: &str) {
    let title = title_beside(title);
    for (name, _) in EVENT_ROOMS {
        let path = format!("events/{event}/{name}");
        let (store, wanted) = (store.clone(), path.clone());
        let listing = router.tasks().blocking(move || store.listing(&wanted)).await;
        let Ok(Ok(Some(listing))) = listing else { continue };
        if listing.title == title || listing.phase == "closed" {
            continue;
        }
        let who = Principal::person(owner, Standing::Admin);
        let renamed = router.command(&path, who, "room.rename", &json!({ "title": title })).await;
        if let Err(refusal) = renamed {
            tracing::warn!(event, code = refusal.code, "an event's room keeps its old title");
        }
    }
}
