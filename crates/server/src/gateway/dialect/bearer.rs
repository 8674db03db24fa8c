//! Whom the request for a WebSocket comes from, where a token may show it. A cookie shows nobody: it is good for a
//! refresh alone.

use super::Ground;
use crate::accounts::Identity;
use crate::gateway::problem::{Code, Problem};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// The account whose token, of a dialect or of the native interface, the request carries. One that cannot be used is an
/// error, so that nobody takes themselves for signed in who is a guest.
pub(super) async fn account(
    ground: &Ground,
    headers: &HeaderMap,
) -> Result<Option<Identity>, Problem> {
    let mut lines = headers.get_all(AUTHORIZATION).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    let token = line.to_str().ok().filter(|_| lines.next().is_none());
    let (scheme, token) = token.and_then(|text| text.split_once(' ')).ok_or(Code::TokenInvalid)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Code::TokenInvalid.into());
    }
    let accounts = &ground.api.accounts;
    if let Ok(identity) = accounts.verify(token.trim()) {
        return Ok(Some(identity));
    }
    let (_, identity) = accounts.identify_dialect(token.trim()).await??;
    Ok(Some(identity))
}
