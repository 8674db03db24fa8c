//! What the notifying task is to look at: noted from committed rows, kept small, never waited for. What does not fit
//! is looked up in the store, or given up where it is not worth that.

use crate::limits::ATTENTION_ROWS_MAX;
use houseful_room::{AccountId, Column, DerivedRow, Value};
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The columns of an event that its followers care for.
const EVENT_COLUMNS: [&str; 6] =
    ["title", "place", "starts_at", "time_zone", "status", "reminders"];

/// What there is to look at, and the sign that there is.
#[derive(Default)]
pub struct Attention {
    state: Mutex<State>,
    woken: Notify,
}

#[derive(Default)]
struct State {
    /// A hash of what was last seen of each event: a place sold is no news.
    events: HashMap<u64, u64>,
    noted: Noted,
}

/// What was noted since it was last taken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Noted {
    /// Whether there were bookings.
    pub(super) has_orders: bool,
    /// Whether places were offered.
    pub(super) has_offers: bool,
    /// Whether a webhook was switched off.
    pub(super) has_lost_hooks: bool,
    /// Who was spoken to.
    pub(super) mentions: Vec<Mention>,
    /// Who was invited to which room.
    pub(super) guests: Vec<(String, AccountId)>,
    /// Who was invited to which event.
    pub(super) invited: Vec<(u64, AccountId)>,
    /// Events that somebody has begun to follow who is to be reminded at once, if it is time.
    pub(super) prompted: Vec<u64>,
}

/// That somebody was spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mention {
    pub(super) account: AccountId,
    pub(super) room: String,
    pub(super) message: u64,
    pub(super) author: AccountId,
}

impl Attention {
    /// Notes what committed rows imply.
    pub fn heed(&self, rows: &[DerivedRow]) {
        let mut state = self.state();
        let heeded = rows.iter().filter(|row| state.heed(row)).count() > 0;
        drop(state);
        if heeded {
            self.wake();
        }
    }

    /// Has everything looked at again: somebody follows something, or has set something.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// Somebody follows this event from now on, and is to be reminded at once if it is time.
    pub fn is_followed(&self, event: u64) {
        push(&mut self.state().noted.prompted, event);
        self.wake();
    }

    /// A webhook was switched off: its owner is to be told.
    pub fn hook_is_off(&self) {
        self.state().noted.has_lost_hooks = true;
        self.wake();
    }

    /// Until there is something to look at.
    pub(super) async fn woken(&self) {
        self.woken.notified().await;
    }

    /// What was noted; the next time only what comes then.
    pub(super) fn take(&self) -> Noted {
        std::mem::take(&mut self.state().noted)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Whether the row is worth looking at.
    fn heed(&mut self, row: &DerivedRow) -> bool {
        match (row.table, &*row.key) {
            ("events", [(_, Value::Int(id))]) => {
                let hash = hash(row.set.as_deref().unwrap_or_default());
                self.events.insert(id.unsigned_abs(), hash) != Some(hash)
            }
            ("orders", _) => !std::mem::replace(&mut self.noted.has_orders, true),
            ("offers", _) if row.set.is_some() => {
                !std::mem::replace(&mut self.noted.has_offers, true)
            }
            (
                "mentions",
                [(_, Value::Int(account)), (_, Value::Text(room)), (_, Value::Int(no))],
            ) => {
                let Some(author) = row.set.as_deref().and_then(|set| int(set, "author")) else {
                    return false;
                };
                let (account, author) = (AccountId(account.unsigned_abs()), AccountId(author));
                let message = no.unsigned_abs();
                let mention = Mention { account, room: room.clone(), message, author };
                push(&mut self.noted.mentions, mention)
            }
            ("event_people", [(_, Value::Int(account)), (_, Value::Int(event))]) => {
                let role = row.set.as_deref().and_then(|set| value(set, "role"));
                let is_invited = matches!(role, Some(Value::Text(role)) if role == "invited");
                let invited = (event.unsigned_abs(), AccountId(account.unsigned_abs()));
                is_invited && push(&mut self.noted.invited, invited)
            }
            ("listing_guests", [(_, Value::Text(path)), (_, Value::Int(account))]) => {
                let role = row.set.as_deref().and_then(|set| value(set, "role"));
                let is_guest = matches!(role, Some(Value::Text(role)) if role != "banned");
                let guest = (path.clone(), AccountId(account.unsigned_abs()));
                is_guest && push(&mut self.noted.guests, guest)
            }
            _ => false,
        }
    }
}

fn push<T>(list: &mut Vec<T>, one: T) -> bool {
    if list.len() >= ATTENTION_ROWS_MAX {
        metrics::counter!("houseful_notices_dropped").increment(1);
        return false;
    }
    list.push(one);
    true
}

fn hash(columns: &[Column]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for (name, value) in columns.iter().filter(|(name, _)| EVENT_COLUMNS.contains(name)) {
        (name, format!("{value:?}")).hash(&mut hasher);
    }
    hasher.finish()
}

fn value<'a>(columns: &'a [Column], name: &str) -> Option<&'a Value> {
    columns.iter().find(|(column, _)| *column == name).map(|(_, value)| value)
}

fn int(columns: &[Column], name: &str) -> Option<u64> {
    match value(columns, name)? {
        Value::Int(int) => Some(int.unsigned_abs()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(title: &str, available: i64) -> DerivedRow {
        let set = vec![("title", Value::from(title)), ("available", available.into())];
        DerivedRow { table: "events", key: vec![("id", 7.into())], set: Some(set) }
    }

    #[test]
    fn a_place_sold_is_no_news() {
        let mut state = State::default();
        assert!(state.heed(&event("Hamlet", 10)));
        assert!(!state.heed(&event("Hamlet", 9)));
        assert!(state.heed(&event("Othello", 9)));
    }

    #[test]
    fn what_is_noted_is_bounded_and_taken_once() {
        let attention = Attention::default();
        let guest = |account: usize, role: &str| DerivedRow {
            table: "listing_guests",
            key: vec![("path", "rooms/a".into()), ("account", (account as i64).into())],
            set: Some(vec![("role", role.into())]),
        };
        attention.heed(&[guest(1, "banned")]);
        assert_eq!(attention.take(), Noted::default());
        let many: Vec<_> =
            (0..=ATTENTION_ROWS_MAX).map(|account| guest(account, "guest")).collect();
        attention.heed(&many);
        assert_eq!(attention.take().guests.len(), ATTENTION_ROWS_MAX);
        assert_eq!(attention.take(), Noted::default());
    }
}
