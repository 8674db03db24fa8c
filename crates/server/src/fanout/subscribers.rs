//! Who on one shard watches a room, and how far each is. What is not shown yet is kept once, by audience;
//! frames that many get are put together once. Knows no rule of any room.

use super::connection::Connection;
use houseful_room::{Audience, Mono, Published, Seq, SessionId};
use houseful_wire::encode::encode_ops;
use houseful_wire::ws;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// A room's subscribers on one shard.
#[derive(Default)]
pub(super) struct Subscribers {
    /// The last entry that came from the room.
    pub(super) head: Seq,
    /// When everyone was last shown everything.
    pub(super) level_at: Mono,
    all: Vec<Subscriber>,
    places: HashMap<SessionId, usize>,
    unshown: Unshown,
}

/// One session's place in a room.
pub(super) struct Subscriber {
    /// Its connection.
    pub(super) connection: Rc<Connection>,
    /// What it may see.
    pub(super) audiences: Vec<Audience>,
    /// It was sent all that it may see up to here.
    pub(super) upto: Seq,
    /// It can know that it has seen all up to here.
    pub(super) told: Seq,
}

/// Entries that not everyone was shown yet.
#[derive(Default)]
struct Unshown {
    public: Vec<(Seq, Arc<str>)>,
    private: HashMap<Audience, Vec<(Seq, Arc<str>)>>,
    /// Frames of what is public after a seq, for all who are just there.
    frames: BTreeMap<Seq, Arc<[u8]>>,
}

/// What brings a subscriber level.
pub(super) enum CatchUp {
    /// A frame that others get too.
    Shared(Arc<[u8]>),
    /// A frame with what only some may see.
    Own(Vec<u8>),
}

impl AsRef<[u8]> for CatchUp {
    fn as_ref(&self) -> &[u8] {
        match self {
            CatchUp::Shared(frame) => frame,
            CatchUp::Own(frame) => frame,
        }
    }
}

impl Subscribers {
    /// Takes a session in, in place of what it was here.
    pub(super) fn insert(&mut self, session: SessionId, subscriber: Subscriber) {
        self.remove(session);
        self.head = self.head.max(subscriber.upto);
        self.places.insert(session, self.all.len());
        self.all.push(subscriber);
    }

    /// Lets a session go.
    pub(super) fn remove(&mut self, session: SessionId) {
        let Some(place) = self.places.remove(&session) else { return };
        self.all.swap_remove(place);
        if let Some(moved) = self.all.get(place) {
            self.places.insert(moved.connection.session, place);
        }
    }

    /// A session's place.
    pub(super) fn get_mut(&mut self, session: SessionId) -> Option<&mut Subscriber> {
        self.all.get_mut(*self.places.get(&session)?)
    }

    /// Whether a session watches.
    pub(super) fn contains(&self, session: SessionId) -> bool {
        self.places.contains_key(&session)
    }

    /// Whether nobody watches.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Every connection.
    pub(super) fn connections(&self) -> impl Iterator<Item = &Rc<Connection>> {
        self.all.iter().map(|subscriber| &subscriber.connection)
    }

    /// Takes the room's next entries, to be shown.
    pub(super) fn push(&mut self, published: &[Arc<Published>]) {
        let Some(last) = published.last() else { return };
        self.head = self.head.max(last.seq);
        self.unshown.frames.clear();
        for fragment in published.iter().flat_map(|entry| &entry.fragments) {
            let text = (fragment.seq, fragment.text.clone());
            if fragment.audience == Audience::All {
                self.unshown.public.push(text);
            } else {
                self.unshown.private.entry(fragment.audience.clone()).or_default().push(text);
            }
        }
    }

    /// What a session lacks of all that it may see; it counts as sent.
    pub(super) fn catch_up(&mut self, room: &str, session: SessionId) -> Option<CatchUp> {
        let place = *self.places.get(&session)?;
        self.unshown.catch_up(room, self.all.get_mut(place)?, self.head)
    }

    /// Shows everyone everything.
    pub(super) fn level(&mut self, room: &str, now: Mono) {
        for subscriber in &mut self.all {
            match self.unshown.catch_up(room, subscriber, self.head) {
                None => {}
                Some(CatchUp::Shared(frame)) => subscriber.connection.send_shared(&frame, now),
                Some(CatchUp::Own(frame)) => subscriber.connection.send_encoded(&frame, now),
            }
        }
        self.unshown = Unshown::default();
        self.level_at = now;
    }
}

impl Unshown {
    fn catch_up(&mut self, room: &str, subscriber: &mut Subscriber, head: Seq) -> Option<CatchUp> {
        let after = std::mem::replace(&mut subscriber.upto, head);
        let own: Vec<&[(Seq, Arc<str>)]> = subscriber
            .audiences
            .iter()
            .filter_map(|audience| self.private.get(audience))
            .map(|texts| since(texts, after))
            .filter(|texts| !texts.is_empty())
            .collect();
        let public = since(&self.public, after);
        if own.is_empty() {
            subscriber.told = public.last()?.0;
            let frame = self.frames.entry(after).or_insert_with(|| {
                let texts: Vec<&str> = public.iter().map(|(_, text)| &**text).collect();
                framed(&encode_ops(room, &texts)).into()
            });
            return Some(CatchUp::Shared(frame.clone()));
        }
        let mut texts: Vec<&(Seq, Arc<str>)> =
            public.iter().chain(own.into_iter().flatten()).collect();
        texts.sort_by_key(|(seq, _)| *seq);
        subscriber.told = texts.last()?.0;
        let texts: Vec<&str> = texts.into_iter().map(|(_, text)| &**text).collect();
        Some(CatchUp::Own(framed(&encode_ops(room, &texts))))
    }
}

/// The texts after a seq; they are in order.
fn since(texts: &[(Seq, Arc<str>)], after: Seq) -> &[(Seq, Arc<str>)] {
    &texts[texts.partition_point(|(seq, _)| *seq <= after)..]
}

/// A text message as a frame.
pub(super) fn framed(text: &str) -> Vec<u8> {
    let mut frame = Vec::with_capacity(text.len() + 10);
    ws::encode_frame(ws::Opcode::Text, text.as_bytes(), &mut frame);
    frame
}
