//! One's webhooks: made, changed, tried out, looked into. Nobody sees another's, and a secret is told once.

use super::events::visible;
use super::{Api, Organiser, Signed};
use crate::accounts::{Identity, random};
use crate::clock::rfc3339;
use crate::gateway::extract::{Body, Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::hooks::{HookKind, message_id, secret_text};
use crate::limits::{PAGE_ROWS_MAX, WEBHOOK_SECRET_GRACE_MS, WEBHOOKS_PER_PERSON};
use crate::store::{DeliveryRow, HookChange, HookRow, NewDelivery, NewHook, StoreError};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use houseful_room::Wall;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// A webhook to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "url": "https://example.org/houseful", "kinds": ["booking.made", "booking.cancelled"] }))]
pub struct WebhookBody {
    /// Where: an address that begins with https://, on the public net.
    url: String,
    /// Of which event of one's own; of all of them without it.
    event: Option<u64>,
    /// Of what.
    kinds: Vec<HookKind>,
}

/// What to change; what is not given stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "enabled": true }))]
pub struct WebhookChange {
    /// Where.
    url: Option<String>,
    /// Of what.
    kinds: Option<Vec<HookKind>>,
    /// Whether it is called. What waits when it is switched off is dropped.
    enabled: Option<bool>,
}

/// A webhook.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 3, "url": "https://example.org/houseful", "event": null, "kinds": ["booking.made"], "enabled": true,
    "failingSince": null, "givenUpAt": null, "createdAt": "2026-12-05T17:30:00Z"
}))]
pub struct Webhook {
    /// Its number.
    id: u64,
    /// Where.
    url: String,
    /// Of which event; of all of one's own without it.
    #[schema(required)]
    event: Option<u64>,
    /// Of what.
    #[schema(value_type = Vec<HookKind>)]
    kinds: Vec<String>,
    /// Whether it is called.
    enabled: bool,
    /// Since when nothing was taken there.
    #[schema(format = DateTime, required)]
    failing_since: Option<String>,
    /// When it was switched off for that.
    #[schema(format = DateTime, required)]
    given_up_at: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
}

/// One's webhooks.
#[derive(Serialize, ToSchema)]
pub struct WebhookList {
    /// The newest first.
    items: Vec<Webhook>,
}

/// A webhook with its secret, which is told this once.
#[derive(Serialize, ToSchema)]
pub struct WebhookSecret {
    /// What its calls are signed with: `whsec_` and base64.
    #[schema(example = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")]
    secret: String,
    /// The webhook.
    item: Webhook,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DeliveryState {
    /// It is to be tried, for the first time or again.
    Waiting,
    /// It was taken: the answer's status was one of 200 to 299.
    Delivered,
    /// It was given up.
    Failed,
    /// Its webhook was switched off.
    Dropped,
}

/// Something that a webhook was told, or is to be.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 12, "messageId": "msg_0199b6a0-0000-7000-8000-000000000001", "kind": "booking.made", "state": "waiting",
    "tries": 1, "createdAt": "2026-12-05T17:30:00Z", "dueAt": "2026-12-05T17:31:00Z", "doneAt": null,
    "status": 503, "answer": "busy", "error": null, "body": "{\"type\":\"booking.made\"}"
}))]
pub struct Delivery {
    /// Its number.
    id: u64,
    /// The header `webhook-id`: the same, however often it is tried.
    message_id: String,
    /// Of what.
    #[schema(value_type = HookKind)]
    kind: String,
    /// What became of it.
    #[schema(value_type = DeliveryState)]
    state: String,
    /// How often it was tried.
    tries: u32,
    /// When it was written.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it is tried next, while it waits.
    #[schema(format = DateTime, required)]
    due_at: Option<String>,
    /// When it was taken or given up.
    #[schema(format = DateTime, required)]
    done_at: Option<String>,
    /// The last answer's status.
    #[schema(required)]
    status: Option<u16>,
    /// The last answer's beginning.
    #[schema(required)]
    answer: Option<String>,
    /// What went wrong last, where nobody answered.
    #[schema(required)]
    error: Option<String>,
    /// What is sent.
    body: String,
}

/// A page of deliveries.
#[derive(Serialize, ToSchema)]
pub struct DeliveryPage {
    /// The newest first; those of the last 30 days.
    items: Vec<Delivery>,
    /// The next page's `cursor`; `null` after the last.
    #[schema(required)]
    next: Option<String>,
}

/// Which deliveries.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeliveryQuery {
    /// At most so many, up to 100.
    limit: Option<usize>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// One's webhooks.
#[utoipa::path(get, operation_id = "listWebhooks", path = "/me/webhooks", tag = "webhooks",
    security(("bearer" = []), ("token" = ["webhooks"])), responses((status = 200, body = WebhookList)))]
