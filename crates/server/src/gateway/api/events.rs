//! Events over HTTP: lists and facts from the store, changes as commands of the event's own room.

use super::rooms::{ask, problem_of};
use super::{Api, MaybeSigned, Organiser, Signed};
use crate::accounts::Identity;
use crate::events::{CreateEventError, NewEvent, seats_path};
use crate::gateway::extract::{Body, Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::PAGE_ROWS_MAX;
use crate::store::{EventCursor, EventRow, Role};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use houseful_apps::seats::Status;
use houseful_room::{AccountId, Wall};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// An event in a list.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventSummary {
    /// Its number.
    pub id: u64,
    /// What it is called.
    pub title: String,
    /// When it starts.
    #[schema(format = DateTime)]
    pub starts_at: String,
    /// The IANA zone of its clock.
    pub time_zone: String,
    /// Where it is.
    pub place: String,
    /// ISO 4217.
    pub currency: String,
    /// The lowest price, in minor units.
    #[schema(required)]
    pub from_price: Option<i64>,
    /// Where it is in its life.
    #[schema(value_type = Status)]
    pub status: String,
    /// How many people fit.
    pub capacity: u64,
    /// Places that can be held now.
    pub available: u64,
    /// Places booked; told to its staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booked: Option<u64>,
    /// Places in carts; told to its staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<u64>,
    /// People in its room now.
    pub here: u64,
    /// Connections that watch it now.
    pub watching: u64,
}

/// An event with all that the viewer may know of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventDetail {
    /// What lists show too.
    #[serde(flatten)]
    pub summary: EventSummary,
    /// What it is.
    pub description: String,
    /// Its plan: `GET /plans/{id}`.
    pub plan_id: String,
    /// The path of its seat room, for `join`.
    pub room: String,
    /// Minor units by zone.
    pub prices: BTreeMap<String, i64>,
    /// How many places one person may have.
    pub limit_per_person: u64,
    /// How long a cart lasts.
    pub hold_ms: u64,
    /// Who made it.
    pub owner: Person,
    /// Whether the viewer is its staff.
    pub staff: bool,
    /// Whether the viewer follows it.
    pub following: bool,
    /// How many follow it; told to its staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub followers: Option<u64>,
    /// For `If-Match` when changing it.
    pub etag: String,
}

/// A person as others see one.
#[derive(Serialize, ToSchema)]
pub struct Person {
    /// The account.
    pub id: u64,
    /// What it is called.
    pub name: String,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub struct EventPage {
    /// In order.
    pub items: Vec<EventSummary>,
    /// The next page's `cursor`; `null` after the last.
    #[schema(required)]
    pub next: Option<String>,
}

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventQuery {
    /// At most so many, up to 100.
    limit: Option<usize>,
    /// Where the page before ended.
    cursor: Option<String>,
    /// Only those with this in their title or place.
    q: Option<String>,
    /// One's own instead, drafts too.
    mine: Option<bool>,
}

/// A new event.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateEvent {
    title: String,
    #[serde(default)]
    description: String,
    /// RFC 3339.
    #[schema(format = DateTime)]
    starts_at: String,
    /// An IANA zone, such as `Europe/Berlin`.
    time_zone: String,
    #[serde(default)]
    place: String,
    /// ISO 4217.
    currency: String,
    /// From `POST /plans`.
    plan_id: String,
    /// Minor units, one for every zone of the plan.
    prices: BTreeMap<String, i64>,
    /// 6 if not given.
    limit_per_person: Option<u32>,
}

/// What is to change of an event; what is not given stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeEvent {
    title: Option<String>,
    description: Option<String>,
    /// RFC 3339.
    #[schema(format = DateTime)]
    starts_at: Option<String>,
    time_zone: Option<String>,
    place: Option<String>,
    prices: Option<BTreeMap<String, i64>>,
    limit_per_person: Option<u32>,
}

/// Published events that are to come, soonest first; or one's own.
#[utoipa::path(get, operation_id = "listEvents", path = "/events", tag = "events", params(EventQuery), responses(
    (status = 200, body = EventPage),
    (status = 400, body = Problem, description = "invalid_query"),
))]
pub async fn list(
    State(api): State<Arc<Api>>,
    MaybeSigned(who): MaybeSigned,
    Query(query): Query<EventQuery>,
) -> Result<Json<EventPage>, Problem> {
    let limit = query.limit.unwrap_or(50).clamp(1, PAGE_ROWS_MAX);
    let after: Option<EventCursor> = match query.cursor.as_deref().map(str::parse) {
        Some(Err(())) => return Err(Problem::new(Code::InvalidQuery).field("cursor", "unknown")),
        other => other.and_then(Result::ok),
    };
    let owner = match (query.mine, who) {
        (Some(true), None) => return Err(Code::SignInRequired.into()),
        (Some(true), Some(who)) => Some(who.account),
        _ => None,
    };
    let (store, from) = (api.store.clone(), api.clock.wall().0);
    let rows = api
        .blocking(move || match owner {
            Some(owner) => store.events_of_owner(owner, after, limit),
            None => store.upcoming_events(from, query.q.as_deref(), after, limit),
        })
        .await?;
    let last = rows.last().filter(|_| rows.len() == limit);
    let next = last.map(|row| row.cursor().to_string());
    let items = rows.into_iter().map(|row| summary(&api, row, owner.is_some())).collect();
    Ok(Json(EventPage { items, next }))
}

