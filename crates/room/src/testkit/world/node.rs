//! The process that runs the room: mailbox, turns, group commit, sleep. What it lets out goes through
//! the checks beside it.

use super::queue::{Asker, Askers, Event, Incarnation, Message, Request, planted};
use super::report::Violation;
use super::{Step, World};
use crate::buggify::{Point, buggify};
use crate::planted::Bug;
use crate::testkit::{Flushed, Workload};
use crate::{
    AnyRoom, Append, Audience, Command, CommandId, Decided, Host, Input, Refusal, Room, Seq,
    SessionId, Ticket, Wall,
};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;

/// So many commands wait at most.
const MAILBOX_MAX: usize = 64;
/// The application checks itself after so many of a hundred changes; each costs as much as many turns.
const CHECKED_PERCENT: u64 = 15;

#[derive(Default)]
pub(super) struct Node {
    pub(super) is_up: bool,
    pub(super) is_read_only: bool,
    pub(super) incarnation: Incarnation,
    pub(super) room: Option<Living>,
    /// When the sleeping room wants to be woken, by the wall clock.
    pub(super) wake_at: Option<i64>,
    /// Open connections, and whose they are.
    pub(super) open: BTreeMap<SessionId, usize>,
    sessions: u64,
    rooms: u64,
    tickets: Ticket,
}

/// The room while it is awake.
pub(super) struct Living {
    pub(super) nth: u64,
    pub(super) host: Host,
    pub(super) mailbox: VecDeque<Input>,
    pub(super) idle_since: u64,
    pub(super) askers: Askers,
    /// Refusals that were found right. The same one may be said again, also when it would be right no longer.
    pub(super) refused: HashMap<CommandId, Refusal>,
    pub(super) subscribers: BTreeMap<SessionId, (usize, Vec<Audience>)>,
    is_turn_due: bool,
    wake: Option<(u64, u64)>,
    wakes: u64,
    pub(super) published: Seq,
}

impl Node {
    pub(super) fn open_session(&mut self, client: usize) -> SessionId {
        self.sessions += 1;
        let session = SessionId(self.sessions);
        self.open.insert(session, client);
        session
    }

    pub(super) fn is_idle(&self) -> bool {
        self.room.as_ref().is_none_or(|r| r.mailbox.is_empty() && !r.host.is_waiting())
    }
}

impl<W: Workload> World<W> {
    /// Recovers the room under a new term, or opens it for the first time.
    pub(super) fn open_room(&mut self) -> Step {
        self.stats.recoveries += 1;
        self.last_recovery_ms = self.clock.true_ms();
        let term = self.disk.claim();
        let now = self.clock.now();
        let recovery = match buggify(Point::RecoveryWithoutSnapshot) {
            true => self.disk.recovery_from_entries(self.epoch),
            false => self.disk.recovery(self.epoch),
        };
        let recovered = Room::<W::App>::recover(&self.config, recovery, now);
        let room = recovered.map_err(|error| Violation::new("I20", error.to_string()))?;
        let mut host = Host::new(Box::new(room));
        if self.rng.percent(1) {
            self.compare_with_entries(&mut host)?;
        }
        let decided = host.start(now, &mut self.ids);
        let decided = decided.map_err(|refusal| Violation::new("I20", refusal.message))?;
        self.node.is_up = true;
        self.node.rooms += 1;
        self.node.wake_at = None;
        self.tell(|| format!("the room is recovered at {} in term {term}", host.durable_seq()));
        let published = host.durable_seq();
        self.node.room = Some(Living {
            nth: self.node.rooms,
            host,
            mailbox: VecDeque::new(),
            idle_since: self.clock.true_ms(),
            askers: Askers::new(),
            refused: HashMap::new(),
            subscribers: BTreeMap::new(),
            is_turn_due: false,
            wake: None,
            wakes: 0,
            published,
        });
        self.decided(decided)
    }

