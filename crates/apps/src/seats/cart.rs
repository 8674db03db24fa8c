//! What happens to a cart once it is there: places given back, more time, the end of its time. A cart
//! without places does not exist.

use super::commands::{Named, reply};
use super::cooldown::Past;
use super::places::Place;
use super::state::{AreaCount, Cart, Expired};
use super::{Seats, SeatsTx, refusal};
use houseful_room::{AccountId, Audience, Caller, Refusal};

/// How often a person may have the full time again.
const RENEWALS_MAX: u32 = 10;
const TIMER: &str = "cart/";

/// The key of the timer that ends a person's cart.
pub(super) fn timer_key(account: AccountId) -> String {
    format!("{TIMER}{account}")
}

/// Decides `release`.
pub(super) fn release(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    named: &Named,
) -> Result<String, Refusal> {
    if named.is_all() {
        let cart = tx.state.cart.get(&by.account).cloned().ok_or_else(refusal::nothing_held)?;
        give_back(tx, by.account, &cart);
        return Ok("null".to_owned());
    }
    let (seats, areas) = named.read(app)?;
    let mut cart = tx.state.cart.get(&by.account).cloned().ok_or_else(refusal::nothing_held)?;
    must_hold(app, &cart, seats, areas)?;
    if seats.len() as u32 + areas.iter().map(|(_, count)| count).sum::<u32>() == cart.places() {
        give_back(tx, by.account, &cart);
        return Ok("null".to_owned());
    }
    cart.seats.retain(|(seat, _)| !seats.contains(seat));
    tx.state.move_seats(seats.iter().copied(), Place::Held, Place::Available);
    for &(area, count) in areas {
        cart.give_back_of(area, count);
        tx.state.move_area(area, count, Place::Held, Place::Available);
    }
    cart.add_up();
    let answer = reply(&cart)?;
    tx.state.put_cart(by.account, cart);
    tx.sum_up();
    Ok(answer)
}

fn must_hold(app: &Seats, cart: &Cart, seats: &[u32], areas: &[AreaCount]) -> Result<(), Refusal> {
    let holds = |seat: &u32| cart.seats.iter().any(|(held, _)| held == seat);
    let others: Vec<u32> = seats.iter().copied().filter(|seat| !holds(seat)).collect();
    if !others.is_empty() {
        return Err(refusal::not_held(&app.hall, &others));
    }
    for (area, count) in areas {
        let held = cart.areas.iter().filter(|(held, ..)| held == area);
        if held.map(|(_, held, _)| held).sum::<u32>() < *count {
            return Err(refusal::area_not_held(app.area_name(*area), *area));
        }
    }
    Ok(())
}

impl Cart {
    /// Gives back places of an area, those that were held last first.
    fn give_back_of(&mut self, area: u32, count: u32) {
        let mut rest = count;
        for (held_area, held, _) in self.areas.iter_mut().rev() {
            if *held_area == area {
                let back = rest.min(*held);
                *held -= back;
                rest -= back;
            }
        }
        debug_assert_eq!(rest, 0, "more of area {area} given back than held");
        self.areas.retain(|(_, held, _)| *held > 0);
    }
}

/// The whole cart, of its holder's own will.
fn give_back(tx: &mut SeatsTx<'_>, account: AccountId, cart: &Cart) {
    let now = tx.now();
    let hold_ms = tx.state.event.get().map_or(0, |event| event.hold_ms);
    let past = Past::given_back(cart.until, cart.renewals, now, hold_ms);
    end(tx, account, past);
}

/// A cart ends without a booking: everything in it is available again.
fn end(tx: &mut SeatsTx<'_>, account: AccountId, past: Past) {
    let Some(cart) = tx.state.take_cart(account) else { return };
    tx.cancel(&timer_key(account));
    let seats = cart.seats.iter().map(|(seat, _)| *seat);
    tx.state.move_seats(seats, Place::Held, Place::Available);
    for (area, count, _) in &cart.areas {
        tx.state.move_area(*area, *count, Place::Held, Place::Available);
    }
    let mut person = tx.state.person(account);
    person.past = Some(past);
    tx.state.put_person(account, person);
    tx.sum_up();
}

/// Everyone's cart ends, and each is told what was in it.
pub(super) fn end_all(tx: &mut SeatsTx<'_>) {
    let now = tx.now();
    let accounts: Vec<AccountId> = tx.state.cart.iter().map(|(account, _)| *account).collect();
    for account in accounts {
        tell_expired(tx, account);
        // It is not their doing, so it counts for nothing.
        end(tx, account, Past { counts: false, ..Past::ran_out(now) });
    }
}

fn tell_expired(tx: &mut SeatsTx<'_>, account: AccountId) {
    let Some(cart) = tx.state.cart.get(&account) else { return };
    let seats = cart.seats.iter().map(|(seat, _)| *seat).collect();
    let areas = cart.areas.iter().map(|(area, count, _)| (*area, *count)).collect();
    tx.state.expired.send(Audience::Member(account), Expired { seats, areas });
}

/// Decides `renew`: the full time again, from now.
pub(super) fn renew(tx: &mut SeatsTx<'_>, by: &Caller) -> Result<String, Refusal> {
    let mut cart = tx.state.cart.get(&by.account).cloned().ok_or_else(refusal::nothing_held)?;
    let event = tx.state.event.get().ok_or_else(refusal::no_such_room)?;
    if tx.now() >= event.starts_at {
        return Err(refusal::sale_closed());
    }
    if cart.renewals >= RENEWALS_MAX {
        return Err(refusal::renewed_too_often());
    }
    let hold_ms = event.hold_ms;
    cart.renewals += 1;
    cart.until = tx.now().plus_ms(hold_ms);
    tx.after(&timer_key(by.account), hold_ms);
    let answer = reply(&cart)?;
    tx.state.put_cart(by.account, cart);
    Ok(answer)
}

/// The time of a cart is over.
pub(super) fn expire(tx: &mut SeatsTx<'_>, key: &str) {
    let account = key.strip_prefix(TIMER).and_then(|account| account.parse().ok());
    if let Some(account) = account {
        let (now, account) = (tx.now(), AccountId(account));
        tell_expired(tx, account);
        end(tx, account, Past::ran_out(now));
    }
}

/// The room was recovered and timers run in full again: tells everyone their new time.
pub(super) fn promise_anew(app: &Seats, tx: &mut SeatsTx<'_>) {
    let hold_ms = tx.state.event.get().map_or(app.config.hold_ms, |event| event.hold_ms);
    let carts: Vec<(AccountId, Cart)> =
        tx.state.cart.iter().map(|(account, cart)| (*account, cart.clone())).collect();
    for (account, mut cart) in carts {
        let key = timer_key(account);
        let until = tx.due(&key).unwrap_or_else(|| {
            // A cart without a timer would never end.
            tx.after(&key, hold_ms);
            tx.now().plus_ms(hold_ms)
        });
        if cart.until != until {
            cart.until = until;
            tx.state.put_cart(account, cart);
        }
    }
}
