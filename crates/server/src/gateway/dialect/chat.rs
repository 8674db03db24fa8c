//! The chat dialect: topic rooms that everyone sees at once, with who is where, over Socket.IO 2. Its HTTP has two
//! answers. What is said and who is present is the rooms'; here it is put into its clients' words.

mod check;
mod client;
mod hub;
mod presence;
mod words;

use super::ticker::Ticker;
use super::{Ground, express};
use crate::config::ChatDialect;
use crate::gateway::socketio::{Cors, Engine, Namespaces, Revision, Settings, Socket};
use crate::limits;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, ETAG, IF_NONE_MATCH, ORIGIN, VARY,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use hub::Hub;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use std::time::Duration;

/// All that its listener gets.
pub(super) fn routes(ground: Ground, config: &ChatDialect) -> Router {
    let origins: Arc<[String]> = config.origins.clone().into();
    let allowed = origins.clone();
    let settings = Settings {
        revisions: &[Revision::V3],
        ping_timeout: Duration::from_millis(limits::CHAT_DIALECT_PONG_MS_MAX),
        payload_bytes_max: limits::CHAT_DIALECT_PAYLOAD_BYTES_MAX,
        tells_payload_max: false,
        admit: Arc::new(move |request| may_connect(&allowed, &request.headers)),
        cors: Cors::Listed(origins.clone()),
        ..Settings::default()
    };
    let hub = Hub::new(ground.clone(), config);
    ground.tasks.spawn(hub.clone().watch());
    let (serving, ticker) = (hub.clone(), Ticker::start(&ground, config.sale));
    let serve = move |socket: Socket| client::serve(serving.clone(), ticker.listen(), socket);
    let namespaces = Namespaces::new(ground.tasks.clone()).open("/", serve);
    let engine = Engine::new(settings, ground.tasks, Arc::new(namespaces));
    let live = any(async move |request: Request| engine.answer(request).await);
    Router::new()
        .route("/", get(move |headers: HeaderMap| async move { home(&origins, &headers) }))
        .route("/rooms", get(rooms))
        .route("/socket.io", live.clone())
        .route("/socket.io/", live)
        .method_not_allowed_fallback(express::no_such_path)
        .fallback(express::no_such_path)
        .with_state(hub)
}

/// Programs that are no page say no origin; what they may do is no more than what pages may.
fn may_connect(allowed: &[String], headers: &HeaderMap) -> Result<(), String> {
    match headers.get(ORIGIN) {
        Some(origin) if !is_listed(allowed, origin.as_bytes()) => {
            Err("origin not allowed".to_owned())
        }
        _ => Ok(()),
    }
}

fn is_listed(allowed: &[String], origin: &[u8]) -> bool {
    allowed.iter().any(|allowed| allowed.as_bytes() == origin)
}

fn home(allowed: &[String], headers: &HeaderMap) -> Response {
    let mut response =
        ([(CONTENT_TYPE, "text/html; charset=utf-8"), (VARY, "Origin")], "OK").into_response();
    if let Some(origin) = headers.get(ORIGIN).filter(|origin| is_listed(allowed, origin.as_bytes()))
    {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    response
}

/// The rooms are public, so every page may read them.
async fn rooms(State(hub): State<Arc<Hub>>, headers: HeaderMap) -> Response {
    let body = hub.rooms().await;
    let hash: String =
        Sha256::digest(&body).iter().take(10).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("W/\"{:x}-{hash}\"", body.len());
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag));
    let kept = [(ETAG, tag), (ACCESS_CONTROL_ALLOW_ORIGIN, "*".to_owned())];
    if is_known {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    (kept, [(CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}
