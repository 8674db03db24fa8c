//! Stories of a room seen from several connections: copies, audiences, outcomes, presence (R7–R20).

use crate::house::{Client, House, Person, Replica, have, new_id, seqs};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A house with a published event and two people.
async fn opened() -> (House, Person, Person, Person, String) {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let room = house.event(&owner).await;
    (house, owner, ann, ben, room)
}

/// Follows a room until its copy is at a seq.
async fn follow(client: &mut Client, copy: &mut Replica, seq: u64) {
    while copy.seq < seq {
        let ops = client.next("ops").await;
        copy.fragments(&ops);
    }
}

fn seq_of(ok: &Value) -> u64 {
    assert_eq!(ok["t"], "ok", "{ok}");
    ok["seq"].as_u64().unwrap()
}

#[tokio::test]
async fn r07_join_brings_a_position_and_continues_from_what_one_has() {
    let (house, _, ann, ben, room) = opened().await;
    let (mut here, mut away) = (house.live(&ann).await, house.live(&ben).await);
    here.join(&room).await;
    let first = away.join(&room).await;
    let mut copy = Replica::default();
    copy.joined(&first);
    away.cut();
    for seats in [json!([0, 1]), json!([4])] {
        here.command(&room, "hold", json!({ "seats": seats })).await;
    }
    let mut away = house.live(&ben).await;
    let back = away.join_with(&room, have(&first, copy.seq)).await;
    assert!(back["fragments"].is_array(), "{back}");
    copy.joined(&back);
    let ok = here.command(&room, "release", json!({ "seats": [4] })).await;
    follow(&mut away, &mut copy, seq_of(&ok)).await;
    assert_eq!(copy.count("seats", 1), 2);

    let mut epoch = first.clone();
    epoch["epoch"] = new_id().into();
    let of_another_history = away.join_with(&room, have(&epoch, 3)).await;
    assert!(of_another_history["parts"].is_array());
    let from_the_future = away.join_with(&room, have(&first, 9_999)).await;
    assert!(from_the_future["parts"].is_array());
    house.close().await;
}

#[tokio::test]
async fn r08_parts_are_the_rows_of_ones_audiences() {
    let (house, owner, ann, _, room) = opened().await;
    let mut client = house.live(&ann).await;
    client.join(&room).await;
    client.command(&room, "hold", json!({ "seats": [0, 1], "areas": [[0, 2]] })).await;
    let joined = client.join(&room).await;
    let audiences: Vec<&Value> =
        joined["parts"].as_array().unwrap().iter().map(|part| &part["aud"]).collect();
    assert_eq!(audiences[0], "all");
    assert!(audiences.contains(&&json!(format!("member:{}", ann.id))), "{audiences:?}");
    let mut copy = Replica::default();
    copy.joined(&joined);
    assert_eq!((copy.count("seats", 1), copy.count("seats", 0)), (2, 28));
    assert_eq!(copy.get("cart", &ann.id.to_string()).unwrap()["total"], 3_000);
    assert!(copy.get("desk", &format!("c:{}", ann.id)).is_none());
    let mut desk = Replica::default();
    desk.joined(&house.live(&owner).await.join(&room).await);
    assert_eq!(desk.get("desk", &format!("c:{}", ann.id)).unwrap()["seats"], json!([0, 1]));
    house.close().await;
}

#[tokio::test]
async fn r09_each_audience_is_a_chain_of_its_own() {
    let (house, _, ann, ben, room) = opened().await;
    let (mut a, mut b) = (house.live(&ann).await, house.live(&ben).await);
    let (mut of_a, mut of_b) = (Replica::default(), Replica::default());
    of_a.joined(&a.join(&room).await);
    of_b.joined(&b.join(&room).await);
    let mut last = 0;
    for nth in 0..10 {
        let (client, row) = if nth % 2 == 0 { (&mut a, 0) } else { (&mut b, 10) };
        last = seq_of(&client.command(&room, "hold", json!({ "seats": [row] })).await);
        seq_of(&client.command(&room, "release", json!({})).await);
    }
    follow(&mut a, &mut of_a, last).await;
    follow(&mut b, &mut of_b, last).await;
    house.close().await;
}

