//! The process that runs the rooms: turns, group commit, sleep. What it lets out goes through
//! the checks beside it.

use super::queue::{Askers, Event, Incarnation, planted};
use super::report::Violation;
use super::scene::{Panics, Scene};
use super::{Step, World};
use crate::buggify::{Point, buggify};
use crate::planted::Bug;
use crate::testkit::{Flushed, Site, Workload};
use crate::{
    AnyRoom, Append, Audience, Command, CommandId, Decided, Host, Input, Recovery, Refusal, Room,
    Seq, SessionId, Ticket, Wall,
};
use std::collections::{BTreeMap, HashMap, VecDeque};

/// The application checks itself after so many of a hundred changes; each costs as much as many turns.
const CHECKED_PERCENT: u64 = 15;
/// A room's task that does not run does not for so long.
const STALL_MS: u64 = 2_000;
/// Of a thousand flushes in so many the rows of a room violate a constraint.
const REFUSED_PER_MILLE: u64 = 15;

#[derive(Default)]
pub(super) struct Node {
    pub(super) is_up: bool,
    pub(super) incarnation: Incarnation,
    /// Open connections, and whose they are.
    pub(super) open: BTreeMap<SessionId, usize>,
    sessions: u64,
    rooms: u64,
    pub(super) tickets: Ticket,
    /// Where the last panic was. Only ever set where a bug is planted.
    panicked: Option<Site>,
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
    pub(super) is_turn_due: bool,
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
}

