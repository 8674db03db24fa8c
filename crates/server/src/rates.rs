//! How often: one limit for each key of its own, over the server's clock. What is remembered is bounded. Whose limit
//! it is and what is answered beyond it is decided by those who use it.

use crate::clock::Clock;
use crate::limits::RATE_KEYS_MAX;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// One limit, for each key of its own.
pub struct Rate<K: Hash + Eq + Clone> {
    limiter: RateLimiter<K, DashMapStateStore<K>, RateClock, NoOpMiddleware<Nanos>>,
    clock: RateClock,
}

#[derive(Clone)]
struct RateClock(Arc<dyn Clock>);

impl governor::clock::Clock for RateClock {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::from(Duration::from_millis(self.0.mono().0))
    }
}

impl<K: Hash + Eq + Clone> Rate<K> {
    /// So many times a minute; all of them may come at once.
    pub fn per_minute(times: u32, clock: &Arc<dyn Clock>) -> Rate<K> {
        Rate::new(Quota::per_minute(NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN)), clock)
    }

    /// So many times an hour; all of them may come at once.
    pub fn per_hour(times: u32, clock: &Arc<dyn Clock>) -> Rate<K> {
        Rate::new(Quota::per_hour(NonZeroU32::new(times).unwrap_or(NonZeroU32::MIN)), clock)
    }

    fn new(quota: Quota, clock: &Arc<dyn Clock>) -> Rate<K> {
        let clock = RateClock(Arc::clone(clock));
        let limiter = RateLimiter::dashmap_with_clock(quota, clock.clone());
        Rate { limiter, clock }
    }

    /// Once more; if that is too often, how long to wait.
    pub fn pass(&self, key: &K) -> Result<(), Duration> {
        if self.limiter.len() >= RATE_KEYS_MAX {
            self.limiter.retain_recent();
            if self.limiter.len() >= RATE_KEYS_MAX {
                return Err(Duration::from_secs(1));
            }
        }
        let now = governor::clock::Clock::now(&self.clock);
        self.limiter.check_key(key).map_err(|until| until.wait_time_from(now))
    }

    /// Forgets keys that have not come for long enough to be as good as new.
    pub fn forget_idle(&self) {
        self.limiter.retain_recent();
    }
}

/// A person has an IPv4 address, or at the least a whole /64 of IPv6 addresses.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(six) => IpAddr::V6(Ipv6Addr::from_bits(six.to_bits() & !u128::from(u64::MAX))),
        four => four,
    }
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
