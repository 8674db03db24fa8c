//! Who sees an event over HTTP, and as what: the same rules as its room's, over the rows that the room derives.

use crate::accounts::Identity;
use crate::gateway::api::Api;
use crate::gateway::problem::{Code, Problem};
use crate::store::{EventRow, Role, Store, StoreError};
use houseful_apps::seats::people::{
    BOX_OFFICE, CHECK_IN, GUEST, MODERATOR, STAFF, VIEWER, VISITOR, is_of_team,
};

/// An event that somebody sees.
pub(in crate::gateway) struct Seen {
    /// The event.
    pub row: EventRow,
    /// As what they are known there.
    pub role: &'static str,
    /// Whether they have a booking that stands.
    pub has_booked: bool,
    /// Whether they follow it.
    pub is_following: bool,
}

/// An event that the viewer may know of.
pub(in crate::gateway) async fn visible(
    api: &Api,
    id: u64,
    who: Option<&Identity>,
) -> Result<Seen, Problem> {
    let (store, who) = (api.store.clone(), who.cloned());
    let seen = api.blocking(move || look(&*store, id, who.as_ref())).await?;
    seen.ok_or_else(|| Code::NoSuchEvent.into())
}

/// An event for those in some of its roles; for others it is not there, or not theirs.
pub(in crate::gateway::api) async fn run_by(
    api: &Api,
    id: u64,
    who: &Identity,
    may: fn(&str) -> bool,
) -> Result<Seen, Problem> {
    let seen = visible(api, id, Some(who)).await?;
    if may(seen.role) { Ok(seen) } else { Err(Code::NotAllowed.into()) }
}

/// An event for its staff.
pub(in crate::gateway::api) async fn staffed(
    api: &Api,
    id: u64,
    who: &Identity,
) -> Result<Seen, Problem> {
    run_by(api, id, who, |role| role == STAFF).await
}

fn look(store: &dyn Store, id: u64, who: Option<&Identity>) -> Result<Option<Seen>, StoreError> {
    let Some(row) = store.event(id)? else { return Ok(None) };
    let known = who.map(|who| store.event_role(id, who.account)).transpose()?.flatten();
    let role = role_of(&row, who, known.as_deref());
    let has_booked = match who.filter(|_| row.online.is_some()) {
        Some(who) => store.has_booked(id, who.account)?,
        None => false,
    };
    let sees = is_of_team(role) || is_seen(&row, known.as_deref());
    let is_following = match who.filter(|_| sees) {
        Some(who) => store.is_following(who.account, id)?,
        None => false,
    };
    Ok(sees.then_some(Seen { row, role, has_booked, is_following }))
}

fn role_of(row: &EventRow, who: Option<&Identity>, known: Option<&str>) -> &'static str {
    let Some(who) = who else { return VISITOR };
    match known {
        _ if who.role == Role::Admin || row.owner == who.account => STAFF,
        Some("manager") => STAFF,
        Some("box_office") => BOX_OFFICE,
        Some("check_in") => CHECK_IN,
        Some("moderator") => MODERATOR,
        Some("viewer") => VIEWER,
        _ => GUEST,
    }
}

/// Whether somebody who is not of the team sees it.
fn is_seen(row: &EventRow, known: Option<&str>) -> bool {
    match &*row.visibility {
        _ if row.status == "draft" => false,
        "public" | "unlisted" => true,
        "private" => known.is_some(),
        _ => known == Some("booked"),
    }
}
