//! `hold`: seats and places into a cart, all that is asked for or nothing. Everything is checked on the
//! very state that is then written.

use super::commands::{HoldBody, areas_named_once, named_once, reply};
use super::cooldown::{self, Start};
use super::facts::{Event, Status};
use super::offer::{Best, RowPicture, alternatives, best};
use super::people::runs_desk;
use super::picture::may_take;
use super::places::Place;
use super::state::{AreaCount, Cart, PricedArea, PricedSeat, SeatsState};
use super::{Seats, SeatsTx, cart, line, refusal};
use houseful_room::planted::{self, Bug};
use houseful_room::{AccountId, Caller, Refusal, Wall};
use std::collections::BTreeMap;

/// What is asked for, well-formed.
pub(super) struct Hold {
    seats: Seating,
    areas: Vec<AreaCount>,
}

enum Seating {
    Named(Vec<u32>),
    Best(Best),
    /// These, whoever is left alone beside them.
    Found(Vec<u32>),
}

impl Hold {
    /// What was found free already.
    pub(super) fn found(seats: Vec<u32>, areas: Vec<AreaCount>) -> Hold {
        Hold { seats: Seating::Found(seats), areas }
    }

    /// The same without what somebody holds already; nothing if that is all of it.
    pub(super) fn beyond(self, seats: &[u32], areas: &[PricedArea]) -> Option<Hold> {
        let Hold { seats: asked, areas: mut left } = self;
        for (area, held, _) in areas {
            left.iter_mut().filter(|(of, _)| of == area).for_each(|(_, count)| *count -= held);
        }
        left.retain(|(_, count)| *count > 0);
        let asked = match asked {
            Seating::Named(named) => {
                Seating::Named(named.into_iter().filter(|seat| !seats.contains(seat)).collect())
            }
            other => other,
        };
        let rest = Hold { seats: asked, areas: left };
        (rest.places() > 0).then_some(rest)
    }

    /// The seats that are named.
    pub(super) fn named(&self) -> &[u32] {
        match &self.seats {
            Seating::Named(seats) => seats,
            Seating::Best(_) | Seating::Found(_) => &[],
        }
    }

    /// Areas, and how many places of each.
    pub(super) fn areas(&self) -> &[AreaCount] {
        &self.areas
    }

    pub(super) fn read(body: HoldBody) -> Result<Hold, Refusal> {
        let areas = body.areas.unwrap_or_default();
        areas_named_once(&areas)?;
        let seats = match (body.seats.unwrap_or_default(), body.best) {
            (seats, Some(_)) if !seats.is_empty() => {
                return Err(refusal::invalid("best", "name seats or ask for the best, not both"));
            }
            (_, Some(best)) if best.count == 0 => {
                return Err(refusal::invalid("best.count", "ask for at least one seat"));
            }
            (_, Some(best)) => Seating::Best(best),
            (seats, None) if seats.is_empty() && areas.is_empty() => {
                return Err(refusal::invalid("seats", "ask for at least one place"));
            }
            (seats, None) => Seating::Named(seats),
        };
        if let Seating::Named(seats) = &seats {
            named_once(seats)?;
        }
        Ok(Hold { seats, areas })
    }

    fn places(&self) -> u64 {
        let seats = match &self.seats {
            Seating::Named(seats) | Seating::Found(seats) => seats.len() as u64,
            Seating::Best(best) => u64::from(best.count),
        };
        seats + self.areas.iter().map(|(_, count)| u64::from(*count)).sum::<u64>()
    }
}

/// Decides a hold.
pub(super) fn hold(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    ask: &Hold,
) -> Result<String, Refusal> {
    let Granted { started, seats, areas } = grant(app, tx, by, ask)?;
    let mut cart = match started {
        Some((start, forgotten)) => begin(tx, by.account, start, forgotten),
        None => tx.state.cart.get(&by.account).cloned().ok_or_else(refusal::nothing_held)?,
    };
    take(tx, &seats, &areas, Place::Held);
    cart.add(seats, areas);
    let answer = reply(&cart)?;
    tx.state.put_cart(by.account, cart);
    if line::leave(app, tx, by.account) {
        line::settle(app, tx);
    }
    tx.sum_up();
    Ok(answer)
}

