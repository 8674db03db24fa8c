//! Telling single people what has just happened to them: that they have booked, that places are kept for them, that
//! somebody spoke to them, that they are invited. Nobody is told of a room or an event that they may not see.

use super::super::attention::Mention;
use super::super::room_subject;
use super::{About, Kind, Message, Scheduler, Settings, event_subject};
use crate::clock::rfc3339;
use crate::limits::{BOOKING_COMMIT_MS_MAX, HOOKS_LOOKED_BACK_MS, TOLD_AT_ONCE};
use crate::store::{ListenerRow, ListingRow, NewNotification, StoreError};
use houseful_room::{AccountId, Wall};
use std::collections::HashMap;

impl Scheduler {
    /// Tells whoever has booked and was not told.
    pub(super) async fn tell_bookings(&mut self) -> Result<(), StoreError> {
        let (store, now, since) = (self.store.clone(), self.clock.wall().0, self.bookings_since);
        let orders = self.blocking(move || store.untold_orders(since, now)).await?;
        for some in orders.chunks(TOLD_AT_ONCE) {
            let people = some.iter().map(|order| order.account).collect();
            let people = self.people(people).await?;
            let told = some.iter().filter_map(|row| {
                let (order, code) = (Some(row.order.clone()), Some(row.code.clone()));
                let about = About { order, code, ..About::event(&row.facts) };
                let (kind, subject) = (Kind::Booked, event_subject(row.facts.event));
                let (key, data) = (row.order.clone(), about.to_text());
                let message = Message { kind, subject, key, data: &data };
                Some(self.told(people.get(&row.account)?, &message, now))
            });
            self.record(told.collect(), None).await?;
        }
        self.bookings_since = now - BOOKING_COMMIT_MS_MAX;
        Ok(())
    }

    /// Tells whoever waited that places are kept for them, once for each offer.
    pub(super) async fn tell_offers(&self) -> Result<(), StoreError> {
        let (store, now) = (self.store.clone(), self.clock.wall().0);
        let offers = self.blocking(move || store.untold_offers(now)).await?;
        for some in offers.chunks(TOLD_AT_ONCE) {
            let people = self.people(some.iter().map(|offer| offer.account).collect()).await?;
            let told = some.iter().filter_map(|row| {
                let (until, places) = (Some(rfc3339(Wall(row.until))), Some(row.count));
                let about = About { until, places, ..About::event(&row.facts) };
                let (kind, subject) = (Kind::Offer, event_subject(row.facts.event));
                let (key, data) = (row.since.to_string(), about.to_text());
                let message = Message { kind, subject, key, data: &data };
                Some(self.told(people.get(&row.account)?, &message, now))
            });
            self.record(told.collect(), None).await?;
        }
        Ok(())
    }

    /// Tells whoever has a webhook that was switched off, each time once.
    pub(super) async fn tell_lost_hooks(&self) -> Result<(), StoreError> {
        let (store, now) = (self.store.clone(), self.clock.wall().0);
        let hooks = self.blocking(move || store.given_up_hooks(now - HOOKS_LOOKED_BACK_MS)).await?;
        let people = self.people(hooks.iter().map(|hook| hook.account).collect()).await?;
        let told = hooks.iter().filter_map(|hook| {
            let about = About { title: hook.url.clone(), ..About::default() };
            let (kind, subject) = (Kind::Webhook, format!("webhook:{}", hook.id));
            let (key, data) = (hook.given_up_at?.to_string(), about.to_text());
            let message = Message { kind, subject, key, data: &data };
            Some(self.told(people.get(&hook.account)?, &message, now))
        });
        self.record(told.collect(), None).await
    }

    /// Tells whoever was spoken to.
    pub(super) async fn tell_mentions(&self, mentions: Vec<Mention>) -> Result<(), StoreError> {
        let now = self.clock.wall().0;
        for mention in mentions {
            let Some((room, person)) = self.seen(&mention.room, mention.account).await? else {
                continue;
            };
            let (author, message) = (Some(mention.author.0), Some(mention.message));
            let about = About { author, message, ..about_room(&room) };
            let (kind, subject) = (Kind::Mention, room_subject(&room.path));
            let (key, data) = (mention.message.to_string(), about.to_text());
            let message = Message { kind, subject, key, data: &data };
            self.record(vec![self.told(&person, &message, now)], None).await?;
        }
        Ok(())
    }

