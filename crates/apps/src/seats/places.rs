//! The four states of a place, and the only writers of grid, areas and sums, so that the three cannot
//! come apart.

use super::state::{SeatsState, Sums};
use houseful_room::buggify::{self, Point};
use houseful_room::planted::{self, Bug};
use houseful_room::{Audience, Grid};

/// The state of a place, as the grid has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Can be held.
    Available,
    /// In a cart.
    Held,
    /// In an order.
    Booked,
    /// Kept back by the staff.
    Blocked,
}

impl Place {
    /// As the grid has it.
    pub fn bits(self) -> u8 {
        match self {
            Place::Available => 0,
            Place::Held => 1,
            Place::Booked => 2,
            Place::Blocked => 3,
        }
    }

    /// Reads what the grid has.
    pub fn of(grid: &Grid, seat: u32) -> Option<Place> {
        let all = [Place::Available, Place::Held, Place::Booked, Place::Blocked];
        grid.get(seat).map(|bits| all[usize::from(bits & 3)])
    }
}

impl Sums {
    fn shift(&mut self, from: Place, to: Place, count: u32) {
        if let Some(sum) = self.of(from) {
            *sum = sum.saturating_sub(count);
        }
        if let Some(sum) = self.of(to) {
            *sum += count;
        }
    }

    fn of(&mut self, place: Place) -> Option<&mut u32> {
        match place {
            Place::Available => None,
            Place::Held => Some(&mut self.held),
            Place::Booked => Some(&mut self.booked),
            Place::Blocked => Some(&mut self.blocked),
        }
    }
}

impl SeatsState {
    /// Moves seats from one state to another; the caller has checked that they are in the first.
    pub(super) fn move_seats(
        &mut self,
        seats: impl IntoIterator<Item = u32>,
        from: Place,
        to: Place,
    ) {
        let mut count = 0;
        for seat in seats {
            let expected = Place::of(&self.seats, seat) == Some(from);
            debug_assert!(
                expected || planted::on(Bug::CheckThenAct),
                "seat {seat} is not {from:?}"
            );
            self.seats.set(seat, to.bits());
            count += 1;
        }
        buggify::maybe_panic(Point::PanicInMove);
        self.shift(from, to, count);
    }

    /// Moves places of an area from one state to another; the caller has checked that there are enough.
    pub(super) fn move_area(&mut self, area: u32, count: u32, from: Place, to: Place) {
        let Some(mut counts) = self.areas.get(&area).copied() else { return };
        debug_assert!(from != Place::Available || counts.available() >= count, "area {area}");
        for (place, sum) in [
            (Place::Held, &mut counts.held),
            (Place::Booked, &mut counts.booked),
            (Place::Blocked, &mut counts.blocked),
        ] {
            debug_assert!(place != from || *sum >= count, "area {area} has {sum} {from:?}");
            let forgets = planted::on(Bug::SumsDrift) && to == Place::Booked;
            *sum = if place == from && !forgets { sum.saturating_sub(count) } else { *sum };
            *sum += if place == to { count } else { 0 };
        }
        self.areas.put(area, Audience::All, counts);
        self.shift(from, to, count);
    }

    fn shift(&mut self, from: Place, to: Place, count: u32) {
        if count > 0 {
            let mut sums = self.sums.get().copied().unwrap_or_default();
            sums.shift(from, to, count);
            self.sums.set(sums);
        }
    }
}
