//! Stories over HTTP: who may do what, on every route that the server describes; errors, headers, origins.

use crate::house::{Ask, House, Person, new_id, room};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const PROTOCOL: &str = include_str!("../../../../PROTOCOL.md");

/// Everyone who may ask, in the order of the tables' columns.
struct World {
    house: House,
    everyone: [Option<Person>; 5],
    published: u64,
    plan: String,
}

impl World {
    async fn open() -> World {
        let house = House::open().await;
        let owner = house.organiser("Olga").await;
        let (ann, rival) = (house.person("Ann").await, house.organiser("Otto").await);
        let admin = house.admin("Ada").await;
        let published = house.draft(&owner).await;
        let path = format!("/api/v1/events/{published}/publish");
        let event = house.post(&path).by(&owner).send().await.expect(200).json();
        let plan = event["planId"].as_str().unwrap().to_owned();
        let everyone = [None, Some(ann), Some(rival), Some(owner), Some(admin)];
        World { house, everyone, published, plan }
    }

    fn owner(&self) -> &Person {
        self.everyone[3].as_ref().unwrap()
    }

    async fn draft(&self) -> u64 {
        self.house.draft(self.owner()).await
    }
}

/// A route, what to put in its place, the body, and the statuses for a visitor, an attendee, another
/// organiser, the owner, an admin.
type Row = (&'static str, &'static str, &'static str, [u16; 5]);

const ROUTES: &[Row] = &[
    ("post /auth/sign-up", "", "{}", [422; 5]),
    ("post /auth/sign-in", "", "{}", [422; 5]),
    ("post /auth/refresh", "", "{}", [403; 5]),
    ("post /auth/sign-out", "", "{}", [403; 5]),
    ("post /auth/password", "", "{}", [401, 422, 422, 422, 422]),
    ("post /auth/setup", "", "{}", [422; 5]),
    ("get /me", "", "", [401, 200, 200, 200, 200]),
    ("get /accounts", "", "", [401, 403, 403, 403, 200]),
    ("patch /accounts/{id}", "1", "{}", [401, 403, 403, 403, 200]),
    ("get /events", "", "", [200; 5]),
    ("post /events", "", "{}", [401, 403, 422, 422, 422]),
    ("get /events/{id}", "draft", "", [404, 404, 404, 200, 200]),
    ("patch /events/{id}", "published", "{}", [401, 403, 403, 428, 428]),
    ("post /events/{id}/publish", "draft", "", [401, 404, 404, 200, 200]),
    ("post /plans", "", "{}", [401, 403, 422, 422, 422]),
    ("get /plans/{id}", "plan", "", [200; 5]),
    ("get /me/bookings", "", "", [401, 200, 200, 200, 200]),
    ("get /events/{id}/bookings", "published", "", [401, 403, 403, 200, 200]),
    ("get /events/{id}/people?ids=1", "published", "", [401, 403, 403, 200, 200]),
    ("post /rooms/{room}/commands/{name}", "room", "{}", [401, 422, 422, 422, 422]),
];

#[tokio::test]
async fn every_route_answers_those_who_may_and_no_others() {
    let world = World::open().await;
    let document = world.house.get("/api/openapi.json").send().await.expect(200).json();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            described.insert(format!("{method} {path}"));
        }
    }
    let rows = ROUTES.iter().map(|row| row.0.split('?').next().unwrap().to_owned());
    assert_eq!(rows.collect::<BTreeSet<_>>(), described, "give every route its row");
    for (route, what, body, expected) in ROUTES {
        for (who, status) in world.everyone.iter().zip(expected) {
            let answer = ask(&world, route, what, body).await.by(who.as_ref()).send().await;
            let name = who.as_ref().map(|person| &person.email);
            assert_eq!(answer.status, *status, "{route} by {name:?}: {}", answer.text());
            if *status >= 400 {
                let code = answer.json()["code"].as_str().unwrap().to_owned();
                answer.problem(*status, &code);
            }
        }
    }
    world.house.close().await;
}

async fn ask(world: &World, route: &str, what: &str, body: &str) -> Ask {
    let (method, path) = route.split_once(' ').unwrap();
    let place = match what {
        "draft" => world.draft().await.to_string(),
        "published" => world.published.to_string(),
        "plan" => world.plan.clone(),
        other => other.to_owned(),
    };
    let seats = room(world.published).replace('/', "%2F");
    let path = path.replace("{id}", &place).replace("{room}", &seats).replace("{name}", "book");
    let ask = Ask::new(world.house.address, &method.to_uppercase(), &format!("/api/v1{path}"));
    if body.is_empty() {
        ask
    } else {
        ask.header("content-type", "application/json").body(body.to_owned())
    }
}

