//! Holding and booking in one transaction, R139.

use crate::world::*;
use houseful_apps::seats::seen::Counts;
use houseful_room::{Audience, Replica};
use serde_json::{Value as Json, json};

fn buy(what: Json) -> Json {
    let mut body = what;
    body["payment"] = json!("door");
    body
}

fn cart(world: &World, who: u64) -> Json {
    world.shape(&format!("member:{who}"), "cart")["rows"][0][1].clone()
}

#[test]
fn r139_what_is_bought_is_booked_and_leaves_no_cart() {
    let mut world = World::new();
    let booked = world.ok(ANN, "buy", buy(json!({"seats": [0, 1], "areas": [[0, 2]]})));
    assert_eq!(booked["seats"], json!([[0, 2000], [1, 2000]]));
    assert_eq!(booked["areas"], json!([[0, 2, 1000]]));
    assert_eq!(booked["total"], 6000);
    assert!(cart(&world, ANN).is_null());
    let counts = world.shape("all", "areas")["rows"][0][1].clone();
    assert_eq!(counts, json!({"capacity": 20, "held": 0, "booked": 2, "blocked": 0}));
    let order = world.shape("member:11", "orders")["rows"][0].clone();
    assert_eq!((&order[0], &order[1]["code"]), (&booked["order"], &booked["code"]));
    world.pass(11 * MINUTE);
    assert_eq!(world.code(BEN, "buy", buy(json!({"seats": [1]}))), "seats_taken");
    world.ok(ANN, "cancel", json!({"order": booked["order"]}));
    world.ok(BEN, "buy", buy(json!({"seats": [0, 1]})));
}

#[test]
fn r139_all_of_it_or_nothing() {
    let mut world = World::new();
    world.hold(BEN, &[2]);
    let before = (world.shape("all", "seats"), world.shape("all", "areas"));
    let refused = [
        (json!({"seats": [0, 1, 2]}), "seats_taken"),
        (json!({"seats": [0], "areas": [[0, 21]]}), "limit_exceeded"),
        (json!({"seats": [5, 6, 8]}), "orphan"),
        (json!({"seats": [99]}), "no_such_seat"),
        (json!({"areas": [[7, 1]]}), "no_such_area"),
        (json!({"best": {"count": 6}}), "not_enough_together"),
        (json!({"first": 11}), "limit_exceeded"),
        (json!({"first": 56}), "not_enough_left"),
    ];
    for (body, code) in refused {
        assert_eq!(world.code(ANN, "buy", buy(body.clone())), code, "{body}");
    }
    let free = json!({"seats": [0, 1], "payment": "free"});
    assert_eq!(world.code(ANN, "buy", free), "payment_not_possible");
    assert_eq!((world.shape("all", "seats"), world.shape("all", "areas")), before);
    for (body, field) in [
        (buy(json!({})), "seats"),
        (buy(json!({"first": 0})), "first"),
        (buy(json!({"first": 1, "seats": [0]})), "first"),
        (buy(json!({"best": {"count": 1}, "seats": [0]})), "best"),
        (buy(json!({"areas": [[0, 0]]})), "areas[0]"),
        (buy(json!({"seats": [0], "price": 1})), "price"),
        (json!({"seats": [0]}), "payment"),
    ] {
        let refusal = world.no(ANN, "buy", body.clone());
        assert_eq!(refusal.code, "invalid_command", "{body}");
        assert!(refusal.message.contains(field), "{body}: {}", refusal.message);
    }
}

#[test]
fn r139_what_is_in_the_cart_is_its_owners_to_buy_and_the_rest_stays() {
    let mut world = World::new();
    world.ok(ANN, "hold", json!({"seats": [0, 1, 2], "areas": [[0, 2]]}));
    world.ok(OWNER, "edit", json!({"prices": {"a": 5000, "b": 3000}, "limitPerPerson": 9}));
    let until = cart(&world, ANN)["until"].clone();
    let booked = world.ok(ANN, "buy", buy(json!({"seats": [2, 3, 4], "areas": [[0, 3]]})));
    let (mut seats, mut areas) = (booked["seats"].clone(), booked["areas"].clone());
    let sorted =
        |list: &mut Json| list.as_array_mut().expect("a list").sort_by_key(Json::to_string);
    sorted(&mut seats);
    sorted(&mut areas);
    assert_eq!(seats, json!([[2, 2000], [3, 5000], [4, 5000]]));
    assert_eq!(areas, json!([[0, 1, 3000], [0, 2, 1000]]));
    let left = cart(&world, ANN);
    assert_eq!((&left["seats"], &left["areas"]), (&json!([[0, 2000], [1, 2000]]), &json!([])));
    assert_eq!((&left["total"], &left["until"]), (&json!(4000), &until));
    assert_eq!(world.code(BEN, "buy", buy(json!({"seats": [0, 1]}))), "seats_taken");
    world.ok(ANN, "buy", buy(json!({"seats": [0, 1]})));
    assert!(cart(&world, ANN).is_null());
    world.pass(11 * MINUTE);
    assert_eq!(world.shape("member:11", "orders")["rows"].as_array().map(Vec::len), Some(2));
}

