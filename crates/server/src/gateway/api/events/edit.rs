//! Making and changing events: each change is a command of the event's own room.

use super::not_created;
use super::shown::{EventDetail, Shown, detail, etag, facts};
use super::sight::{Seen, staffed, visible};
use crate::accounts::Identity;
use crate::events::{NewEvent, NewPlan, without_seats};
use crate::gateway::api::rooms::ask;
use crate::gateway::api::{Api, Organiser, Signed};
use crate::gateway::extract::{Body, Path};
use crate::gateway::problem::{Code, Problem};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use houseful_apps::seats::mailing::BookingMail;
use houseful_apps::seats::{Category, Visibility};
use houseful_room::Wall;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// A new event.
#[derive(Deserialize, ToSchema)]
#[schema(example = json!({
    "title": "An evening of songs", "startsAt": "2027-01-31T18:30:00Z", "endsAt": "2027-01-31T21:00:00Z",
    "timeZone": "Europe/Berlin", "place": "Town hall", "category": "music", "currency": "EUR", "capacity": 80,
    "prices": { "general": 1200 }
}))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateEvent {
    title: String,
    #[serde(default)]
    description: String,
    /// RFC 3339.
    #[schema(format = DateTime)]
    starts_at: String,
    /// RFC 3339; none if nobody knows.
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    /// An IANA zone, such as `Europe/Berlin`.
    time_zone: String,
    #[serde(default)]
    place: String,
    /// Where it is on the net, an address that begins with `https://`: told to those who booked.
    online: Option<String>,
    /// `other` if not given.
    #[serde(default)]
    category: Category,
    /// `public` if not given.
    #[serde(default)]
    visibility: Visibility,
    /// Minutes before the start at which people are reminded who have set nothing else: at most five, each 15 to
    /// 20160; 1440 and 60 if not given.
    reminder_minutes: Option<Vec<u32>>,
    /// What the mail at booking says; the usual if not given.
    booking_mail: Option<BookingMail>,
    /// ISO 4217.
    currency: String,
    /// From `POST /plans`.
    plan_id: Option<String>,
    /// In place of a plan: so many people, without seats, in one zone, `general`.
    capacity: Option<u32>,
    /// Minor units, one for every zone of the plan; without a plan it is free if not given.
    #[serde(default)]
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
    /// RFC 3339; `null`: nobody knows.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, format = DateTime)]
    ends_at: Option<Option<String>>,
    time_zone: Option<String>,
    place: Option<String>,
    /// `null`: nowhere.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    online: Option<Option<String>>,
    category: Option<Category>,
    visibility: Option<Visibility>,
    prices: Option<BTreeMap<String, i64>>,
    limit_per_person: Option<u32>,
    /// At most five, each 15 to 20160.
    reminder_minutes: Option<Vec<u32>>,
    /// What the mail at booking says.
    booking_mail: Option<BookingMail>,
}

/// What is to be said when an event is cancelled.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "reason": "The hall is flooded." }))]
pub struct CancelEvent {
    /// Why, for everyone who sees the event; up to 500 characters.
    reason: Option<String>,
}

/// What is different of an event that is made like another.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({ "startsAt": "2027-02-28T18:30:00Z" }))]
pub struct CloneEvent {
    /// When it starts; where the other ends later, this one does after as long a time. RFC 3339.
    #[schema(format = DateTime)]
    starts_at: String,
    /// The same if not given.
    title: Option<String>,
}

/// What a new event is answered with.
type Made = (StatusCode, [(HeaderName, String); 1], Json<EventDetail>);

/// Makes an event, as a draft.
#[utoipa::path(post, operation_id = "createEvent", path = "/events", tag = "events",
    security(("bearer" = []), ("token" = ["events:write"])),
    request_body = CreateEvent, responses(
    (status = 201, body = EventDetail),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 422, body = Problem, description = "event_invalid, with fields"),
))]
pub async fn create(
    State(api): State<Arc<Api>>,
    Organiser(who): Organiser,
    Body(new): Body<CreateEvent>,
) -> Result<Made, Problem> {
    let (plan_id, prices) = plan_of(&api, new.plan_id, new.capacity, new.prices).await?;
    let new = NewEvent {
        owner: who.account,
        title: new.title,
        description: new.description,
        starts_at: moment("startsAt", &new.starts_at)?,
        ends_at: new.ends_at.as_deref().map(|at| moment("endsAt", at)).transpose()?,
        time_zone: new.time_zone,
        place: new.place,
        online: new.online,
        category: new.category,
        visibility: new.visibility,
        reminder_minutes: new.reminder_minutes,
        booking_mail: new.booking_mail,
        currency: new.currency,
        plan_id,
        prices,
        limit_per_person: new.limit_per_person.unwrap_or(6),
    };
    made(&api, &who, new).await
}

