//! What several targets need: a small sale, ids from a seed. It judges nothing.

use houseful_apps::seats::Seats;
use houseful_room::{Epoch, Ids, Mono, Now, Recovery, Room, RoomError, Wall};
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
