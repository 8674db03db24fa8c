//! What goes wrong beside the network: power, flushes, space, clocks, owners. Nothing does once it is
//! quiet.

use super::queue::{Event, Incarnation, planted};
use super::scene::Scene;
use super::{Step, World};
use crate::View;
use crate::planted::Bug;
use crate::testkit::{Site, Workload};

impl<W: Workload> World<W> {
    pub(super) fn schedule_faults(&mut self) {
        self.schedule(Event::Crash, 500, 6_000);
        self.schedule(Event::WallJump, 1, 6_000);
        self.schedule(Event::DiskFull, 2_000, 40_000);
        self.schedule(Event::Handover, 2_000, 20_000);
        if self.habits.lull {
            self.schedule(Event::Lull, 1_000, 20_000);
        }
        // Of all the people there are.
        let stays_away = self.rng.below(self.clients.len() as u64 * 2) as usize;
        if let Some(client) = self.clients.get(stays_away) {
            // Never the first: it may be who opens the doors.
            let is_gone = client.nth > 0 && client.who.account.is_some();
            if is_gone {
                let at = 15_000 + self.rng.below(20_000);
                self.queue.at(at, Event::Disconnect(stays_away));
                self.clients[stays_away].gone_from = Some(at);
            }
        }
    }

    fn schedule(&mut self, event: Event, least_ms: u64, spread_ms: u64) {
        let ms = least_ms + self.rng.below(spread_ms);
        if self.clock.true_ms() + ms < self.calm_ms() {
            self.after(ms, event);
        }
    }

    pub(super) fn crash_again(&mut self) {
        self.crash();
        let spread = if self.habits.many_crashes { 2_500 } else { 8_000 };
        self.schedule(Event::Crash, 500, spread);
    }

    /// The process is gone, and with it what was not flushed and every connection.
    pub(super) fn crash(&mut self) {
        if !self.node.is_up {
            return;
        }
        self.fault(|| "the process dies".to_owned());
        self.disk.crash(&mut self.rng);
        self.flush_nth += 1;
        self.node.is_up = false;
        self.node.incarnation += 1;
        self.scenes.iter_mut().for_each(Scene::die);
        for (session, _) in std::mem::take(&mut self.node.open) {
            let noticed = self.rng.below(400);
            self.after(noticed, Event::Closed(session));
        }
        let down = 20 + self.rng.below(500);
        let incarnation = self.node.incarnation;
        self.after(down, Event::Restart(incarnation));
    }

    pub(super) fn restart(&mut self, incarnation: Incarnation) -> Step {
        if incarnation != self.node.incarnation {
            return Ok(());
        }
        let mono_base = self.rng.below(1 << 40);
        self.clock.restart(mono_base);
        self.after(100, Event::Beacon(incarnation));
        for site in self.sites() {
            self.observe_disk(site)?;
            self.open_room(site)?;
        }
        Ok(())
    }

    /// Another owner takes a room over while the former one's appends are still on their way to the disk.
    pub(super) fn hand_over(&mut self) -> Step {
        self.schedule(Event::Handover, 2_000, 20_000);
        let site = self.rng.below(self.scenes.len() as u64) as Site;
        if !self.node.is_up || self.disk.is_full() {
            return Ok(());
        }
        self.scenes[site].is_read_only = false;
        self.fault(|| format!("another owner takes room {site}"));
        self.recover_in_place(site)
    }

    /// A room's memory is thrown away and read back; connections stay and are told to join again.
    pub(super) fn recover_in_place(&mut self, site: Site) -> Step {
        let scene = &mut self.scenes[site];
        (scene.living, scene.view) = (None, None);
        self.open_room(site)?;
        self.ask_all_to_resync(site);
        Ok(())
    }

    fn ask_all_to_resync(&mut self, site: Site) {
        let of = |client: usize| self.clients[client].site;
        let here = self.node.open.iter().filter(|(_, client)| of(**client) == site);
        let sessions: Vec<_> = here.map(|(session, _)| *session).collect();
        for session in sessions {
            let told = 1 + self.rng.below(50);
            self.after(told, Event::Resync(session));
        }
    }

    pub(super) fn wall_jump(&mut self) -> Step {
        let by_ms = i64::try_from(self.rng.below(7_200_000)).unwrap_or(0) - 3_600_000;
        self.fault(|| format!("the wall clock jumps by {by_ms} ms"));
        self.clock.jump_wall(by_ms);
        self.schedule(Event::WallJump, 2_000, 6_000);
        self.wake_all();
        Ok(())
    }

    pub(super) fn fill_disk(&mut self) {
        self.fault(|| "the disk is full".to_owned());
        self.disk.set_full(true);
        let until = 200 + self.rng.below(1_500);
        self.after(until, Event::DiskFree);
        self.schedule(Event::DiskFull, 5_000, 40_000);
    }

    /// A room's memory is thrown away. While its term cannot be written what is durable is shown,
    /// under the term that is there.
    pub(super) fn disk_was_full(&mut self, site: Site) -> Step {
        self.tell(|| format!("nothing of room {site} can be written"));
        let lost = self.scenes[site].living.take().filter(|_| planted(Bug::ShowsUnwritten));
        let room = match lost {
            Some(room) => room.host.into_room(),
            None => {
                let scene = &self.scenes[site];
                self.read_back(site, self.disk.log(site).recovery(scene.epoch))?
            }
        };
        let scene = &mut self.scenes[site];
        (scene.view, scene.is_read_only) = (View::of(room), true);
        self.ask_all_to_resync(site);
        let (next, incarnation) = (100 + self.rng.below(200), self.node.incarnation);
        self.after(next, Event::Probe(site, incarnation));
        Ok(())
    }

    pub(super) fn probe(&mut self, site: Site, incarnation: Incarnation) -> Step {
        if incarnation != self.node.incarnation || !self.scenes[site].is_read_only {
            return Ok(());
        }
        if self.disk.is_full() {
            let next = 100 + self.rng.below(200);
            self.after(next, Event::Probe(site, incarnation));
            return Ok(());
        }
        self.scenes[site].is_read_only = false;
        self.recover_in_place(site)
    }

    pub(super) fn lull(&mut self) {
        self.fault(|| "everybody goes away".to_owned());
        let back = 3_000 + self.rng.below(5_000);
        for client in 0..self.clients.len() {
            self.disconnect_for(client, back, true);
        }
    }
}
