//! Events and people as this interface shows them. Of others nobody is told more than their name and what of theirs
//! one sees anyway.

use super::Rest;
use super::answer::{Failure, NO_EVENT};
use super::caller::Caller;
use super::date::iso_text;
use super::forms::State;
use crate::limits::EVENTS_DIALECT_ROWS_MAX;
use crate::store::{AccountRow, EventRow, Store, StoreError, Viewer};
use houseful_room::{AccountId, Wall};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// An event.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventView {
    id: u64,
    headline: String,
    description: String,
    start_date: String,
    location: String,
    state: &'static str,
    has_been_notified: bool,
}

/// Somebody.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserView {
    id: u64,
    username: String,
    /// For themselves and for admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    events: Vec<EventView>,
    subscribed_events: Vec<EventView>,
}

/// Somebody who follows an event, as its owner sees them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SubscriberView {
    pub(super) id: u64,
    pub(super) username: String,
}

impl EventView {
    fn new(row: &EventRow, reminded: &BTreeSet<u64>) -> EventView {
        EventView {
            id: row.id,
            headline: row.title.clone(),
            description: row.description.clone(),
            // Older databases kept whole seconds.
            start_date: iso_text(Wall(whole_seconds(row.starts_at))),
            location: row.place.clone(),
            state: state_of(row).as_str(),
            has_been_notified: reminded.contains(&row.id),
        }
    }

    /// The same event, with the start as it was just sent.
    pub(super) fn starting(self, at: Wall) -> EventView {
        EventView { start_date: iso_text(at), ..self }
    }
}

impl UserView {
    /// Somebody of whom nothing else is known yet, for themselves.
    pub(super) fn fresh(row: AccountRow) -> UserView {
        let (events, subscribed_events) = (Vec::new(), Vec::new());
        let email = Some(row.email);
        UserView { id: row.id.0, username: row.name, email, events, subscribed_events }
    }
}

/// A moment without its milliseconds.
pub(super) fn whole_seconds(ms: i64) -> i64 {
    ms.div_euclid(1_000) * 1_000
}

/// What an event is here. One that is for those who booked it is for nobody else, as a draft is.
pub(super) fn state_of(row: &EventRow) -> State {
    match (&*row.status, &*row.visibility) {
        ("draft", _) | (_, "booked") => State::Draft,
        (_, "public") => State::Public,
        _ => State::Private,
    }
}

/// Whether an event is there for this interface: one that does not take place is not.
pub(super) fn is_there(row: &EventRow) -> bool {
    matches!(&*row.status, "draft" | "published")
}

/// One event as it is now.
pub(super) async fn event(rest: &Rest, id: u64) -> Result<EventView, Failure> {
    let (store, now) = (rest.api.store.clone(), rest.api.clock.wall().0);
    let shown = rest.api.blocking(move || {
        let rows = Vec::from_iter(store.event(id)?);
        shown(&*store, &rows, now)
    });
    shown.await?.pop().ok_or(NO_EVENT)
}

/// All events that somebody finds.
pub(super) async fn events(rest: &Rest, viewer: Viewer) -> Result<Vec<EventView>, Failure> {
    let (store, now) = (rest.api.store.clone(), rest.api.clock.wall().0);
    let listed = rest.api.blocking(move || {
        let rows = store.events_by_number(viewer, 0, EVENTS_DIALECT_ROWS_MAX)?;
        shown(&*store, &rows, now)
    });
    Ok(listed.await?)
}

/// People as somebody sees them.
pub(super) async fn users(
    rest: &Rest,
    caller: &Caller,
    rows: Vec<AccountRow>,
) -> Result<Vec<UserView>, Failure> {
    let (store, now) = (rest.api.store.clone(), rest.api.clock.wall().0);
    let (viewer, is_full) = (caller.viewer(), full_views(caller, &rows));
    let views = rest.api.blocking(move || {
        let all = store.events_by_number(viewer, 0, EVENTS_DIALECT_ROWS_MAX)?;
        let mut owned: BTreeMap<AccountId, Vec<EventRow>> = BTreeMap::new();
        for row in all {
            owned.entry(row.owner).or_default().push(row);
        }
        let one = |row: AccountRow| {
            let events = owned.remove(&row.id).unwrap_or_default();
            let events = shown(&*store, &events, now)?;
            let user = UserView { events, ..UserView::fresh(row) };
            match is_full.contains(&user.id) {
                true => with_subscriptions(&*store, user, now),
                false => Ok(UserView { email: None, ..user }),
            }
        };
        rows.into_iter().map(one).collect::<Result<Vec<UserView>, StoreError>>()
    });
    Ok(views.await?)
}

/// Of whom all is told.
fn full_views(caller: &Caller, rows: &[AccountRow]) -> BTreeSet<u64> {
    let full = rows.iter().filter(|row| caller.is_or_rules(row.id));
    full.map(|row| row.id.0).collect()
}

fn with_subscriptions(store: &dyn Store, user: UserView, now: i64) -> Result<UserView, StoreError> {
    let followed = store.followed_events(AccountId(user.id), None, EVENTS_DIALECT_ROWS_MAX)?;
    let rows = followed.into_iter().map(|(row, _)| row).filter(is_there);
    let mut rows: Vec<EventRow> = rows.collect();
    rows.sort_by_key(|row| row.id);
    Ok(UserView { subscribed_events: shown(store, &rows, now)?, ..user })
}

fn shown(store: &dyn Store, rows: &[EventRow], now: i64) -> Result<Vec<EventView>, StoreError> {
    let ids: Vec<u64> = rows.iter().map(|row| row.id).collect();
    let reminded = if ids.is_empty() { Vec::new() } else { store.reminded_events(&ids, now)? };
    let reminded = BTreeSet::from_iter(reminded);
    Ok(rows.iter().map(|row| EventView::new(row, &reminded)).collect())
}
