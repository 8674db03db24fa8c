//! What it costs to hold and not to book, so that nobody keeps seats from others for long. Pure.
//!
//! 1. Whoever gives all back and holds again goes on with the time that was left: no new ten minutes by
//!    release and hold. When less than a tenth of it is left (a minute at most), they wait for its end.
//! 2. A cart that ran out counts as a lapse, and so does one given back in the second half of its time
//!    or after a renewal, unless they hold again within that time. The second lapse in a row costs a
//!    minute without holding, and each further one twice as long, up to an hour.
//! 3. A booking clears the slate, and so does a day without.
//! 4. Whatever becomes of them, a person starts so many carts at once and as many in an hour after that:
//!    twenty, unless the operator says otherwise. Booking and cancelling in turn costs them too.

use houseful_room::Wall;
use houseful_room::planted::{self, Bug};
use serde::{Deserialize, Serialize};

const LAPSES_FREE: u32 = 2;
const COOL_DOWN_MS: u64 = 60_000;
const COOL_DOWN_MS_MAX: u64 = 60 * 60 * 1_000;
const HOUR_MS: u64 = 60 * 60 * 1_000;
const FORGIVEN_MS: u64 = 24 * 60 * 60 * 1_000;
/// What must at least be left of a cart that is gone on with.
const LEFT_MS_MIN_MAX: u64 = 60_000;

/// A cart that ended without a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// When it ended, or would have if it had not been given back.
    pub until: Wall,
    /// How often it had been renewed.
    pub renewals: u32,
    /// It was given back, so there may be time left.
    pub given_back: bool,
    /// It counts as a lapse once its time is over.
    pub counts: bool,
}

impl Past {
    /// A cart ran out now.
    pub(super) fn ran_out(now: Wall) -> Past {
        Past { until: now, renewals: 0, given_back: false, counts: true }
    }

    /// A cart is given back now.
    pub(super) fn given_back(until: Wall, renewals: u32, now: Wall, hold_ms: u64) -> Past {
        let late = renewals > 0 || ms_until(now, until) < hold_ms / 2;
        Past { until, renewals, given_back: true, counts: late }
    }
}

/// How a new cart starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) ms: u64,
    pub(super) renewals: u32,
    /// Lapses so far.
    pub(super) lapses: u32,
}

/// How somebody's new cart starts, or how many milliseconds they must wait.
pub(super) fn start(
    lapses: u32,
    past: Option<Past>,
    now: Wall,
    hold_ms: u64,
) -> Result<Start, u64> {
    let fresh = |lapses| Start { ms: hold_ms, renewals: 0, lapses };
    let Some(past) = past else { return Ok(fresh(lapses)) };
    let left = ms_until(now, past.until).min(hold_ms);
    if past.given_back && left > 0 {
        return if left >= LEFT_MS_MIN_MAX.min(hold_ms / 10) {
            Ok(Start { ms: left, renewals: past.renewals, lapses })
        } else {
            Err(left)
        };
    }
    if ms_until(past.until, now) >= FORGIVEN_MS {
        return Ok(fresh(0));
    }
    let lapses = lapses + u32::from(past.counts);
    let cool_down = cool_down_ms(lapses);
    match ms_until(now, past.until.plus_ms(cool_down)) {
        0 => Ok(fresh(lapses)),
        wait => Err(wait.min(cool_down)),
    }
}

/// Counts one more cart that is started now. Carts are forgotten one after the other, evenly over the
/// hour; `forgotten` is when the last one is. Answers the same with the new one, or how many
/// milliseconds to wait.
pub(super) fn count_start(
    forgotten: Option<Wall>,
    now: Wall,
    holds_per_hour: u32,
) -> Result<Wall, u64> {
    let each = HOUR_MS / u64::from(holds_per_hour);
    // A clock that was set back keeps nobody waiting for longer than the hour.
    let known = forgotten.map_or(0, |at| ms_until(now, at)).min(HOUR_MS);
    let most = match planted::on(Bug::HoldRefusedEarly) {
        true => HOUR_MS / each * each - each,
        false => HOUR_MS / each * each,
    };
    match (known + each).saturating_sub(most) {
        wait if wait > 0 && !planted::on(Bug::HoldsUncounted) => Err(wait),
        _ => Ok(now.plus_ms(known + each)),
    }
}

fn cool_down_ms(lapses: u32) -> u64 {
    match lapses.checked_sub(LAPSES_FREE) {
        None => 0,
        Some(more) => (COOL_DOWN_MS << more.min(16)).min(COOL_DOWN_MS_MAX),
    }
}

fn ms_until(now: Wall, later: Wall) -> u64 {
    u64::try_from(later.0.saturating_sub(now.0)).unwrap_or(0)
}
