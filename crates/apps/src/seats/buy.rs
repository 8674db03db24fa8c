//! `buy`: places from the sale into an order in one transaction, all that is asked for or nothing, by the very
//! rules of `hold` and `book`. What its buyer holds already is theirs to buy, and no cart lasts beyond it.

use super::cart::timer_key;
use super::commands::{BuyBody, HoldBody};
use super::hold::{Granted, Hold, grant, must_be_on_sale, take};
use super::places::Place;
use super::state::{AreaCount, Cart, Payment, PricedArea, PricedSeat, SeatsState, total};
use super::{Seats, SeatsTx, book, line, refusal};
use houseful_room::{Caller, Refusal};

/// What of a cart is bought.
#[derive(Default)]
struct Own {
    seats: Vec<PricedSeat>,
    areas: Vec<PricedArea>,
}

/// Decides `buy`.
pub(super) fn buy(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    ask: BuyBody,
) -> Result<String, Refusal> {
    let (payment, once) = (ask.payment, ask.once);
    let asked = Asked::read(ask)?;
    if once && tx.state.person(by.account).booked > 0 {
        return Err(refusal::already_booked());
    }
    let cart = tx.state.cart.get(&by.account).cloned();
    let (own, rest) = asked.split(app, tx, cart.as_ref())?;
    let granted = match rest {
        Some(rest) => grant(app, tx, by, &rest)?,
        None => Granted { started: None, seats: Vec::new(), areas: Vec::new() },
    };
    let (mut seats, mut areas) = (granted.seats.clone(), granted.areas.clone());
    seats.extend(&own.seats);
    areas.extend(&own.areas);
    if payment == Payment::Free && total(&seats, &areas) != 0 {
        return Err(refusal::payment_not_possible());
    }
    if let Some(cart) = cart {
        take_from_cart(tx, by, cart, &own);
    }
    take_from_sale(app, tx, by, &granted);
    book::order(app, tx, by, payment, (seats, areas))
}

/// What is asked for, well-formed.
enum Asked {
    These(Hold),
    First(u32),
}

impl Asked {
    fn read(ask: BuyBody) -> Result<Asked, Refusal> {
        let BuyBody { seats, areas, best, first, .. } = ask;
        match first {
            Some(0) => Err(refusal::invalid("first", "ask for at least one place")),
            Some(_) if seats.is_some() || areas.is_some() || best.is_some() => {
                Err(refusal::invalid("first", "name places or ask for the first, not both"))
            }
            Some(count) => Ok(Asked::First(count)),
            None => Hold::read(HoldBody { seats, areas, best }).map(Asked::These),
        }
    }

    /// What of it is in the buyer's cart, and what is still to be had.
    fn split(
        self,
        app: &Seats,
        tx: &SeatsTx<'_>,
        cart: Option<&Cart>,
    ) -> Result<(Own, Option<Hold>), Refusal> {
        match self {
            Asked::These(hold) => {
                let own = cart.map(|cart| cart.part(hold.named(), hold.areas()));
                let own = own.unwrap_or_default();
                let seats: Vec<u32> = own.seats.iter().map(|(seat, _)| *seat).collect();
                let rest = hold.beyond(&seats, &own.areas);
                Ok((own, rest))
            }
            Asked::First(count) => {
                let own = cart.map(|cart| cart.first(count)).unwrap_or_default();
                match count - own.places() {
                    0 => Ok((own, None)),
                    left => {
                        must_be_on_sale(tx)?;
                        Ok((own, Some(find_first(app, tx.state, left)?)))
                    }
                }
            }
        }
    }
}

