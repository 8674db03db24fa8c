//! Every room command over HTTP, for those who keep no connection.

use super::{Api, Signed};
use crate::accounts::Identity;
use crate::fanout::Answered;
use crate::gateway::extract::{Body, Path};
use crate::gateway::problem::{Code, Problem};
use crate::gateway::scopes::may_command;
use crate::room::{AnswerTo, Mail, OsIds};
use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use houseful_apps::seats::checkin::CheckInBody;
use houseful_apps::seats::commands::{
    BookBody, BuyBody, CancelBody, CancelEventBody, CapacityBody, EditBody, HoldBody, Named,
};
use houseful_apps::seats::line::QueueBody;
use houseful_apps::seats::people::{GuestsBody, TeamBody};
use houseful_room::{AccountId, CommandId, Ids, Principal, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::sync::Arc;
use tokio::sync::oneshot;
use utoipa::openapi::schema::AnyOf;
use utoipa::openapi::{Ref, RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

/// A command.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandBody {
    /// A UUID made by the client, or the header `Idempotency-Key`: the same command again has no
    /// second effect.
    #[schema(value_type = Option<String>)]
    id: Option<Uuid>,
    /// What the application wants to know.
    #[schema(value_type = Option<Ask>)]
    #[serde(default)]
    body: Value,
}

/// What a seat sale wants to know, by the command's name.
pub struct Ask;

impl PartialSchema for Ask {
    fn schema() -> RefOr<Schema> {
        let any = AnyOf::builder().description(Some(
            "`hold`: HoldBody; `release`, `block`, `unblock`: Named; `book`: BookBody; `buy`: BuyBody; \
             `cancel`: CancelBody; `edit`: EditBody; `cancel_event`: CancelEventBody; `capacity`: CapacityBody; \
             `team`: TeamBody; `invite`, `uninvite`: GuestsBody; `queue`: QueueBody; `check_in`: CheckInBody; \
             `renew`, `publish`, `delete`, `unqueue`: nothing",
        ));
        let any =
            bodies().into_iter().fold(any, |any, (name, _)| any.item(Ref::from_schema_name(name)));
        RefOr::T(Schema::AnyOf(any.build()))
    }
}

impl ToSchema for Ask {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.extend(bodies());
        HoldBody::schemas(schemas);
        EditBody::schemas(schemas);
        BookBody::schemas(schemas);
        BuyBody::schemas(schemas);
        TeamBody::schemas(schemas);
    }
}

/// Every body that a seat sale's commands have, by name.
fn bodies() -> [(String, RefOr<Schema>); 12] {
    fn of<T: ToSchema>() -> (String, RefOr<Schema>) {
        (T::name().into(), T::schema())
    }
    [
        of::<HoldBody>(),
        of::<Named>(),
        of::<BookBody>(),
        of::<BuyBody>(),
        of::<CancelBody>(),
        of::<EditBody>(),
        of::<CancelEventBody>(),
        of::<CapacityBody>(),
        of::<TeamBody>(),
        of::<GuestsBody>(),
        of::<QueueBody>(),
        of::<CheckInBody>(),
    ]
}

/// An accepted command.
#[derive(Serialize, ToSchema)]
pub struct CommandReply {
    /// The entry that did it.
    seq: u64,
    /// The application's reply.
    #[schema(value_type = Object)]
    body: Box<RawValue>,
}

