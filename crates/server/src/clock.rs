//! The only place that reads a clock. It never lets the two kinds of time mix: they are two types.

use std::ops::Add;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A moment of the monotonic clock: since an arbitrary start, never jumping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(pub Duration);

impl Mono {
    /// How long after `earlier` this is; zero if it is not.
    pub fn since(self, earlier: Mono) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;

    fn add(self, span: Duration) -> Mono {
        Mono(self.0.saturating_add(span))
    }
}

/// A moment of the wall clock, in milliseconds since 1970-01-01 UTC. An operator may move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wall(pub i64);

impl Wall {
    /// Milliseconds since 1970.
    pub fn ms(self) -> i64 {
        self.0
    }

    /// RFC 3339 in UTC, as the HTTP interface writes times.
    pub fn rfc3339(self) -> String {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(moment) => moment.to_string(),
            Err(_) => "9999-12-31T23:59:59Z".to_owned(),
        }
    }
}

impl Add<Duration> for Wall {
    type Output = Wall;

    fn add(self, span: Duration) -> Wall {
        Wall(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }
}

/// Where time comes from: the system here, a scheduler under simulation.
pub trait Clock: Send + Sync {
    /// Now, for durations.
    fn mono(&self) -> Mono;
    /// Now, for people and for what outlives the process.
    fn wall(&self) -> Wall;
}

/// The system's clocks.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Starts the monotonic clock.
    pub fn new() -> SystemClock {
        SystemClock { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn mono(&self) -> Mono {
        Mono(self.start.elapsed())
    }

    fn wall(&self) -> Wall {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Both clocks at this moment, as rooms take them.
pub fn now(clock: &dyn Clock) -> houseful_room::Now {
    let mono = u64::try_from(clock.mono().0.as_millis()).unwrap_or(u64::MAX);
    houseful_room::Now {
        wall: houseful_room::Wall(clock.wall().0),
        mono: houseful_room::Mono(mono),
    }
}

/// RFC 3339 in UTC, as the HTTP interface writes times.
pub fn rfc3339(wall: houseful_room::Wall) -> String {
    Wall(wall.0).rfc3339()
}