/// Changes an event's facts.
#[utoipa::path(patch, operation_id = "changeEvent", path = "/events/{id}", tag = "events",
    security(("bearer" = []), ("token" = ["events:write"])), request_body = ChangeEvent,
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
) -> Result<Shown, Problem> {
    let Seen { row, .. } = staffed(&api, id, &who).await?;
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
    again(&api, id, &who).await
}

/// Shows an event to those whom its visibility names.
#[utoipa::path(post, operation_id = "publishEvent", path = "/events/{id}/publish", tag = "events",
    security(("bearer" = []), ("token" = ["events:write"])), responses(
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
) -> Result<Shown, Problem> {
    let Seen { row, .. } = staffed(&api, id, &who).await?;
    ask(&api, &row.path, &who, "publish", &Value::Object(Map::new())).await?;
    again(&api, id, &who).await
}

/// Cancels an event: nothing is sold any more, what is held is free, and orders are kept as they are.
#[utoipa::path(post, operation_id = "cancelEvent", path = "/events/{id}/cancel", tag = "events",
    security(("bearer" = []), ("token" = ["events:write"])),
    request_body = CancelEvent, responses(
    (status = 200, body = EventDetail),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
    (status = 409, body = Problem, description = "event_cancelled, event_ended"),
    (status = 422, body = Problem, description = "event_invalid, with fields"),
))]
pub async fn cancel(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Body(cancel): Body<CancelEvent>,
) -> Result<Shown, Problem> {
    let Seen { row, .. } = staffed(&api, id, &who).await?;
    let body = json!({ "reason": cancel.reason });
    ask(&api, &row.path, &who, "cancel_event", &body).await?;
    again(&api, id, &who).await
}

/// Deletes a draft, for good: from then on there is no such event. For its owner and for admins.
#[utoipa::path(delete, operation_id = "deleteEvent", path = "/events/{id}", tag = "events",
    security(("bearer" = []), ("token" = ["events:write"])), responses(
    (status = 204),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
    (status = 409, body = Problem, description = "already_published, has_bookings"),
))]
pub async fn delete(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
) -> Result<StatusCode, Problem> {
    let Seen { row, .. } = staffed(&api, id, &who).await?;
    match ask(&api, &row.path, &who, "delete", &Value::Object(Map::new())).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        // Somebody else was faster.
        Err(problem) if problem.code == "no_such_room" => Err(Code::NoSuchEvent.into()),
        Err(problem) => Err(problem),
    }
}

/// Makes a draft like an event that one runs: its facts, plan and prices, at another time; without its picture,
/// its people and its orders.
#[utoipa::path(post, operation_id = "cloneEvent", path = "/events/{id}/clone", tag = "events",
    security(("bearer" = []), ("token" = ["events:write"])),
    request_body = CloneEvent, responses(
    (status = 201, body = EventDetail),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
    (status = 422, body = Problem, description = "event_invalid, with fields"),
))]
pub async fn clone(
    State(api): State<Arc<Api>>,
    Organiser(who): Organiser,
    Path(id): Path<u64>,
    Body(new): Body<CloneEvent>,
) -> Result<Made, Problem> {
    let Seen { row, .. } = staffed(&api, id, &who).await?;
    let starts_at = moment("startsAt", &new.starts_at)?;
    let reminder_minutes = row.reminders.as_ref().map(|_| row.reminder_minutes());
    let booking_mail = row.booking_mail.as_ref().map(|_| row.booking_mail());
    let lasts_ms = row.ends_at.map(|ends_at| ends_at.saturating_sub(row.starts_at));
    let new = NewEvent {
        owner: who.account,
        title: new.title.unwrap_or(row.title),
        description: row.description,
        starts_at,
        ends_at: lasts_ms.map(|ms| starts_at.plus_ms(ms.unsigned_abs())),
        time_zone: row.time_zone,
        place: row.place,
        online: row.online,
        category: serde_json::from_value(row.category.into()).unwrap_or_default(),
        visibility: serde_json::from_value(row.visibility.into()).unwrap_or_default(),
        reminder_minutes,
        booking_mail,
        currency: row.currency,
        plan_id: row.plan_id,
        prices: serde_json::from_str(&row.prices).unwrap_or_default(),
        limit_per_person: row.limit_per_person as u32,
    };
    made(&api, &who, new).await
}

