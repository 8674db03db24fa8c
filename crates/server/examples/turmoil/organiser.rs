//! Who makes the event that everyone buys for, over HTTP, before anything goes wrong.

use crate::buyer::SEATS;
use crate::house::{ORGANISER, PASSWORD};
use crate::http::{Ask, post};
use crate::ledger::Shared;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// Makes it and goes.
pub async fn run(shared: Shared) -> turmoil::Result {
    let credentials = json!({ "email": ORGANISER, "password": PASSWORD });
    let signed_in = loop {
        let ask = Ask { path: "/api/v1/auth/sign-in", token: None, body: &credentials };
        match post(ask).await {
            Ok((200, answer)) => break answer,
            // The server is not there yet, or Olivia is not.
            _ => sleep(Duration::from_millis(100)).await,
        }
    };
    let token = signed_in["accessToken"].as_str().unwrap_or_default();
    let plan = ask("/api/v1/plans", token, &json!({ "plan": hall() })).await;
    let event = json!({
        "title": "Hamlet", "startsAt": "2099-01-31T19:30:00Z", "timeZone": "Europe/Berlin",
        "place": "Elsinore", "currency": "EUR", "planId": plan["id"], "limitPerPerson": 20,
        "prices": { "seats": 1_000, "floor": 500 },
    });
    let id = ask("/api/v1/events", token, &event).await["id"].clone();
    ask(&format!("/api/v1/events/{id}/publish"), token, &json!({})).await;
    shared.borrow_mut().room = Some(format!("events/{id}/seats"));
    Ok(())
}

async fn ask(path: &str, token: &str, body: &Value) -> Value {
    match post(Ask { path, token: Some(token), body }).await {
        Ok((200..=299, answer)) => answer,
        other => panic!("{path} was answered {other:?}"),
    }
}

/// Rows of ten and a floor.
fn hall() -> Value {
    let row = |number| json!({ "label": format!("R{number}"), "seats": 10 });
    let rows: Vec<Value> = (1..=SEATS / 10).map(row).collect();
    json!({
        "name": "Small house",
        "zones": [{ "id": "seats", "name": "Seats" }, { "id": "floor", "name": "Floor" }],
        "sections": [{ "name": "Stalls", "zone": "seats", "x": 0.0, "y": 0.0, "rows": rows }],
        "areas": [{ "name": "Floor", "zone": "floor", "capacity": 200,
            "x": 0.0, "y": 400.0, "w": 200.0, "h": 100.0 }],
    })
}
