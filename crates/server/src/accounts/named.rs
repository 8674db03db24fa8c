//! Accounts of clients that tell people apart by their names: signing up without signing in, and writing an account
//! anew. Names that are taken are refused here alone.

use super::{AccountError, Accounts, Applicant, checked};
use crate::store::{AccountRow, LoginId, NAME_TAKEN, Rewritten, Role, StoreError};
use houseful_room::AccountId;
use std::net::IpAddr;

impl Accounts {
    /// Makes an account with a name that nobody has, and signs nobody in.
    pub async fn sign_up_named(
        &self,
        from: IpAddr,
        who: Applicant,
    ) -> Result<AccountRow, AccountError> {
        let new = self.prepare(from, who, Role::Attendee).await?;
        self.stored(move |store| store.create_named(new)).await.map_err(not_free)
    }

    /// The same for an admin, who may make many.
    pub async fn enrol_named(&self, who: Applicant) -> Result<AccountRow, AccountError> {
        let new = self.hashed(checked(who)?, Role::Attendee).await?;
        self.stored(move |store| store.create_named(new)).await.map_err(not_free)
    }

    /// Writes an account anew, ending all its logins but one.
    pub async fn rewrite(
        &self,
        account: AccountId,
        to: Applicant,
        keep: LoginId,
    ) -> Result<AccountRow, AccountError> {
        let Applicant { email, name, password } = checked(to)?;
        let (password, at) = (self.hasher.hash(password).await?, self.clock.wall().ms());
        let to = Rewritten { account, email, name, password, keep, at };
        let ended = self.stored(move |store| store.rewrite_account(to)).await;
        self.publish(&ended.map_err(not_free)?);
        tracing::info!(account = %account, "an account was written anew");
        self.account(account).await
    }
}

fn not_free(error: AccountError) -> AccountError {
    match error {
        AccountError::Store(StoreError::Conflict(what)) if what == NAME_TAKEN => {
            AccountError::NameTaken
        }
        AccountError::Store(StoreError::Conflict(_)) => AccountError::EmailTaken,
        AccountError::Store(StoreError::NotFound) => AccountError::NoSuchAccount,
        error => error,
    }
}
