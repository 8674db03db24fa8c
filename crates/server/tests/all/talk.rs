//! A chat at the socket: what each sees of it, whom they may know, what history has, after a restart too.

use crate::house::{Client, House, Person};
use serde_json::{Value, json};

const CHAT: &str = "rooms/chat";

async fn enter(house: &House, who: Option<&Person>) -> (Client, Value) {
    let mut client = house.live(who).await;
    let joined = client.join(CHAT).await;
    (client, joined)
}

fn audiences(joined: &Value) -> Vec<&str> {
    let parts = joined["parts"].as_array().unwrap().iter();
    parts.map(|part| part["aud"].as_str().unwrap()).collect()
}

fn tells_of(frames: &[Value], shape: &str) -> bool {
    frames.iter().any(|frame| frame.to_string().contains(&format!("\"put\",\"{shape}\"")))
}

async fn history(client: &mut Client) -> Value {
    client.ask(json!({ "t": "history", "room": CHAT, "shape": "messages" })).await["body"].clone()
}

#[tokio::test]
async fn a_chat_is_led_and_remembered() {
    let mut house = House::open().await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let (owner, keeper) = (house.organiser("Olga").await, house.person("Kim").await);
    let own = json!({ "room": CHAT });
    let config = json!({ "owner": owner.id, "moderators": [keeper.id], "app": own });
    house.make_room("chat", config).await;
    let ((mut a, _), (mut b, _)) =
        (enter(&house, Some(&ann)).await, enter(&house, Some(&ben)).await);
    let (mut o, _) = enter(&house, Some(&owner)).await;
    let (mut k, joined) = enter(&house, Some(&keeper)).await;
    let member = format!("member:{}", keeper.id);
    assert_eq!(audiences(&joined), ["all", "role:moderator", &member, "group:keepers"]);

    let text = "<img src=x onerror=alert(1)>";
    let said = json!({ "text": text, "mentions": [ben.id] });
    assert_eq!(a.command(CHAT, "say", said).await["body"]["no"], 1);
    let mute = json!({ "account": ann.id, "ms": 60_000 });
    assert_eq!(o.command(CHAT, "mute", mute).await["t"], "ok");
    assert!(tells_of(&k.settled_in(CHAT).await, "muted"));
    let (of_a, of_b) = (a.settled_in(CHAT).await, b.settled_in(CHAT).await);
    assert!(tells_of(&of_a, "mine") && !tells_of(&of_a, "muted"));
    assert!(!tells_of(&of_b, "mine") && !tells_of(&of_b, "muted"));
    let again = a.command(CHAT, "say", json!({ "text": "again" })).await;
    assert_eq!((&again["code"], again["retryAfterMs"].is_u64()), (&json!("muted"), true));
    let names = json!({ "t": "people", "room": CHAT, "accounts": [ben.id, owner.id, 999] });
    let people = a.ask(names).await["body"]["people"].clone();
    assert_eq!(people.as_array().map(Vec::len), Some(2), "{people}");

    let row = history(&mut b).await["rows"][0].clone();
    assert_eq!((&row[0], &row[1]["text"]), (&json!(1), &json!(text)));
    assert_eq!(k.command(CHAT, "delete", json!({ "no": 1 })).await["t"], "ok");
    house.restart().await;
    let (mut b, joined) = enter(&house, Some(&ben)).await;
    let row = history(&mut b).await["rows"][0][1].clone();
    assert_eq!(row, json!({ "by": ann.id, "at": row["at"], "deleted": "moderator" }));
    assert!(!joined.to_string().contains("onerror"), "{joined}");
    house.close().await;
}
