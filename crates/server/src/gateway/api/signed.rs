//! Who makes a request, from its bearer token. A cookie is never a proof of that: it is good for a
//! refresh alone.

use super::Api;
use crate::accounts::Identity;
use crate::gateway::problem::{Code, Problem};
use crate::gateway::scopes::StandIn;
use crate::store::Role;
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use std::sync::Arc;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub struct Signed(pub Identity);

/// Anybody. A token that cannot be used is an error all the same.
#[derive(Clone, Debug)]
pub struct MaybeSigned(pub Option<Identity>);

/// Somebody who may make events.
#[derive(Clone, Debug)]
pub struct Organiser(pub Identity);

/// Somebody who may do everything.
#[derive(Clone, Debug)]
pub struct Admin(pub Identity);

impl FromRequestParts<Arc<Api>> for MaybeSigned {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        if let Some(StandIn(identity)) = parts.extensions.get() {
            return Ok(MaybeSigned(Some(identity.clone())));
        }
        let mut headers = parts.headers.get_all(AUTHORIZATION).iter();
        let Some(header) = headers.next() else { return Ok(MaybeSigned(None)) };
        let is_alone = headers.next().is_none();
        let token = header.to_str().ok().and_then(|text| text.split_once(' '));
        match token {
            Some((scheme, token)) if is_alone && scheme.eq_ignore_ascii_case("bearer") => {
                Ok(MaybeSigned(Some(api.accounts.verify(token.trim())?)))
            }
            _ => Err(Code::TokenInvalid.into()),
        }
    }
}

impl FromRequestParts<Arc<Api>> for Signed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let MaybeSigned(identity) = MaybeSigned::from_request_parts(parts, api).await?;
        identity.map(Signed).ok_or_else(|| Code::SignInRequired.into())
    }
}

impl FromRequestParts<Arc<Api>> for Organiser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let Signed(identity) = Signed::from_request_parts(parts, api).await?;
        at_least(identity, Role::Organiser).map(Organiser)
    }
}

impl FromRequestParts<Arc<Api>> for Admin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        let Signed(identity) = Signed::from_request_parts(parts, api).await?;
        at_least(identity, Role::Admin).map(Admin)
    }
}

fn at_least(identity: Identity, role: Role) -> Result<Identity, Problem> {
    if identity.role >= role { Ok(identity) } else { Err(Code::NotAllowed.into()) }
}
