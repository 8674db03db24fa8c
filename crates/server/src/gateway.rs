//! Every way in: it decodes, authenticates and limits, and hands on. No rule of the product is here.

pub mod api;
mod assets;
pub mod extract;
pub mod forwarded;
pub mod http;
pub mod live;
pub mod origin;
pub mod problem;
mod shield;

use crate::drain::Tasks;
use crate::fanout::Shards;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{any, get};
use metrics_exporter_prometheus::PrometheusHandle;
use problem::{Code, Problem};
use std::sync::Arc;
use tower_http::compression::CompressionLayer;
use utoipa_swagger_ui::{Config as DocsConfig, SwaggerUi};

/// What the ways in lead to.
#[derive(Clone)]
pub struct Gateway {
    /// The HTTP interface.
    pub api: Arc<api::Api>,
    /// Where live connections go.
    pub shards: Shards,
    /// Whether the server is on its way out.
    pub tasks: Tasks,
    /// What was counted.
    pub metrics: PrometheusHandle,
}

/// All of them, on one screen.
pub fn routes(gateway: Gateway) -> Router {
    let (api, document) = api::described();
    let docs = SwaggerUi::new("/api").config(DocsConfig::from("/api/openapi.json"));
    let frames = houseful_wire::asyncapi::document(env!("CARGO_PKG_VERSION"));
    Router::new()
        .route("/live", get(live))
        .route("/health", get(|| async { "ok\n" }))
        .route("/ready", get(ready))
        .route("/metrics", get(metrics))
        .route("/api/openapi.json", get(|| async { Json(document) }))
        .route("/api/asyncapi.json", get(|| async { Json(frames) }))
        .method_not_allowed_fallback(not_allowed_here)
        .with_state(gateway.clone())
        .merge(Router::from(docs).layer(map_response(docs_page)))
        .nest(
            "/api/v1",
            // A fallback would not be asked: the documentation takes every path below /api.
            api.method_not_allowed_fallback(not_allowed_here)
                .route("/{*rest}", any(nothing))
                .with_state(gateway.api.clone()),
        )
        .fallback(assets::page_or_file)
        .layer(shield::cors(&gateway.api.config))
        .layer(CompressionLayer::new())
        .layer(map_response(shield::headers))
}

async fn live(State(gateway): State<Gateway>, request: Request) -> Response {
    live::upgrade(request, gateway.shards, &gateway.tasks, &gateway.api.config)
}

/// Whether new connections should come here: not while draining.
async fn ready(State(gateway): State<Gateway>) -> impl IntoResponse {
    if gateway.tasks.is_closing() {
        (StatusCode::SERVICE_UNAVAILABLE, "draining\n")
    } else {
        (StatusCode::OK, "ready\n")
    }
}

async fn metrics(State(gateway): State<Gateway>) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], gateway.metrics.render())
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
