//! The task that tells webhooks: it turns facts into deliveries and makes them, one at a time for each webhook and in
//! order, as far as tries allow. It sleeps until it is rung for or a try is due; a slow webhook delays no other.

use super::sign::sign;
use crate::calls::{Answer, Call, Caller, NotCalled};
use crate::clock::{Clock, rfc3339};
use crate::drain::Tasks;
use crate::limits::{
    MAIL_LIFE_MS, NOTIFY_RETRY_MS, WEBHOOK_BODY_BYTES_MAX, WEBHOOK_FACTS_AT_ONCE,
    WEBHOOK_FAILING_MS_MAX, WEBHOOK_LOG_MS, WEBHOOKS_AT_ONCE,
};
use crate::notify::Attention;
use crate::retries::{next_try, until};
use crate::room::OsIds;
use crate::store::{DueDelivery, FactRow, HookRow, HookTold, NewDelivery, Next, Store, StoreError};
use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use houseful_room::{DerivedRow, Ids, Wall};
use serde::Serialize;
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::Notify;

/// The sign that there may be something to tell. Cloning is cheap.
#[derive(Clone, Default)]
pub struct Doorbell(Arc<Notify>);

/// The task.
#[derive(Clone)]
pub struct Dispatch {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    caller: Caller,
    bell: Doorbell,
    /// Whose owners are told that their webhook was switched off.
    attention: Arc<Attention>,
}

/// Deliveries that are being made; each answers its webhook.
type UnderWay = FuturesUnordered<BoxFuture<'static, u64>>;

impl Doorbell {
    /// There may be something to tell.
    pub fn ring(&self) {
        self.0.notify_one();
    }

    /// Rings if these rows may be told of.
    pub fn heed(&self, rows: &[DerivedRow]) {
        if rows.iter().any(|row| matches!(row.table, "events" | "orders" | "arrivals")) {
            self.ring();
        }
    }
}

impl Dispatch {
    /// The task, from now on.
    pub fn new(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        tasks: Tasks,
        caller: Caller,
        bell: Doorbell,
        attention: Arc<Attention>,
    ) -> Dispatch {
        Dispatch { store, clock, tasks, caller, bell, attention }
    }

    /// Runs until the server drains; what is under way then is waited for.
    pub async fn run(self) {
        let drain = self.tasks.draining();
        let (mut under_way, mut busy) = (UnderWay::new(), HashSet::new());
        while !drain.is_cancelled() {
            let next = match self.round(&mut under_way, &mut busy).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "webhooks cannot be read or written");
                    Some(self.clock.wall().0 + NOTIFY_RETRY_MS)
                }
            };
            tokio::select! {
                () = drain.cancelled() => {}
                () = self.bell.0.notified() => {}
                () = until(&*self.clock, next) => {}
                Some(hook) = under_way.next(), if !under_way.is_empty() => {
                    busy.remove(&hook);
                }
            }
        }
        while under_way.next().await.is_some() {}
    }

    /// Writes what is to be told and begins what is due; answers when more is.
    async fn round(
        &self,
        under_way: &mut UnderWay,
        busy: &mut HashSet<u64>,
    ) -> Result<Option<i64>, StoreError> {
        while self.expand().await? {}
        let now = self.clock.wall().0;
        let store = self.store.clone();
        let (due, next) = self
            .blocking(move || Ok((store.due_deliveries(now)?, store.next_delivery(now)?)))
            .await?;
        for one in due {
            if busy.len() < WEBHOOKS_AT_ONCE && busy.insert(one.hook) {
                under_way.push(Box::pin(self.clone().deliver(one)));
            }
        }
        Ok(next)
    }

    /// Turns some facts into deliveries; answers whether there may be more.
    async fn expand(&self) -> Result<bool, StoreError> {
        let (store, now) = (self.store.clone(), self.clock.wall().0);
        self.blocking(move || {
            let facts = store.hook_facts(WEBHOOK_FACTS_AT_ONCE)?;
            let Some(last) = facts.last().map(|fact| fact.id) else { return Ok(false) };
            let mut new = Vec::new();
            for fact in &facts {
                let hooks = store.hooks_of_event(fact.event)?;
                new.extend(hooks.iter().filter_map(|hook| delivery(hook, fact, now)));
            }
            store.keep_deliveries(last, new, now)?;
            store.purge_deliveries(now - WEBHOOK_LOG_MS)?;
            Ok(facts.len() == WEBHOOK_FACTS_AT_ONCE)
        })
        .await
    }

    async fn deliver(self, due: DueDelivery) -> u64 {
        let (hook, now) = (due.hook, self.clock.wall().0);
        let answered = self.caller.post(call(&due, now)).await;
        let at = self.clock.wall().0;
        let told = judge(&due, answered, at);
        let counter = match told.next {
            Next::Done => "houseful_webhooks_delivered",
            Next::Again(_) => "houseful_webhooks_put_off",
            Next::GivenUp => "houseful_webhooks_failed",
        };
        metrics::counter!(counter).increment(1);
        let store = self.store.clone();
        let noted = self.blocking(move || store.told(due.id, told, at, WEBHOOK_FAILING_MS_MAX));
        match noted.await {
            Ok(false) => {}
            Ok(true) => self.attention.hook_is_off(),
            Err(error) => tracing::warn!(%error, "a webhook's answer could not be noted"),
        }
        hook
    }

    async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.tasks.blocking(call).await;
        done.unwrap_or_else(|error| Err(StoreError::Failed(error.to_string())))
    }
}

