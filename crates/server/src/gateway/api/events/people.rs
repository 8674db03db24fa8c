//! The people of an event beside those who book: its team, those who are invited, and who changed what.

use super::shown::Person;
use super::sight::{Seen, run_by, staffed};
use crate::accounts::normal_email;
use crate::clock::rfc3339;
use crate::gateway::api::rooms::{ask, problem_of};
use crate::gateway::api::{Api, Signed};
use crate::gateway::extract::{Body, Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::PAGE_ROWS_MAX;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use houseful_apps::seats::people::{STAFF, TeamRole, is_of_team};
use houseful_room::{AccountId, Audience, Wall};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// E-mail addresses that one request names.
const ADDRESSES_MAX: usize = 100;

/// Somebody of an event's team.
#[derive(Serialize, ToSchema)]
pub struct Teammate {
    account: Person,
    #[schema(value_type = TeamRole)]
    role: String,
}

/// An event's team, without its owner.
#[derive(Serialize, ToSchema)]
pub struct Team {
    items: Vec<Teammate>,
}

/// Who is to be invited.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "emails": ["ann@example.org"] }))]
pub struct Invite {
    /// By the addresses of their accounts, at most 100.
    emails: Vec<String>,
}

/// Which changes.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ChangesQuery {
    /// Only changes with a smaller number.
    before: Option<u64>,
    /// At most so many, up to 100.
    limit: Option<usize>,
}

/// A change of an event.
#[derive(Serialize, ToSchema)]
pub struct EventChange {
    /// Its number.
    no: u64,
    #[schema(format = DateTime)]
    at: String,
    /// Who did it.
    by: Person,
    /// The command.
    what: String,
    /// Facts as they were and as they are; long texts are cut.
    #[schema(value_type = BTreeMap<String, Vec<Value>>)]
    fields: Map<String, Value>,
    /// Whom it concerns, the first 20.
    people: Vec<Person>,
}

/// What was changed of an event, oldest first.
#[derive(Serialize, ToSchema)]
pub struct EventChanges {
    items: Vec<EventChange>,
    /// Whether there are older ones.
    more: bool,
}

/// Who runs an event beside its owner, for its team. It is changed by the room's command `team`.
#[utoipa::path(get, operation_id = "listEventTeam", path = "/events/{id}/team", tag = "events",
    security(("bearer" = []), ("token" = ["events:read"])), responses(
    (status = 200, body = Team),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
))]
pub async fn team(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
) -> Result<Json<Team>, Problem> {
    run_by(&api, id, &who, is_of_team).await?;
    let store = api.store.clone();
    let people = api.blocking(move || store.event_people(&[id])).await?;
    let is_team = |role: &String| !matches!(&**role, "invited" | "booked");
    let people: Vec<_> = people.into_iter().filter(|(_, _, role)| is_team(role)).collect();
    let names = names(&api, people.iter().map(|(_, account, _)| *account).collect()).await?;
    let item = |(_, account, role)| Teammate { account: named(&names, account), role };
    Ok(Json(Team { items: people.into_iter().map(item).collect() }))
}

/// Invites people to an event by the addresses of their accounts. The answer is the same whether there are such
/// accounts or not; who comes is shown to the staff when they come.
#[utoipa::path(post, operation_id = "inviteToEvent", path = "/events/{id}/invitations", tag = "events",
    security(("bearer" = []), ("token" = ["events:write"])),
    request_body = Invite, responses(
    (status = 202, description = "those of them who have an account are invited"),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
    (status = 409, body = Problem, description = "event_ended, too_many_invited"),
    (status = 422, body = Problem, description = "invalid_body, with fields"),
))]
pub async fn invite(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Body(Invite { emails }): Body<Invite>,
) -> Result<StatusCode, Problem> {
    let Seen { row, .. } = staffed(&api, id, &who).await?;
    if emails.len() > ADDRESSES_MAX {
        let wrong = Problem::new(Code::InvalidBody);
        return Err(wrong.field("emails", "Name at most 100 addresses at once."));
    }
    let mut addresses = Vec::with_capacity(emails.len());
    for (nth, email) in emails.iter().enumerate() {
        let wrong = || {
            let why = "This is no e-mail address.";
            Problem::new(Code::InvalidBody).field(format!("emails[{nth}]"), why)
        };
        addresses.push(normal_email(email).ok_or_else(wrong)?);
    }
    let known = api.accounts.by_addresses(addresses).await.map_err(Problem::from)?;
    let accounts: Vec<u64> = known.into_iter().map(|account| account.0).collect();
    // Also for nobody: an entry more or less would tell.
    let body = json!({ "accounts": accounts, "unseen": true });
    ask(&api, &row.path, &who, "invite", &body).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Who changed what of an event, the last of it first to be had, for its staff.
#[utoipa::path(get, operation_id = "listEventChanges", path = "/events/{id}/audit", tag = "events",
    security(("bearer" = []), ("token" = ["events:read"])),
    params(ChangesQuery), responses(
    (status = 200, body = EventChanges),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
))]
pub async fn audit(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Query(query): Query<ChangesQuery>,
) -> Result<Json<EventChanges>, Problem> {
    let Seen { row, .. } = staffed(&api, id, &who).await?;
    let handle = api.router.find(&row.path).await.map_err(problem_of)?;
    let limit = query.limit.unwrap_or(50).clamp(1, PAGE_ROWS_MAX);
    let before = query.before.unwrap_or(u64::MAX);
    let audiences = [Audience::role(STAFF)];
    let page = api.router.history(&handle, "changes", before, limit, &audiences).await;
    let page: Page = match page {
        Ok(page) => serde_json::from_str(&page).map_err(|error| Problem::internal(&error))?,
        Err(refusal) if refusal.code == "no_such_log" => Page::default(),
        Err(refusal) => return Err(problem_of(refusal)),
    };
    let spoken = page.rows.iter().flat_map(|(_, row)| row.accounts.iter().copied().chain([row.by]));
    let names = names(&api, spoken.map(AccountId).collect()).await?;
    let item = |(no, row): (u64, StoredChange)| EventChange {
        no,
        at: rfc3339(Wall(row.at)),
        by: named(&names, AccountId(row.by)),
        what: row.what,
        fields: row.fields,
        people: row.accounts.into_iter().map(|of| named(&names, AccountId(of))).collect(),
    };
    Ok(Json(EventChanges { items: page.rows.into_iter().map(item).collect(), more: page.more }))
}

/// A page of the room's log, as it is kept.
#[derive(Default, Deserialize)]
struct Page {
    rows: Vec<(u64, StoredChange)>,
    more: bool,
}

#[derive(Deserialize)]
struct StoredChange {
    at: i64,
    by: u64,
    what: String,
    #[serde(default)]
    fields: Map<String, Value>,
    #[serde(default)]
    accounts: Vec<u64>,
}

async fn names(
    api: &Api,
    accounts: Vec<AccountId>,
) -> Result<BTreeMap<AccountId, String>, Problem> {
    let store = api.store.clone();
    let names = api.blocking(move || store.names(&accounts)).await?;
    Ok(names.into_iter().collect())
}

/// Somebody by name; who is no more has none.
fn named(names: &BTreeMap<AccountId, String>, account: AccountId) -> Person {
    Person { id: account.0, name: names.get(&account).cloned().unwrap_or_default() }
}
