//! A room under a test's hand: people join and send commands, time passes, power fails. For developers
//! of applications; the same seed gives the same run. It never waits.

use super::{Clock, Disk, Flushed, Log, Replica, Rng};
use crate::{
    Accepted, AccountId, Append, Command, CommandId, Content, Decided, Epoch, Host, Input, Joined,
    LiveValue, Output, Principal, Refusal, Room, RoomApp, SessionId, Standing, Wall,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::marker::PhantomData;
use std::sync::Arc;

/// Somebody in a scripted room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Guest(u64);

struct Place {
    who: Principal,
    copy: Replica,
    is_connected: bool,
    /// What others show, by session and shape.
    shown: BTreeMap<(SessionId, Arc<str>), LiveValue>,
    /// All that they were ever sent, positions aside.
    heard: Vec<String>,
}

/// One room of an application, with a journal, clocks and people.
///
/// # Panics
/// Every method panics when the room breaks the protocol: that is what fails the test.
pub struct Script<A: RoomApp> {
    config: String,
    epoch: Epoch,
    host: Host,
    disk: Disk,
    clock: Clock,
    rng: Rng,
    places: BTreeMap<u64, Place>,
    answers: BTreeMap<u64, Result<Accepted, Refusal>>,
    shows_refused: Vec<Refusal>,
    gone: BTreeMap<u64, &'static str>,
    rejoining: Vec<Guest>,
    /// Who does not join again when told to.
    deaf: Vec<Guest>,
    refused_joins: BTreeMap<u64, Refusal>,
    asked: u64,
    flushing: bool,
    alarms: Option<Vec<String>>,
    app: PhantomData<A>,
}

impl<A: RoomApp> Script<A> {
    /// Opens a new room.
    pub fn open(config: &str) -> Self {
        Self::seeded(config, 1)
    }

    /// Opens a new room whose ids and accidents come from a seed.
    pub fn seeded(config: &str, seed: u64) -> Self {
        let (mut disk, clock, mut rng) = (Disk::new(1), Clock::default(), Rng::new(seed));
        let epoch = crate::Ids::uuid(&mut rng, clock.now().wall);
        let host = recover::<A>(config, epoch, &mut disk, &clock);
        let mut script = Script {
            config: config.to_owned(),
            epoch,
            host,
            disk,
            clock,
            rng,
            places: BTreeMap::new(),
            answers: BTreeMap::new(),
            shows_refused: Vec::new(),
            gone: BTreeMap::new(),
            rejoining: Vec::new(),
            deaf: Vec::new(),
            refused_joins: BTreeMap::new(),
            asked: 0,
            flushing: true,
            alarms: None,
            app: PhantomData,
        };
        script.start();
        script
    }

    /// From now on alarms are kept to be read, in place of failing the test.
    pub fn expect_alarms(&mut self) {
        self.alarms = Some(Vec::new());
    }

    /// The alarms since the last call.
    pub fn alarms(&mut self) -> Vec<String> {
        self.alarms.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// A signed-in attendee joins.
    pub fn join(&mut self, account: u64) -> Guest {
        self.join_as(Principal::person(AccountId(account), Standing::Attendee))
    }

    /// Somebody joins, or tries to: see [`Script::refused_at_the_door`].
    pub fn join_as(&mut self, who: Principal) -> Guest {
        let guest = self.stand_outside(who);
        self.rejoin(guest);
        guest
    }

    /// Somebody who has not joined, and may send commands all the same; [`Script::rejoin`] joins.
    pub fn stand_outside(&mut self, who: Principal) -> Guest {
        self.asked += 1;
        let guest = Guest(self.asked);
        let (copy, shown, heard) = (Replica::default(), BTreeMap::new(), Vec::new());
        self.places.insert(guest.0, Place { who, copy, is_connected: false, shown, heard });
        guest
    }

    /// The same connection joins again with what it has.
    pub fn rejoin(&mut self, guest: Guest) {
        let place = self.place_mut(guest);
        place.is_connected = true;
        let (who, have) = (place.who, place.copy.have());
        let session = SessionId(guest.0);
        self.refused_joins.remove(&guest.0);
        self.gone.remove(&guest.0);
        self.input(Input::Join { ticket: guest.0, session, who, have });
    }

    /// The same connection joins again as somebody else, with what it has.
    pub fn join_again_as(&mut self, guest: Guest, who: Principal) {
        self.place_mut(guest).who = who;
        self.rejoin(guest);
    }

    /// Somebody shows something volatile of themselves (JSON), or with `null` no longer does.
    pub fn show(&mut self, guest: Guest, shape: &str, value: &str) -> Result<(), Refusal> {
        let (session, who) = (SessionId(guest.0), self.place(guest).who);
        let value = Some(value).filter(|value| *value != "null").map(Arc::from);
        self.input(Input::Live { session, who, shape: shape.into(), value });
        self.shows_refused.pop().map_or(Ok(()), Err)
    }

    /// What somebody sees others show: the shape, whose it is, the value as JSON.
    pub fn shown(&self, guest: Guest) -> Vec<(String, AccountId, String)> {
        let value = |value: &LiveValue| {
            let text = value.value.as_deref().unwrap_or("null").to_owned();
            (value.shape.to_string(), value.account, text)
        };
        self.place(guest).shown.values().map(value).collect()
    }

    /// Why somebody was put out of the room, if they were.
    pub fn put_out(&self, guest: Guest) -> Option<&'static str> {
        self.gone.get(&guest.0).copied()
    }

    /// Why somebody was not let in.
    pub fn refused_at_the_door(&self, guest: Guest) -> Option<&Refusal> {
        self.refused_joins.get(&guest.0)
    }

    /// From now on somebody does not join again when the room tells them to.
    pub fn ignore_resyncs(&mut self, guest: Guest) {
        self.deaf.push(guest);
    }

    /// Somebody leaves of their own will.
    pub fn leave(&mut self, guest: Guest) {
        self.place_mut(guest).is_connected = false;
        self.input(Input::Leave { session: SessionId(guest.0) });
    }

    /// Somebody's connection is gone.
    pub fn lose(&mut self, guest: Guest) {
        self.place_mut(guest).is_connected = false;
        self.input(Input::Lost { session: SessionId(guest.0) });
    }

    /// Sends a command and answers its reply.
    pub fn command(&mut self, guest: Guest, name: &str, body: &str) -> Result<Value, Refusal> {
        let id = CommandId(crate::Ids::uuid(&mut self.rng, Wall(0)));
        self.command_with_id(guest, id, name, body)
    }

    /// Sends a command under an id of the test's choice.
    pub fn command_with_id(
        &mut self,
        guest: Guest,
        id: CommandId,
        name: &str,
        body: &str,
    ) -> Result<Value, Refusal> {
        let ticket = self.send(guest, id, name, body);
        let answer = self.answers.remove(&ticket).expect("a command is answered once durable");
        let answer = answer.inspect_err(|refusal| {
            self.place_mut(guest).heard.push(format!("{name} refused: {refusal:?}"));
        })?;
        let stored =
            || self.disk.log(0).reply(answer.seq).expect("an accepted command has a reply");
        let reply = answer.reply.unwrap_or_else(stored);
        self.place_mut(guest).heard.push(format!("{name} replied: {reply}"));
        Ok(serde_json::from_str(&reply).expect("a reply is JSON"))
    }

    /// Sends a command without asking for the answer; its ticket is for [`Script::answer`].
    pub fn send(&mut self, guest: Guest, id: CommandId, name: &str, body: &str) -> u64 {
        self.asked += 1;
        let (ticket, who) = (self.asked, self.place(guest).who);
        let wanted = self.host.room().wants(name, body);
        let attached = wanted.and_then(|(shape, no)| self.log().logged(shape, no));
        let (name, body, term) = (name.into(), body.into(), Some(self.host.room().term()));
        self.input(Input::Command(Command { ticket, id, term, who, name, body, attached }));
        ticket
    }

    /// The answer to a command, if it was let out.
    pub fn answer(&self, ticket: u64) -> Option<&Result<Accepted, Refusal>> {
        self.answers.get(&ticket)
    }

    /// From now on nothing is flushed, so that nothing gets out and a crash loses it.
    pub fn hold_flushes(&mut self) {
        self.flushing = false;
    }

    /// What waits is flushed, and from now on everything at once.
    pub fn flush(&mut self) {
        self.flushing = true;
        self.settle();
    }

    /// Time passes; whatever falls due is done at its moment.
    pub fn advance_ms(&mut self, ms: u64) {
        let end = self.clock.true_ms() + ms;
        while let Some(due) = self.host.room().next_in_ms(self.clock.now()) {
            let at = self.clock.true_ms() + due;
            if at > end {
                break;
            }
            self.clock.advance_to(at);
            self.input(Input::Wake);
        }
        self.clock.advance_to(end);
        self.input(Input::Wake);
    }

    /// Somebody sets the wall clock.
    pub fn jump_wall(&mut self, by_ms: i64) {
        self.clock.jump_wall(by_ms);
    }

    /// Power fails; the room is recovered under a new term, and everybody has to join again.
    pub fn crash(&mut self) {
        self.disk.crash(&mut self.rng);
        self.clock.restart(self.rng.below(1 << 40));
        self.places.values_mut().for_each(|place| place.is_connected = false);
        self.host = recover::<A>(&self.config, self.epoch, &mut self.disk, &self.clock);
        self.flushing = true;
        self.start();
    }

    /// What somebody sees.
    pub fn copy(&self, guest: Guest) -> &Replica {
        &self.place(guest).copy
    }

    /// All that somebody was ever sent, one line each: joins, changes by audience, answers, what others show. Positions
    /// are left out, for that something hidden happened is no secret; what it was is.
    pub fn heard(&self, guest: Guest) -> &[String] {
        &self.place(guest).heard
    }

    /// The room behind.
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// What the journal has of the room.
    pub fn log(&self) -> &Log {
        self.disk.log(0)
    }

    /// The wall clock as the room reads it.
    pub fn wall(&self) -> Wall {
        self.clock.now().wall
    }

    fn place(&self, guest: Guest) -> &Place {
        self.places.get(&guest.0).expect("the guest is one of this script")
    }

    fn place_mut(&mut self, guest: Guest) -> &mut Place {
        self.places.get_mut(&guest.0).expect("the guest is one of this script")
    }

    fn start(&mut self) {
        let decided = self.host.start(self.clock.now(), &mut self.rng);
        self.decided(decided.expect("the room opens"));
    }

    fn input(&mut self, input: Input) {
        let decided = self.host.turn(self.clock.now(), &mut self.rng, [input]);
        self.decided(decided);
        for guest in std::mem::take(&mut self.rejoining) {
            if !self.deaf.contains(&guest) {
                self.rejoin(guest);
            }
        }
    }

    fn decided(&mut self, decided: Decided) {
        self.release(decided.released);
        if let Some(append) = decided.append {
            self.append(append);
        }
        self.host.room().check().expect("the application's invariants hold");
    }

    fn append(&mut self, append: Append) {
        self.disk.queue(0, append, self.clock.true_ms());
        self.settle();
    }

    fn settle(&mut self) {
        while self.flushing && self.disk.begin() {
            match self.disk.finish().get(&0) {
                Some(Flushed::Done(head)) => {
                    let released = self.host.committed(*head);
                    self.release(released);
                }
                other => panic!("the journal would not take an entry: {other:?}"),
            }
        }
    }

    fn release(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Publish(published) => self.publish(&published),
                Output::Answer(ticket, answer) => {
                    self.answers.insert(ticket, answer);
                }
                Output::Joined(guest, Ok(joined)) => {
                    if let Some(place) = self.places.get_mut(&guest) {
                        let applied = place.copy.joined(&joined).expect("a join can be applied");
                        // In another role one starts over (R7).
                        if applied == super::Applied::Gap {
                            self.rejoining.push(Guest(guest));
                        }
                        place.heard.push(told(&joined));
                        place.shown =
                            joined.live.into_iter().map(|live| (key(&live), live)).collect();
                    }
                }
                Output::Joined(guest, Err(refusal)) => {
                    self.refused_joins.insert(guest, refusal);
                }
                Output::Live(live) => self.show_everyone(&live),
                Output::Refused(_, refusal) => self.shows_refused.push(refusal),
                Output::Gone(session, code) => {
                    self.place_mut(Guest(session.0)).is_connected = false;
                    self.gone.insert(session.0, code);
                }
                Output::Rejoin(session, _) => self.rejoining.push(Guest(session.0)),
                Output::Alarm(text) => match &mut self.alarms {
                    Some(alarms) => alarms.push(text),
                    None => panic!("alarm: {text}"),
                },
            }
        }
    }

    fn show_everyone(&mut self, live: &LiveValue) {
        for place in self.places.values_mut().filter(|place| place.is_connected) {
            place.heard.push(format!("shown: {live:?}"));
            match live.value {
                Some(_) => place.shown.insert(key(live), live.clone()),
                None => place.shown.remove(&key(live)),
            };
        }
    }

    fn publish(&mut self, published: &crate::Published) {
        for place in self.places.values_mut().filter(|place| place.is_connected) {
            let visible = published.fragments.iter();
            let visible = visible.filter(|f| place.copy.audiences().any(|a| *a == f.audience));
            let pieces: Vec<super::Piece> = visible
                .map(|fragment| super::Piece::read(&fragment.text()).expect("a fragment is JSON"))
                .collect();
            // Whoever was left behind by a crash joins again before anything new is for them.
            if place.copy.position() + 1 == published.seq {
                assert_ne!(place.copy.apply(&pieces), super::Applied::Gap, "a gap in what is sent");
                place.copy.settle(published.seq);
                place.heard.extend(pieces.iter().map(said));
            }
        }
    }
}

fn key(live: &LiveValue) -> (SessionId, Arc<str>) {
    (live.session, live.shape.clone())
}

/// A join's answer as a line.
fn told(joined: &Joined) -> String {
    let content = match &joined.content {
        Content::Parts(parts) => parts.join(" "),
        Content::Fragments(fragments) => {
            let pieces = fragments
                .iter()
                .map(|fragment| super::Piece::read(&fragment.text()).expect("a fragment is JSON"));
            pieces.map(|piece| said(&piece)).collect::<Vec<_>>().join(" ")
        }
    };
    format!("joined as {} of {:?}: {content} {:?}", joined.role, joined.audiences, joined.live)
}

/// A piece as a line.
fn said(piece: &super::Piece) -> String {
    format!("to {}: {:?}", piece.audience, piece.changes)
}

fn recover<A: RoomApp>(config: &str, epoch: Epoch, disk: &mut Disk, clock: &Clock) -> Host {
    disk.log_mut(0).claim();
    let room = Room::<A>::recover(config, disk.log(0).recovery(epoch), clock.now());
    Host::new(Box::new(room.expect("the room is recovered")))
}
