//! Stories of one connection: how it opens, who it is, what ends it (R1–R6, R21–R26, R38).

use crate::house::{Ask, Client, House, becomes, have, room, within};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};

fn upgrade(house: &House) -> Ask {
    let ask = house.get("/live").header("connection", "Upgrade").header("upgrade", "websocket");
    ask.header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}

#[tokio::test]
async fn r01_an_upgrade_without_the_sub_protocol_or_of_another_page_is_a_problem() {
    let house = House::open_with(|config| {
        config.allowed_origins = vec!["https://box.example.com".into()];
    })
    .await;
    let ask = || upgrade(&house).header("sec-websocket-protocol", "houseful.v1");
    upgrade(&house).send().await.problem(400, "sub_protocol_required");
    let other = upgrade(&house).header("sec-websocket-protocol", "houseful.v2");
    other.send().await.problem(400, "sub_protocol_required");
    house.get("/live").send().await.problem(426, "upgrade_required");
    let own = format!("http://{}", house.address);
    for origin in
        ["https://evil.com", "null", "https://box.example.com.evil.com", &format!("{own}0")]
    {
        ask().header("origin", origin).send().await.problem(403, "origin_not_allowed");
    }
    ask().header("sec-fetch-site", "cross-site").send().await.problem(403, "origin_not_allowed");
    drop(house.live(None).await);
    house.close().await;
}

#[tokio::test]
async fn r02_a_message_is_a_frame_or_an_array_of_them_in_order() {
    let house = House::open().await;
    let mut client = house.connect().await;
    let frames = json!([
        { "t": "hello", "ref": 1, "unknown": [1, 2] },
        { "t": "join", "ref": 2, "room": "lobby" },
        { "t": "nonsense", "ref": 3 },
        { "t": "leave", "ref": 4, "room": "lobby" },
    ]);
    client.send(&frames).await;
    assert_eq!(client.next("welcome").await["ref"], 1);
    assert_eq!(client.refused("unknown_frame").await["ref"], 3);
    assert_eq!(client.next("ok").await["ref"], 4);
    assert_eq!(client.next("joined").await["ref"], 2);
    let many = vec![json!({ "t": "pong" }); 65];
    client.send(&Value::Array(many)).await;
    assert_eq!(client.refused("too_large").await["ref"], Value::Null);
    client.settled().await;
    house.close().await;
}

#[tokio::test]
async fn r03_hello_is_the_first_frame_and_in_time() {
    let house = House::open().await;
    let mut silent = house.connect().await;
    let mut client = house.connect().await;
    let refused = client.ask(json!({ "t": "join", "room": "lobby" })).await;
    assert_eq!(refused["code"], "hello_first");
    client.hello(None).await;
    house.clock.forward_ms(5_001);
    assert_eq!(silent.closed().await, 4003);
    client.settled().await;
    house.close().await;
}

#[tokio::test]
async fn r04_a_visitor_looks_and_may_not_ask_for_a_change() {
    let house = House::open().await;
    let room = house.event(&house.organiser("Olga").await).await;
    let mut visitor = house.live(None).await;
    let joined = visitor.join(&room).await;
    assert_eq!(joined["app"], "seats");
    let refused = visitor.command(&room, "hold", json!({ "seats": [0] })).await;
    assert_eq!(refused["code"], "sign_in_required");
    let in_the_address = house.get("/live?token=abc").send().await;
    in_the_address.problem(426, "upgrade_required");
    house.close().await;
}

#[tokio::test]
async fn r05_every_request_gets_exactly_one_answer() {
    let house = House::open().await;
    let ann = house.person("Ann").await;
    let room = house.event(&house.organiser("Olga").await).await;
    let mut client = house.live(&ann).await;
    client.join(&room).await;
    let mut expected = Vec::new();
    for seat in 0..10 {
        let hold = client.command_frame(
            &crate::house::new_id(),
            &room,
            "hold",
            json!({ "seats": [seat] }),
        );
        for frame in [
            hold,
            json!({ "t": "join", "room": "lobby" }),
            json!({ "t": "leave", "room": "lobby" }),
            json!({ "t": "join", "room": "nowhere" }),
            json!({ "t": "what" }),
            json!({ "t": "join" }),
        ] {
            expected.push(client.request(frame).await);
        }
    }
    let mut answers = Vec::new();
    for _ in &expected {
        let answer = client.until("an answer", |frame| frame["ref"].is_u64()).await;
        answers.push(answer["ref"].as_u64().unwrap());
    }
    answers.sort_unstable();
    assert_eq!(answers, expected);
    let more = client.settled_in(&room).await;
    assert!(more.iter().all(|frame| frame["ref"].is_null()), "{more:?}");
    house.close().await;
}