#[tokio::test]
async fn r10_a_snapshot_and_what_follows_is_the_next_snapshot() {
    let (house, owner, ann, ben, room) = opened().await;
    let mut watchers = Vec::new();
    for who in [Some(&owner), Some(&ann), Some(&ben), None] {
        let mut client = house.live(who).await;
        let mut copy = Replica::default();
        copy.joined(&client.join(&room).await);
        watchers.push((who, client, copy));
    }
    let commands: [(&Person, &str, Value); 6] = [
        (&ann, "hold", json!({ "seats": [0, 1], "areas": [[0, 2]] })),
        (&ben, "hold", json!({ "best": { "count": 3 } })),
        (&ann, "book", json!({ "payment": "door" })),
        (&ben, "release", json!({})),
        (&owner, "block", json!({ "seats": [28, 29] })),
        (&owner, "edit", json!({ "title": "Macbeth" })),
    ];
    let mut last = 0;
    for (who, name, body) in commands {
        let answer = house.command(who, &room, name, &body).send().await.expect(200);
        last = answer.json()["seq"].as_u64().unwrap();
    }
    for (who, mut client, mut copy) in watchers {
        follow(&mut client, &mut copy, last).await;
        let mut fresh = Replica::default();
        fresh.joined(&house.live(who).await.join(&room).await);
        let (mut followed, mut fresh) = (copy.shown(), fresh.shown());
        followed.remove("members");
        fresh.remove("members");
        assert_eq!(followed, fresh);
    }
    house.close().await;
}

#[tokio::test]
async fn r11_a_connection_never_has_a_gap_nor_a_fragment_twice() {
    let (house, _, ann, ben, room) = opened().await;
    let (mut a, mut b) = (house.live(&ann).await, house.live(&ben).await);
    a.join(&room).await;
    let mut copy = Replica::default();
    copy.joined(&b.join(&room).await);
    for seat in 0..5 {
        let id = new_id();
        let hold = a.command_frame(&id, &room, "hold", json!({ "seats": [seat] }));
        a.request(hold).await;
        let again = b.join_with(&room, None).await;
        for ops in b.take_waiting().iter().filter(|frame| frame["t"] == "ops") {
            assert!(seqs(ops).iter().all(|seq| *seq > copy.seq), "{ops} twice after {}", copy.seq);
            copy.fragments(ops);
        }
        assert!(again["seq"].as_u64().unwrap() >= copy.seq);
        copy = Replica::default();
        copy.joined(&again);
    }
    let last = seq_of(&a.command(&room, "release", json!({})).await);
    follow(&mut b, &mut copy, last).await;
    assert_eq!(copy.count("seats", 1), 0);
    house.close().await;
}

#[tokio::test]
async fn r12_a_session_receives_its_own_audiences_alone() {
    let (house, _, ann, ben, room) = opened().await;
    let (mut a, mut b) = (house.live(&ann).await, house.live(&ben).await);
    a.join(&room).await;
    let asking = json!({ "t": "join", "room": room, "audiences": ["role:staff"], "role": "staff" });
    b.join(&room).await;
    b.ask(asking).await;
    a.command(&room, "hold", json!({ "seats": [0, 1] })).await;
    a.command(&room, "book", json!({ "payment": "door" })).await;
    b.settled_in(&room).await;
    let mine = format!("member:{}", ben.id);
    for text in &b.heard {
        let frame: Value = serde_json::from_str(text).unwrap();
        let fragments = frame["fragments"].as_array().into_iter().flatten();
        let parts = frame["parts"].as_array().into_iter().flatten();
        let audiences: BTreeSet<_> = fragments.chain(parts).map(|f| f["aud"].as_str()).collect();
        for audience in audiences.into_iter().flatten() {
            let is_mine = audience == "all" || audience == mine || audience == "role:attendee";
            assert!(
                is_mine || audience.starts_with("role:") && audience != "role:staff",
                "{audience}"
            );
        }
        assert!(!text.contains(&format!("\"{}\"", ann.id)), "{text}");
    }
    house.close().await;
}

