//! Delivery on one shard: joins, entries, answers, counts, each socket written once. A quiet room is shown
//! at once, a busy one once a tick. It waits for nobody.

use super::connection::Connection;
use super::shard::Shard;
use super::shown::told;
use super::subscribers::{CatchUp, Subscriber, Subscribers, framed};
use super::{Answered, Released};
use crate::limits;
use houseful_room::{
    Audience, Content, Fragment, Headcount, Joined, LiveValue, Mono, Published, Refusal, Seq,
    SessionId,
};
use houseful_wire::ServerFrame;
use houseful_wire::encode::{self, Catchup, Refused, encode_joined, encode_ok, encode_refused};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Answers to commands by session, in order.
type Answers = BTreeMap<SessionId, Vec<(u64, Result<Answered, Refusal>)>>;

impl Shard {
    /// Delivers what a room released: joins, then entries with the answers behind them, then counts.
    pub(super) fn deliver(self: &Rc<Self>, released: Released, now: Mono) {
        let Some(room) = released.room else { return };
        let mut cuts = Vec::new();
        for (session, reference, joined) in released.joined {
            cuts.extend(joined.as_ref().map(|joined| joined.seq));
            self.join(&room, session, reference, joined, now);
        }
        let mut answers = Answers::new();
        for (session, reference, answer) in released.answers {
            answers.entry(session).or_default().push((reference, answer));
        }
        self.publish(&room, &released.published, &cuts, answers, now);
        self.show(&room, &released.live, now);
        for (session, refusal) in released.refused {
            if let Some(connection) = self.connections.borrow().get(&session) {
                connection.send_text(&refused_text(None, &refusal), now);
            }
        }
        for (session, code) in released.rejoin {
            self.resync(session, &room, code);
        }
        for (session, code) in released.gone {
            let connection = self.connections.borrow().get(&session).cloned();
            if let Some(connection) = connection {
                self.shut_out(&connection, &room, code);
            }
        }
        if let Some(headcount) = released.headcount {
            self.tell_headcount(&room, headcount, now);
        }
    }

    /// Entries come before the answers that speak of them (R16); who waits for no answer is shown them at
    /// once if the room was quiet, else with all others of the same tick.
    fn publish(
        &self,
        room: &Arc<str>,
        published: &[Arc<Published>],
        cuts: &[Seq],
        answers: Answers,
        now: Mono,
    ) {
        let mut rooms = self.rooms.borrow_mut();
        let mut subscribers = rooms.get_mut(room);
        if let Some(subscribers) = &mut subscribers {
            subscribers.push(published, cuts);
        }
        for (session, answers) in answers {
            let Some(connection) = self.connections.borrow().get(&session).cloned() else {
                continue;
            };
            connection.guarded(|| {
                let shown = subscribers.as_mut().and_then(|all| all.catch_up(room, session, now));
                let mut frames = match shown {
                    None => Vec::new(),
                    Some(CatchUp::Shared(shown)) => shown.to_vec(),
                    Some(CatchUp::Own(shown)) => shown,
                };
                for (reference, answer) in answers {
                    frames.extend(framed(&answer_text(reference, answer)));
                }
                connection.send_encoded(&frames, now);
            });
        }
        if let Some(subscribers) = subscribers.filter(|_| !published.is_empty()) {
            self.level_soon(room, subscribers, now);
        }
    }

    /// Tells what people show of themselves, at once or with the next tick.
    fn show(&self, room: &Arc<str>, live: &[LiveValue], now: Mono) {
        if live.is_empty() {
            return;
        }
        let mut rooms = self.rooms.borrow_mut();
        let Some(subscribers) = rooms.get_mut(room) else { return };
        subscribers.shown.take(live);
        self.level_soon(room, subscribers, now);
    }

