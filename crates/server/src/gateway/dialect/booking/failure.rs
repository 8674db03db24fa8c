//! What goes wrong, as its clients read it: a code, a text for people, and a list of what is wrong with what was sent.
//! What went wrong inside is never told.

use crate::accounts::AccountError;
use crate::gateway::dialect::date::iso_text;
use crate::gateway::problem::Problem;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Json, Response};
use houseful_room::Wall;
use serde::Serialize;
use serde_json::{Value, json};

/// One thing that is wrong with what was sent, in the form of the old server's validator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Issue {
    code: &'static str,
    path: Vec<&'static str>,
    message: String,
}

/// Why not.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    status: StatusCode,
    code: String,
    message: String,
    issues: Vec<Issue>,
    /// Whether it is the validator's own answer, which has a name.
    is_validators: bool,
    retry_after_ms: Option<u64>,
}

impl Issue {
    /// A field cannot be used.
    pub(super) fn new(field: &'static str, message: impl Into<String>) -> Issue {
        Issue { code: "custom", path: vec![field], message: message.into() }
    }
}

impl Failure {
    pub(super) fn new(status: u16, code: &str, message: impl Into<String>) -> Failure {
        Failure {
            status: StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            code: code.to_owned(),
            message: message.into(),
            issues: Vec::new(),
            is_validators: false,
            retry_after_ms: None,
        }
    }

    /// The validator's answer.
    pub(super) fn issues(issues: Vec<Issue>) -> Failure {
        let message = human(&issues);
        let failure = Failure::new(400, "VALIDATION_ERROR", message).with(issues);
        Failure { is_validators: true, ..failure }
    }

    /// The validator's answer to one field.
    pub(super) fn issue(field: &'static str, message: &str) -> Failure {
        Failure::issues(vec![Issue::new(field, message)])
    }

    pub(super) fn with(self, issues: Vec<Issue>) -> Failure {
        Failure { issues, ..self }
    }

    /// What is wrong with what was sent.
    #[cfg(test)]
    pub(super) fn told(&self) -> &[Issue] {
        &self.issues
    }

    pub(super) fn not_found(what: &str) -> Failure {
        Failure::new(404, "NOT_FOUND", format!("{what} not found"))
    }

    pub(super) fn forbidden(message: &str) -> Failure {
        Failure::new(403, "FORBIDDEN", message)
    }

    pub(super) fn invalid(message: impl Into<String>) -> Failure {
        Failure::new(400, "VALIDATION_ERROR", message)
    }

    pub(super) fn too_often(retry_after_ms: u64) -> Failure {
        let text = "Too many requests. Please try again later.";
        let retry_after_ms = Some(retry_after_ms);
        Failure { retry_after_ms, ..Failure::new(429, "RATE_LIMIT_EXCEEDED", text) }
    }

    /// The answer, at a moment.
    pub(super) fn answer(self, now: Wall) -> Response {
        let mut error = json!({
            "code": self.code, "message": self.message, "timestamp": iso_text(now),
        });
        if self.is_validators {
            error["name"] = "ZodError".into();
        }
        if !self.issues.is_empty() {
            error["issues"] = json!(self.issues);
        }
        let body = Json(json!({ "success": false, "error": error }));
        let mut response = (self.status, body).into_response();
        if let Some(ms) = self.retry_after_ms {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(ms.div_ceil(1_000)));
        }
        response
    }
}

/// All of them in a sentence.
pub(super) fn human(issues: &[Issue]) -> String {
    issues.iter().map(|issue| issue.message.as_str()).collect::<Vec<_>>().join(". ")
}

/// What went well.
pub(super) fn done(status: u16, data: impl Serialize) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or_default();
    (status, Json(json!({ "success": true, "data": data }))).into_response()
}

/// What went well and has nothing to show.
pub(super) fn said(message: &str) -> Response {
    Json::<Value>(json!({ "success": true, "message": message })).into_response()
}

impl IntoResponse for Failure {
    /// A note for the layer around, which knows the time.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Failure {
        let text = problem.detail.unwrap_or_else(|| problem.title.into_owned());
        let failure = Failure::new(problem.status, &problem.code.to_ascii_uppercase(), text);
        Failure { retry_after_ms: problem.retry_after_ms, ..failure }
    }
}

impl From<AccountError> for Failure {
    fn from(error: AccountError) -> Failure {
        match Problem::from(error) {
            problem if problem.status == 429 => {
                Failure::too_often(problem.retry_after_ms.unwrap_or(1_000))
            }
            problem => problem.into(),
        }
    }
}