#[test]
fn r139_the_first_are_those_held_then_the_plans_first() {
    let mut world = World::new();
    world.hold(BEN, &[0, 1]);
    assert_eq!(world.ok(ANN, "buy", buy(json!({"first": 1})))["seats"], json!([[2, 2000]]));
    world.hold(CAT, &[20, 21]);
    let booked = world.ok(CAT, "buy", buy(json!({"first": 3})));
    assert_eq!(booked["seats"].as_array().map(Vec::len), Some(3));
    assert!(booked["seats"].as_array().is_some_and(|seats| seats.contains(&json!([20, 2000]))));
    assert!(booked["seats"].as_array().is_some_and(|seats| seats.contains(&json!([3, 2000]))));
    assert!(cart(&world, CAT).is_null());
    let rest: Vec<u32> = (4..30).filter(|seat| ![20, 21].contains(seat)).chain(33..36).collect();
    world.ok(OWNER, "block", json!({"seats": rest, "areas": [[0, 19]]}));
    world.ok(OWNER, "edit", json!({"limitPerPerson": 100}));
    // Left: seat 32 of the circle, a place to stand, the wheelchair place and its companion's.
    assert_eq!(world.ok(ANN, "buy", buy(json!({"first": 2})))["areas"], json!([[0, 1, 1000]]));
    let refused = world.no(ANN, "buy", buy(json!({"first": 3})));
    assert_eq!((refused.code, refused.details), ("not_enough_left", Some(json!({"available": 2}))));
    let last = world.ok(ANN, "buy", buy(json!({"first": 2})));
    assert_eq!(last["seats"], json!([[30, 1000], [31, 1000]]));
    let refused = world.no(ANN, "buy", buy(json!({"first": 1})));
    assert_eq!(refused.details, Some(json!({"available": 0})));
}

#[test]
fn r139_once_is_once_until_it_is_cancelled() {
    let mut world = World::new();
    let once = || buy(json!({"first": 1, "once": true}));
    let order = world.ok(ANN, "buy", once())["order"].clone();
    assert_eq!(world.code(ANN, "buy", once()), "already_booked");
    world.ok(ANN, "buy", buy(json!({"first": 1})));
    world.ok(ANN, "cancel", json!({"order": order}));
    assert_eq!(world.code(ANN, "buy", once()), "already_booked");
    world.ok(BEN, "buy", once());
}

#[test]
fn r139_it_counts_as_a_cart_that_was_started() {
    let mut world = World::new();
    for _ in 0..20 {
        let order = world.ok(ANN, "buy", buy(json!({"areas": [[0, 1]]})))["order"].clone();
        world.ok(ANN, "cancel", json!({"order": order}));
    }
    assert_eq!(world.code(ANN, "buy", buy(json!({"first": 1}))), "too_many_holds");
    world.ok(BEN, "buy", buy(json!({"first": 1})));
}

#[test]
fn r139_who_let_carts_run_out_waits_here_too() {
    let mut world = World::new();
    for _ in 0..2 {
        world.hold(ANN, &[0]);
        world.pass(10 * MINUTE);
    }
    assert_eq!(world.code(ANN, "buy", buy(json!({"first": 1}))), "cooling_down");
    world.pass(MINUTE);
    world.ok(ANN, "buy", buy(json!({"first": 1})));
}

#[test]
fn r139_those_who_wait_come_first() {
    let mut world = World::new();
    let all: Vec<u32> = (0..36).collect();
    world.ok(OWNER, "block", json!({"seats": all}));
    world.ok(OWNER, "capacity", json!({"area": 0, "capacity": 2}));
    let order = world.ok(CAT, "buy", buy(json!({"first": 2})))["order"].clone();
    world.ok(ANN, "queue", json!({"count": 1}));
    world.ok(CAT, "cancel", json!({"order": order}));
    assert_eq!(world.code(BEN, "buy", buy(json!({"first": 2}))), "reserved_for_line");
    world.ok(BEN, "buy", buy(json!({"first": 1})));
    assert_eq!(world.code(CAT, "buy", buy(json!({"first": 1}))), "reserved_for_line");
    world.ok(ANN, "buy", buy(json!({"first": 1})));
    assert!(world.shape("member:11", "queue").is_null(), "she is out of the line");
}

#[test]
fn r139_nothing_is_sold_after_the_start_but_what_is_held() {
    let mut world = World::new();
    world.pass(86_400_000 - MINUTE);
    world.hold(ANN, &[0, 1]);
    world.pass(MINUTE);
    assert_eq!(world.code(BEN, "buy", buy(json!({"first": 1}))), "sale_closed");
    assert_eq!(world.code(ANN, "buy", buy(json!({"first": 3}))), "sale_closed");
    world.ok(ANN, "buy", buy(json!({"first": 2})));
    let mut world = World::new();
    world.ok(OWNER, "cancel_event", json!({}));
    assert_eq!(world.code(ANN, "buy", buy(json!({"first": 1}))), "event_cancelled");
}

#[test]
fn what_a_copy_shows_is_counted() {
    let mut world = World::new();
    let counts = |world: &World| {
        let part = world.host.room().part(&Audience::All);
        let copy = Replica::read(uuid::Uuid::nil(), 1, std::iter::once(&*part)).expect("a part");
        let Counts { capacity, available, booked } = Counts::of(&copy);
        (capacity, available, booked)
    };
    assert_eq!(counts(&world), (56, 56, 0));
    world.hold(BEN, &[3, 4]);
    world.ok(ANN, "buy", buy(json!({"seats": [10, 11], "areas": [[0, 3]]})));
    world.ok(OWNER, "block", json!({"seats": [20], "areas": [[0, 1]]}));
    assert_eq!(counts(&world), (56, 47, 5));
    world.ok(OWNER, "capacity", json!({"area": 0, "capacity": 4}));
    assert_eq!(counts(&world), (40, 31, 5));
}
