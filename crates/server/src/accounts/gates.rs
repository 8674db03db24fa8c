//! How often an address may try. What is remembered is bounded, and nothing here locks an account:
//! a stranger's guesses never keep its owner out.

use super::AccountError;
use crate::clock::Clock;
use crate::config::AccountLimits;
use crate::limits;
use crate::rates::{Rate, network};
use houseful_room::Mono;
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Somebody who tries passwords: an address, and a hash of the account's.
type Guesser = (IpAddr, u64);

/// All limits on accounts.
pub(super) struct Gates {
    sign_in_account: Rate<Guesser>,
    sign_in_address: Rate<IpAddr>,
    sign_up_address: Rate<IpAddr>,
    refresh_address: Rate<IpAddr>,
    failures: Mutex<HashMap<Guesser, Failures>>,
    hashing: RandomState,
    clock: Arc<dyn Clock>,
}

/// Wrong passwords in a row.
#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    /// The next try is not looked at before.
    free_at: Mono,
}

impl Gates {
    pub(super) fn new(limits: &AccountLimits, clock: &Arc<dyn Clock>) -> Gates {
        Gates {
            sign_in_account: Rate::per_minute(limits.sign_in_per_minute_account, clock),
            sign_in_address: Rate::per_minute(limits.sign_in_per_minute_address, clock),
            sign_up_address: Rate::per_hour(limits.sign_up_per_hour_address, clock),
            refresh_address: Rate::per_minute(limits.refresh_per_minute_address, clock),
            failures: Mutex::default(),
            hashing: RandomState::new(),
            clock: clock.clone(),
        }
    }

    /// A password for an account, from an address.
    pub(super) fn sign_in(&self, from: IpAddr, email: &str) -> Result<(), AccountError> {
        self.sign_in_from(from)?;
        let guesser = self.guesser(from, email);
        let now = self.clock.mono();
        let free_at = self.failures().get(&guesser).map_or(now, |failures| failures.free_at);
        match now.until_ms(free_at) {
            0 => limited(self.sign_in_account.pass(&guesser)),
            wait_ms => Err(AccountError::RateLimited(Duration::from_millis(wait_ms))),
        }
    }

    /// Whether the password was right: wrong ones in a row cost a rising wait.
    pub(super) fn signed_in(&self, from: IpAddr, email: &str, is_right: bool) {
        let (guesser, now) = (self.guesser(from, email), self.clock.mono());
        let mut failures = self.failures();
        if is_right {
            failures.remove(&guesser);
            return;
        }
        // Full of strangers: the limits above hold all the same.
        if failures.len() >= limits::RATE_KEYS_MAX && !failures.contains_key(&guesser) {
            return;
        }
        let count = failures.get(&guesser).map_or(0, |before| before.count) + 1;
        failures.insert(guesser, Failures { count, free_at: now.plus_ms(back_off_ms(count)) });
    }

    /// A secret of another kind, from an address.
    pub(super) fn sign_in_from(&self, from: IpAddr) -> Result<(), AccountError> {
        limited(self.sign_in_address.pass(&network(from)))
    }

    pub(super) fn sign_up(&self, from: IpAddr) -> Result<(), AccountError> {
        limited(self.sign_up_address.pass(&network(from)))
    }

    /// A refresh token, to be exchanged or ended.
    pub(super) fn refresh(&self, from: IpAddr) -> Result<(), AccountError> {
        limited(self.refresh_address.pass(&network(from)))
    }

    /// Forgets addresses that have not tried for long enough to be as good as new.
    pub(super) fn forget_idle(&self) {
        self.sign_in_account.forget_idle();
        self.sign_in_address.forget_idle();
        self.sign_up_address.forget_idle();
        self.refresh_address.forget_idle();
        let now = self.clock.mono();
        let is_recent =
            |failures: &Failures| failures.free_at.until_ms(now) < limits::SIGN_IN_FORGIVEN_MS;
        self.failures().retain(|_, failures| is_recent(failures));
    }

    fn guesser(&self, from: IpAddr, email: &str) -> Guesser {
        (network(from), self.hashing.hash_one(email))
    }

    fn failures(&self) -> MutexGuard<'_, HashMap<Guesser, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What so many wrong passwords in a row cost.
fn back_off_ms(failures: u32) -> u64 {
    match failures.checked_sub(limits::SIGN_IN_FREE_FAILURES) {
        None | Some(0) => 0,
        Some(more) => {
            (limits::SIGN_IN_BACK_OFF_MS << more.min(16)).min(limits::SIGN_IN_BACK_OFF_MS_MAX)
        }
    }
}

fn limited(passed: Result<(), Duration>) -> Result<(), AccountError> {
    passed.map_err(AccountError::RateLimited)
}
