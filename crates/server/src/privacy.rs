//! A person's own data: handed out, and taken away. Erasing is one durable note and a task that does the rest, however
//! often the process dies meanwhile; it never takes away what others' money must add up by.

mod eraser;
mod export;

pub use eraser::Eraser;

use crate::accounts::{AccountError, Accounts};
use crate::clock::Clock;
use crate::limits::EXPORTS_MAX;
use crate::router::Router;
use crate::store::{EventRow, Store, StoreError};
use houseful_room::AccountId;
use std::sync::Arc;
use tokio::sync::{Notify, Semaphore};

/// Hands out and takes away. Cloning is cheap.
#[derive(Clone)]
pub struct Privacy {
    store: Arc<dyn Store>,
    accounts: Arc<Accounts>,
    router: Router,
    clock: Arc<dyn Clock>,
    exports: Arc<Semaphore>,
    begun: Arc<Notify>,
}

/// Why somebody is not erased.
#[derive(Debug, thiserror::Error)]
pub enum NotErased {
    /// Others have booked what they promised: these events come first.
    #[error("others have booked their events")]
    Promised(Vec<EventRow>),
    /// The account cannot be changed.
    #[error(transparent)]
    Account(#[from] AccountError),
}

/// Why nothing is handed out.
#[derive(Debug, thiserror::Error)]
pub enum NotExported {
    /// Another export is being made.
    #[error("another export is being made")]
    Busy,
    /// Something could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Privacy {
    /// Hands out and takes away what is in these.
    pub fn new(
        store: Arc<dyn Store>,
        accounts: Arc<Accounts>,
        router: Router,
        clock: Arc<dyn Clock>,
    ) -> Privacy {
        let (exports, begun) = (Arc::new(Semaphore::new(EXPORTS_MAX)), Arc::default());
        Privacy { store, accounts, router, clock, exports, begun }
    }

    /// The task that does what is begun.
    pub fn eraser(&self) -> Eraser {
        Eraser::new(self.clone())
    }

    /// Erases an account: by whom it is, or by an admin. What says whose it was is gone when this returns; the rest
    /// follows.
    pub async fn erase(&self, account: AccountId, by: AccountId) -> Result<(), NotErased> {
        let (store, now) = (self.store.clone(), self.clock.wall().ms());
        let promised = self.blocking(move || store.promised_events(account, now)).await;
        let promised = promised.map_err(AccountError::from)?;
        if !promised.is_empty() {
            return Err(NotErased::Promised(promised));
        }
        self.accounts.erase(account, by).await?;
        self.begun.notify_one();
        Ok(())
    }

    async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.router.tasks().blocking(call).await;
        done.map_err(|error| StoreError::Failed(error.to_string()))?
    }
}
