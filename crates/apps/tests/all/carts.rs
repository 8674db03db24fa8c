//! Carts: giving back, blocking around them, and what it costs to hold and not to book.

use crate::world::*;
use houseful_apps::seats::EventConfig;
use serde_json::json;

#[test]
fn releases_part_by_part() {
    let mut world = World::new();
    assert_eq!(world.code(ANN, "release", json!({})), "nothing_held");
    world.ok(ANN, "hold", json!({"seats": [0, 1], "areas": [[0, 3]]}));
    assert_eq!(world.code(ANN, "release", json!({"seats": [0, 2]})), "nothing_held");
    assert_eq!(world.code(ANN, "release", json!({"areas": [[0, 4]]})), "nothing_held");
    let cart = world.ok(ANN, "release", json!({"seats": [1], "areas": [[0, 1]]}));
    assert_eq!((&cart["seats"], &cart["areas"]), (&json!([[0, 2000]]), &json!([[0, 2, 1000]])));
    assert_eq!(cart["total"], 4000);
    assert!(world.ok(ANN, "release", json!({"seats": [0], "areas": [[0, 2]]})).is_null());
    assert!(world.shape("member:11", "cart").is_null());
    world.pass(20 * MINUTE);
}

#[test]
fn places_held_last_are_given_back_first() {
    let mut world = World::new();
    world.ok(ANN, "hold", json!({"areas": [[0, 2]]}));
    world.ok(OWNER, "edit", json!({"prices": {"b": 3000}}));
    world.ok(ANN, "hold", json!({"areas": [[0, 2]]}));
    let cart = world.ok(ANN, "release", json!({"areas": [[0, 3]]}));
    assert_eq!(cart["areas"], json!([[0, 1, 1000]]));
}

#[test]
fn blocks_what_is_nobodys() {
    let mut world = World::new();
    world.ok(OWNER, "block", json!({"seats": [0, 1], "areas": [[0, 20]]}));
    world.ok(OWNER, "block", json!({"seats": [0, 1]}));
    assert_eq!(world.code(ANN, "hold", json!({"seats": [0]})), "seats_taken");
    assert_eq!(world.code(ANN, "hold", json!({"areas": [[0, 1]]})), "not_enough_left");
    assert_eq!(world.code(OWNER, "unblock", json!({"areas": [[0, 21]]})), "not_blockable");
    world.ok(OWNER, "unblock", json!({"seats": [0, 1, 2], "areas": [[0, 5]]}));
    world.ok(ANN, "hold", json!({"seats": [0, 1], "areas": [[0, 2]]}));
    assert_eq!(world.code(OWNER, "unblock", json!({"seats": [0]})), "not_blockable");
}

#[test]
fn holding_again_goes_on_with_the_old_time() {
    let mut world = World::new();
    world.hold(ANN, &[0]);
    world.ok(ANN, "renew", json!({}));
    world.pass(4 * MINUTE);
    world.ok(ANN, "release", json!({}));
    let cart = world.hold(ANN, &[5]);
    assert_eq!((&cart["until"], &cart["renewals"]), (&json!(BEGIN + 600_000), &json!(1)));
    world.pass(5 * MINUTE + 30_000);
    world.ok(ANN, "release", json!({}));
    let refused = world.no(ANN, "hold", json!({"seats": [5]}));
    assert_eq!((refused.code, refused.retry_after_ms), ("cooling_down", Some(30_000)));
    world.pass(30_000);
    let cart = world.hold(ANN, &[5]);
    assert_eq!((&cart["until"], &cart["renewals"]), (&json!(BEGIN + 1_200_000), &json!(0)));
}

#[test]
fn an_early_release_costs_nothing() {
    let mut world = World::new();
    for _ in 0..5 {
        world.hold(ANN, &[0]);
        world.pass(MINUTE);
        world.ok(ANN, "release", json!({}));
        world.pass(9 * MINUTE);
    }
    assert_eq!(world.hold(ANN, &[0])["until"], world.now.wall.0 + 600_000);
}

#[test]
fn holds_that_run_out_cost_a_rising_cool_down() {
    let mut world = World::new();
    for wait in [0, 60_000, 120_000, 240_000] {
        world.hold(ANN, &[0]);
        world.pass(10 * MINUTE);
        if wait > 0 {
            let refused = world.no(ANN, "hold", json!({"seats": [0]}));
            assert_eq!((refused.code, refused.retry_after_ms), ("cooling_down", Some(wait)));
        }
        world.hold(BEN, &[0]);
        world.ok(BEN, "release", json!({}));
        world.pass(wait);
    }
    world.hold(ANN, &[0]);
    world.ok(ANN, "book", json!({"payment": "door"}));
    world.hold(ANN, &[5]);
    world.pass(10 * MINUTE);
    world.hold(ANN, &[5]);
}

