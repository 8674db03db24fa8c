//! Who on one shard watches a room, and how far each is. What is not shown yet is kept once, by audience;
//! frames that many get are put together once. Knows no rule of any room.

use super::connection::Connection;
use super::guard::contained;
#[cfg(test)]
use super::guard::planted;
use super::shown::Shown;
use crate::limits;
use houseful_room::{Audience, Fragment, Mono, Published, Seq, SessionId};
use houseful_wire::encode::{encode_fragment, encode_ops};
use houseful_wire::ws;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;

/// A room's subscribers on one shard.
#[derive(Default)]
pub(super) struct Subscribers {
    /// The last entry that came from the room.
    pub(super) head: Seq,
    /// When everyone was last shown what they lacked.
    pub(super) level_at: Mono,
    all: Vec<Subscriber>,
    places: HashMap<SessionId, usize>,
    /// How many see each private audience.
    watched: HashMap<Audience, usize>,
    unshown: Unshown,
    /// What people show of themselves.
    pub(super) shown: Shown,
}

/// One session's place in a room.
pub(super) struct Subscriber {
    /// Its connection.
    pub(super) connection: Rc<Connection>,
    /// What it may see.
    audiences: Vec<Audience>,
    /// It was sent all that it may see up to here.
    pub(super) upto: Seq,
    /// It can know that it has seen all up to here.
    pub(super) told: Seq,
    /// When it was last sent something of the room.
    shown_at: Mono,
    /// Whether it was not told what people show, for it is behind.
    misses_shown: bool,
}

/// Entries that not everyone was shown yet.
#[derive(Default)]
struct Unshown {
    public: Vec<Run>,
    private: HashMap<Audience, Vec<Run>>,
    /// Frames of what is public after a seq, for all who are just there.
    frames: BTreeMap<Seq, Arc<[u8]>>,
}

/// What a run of entries that became durable together is for one audience: one fragment, for nobody is
/// ever between them (R9).
struct Run {
    prev: Seq,
    seq: Seq,
    /// A JSON array without its closing bracket.
    ops: String,
    /// The grid whose places the last op sets, as JSON.
    sets: Option<Box<str>>,
    text: OnceCell<Box<str>>,
}

/// What brings a subscriber level.
pub(super) enum CatchUp {
    /// A frame that others get too.
    Shared(Arc<[u8]>),
    /// A frame with what only some may see.
    Own(Vec<u8>),
}

impl Subscriber {
    /// A session that has everything up to a seq.
    pub(super) fn new(
        connection: Rc<Connection>,
        audiences: Vec<Audience>,
        upto: Seq,
    ) -> Subscriber {
        let (told, shown_at, misses_shown) = (upto, Mono::default(), false);
        Subscriber { connection, audiences, upto, told, shown_at, misses_shown }
    }

    fn sees_all(&self) -> bool {
        self.audiences.contains(&Audience::All)
    }
}

impl Subscribers {
    /// Takes a session in, in place of what it was here.
    pub(super) fn insert(&mut self, subscriber: Subscriber) {
        let session = subscriber.connection.session;
        self.remove(session);
        self.head = self.head.max(subscriber.upto);
        self.watch(&subscriber.audiences);
        self.places.insert(session, self.all.len());
        self.all.push(subscriber);
    }

    /// Lets a session go.
    pub(super) fn remove(&mut self, session: SessionId) {
        let Some(place) = self.places.remove(&session) else { return };
        let gone = self.all.swap_remove(place);
        if let Some(moved) = self.all.get(place) {
            self.places.insert(moved.connection.session, place);
        }
        self.unwatch(&gone.audiences);
    }

    /// From now on a session sees only what everyone may see.
    pub(super) fn make_visitor(&mut self, session: SessionId) {
        let Some(subscriber) = self.get_mut(session) else { return };
        let lost = subscriber.audiences.extract_if(.., |audience| *audience != Audience::All);
        let lost: Vec<Audience> = lost.collect();
        self.unwatch(&lost);
    }

    fn watch(&mut self, audiences: &[Audience]) {
        for audience in audiences.iter().filter(|audience| **audience != Audience::All) {
            *self.watched.entry(audience.clone()).or_default() += 1;
        }
    }

