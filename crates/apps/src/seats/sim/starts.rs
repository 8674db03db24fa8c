//! How many carts somebody has started of late, reckoned in another way than the sale does.

use super::HOLDS_PER_HOUR;

const HOUR_MS: i64 = 3_600_000;

/// The carts that a person has started of late: each weighs an hour, and of all together so many hours
/// as are allowed in one go by in each.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Starts {
    weight_ms: i64,
    at: i64,
}

impl Starts {
    fn weighs_ms(&self, at: i64) -> i64 {
        let gone = (at - self.at).saturating_mul(HOLDS_PER_HOUR);
        self.weight_ms.saturating_sub(gone).clamp(0, HOLDS_PER_HOUR * HOUR_MS)
    }

    /// How long until one more may be started.
    pub(super) fn wait_ms(&self, at: i64) -> u64 {
        let over = self.weighs_ms(at) + HOUR_MS - HOLDS_PER_HOUR * HOUR_MS;
        u64::try_from(over / HOLDS_PER_HOUR).unwrap_or(0)
    }

    pub(super) fn one_more(&self, at: i64) -> Starts {
        Starts { weight_ms: self.weighs_ms(at) + HOUR_MS, at }
    }
}
