//! What must hold after every transaction, counted from the carts and orders themselves. It trusts
//! neither the sums nor the grid, and mends nothing.

use super::admin::FOR_TEAM;
use super::places::Place;
use super::state::{AreaCounts, Cart, Desk, Order, OrderStatus, SeatsState};
use super::{Seats, line};
use houseful_room::AccountId;
use std::collections::{BTreeMap, BTreeSet};

/// What carts and orders add up to.
struct Tally {
    seats: Vec<Place>,
    areas: BTreeMap<u32, (u32, u32)>,
    booked_by: BTreeMap<AccountId, u32>,
}

/// Says what does not hold.
pub(super) fn check(app: &Seats, state: &SeatsState) -> Result<(), String> {
    if state.event.get().is_none() {
        return Ok(());
    }
    let tally = tally(app, state)?;
    check_grid(state, &tally)?;
    check_areas(app, state, &tally)?;
    check_venue(state)?;
    line::check(app, state)?;
    check_people(state, &tally)?;
    check_desk(state)
}

fn tally(app: &Seats, state: &SeatsState) -> Result<Tally, String> {
    let seats = vec![Place::Available; app.hall.seats() as usize];
    let mut tally = Tally { seats, areas: BTreeMap::new(), booked_by: BTreeMap::new() };
    for (account, cart) in state.cart.iter() {
        check_cart(*account, cart)?;
        cart.seats.iter().try_for_each(|(seat, _)| tally.take(*seat, Place::Held))?;
        for (area, count, _) in &cart.areas {
            tally.areas.entry(*area).or_default().0 += count;
        }
    }
    for (id, order) in state.orders.iter().filter(|(_, o)| o.status == OrderStatus::Booked) {
        check_order(order)?;
        order.seats.iter().try_for_each(|(seat, _)| tally.take(*seat, Place::Booked))?;
        for (area, count, _) in &order.areas {
            tally.areas.entry(*area).or_default().1 += count;
        }
        let owner = state.owner_of(*id).ok_or_else(|| format!("order {id} is nobody's"))?;
        *tally.booked_by.entry(owner).or_default() += order.places();
    }
    Ok(tally)
}

impl Tally {
    fn take(&mut self, seat: u32, place: Place) -> Result<(), String> {
        let known = self.seats.get_mut(seat as usize);
        let known = known.ok_or_else(|| format!("seat {seat} is outside the hall"))?;
        if *known != Place::Available {
            return Err(format!("seat {seat} is {place:?} and {known:?}: sold twice"));
        }
        *known = place;
        Ok(())
    }
}

fn check_cart(account: AccountId, cart: &Cart) -> Result<(), String> {
    if cart.places() == 0 {
        return Err(format!("the cart of {account} is empty"));
    }
    if cart.total != super::state::total(&cart.seats, &cart.areas) {
        return Err(format!("the cart of {account} does not add up"));
    }
    Ok(())
}

fn check_order(order: &Order) -> Result<(), String> {
    if order.places() == 0 || order.total != super::state::total(&order.seats, &order.areas) {
        return Err(format!("order {} does not add up", order.code));
    }
    Ok(())
}

fn check_grid(state: &SeatsState, tally: &Tally) -> Result<(), String> {
    let mut blocked: u32 = state.areas.iter().map(|(_, counts)| counts.blocked).sum();
    let (mut held, mut booked) =
        tally.areas.values().fold((0, 0), |(held, booked), area| (held + area.0, booked + area.1));
    for (seat, expected) in (0..).zip(&tally.seats) {
        match (Place::of(&state.seats, seat), *expected) {
            (Some(Place::Blocked), Place::Available) => blocked += 1,
            (Some(Place::Held), Place::Held) => held += 1,
            (Some(Place::Booked), Place::Booked) => booked += 1,
            (Some(Place::Available), Place::Available) => {}
            (known, expected) => {
                return Err(format!("seat {seat} is {known:?} and should be {expected:?}"));
            }
        }
    }
    let sums = state.sums.get().copied().unwrap_or_default();
    if (sums.held, sums.booked, sums.blocked) != (held, booked, blocked) {
        return Err(format!("{sums:?}, but {held} held, {booked} booked, {blocked} blocked"));
    }
    Ok(())
}

fn check_areas(app: &Seats, state: &SeatsState, tally: &Tally) -> Result<(), String> {
    if state.areas.len() != app.hall.areas().len() {
        return Err("the areas are not those of the plan".to_owned());
    }
    for (area, counts) in state.areas.iter() {
        let AreaCounts { capacity, held, booked, blocked } = *counts;
        let (in_carts, in_orders) = tally.areas.get(area).copied().unwrap_or_default();
        if (held, booked) != (in_carts, in_orders) {
            return Err(format!("area {area} is {counts:?}; {in_carts} held, {in_orders} booked"));
        }
        if held + booked + blocked > capacity {
            return Err(format!("area {area} is over-full: {counts:?}"));
        }
    }
    Ok(())
}

fn check_people(state: &SeatsState, tally: &Tally) -> Result<(), String> {
    for (account, person) in state.people.iter() {
        let booked = tally.booked_by.get(account).copied().unwrap_or_default();
        if person.booked != booked {
            return Err(format!("account {account} booked {booked}, not {}", person.booked));
        }
    }
    let limit = state.sums.get().map_or(0, |sums| sums.limit_ever);
    for account in state.cart.iter().map(|(id, _)| id).chain(tally.booked_by.keys()) {
        let places = state.places_of(*account);
        let booked = tally.booked_by.get(account).copied().unwrap_or_default();
        if places > limit || state.person(*account).booked != booked {
            return Err(format!("account {account} has {places} places, {booked} booked; {limit}"));
        }
    }
    Ok(())
}

/// Where it is on the net is told to whoever has booked, and to nobody else.
fn check_venue(state: &SeatsState) -> Result<(), String> {
    let booked = state.people.iter().filter(|(_, person)| person.booked > 0);
    let booked: BTreeSet<AccountId> = booked.map(|(account, _)| *account).collect();
    let told = state.venue.iter().map(|(account, _)| *account).filter(|told| *told != FOR_TEAM);
    let told: BTreeSet<AccountId> = told.collect();
    let expected = if state.online().is_some() { booked } else { BTreeSet::new() };
    let same = state.venue.iter().all(|(_, venue)| Some(venue.online.as_str()) == state.online());
    match told == expected && same {
        true => Ok(()),
        false => Err("who is told where the event is on the net has not booked, or has".to_owned()),
    }
}

fn check_desk(state: &SeatsState) -> Result<(), String> {
    if state.desk.len() != state.cart.len() + state.orders.len() {
        return Err("the desk does not show all carts and orders".to_owned());
    }
    if state.codes.len() != state.orders.len() {
        return Err("two orders share a code".to_owned());
    }
    for (account, cart) in state.cart.iter() {
        let line = state.desk.get(&format!("c:{account}"));
        let same =
            |line: &Desk| line.until == Some(cart.until) && line.seats.len() == cart.seats.len();
        if !line.is_some_and(same) {
            return Err(format!("the desk shows another cart of {account}"));
        }
    }
    for (id, order) in state.orders.iter() {
        let line = state.desk.get(&format!("o:{id}"));
        let same = |line: &Desk| {
            line.status == Some(order.status) && line.seats.len() == order.seats.len()
        };
        if !line.is_some_and(same) || state.codes.get(&order.code) != Some(id) {
            return Err(format!("the desk shows another order {id}"));
        }
    }
    Ok(())
}
