//! One's own notifications over HTTP: the inbox, what was seen of it, and what one wishes to hear of.

use super::{Api, Signed};
use crate::clock::rfc3339;
use crate::gateway::extract::{Body, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::PAGE_ROWS_MAX;
use crate::notify::{About, Kind, Settings};
use crate::store::{NotificationRow, Seen};
use axum::Json;
use axum::extract::State;
use houseful_room::{AccountId, Wall};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Something that one was told.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "id": 12, "kind": "reminder", "at": "2026-12-05T17:30:00Z", "seen": false,
    "about": { "event": 7, "title": "Hamlet", "startsAt": "2026-12-05T18:30:00Z",
        "timeZone": "Europe/Berlin", "place": "Elsinore", "leadMinutes": 60 }
}))]
pub struct Notification {
    /// Its number; later ones have higher numbers.
    id: u64,
    /// What it is about.
    #[schema(value_type = Kind)]
    kind: String,
    /// When it was told.
    #[schema(format = DateTime)]
    at: String,
    /// Whether one has seen it.
    seen: bool,
    /// What it says.
    about: About,
}

/// A page of one's inbox.
#[derive(Serialize, ToSchema)]
pub struct Inbox {
    /// Newest first.
    items: Vec<Notification>,
    /// How many are unseen in all.
    unread: u64,
    /// The next page's `cursor`; `null` after the last.
    #[schema(required)]
    next: Option<String>,
}

/// How many one has not seen.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "unread": 0 }))]
pub struct Unread {
    /// So many.
    unread: u64,
}

/// Which part of the inbox.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InboxQuery {
    /// At most so many, up to 100.
    limit: Option<usize>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Only what one has not seen.
    #[serde(default)]
    unread: bool,
}

/// What one has seen: all up to one of them, or some by number.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "upTo": 12 }))]
pub struct SeenNow {
    /// This one and all before it.
    up_to: Option<u64>,
    /// These, at most 100.
    ids: Option<Vec<u64>>,
}

/// One's inbox. Who is in the lobby is told there at once too, by the signal `notices`.
#[utoipa::path(get, operation_id = "listNotifications", path = "/me/notifications", tag = "notifications",
    security(("bearer" = []), ("token" = ["profile:read"])), params(InboxQuery), responses(
    (status = 200, body = Inbox),
))]
pub async fn inbox(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Query(query): Query<InboxQuery>,
) -> Result<Json<Inbox>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, PAGE_ROWS_MAX);
    let unknown = |_| Problem::new(Code::InvalidQuery).field("cursor", "unknown");
    let before = query.cursor.as_deref().map(|text| text.parse().map_err(unknown)).transpose()?;
    let (store, account) = (api.store.clone(), who.account);
    let rows = api.blocking(move || store.inbox(account, before, query.unread, limit)).await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|row| row.id.to_string());
    let items = rows.into_iter().map(Notification::from).collect();
    Ok(Json(Inbox { items, unread: unread(&api, account).await?, next }))
}

/// Notes what one has seen; one's other devices are told.
#[utoipa::path(post, operation_id = "seeNotifications", path = "/me/notifications/seen", tag = "notifications",
    security(("bearer" = [])), request_body = SeenNow, responses(
    (status = 200, body = Unread),
))]
pub async fn see(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Body(seen): Body<SeenNow>,
) -> Result<Json<Unread>, Problem> {
    let wrong = |field, text| Err(Problem::new(Code::InvalidBody).field(field, text));
    let seen = match (seen.up_to, seen.ids) {
        (Some(id), None) => Seen::UpTo(id),
        (None, Some(ids)) if ids.len() <= PAGE_ROWS_MAX => Seen::These(ids),
        (None, Some(_)) => return wrong("ids", "These are more than 100."),
        (None, None) => return wrong("upTo", "This or ids is missing."),
        (Some(_), Some(_)) => return wrong("ids", "Give this or upTo, not both."),
    };
    let (store, account, at) = (api.store.clone(), who.account, api.clock.wall().0);
    api.blocking(move || store.see(account, seen, at)).await?;
    api.teller.tell(vec![(account, None)]).await;
    Ok(Json(Unread { unread: unread(&api, account).await? }))
}

/// What one wishes to hear of, and where.
#[utoipa::path(get, operation_id = "getNotificationSettings", path = "/me/notification-settings",
    tag = "notifications", security(("bearer" = [])), responses(
    (status = 200, body = Settings),
))]
pub async fn settings(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
) -> Result<Json<Settings>, Problem> {
    let store = api.store.clone();
    let stored = api.blocking(move || store.notification_settings(who.account)).await?;
    Settings::read(stored.as_deref()).checked().map(Json).map_err(invalid)
}

/// Sets all of it anew; what is not given is as by default.
#[utoipa::path(put, operation_id = "setNotificationSettings", path = "/me/notification-settings",
    tag = "notifications", security(("bearer" = [])), request_body = Settings, responses(
    (status = 200, body = Settings),
))]
pub async fn set_settings(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Body(settings): Body<Settings>,
) -> Result<Json<Settings>, Problem> {
    let settings = settings.checked().map_err(invalid)?;
    let text = serde_json::to_string(&settings).map_err(|error| Problem::internal(&error))?;
    let store = api.store.clone();
    api.blocking(move || store.set_notification_settings(who.account, &text)).await?;
    api.attention.wake();
    Ok(Json(settings))
}

async fn unread(api: &Api, account: AccountId) -> Result<u64, Problem> {
    let store = api.store.clone();
    let counts = api.blocking(move || store.unread(&[account])).await?;
    Ok(counts.first().map_or(0, |(_, count)| *count))
}

fn invalid((field, text): (&'static str, String)) -> Problem {
    Problem::new(Code::InvalidBody).field(field, text)
}

impl From<NotificationRow> for Notification {
    fn from(row: NotificationRow) -> Self {
        Notification {
            id: row.id,
            about: About::read(&row.data),
            kind: row.kind,
            at: rfc3339(Wall(row.at)),
            seen: row.seen_at.is_some(),
        }
    }
}
