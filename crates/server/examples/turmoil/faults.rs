//! What goes wrong, and until when: links that lose everything, in both directions or one, links that keep everything
//! back, a server that dies or is stopped and comes back. It is decided by the seed alone.

use crate::buyer::BUYERS;
use crate::house;
use crate::ledger::{Ledger, Shared};
use houseful_room::testkit::Rng;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;
use turmoil::Sim;

/// One link's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// Everything is lost.
    Parted,
    /// What the server says is lost.
    Deaf,
    /// What the buyer says is lost.
    Mute,
    /// Everything waits.
    Held,
}

/// All that goes wrong in a world.
pub struct Faults {
    rng: Rng,
    next: Duration,
    links: [Option<(Fault, Duration)>; BUYERS],
    down_until: Option<Duration>,
    stop: Arc<Notify>,
}

impl Faults {
    /// Nothing is wrong yet. The server stops in order when `stop` says so.
    pub fn new(rng: Rng, stop: Arc<Notify>) -> Faults {
        Faults { rng, next: Duration::ZERO, links: [None; BUYERS], down_until: None, stop }
    }

    /// Ends what is over, and begins what is due.
    pub fn step(&mut self, sim: &mut Sim<'_>, shared: &Shared) {
        let now = sim.elapsed();
        self.end(sim, shared, now);
        if now < self.next {
            return;
        }
        self.next = now + Duration::from_millis(self.rng.between(200, 2_500));
        match self.rng.below(100) {
            0..=11 if self.down_until.is_none() => self.crash(sim, shared, now),
            12..=19 if self.down_until.is_none() => self.stop(shared, now),
            20..=24 => (0..BUYERS).for_each(|buyer| self.spoil(sim, shared, buyer, now)),
            _ => {
                let buyer = self.rng.below(BUYERS as u64) as usize;
                self.spoil(sim, shared, buyer, now);
            }
        }
    }

    /// Repairs everything.
    pub fn end_all(&mut self, sim: &mut Sim<'_>, shared: &Shared) {
        self.end(sim, shared, Duration::MAX);
        let mut ledger = shared.borrow_mut();
        ledger.faulty_until.fill(sim.elapsed());
        ledger.note(sim.elapsed(), "world", "calm");
    }

    fn end(&mut self, sim: &mut Sim<'_>, shared: &Shared, now: Duration) {
        for buyer in 0..BUYERS {
            let Some((fault, _)) = self.links[buyer].filter(|(_, until)| *until <= now) else {
                continue;
            };
            let name = format!("buyer{buyer}");
            match fault {
                Fault::Held => sim.release(house::NAME, name.as_str()),
                Fault::Parted | Fault::Deaf | Fault::Mute => {
                    sim.repair(house::NAME, name.as_str());
                }
            }
            self.links[buyer] = None;
            shared.borrow_mut().note(sim.elapsed(), &name, "is reached again");
        }
        if self.down_until.is_some_and(|until| until <= now) {
            self.down_until = None;
            sim.bounce(house::NAME);
            shared.borrow_mut().note(sim.elapsed(), "world", "the server starts");
        }
    }

    fn spoil(&mut self, sim: &Sim<'_>, shared: &Shared, buyer: usize, now: Duration) {
        if self.links[buyer].is_some() {
            return;
        }
        let fault = *self.rng.pick(&[Fault::Parted, Fault::Deaf, Fault::Mute, Fault::Held]);
        let until = now + Duration::from_millis(self.rng.between(100, 6_000));
        let name = format!("buyer{buyer}");
        match fault {
            Fault::Parted => sim.partition(house::NAME, name.as_str()),
            Fault::Deaf => sim.partition_oneway(house::NAME, name.as_str()),
            Fault::Mute => sim.partition_oneway(name.as_str(), house::NAME),
            Fault::Held => sim.hold(house::NAME, name.as_str()),
        }
        self.links[buyer] = Some((fault, until));
        let ledger = &mut *shared.borrow_mut();
        ledger.counts.stalls += 1;
        ledger.faulty_until[buyer] = ledger.faulty_until[buyer].max(until);
        ledger.note(now, &name, &format!("{fault:?}"));
    }

    /// The server is stopped in order; who is not done when it starts again is cut off.
    fn stop(&mut self, shared: &Shared, now: Duration) {
        let until = now + Duration::from_millis(self.rng.between(50, 4_000));
        self.down_until = Some(until);
        self.stop.notify_one();
        let ledger = &mut *shared.borrow_mut();
        ledger.counts.stops += 1;
        blame_nobody(ledger, until);
        ledger.note(now, "world", "the server is stopped");
    }

    /// The process dies; in half of the cases the machine too, and nobody hears of it.
    fn crash(&mut self, sim: &mut Sim<'_>, shared: &Shared, now: Duration) {
        let until = now + Duration::from_millis(self.rng.between(50, 4_000));
        let is_silent = self.rng.percent(50);
        for buyer in (0..BUYERS).filter(|_| is_silent) {
            if self.links[buyer].is_none() {
                sim.partition(house::NAME, format!("buyer{buyer}").as_str());
                self.links[buyer] = Some((Fault::Parted, until));
            }
        }
        sim.crash(house::NAME);
        self.down_until = Some(until);
        let ledger = &mut *shared.borrow_mut();
        ledger.counts.crashes += 1;
        blame_nobody(ledger, until);
        ledger.note(now, "world", if is_silent { "the machine dies" } else { "the server dies" });
    }
}

fn blame_nobody(ledger: &mut Ledger, until: Duration) {
    for faulty_until in &mut ledger.faulty_until {
        *faulty_until = (*faulty_until).max(until);
    }
}