#[tokio::test]
async fn r06_requests_are_handled_in_the_order_in_which_they_were_sent() {
    let house = House::open().await;
    let ann = house.person("Ann").await;
    let room = house.event(&house.organiser("Olga").await).await;
    let mut client = house.live(&ann).await;
    client.join(&room).await;
    let mut frames = Vec::new();
    for _ in 0..20 {
        for (name, body) in [("hold", json!({ "seats": [4, 5] })), ("release", json!({}))] {
            let id = crate::house::new_id();
            let frame = client.command_frame(&id, &room, name, body);
            frames.push(client.numbered(frame));
        }
    }
    client.send(&Value::Array(frames.clone())).await;
    let mut last = 0;
    for frame in frames {
        let ok = client.next("ok").await;
        assert_eq!(ok["ref"], frame["ref"]);
        assert!(ok["seq"].as_u64().unwrap() > last);
        last = ok["seq"].as_u64().unwrap();
    }
    house.close().await;
}

#[tokio::test]
async fn r21_silence_is_pinged_and_a_lost_client_is_let_go() {
    let house = House::open().await;
    let mut client = house.live(None).await;
    let mut mute = house.live(None).await;
    house.clock.forward_ms(25_000);
    client.next("ping").await;
    client.send(&json!({ "t": "pong" })).await;
    client.settled().await;
    mute.next("ping").await;
    house.clock.forward_ms(36_000);
    assert_eq!(mute.closed().await, 4002);
    client.next("ping").await;
    client.settled().await;
    house.close().await;
}

#[tokio::test]
async fn r21_who_only_watches_a_busy_room_is_pinged_too() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let room = house.event(&owner).await;
    let mut watcher = house.live(None).await;
    watcher.join(&room).await;
    for seat in 0..2 {
        house.clock.forward_ms(15_000);
        let seats = json!({ "seats": [seat] });
        house.command(&owner, &room, "block", &seats).send().await.expect(200);
        let blocked = format!("[\"set\",\"seats\",{seat},3]");
        watcher.until("the block", |frame| frame.to_string().contains(&blocked)).await;
    }
    // It was sent something just now, and has said nothing for half a minute.
    watcher.until("a ping", |frame| frame["t"] == "ping").await;
    house.close().await;
}

#[tokio::test]
async fn r22_a_token_ends_on_the_connection_and_a_new_one_brings_it_back() {
    let house = House::open().await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let owner = house.organiser("Olga").await;
    let room = house.event(&owner).await;
    let mut client = house.live(&ann).await;
    let joined = client.join(&room).await;
    assert_eq!(client.command(&room, "hold", json!({ "seats": [0, 1] })).await["t"], "ok");
    let mut came = Vec::new();
    for _ in 0..11 {
        house.clock.forward_ms(50_000);
        came.extend(client.settled().await);
    }
    assert_eq!(came.iter().filter(|frame| frame["t"] == "expiring").count(), 1, "{came:?}");
    house.clock.forward_ms(59_000);
    let refused = client.command(&room, "release", json!({})).await;
    assert_eq!(refused["code"], "token_expired");

    // Meanwhile the cart ends, which is for Ann's eyes alone, and then something for everyone's.
    let owner = house.sign_in(&owner.email).await;
    house.poke(&owner, &room).await;
    house.command(&owner, &room, "block", &json!({ "seats": [9] })).send().await.expect(200);
    let public = client.until("the block", |frame| {
        frame["t"] == "ops" && frame.to_string().contains("[\"set\",\"seats\",9,3]")
    });
    let public = public.await;
    let seen = [client.take_waiting(), vec![public.clone()]].concat();
    let after = |frame: &&Value| frame["t"] == "ops" && frame.to_string().contains("\"cart\"");
    let private: Vec<&Value> = seen.iter().filter(after).skip(1).collect();
    assert!(private.is_empty(), "{private:?}");

    let other = house.sign_in(&ben.email).await;
    assert_eq!(client.auth(&other).await["code"], "other_account");
    let again = house.sign_in(&ann.email).await;
    assert_eq!(client.auth(&again).await["t"], "ok");
    assert_eq!(client.next("resync").await["room"], room);
    let position = public["fragments"][0]["seq"].as_u64().unwrap();
    let back = client.join_with(&room, have(&joined, position)).await;
    assert!(back["parts"].is_array(), "what it missed is not in fragments: {back}");
    assert!(!back.to_string().contains("\"until\""), "the cart has ended: {back}");
    assert_eq!(client.command(&room, "hold", json!({ "seats": [2] })).await["t"], "ok");
    house.close().await;
}

