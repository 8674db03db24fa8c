//! The task that records what people are told: news at once, reminders when they are due. It sleeps until then, woken
//! by what is committed; what it was doing when the process died it begins again, and the store takes each but once.

mod facts;

use super::about::About;
use super::attention::Attention;
use super::event_subject;
use super::kind::{Kind, MailWhen};
use super::news::news;
use super::outbox::Postman;
use super::plan::{Due, WINDOW_MS, day_ahead, due_now, next_due, wanted};
use super::settings::Settings;
use super::tell::Teller;
use super::write::{Mailing, Message, write};
use crate::clock::Clock;
use crate::drain::Tasks;
use crate::limits::{
    BOOKINGS_LOOKED_BACK_MS, NOTIFY_LOOK_MS_MAX, NOTIFY_RETRY_MS, NOTIFY_SETTLE_MS, PAGE_ROWS_MAX,
    TOLD_AT_ONCE,
};
use crate::store::{
    Guard, ListenerRow, NewNotification, News, NotificationRow, SoonRow, Store, StoreError,
};
use houseful_room::{AccountId, Mono, Wall};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// What the task works with.
pub struct Scheduler {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    attention: Arc<Attention>,
    teller: Teller,
    postman: Postman,
    /// The sign that there is something to push.
    to_push: Arc<Notify>,
    /// From when on somebody who is not in the lobby is away.
    settled_at: Mono,
    /// Bookings since then may not have been told.
    bookings_since: i64,
    /// The reminders of each event that everybody has got.
    reminded: HashMap<u64, Reminded>,
    /// Whether a webhook may have been switched off of which nobody was told.
    has_lost_hooks: bool,
}

/// Up to which of an event's reminders everybody has got theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reminded {
    starts_at: i64,
    /// The shortest time ahead.
    lead: Option<u32>,
    /// Since when the organiser has set them.
    set_at: Option<Wall>,
    /// Whether those who wish it promptly have.
    is_day_ahead: bool,
}

impl Scheduler {
    /// The task, from now on.
    pub fn new(
        teller: Teller,
        attention: Arc<Attention>,
        postman: Postman,
        to_push: Arc<Notify>,
    ) -> Scheduler {
        let (store, clock) = (teller.store.clone(), teller.clock.clone());
        let settled_at = clock.mono() + Duration::from_millis(NOTIFY_SETTLE_MS);
        let bookings_since = clock.wall().0 - BOOKINGS_LOOKED_BACK_MS;
        let tasks = teller.router.tasks().clone();
        let reminded = HashMap::new();
        Scheduler {
            store,
            clock,
            tasks,
            attention,
            teller,
            postman,
            to_push,
            settled_at,
            bookings_since,
            has_lost_hooks: true,
            reminded,
        }
    }

