//! The outbox: mails are written with their notification, and sent here, late rather than never, each once unless the
//! process ends between the mail server's word and ours. Nothing waits for it.

mod enclose;
pub(super) mod letter;
mod own_words;
mod post;
pub(super) mod preview;
pub(crate) mod words;

use super::kind::Kind;
use super::settings::Settings;
use super::{About, link};
use crate::accounts::random;
use crate::clock::Clock;
use crate::config::Config;
use crate::drain::Tasks;
use crate::limits::{MAIL_LIFE_MS, MAILS_AT_ONCE, MAILS_PER_ROUND, NOTIFY_RETRY_MS};
use crate::retries::{next_try, pause_ms, until};
use crate::room::OsIds;
use crate::store::{DueMail, Hash, Store, StoreError, Tried};
use futures_util::{StreamExt, stream};
use houseful_room::Ids;
use letter::{House, Letter};
use post::{NotSent, Post};
use std::future::ready;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, UNIX_EPOCH};
use tokio::sync::Notify;

/// Where mails are handed in: whether there is any post at all, and the sign that there is something for it.
#[derive(Clone)]
pub struct Postman {
    /// What Message-IDs are unique by; none if no mail server is set.
    domain: Option<Arc<str>>,
    woken: Arc<Notify>,
}

/// The task that sends what is in the outbox.
pub struct Outbox {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    tasks: Tasks,
    post: Post,
    public_url: String,
    domain: String,
    secret: Hash,
    woken: Arc<Notify>,
    /// How often in a row the mail server did not answer, and until when it is left alone.
    failures: u32,
    paused_until: i64,
}

impl Postman {
    /// As the operator has set it.
    pub fn new(config: &Config) -> Postman {
        let domain = config.mail.as_ref().map(|_| config.domain().into());
        Postman { domain, woken: Arc::default() }
    }

    /// Whether mails are sent.
    pub fn is_there(&self) -> bool {
        self.domain.is_some()
    }

    /// A Message-ID that no mail has; none if no mails are sent.
    pub(super) fn maker(&self, now: i64) -> Option<impl Fn() -> String + '_> {
        let domain = self.domain.as_ref()?;
        Some(move || format!("{}@{domain}", OsIds.uuid(houseful_room::Wall(now))))
    }

    /// There is something in the outbox.
    pub fn wake(&self) {
        self.woken.notify_one();
    }
}

impl Outbox {
    /// The task; none if no mail server is set, which is said once. Blocks.
    pub fn open(
        config: &Config,
        postman: &Postman,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        tasks: Tasks,
    ) -> anyhow::Result<Option<Outbox>> {
        let (Some(mail), Some(public_url)) = (&config.mail, config.public_url.clone()) else {
            tracing::info!("no mail server is set, so no mails are sent: see [mail]");
            return Ok(None);
        };
        let domain = config.domain();
        let post = Post::new(mail, &domain)?;
        let secret = store.secret(link::SECRET, random())?;
        let woken = postman.woken.clone();
        let (failures, paused_until) = (0, i64::MIN);
        Ok(Some(Outbox {
            store,
            clock,
            tasks,
            post,
            public_url,
            domain,
            secret,
            woken,
            failures,
            paused_until,
        }))
    }

