//! Accounts: registering, signing in, and who one is. A role is never taken from outside.

use super::Booking;
use super::failure::{Failure, Issue, done, human};
use super::input::object;
use crate::accounts::{AccountError, Applicant, normal_email};
use crate::gateway::extract::Peer;
use crate::store::{AccountRow, Role};
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What the old client is told of a person.
pub(super) fn user(account: &AccountRow) -> Value {
    let role = if account.role == Role::Admin { "admin" } else { "user" };
    json!({ "id": account.id.0, "email": account.email, "name": account.name, "role": role })
}

/// Makes an account and signs in.
pub(super) async fn register(
    State(booking): State<Arc<Booking>>,
    Peer(from): Peer,
    request: Request,
) -> Result<Response, Failure> {
    let failed = |text: String| Failure::new(400, "REGISTRATION_FAILED", text);
    let Some(body) = object(request).await else {
        return Err(failed("Malformed JSON in request body".to_owned()));
    };
    let who = applicant(&body).map_err(|issues| failed(human(&issues)).with(issues))?;
    let accounts = &booking.ground.api.accounts;
    let made = accounts.sign_up(from, who).await.and_then(|issued| accounts.for_dialect(issued));
    let (account, token) = made.map_err(|error| match error {
        AccountError::EmailTaken => failed("User with this email already exists".to_owned()),
        AccountError::PasswordCommon => issue("password", "This password is too common"),
        AccountError::PasswordTooShort => issue("password", TOO_SHORT),
        AccountError::Field(name, text) => issue(name, text),
        error => error.into(),
    })?;
    Ok(done(201, json!({ "user": user(&account), "token": token })))
}

const TOO_SHORT: &str = "Password must be at least 8 characters";

fn issue(field: &'static str, text: &str) -> Failure {
    Failure::new(400, "REGISTRATION_FAILED", text).with(vec![Issue::new(field, text)])
}

/// Signs in.
pub(super) async fn log_in(
    State(booking): State<Arc<Booking>>,
    Peer(from): Peer,
    request: Request,
) -> Result<Response, Failure> {
    let failed = || Failure::new(401, "LOGIN_FAILED", "Invalid email or password");
    let body = object(request).await.ok_or_else(failed)?;
    let (email, password) = (text(&body, "email"), text(&body, "password"));
    let wrong = [
        (email.and_then(normal_email).is_none(), Issue::new("email", "Invalid email address")),
        (password.is_none_or(str::is_empty), Issue::new("password", "Password is required")),
    ];
    let wrong: Vec<Issue> = wrong.into_iter().filter(|(is, _)| *is).map(|(_, it)| it).collect();
    let (Some(email), Some(password), true) = (email, password, wrong.is_empty()) else {
        return Err(failed().with(wrong));
    };
    let accounts = &booking.ground.api.accounts;
    let signed_in = accounts.sign_in_dialect(from, email, password.to_owned()).await;
    let (account, token) = signed_in.map_err(|error| match error {
        AccountError::WrongCredentials => failed(),
        error => error.into(),
    })?;
    Ok(done(200, json!({ "user": user(&account), "token": token })))
}

/// Who one is.
pub(super) async fn me(
    State(booking): State<Arc<Booking>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let person = booking.signed_in(&headers).await?;
    Ok(done(200, json!({ "user": user(&person.account) })))
}

fn text<'a>(body: &'a Map<String, Value>, field: &str) -> Option<&'a str> {
    body.get(field).and_then(Value::as_str)
}

/// Who wants an account. What is checked here is what the old server said of it; the rest is the accounts' own policy.
fn applicant(body: &Map<String, Value>) -> Result<Applicant, Vec<Issue>> {
    let (email, name, password) = (text(body, "email"), text(body, "name"), text(body, "password"));
    let chars = |text: Option<&str>| text.map_or(0, |text| text.trim().chars().count());
    let mut issues = Vec::new();
    if email.and_then(normal_email).is_none() {
        issues.push(Issue::new("email", "Invalid email address"));
    }
    match chars(name) {
        0..2 => issues.push(Issue::new("name", "Name must be at least 2 characters")),
        2..=80 => {}
        _ => issues.push(Issue::new("name", "Name must be at most 80 characters")),
    }
    if password.map_or(0, |password| password.chars().count()) < 8 {
        issues.push(Issue::new("password", TOO_SHORT));
    }
    if !matches!(body.get("role").map(Value::as_str), None | Some(Some("user" | "admin"))) {
        issues.push(Issue::new("role", "Role must be user or admin"));
    }
    match (email, name, password) {
        (Some(email), Some(name), Some(password)) if issues.is_empty() => Ok(Applicant {
            email: email.to_owned(),
            name: name.to_owned(),
            password: password.to_owned(),
        }),
        _ => Err(issues),
    }
}
