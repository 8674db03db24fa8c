//! Bookings over HTTP: one's own, and an event's for its staff. Read only: booking and cancelling are
//! commands of the event's room.

use super::events::{Person, account_ids, run_by};
use super::rooms::involved;
use super::{Api, Signed};
use crate::clock::rfc3339;
use crate::gateway::extract::{Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::PAGE_ROWS_MAX;
use crate::store::{BookingRow, EventRow, OrderCursor, PlaceRow};
use axum::Json;
use axum::extract::State;
use houseful_apps::seats::Status;
use houseful_apps::seats::people::runs_desk;
use houseful_apps::seats::state::{OrderStatus, Payment};
use houseful_room::{AccountId, Wall};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Places without seats.
#[derive(Serialize, ToSchema)]
pub struct AreaPlaces {
    name: String,
    count: u64,
}

/// The event of a booking.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BookedEvent {
    id: u64,
    title: String,
    #[schema(format = DateTime)]
    starts_at: String,
    time_zone: String,
    place: String,
    /// Where the event is in its life: an order of one that is cancelled is for nothing.
    #[schema(value_type = Status)]
    status: String,
}

/// A booking of one's own.
#[derive(Serialize, ToSchema)]
pub struct OwnBooking {
    /// For the `cancel` command.
    order: String,
    /// To read aloud.
    code: String,
    event: BookedEvent,
    /// What the seats are called.
    seats: Vec<String>,
    areas: Vec<AreaPlaces>,
    /// In minor units.
    total: i64,
    currency: String,
    #[schema(value_type = Payment)]
    payment: String,
    #[schema(value_type = OrderStatus)]
    status: String,
    #[schema(format = DateTime)]
    at: String,
}

/// A page of one's own bookings.
#[derive(Serialize, ToSchema)]
pub struct OwnBookings {
    items: Vec<OwnBooking>,
    #[schema(required)]
    next: Option<String>,
}

/// Who booked, for the event's staff.
#[derive(Serialize, ToSchema)]
pub struct Booker {
    id: u64,
    name: String,
    email: String,
}

/// A booking of an event, for its staff.
#[derive(Serialize, ToSchema)]
pub struct EventBooking {
    order: String,
    code: String,
    account: Booker,
    seats: Vec<String>,
    areas: Vec<AreaPlaces>,
    total: i64,
    #[schema(value_type = Payment)]
    payment: String,
    #[schema(value_type = OrderStatus)]
    status: String,
    #[schema(format = DateTime)]
    at: String,
}

/// A page of an event's bookings.
#[derive(Serialize, ToSchema)]
pub struct EventBookings {
    items: Vec<EventBooking>,
    #[schema(required)]
    next: Option<String>,
}

/// People by number.
#[derive(Serialize, ToSchema)]
pub struct People {
    items: Vec<Person>,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// At most so many, up to 100.
    limit: Option<usize>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// Which people.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PeopleQuery {
    /// Account numbers, comma-separated, up to 100.
    ids: String,
}

impl PageQuery {
    pub(super) fn read(&self) -> Result<(usize, Option<OrderCursor>), Problem> {
        let limit = self.limit.unwrap_or(50).clamp(1, PAGE_ROWS_MAX);
        match self.cursor.as_deref().map(str::parse) {
            Some(Err(())) => Err(Problem::new(Code::InvalidQuery).field("cursor", "unknown")),
            other => Ok((limit, other.and_then(Result::ok))),
        }
    }
}

/// One's own bookings, newest first.
#[utoipa::path(get, operation_id = "listMyBookings", path = "/me/bookings", tag = "bookings",
    security(("bearer" = []), ("token" = ["bookings:read"])),
    params(PageQuery), responses(
    (status = 200, body = OwnBookings),
    (status = 401, body = Problem, description = "sign_in_required"),
))]
pub async fn mine(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Query(page): Query<PageQuery>,
) -> Result<Json<OwnBookings>, Problem> {
    let (limit, after) = page.read()?;
    let store = api.store.clone();
    let (rows, events) = api
        .blocking(move || {
            let rows = store.bookings_of_account(who.account, after, limit)?;
            let ids: Vec<u64> = rows.iter().map(|row| row.event).collect();
            let events = store.events(&ids)?.into_iter().map(|row| (row.id, row));
            Ok((rows, events.collect::<BTreeMap<u64, EventRow>>()))
        })
        .await?;
    let next = next(&rows, limit);
    let own = |row: BookingRow| Some(own_booking(events.get(&row.event)?, row));
    Ok(Json(OwnBookings { items: rows.into_iter().filter_map(own).collect(), next }))
}