pub async fn list(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
) -> Result<Json<WebhookList>, Problem> {
    let store = api.store.clone();
    let rows = api.blocking(move || store.hooks(who.account)).await?;
    Ok(Json(WebhookList { items: rows.into_iter().map(Webhook::from).collect() }))
}

/// Makes a webhook, of an event of one's own or of all of them.
#[utoipa::path(post, operation_id = "createWebhook", path = "/me/webhooks", tag = "webhooks",
    security(("bearer" = []), ("token" = ["webhooks"])), request_body = WebhookBody, responses(
    (status = 201, body = WebhookSecret),
    (status = 403, body = Problem, description = "not_allowed: one is no organiser, or it is somebody else's event"),
    (status = 404, body = Problem, description = "no_such_event"),
    (status = 409, body = Problem, description = "too_many_webhooks"),
))]
pub async fn create(
    State(api): State<Arc<Api>>,
    Organiser(who): Organiser,
    Body(body): Body<WebhookBody>,
) -> Result<(StatusCode, Json<WebhookSecret>), Problem> {
    let (url, kinds) = (checked_url(&api, body.url)?, checked_kinds(&body.kinds)?);
    if let Some(event) = body.event {
        let seen = visible(&api, event, Some(&who)).await?;
        if seen.row.owner != who.account {
            return Err(Code::NotAllowed.into());
        }
    }
    let (secret, at) = (random(), api.clock.wall().0);
    let hook = NewHook { account: who.account, event: body.event, url, kinds, secret, at };
    let (store, most) = (api.store.clone(), WEBHOOKS_PER_PERSON);
    let made = api.blocking(move || match store.create_hook(hook, most) {
        Err(StoreError::Conflict(_)) => Ok(None),
        made => made.map(Some),
    });
    let row = made.await?.ok_or(Code::TooManyWebhooks)?;
    tracing::info!(account = %who.account, webhook = row.id, "webhook made");
    let told = WebhookSecret { secret: secret_text(&secret), item: row.into() };
    Ok((StatusCode::CREATED, Json(told)))
}

/// Changes a webhook. To switch it on forgets that it failed.
#[utoipa::path(patch, operation_id = "changeWebhook", path = "/me/webhooks/{id}", tag = "webhooks",
    security(("bearer" = []), ("token" = ["webhooks"])), params(("id" = u64, Path)), request_body = WebhookChange,
    responses(
    (status = 200, body = Webhook),
    (status = 404, body = Problem, description = "not_found"),
))]
pub async fn change(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Body(body): Body<WebhookChange>,
) -> Result<Json<Webhook>, Problem> {
    let url = body.url.map(|url| checked_url(&api, url)).transpose()?;
    let kinds = body.kinds.map(|kinds| checked_kinds(&kinds)).transpose()?;
    let to = HookChange { url, kinds, is_enabled: body.enabled };
    let store = api.store.clone();
    api.blocking(move || store.change_hook(who.account, id, to)).await?;
    own(&api, &who, id).await.map(|row| Json(row.into()))
}

/// Takes a webhook away, with what it was to be told.
#[utoipa::path(delete, operation_id = "deleteWebhook", path = "/me/webhooks/{id}", tag = "webhooks",
    security(("bearer" = []), ("token" = ["webhooks"])), params(("id" = u64, Path)), responses(
    (status = 204, description = "there is none any more"),
    (status = 404, body = Problem, description = "not_found"),
))]
pub async fn delete(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    let store = api.store.clone();
    match api.blocking(move || store.delete_hook(who.account, id)).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Code::NotFound.into()),
    }
}

/// Gives a webhook a new secret. For a day calls are signed with the one before too.
#[utoipa::path(post, operation_id = "renewWebhookSecret", path = "/me/webhooks/{id}/secret", tag = "webhooks",
    security(("bearer" = []), ("token" = ["webhooks"])), params(("id" = u64, Path)), responses(
    (status = 200, body = WebhookSecret),
    (status = 404, body = Problem, description = "not_found"),
))]
pub async fn renew(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
) -> Result<Json<WebhookSecret>, Problem> {
    let row = own(&api, &who, id).await?;
    let (secret, until) = (random(), api.clock.wall().0 + WEBHOOK_SECRET_GRACE_MS);
    let store = api.store.clone();
    api.blocking(move || store.renew_hook_secret(id, secret, until)).await?;
    Ok(Json(WebhookSecret { secret: secret_text(&secret), item: row.into() }))
}

