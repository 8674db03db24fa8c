//! Stored entries are a contract: what an older server wrote must be read for ever. A change here is a
//! decision about compatibility, never a matter of course.

use crate::world::*;
use houseful_apps::seats::Seats;
use houseful_room::testkit::Script;
use houseful_room::{AnyRoom, Audience, Mono, Now, Recovery, Room, RoomApp, Turn, Wall};
use serde_json::json;
use uuid::Uuid;

const ENTRIES: &str = include_str!("golden/entries.txt");
/// The same, from before started carts were counted.
const OLDER: &str = include_str!("golden/older.txt");
/// The same, from before events had a visibility, a team and an end.
const UNPUBLISHED: &str = include_str!("golden/unpublished.txt");

#[test]
fn entries_are_stored_as_they_always_were() {
    let mut world = World::new();
    world.enter(7, person(ANN)).expect("it is published");
    world.hold(ANN, &[0, 1]);
    world.ok(ANN, "hold", json!({"areas": [[0, 2]]}));
    world.ok(ANN, "release", json!({"seats": [1]}));
    let order = world.ok(ANN, "book", json!({"payment": "door"}))["order"].clone();
    world.ok(ANN, "cancel", json!({"order": order, "seats": [0]}));
    world.ok(OWNER, "block", json!({"seats": [5, 6]}));
    world.ok(OWNER, "edit", json!({"title": "Another title"}));
    world.hold(BEN, &[3, 4]);
    world.pass(10 * MINUTE);
    let written = world.journal_text();
    let first = written.lines().zip(ENTRIES.lines()).find(|(now, then)| now != then);
    assert_eq!(first, None, "an entry is stored in another way than before");
    assert_eq!(written.lines().count(), ENTRIES.lines().count(), "now:\n{written}");
}

#[test]
fn what_an_older_server_stored_is_read() {
    for entries in [OLDER, UNPUBLISHED] {
        must_be_read(entries);
    }
}

#[test]
fn what_the_desk_saw_by_role_it_sees_by_group() {
    let mut room = must_be_read(UNPUBLISHED);
    let by_role = Audience::role("staff");
    assert!(room.part(&by_role).contains("desk"));
    let now = Now { wall: Wall(BEGIN), mono: Mono(1) };
    room.start(now, &mut Seeded(1), &mut Turn::default()).expect("a new term");
    assert!(!room.part(&by_role).contains("desk"));
    assert!(room.part(&Audience::Group("desk".into())).contains("\"o:"));
}

fn must_be_read(entries: &str) -> Room<Seats> {
    let recovery = Recovery {
        epoch: Uuid::from_u128(99),
        term: 2,
        snapshot: None,
        entries: entries.lines().map(|line| line.as_bytes().into()).collect(),
        first: 1,
        accepted: Vec::new(),
    };
    let now = Now { wall: Wall(BEGIN), mono: Mono(1) };
    let room = Room::<Seats>::recover(&config().to_string(), recovery, now);
    let room = room.unwrap_or_else(|error| panic!("{error}"));
    room.check().expect("its invariants hold");
    room
}

/// Checks a scripted room's journal against what was kept.
pub fn must_be<A: RoomApp>(room: &Script<A>, entries: &str) {
    let line = |record: &houseful_room::testkit::Record| {
        format!("{}\n", String::from_utf8_lossy(&record.entry.body))
    };
    let written: String = room.log().records().iter().map(line).collect();
    let first = written.lines().zip(entries.lines()).find(|(now, then)| now != then);
    assert_eq!(first, None, "an entry is stored in another way than before");
    assert_eq!(written.lines().count(), entries.lines().count(), "now:\n{written}");
}
