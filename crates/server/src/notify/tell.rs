//! Telling people in the lobby what was recorded for them, each for themselves. Who is not there finds it in the
//! inbox; that the lobby is too busy is no reason to try again.

use super::about::About;
use crate::clock::{Clock, rfc3339};
use crate::limits::NOTICES_PER_TELL_MAX;
use crate::lobby::keeper;
use crate::places::Places;
use crate::router::Router;
use crate::store::{NotificationRow, Store, StoreError};
use houseful_apps::lobby::{Notified, Tell, Write};
use houseful_room::{AccountId, Wall};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Tells people in the lobby.
#[derive(Clone)]
pub struct Teller {
    /// Where the lobby is.
    pub router: Router,
    /// How many have not been seen.
    pub store: Arc<dyn Store>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Who is in the lobby.
    pub places: Arc<Places>,
}

/// A notification as the inbox shows it, and as it is told.
pub(super) fn row_as_json(row: &NotificationRow) -> Value {
    json!({
        "id": row.id, "kind": row.kind, "at": rfc3339(Wall(row.at)),
        "seen": row.seen_at.is_some(), "about": About::read(&row.data),
    })
}

impl Teller {
    /// Tells those who are there what is new, or only how many they have not seen.
    pub async fn tell(&self, new: Vec<(AccountId, Option<NotificationRow>)>) {
        let here = new.into_iter().filter(|(account, _)| self.places.is_in_lobby(account.0));
        let here: Vec<_> = here.collect();
        for some in here.chunks(NOTICES_PER_TELL_MAX) {
            if let Err(error) = self.tell_some(some).await {
                tracing::warn!(error, "people find in their inbox what they were not told");
            }
        }
    }

    async fn tell_some(&self, new: &[(AccountId, Option<NotificationRow>)]) -> Result<(), String> {
        let accounts: Vec<AccountId> = new.iter().map(|(account, _)| *account).collect();
        let store = self.store.clone();
        let unread = self.router.tasks().blocking(move || store.unread(&accounts)).await;
        let unread = unread.map_err(|error| error.to_string());
        let unread = unread?.map_err(|error: StoreError| error.to_string())?;
        let unread: HashMap<AccountId, u64> = unread.into_iter().collect();
        let notices = new.iter().map(|(account, row)| {
            let unread = unread.get(account).copied().unwrap_or_default();
            (*account, Notified { unread, notification: row.as_ref().map(row_as_json) })
        });
        let write = Write::Tell(Tell { notices: notices.collect() });
        keeper::write(&self.router, &*self.clock, &write).await.map_err(str::to_owned)
    }
}
