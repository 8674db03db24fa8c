//! The rules of the seats application, R39 to R48, one story each; then what else is refused.

use crate::world::*;
use houseful_room::{Audience, Principal};
use serde_json::{Value as Json, json};

fn details(world: &mut World, who: u64, name: &str, body: Json) -> (&'static str, Json) {
    let refusal = world.no(who, name, body);
    (refusal.code, refusal.details.unwrap_or_default())
}

#[test]
fn r39_all_or_nothing() {
    let mut world = World::new();
    world.hold(ANN, &[2]);
    let before = world.shape("all", "seats");
    assert_eq!(world.code(BEN, "hold", json!({"seats": [0, 1, 2]})), "seats_taken");
    assert_eq!(
        world.code(BEN, "hold", json!({"seats": [20, 21], "areas": [[0, 21]]})),
        "limit_exceeded"
    );
    world.ok(OWNER, "block", json!({"areas": [[0, 18]]}));
    assert_eq!(
        world.code(BEN, "hold", json!({"seats": [20, 21], "areas": [[0, 3]]})),
        "not_enough_left"
    );
    assert_eq!(world.code(OWNER, "block", json!({"seats": [20, 2]})), "not_blockable");
    assert_eq!(world.shape("all", "seats"), before);
    assert!(world.shape("member:12", "cart").is_null());
}

#[test]
fn r40_a_cart_lasts_from_its_first_seat() {
    let mut world = World::new();
    let cart = world.hold(ANN, &[0]);
    assert_eq!(cart["until"], BEGIN + 600_000);
    world.pass(9 * MINUTE);
    let cart = world.hold(ANN, &[1]);
    assert_eq!(cart["until"], BEGIN + 600_000, "adding does not prolong it");
    world.pass(MINUTE - 1);
    assert_eq!(world.shape("member:11", "cart")["rows"][0][0], ANN, "never before until");
    world.pass(1);
    assert!(world.shape("member:11", "cart").is_null(), "it ended by itself");
    assert_eq!(world.hold(BEN, &[0, 1])["total"], 4000);
}

#[test]
fn r40_renewed_at_most_ten_times() {
    let mut world = World::new();
    world.hold(ANN, &[0]);
    for nth in 1..=10 {
        world.pass(9 * MINUTE);
        let cart = world.ok(ANN, "renew", json!({}));
        assert_eq!(cart["renewals"], nth);
        assert_eq!(cart["until"], world.now.wall.0 + 600_000);
    }
    assert_eq!(world.code(ANN, "renew", json!({})), "renewed_too_often");
    world.pass(10 * MINUTE);
    assert_eq!(world.code(ANN, "renew", json!({})), "nothing_held");
}

#[test]
fn r40_a_recovery_promises_the_full_time_again() {
    let mut world = World::new();
    world.hold(ANN, &[0]);
    world.pass(9 * MINUTE);
    world.crash();
    world.restart();
    let cart = &world.shape("member:11", "cart")["rows"][0][1];
    assert_eq!(cart["until"], world.now.wall.0 + 600_000);
    world.pass(10 * MINUTE - 1);
    assert!(!world.shape("member:11", "cart").is_null());
    world.pass(1);
    assert!(world.shape("member:11", "cart").is_null());
}

#[test]
fn r40_however_often_it_recovers() {
    let mut world = World::new();
    world.hold(ANN, &[0]);
    let mut promised = BEGIN;
    for _ in 0..8 {
        world.pass(2 * MINUTE);
        world.crash();
        world.restart();
        let until = world.shape("member:11", "cart")["rows"][0][1]["until"].as_i64().expect("ms");
        assert!(until >= promised, "what was told is kept");
        promised = until;
        if promised - world.now.wall.0 <= 2 * MINUTE as i64 {
            break;
        }
    }
    assert_eq!(promised, BEGIN + 16 * MINUTE as i64, "in full three times, then no more");
    world.pass((promised - world.now.wall.0 - 1) as u64);
    assert!(!world.shape("member:11", "cart").is_null());
    world.pass(1);
    assert!(world.shape("member:11", "cart").is_null());
}

