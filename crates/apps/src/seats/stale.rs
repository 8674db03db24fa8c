//! Where a hold looks at the grid. Always at the grid itself; only with the planted bug `CheckThenAct`
//! at a copy from an earlier turn, so that the simulator can show that it notices.

use super::places::Place;
use houseful_room::Grid;

#[cfg(not(feature = "planted"))]
pub(super) struct Stale;

#[cfg(not(feature = "planted"))]
impl Stale {
    pub(super) fn new() -> Self {
        Stale
    }

    pub(super) fn look(&self, _: &Grid) {}

    pub(super) fn place_of(&self, grid: &Grid, seat: u32) -> Option<Place> {
        Place::of(grid, seat)
    }
}

#[cfg(feature = "planted")]
pub(super) use planted::Stale;

#[cfg(feature = "planted")]
mod planted {
    use super::{Grid, Place};
    use houseful_room::planted::{Bug, on};
    use std::cell::RefCell;

    /// A picture is used for so many holds.
    const LOOKS: u32 = 3;

    #[derive(Default)]
    pub(in crate::seats) struct Stale {
        picture: RefCell<(u32, Vec<u8>)>,
    }

    impl Stale {
        pub(in crate::seats) fn new() -> Self {
            Stale::default()
        }

        pub(in crate::seats) fn look(&self, grid: &Grid) {
            if on(Bug::CheckThenAct) {
                let mut picture = self.picture.borrow_mut();
                if picture.0.is_multiple_of(LOOKS) {
                    picture.1 = grid.iter().collect();
                }
                picture.0 += 1;
            }
        }

        pub(in crate::seats) fn place_of(&self, grid: &Grid, seat: u32) -> Option<Place> {
            let known = Place::of(grid, seat);
            let picture = self.picture.borrow();
            match picture.1.get(seat as usize) {
                Some(0) if on(Bug::CheckThenAct) => Some(Place::Available),
                _ => known,
            }
        }
    }
}
