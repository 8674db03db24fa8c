//! How often, how many and how slowly: the limits that an operator may set. Each table checks itself;
//! who asks beyond is answered elsewhere.

use crate::limits;
use serde::{Deserialize, Serialize};

/// No limit may be set higher: counts stay far from where they would wrap.
const COUNT_MAX: u32 = 1_000_000;

/// How often one live connection may ask (R35).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LiveLimits {
    /// Requests a minute in the long run.
    pub requests_per_minute: u32,
    /// Requests at once after a pause.
    pub requests_burst: u32,
}

/// How often an address (IPv6: its /64) may try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccountLimits {
    /// Sign-ins per minute from one address to one account.
    pub sign_in_per_minute_account: u32,
    /// Sign-ins per minute from one address.
    pub sign_in_per_minute_address: u32,
    /// Sign-ups per hour from one address.
    pub sign_up_per_hour_address: u32,
    /// Refreshes per minute from one address; a hall full of people may share one.
    pub refresh_per_minute_address: u32,
}

/// How many connections there may be at once (R49). An address is an IPv4 address or a /64 of IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionLimits {
    /// Live ones in all; 0 is nine tenths of the files that the process may open.
    pub live: u32,
    /// Live ones of one signed-in person.
    pub live_per_person: u32,
    /// Live ones from one address.
    pub live_per_address: u32,
    /// Those of them that have not signed in.
    pub visitors_per_address: u32,
    /// HTTP connections from one address, busy or idle; a trusted proxy may have any number.
    pub http_per_address: u32,
}

/// What people may do at a seat sale. An event keeps what held when it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SeatLimits {
    /// Carts that one person may start in an hour (R97).
    pub holds_per_hour: u32,
}

/// What people may follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FollowLimits {
    /// Events to come that one person may follow at once.
    pub events_per_person: u32,
    /// Organisers that one person may follow.
    pub organisers_per_person: u32,
}

/// How slow and how frequent HTTP requests may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HttpLimits {
    /// Requests a minute of one signed-in person.
    pub requests_per_minute_person: u32,
    /// Requests a minute from one address that does not say who asks.
    pub requests_per_minute_address: u32,
    /// For a TLS handshake, for the first byte, and from that to the end of the headers.
    pub headers_ms: u64,
    /// What a body may take, and a second more for each KiB.
    pub body_ms: u64,
    /// Silence between two requests of a connection.
    pub idle_ms: u64,
    /// How long a reader may take nothing of an answer.
    pub write_ms: u64,
}

impl Default for LiveLimits {
    fn default() -> Self {
        LiveLimits {
            requests_per_minute: limits::LIVE_REQUESTS_PER_MINUTE,
            requests_burst: limits::LIVE_REQUESTS_BURST,
        }
    }
}

impl Default for AccountLimits {
    fn default() -> Self {
        AccountLimits {
            sign_in_per_minute_account: limits::SIGN_IN_PER_MINUTE_ACCOUNT,
            sign_in_per_minute_address: limits::SIGN_IN_PER_MINUTE_ADDRESS,
            sign_up_per_hour_address: limits::SIGN_UP_PER_HOUR_ADDRESS,
            refresh_per_minute_address: limits::REFRESH_PER_MINUTE_ADDRESS,
        }
    }
}

impl Default for ConnectionLimits {
    fn default() -> Self {
        ConnectionLimits {
            live: 0,
            live_per_person: limits::LIVE_PER_PERSON,
            live_per_address: limits::LIVE_PER_ADDRESS,
            visitors_per_address: limits::VISITORS_PER_ADDRESS,
            http_per_address: limits::HTTP_PER_ADDRESS,
        }
    }
}

impl Default for SeatLimits {
    fn default() -> Self {
        SeatLimits { holds_per_hour: limits::HOLDS_PER_HOUR }
    }
}

impl Default for FollowLimits {
    fn default() -> Self {
        FollowLimits {
            events_per_person: limits::FOLLOWED_EVENTS_PER_PERSON,
            organisers_per_person: limits::FOLLOWED_ORGANISERS_PER_PERSON,
        }
    }
}

