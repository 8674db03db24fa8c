//! The inspector: who sees what of a room's journal, and the room as it was.

use crate::house::{House, Person, room};
use serde_json::{Value, json};

fn path(room: &str, what: &str) -> String {
    format!("/api/v1/rooms/{}/{what}", room.replace('/', "%2F"))
}

async fn look(house: &House, who: &Person, room: &str, what: &str) -> Value {
    house.get(&path(room, what)).by(who).send().await.expect(200).json()
}

/// An event in which somebody has held and booked a place; its room.
async fn sold(house: &House, owner: &Person, buyer: &Person) -> String {
    let event = house.draft(owner).await;
    house.post(&format!("/api/v1/events/{event}/publish")).by(owner).send().await.expect(200);
    let seats = room(event);
    let hold = house.command(buyer, &seats, "hold", &json!({ "areas": [[0, 1]] }));
    hold.send().await.expect(200);
    let book = house.command(buyer, &seats, "book", &json!({ "payment": "door" }));
    book.send().await.expect(200);
    seats
}

fn audiences(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    let groups = items.iter().flat_map(|entry| entry["ops"].as_array().unwrap());
    groups.map(|group| group["audience"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn staff_see_who_did_what_and_nobodys_private_rows() {
    let house = House::open().await;
    let (owner, buyer) = (house.organiser("Olga").await, house.person("Bo").await);
    let admin = house.admin("Ada").await;
    let seats = sold(&house, &owner, &buyer).await;
    let page = look(&house, &owner, &seats, "journal").await;
    let items = page["items"].as_array().unwrap();
    let done: Vec<(&str, &Value)> =
        items.iter().map(|entry| (entry["did"].as_str().unwrap(), &entry["by"])).collect();
    assert!(done.contains(&("hold", &json!(buyer.id))), "{done:?}");
    assert!(done.contains(&("book", &json!(buyer.id))), "{done:?}");
    let seen = audiences(&page);
    assert!(seen.contains(&"group:desk".to_owned()), "{seen:?}");
    assert!(!seen.iter().any(|one| one.starts_with("member:") || one == "nobody"), "{seen:?}");
    // Replies are for who asked: a booking's code is in one.
    assert!(!page.to_string().contains("reply"), "{page}");
    let all = audiences(&look(&house, &admin, &seats, "journal").await);
    assert!(all.contains(&format!("member:{}", buyer.id)), "{all:?}");
    house.close().await;
}

#[tokio::test]
async fn a_journal_is_read_in_pages_to_its_beginning() {
    let house = House::open().await;
    let (owner, buyer) = (house.organiser("Olga").await, house.person("Bo").await);
    let seats = sold(&house, &owner, &buyer).await;
    let affairs = look(&house, &owner, &seats, "affairs").await;
    let head = affairs["head"].as_u64().unwrap();
    let (mut seqs, mut before) = (Vec::new(), head + 1);
    loop {
        let page = look(&house, &owner, &seats, &format!("journal?before={before}&limit=2")).await;
        let items = page["items"].as_array().unwrap();
        let these: Vec<u64> = items.iter().map(|entry| entry["seq"].as_u64().unwrap()).collect();
        before = these[0];
        seqs.splice(0..0, these);
        if page["more"] == json!(false) {
            break;
        }
    }
    assert_eq!(seqs, (1..=head).collect::<Vec<_>>());
    assert_eq!(look(&house, &owner, &seats, "journal?before=1").await["items"], json!([]));
    house.close().await;
}

#[tokio::test]
async fn a_room_is_shown_as_it_was() {
    let house = House::open().await;
    let (owner, buyer) = (house.organiser("Olga").await, house.person("Bo").await);
    let seats = sold(&house, &owner, &buyer).await;
    let page = look(&house, &owner, &seats, "journal").await;
    let items = page["items"].as_array().unwrap();
    let seq_of = |did: &str| {
        let entry = items.iter().find(|entry| entry["did"] == json!(did));
        entry.unwrap()["seq"].as_u64().unwrap()
    };
    let area = async |at: u64| {
        let past = look(&house, &owner, &seats, &format!("state?at={at}")).await;
        assert_eq!(past["seq"], json!(at));
        let parts = past["parts"].as_array().unwrap();
        let of = |one: &Value| one["aud"].as_str().unwrap().to_owned();
        let seen: Vec<String> = parts.iter().map(of).collect();
        assert!(!seen.iter().any(|one| one.starts_with("member:")), "{seen:?}");
        let text = parts.iter().find(|part| part["aud"] == json!("all")).unwrap().to_string();
        (text.contains("\"held\":1"), text.contains("\"booked\":1"))
    };
    assert_eq!(area(seq_of("hold") - 1).await, (false, false));
    assert_eq!(area(seq_of("hold")).await, (true, false));
    assert_eq!(area(seq_of("book")).await, (false, true));
    for at in ["0", "999999"] {
        let answer = house.get(&path(&seats, &format!("state?at={at}"))).by(&owner).send().await;
        let problem = answer.problem(400, "invalid_query");
        assert!(problem["fields"]["at"].as_str().unwrap().starts_with("between 1 and"));
    }
    house.close().await;
}

#[tokio::test]
async fn affairs_count_who_is_here_and_what_happens() {
    let mut house = House::open().await;
    let (owner, keeper) = (house.organiser("Olga").await, house.person("Kim").await);
    let config = json!({ "owner": owner.id, "moderators": [keeper.id], "app": {} });
    house.make_room("board", config).await;
    let mut client = house.live(&keeper).await;
    client.join("rooms/board").await;
    let affairs = look(&house, &owner, "rooms/board", "affairs").await;
    assert_eq!(affairs["role"], json!("owner"));
    assert_eq!((&affairs["here"], &affairs["watching"]), (&json!(1), &json!(1)));
    assert_eq!(affairs["commandsWaiting"], json!(0));
    let recent = affairs["entriesPerMinute"].as_u64().unwrap();
    assert_eq!(recent, affairs["head"].as_u64().unwrap());
    house.clock.forward_ms(61_000);
    let affairs = look(&house, &owner, "rooms/board", "affairs").await;
    assert!(affairs["entriesPerMinute"].as_u64().unwrap() < recent, "{affairs}");
    // Who keeps order in a room does not run it.
    let answer = house.get(&path("rooms/board", "journal")).by(&keeper).send().await;
    answer.problem(403, "not_allowed");
    let answer = house.get(&path("lobby", "journal")).by(&owner).send().await;
    answer.problem(403, "not_allowed");
    house.close().await;
}
