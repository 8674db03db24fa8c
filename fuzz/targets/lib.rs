//! What several targets need: small rooms, ids from a seed, and commands to a room. What a room must be at all
//! times is asked here; what is asked of it is the target's.

use houseful_apps::seats::Seats;
use houseful_room::{
    AccountId, AnyRoom, Audience, Command, CommandId, Epoch, Host, Ids, Input, Mono, Now,
    Principal, Recovery, Room, RoomApp, RoomError, Standing, Wall,
};
use std::sync::Arc;

/// The sale's owner.
pub const OWNER: u64 = 1;
/// The moment at which everything happens.
pub const NOW: Now = Now { wall: Wall(1_700_000_000_000), mono: Mono(1) };

/// A hall of 14 seats and 5 places, with an aisle, a wheelchair's place and a companion's.
pub const SALE: &str = r#"{"eventId":1,"owner":1,"planId":"p","title":"T","startsAt":1800000000000,
"timeZone":"UTC","currency":"EUR","prices":{"z":100},"limitPerPerson":6,"plan":{"name":"H",
"zones":[{"id":"z","name":"Z"}],"sections":[{"name":"S","zone":"z","x":0,"y":0,"rows":[
{"label":"A","seats":10,"aisles":[4]},{"label":"B","seats":4,"accessible":[0],"companion":[1]}]}],
"areas":[{"name":"G","zone":"z","capacity":5,"x":0,"y":90,"w":9,"h":9}]}}"#;

/// A chat, or a board.
pub const ROOM: &str = r#"{"path":"rooms/r","owner":1,"moderators":[10],"app":{}}"#;

/// Ids that are the same in every run.
pub struct Counted(pub u64);

impl Ids for Counted {
    fn random(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// The sale's room, read back from what is said to be its journal.
pub fn sale(recovery: Recovery) -> Result<Room<Seats>, RoomError> {
    Room::recover(SALE, recovery, NOW)
}

/// A journal of these entries.
pub fn journal(entries: Vec<Arc<[u8]>>, snapshot: Option<(u64, Arc<[u8]>)>) -> Recovery {
    let first = snapshot.as_ref().map_or(0, |(seq, _)| *seq) + 1;
    let epoch = Epoch::from_u128(7);
    Recovery { epoch, term: 1, snapshot, entries, first, accepted: Vec::new() }
}

/// Gives a new room one command a line, and reads its journal back.
pub fn play<A: RoomApp>(config: &str, text: &str, audiences: &[Audience]) {
    let mut ids = Counted(0);
    let room = |recovery| Room::<A>::recover(config, recovery, NOW);
    let mut host = Host::new(Box::new(room(journal(Vec::new(), None)).expect("a new room")));
    let mut entries = Vec::new();
    let mut now = NOW;
    let started = host.start(now, &mut ids).expect("it starts");
    entries.extend(started.append.into_iter().flat_map(|append| append.entries));
    for (nth, line) in text.lines().take(64).enumerate() {
        let mut words = line.splitn(3, ' ');
        let [who, name, body] = [(); 3].map(|()| words.next().unwrap_or_default());
        let input = if who == "wait" {
            now = later(now, name.parse().unwrap_or(1_000));
            Input::Wake
        } else {
            command(nth as u64, who, name, body)
        };
        let decided = host.turn(now, &mut ids, [input]);
        let heads = decided.append.as_ref().map(|append| append.head());
        entries.extend(decided.append.into_iter().flat_map(|append| append.entries));
        heads.map(|head| host.committed(head));
        host.room().check().expect("a sound room");
    }
    let bodies = entries.into_iter().map(|entry| entry.body).collect();
    let again = room(journal(bodies, None)).expect("it reads its own journal");
    for audience in audiences {
        assert_eq!(again.part(audience), host.room().part(audience));
    }
}

fn command(nth: u64, who: &str, name: &str, body: &str) -> Input {
    let id = CommandId(uuid::Uuid::from_u128(u128::from(nth) + 1));
    let (name, body, who) = (name.into(), body.into(), person(who));
    Input::Command(Command { ticket: nth, id, term: None, who, name, body, attached: None })
}

fn person(who: &str) -> Principal {
    let account = if who == "owner" { OWNER } else { 10 + who.len() as u64 % 3 };
    Principal::person(AccountId(account), Standing::Attendee)
}

/// At most an hour at once.
fn later(now: Now, ms: u64) -> Now {
    let ms = ms % 3_600_000;
    Now { wall: now.wall.plus_ms(ms), mono: now.mono.plus_ms(ms) }
}
