//! How often the HTTP interface may be asked: by a person, by an address that does not say who asks. Signing in and
//! what belongs to it have limits of their own, for there a hall full of people may share one address.

use super::api::{Api, MaybeSigned};
use super::extract::Peer;
use super::problem::{Code, Problem};
use super::scopes::{Opened, stand_in};
use crate::clock::Clock;
use crate::config::HttpLimits;
use crate::rates::{Rate, network};
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// The path of what has limits of its own.
const AUTH: &str = "/auth/";

/// Both limits.
pub struct Throttle {
    person: Rate<u64>,
    address: Rate<IpAddr>,
}

impl Throttle {
    /// Nobody has asked yet.
    pub fn new(limits: &HttpLimits, clock: &Arc<dyn Clock>) -> Throttle {
        Throttle {
            person: Rate::per_minute(limits.requests_per_minute_person, clock),
            address: Rate::per_minute(limits.requests_per_minute_address, clock),
        }
    }

    /// Forgets who has not asked for a while.
    pub fn forget_idle(&self) {
        self.person.forget_idle();
        self.address.forget_idle();
    }

    fn pass(&self, account: Option<u64>, from: IpAddr) -> Result<(), Duration> {
        match account {
            Some(account) => self.person.pass(&account),
            None => self.address.pass(&network(from)),
        }
    }
}

/// Lets a request to `/api/v1` pass, or says when it may come again.
pub(super) async fn limit(
    State((throttle, api, opened)): State<(Arc<Throttle>, Arc<Api>, Arc<Opened>)>,
    Peer(from): Peer,
    request: Request,
    next: Next,
) -> Response {
    if request.uri().path().starts_with(AUTH) {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let stands_in = stand_in(&api, &opened, &mut parts).await;
    // A token that cannot be used says nothing of who asks.
    let signed = MaybeSigned::from_request_parts(&mut parts, &api).await.ok();
    let account = signed.and_then(|MaybeSigned(identity)| Some(identity?.account.0));
    match throttle.pass(account, from) {
        Ok(()) => match stands_in {
            Ok(()) => next.run(Request::from_parts(parts, body)).await,
            Err(problem) => problem.into_response(),
        },
        Err(wait) => Problem::new(Code::RateLimited).retry_after(wait).into_response(),
    }
}
