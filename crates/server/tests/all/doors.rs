//! Rooms that people make: over HTTP and over connections, found by those who may and by nobody else
//! (PROTOCOL.md R84, R92, R94, R95, R98).

use crate::house::{Client, House, Person, within};
use crate::world::World;
use houseful::limits::OWN_ROOMS_MAX;
use houseful::lobby::NewListed;
use houseful_room::door::{DOOR_COMMANDS, Visibility};
use houseful_room::{AccountId, Principal, Standing};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

async fn open(house: &House, who: &Person, settings: Value) -> String {
    let mut body = json!({ "app": "den", "title": "Den" });
    body.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    let made = house.post("/api/v1/rooms").by(who).json(&body).send().await.expect(201).json();
    assert_eq!((&made["role"], &made["app"]), (&json!("owner"), &json!("den")));
    made["path"].as_str().unwrap().to_owned()
}

async fn list(house: &House, who: Option<&Person>, query: &str) -> Vec<String> {
    let answer = house.get(&format!("/api/v1/rooms?{query}")).by(who).send().await.expect(200);
    let items = answer.json()["items"].as_array().unwrap().clone();
    items.iter().map(|item| item["path"].as_str().unwrap().to_owned()).collect()
}

async fn look(house: &House, who: Option<&Person>, path: &str) -> (u16, Value) {
    let answer = house.get(&format!("/api/v1/rooms/{}", path.replace('/', "%2F"))).by(who);
    let answer = answer.send().await;
    (answer.status, answer.json())
}

async fn join(client: &mut Client, room: &str) -> Value {
    let answer = client.ask(json!({ "t": "join", "room": room })).await;
    client.note_term(room, &answer);
    answer
}

#[tokio::test]
async fn r95_a_room_is_made_listed_and_found() {
    let house = House::open().await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let open_to_all = open(&house, &ann, json!({ "title": "Salt & Pepper", "maximum": 9 })).await;
    assert!(open_to_all.starts_with("rooms/salt-pepper-"), "{open_to_all}");
    let unlisted = open(&house, &ann, json!({ "visibility": "unlisted" })).await;
    assert_eq!(unlisted.len(), "rooms/".len() + 22, "nobody guesses it");
    assert_eq!(list(&house, None, "").await, [&*open_to_all]);
    assert_eq!(list(&house, Some(&ben), "q=pepp&app=den").await, [&*open_to_all]);
    assert!(list(&house, Some(&ben), "q=%25").await.is_empty());
    assert!(list(&house, Some(&ben), "app=seats").await.is_empty());
    assert_eq!(list(&house, Some(&ann), "").await.len(), 2, "one's own are there");
    let first = house.get("/api/v1/rooms?limit=1").by(&ann).send().await.expect(200).json();
    let next = first["next"].as_str().unwrap();
    let rest = list(&house, Some(&ann), &format!("cursor={}", next.replace('/', "%2F"))).await;
    assert_eq!(rest.len(), 1);
    let (status, seen) = look(&house, Some(&ben), &unlisted).await;
    assert_eq!(
        (status, &seen["role"], &seen["visibility"]),
        (200, &json!("member"), &json!("unlisted"))
    );
    house
        .command(&ann, &open_to_all, "room.rename", &json!({ "title": "Salt" }))
        .send()
        .await
        .expect(200);
    assert_eq!(look(&house, None, &open_to_all).await.1["title"], "Salt");
    house.command(&ann, &open_to_all, "room.close", &json!({})).send().await.expect(200);
    assert!(list(&house, None, "").await.is_empty());
    assert_eq!(look(&house, None, &open_to_all).await.1["code"], "room_closed");
    house.close().await;
}

