//! The task that erases: a person's places in what is to come, then their words in every room, then what is left of
//! them in the file. Each step can be done again, so that a start finishes what the process before did not.

use super::Privacy;
use crate::limits::{ERASE_RETRY_MS, ERASE_SETTLE_MS};
use crate::store::{ErasureRow, EventRow, StoreError};
use houseful_room::{AccountId, Principal, Refusal, Standing};
use serde_json::{Value, json};
use std::time::Duration;

/// Erases whom the store names.
pub struct Eraser {
    privacy: Privacy,
}

impl Eraser {
    pub(super) fn new(privacy: Privacy) -> Eraser {
        Eraser { privacy }
    }

    /// Runs until the server drains.
    pub async fn run(self) {
        let drain = self.privacy.router.tasks().draining();
        loop {
            let is_done = tokio::select! {
                () = drain.cancelled() => return,
                is_done = self.round() => is_done,
            };
            let retry = Duration::from_millis(ERASE_RETRY_MS);
            tokio::select! {
                () = drain.cancelled() => return,
                () = self.privacy.begun.notified() => {}
                () = tokio::time::sleep(retry), if !is_done => {}
            }
        }
    }

    /// Does what is begun; answers whether nothing is left.
    async fn round(&self) -> bool {
        let store = self.privacy.store.clone();
        let erasures = match self.privacy.blocking(move || store.erasures()).await {
            Ok(erasures) => erasures,
            Err(error) => {
                tracing::warn!(%error, "who is to be erased cannot be read");
                return false;
            }
        };
        let mut is_done = true;
        for ErasureRow { account, .. } in erasures.iter().filter(|erasure| !erasure.is_done) {
            if let Err(error) = self.erase(*account).await {
                tracing::warn!(%account, %error, "an account is not erased yet");
                is_done = false;
            }
        }
        is_done && (erasures.is_empty() || self.clear_file().await)
    }

    async fn erase(&self, account: AccountId) -> Result<(), StoreError> {
        self.leave(account).await?;
        // Twice: what was on its way when their logins ended has arrived by then.
        self.take_words(account).await?;
        tokio::time::sleep(Duration::from_millis(ERASE_SETTLE_MS)).await;
        self.take_words(account).await?;
        let (store, now) = (self.privacy.store.clone(), self.privacy.clock.wall().ms());
        self.privacy.blocking(move || store.end_erasure(account, now)).await?;
        tracing::info!(%account, "an account is erased");
        Ok(())
    }

    /// Whether nothing is left in the file.
    async fn clear_file(&self) -> bool {
        let store = self.privacy.store.clone();
        let cleared = self.privacy.blocking(move || {
            store.rewrite_file()?;
            store.erasures()
        });
        // The writer answers before it begins: the next look finds it done.
        cleared.await.is_ok_and(|left| left.is_empty())
    }

    /// Out of everything that is still to come.
    async fn leave(&self, account: AccountId) -> Result<(), StoreError> {
        let acted = self.privacy.router.acted_in(account).await?;
        let rooms: Vec<String> = acted.into_iter().map(|room| room.path).collect();
        let (store, now) = (self.privacy.store.clone(), self.privacy.clock.wall().ms());
        let (events, own) = self
            .privacy
            .blocking(move || {
                let events = store.touched_events(account, &rooms, now)?;
                Ok((events, store.own_rooms(account)?))
            })
            .await?;
        for event in events {
            self.leave_event(account, &event).await?;
        }
        for room in own {
            self.ask(account, &room, "room.close", &json!({})).await?;
        }
        Ok(())
    }

    async fn leave_event(&self, account: AccountId, event: &EventRow) -> Result<(), StoreError> {
        let (store, id) = (self.privacy.store.clone(), event.id);
        let (orders, role) = self
            .privacy
            .blocking(move || {
                Ok((store.standing_orders(account, id)?, store.event_role(id, account)?))
            })
            .await?;
        for order in orders {
            self.ask(account, &event.path, "cancel", &json!({ "order": order.order })).await?;
        }
        self.ask(account, &event.path, "release", &json!({})).await?;
        self.ask(account, &event.path, "unqueue", &json!({})).await?;
        match role.as_deref() {
            None | Some("booked") => {}
            Some("invited") => {
                let guests = json!({ "accounts": [account], "unseen": true });
                self.ask(account, &event.path, "uninvite", &guests).await?;
            }
            Some(_) => {
                let nothing = json!({ "account": account, "role": null });
                self.ask(account, &event.path, "team", &nothing).await?;
            }
        }
        if event.owner == account && event.status != "cancelled" {
            self.ask(account, &event.path, "cancel_event", &json!({})).await?;
        }
        Ok(())
    }

    /// In their own name, with an admin's rights: whatever stands in the way of a person does not stand in this.
    async fn ask(
        &self,
        account: AccountId,
        room: &str,
        name: &'static str,
        body: &Value,
    ) -> Result<(), StoreError> {
        let who = Principal::person(account, Standing::Admin);
        match self.privacy.router.command(room, who, name, body).await {
            Err(Refusal { code: "busy" | "unavailable" | "stale_term", .. }) => {
                Err(StoreError::Busy)
            }
            Err(Refusal { code: "read_only", .. }) => Err(StoreError::Full),
            // There is nothing of that kind of theirs, or no longer.
            Ok(()) | Err(_) => Ok(()),
        }
    }

    async fn take_words(&self, account: AccountId) -> Result<(), StoreError> {
        for room in self.privacy.router.acted_in(account).await? {
            self.privacy.router.erase(&room, account).await?;
        }
        Ok(())
    }
}
