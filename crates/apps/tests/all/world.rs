//! A room, its journal and its clocks, driven by hand: every step commits, checks the room's
//! invariants and keeps what was shown. It knows no rule of its own.

use houseful_apps::lobby::Lobby;
use houseful_apps::seats::Seats;
use houseful_room::*;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

pub const OWNER: u64 = 1;
pub const ADMIN: u64 = 2;
pub const ANN: u64 = 11;
pub const BEN: u64 = 12;
pub const CAT: u64 = 13;
/// The moment at which every world begins.
pub const BEGIN: i64 = 1_700_000_000_000;
pub const MINUTE: u64 = 60_000;

/// Randomness from a seed: splitmix64.
pub struct Seeded(pub u64);

impl Ids for Seeded {
    fn random(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

type RowKey = (&'static str, Vec<Column>);

pub struct World {
    pub host: Host,
    pub now: Now,
    pub ids: Seeded,
    pub published: Vec<Arc<Published>>,
    pub rows: BTreeMap<RowKey, Vec<Column>>,
    pub config: String,
    journal: Vec<Entry>,
    snapshot: Option<(Seq, Arc<[u8]>)>,
    make: fn(&str, Recovery, Now) -> Host,
    next_id: u128,
    released: Vec<Output>,
}

fn seats(config: &str, recovery: Recovery, now: Now) -> Host {
    Host::new(Box::new(Room::<Seats>::recover(config, recovery, now).expect("a valid room")))
}

fn lobby(config: &str, recovery: Recovery, now: Now) -> Host {
    Host::volatile(Box::new(Room::<Lobby>::recover(config, recovery, now).expect("a lobby")))
}

/// A hall of two sections: "Stalls" A to C of 10 with an aisle after 5, "Circle" A of 6 whose first
/// seats are for a wheelchair and a companion; and a standing area.
pub fn small_plan() -> Json {
    json!({
        "name": "Small",
        "stage": {"x": -100.0, "y": -100.0, "w": 200.0, "h": 40.0, "label": "Stage"},
        "zones": [{"id": "a", "name": "Stalls"}, {"id": "b", "name": "Circle"}],
        "sections": [
            {"name": "Stalls", "zone": "a", "x": 0.0, "y": 0.0, "rows": [
                {"label": "A", "seats": 10, "x": -120.0, "aisles": [5]},
                {"label": "B", "seats": 10, "x": -120.0, "aisles": [5]},
                {"label": "C", "seats": 10, "x": -120.0, "aisles": [5]}]},
            {"name": "Circle", "zone": "b", "x": 0.0, "y": 200.0, "rows": [
                {"label": "A", "seats": 6, "x": -60.0, "accessible": [0], "companion": [1]}]}],
        "areas": [{"name": "Floor", "zone": "b", "capacity": 20, "x": 0.0, "y": 400.0, "w": 9.0, "h": 9.0}]
    })
}

pub fn config() -> Json {
    json!({
        "eventId": 42, "owner": OWNER, "planId": "p1", "plan": small_plan(), "title": "Evening",
        "startsAt": BEGIN + 86_400_000, "timeZone": "Europe/Berlin", "place": "Hall",
        "currency": "EUR", "prices": {"a": 2000, "b": 1000}
    })
}

impl World {
    /// A published event in the small hall.
    pub fn new() -> World {
        World::with(config())
    }

    pub fn with(config: Json) -> World {
        let mut world = World::draft(config);
        world.ok(OWNER, "publish", json!({}));
        world
    }

    pub fn draft(config: Json) -> World {
        World::of(config.to_string(), seats)
    }

    pub fn lobby() -> World {
        World::of(String::new(), lobby)
    }

    fn of(config: String, make: fn(&str, Recovery, Now) -> Host) -> World {
        let now = Now { wall: Wall(BEGIN), mono: Mono(1_000) };
        let recovery = recovery(1, None, &[]);
        let mut world = World {
            host: make(&config, recovery, now),
            now,
            ids: Seeded(7),
            published: Vec::new(),
            rows: BTreeMap::new(),
            config,
            journal: Vec::new(),
            snapshot: None,
            make,
            next_id: 1,
            released: Vec::new(),
        };
        let decided = world.host.start(now, &mut world.ids).expect("the room opens");
        world.settle(decided);
        world
    }

    fn settle(&mut self, decided: Decided) {
        let mut released = decided.released;
        if let Some(mut append) = decided.append {
            for row in append.take_rows() {
                match row.set {
                    Some(set) => self.rows.insert((row.table, row.key), set),
                    None => self.rows.remove(&(row.table, row.key)),
                };
            }
            let head = append.head();
            self.journal.extend(append.entries);
            released.extend(self.host.committed(head));
        }
        for output in &released {
            if let Output::Publish(published) = output {
                self.published.push(published.clone());
            }
        }
        self.released = released;
        self.host.room().check().expect("the invariants hold");
    }

    pub fn input(&mut self, input: Input) -> Vec<Output> {
        let decided = self.host.turn(self.now, &mut self.ids, [input]);
        self.settle(decided);
        std::mem::take(&mut self.released)
    }

    /// Sends a command and gives its answer.
    pub fn send(&mut self, who: u64, name: &str, body: Json) -> Result<Json, Refusal> {
        let id = CommandId(Uuid::from_u128(self.next_id));
        self.next_id += 1;
        let (name, body) = (Arc::from(name), Arc::from(body.to_string()));
        let who = person(who);
        let attached = None;
        let command = Command { ticket: 1, id, term: None, who, name, body, attached };
        let outputs = self.input(Input::Command(command));
        let answer = outputs.into_iter().find_map(|output| match output {
            Output::Answer(1, answer) => Some(answer),
            _ => None,
        });
        let accepted = answer.expect("an answer")?;
        let reply = accepted.reply.expect("a reply at hand");
        Ok(serde_json::from_str(&reply).expect("the reply is JSON"))
    }

    pub fn ok(&mut self, who: u64, name: &str, body: Json) -> Json {
        self.send(who, name, body).unwrap_or_else(|no| panic!("{name} by {who}: {no:?}"))
    }

    /// The refusal of a command, which must change nothing.
    pub fn no(&mut self, who: u64, name: &str, body: Json) -> Refusal {
        let seq = self.host.room().seq();
        let refused = self.send(who, name, body).expect_err("a refusal");
        assert_eq!(self.host.room().seq(), seq, "a refusal changes nothing");
        refused
    }

    pub fn code(&mut self, who: u64, name: &str, body: Json) -> &'static str {
        self.no(who, name, body).code
    }

    pub fn hold(&mut self, who: u64, seats: &[u32]) -> Json {
        self.ok(who, "hold", json!({ "seats": seats }))
    }

    /// Lets both clocks run and the timers fire.
    pub fn pass(&mut self, ms: u64) {
        self.now.wall = self.now.wall.plus_ms(ms);
        self.now.mono = self.now.mono.plus_ms(ms);
        self.input(Input::Wake);
    }

    pub fn enter(&mut self, session: u64, who: Principal) -> Result<Joined, Refusal> {
        let session = SessionId(session);
        let outputs = self.input(Input::Join { ticket: 2, session, who, have: None });
        let joined = outputs.into_iter().find_map(|output| match output {
            Output::Joined(2, joined) => Some(joined),
            _ => None,
        });
        joined.expect("an answer")
    }

    /// What an audience sees.
    pub fn part(&self, audience: &Audience) -> Json {
        serde_json::from_str(&self.host.room().part(audience)).expect("a part is JSON")
    }

    pub fn shape(&self, audience: &str, shape: &str) -> Json {
        let audience = Audience::parse(audience).expect("an audience");
        self.part(&audience)["shapes"][shape].clone()
    }

    /// Takes a snapshot, as the server does now and then.
    /// Every entry's body, a line each.
    pub fn journal_text(&self) -> String {
        let line = |entry: &Entry| format!("{}\n", String::from_utf8_lossy(&entry.body));
        self.journal.iter().map(line).collect()
    }

    pub fn keep_snapshot(&mut self) {
        let snapshot = self.host_snapshot();
        self.snapshot = Some((self.host.room().seq(), snapshot));
    }

    fn host_snapshot(&mut self) -> Arc<[u8]> {
        // The host lends the room for reading only: recover a twin and take its snapshot.
        let recovery = recovery(self.host.room().term(), None, &self.journal);
        let mut twin = Room::<Seats>::recover(&self.config, recovery, self.now).expect("a twin");
        twin.snapshot()
    }

    /// The process dies and another takes over: what was committed comes back.
    pub fn crash(&mut self) {
        let term = self.host.room().term() + 1;
        let seq = self.host.room().seq();
        let recovery = recovery(term, self.snapshot.clone(), &self.journal);
        self.now.mono = Mono(5);
        self.host = (self.make)(&self.config, recovery, self.now);
        assert_eq!(self.host.room().seq(), seq);
    }

    /// The first turn after a crash.
    pub fn restart(&mut self) {
        let decided = self.host.start(self.now, &mut self.ids).expect("the room starts");
        self.settle(decided);
    }
}

fn recovery(term: Term, snapshot: Option<(Seq, Arc<[u8]>)>, journal: &[Entry]) -> Recovery {
    let epoch = Uuid::from_u128(99);
    let first = snapshot.as_ref().map_or(1, |(seq, _)| seq + 1);
    let entries = journal.iter().filter(|entry| entry.seq >= first);
    let entries = entries.map(|entry| entry.body.clone()).collect();
    let accepted = journal
        .iter()
        .filter_map(|entry| entry.command.map(|(id, hash)| (id, hash, entry.seq)))
        .collect();
    Recovery { epoch, term, snapshot, entries, first, accepted }
}

pub fn person(account: u64) -> Principal {
    let standing = if account == ADMIN { Standing::Admin } else { Standing::Attendee };
    Principal::person(AccountId(account), standing)
}
