//! The event that the seats dialect sells, and who has just become known to it. It decides no sale.

use crate::config::SeatsDialect;
use crate::events::seats_path;
use crate::gateway::dialect::Ground;
use crate::limits;
use crate::store::AccountRow;
use houseful_apps::plan::Plan;
use houseful_apps::seats::seen::Field;
use std::sync::Arc;
use tokio::sync::{OnceCell, broadcast};

/// What all connections share.
pub(super) struct Sale {
    pub(super) ground: Ground,
    /// The room in which the event is sold.
    pub(super) room: String,
    /// Whether people without an account are guests.
    pub(super) guests: bool,
    /// Guests whose account was made just now, by their first purchase.
    pub(super) newcomers: broadcast::Sender<AccountRow>,
    /// An event keeps its plan.
    field: OnceCell<Arc<Field>>,
}

impl Sale {
    pub(super) fn new(ground: Ground, config: &SeatsDialect) -> Sale {
        let (newcomers, _) = broadcast::channel(limits::SEATS_DIALECT_NEWCOMERS);
        let room = seats_path(config.event);
        Sale { ground, room, guests: config.guests, newcomers, field: OnceCell::new() }
    }

    /// Its plan as rows and columns.
    pub(super) async fn field(&self, plan: &str) -> Option<Arc<Field>> {
        let read = self.field.get_or_try_init(|| self.read(plan.to_owned())).await;
        read.inspect_err(|error| tracing::error!(%error, "the seats dialect has no plan"))
            .ok()
            .cloned()
    }

    async fn read(&self, id: String) -> Result<Arc<Field>, String> {
        let store = self.ground.api.store.clone();
        let found = self.ground.tasks.blocking(move || store.plan(&id)).await;
        let row = found.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
        let row = row.ok_or("the event's plan is not there")?;
        let plan: Plan = serde_json::from_str(&row.body).map_err(|error| error.to_string())?;
        Ok(Arc::new(Field::of(&plan)))
    }
}