impl Default for HttpLimits {
    fn default() -> Self {
        HttpLimits {
            requests_per_minute_person: limits::REQUESTS_PER_MINUTE_PERSON,
            requests_per_minute_address: limits::REQUESTS_PER_MINUTE_ADDRESS,
            headers_ms: limits::HTTP_HEADERS_MS,
            body_ms: limits::HTTP_BODY_MS,
            idle_ms: limits::HTTP_IDLE_MS,
            write_ms: limits::HTTP_WRITE_MS,
        }
    }
}

impl LiveLimits {
    pub(super) fn problems(&self) -> Vec<String> {
        let values = [
            ("requests_per_minute", self.requests_per_minute),
            ("requests_burst", self.requests_burst),
        ];
        out_of_range("live", &values, 1, 60_000)
    }
}

impl AccountLimits {
    /// For a demo: at least these.
    pub(super) fn for_demo(self) -> AccountLimits {
        AccountLimits {
            sign_in_per_minute_account: self.sign_in_per_minute_account.max(1_000),
            sign_in_per_minute_address: self.sign_in_per_minute_address.max(1_000),
            sign_up_per_hour_address: self.sign_up_per_hour_address.max(1_000),
            refresh_per_minute_address: self.refresh_per_minute_address.max(1_000),
        }
    }

    pub(super) fn problems(&self) -> Vec<String> {
        let values = [
            ("sign_in_per_minute_account", self.sign_in_per_minute_account),
            ("sign_in_per_minute_address", self.sign_in_per_minute_address),
            ("sign_up_per_hour_address", self.sign_up_per_hour_address),
            ("refresh_per_minute_address", self.refresh_per_minute_address),
        ];
        out_of_range("accounts", &values, 1, COUNT_MAX)
    }
}

impl ConnectionLimits {
    /// For a demo: at least these.
    pub(super) fn for_demo(self) -> ConnectionLimits {
        ConnectionLimits {
            live: self.live,
            live_per_person: self.live_per_person.max(1_000),
            live_per_address: self.live_per_address.max(10_000),
            visitors_per_address: self.visitors_per_address.max(10_000),
            http_per_address: self.http_per_address.max(1_000),
        }
    }

    pub(super) fn problems(&self) -> Vec<String> {
        let values = [
            ("live_per_person", self.live_per_person),
            ("live_per_address", self.live_per_address),
            ("visitors_per_address", self.visitors_per_address),
            ("http_per_address", self.http_per_address),
        ];
        let mut problems = out_of_range("connections", &values, 1, COUNT_MAX);
        problems.extend(out_of_range("connections", &[("live", self.live)], 0, COUNT_MAX));
        problems
    }
}

impl SeatLimits {
    pub(super) fn problems(&self) -> Vec<String> {
        out_of_range("seats", &[("holds_per_hour", self.holds_per_hour)], 1, COUNT_MAX)
    }
}

impl FollowLimits {
    pub(super) fn problems(&self) -> Vec<String> {
        let values = [
            ("events_per_person", self.events_per_person),
            ("organisers_per_person", self.organisers_per_person),
        ];
        out_of_range("follows", &values, 1, 10_000)
    }
}

impl HttpLimits {
    /// For a demo: at least these.
    pub(super) fn for_demo(self) -> HttpLimits {
        HttpLimits {
            requests_per_minute_person: self.requests_per_minute_person.max(10_000),
            requests_per_minute_address: self.requests_per_minute_address.max(10_000),
            ..self
        }
    }

    pub(super) fn problems(&self) -> Vec<String> {
        let values = [
            ("requests_per_minute_person", self.requests_per_minute_person),
            ("requests_per_minute_address", self.requests_per_minute_address),
        ];
        let mut problems = out_of_range("http", &values, 1, COUNT_MAX);
        for (name, ms) in [
            ("headers_ms", self.headers_ms),
            ("body_ms", self.body_ms),
            ("idle_ms", self.idle_ms),
            ("write_ms", self.write_ms),
        ] {
            if !(1..=limits::HTTP_MS_MAX).contains(&ms) {
                problems.push(format!("http.{name}: must be 1 to {}", limits::HTTP_MS_MAX));
            }
        }
        problems
    }
}

fn out_of_range(table: &str, values: &[(&str, u32)], min: u32, max: u32) -> Vec<String> {
    let wrong = values.iter().filter(|(_, value)| !(min..=max).contains(value));
    wrong.map(|(name, _)| format!("{table}.{name}: must be {min} to {max}")).collect()
}