    /// Runs until the server drains. A mail that is being handed over then is waited for.
    pub async fn run(mut self) {
        let drain = self.tasks.draining();
        while !drain.is_cancelled() {
            let next = match self.round().await {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "the outbox cannot be read or written");
                    Some(self.clock.wall().0 + NOTIFY_RETRY_MS)
                }
            };
            tokio::select! {
                () = drain.cancelled() => return,
                () = self.wait(next) => {}
            }
        }
    }

    /// Until the next mail is due, or another is there.
    async fn wait(&self, next: Option<i64>) {
        tokio::select! {
            () = until(&*self.clock, next) => {}
            () = self.woken.notified() => {}
        }
    }

    /// Tries what is due; answers when the next is.
    async fn round(&mut self) -> Result<Option<i64>, StoreError> {
        let now = self.clock.wall().0;
        if now < self.paused_until {
            return Ok(Some(self.paused_until));
        }
        let store = self.store.clone();
        let due = self.blocking(move || store.due_mails(now, MAILS_PER_ROUND)).await?;
        let (reached, unreachable) = self.try_all(due).await?;
        if reached {
            self.failures = 0;
        }
        if unreachable {
            self.paused_until = now + pause_ms(self.failures);
            self.failures = self.failures.saturating_add(1);
            return Ok(Some(self.paused_until));
        }
        let store = self.store.clone();
        self.blocking(move || store.next_mail()).await
    }

    /// Tries mails until the server is found to be away; what is under way then is waited for. Answers whether it
    /// was there, and whether it was not.
    async fn try_all(&self, due: Vec<DueMail>) -> Result<(bool, bool), StoreError> {
        let is_over = AtomicBool::new(false);
        let goes_on = || !is_over.load(Ordering::Relaxed) && !self.tasks.is_draining();
        let mut tries = stream::iter(due)
            .take_while(|_| ready(goes_on()))
            .map(|mail| async move { self.try_one(&mail).await })
            .buffer_unordered(MAILS_AT_ONCE);
        let (mut reached, mut unreachable) = (false, false);
        while let Some(is_reached) = tries.next().await {
            match is_reached? {
                true => reached = true,
                false => {
                    unreachable = true;
                    is_over.store(true, Ordering::Relaxed);
                }
            }
        }
        Ok((reached, unreachable))
    }

    /// Tries a mail and notes what became of it. Answers whether the mail server was there.
    async fn try_one(&self, mail: &DueMail) -> Result<bool, StoreError> {
        let now = self.clock.wall().0;
        let (outcome, is_reached) = match self.unwanted(mail, now).await? {
            Some(why) => (Tried::Dropped(why.to_owned()), true),
            None => self.send(mail, now).await,
        };
        let counter = match &outcome {
            Tried::Sent => "houseful_mails_sent",
            Tried::Again(..) => "houseful_mails_put_off",
            Tried::Failed(_) => "houseful_mails_failed",
            Tried::Dropped(_) => "houseful_mails_dropped",
        };
        metrics::counter!(counter).increment(1);
        let (store, id) = (self.store.clone(), mail.id);
        self.blocking(move || store.tried(id, outcome, now)).await?;
        Ok(is_reached)
    }

    /// Why a mail is not sent any more: what it says is no longer so, or nobody wants it.
    async fn unwanted(&self, mail: &DueMail, now: i64) -> Result<Option<&'static str>, StoreError> {
        let Some(kind) = Kind::parse(&mail.kind) else { return Ok(Some("of an unknown kind")) };
        if !Settings::read(mail.settings.as_deref()).channels(kind).mail {
            return Ok(Some("no longer wanted"));
        }
        let about = About::read(&mail.data);
        if kind == Kind::Offer && about.until_ms().is_some_and(|until| until <= now) {
            return Ok(Some("the offer has ended"));
        }
        if kind != Kind::Reminder {
            return Ok(None);
        }
        let (store, event) = (self.store.clone(), about.event.unwrap_or_default());
        let event = self.blocking(move || store.event(event)).await?;
        let is_so = event.is_some_and(|event| {
            event.status == "published" && Some(event.starts_at) == about.starts_at_ms()
        });
        Ok(match about.starts_at_ms() {
            _ if !is_so => Some("the event is not as it was"),
            Some(starts_at) if starts_at <= now => Some("the event has begun"),
            _ => None,
        })
    }

    async fn send(&self, mail: &DueMail, now: i64) -> (Tried, bool) {
        let house =
            House { public_url: &self.public_url, domain: &self.domain, secret: &self.secret };
        let enclosed = match self.enclosed(mail).await {
            Ok(enclosed) => enclosed,
            Err(error) => return (again(mail, now, error.to_string()), true),
        };
        let Some(letter) = Letter::write(mail, &house, enclosed, now) else {
            return (Tried::Failed("of an unknown kind".to_owned()), true);
        };
        let date = UNIX_EPOCH + Duration::from_millis(now.unsigned_abs());
        match self.post.send(mail, &letter, date).await {
            Ok(()) => (Tried::Sent, true),
            Err(NotSent::Never(why)) => (Tried::Failed(why), true),
            Err(NotSent::Later(why)) => (again(mail, now, why), true),
            Err(NotSent::Unreachable(why)) => {
                tracing::warn!(why, "the mail server cannot be reached");
                (again(mail, now, why), false)
            }
        }
    }

    async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.tasks.blocking(call).await;
        done.unwrap_or_else(|error| Err(StoreError::Failed(error.to_string())))
    }
}

/// When a mail that was not taken is tried again, or that it is given up.
fn again(mail: &DueMail, now: i64, why: String) -> Tried {
    let next = next_try(mail.tries + 1, mail.created_at, now, OsIds.random());
    match next.filter(|at| *at <= mail.created_at + MAIL_LIFE_MS) {
        Some(at) => Tried::Again(at, why),
        None => Tried::Failed(why),
    }
}