/// Places that somebody may take, at the prices of now.
pub(super) struct Granted {
    /// How their cart starts, and when it and all before will be forgotten; nothing if they have one.
    pub(super) started: Option<(Start, Wall)>,
    pub(super) seats: Vec<PricedSeat>,
    pub(super) areas: Vec<PricedArea>,
}

/// Whether somebody may take what they ask for, by every rule there is. Nothing is written.
pub(super) fn grant(
    app: &Seats,
    tx: &SeatsTx<'_>,
    by: &Caller,
    ask: &Hold,
) -> Result<Granted, Refusal> {
    let event = must_be_on_sale(tx)?;
    app.must_have(ask.named(), &ask.areas)?;
    must_be_within_limit(tx.state, by.account, event, ask.places())?;
    let started = start(app, tx.state, by.account, tx.now(), event)?;
    let seats = seats_to_hold(app, tx.state, by, &ask.seats)?;
    must_be_left(app, tx.state, &ask.areas)?;
    line::must_be_theirs(app, tx.state, by.account, ask.places())?;
    let (seats, areas) = priced(app, event, &seats, &ask.areas);
    Ok(Granted { started, seats, areas })
}

/// The event, if it still sells.
pub(super) fn must_be_on_sale<'a>(tx: &'a SeatsTx<'_>) -> Result<&'a Event, Refusal> {
    let event = tx.state.event.get().ok_or_else(refusal::no_such_room)?;
    if event.status == Status::Cancelled && !planted::on(Bug::CancelledSold) {
        return Err(refusal::event_cancelled());
    }
    match tx.now() >= event.starts_at {
        true => Err(refusal::sale_closed()),
        false => Ok(event),
    }
}

/// Moves what was granted out of the sale.
pub(super) fn take(tx: &mut SeatsTx<'_>, seats: &[PricedSeat], areas: &[PricedArea], to: Place) {
    tx.state.move_seats(seats.iter().map(|(seat, _)| *seat), Place::Available, to);
    for (area, count, _) in areas {
        tx.state.move_area(*area, *count, Place::Available, to);
    }
}

/// The seats that are named, if they may be taken, or the best.
fn seats_to_hold(
    app: &Seats,
    state: &SeatsState,
    by: &Caller,
    asked: &Seating,
) -> Result<Vec<u32>, Refusal> {
    app.stale.look(&state.seats);
    match asked {
        Seating::Named(seats) => {
            must_be_available(app, state, seats)?;
            if !runs_desk(by.role) {
                must_leave_nobody_alone(app, state, seats)?;
            }
            Ok(seats.clone())
        }
        Seating::Found(seats) => Ok(seats.clone()),
        Seating::Best(asked) => find_best(app, state, asked),
    }
}

fn must_be_within_limit(
    state: &SeatsState,
    account: AccountId,
    event: &Event,
    more: u64,
) -> Result<(), Refusal> {
    let (limit, have) = (event.limit_per_person, state.places_of(account));
    if u64::from(have) + more > u64::from(limit) && !planted::on(Bug::LimitIgnored) {
        return Err(refusal::limit_exceeded(limit, have));
    }
    Ok(())
}

/// How a new cart starts, and when it and all before will be forgotten; nothing if there is one already.
fn start(
    app: &Seats,
    state: &SeatsState,
    account: AccountId,
    now: Wall,
    event: &Event,
) -> Result<Option<(Start, Wall)>, Refusal> {
    if state.cart.get(&account).is_some() {
        return Ok(None);
    }
    let person = state.person(account);
    let start = cooldown::start(person.lapses, person.past, now, event.hold_ms);
    let start = start.map_err(refusal::cooling_down)?;
    let counted = cooldown::count_start(person.starts, now, app.config.holds_per_hour);
    Ok(Some((start, counted.map_err(refusal::too_many_holds)?)))
}

