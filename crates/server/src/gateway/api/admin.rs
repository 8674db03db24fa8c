//! What those who run the server see of it: figures over time, every event, the rooms that are awake, the limits in
//! force. It shows, and what it lets an admin do is a command of a room or of the outbox.

use super::{Admin, Api};
use crate::clock::rfc3339;
use crate::config::Config;
use crate::gateway::extract::{Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::{MAILBOX_COMMANDS_MAX, PAGE_ROWS_MAX, SAMPLE_MS, SEARCH_CHARS_MAX};
use crate::statistics::{HOUR_MS, Sample};
use crate::store::EventRow;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use houseful_apps::seats::{Status, facts::Visibility};
use houseful_room::{AccountId, Principal, Standing, Wall};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// How far apart figures are.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Grain {
    /// A minute, for two days.
    #[default]
    Minute,
    /// An hour, for two years.
    Hour,
}

/// Which figures.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct StatisticsQuery {
    /// How far apart.
    #[serde(default)]
    #[param(inline)]
    grain: Grain,
    /// Of the last so many hours; all that are kept if it is left out.
    hours: Option<u16>,
}

/// What was counted, and when.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({
    "at": "2027-01-31T18:30:00Z", "accounts": 1200, "events": 14, "bookings": 310, "places": 702,
    "revenue": { "EUR": 1843500 }, "mailsWaiting": 0, "mailsFailed": 2, "people": 96,
    "connections": 118, "rooms": 9, "entries": 240, "messages": 5170, "errors": 0
}))]
pub struct SampleAt {
    /// The minute or hour.
    #[schema(format = DateTime)]
    at: String,
    /// What was counted then.
    #[serde(flatten)]
    sample: Sample,
}

/// Figures over time. Where no server ran there are none.
#[derive(Serialize, ToSchema)]
pub struct Statistics {
    /// How it is now; what rises is counted since the process began.
    now: Sample,
    /// Samples in order.
    items: Vec<SampleAt>,
}

/// Which events.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct EventsQuery {
    /// A part of the title, or the number.
    #[serde(default)]
    q: String,
    /// At most so many, up to 100.
    limit: Option<usize>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// An event as an admin finds it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "id": 42, "title": "Hamlet", "status": "published", "visibility": "public",
    "startsAt": "2027-01-31T18:30:00Z", "timeZone": "Europe/Berlin",
    "owner": { "id": 7, "name": "Olga" }, "capacity": 800, "booked": 512, "held": 3
}))]
pub struct AnyEvent {
    id: u64,
    title: String,
    #[schema(value_type = Status)]
    status: String,
    #[schema(value_type = Visibility)]
    visibility: String,
    #[schema(format = DateTime)]
    starts_at: String,
    time_zone: String,
    owner: super::events::Person,
    capacity: u64,
    booked: u64,
    held: u64,
}

/// A page of events.
#[derive(Serialize, ToSchema)]
pub struct AnyEvents {
    /// The newest made first.
    items: Vec<AnyEvent>,
    /// The next page's `cursor`; `null` after the last.
    #[schema(required)]
    next: Option<String>,
}

/// A room that is in memory.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(example = json!({
    "room": "events/42/seats", "app": "seats", "seq": 1207, "term": 3, "here": 41, "watching": 57,
    "waiting": 0
}))]
pub struct AwakeRoom {
    /// Its path.
    room: String,
    /// The application.
    app: String,
    /// The last entry.
    seq: u64,
    /// Its term: how often it was read from its journal.
    term: u64,
    /// People who are there.
    here: usize,
    /// Connections that are.
    watching: usize,
    /// Commands that wait in its mailbox.
    waiting: usize,
}

/// Rooms that are in memory.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AwakeRooms {
    /// By path, the first hundred.
    items: Vec<AwakeRoom>,
    /// How many there are.
    awake: usize,
    /// How many commands fit into a mailbox.
    mailbox: usize,
}

/// A setting in force.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "name": "seats.holds_per_hour", "value": 40, "default": 20 }))]
pub struct LimitInForce {
    /// Its name in `houseful.toml`.
    name: String,
    /// What it is.
    value: Value,
    /// What it would be if nobody had set it.
    default: Value,
}

/// Settings that bound something.
#[derive(Serialize, ToSchema)]
pub struct LimitsInForce {
    /// By name.
    items: Vec<LimitInForce>,
    /// How often this process said no since it began, by counter.
    hits: BTreeMap<String, u64>,
}

/// Figures over time, for an admin. One who looks asks again when they want newer ones; a sample is made a minute.
#[utoipa::path(get, operation_id = "getStatistics", path = "/admin/statistics", tag = "admin",
    security(("bearer" = [])),
    params(StatisticsQuery), responses(
    (status = 200, body = Statistics),
    (status = 403, body = Problem, description = "not_allowed"),
))]
pub async fn statistics(
    State(api): State<Arc<Api>>,
    _: Admin,
    Query(query): Query<StatisticsQuery>,
) -> Result<Json<Statistics>, Problem> {
    let grain = match query.grain {
        Grain::Minute => SAMPLE_MS,
        Grain::Hour => HOUR_MS,
    };
    let now = api.clock.wall().ms();
    let from = query.hours.map_or(i64::MIN, |hours| now - i64::from(hours) * HOUR_MS);
    let store = api.store.clone();
    let rows = api.blocking(move || store.samples(grain, from)).await?;
    let read = |(at, body): (i64, String)| SampleAt {
        at: rfc3339(Wall(at)),
        sample: serde_json::from_str(&body).unwrap_or_default(),
    };
    let now = api.counter.count().await?;
    Ok(Json(Statistics { now, items: rows.into_iter().map(read).collect() }))
}

