//! Bookings: one place of an event at once, what one has booked, what an event's people see of it. Who watches an event
//! is told before the answer.

use super::Booking;
use super::codes;
use super::failure::{Failure, done, said};
use super::input::{Person, event_id, object};
use super::shown::{booked_event, booking as booking_of, listed, person};
use crate::gateway::api::events::visible;
use crate::gateway::api::rooms::ask;
use crate::gateway::problem::Problem;
use crate::limits::{BOOKING_ROWS_MAX, PAGE_ROWS_MAX};
use crate::store::{BookingRow, EventRow, OrderCursor, Store, StoreError};
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use houseful_apps::seats::STAFF;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Books a place.
pub(super) async fn book(
    State(booking): State<Arc<Booking>>,
    request: Request,
) -> Result<Response, Failure> {
    let person = booking.signed_in(request.headers()).await?;
    let malformed = || Failure::invalid("Malformed JSON in request body");
    let body = object(request).await.ok_or_else(malformed)?;
    let event = body.get("eventId").and_then(Value::as_u64).filter(|id| i64::try_from(*id).is_ok());
    let wrong = || Failure::issue("eventId", "Event ID must be a positive integer");
    let event = event.filter(|id| *id > 0).ok_or_else(wrong)?;
    let (row, _) = booking.seen(event, Some(&person.identity)).await?;
    if row.status != "published" {
        return Err(Failure::not_found("Event"));
    }
    if row.starts_at <= booking.now().0 {
        return Err(conflict(PAST));
    }
    let payment = if is_free(&row) { "free" } else { "door" };
    let body = json!({ "first": 1, "once": true, "payment": payment });
    let api = &booking.ground.api;
    let booked = ask(api, &row.path, &person.identity, "buy", &body).await.map_err(not_booked)?;
    let reply: Value = serde_json::from_str(&booked.reply).unwrap_or_default();
    let order = reply["order"].as_str().unwrap_or_default().to_owned();
    booking.watchers.told(event, booked.seq).await;
    let store = api.store.clone();
    let read = move || Ok((store.order(&order)?, store.event(event)?));
    let (order, row) = api.blocking(read).await?;
    let order = order.ok_or_else(|| Failure::not_found("Booking"))?;
    let mut shown = booking_of(&order);
    if let Some(shown) = shown.as_object_mut() {
        shown.remove("cancelledAt");
    }
    shown["event"] = row.as_ref().map(booked_event).into();
    Ok(done(201, shown))
}

const PAST: &str = "Cannot book past events";

fn conflict(text: &str) -> Failure {
    Failure::new(409, "BOOKING_CONFLICT", text)
}

/// Whether nothing of an event costs anything.
fn is_free(row: &EventRow) -> bool {
    let prices: BTreeMap<String, i64> = serde_json::from_str(&row.prices).unwrap_or_default();
    prices.values().all(|price| *price == 0)
}

/// What the event's room says instead of a booking.
fn not_booked(problem: Problem) -> Failure {
    match &*problem.code {
        "already_booked" | "limit_exceeded" => {
            conflict("You already have a booking for this event")
        }
        "not_enough_left" | "reserved_for_line" | "seats_taken" => {
            conflict("No seats available for this event")
        }
        "sale_closed" => conflict(PAST),
        "event_cancelled" | "no_such_room" => Failure::not_found("Event"),
        _ => problem.into(),
    }
}

/// A booking, for whose it is and for admins.
pub(super) async fn one(
    State(booking): State<Arc<Booking>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let who = booking.signed_in(&headers).await?;
    let (order, row) = booking.found(&name, &who, "view").await?;
    let mut shown = booking_of(&order);
    shown["event"] = booked_event(&row);
    if who.is_admin() {
        let people = booking.people(vec![order.account]).await?;
        shown["user"] = person(order.account, people.get(&order.account));
    }
    Ok(done(200, shown))
}

