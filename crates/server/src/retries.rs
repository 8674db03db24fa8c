//! What mails, webhooks and pushes have in common: when what was not taken is tried again, eight times within a day,
//! each later than the one before by more and not all at once, and how a task waits until then. It polls nothing.

use crate::clock::Clock;
use crate::limits::{MAIL_LIFE_MS, MAIL_TRIES_MAX, NOTIFY_LOOK_MS_MAX};
use std::time::Duration;

const MINUTE_MS: i64 = 60_000;
/// After the first try, the second, and so on.
const WAITS_MINUTES: [i64; MAIL_TRIES_MAX as usize - 1] = [1, 5, 15, 60, 180, 360, 700];
/// So many hundredths of a wait may come on top of it.
const JITTER_PERCENT: i64 = 8;

/// The next try after so many; none if it is given up. `random` spreads what failed together.
pub fn next_try(tries: u32, created_at: i64, now: i64, random: u64) -> Option<i64> {
    let wait = usize::try_from(tries.checked_sub(1)?).ok().and_then(|at| WAITS_MINUTES.get(at))?;
    let wait = wait * MINUTE_MS;
    let more = i64::try_from(random % 1_000).unwrap_or(0) * wait * JITTER_PERCENT / 100 / 1_000;
    let at = now + wait + more;
    (at - created_at <= MAIL_LIFE_MS).then_some(at)
}

/// How long nothing is tried when the mail server does not answer at all, after so many such tries in a row.
pub fn pause_ms(failures: u32) -> i64 {
    let doubled = 5_000_i64.saturating_mul(1 << failures.min(10));
    doubled.min(crate::limits::MAIL_PAUSE_MS_MAX)
}

/// Until a moment has come; without one, a while. The wall clock is looked at now and then, for it may jump.
pub async fn until(clock: &dyn Clock, next: Option<i64>) {
    loop {
        let left = next.map_or(NOTIFY_LOOK_MS_MAX, |at| at - clock.wall().0);
        if left <= 0 {
            return;
        }
        let left = left.min(NOTIFY_LOOK_MS_MAX).unsigned_abs();
        tokio::time::sleep(Duration::from_millis(left)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When it is tried, each try taking a second.
    fn tries(random: u64) -> Vec<i64> {
        let mut at = vec![0];
        while let Some(next) = next_try(at.len() as u32, 0, at[at.len() - 1] + 1_000, random) {
            at.push(next);
        }
        at
    }

    #[test]
    fn a_mail_is_tried_eight_times_within_a_day() {
        for random in [0, 999, 123_456_789] {
            let at = tries(random);
            assert_eq!(at.len(), 8, "{at:?}");
            assert!(at.windows(3).all(|three| three[2] - three[1] > three[1] - three[0]));
            assert!(at[7] > MAIL_LIFE_MS * 9 / 10 && at[7] <= MAIL_LIFE_MS, "{at:?}");
        }
        assert!(tries(0)[1] < tries(999)[1], "not all at once");
        assert_eq!(next_try(1, 0, MAIL_LIFE_MS, 0), None);
        assert_eq!(next_try(0, 0, 0, 0), None);
    }

    #[test]
    fn a_server_that_is_away_is_asked_more_and_more_rarely() {
        assert_eq!((pause_ms(0), pause_ms(1)), (5_000, 10_000));
        assert_eq!(pause_ms(u32::MAX), crate::limits::MAIL_PAUSE_MS_MAX);
    }
}
