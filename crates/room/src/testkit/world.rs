//! Rooms of an application in a world of faults: the real room and host over a simulated disk, clocks and
//! network, with clients that retry and resume. A run is a function of its seed; it never waits.

mod arrivals;
mod client;
mod faults;
mod finish;
mod habits;
mod ledger;
mod network;
mod node;
mod queue;
mod release;
mod report;
mod scene;

pub use report::{Failure, Report, Stats, Violation};

use super::{Clock, Disk, Rng, Site, Workload};
use crate::buggify;
use crate::planted::Bug;
#[cfg(feature = "planted")]
use crate::planted::plant;
use client::Client;
use habits::Habits;
use node::Node;
use queue::{Event, Queue};
use report::Trace;
use scene::Scene;
use std::collections::BTreeMap;

/// Until then there are faults.
const FAULTS_MS: u64 = 45_000;
/// From then on, and without faults, everything must have come to its end.
const END_MS: u64 = 60_000;

/// In some runs so much of it is calm but for the network: longer than anybody's grace.
const CALM_MS: u64 = 17_000;
/// What begins right before the end is given so long.
const LAST_WORDS_MS: u64 = 1_000;

/// So that the points of a run are no echo of its other numbers.
const POINTS: u64 = 0x6275_6767_6966_7921;

type Step = Result<(), Violation>;

struct World<W: Workload> {
    /// Its rooms, which know nothing of each other.
    scenes: Vec<Scene<W>>,
    rng: Rng,
    ids: Rng,
    clock: Clock,
    queue: Queue,
    disk: Disk,
    flush_nth: u64,
    node: Node,
    clients: Vec<Client>,
    /// Until when what is sent to a session arrives in the order of sending.
    lines: BTreeMap<crate::SessionId, u64>,
    habits: Habits,
    stats: Stats,
    trace: Trace,
}

/// Runs one seed, with a bug planted or none.
pub fn run<W: Workload>(work: W, seed: u64, bug: Option<Bug>) -> Result<Report, Failure> {
    simulate(work, seed, bug, false).0
}

/// Runs one seed and tells what happened, line by line: print the lines.
pub fn trace<W: Workload>(
    work: W,
    seed: u64,
    bug: Option<Bug>,
) -> (Result<Report, Failure>, Vec<String>) {
    simulate(work, seed, bug, true)
}

fn simulate<W: Workload>(
    work: W,
    seed: u64,
    bug: Option<Bug>,
    tell: bool,
) -> (Result<Report, Failure>, Vec<String>) {
    #[cfg(feature = "planted")]
    plant(bug);
    #[cfg(not(feature = "planted"))]
    assert!(bug.is_none(), "the feature `planted` is off");
    buggify::begin(seed ^ POINTS);
    let mut world = World::new(work, seed, tell);
    let done = world.live();
    world.stats.fired = buggify::end();
    #[cfg(feature = "planted")]
    plant(None);
    world.stats.rooms = world.scenes.len() as u64;
    world.stats.entries = world.sites().map(|site| world.disk.log(site).head()).sum();
    let report = Report { trace_hash: world.trace.hash, stats: world.stats };
    let (app, at_ms) = (<W::App as crate::RoomApp>::NAME, world.clock.true_ms());
    let result =
        done.map(|()| report).map_err(|violation| Failure { app, seed, bug, at_ms, violation });
    (result, world.trace.lines.unwrap_or_default())
}

impl<W: Workload> World<W> {
    fn new(work: W, seed: u64, tell: bool) -> Self {
        let mut rng = Rng::new(seed);
        let mut ids = rng.fork();
        let clock = Clock::default();
        let habits = Habits::new(&mut rng);
        let people = (0..habits.rooms).flat_map(|site| {
            let people = work.people().into_iter().enumerate();
            people.map(move |(nth, who)| Client::new(site, nth, who))
        });
        let clients = people.collect();
        let scene = |_| Scene::new(work.clone(), &mut ids, &clock);
        World {
            scenes: (0..habits.rooms).map(scene).collect(),
            disk: Disk::new(habits.rooms),
            habits,
            rng,
            ids,
            clock,
            queue: Queue::default(),
            flush_nth: 0,
            node: Node::default(),
            clients,
            lines: BTreeMap::new(),
            stats: Stats::default(),
            trace: Trace { lines: tell.then(Vec::new), ..Trace::default() },
        }
    }