#[tokio::test]
async fn r13_the_same_id_has_one_effect_and_one_answer() {
    let (mut house, _, ann, ben, room) = opened().await;
    let (mut a, mut b) = (house.live(&ann).await, house.live(&ben).await);
    a.join(&room).await;
    b.join(&room).await;
    let (held, taken, two) = (new_id(), new_id(), json!({ "seats": [0, 1] }));
    let first = a.command_as(&held, &room, "hold", two.clone()).await;
    let again = a.command_as(&held, &room, "hold", two.clone()).await;
    assert_eq!((&first["seq"], &first["body"]), (&again["seq"], &again["body"]));
    let refused = b.command_as(&taken, &room, "hold", two.clone()).await;
    assert_eq!(refused["code"], "seats_taken");
    a.command(&room, "release", json!({})).await;
    let refused = b.command_as(&taken, &room, "hold", two.clone()).await;
    assert_eq!(refused["code"], "seats_taken", "what was refused stays refused: {refused}");
    let other = b.command_as(&new_id(), &room, "hold", two.clone()).await;
    assert_eq!(other["t"], "ok");

    house.restart().await;
    let mut a = house.live(&ann).await;
    a.join(&room).await;
    let from_the_journal = a.command_as(&held, &room, "hold", two.clone()).await;
    assert_eq!(
        (&first["seq"], &first["body"]),
        (&from_the_journal["seq"], &from_the_journal["body"])
    );
    house.close().await;
}

#[tokio::test]
async fn r13_a_refusal_is_forgotten_after_ten_minutes() {
    let (house, owner, ann, ben, room) = opened().await;
    let (id, two) = (new_id(), json!({ "seats": [0, 1] }));
    house.command(&owner, &room, "block", &two).send().await.expect(200);
    let ask = |who: &Person| house.command(who, &room, "hold", &two).header("idempotency-key", &id);
    ask(&ann).send().await.problem(409, "seats_taken");
    house.command(&owner, &room, "unblock", &two).send().await.expect(200);
    ask(&ann).send().await.problem(409, "seats_taken");
    house.clock.forward_ms(10 * 60_000 + 1);
    let ann = house.sign_in(&ann.email).await;
    ask(&ann).send().await.expect(200);
    let ben = house.sign_in(&ben.email).await;
    ask(&ben).send().await.problem(409, "id_reused");
    house.close().await;
}

#[tokio::test]
async fn r13_the_last_64_refusals_of_a_person_are_remembered_and_not_one_more() {
    let (house, _, ann, ben, room) = opened().await;
    let (mut a, mut b) = (house.live(&ann).await, house.live(&ben).await);
    a.join(&room).await;
    b.join(&room).await;
    let two = json!({ "seats": [0, 1] });
    assert_eq!(a.command(&room, "hold", two.clone()).await["t"], "ok");
    let ids: Vec<String> = (0..65).map(|_| new_id()).collect();
    for id in &ids {
        assert_eq!(b.command_as(id, &room, "hold", two.clone()).await["code"], "seats_taken");
    }
    a.command(&room, "release", json!({})).await;
    for id in &ids[1..] {
        let again = b.command_as(id, &room, "hold", two.clone()).await;
        assert_eq!(again["code"], "seats_taken", "what was refused stays refused: {again}");
    }
    let forgotten = b.command_as(&ids[0], &room, "hold", two.clone()).await;
    assert_eq!(forgotten["t"], "ok", "the 65th from the end is decided anew: {forgotten}");
    house.close().await;
}