/// Gives a booking back.
pub(super) async fn cancel(
    State(booking): State<Arc<Booking>>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let who = booking.signed_in(&headers).await?;
    let (order, row) = booking.found(&name, &who, "cancel").await?;
    let (already, past) =
        ("Booking is already cancelled", "Cannot cancel bookings for past events");
    if order.status == "cancelled" {
        return Err(conflict(already));
    }
    if row.starts_at <= booking.now().0 {
        return Err(conflict(past));
    }
    let body = json!({ "order": order.order });
    let told = ask(&booking.ground.api, &row.path, &who.identity, "cancel", &body).await;
    let told = told.map_err(|problem| match &*problem.code {
        "already_cancelled" => conflict(already),
        "past_start" => conflict(past),
        "no_such_order" => Failure::not_found("Booking"),
        _ => problem.into(),
    })?;
    booking.watchers.told(row.id, told.seq).await;
    Ok(said("Booking cancelled successfully"))
}

/// One's own bookings, newest first.
pub(super) async fn mine(
    State(booking): State<Arc<Booking>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let who = booking.signed_in(&headers).await?;
    let (store, account) = (booking.ground.api.store.clone(), who.account.id);
    let read = move || {
        let rows = all(|after| store.bookings_of_account(account, after, PAGE_ROWS_MAX))?;
        let mut ids: Vec<u64> = rows.iter().map(|row| row.event).collect();
        ids.sort_unstable();
        ids.dedup();
        let events = store.events(&ids)?.into_iter().map(|row| (row.id, row));
        Ok((rows, events.collect::<BTreeMap<u64, EventRow>>()))
    };
    let (rows, events) = booking.ground.api.blocking(read).await?;
    let bookings = rows.iter().map(|row| {
        let mut shown = listed(row);
        shown["event"] = events.get(&row.event).map(booked_event).into();
        shown
    });
    let bookings: Vec<Value> = bookings.collect();
    Ok(done(200, json!({ "total": bookings.len(), "bookings": bookings })))
}

/// An event's bookings, for those who run it; an admin finds none of an event that is not there.
pub(super) async fn of_event(
    State(booking): State<Arc<Booking>>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let who = booking.signed_in(&headers).await?;
    let id = event_id(&id)?;
    let api = &booking.ground.api;
    let seen = visible(api, id, Some(&who.identity)).await.ok();
    if !who.is_admin() && seen.is_none_or(|seen| seen.role != STAFF) {
        return Err(Failure::forbidden("You don't have permission to view these bookings"));
    }
    let store: Arc<dyn Store> = api.store.clone();
    let read = move || all(|after| store.bookings_of_event(id, after, PAGE_ROWS_MAX));
    let rows = api.blocking(read).await?;
    let people = booking.people(rows.iter().map(|row| row.account).collect()).await?;
    let bookings = rows.iter().map(|row| {
        let mut shown = listed(row);
        shown["user"] = person(row.account, people.get(&row.account));
        shown
    });
    let bookings: Vec<Value> = bookings.collect();
    Ok(done(200, json!({ "eventId": id, "total": bookings.len(), "bookings": bookings })))
}

/// Page after page, up to what one answer may have.
fn all(
    page: impl Fn(Option<OrderCursor>) -> Result<Vec<BookingRow>, StoreError>,
) -> Result<Vec<BookingRow>, StoreError> {
    let mut rows: Vec<BookingRow> = Vec::new();
    while rows.len() < BOOKING_ROWS_MAX {
        let more = page(rows.last().map(BookingRow::cursor))?;
        let is_last = more.len() < PAGE_ROWS_MAX;
        rows.extend(more);
        if is_last {
            break;
        }
    }
    Ok(rows)
}

impl Booking {
    /// A booking by its name and its event, if it is theirs or they are an admin.
    async fn found(
        &self,
        name: &str,
        who: &Person,
        verb: &str,
    ) -> Result<(BookingRow, EventRow), Failure> {
        if !(1..=50).contains(&name.chars().count()) {
            return Err(Failure::issue("id", "Booking ID must be 1 to 50 characters"));
        }
        let missing = || Failure::not_found("Booking");
        let (event, code) = codes::read(name).ok_or_else(missing)?;
        let store = self.ground.api.store.clone();
        let read = move || Ok((store.order_by_code(event, &code)?, store.event(event)?));
        let (Some(order), Some(event)) = self.ground.api.blocking(read).await? else {
            return Err(missing());
        };
        if order.account != who.account.id && !who.is_admin() {
            let text = format!("You don't have permission to {verb} this booking");
            return Err(Failure::forbidden(&text));
        }
        Ok((order, event))
    }
}
