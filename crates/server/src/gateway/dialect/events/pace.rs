//! How often an address may ask, in windows of a second, and what other sites' pages may read. Who is refused may read
//! that too, and asking whether one may ask is free.

use super::answer::TOO_MANY;
use crate::clock::Clock;
use crate::gateway::extract::Peer;
use crate::limits::RATE_KEYS_MAX;
use crate::rates::network;
use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_REQUEST_HEADERS, VARY,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

const WINDOW_MS: u64 = 1_000;
const METHODS: HeaderValue = HeaderValue::from_static("GET,HEAD,PUT,PATCH,POST,DELETE");
const ANYONE: HeaderValue = HeaderValue::from_static("*");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// What was asked in the present window.
pub(super) struct Windows {
    clock: Arc<dyn Clock>,
    requests_max: u32,
    present: Mutex<Window>,
}

#[derive(Default)]
struct Window {
    number: u64,
    requests: HashMap<IpAddr, u32>,
}

/// Where somebody is in the present window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Counted {
    remaining: u32,
    is_over: bool,
    /// When the next window begins (s since 1970).
    resets_at_s: i64,
}

impl Windows {
    pub(super) fn new(requests_max: u32, clock: Arc<dyn Clock>) -> Windows {
        Windows { clock, requests_max, present: Mutex::default() }
    }

    fn count(&self, from: IpAddr) -> Counted {
        let (mono, wall) = (self.clock.mono().0, self.clock.wall().0);
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        let number = mono / WINDOW_MS;
        if present.number != number {
            *present = Window { number, ..Window::default() };
        }
        let is_full = present.requests.len() >= RATE_KEYS_MAX;
        let asked = match present.requests.get_mut(&network(from)) {
            Some(asked) => {
                *asked = asked.saturating_add(1);
                *asked
            }
            None if is_full => u32::MAX,
            None => *present.requests.entry(network(from)).or_insert(1),
        };
        let left_ms = i64::try_from(WINDOW_MS - mono % WINDOW_MS).unwrap_or_default();
        Counted {
            remaining: self.requests_max.saturating_sub(asked),
            is_over: asked > self.requests_max,
            resets_at_s: (wall + left_ms + 999).div_euclid(1_000),
        }
    }
}

/// Lets a request pass, or says that it is one too many.
pub(super) async fn limit(
    State(windows): State<Arc<Windows>>,
    Peer(from): Peer,
    request: Request,
    next: Next,
) -> Response {
    let counted = windows.count(from);
    let mut response = match counted.is_over {
        true => TOO_MANY.into_response(),
        false => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(LIMIT, windows.requests_max.into());
    headers.insert(REMAINING, counted.remaining.into());
    headers.insert(RESET, counted.resets_at_s.into());
    response
}

/// Answers preflights, and lets every page read every answer.
pub(super) async fn share(request: Request, next: Next) -> Response {
    let mut response = match *request.method() {
        Method::OPTIONS => preflight(&request),
        _ => next.run(request).await,
    };
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANYONE);
    response
}

fn preflight(request: &Request) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(VARY, HeaderValue::from_name(ACCESS_CONTROL_REQUEST_HEADERS));
    if let Some(wanted) = request.headers().get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use houseful_room::{Mono, Wall};
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Hand(AtomicU64);

    impl Clock for Hand {
        fn mono(&self) -> Mono {
            Mono(self.0.load(Ordering::SeqCst))
        }

        fn wall(&self) -> Wall {
            Wall(1_000_000_300)
        }
    }

    #[test]
    fn the_sixth_in_a_second_is_one_too_many_and_each_address_has_its_own() {
        let clock = Arc::new(Hand(AtomicU64::new(10_400)));
        let windows = Windows::new(5, clock.clone());
        let (ann, ben) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        for remaining in (0..5).rev() {
            let counted = Counted { remaining, is_over: false, resets_at_s: 1_000_001 };
            assert_eq!(windows.count(ann), counted);
        }
        assert!(windows.count(ann).is_over && !windows.count(ben).is_over);
        clock.0.store(10_999, Ordering::SeqCst);
        assert!(windows.count(ann).is_over);
        clock.0.store(11_000, Ordering::SeqCst);
        assert_eq!(windows.count(ann).remaining, 4);
    }
}
