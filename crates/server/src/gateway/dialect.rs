//! The protocols of five older systems over the same rooms: thin translators, each on a listener of its own. Here is
//! what they share. They know no SQL, no rule and no shape of a room: they ask what the native interface asks.

mod booking;
pub mod link;

pub use link::{Link, Who};

use super::api::Api;
use super::edge;
use super::shield;
use crate::config::Dialect;
use crate::drain::Tasks;
use crate::fanout::Shards;
use crate::places::Places;
use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// What dialects stand on.
#[derive(Clone)]
pub struct Ground {
    /// What the HTTP interface reaches.
    pub api: Arc<Api>,
    /// Where live connections go.
    pub shards: Shards,
    /// How many connections there are.
    pub places: Arc<Places>,
    /// Whether the server is on its way out.
    pub tasks: Tasks,
}

/// All that a dialect's listener gets.
pub fn routes(dialect: Dialect, ground: Ground) -> Router {
    let router = match dialect {
        Dialect::Seats => nothing(),
        Dialect::Events => nothing(),
        Dialect::EventsLive => nothing(),
        Dialect::Booking => booking::routes(ground),
        Dialect::Chat => nothing(),
        Dialect::Lobby => nothing(),
    };
    router.layer(CatchPanicLayer::custom(shield::panicked)).layer(from_fn(edge::check))
}

fn nothing() -> Router {
    Router::new().fallback(|| async { StatusCode::NOT_FOUND })
}