/// Sends a command to a room. `room` is its path, percent-encoded: `events%2F42%2Fseats`.
#[utoipa::path(post, operation_id = "sendCommand", path = "/rooms/{room}/commands/{name}", tag = "rooms",
    security(("bearer" = []), ("token" = ["bookings:write"]), ("token" = ["events:write"]), ("token" = ["checkin"])),
    request_body = CommandBody, responses(
    (status = 200, body = CommandReply),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_room, no_such_order …"),
    (status = 409, body = Problem,
        description = "the room's refusal, with details such as the seats that are taken and alternatives"),
    (status = 422, body = Problem, description = "invalid_command, with fields"),
    (status = 429, body = Problem, description = "cooling_down, too_many_holds"),
))]
pub async fn command(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path((room, name)): Path<(String, String)>,
    headers: HeaderMap,
    Body(command): Body<CommandBody>,
) -> Result<Json<CommandReply>, Problem> {
    may_command(&who, &room, &name)?;
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let key = key
        .map(Uuid::parse_str)
        .transpose()
        .map_err(|_| Problem::new(Code::InvalidBody).field("Idempotency-Key", "Use a UUID."))?;
    let id = command.id.or(key).map(CommandId);
    let body = if command.body.is_null() { "{}".into() } else { command.body.to_string().into() };
    let answered = send(&api, &room, &who, id, name.into(), body).await?;
    let body = RawValue::from_string(answered.reply.to_string());
    let body = body.map_err(|error| Problem::internal(&error))?;
    Ok(Json(CommandReply { seq: answered.seq, body }))
}

/// Sends a command that the server makes for a request.
pub(in crate::gateway) async fn ask(
    api: &Api,
    room: &str,
    who: &Identity,
    name: &'static str,
    body: &Value,
) -> Result<Answered, Problem> {
    send(api, room, who, None, name.into(), body.to_string().into()).await
}

/// Sends a command, with an id if it may come twice.
pub(in crate::gateway) async fn send(
    api: &Api,
    room: &str,
    who: &Identity,
    id: Option<CommandId>,
    name: Arc<str>,
    body: Arc<str>,
) -> Result<Answered, Problem> {
    let principal = Principal::person(who.account, who.role.into());
    // An invitation is how a stranger comes to know of a room.
    let handle = match &*name {
        "room.redeem" => api.router.find(room).await,
        _ => api.router.find_for(room, &principal).await,
    };
    let handle = handle.map_err(problem_of)?;
    let principal = api.router.introduce(&handle, principal).await.map_err(problem_of)?;
    let (caller, answer) = oneshot::channel();
    let mail = Mail::Command {
        id: id.unwrap_or_else(|| CommandId(OsIds.uuid(crate::clock::now(&*api.clock).wall))),
        term: None,
        who: principal,
        name,
        body,
        to: AnswerTo::Caller(caller),
    };
    api.router.send(&handle, mail).await.map_err(|(_, refusal)| problem_of(refusal))?;
    match answer.await {
        Ok(answer) => answer.map_err(problem_of),
        Err(_) => Err(Code::Unavailable.into()),
    }
}

/// Those of the accounts that a room's staff may know the names of.
pub(super) async fn involved(
    api: &Api,
    room: &str,
    accounts: Vec<AccountId>,
) -> Result<Vec<AccountId>, Problem> {
    let handle = api.router.find(room).await.map_err(problem_of)?;
    let (to, answer) = oneshot::channel();
    let mail = Mail::Involved { accounts, to };
    api.router.send(&handle, mail).await.map_err(|(_, refusal)| problem_of(refusal))?;
    answer.await.map_err(|_| Code::Unavailable.into())
}

/// A room's refusal as a problem: the same code and text, with a status that fits.
pub(super) fn problem_of(refusal: Refusal) -> Problem {
    let status = match refusal.code {
        "sign_in_required" => 401,
        "not_allowed" | "banned" => 403,
        "unknown_command" => 404,
        "edit_conflict" => 412,
        "invalid_command" | "event_invalid" | "plan_invalid" => 422,
        "rate_limited" | "cooling_down" | "too_many_holds" => 429,
        "internal" => 500,
        "busy" | "read_only" | "unavailable" => 503,
        code if code.starts_with("no_such_") => 404,
        _ => 409,
    };
    let mut problem = Problem::refusal(status, refusal.code, &refusal.message);
    problem.fields = refusal.fields;
    problem.retry_after_ms = refusal.retry_after_ms;
    problem.details = refusal.details;
    problem
}
