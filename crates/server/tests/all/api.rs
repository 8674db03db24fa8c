//! Stories over HTTP: edits, plans, keys, errors, headers, origins.

use crate::house::{House, new_id, room};
use crate::matrix::World;
use serde_json::{Value, json};

#[tokio::test]
async fn staff_is_told_what_is_booked_and_what_is_only_held() {
    let world = World::open().await;
    let seats = room(world.published);
    let [_, ann, _, rival, owner, _] = world.everyone.each_ref().map(Option::as_ref);
    let hold = |who, seat: u32| {
        world.house.command(who, &seats, "hold", &json!({ "seats": [seat, seat + 1] }))
    };
    hold(ann.unwrap(), 4).send().await.expect(200);
    hold(rival.unwrap(), 8).send().await.expect(200);
    let book = world.house.command(ann.unwrap(), &seats, "book", &json!({ "payment": "door" }));
    book.send().await.expect(200);
    let block = json!({ "seats": [0] });
    world.house.command(owner.unwrap(), &seats, "block", &block).send().await.expect(200);
    let list = world.house.get("/api/v1/events?mine=true").by(owner).send().await.expect(200);
    let events = list.json()["items"].as_array().unwrap().clone();
    let event = events.iter().find(|event| event["id"] == world.published).unwrap();
    // The world comes with one that is booked.
    assert_eq!((&event["booked"], &event["held"]), (&json!(3), &json!(2)), "{event}");
    let left = event["capacity"].as_u64().unwrap() - 6;
    assert_eq!(event["available"], left);
    for public in ["/api/v1/events".to_owned(), format!("/api/v1/events/{}", world.published)] {
        let text = world.house.get(&public).by(ann).send().await.expect(200).text().to_owned();
        assert!(!text.contains("\"booked\"") && !text.contains("\"held\""), "{text}");
    }
    world.house.close().await;
}

#[tokio::test]
async fn an_edit_names_what_it_has_read() {
    let world = World::open().await;
    let path = format!("/api/v1/events/{}", world.published);
    let edit =
        |title: &str| world.house.patch(&path).by(world.owner()).json(&json!({ "title": title }));
    let read = world.house.get(&path).send().await.expect(200);
    let etag = read.header("etag").to_owned();
    assert_eq!(read.json()["etag"], etag);
    edit("Othello").send().await.problem(428, "precondition_required");
    edit("Othello").header("if-match", "\"0\"").send().await.problem(412, "edit_conflict");
    let done = edit("Othello").header("if-match", &etag).send().await.expect(200);
    assert_eq!(done.json()["title"], "Othello");
    assert_ne!(done.header("etag"), etag);
    edit("Lear").header("if-match", &etag).send().await.problem(412, "edit_conflict");
    let wrong = edit("").header("if-match", done.header("etag")).send().await;
    assert!(wrong.problem(422, "event_invalid")["fields"]["title"].is_string());
    world.house.close().await;
}

#[tokio::test]
async fn a_plan_that_cannot_be_used_names_the_field() {
    let world = World::open().await;
    let row = |label| json!({ "label": label, "seats": 2 });
    let plan = |rows: Value| {
        json!({ "plan": { "name": "Hall", "zones": [{ "id": "a", "name": "A" }],
            "sections": [{ "name": "S", "zone": "a", "x": 0.0, "y": 0.0, "rows": rows }] } })
    };
    let keep = |body: Value| world.house.post("/api/v1/plans").by(world.owner()).json(&body);
    let twice = keep(plan(json!([row("A"), row("A")]))).send().await;
    let fields = twice.problem(422, "plan_invalid")["fields"].clone();
    assert!(fields["sections[0].rows[1].label"].is_string(), "{fields}");
    let mistyped = keep(plan(json!([{ "label": 7, "seats": 2 }]))).send().await;
    assert_eq!(mistyped.status, 422, "{}", mistyped.text());
    let kept = keep(plan(json!([row("A"), row("B")]))).send().await.expect(201).json();
    let again = keep(plan(json!([row("A"), row("B")]))).send().await.expect(201).json();
    assert_eq!(kept["id"], again["id"]);
    world.house.close().await;
}

