//! The rows of `events`, `event_people`, `orders`, `order_places`, `offers` and `arrivals` that a sale implies.
//! Columns are the store's; a row is always written whole.

use super::checkin::Arrival;
use super::facts::Event;
use super::line::Waiting;
use super::state::{Order, OrderStatus, SeatsState};
use super::{Seats, SeatsTx};
use houseful_room::{AccountId, DerivedRow, Value, Wall};
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

const EVENTS: &str = "events";
const EVENT_PEOPLE: &str = "event_people";
const OFFERS: &str = "offers";
const ORDERS: &str = "orders";
const ORDER_PLACES: &str = "order_places";
const ARRIVALS: &str = "arrivals";

/// Writes an order's row and its places as they are now.
pub(super) fn order_now(app: &Seats, tx: &mut SeatsTx<'_>, id: Uuid) {
    let (Some(order), Some(account)) = (tx.state.orders.get(&id), tx.state.owner_of(id)) else {
        return;
    };
    let Some(event) = tx.state.event.get() else { return };
    for row in order_rows(app, event, id, account, order) {
        tx.derive(row);
    }
}

/// Seats that an order no longer has.
pub(super) fn seats_gone(tx: &mut SeatsTx<'_>, id: Uuid, seats: &[u32]) {
    for &seat in seats {
        tx.derive(DerivedRow {
            table: ORDER_PLACES,
            key: place_key(id, i64::from(seat)),
            set: None,
        });
    }
}

/// Every row that a state implies.
pub(super) fn all(app: &Seats, state: &SeatsState) -> Vec<DerivedRow> {
    let mut rows: Vec<DerivedRow> = event(app, state).into_iter().collect();
    rows.extend(known(state).into_iter().map(|account| person(app, state, account)));
    rows.extend(state.queue.iter().map(|(account, one)| offer(app, *account, Some(one))));
    rows.retain(|row| row.set.is_some());
    rows.extend(state.arrivals.iter().map(|(key, came)| arrival(app, key, came)));
    let Some(event) = state.event.get() else { return rows };
    for (id, order) in state.orders.iter() {
        if let Some(account) = state.owner_of(*id) {
            rows.extend(order_rows(app, event, *id, account, order));
        }
    }
    rows
}

/// Writes by what somebody sees the event, or that they are nobody here.
pub(super) fn person_now(app: &Seats, tx: &mut SeatsTx<'_>, account: AccountId) {
    let row = person(app, tx.state, account);
    tx.derive(row);
}

/// The same for everyone, when it is another event that is to be seen.
pub(super) fn people_now(app: &Seats, tx: &mut SeatsTx<'_>) {
    known(tx.state).into_iter().for_each(|account| person_now(app, tx, account));
}

/// Writes what is offered to somebody now, or that nothing is.
pub(super) fn offer_now(app: &Seats, tx: &mut SeatsTx<'_>, account: AccountId) {
    let row = offer(app, account, tx.state.queue.get(&account));
    tx.derive(row);
}

/// One stands in line but once at a moment, and one stay gets one offer: by `since` it is told from others.
fn offer(app: &Seats, account: AccountId, waiting: Option<&Waiting>) -> DerivedRow {
    let event = app.config.event_id as i64;
    let key = vec![("account_id", (account.0 as i64).into()), ("event_id", event.into())];
    let offered = waiting.and_then(|one| Some((one.at, one.offer?)));
    let set = offered.map(|(since, offer)| {
        vec![
            ("since", since.0.into()),
            ("count", i64::from(offer.count).into()),
            ("until", offer.until.0.into()),
        ]
    });
    DerivedRow { table: OFFERS, key, set }
}

/// Everyone whom the event knows beforehand, or who has booked.
fn known(state: &SeatsState) -> BTreeSet<AccountId> {
    let named = state.team.iter().map(|(account, _)| account);
    let named = named.chain(state.invited.iter().map(|(account, _)| account));
    let booked = state.people.iter().filter(|(_, person)| person.booked > 0);
    named.chain(booked.map(|(account, _)| account)).copied().collect()
}

fn person(app: &Seats, state: &SeatsState, account: AccountId) -> DerivedRow {
    let is_closed = state.event.get().is_some_and(|event| event.visibility.is_closed());
    let has_booked = is_closed && state.person(account).booked > 0;
    let role = match state.team.get(&account) {
        Some(teammate) => Some(teammate.role.as_str()),
        None if has_booked => Some("booked"),
        None => state.invited.get(&account).map(|_| "invited"),
    };
    let event = app.config.event_id as i64;
    let key = vec![("account_id", (account.0 as i64).into()), ("event_id", event.into())];
    DerivedRow { table: EVENT_PEOPLE, key, set: role.map(|role| vec![("role", role.into())]) }
}

/// The row of somebody who came in. `key` is the order's id and the place.
pub(super) fn arrival(app: &Seats, key: &str, arrival: &Arrival) -> DerivedRow {
    let (order, place) = key.split_once('/').unwrap_or((key, ""));
    let event = app.config.event_id as i64;
    let key = vec![("order_id", order.into()), ("place", place.into())];
    let set = vec![("event_id", event.into()), ("at", arrival.at.0.into())];
    DerivedRow { table: ARRIVALS, key, set: Some(set) }
}

