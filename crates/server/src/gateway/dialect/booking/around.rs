//! What every request passes: pages that may ask, how often an address may, and failures put into words. A preflight
//! is free; what is refused for being too much is readable by the page too.

use super::Booking;
use super::failure::Failure;
use crate::gateway::extract::Peer;
use crate::rates::network;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const METHODS: HeaderValue = HeaderValue::from_static("GET,POST,PUT,DELETE,OPTIONS");

/// Lets a request pass.
pub(super) async fn around(
    State(booking): State<Arc<Booking>>,
    Peer(from): Peer,
    request: Request,
    next: Next,
) -> Response {
    let origin = allowed(&booking.config.origins, request.headers());
    let mut response = if request.method() == Method::OPTIONS {
        preflight(request.headers())
    } else {
        match pass(&booking, from, &request) {
            Ok(()) => next.run(request).await,
            Err(failure) => failure.into_response(),
        }
    };
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        response = failure.answer(booking.now());
    }
    let headers = response.headers_mut();
    if let Some(origin) = origin {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    if !headers.contains_key(VARY) {
        headers.insert(VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// A WebSocket is no request that could be asked again and again: its person's sockets are counted.
fn pass(booking: &Booking, from: std::net::IpAddr, request: &Request) -> Result<(), Failure> {
    if request.uri().path().starts_with("/ws") {
        return Ok(());
    }
    booking.rate.pass(&network(from)).map_err(|wait| {
        Failure::too_often(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1))
    })
}

fn allowed(origins: &[String], headers: &HeaderMap) -> Option<HeaderValue> {
    let origin = headers.get(ORIGIN)?;
    origins.iter().any(|known| known.as_bytes() == origin.as_bytes()).then(|| origin.clone())
}

fn preflight(asked: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Origin, Access-Control-Request-Headers"));
    if asked.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    }
    if let Some(names) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    response
}