    /// Runs until the server drains.
    pub async fn run(mut self) {
        let drain = self.tasks.draining();
        let (mut has_bookings, mut has_offers) = (true, true);
        while !drain.is_cancelled() {
            let next = match self.round(&mut has_bookings, &mut has_offers).await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "what people are told cannot be recorded");
                    Some(self.clock.wall().0 + NOTIFY_RETRY_MS)
                }
            };
            tokio::select! {
                () = drain.cancelled() => return,
                () = self.attention.woken() => {}
                () = self.sleep(next) => {}
            }
        }
    }

    /// Until a moment, or until people have had the time to come back. The wall clock is looked at now and then, for
    /// it may jump.
    async fn sleep(&self, until: Option<i64>) {
        let was_settled = self.is_settled();
        while was_settled == self.is_settled() {
            let left = until.map_or(NOTIFY_LOOK_MS_MAX, |at| at - self.clock.wall().0);
            if left <= 0 {
                return;
            }
            let left = Duration::from_millis(left.min(NOTIFY_LOOK_MS_MAX).unsigned_abs());
            let settling = Duration::from_millis(self.clock.mono().until_ms(self.settled_at));
            let left = if was_settled { left } else { left.min(settling) };
            tokio::time::sleep(left).await;
        }
    }

    fn is_settled(&self) -> bool {
        self.clock.mono() >= self.settled_at
    }

    /// Does all that is due; answers when more is.
    async fn round(
        &mut self,
        has_bookings: &mut bool,
        has_offers: &mut bool,
    ) -> Result<Option<i64>, StoreError> {
        let noted = self.attention.take();
        *has_bookings |= noted.has_orders;
        if *has_bookings {
            self.tell_bookings().await?;
            *has_bookings = false;
        }
        *has_offers |= noted.has_offers;
        if *has_offers {
            self.tell_offers().await?;
            *has_offers = false;
        }
        if std::mem::take(&mut self.has_lost_hooks) || noted.has_lost_hooks {
            self.tell_lost_hooks().await?;
        }
        for event in noted.prompted {
            self.reminded.remove(&event);
        }
        self.tell_mentions(noted.mentions).await?;
        self.tell_guests(noted.guests).await?;
        for (event, account) in noted.invited {
            self.tell_invited(event, Some(account)).await?;
        }
        self.tell_news().await?;
        let now = self.clock.wall().0;
        let store = self.store.clone();
        let (soon, later) = self
            .blocking(move || {
                let until = now + WINDOW_MS;
                Ok((store.soon(now, until)?, store.first_start_after(until)?))
            })
            .await?;
        if self.is_settled() {
            self.reminded.retain(|event, _| soon.iter().any(|row| row.facts.event == *event));
            for event in &soon {
                self.remind(event, now).await?;
            }
        }
        Ok(next_due(&soon, later, now))
    }

    /// Reminds everyone of an event who wished to be by now.
    async fn remind(&mut self, event: &SoonRow, now: i64) -> Result<(), StoreError> {
        let (facts, dues) = (&event.facts, due_now(event, now));
        let newest = Reminded {
            starts_at: facts.starts_at,
            lead: dues.first().map(|due| due.lead),
            set_at: event.reminders.as_ref().map(|reminders| reminders.since),
            is_day_ahead: day_ahead(event, now).is_some(),
        };
        let is_any_due = newest.lead.is_some() || newest.is_day_ahead;
        if !is_any_due || self.reminded.get(&facts.event) == Some(&newest) {
            return Ok(());
        }
        let guard = Guard { event: facts.event, starts_at: facts.starts_at };
        let mut after = AccountId(0);
        loop {
            let (store, id) = (self.store.clone(), facts.event);
            let page = self.blocking(move || store.audience(id, after, TOLD_AT_ONCE)).await?;
            let Some(last) = page.last().map(|listener| listener.account) else { break };
            after = last;
            let new = self.reminders(event, &dues, &page, now);
            self.record(new, Some(guard)).await?;
        }
        self.reminded.insert(facts.event, newest);
        Ok(())
    }

    fn reminders(
        &self,
        event: &SoonRow,
        dues: &[Due],
        page: &[ListenerRow],
        now: i64,
    ) -> Vec<NewNotification> {
        let reminder = |listener: &ListenerRow| {
            let settings = Settings::read(listener.settings.as_deref());
            let wished = settings.reminder_minutes.as_deref();
            let prompt = || day_ahead(event, now).filter(|_| listener.is_prompt);
            let due = wanted(event, dues, wished, listener.since).or_else(prompt)?;
            let about = About { lead_minutes: Some(due.lead), ..About::event(&event.facts) };
            let key = format!("{}/{}", event.facts.starts_at, due.lead);
            let (subject, data) = (event_subject(event.facts.event), about.to_text());
            let message = Message { kind: Kind::Reminder, subject, key, data: &data };
            Some(self.written(listener, &settings, &message, now))
        };
        page.iter().filter_map(reminder).collect()
    }

    /// Tells what is new of events. What an earlier process began comes first.
    async fn tell_news(&self) -> Result<(), StoreError> {
        loop {
            let store = self.store.clone();
            for begun in self.blocking(move || store.unfinished_news()).await? {
                self.tell_all(&begun).await?;
            }
            let (store, now) = (self.store.clone(), self.clock.wall().0);
            let changed = self.blocking(move || store.changed_events(now, PAGE_ROWS_MAX)).await?;
            if changed.is_empty() {
                return Ok(());
            }
            let store = self.store.clone();
            self.blocking(move || {
                let begin = |(facts, told): (_, Option<_>)| {
                    store.begin_news(news(told.as_ref(), facts, now))
                };
                changed.into_iter().try_for_each(begin)
            })
            .await?;
        }
    }

    /// Tells one event's news to all who are to hear of it, unless it is to be settled first who is away.
    async fn tell_all(&self, news: &News) -> Result<(), StoreError> {
        let kind = news.kind.as_deref().and_then(Kind::parse);
        if kind.is_some_and(|kind| kind.mail_when() == MailWhen::Away) && !self.is_settled() {
            return Ok(());
        }
        let (facts, revision) = (&news.told.facts, news.told.revision);
        let (event, owner, now) = (facts.event, facts.owner, self.clock.wall().0);
        let mut after = AccountId(0);
        while let Some(kind) = kind {
            let store = self.store.clone();
            let page = self.blocking(move || match kind {
                Kind::Published => store.audience_of_organiser(owner, event, after, TOLD_AT_ONCE),
                _ => store.audience(event, after, TOLD_AT_ONCE),
            });
            let page = page.await?;
            let Some(last) = page.last() else { break };
            after = last.account;
            // One is told once that an event is there, and of each change.
            let key = if kind == Kind::Published { 0 } else { revision };
            let (subject, key) = (event_subject(event), key.to_string());
            let message = Message { kind, subject, key, data: &news.data };
            let knew_not = |one: &&ListenerRow| one.since <= news.begun_at;
            let new = page.iter().filter(knew_not).map(|listener| {
                let settings = Settings::read(listener.settings.as_deref());
                self.written(listener, &settings, &message, now)
            });
            self.record(new.collect(), None).await?;
        }
        if kind == Some(Kind::Published) {
            self.tell_invited(event, None).await?;
        }
        let store = self.store.clone();
        self.blocking(move || store.finish_news(event, revision)).await
    }

    fn written(
        &self,
        to: &ListenerRow,
        settings: &Settings,
        message: &Message<'_>,
        now: i64,
    ) -> NewNotification {
        let maker = self.postman.maker(now);
        let mailing = Mailing {
            is_here: &|account| self.teller.places.is_in_lobby(account),
            message_id: maker.as_ref().map(|maker| maker as &dyn Fn() -> String),
        };
        write(to, settings, message, &mailing)
    }

    /// Records what is new of it, and tells whoever is there.
    async fn record(
        &self,
        new: Vec<NewNotification>,
        guard: Option<Guard>,
    ) -> Result<(), StoreError> {
        if new.is_empty() {
            return Ok(());
        }
        let (store, at, kept) = (self.store.clone(), self.clock.wall().0, new.clone());
        let recorded = self.blocking(move || store.record(new, guard, at)).await?;
        metrics::counter!("houseful_notifications").increment(recorded.len() as u64);
        let mut told = Vec::with_capacity(recorded.len());
        let (mut has_mail, mut has_push) = (false, false);
        for (index, id) in recorded {
            let Some(one) = kept.get(index) else { continue };
            has_mail |= one.message_id.is_some();
            has_push |= one.is_pushed;
            if !one.is_seen {
                let (kind, data) = (one.kind.to_owned(), one.data.clone());
                let row = NotificationRow { id, kind, data, at, seen_at: None };
                told.push((one.account, Some(row)));
            }
        }
        if has_mail {
            self.postman.wake();
        }
        if has_push {
            self.to_push.notify_one();
        }
        self.teller.tell(told).await;
        Ok(())
    }

    async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.tasks.blocking(call).await;
        done.unwrap_or_else(|error| Err(StoreError::Failed(error.to_string())))
    }
}
