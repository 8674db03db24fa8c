//! Stories of bad input: every one is answered, and the connection lives on (R27–R37).

use crate::house::{House, new_id, room};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn r27_text_that_is_not_json_is_refused() {
    let house = House::open().await;
    let mut client = house.live(None).await;
    for text in ["", "{", "nonsense", "{\"t\":\"hello\",\"ref\":2} x", "'single'"] {
        client.send_text(text).await;
        assert_eq!(client.refused("malformed_json").await["ref"], Value::Null, "{text}");
    }
    client.settled().await;
    house.close().await;
}

#[tokio::test]
async fn r28_a_frame_of_no_known_name_is_refused() {
    let house = House::open().await;
    let mut client = house.live(None).await;
    for t in ["", "Hello", "ops", "welcome", "joined"] {
        assert_eq!(client.ask(json!({ "t": t })).await["code"], "unknown_frame", "{t}");
    }
    client.settled().await;
    house.close().await;
}

#[tokio::test]
async fn r29_a_wrong_field_is_named() {
    let house = House::open().await;
    let mut client = house.live(None).await;
    client.join("lobby").await;
    let good = client.command_frame(&new_id(), "lobby", "set", json!({}));
    for (field, value) in [
        ("room", json!(7)),
        ("term", json!("1")),
        ("term", json!(1.5)),
        ("id", json!("not-a-uuid")),
        ("name", json!({})),
        ("room", Value::Null),
    ] {
        let mut frame = good.clone();
        frame[field] = value;
        let refused = client.ask(frame).await;
        assert_eq!(refused["code"], "invalid_frame");
        assert!(refused["fields"][field].is_string(), "{refused}");
    }
    for reference in ["0", "-1", "1.5", "\"1\"", "9007199254740992", "null"] {
        client
            .send_text(&format!("{{\"t\":\"join\",\"ref\":{reference},\"room\":\"lobby\"}}"))
            .await;
        assert_eq!(client.refused("invalid_frame").await["ref"], Value::Null, "{reference}");
    }
    client.settled().await;
    house.close().await;
}

#[tokio::test]
async fn r30_too_large_is_skipped_and_far_too_large_is_the_end() {
    let house = House::open().await;
    let mut client = house.live(None).await;
    let fits =
        format!("{{\"t\":\"join\",\"ref\":7,\"room\":\"lobby\",\"x\":\"{}\"}}", "x".repeat(16_000));
    client.send_text(&fits).await;
    assert_eq!(client.next("joined").await["ref"], 7);
    for bytes in [16 * 1_024 + 1, 1_024 * 1_024] {
        client.send_text(&"x".repeat(bytes)).await;
        assert_eq!(client.refused("too_large").await["ref"], Value::Null);
    }
    let deep = format!("{{\"t\":\"x\",\"ref\":8,\"y\":{}{}}}", "[".repeat(32), "]".repeat(32));
    client.send_text(&deep).await;
    client.refused("malformed_json").await;
    client.settled().await;
    let huge = Message::text("x".repeat(16 * 1_024 * 1_024 + 1));
    client.try_send(huge).await;
    assert_eq!(client.closed().await, 1009);
    house.close().await;
}

#[tokio::test]
async fn r31_a_binary_message_is_refused() {
    let house = House::open().await;
    let mut client = house.live(None).await;
    client.send_message(Message::binary(b"{\"t\":\"hello\",\"ref\":1}".to_vec())).await;
    assert_eq!(client.refused("text_only").await["ref"], Value::Null);
    client.settled().await;
    house.close().await;
}

