//! Calendar files over HTTP: an event's, as visible as the event is, and a person's, at an address that only they
//! know. Of the address the server keeps a hash.

use super::events::visible;
use super::{Api, MaybeSigned, Signed};
use crate::accounts::random;
use crate::gateway::extract::Path;
use crate::gateway::problem::{Code, Problem};
use crate::limits::CALENDAR_EVENTS_MAX;
use crate::notify::calendar::{Entry, Method, calendar};
use crate::store::{EventRow, Hash};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// How long an event that has begun stays in a calendar.
const PAST_MS: i64 = 90 * 24 * 60 * 60 * 1_000;

/// The address of one's own calendar. It is told once.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "path": "/api/v1/feeds/5nGv0c2tW3mCZr1x0b7dJk1L3yX9QmR4sT6uV8wZ0aE.ics" }))]
pub struct Feed {
    /// On this server.
    path: String,
}

/// An event for one's calendar.
#[utoipa::path(get, operation_id = "getEventCalendar", path = "/events/{id}/calendar.ics", tag = "events",
    security((), ("bearer" = []), ("token" = ["events:read"])),
    params(("id" = u64, Path)), responses(
    (status = 200, body = String, content_type = "text/calendar"),
    (status = 404, body = Problem, description = "no_such_event"),
))]
pub async fn of_event(
    State(api): State<Arc<Api>>,
    MaybeSigned(who): MaybeSigned,
    Path(id): Path<u64>,
) -> Result<Response, Problem> {
    let row = visible(&api, id, who.as_ref()).await?.row;
    let method = if row.status == "cancelled" { Method::Cancel } else { Method::Publish };
    file(&api, method, vec![row]).await
}

/// Gives one's calendar a new address: what one follows and has booked. The one before is dead.
#[utoipa::path(post, operation_id = "makeFeed", path = "/me/feed", tag = "following", security(("bearer" = [])),
    responses(
    (status = 201, body = Feed),
))]
pub async fn make(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
) -> Result<(StatusCode, Json<Feed>), Problem> {
    let secret = random();
    let (store, at) = (api.store.clone(), api.clock.wall().0);
    api.blocking(move || store.put_feed(who.account, hash(&secret), at)).await?;
    let path = format!("/api/v1/feeds/{}.ics", URL_SAFE_NO_PAD.encode(secret));
    Ok((StatusCode::CREATED, Json(Feed { path })))
}

/// Takes the address of one's calendar away.
#[utoipa::path(delete, operation_id = "deleteFeed", path = "/me/feed", tag = "following", security(("bearer" = [])),
    responses(
    (status = 204, description = "there is none any more"),
))]
pub async fn delete(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
) -> Result<StatusCode, Problem> {
    let store = api.store.clone();
    api.blocking(move || store.delete_feed(who.account)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Somebody's calendar. Whoever has the address may read it.
#[utoipa::path(get, operation_id = "getFeed", path = "/feeds/{file}", tag = "following",
    params(("file" = String, Path, description = "the secret, then .ics")), responses(
    (status = 200, body = String, content_type = "text/calendar"),
    (status = 404, body = Problem, description = "not_found"),
))]
pub async fn feed(
    State(api): State<Arc<Api>>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let secret = name.strip_suffix(".ics").and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
    let secret: Hash = secret.and_then(|bytes| bytes.try_into().ok()).ok_or(Code::NotFound)?;
    let (store, from) = (api.store.clone(), api.clock.wall().0 - PAST_MS);
    let events = api.blocking(move || match store.feed(&hash(&secret))? {
        Some(account) => Ok(Some(store.calendar(account, from, CALENDAR_EVENTS_MAX)?)),
        None => Ok(None),
    });
    let events = events.await?.ok_or(Code::NotFound)?;
    file(&api, Method::Publish, events).await
}

fn hash(secret: &Hash) -> Hash {
    Sha256::digest(secret).into()
}

async fn file(api: &Api, method: Method, events: Vec<EventRow>) -> Result<Response, Problem> {
    let (store, ids) = (api.store.clone(), events.iter().map(|event| event.id).collect::<Vec<_>>());
    let revisions = api.blocking(move || store.event_revisions(&ids)).await?;
    let revisions: HashMap<u64, u64> = revisions.into_iter().collect();
    let entry = |event: EventRow| Entry {
        event: event.id,
        url: api.config.public_url.as_ref().map(|url| format!("{url}/events/{}", event.id)),
        sequence: revisions.get(&event.id).copied().unwrap_or_default(),
        is_cancelled: event.status == "cancelled",
        title: event.title,
        place: event.place,
        description: event.description,
        starts_at: event.starts_at,
        ends_at: event.ends_at,
    };
    let entries: Vec<Entry> = events.into_iter().map(entry).collect();
    let text = calendar(method, &api.config.domain(), api.clock.wall().0, &entries);
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"houseful.ics\""),
    ];
    Ok((headers, text).into_response())
}
