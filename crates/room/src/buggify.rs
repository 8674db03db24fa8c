//! Named points at which something unusual but lawful may happen: a quarter of them are live in a run, and
//! a live one fires one time in four (the figures of FoundationDB's simulation). Without the feature
//! `testkit` (never on in the binary) none ever fires and each compiles to nothing.

/// What may happen. Everybody must cope with all of it, so none of it is an error by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    /// A command's handler panics when it has written everything.
    PanicInCommand,
    /// A handler panics between the writes that belong together.
    PanicInMove,
    /// A timer's handler panics, never twice in a row.
    PanicInTimer,
    /// The presence hook panics.
    PanicInPresence,
    /// Of the latest entries just one is kept, so that whoever resumes gets a snapshot.
    RecentOfOne,
    /// Of replies just two are kept, so that others are read from the journal.
    RepliesOfTwo,
    /// It is time for a snapshot already.
    EarlySnapshot,
    /// Whoever joins gets a snapshot, however little was missed.
    JoinByParts,
    /// Whoever joins gets what was missed, however much it is.
    JoinByFragments,
    /// A booking code is taken already.
    CodeTaken,
    /// A turn takes an input or two.
    ShortTurn,
    /// A turn takes nothing.
    EmptyTurn,
    /// The mailbox is full.
    FullMailbox,
    /// A client has forgotten what it has.
    ClientForgets,
    /// A snapshot is stored at any moment.
    OddSnapshot,
    /// A flush takes ten times as long.
    SlowFlush,
    /// What was flushed is told late.
    LateFlushAnswer,
    /// What was flushed is told again.
    RepeatedFlushAnswer,
    /// A timer is late.
    LateTimer,
    /// The room is woken for nothing.
    NeedlessWake,
    /// The room falls asleep as soon as it may.
    EarlySleep,
    /// A session is told to join again for nothing.
    NeedlessResync,
    /// A join arrives twice.
    JoinTwice,
    /// The end of a connection is noticed twice.
    LostTwice,
    /// A room is recovered from its first entry, without a snapshot.
    RecoveryWithoutSnapshot,
    /// A room's task does not run for a while.
    StalledRoom,
}

impl Point {
    /// All of them.
    pub const ALL: [Point; 26] = [
        Point::PanicInCommand,
        Point::PanicInMove,
        Point::PanicInTimer,
        Point::PanicInPresence,
        Point::RecentOfOne,
        Point::RepliesOfTwo,
        Point::EarlySnapshot,
        Point::JoinByParts,
        Point::JoinByFragments,
        Point::CodeTaken,
        Point::ShortTurn,
        Point::EmptyTurn,
        Point::FullMailbox,
        Point::ClientForgets,
        Point::OddSnapshot,
        Point::SlowFlush,
        Point::LateFlushAnswer,
        Point::RepeatedFlushAnswer,
        Point::LateTimer,
        Point::NeedlessWake,
        Point::EarlySleep,
        Point::NeedlessResync,
        Point::JoinTwice,
        Point::LostTwice,
        Point::RecoveryWithoutSnapshot,
        Point::StalledRoom,
    ];
}

#[cfg(feature = "testkit")]
mod live {
    use super::Point;
    use crate::testkit::Rng;
    use std::cell::RefCell;

    const LIVE_PERCENT: u64 = 25;
    const FIRING_PERCENT: u64 = 25;

    /// How often each point fired, in the order of [`Point::ALL`].
    pub type Fired = [u64; Point::ALL.len()];

    struct State {
        rng: Rng,
        live: [bool; Point::ALL.len()],
        fired: Fired,
        is_calm: bool,
        is_spared: bool,
    }

    thread_local!(static STATE: RefCell<Option<State>> = const { RefCell::new(None) });

    /// A run begins in this thread; its points are a function of the seed.
    pub fn begin(seed: u64) {
        let mut rng = Rng::new(seed);
        let live = std::array::from_fn(|_| rng.percent(LIVE_PERCENT));
        let fired = [0; Point::ALL.len()];
        let state = State { rng, live, fired, is_calm: false, is_spared: false };
        STATE.with_borrow_mut(|now| *now = Some(state));
    }

    /// From now on no point fires.
    pub fn calm() {
        STATE.with_borrow_mut(|state| {
            if let Some(state) = state {
                state.is_calm = true;
            }
        });
    }

    /// The run ends. Answers how often each point fired.
    pub fn end() -> Fired {
        let state = STATE.with_borrow_mut(Option::take);
        state.map_or([0; Point::ALL.len()], |state| state.fired)
    }

    /// How often a point fired in this run.
    pub fn fired(point: Point) -> u64 {
        STATE.with_borrow(|state| state.as_ref().map_or(0, |state| state.fired[point as usize]))
    }

    /// Whether it happens now.
    pub fn buggify(point: Point) -> bool {
        STATE.with_borrow_mut(|state| {
            let Some(state) = state else { return false };
            let is_possible = state.live[point as usize] && !state.is_calm;
            let fires = is_possible && state.rng.percent(FIRING_PERCENT);
            state.fired[point as usize] += u64::from(fires);
            fires
        })
    }

    /// Panics now, maybe; silently, because it is on purpose.
    pub fn maybe_panic(point: Point) {
        let is_spared = STATE.with_borrow(|state| state.as_ref().is_none_or(|s| s.is_spared));
        if !is_spared && buggify(point) {
            std::panic::resume_unwind(Box::new(point));
        }
    }

    /// Whether panics are held back for now: a timer that fails too often is given up, and that is right.
    pub fn spare(is_spared: bool) {
        STATE.with_borrow_mut(|state| {
            if let Some(state) = state {
                state.is_spared = is_spared;
            }
        });
    }
}

#[cfg(not(feature = "testkit"))]
mod live {
    use super::Point;

    /// Never.
    pub const fn buggify(_: Point) -> bool {
        false
    }

    /// Never.
    pub const fn maybe_panic(_: Point) {}

    /// Nothing to hold back.
    pub const fn spare(_: bool) {}
}

pub use live::*;