    /// Tells whoever is invited to a private room, once.
    pub(super) async fn tell_guests(
        &self,
        guests: Vec<(String, AccountId)>,
    ) -> Result<(), StoreError> {
        let now = self.clock.wall().0;
        for (path, account) in guests {
            let Some((room, person)) = self.seen(&path, account).await? else { continue };
            if room.visibility != "private" || room.owner == account {
                continue;
            }
            let (kind, subject) = (Kind::Invitation, room_subject(&room.path));
            let (key, data) = (String::new(), about_room(&room).to_text());
            let message = Message { kind, subject, key, data: &data };
            self.record(vec![self.told(&person, &message, now)], None).await?;
        }
        Ok(())
    }

    /// Tells whoever is invited to a private event that is published, once: all of them, or one.
    pub(super) async fn tell_invited(
        &self,
        event: u64,
        only: Option<AccountId>,
    ) -> Result<(), StoreError> {
        let (store, now) = (self.store.clone(), self.clock.wall().0);
        let found = self
            .blocking(move || {
                let row = store.event(event)?;
                let row = row.filter(|row| row.status == "published" && row.starts_at > now);
                let Some(row) = row.filter(|row| row.visibility == "private") else {
                    return Ok(None);
                };
                let known = store.event_people(&[event])?.into_iter();
                let invited = known.filter(|(_, _, role)| role == "invited").map(|(_, who, _)| who);
                let invited = invited.filter(|who| only.is_none_or(|only| only == *who));
                Ok(Some((row, store.listeners(&invited.collect::<Vec<_>>())?)))
            })
            .await?;
        let Some((row, invited)) = found else { return Ok(()) };
        let about = About {
            event: Some(row.id),
            title: row.title,
            starts_at: Some(rfc3339(Wall(row.starts_at))),
            time_zone: Some(row.time_zone),
            place: Some(row.place),
            ..About::default()
        };
        let data = about.to_text();
        let (kind, subject) = (Kind::Invitation, event_subject(event));
        let message = Message { kind, subject, key: String::new(), data: &data };
        for some in invited.chunks(TOLD_AT_ONCE) {
            let new = some.iter().map(|person| self.told(person, &message, now));
            self.record(new.collect(), None).await?;
        }
        Ok(())
    }

    fn told(&self, to: &ListenerRow, message: &Message<'_>, now: i64) -> NewNotification {
        let settings = Settings::read(to.settings.as_deref());
        self.written(to, &settings, message, now)
    }

    /// A room and somebody, if they may know of it: it does not hide, and its event is there for everyone.
    async fn seen(
        &self,
        path: &str,
        account: AccountId,
    ) -> Result<Option<(ListingRow, ListenerRow)>, StoreError> {
        let (store, path) = (self.store.clone(), path.to_owned());
        self.blocking(move || {
            let Some(room) = store.listing(&path)? else { return Ok(None) };
            let is_hidden = store.is_hidden(&path, Some(account))?;
            let is_draft = match room.event {
                Some(event) => store.event(event)?.is_none_or(|event| event.status == "draft"),
                None => false,
            };
            if room.phase == "closed" || is_hidden || is_draft {
                return Ok(None);
            }
            Ok(store.listeners(&[account])?.pop().map(|person| (room, person)))
        })
        .await
    }

    async fn people(
        &self,
        accounts: Vec<AccountId>,
    ) -> Result<HashMap<AccountId, ListenerRow>, StoreError> {
        let store = self.store.clone();
        let people = self.blocking(move || store.listeners(&accounts)).await?;
        Ok(people.into_iter().map(|person| (person.account, person)).collect())
    }
}

fn about_room(room: &ListingRow) -> About {
    let (path, title) = (Some(room.path.clone()), room.title.clone());
    About { room: path, event: room.event, title, ..About::default() }
}
