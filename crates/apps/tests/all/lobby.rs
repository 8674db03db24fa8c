//! The lobby: written by the server alone, seen by everyone.

use crate::world::*;
use serde_json::{Value as Json, json};

fn row(available: u64) -> Json {
    json!({
        "title": "Evening", "startsAt": BEGIN, "timeZone": "Europe/Berlin", "place": "Hall",
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
