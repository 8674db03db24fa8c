//! The protocols of five older systems over the same rooms: thin translators, each on a listener of its own. Here is
//! what they share. They know no SQL, no rule and no shape of a room: they ask what the native interface asks.

mod bearer;
mod booking;
mod chat;
mod date;
mod events;
mod express;
mod files;
pub mod link;
mod lobby;
mod seats;
mod ticker;

pub use link::{Link, Who};

use super::api::Api;
use super::edge;
use super::shield;
use crate::apps::Apps;
use crate::config::{Dialect, DialectAt};
use crate::drain::Tasks;
use crate::fanout::Shards;
use crate::places::Places;
use axum::Router;
use axum::middleware::from_fn;
use std::sync::Arc;
use tower_http::catch_panic::CatchPanicLayer;

/// What dialects stand on.
#[derive(Clone)]
pub struct Ground {
    /// What the HTTP interface reaches.
    pub api: Arc<Api>,
    /// The room applications, for the files of their pages.
    pub apps: Apps,
    /// Where live connections go.
    pub shards: Shards,
    /// How many connections there are.
    pub places: Arc<Places>,
    /// Whether the server is on its way out.
    pub tasks: Tasks,
    /// Where each dialect listens.
    pub listeners: Arc<[DialectAt]>,
}

/// All that a dialect's listener gets.
pub fn routes(dialect: Dialect, ground: Ground) -> Router {
    let dialects = ground.api.config.dialects.clone();
    let router = match dialect {
        Dialect::Seats => seats::routes(ground, &dialects.seats.unwrap_or_default()),
        Dialect::Events => events::rest(ground),
        Dialect::EventsLive => events::live(ground),
        Dialect::Booking => booking::routes(ground),
        Dialect::Chat => chat::routes(ground, &dialects.chat.unwrap_or_default()),
        Dialect::Lobby => lobby::routes(ground, dialects.lobby.unwrap_or_default()),
    };
    router.layer(CatchPanicLayer::custom(shield::panicked)).layer(from_fn(edge::check))
}
