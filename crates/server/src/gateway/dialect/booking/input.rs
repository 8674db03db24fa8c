//! What comes with a request, read: who asks, a number in the path, a JSON body. What cannot be read is a failure here.

use super::Booking;
use super::failure::Failure;
use crate::accounts::Identity;
use crate::limits::JSON_BODY_BYTES_MAX;
use crate::store::{AccountRow, Role};
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use houseful_wire::decode::is_too_deep;
use serde_json::{Map, Value};

/// Somebody who is signed in, as they are now.
pub(super) struct Person {
    pub(super) account: AccountRow,
    pub(super) identity: Identity,
}

impl Person {
    pub(super) fn is_admin(&self) -> bool {
        self.account.role == Role::Admin
    }
}

impl Booking {
    /// Who asks.
    pub(super) async fn signed_in(&self, headers: &HeaderMap) -> Result<Person, Failure> {
        let missing =
            || Failure::new(401, "UNAUTHORIZED", "Missing or invalid authorization header");
        let header = headers.get(AUTHORIZATION).ok_or_else(missing)?;
        let token = header.to_str().map_err(|_| missing())?;
        match self.ground.api.accounts.identify_dialect(token).await? {
            Ok((account, identity)) => Ok(Person { account, identity }),
            // Both forms are taken, but who sends neither is told how it is meant.
            Err(_) if !token.starts_with("Bearer ") => Err(missing()),
            Err(_) => Err(Failure::new(401, "UNAUTHORIZED", "Invalid or expired token")),
        }
    }

    /// Who asks, if that is somebody.
    pub(super) async fn maybe_signed_in(&self, headers: &HeaderMap) -> Option<Person> {
        self.signed_in(headers).await.ok()
    }
}

/// The event of a path.
pub(super) fn event_id(text: &str) -> Result<u64, Failure> {
    let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
    let id = text.parse::<i64>().ok().filter(|id| is_number && *id > 0);
    let wrong = || Failure::issue("id", "Event ID must be a positive integer");
    id.map(i64::unsigned_abs).ok_or_else(wrong)
}

/// A JSON object; nothing if it is none.
pub(super) async fn object(request: Request) -> Option<Map<String, Value>> {
    let bytes = to_bytes(request.into_body(), JSON_BODY_BYTES_MAX).await.ok()?;
    if is_too_deep(&bytes) {
        return None;
    }
    match serde_json::from_slice(&bytes).ok()? {
        Value::Object(object) => Some(object),
        // To the old validator that was an object without fields.
        _ => Some(Map::new()),
    }
}
