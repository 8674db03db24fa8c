//! The lobby: written by the server alone, seen by everyone.

use crate::world::*;
use serde_json::{Value as Json, json};

fn row(available: u64) -> Json {
    json!({
        "title": "Evening", "startsAt": BEGIN, "timeZone": "Europe/Berlin", "place": "Hall",
        "category": "other", "private": false,
        "status": "published", "currency": "EUR", "fromPrice": 1000, "capacity": 56,
        "available": available, "here": 1, "watching": 2
    })
}

#[test]
fn the_server_lists_events() {
    let mut world = World::lobby();
    world.ok(0, "set", json!({"id": 42, "row": row(56)}));
    world.ok(0, "set", json!({"id": 42, "row": row(55)}));
    assert_eq!(world.shape("all", "events"), json!({"rows": [[42, row(55)]]}));
    world.ok(0, "set", json!({"id": 42, "row": null}));
    assert_eq!(world.shape("all", "events"), Json::Null);
}

#[test]
fn nobody_else_writes_the_lobby() {
    let mut world = World::lobby();
    for who in [OWNER, ADMIN, ANN] {
        assert_eq!(world.code(who, "set", json!({"id": 42, "row": row(1)})), "not_allowed");
    }
    assert_eq!(world.code(0, "hold", json!({})), "unknown_command");
}

fn room(title: &str, private: bool) -> Json {
    json!({
        "app": "chat", "title": title, "phase": "open", "minimum": 1, "maximum": null,
        "locked": false, "private": private, "here": 0, "watching": 0
    })
}

#[test]
fn a_private_room_is_shown_to_its_own_group() {
    let mut world = World::lobby();
    world.ok(0, "room", json!({"path": "rooms/a", "row": room("Open", false)}));
    world.ok(
        0,
        "room",
        json!({"path": "rooms/b", "row": room("Closed doors", true), "of": "rooms/b"}),
    );
    assert_eq!(world.shape("all", "rooms"), json!({"rows": [["rooms/a", room("Open", false)]]}));
    let own = world.shape("group:room:rooms/b", "rooms");
    assert_eq!(own, json!({"rows": [["rooms/b", room("Closed doors", true)]]}));
    world.ok(0, "room", json!({"path": "rooms/a", "row": room("Open", true), "of": "rooms/a"}));
    assert_eq!(world.shape("all", "rooms"), Json::Null);
}

#[test]
fn a_notice_is_for_one_person_and_leaves_nothing_behind() {
    let mut world = World::lobby();
    let told = json!({"unread": 2, "notification": {"id": 7, "kind": "reminder"}});
    world.ok(0, "tell", json!({"notices": [[ANN, told]]}));
    assert_eq!(world.shape("all", "notices"), Json::Null);
    assert_eq!(world.code(ANN, "tell", json!({"notices": []})), "not_allowed");
}