#[tokio::test]
async fn r32_a_room_that_one_may_not_know_of_is_no_other_than_none() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let (ann, rival) = (house.person("Ann").await, house.organiser("Otto").await);
    let id = house.draft(&owner).await;
    let (draft, nothing) = (room(id), room(id + 1_000));
    for who in [None, Some(&ann), Some(&rival)] {
        let mut client = house.live(who).await;
        for frame in [
            |room: &str| json!({ "t": "join", "room": room }),
            |room: &str| json!({ "t": "leave", "room": room }),
            |room: &str| {
                json!({ "t": "command", "room": room, "term": 1, "name": "hold",
                    "id": "6f1f64e2-6f9e-4f0e-8a4e-3a8f6b1e7a11", "body": {} })
            },
        ] {
            let mut there = client.ask(frame(&draft)).await;
            let mut nowhere = client.ask(frame(&nothing)).await;
            (there["ref"], nowhere["ref"]) = (Value::Null, Value::Null);
            assert_eq!(there, nowhere);
        }
        for _ in 0..60 {
            let refused = client.ask(json!({ "t": "join", "room": draft })).await;
            assert_eq!(refused["code"], "no_such_room");
        }
        let Some(who) = who else { continue };
        let hold = |room: &str| house.command(who, room, "hold", &json!({ "seats": [0] }));
        let (there, nowhere) = (hold(&draft).send().await, hold(&nothing).send().await);
        assert_eq!((there.status, there.json()), (404, nowhere.json()));
        let path = |id| format!("/api/v1/events/{id}");
        let there = house.get(&path(id)).by(who).send().await;
        let nowhere = house.get(&path(id + 1_000)).by(who).send().await;
        assert_eq!((there.status, there.json()), (404, nowhere.json()));
    }
    house.live(&owner).await.join(&draft).await;
    house.close().await;
}

#[tokio::test]
async fn r33_a_command_needs_a_join_on_this_connection() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let room = house.event(&owner).await;
    let (mut one, mut two) = (house.live(&owner).await, house.live(&owner).await);
    one.join(&room).await;
    let hold = json!({ "seats": [0] });
    assert_eq!(two.command(&room, "hold", hold.clone()).await["code"], "not_joined");
    assert_eq!(two.leave(&room).await["code"], "not_joined");
    assert_eq!(one.leave(&room).await["t"], "ok");
    assert_eq!(one.command(&room, "hold", hold.clone()).await["code"], "not_joined");
    assert_eq!(one.leave(&room).await["code"], "not_joined");
    one.join(&room).await;
    assert_eq!(one.command(&room, "hold", hold).await["t"], "ok");
    house.close().await;
}

#[tokio::test]
async fn r33_a_join_that_was_left_before_its_answer_is_left() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let room = house.event(&owner).await;
    let (mut one, mut other) = (house.live(&ann).await, house.live(None).await);
    other.join(&room).await;
    for _ in 0..10 {
        let join = one.numbered(json!({ "t": "join", "room": room }));
        let leave = one.numbered(json!({ "t": "leave", "room": room }));
        one.send(&json!([join, leave])).await;
        assert_eq!(one.answer(join["ref"].as_u64().unwrap()).await["t"], "joined");
        assert_eq!(one.answer(leave["ref"].as_u64().unwrap()).await["t"], "ok");
        assert_eq!(one.command(&room, "hold", json!({ "seats": [0] })).await["code"], "not_joined");
    }
    one.take_waiting();
    house.command(&owner, &room, "block", &json!({ "seats": [9] })).send().await.expect(200);
    other.next("ops").await;
    let more = one.settled().await;
    assert!(more.iter().all(|frame| frame["t"] != "ops"), "{more:?}");
    house.close().await;
}

#[tokio::test]
async fn r34_a_command_that_is_unknown_or_does_not_fit_is_refused() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let room = house.event(&owner).await;
    let (mut one, mut two) = (house.live(&owner).await, house.live(&ann).await);
    one.join(&room).await;
    two.join(&room).await;
    assert_eq!(one.command(&room, "sell", json!({})).await["code"], "unknown_command");
    for (name, body, code) in [
        ("hold", json!({ "seats": "A1" }), "invalid_command"),
        ("hold", json!({ "seats": [-1] }), "invalid_command"),
        ("hold", json!([]), "invalid_command"),
        ("book", json!({}), "invalid_command"),
        ("hold", json!({ "seats": [30] }), "no_such_seat"),
        ("hold", json!({ "areas": [[1, 1]] }), "no_such_area"),
        ("cancel", json!({ "order": new_id() }), "no_such_order"),
    ] {
        let refused = one.command(&room, name, body).await;
        assert_eq!(refused["code"], code, "{refused}");
        assert_eq!(refused["fields"].is_object(), code == "invalid_command", "{refused}");
    }
    one.command(&room, "hold", json!({ "seats": [0] })).await;
    let booked = one.command(&room, "book", json!({ "payment": "door" })).await;
    let theirs = json!({ "order": booked["body"]["order"] });
    assert_eq!(two.command(&room, "cancel", theirs).await["code"], "no_such_order");
    assert_eq!(two.command(&room, "block", json!({ "seats": [5] })).await["code"], "not_allowed");
    house.close().await;
}

