//! Tokens for one's own programs. One is shown when it is made, and no token opens what is here.

use super::{Api, Signed};
use crate::accounts::{Scope, Scopes};
use crate::clock::rfc3339;
use crate::gateway::extract::{Body, Path};
use crate::gateway::problem::{Code, Problem};
use crate::limits::{API_TOKEN_DAYS_MAX, API_TOKEN_NAME_CHARS_MAX};
use crate::store::TokenRow;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use houseful_room::Wall;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A token to be made.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "name": "Box office screen", "scopes": ["events:read", "bookings:read"], "days": 90 }))]
pub struct TokenBody {
    /// What one calls it: 1 to 60 characters.
    name: String,
    /// What it may do.
    scopes: Vec<Scope>,
    /// How many days it lives: 1 to 365.
    days: u32,
}

/// A token, without what it takes to use it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 3, "name": "Box office screen", "scopes": ["events:read", "bookings:read"], "ending": "9c4e",
    "createdAt": "2026-12-05T17:30:00Z", "expiresAt": "2027-03-05T17:30:00Z", "usedAt": null
}))]
pub struct TokenItem {
    /// Its number.
    id: u64,
    /// What one calls it.
    name: String,
    /// What it may do.
    #[schema(value_type = Vec<Scope>)]
    scopes: Vec<&'static str>,
    /// Its last characters, to tell it by.
    ending: String,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it ends, or has ended.
    #[schema(format = DateTime)]
    expires_at: String,
    /// When it was last used, to the minute.
    #[schema(format = DateTime, required)]
    used_at: Option<String>,
}

/// One's tokens.
#[derive(Serialize, ToSchema)]
pub struct TokenList {
    /// The newest first.
    items: Vec<TokenItem>,
}

/// A token that was just made.
#[derive(Serialize, ToSchema)]
pub struct TokenMade {
    /// What programs send as `Authorization: Bearer hf_…`. It is told this once.
    #[schema(example = "hf_5d2cba…")]
    token: String,
    /// What is kept of it.
    item: TokenItem,
}

/// One's tokens.
#[utoipa::path(get, operation_id = "listTokens", path = "/me/tokens", tag = "tokens", security(("bearer" = [])),
    responses((status = 200, body = TokenList)))]
pub async fn list(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
) -> Result<Json<TokenList>, Problem> {
    let tokens = api.accounts.tokens(who.account).await?;
    Ok(Json(TokenList { items: tokens.into_iter().map(TokenItem::from).collect() }))
}

/// Makes a token for a program of one's own.
#[utoipa::path(post, operation_id = "createToken", path = "/me/tokens", tag = "tokens", security(("bearer" = [])),
    request_body = TokenBody, responses(
    (status = 201, body = TokenMade),
    (status = 409, body = Problem, description = "too_many_tokens"),
))]
pub async fn create(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Body(body): Body<TokenBody>,
) -> Result<(StatusCode, Json<TokenMade>), Problem> {
    let (name, scopes) = checked(&body)?;
    let life_ms = i64::from(body.days) * DAY_MS;
    let (token, row) = api.accounts.create_token(who.account, name, scopes, life_ms).await?;
    Ok((StatusCode::CREATED, Json(TokenMade { token, item: row.into() })))
}

/// Takes a token back: from now on it is good for nothing.
#[utoipa::path(delete, operation_id = "deleteToken", path = "/me/tokens/{id}", tag = "tokens",
    security(("bearer" = [])), params(("id" = u64, Path)), responses(
    (status = 204, description = "there is none any more"),
    (status = 404, body = Problem, description = "not_found"),
))]
pub async fn delete(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    match api.accounts.revoke_token(who.account, id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Code::NotFound.into()),
    }
}

fn checked(body: &TokenBody) -> Result<(String, Scopes), Problem> {
    let invalid = |field: &str, text: String| Problem::new(Code::InvalidBody).field(field, text);
    let name = body.name.trim();
    let (length, most) = (name.chars().count(), API_TOKEN_NAME_CHARS_MAX);
    if length == 0 || length > most || name.chars().any(char::is_control) {
        return Err(invalid("name", format!("A name has 1 to {most} characters.")));
    }
    let scopes: Scopes = body.scopes.iter().copied().collect();
    if scopes.is_empty() {
        return Err(invalid("scopes", "Choose at least one.".to_owned()));
    }
    if !(1..=API_TOKEN_DAYS_MAX).contains(&body.days) {
        return Err(invalid("days", format!("It lives 1 to {API_TOKEN_DAYS_MAX} days.")));
    }
    Ok((name.to_owned(), scopes))
}

impl From<TokenRow> for TokenItem {
    fn from(row: TokenRow) -> Self {
        TokenItem {
            id: row.id,
            scopes: Scopes::read(&row.scopes).iter().map(Scope::as_str).collect(),
            name: row.name,
            ending: row.ending,
            created_at: rfc3339(Wall(row.created_at)),
            expires_at: rfc3339(Wall(row.expires_at)),
            used_at: row.used_at.map(|at| rfc3339(Wall(at))),
        }
    }
}
