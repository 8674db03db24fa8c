//! Delivery on one shard: what everyone may see is one shared frame; who may see more, or has just
//! joined, gets a frame put together from the same shared fragments. Never encodes for one connection.

use super::connection::Connection;
use super::shard::Shard;
use super::{Answered, Batch, Released};
use houseful_room::{
    Audience, Content, Fragment, Headcount, Joined, Mono, Refusal, Seq, SessionId,
};
use houseful_wire::encode::{
    self, Catchup, Refused, encode_joined, encode_ok, encode_ops, encode_refused,
};
use houseful_wire::{ServerFrame, ws};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// Who on this shard watches a room.
#[derive(Default)]
pub(super) struct Subscribers {
    /// The last entry that was delivered.
    head: Seq,
    all: Vec<Subscriber>,
    places: HashMap<SessionId, usize>,
    /// Who belongs to an audience other than everyone.
    by_audience: BTreeMap<Audience, Vec<SessionId>>,
}

struct Subscriber {
    connection: Rc<Connection>,
    audiences: Vec<Audience>,
    /// Its position when it joined: entries up to it were in the answer.
    from: Seq,
    /// The last entry of which it was sent something.
    sent: Seq,
}

impl Subscribers {
    fn insert(&mut self, session: SessionId, subscriber: Subscriber) {
        self.remove(session);
        for audience in &subscriber.audiences {
            if *audience != Audience::All {
                self.by_audience.entry(audience.clone()).or_default().push(session);
            }
        }
        self.head = self.head.max(subscriber.from);
        self.places.insert(session, self.all.len());
        self.all.push(subscriber);
    }

    fn remove(&mut self, session: SessionId) {
        let Some(place) = self.places.remove(&session) else { return };
        let gone = self.all.swap_remove(place);
        if let Some(moved) = self.all.get(place) {
            self.places.insert(moved.connection.session, place);
        }
        for audience in &gone.audiences {
            if let Some(sessions) = self.by_audience.get_mut(audience) {
                sessions.retain(|other| *other != session);
                if sessions.is_empty() {
                    self.by_audience.remove(audience);
                }
            }
        }
    }

    /// The sessions that do not get just the shared frame: they see more of it, or have some of it already.
    fn special(&self, batch: &Batch) -> Vec<SessionId> {
        let first = batch.published.first().map_or(0, |entry| entry.seq);
        let mut special: Vec<SessionId> =
            self.all.iter().filter(|s| s.from >= first).map(|s| s.connection.session).collect();
        for fragment in batch.published.iter().flat_map(|entry| &entry.fragments) {
            if fragment.audience != Audience::All {
                special.extend(self.by_audience.get(&fragment.audience).into_iter().flatten());
            }
        }
        special.sort_unstable();
        special.dedup();
        special
    }
}

impl Subscriber {
    /// The fragments of a batch that this session may see and does not have.
    fn visible<'a>(&'a self, batch: &'a Batch) -> Vec<&'a Fragment> {
        let entries = batch.published.iter().filter(|entry| entry.seq > self.from);
        let fragments = entries.flat_map(|entry| &entry.fragments);
        fragments.filter(|fragment| self.audiences.contains(&fragment.audience)).collect()
    }
}

impl Batch {
    /// The frame of what everyone may see, encoded by whichever shard comes first.
    fn public(&self) -> Option<&Arc<[u8]>> {
        self.public.get_or_init(|| {
            let entries = self.published.iter().flat_map(|entry| &entry.fragments);
            let public: Vec<&str> = entries
                .filter(|fragment| fragment.audience == Audience::All)
                .map(|fragment| &*fragment.text)
                .collect();
            (!public.is_empty()).then(|| framed(&encode_ops(&self.room, &public)).into())
        });
        self.public.get().and_then(Option::as_ref)
    }
}

fn framed(text: &str) -> Vec<u8> {
    let mut frame = Vec::with_capacity(text.len() + 10);
    ws::encode_frame(ws::Opcode::Text, text.as_bytes(), &mut frame);
    frame
}

/// Answers to commands by session, each already a frame.
type Answers = BTreeMap<SessionId, Vec<u8>>;

impl Shard {
    /// Delivers what a room released: joins, then entries with the answers behind them, then counts.
    pub(super) fn deliver(self: &Rc<Self>, released: Released, now: Mono) {
        let Some(room) = released.room else { return };
        for (session, reference, joined) in released.joined {
            self.join(&room, session, reference, joined, now);
        }
        let mut answers = Answers::new();
        for (session, reference, answer) in released.answers {
            answers.entry(session).or_default().extend(framed(&answer_text(reference, answer)));
        }
        if let Some(batch) = &released.batch {
            self.publish(&room, batch, &mut answers, now);
        }
        for (session, frames) in answers {
            if let Some(connection) = self.connections.borrow().get(&session) {
                connection.send_encoded(&frames, now);
            }
        }
        if let Some(headcount) = released.headcount {
            self.tell_headcount(&room, headcount, now);
        }
    }

