//! Who watches which events by this listener, and up to where each was told: so that an answer can wait until all were
//! told what it did. No lock of it is held while anybody waits.

use crate::limits::BOOKING_PUSH_MS_MAX;
use futures_util::future::join_all;
use houseful_room::Seq;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// Everyone who watches.
#[derive(Clone, Default)]
pub(super) struct Watchers(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    next: u64,
    clients: BTreeMap<u64, Client>,
}

struct Client {
    account: u64,
    events: BTreeMap<u64, watch::Receiver<Seq>>,
}

/// A client's line in the table; gone when dropped.
pub(super) struct Watcher {
    watchers: Watchers,
    id: u64,
}

/// Up to where a client was told of one event.
pub(super) type Told = watch::Sender<Seq>;

impl Watchers {
    /// One more client of an account, unless it has as many as one may.
    pub(super) fn enter(&self, account: u64, most: u32) -> Option<Watcher> {
        self.table(|table| {
            let own = table.clients.values().filter(|client| client.account == account).count();
            if own >= most as usize {
                return None;
            }
            table.next += 1;
            table.clients.insert(table.next, Client { account, events: BTreeMap::new() });
            Some(Watcher { watchers: self.clone(), id: table.next })
        })
    }

    /// Waits until all who watch an event were told what an entry did, or have had their time.
    pub(super) async fn told(&self, event: u64, seq: Seq) {
        let watching = self.table(|table| {
            let all = table.clients.values().filter_map(|client| client.events.get(&event));
            all.cloned().collect::<Vec<_>>()
        });
        let telling = watching.into_iter().map(|mut told| async move {
            // Who went away waits for nothing.
            let _ = told.wait_for(|told| *told >= seq).await;
        });
        let time = Duration::from_millis(BOOKING_PUSH_MS_MAX);
        let _ = tokio::time::timeout(time, join_all(telling)).await;
    }

    /// How many clients there are, and how many events are watched.
    pub(super) fn counts(&self) -> (usize, usize) {
        self.table(|table| {
            let events = table.clients.values().flat_map(|client| client.events.keys());
            (table.clients.len(), events.collect::<BTreeSet<_>>().len())
        })
    }

    fn table<T>(&self, run: impl FnOnce(&mut Table) -> T) -> T {
        run(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Watcher {
    /// It watches an event from now on, of which it knows all up to here.
    pub(super) fn watch(&self, event: u64, seq: Seq) -> Told {
        let (told, telling) = watch::channel(seq);
        self.client(|client| drop(client.events.insert(event, telling)));
        told
    }

    /// It does not watch an event any more.
    pub(super) fn unwatch(&self, event: u64) {
        self.client(|client| drop(client.events.remove(&event)));
    }

    fn client(&self, run: impl FnOnce(&mut Client)) {
        self.watchers.table(|table| table.clients.get_mut(&self.id).map(run));
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.watchers.table(|table| table.clients.remove(&self.id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test(start_paused = true)]
    async fn an_answer_waits_for_all_who_watch_and_no_longer_than_it_must() {
        let watchers = Watchers::default();
        watchers.told(1, 5).await;
        let (ann, ben) = (watchers.enter(1, 9).unwrap(), watchers.enter(2, 9).unwrap());
        let (of_ann, of_ben) = (ann.watch(1, 3), ben.watch(1, 3));
        let other = ben.watch(2, 0);
        let mut waiting = Box::pin(watchers.told(1, 5));
        assert!((&mut waiting).now_or_never().is_none());
        of_ann.send_replace(5);
        assert!((&mut waiting).now_or_never().is_none());
        of_ben.send_replace(7);
        waiting.await;
        let mut waiting = Box::pin(watchers.told(1, 9));
        assert!((&mut waiting).now_or_never().is_none());
        drop(ben);
        drop((of_ben, other));
        assert!((&mut waiting).now_or_never().is_none());
        ann.unwatch(1);
        drop(of_ann);
        waiting.await;
        let _deaf = ann.watch(1, 0);
        watchers.told(1, 9).await;
    }

    #[test]
    fn an_account_has_so_many_and_what_is_gone_is_not_counted() {
        let watchers = Watchers::default();
        let (first, second) = (watchers.enter(1, 2).unwrap(), watchers.enter(1, 2).unwrap());
        assert!(watchers.enter(1, 2).is_none() && watchers.enter(2, 2).is_some());
        let _told = (first.watch(7, 0), second.watch(7, 0), second.watch(8, 0));
        assert_eq!(watchers.counts(), (2, 2));
        drop(second);
        assert_eq!(watchers.counts(), (1, 1));
        assert!(watchers.enter(1, 2).is_some());
    }
}
