//! Time as rooms see it: two clocks that never mix. Nothing here reads a clock.

use serde::{Deserialize, Serialize};
use std::ops::Add;
use std::time::Duration;

/// The wall clock, milliseconds since 1970-01-01 UTC. It may jump.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Wall(pub i64);

/// The monotonic clock of one process, in milliseconds from some start. It never jumps and means
/// nothing in another process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mono(pub u64);

/// Both clocks at one moment, as given to a transaction.
#[derive(Clone, Copy, Debug, Default)]
pub struct Now {
    /// What the wall clock says.
    pub wall: Wall,
    /// What the monotonic clock says.
    pub mono: Mono,
}

impl Wall {
    /// Milliseconds since 1970-01-01 UTC.
    pub fn ms(self) -> i64 {
        self.0
    }

    /// The moment so many milliseconds later.
    pub fn plus_ms(self, ms: u64) -> Wall {
        Wall(self.0.saturating_add_unsigned(ms))
    }
}

impl Mono {
    /// How long after an earlier moment this is; zero if it is not.
    pub fn since(self, earlier: Mono) -> Duration {
        Duration::from_millis(earlier.until_ms(self))
    }

    /// The moment so many milliseconds later.
    pub fn plus_ms(self, ms: u64) -> Mono {
        Mono(self.0.saturating_add(ms))
    }

    /// Milliseconds until a later moment; 0 if it has passed.
    pub fn until_ms(self, later: Mono) -> u64 {
        later.0.saturating_sub(self.0)
    }
}

impl Add<Duration> for Wall {
    type Output = Wall;

    fn add(self, span: Duration) -> Wall {
        self.plus_ms(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;

    fn add(self, span: Duration) -> Mono {
        self.plus_ms(u64::try_from(span.as_millis()).unwrap_or(u64::MAX))
    }
}

/// Where ids and randomness come from: the operating system in production, a seed in a simulation.
pub trait Ids {
    /// 64 random bits. Not for secrets.
    fn random(&mut self) -> u64;

    /// A UUIDv7 for this moment (RFC 9562 §5.7).
    fn uuid(&mut self, now: Wall) -> uuid::Uuid {
        let random = (u128::from(self.random()) << 64 | u128::from(self.random())).to_be_bytes();
        let mut tail = [0; 10];
        tail.copy_from_slice(&random[..10]);
        uuid::Builder::from_unix_timestamp_millis(now.0.max(0).unsigned_abs(), &tail).into_uuid()
    }
}
