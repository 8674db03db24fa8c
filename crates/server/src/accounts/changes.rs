//! What is done to an account from outside: what it may do, whether it may sign in, its end. Each ends logins in the
//! transaction that takes the power away, and tells those who serve them.

use super::{AccountError, Accounts};
use crate::store::{Role, StoreError};
use houseful_room::AccountId;

impl Accounts {
    /// Changes what an account may do, for an admin.
    pub async fn set_role(&self, id: AccountId, role: Role) -> Result<(), AccountError> {
        let now = self.clock.wall().ms();
        let ended = self.stored(move |store| store.set_role(id, role, now)).await;
        self.publish(&ended.map_err(not_changed)?);
        Ok(())
    }

    /// Shuts an account out or lets it in again, for an admin.
    pub async fn set_disabled(&self, id: AccountId, is: bool) -> Result<(), AccountError> {
        let now = self.clock.wall().ms();
        let ended = self.stored(move |store| store.set_disabled(id, is, now)).await;
        self.publish(&ended.map_err(not_changed)?);
        Ok(())
    }

    /// Takes everything from an account that says whose it was, and closes it for ever. The rest is for
    /// `crate::privacy`, which asks this.
    pub async fn erase(&self, id: AccountId, by: AccountId) -> Result<(), AccountError> {
        let now = self.clock.wall().ms();
        let ended = self.stored(move |store| store.begin_erasure(id, by, now)).await;
        self.publish(&ended.map_err(not_changed)?);
        tracing::info!(account = %id, by = %by, "an account is being erased");
        Ok(())
    }

    /// Ends all logins of an account, for an admin.
    pub async fn sign_out_everywhere(&self, id: AccountId) -> Result<(), AccountError> {
        let now = self.clock.wall().ms();
        let ended = self.stored(move |store| store.revoke_logins(id, now)).await;
        self.publish(&ended.map_err(not_changed)?);
        Ok(())
    }
}

fn not_changed(error: AccountError) -> AccountError {
    match error {
        AccountError::Store(StoreError::Conflict(_)) => AccountError::LastAdmin,
        AccountError::Store(StoreError::NotFound) => AccountError::NoSuchAccount,
        error => error,
    }
}
