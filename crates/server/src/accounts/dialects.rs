//! Signing in where the client is an older system's: one token of a day that it cannot refresh, bound to its login as
//! every other. What the token says of rights is for the client's eyes; who asks is read anew.

use super::{AccountError, Accounts, Audience, Identity, Issued, TokenError};
use crate::store::AccountRow;
use std::net::IpAddr;

/// What such clients put before a token, or leave out.
const SCHEME: &str = "Bearer ";

impl Accounts {
    /// Signs in; answers the account and its token.
    pub async fn sign_in_dialect(
        &self,
        from: IpAddr,
        email: &str,
        password: String,
    ) -> Result<(AccountRow, String), AccountError> {
        let issued = self.sign_in(from, email, password).await?;
        self.for_dialect(issued)
    }

    /// The token of somebody who has just signed up or in.
    pub fn for_dialect(&self, issued: Issued) -> Result<(AccountRow, String), AccountError> {
        let (token, _) = self.mint(&issued.account, issued.login, Audience::Dialect)?;
        Ok((issued.account, token))
    }

    /// Whom a token of a dialect stands for, with or without `Bearer `, as their account is now.
    pub async fn identify_dialect(
        &self,
        token: &str,
    ) -> Result<Result<(AccountRow, Identity), TokenError>, AccountError> {
        let token = token.strip_prefix(SCHEME).unwrap_or(token);
        let identity = match self.verify_for(Audience::Dialect, token) {
            Ok(identity) => identity,
            Err(error) => return Ok(Err(error)),
        };
        let id = identity.account;
        let found = self.stored(move |store| store.account(id)).await?;
        Ok(match found.filter(|account| !account.is_disabled && account.erased_at.is_none()) {
            Some(account) => {
                let (name, role) = (account.name.clone(), account.role);
                Ok((account, Identity { name, role, ..identity }))
            }
            None => Err(TokenError::Revoked),
        })
    }
}