/// One event. A draft is there for its staff alone.
#[utoipa::path(get, operation_id = "getEvent", path = "/events/{id}", tag = "events", responses(
    (status = 200, body = EventDetail),
    (status = 404, body = Problem, description = "no_such_event"),
))]
pub async fn one(
    State(api): State<Arc<Api>>,
    MaybeSigned(who): MaybeSigned,
    Path(id): Path<u64>,
) -> Result<([(HeaderName, String); 1], Json<EventDetail>), Problem> {
    let row = visible(&api, id, who.as_ref()).await?;
    detail(&api, row, who.as_ref()).await
}

/// Makes an event, as a draft.
#[utoipa::path(post, operation_id = "createEvent", path = "/events", tag = "events",
    request_body = CreateEvent, responses(
    (status = 201, body = EventDetail),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 422, body = Problem, description = "event_invalid, with fields"),
))]
pub async fn create(
    State(api): State<Arc<Api>>,
    Organiser(who): Organiser,
    Body(new): Body<CreateEvent>,
) -> Result<(StatusCode, [(HeaderName, String); 1], Json<EventDetail>), Problem> {
    let new = NewEvent {
        owner: who.account,
        title: new.title,
        description: new.description,
        starts_at: moment(&new.starts_at)?,
        time_zone: new.time_zone,
        place: new.place,
        currency: new.currency,
        plan_id: new.plan_id,
        prices: new.prices,
        limit_per_person: new.limit_per_person.unwrap_or(6),
    };
    let id = api.events.create(new).await.map_err(not_created)?;
    let row = visible(&api, id, Some(&who)).await?;
    let (headers, body) = detail(&api, row, Some(&who)).await?;
    Ok((StatusCode::CREATED, headers, body))
}

/// Changes an event's facts.
#[utoipa::path(patch, operation_id = "changeEvent", path = "/events/{id}", tag = "events", request_body = ChangeEvent,
    params(("If-Match" = String, Header, description = "the event's etag")), responses(
    (status = 200, body = EventDetail),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
    (status = 409, body = Problem, description = "the event room's refusal"),
    (status = 412, body = Problem, description = "edit_conflict"),
    (status = 428, body = Problem, description = "precondition_required"),
))]
pub async fn change(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    headers: HeaderMap,
    Body(change): Body<ChangeEvent>,
) -> Result<([(HeaderName, String); 1], Json<EventDetail>), Problem> {
    let row = staffed(&api, id, &who).await?;
    let mut edit = edit_body(change)?;
    let known = headers.get(header::IF_MATCH).and_then(|value| value.to_str().ok());
    match known {
        None => return Err(Code::PreconditionRequired.into()),
        Some(known) if !matches(known, &etag(&row)) => return Err(Code::EditConflict.into()),
        Some(_) => {}
    }
    // The room compares again: between this reading and its turn somebody else may have edited.
    edit.insert("from".to_owned(), facts(&row));
    ask(&api, &row.path, &who, "edit", &edit.into()).await?;
    let row = visible(&api, id, Some(&who)).await?;
    detail(&api, row, Some(&who)).await
}

/// Shows an event to everyone.
#[utoipa::path(post, operation_id = "publishEvent", path = "/events/{id}/publish", tag = "events", responses(
    (status = 200, body = EventDetail),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 409, body = Problem, description = "the event room's refusal"),
    (status = 422, body = Problem, description = "event_invalid, with fields"),
    (status = 404, body = Problem, description = "no_such_event"),
))]
pub async fn publish(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
) -> Result<([(HeaderName, String); 1], Json<EventDetail>), Problem> {
    let row = staffed(&api, id, &who).await?;
    ask(&api, &row.path, &who, "publish", &Value::Object(Map::new())).await?;
    let row = visible(&api, id, Some(&who)).await?;
    detail(&api, row, Some(&who)).await
}

/// Whether somebody is an event's staff.
pub(super) fn is_staff(row: &EventRow, who: &Identity) -> bool {
    who.role == Role::Admin || row.owner == who.account
}

/// Whether the viewer may know of an event.
pub(super) fn shown(row: &EventRow, who: Option<&Identity>) -> bool {
    row.status != "draft" || who.is_some_and(|who| is_staff(row, who))
}

/// An event that the viewer may know of.
pub(super) async fn visible(
    api: &Api,
    id: u64,
    who: Option<&Identity>,
) -> Result<EventRow, Problem> {
    let store = api.store.clone();
    let row = api.blocking(move || store.event(id)).await?.ok_or(Code::NoSuchEvent)?;
    if shown(&row, who) { Ok(row) } else { Err(Code::NoSuchEvent.into()) }
}

