//! What is peculiar to one run: a quarter of the odd things can happen in it, and each of those happens
//! one time in four (the figures of FoundationDB's simulation).

use super::super::Rng;

/// The odd things of one run.
#[derive(Clone, Debug)]
pub(super) struct Habits {
    /// Turns take one input, or a few.
    pub(super) small_turns: bool,
    /// The mailbox is small, so that it is often full.
    pub(super) small_mailbox: bool,
    /// Clients forget what they have and ask for a snapshot.
    pub(super) forced_snapshots: bool,
    /// Snapshots are stored much more often.
    pub(super) many_snapshots: bool,
    /// Flushes take ten times as long.
    pub(super) slow_disk: bool,
    /// Timers fire late.
    pub(super) late_timers: bool,
    /// Everybody goes away for long enough that the room may sleep.
    pub(super) lull: bool,
    /// The end is calm but for the network, so that little hides what was missed.
    pub(super) calm_end: bool,
    /// Power fails again and again.
    pub(super) many_crashes: bool,
}

impl Habits {
    pub(super) fn new(rng: &mut Rng) -> Self {
        let mut some = || rng.percent(25);
        Habits {
            small_turns: some(),
            small_mailbox: some(),
            forced_snapshots: some(),
            many_snapshots: some(),
            slow_disk: some(),
            late_timers: some(),
            lull: some() || some(),
            calm_end: some(),
            many_crashes: some() || some(),
        }
    }
}

/// Whether an odd thing happens now.
pub(super) fn now(habit: bool, rng: &mut Rng) -> bool {
    habit && rng.percent(25)
}
