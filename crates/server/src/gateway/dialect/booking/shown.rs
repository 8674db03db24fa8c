//! Events and bookings in the old client's words. It reads what is stored, and decides nothing.

use super::Booking;
use super::codes;
use super::failure::Failure;
use crate::gateway::dialect::date::iso_text;
use crate::gateway::forwarded::Scheme;
use crate::store::{AccountRow, BookingRow, EventRow};
use axum::http::HeaderMap;
use axum::http::header::HOST;
use houseful_room::{AccountId, Wall};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use uuid::Uuid;

/// An event.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    id: u64,
    name: String,
    description: Option<String>,
    image_url: Option<String>,
    event_date: String,
    seat_capacity: u64,
    available_seats: u64,
    created_by: u64,
    created_at: String,
    updated_at: String,
    creator: Value,
}

/// By what address a client has reached this listener: pictures are told with it.
pub(super) struct Address(String);

impl Address {
    pub(super) fn of(scheme: Scheme, headers: &HeaderMap) -> Address {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
        Address(format!("{}{host}", scheme.prefix()))
    }
}

impl Booking {
    /// Events as they are told, in their order.
    pub(super) async fn events(
        &self,
        rows: Vec<EventRow>,
        at: &Address,
    ) -> Result<Vec<Event>, Failure> {
        let ids: Vec<u64> = rows.iter().map(|row| row.id).collect();
        let owners = rows.iter().map(|row| row.owner).collect();
        let store = self.ground.api.store.clone();
        let times = self.ground.api.blocking(move || store.event_times(&ids)).await?;
        let times: BTreeMap<u64, (i64, i64)> =
            times.into_iter().map(|(id, made, changed)| (id, (made, changed))).collect();
        let owners = self.people(owners).await?;
        let shown = |row: EventRow| event(&times, &owners, row, at);
        Ok(rows.into_iter().map(shown).collect())
    }

    /// Accounts by number.
    pub(super) async fn people(
        &self,
        mut ids: Vec<AccountId>,
    ) -> Result<BTreeMap<AccountId, AccountRow>, Failure> {
        ids.sort_unstable();
        ids.dedup();
        let store = self.ground.api.store.clone();
        let read = move || {
            let found = ids.into_iter().map(|id| Ok(store.account(id)?.map(|row| (id, row))));
            found.filter_map(Result::transpose).collect()
        };
        Ok(self.ground.api.blocking(read).await?)
    }
}

fn event(
    times: &BTreeMap<u64, (i64, i64)>,
    owners: &BTreeMap<AccountId, AccountRow>,
    row: EventRow,
    at: &Address,
) -> Event {
    let (made, changed) = times.get(&row.id).copied().unwrap_or((0, 0));
    let picture = row.picture.as_ref();
    Event {
        image_url: picture.map(|name| format!("{}/api/events/{}/pictures/{name}", at.0, row.id)),
        id: row.id,
        name: row.title,
        description: Some(row.description).filter(|text| !text.is_empty()),
        event_date: iso_text(Wall(row.starts_at)),
        seat_capacity: row.capacity,
        available_seats: row.available,
        created_by: row.owner.0,
        created_at: iso_text(Wall(made)),
        updated_at: iso_text(Wall(changed)),
        creator: person(row.owner, owners.get(&row.owner)),
    }
}

/// Somebody with their address.
pub(super) fn person(id: AccountId, account: Option<&AccountRow>) -> Value {
    let (name, email) = account.map(|one| (one.name.as_str(), one.email.as_str())).unzip();
    json!({ "id": id.0, "name": name.unwrap_or_default(), "email": email.unwrap_or_default() })
}

/// The event of a booking.
pub(super) fn booked_event(row: &EventRow) -> Value {
    json!({
        "id": row.id, "name": row.title, "eventDate": iso_text(Wall(row.starts_at)),
        "seatCapacity": row.capacity, "availableSeats": row.available,
    })
}

/// A booking without its event and its person.
pub(super) fn booking(row: &BookingRow) -> Value {
    let status = if row.status == "cancelled" { "cancelled" } else { "confirmed" };
    json!({
        "bookingId": codes::name(row.event, &row.code), "eventId": row.event, "status": status,
        "createdAt": iso_text(Wall(row.at)), "cancelledAt": row.cancelled_at.map(|at| iso_text(Wall(at))),
    })
}

/// The same in a list, which has a number and says whose it is.
pub(super) fn listed(row: &BookingRow) -> Value {
    let mut shown = booking(row);
    let order = Uuid::parse_str(&row.order).unwrap_or_default();
    // The random end of the order's id, as large as a number of the client's can be.
    shown["id"] = ((order.as_u128() as u64) & ((1 << 53) - 1)).into();
    shown["userId"] = row.account.0.into();
    shown
}