#[test]
fn late_releases_count_like_carts_that_ran_out() {
    let mut world = World::new();
    for _ in 0..2 {
        world.hold(ANN, &[0]);
        world.pass(8 * MINUTE);
        world.ok(ANN, "release", json!({}));
        world.pass(2 * MINUTE);
    }
    let refused = world.no(ANN, "hold", json!({"seats": [0]}));
    assert_eq!((refused.code, refused.retry_after_ms), ("cooling_down", Some(60_000)));
}

#[test]
fn r97_a_person_starts_twenty_carts_an_hour() {
    let mut world = World::new();
    for _ in 0..20 {
        world.hold(ANN, &[0]);
        world.hold(ANN, &[1]);
        let order = world.ok(ANN, "book", json!({"payment": "door"}))["order"].clone();
        world.ok(ANN, "cancel", json!({"order": order}));
    }
    let refused = world.no(ANN, "hold", json!({"seats": [0]}));
    assert_eq!((refused.code, refused.retry_after_ms), ("too_many_holds", Some(180_000)));
    // Nobody else pays, and after three minutes one is forgotten.
    world.hold(BEN, &[5]);
    world.pass(3 * MINUTE - 1);
    assert_eq!(world.no(ANN, "hold", json!({"seats": [0]})).retry_after_ms, Some(1));
    world.pass(1);
    world.hold(ANN, &[0]);
    world.ok(ANN, "release", json!({}));
    assert_eq!(world.code(ANN, "hold", json!({"seats": [0]})), "too_many_holds");
}

#[test]
fn started_carts_are_counted_across_a_crash_and_a_clock_that_is_set_back() {
    let mut config = config();
    config["holdsPerHour"] = json!(2);
    let mut world = World::with(config);
    for _ in 0..2 {
        world.hold(ANN, &[0]);
        world.ok(ANN, "release", json!({}));
    }
    world.crash();
    world.restart();
    assert_eq!(world.no(ANN, "hold", json!({"seats": [0]})).retry_after_ms, Some(30 * MINUTE));
    world.now.wall.0 -= 5 * 60 * MINUTE as i64;
    assert_eq!(world.no(ANN, "hold", json!({"seats": [0]})).retry_after_ms, Some(30 * MINUTE));
}

#[test]
fn how_many_carts_may_be_started_is_checked_where_it_is_read() {
    for (per_hour, is_good) in [(0, false), (1, true), (1_000_000, true), (1_000_001, false)] {
        let mut config = config();
        config["holdsPerHour"] = json!(per_hour);
        assert_eq!(EventConfig::read(&config.to_string()).is_ok(), is_good, "{per_hour}");
    }
}

/// RELIABILITY: whoever never books cannot keep a seat for more than a part of the time.
#[test]
fn a_person_who_never_books_cannot_keep_a_seat() {
    let mut world = World::new();
    let mut held_ms = 0;
    let total_ms = 12 * 60 * MINUTE;
    for nth in 0..total_ms / 30_000 {
        // Release at the last moment, hold as soon as it is possible.
        if nth % 20 == 19 {
            let _ = world.send(ANN, "release", json!({}));
        }
        let _ = world.send(ANN, "hold", json!({"seats": [0]}));
        held_ms += if world.shape("member:11", "cart").is_null() { 0 } else { 30_000 };
        world.pass(30_000);
    }
    assert!(held_ms * 4 < total_ms, "held for {held_ms} of {total_ms}");
}

#[test]
fn an_old_timer_frees_nothing_new() {
    let mut world = World::new();
    world.hold(ANN, &[0]);
    world.ok(ANN, "book", json!({"payment": "door"}));
    world.pass(5 * MINUTE);
    world.hold(ANN, &[5]);
    world.pass(5 * MINUTE);
    assert!(!world.shape("member:11", "cart").is_null());
}

#[test]
fn a_cart_that_runs_out_is_told_to_its_owner_alone() {
    let mut world = World::new();
    world.hold(ANN, &[0, 1]);
    world.pass(10 * MINUTE);
    let last = world.published.last().expect("the end of the cart").clone();
    let told: Vec<String> = last
        .fragments
        .iter()
        .filter(|fragment| fragment.ops.contains("\"signal\",\"expired\""))
        .map(|fragment| fragment.audience.to_string())
        .collect();
    assert_eq!(told, ["member:11"]);
}
