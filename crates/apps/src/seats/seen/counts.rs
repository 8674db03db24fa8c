//! How many places there are and how many are left, and what became of them from one look to the next.

use super::super::places::Place;
use houseful_room::Replica;

/// Places of a sale, seats and areas together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many people fit.
    pub capacity: u64,
    /// Places that can be had.
    pub available: u64,
    /// Places in orders.
    pub booked: u64,
}

/// What happened between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// More is booked.
    Booked,
    /// Less is booked.
    Cancelled,
    /// More or fewer fit.
    Resized,
}

impl Counts {
    /// Counts what a copy shows to everyone.
    pub fn of(copy: &Replica) -> Counts {
        let seats = copy.grid("seats");
        let seats_in =
            |place: Place| seats.iter().filter(|bits| **bits == place.bits()).count() as u64;
        let areas: Vec<[u64; 4]> = copy.rows("areas").map(|(_, counts)| area(counts)).collect();
        let sum = |nth: usize| areas.iter().map(|counts| counts[nth]).sum::<u64>();
        let capacity = seats.len() as u64 + sum(0);
        let booked = seats_in(Place::Booked) + sum(2);
        let held = seats_in(Place::Held) + sum(1);
        let blocked = seats_in(Place::Blocked) + sum(3);
        Counts { capacity, available: capacity.saturating_sub(booked + held + blocked), booked }
    }

    /// What happened until a later look; carts and places kept back are nothing to tell.
    pub fn turns_to(self, after: Counts) -> Vec<Turn> {
        let turns = [
            (after.capacity != self.capacity, Turn::Resized),
            (after.booked > self.booked, Turn::Booked),
            (after.booked < self.booked, Turn::Cancelled),
        ];
        turns.into_iter().filter(|(is_so, _)| *is_so).map(|(_, turn)| turn).collect()
    }
}

fn area(counts: &serde_json::Value) -> [u64; 4] {
    ["capacity", "held", "booked", "blocked"].map(|name| counts[name].as_u64().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(capacity: u64, available: u64, booked: u64) -> Counts {
        Counts { capacity, available, booked }
    }

    #[test]
    fn what_is_booked_is_told_and_what_is_held_is_not() {
        let before = counts(10, 8, 1);
        assert_eq!(before.turns_to(counts(10, 7, 1)), []);
        assert_eq!(before.turns_to(counts(10, 7, 2)), [Turn::Booked]);
        assert_eq!(before.turns_to(counts(10, 9, 0)), [Turn::Cancelled]);
        assert_eq!(before.turns_to(counts(12, 9, 2)), [Turn::Resized, Turn::Booked]);
    }
}