impl<W: Workload> World<W> {
    /// Recovers the room under a new term, or opens it for the first time.
    pub(super) fn open_room(&mut self, site: Site) -> Step {
        self.node.is_up = true;
        if self.disk.is_full() {
            return self.disk_was_full(site);
        }
        self.stats.recoveries += 1;
        let (log, scene) = (self.disk.log_mut(site), &mut self.scenes[site]);
        scene.last_recovery_ms = self.clock.true_ms();
        let term = log.claim();
        let now = self.clock.now();
        let recovery = match buggify(Point::RecoveryWithoutSnapshot) {
            true => log.recovery_from_entries(scene.epoch),
            false => log.recovery(scene.epoch),
        };
        let mut host = Host::new(self.read_back(site, recovery)?);
        if self.rng.percent(1) {
            self.compare_with_entries(site, &mut host)?;
        }
        let made = Panics::made();
        let decided = host.start(now, &mut self.ids);
        self.scenes[site].made.add_since(made);
        let decided = decided.map_err(|refusal| Violation::new("I20", refusal.message))?;
        self.node.rooms += 1;
        self.scenes[site].wake_at = None;
        self.tell(|| format!("room {site} is recovered at {} in term {term}", host.durable_seq()));
        let published = host.durable_seq();
        self.scenes[site].living = Some(Living {
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
        self.decided(site, decided)
    }

    pub(super) fn read_back(
        &self,
        site: Site,
        recovery: Recovery,
    ) -> Result<Box<dyn AnyRoom>, Violation> {
        let config = &self.scenes[site].config;
        let room = Room::<W::App>::recover(config, recovery, self.clock.now());
        Ok(Box::new(room.map_err(|error| Violation::new("I20", error.to_string()))?))
    }

    /// A room from a snapshot and what follows is the room from all entries.
    pub(super) fn compare_with_entries(&mut self, site: Site, host: &mut Host) -> Step {
        let recovery = self.disk.log(site).recovery_from_entries(self.scenes[site].epoch);
        let mut plain = self.read_back(site, recovery)?;
        let (from_entries, from_snapshot) = (plain.snapshot(), host.snapshot());
        if from_entries == from_snapshot {
            return Ok(());
        }
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (entries, snapshot) = (text(&from_entries), text(&from_snapshot));
        let text = format!("recovered from entries {entries}, from the snapshot {snapshot}");
        Err(Violation::new("I20", text))
    }

    pub(super) fn wake(&mut self, site: Site, room: u64, nth: u64) -> Step {
        let living = self.scenes[site].living.as_mut().filter(|living| living.nth == room);
        if let Some(living) = living
            && living.wake.is_some_and(|(_, wake)| wake == nth)
        {
            living.wake = None;
            self.arrive(site, Input::Wake);
        }
        Ok(())
    }

    pub(super) fn wake_all(&mut self) {
        self.sites().for_each(|site| self.arrive(site, Input::Wake));
    }

    pub(super) fn turn(&mut self, site: Site, nth: u64) -> Step {
        if buggify(Point::StalledRoom) {
            let late = 1 + self.rng.below(STALL_MS);
            self.after(late, Event::Turn(site, nth));
            return Ok(());
        }
        let inputs_max = match (buggify(Point::EmptyTurn), buggify(Point::ShortTurn)) {
            (true, _) => 0,
            (_, true) => 1 + self.rng.below(2) as usize,
            _ => 256,
        };
        let now = self.clock.now();
        let scene = &mut self.scenes[site];
        let Some(room) = scene.living.as_mut().filter(|room| room.nth == nth) else {
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
        let is_hit = planted(Bug::PanicSpreads) && self.node.panicked.is_some_and(|of| of != site);
        let hit = is_hit.then(|| take_command(&mut inputs)).flatten();
        let made = Panics::made();
        let decided = room.host.turn(now, &mut self.ids, inputs);
        if scene.made.add_since(made) {
            self.node.panicked = Some(site);
        }
        if is_more {
            self.after(1, Event::Turn(site, nth));
        }
        if let Some(ticket) = hit {
            self.node.panicked = None;
            self.answer(site, ticket, Err(Refusal::new("internal", "It is not this room's.")))?;
        }
        self.decided(site, decided)
    }

    fn decided(&mut self, site: Site, mut decided: Decided) -> Step {
        if let Some(append) = &mut decided.append
            && (self.rng.percent(8) || buggify(Point::OddSnapshot))
            && let Some(room) = &mut self.scenes[site].living
        {
            append.snapshot = Some(room.host.snapshot());
        }
        self.release(site, decided.released)?;
        if let Some(append) = decided.append {
            self.append(site, append);
            self.check_room(site)?;
        }
        self.schedule_wake(site);
        Ok(())
    }

    fn check_room(&mut self, site: Site) -> Step {
        let nth = self.rng.below(100);
        let Some(room) = &self.scenes[site].living else { return Ok(()) };
        if nth < CHECKED_PERCENT {
            room.host.room().check().map_err(|text| Violation::new("itself", text))?;
        }
        if nth == 0 && !room.host.is_waiting() {
            self.check_derived(site)?;
        }
        Ok(())
    }

    fn schedule_wake(&mut self, site: Site) {
        let now = self.clock.now();
        let late = if buggify(Point::LateTimer) { 150 } else { 3 };
        let late = self.rng.below(late);
        let Some(room) = &mut self.scenes[site].living else { return };
        let Some(due) = room.host.room().next_in_ms(now) else { return };
        let at = self.clock.true_ms() + due.min(1_000) + late;
        if room.wake.is_none_or(|(wake, _)| at < wake) {
            room.wakes += 1;
            room.wake = Some((at, room.wakes));
            let event = Event::Wake(site, room.nth, room.wakes);
            self.queue.at(at, event);
        }
    }

    fn append(&mut self, site: Site, append: Append) {
        append.entries.iter().for_each(|entry| self.trace.bytes(&entry.body));
        self.disk.queue(site, append, self.clock.true_ms());
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
        if !self.is_quiet() {
            self.refuse_rows();
        }
        for (site, flushed) in self.disk.finish() {
            match flushed {
                Flushed::Full => self.disk_was_full(site)?,
                Flushed::Rejected => {
                    self.tell(|| format!("an append of room {site} is rejected"));
                    self.observe_disk(site)?;
                    self.recover_in_place(site)?;
                }
                Flushed::Done(head) => self.is_durable(site, head)?,
            }
        }
        self.flush();
        Ok(())
    }

    /// What one of the rooms has in the flush violates a constraint, now and then.
    fn refuse_rows(&mut self) {
        let sites = self.disk.flushing();
        if !sites.is_empty() && self.rng.below(1_000) < REFUSED_PER_MILLE {
            let site = *self.rng.pick(&sites);
            self.fault(|| format!("the rows of room {site} violate a constraint"));
            self.disk.refuse(site);
        }
    }

    fn is_durable(&mut self, site: Site, head: Seq) -> Step {
        self.observe_disk(site)?;
        if buggify(Point::RepeatedFlushAnswer) {
            self.tell_committed_later(site, head);
        }
        if buggify(Point::LateFlushAnswer) {
            self.tell_committed_later(site, head);
            return Ok(());
        }
        self.committed(site, head)
    }

    fn tell_committed_later(&mut self, site: Site, head: Seq) {
        let late = 1 + self.rng.below(200);
        let nth = self.scenes[site].living.as_ref().map_or(0, |room| room.nth);
        self.after(late, Event::Committed(site, nth, head));
    }

    /// What was flushed is told late or again.
    pub(super) fn committed_late(&mut self, site: Site, nth: u64, head: Seq) -> Step {
        let is_this = self.scenes[site].living.as_ref().is_some_and(|room| room.nth == nth);
        if is_this { self.committed(site, head) } else { Ok(()) }
    }

    fn committed(&mut self, site: Site, head: Seq) -> Step {
        let Some(room) = &mut self.scenes[site].living else { return Ok(()) };
        let released = room.host.committed(head);
        self.release(site, released)
    }

    /// The process must die at once. Taking the failure for a success is a planted bug.
    fn flush_failed(&mut self) -> Step {
        self.fault(|| "a flush fails".to_owned());
        if planted(Bug::FlushRetried) {
            let believed = self.disk.fail();
            self.flush();
            return believed.into_iter().try_for_each(|(site, head)| self.committed(site, head));
        }
        self.crash();
        Ok(())
    }

    /// Looks at what has become durable, before anybody is told of it. I2: what was durable stays.
    pub(super) fn observe_disk(&mut self, site: Site) -> Step {
        let (log, Scene { ledger, work, .. }) = (self.disk.log(site), &mut self.scenes[site]);
        let (known, head) = (ledger.head(), log.head());
        if head < known {
            let text = format!("{known} entries were durable, {head} are there");
            return Err(Violation::new("I2", text));
        }
        while let Some(record) = log.records().get(ledger.head() as usize) {
            ledger.durable(work, record)?;
            self.trace.line(self.clock.true_ms(), || {
                let (seq, term) = (record.entry.seq, record.term);
                let body = String::from_utf8_lossy(&record.entry.body);
                format!("durable {seq} of room {site} in term {term}: {body}")
            });
        }
        Ok(())
    }

    pub(super) fn sleep_or_wake(&mut self, site: Site) -> Step {
        let next = 200 + self.rng.below(800);
        self.after(next, Event::SleepOrWake(site));
        let now = self.clock.now();
        let scene = &mut self.scenes[site];
        let Some(room) = &scene.living else {
            let is_due = scene.wake_at.is_some_and(|at| Wall(at) <= now.wall);
            let may_wake = self.node.is_up && !scene.is_read_only;
            return if is_due && may_wake { self.open_room(site) } else { Ok(()) };
        };
        let is_long = self.clock.true_ms() > room.idle_since + 500;
        let is_idle = scene.is_idle() && (is_long || buggify(Point::EarlySleep));
        if is_idle && room.host.room().sleeps_after_ms().is_some() {
            scene.wake_at = room.host.room().wake_at();
            scene.living = None;
            self.fault(|| format!("room {site} falls asleep"));
        }
        Ok(())
    }
}

/// Takes the first command out.
fn take_command(inputs: &mut Vec<Input>) -> Option<Ticket> {
    let place = inputs.iter().position(|input| matches!(input, Input::Command(_)))?;
    match inputs.remove(place) {
        Input::Command(command) => Some(command.ticket),
        _ => None,
    }
}
