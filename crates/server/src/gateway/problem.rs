//! Errors as HTTP tells them: RFC 9457, with a stable code for machines and a text for people. What
//! went wrong inside goes to the log, never into an answer.

use crate::accounts::{AccountError, TokenError};
use crate::store::StoreError;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

/// Declares the codes: name, text for machines, status, text for people.
macro_rules! codes {
    ($($name:ident, $code:literal, $status:literal, $title:literal;)*) => {
        /// Every code that the HTTP interface itself answers. Rooms have refusals of their own.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Code { $(#[doc = $title] $name,)* }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// For machines; it never changes.
            pub fn as_str(self) -> &'static str { match self { $(Code::$name => $code,)* } }

            /// The HTTP status.
            pub fn status(self) -> u16 { match self { $(Code::$name => $status,)* } }

            /// For people.
            pub fn title(self) -> &'static str { match self { $(Code::$name => $title,)* } }
        }
    };
}

codes! {
    MalformedJson, "malformed_json", 400, "The body is not JSON.";
    SubProtocolRequired, "sub_protocol_required", 400, "Ask for the WebSocket sub-protocol houseful.v1.";
    BadRequest, "bad_request", 400, "This request cannot be understood.";
    InvalidQuery, "invalid_query", 400, "A parameter of the address cannot be used.";
    SignInRequired, "sign_in_required", 401, "Please sign in.";
    WrongCredentials, "wrong_credentials", 401, "This address and password do not fit.";
    TokenInvalid, "token_invalid", 401, "The access token cannot be used.";
    TokenExpired, "token_expired", 401, "The access token has expired.";
    InsufficientScope, "insufficient_scope", 403, "This token may not be used for this.";
    NotAllowed, "not_allowed", 403, "You may not do this.";
    OriginNotAllowed, "origin_not_allowed", 403, "This web page may not use the server.";
    HeaderRequired, "header_required", 403, "The header X-Houseful: 1 is missing.";
    SetupTokenInvalid, "setup_token_invalid", 403, "This setup link cannot be used any more.";
    NotFound, "not_found", 404, "There is nothing here.";
    NoSuchAccount, "no_such_account", 404, "There is no such account.";
    NoSuchEvent, "no_such_event", 404, "There is no such event.";
    NoSuchPlan, "no_such_plan", 404, "There is no such seating plan.";
    NoSuchRoom, "no_such_room", 404, "There is no such room.";
    MethodNotAllowed, "method_not_allowed", 405, "This cannot be done here.";
    TooSlow, "too_slow", 408, "The body took too long to arrive.";
    EmailTaken, "email_taken", 409, "This address has an account already.";
    OwnEvent, "own_event", 409, "This is your own.";
    EventOver, "event_over", 409, "This event has begun, or does not take place.";
    TooManyFollows, "too_many_follows", 409, "You follow as much as one may.";
    TooManyTokens, "too_many_tokens", 409, "You have as many tokens as one may.";
    TooManyWebhooks, "too_many_webhooks", 409, "You have as many webhooks as one may.";
    LastAdmin, "last_admin", 409, "Nobody would be admin any more.";
    EventsPromised, "events_promised", 409, "Others have booked events that are to come: cancel these first.";
    EditConflict, "edit_conflict", 412, "Somebody else has changed it meanwhile.";
    LengthRequired, "length_required", 411, "The body must come with its Content-Length.";
    TooLarge, "too_large", 413, "The body is too large.";
    AddressTooLong, "address_too_long", 414, "The address is too long.";
    UnsupportedMediaType, "unsupported_media_type", 415, "The body must be application/json, not packed.";
    InvalidBody, "invalid_body", 422, "Something in the body cannot be used.";
    PasswordTooShort, "password_too_short", 422, "A password has at least 8 characters.";
    PasswordCommon, "password_common", 422, "This password is one of those that are guessed first.";
    PictureInvalid, "picture_invalid", 422, "This picture cannot be used.";
    PlanInvalid, "plan_invalid", 422, "The seating plan cannot be used.";
    EventInvalid, "event_invalid", 422, "The event cannot be kept like this.";
    UpgradeRequired, "upgrade_required", 426, "This address speaks WebSocket, version 13.";
    PreconditionRequired, "precondition_required", 428, "The header If-Match is missing.";
    RateLimited, "rate_limited", 429, "Too many tries. Please wait.";
    TooManyConnections, "too_many_connections", 429, "Too many connections from this address.";
    HeadersTooLarge, "headers_too_large", 431, "The headers are too many or too large.";
    Internal, "internal", 500, "Something went wrong here.";
    Busy, "busy", 503, "Too much to do at the moment. Please try again.";
    ReadOnly, "read_only", 503, "Nothing can be saved at the moment.";
    Unavailable, "unavailable", 503, "This is not available at the moment.";
}

