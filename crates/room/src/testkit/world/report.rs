//! What a run says: how much was done, and what was wrong, with how to see it again.

use crate::buggify::{Fired, Point};
use crate::planted::Bug;
use std::fmt;

/// A broken promise: which one, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant's name, such as `I1`.
    pub rule: &'static str,
    /// What happened.
    pub text: String,
}

impl Violation {
    /// A broken promise.
    pub fn new(rule: &'static str, text: impl Into<String>) -> Self {
        Violation { rule, text: text.into() }
    }
}

/// How much happened in a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Rooms.
    pub rooms: u64,
    /// Events of the world.
    pub events: u64,
    /// Messages lost, repeated or late; crashes, failed flushes, jumps of the clock, and so on.
    pub faults: u64,
    /// Recoveries of the room.
    pub recoveries: u64,
    /// Durable entries.
    pub entries: u64,
    /// Commands answered with a reply, as their client read it.
    pub accepted: u64,
    /// Commands answered with a refusal, as their client read it.
    pub refused: u64,
    /// Joins answered, as their client read it.
    pub joined: u64,
    /// How often each point of `buggify` fired.
    pub fired: Fired,
}

impl Stats {
    /// Adds another run's.
    pub fn add(&mut self, other: &Stats) {
        self.rooms += other.rooms;
        self.events += other.events;
        self.faults += other.faults;
        self.recoveries += other.recoveries;
        self.entries += other.entries;
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.joined += other.joined;
        for (sum, more) in self.fired.iter_mut().zip(other.fired) {
            *sum += more;
        }
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats { rooms, events, faults, recoveries, entries, .. } = self;
        let Stats { accepted, refused, joined, fired, .. } = self;
        write!(
            f,
            "{rooms} rooms, {events} events, {faults} faults, {recoveries} recoveries, {entries} entries, "
        )?;
        write!(f, "{accepted} accepted, {refused} refused, {joined} joins; points fired:")?;
        let points = Point::ALL.iter().zip(fired);
        points.into_iter().try_for_each(|(point, fired)| write!(f, " {point:?} {fired}"))
    }
}

/// A run in which nothing was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The same for the same seed, code and workload.
    pub trace_hash: u64,
    /// How much happened.
    pub stats: Stats,
}

/// A run in which something was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The application.
    pub app: &'static str,
    /// The seed.
    pub seed: u64,
    /// The bug that was planted.
    pub bug: Option<Bug>,
    /// When, in true milliseconds since the run began.
    pub at_ms: u64,
    /// What.
    pub violation: Violation,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { app, seed, bug, at_ms, violation: Violation { rule, text } } = self;
        write!(f, "seed {seed} at {at_ms} ms: {rule}: {text}\n  see it again, line by line: ")?;
        write!(f, "trace(workload, {seed}, {bug:?}), or of the server's own applications ")?;
        write!(f, "sim --app {app} --from {seed} --seeds 1 --trace")?;
        bug.map_or(Ok(()), |bug| write!(f, " --bug {bug:?}"))
    }
}

/// What happened, as a hash and, if somebody wants to read it, as lines.
#[derive(Debug, Default)]
pub(super) struct Trace {
    pub(super) hash: u64,
    pub(super) lines: Option<Vec<String>>,
}

impl Trace {
    pub(super) fn word(&mut self, word: u64) {
        self.hash = (self.hash ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        bytes.chunks(8).for_each(|chunk| {
            self.word(chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
        });
    }

    pub(super) fn line(&mut self, at_ms: u64, text: impl FnOnce() -> String) {
        if let Some(lines) = &mut self.lines {
            lines.push(format!("{at_ms:>6}  {}", text()));
        }
    }
}