    fn unwatch(&mut self, audiences: &[Audience]) {
        for audience in audiences {
            if let Some(count) = self.watched.get_mut(audience) {
                *count -= 1;
                if *count == 0 {
                    self.watched.remove(audience);
                }
            }
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

    /// Whether everyone was shown everything.
    pub(super) fn is_level(&self) -> bool {
        self.unshown.public.is_empty() && self.unshown.private.is_empty() && self.shown.is_told()
    }

    /// Every connection.
    pub(super) fn connections(&self) -> impl Iterator<Item = &Rc<Connection>> {
        self.all.iter().map(|subscriber| &subscriber.connection)
    }

    /// Takes the room's next entries, to be shown. Somebody joined at each of `cuts`: a run ends there.
    pub(super) fn push(&mut self, published: &[Arc<Published>], cuts: &[Seq]) {
        let (Some(first), Some(last)) = (published.first(), published.last()) else { return };
        self.head = self.head.max(last.seq);
        self.unshown.frames.clear();
        let cut = |after: Seq, upto: Seq| cuts.iter().any(|cut| (after..upto).contains(cut));
        for fragment in published.iter().flat_map(|entry| &entry.fragments) {
            let runs = if fragment.audience == Audience::All {
                &mut self.unshown.public
            } else if self.watched.contains_key(&fragment.audience) {
                self.unshown.private.entry(fragment.audience.clone()).or_default()
            } else {
                continue;
            };
            match runs.last_mut() {
                Some(run) if run.seq >= first.seq && !cut(run.seq, fragment.seq) => {
                    run.add(fragment)
                }
                _ => runs.push(Run::new(fragment)),
            }
        }
    }

    /// What a session lacks of all that it may see; it counts as sent.
    pub(super) fn catch_up(
        &mut self,
        room: &str,
        session: SessionId,
        now: Mono,
    ) -> Option<CatchUp> {
        let place = *self.places.get(&session)?;
        self.unshown.catch_up(room, self.all.get_mut(place)?, self.head, now)
    }

    /// Shows everyone what they lack, but for those who were shown something within the last tick: their
    /// turn is the next.
    pub(super) fn level(&mut self, room: &str, now: Mono) {
        let mut shown = self.head;
        for subscriber in &mut self.all {
            if subscriber.shown_at.until_ms(now) < limits::FANOUT_TICK_MS {
                shown = shown.min(subscriber.upto);
                continue;
            }
            let is_shown = contained(|| self.unshown.show(room, subscriber, self.head, now));
            if !is_shown {
                subscriber.connection.give_up();
            }
        }
        self.unshown.forget(shown);
        self.level_at = now;
        if !self.shown.is_told() {
            self.tell_shown(room, now);
        }
    }

    /// Tells everyone who is not behind what people show of themselves.
    fn tell_shown(&mut self, room: &str, now: Mono) {
        let changes = self.shown.changes(room);
        let everything = OnceCell::new();
        for subscriber in self.all.iter_mut().filter(|subscriber| subscriber.sees_all()) {
            let connection = &subscriber.connection;
            if !connection.is_flushed() {
                subscriber.misses_shown = true;
            } else if std::mem::take(&mut subscriber.misses_shown) {
                let all = everything.get_or_init(|| self.shown.everything(room));
                connection.send_shared(all, now);
            } else {
                connection.send_shared(&changes, now);
            }
        }
    }

    /// What a session may see; nothing if it is not here.
    pub(super) fn audiences(&self, session: SessionId) -> &[Audience] {
        let subscriber = self.places.get(&session).and_then(|place| self.all.get(*place));
        subscriber.map_or(&[], |subscriber| &subscriber.audiences)
    }

    /// Shows everyone everything, at once.
    pub(super) fn level_fully(&mut self, room: &str, now: Mono) {
        self.all.iter_mut().for_each(|subscriber| subscriber.shown_at = Mono::default());
        self.level(room, now);
    }
}

impl Run {
    fn new(fragment: &Fragment) -> Run {
        let ops = fragment.ops.strip_suffix(']').unwrap_or(&fragment.ops).to_owned();
        let sets = only_set(&fragment.ops).map(|(grid, _)| grid.into());
        Run { prev: fragment.prev, seq: fragment.seq, ops, sets, text: OnceCell::new() }
    }

    fn add(&mut self, fragment: &Fragment) {
        let set = only_set(&fragment.ops);
        match set {
            Some((grid, pairs)) if self.sets.as_deref() == Some(grid) => {
                self.ops.pop();
                self.ops.push(',');
                self.ops.push_str(pairs);
                self.ops.push(']');
            }
            _ => {
                self.ops.push(',');
                let more = fragment.ops.strip_prefix('[').and_then(|ops| ops.strip_suffix(']'));
                self.ops.push_str(more.unwrap_or_default());
            }
        }
        self.sets = set.map(|(grid, _)| grid.into());
        self.seq = fragment.seq;
        self.text = OnceCell::new();
    }

    fn text(&self, audience: &Audience) -> &str {
        let text = || {
            let ops = [&self.ops, "]"].concat();
            encode_fragment(&audience.to_string(), self.prev, self.seq, &ops).into()
        };
        self.text.get_or_init(text)
    }
}

impl Unshown {
    fn show(&mut self, room: &str, subscriber: &mut Subscriber, head: Seq, now: Mono) {
        match self.catch_up(room, subscriber, head, now) {
            None => {}
            Some(CatchUp::Shared(frame)) => subscriber.connection.send_shared(&frame, now),
            Some(CatchUp::Own(frame)) => subscriber.connection.send_encoded(&frame, now),
        }
    }

    fn catch_up(
        &mut self,
        room: &str,
        subscriber: &mut Subscriber,
        head: Seq,
        now: Mono,
    ) -> Option<CatchUp> {
        let after = std::mem::replace(&mut subscriber.upto, head);
        #[cfg(test)]
        planted::here(subscriber.connection.session, planted::Part::CatchUp);
        let audiences = subscriber.audiences.iter();
        let own = audiences.filter_map(|audience| Some((audience, self.private.get(audience)?)));
        let own = own
            .flat_map(|(audience, runs)| since(runs, after).iter().map(move |run| (audience, run)));
        let mut runs: Vec<(&Audience, &Run)> = own.collect();
        // Who waits in line sees nothing of the room but that.
        let public = if subscriber.sees_all() { since(&self.public, after) } else { &[] };
        if runs.is_empty() {
            subscriber.told = public.last()?.seq;
            subscriber.shown_at = now;
            let frame = self.frames.entry(after).or_insert_with(|| {
                let texts: Vec<&str> = public.iter().map(|run| run.text(&Audience::All)).collect();
                framed(&encode_ops(room, &texts)).into()
            });
            return Some(CatchUp::Shared(frame.clone()));
        }
        runs.extend(public.iter().map(|run| (&Audience::All, run)));
        runs.sort_by_key(|(_, run)| run.seq);
        subscriber.told = runs.last()?.1.seq;
        subscriber.shown_at = now;
        let texts: Vec<&str> = runs.into_iter().map(|(audience, run)| run.text(audience)).collect();
        Some(CatchUp::Own(framed(&encode_ops(room, &texts))))
    }

    /// Lets go what everyone was shown.
    fn forget(&mut self, upto: Seq) {
        self.frames.clear();
        self.public.retain(|run| run.seq > upto);
        self.private.retain(|_, runs| {
            runs.retain(|run| run.seq > upto);
            !runs.is_empty()
        });
    }
}

/// The grid and the pairs of ops that are nothing but one `set`: most of what a sale shows everyone.
fn only_set(ops: &str) -> Option<(&str, &str)> {
    let op = ops.strip_prefix(r#"[["set","#)?.strip_suffix("]]")?;
    let (grid, pairs) = op.split_once(',')?;
    let numbers = pairs.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    numbers.then_some((grid, pairs))
}

/// The runs after a seq; they are in order.
fn since(runs: &[Run], after: Seq) -> &[Run] {
    &runs[runs.partition_point(|run| run.seq <= after)..]
}

/// A text message as a frame.
pub(super) fn framed(text: &str) -> Vec<u8> {
    let mut frame = Vec::with_capacity(text.len() + 10);
    ws::encode_frame(ws::Opcode::Text, text.as_bytes(), &mut frame);
    frame
}