#[test]
fn r41_books_what_the_cart_holds_at_its_price() {
    let mut world = World::new();
    world.ok(ANN, "hold", json!({"seats": [0, 1], "areas": [[0, 2]]}));
    world.ok(OWNER, "edit", json!({"prices": {"a": 9999, "b": 0}}));
    world.ok(ANN, "hold", json!({"areas": [[0, 1]]}));
    assert_eq!(world.code(ANN, "book", json!({"payment": "free"})), "payment_not_possible");
    let booked = world.ok(ANN, "book", json!({"payment": "door"}));
    assert_eq!(booked["seats"], json!([[0, 2000], [1, 2000]]));
    assert_eq!(booked["areas"], json!([[0, 2, 1000], [0, 1, 0]]));
    assert_eq!(booked["total"], 6000);
    let code = booked["code"].as_str().expect("a code");
    assert!(code.len() == 11 && code.starts_with("BK-"), "{code}");
    assert_eq!(world.code(ANN, "book", json!({"payment": "door"})), "nothing_held");
    world.ok(BEN, "hold", json!({"areas": [[0, 1]]}));
    world.ok(BEN, "book", json!({"payment": "free"}));
}

#[test]
fn r41_nothing_but_the_payment_is_taken_from_the_buyer() {
    let mut world = World::new();
    world.hold(ANN, &[0, 1]);
    for extra in ["price", "total", "account", "status", "seats"] {
        let mut body = json!({"payment": "door"});
        body[extra] = json!(1);
        assert_eq!(world.code(ANN, "book", body), "invalid_command");
    }
    assert_eq!(world.code(BEN, "book", json!({"payment": "door"})), "nothing_held");
}

#[test]
fn r42_the_limit_counts_held_and_booked() {
    let mut world = World::new();
    world.hold(ANN, &[0, 1, 2]);
    let order = world.ok(ANN, "book", json!({"payment": "door"}))["order"].clone();
    world.ok(ANN, "hold", json!({"areas": [[0, 2]]}));
    let seven = json!({"seats": [10, 11]});
    let expected = ("limit_exceeded", json!({"limit": 6, "have": 5}));
    assert_eq!(details(&mut world, ANN, "hold", seven.clone()), expected);
    let best = json!({"best": {"count": 2}});
    assert_eq!(details(&mut world, ANN, "hold", best), expected);
    world.ok(ANN, "cancel", json!({"order": order, "seats": [2]}));
    world.ok(ANN, "hold", seven);
    world.ok(OWNER, "edit", json!({"limitPerPerson": 2}));
    assert_eq!(world.code(ANN, "hold", json!({"areas": [[0, 1]]})), "limit_exceeded");
    world.ok(ANN, "book", json!({"payment": "door"}));
}

#[test]
fn r43_taken_seats_come_with_alternatives() {
    let mut world = World::new();
    world.hold(ANN, &[0, 1, 2]);
    let refused = details(&mut world, BEN, "hold", json!({"seats": [2, 3]}));
    // The rest of the row first, then the rows behind it.
    let alternatives = json!([[3, 4], [5, 6], [8, 9]]);
    assert_eq!(refused, ("seats_taken", json!({"seats": [2], "alternatives": alternatives})));
    let mine = details(&mut world, ANN, "hold", json!({"seats": [2]}));
    assert_eq!(mine.0, "seats_taken", "one's own are no longer available either");
}

