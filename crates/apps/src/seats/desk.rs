//! `block`, `unblock`, `capacity`: what the staff keeps back, and how much there is. None touches a place that somebody
//! holds or has booked.

use super::admin::must_be_open;
use super::commands::CapacityBody;
use super::commands::Named;
use super::places::Place;
use super::state::AreaCount;
use super::{Seats, SeatsTx, changes, line, refusal};
use crate::plan::AREA_CAPACITY_MAX;
use houseful_room::planted::{self, Bug};
use houseful_room::{Audience, Caller, Refusal};

/// Decides `block`. Blocked seats stay blocked.
pub(super) fn block(app: &Seats, tx: &mut SeatsTx<'_>, named: &Named) -> Result<String, Refusal> {
    let (seats, areas) = named.read(app)?;
    must_be_nobodys(app, tx, seats)?;
    for (area, count) in areas {
        let left = tx.state.areas.get(area).map_or(0, |counts| counts.available());
        if left < *count {
            return Err(refusal::not_enough_left(app.area_name(*area), *area, left));
        }
    }
    let is_available = |seat: &&u32| Place::of(&tx.state.seats, **seat) == Some(Place::Available);
    let standing: u32 = areas.iter().map(|(_, count)| count).sum();
    let taken = seats.iter().filter(is_available).count() as u32 + standing;
    line::must_be_free(app, tx.state, taken)?;
    shift(tx, (seats, areas), Place::Available, Place::Blocked);
    Ok("{}".to_owned())
}

/// Decides `unblock`. Available seats stay available.
pub(super) fn unblock(app: &Seats, tx: &mut SeatsTx<'_>, named: &Named) -> Result<String, Refusal> {
    let (seats, areas) = named.read(app)?;
    must_be_nobodys(app, tx, seats)?;
    for (area, count) in areas {
        let blocked = tx.state.areas.get(area).map_or(0, |counts| counts.blocked);
        if blocked < *count {
            return Err(refusal::area_not_blocked(app.area_name(*area), *area, blocked));
        }
    }
    shift(tx, (seats, areas), Place::Blocked, Place::Available);
    Ok("{}".to_owned())
}

/// Decides `capacity`. An area is never smaller than what is taken of it.
pub(super) fn capacity(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    ask: CapacityBody,
) -> Result<String, Refusal> {
    let Some(mut counts) = tx.state.areas.get(&ask.area).copied() else {
        return Err(refusal::no_such_area(ask.area));
    };
    let event = tx.state.event.get().ok_or_else(refusal::no_such_room)?;
    must_be_open(event, tx.now())?;
    if !(1..=AREA_CAPACITY_MAX).contains(&ask.capacity) {
        return Err(refusal::invalid("capacity", "use a number from 1 to 100,000"));
    }
    let least = counts.held + counts.booked + counts.blocked;
    if ask.capacity < least && !planted::on(Bug::CapacityUnchecked) {
        return Err(refusal::below_taken(app.area_name(ask.area), ask.area, least));
    }
    line::must_be_free(app, tx.state, counts.capacity.saturating_sub(ask.capacity))?;
    let was = std::mem::replace(&mut counts.capacity, ask.capacity);
    if was != ask.capacity {
        changes::note_number(tx, by, "capacity", format!("areas.{}", ask.area), was, ask.capacity);
        tx.state.areas.put(ask.area, Audience::All, counts);
        tx.sum_up();
    }
    Ok("{}".to_owned())
}

fn must_be_nobodys(app: &Seats, tx: &SeatsTx<'_>, seats: &[u32]) -> Result<(), Refusal> {
    let is_somebodys = |seat: u32| {
        matches!(Place::of(&tx.state.seats, seat), None | Some(Place::Held | Place::Booked))
    };
    let others: Vec<u32> = seats.iter().copied().filter(|&seat| is_somebodys(seat)).collect();
    if others.is_empty() { Ok(()) } else { Err(refusal::not_blockable(&app.hall, &others)) }
}

fn shift(tx: &mut SeatsTx<'_>, (seats, areas): (&[u32], &[AreaCount]), from: Place, to: Place) {
    let grid = &tx.state.seats;
    let seats = seats.iter().copied().filter(|&seat| Place::of(grid, seat) == Some(from));
    let seats: Vec<u32> = seats.collect();
    tx.state.move_seats(seats, from, to);
    for (area, count) in areas {
        tx.state.move_area(*area, *count, from, to);
    }
    tx.sum_up();
}
