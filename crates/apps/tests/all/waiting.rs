//! The waiting list and the door, R117 and R118.

use crate::world::*;
use serde_json::{Value as Json, json};

const DAN: u64 = 14;

/// A sold-out house: one area of six, all booked by somebody else.
fn sold_out() -> (World, Json) {
    let mut world = World::new();
    let all: Vec<u32> = (0..36).collect();
    world.ok(OWNER, "block", json!({"seats": all}));
    world.ok(OWNER, "capacity", json!({"area": 0, "capacity": 6}));
    world.ok(DAN, "hold", json!({"areas": [[0, 6]]}));
    let order = world.ok(DAN, "book", json!({"payment": "door"}))["order"].clone();
    (world, order)
}

fn offer(world: &World, who: u64) -> Json {
    world.shape(&format!("member:{who}"), "queue")["rows"][0][1]["offer"].clone()
}

fn hold(places: u32) -> Json {
    json!({"areas": [[0, places]]})
}

#[test]
fn r117_a_place_that_comes_free_is_offered_to_who_waits_longest() {
    let (mut world, order) = sold_out();
    for (who, count) in [(ANN, 2), (BEN, 4), (CAT, 1)] {
        world.ok(who, "queue", json!({"count": count}));
        assert!(offer(&world, who).is_null());
    }
    let line = world.shape("group:team", "line")["cell"].clone();
    assert_eq!(line, json!({"people": 3, "places": 7, "offered": 0}));
    world.ok(DAN, "cancel", json!({"order": order}));
    let until = world.now.wall.0 + 900_000;
    assert_eq!(offer(&world, ANN), json!({"count": 2, "until": until}));
    assert_eq!(offer(&world, BEN), json!({"count": 4, "until": until}));
    assert!(offer(&world, CAT).is_null(), "there is nothing left");
    for (who, places) in [(CAT, 1), (DAN, 1), (ANN, 3), (OWNER, 1)] {
        let refused = world.no(who, "hold", hold(places));
        assert_eq!(refused.code, "reserved_for_line", "{who}");
    }
    assert_eq!(world.code(OWNER, "block", hold(1)), "reserved_for_line");
    let smaller = json!({"area": 0, "capacity": 5});
    assert_eq!(world.code(OWNER, "capacity", smaller), "reserved_for_line");
    world.ok(ANN, "hold", hold(1));
    assert_eq!(offer(&world, CAT)["count"], 1, "what she did not take is the next one's");
    assert_eq!(world.code(ANN, "unqueue", json!({})), "not_in_line");
}

#[test]
fn r117_an_offer_ends_and_the_next_is_asked() {
    let (mut world, order) = sold_out();
    world.ok(ANN, "queue", json!({"count": 6}));
    world.ok(BEN, "queue", json!({"count": 1}));
    world.ok(DAN, "cancel", json!({"order": order}));
    world.pass(15 * MINUTE - 1);
    assert_eq!(offer(&world, ANN)["count"], 6);
    world.crash();
    world.restart();
    assert_eq!(offer(&world, ANN)["until"], world.now.wall.0 + 900_000, "the full time again");
    world.pass(15 * MINUTE);
    assert!(world.shape("member:11", "queue").is_null());
    assert_eq!(offer(&world, BEN)["count"], 1);
    world.ok(CAT, "hold", hold(5));
    assert_eq!(world.code(CAT, "hold", hold(1)), "reserved_for_line");
    world.ok(BEN, "hold", hold(1));
}

#[test]
fn r117_nobody_waits_for_what_there_is_or_will_not_be() {
    let (mut world, order) = sold_out();
    assert_eq!(world.code(ANN, "queue", json!({"count": 7})), "limit_exceeded");
    assert_eq!(world.code(ANN, "queue", json!({"count": 0})), "invalid_command");
    world.ok(ANN, "queue", json!({"count": 1}));
    assert_eq!(world.code(ANN, "queue", json!({"count": 1})), "already_in_line");
    world.ok(ANN, "unqueue", json!({}));
    world.ok(DAN, "cancel", json!({"order": order}));
    assert_eq!(world.code(ANN, "queue", json!({"count": 1})), "not_sold_out");
    world.ok(BEN, "hold", hold(6));
    world.ok(ANN, "queue", json!({"count": 1}));
    world.pass(10 * MINUTE);
    assert_eq!(offer(&world, ANN)["count"], 1, "a cart that runs out frees places too");
    world.ok(OWNER, "edit", json!({"visibility": "booked"}));
    world.ok(OWNER, "cancel_event", json!({}));
    assert!(world.shape("member:11", "queue").is_null());
    world.pass(20 * MINUTE);
}

#[test]
fn r118_the_first_scan_of_a_ticket_counts() {
    let mut world = World::new();
    world.ok(OWNER, "team", json!({"account": CAT, "role": "check_in"}));
    world.ok(ANN, "hold", json!({"seats": [0, 1], "areas": [[0, 2]]}));
    let order = world.ok(ANN, "book", json!({"payment": "door"}));
    let (id, code) = (order["order"].clone(), order["code"].as_str().unwrap().to_lowercase());
    let scan = |place: &str, at: i64, device: &str| {
        let at = BEGIN + at;
        json!({"order": id, "place": place, "at": at, "device": device})
    };
    let first = world.ok(CAT, "check_in", scan("s1", 50, "east"));
    assert_eq!(
        first["places"],
        json!([{"place": "s1", "first": true, "at": BEGIN + 50, "device": "east"}])
    );
    assert_eq!(world.ok(CAT, "check_in", scan("s1", 50, "east")), first, "told twice is once");
    let again = world.ok(CAT, "check_in", scan("s1", 70, "west"));
    assert_eq!(
        again["places"],
        json!([{"place": "s1", "first": false, "at": BEGIN + 50, "device": "east"}])
    );
    let earlier = world.ok(CAT, "check_in", scan("s1", 10, "north"));
    assert_eq!(earlier["places"][0]["first"], true, "it was scanned before, and told later");
    let all = world.ok(OWNER, "check_in", json!({"code": code}));
    let places: Vec<&str> =
        all["places"].as_array().unwrap().iter().map(|p| p["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["s0", "s1", "a0.0", "a0.1"]);
    assert_eq!(world.shape("group:team", "arrived")["cell"], json!({"places": 4}));
    let rows = world.shape("group:door", "arrivals")["rows"].clone();
    assert_eq!(rows[3][1]["again"], 3, "{rows}");
    for (body, code) in [
        (json!({"code": "BK-NONE"}), "no_such_ticket"),
        (scan("s2", 0, ""), "no_such_ticket"),
        (scan("a0.2", 0, ""), "no_such_ticket"),
        (scan("s0", 6 * MINUTE as i64, ""), "invalid_command"),
        (json!({}), "invalid_command"),
    ] {
        assert_eq!(world.code(CAT, "check_in", body), code);
    }
    world.ok(ANN, "cancel", json!({"order": id}));
    assert_eq!(world.code(CAT, "check_in", scan("s0", 0, "")), "already_cancelled");
}
