//! Every way in: it decodes, authenticates and limits, and hands on. No rule of the product is here.

pub mod api;
mod assets;
pub mod dialect;
mod edge;
pub mod extract;
pub mod forwarded;
pub mod http;
pub mod live;
pub mod origin;
mod pages;
pub mod problem;
pub mod scopes;
mod shield;
pub mod socketio;
pub mod throttle;
pub mod tls;
pub mod websocket;

use crate::apps::Apps;
use crate::drain::Tasks;
use crate::fanout::Shards;
use crate::places::Places;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{MethodRouter, any, get, post};
use houseful_wire::ws::WsLimits;
use metrics_exporter_prometheus::PrometheusHandle;
use problem::{Code, Problem};
use std::sync::Arc;
use throttle::Throttle;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config as DocsConfig, SwaggerUi};

/// What the ways in lead to.
#[derive(Clone)]
pub struct Gateway {
    /// The HTTP interface.
    pub api: Arc<api::Api>,
    /// The room applications, for the files of their pages.
    pub apps: Apps,
    /// Where live connections go.
    pub shards: Shards,
    /// Whether the server is on its way out.
    pub tasks: Tasks,
    /// How many connections there are.
    pub places: Arc<Places>,
    /// Live connections that are streams of events.
    pub streams: live::Streams,
    /// Live connections over Socket.IO.
    pub socketio: Arc<socketio::Engine>,
    /// How often the HTTP interface may be asked.
    pub throttle: Arc<Throttle>,
}

/// What those who run the server are told.
#[derive(Clone)]
pub struct Operators {
    /// Whether the server is on its way out.
    pub tasks: Tasks,
    /// What was counted.
    pub metrics: PrometheusHandle,
}

/// All that the public gets, on one screen.
pub fn routes(gateway: Gateway) -> Router {
    let (api, document) = api::described();
    let docs = SwaggerUi::new("/api").config(DocsConfig::from("/api/openapi.json"));
    let opened = Arc::new(scopes::Opened::by(&document));
    let limits = (gateway.throttle.clone(), gateway.api.clone(), opened);
    let plain = plain(document).into_iter();
    plain
        .fold(Router::new(), |router, (path, ways)| router.route(path, ways))
        .method_not_allowed_fallback(not_allowed_here)
        .with_state(gateway.clone())
        .merge(Router::from(docs).layer(map_response(docs_page)))
        .nest(
            "/api/v1",
            // A fallback would not be asked: the documentation takes every path below /api.
            api.method_not_allowed_fallback(not_allowed_here)
                .route("/{*rest}", any(nothing))
                .layer(from_fn_with_state(limits, throttle::limit))
                .with_state(gateway.api.clone()),
        )
        .fallback(assets::page_or_file)
        .layer(shield::cors(&gateway.api.config))
        .layer(CompressionLayer::new())
        .layer(CatchPanicLayer::custom(shield::panicked))
        .layer(from_fn(edge::check))
        .layer(map_response(shield::headers))
}

/// What those who run the server get, on a listener of their own. `/health` says no more than that the process
/// answers, so it is public too.
pub fn operator_routes(operators: Operators) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .method_not_allowed_fallback(not_allowed_here)
        .fallback(nothing)
        .with_state(operators)
        .layer(from_fn(edge::check))
        .layer(map_response(shield::headers))
}

/// The ways in that the API's own description does not name.
pub fn plain(document: OpenApi) -> [(&'static str, MethodRouter<Gateway>); 8] {
    let frames = houseful_wire::asyncapi::document(env!("CARGO_PKG_VERSION"));
    [
        ("/live", get(live)),
        ("/live/sse", post(live_stream)),
        ("/live/sse/messages", post(live_message)),
        ("/socket.io/", any(live_socketio)),
        ("/health", get(health)),
        ("/apps/{app}/{*file}", get(pages::file)),
        ("/api/openapi.json", get(|| async { Json(document) })),
        ("/api/asyncapi.json", get(|| async { Json(frames) })),
    ]
}

async fn live(State(gateway): State<Gateway>, request: Request) -> Response {
    let Gateway { api, shards, tasks, places, .. } = gateway;
    live::upgrade(request, shards, &tasks, &api.config, &places)
}

async fn live_stream(State(gateway): State<Gateway>, request: Request) -> Response {
    let Gateway { api, shards, tasks, places, streams, .. } = gateway;
    streams.open(request, shards, &tasks, &api.config, &places).await
}

async fn live_message(State(gateway): State<Gateway>, request: Request) -> Response {
    let Gateway { api, streams, .. } = gateway;
    streams.send(request, &api.config, WsLimits::DEFAULT).await
}

async fn live_socketio(State(gateway): State<Gateway>, request: Request) -> Response {
    gateway.socketio.answer(request).await
}

async fn health() -> &'static str {
    "ok\n"
}

/// Whether new connections should come here: not while draining.
async fn ready(State(operators): State<Operators>) -> impl IntoResponse {
    if operators.tasks.is_closing() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}

async fn metrics(State(operators): State<Operators>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], operators.metrics.render())
}

/// A page of the documentation, under its own policy; what is none is a problem like any other.
async fn docs_page(response: Response) -> Response {
    match response.status() {
        StatusCode::NOT_FOUND => nothing().await.into_response(),
        StatusCode::METHOD_NOT_ALLOWED => not_allowed_here().await.into_response(),
        _ => shield::docs_headers(response),
    }
}

async fn not_allowed_here() -> Problem {
    Code::MethodNotAllowed.into()
}

async fn nothing() -> Problem {
    Code::NotFound.into()
}
