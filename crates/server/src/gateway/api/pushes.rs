//! Browsers that are told by Web Push: each for its own login alone, and as long as that lasts.

use super::{Api, Signed};
use crate::gateway::extract::Body;
use crate::gateway::problem::{Code, Problem};
use crate::limits::PUSH_PER_PERSON;
use crate::notify::push_keys_fit;
use crate::store::NewSubscription;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// By what push services know this server.
#[derive(Serialize, ToSchema)]
pub struct PushKey {
    /// The `applicationServerKey` of a browser's `subscribe`, in base64url.
    #[schema(
        example = "BLc4xRzKlKORKWlbdgFaBrrPK3ydWAHo4M0gs0i1oEKgPpWC5cW8OCzVrOQRv-1npXRWk8udnW3oYhIO4475rds"
    )]
    key: String,
}

/// A browser's subscription, as its `toJSON()` has it.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "endpoint": "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
    "keys": {
        "p256dh": "BLc4xRzKlKORKWlbdgFaBrrPK3ydWAHo4M0gs0i1oEKgPpWC5cW8OCzVrOQRv-1npXRWk8udnW3oYhIO4475rds",
        "auth": "5I2Bu2oKdyy9CwL8QVF0NQ"
    }
}))]
pub struct PushBody {
    /// Where its pushes are posted.
    endpoint: String,
    /// What they are encrypted with.
    keys: PushKeys,
}

/// What a browser's pushes are encrypted with.
#[derive(Deserialize, ToSchema)]
pub struct PushKeys {
    /// Its public key: an uncompressed point of P-256, in base64url.
    p256dh: String,
    /// Its secret: sixteen bytes, in base64url.
    auth: String,
}

/// Which browser.
#[derive(Deserialize, ToSchema)]
pub struct PushGone {
    /// Where its pushes are posted.
    endpoint: String,
}

/// By what push services know this server, for a browser that is to subscribe.
#[utoipa::path(get, operation_id = "getPushKey", path = "/push-key", tag = "notifications",
    responses((status = 200, body = PushKey)))]
pub async fn key(State(api): State<Arc<Api>>) -> Json<PushKey> {
    Json(PushKey { key: api.vapid.public().to_owned() })
}

/// Has this browser told by Web Push, for as long as one is signed in here. The same again changes nothing.
#[utoipa::path(post, operation_id = "subscribePush", path = "/me/push-subscriptions", tag = "notifications",
    security(("bearer" = [])), request_body = PushBody, responses(
    (status = 204, description = "it is told from now on; of more than ten the oldest no longer is"),
))]
pub async fn subscribe(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Body(body): Body<PushBody>,
) -> Result<StatusCode, Problem> {
    let wrong = |field: &str, why: &str| Problem::new(Code::InvalidBody).field(field, why);
    api.caller.check(&body.endpoint).map_err(|why| wrong("endpoint", &why))?;
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).unwrap_or_default();
    let (p256dh, auth) = (bytes(&body.keys.p256dh), bytes(&body.keys.auth));
    push_keys_fit(&p256dh, &auth)
        .map_err(|key| wrong(&format!("keys.{key}"), "This is no such key."))?;
    let (account, login, at) = (who.account, who.login, api.clock.wall().0);
    let new = NewSubscription { account, login, endpoint: body.endpoint, p256dh, auth, at };
    let store = api.store.clone();
    api.blocking(move || store.subscribe(new, PUSH_PER_PERSON)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Has this browser told nothing any more.
#[utoipa::path(delete, operation_id = "unsubscribePush", path = "/me/push-subscriptions", tag = "notifications",
    security(("bearer" = [])), request_body = PushGone, responses(
    (status = 204, description = "it is told nothing, whether it was or not"),
))]
pub async fn unsubscribe(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Body(body): Body<PushGone>,
) -> Result<StatusCode, Problem> {
    let store = api.store.clone();
    api.blocking(move || store.unsubscribe(who.account, &body.endpoint)).await?;
    Ok(StatusCode::NO_CONTENT)
}