/// The first places that are left: seats in the plan's order, then areas, and last the seats that are
/// kept for wheelchairs and who comes with them.
fn find_first(app: &Seats, state: &SeatsState, count: u32) -> Result<Hold, Refusal> {
    app.stale.look(&state.seats);
    let (mut seats, mut areas, mut left) = (Vec::new(), Vec::new(), count);
    let is_kept = |seat: &u32| {
        let attributes = app.hall.attributes(*seat);
        attributes.is_accessible() || attributes.is_companion()
    };
    let is_free = |seat: &u32| app.stale.place_of(&state.seats, *seat) == Some(Place::Available);
    let free = || (0..app.hall.seats()).filter(is_free);
    seats.extend(free().filter(|seat| !is_kept(seat)).take(left as usize));
    left -= seats.len() as u32;
    for (area, counts) in state.areas.iter() {
        let some = counts.available().min(left);
        if some > 0 {
            areas.push((*area, some));
        }
        left -= some;
    }
    let kept: Vec<u32> = free().filter(is_kept).take(left as usize).collect();
    left -= kept.len() as u32;
    seats.extend(kept);
    match left {
        0 => Ok(Hold::found(seats, areas)),
        left => Err(refusal::not_enough_anywhere(count - left)),
    }
}

impl Own {
    fn places(&self) -> u32 {
        let areas: u32 = self.areas.iter().map(|(_, count, _)| count).sum();
        self.seats.len() as u32 + areas
    }
}

impl Cart {
    /// What of these is in the cart, at the price it was held for.
    fn part(&self, seats: &[u32], areas: &[AreaCount]) -> Own {
        let is_named = |(seat, _): &&PricedSeat| seats.contains(seat);
        let mut own =
            Own { seats: self.seats.iter().filter(is_named).copied().collect(), ..Own::default() };
        for (area, count) in areas {
            let of_area = self.areas.iter().filter(|(held, ..)| held == area);
            own.take_areas(of_area, *count);
        }
        own
    }

    /// The first places of the cart.
    fn first(&self, count: u32) -> Own {
        let seats: Vec<PricedSeat> = self.seats.iter().take(count as usize).copied().collect();
        let left = count - seats.len() as u32;
        let mut own = Own { seats, ..Own::default() };
        own.take_areas(self.areas.iter(), left);
        own
    }
}

impl Own {
    /// As many of these places as are asked for; those held longest first.
    fn take_areas<'a>(&mut self, held: impl Iterator<Item = &'a PricedArea>, count: u32) {
        let mut left = count;
        for &(area, held, price) in held {
            let some = held.min(left);
            if some > 0 {
                self.areas.push((area, some, price));
            }
            left -= some;
        }
    }
}

/// What is bought leaves the cart; what else is in it stays until its time is over.
fn take_from_cart(tx: &mut SeatsTx<'_>, by: &Caller, mut cart: Cart, own: &Own) {
    if own.places() == 0 {
        return;
    }
    book::from_cart(tx, &own.seats, &own.areas);
    cart.seats.retain(|seat| !own.seats.contains(seat));
    for (area, some, price) in &own.areas {
        let line = cart.areas.iter_mut().find(|(of, _, at)| (of, at) == (area, price));
        if let Some((_, count, _)) = line {
            *count -= some;
        }
    }
    cart.areas.retain(|(_, count, _)| *count > 0);
    cart.add_up();
    if cart.places() == 0 {
        tx.state.take_cart(by.account);
        tx.cancel(&timer_key(by.account));
    } else {
        tx.state.put_cart(by.account, cart);
    }
}

/// What is bought leaves the sale. It counts as a cart that was started, and ends the wait in the line.
fn take_from_sale(app: &Seats, tx: &mut SeatsTx<'_>, by: &Caller, granted: &Granted) {
    if let Some((_, forgotten)) = granted.started {
        let mut person = tx.state.person(by.account);
        person.starts = Some(forgotten);
        tx.state.put_person(by.account, person);
    }
    take(tx, &granted.seats, &granted.areas, Place::Booked);
    let took = !granted.seats.is_empty() || !granted.areas.is_empty();
    if took && line::leave(app, tx, by.account) {
        line::settle(app, tx);
    }
}