/// All events, drafts too, for an admin.
#[utoipa::path(get, operation_id = "listEveryEvent", path = "/admin/events", tag = "admin", security(("bearer" = [])),
    params(EventsQuery), responses(
    (status = 200, body = AnyEvents),
    (status = 403, body = Problem, description = "not_allowed"),
))]
pub async fn events(
    State(api): State<Arc<Api>>,
    _: Admin,
    Query(query): Query<EventsQuery>,
) -> Result<Json<AnyEvents>, Problem> {
    if query.q.chars().count() > SEARCH_CHARS_MAX {
        return Err(Problem::new(Code::InvalidQuery).detail("q is too long"));
    }
    let limit = query.limit.unwrap_or(50).clamp(1, PAGE_ROWS_MAX);
    let unknown = |_| Problem::new(Code::InvalidQuery).field("cursor", "unknown");
    let before = query.cursor.as_deref().map(|text| text.parse().map_err(unknown)).transpose()?;
    let store = api.store.clone();
    let (rows, names) = api
        .blocking(move || {
            let rows = store.every_event(&query.q, before, limit)?;
            let owners: Vec<AccountId> = rows.iter().map(|row| row.owner).collect();
            let names = store.names(&owners)?.into_iter().collect::<BTreeMap<_, _>>();
            Ok((rows, names))
        })
        .await?;
    let next = rows.last().filter(|_| rows.len() == limit).map(|row| row.id.to_string());
    let shown = |row: EventRow| {
        let name = names.get(&row.owner).cloned().unwrap_or_default();
        AnyEvent {
            id: row.id,
            title: row.title,
            status: row.status,
            visibility: row.visibility,
            starts_at: rfc3339(Wall(row.starts_at)),
            time_zone: row.time_zone,
            owner: super::events::Person { id: row.owner.0, name },
            capacity: row.capacity,
            booked: row.booked,
            held: row.held,
        }
    };
    Ok(Json(AnyEvents { items: rows.into_iter().map(shown).collect(), next }))
}

/// The rooms that are in memory, for an admin: how many are there, and what waits.
#[utoipa::path(get, operation_id = "listAwakeRooms", path = "/admin/rooms", tag = "admin", security(("bearer" = [])),
    responses(
    (status = 200, body = AwakeRooms),
    (status = 403, body = Problem, description = "not_allowed"),
))]
pub async fn rooms(
    State(api): State<Arc<Api>>,
    Admin(admin): Admin,
) -> Result<Json<AwakeRooms>, Problem> {
    let paths = api.router.registry().paths();
    let who = Principal::person(admin.account, Standing::Admin);
    let mut items = Vec::new();
    for path in paths.iter().take(PAGE_ROWS_MAX) {
        // One that falls asleep or is busy meanwhile is left out: the next look shows it.
        let Ok(found) = api.router.inspect(path, who).await else { continue };
        items.push(AwakeRoom {
            room: path.to_string(),
            app: found.app.to_owned(),
            seq: found.seq,
            term: found.term,
            here: found.headcount.here,
            watching: found.headcount.watching,
            waiting: found.commands_waiting,
        });
    }
    Ok(Json(AwakeRooms { items, awake: paths.len(), mailbox: MAILBOX_COMMANDS_MAX }))
}

/// The limits in force, for an admin: those that can be set, and how often something was refused by any.
#[utoipa::path(get, operation_id = "listLimits", path = "/admin/limits", tag = "admin", security(("bearer" = [])),
    responses(
    (status = 200, body = LimitsInForce),
    (status = 403, body = Problem, description = "not_allowed"),
))]
pub async fn limits(State(api): State<Arc<Api>>, _: Admin) -> Result<Json<LimitsInForce>, Problem> {
    let (set, default) = (bounds(&api.config), bounds(&Config::default()));
    let item = |(name, value): (String, Value)| {
        let default = default.get(&name).cloned().unwrap_or_default();
        LimitInForce { name, value, default }
    };
    let hits = api.counter.refused();
    Ok(Json(LimitsInForce { items: set.into_iter().map(item).collect(), hits }))
}

/// Settings that are numbers, of the sections that bound something.
fn bounds(config: &Config) -> BTreeMap<String, Value> {
    let whole = serde_json::to_value(config).unwrap_or_default();
    let mut found = BTreeMap::new();
    for section in ["accounts", "live", "connections", "http", "seats", "follows"] {
        for (name, value) in whole[section].as_object().into_iter().flatten() {
            if value.is_number() {
                found.insert(format!("{section}.{name}"), value.clone());
            }
        }
    }
    found
}

/// Tries a mail again that was given up, for an admin.
#[utoipa::path(post, operation_id = "retryMail", path = "/admin/mails/{id}/retry", tag = "admin",
    security(("bearer" = [])),
    params(("id" = u64, Path)),
    responses(
        (status = 204, description = "It waits for its turn again."),
        (status = 403, body = Problem, description = "not_allowed"),
        (status = 404, body = Problem, description = "not_found: no such mail, or one that was not given up"),
    ))]
pub async fn retry_mail(
    State(api): State<Arc<Api>>,
    _: Admin,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    let (store, now) = (api.store.clone(), api.clock.wall().ms());
    api.blocking(move || store.retry_mail(id, now)).await?;
    api.postman.wake();
    Ok(StatusCode::NO_CONTENT)
}
