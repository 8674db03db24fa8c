//! The seats dialect: the seats of one event as rows and columns, over one WebSocket. Its HTTP knows nothing but the
//! page that comes with it.

mod frames;
mod sale;
mod session;
mod user;

use super::{Ground, bearer, files};
use crate::config::SeatsDialect;
use crate::gateway::extract::Peer;
use crate::gateway::{shield, websocket};
use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, VARY,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Json, Response};
use houseful_wire::ws::WsLimits;
use sale::Sale;
use serde::Serialize;
use session::{Comer, Session};
use std::sync::Arc;
use user::User;

/// All that its listener gets.
pub(super) fn routes(ground: Ground, config: &SeatsDialect) -> Router {
    Router::new()
        .fallback(answer)
        .with_state(Arc::new(Sale::new(ground, config)))
        .layer(map_response(shield::headers))
        .layer(map_response(for_everyone))
}

async fn answer(State(sale): State<Arc<Sale>>, request: Request) -> Response {
    if websocket::check(&request, None).is_ok() {
        return connect(sale, request).await;
    }
    let (method, uri, headers) = (request.method(), request.uri(), request.headers());
    if method == Method::OPTIONS {
        return allow(&request);
    }
    let accepts = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_page = uri.path() == "/";
    // Programs that ask here know what they are answered; people get a page.
    let may_see = method == Method::GET && (!is_page || accepts.contains("text/html"));
    let page = may_see.then(|| files::file(files::SEATS, uri.path(), headers)).flatten();
    page.unwrap_or_else(|| not_found(&request))
}

/// Nothing of the connection is read before it is known who it is for.
async fn connect(sale: Arc<Sale>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    let Ok(Peer(from)) = Peer::from_request_parts(&mut parts, &()).await;
    let comer = match (bearer::account(&sale.ground, &parts.headers).await, user::of(&parts.uri)) {
        (Err(problem), _) => return problem.into_response(),
        (_, User::Missing) => Comer::Nobody,
        (Ok(Some(identity)), _) => Comer::Account(identity),
        (Ok(None), User::Named(name)) => Comer::Named(name),
        (Ok(None), User::Unreadable) => Comer::Unreadable,
    };
    let mut request = Request::from_parts(parts, body);
    let tasks = sale.ground.tasks.clone();
    websocket::upgrade(&mut request, &tasks, WsLimits::DEFAULT, move |socket| {
        Session::serve(sale, socket, from, comer)
    })
}

/// Pages from anywhere may ask, as ever: they are told nothing that is not for everyone.
async fn for_everyone(mut response: Response) -> Response {
    let all = HeaderValue::from_static("*");
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, all);
    response
}

fn allow(request: &Request) -> Response {
    let methods = (ACCESS_CONTROL_ALLOW_METHODS, "GET,HEAD,PUT,PATCH,POST,DELETE");
    let mut response = (StatusCode::NO_CONTENT, [methods]).into_response();
    if let Some(wanted) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        headers.insert(VARY, HeaderValue::from_static("Access-Control-Request-Headers"));
    }
    response
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NotFound {
    status_code: u16,
    message: String,
    error: &'static str,
}

fn not_found(request: &Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let message = format!("Cannot {} {path}", request.method());
    let body = NotFound { status_code: 404, message, error: "Not Found" };
    (StatusCode::NOT_FOUND, Json(body)).into_response()
}
