//! The lobby dialect: rooms that wait for people, JSON in JSON over a WebSocket, and a page in which each room's
//! application has a window. It decides nothing.

mod frames;
mod names;
mod room;
mod rooms;
mod session;
mod state;

use super::{Ground, bearer, files};
use crate::config::LobbyDialect;
use crate::gateway::extract::{Path, Peer, Query};
use crate::gateway::forwarded::Scheme;
use crate::gateway::problem::{Code, Problem};
use crate::gateway::{origin, pages, shield, websocket};
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use houseful_wire::ws::WsLimits;
use serde::Deserialize;
use session::{Comer, Session};
use std::sync::Arc;

/// What the old server said to those who are no WebSocket.
const NO_WEBSOCKET: &str = "Bad Request\nThere was an error creating client: websocket: the client is not using the \
    websocket protocol: 'upgrade' token not found in 'Connection' header";

/// What all connections share.
pub(super) struct Lobby {
    ground: Ground,
    config: LobbyDialect,
}

#[derive(Default, Deserialize)]
struct Wishes {
    /// `plain`: texts as they are, for pages that never take them for markup.
    #[serde(default)]
    text: String,
}

/// All that its listener gets.
pub(super) fn routes(ground: Ground, config: LobbyDialect) -> Router {
    Router::new()
        .route("/ws", get(connect))
        .route("/apps/{app}/{*file}", get(application))
        .fallback(get(page))
        .with_state(Arc::new(Lobby { ground, config }))
        .layer(map_response(shield::headers))
}

async fn page(uri: Uri, headers: HeaderMap) -> Response {
    let file = files::file(files::LOBBY, uri.path(), &headers);
    file.unwrap_or_else(|| Problem::new(Code::NotFound).into_response())
}

/// The files that an application brings, `lobby.js` for its window among them.
async fn application(
    State(lobby): State<Arc<Lobby>>,
    Path((app, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    pages::of(&lobby.ground.apps, &app, &file, &headers)
}

async fn connect(State(lobby): State<Arc<Lobby>>, request: Request) -> Response {
    if websocket::check(&request, None).is_err() {
        return (StatusCode::BAD_REQUEST, NO_WEBSOCKET).into_response();
    }
    let scheme = Scheme::of(request.extensions());
    if !origin::is_of_here(&lobby.ground.api.config, scheme, request.headers()) {
        return Problem::new(Code::OriginNotAllowed).into_response();
    }
    let (mut parts, body) = request.into_parts();
    let Ok(Peer(from)) = Peer::from_request_parts(&mut parts, &()).await;
    let account = match bearer::account(&lobby.ground, &parts.headers).await {
        Ok(account) => account,
        Err(problem) => return problem.into_response(),
    };
    let wishes = Query::<Wishes>::from_request_parts(&mut parts, &()).await;
    let is_plain = wishes.is_ok_and(|Query(wishes)| wishes.text == "plain");
    let escapes = lobby.config.escape_html && !is_plain;
    let mut request = Request::from_parts(parts, body);
    let tasks = lobby.ground.tasks.clone();
    let comer = Comer { from, account, escapes };
    websocket::upgrade(&mut request, &tasks, WsLimits::DEFAULT, move |socket| {
        Session::serve(lobby, socket, comer)
    })
}