#[tokio::test]
async fn r22_who_signs_in_on_a_connection_gets_what_is_theirs() {
    let house = House::open().await;
    let ann = house.person("Ann").await;
    let room = house.event(&house.organiser("Olga").await).await;
    house.command(&ann, &room, "hold", &json!({ "seats": [0, 1] })).send().await.expect(200);
    let mut client = house.live(None).await;
    let joined = client.join(&room).await;
    assert_eq!(client.auth(&ann).await["t"], "ok");
    client.next("resync").await;
    let seq = joined["seq"].as_u64().unwrap();
    let back = client.join_with(&room, have(&joined, seq)).await;
    assert!(back.to_string().contains("\"until\""), "the cart is missing: {back}");
    let seq = back["seq"].as_u64().unwrap();
    let again = client.join_with(&room, have(&back, seq)).await;
    assert!(again["fragments"].is_array(), "{again}");
    house.close().await;
}

#[tokio::test]
async fn r23_a_session_that_ends_closes_its_connections() {
    let house = House::open().await;
    let admin = house.admin("Ada").await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let phone = house.sign_in(&ann.email).await;
    let (mut desk, mut pocket) = (house.live(&ann).await, house.live(&phone).await);
    let mut other = house.live(&ben).await;
    let out = house.post("/api/v1/auth/sign-out").header("cookie", &ann.cookie);
    out.header("x-houseful", "1").send().await.expect(204);
    assert_eq!(desk.closed().await, 4500);
    pocket.settled().await;
    let change = json!({ "current": crate::house::PASSWORD, "new": "another-good-password" });
    let third = house.sign_in(&ann.email).await;
    house.post("/api/v1/auth/password").by(&third).json(&change).send().await.expect(200);
    assert_eq!(pocket.closed().await, 4500);
    let path = format!("/api/v1/accounts/{}", ben.id);
    house.patch(&path).by(&admin).json(&json!({ "disabled": true })).send().await.expect(200);
    assert_eq!(other.closed().await, 4500);
    let refused = house.connect().await.hello(Some(&ben)).await;
    assert_eq!(refused["code"], "token_invalid");
    house.close().await;
}

#[tokio::test]
async fn r24_a_slow_consumer_is_closed_and_resumes_and_hurts_nobody() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let room = house.event(&owner).await;
    let mut slow = Client::connect_narrow(house.address).await;
    slow.hello(None).await;
    let joined = slow.join(&room).await;
    let mut other = house.live(&owner).await;
    other.join(&room).await;
    let frames: Vec<Value> =
        (1..=60).map(|n| json!({ "t": "join", "ref": n + 1_000, "room": room })).collect();
    let message = Value::Array(frames);
    let is_closed = || house.metrics().contains("houseful_closes{code=\"4001\"}");
    while !is_closed() {
        slow.send(&message).await;
        assert_eq!(other.command(&room, "poke", json!({})).await["code"], "unknown_command");
    }
    assert_eq!(slow.closed().await, 4001);
    let mut again = house.live(None).await;
    let seq = joined["seq"].as_u64().unwrap();
    let back = again.join_with(&room, have(&joined, seq)).await;
    assert!(back["fragments"].is_array(), "{back}");
    house.close().await;
}