/// The event's row as it is now; a deleted one has none.
pub(super) fn event(app: &Seats, state: &SeatsState) -> Option<DerivedRow> {
    let event = state.event.get()?;
    let id = app.config.event_id as i64;
    let key = vec![("id", id.into())];
    if state.is_deleted() {
        return Some(DerivedRow { table: EVENTS, key, set: None });
    }
    let sums = state.sums.get().copied().unwrap_or_default();
    let (capacity, available) = (state.capacity(app), state.available(app));
    let text = |text: Option<&str>| text.map_or(Value::Null, Value::from);
    let number = |wall: Option<Wall>| wall.map_or(Value::Null, |wall| wall.0.into());
    let set = vec![
        ("path", format!("events/{id}/seats").into()),
        ("title", event.title.as_str().into()),
        ("description", event.description.as_str().into()),
        ("starts_at", event.starts_at.0.into()),
        ("time_zone", event.time_zone.as_str().into()),
        ("place", event.place.as_str().into()),
        ("currency", event.currency.as_str().into()),
        ("status", event.status.as_str().into()),
        ("plan_id", event.plan_id.as_str().into()),
        ("owner", (app.config.owner.0 as i64).into()),
        ("limit_per_person", i64::from(event.limit_per_person).into()),
        ("hold_ms", (event.hold_ms as i64).into()),
        ("prices", serde_json::to_string(&event.prices).unwrap_or_default().into()),
        ("capacity", i64::from(capacity).into()),
        ("available", i64::from(available).into()),
        ("held", i64::from(sums.held).into()),
        ("booked", i64::from(sums.booked).into()),
        ("from_price", from_price(app, event)),
        ("ends_at", number(event.ends_at)),
        ("visibility", event.visibility.as_str().into()),
        ("category", event.category.as_str().into()),
        ("picture", text(event.picture.as_deref())),
        ("cancelled_reason", text(event.cancelled_reason.as_deref())),
        ("online", text(state.online())),
        ("rescheduled_from", number(event.rescheduled.map(|moved| moved.from))),
        ("reminders", json(event.reminders.as_ref())),
        ("booking_mail", json(state.mailing.get())),
    ];
    Some(DerivedRow { table: EVENTS, key, set: Some(set) })
}

/// Something as JSON, if it is there.
fn json(value: Option<&impl Serialize>) -> Value {
    let text = value.and_then(|value| serde_json::to_string(value).ok());
    text.map_or(Value::Null, Value::from)
}

/// The lowest price of a zone where somebody fits.
fn from_price(app: &Seats, event: &Event) -> Value {
    let prices = app.hall.zones_in_use().iter().map(|zone| event.price(zone));
    prices.min().map_or(Value::Null, Value::Int)
}

fn order_rows(
    app: &Seats,
    event: &Event,
    id: Uuid,
    account: AccountId,
    order: &Order,
) -> Vec<DerivedRow> {
    let set = vec![
        ("code", order.code.as_str().into()),
        ("event_id", (app.config.event_id as i64).into()),
        ("total", order.total.into()),
        ("currency", event.currency.as_str().into()),
        ("payment", order.payment.as_str().into()),
        ("status", order.status.as_str().into()),
        ("at", order.at.0.into()),
        ("cancelled_at", order.cancelled_at.map_or(Value::Null, |at| at.0.into())),
    ];
    let key = vec![("account_id", (account.0 as i64).into()), ("id", id.to_string().into())];
    let mut rows = vec![DerivedRow { table: ORDERS, key, set: Some(set) }];
    for &(seat, price) in &order.seats {
        let label = app.hall.label(seat).to_string();
        let place =
            Placed { no: i64::from(seat), seat: Some(seat), area: None, count: 1, price, label };
        rows.push(place.row(app, id, order.status));
    }
    // Places are numbered like the plan's seats and then on, so that cancelling one renumbers none.
    for (no, &(area, count, price)) in (i64::from(app.hall.seats())..).zip(&order.areas) {
        let label = app.area_name(area).to_owned();
        let price = price * i64::from(count);
        let place = Placed { no, seat: None, area: Some(area), count, price, label };
        rows.push(place.row(app, id, order.status));
    }
    rows
}

/// A line of an order; the price is for all of its count.
struct Placed {
    no: i64,
    seat: Option<u32>,
    area: Option<u32>,
    count: u32,
    price: i64,
    label: String,
}

impl Placed {
    fn row(self, app: &Seats, order: Uuid, status: OrderStatus) -> DerivedRow {
        let number =
            |index: Option<u32>| index.map_or(Value::Null, |index| i64::from(index).into());
        let set = vec![
            ("event_id", (app.config.event_id as i64).into()),
            ("seat", number(self.seat)),
            ("area", number(self.area)),
            ("count", i64::from(self.count).into()),
            ("price", self.price.into()),
            ("label", self.label.into()),
            ("status", status.as_str().into()),
        ];
        DerivedRow { table: ORDER_PLACES, key: place_key(order, self.no), set: Some(set) }
    }
}

fn place_key(order: Uuid, no: i64) -> Vec<houseful_room::Column> {
    vec![("order_id", order.to_string().into()), ("place_no", no.into())]
}
