//! The only place that reads a clock. The two kinds of time are two types, which never mix.

use houseful_room::{Mono, Now, Wall};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where time comes from: the system here, a scheduler under simulation, a test's hand.
pub trait Clock: Send + Sync {
    /// Now, for durations.
    fn mono(&self) -> Mono;
    /// Now, for people and for what outlives the process. An operator may move it.
    fn wall(&self) -> Wall;
}

/// The system's clocks.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// Starts the monotonic clock.
    #[expect(clippy::disallowed_methods, reason = "the one place")]
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
        Mono(u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX))
    }

    #[expect(clippy::disallowed_methods, reason = "the one place")]
    fn wall(&self) -> Wall {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// Both clocks at this moment, as rooms take them.
pub fn now(clock: &dyn Clock) -> Now {
    Now { wall: clock.wall(), mono: clock.mono() }
}

/// RFC 3339 in UTC, as the HTTP interface writes times.
pub fn rfc3339(wall: Wall) -> String {
    match jiff::Timestamp::from_millisecond(wall.0) {
        Ok(moment) => moment.to_string(),
        Err(_) => "9999-12-31T23:59:59Z".to_owned(),
    }
}
