//! What is peculiar to one run as a whole. What may happen at any moment of it is in `buggify`.

use super::super::Rng;

/// The odd things of one run.
#[derive(Clone, Debug)]
pub(super) struct Habits {
    /// Everybody goes away for long enough that the room may sleep.
    pub(super) lull: bool,
    /// The end is calm but for the network, so that little hides what was missed.
    pub(super) calm_end: bool,
    /// How many rooms there are.
    pub(super) rooms: usize,
    /// Power fails again and again.
    pub(super) many_crashes: bool,
}

impl Habits {
    pub(super) fn new(rng: &mut Rng) -> Self {
        let rooms = match rng.below(10) {
            0 => 3,
            1..4 => 2,
            _ => 1,
        };
        let mut some = || rng.percent(25);
        Habits { lull: some() || some(), calm_end: some(), many_crashes: some() || some(), rooms }
    }
}
