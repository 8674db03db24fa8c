//! After the quiet: everything must have come to its end, and everybody must see the same.

use super::client::Client;
use super::ledger::tagged;
use super::report::Violation;
use super::scene::Scene;
use super::{END_MS, Step, World};
use crate::door::WAITING;
use crate::testkit::{Site, Workload};
use crate::{AnyRoom, DerivedRow, Host, Room};
use std::collections::BTreeSet;

/// So many of a hundred runs end by recovering the room from its first entry on.
const COMPARED_PERCENT: u64 = 25;

impl<W: Workload> World<W> {
    /// Whether nothing is on its way.
    pub(super) fn is_at_rest(&self) -> bool {
        let head = |client: &Client| self.disk.log(client.site).head();
        let mut others = self.clients.iter().filter(|client| !self.may_be_out(client));
        let is_idle = self.scenes.iter().all(Scene::is_idle);
        is_idle && others.all(|client| client.copy.position() == head(client))
    }

    pub(super) fn finish(&mut self) -> Step {
        self.sites().try_for_each(|site| self.finish_room(site))
    }

    fn finish_room(&mut self, site: Site) -> Step {
        self.observe_disk(site)?;
        let scene = &self.scenes[site];
        let is_all_known = self.disk.log(site).head() == scene.ledger.head();
        if !self.node.is_up || !scene.is_idle() || !is_all_known {
            return Err(Violation::new("I7", format!("room {site} does not come to rest")));
        }
        for client in self.clients_of(site) {
            self.finish_client(client)?;
        }
        self.check_members(site)?;
        self.wake_for_good(site)?;
        self.check_derived(site)?;
        self.check_model(site)
    }

    /// What the model knows against what is kept, and against the room as it is read back.
    fn check_model(&mut self, site: Site) -> Step {
        let scene = &self.scenes[site];
        let log = self.disk.log(site);
        let mut whole = self.read_back(site, log.recovery(scene.epoch))?;
        if let Some(model) = scene.ledger.model() {
            scene.work.finish(model, END_MS).map_err(|text| tagged("I7", text))?;
            let snapshot = whole.snapshot();
            let snapshot = String::from_utf8_lossy(&snapshot);
            let kept = scene.work.finish_kept(model, log, &snapshot);
            kept.map_err(|text| tagged("I2", text))?;
        }
        Ok(())
    }

    fn clients_of(&self, site: Site) -> Vec<usize> {
        let all = 0..self.clients.len();
        all.filter(|client| self.clients[*client].site == site).collect()
    }

    /// Whether a client is not in the room, and rightly so.
    fn may_be_out(&self, client: &Client) -> bool {
        let Scene { work, ledger, .. } = &self.scenes[client.site];
        let is_out = |model: &W::Model| work.may_be_out(model, &client.who);
        client.is_gone || !client.is_joined && ledger.model().is_some_and(is_out)
    }

    fn finish_client(&self, client: usize) -> Step {
        let this = &self.clients[client];
        if self.may_be_out(this) {
            return Ok(());
        }
        if let Some(sent) = this.open.first() {
            let text = format!("client {client} was never answered: {:?}", sent.ask);
            return Err(Violation::new("I7", text));
        }
        if !this.is_joined || this.joining.is_some() {
            return Err(Violation::new("I7", format!("client {client} does not get in")));
        }
        let ledger = &self.scenes[this.site].ledger;
        let (position, head) = (this.copy.position(), ledger.head());
        if position != head || this.own > position {
            let text = format!("client {client} is stuck at {position} of {head}");
            return Err(Violation::new("I7", text));
        }
        ledger.is_same(client, &this.copy)
    }

    /// Nobody is shown here who is not, nobody is missing who is, and who is gone for long has left.
    fn check_members(&self, site: Site) -> Step {
        let scene = &self.scenes[site];
        let people = || self.clients.iter().filter(|client| client.site == site);
        let connected = people().filter(|client| client.is_joined && client.role != WAITING);
        let connected: BTreeSet<String> =
            connected.filter_map(|client| client.who.account).map(|id| id.to_string()).collect();
        let mut here = BTreeSet::new();
        for (account, member) in scene.ledger.reference.rows("members") {
            if member.get("state").and_then(|state| state.as_str()) == Some("here") {
                here.insert(account.to_owned());
            }
        }
        if here != connected {
            let text = format!("shown here are {here:?}, connected are {connected:?}");
            return Err(Violation::new("members", text));
        }
        let long_ago = END_MS.saturating_sub(scene.grace_ms()? + 1_500);
        for client in people().filter(|client| client.is_gone) {
            let Some(account) = client.who.account else { continue };
            let is_shown = scene.ledger.reference.row("members", &account.to_string()).is_some();
            // Another of their connections may have been lost later.
            let lost = people().filter(|other| other.who.account == Some(account));
            let lost_ms = lost.map(|other| other.lost_ms).max().unwrap_or(0);
            let since = lost_ms.max(scene.last_recovery_ms);
            if is_shown && since < long_ago && !connected.contains(&account.to_string()) {
                let text = format!("{account} is gone since {since} and still a member");
                return Err(Violation::new("members", text));
            }
        }
        Ok(())
    }

    /// Derived rows, written entry by entry, are those that the state implies.
    pub(super) fn check_derived(&self, site: Site) -> Step {
        let Some(room) = &self.scenes[site].living else { return Ok(()) };
        let sorted = |mut rows: Vec<DerivedRow>| {
            rows.sort();
            rows
        };
        let (stored, implied) =
            (sorted(self.disk.log(site).rows()), sorted(room.host.room().derived()));
        if stored == implied {
            return Ok(());
        }
        let differs = stored.iter().zip(&implied).find(|(stored, implied)| stored != implied);
        let text = format!(
            "{} derived rows, {} are implied; first {differs:?}",
            stored.len(),
            implied.len()
        );
        Err(Violation::new("derived", text))
    }

    /// The room from all its entries is the room that lives.
    fn wake_for_good(&mut self, site: Site) -> Step {
        if !self.rng.percent(COMPARED_PERCENT) {
            return Ok(());
        }
        if let Some(mut room) = self.scenes[site].living.take() {
            self.compare_with_entries(site, &mut room.host)?;
            self.scenes[site].living = Some(room);
            return Ok(());
        }
        let scene = &self.scenes[site];
        let recovery = self.disk.log(site).recovery(scene.epoch);
        let room = Room::<W::App>::recover(&scene.config, recovery, self.clock.now());
        let room = room.map_err(|error| Violation::new("I20", error.to_string()))?;
        room.check().map_err(|text| Violation::new("itself", text))?;
        self.compare_with_entries(site, &mut Host::new(Box::new(room)))
    }
}