fn must_be_available(app: &Seats, state: &SeatsState, seats: &[u32]) -> Result<(), Refusal> {
    let is_available = |seat| app.stale.place_of(&state.seats, seat) == Some(Place::Available);
    let taken: Vec<u32> = seats.iter().copied().filter(|&seat| !is_available(seat)).collect();
    if taken.is_empty() {
        return Ok(());
    }
    let free = alternatives(&app.hall, &state.seats, seats);
    Err(refusal::seats_taken(&app.hall, &taken, &free))
}

/// Each row for itself (R44).
fn must_leave_nobody_alone(app: &Seats, state: &SeatsState, seats: &[u32]) -> Result<(), Refusal> {
    let mut by_row: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &seat in seats {
        by_row.entry(app.hall.row_of(seat)).or_default().push(seat);
    }
    let mut left = Vec::new();
    for (row, seats) in by_row {
        let picture = RowPicture::of(&app.hall, &state.seats, row);
        let taken: Vec<usize> = seats.iter().map(|&seat| picture.place_of(seat)).collect();
        if let Err(orphans) = may_take(&picture.cells, &taken) {
            left.extend(orphans.into_iter().map(|at| picture.seats[at]));
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let instead = alternatives(&app.hall, &state.seats, seats);
    Err(refusal::orphan(&app.hall, &left, &instead))
}

fn find_best(app: &Seats, state: &SeatsState, asked: &Best) -> Result<Vec<u32>, Refusal> {
    if let Some(zone) = &asked.zone
        && !app.hall.zones().contains(zone)
    {
        return Err(refusal::invalid("best.zone", "the plan has no such zone"));
    }
    let found = best(&app.hall, &state.seats, asked);
    let found = found.ok_or_else(|| refusal::not_enough_together(asked.count))?;
    debug_assert_eq!(found.len(), asked.count as usize);
    Ok(found)
}

fn must_be_left(app: &Seats, state: &SeatsState, areas: &[AreaCount]) -> Result<(), Refusal> {
    for (area, count) in areas {
        let left = state.areas.get(area).map_or(0, |counts| counts.available());
        if left < *count {
            return Err(refusal::not_enough_left(app.area_name(*area), *area, left));
        }
    }
    Ok(())
}

/// An empty cart whose time runs.
fn begin(tx: &mut SeatsTx<'_>, account: AccountId, start: Start, forgotten: Wall) -> Cart {
    let mut person = tx.state.person(account);
    (person.lapses, person.past, person.starts) = (start.lapses, None, Some(forgotten));
    tx.state.put_person(account, person);
    tx.after(&cart::timer_key(account), start.ms);
    let until = tx.now().plus_ms(start.ms);
    Cart { seats: Vec::new(), areas: Vec::new(), total: 0, until, renewals: start.renewals }
}

/// Places at the prices of now.
fn priced(
    app: &Seats,
    event: &Event,
    seats: &[u32],
    areas: &[AreaCount],
) -> (Vec<PricedSeat>, Vec<PricedArea>) {
    let seats = seats.iter().map(|&seat| (seat, event.price(app.hall.zone_of(seat))));
    let areas = areas.iter().map(|&(area, count)| {
        let zone = app.hall.areas()[area as usize].zone;
        (area, count, event.price(&app.hall.zones()[zone as usize]))
    });
    (seats.collect(), areas.collect())
}

impl Cart {
    /// Adds places. What was there keeps its own price.
    fn add(&mut self, seats: Vec<PricedSeat>, areas: Vec<PricedArea>) {
        self.seats.extend(seats);
        for (area, count, price) in areas {
            let mut held = self.areas.iter_mut();
            match held.find(|(known, _, at)| (*known, *at) == (area, price)) {
                Some((_, held, _)) => *held += count,
                None => self.areas.push((area, count, price)),
            }
        }
        self.add_up();
    }
}
