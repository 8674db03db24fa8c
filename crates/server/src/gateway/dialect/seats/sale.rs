//! The event that the seats dialect sells, and who has just become known to it. It decides no sale.

use crate::config::SeatsDialect;
use crate::events::seats_path;
use crate::gateway::dialect::Ground;
use crate::limits;
use crate::store::AccountRow;
use houseful_apps::plan::Plan;
use houseful_apps::seats::seen::Field;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::{OnceCell, watch};

/// What all connections share.
pub(super) struct Sale {
    pub(super) ground: Ground,
    /// The room in which the event is sold.
    pub(super) room: String,
    /// Whether people without an account are guests.
    pub(super) guests: bool,
    /// Guests whose account was made just now.
    pub(super) newcomers: watch::Sender<Newcomers>,
    /// An event keeps its plan.
    field: OnceCell<Arc<Field>>,
}

/// Guests whose account was made by their first purchase, the last of them by name.
#[derive(Debug, Default)]
pub(super) struct Newcomers {
    count: u64,
    last: VecDeque<AccountRow>,
}

/// What became of somebody among the newcomers.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    /// They are one of them.
    Known(AccountRow),
    /// They are not.
    Unknown,
    /// There were too many to say.
    Missed,
}

impl Newcomers {
    fn add(&mut self, row: AccountRow) {
        self.count += 1;
        self.last.push_back(row);
        if self.last.len() > limits::SEATS_DIALECT_NEWCOMERS {
            self.last.pop_front();
        }
    }

    /// Looks for whoever has this address among those after the first `seen`, which are all then.
    pub(super) fn find(&self, seen: &mut u64, address: &str) -> Found {
        let fresh = usize::try_from(self.count - *seen).unwrap_or(usize::MAX);
        *seen = self.count;
        if fresh > self.last.len() {
            return Found::Missed;
        }
        let found = self.last.iter().rev().take(fresh).find(|row| row.email == address);
        found.cloned().map_or(Found::Unknown, Found::Known)
    }

    /// How many there were.
    pub(super) fn count(&self) -> u64 {
        self.count
    }
}

impl Sale {
    pub(super) fn new(ground: Ground, config: &SeatsDialect) -> Sale {
        if config.event == 0 {
            // The server is of use without; whoever comes here is told, too.
            tracing::error!("dialects.seats.event: name the event whose seats are sold");
        }
        let newcomers = watch::Sender::default();
        let room = seats_path(config.event);
        Sale { ground, room, guests: config.guests, newcomers, field: OnceCell::new() }
    }

    /// Somebody has an account from now on.
    pub(super) fn welcome(&self, row: AccountRow) {
        self.newcomers.send_modify(|newcomers| newcomers.add(row));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Role;
    use houseful_room::AccountId;

    fn row(id: u64) -> AccountRow {
        AccountRow {
            id: AccountId(id),
            email: format!("guest:{id}"),
            name: String::new(),
            role: Role::Attendee,
            password: String::new(),
            is_disabled: false,
            created_at: 0,
            erased_at: None,
        }
    }

    #[test]
    fn nobody_new_is_overlooked() {
        let mut newcomers = Newcomers::default();
        let mut seen = newcomers.count();
        newcomers.add(row(1));
        newcomers.add(row(2));
        assert_eq!(newcomers.find(&mut seen, "guest:1"), Found::Known(row(1)));
        assert_eq!(newcomers.find(&mut seen, "guest:1"), Found::Unknown, "once");
        (3..=3 + limits::SEATS_DIALECT_NEWCOMERS as u64).for_each(|id| newcomers.add(row(id)));
        assert_eq!(newcomers.find(&mut seen, "guest:3"), Found::Missed);
        assert_eq!(newcomers.find(&mut seen, "guest:3"), Found::Unknown);
    }
}
