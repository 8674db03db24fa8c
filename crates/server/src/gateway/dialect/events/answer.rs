//! What every answer of the REST interface looks like: `data` is always a list, and a failure says its message and its
//! status again. It decides nothing.

use crate::accounts::AccountError;
use crate::gateway::problem::Problem;
use axum::Json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;
use std::borrow::Cow;

pub(super) const UNAUTHORIZED: Failure = Failure::new(401, "Unauthorized user error.");
pub(super) const NO_EVENT: Failure = Failure::new(404, "Event not found.");
pub(super) const NO_USER: Failure = Failure::new(404, "User not found.");
pub(super) const TOO_MANY: Failure =
    Failure::new(429, "Too many requests, please try again later.");
pub(super) const BROKEN: Failure = Failure::new(500, "Internal server error.");

/// A failure, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    status: u16,
    message: Cow<'static, str>,
}

/// A success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Data<T>(pub(super) Vec<T>);

/// What a handler answers.
pub(super) type Answer<T> = Result<Data<T>, Failure>;

impl Failure {
    pub(super) const fn new(status: u16, message: &'static str) -> Failure {
        Failure { status, message: Cow::Borrowed(message) }
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn invalid(message: String) -> Failure {
        Failure { status: 400, message: Cow::Owned(message) }
    }
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Envelope<T> {
            data: Vec<T>,
        }
        // Properties in the order in which they are declared, as they always came.
        Json(Envelope { data: self.0 }).into_response()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let error = json!({ "message": self.message, "statusCode": self.status });
        let mut response = (status, Json(json!({ "data": [], "error": error }))).into_response();
        if self.status == 429 {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        match (&*problem.code, problem.status) {
            ("not_allowed" | "sign_in_required" | "token_invalid" | "token_expired", _) => {
                UNAUTHORIZED
            }
            ("no_such_account", _) => NO_USER,
            ("no_such_event" | "no_such_room", _) => NO_EVENT,
            (_, 429) => TOO_MANY,
            (_, 500) => BROKEN,
            (_, status) => Failure { status, message: problem.title },
        }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Failure {
        match error {
            AccountError::EmailTaken => Failure::new(409, "Email is already in use."),
            AccountError::NameTaken => Failure::new(409, "Username is already in use."),
            AccountError::WrongCredentials => Failure::new(401, "Invalid credentials."),
            error => Problem::from(error).into(),
        }
    }
}
