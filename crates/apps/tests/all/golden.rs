//! Stored entries are a contract: what an older server wrote must be read for ever. A change here is a
//! decision about compatibility, never a matter of course.

use crate::world::*;
use houseful_room::RoomApp;
use houseful_room::testkit::Script;
use serde_json::json;

const ENTRIES: &str = include_str!("golden/entries.txt");

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

/// Checks a scripted room's journal against what was kept.
pub fn must_be<A: RoomApp>(room: &Script<A>, entries: &str) {
    let line = |record: &houseful_room::testkit::Record| {
        format!("{}\n", String::from_utf8_lossy(&record.entry.body))
    };
    let written: String = room.disk().records().iter().map(line).collect();
    let first = written.lines().zip(entries.lines()).find(|(now, then)| now != then);
    assert_eq!(first, None, "an entry is stored in another way than before");
    assert_eq!(written.lines().count(), entries.lines().count(), "now:\n{written}");
}