#[tokio::test]
async fn r95_a_wrong_room_is_not_made_and_nobody_has_too_many() {
    let house = House::open().await;
    let ann = house.person("Ann").await;
    for (body, field) in [
        (json!({ "app": "den" }), "title"),
        (json!({ "app": "den", "title": " " }), "title"),
        (json!({ "app": "none", "title": "A" }), "app"),
        (json!({ "app": "lobby", "title": "A" }), "app"),
        (json!({ "app": "seats", "title": "A" }), "app"),
        (json!({ "app": "den", "title": "A", "minimum": 0 }), "minimum"),
        (json!({ "app": "den", "title": "A", "minimum": 5, "maximum": 4 }), "maximum"),
    ] {
        let answer = house.post("/api/v1/rooms").by(&ann).json(&body).send().await;
        assert!(answer.problem(422, "invalid_body")["fields"][field].is_string(), "{body}");
    }
    let mut last = String::new();
    for _ in 0..OWN_ROOMS_MAX {
        last = open(&house, &ann, json!({})).await;
    }
    let body = json!({ "app": "den", "title": "One more" });
    let more = || house.post("/api/v1/rooms").by(&ann).json(&body).send();
    more().await.problem(409, "too_many_rooms");
    house.command(&ann, &last, "room.close", &json!({})).send().await.expect(200);
    more().await.expect(201);
    house.close().await;
}

#[tokio::test]
async fn r94_a_private_room_is_not_there_for_the_uninvited() {
    let house = House::open().await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let room =
        open(&house, &ann, json!({ "title": "Surprise for Ben", "visibility": "private" })).await;
    let nowhere = "rooms/AAAAAAAAAAAAAAAAAAAAAA";
    let mut client = house.live(&ben).await;
    let mut visitor = house.live(None).await;
    assert!(list(&house, Some(&ben), "").await.is_empty());
    let plain = |mut answer: Value| {
        answer.as_object_mut().unwrap().remove("ref");
        answer.to_string()
    };
    for who in [Some(&ben), None] {
        let (there, not) = (look(&house, who, &room).await, look(&house, who, nowhere).await);
        assert_eq!((there.0, &there.1), (404, &not.1));
    }
    for client in [&mut client, &mut visitor] {
        let (there, not) = (join(client, &room).await, join(client, nowhere).await);
        assert_eq!(there["code"], "no_such_room");
        assert_eq!(plain(there), plain(not));
    }
    for name in DOOR_COMMANDS.into_iter().chain(["push", "nonsense", "room.nonsense"]) {
        for body in [json!({}), json!({ "account": ben.id }), json!({ "token": "guess" })] {
            let there = house.command(&ben, &room, name, &body).send().await;
            let not = house.command(&ben, nowhere, name, &body).send().await;
            assert_eq!((there.status, there.text()), (not.status, not.text()), "{name} {body}");
        }
    }
    // By then invited, he is told nothing, and finds it.
    house
        .command(&ann, &room, "room.invite", &json!({ "account": ben.id }))
        .send()
        .await
        .expect(200);
    assert_eq!(list(&house, Some(&ben), "").await, [&*room]);
    assert_eq!(join(&mut client, &room).await["role"], "member");
    house
        .command(&ann, &room, "room.uninvite", &json!({ "account": ben.id }))
        .send()
        .await
        .expect(200);
    assert_eq!(client.next("gone").await["code"], "uninvited");
    assert!(list(&house, Some(&ben), "").await.is_empty());
    assert!(visitor.heard.iter().all(|text| !text.contains("Surprise")));
    house.close().await;
}

