//! Stories of logins that end while their connections are busy, and of many people at the door at once.

use crate::house::{Answer, Client, House, PASSWORD, Person, counted, room};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

/// Sends commands until it is cut off; answers the close code and how many were accepted.
async fn busy_until_closed(mut client: Client, room: &str) -> (u16, usize) {
    client.join(room).await;
    for nth in 0..400 {
        let name = if nth % 2 == 0 { "hold" } else { "release" };
        let body = if nth % 2 == 0 { json!({ "areas": [[0, 1]] }) } else { json!({}) };
        let mut frame = client.command_frame(&crate::house::new_id(), room, name, body);
        frame["ref"] = json!(10_000 + nth);
        client.try_send(Message::text(frame.to_string())).await;
        if nth % 2 == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
    let code = client.closed().await;
    let accepted = client.heard.iter().filter(|text| text.contains("\"t\":\"ok\"")).count();
    (code, accepted)
}

async fn refreshed(house: &House, cookie: &str) -> Answer {
    let ask = house.post("/api/v1/auth/refresh").header("cookie", cookie);
    ask.header("x-houseful", "1").send().await
}

/// Ends a login in one of the ways there are.
async fn end(house: &House, way: &str, who: &Person, admin: &Person) {
    let account = house.patch(&format!("/api/v1/accounts/{}", who.id)).by(admin);
    match way {
        "sign-out" => {
            let out = house.post("/api/v1/auth/sign-out").header("cookie", &who.cookie);
            out.header("x-houseful", "1").send().await.expect(204);
        }
        "password" => {
            let elsewhere = house.sign_in(&who.email).await;
            let change = json!({ "current": PASSWORD, "new": "another-good-password" });
            let ask = house.post("/api/v1/auth/password").by(&elsewhere).json(&change);
            ask.send().await.expect(200);
        }
        "role" => drop(account.json(&json!({ "role": "attendee" })).send().await.expect(200)),
        "disabled" => drop(account.json(&json!({ "disabled": true })).send().await.expect(200)),
        "replay" => {
            refreshed(house, &who.cookie).await.expect(200);
            house.clock.forward_ms(11_000);
            refreshed(house, &who.cookie).await.problem(401, "sign_in_required");
        }
        other => panic!("no way {other:?}"),
    }
}

#[tokio::test]
async fn r23_however_a_login_ends_its_busy_connections_end_with_it() {
    let house = House::open().await;
    let (owner, admin) = (house.organiser("Olga").await, house.admin("Ada").await);
    let seats = house.event(&owner).await;
    for way in ["sign-out", "password", "role", "disabled", "replay"] {
        let ann = house.organiser("Ann").await;
        let other = house.person("Ben").await;
        let mut bystander = house.live(&other).await;
        let (first, second) = (house.live(&ann).await, house.live(&ann).await);
        let busy = busy_until_closed(first, &seats);
        let also = busy_until_closed(second, &seats);
        let ending = async {
            // In the midst of it, not before it has begun.
            let begun = counted("houseful_entries_published") + 20;
            crate::house::becomes("some commands", || {
                counted("houseful_entries_published") >= begun
            })
            .await;
            end(&house, way, &ann, &admin).await;
        };
        let ((code, accepted), (code_too, _), ()) = tokio::join!(busy, also, ending);
        assert_eq!((code, code_too), (4500, 4500), "{way}");
        assert!(accepted > 0, "{way}: nothing was under way");
        house.get("/api/v1/me").by(&ann).send().await.problem(401, "sign_in_required");
        let again = house.connect().await.hello(Some(&ann)).await;
        assert_eq!(again["code"], "token_invalid", "{way}");
        refreshed(&house, &ann.cookie).await.problem(401, "sign_in_required");
        assert_eq!(bystander.hello(None).await["t"], "welcome", "{way} ended somebody else's");
    }
    house.close().await;
}

#[tokio::test]
async fn who_is_admin_no_longer_is_staff_no_longer() {
    let house = House::open().await;
    let (owner, boss) = (house.organiser("Olga").await, house.admin("Ada").await);
    let second = house.admin("Max").await;
    let draft = room(house.draft(&owner).await);
    let mut client = house.live(&second).await;
    assert_eq!(client.join(&draft).await["role"], "staff");
    let path = format!("/api/v1/accounts/{}", second.id);
    let lower = json!({ "role": "organiser" });
    house.patch(&path).by(&boss).json(&lower).send().await.expect(200);
    assert_eq!(client.closed().await, 4500);
    let back = house.sign_in(&second.email).await;
    let mut client = house.live(&back).await;
    let refused = client.ask(json!({ "t": "join", "room": draft })).await;
    assert_eq!(refused["code"], "no_such_room");
    let edit = house.command(&back, &draft, "edit", &json!({ "title": "Mine" })).send().await;
    edit.problem(404, "no_such_room");
    house.close().await;
}

#[tokio::test]
async fn five_hundred_at_the_door_wait_in_a_bounded_queue_and_rooms_answer_meanwhile() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let seats = house.event(&owner).await;
    let mut client = house.live(&ann).await;
    client.join(&seats).await;
    let body = json!({ "email": ann.email, "password": PASSWORD });
    let before = counted("houseful_password_hashes");
    let storm = join_all((0..500).map(|_| house.post("/api/v1/auth/sign-in").json(&body).send()));
    let room = async {
        let mut done = 0;
        // One cart throughout: fifty would be more than a person may start (R97).
        client.command(&seats, "hold", json!({ "areas": [[0, 1]] })).await;
        for _ in 0..50 {
            let held = client.command(&seats, "hold", json!({ "areas": [[0, 1]] })).await;
            let given = client.command(&seats, "release", json!({ "areas": [[0, 1]] })).await;
            done += usize::from(held["t"] == "ok") + usize::from(given["t"] == "ok");
        }
        done
    };
    let (answers, done) = tokio::join!(storm, room);
    assert!(done > 50, "the room was kept from {done} of 100 answers");
    let let_in = answers.iter().filter(|answer| answer.status == 200).count();
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        let problem = answer.problem(503, "busy");
        assert!(problem["retryAfterMs"].as_u64().unwrap() > 0);
        assert!(!answer.header("retry-after").is_empty());
    }
    assert!((1..500).contains(&let_in), "{let_in} of 500 were let in");
    let hashed = counted("houseful_password_hashes") - before;
    assert_eq!(hashed, let_in as u64, "who is told busy costs no hash");
    house.close().await;
}