    fn live(&mut self) -> Step {
        self.begin()?;
        while let Some((at_ms, event)) = self.queue.pop() {
            // What the end of somebody's grace set off may still be on its way.
            if at_ms > END_MS && (self.is_at_rest() || at_ms > END_MS + LAST_WORDS_MS) {
                break;
            }
            self.clock.advance_to(at_ms);
            self.stats.events += 1;
            self.trace.word(at_ms);
            if at_ms >= self.calm_ms() {
                buggify::calm();
            }
            self.happen(event)?;
        }
        self.finish()
    }

    fn begin(&mut self) -> Step {
        for site in self.sites() {
            self.open_room(site)?;
            self.after(100, Event::SleepOrWake(site));
        }
        let incarnation = self.node.incarnation;
        for client in 0..self.clients.len() {
            let at = self.rng.below(300);
            self.after(at, Event::Connect(client));
            self.after(at + 200, Event::Think(client));
        }
        self.after(100, Event::Beacon(incarnation));
        self.schedule_faults();
        Ok(())
    }

    fn happen(&mut self, event: Event) -> Step {
        match event {
            Event::Think(client) => self.think(client),
            Event::Retry(client, id) => self.retry(client, id),
            Event::RetryJoin(client, nth) => self.retry_join(client, nth),
            Event::Connect(client) => self.connect(client),
            Event::Disconnect(client) => self.disconnect(client),
            Event::Closed(session) => self.closed(session),
            Event::Resync(session) => self.resync(session),
            Event::ToClient(client, session, message) => {
                return self.hear(client, session, &message);
            }
            Event::Lost(incarnation, session, willing) => {
                return self.lost(incarnation, session, willing);
            }
            Event::ToNode(request) => return self.request(request),
            Event::Turn(site, room) => return self.turn(site, room),
            Event::Flushed(nth) => return self.flushed(nth),
            Event::Committed(site, room, head) => return self.committed_late(site, room, head),
            Event::Wake(site, room, nth) => return self.wake(site, room, nth),
            Event::Restart(incarnation) => return self.restart(incarnation),
            Event::Probe(site, incarnation) => return self.probe(site, incarnation),
            Event::SleepOrWake(site) => return self.sleep_or_wake(site),
            Event::Handover => return self.hand_over(),
            Event::Beacon(incarnation) => self.beacon(incarnation),
            Event::Crash => self.crash_again(),
            Event::WallJump => return self.wall_jump(),
            Event::DiskFull => self.fill_disk(),
            Event::DiskFree => self.disk.set_full(false),
            Event::Lull => self.lull(),
        }
        Ok(())
    }

    fn sites(&self) -> std::ops::Range<Site> {
        0..self.scenes.len()
    }

    fn after(&mut self, ms: u64, event: Event) {
        self.queue.at(self.clock.true_ms() + ms, event);
    }

    fn is_quiet(&self) -> bool {
        self.clock.true_ms() >= FAULTS_MS
    }

    /// When people stop, and everything but the network works.
    fn calm_ms(&self) -> u64 {
        if self.habits.calm_end { FAULTS_MS - CALM_MS } else { FAULTS_MS }
    }

    fn tell(&mut self, text: impl FnOnce() -> String) {
        self.trace.line(self.clock.true_ms(), text);
    }

    fn fault(&mut self, text: impl FnOnce() -> String) {
        self.stats.faults += 1;
        self.tell(|| format!("FAULT {}", text()));
    }
}