/// The commands of the seats application, as the protocol lists them.
fn commands() -> BTreeSet<String> {
    let seats = PROTOCOL.split("## The seats application").nth(1).unwrap();
    let table = seats.split("| command | body |").nth(1).unwrap();
    let rows = table.lines().take_while(|line| !line.starts_with("- **"));
    let cells = rows.filter_map(|line| line.strip_prefix("| `")?.split('|').next());
    let names = cells.flat_map(|cell| cell.split(", "));
    names.map(|name| name.trim_matches([' ', '`']).to_owned()).collect()
}

#[tokio::test]
async fn every_command_is_for_those_who_may_and_no_others() {
    let world = World::open().await;
    let rows: [(&str, &[&str], Value); 9] = [
        ("hold", &["sign_in_required"], json!({ "areas": [[0, 1]] })),
        ("release", &["sign_in_required"], json!({})),
        ("renew", &["sign_in_required"], json!({})),
        ("book", &["sign_in_required"], json!({ "payment": "door" })),
        ("cancel", &["sign_in_required"], json!({ "order": new_id() })),
        ("block", &["sign_in_required", "not_allowed", "not_allowed"], json!({ "seats": [0] })),
        ("unblock", &["sign_in_required", "not_allowed", "not_allowed"], json!({ "seats": [0] })),
        ("edit", &["sign_in_required", "not_allowed", "not_allowed"], json!({ "place": "Here" })),
        ("publish", &["sign_in_required", "not_allowed", "not_allowed"], json!({})),
    ];
    let named: BTreeSet<String> = rows.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(named, commands(), "give every command its row");
    let of_authority = ["sign_in_required", "not_allowed", "no_such_room"];
    for (name, refusals, body) in &rows {
        let draft = room(world.draft().await);
        for (nth, who) in world.everyone.iter().enumerate() {
            let code = command(&world, who.as_ref(), &room(world.published), name, body).await;
            match refusals.get(nth) {
                Some(refusal) => assert_eq!(code, *refusal, "{name} by {who:?}"),
                None => {
                    assert!(!of_authority.contains(&code.as_str()), "{name}: {code} to {who:?}")
                }
            }
            let code = command(&world, who.as_ref(), &draft, name, body).await;
            match nth {
                0 => assert_eq!(code, "sign_in_required"),
                1 | 2 => assert_eq!(code, "no_such_room", "{name} on a draft by {who:?}"),
                _ => assert!(!of_authority.contains(&code.as_str()), "{name}: {code} to {who:?}"),
            }
        }
    }
    world.house.close().await;
}

/// The code that a command is answered with; `done` if it is.
async fn command(
    world: &World,
    who: Option<&Person>,
    room: &str,
    name: &str,
    body: &Value,
) -> String {
    let path = format!("/api/v1/rooms/{}/commands/{name}", room.replace('/', "%2F"));
    let answer = world.house.post(&path).by(who).json(&json!({ "body": body })).send().await;
    answer.json()["code"].as_str().unwrap_or("done").to_owned()
}

#[tokio::test]
async fn an_order_is_cancelled_by_its_person_or_the_staff() {
    let world = World::open().await;
    let seats = room(world.published);
    let [_, ann, rival, owner, admin] = world.everyone.each_ref().map(Option::as_ref);
    let ann = ann.unwrap();
    for (by, code) in [
        (rival.unwrap(), "no_such_order"),
        (owner.unwrap(), "done"),
        (admin.unwrap(), "done"),
        (ann, "done"),
    ] {
        let hold = world.house.command(ann, &seats, "hold", &json!({ "areas": [[0, 1]] }));
        hold.send().await.expect(200);
        let book = world.house.command(ann, &seats, "book", &json!({ "payment": "door" }));
        let order = book.send().await.expect(200).json()["body"]["order"].clone();
        let cancel = json!({ "order": order });
        assert_eq!(command(&world, Some(by), &seats, "cancel", &cancel).await, code);
    }
    world.house.close().await;
}

#[tokio::test]
async fn staff_is_told_what_is_booked_and_what_is_only_held() {
    let world = World::open().await;
    let seats = room(world.published);
    let [_, ann, rival, owner, _] = world.everyone.each_ref().map(Option::as_ref);
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
    let event = list.json()["items"][0].clone();
    assert_eq!((&event["booked"], &event["held"]), (&json!(2), &json!(2)), "{event}");
    let left = event["capacity"].as_u64().unwrap() - 5;
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
    let (ann, seats) = (world.everyone[1].as_ref().unwrap(), room(world.published));
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
    let [_, ann, rival, ..] = world.everyone.each_ref().map(Option::as_ref);
    let two = json!({ "seats": [4, 5] });
    world.house.command(ann.unwrap(), &seats, "hold", &two).send().await.expect(200);
    let taken = world.house.command(rival.unwrap(), &seats, "hold", &two).send().await;
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
