//! `block` and `unblock`: what the staff keeps back. Neither touches a place that somebody holds or has
//! booked.

use super::commands::Named;
use super::places::Place;
use super::state::AreaCount;
use super::{Seats, SeatsTx, refusal};
use houseful_room::Refusal;

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