    fn publish(&self, room: &Arc<str>, batch: &Batch, answers: &mut Answers, now: Mono) {
        let mut rooms = self.rooms.borrow_mut();
        let Some(subscribers) = rooms.get_mut(room) else { return };
        let special = subscribers.special(batch);
        let last = batch.published.last().map_or(0, |entry| entry.seq);
        for subscriber in &mut subscribers.all {
            let session = subscriber.connection.session;
            let is_special = !special.is_empty() && special.binary_search(&session).is_ok();
            let own: Cow<'_, [u8]> = if is_special {
                let visible = subscriber.visible(batch);
                if visible.is_empty() {
                    continue;
                }
                let texts: Vec<&str> = visible.iter().map(|fragment| &*fragment.text).collect();
                Cow::Owned(framed(&encode_ops(room, &texts)))
            } else {
                let Some(public) = batch.public() else { continue };
                if !answers.contains_key(&session) {
                    subscriber.sent = last;
                    subscriber.connection.send_shared(public, now);
                    continue;
                }
                Cow::Borrowed(&**public)
            };
            subscriber.sent = last;
            let mut frames = own.into_owned();
            frames.extend(answers.remove(&session).unwrap_or_default());
            subscriber.connection.send_encoded(&frames, now);
        }
        subscribers.head = subscribers.head.max(last);
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
                connection.send_text(&refused_text(reference, &refusal), now);
                if connection.awaits(room, reference) && !connection.rooms.borrow().contains(room) {
                    connection.unwant_room(room);
                }
            }
            Ok(joined) => {
                connection.send_text(&joined_text(room, reference, &joined), now);
                if !connection.awaits(room, reference) {
                    return;
                }
                let mut watched = connection.rooms.borrow_mut();
                if !watched.contains(room) {
                    watched.push(room.clone());
                }
                drop(watched);
                let (mut audiences, from) = (joined.audiences, joined.seq);
                if connection.is_visitor.get() {
                    audiences = vec![Audience::All];
                }
                let subscriber = Subscriber { connection, audiences, from, sent: from };
                let mut rooms = self.rooms.borrow_mut();
                rooms.entry(room.clone()).or_default().insert(session, subscriber);
            }
        }
    }

    fn tell_headcount(&self, room: &Arc<str>, headcount: Headcount, now: Mono) {
        let (here, watching) = (headcount.here as u64, headcount.watching as u64);
        let frame = framed(&ServerFrame::Presence { room, here, watching }.encode()).into();
        if let Some(subscribers) = self.rooms.borrow().get(room) {
            for subscriber in &subscribers.all {
                subscriber.connection.send_shared(&frame, now);
            }
        }
    }

    /// Before a heartbeat: how far the rooms are of which it saw nothing lately.
    pub(super) fn tell_positions(&self, connection: &Rc<Connection>, now: Mono) {
        let mut rooms = self.rooms.borrow_mut();
        for room in connection.rooms.borrow().iter() {
            let Some(subscribers) = rooms.get_mut(room) else { continue };
            let (head, place) = (subscribers.head, subscribers.places.get(&connection.session));
            let subscriber = place.and_then(|place| subscribers.all.get_mut(*place));
            if let Some(subscriber) = subscriber.filter(|subscriber| subscriber.sent < head) {
                subscriber.sent = head;
                connection.send_text(&ServerFrame::Position { room, seq: head }.encode(), now);
            }
        }
    }

    /// Whether a session watches a room.
    pub fn is_subscribed(&self, session: SessionId, room: &str) -> bool {
        let rooms = self.rooms.borrow();
        rooms.get(room).is_some_and(|subscribers| subscribers.places.contains_key(&session))
    }

    /// From now on a session gets nothing of a room.
    pub fn unsubscribe(&self, session: SessionId, room: &str) {
        let mut rooms = self.rooms.borrow_mut();
        if let Some(subscribers) = rooms.get_mut(room) {
            subscribers.remove(session);
            if subscribers.all.is_empty() {
                rooms.remove(room);
            }
        }
    }

    /// From now on a session gets only what everyone may see, in every room that it watches.
    pub fn make_visitor(&self, connection: &Rc<Connection>) {
        connection.is_visitor.set(true);
        let mut rooms = self.rooms.borrow_mut();
        for room in connection.rooms.borrow().iter() {
            let Some(subscribers) = rooms.get_mut(room) else { continue };
            let Some(place) = subscribers.places.get(&connection.session) else { continue };
            let Subscriber { from, sent, .. } = subscribers.all[*place];
            let audiences = vec![Audience::All];
            let connection = connection.clone();
            subscribers
                .insert(connection.session, Subscriber { connection, audiences, from, sent });
        }
    }

    pub(super) fn resync(&self, session: SessionId, room: &Arc<str>) {
        self.unsubscribe(session, room);
        let connection = self.connections.borrow().get(&session).cloned();
        if let Some(connection) = connection {
            connection.forget_room(room);
            let frame = ServerFrame::Resync { room, code: "recovered" }.encode();
            connection.send_text(&frame, self.now());
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
            let texts: Vec<&str> = fragments.iter().map(|fragment| &*fragment.text).collect();
            encode_joined(&head, Catchup::Fragments(&texts))
        }
    }
}

fn answer_text(reference: u64, answer: Result<Answered, Refusal>) -> String {
    match answer {
        Ok(answered) => encode_ok(reference, Some(answered.seq), Some(&answered.reply)),
        Err(refusal) => refused_text(reference, &refusal),
    }
}

/// A refusal as a frame.
pub fn refused_text(reference: u64, refusal: &Refusal) -> String {
    let details = refusal.details.as_ref().map(ToString::to_string);
    encode_refused(&Refused {
        reference: Some(reference),
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
