//! Web Push: written with its notification, encrypted for its browser alone (RFC 8291) and handed to the browser's push
//! service here, with tries as mails have. A browser that is gone is forgotten. Nothing waits for it.

mod notice;
mod vapid;

pub use vapid::Vapid;

use crate::calls::{Answer, Call, Caller, NotCalled};
use crate::clock::Clock;
use crate::drain::Tasks;
use crate::limits::{NOTIFY_RETRY_MS, PUSHES_AT_ONCE, PUSHES_PER_ROUND};
use crate::retries::{next_try, until};
use crate::room::OsIds;
use crate::store::{DuePush, Pushed, Store, StoreError};
use futures_util::{StreamExt, TryStreamExt, stream};
use houseful_room::Ids;
use notice::Notice;
use std::sync::Arc;
use tokio::sync::Notify;
use web_push_native::p256::PublicKey;
use web_push_native::{Auth, encrypt};

/// Bytes of a browser's secret.
const AUTH_BYTES: usize = 16;

/// The task that sends pushes.
pub struct Pusher {
    /// What there is to send.
    pub store: Arc<dyn Store>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Whether the server drains.
    pub tasks: Tasks,
    /// How push services are reached.
    pub caller: Caller,
    /// By what they know this server.
    pub vapid: Arc<Vapid>,
    /// The sign that there is something to send.
    pub woken: Arc<Notify>,
}

/// Whether these can be a browser's keys: a point of P-256, and a secret of sixteen bytes; or which of them cannot.
pub fn check_keys(p256dh: &[u8], auth: &[u8]) -> Result<(), &'static str> {
    PublicKey::from_sec1_bytes(p256dh).map_err(|_| "p256dh")?;
    if auth.len() == AUTH_BYTES { Ok(()) } else { Err("auth") }
}

impl Pusher {
    /// Runs until the server drains. A push that is being handed over then is waited for.
    pub async fn run(self) {
        let drain = self.tasks.draining();
        while !drain.is_cancelled() {
            let next = match self.round().await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "pushes cannot be read or written");
                    Some(self.clock.wall().0 + NOTIFY_RETRY_MS)
                }
            };
            tokio::select! {
                () = drain.cancelled() => return,
                () = self.woken.notified() => {}
                () = until(&*self.clock, next) => {}
            }
        }
    }

    /// Tries what is due; answers when the next is.
    async fn round(&self) -> Result<Option<i64>, StoreError> {
        let (store, now) = (self.store.clone(), self.clock.wall().0);
        let due = self.blocking(move || store.due_pushes(now, PUSHES_PER_ROUND)).await?;
        let tries = stream::iter(due).map(|push| self.try_one(push));
        tries.buffer_unordered(PUSHES_AT_ONCE).try_collect::<()>().await?;
        let store = self.store.clone();
        self.blocking(move || store.next_push()).await
    }

    async fn try_one(&self, due: DuePush) -> Result<(), StoreError> {
        let now = self.clock.wall().0;
        let outcome = match self.call(&due, now) {
            Some(call) => judge(&due, self.caller.post(call).await, now),
            None => Pushed::Done,
        };
        let counter = match outcome {
            Pushed::Done => "houseful_pushes_done",
            Pushed::Again(_) => "houseful_pushes_put_off",
            Pushed::Gone => "houseful_pushes_gone",
        };
        metrics::counter!(counter).increment(1);
        let store = self.store.clone();
        self.blocking(move || store.pushed(due.id, outcome)).await
    }

    /// What is posted; none if it is no news any more.
    fn call<'a>(&self, due: &'a DuePush, now: i64) -> Option<Call<'a>> {
        let notice = Notice::write(due, now)?;
        let key = PublicKey::from_sec1_bytes(&due.p256dh).ok()?;
        let auth = Auth::from(<[u8; AUTH_BYTES]>::try_from(due.auth.as_slice()).ok()?);
        let body = encrypt(notice.text.into_bytes(), &key, &auth).ok()?;
        let headers = vec![
            ("authorization", self.vapid.authorization(&due.endpoint, now)?),
            ("content-encoding", "aes128gcm".to_owned()),
            ("content-type", "application/octet-stream".to_owned()),
            ("ttl", notice.ttl_s.to_string()),
            ("urgency", notice.urgency.to_owned()),
        ];
        Some(Call { url: &due.endpoint, headers, body })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.tasks.blocking(call).await;
        done.unwrap_or_else(|error| Err(StoreError::Failed(error.to_string())))
    }
}

/// What becomes of a push after a try.
fn judge(due: &DuePush, answered: Result<Answer, NotCalled>, now: i64) -> Pushed {
    let later = |wait_ms: i64| {
        let next = next_try(due.tries + 1, due.created_at, now, OsIds.random());
        next.map_or(Pushed::Done, |at| Pushed::Again(at.max(now + wait_ms)))
    };
    match answered {
        Ok(Answer { status: 404 | 410, .. }) | Err(NotCalled::Refused(_)) => Pushed::Gone,
        Ok(Answer { status: 429 | 500..=599, retry_after, .. }) => {
            let wait = retry_after.map_or(0, |wait| wait.as_millis());
            later(i64::try_from(wait).unwrap_or(i64::MAX / 2).min(crate::limits::MAIL_LIFE_MS))
        }
        Ok(Answer { status, text, .. }) => {
            if !(200..300).contains(&status) {
                tracing::warn!(status, text, "a push service would not take a push");
            }
            Pushed::Done
        }
        Err(NotCalled::Unreachable(_)) => later(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_browser_that_is_gone_is_forgotten_and_a_busy_service_is_asked_later() {
        let due = DuePush {
            id: 1,
            endpoint: String::new(),
            p256dh: Vec::new(),
            auth: Vec::new(),
            settings: None,
            kind: String::new(),
            data: String::new(),
            subject: String::new(),
            is_seen: false,
            tries: 0,
            created_at: 0,
        };
        let answer = |status, wait_s: Option<u64>| {
            let retry_after = wait_s.map(Duration::from_secs);
            judge(&due, Ok(Answer { status, text: String::new(), retry_after }), 0)
        };
        assert_eq!((answer(201, None), answer(400, None)), (Pushed::Done, Pushed::Done));
        assert_eq!((answer(404, None), answer(410, None)), (Pushed::Gone, Pushed::Gone));
        assert!(matches!(answer(503, None), Pushed::Again(at) if at < 600_000));
        assert_eq!(answer(429, Some(900)), Pushed::Again(900_000));
        assert!(matches!(answer(429, Some(u64::MAX)), Pushed::Again(_)));
        let far = DuePush { tries: 7, ..due.clone() };
        let away = || Err(NotCalled::Unreachable(String::new()));
        assert_eq!(judge(&far, away(), 0), Pushed::Done, "it is given up");
        assert!(matches!(judge(&due, away(), 0), Pushed::Again(_)));
    }
}