    /// A quiet room is shown at once, a busy one with its next tick.
    fn level_soon(&self, room: &Arc<str>, subscribers: &mut Subscribers, now: Mono) {
        if subscribers.level_at.until_ms(now) >= limits::FANOUT_TICK_MS {
            subscribers.level(room, now);
        }
        if !subscribers.is_level() && !self.busy.borrow().contains(room) {
            self.busy.borrow_mut().push(room.clone());
        }
    }

    /// Milliseconds until a busy room is to be shown again.
    pub(super) fn next_tick_in_ms(&self, now: Mono) -> Option<u64> {
        let rooms = self.rooms.borrow();
        let busy = self.busy.borrow();
        let waiting = busy.iter().map(|room| {
            let level_at = rooms.get(room).map_or(now, |subscribers| subscribers.level_at);
            now.until_ms(level_at.plus_ms(limits::FANOUT_TICK_MS))
        });
        waiting.min()
    }

    /// Shows every busy room at once: the last word before goodbye.
    pub(super) fn level_all(&self, now: Mono) {
        let mut rooms = self.rooms.borrow_mut();
        for room in self.busy.take() {
            if let Some(subscribers) = rooms.get_mut(&room) {
                subscribers.level_fully(&room, now);
            }
        }
    }

    /// Shows the busy rooms whose tick has come.
    pub(super) fn tick_rooms(&self, now: Mono) {
        let mut rooms = self.rooms.borrow_mut();
        self.busy.borrow_mut().retain(|room| {
            let Some(subscribers) = rooms.get_mut(room) else { return false };
            let is_due = subscribers.level_at.until_ms(now) >= limits::FANOUT_TICK_MS;
            if is_due {
                subscribers.level(room, now);
            }
            !subscribers.is_level()
        });
    }

    fn join(
        &self,
        room: &Arc<str>,
        session: SessionId,
        reference: u64,
        joined: Result<Joined, Refusal>,
        now: Mono,
    ) {
        let Some(connection) = self.connections.borrow().get(&session).cloned() else { return };
        match joined {
            Err(refusal) => {
                connection.guarded(|| {
                    connection.send_text(&refused_text(Some(reference), &refusal), now);
                });
                if connection.awaits(room, reference) && !connection.rooms.borrow().contains(room) {
                    connection.unwant_room(room);
                }
            }
            Ok(joined) => {
                connection.guarded(|| {
                    connection.send_text(&joined_text(room, reference, &joined), now);
                    if !joined.live.is_empty() {
                        let values = joined.live.iter().map(told);
                        connection.send_text(&encode::encode_live(room, true, values), now);
                    }
                });
                if !connection.awaits(room, reference) {
                    return;
                }
                let mut watched = connection.rooms.borrow_mut();
                if !watched.contains(room) {
                    watched.push(room.clone());
                }
                drop(watched);
                let (mut audiences, upto) = (joined.audiences, joined.seq);
                if connection.is_visitor.get() {
                    audiences.retain(|audience| *audience == Audience::All);
                }
                let sees_all = audiences.contains(&Audience::All);
                let subscriber = Subscriber::new(connection, audiences, upto);
                let mut rooms = self.rooms.borrow_mut();
                let subscribers = rooms.entry(room.clone()).or_default();
                if sees_all {
                    subscribers.shown.replace(&joined.live);
                }
                subscribers.insert(subscriber);
            }
        }
    }

    fn tell_headcount(&self, room: &Arc<str>, headcount: Headcount, now: Mono) {
        let (here, watching) = (headcount.here as u64, headcount.watching as u64);
        let frame = framed(&ServerFrame::Presence { room, here, watching }.encode()).into();
        if let Some(subscribers) = self.rooms.borrow().get(room) {
            for connection in subscribers.connections() {
                connection.guarded(|| connection.send_shared(&frame, now));
            }
        }
    }