/// An event's bookings, newest first, for its staff.
#[utoipa::path(get, operation_id = "listEventBookings", path = "/events/{id}/bookings", tag = "bookings",
    security(("bearer" = []), ("token" = ["bookings:read"])),
    params(PageQuery), responses(
    (status = 200, body = EventBookings),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
))]
pub async fn of_event(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Query(page): Query<PageQuery>,
) -> Result<Json<EventBookings>, Problem> {
    run_by(&api, id, &who, runs_desk).await?;
    let (limit, after) = page.read()?;
    let store = api.store.clone();
    let (rows, bookers) = api
        .blocking(move || {
            let rows = store.bookings_of_event(id, after, limit)?;
            let mut bookers = BTreeMap::new();
            for row in &rows {
                if !bookers.contains_key(&row.account)
                    && let Some(account) = store.account(row.account)?
                {
                    bookers.insert(row.account, account);
                }
            }
            Ok((rows, bookers))
        })
        .await?;
    let next = next(&rows, limit);
    let items = rows.into_iter().map(|row| {
        let account = bookers.get(&row.account);
        let account = Booker {
            id: row.account.0,
            name: account.map(|account| account.name.clone()).unwrap_or_default(),
            email: account.map(|account| account.email.clone()).unwrap_or_default(),
        };
        event_booking(account, row)
    });
    Ok(Json(EventBookings { items: items.collect(), next }))
}

/// The names of people who hold or have booked places of an event, for its staff.
#[utoipa::path(get, operation_id = "listEventPeople", path = "/events/{id}/people", tag = "bookings",
    security(("bearer" = []), ("token" = ["bookings:read"])),
    params(PeopleQuery), responses(
    (status = 200, body = People),
    (status = 403, body = Problem, description = "not_allowed"),
))]
pub async fn people(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
    Query(query): Query<PeopleQuery>,
) -> Result<Json<People>, Problem> {
    let seen = run_by(&api, id, &who, runs_desk).await?;
    let known = involved(&api, &seen.row.path, account_ids(&query.ids)).await?;
    let store = api.store.clone();
    let names = api.blocking(move || store.names(&known)).await?;
    let person = |(id, name): (AccountId, String)| Person { id: id.0, name };
    Ok(Json(People { items: names.into_iter().map(person).collect() }))
}

/// Where the next page begins, if there may be one.
pub(super) fn next(rows: &[BookingRow], limit: usize) -> Option<String> {
    rows.last().filter(|_| rows.len() == limit).map(|row| row.cursor().to_string())
}

/// What is still booked, or, of a cancelled order, what was.
fn places(row: &BookingRow) -> (Vec<String>, Vec<AreaPlaces>) {
    let shown = |place: &&PlaceRow| place.status == row.status;
    let (seats, areas): (Vec<&PlaceRow>, Vec<&PlaceRow>) =
        row.places.iter().filter(shown).partition(|place| place.seat.is_some());
    let area = |place: &PlaceRow| AreaPlaces { name: place.label.clone(), count: place.count };
    let seats = seats.into_iter().map(|place| place.label.clone()).collect();
    (seats, areas.into_iter().map(area).collect())
}

fn own_booking(event: &EventRow, row: BookingRow) -> OwnBooking {
    let (seats, areas) = places(&row);
    OwnBooking {
        event: BookedEvent {
            id: event.id,
            title: event.title.clone(),
            starts_at: rfc3339(Wall(event.starts_at)),
            time_zone: event.time_zone.clone(),
            place: event.place.clone(),
            status: event.status.clone(),
        },
        seats,
        areas,
        order: row.order,
        code: row.code,
        total: row.total,
        currency: row.currency,
        payment: row.payment,
        status: row.status,
        at: rfc3339(Wall(row.at)),
    }
}

fn event_booking(account: Booker, row: BookingRow) -> EventBooking {
    let (seats, areas) = places(&row);
    EventBooking {
        account,
        seats,
        areas,
        order: row.order,
        code: row.code,
        total: row.total,
        payment: row.payment,
        status: row.status,
        at: rfc3339(Wall(row.at)),
    }
}
