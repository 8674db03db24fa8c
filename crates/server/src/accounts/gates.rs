//! How often an address may try. What is remembered is bounded, and nothing here locks an account:
//! a stranger's guesses never keep its owner out.

use super::AccountError;
use crate::clock::Clock;
use crate::config::AccountLimits;
use crate::limits::RATE_KEYS_MAX;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// All limits on accounts.
pub(super) struct Gates {
    sign_in_account: Gate<(IpAddr, u64)>,
    sign_in_address: Gate<IpAddr>,
    sign_up_address: Gate<IpAddr>,
    refresh_address: Gate<IpAddr>,
    hashing: RandomState,
}

/// One limit, for each key of its own.
struct Gate<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, DashMapStateStore<K>, GateClock, NoOpMiddleware<Nanos>>,
    clock: GateClock,
}

#[derive(Clone)]
struct GateClock(Arc<dyn Clock>);

impl governor::clock::Clock for GateClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(Duration::from_millis(self.0.mono().0))
    }
}

impl Gates {
    pub(super) fn new(limits: &AccountLimits, clock: &Arc<dyn Clock>) -> Gates {
        Gates {
            sign_in_account: Gate::new(per_minute(limits.sign_in_per_minute_account), clock),
            sign_in_address: Gate::new(per_minute(limits.sign_in_per_minute_address), clock),
            sign_up_address: Gate::new(per_hour(limits.sign_up_per_hour_address), clock),
            refresh_address: Gate::new(per_minute(limits.refresh_per_minute_address), clock),
            hashing: RandomState::new(),
        }
    }

    /// A password for an account, from an address.
    pub(super) fn sign_in(&self, from: IpAddr, email: &str) -> Result<(), AccountError> {
        self.sign_in_from(from)?;
        self.sign_in_account.pass(&(network(from), self.hashing.hash_one(email)))
    }

    /// A secret of another kind, from an address.
    pub(super) fn sign_in_from(&self, from: IpAddr) -> Result<(), AccountError> {
        self.sign_in_address.pass(&network(from))
    }

    pub(super) fn sign_up(&self, from: IpAddr) -> Result<(), AccountError> {
        self.sign_up_address.pass(&network(from))
    }

    pub(super) fn refresh(&self, from: IpAddr) -> Result<(), AccountError> {
        self.refresh_address.pass(&network(from))
    }

    /// Forgets addresses that have not tried for long enough to be as good as new.
    pub(super) fn forget_idle(&self) {
        self.sign_in_account.limiter.retain_recent();
        self.sign_in_address.limiter.retain_recent();
        self.sign_up_address.limiter.retain_recent();
        self.refresh_address.limiter.retain_recent();
    }
}

impl<K: Hash + Eq + Clone> Gate<K> {
    fn new(quota: Quota, clock: &Arc<dyn Clock>) -> Gate<K> {
        let clock = GateClock(Arc::clone(clock));
        let limiter = RateLimiter::dashmap_with_clock(quota, clock.clone());
        Gate { limiter, clock }
    }

    fn pass(&self, key: &K) -> Result<(), AccountError> {
        if self.limiter.len() >= RATE_KEYS_MAX {
            self.limiter.retain_recent();
            if self.limiter.len() >= RATE_KEYS_MAX {
                return Err(AccountError::RateLimited(Duration::from_secs(1)));
            }
        }
        let now = governor::clock::Clock::now(&self.clock);
        let passed = self.limiter.check_key(key);
        passed.map_err(|until| AccountError::RateLimited(until.wait_time_from(now)))
    }
}

/// A person has an IPv4 address, or at the least a whole /64 of IPv6 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
        four => four,
    }
}

fn per_minute(times: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN))
}

fn per_hour(times: u32) -> Quota {
    Quota::per_hour(NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN))
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn a_network_of_ipv6_addresses_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
