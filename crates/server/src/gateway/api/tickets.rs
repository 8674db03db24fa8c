//! Tickets over HTTP: for whoever booked, and the key by which a door tells true ones.

use super::events::run_by;
use super::{Api, Signed};
use crate::gateway::extract::Path;
use crate::gateway::problem::Problem;
use crate::store::{BookingRow, PlaceRow};
use crate::tickets::{Ticket, Tickets};
use axum::Json;
use axum::extract::State;
use houseful_apps::seats::people::{CHECK_IN, runs_desk};
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;
use uuid::Uuid;

/// The ticket of a place.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "place": "s12", "label": "Stalls · A · 13", "token": "42.0199….s12.q83vEjRWeJC…" }))]
pub struct PlaceTicket {
    /// What the room's command `check_in` calls it.
    place: String,
    /// What people call it.
    label: String,
    /// What its QR code says: event, order, place and an Ed25519 signature.
    token: String,
}

/// The tickets of an order.
#[derive(Serialize, ToSchema)]
pub struct OrderTickets {
    event: u64,
    /// To read aloud.
    code: String,
    items: Vec<PlaceTicket>,
}

/// The public key of an event's tickets.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "algorithm": "Ed25519", "key": "6kpsY-KcUgq-9VB7Ey7F-ZVHdq6-vnuSQh7qaRRG0iw" }))]
pub struct TicketKey {
    algorithm: String,
    /// 32 bytes in base64url.
    key: String,
}

/// The tickets of an order of one's own that stands, one for each place.
#[utoipa::path(get, operation_id = "listTickets", path = "/orders/{order}/tickets", tag = "bookings",
    security(("bearer" = []), ("token" = ["bookings:read"])),
    params(("order" = String, Path)), responses(
    (status = 200, body = OrderTickets),
    (status = 404, body = Problem, description = "no_such_order"),
    (status = 409, body = Problem, description = "already_cancelled, event_cancelled"),
))]
pub async fn of_order(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(order): Path<String>,
) -> Result<Json<OrderTickets>, Problem> {
    let none = || Problem::refusal(404, "no_such_order", "You have no such booking.");
    let order = Uuid::try_parse(&order).map_err(|_| none())?;
    let (store, now) = (api.store.clone(), api.clock.wall().0);
    let found = api.blocking(move || {
        let Some(row) = store.booking(who.account, &order.to_string())? else { return Ok(None) };
        let event = store.event(row.event)?;
        Ok(Some((row, event, Tickets::open(&*store, now)?)))
    });
    let (row, event, tickets) = found.await?.ok_or_else(none)?;
    if row.status != "booked" {
        let text = "This booking is already cancelled.";
        return Err(Problem::refusal(409, "already_cancelled", text));
    }
    if event.is_none_or(|event| event.status == "cancelled") {
        return Err(Problem::refusal(409, "event_cancelled", "The event is cancelled."));
    }
    let items = places(&row).into_iter().map(|(place, label)| {
        let ticket = Ticket { event: row.event, order, place };
        PlaceTicket { token: tickets.sign(&ticket), place: ticket.place, label }
    });
    let items = items.collect();
    Ok(Json(OrderTickets { event: row.event, code: row.code, items }))
}

/// The key that tells true tickets of an event, for those who let people in: kept on a device, it needs no network.
#[utoipa::path(get, operation_id = "getTicketKey", path = "/events/{id}/ticket-key", tag = "events",
    security(("bearer" = []), ("token" = ["checkin"])), responses(
    (status = 200, body = TicketKey),
    (status = 403, body = Problem, description = "not_allowed"),
    (status = 404, body = Problem, description = "no_such_event"),
))]
pub async fn key(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(id): Path<u64>,
) -> Result<Json<TicketKey>, Problem> {
    run_by(&api, id, &who, |role| runs_desk(role) || role == CHECK_IN).await?;
    let (store, now) = (api.store.clone(), api.clock.wall().0);
    let tickets = api.blocking(move || Tickets::open(&*store, now)).await?;
    Ok(Json(TicketKey { algorithm: "Ed25519".to_owned(), key: tickets.public_key() }))
}

/// What an order is for, place by place, as the room calls them, and as people do.
fn places(row: &BookingRow) -> Vec<(String, String)> {
    let mut places = Vec::new();
    let mut counted: Vec<(u64, u64)> = Vec::new();
    let standing: Vec<&PlaceRow> = row.places.iter().filter(|p| p.status == "booked").collect();
    for place in &standing {
        if let Some(seat) = place.seat {
            places.push((format!("s{seat}"), place.label.clone()));
        }
    }
    for place in standing {
        let Some(area) = place.area else { continue };
        // An area that was held at two prices is two lines of the order, and one row of places.
        let before = counted.iter().filter(|(of, _)| *of == area);
        let first: u64 = before.map(|(_, count)| count).sum();
        for nth in first..first + place.count {
            places.push((format!("a{area}.{nth}"), place.label.clone()));
        }
        counted.push((area, place.count));
    }
    places
}
