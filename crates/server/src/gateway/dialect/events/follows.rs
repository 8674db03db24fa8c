//! Subscribing to an event, and no longer; who has, for the event's own people.

use super::Rest;
use super::answer::{Answer, Data, Failure, NO_EVENT, UNAUTHORIZED};
use super::caller::Caller;
use super::posts::{number, seen};
use super::view::SubscriberView;
use crate::limits::{EVENTS_DIALECT_ROWS_MAX, PAGE_ROWS_MAX};
use crate::store::{Followed, FollowerRow, NewFollow};
use axum::extract::{Path, State};
use houseful_apps::seats::people::STAFF;
use houseful_room::AccountId;
use std::sync::Arc;

const ALREADY: Failure = Failure::new(400, "You are already subscribed to this event.");
const OWN: Failure = Failure::new(400, "You can't subscribe to your own event.");
const TOO_MANY: Failure = Failure::new(400, "Events subscription limit reached.");
const NOT_SUBSCRIBED: Failure = Failure::new(400, "You are not subscribed to this event.");

/// The order of the refusals is the old server's: what is not there is said last.
pub(super) async fn subscribe(
    State(rest): State<Arc<Rest>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<()> {
    let (account, max) = (caller.row.id, u64::from(rest.terms.follows_per_person));
    let found = match number(&id) {
        Ok(event) if is_following(&rest, account, event).await? => return Err(ALREADY),
        Ok(event) => seen(&rest, Some(&caller), event).await,
        Err(missing) => Err(missing),
    };
    let row = match found {
        Ok(found) => found.row,
        Err(_) if is_full(&rest, account, max).await? => return Err(TOO_MANY),
        Err(missing) => return Err(missing),
    };
    if row.owner == account {
        return Err(OWN);
    }
    // An admin sees others' drafts too.
    if row.status != "published" {
        return Err(NO_EVENT);
    }
    let (store, at, event) = (rest.api.store.clone(), rest.api.clock.wall().0, row.id);
    let new = NewFollow { account, event, at, is_prompt: true };
    match rest.api.blocking(move || store.follow_event(new, max)).await? {
        Followed::TooMany => Err(TOO_MANY),
        Followed::Yes => {
            rest.api.attention.is_followed(event);
            Ok(Data(Vec::new()))
        }
    }
}

/// One may unsubscribe from what one no longer sees.
pub(super) async fn unsubscribe(
    State(rest): State<Arc<Rest>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<()> {
    let (event, account) = (number(&id)?, caller.row.id);
    if !is_following(&rest, account, event).await? {
        seen(&rest, Some(&caller), event).await?;
        return Err(NOT_SUBSCRIBED);
    }
    let store = rest.api.store.clone();
    rest.api.blocking(move || store.unfollow_event(account, event)).await?;
    Ok(Data(Vec::new()))
}

pub(super) async fn subscribers(
    State(rest): State<Arc<Rest>>,
    caller: Caller,
    Path(id): Path<String>,
) -> Answer<SubscriberView> {
    let found = seen(&rest, Some(&caller), number(&id)?).await?;
    if found.role != STAFF {
        return Err(UNAUTHORIZED);
    }
    let store = rest.api.store.clone();
    let followers = rest.api.blocking(move || {
        let mut all: Vec<FollowerRow> = Vec::new();
        while all.len() < EVENTS_DIALECT_ROWS_MAX {
            let last = all.last().map(|follower| follower.account);
            let page = store.followers(found.row.id, last, PAGE_ROWS_MAX)?;
            let is_last = page.len() < PAGE_ROWS_MAX;
            all.extend(page);
            if is_last {
                break;
            }
        }
        Ok(all)
    });
    let followers = followers.await?.into_iter();
    let view = |row: FollowerRow| SubscriberView { id: row.account.0, username: row.name };
    Ok(Data(followers.map(view).collect()))
}

async fn is_following(rest: &Rest, account: AccountId, event: u64) -> Result<bool, Failure> {
    let store = rest.api.store.clone();
    Ok(rest.api.blocking(move || store.is_following(account, event)).await?)
}

/// Whether somebody follows as many events to come as they may.
async fn is_full(rest: &Rest, account: AccountId, max: u64) -> Result<bool, Failure> {
    let (store, now) = (rest.api.store.clone(), rest.api.clock.wall().0);
    let followed =
        rest.api.blocking(move || store.followed_events(account, None, EVENTS_DIALECT_ROWS_MAX));
    let to_come = followed.await?.into_iter().filter(|(row, _)| row.starts_at > now).count();
    Ok(to_come as u64 >= max)
}