async fn made(api: &Api, who: &Identity, new: NewEvent) -> Result<Made, Problem> {
    let id = api.events.create(new).await.map_err(not_created)?;
    let (headers, body) = again(api, id, who).await?;
    Ok((StatusCode::CREATED, headers, body))
}

/// The event as it is by now.
async fn again(api: &Api, id: u64, who: &Identity) -> Result<Shown, Problem> {
    detail(api, visible(api, id, Some(who)).await?).await
}

/// The plan that is named, or one for so many people, and its prices.
pub(in crate::gateway) async fn plan_of(
    api: &Api,
    plan_id: Option<String>,
    capacity: Option<u32>,
    mut prices: BTreeMap<String, i64>,
) -> Result<(String, BTreeMap<String, i64>), Problem> {
    let wrong = |field: &str, reason: &str| Problem::new(Code::EventInvalid).field(field, reason);
    match (plan_id, capacity) {
        (Some(plan_id), None) => Ok((plan_id, prices)),
        (Some(_), Some(_)) => Err(wrong("capacity", "Name a plan or a capacity, not both.")),
        (None, None) => Err(wrong("planId", "Name a plan or a capacity.")),
        (None, Some(capacity)) => {
            let (zone, plan) = without_seats(capacity);
            let kept = api.events.keep_plan(NewPlan::Plan(plan)).await;
            let kept = kept.map_err(|_| wrong("capacity", "Use a number from 1 to 100,000."))?;
            prices.entry(zone.to_owned()).or_default();
            Ok((kept.id, prices))
        }
    }
}

/// Tells a field that is `null` from one that is not there.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Whether `If-Match` names it: by itself, in a list, or as whatever is there (RFC 9110 §13.1.1).
fn matches(known: &str, etag: &str) -> bool {
    known.trim() == "*" || known.split(',').any(|one| one.trim() == etag)
}

fn edit_body(change: ChangeEvent) -> Result<Map<String, Value>, Problem> {
    let millis = |field, at: &str| moment(field, at).map(|wall| Value::from(wall.0));
    let starts_at = change.starts_at.as_deref().map(|at| millis("startsAt", at)).transpose()?;
    let ends_at = match &change.ends_at {
        Some(Some(at)) => Some(millis("endsAt", at)?),
        other => other.as_ref().map(|_| Value::Null),
    };
    let fields = [
        ("title", change.title.map(Value::from)),
        ("description", change.description.map(Value::from)),
        ("startsAt", starts_at),
        ("endsAt", ends_at),
        ("online", change.online.map(Value::from)),
        ("category", change.category.map(|category| category.as_str().into())),
        ("visibility", change.visibility.map(|visibility| visibility.as_str().into())),
        ("timeZone", change.time_zone.map(Value::from)),
        ("place", change.place.map(Value::from)),
        ("prices", change.prices.map(|prices| serde_json::json!(prices))),
        ("limitPerPerson", change.limit_per_person.map(Value::from)),
        ("reminderMinutes", change.reminder_minutes.map(Value::from)),
        ("bookingMail", change.booking_mail.map(|mail| json!(mail))),
    ];
    Ok(fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}

pub(super) fn moment(field: &str, text: &str) -> Result<Wall, Problem> {
    let moment: Result<jiff::Timestamp, _> = text.parse();
    let moment = moment.map_err(|_| {
        Problem::new(Code::EventInvalid).field(field, "Use a time such as 2027-01-31T19:30:00Z.")
    })?;
    Ok(Wall(moment.as_millisecond()))
}