#[tokio::test]
async fn a_key_makes_a_command_happen_once() {
    let world = World::open().await;
    let (ann, seats) = (world.stranger(), room(world.published));
    let hold = |body: Value| world.house.command(ann, &seats, "hold", &body);
    let key = new_id();
    let one = json!({ "areas": [[0, 1]] });
    let first = hold(one.clone()).header("idempotency-key", &key).send().await.expect(200).json();
    let again = hold(one).header("idempotency-key", &key).send().await.expect(200).json();
    assert_eq!(first, again);
    let other = hold(json!({ "areas": [[0, 2]] })).header("idempotency-key", &key).send().await;
    other.problem(409, "id_reused");
    let bad = hold(json!({})).header("idempotency-key", "once").send().await;
    assert!(bad.problem(422, "invalid_body")["fields"]["Idempotency-Key"].is_string());
    world.house.close().await;
}

#[tokio::test]
async fn taken_seats_come_with_alternatives() {
    let world = World::open().await;
    let seats = room(world.published);
    let (ann, owner) = (world.stranger(), world.owner());
    let two = json!({ "seats": [4, 5] });
    world.house.command(ann, &seats, "hold", &two).send().await.expect(200);
    let taken = world.house.command(owner, &seats, "hold", &two).send().await;
    let problem = taken.problem(409, "seats_taken");
    assert_eq!(problem["details"]["seats"], json!([4, 5]));
    assert_eq!(problem["details"]["alternatives"][0].as_array().unwrap().len(), 2);
    world.house.close().await;
}

#[tokio::test]
async fn every_kind_of_answer_is_safe_and_every_error_a_problem() {
    let house = House::open().await;
    let wrong_type = house.post("/api/v1/auth/sign-in").header("content-type", "text/plain");
    let kinds = [
        (house.get("/health"), 200, ""),
        (house.get("/api/openapi.json"), 200, ""),
        (house.get("/api/"), 200, ""),
        (house.get("/api/v1/events"), 200, ""),
        (house.get("/api/v1/nothing"), 404, "not_found"),
        (house.post("/api/v1/nothing/at/all"), 404, "not_found"),
        (house.get("/api/nothing"), 404, "not_found"),
        (house.post("/api/nothing"), 405, "method_not_allowed"),
        (house.get("/api/v1/events/seven"), 404, "not_found"),
        (house.get("/api/v1/events/7"), 404, "no_such_event"),
        (house.patch("/api/v1/me"), 405, "method_not_allowed"),
        (house.post("/health"), 405, "method_not_allowed"),
        (house.post("/live"), 405, "method_not_allowed"),
        (house.get("/api/v1/events?limit=x"), 400, "invalid_query"),
        (wrong_type, 415, "unsupported_media_type"),
        (house.get("/api/v1/me").header("authorization", "Bearer x"), 401, "token_invalid"),
        (house.get("/live"), 426, "upgrade_required"),
    ];
    for (ask, status, code) in kinds {
        let answer = ask.send().await;
        if code.is_empty() {
            assert_eq!(answer.status, status, "{}", answer.text());
        } else {
            assert_eq!(answer.status, status, "{code}: {}", answer.text());
            answer.problem(status, code);
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(policy.contains("script-src 'self';"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
        assert!(!answer.header("referrer-policy").is_empty());
        assert!(!answer.header("cache-control").is_empty());
    }
    house.close().await;
}

#[tokio::test]
async fn other_pages_are_let_in_by_an_exact_list() {
    let house = House::open_with(|config| {
        config.allowed_origins = vec!["https://box.example.com".into()];
    })
    .await;
    let from = |origin: &str| house.get("/api/v1/events").header("origin", origin);
    let listed = from("https://box.example.com").send().await.expect(200);
    assert_eq!(listed.header("access-control-allow-origin"), "https://box.example.com");
    for other in [
        "https://evil.com",
        "null",
        "http://box.example.com",
        "https://box.example.com:444",
        "https://box.example.com.evil.com",
        "https://evilbox.example.com",
    ] {
        let answer = from(other).send().await;
        assert_eq!(answer.header("access-control-allow-origin"), "", "{other}");
        let body = json!({ "email": "a@b.example", "password": "x" });
        let sign_in = house.post("/api/v1/auth/sign-in").header("origin", other).json(&body);
        sign_in.send().await.problem(403, "origin_not_allowed");
    }
    house.close().await;
}