/// Has a webhook called once, to try it out: `webhook.test`.
#[utoipa::path(post, operation_id = "testWebhook", path = "/me/webhooks/{id}/test", tag = "webhooks",
    security(("bearer" = []), ("token" = ["webhooks"])), params(("id" = u64, Path)), responses(
    (status = 202, description = "it is called soon: look into its deliveries"),
    (status = 404, body = Problem, description = "not_found"),
))]
pub async fn test(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    own(&api, &who, id).await?;
    let now = api.clock.wall().0;
    let kind = HookKind::Test.as_str().to_owned();
    let body = json!({ "type": kind, "timestamp": rfc3339(Wall(now)), "data": { "webhook": id } });
    let body = body.to_string();
    let new = NewDelivery { hook: id, message_id: message_id(now), kind, body };
    let store = api.store.clone();
    api.blocking(move || store.keep_deliveries(0, vec![new], now)).await?;
    api.doorbell.ring();
    Ok(StatusCode::ACCEPTED)
}

/// What a webhook was told, and what became of it.
#[utoipa::path(get, operation_id = "listDeliveries", path = "/me/webhooks/{id}/deliveries", tag = "webhooks",
    security(("bearer" = []), ("token" = ["webhooks"])), params(("id" = u64, Path), DeliveryQuery), responses(
    (status = 200, body = DeliveryPage),
    (status = 404, body = Problem, description = "not_found"),
))]
pub async fn deliveries(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Query(query): Query<DeliveryQuery>,
) -> Result<Json<DeliveryPage>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, PAGE_ROWS_MAX);
    let unknown = |_| Problem::new(Code::InvalidQuery).field("cursor", "unknown");
    let before = query.cursor.as_deref().map(|text| text.parse().map_err(unknown)).transpose()?;
    own(&api, &who, id).await?;
    let store = api.store.clone();
    let rows = api.blocking(move || store.deliveries(id, before, limit)).await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|row| row.id.to_string());
    Ok(Json(DeliveryPage { items: rows.into_iter().map(Delivery::from).collect(), next }))
}

/// Has a delivery tried once more, now, with the same id.
#[utoipa::path(post, operation_id = "retryDelivery", path = "/me/webhooks/{id}/deliveries/{delivery}/retry",
    tag = "webhooks", security(("bearer" = []), ("token" = ["webhooks"])),
    params(("id" = u64, Path), ("delivery" = u64, Path)), responses(
    (status = 202, description = "it is tried soon"),
    (status = 404, body = Problem, description = "not_found"),
))]
pub async fn retry(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path((id, delivery)): Path<(u64, u64)>,
) -> Result<StatusCode, Problem> {
    own(&api, &who, id).await?;
    let (store, now) = (api.store.clone(), api.clock.wall().0);
    if !api.blocking(move || store.retry_delivery(id, delivery, now)).await? {
        return Err(Code::NotFound.into());
    }
    api.doorbell.ring();
    Ok(StatusCode::ACCEPTED)
}

async fn own(api: &Api, who: &Identity, id: u64) -> Result<HookRow, Problem> {
    let (store, account) = (api.store.clone(), who.account);
    let row = api.blocking(move || store.hook(account, id)).await?;
    row.ok_or_else(|| Code::NotFound.into())
}

fn checked_url(api: &Api, url: String) -> Result<String, Problem> {
    let wrong = |why| Problem::new(Code::InvalidBody).field("url", why);
    api.caller.check(&url).map(|()| url).map_err(wrong)
}

fn checked_kinds(kinds: &[HookKind]) -> Result<String, Problem> {
    let wrong = |why| Problem::new(Code::InvalidBody).field("kinds", why);
    if kinds.contains(&HookKind::Test) {
        return Err(wrong("webhook.test comes when one asks for it."));
    }
    let kinds: BTreeSet<_> = kinds.iter().copied().collect();
    if kinds.is_empty() {
        return Err(wrong("Choose at least one."));
    }
    Ok(kinds.into_iter().map(HookKind::as_str).collect::<Vec<_>>().join(" "))
}

impl From<HookRow> for Webhook {
    fn from(row: HookRow) -> Self {
        let time = |at: i64| rfc3339(Wall(at));
        Webhook {
            id: row.id,
            url: row.url,
            event: row.event,
            kinds: row.kinds.split(' ').map(str::to_owned).collect(),
            enabled: row.is_enabled,
            failing_since: row.failing_since.map(time),
            given_up_at: row.given_up_at.map(time),
            created_at: time(row.created_at),
        }
    }
}

impl From<DeliveryRow> for Delivery {
    fn from(row: DeliveryRow) -> Self {
        let time = |at: i64| rfc3339(Wall(at));
        let due_at = (row.state == "waiting").then(|| time(row.due_at));
        Delivery {
            id: row.id,
            message_id: row.message_id,
            kind: row.kind,
            state: row.state,
            tries: row.tries,
            created_at: time(row.created_at),
            due_at,
            done_at: row.done_at.map(time),
            status: row.status,
            answer: row.answer,
            error: row.error,
            body: row.body,
        }
    }
}