#[tokio::test]
async fn a_token_that_is_refused_is_refused_on_every_way_in() {
    let mut house = House::open().await;
    let ann = house.person("Ann").await;
    let row = house.signing_key().await;
    let key = crate::tokens::Key { secret: row.secret, kid: row.kid, now: house.now_s() };
    let claims = |sub: u64| {
        let mut claims = key.claims();
        claims["sub"] = json!(sub.to_string());
        claims
    };
    let good = key.sign(&key.header(), &claims(ann.id));
    let me = async |token: &str| {
        let ask = house.get("/api/v1/me").header("authorization", &format!("Bearer {token}"));
        ask.send().await
    };
    me(&good).await.expect(200);
    let in_url = format!("/api/v1/me?token={good}&access_token={good}");
    house.get(&in_url).send().await.problem(401, "sign_in_required");
    let mut client = house.connect().await;
    let bad = key.bad();
    assert!(bad.len() > 80, "{}", bad.len());
    for (name, token) in &bad {
        if token.len() > 16 * 1_024 {
            client.send(&json!({ "t": "hello", "ref": 1, "token": token })).await;
            client.refused("too_large").await;
            continue;
        }
        let refused = client.ask(json!({ "t": "hello", "token": token })).await;
        assert_eq!(refused["code"], "token_invalid", "{name} in hello: {refused}");
        // Spaces between the scheme and the token are no part of the token.
        if token.trim() == token {
            let answer = me(token).await;
            assert_eq!(answer.status, 401, "{name} over HTTP");
            answer.problem(401, "token_invalid");
        }
    }
    assert_eq!(client.hello(None).await["account"], Value::Null);
    assert_eq!(
        client.ask(json!({ "t": "auth", "token": bad[0].1 })).await["code"],
        "token_invalid"
    );
    assert_eq!(client.ask(json!({ "t": "auth", "token": good })).await["t"], "ok");

    // Signed by the key of now, by the one before, by one that is retired.
    house.server().accounts.rotate_signing_key().unwrap();
    me(&good).await.expect(200);
    assert_eq!(
        house.connect().await.ask(json!({ "t": "hello", "token": good })).await["t"],
        "welcome"
    );
    house.server().accounts.rotate_signing_key().unwrap();
    me(&good).await.problem(401, "token_invalid");
    let retired = house.connect().await.ask(json!({ "t": "hello", "token": good })).await;
    assert_eq!(retired["code"], "token_invalid");
    let again = house.sign_in(&ann.email).await;
    me(&again.token).await.expect(200);
    house.clock.forward_ms(11 * 60_000);
    me(&again.token).await.problem(401, "token_expired");
    house.close().await;
}
