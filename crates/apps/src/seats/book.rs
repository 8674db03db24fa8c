//! From cart to order, and back to the sale. An order is exactly what its cart held, at its prices; it
//! is never refused for what others do.

use super::cart::timer_key;
use super::commands::{CancelBody, named_once, reply};
use super::people::{self, runs_desk};
use super::places::Place;
use super::state::{Cart, Order, OrderStatus, Payment, PricedArea, PricedSeat, total};
use super::{Seats, SeatsTx, derived, refusal};
use houseful_room::buggify::{Point, buggify};
use houseful_room::{Audience, Caller, Refusal};
use serde::Serialize;
use uuid::Uuid;

/// No letter or digit that is mistaken for another, said or read: no 0, 1, I, L, O.
const CODE_ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const CODE_CHARS: usize = 8;

#[derive(Serialize)]
struct Booked<'a> {
    order: Uuid,
    code: &'a str,
    seats: &'a [PricedSeat],
    areas: &'a [PricedArea],
    total: i64,
}

#[derive(Serialize)]
struct Cancelled {
    order: Uuid,
    status: OrderStatus,
}

/// Decides `book`.
pub(super) fn book(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    payment: Payment,
) -> Result<String, Refusal> {
    let cart = tx.state.cart.get(&by.account).ok_or_else(refusal::nothing_held)?;
    if payment == Payment::Free && cart.total != 0 {
        return Err(refusal::payment_not_possible());
    }
    let Cart { seats, areas, .. } =
        tx.state.take_cart(by.account).ok_or_else(refusal::nothing_held)?;
    tx.cancel(&timer_key(by.account));
    from_cart(tx, &seats, &areas);
    order(app, tx, by, payment, (seats, areas))
}

/// Moves what a cart held to what is booked.
pub(super) fn from_cart(tx: &mut SeatsTx<'_>, seats: &[PricedSeat], areas: &[PricedArea]) {
    tx.state.move_seats(seats.iter().map(|(seat, _)| *seat), Place::Held, Place::Booked);
    for (area, count, _) in areas {
        tx.state.move_area(*area, *count, Place::Held, Place::Booked);
    }
}

/// Places that are booked become an order.
pub(super) fn order(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    payment: Payment,
    (seats, areas): (Vec<PricedSeat>, Vec<PricedArea>),
) -> Result<String, Refusal> {
    let id = tx.uuid();
    let code = new_code(tx);
    let order = Order {
        code: code.clone(),
        total: total(&seats, &areas),
        seats,
        areas,
        payment,
        status: OrderStatus::Booked,
        at: tx.now(),
        cancelled_at: None,
    };
    let mut person = tx.state.person(by.account);
    person.booked += order.places();
    (person.lapses, person.past) = (0, None);
    tx.state.put_person(by.account, person);
    let answer = reply(&Booked {
        order: id,
        code: &code,
        seats: &order.seats,
        areas: &order.areas,
        total: order.total,
    })?;
    tx.state.codes.put(code, Audience::Nobody, id);
    tx.state.put_order(id, by.account, order);
    derived::order_now(app, tx, id);
    people::tell_venue(tx, by.account);
    people::has_come(app, tx, by.account);
    tx.sum_up();
    Ok(answer)
}

/// A code that no other order of this room has.
fn new_code(tx: &mut SeatsTx<'_>) -> String {
    loop {
        let mut random = tx.random();
        let mut code = String::from("BK-");
        for _ in 0..CODE_CHARS {
            let letters = CODE_ALPHABET.len() as u64;
            code.push(char::from(CODE_ALPHABET[(random % letters) as usize]));
            random /= letters;
        }
        if tx.state.codes.get(&code).is_none() && !buggify(Point::CodeTaken) {
            return code;
        }
    }
}

/// Decides `cancel`: an order's owner until the start, the staff at any time.
pub(super) fn cancel(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    ask: &CancelBody,
) -> Result<String, Refusal> {
    let owner = tx.state.owner_of(ask.order).ok_or_else(refusal::no_such_order)?;
    if owner != by.account && !runs_desk(by.role) {
        return Err(refusal::no_such_order());
    }
    let mut order = tx.state.orders.get(&ask.order).cloned().ok_or_else(refusal::no_such_order)?;
    if order.status == OrderStatus::Cancelled {
        return Err(refusal::already_cancelled());
    }
    let starts_at = tx.state.event.get().map(|event| event.starts_at);
    if !runs_desk(by.role) && starts_at.is_none_or(|starts_at| tx.now() >= starts_at) {
        return Err(refusal::past_start());
    }
    let (before, seats) = (order.places(), seats_to_cancel(&order, ask)?);
    let is_all = ask.seats.is_none() || seats.len() as u32 == before;
    tx.state.move_seats(seats.iter().copied(), Place::Booked, Place::Available);
    if is_all {
        for (area, count, _) in &order.areas {
            tx.state.move_area(*area, *count, Place::Booked, Place::Available);
        }
        (order.status, order.cancelled_at) = (OrderStatus::Cancelled, Some(tx.now()));
    } else {
        order.seats.retain(|(seat, _)| !seats.contains(seat));
        order.total = total(&order.seats, &order.areas);
        derived::seats_gone(tx, ask.order, &seats);
    }
    let mut person = tx.state.person(owner);
    let freed = if is_all { before } else { seats.len() as u32 };
    debug_assert!(person.booked >= freed, "account {owner} gives back more than it booked");
    person.booked = person.booked.saturating_sub(freed);
    tx.state.put_person(owner, person);
    let answer = reply(&Cancelled { order: ask.order, status: order.status })?;
    tx.state.put_order(ask.order, owner, order);
    derived::order_now(app, tx, ask.order);
    people::tell_venue(tx, owner);
    people::has_left(app, tx, owner);
    tx.sum_up();
    Ok(answer)
}

/// The seats to give back: those named, or all.
fn seats_to_cancel(order: &Order, ask: &CancelBody) -> Result<Vec<u32>, Refusal> {
    let all = order.seats.iter().map(|(seat, _)| *seat);
    let Some(named) = &ask.seats else { return Ok(all.collect()) };
    if named.is_empty() {
        return Err(refusal::invalid("seats", "name at least one seat, or leave it out for all"));
    }
    named_once(named)?;
    let is_of_order = |seat: &u32| order.seats.iter().any(|(of, _)| of == seat);
    let others: Vec<u32> = named.iter().copied().filter(|seat| !is_of_order(seat)).collect();
    if others.is_empty() { Ok(named.clone()) } else { Err(refusal::not_of_order(&others)) }
}
