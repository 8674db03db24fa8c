//! The booking dialect: accounts, events and bookings over REST, and who watches an event over WebSocket. Every way in
//! is here; what is asked is asked of events, rooms and accounts as the native interface asks it.

mod admin;
mod around;
mod auth;
mod bookings;
mod codes;
mod events;
mod failure;
mod form;
mod input;
mod shown;
mod silence;
mod watch;
mod watchers;

use super::Ground;
use crate::config::BookingDialect;
use crate::limits;
use crate::rates::Rate;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use std::net::IpAddr;
use std::sync::Arc;
use watchers::Watchers;

/// What its handlers reach.
struct Booking {
    ground: Ground,
    config: BookingDialect,
    /// How often an address may ask.
    rate: Rate<IpAddr>,
    /// Who watches which events.
    watchers: Watchers,
}

/// All that its listener gets.
pub(super) fn routes(ground: Ground) -> Router {
    let config = ground.api.config.dialects.booking.clone().unwrap_or_default();
    let rate = Rate::per_minute(config.requests_per_minute, &ground.api.clock);
    let booking = Arc::new(Booking { ground, config, rate, watchers: Watchers::default() });
    Router::new()
        .route("/", get(|| async { "OK" }))
        .route("/api/auth/register", post(auth::register))
        .route("/api/auth/login", post(auth::log_in))
        .route("/api/auth/me", get(auth::me))
        .route("/api/events", get(events::list).post(admin::create))
        .route("/api/events/{id}", get(events::one).put(admin::change).delete(admin::delete))
        .route("/api/events/{id}/pictures/{name}", get(events::picture))
        .route("/api/bookings", post(bookings::book))
        .route("/api/bookings/user/me", get(bookings::mine))
        .route("/api/bookings/admin/events/{id}", get(bookings::of_event))
        .route("/api/bookings/{id}", get(bookings::one).delete(bookings::cancel))
        .route("/ws", get(watch::anything))
        .route("/ws/events/{id}", get(watch::one_event))
        .fallback(nothing)
        .method_not_allowed_fallback(nothing)
        .layer(DefaultBodyLimit::max(limits::BOOKING_FORM_BYTES_MAX))
        .layer(from_fn_with_state(booking.clone(), around::around))
        .with_state(booking)
}

/// What the old server answered to whatever it did not know.
async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "404 Not Found").into_response()
}
