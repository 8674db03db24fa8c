//! What people show of themselves in a room, on one shard: the last value of each, and what of it is still to
//! be told. Volatile: whoever is behind is not sent it, and is told everything once they are not.

use super::subscribers::framed;
use houseful_room::{LiveValue, SessionId};
use houseful_wire::encode::{Shown as Told, encode_live};
use std::collections::BTreeMap;
use std::sync::Arc;

type Values = BTreeMap<(SessionId, Arc<str>), LiveValue>;

/// The volatile values of one room.
#[derive(Default)]
pub(super) struct Shown {
    all: Values,
    /// What changed since it was last told; the last change counts.
    changed: Values,
}

impl Shown {
    /// Everything, as the room says it is.
    pub(super) fn replace(&mut self, values: &[LiveValue]) {
        self.all = values.iter().map(|value| (key(value), value.clone())).collect();
    }

    /// Takes what has changed.
    pub(super) fn take(&mut self, values: &[LiveValue]) {
        for value in values {
            match value.value {
                Some(_) => self.all.insert(key(value), value.clone()),
                None => self.all.remove(&key(value)),
            };
            self.changed.insert(key(value), value.clone());
        }
    }

    /// Whether everything was told.
    pub(super) fn is_told(&self) -> bool {
        self.changed.is_empty()
    }

    /// The frame of what has changed, which counts as told.
    pub(super) fn changes(&mut self, room: &str) -> Arc<[u8]> {
        let changed = std::mem::take(&mut self.changed);
        framed(&encode_live(room, false, changed.values().map(told))).into()
    }

    /// The frame of everything.
    pub(super) fn everything(&self, room: &str) -> Arc<[u8]> {
        framed(&encode_live(room, true, self.all.values().map(told))).into()
    }
}

fn key(value: &LiveValue) -> (SessionId, Arc<str>) {
    (value.session, value.shape.clone())
}

/// A value as a frame says it.
pub(super) fn told(value: &LiveValue) -> Told<'_> {
    Told {
        shape: &value.shape,
        account: value.account.0,
        session: value.session.0,
        value: value.value.as_deref(),
    }
}