#[tokio::test]
async fn r14_an_id_is_good_for_one_thing_of_one_person() {
    let (house, _, ann, ben, room) = opened().await;
    let (mut a, mut b) = (house.live(&ann).await, house.live(&ben).await);
    a.join(&room).await;
    b.join(&room).await;
    let id = new_id();
    assert_eq!(a.command_as(&id, &room, "hold", json!({ "seats": [0] })).await["t"], "ok");
    let other_body = a.command_as(&id, &room, "hold", json!({ "seats": [5] })).await;
    assert_eq!(other_body["code"], "id_reused");
    let other_name = a.command_as(&id, &room, "release", json!({ "seats": [0] })).await;
    assert_eq!(other_name["code"], "id_reused");
    let other_person = b.command_as(&id, &room, "hold", json!({ "seats": [0] })).await;
    assert_eq!(other_person["code"], "id_reused");
    house.close().await;
}

#[tokio::test]
async fn r15_an_older_term_is_stale_unless_the_id_was_accepted() {
    let (mut house, _, ann, _, room) = opened().await;
    let mut a = house.live(&ann).await;
    let joined = a.join(&room).await;
    let (accepted, unanswered) = (new_id(), new_id());
    let ok = a.command_as(&accepted, &room, "hold", json!({ "seats": [0, 1] })).await;
    house.restart().await;
    let mut a = house.live(&ann).await;
    let back = a.join(&room).await;
    assert!(back["term"].as_u64() > joined["term"].as_u64());
    let mut late = a.command_frame(&unanswered, &room, "hold", json!({ "seats": [4] }));
    late["term"] = joined["term"].clone();
    assert_eq!(a.ask(late).await["code"], "stale_term");
    let mut known = a.command_frame(&accepted, &room, "hold", json!({ "seats": [0, 1] }));
    known["term"] = joined["term"].clone();
    assert_eq!(a.ask(known).await["seq"], ok["seq"]);
    let anew = a.command_as(&unanswered, &room, "hold", json!({ "seats": [4] })).await;
    assert_eq!(anew["t"], "ok", "a stale term is no outcome: {anew}");
    house.close().await;
}

#[tokio::test]
async fn r16_ok_comes_after_every_fragment_that_one_may_see() {
    let (house, _, ann, _, room) = opened().await;
    let mut a = house.live(&ann).await;
    let joined = a.join(&room).await;
    for seat in [0, 1, 2, 3] {
        a.command(&room, "hold", json!({ "seats": [seat] })).await;
    }
    a.command(&room, "book", json!({ "payment": "door" })).await;
    let mut seen = joined["seq"].as_u64().unwrap();
    let mut private = 0;
    for text in &a.heard {
        let frame: Value = serde_json::from_str(text).unwrap();
        match frame["t"].as_str() {
            Some("ops") => {
                seen = seen.max(*seqs(&frame).iter().max().unwrap());
                private += usize::from(text.contains(&format!("member:{}", ann.id)));
            }
            Some("ok") if frame["seq"].is_u64() => assert!(frame["seq"].as_u64().unwrap() <= seen),
            _ => {}
        }
    }
    assert_eq!(private, 5);
    house.close().await;
}

#[tokio::test]
async fn r17_what_was_shown_is_there_after_a_restart() {
    let (mut house, _, ann, ben, room) = opened().await;
    let (mut a, mut b) = (house.live(&ann).await, house.live(&ben).await);
    a.join(&room).await;
    let mut copy = Replica::default();
    copy.joined(&b.join(&room).await);
    let ok = a.command(&room, "hold", json!({ "seats": [0, 1] })).await;
    follow(&mut b, &mut copy, seq_of(&ok)).await;
    house.restart().await;
    let mut again = Replica::default();
    let back = house.live(&ben).await.join(&room).await;
    again.joined(&back);
    assert!(again.seq >= copy.seq);
    assert_eq!(copy.shown()["seats"], again.shown()["seats"]);
    house.close().await;
}

