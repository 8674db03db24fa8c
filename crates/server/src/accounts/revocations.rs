//! Tells everybody who serves a login that it has ended. Nothing is lost to a slow listener: the
//! list is kept until every token of a revoked login has ended by itself.

use crate::limits::REVOCATIONS_KEPT_S;
use crate::store::LoginId;
use houseful_room::Mono;
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// The logins that ended lately.
pub struct Revocations {
    recent: Mutex<Recent>,
    revision: watch::Sender<u64>,
}

#[derive(Default)]
struct Recent {
    /// Oldest first; the first one's revision is `gone + 1`.
    list: VecDeque<(LoginId, Mono)>,
    set: HashSet<LoginId>,
    /// How many have left the list.
    gone: u64,
}

/// One listener's place in the list. Use it for checking a token *after* taking the feed: then a
/// login that ends is either refused by the check or told by the feed.
pub struct RevocationFeed {
    shared: Arc<Revocations>,
    revision: watch::Receiver<u64>,
    seen: u64,
}

impl Default for Revocations {
    fn default() -> Self {
        Revocations { recent: Mutex::default(), revision: watch::Sender::new(0) }
    }
}

impl Revocations {
    /// Adds logins that have ended, durably.
    pub fn publish(&self, ended: &[LoginId], now: Mono) {
        if ended.is_empty() {
            return;
        }
        let mut recent = self.recent();
        recent.forget_old(now);
        for login in ended {
            if recent.set.insert(*login) {
                recent.list.push_back((*login, now));
            }
        }
        self.revision.send_replace(recent.revision());
    }

    /// Whether the login has ended before its tokens did.
    pub fn is_revoked(&self, login: LoginId) -> bool {
        self.recent().set.contains(&login)
    }

    /// A feed of what ends from now on.
    pub fn subscribe(self: &Arc<Self>) -> RevocationFeed {
        let seen = self.recent().revision();
        RevocationFeed { shared: Arc::clone(self), revision: self.revision.subscribe(), seen }
    }

    fn recent(&self) -> MutexGuard<'_, Recent> {
        self.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Recent {
    fn revision(&self) -> u64 {
        self.gone + self.list.len() as u64
    }

    fn forget_old(&mut self, now: Mono) {
        let kept = Duration::from_secs(REVOCATIONS_KEPT_S);
        while let Some((login, at)) = self.list.front().copied()
            && now.since(at) > kept
        {
            self.list.pop_front();
            self.set.remove(&login);
            self.gone += 1;
        }
    }
}

impl RevocationFeed {
    /// What has ended since the last call, without waiting.
    pub fn take(&mut self) -> Vec<LoginId> {
        self.revision.mark_unchanged();
        let recent = self.shared.recent();
        let skip = usize::try_from(self.seen.saturating_sub(recent.gone)).unwrap_or(usize::MAX);
        self.seen = recent.revision();
        recent.list.iter().skip(skip).map(|(login, _)| *login).collect()
    }

    /// Waits until something has ended. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Vec<LoginId> {
        loop {
            let ended = self.take();
            if !ended.is_empty() {
                return ended;
            }
            if self.revision.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_listener_hears_of_every_login_once() {
        let at = |s| Mono(s * 1_000);
        let all = Arc::new(Revocations::default());
        let mut early = all.subscribe();
        all.publish(&[LoginId(1), LoginId(2)], at(0));
        let mut late = all.subscribe();
        all.publish(&[LoginId(2), LoginId(3)], at(1));
        assert_eq!(early.next().await, [LoginId(1), LoginId(2), LoginId(3)]);
        assert_eq!(late.next().await, [LoginId(3)]);
        assert_eq!(late.take(), []);

        // Forgetting the old ones shifts nobody's place.
        all.publish(&[LoginId(4)], at(REVOCATIONS_KEPT_S + 10));
        assert!(!all.is_revoked(LoginId(1)));
        assert!(all.is_revoked(LoginId(4)));
        assert_eq!(early.next().await, [LoginId(4)]);
        assert_eq!(late.next().await, [LoginId(4)]);
    }
}