    /// Before a heartbeat: how far the rooms are of which it saw nothing lately.
    pub(super) fn tell_positions(&self, connection: &Rc<Connection>, now: Mono) {
        let mut rooms = self.rooms.borrow_mut();
        for room in connection.rooms.borrow().iter() {
            let Some(subscribers) = rooms.get_mut(room) else { continue };
            let head = subscribers.head;
            let Some(subscriber) = subscribers.get_mut(connection.session) else { continue };
            if subscriber.upto == head && subscriber.told < head {
                subscriber.told = head;
                connection.send_text(&ServerFrame::Position { room, seq: head }.encode(), now);
            }
        }
    }

    /// Whether a session watches a room.
    pub fn is_subscribed(&self, session: SessionId, room: &str) -> bool {
        let rooms = self.rooms.borrow();
        rooms.get(room).is_some_and(|subscribers| subscribers.contains(session))
    }

    /// From now on a session gets nothing of a room.
    pub fn unsubscribe(&self, session: SessionId, room: &str) {
        let mut rooms = self.rooms.borrow_mut();
        if let Some(subscribers) = rooms.get_mut(room) {
            subscribers.remove(session);
            if subscribers.is_empty() {
                rooms.remove(room);
            }
        }
    }

    /// From now on a session gets only what everyone may see, in every room that it watches.
    pub fn make_visitor(&self, connection: &Rc<Connection>) {
        connection.is_visitor.set(true);
        let mut rooms = self.rooms.borrow_mut();
        for room in connection.rooms.borrow().iter() {
            if let Some(subscribers) = rooms.get_mut(room) {
                subscribers.make_visitor(connection.session);
            }
        }
    }

    /// Shuts a session out of a room.
    pub fn shut_out(&self, connection: &Rc<Connection>, room: &str, code: &str) {
        self.unsubscribe(connection.session, room);
        connection.forget_room(room);
        connection.unwant_room(room);
        connection.send_text(&ServerFrame::Gone { room, code }.encode(), self.now());
    }

    /// What a session may see of a room that it watches.
    pub fn audiences(&self, session: SessionId, room: &str) -> Vec<Audience> {
        let rooms = self.rooms.borrow();
        rooms.get(room).map_or(Vec::new(), |subscribers| subscribers.audiences(session).to_vec())
    }

    /// A session's copy of a room is no longer kept up to date: it is to join again.
    pub fn resync(&self, session: SessionId, room: &Arc<str>, code: &str) {
        self.unsubscribe(session, room);
        let connection = self.connections.borrow().get(&session).cloned();
        if let Some(connection) = connection {
            connection.forget_room(room);
            let frame = ServerFrame::Resync { room, code }.encode();
            connection.guarded(|| connection.send_text(&frame, self.now()));
        }
    }
}

fn joined_text(room: &str, reference: u64, joined: &Joined) -> String {
    let head = encode::Joined {
        reference,
        room,
        app: joined.app,
        version: joined.version,
        epoch: joined.epoch,
        term: joined.term,
        seq: joined.seq,
        role: joined.role,
    };
    match &joined.content {
        Content::Parts(parts) => encode_joined(&head, Catchup::Parts(parts)),
        Content::Fragments(fragments) => {
            let texts: Vec<String> = fragments.iter().map(Fragment::text).collect();
            encode_joined(&head, Catchup::Fragments(&texts))
        }
    }
}

fn answer_text(reference: u64, answer: Result<Answered, Refusal>) -> String {
    match answer {
        Ok(answered) => encode_ok(reference, Some(answered.seq), Some(&answered.reply)),
        Err(refusal) => refused_text(Some(reference), &refusal),
    }
}

/// A refusal as a frame.
pub fn refused_text(reference: Option<u64>, refusal: &Refusal) -> String {
    let details = refusal.details.as_ref().map(ToString::to_string);
    encode_refused(&Refused {
        reference,
        code: refusal.code,
        message: Cow::Borrowed(&refusal.message),
        retry_after_ms: refusal.retry_after_ms,
        fields: refusal
            .fields
            .iter()
            .map(|(k, v)| (k.as_str().into(), v.as_str().into()))
            .collect(),
        details: details.as_deref(),
    })
}
