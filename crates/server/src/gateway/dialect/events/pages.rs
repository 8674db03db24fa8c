//! The pages of the REST listener: one that shows reminders as they come, and one to try the interface out. They are
//! static, load nothing from elsewhere, and cost nobody a request of the limit.

use crate::config::Dialect;
use crate::gateway::dialect::Ground;
use crate::gateway::{pages, shield};
use axum::extract::{Path, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;
use utoipa_swagger_ui::{Config as DocsConfig, SwaggerUi};

const PAGE: &[u8] = include_bytes!("../../../../pages/events/index.html");
const FILES: &[(&str, &[u8])] = &[
    ("events.css", include_bytes!("../../../../pages/events/events.css")),
    ("events.js", include_bytes!("../../../../pages/events/events.js")),
    ("icon.svg", include_bytes!("../../../../pages/shared/icon.svg")),
];
const DESCRIPTION: &[u8] = include_bytes!("../../../../pages/events/openapi.json");

pub(super) fn routes(ground: &Ground) -> Router {
    let live = ground.listeners.iter().find(|on| on.dialect == Dialect::EventsLive);
    // Under a demo it may be a port that somebody else has: then the page says that nothing is there.
    let port = live.map_or(0, |on| on.at.port());
    let docs = SwaggerUi::new("/docs").config(DocsConfig::from("/docs/openapi.json"));
    Router::new()
        .route("/", get(page))
        .route("/page/live.json", get(live_port))
        .route("/page/{file}", get(file))
        .route("/docs/openapi.json", get(description))
        .with_state(port)
        .merge(Router::from(docs).layer(map_response(docs_page)))
        .layer(map_response(shield::headers))
}

/// The page; besides its own listener it asks the one beside it, on the host by which it was asked for.
async fn page(State(port): State<u16>, headers: HeaderMap) -> Response {
    let mut response = pages::answer("index.html", PAGE, &headers);
    let policy = HeaderValue::try_from(policy(&headers, port));
    if let Ok(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn policy(headers: &HeaderMap, port: u16) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let host = host.and_then(|host| host.parse::<Authority>().ok());
    let beside = host.map_or(String::new(), |host| format!(" {}:{port}", host.host()));
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self'{beside}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}

async fn file(Path(file): Path<String>, headers: HeaderMap) -> Response {
    match FILES.iter().find(|(name, _)| *name == file) {
        Some((name, content)) => pages::answer(name, content, &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn live_port(State(port): State<u16>) -> Response {
    Json(json!({ "port": port })).into_response()
}

/// Of the documentation, under its own policy.
async fn docs_page(response: Response) -> Response {
    shield::docs_headers(response)
}

async fn description(headers: HeaderMap) -> Response {
    pages::answer("openapi.json", DESCRIPTION, &headers)
}