    /// A room from a snapshot and what follows is the room from all entries.
    pub(super) fn compare_with_entries(&mut self, host: &mut Host) -> Step {
        let recovery = self.disk.recovery_from_entries(self.epoch);
        let plain = Room::<W::App>::recover(&self.config, recovery, self.clock.now());
        let mut plain = plain.map_err(|error| Violation::new("I20", error.to_string()))?;
        let (from_entries, from_snapshot) = (plain.snapshot(), host.snapshot());
        if from_entries == from_snapshot {
            return Ok(());
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (entries, snapshot) = (text(&from_entries), text(&from_snapshot));
        let text = format!("recovered from entries {entries}, from the snapshot {snapshot}");
        Err(Violation::new("I20", text))
    }

    pub(super) fn request(&mut self, request: Rc<Request>) -> Step {
        if !self.node.is_up {
            return Ok(());
        }
        let (client, session) = match &*request {
            Request::Join { client, session, .. } => (*client, Some(*session)),
            Request::Command { client, .. } => (*client, None),
        };
        if session.is_some_and(|session| !self.node.open.contains_key(&session)) {
            return Ok(());
        }
        if self.node.is_read_only {
            self.refuse_unasked(client, &request, "read_only");
            return Ok(());
        }
        if self.node.room.is_none() {
            self.open_room()?;
        }
        let Some(room) = &mut self.node.room else { return Ok(()) };
        let is_full = room.mailbox.len() >= MAILBOX_MAX || buggify(Point::FullMailbox);
        if session.is_none() && is_full {
            self.refuse_unasked(client, &request, "busy");
            return Ok(());
        }
        self.node.tickets += 1;
        let ticket = self.node.tickets;
        let who = self.clients[client].who;
        let input = match &*request {
            Request::Join { session, have, .. } => {
                Input::Join { ticket, session: *session, who, have: *have }
            }
            Request::Command { sent, term, .. } => Input::Command(Command {
                ticket,
                id: sent.id,
                term: Some(*term),
                who,
                name: sent.ask.name.into(),
                body: sent.ask.body.as_str().into(),
            }),
        };
        room.askers.insert(ticket, Asker { client, who, request, at: Wall(0) });
        if session.is_some() && buggify(Point::JoinTwice) {
            self.arrive(input.clone());
        }
        self.arrive(input);
        Ok(())
    }

    /// An answer that the room is not asked for.
    fn refuse_unasked(&mut self, client: usize, request: &Request, code: &'static str) {
        let (Request::Command { sent, repeat, .. }, Some(session)) =
            (request, self.clients[client].session)
        else {
            return;
        };
        let (id, term, repeat) = (sent.id, self.disk.term(), *repeat);
        let answer = Err(Refusal::new(code, "Please try again."));
        self.send(client, session, Rc::new(Message::Answer { id, term, answer, repeat }));
    }

    fn arrive(&mut self, input: Input) {
        let now = self.clock.true_ms();
        let soon = self.rng.below(3);
        let Some(room) = &mut self.node.room else { return };
        if !matches!(input, Input::Wake) {
            room.idle_since = now;
        }
        room.mailbox.push_back(input);
        if !room.is_turn_due {
            room.is_turn_due = true;
            let nth = room.nth;
            self.after(soon, Event::Turn(nth));
        }
    }

    pub(super) fn lost(
        &mut self,
        incarnation: Incarnation,
        session: SessionId,
        willing: bool,
    ) -> Step {
        if incarnation == self.node.incarnation && self.node.open.remove(&session).is_some() {
            if let Some(room) = &mut self.node.room {
                room.subscribers.remove(&session);
            }
            let left = Input::Leave { session };
            self.arrive(if willing { left } else { Input::Lost { session } });
            if buggify(Point::LostTwice) {
                self.arrive(Input::Lost { session });
            }
        }
        Ok(())
    }

    pub(super) fn wake(&mut self, room: u64, nth: u64) -> Step {
        let living = self.node.room.as_mut().filter(|living| living.nth == room);
        if let Some(living) = living
            && living.wake.is_some_and(|(_, wake)| wake == nth)
        {
            living.wake = None;
            self.arrive(Input::Wake);
        }
        Ok(())
    }

    pub(super) fn wake_now(&mut self) {
        self.arrive(Input::Wake);
    }

    pub(super) fn turn(&mut self, nth: u64) -> Step {
        let inputs_max = match (buggify(Point::EmptyTurn), buggify(Point::ShortTurn)) {
            (true, _) => 0,
            (_, true) => 1 + self.rng.below(2) as usize,
            _ => 256,
        };
        let now = self.clock.now();
        let Some(room) = self.node.room.as_mut().filter(|room| room.nth == nth) else {
            return Ok(());
        };
        room.is_turn_due = false;
        let inputs_max = inputs_max.min(room.mailbox.len());
        let mut inputs: Vec<Input> = room.mailbox.drain(..inputs_max).collect();
        for input in &inputs {
            if let Input::Command(Command { ticket, .. }) = input
                && let Some(asker) = room.askers.get_mut(ticket)
            {
                asker.at = now.wall;
            }
        }
        inputs.extend(buggify(Point::NeedlessWake).then_some(Input::Wake));
        let is_more = !room.mailbox.is_empty();
        room.is_turn_due = is_more;
        let decided = room.host.turn(now, &mut self.ids, inputs);
        if is_more {
            self.after(1, Event::Turn(nth));
        }
        self.decided(decided)
    }

    fn decided(&mut self, mut decided: Decided) -> Step {
        if let Some(append) = &mut decided.append
            && (self.rng.percent(8) || buggify(Point::OddSnapshot))
            && let Some(room) = &mut self.node.room
        {
            append.snapshot = Some(room.host.snapshot());
        }
        self.release(decided.released)?;
        if let Some(append) = decided.append {
            self.append(append);
            self.check_room()?;
        }
        self.schedule_wake();
        Ok(())
    }

    fn check_room(&mut self) -> Step {
        let nth = self.rng.below(100);
        let Some(room) = &self.node.room else { return Ok(()) };
        if nth < CHECKED_PERCENT {
            room.host.room().check().map_err(|text| Violation::new("itself", text))?;
        }
        if nth == 0 && !room.host.is_waiting() {
            self.check_derived()?;
        }
        Ok(())
    }

    fn schedule_wake(&mut self) {
        let now = self.clock.now();
        let late = if buggify(Point::LateTimer) { 150 } else { 3 };
        let late = self.rng.below(late);
        let Some(room) = &mut self.node.room else { return };
        let Some(due) = room.host.room().next_in_ms(now) else { return };
        let at = self.clock.true_ms() + due.min(1_000) + late;
        if room.wake.is_none_or(|(wake, _)| at < wake) {
            room.wakes += 1;
            room.wake = Some((at, room.wakes));
            let event = Event::Wake(room.nth, room.wakes);
            self.queue.at(at, event);
        }
    }

    fn append(&mut self, append: Append) {
        append.entries.iter().for_each(|entry| self.trace.bytes(&entry.body));
        self.disk.queue(append, self.clock.true_ms());
        self.flush();
    }

    fn flush(&mut self) {
        if self.disk.begin() {
            self.flush_nth += 1;
            let slow = if buggify(Point::SlowFlush) { 300 } else { 25 };
            let ms = 1 + self.rng.below(slow);
            let nth = self.flush_nth;
            self.after(ms, Event::Flushed(nth));
        }
    }

    pub(super) fn flushed(&mut self, nth: u64) -> Step {
        if nth != self.flush_nth || !self.node.is_up {
            return Ok(());
        }
        if !self.is_quiet() && self.rng.below(1_000) < 4 {
            return self.flush_failed();
        }
        match self.disk.finish() {
            Flushed::Full => self.disk_was_full(),
            Flushed::Rejected => {
                self.tell(|| "an append is rejected".to_owned());
                self.observe_disk()?;
                self.recover_in_place()
            }
            Flushed::Done(head) => {
                self.observe_disk()?;
                self.flush();
                if buggify(Point::RepeatedFlushAnswer) {
                    self.tell_committed_later(head);
                }
                if buggify(Point::LateFlushAnswer) {
                    self.tell_committed_later(head);
                    return Ok(());
                }
                self.committed(head)
            }
        }
    }

    fn tell_committed_later(&mut self, head: Seq) {
        let late = 1 + self.rng.below(200);
        let nth = self.node.room.as_ref().map_or(0, |room| room.nth);
        self.after(late, Event::Committed(nth, head));
    }

    /// What was flushed is told late or again.
    pub(super) fn committed_late(&mut self, nth: u64, head: Seq) -> Step {
        let is_this = self.node.room.as_ref().is_some_and(|room| room.nth == nth);
        if is_this { self.committed(head) } else { Ok(()) }
    }

    fn committed(&mut self, head: Seq) -> Step {
        let Some(room) = &mut self.node.room else { return Ok(()) };
        let released = room.host.committed(head);
        self.release(released)
    }

    /// The process must die at once. Taking the failure for a success is a planted bug.
    fn flush_failed(&mut self) -> Step {
        self.fault(|| "a flush fails".to_owned());
        if planted(Bug::FlushRetried) {
            let believed = self.disk.fail();
            self.flush();
            return self.committed(believed);
        }
        self.crash();
        Ok(())
    }

    /// Looks at what has become durable, before anybody is told of it. I2: what was durable stays.
    pub(super) fn observe_disk(&mut self) -> Step {
        let (known, head) = (self.ledger.head(), self.disk.head());
        if head < known {
            return Err(Violation::new(
                "I2",
                format!("{known} entries were durable, {head} are there"),
            ));
        }
        while let Some(record) = self.disk.records().get(self.ledger.head() as usize) {
            self.ledger.durable(&self.work, record)?;
            self.trace.line(self.clock.true_ms(), || {
                let body = String::from_utf8_lossy(&record.entry.body);
                format!("durable {} in term {}: {body}", record.entry.seq, record.term)
            });
        }
        Ok(())
    }

    pub(super) fn sleep_or_wake(&mut self) -> Step {
        let next = 200 + self.rng.below(800);
        self.after(next, Event::SleepOrWake);
        let now = self.clock.now();
        let Some(room) = &self.node.room else {
            let is_due = self.node.wake_at.is_some_and(|at| Wall(at) <= now.wall);
            let may_wake = self.node.is_up && !self.node.is_read_only;
            return if is_due && may_wake { self.open_room() } else { Ok(()) };
        };
        let is_long = self.clock.true_ms() > room.idle_since + 500;
        let is_idle = self.node.is_idle() && (is_long || buggify(Point::EarlySleep));
        if is_idle && room.host.room().sleeps_after_ms().is_some() {
            self.node.wake_at = room.host.room().wake_at();
            self.fault(|| "the room falls asleep".to_owned());
            self.node.room = None;
        }
        Ok(())
    }
}
