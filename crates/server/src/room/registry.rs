//! Which rooms are awake on this node. It wakes none itself.

use super::mail::{Mailbox, RoomHandle};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The rooms that are awake on this node, by path.
#[derive(Clone, Default)]
pub struct Registry(Arc<Mutex<HashMap<Arc<str>, RoomHandle>>>);

impl Registry {
    pub(crate) fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, RoomHandle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a room off the list and closes its mailbox. Whoever still holds the handle finds it closed
    /// and asks the router again.
    pub(crate) fn remove(&self, path: &str, mailbox: &mut Mailbox) {
        let mut rooms = self.lock();
        mailbox.close();
        rooms.remove(path);
    }

    /// Takes a room off the list that no longer takes mail.
    pub(crate) fn remove_closed(&self, path: &str) {
        let mut rooms = self.lock();
        if rooms.get(path).is_some_and(RoomHandle::is_closed) {
            rooms.remove(path);
        }
    }

    /// The rooms that are awake, by path.
    pub fn paths(&self) -> Vec<Arc<str>> {
        let mut paths: Vec<Arc<str>> = self.lock().keys().cloned().collect();
        paths.sort_unstable();
        paths
    }

    /// How many rooms are awake.
    pub fn awake(&self) -> usize {
        self.lock().len()
    }
}