/// When to try again while nothing can be saved.
const BUSY_RETRY: Duration = Duration::from_millis(crate::limits::BUSY_RETRY_MS);
const READ_ONLY_RETRY: Duration = Duration::from_secs(5);

/// An error's whole answer.
#[derive(Clone, Debug, PartialEq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// `urn:houseful:problem:` and the code.
    pub r#type: String,
    /// For people, the same for every case of the code.
    pub title: Cow<'static, str>,
    /// The HTTP status.
    pub status: u16,
    /// For people, about this case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// For machines.
    pub code: Cow<'static, str>,
    /// What is wrong with which field of the body.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
    /// When to try again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
    /// More for machines, as the code has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub details: Option<serde_json::Value>,
}

impl Problem {
    /// The plain answer for a code.
    pub fn new(code: Code) -> Problem {
        Problem {
            r#type: format!("urn:houseful:problem:{}", code.as_str()),
            title: code.title().into(),
            status: code.status(),
            detail: None,
            code: code.as_str().into(),
            fields: BTreeMap::new(),
            retry_after_ms: None,
            details: None,
        }
    }

    /// A room's "no", with the room's own code and text.
    pub fn refusal(status: u16, code: &str, message: &str) -> Problem {
        Problem {
            r#type: format!("urn:houseful:problem:{code}"),
            title: message.to_owned().into(),
            status,
            code: code.to_owned().into(),
            ..Problem::new(Code::Internal)
        }
    }

    /// A defect or an outage: logged here, once, and told without its text.
    pub fn internal(error: &dyn std::fmt::Display) -> Problem {
        tracing::error!(%error, "a request failed");
        Problem::new(Code::Internal)
    }

    /// With a text about this case.
    pub fn detail(mut self, text: impl Into<String>) -> Problem {
        self.detail = Some(text.into());
        self
    }

    /// With what is wrong with a field.
    pub fn field(mut self, name: impl Into<String>, text: impl Into<String>) -> Problem {
        self.fields.insert(name.into(), text.into());
        self
    }

    /// With when to try again.
    pub fn retry_after(mut self, wait: Duration) -> Problem {
        self.retry_after_ms = Some(u64::try_from(wait.as_millis()).unwrap_or(u64::MAX).max(1));
        self
    }

    /// With more for machines.
    pub fn details(mut self, details: serde_json::Value) -> Problem {
        self.details = Some(details);
        self
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Problem::new(code)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Problem::new(Code::NotFound),
            StoreError::Full => Problem::new(Code::ReadOnly).retry_after(READ_ONLY_RETRY),
            StoreError::Busy => Problem::new(Code::Busy).retry_after(BUSY_RETRY),
            StoreError::Conflict(_) | StoreError::Failed(_) => Problem::internal(&error),
        }
    }
}

impl From<TokenError> for Problem {
    fn from(error: TokenError) -> Self {
        Problem::new(match error {
            TokenError::Invalid => Code::TokenInvalid,
            TokenError::Expired => Code::TokenExpired,
            TokenError::Revoked => Code::SignInRequired,
        })
    }
}

impl From<AccountError> for Problem {
    fn from(error: AccountError) -> Self {
        let code = match error {
            // Only dialects ask for names of one's own, and say it their way.
            AccountError::EmailTaken | AccountError::NameTaken => Code::EmailTaken,
            AccountError::WrongCredentials => Code::WrongCredentials,
            AccountError::PasswordTooShort => Code::PasswordTooShort,
            AccountError::PasswordCommon => Code::PasswordCommon,
            AccountError::SetupTokenInvalid => Code::SetupTokenInvalid,
            AccountError::SignInRequired => Code::SignInRequired,
            AccountError::NoSuchAccount => Code::NoSuchAccount,
            AccountError::LastAdmin => Code::LastAdmin,
            AccountError::TooManyTokens => Code::TooManyTokens,
            AccountError::Field(name, text) => {
                return Problem::new(Code::InvalidBody).field(name, text);
            }
            AccountError::RateLimited(wait) => {
                return Problem::new(Code::RateLimited).retry_after(wait);
            }
            AccountError::Busy(wait) => return Problem::new(Code::Busy).retry_after(wait),
            AccountError::Store(error) => return error.into(),
            AccountError::Internal(text) => return Problem::internal(&text),
        };
        Problem::new(code)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        if matches!(self.status, 413 | 429 | 503) {
            metrics::counter!("houseful_refused", "code" => self.code.to_string()).increment(1);
        }
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(wait_ms) = self.retry_after_ms {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait_ms.div_ceil(1_000)));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn codes_are_told_apart_and_have_the_status_of_an_error() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|code| (400..600).contains(&code.status())));
    }

    #[test]
    fn what_failed_inside_is_not_told() {
        let problem = Problem::from(StoreError::Failed("no such table: accounts".to_owned()));
        assert!(!serde_json::to_string(&problem).unwrap().contains("table"));
    }
}
