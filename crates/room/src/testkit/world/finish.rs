//! After the quiet: everything must have come to its end, and everybody must see the same.

use super::client::Client;
use super::ledger::tagged;
use super::report::Violation;
use super::{END_MS, Step, World};
use crate::door::WAITING;
use crate::testkit::Workload;
use crate::{AnyRoom, DerivedRow, Host, Room};
use std::collections::BTreeSet;

/// So many of a hundred runs end by recovering the room from its first entry on.
const COMPARED_PERCENT: u64 = 25;

impl<W: Workload> World<W> {
    /// Whether nothing is on its way.
    pub(super) fn is_at_rest(&self) -> bool {
        let head = self.disk.head();
        let mut others = self.clients.iter().filter(|client| !self.may_be_out(client));
        self.node.is_idle() && others.all(|client| client.copy.position() == head)
    }

    pub(super) fn finish(&mut self) -> Step {
        self.observe_disk()?;
        if !self.node.is_up || !self.node.is_idle() || self.disk.head() != self.ledger.head() {
            return Err(Violation::new("I7", "the room does not come to rest"));
        }
        for client in 0..self.clients.len() {
            self.finish_client(client)?;
        }
        self.check_members()?;
        self.wake_for_good()?;
        self.check_derived()?;
        if let Some(model) = self.ledger.model() {
            self.work.finish(model, END_MS).map_err(|text| tagged("I7", text))?;
        }
        Ok(())
    }

    /// Whether a client is not in the room, and rightly so.
    fn may_be_out(&self, client: &Client) -> bool {
        let is_out = |model: &W::Model| self.work.may_be_out(model, &client.who);
        client.is_gone || !client.is_joined && self.ledger.model().is_some_and(is_out)
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
        let (position, head) = (this.copy.position(), self.ledger.head());
        if position != head || this.own > position {
            let text = format!("client {client} is stuck at {position} of {head}");
            return Err(Violation::new("I7", text));
        }
        self.ledger.is_same(client, &this.copy)
    }

    /// Nobody is shown here who is not, nobody is missing who is, and who is gone for long has left.
    fn check_members(&self) -> Step {
        let is_member = |client: &&Client| client.is_joined && client.role != WAITING;
        let connected = self.clients.iter().filter(is_member);
        let connected: BTreeSet<String> =
            connected.filter_map(|client| client.who.account).map(|id| id.to_string()).collect();
        let mut here = BTreeSet::new();
        for (account, member) in self.ledger.reference.rows("members") {
            if member.get("state").and_then(|state| state.as_str()) == Some("here") {
                here.insert(account.to_owned());
            }
        }
        if here != connected {
            let text = format!("shown here are {here:?}, connected are {connected:?}");
            return Err(Violation::new("members", text));
        }
        let long_ago = END_MS.saturating_sub(self.grace_ms()? + 1_500);
        for client in self.clients.iter().filter(|client| client.is_gone) {
            let Some(account) = client.who.account else { continue };
            let is_shown = self.ledger.reference.row("members", &account.to_string()).is_some();
            let since = client.lost_ms.max(self.last_recovery_ms);
            if is_shown && since < long_ago && !connected.contains(&account.to_string()) {
                let text = format!("{account} is gone since {since} and still a member");
                return Err(Violation::new("members", text));
            }
        }
        Ok(())
    }

    fn grace_ms(&self) -> Result<u64, Violation> {
        let app = <W::App as crate::RoomApp>::configure(&self.config);
        let app = app.map_err(|refusal| Violation::new("I20", refusal.message))?;
        Ok(crate::RoomApp::limits(&app).grace_ms)
    }

    /// Derived rows, written entry by entry, are those that the state implies.
    pub(super) fn check_derived(&self) -> Step {
        let Some(room) = &self.node.room else { return Ok(()) };
        let sorted = |mut rows: Vec<DerivedRow>| {
            rows.sort();
            rows
        };
        let (stored, implied) = (sorted(self.disk.rows()), sorted(room.host.room().derived()));
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
    fn wake_for_good(&mut self) -> Step {
        if !self.rng.percent(COMPARED_PERCENT) {
            return Ok(());
        }
        if let Some(mut room) = self.node.room.take() {
            self.compare_with_entries(&mut room.host)?;
            self.node.room = Some(room);
            return Ok(());
        }
        let recovery = self.disk.recovery(self.epoch);
        let room = Room::<W::App>::recover(&self.config, recovery, self.clock.now());
        let room = room.map_err(|error| Violation::new("I20", error.to_string()))?;
        room.check().map_err(|text| Violation::new("itself", text))?;
        self.compare_with_entries(&mut Host::new(Box::new(room)))
    }
}
