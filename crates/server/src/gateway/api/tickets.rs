//! Tickets over HTTP: for whoever booked, and the key by which a door tells true ones.

use super::events::run_by;
use super::{Api, Signed};
use crate::accounts::Identity;
use crate::gateway::extract::{Path, Query};
use crate::gateway::problem::{Code, Problem};
use crate::limits::PAPERS_AT_ONCE;
use crate::notify::{Language, Settings};
use crate::paper;
use crate::store::{BookingRow, EventRow};
use crate::tickets::{Ticket, Tickets, places};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use houseful_apps::seats::people::{CHECK_IN, runs_desk};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::Semaphore;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Turns at making files; it is of the process, as its cores are.
pub(super) static PRINTING: Semaphore = Semaphore::const_new(PAPERS_AT_ONCE);

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

/// The language of a PDF.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PaperQuery {
    /// `en` or `de`; that of one's mails if not given.
    pub(super) language: Option<Language>,
}

/// An order that stands, and its event.
type Standing = (BookingRow, EventRow);

/// The tickets of an order that stands, one for each place: of one's own, or at the desk of its event of anybody's.
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
    let (row, _) = standing(&api, &who, &order).await?;
    let order = Uuid::try_parse(&row.order).map_err(|error| Problem::internal(&error))?;
    let (store, now) = (api.store.clone(), api.clock.wall().0);
    let tickets = api.blocking(move || Tickets::open(&*store, now)).await?;
    let items = places(&row).into_iter().map(|(place, label)| {
        let ticket = Ticket { event: row.event, order, place };
        PlaceTicket { token: tickets.sign(&ticket), place: ticket.place, label }
    });
    let items = items.collect();
    Ok(Json(OrderTickets { event: row.event, code: row.code, items }))
}

/// The same on paper: a PDF with a page for each place.
#[utoipa::path(get, operation_id = "printTickets", path = "/orders/{order}/tickets.pdf", tag = "bookings",
    security(("bearer" = []), ("token" = ["bookings:read"])),
    params(("order" = String, Path), PaperQuery), responses(
    (status = 200, body = Vec<u8>, content_type = "application/pdf"),
    (status = 404, body = Problem, description = "no_such_order"),
    (status = 409, body = Problem, description = "already_cancelled, event_cancelled"),
))]
pub async fn pdf(
    State(api): State<Arc<Api>>,
    Signed(who): Signed,
    Path(order): Path<String>,
    Query(query): Query<PaperQuery>,
) -> Result<Response, Problem> {
    let (row, event) = standing(&api, &who, &order).await?;
    let Ok(_turn) = PRINTING.try_acquire() else { return Err(Code::Busy.into()) };
    let (store, house) = (api.store.clone(), api.config.public_url.clone().unwrap_or_default());
    let (name, account) = (paper::file_name(&row), who.account);
    let made = api.blocking(move || {
        let set = store.notification_settings(account)?;
        let language = query.language.unwrap_or(Settings::read(set.as_deref()).language);
        Ok(paper::tickets(&*store, &row, &event, language, &house))
    });
    let bytes = made.await?.map_err(|error| Problem::internal(&error))?;
    Ok(attached("application/pdf", &name, bytes))
}

/// A file to be kept, that nobody on the way keeps. The name is of ours.
pub(super) fn attached(kind: &'static str, name: &str, bytes: impl Into<Body>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes.into()).into_response()
}

/// An order whose tickets somebody may have: their own, or one of an event at whose desk they are.
async fn standing(api: &Api, who: &Identity, order: &str) -> Result<Standing, Problem> {
    let none = || Problem::refusal(404, "no_such_order", "You have no such booking.");
    let order = Uuid::try_parse(order).map_err(|_| none())?.to_string();
    let (store, account) = (api.store.clone(), who.account);
    let found = api.blocking(move || match store.booking(account, &order)? {
        Some(own) => Ok(Some((own.event, own))),
        None => Ok(store.order(&order)?.map(|row| (row.event, row))),
    });
    let (event, row) = found.await?.ok_or_else(none)?;
    if row.account != account {
        run_by(api, event, who, runs_desk).await.map_err(|_| none())?;
    }
    if row.status != "booked" {
        let text = "This booking is already cancelled.";
        return Err(Problem::refusal(409, "already_cancelled", text));
    }
    let store = api.store.clone();
    match api.blocking(move || store.event(event)).await? {
        Some(event) if event.status != "cancelled" => Ok((row, event)),
        _ => Err(Problem::refusal(409, "event_cancelled", "The event is cancelled.")),
    }
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
