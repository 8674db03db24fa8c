//! One's own data: all of it to take along, or none of it left. An admin erases others; nobody is handed what is kept
//! of somebody else.

use super::auth::set_cookie;
use super::{Admin, Api, Signed};
use crate::gateway::extract::{Body, Path, Peer};
use crate::gateway::problem::{Code, Problem};
use crate::limits::BUSY_RETRY_MS;
use crate::privacy::{NotErased, NotExported};
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use houseful_room::AccountId;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use utoipa::ToSchema;

/// What erasing oneself takes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "password": "correct horse battery" }))]
pub struct Erase {
    /// The password, again.
    password: String,
}

/// Everything that is kept of whoever asks, as a file.
///
/// `account`, `logins`, `follows`, `organisersFollowed`, `notifications`, `remindersShown`, `notificationSettings`,
/// `mails`, `calendar`, `bookings`, `events`, `eventRoles`, `rooms`, `roomInvitations` and `mentions` are rows of
/// tables, with times in milliseconds since 1970; `picture` is a data URL. `inRooms` has, for each room in which one
/// did something: when and what (`did`), what one wrote (`wrote`), and what the room shows to one alone (`yours`: the
/// cart, orders, a place in the waiting list).
#[utoipa::path(get, operation_id = "exportMe", path = "/me/export", tag = "accounts", security(("bearer" = [])),
    responses(
    (status = 200, body = Value, description = "The document, `houseful-export-1`."),
    (status = 401, body = Problem, description = "sign_in_required, token_expired"),
    (status = 503, body = Problem, description = "busy"),
))]
pub async fn export(State(api): State<Arc<Api>>, Signed(who): Signed) -> Result<Response, Problem> {
    let document = api.privacy.export(who.account).await.map_err(|error| match error {
        NotExported::Busy => busy(),
        NotExported::Store(error) => error.into(),
    })?;
    let mut response = document.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let name = HeaderValue::from_static("attachment; filename=\"houseful-export.json\"");
    headers.insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

fn busy() -> Problem {
    Problem::new(Code::Busy).retry_after(Duration::from_millis(BUSY_RETRY_MS))
}

/// Erases one's own account, for ever. All connections close at once; what rooms and the file keep follows within a
/// minute or so.
#[utoipa::path(post, operation_id = "eraseMe", path = "/me/erase", tag = "accounts", security(("bearer" = [])),
    request_body = Erase, responses(
    (status = 204, description = "Nobody can sign in any more."),
    (status = 401, body = Problem, description = "wrong_credentials, sign_in_required"),
    (status = 409, body = Problem, description = "events_promised, with the events; last_admin"),
    (status = 429, body = Problem, description = "rate_limited"),
))]
pub async fn erase_me(
    State(api): State<Arc<Api>>,
    Peer(from): Peer,
    Signed(who): Signed,
    Body(body): Body<Erase>,
) -> Result<Response, Problem> {
    api.accounts.prove(from, &who, body.password).await?;
    api.privacy.erase(who.account, who.account).await.map_err(not_erased)?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&api, response.headers_mut(), "", 0);
    Ok(response)
}

/// Erases an account, for an admin.
#[utoipa::path(delete, operation_id = "eraseAccount", path = "/accounts/{id}", tag = "accounts",
    security(("bearer" = [])),
    params(("id" = u64, Path)),
    responses(
        (status = 204, description = "Nobody can sign in any more."),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "no_such_account"),
        (status = 409, body = Problem, description = "events_promised, with the events; last_admin"),
    ))]
pub async fn erase(
    State(api): State<Arc<Api>>,
    Admin(admin): Admin,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    api.privacy.erase(AccountId(id), admin.account).await.map_err(not_erased)?;
    Ok(StatusCode::NO_CONTENT)
}

fn not_erased(error: NotErased) -> Problem {
    match error {
        NotErased::Account(error) => error.into(),
        NotErased::Promised(events) => {
            let events: Vec<Value> = events
                .iter()
                .map(
                    |event| json!({ "id": event.id, "title": event.title, "booked": event.booked }),
                )
                .collect();
            Problem::new(Code::EventsPromised).details(json!({ "events": events }))
        }
    }
}