#[tokio::test]
async fn r35_more_than_the_rate_waits_and_a_flood_is_cut_off() {
    let house = House::open_with(|config| {
        config.live.requests_per_minute = 120;
        config.live.requests_burst = 60;
    })
    .await;
    let mut client = house.live(None).await;
    for _ in 0..59 {
        assert_eq!(client.ask(json!({ "t": "nothing" })).await["code"], "unknown_frame");
    }
    let refused = client.until_refused(json!({ "t": "nothing" }), "rate_limited").await;
    assert!((1..=500).contains(&refused["retryAfterMs"].as_u64().unwrap()), "{refused}");
    house.clock.forward_ms(500);
    assert_eq!(client.ask(json!({ "t": "nothing" })).await["code"], "unknown_frame");
    for _ in 0..6 {
        let frames = vec![json!({ "t": "nothing", "ref": 9 }); 64];
        client.send(&Value::Array(frames)).await;
    }
    let flood = async {
        for _ in 0..200 {
            client.try_send(Message::binary(vec![0])).await;
        }
        client.closed().await
    };
    assert_eq!(flood.await, 4004);
    house.close().await;
}

#[tokio::test]
async fn r37_fifty_rooms_and_not_one_more() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let mut client = house.live(&owner).await;
    for _ in 0..60 {
        let refused = client.ask(json!({ "t": "join", "room": "nowhere" })).await;
        assert_eq!(refused["code"], "no_such_room");
    }
    client.join("lobby").await;
    let mut rooms = Vec::new();
    for _ in 0..50 {
        rooms.push(room(house.draft(&owner).await));
    }
    for room in &rooms[..49] {
        client.join(room).await;
    }
    let refused = client.ask(json!({ "t": "join", "room": rooms[49] })).await;
    assert_eq!(refused["code"], "too_many_rooms");
    client.join(&rooms[3]).await;
    assert_eq!(client.leave("lobby").await["t"], "ok");
    client.join(&rooms[49]).await;
    house.close().await;
}

#[tokio::test]
async fn who_joins_is_told_how_many_are_there() {
    let house = House::open().await;
    let room = house.event(&house.organiser("Olga").await).await;
    let mut first = house.live(None).await;
    for _ in 0..3 {
        first.join(&room).await;
        assert_eq!(first.next("presence").await["watching"], 1);
    }
    house.close().await;
}

#[tokio::test]
async fn r22_staff_whose_token_has_ended_are_shut_out_of_a_draft() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let (draft, public) = (room(house.draft(&owner).await), house.event(&owner).await);
    let mut client = house.live(&owner).await;
    client.join(&draft).await;
    client.join(&public).await;
    // The token ends before the last of the steps.
    house.clock.forward_ms(49_000);
    let mut heard = Vec::new();
    for _ in 0..13 {
        house.clock.forward_ms(50_000);
        heard.extend(client.settled().await);
    }
    // It may be told between a step of the clock and the answer that follows.
    let gone = match heard.into_iter().find(|frame| frame["t"] == "gone") {
        Some(gone) => gone,
        None => client.next("gone").await,
    };
    assert_eq!((&gone["room"], &gone["code"]), (&json!(draft), &json!("no_such_room")));
    let again = house.sign_in(&owner.email).await;
    for room in [&draft, &public] {
        let edit = json!({ "title": format!("Changed in {room}") });
        house.command(&again, room, "edit", &edit).send().await.expect(200);
    }
    let shown = client.until("what everyone may see", |frame| {
        frame["t"] == "ops" && frame["room"] == json!(public)
    });
    shown.await;
    let heard = client.heard.concat();
    assert!(!heard.contains(&format!("Changed in {draft}")), "a draft was told to a visitor");
    assert_eq!(client.ask(json!({ "t": "join", "room": draft })).await["code"], "no_such_room");
    assert_eq!(client.auth(&again).await["t"], "ok");
    assert_eq!(client.join(&draft).await["role"], "staff");
    house.close().await;
}