/// What is sent.
#[derive(Serialize)]
struct Body<'a> {
    r#type: &'a str,
    timestamp: String,
    data: &'a RawValue,
}

/// What a webhook is told of a fact, if it wants to be.
fn delivery(hook: &HookRow, fact: &FactRow, now: i64) -> Option<NewDelivery> {
    let wants = hook.kinds.split(' ').any(|kind| kind == fact.kind);
    let data = RawValue::from_string(fact.data.clone()).ok().filter(|_| wants)?;
    let body = Body { r#type: &fact.kind, timestamp: rfc3339(Wall(now)), data: &data };
    let body = serde_json::to_string(&body).ok();
    let body = body.filter(|body| body.len() <= WEBHOOK_BODY_BYTES_MAX)?;
    Some(NewDelivery { hook: hook.id, message_id: message_id(now), kind: fact.kind.clone(), body })
}

/// An id that no message has.
pub(crate) fn message_id(now: i64) -> String {
    format!("msg_{}", OsIds.uuid(Wall(now)))
}

fn call(due: &DueDelivery, now: i64) -> Call<'_> {
    let seconds = now / 1_000;
    let mut secrets = vec![due.secret];
    secrets.extend(due.old_secret.filter(|(_, until)| now < *until).map(|(secret, _)| secret));
    let headers = vec![
        ("content-type", "application/json".to_owned()),
        ("webhook-id", due.message_id.clone()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", sign(&secrets, &due.message_id, seconds, &due.body)),
    ];
    Call { url: &due.url, headers, body: due.body.clone().into_bytes() }
}

/// What becomes of a delivery after a try.
fn judge(due: &DueDelivery, answered: Result<Answer, NotCalled>, now: i64) -> HookTold {
    let (status, answer, error, holds_others) = match answered {
        Ok(answer) => (Some(answer.status), Some(answer.text), None, false),
        Err(NotCalled::Refused(why)) => (None, None, Some(why), true),
        Err(NotCalled::Unreachable(why)) => (None, None, Some(why), true),
    };
    let again = next_try(due.tries + 1, due.created_at, now, OsIds.random());
    let next = match (status, again.filter(|at| *at <= due.created_at + MAIL_LIFE_MS)) {
        (Some(200..=299), _) => Next::Done,
        (Some(410), _) | (_, None) => Next::GivenUp,
        (_, Some(at)) => Next::Again(at),
    };
    HookTold { next, status, answer, error, holds_others, ends_hook: status == Some(410) }
}