#[tokio::test]
async fn a_room_without_a_door_is_found_and_in_no_list() {
    let house = House::open().await;
    let (status, room) = look(&house, None, "lobby").await;
    assert_eq!(status, 200, "{room}");
    assert_eq!((&room["app"], &room["title"]), (&json!("lobby"), &json!("lobby")));
    assert_eq!((&room["visibility"], &room["owner"]), (&json!("unlisted"), &json!(0)));
    assert_eq!(room["role"], "visitor");
    assert!(list(&house, None, "").await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn r94_a_private_room_that_sleeps_is_not_woken_by_a_stranger() {
    let world = World::new();
    let (title, visibility) = ("Den".to_owned(), Visibility::Private);
    let new = NewListed { owner: AccountId(1), title, visibility, ..NewListed::plain("den") };
    let path = world.api.rooms.open(new).await.unwrap();
    let person = |account| Principal::person(AccountId(account), Standing::Attendee);
    for stranger in [person(2), Principal::VISITOR] {
        let found = world.api.router.find_for(&path, &stranger).await;
        assert_eq!(found.unwrap_err().code, "no_such_room");
        let inspected = world.api.router.inspect(&path, stranger).await;
        assert_eq!(inspected.err().unwrap().code, "no_such_room");
        assert_eq!(world.api.router.registry().awake(), 0);
    }
    assert!(world.api.router.find_for(&path, &person(1)).await.is_ok());
    assert_eq!(world.api.router.registry().awake(), 1);
}

#[tokio::test]
async fn a_link_brings_in_whoever_has_its_token() {
    let mut house = House::open().await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let room = open(&house, &ann, json!({ "visibility": "private" })).await;
    let token = "c29tZXRoaW5nIHRoYXQgbm9ib2R5IGd1ZXNzZXMgZXZlcg";
    let hash: String = Sha256::digest(token).iter().map(|byte| format!("{byte:02x}")).collect();
    house.command(&ann, &room, "room.link", &json!({ "hash": hash })).send().await.expect(200);
    house.restart().await;
    let redeem = json!({ "token": token });
    house.command(&ben, &room, "room.redeem", &redeem).send().await.expect(200);
    let mut client = house.live(&ben).await;
    assert_eq!(join(&mut client, &room).await["role"], "member");
    assert!(client.heard.iter().all(|text| !text.contains(&hash)), "members see no links");
    house.close().await;
}

#[tokio::test]
async fn r84_who_waits_in_line_hears_nothing_of_the_room_until_it_is_their_turn() {
    let house = House::open().await;
    let people = [house.person("Ann").await, house.person("Ben").await, house.person("Cid").await];
    let [ann, ben, cid] = &people;
    let room = open(&house, ann, json!({ "maximum": 1 })).await;
    let (mut inside, mut next) = (house.live(ben).await, house.live(cid).await);
    assert_eq!(join(&mut inside, &room).await["role"], "member");
    let full = join(&mut next, &room).await;
    assert_eq!((&full["code"], &full["details"]["maximum"]), (&json!("room_full"), &json!(1)));
    let place = house.command(cid, &room, "room.wait", &json!({})).send().await.expect(200).json();
    assert_eq!(place["body"]["place"], 1);
    assert_eq!(join(&mut next, &room).await["role"], "waiting");
    let pushed = inside.command(&room, "push", json!({})).await;
    assert_eq!(pushed["t"], "ok");
    inside.send(&json!({ "t": "show", "room": room, "shape": "cursor", "value": 1 })).await;
    inside.settled_in(&room).await;
    next.settled().await;
    let told = |client: &Client| {
        client.heard.iter().any(|text| text.contains("pushed") || text.contains("cursor"))
    };
    assert!(told(&inside) && !told(&next), "{:?}", next.heard);
    inside.leave(&room).await;
    assert_eq!(next.next("resync").await["code"], "place_free");
    assert_eq!(join(&mut next, &room).await["role"], "member");
    assert!(told(&next));
    house.close().await;
}

#[tokio::test]
async fn r92_an_events_room_is_for_those_who_may_see_the_event() {
    let mut house = House::open().await;
    let (olga, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let event = house.draft(&olga).await;
    let chat = format!("events/{event}/chat");
    let (mut staff, mut client) = (house.live(&olga).await, house.live(&ann).await);
    assert_eq!(join(&mut staff, &chat).await["role"], "owner");
    assert_eq!(join(&mut client, &chat).await["code"], "no_such_room");
    assert_eq!(look(&house, Some(&ann), &chat).await.0, 404);
    let kick = json!({ "account": olga.id });
    house.command(&ann, &chat, "room.kick", &kick).send().await.problem(404, "no_such_room");
    assert!(list(&house, Some(&ann), "").await.is_empty(), "nor is it listed");
    house.post(&format!("/api/v1/events/{event}/publish")).by(&olga).send().await.expect(200);
    assert_eq!(list(&house, Some(&ann), "").await, [&*chat]);
    assert_eq!(join(&mut client, &chat).await["role"], "member");
    assert_eq!(join(&mut house.live(None).await, &chat).await["role"], "visitor");
    let refused = client.command(&chat, "room.kick", kick).await;
    assert_eq!(refused["code"], "not_allowed");
    let rename = json!({ "title": "Talk" });
    assert_eq!(staff.command(&chat, "room.rename", rename).await["t"], "ok");
    house.restart().await;
    let mut again = house.live(&ann).await;
    assert_eq!(join(&mut again, &chat).await["role"], "member");
    house.close().await;
}

#[tokio::test]
async fn a_commands_sender_counts_as_nobody_inside() {
    let house = House::open().await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let room = open(&house, &ann, json!({ "minimum": 2 })).await;
    let push = |who| house.command(who, &room, "push", &json!({})).send();
    push(&ben).await.problem(409, "not_started");
    let (mut one, mut two) = (house.live(&ann).await, house.live(&ben).await);
    join(&mut one, &room).await;
    join(&mut two, &room).await;
    push(&ben).await.expect(200);
    let (_, seen) = look(&house, None, &room).await;
    assert_eq!(seen["phase"], "open");
    within("the count", async {
        while look(&house, None, &room).await.1["here"] != 2 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    house.close().await;
}

/// The first ops of a room after which a text is there.
async fn hears(client: &mut Client, text: &str) -> Value {
    client.until(text, |frame| frame["t"] == "ops" && frame.to_string().contains(text)).await
}

/// What a frame says of where people are.
fn places(text: &str) -> String {
    let frame: Value = serde_json::from_str(text).unwrap();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let parts = list(&frame["parts"]);
    let parts = parts.iter().map(|part| part["shapes"]["places"].to_string());
    let fragments = list(&frame["fragments"]);
    let ops = fragments.iter().flat_map(|fragment| list(&fragment["ops"]));
    let ops = ops.filter(|op| op[1] == "places").map(|op| op.to_string());
    parts.chain(ops).collect()
}

#[tokio::test]
async fn r98_the_lobby_shows_rooms_to_those_who_may_know_of_them() {
    let house = House::open().await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let (mut own, mut other) = (house.live(&ann).await, house.live(&ben).await);
    let mut visitor = house.live(None).await;
    for client in [&mut own, &mut other, &mut visitor] {
        join(client, "lobby").await;
    }
    let secret = open(&house, &ann, json!({ "title": "Secret", "visibility": "private" })).await;
    let open_to_all = open(&house, &ann, json!({ "title": "Garden" })).await;
    let hidden = open(&house, &ann, json!({ "title": "Unlisted", "visibility": "unlisted" })).await;
    // Ann is told to look again, for a room knows her now.
    assert_eq!(own.next("resync").await["code"], "invited");
    join(&mut own, "lobby").await;
    hears(&mut other, "Garden").await;
    hears(&mut visitor, "Garden").await;

    // Where people are is told of public rooms, to those who have signed in.
    let mut inside = house.live(&ann).await;
    for room in [&hidden, &secret, &open_to_all] {
        join(&mut inside, room).await;
    }
    let place = hears(&mut other, "\"places\"").await.to_string();
    assert!(place.contains(&open_to_all), "{place}");
    hears(&mut visitor, "\"here\":1").await;
    let asked = json!({ "t": "people", "room": "lobby", "accounts": [ann.id, 999] });
    assert_eq!(other.ask(asked).await["body"]["people"][0][1]["name"], "Ann");

    let invite = json!({ "account": ben.id });
    house.command(&ann, &secret, "room.invite", &invite).send().await.expect(200);
    assert_eq!(other.next("resync").await["code"], "invited");
    let seen = |joined: &Value| joined.to_string().contains("Secret");
    let mut joined = join(&mut other, "lobby").await;
    while !seen(&joined) {
        joined = join(&mut other, "lobby").await;
    }
    house.command(&ann, &secret, "room.uninvite", &invite).send().await.expect(200);
    assert_eq!(other.next("resync").await["code"], "invited");
    assert!(!seen(&join(&mut other, "lobby").await));
    for client in [&mut visitor, &mut other] {
        client.settled().await;
        let told: String = client.heard.iter().map(|text| places(text)).collect();
        assert!(!told.contains(&secret), "{told}");
        assert!(client.heard.iter().all(|text| !text.contains("Unlisted")));
    }
    assert!(visitor.heard.iter().all(|text| !text.contains("places") && !text.contains("Secret")));
    house.close().await;
}

#[tokio::test]
async fn the_lobby_is_filled_again_at_the_next_start() {
    let mut house = House::open().await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    open(&house, &ann, json!({ "title": "Garden" })).await;
    let secret = open(&house, &ann, json!({ "title": "Secret", "visibility": "private" })).await;
    let invite = json!({ "account": ben.id });
    house.command(&ann, &secret, "room.invite", &invite).send().await.expect(200);
    house.restart().await;
    let mut client = house.live(&ben).await;
    let mut lobby = Value::Null;
    while !(lobby.to_string().contains("Garden") && lobby.to_string().contains("Secret")) {
        lobby = join(&mut client, "lobby").await;
    }
    house.close().await;
}

#[tokio::test]
async fn r51_history_pages_back_to_the_first_row_and_not_for_those_in_line() {
    let house = House::open().await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let room = open(&house, &ann, json!({ "maximum": 1 })).await;
    let mut keeper = house.live(&ann).await;
    assert_eq!(join(&mut keeper, &room).await["t"], "joined");
    let first =
        1
            + keeper.ask(json!({ "t": "history", "room": room, "shape": "notices" })).await["body"]
                ["rows"]
                .as_array()
                .unwrap()
                .len() as u64;
    for nth in 0..130 {
        if nth % 50 == 0 {
            // So many may be asked for at once (R35).
            house.clock.forward_ms(30_000);
        }
        let is_locked = json!({ "locked": nth % 2 == 0 });
        assert_eq!(keeper.command(&room, "room.settings", is_locked).await["t"], "ok", "{nth}");
    }
    house.clock.forward_ms(30_000);
    let last = first + 129;
    let page = async |client: &mut Client, more: Value| {
        let mut ask = json!({ "t": "history", "room": room, "shape": "notices" });
        ask.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.ask(ask).await
    };
    let numbers = |answer: &Value| -> Vec<u64> {
        let rows = answer["body"]["rows"].as_array().unwrap().iter();
        rows.map(|row| row[0].as_u64().unwrap()).collect()
    };
    let end = page(&mut keeper, json!({})).await;
    assert_eq!(numbers(&end), (last - 99..=last).collect::<Vec<_>>(), "oldest first, a hundred");
    assert_eq!(end["body"]["more"], true);
    assert_eq!(numbers(&page(&mut keeper, json!({ "limit": 5_000 })).await).len(), 100);
    let before = page(&mut keeper, json!({ "before": last - 99, "limit": 20 })).await;
    assert_eq!(numbers(&before), (last - 119..last - 99).collect::<Vec<_>>());
    assert_eq!(before["body"]["rows"][19][1]["kind"], "unlocked", "{before}");
    let rest = page(&mut keeper, json!({ "before": last - 119 })).await;
    assert_eq!(numbers(&rest), (1..last - 119).collect::<Vec<_>>());
    assert_eq!(rest["body"]["more"], false);
    assert_eq!(numbers(&page(&mut keeper, json!({ "before": 1 })).await), [0; 0]);
    // Who waits in line sees nothing of the room but that.
    house.command(&ben, &room, "room.wait", &json!({})).send().await.expect(200);
    let mut waits = house.live(&ben).await;
    let joined = join(&mut waits, &room).await;
    assert_eq!(joined["role"], "waiting", "{joined}");
    assert_eq!(page(&mut waits, json!({})).await["code"], "no_such_log");
    let mut stranger = house.live(None).await;
    assert_eq!(page(&mut stranger, json!({})).await["code"], "not_joined");
    house.close().await;
}
