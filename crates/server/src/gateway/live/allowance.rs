//! How often one connection may ask: two numbers, no timer.

use crate::config::LiveLimits;
use houseful_room::Mono;

/// Requests over the limit, as a multiple of it, after which the connection closes.
const FLOOD_FACTOR: u32 = 4;

/// A generic cell rate algorithm (ITU-T I.371) over the monotonic clock.
#[derive(Debug)]
pub(in crate::gateway) struct Allowance {
    /// When the next request would be exactly in time.
    next: Mono,
    refused: u32,
    refused_since: Mono,
}

/// What a request is answered.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::gateway) enum Allowed {
    Yes,
    /// Too soon: try again in so many milliseconds.
    Wait(u64),
    /// Far too many: hang up.
    Flood,
}

impl Allowance {
    pub(in crate::gateway) fn new(now: Mono) -> Self {
        Allowance { next: now, refused: 0, refused_since: now }
    }

    pub(in crate::gateway) fn ask(&mut self, limits: LiveLimits, now: Mono) -> Allowed {
        let interval = 60_000 / u64::from(limits.requests_per_minute.max(1));
        let burst = interval * u64::from(limits.requests_burst.max(1) - 1);
        let next = self.next.max(now);
        let early = now.until_ms(next);
        if early <= burst {
            self.next = next.plus_ms(interval);
            return Allowed::Yes;
        }
        if self.refused_since.until_ms(now) > 60_000 {
            (self.refused, self.refused_since) = (0, now);
        }
        self.refused += 1;
        if self.refused > limits.requests_per_minute.saturating_mul(FLOOD_FACTOR - 1) {
            return Allowed::Flood;
        }
        Allowed::Wait(early - burst)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_burst_is_allowed_and_not_one_more() {
        let limits = LiveLimits { requests_per_minute: 120, requests_burst: 60 };
        let mut allowance = Allowance::new(Mono(0));
        for _ in 0..60 {
            assert_eq!(allowance.ask(limits, Mono(0)), Allowed::Yes);
        }
        assert_eq!(allowance.ask(limits, Mono(0)), Allowed::Wait(500));
        assert_eq!(allowance.ask(limits, Mono(500)), Allowed::Yes);
        assert_eq!(allowance.ask(limits, Mono(500)), Allowed::Wait(500));
    }

    #[test]
    fn four_times_the_rate_is_a_flood() {
        let limits = LiveLimits { requests_per_minute: 10, requests_burst: 1 };
        let mut allowance = Allowance::new(Mono(0));
        assert_eq!(allowance.ask(limits, Mono(0)), Allowed::Yes);
        for _ in 0..30 {
            assert!(matches!(allowance.ask(limits, Mono(0)), Allowed::Wait(_)));
        }
        assert_eq!(allowance.ask(limits, Mono(0)), Allowed::Flood);
    }
}