#[tokio::test]
async fn r25_a_drain_says_so_finishes_and_closes() {
    let mut house = House::open().await;
    let ann = house.person("Ann").await;
    let room = house.event(&house.organiser("Olga").await).await;
    let mut client = house.live(&ann).await;
    client.join(&room).await;
    // Neither a silent connection nor one that is kept alive holds it up.
    let silent = TcpStream::connect(house.address).await.unwrap();
    let asked =
        client.command_frame(&crate::house::new_id(), &room, "hold", json!({ "seats": [3] }));
    let asked = client.request(asked).await;
    house.stop().await;
    assert_eq!(client.answer(asked).await["t"], "ok");
    client.next("goaway").await;
    assert_eq!(client.closed().await, 4000);
    drop(silent);
    house.close().await;
}

#[tokio::test]
async fn r26_a_stream_that_is_not_allowed_closes_with_its_own_code() {
    let house = House::open().await;
    let text = OpCode::Data(Data::Text);
    let mut garbled = house.live(None).await;
    garbled.send_message(Message::Frame(Frame::message(vec![0xff, 0xfe], text, true))).await;
    assert_eq!(garbled.closed().await, 1007);
    let mut reserved = house.live(None).await;
    let mut frame = Frame::message(b"{}".to_vec(), text, true);
    frame.header_mut().rsv1 = true;
    reserved.send_message(Message::Frame(frame)).await;
    assert_eq!(reserved.closed().await, 1002);
    let mut leaving = house.live(None).await;
    leaving.send_message(Message::Close(None)).await;
    assert_eq!(leaving.closed().await, 1005);
    drop((garbled, reserved, leaving));
    becomes("no connection", || !house.metrics().contains("houseful_connections 1")).await;
    house.close().await;
}

#[tokio::test]
async fn r26_a_stream_that_is_not_allowed_ends_without_waiting_for_a_goodbye() {
    let house = House::open().await;
    let mut raw = TcpStream::connect(house.address).await.unwrap();
    let head = "GET /live HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Protocol: houseful.v1\r\n\r\n";
    raw.write_all(head.as_bytes()).await.unwrap();
    raw.write_all(&[0xc1, 0x80, 0, 0, 0, 0]).await.unwrap();
    let mut heard = Vec::new();
    // The clock stands still: no deadline ends it.
    within("the end", raw.read_to_end(&mut heard)).await.unwrap();
    let close = [0x88, 2 + "reserved bit set".len() as u8, 0x03, 0xea];
    let end = heard.len() - close.len() - "reserved bit set".len();
    assert_eq!(heard[end..][..4], close);
    drop(raw);
    house.close().await;
}

#[tokio::test]
async fn r26_a_message_of_more_frames_than_are_read_ends_the_connection() {
    let house = House::open().await;
    let begin = Frame::message(Vec::new(), OpCode::Data(Data::Text), false);
    let mut crumbs = house.live(None).await;
    crumbs.send_message(Message::Frame(begin)).await;
    for _ in 0..256 {
        let more = Frame::message(Vec::new(), OpCode::Data(Data::Continue), false);
        crumbs.send_message(Message::Frame(more)).await;
    }
    assert_eq!(crumbs.closed().await, 1008);
    drop(crumbs);
    house.close().await;
}

#[tokio::test]
async fn r38_a_token_that_cannot_be_used_is_refused_and_a_visitor_may_stay() {
    let house = House::open().await;
    let ann = house.person("Ann").await;
    let mut client = house.connect().await;
    let mut forged = ann.clone();
    forged.token.push('x');
    assert_eq!(client.hello(Some(&forged)).await["code"], "token_invalid");
    assert_eq!(client.ask(json!({ "t": "join", "room": "lobby" })).await["code"], "hello_first");
    let welcome = client.hello(None).await;
    assert_eq!((welcome["t"].as_str(), &welcome["account"]), (Some("welcome"), &Value::Null));
    assert_eq!(client.auth(&forged).await["code"], "token_invalid");
    house.clock.forward_ms(11 * 60_000);
    let mut late = house.connect().await;
    assert_eq!(late.hello(Some(&ann)).await["code"], "token_expired");
    assert_eq!(late.hello(None).await["t"], "welcome");
    let id = house.draft(&house.organiser("Olga").await).await;
    let refused = late.ask(json!({ "t": "join", "room": room(id) })).await;
    assert_eq!(refused["code"], "no_such_room");
    house.close().await;
}