#[test]
fn r44_no_single_seat_is_left() {
    let mut world = World::new();
    let (code, details) = details(&mut world, ANN, "hold", json!({"seats": [1, 2]}));
    assert_eq!(code, "orphan");
    assert_eq!(details["seats"], json!([0]), "beside the row's end");
    assert_eq!(details["alternatives"][0], json!([0, 1]));
    assert_eq!(world.code(ANN, "hold", json!({"seats": [3]})), "orphan", "beside the aisle");
    world.hold(ANN, &[0, 1]);
    assert_eq!(world.code(ANN, "hold", json!({"seats": [3]})), "orphan", "beside one's own too");
    world.ok(OWNER, "hold", json!({"seats": [11]}));
    world.ok(BEN, "hold", json!({"seats": [12, 13, 14]}));
    world.ok(CAT, "hold", json!({"seats": [33, 34, 35]}));
}

#[test]
fn r44_allowed_when_nothing_else_is_left() {
    let mut world = World::new();
    // Of row A only 0, 1, 2 are left: whichever two are taken, one seat stays alone, or none of three.
    world.ok(OWNER, "block", json!({"seats": [3, 4, 5, 6, 7, 8, 9]}));
    world.hold(ANN, &[0, 1]);
    // A lone seat that was there before does not matter, nor one for a wheelchair.
    world.ok(OWNER, "block", json!({"seats": [12, 14]}));
    world.hold(BEN, &[10, 11]);
    world.hold(CAT, &[32, 33]);
    world.ok(OWNER, "block", json!({"seats": [31]}));
}

#[test]
fn r45_best_takes_the_front_and_the_middle() {
    let mut world = World::new();
    let seats = |cart: Json| -> Json { cart["seats"].clone() };
    let best = |count: u32| json!({"best": {"count": count}});
    assert_eq!(seats(world.ok(ANN, "hold", best(2))), json!([[3, 2000], [4, 2000]]));
    assert_eq!(seats(world.ok(BEN, "hold", best(3))), json!([[5, 2000], [6, 2000], [7, 2000]]));
    let circle = json!({"best": {"count": 2, "zone": "b"}});
    assert_eq!(seats(world.ok(CAT, "hold", circle)), json!([[32, 1000], [33, 1000]]));
    let wheelchair = json!({"best": {"count": 2, "accessible": true}});
    assert_eq!(seats(world.ok(OWNER, "hold", wheelchair.clone())), json!([[30, 1000], [31, 1000]]));
    assert_eq!(world.code(ADMIN, "hold", wheelchair), "not_enough_together");
    assert_eq!(world.code(ADMIN, "hold", best(6)), "not_enough_together");
    let nowhere = json!({"best": {"count": 1, "zone": "x"}});
    assert_eq!(world.code(ADMIN, "hold", nowhere), "invalid_command");
}

#[test]
fn r47_what_the_plan_does_not_have() {
    let mut world = World::new();
    assert_eq!(world.code(ANN, "hold", json!({"seats": [36]})), "no_such_seat");
    assert_eq!(world.code(ANN, "hold", json!({"areas": [[1, 1]]})), "no_such_area");
    assert_eq!(world.code(ANN, "release", json!({"seats": [4_000_000]})), "no_such_seat");
    assert_eq!(world.code(OWNER, "block", json!({"areas": [[9, 1]]})), "no_such_area");
    world.hold(ANN, &[0, 1]);
    let order = world.ok(ANN, "book", json!({"payment": "door"}))["order"].clone();
    assert_eq!(world.code(BEN, "cancel", json!({"order": order})), "no_such_order");
    let nobodys = "00000000-0000-7000-8000-000000000000";
    assert_eq!(world.code(ANN, "cancel", json!({"order": nobodys})), "no_such_order");
}