#[tokio::test]
async fn of_several_editors_of_one_reading_one_passes() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let event = house.draft(&owner).await;
    let path = format!("/api/v1/events/{event}");
    for round in 0..5 {
        let etag = house.get(&path).by(&owner).send().await.header("etag").to_owned();
        let edits = (0..8).map(|nth| {
            let title = json!({ "title": format!("Title {nth} of {round}") });
            house.patch(&path).by(&owner).header("if-match", &etag).json(&title).send()
        });
        let answers = futures_util::future::join_all(edits).await;
        let passed = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(passed, 1, "{answers:?}");
        for answer in answers.iter().filter(|answer| answer.status != 200) {
            answer.problem(412, "edit_conflict");
        }
    }
    let mut client = house.live(&owner).await;
    let seats = room(event);
    client.join(&seats).await;
    let from = |place: &str| json!({ "title": "Lear", "from": { "place": place } });
    assert_eq!(client.command(&seats, "edit", from("Dover")).await["code"], "edit_conflict");
    assert_eq!(client.command(&seats, "edit", from("Elsinore")).await["t"], "ok");
    house.close().await;
}

#[tokio::test]
async fn a_time_zone_exists_whichever_way_it_comes() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let event = house.draft(&owner).await;
    let (path, seats) = (format!("/api/v1/events/{event}"), room(event));
    let mut client = house.live(&owner).await;
    client.join(&seats).await;
    for zone in ["Mars/Olympus", "europe/berlin", "", "../etc/passwd", "Europe/Berlin\n"] {
        let edit = json!({ "timeZone": zone });
        let refused = client.command(&seats, "edit", edit.clone()).await;
        assert_eq!(refused["code"], "event_invalid", "{zone:?}: {refused}");
        assert!(refused["fields"]["timeZone"].is_string(), "{refused}");
        let command = house.command(&owner, &seats, "edit", &edit).send().await;
        command.problem(422, "event_invalid");
        let etag = house.get(&path).by(&owner).send().await.header("etag").to_owned();
        let change = house.patch(&path).by(&owner).header("if-match", &etag).json(&edit);
        assert!(
            change.send().await.problem(422, "event_invalid")["fields"]["timeZone"].is_string()
        );
    }
    let good = json!({ "timeZone": "America/Argentina/Buenos_Aires" });
    assert_eq!(client.command(&seats, "edit", good).await["t"], "ok");
    house.close().await;
}

#[tokio::test]
async fn a_booking_is_what_its_own_cart_holds_whatever_the_body_says() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let room = house.event(&owner).await;
    let mut client = house.live(&ann).await;
    client.join(&room).await;
    let held = client.command(&room, "hold", json!({ "seats": [0, 1] })).await;
    assert_eq!(held["body"]["total"], 2_000);
    for (field, value) in [
        ("price", json!(1)),
        ("prices", json!({ "seats": 0 })),
        ("total", json!(0)),
        ("user_id", json!(ben.id)),
        ("account", json!(ben.id)),
        ("status", json!("booked")),
        ("seats", json!([0, 1, 2])),
        ("code", json!("BK-22222222")),
    ] {
        let mut body = json!({ "payment": "door" });
        body[field] = value.clone();
        let refused = client.command(&room, "book", body.clone()).await;
        assert_eq!(refused["code"], "invalid_command", "{field}: {refused}");
        house.command(&ann, &room, "book", &body).send().await.problem(422, "invalid_command");
        // Nor may it stand beside the body.
        let path = format!("/api/v1/rooms/{}/commands/book", room.replace('/', "%2F"));
        let mut beside = json!({ "body": { "payment": "door" } });
        beside[field] = value;
        house.post(&path).by(&ann).json(&beside).send().await.problem(422, "invalid_body");
    }
    let free = client.command(&room, "book", json!({ "payment": "free" })).await;
    assert_eq!(free["code"], "payment_not_possible");
    let others = house.command(&ben, &room, "book", &json!({ "payment": "door" })).send().await;
    others.problem(409, "nothing_held");
    let booked = client.command(&room, "book", json!({ "payment": "door" })).await;
    assert_eq!(booked["body"]["total"], 2_000);
    assert_eq!(booked["body"]["seats"], json!([[0, 1_000], [1, 1_000]]));
    let again = client.command(&room, "book", json!({ "payment": "door" })).await;
    assert_eq!(again["code"], "nothing_held");
    house.close().await;
}
