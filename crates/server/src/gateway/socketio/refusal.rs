//! The answers of Engine.IO to a request that it does not take, word for word. They say nothing of any session.

use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Transport,
    Session,
    Method,
    Request,
    Forbidden(String),
    Revision,
    /// A body over the bound. It has no number of the protocol.
    TooLarge,
    /// No more sessions. It has no number of the protocol either.
    Full,
}

impl Refusal {
    fn parts(&self) -> (StatusCode, u8, &str) {
        let bad = StatusCode::BAD_REQUEST;
        match self {
            Refusal::Transport => (bad, 0, "Transport unknown"),
            Refusal::Session => (bad, 1, "Session ID unknown"),
            Refusal::Method => (bad, 2, "Bad handshake method"),
            Refusal::Request => (bad, 3, "Bad request"),
            Refusal::Forbidden(text) => (StatusCode::FORBIDDEN, 4, text),
            Refusal::Revision => (bad, 5, "Unsupported protocol version"),
            Refusal::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, 3, "Payload too large"),
            Refusal::Full => (StatusCode::SERVICE_UNAVAILABLE, 3, "Too many sessions"),
        }
    }

    /// To a request of long polling.
    pub(super) fn to_json(&self) -> Response {
        let (status, code, message) = self.parts();
        let body = json!({ "code": code, "message": message }).to_string();
        (status, [(CONTENT_TYPE, "application/json")], body).into_response()
    }

    /// To an upgrade.
    pub(super) fn to_text(&self) -> Response {
        let (status, _, message) = self.parts();
        (status, [(CONTENT_TYPE, "text/html")], message.to_owned()).into_response()
    }
}