#[test]
fn r48_a_draft_is_seen_by_its_staff_alone() {
    let mut world = World::draft(config());
    for who in [Principal::VISITOR, person(ANN)] {
        assert_eq!(world.enter(1, who).expect_err("refused").code, "no_such_room");
    }
    assert_eq!(world.code(ANN, "hold", json!({"seats": [0]})), "no_such_room");
    for who in [OWNER, ADMIN] {
        assert_eq!(world.enter(who, person(who)).expect("entered").role, "staff");
    }
    world.ok(OWNER, "publish", json!({}));
    world.ok(OWNER, "publish", json!({}));
    assert_eq!(world.enter(3, Principal::VISITOR).expect("entered").role, "visitor");
    assert_eq!(world.enter(4, person(ANN)).expect("entered").role, "guest");
    let roster = world.part(&Audience::Group("desk".into()))["shapes"]["members"].clone();
    assert_eq!(roster["rows"].as_array().map(Vec::len), Some(3));
    assert!(world.shape("all", "members").is_null());
}

#[test]
fn r48_nothing_is_held_after_the_start() {
    let mut world = World::new();
    world.pass(86_400_000 - 1);
    world.hold(ANN, &[0, 1]);
    world.pass(1);
    assert_eq!(world.code(BEN, "hold", json!({"seats": [5]})), "sale_closed");
    assert_eq!(world.code(ANN, "renew", json!({})), "sale_closed");
    world.ok(ANN, "book", json!({"payment": "door"}));
    world.ok(OWNER, "edit", json!({"description": "Thank you all."}));
    let invalid = world.no(OWNER, "edit", json!({"startsAt": BEGIN}));
    assert!(invalid.code == "event_invalid" && invalid.fields.contains_key("startsAt"));
}

#[test]
fn staff_only() {
    let mut world = World::new();
    for (name, body) in [
        ("block", json!({"seats": [0]})),
        ("unblock", json!({"seats": [0]})),
        ("edit", json!({"title": "Mine"})),
        ("publish", json!({})),
    ] {
        assert_eq!(world.code(ANN, name, body.clone()), "not_allowed");
        world.ok(OWNER, name, body.clone());
        world.ok(ADMIN, name, body);
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let mut world = World::new();
    for (name, body, field) in [
        ("hold", json!({}), "seats"),
        ("hold", json!({"seats": [0, 0]}), "seats[1]"),
        ("hold", json!({"seats": [-1]}), "seats[0]"),
        ("hold", json!({"areas": [[0, 0]]}), "areas[0]"),
        ("hold", json!({"best": {"count": 0}}), "best.count"),
        ("hold", json!({"seats": [0], "best": {"count": 1}}), "best"),
        ("hold", json!({"best": {}}), "best.count"),
        ("release", json!({"seats": []}), "seats"),
        ("cancel", json!({}), "order"),
        ("book", json!({"payment": "card"}), "payment"),
    ] {
        let refused = world.no(ANN, name, body);
        assert_eq!(refused.code, "invalid_command", "{name} {field}");
        assert!(refused.fields.contains_key(field), "{field}: {:?}", refused.fields);
    }
    assert_eq!(world.code(ANN, "steal", json!({})), "unknown_command");
}

#[test]
fn an_event_must_make_sense() {
    let mut world = World::new();
    for (body, field) in [
        (json!({"title": "  "}), "title"),
        (json!({"title": "a\u{0}"}), "title"),
        (json!({"timeZone": "Europe Berlin"}), "timeZone"),
        (json!({"startsAt": BEGIN}), "startsAt"),
        (json!({"prices": {"c": 1}}), "prices.c"),
        (json!({"prices": {"a": -1}}), "prices.a"),
        (json!({"prices": {"a": 10_000_001}}), "prices.a"),
        (json!({"limitPerPerson": 0}), "limitPerPerson"),
        (json!({"place": "x".repeat(201)}), "place"),
    ] {
        let refused = world.no(OWNER, "edit", body);
        assert_eq!(refused.code, "event_invalid");
        assert!(refused.fields.contains_key(field), "{field}: {:?}", refused.fields);
    }
    world.ok(OWNER, "edit", json!({"title": " New ", "startsAt": BEGIN + 99_000_000}));
    assert_eq!(world.shape("all", "event")["cell"]["title"], "New");
}
