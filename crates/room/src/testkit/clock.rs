//! Virtual time: true time that only the test knows, and the two clocks that a process would read. It
//! never reads a real clock.

use crate::{Mono, Now, Wall};

/// 2026-12-01 00:00 UTC, where every simulation begins.
const START: i64 = 1_796_083_200_000;

/// True time with a process's clocks upon it.
#[derive(Clone, Debug)]
pub struct Clock {
    true_ms: u64,
    mono_base: u64,
    wall_off_ms: i64,
}

impl Default for Clock {
    fn default() -> Self {
        Clock { true_ms: 0, mono_base: 1_000, wall_off_ms: 0 }
    }
}

impl Clock {
    /// Milliseconds since the beginning, as nobody in the world can read them.
    pub fn true_ms(&self) -> u64 {
        self.true_ms
    }

    /// Both clocks as the process reads them now.
    pub fn now(&self) -> Now {
        let true_ms = i64::try_from(self.true_ms).unwrap_or(i64::MAX);
        Now {
            wall: Wall(START + true_ms + self.wall_off_ms),
            mono: Mono(self.mono_base + self.true_ms),
        }
    }

    /// Time passes, up to a moment of true time.
    pub fn advance_to(&mut self, true_ms: u64) {
        self.true_ms = self.true_ms.max(true_ms);
    }

    /// Somebody sets the wall clock.
    pub fn jump_wall(&mut self, by_ms: i64) {
        self.wall_off_ms += by_ms;
    }

    /// A new process: its monotonic clock starts anywhere.
    pub fn restart(&mut self, mono_base: u64) {
        self.mono_base = mono_base;
    }
}
