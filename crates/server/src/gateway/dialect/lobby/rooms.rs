//! Which rooms somebody finds in the lobby, and which path a room's id is. An event's sale is a room like others,
//! though it is found only where it is named. Who may come in says the room.

use super::Lobby;
use super::frames::Listed;
use crate::events::event_of;
use crate::limits::{LOBBY_DIALECT_ROOMS, PAGE_ROWS_MAX};
use crate::store::{EventRow, ListingQuery, ListingRow, Store, StoreError};
use houseful_room::AccountId;

/// What paths of rooms begin with that have a short id here.
const ROOMS: &str = "rooms/";
const CLOSED: &str = "closed";

impl Lobby {
    /// The rooms that somebody may know of, in order: as configured, or people's rooms and then events'.
    pub(super) async fn rooms(&self, who: Option<AccountId>) -> Vec<Listed> {
        let (store, paths) = (self.ground.api.store.clone(), self.config.rooms.clone());
        let found = self.ground.tasks.blocking(move || match paths.is_empty() {
            true => Ok(all(&*store, who)?.into_iter().map(listed).collect()),
            false => these(&*store, &paths, who),
        });
        match found.await {
            Ok(Ok(rooms)) => rooms,
            Ok(Err(error)) => {
                tracing::error!(%error, "the lobby dialect cannot list rooms");
                Vec::new()
            }
            Err(_) => Vec::new(),
        }
    }

    /// The room of this id, if somebody may know of it.
    pub(super) async fn room(&self, id: &str, who: Option<AccountId>) -> Option<String> {
        let path = path_of(id);
        if !self.config.rooms.is_empty() && !self.config.rooms.contains(&path) {
            return None;
        }
        let store = self.ground.api.store.clone();
        let known = self.ground.tasks.blocking(move || match event_of(&path) {
            Some(_) => Ok((!store.is_hidden(&path, who)?).then_some(path)),
            None => Ok(seen(&*store, &path, who)?.map(|row| row.path)),
        });
        known.await.ok().and_then(|found: Result<_, StoreError>| found.ok())?
    }
}

/// A room's id here: what comes after `rooms/`, or its whole path.
pub(super) fn id_of(path: &str) -> &str {
    path.strip_prefix(ROOMS).unwrap_or(path)
}

fn path_of(id: &str) -> String {
    if id.contains('/') { id.to_owned() } else { format!("{ROOMS}{id}") }
}

fn listed(row: ListingRow) -> Listed {
    Listed { id: id_of(&row.path).to_owned(), name: row.title, app: row.app }
}

fn these(
    store: &dyn Store,
    paths: &[String],
    who: Option<AccountId>,
) -> Result<Vec<Listed>, StoreError> {
    let mut rooms = Vec::new();
    for path in paths {
        match event_of(path) {
            Some(event) if !store.is_hidden(path, who)? => {
                let sale = |row: EventRow| Listed {
                    id: path.clone(),
                    name: row.title,
                    app: "seats".to_owned(),
                };
                rooms.extend(store.event(event)?.map(sale));
            }
            Some(_) => {}
            None => rooms.extend(seen(store, path, who)?.map(listed)),
        }
    }
    Ok(rooms)
}

fn seen(
    store: &dyn Store,
    path: &str,
    who: Option<AccountId>,
) -> Result<Option<ListingRow>, StoreError> {
    if store.is_hidden(path, who)? {
        return Ok(None);
    }
    Ok(store.listing(path)?.filter(|row| row.phase != CLOSED))
}

fn all(store: &dyn Store, who: Option<AccountId>) -> Result<Vec<ListingRow>, StoreError> {
    let mut rows: Vec<ListingRow> = Vec::new();
    while rows.len() < LOBBY_DIALECT_ROOMS {
        let after = rows.last().map(|row| row.path.clone());
        let query = ListingQuery { account: who, after, ..ListingQuery::default() };
        let page = store.listings(&query, PAGE_ROWS_MAX)?;
        let is_last = page.len() < PAGE_ROWS_MAX;
        rows.extend(page);
        if is_last {
            break;
        }
    }
    rows.sort_by_key(|row| !row.path.starts_with(ROOMS));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_what_comes_after_rooms() {
        for (path, id) in [("rooms/R:1", "R:1"), ("events/7/chat", "events/7/chat")] {
            assert_eq!((id_of(path), path_of(id).as_str()), (id, path));
        }
    }
}
