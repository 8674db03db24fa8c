//! What is private stays private: of a full run every byte that others receive is kept and searched.

use crate::house::{House, PASSWORD, Person};
use serde_json::{Value, json};

/// What of somebody nobody else may ever receive.
fn secrets(person: &Person, name: &str) -> Vec<String> {
    let refresh = person.cookie.split_once('=').unwrap().1;
    vec![
        person.email.clone(),
        person.token.clone(),
        refresh.to_owned(),
        name.to_owned(),
        PASSWORD.to_owned(),
        "$argon2".to_owned(),
        format!("\"{}\"", person.id),
        format!("\"account\":{}", person.id),
        format!("member:{}", person.id),
        format!("c:{}", person.id),
    ]
}

#[tokio::test]
async fn nobody_else_receives_a_trace_of_somebody() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    // The number of the one who is watched is so high that it is nobody's price, time or seat.
    for _ in 0..7 {
        house.person("Filler").await;
    }
    let ann = house.person("Canary-Ann").await;
    let room = house.event(&owner).await;
    let event = room.split('/').nth(1).unwrap().to_owned();
    let (ben, cid) = (house.person("Ben").await, house.organiser("Cid").await);
    let mut others = [house.live(&ben).await, house.live(&cid).await, house.live(None).await];
    for other in &mut others {
        other.join("lobby").await;
        other.join(&room).await;
    }

    let mut client = house.live(&ann).await;
    client.join("lobby").await;
    client.join(&room).await;
    let commands = [
        ("hold", json!({ "seats": [0, 1], "areas": [[0, 1]] })),
        ("renew", json!({})),
        ("release", json!({ "seats": [1] })),
        ("book", json!({ "payment": "door" })),
        ("hold", json!({ "best": { "count": 2 } })),
    ];
    let mut order = Value::Null;
    for (name, body) in commands {
        let ok = client.command(&room, name, body).await;
        assert_eq!(ok["t"], "ok", "{ok}");
        if name == "book" {
            order = ok["body"]["order"].clone();
        }
    }
    for other in &mut others {
        let taken = other.command(&room, "hold", json!({ "seats": [0] })).await;
        assert!(taken["code"] == "seats_taken" || taken["code"] == "sign_in_required", "{taken}");
        let theirs = other.command(&room, "cancel", json!({ "order": order })).await;
        assert!(theirs["code"] == "no_such_order" || theirs["code"] == "sign_in_required");
    }
    let ok = client.command(&room, "cancel", json!({ "order": order })).await;
    assert_eq!(ok["t"], "ok");
    client.cut();
    house.clock.forward_ms(16_000);
    house.poke(&owner, &room).await;

    let mut bytes = String::new();
    for other in &mut others {
        other.settled_in(&room).await;
        other.join(&room).await;
        bytes.extend(other.heard.iter().map(String::as_str));
    }
    for who in [Some(&ben), Some(&cid), None] {
        for path in ["events", "me", "me/bookings", "accounts", "accounts?q=Canary"] {
            bytes += &house.get(&format!("/api/v1/{path}")).by(who).send().await.text();
        }
        for path in ["", "/bookings", &format!("/people?ids={}", ann.id)] {
            let path = format!("/api/v1/events/{event}{path}");
            bytes += &house.get(&path).by(who).send().await.text();
        }
    }
    bytes += &house.metrics();
    for secret in secrets(&ann, "Canary-Ann") {
        assert!(!bytes.contains(&secret), "{secret:?} was told");
    }
    let order = order.as_str().unwrap();
    assert!(!bytes.contains(order), "the order was told");
    house.close().await;
}
