//! Following events and organisers over HTTP, and who follows what. Of a follower others see the name alone, and only
//! an event's staff does.

use super::events::{EventSummary, Person, staffed, summary, visible};
use super::{Api, Signed};
use crate::clock::rfc3339;
use crate::gateway::extract::{Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::PAGE_ROWS_MAX;
use crate::store::{EventCursor, Followed, FollowedEvent, FollowerRow, NewFollow};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use houseful_room::{AccountId, Wall};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// That one follows something.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "following": true }))]
pub struct Following {
    /// Whether one does.
    following: bool,
}

/// An event that one follows.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FollowedSummary {
    /// The event.
    event: EventSummary,
    /// Since when.
    #[schema(format = DateTime)]
    followed_at: String,
}

/// A page of what one follows.
#[derive(Serialize, ToSchema)]
pub struct FollowingPage {
    /// Events, latest start first.
    items: Vec<FollowedSummary>,
    /// Organisers, all of them.
    organisers: Vec<Person>,
    /// The next page's `cursor`; `null` after the last.
    #[schema(required)]
    next: Option<String>,
}

/// Somebody who follows an event.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Follower {
    /// The account.
    id: u64,
    /// What it is called.
    name: String,
    /// Since when.
    #[schema(format = DateTime)]
    followed_at: String,
}

/// A page of an event's followers.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "count": 1, "next": null,
    "items": [{ "id": 7, "name": "Ann", "followedAt": "2026-11-21T19:00:00Z" }]
}))]
pub struct Followers {
    /// How many there are in all.
    count: u64,
    /// By number.
    items: Vec<Follower>,
    /// The next page's `cursor`; `null` after the last.
    #[schema(required)]
    next: Option<String>,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FollowQuery {
    /// At most so many, up to 100.
    limit: Option<usize>,
    /// Where the page before ended.
    cursor: Option<String>,
}

impl FollowQuery {
    fn limit(&self) -> usize {
        self.limit.unwrap_or(50).clamp(1, PAGE_ROWS_MAX)
    }

    fn after<T: std::str::FromStr>(&self) -> Result<Option<T>, Problem> {
        let unknown = |_| Problem::new(Code::InvalidQuery).field("cursor", "unknown");
        self.cursor.as_deref().map(|cursor| cursor.parse().map_err(unknown)).transpose()
    }
}

/// Follows an event that is to come: one is told of its changes and reminded of it. To follow it again does nothing.
#[utoipa::path(put, operation_id = "followEvent", path = "/events/{id}/follow", tag = "following",
    security(("bearer" = [])), params(("id" = u64, Path)), responses(
    (status = 200, body = Following),
    (status = 404, body = Problem, description = "no_such_event"),
    (status = 409, body = Problem, description = "own_event, event_over, too_many_follows"),
))]
pub async fn follow_event(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
) -> Result<Json<Following>, Problem> {
    let row = visible(&api, id, Some(&who)).await?.row;
    if row.owner == who.account {
        return Err(Code::OwnEvent.into());
    }
    let now = api.clock.wall().0;
    if row.starts_at <= now || row.status != "published" {
        return Err(Code::EventOver.into());
    }
    let (store, max) = (api.store.clone(), api.config.follows.events_per_person);
    let new = NewFollow { account: who.account, event: id, at: now, is_prompt: false };
    let followed = api.blocking(move || store.follow_event(new, u64::from(max))).await?;
    done(&api, followed, "events", max)
}