#[tokio::test]
async fn r18_what_is_no_outcome_may_be_sent_again() {
    let (house, _, ann, _, room) = opened().await;
    let mut a = house.live(None).await;
    a.join(&room).await;
    let (id, body) = (new_id(), json!({ "seats": [0] }));
    let refused = a.command_as(&id, &room, "hold", body.clone()).await;
    assert_eq!(refused["code"], "sign_in_required");
    a.auth(&ann).await;
    a.leave(&room).await;
    assert_eq!(a.command_as(&id, &room, "hold", body.clone()).await["code"], "not_joined");
    a.join(&room).await;
    let mut stale = a.command_frame(&id, &room, "hold", body.clone());
    stale["term"] = 0.into();
    assert_eq!(a.ask(stale).await["code"], "stale_term");
    assert_eq!(a.command_as(&id, &room, "hold", body).await["t"], "ok");
    house.close().await;
}

#[tokio::test]
async fn r19_two_tabs_are_one_member_who_lapses_resumes_and_leaves() {
    let (house, owner, ann, _, room) = opened().await;
    let mut desk = house.live(&owner).await;
    let mut copy = Replica::default();
    copy.joined(&desk.join(&room).await);
    let key = ann.id.to_string();
    let (mut one, mut two) = (house.live(&ann).await, house.live(&ann).await);
    one.join(&room).await;
    two.join(&room).await;
    let count = |frame: &Value| (frame["here"].as_u64(), frame["watching"].as_u64());
    desk.until("two people, three connections", |f| count(f) == (Some(2), Some(3))).await;
    one.cut();
    desk.until("two people, two connections", |f| count(f) == (Some(2), Some(2))).await;
    for ops in desk.take_waiting().iter().filter(|frame| frame["t"] == "ops") {
        copy.fragments(ops);
    }
    assert_eq!(copy.get("members", &key).unwrap()["state"], "here");
    two.cut();
    until_member(&mut desk, &mut copy, &key, Some("lapsed")).await;
    let mut back = house.live(&ann).await;
    back.join(&room).await;
    until_member(&mut desk, &mut copy, &key, Some("here")).await;
    back.cut();
    until_member(&mut desk, &mut copy, &key, Some("lapsed")).await;
    house.clock.forward_ms(15_000);
    house.poke(&owner, &room).await;
    until_member(&mut desk, &mut copy, &key, None).await;
    house.close().await;
}

async fn until_member(desk: &mut Client, copy: &mut Replica, key: &str, state: Option<&str>) {
    while copy.get("members", key).and_then(|member| member["state"].as_str()) != state {
        let ops = desk.next("ops").await;
        copy.fragments(&ops);
    }
}

#[tokio::test]
async fn r20_a_restart_is_continued_by_ops_and_a_hold_lasts_in_full() {
    let (mut house, owner, ann, _, room) = opened().await;
    let (mut desk, mut a) = (house.live(&owner).await, house.live(&ann).await);
    let mut copy = Replica::default();
    let first = desk.join(&room).await;
    copy.joined(&first);
    a.join(&room).await;
    let ok = a.command(&room, "hold", json!({ "seats": [0, 1] })).await;
    follow(&mut desk, &mut copy, seq_of(&ok)).await;
    let until = ok["body"]["until"].as_i64().unwrap();
    house.clock.forward_ms(8 * 60_000);
    house.restart().await;
    let mut desk = house.live(&owner).await;
    let back = desk.join_with(&room, have(&first, copy.seq)).await;
    assert_eq!(back["epoch"], first["epoch"]);
    assert!(back["term"].as_u64() > first["term"].as_u64());
    assert!(back["fragments"].is_array(), "{back}");
    copy.joined(&back);
    assert_eq!(copy.get("members", &ann.id.to_string()).unwrap()["state"], "lapsed");
    let cart = copy.get("desk", &format!("c:{}", ann.id)).unwrap();
    assert!(cart["until"].as_i64().unwrap() >= until + 8 * 60_000, "{cart} {until}");
    house.close().await;
}