/// An event for its staff; for others it is not there, or not theirs.
pub(super) async fn staffed(api: &Api, id: u64, who: &Identity) -> Result<EventRow, Problem> {
    let row = visible(api, id, Some(who)).await?;
    if is_staff(&row, who) { Ok(row) } else { Err(Code::NotAllowed.into()) }
}

pub(super) fn summary(api: &Api, row: EventRow, is_staff: bool) -> EventSummary {
    let headcount = api.headcounts.of(row.id);
    EventSummary {
        id: row.id,
        title: row.title,
        starts_at: crate::clock::rfc3339(Wall(row.starts_at)),
        time_zone: row.time_zone,
        place: row.place,
        currency: row.currency,
        from_price: row.from_price,
        status: row.status,
        capacity: row.capacity,
        available: row.available,
        booked: is_staff.then_some(row.booked),
        held: is_staff.then_some(row.held),
        here: headcount.here as u64,
        watching: headcount.watching as u64,
    }
}

async fn detail(
    api: &Api,
    row: EventRow,
    who: Option<&Identity>,
) -> Result<([(HeaderName, String); 1], Json<EventDetail>), Problem> {
    let (store, owner, event) = (api.store.clone(), row.owner, row.id);
    let staff = who.is_some_and(|who| is_staff(&row, who));
    let viewer = who.map(|who| who.account);
    let (names, following, followers) = api
        .blocking(move || {
            let following = match viewer {
                Some(viewer) => store.is_following(viewer, event)?,
                None => false,
            };
            let followers = staff.then(|| store.count_followers(event)).transpose()?;
            Ok((store.names(&[owner])?, following, followers))
        })
        .await?;
    let name = names.into_iter().next().map(|(_, name)| name).unwrap_or_default();
    let etag = etag(&row);
    let detail = EventDetail {
        description: row.description.clone(),
        plan_id: row.plan_id.clone(),
        room: seats_path(row.id),
        prices: serde_json::from_str(&row.prices).unwrap_or_default(),
        limit_per_person: row.limit_per_person,
        hold_ms: row.hold_ms,
        owner: Person { id: owner.0, name },
        staff,
        following,
        followers,
        etag: etag.clone(),
        summary: summary(api, row, staff),
    };
    Ok(([(header::ETAG, etag)], Json(detail)))
}

/// Names the facts as they are, without what sells.
fn etag(row: &EventRow) -> String {
    let facts = (
        (&row.title, &row.description, row.starts_at, &row.time_zone, &row.place),
        (&row.status, &row.prices, row.limit_per_person),
    );
    let hash = Sha256::digest(format!("{facts:?}").as_bytes());
    let short: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{short}\"")
}

/// The facts that an edit was made from, as the room knows them.
fn facts(row: &EventRow) -> Value {
    let prices: BTreeMap<String, i64> = serde_json::from_str(&row.prices).unwrap_or_default();
    serde_json::json!({
        "title": row.title, "description": row.description, "startsAt": row.starts_at,
        "timeZone": row.time_zone, "place": row.place, "status": row.status, "prices": prices,
        "limitPerPerson": row.limit_per_person,
    })
}

/// Whether `If-Match` names it: by itself, in a list, or as whatever is there (RFC 9110 §13.1.1).
fn matches(known: &str, etag: &str) -> bool {
    known.trim() == "*" || known.split(',').any(|one| one.trim() == etag)
}

fn edit_body(change: ChangeEvent) -> Result<Map<String, Value>, Problem> {
    let starts_at = change.starts_at.as_deref().map(moment).transpose()?.map(|wall| wall.0.into());
    let fields = [
        ("title", change.title.map(Value::from)),
        ("description", change.description.map(Value::from)),
        ("startsAt", starts_at),
        ("timeZone", change.time_zone.map(Value::from)),
        ("place", change.place.map(Value::from)),
        ("prices", change.prices.map(|prices| serde_json::json!(prices))),
        ("limitPerPerson", change.limit_per_person.map(Value::from)),
    ];
    Ok(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

fn moment(text: &str) -> Result<Wall, Problem> {
    let moment: Result<jiff::Timestamp, _> = text.parse();
    let moment = moment.map_err(|_| {
        Problem::new(Code::EventInvalid)
            .field("startsAt", "Use a time such as 2027-01-31T19:30:00Z.")
    })?;
    Ok(Wall(moment.as_millisecond()))
}

/// Why there is no event, as a problem.
pub(super) fn not_created(error: CreateEventError) -> Problem {
    match error {
        CreateEventError::Plan(invalid) => {
            let problem = Problem::new(Code::PlanInvalid);
            invalid
                .fields
                .into_iter()
                .fold(problem, |problem, (name, why)| problem.field(name, why))
        }
        CreateEventError::NoSuchPlan => {
            Problem::new(Code::EventInvalid).field("planId", "There is no such plan.")
        }
        CreateEventError::Refused(refusal) => problem_of(refusal),
        CreateEventError::Store(error) => error.into(),
    }
}

/// An account's number, for lists.
pub(super) fn account_ids(text: &str) -> Vec<AccountId> {
    let ids = text.split(',').filter_map(|id| id.trim().parse().ok());
    ids.take(PAGE_ROWS_MAX).map(AccountId).collect()
}