/// Follows an event no longer. It may be one that is not shown any more.
#[utoipa::path(delete, operation_id = "unfollowEvent", path = "/events/{id}/follow", tag = "following",
    security(("bearer" = [])), params(("id" = u64, Path)), responses(
    (status = 204, description = "one does not follow it"),
))]
pub async fn unfollow_event(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    let store = api.store.clone();
    api.blocking(move || store.unfollow_event(who.account, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Follows an organiser: one is told of what they publish.
#[utoipa::path(put, operation_id = "followOrganiser", path = "/organisers/{account}/follow", tag = "following",
    security(("bearer" = [])), params(("account" = u64, Path)), responses(
    (status = 200, body = Following),
    (status = 404, body = Problem, description = "no_such_account: nobody who has published anything"),
    (status = 409, body = Problem, description = "own_event, too_many_follows"),
))]
pub async fn follow_organiser(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(organiser): Path<u64>,
) -> Result<Json<Following>, Problem> {
    let (account, organiser, now) = (who.account, AccountId(organiser), api.clock.wall().0);
    if account == organiser {
        return Err(Code::OwnEvent.into());
    }
    let (store, max) = (api.store.clone(), api.config.follows.organisers_per_person);
    let followed = api.blocking(move || {
        if !store.has_shown_events(organiser)? {
            return Ok(None);
        }
        store.follow_organiser(account, organiser, now, u64::from(max)).map(Some)
    });
    done(&api, followed.await?.ok_or(Code::NoSuchAccount)?, "organisers", max)
}

/// Follows an organiser no longer.
#[utoipa::path(delete, operation_id = "unfollowOrganiser", path = "/organisers/{account}/follow",
    tag = "following", security(("bearer" = [])), params(("account" = u64, Path)), responses(
    (status = 204, description = "one does not follow them"),
))]
pub async fn unfollow_organiser(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(organiser): Path<u64>,
) -> Result<StatusCode, Problem> {
    let store = api.store.clone();
    api.blocking(move || store.unfollow_organiser(who.account, AccountId(organiser))).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What one follows.
#[utoipa::path(get, operation_id = "listFollowing", path = "/me/following", tag = "following",
    security(("bearer" = []), ("token" = ["profile:read"])), params(FollowQuery), responses(
    (status = 200, body = FollowingPage),
))]
pub async fn mine(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Query(query): Query<FollowQuery>,
) -> Result<Json<FollowingPage>, Problem> {
    let (limit, after) = (query.limit(), query.after::<EventCursor>()?);
    let (store, account) = (api.store.clone(), who.account);
    let (events, organisers) = api
        .blocking(move || {
            let events = store.followed_events(account, after, limit)?;
            Ok((events, store.followed_organisers(account)?))
        })
        .await?;
    let last = events.last().filter(|_| events.len() == limit);
    let next = last.map(|(event, _)| event.cursor().to_string());
    let items = events.into_iter().map(|(event, at): FollowedEvent| FollowedSummary {
        event: summary(&api, event, false),
        followed_at: rfc3339(Wall(at)),
    });
    let person = |(id, name): (AccountId, String)| Person { id: id.0, name };
    let organisers = organisers.into_iter().map(person).collect();
    Ok(Json(FollowingPage { items: items.collect(), organisers, next }))
}

/// Who follows an event, for its staff.
#[utoipa::path(get, operation_id = "listFollowers", path = "/events/{id}/followers", tag = "following",
    security(("bearer" = []), ("token" = ["events:read"])), params(("id" = u64, Path), FollowQuery), responses(
    (status = 200, body = Followers),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
))]
pub async fn followers(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Query(query): Query<FollowQuery>,
) -> Result<Json<Followers>, Problem> {
    staffed(&api, id, &who).await?;
    let (limit, after) = (query.limit(), query.after::<u64>()?.map(AccountId));
    let store = api.store.clone();
    let (count, rows) = api
        .blocking(move || Ok((store.count_followers(id)?, store.followers(id, after, limit)?)))
        .await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|row| row.account.to_string());
    let follower = |row: FollowerRow| Follower {
        id: row.account.0,
        name: row.name,
        followed_at: rfc3339(Wall(row.at)),
    };
    Ok(Json(Followers { count, items: rows.into_iter().map(follower).collect(), next }))
}

/// What became of it. Whoever is new among the followers may be the first to be reminded.
fn done(api: &Api, followed: Followed, what: &str, max: u32) -> Result<Json<Following>, Problem> {
    if followed == Followed::TooMany {
        let text = format!("At most {max} {what} can be followed at once.");
        let details = serde_json::json!({ "limit": max });
        return Err(Problem::new(Code::TooManyFollows).detail(text).details(details));
    }
    api.attention.wake();
    Ok(Json(Following { following: true }))
}
