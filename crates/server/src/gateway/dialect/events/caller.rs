//! Who asks, by the token that signing in gave, with or without `Bearer ` before it. What the token says of rights
//! counts for nothing: the account is read anew.

use super::Rest;
use super::answer::{Failure, UNAUTHORIZED};
use crate::accounts::Identity;
use crate::store::{AccountRow, Role, Viewer};
use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use houseful_room::AccountId;
use std::sync::Arc;

/// Somebody who has signed in.
pub(super) struct Caller {
    pub(super) row: AccountRow,
    pub(super) who: Identity,
}

/// Anybody; a token that cannot be used is none.
pub(super) struct Anyone(pub(super) Option<Caller>);

impl Caller {
    /// Whether they may do with an account what is for its person.
    pub(super) fn is_or_rules(&self, account: AccountId) -> bool {
        self.row.id == account || self.row.role == Role::Admin
    }

    pub(super) fn viewer(&self) -> Viewer {
        match self.row.role {
            Role::Admin => Viewer::Admin,
            _ => Viewer::Person(self.row.id),
        }
    }
}

impl FromRequestParts<Arc<Rest>> for Caller {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, rest: &Arc<Rest>) -> Result<Self, Failure> {
        let token = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let known = rest.api.accounts.identify_dialect(token.unwrap_or_default()).await?;
        let (row, who) = known.map_err(|_| UNAUTHORIZED)?;
        Ok(Caller { row, who })
    }
}

impl FromRequestParts<Arc<Rest>> for Anyone {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, rest: &Arc<Rest>) -> Result<Self, Failure> {
        match Caller::from_request_parts(parts, rest).await {
            Ok(caller) => Ok(Anyone(Some(caller))),
            Err(failure) if failure == UNAUTHORIZED => Ok(Anyone(None)),
            Err(failure) => Err(failure),
        }
    }
}
