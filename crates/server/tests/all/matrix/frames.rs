//! Everybody against every frame that a client sends. What has no row here fails.

use super::World;
use crate::house::{Client, new_id, room};
use houseful_wire::asyncapi::{FRAMES, Sender};
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn every_frame_is_for_those_who_may_and_no_others() {
    let world = World::open().await;
    // What each frame is answered: in a published event's room, in a draft's.
    let (ok, joined, none) = (["ok"; 6], ["joined"; 6], ["no_such_room"; 6]);
    let not_in = ["not_joined", "not_joined", "not_joined", "not_joined", "ok", "ok"];
    let mut staff_joins = none;
    (staff_joins[4], staff_joins[5]) = ("joined", "joined");
    let mut own_token = ok;
    own_token[0] = "token_invalid";
    let done = ["sign_in_required", "done", "done", "done", "done", "done"];
    let mut in_draft = not_in;
    (in_draft[0], in_draft[4], in_draft[5]) = ("sign_in_required", "done", "done");
    let mut shown = ["unknown_live"; 6];
    shown[0] = "sign_in_required";
    let mut in_draft_shown = ["not_joined"; 6];
    (in_draft_shown[0], in_draft_shown[4], in_draft_shown[5]) =
        ("sign_in_required", "unknown_live", "unknown_live");
    let rows: [(&str, [&str; 6], [&str; 6]); 9] = [
        ("hello", ["welcome"; 6], ["welcome"; 6]),
        ("auth", own_token, own_token),
        ("join", joined, staff_joins),
        ("command", done, in_draft),
        ("show", shown, in_draft_shown),
        ("history", ok, not_in),
        ("people", ok, not_in),
        ("leave", ok, not_in),
        ("pong", [""; 6], [""; 6]),
    ];
    let named: BTreeSet<&str> = rows.iter().map(|row| row.0).collect();
    let known = FRAMES.iter().filter(|frame| frame.sender == Sender::Client);
    assert_eq!(named, known.map(|frame| frame.name).collect(), "give every frame its row");
    let draft = world.house.draft(world.owner()).await;
    for (nth, who) in world.everyone.iter().enumerate() {
        for (place, is_draft) in [(room(world.published), false), (room(draft), true)] {
            let mut client = world.house.connect().await;
            for (t, published, in_draft) in rows {
                let expected = if is_draft { in_draft[nth] } else { published[nth] };
                let token = who.as_ref().map(|who| who.token.as_str());
                let answer = frame(&mut client, t, token, &place).await;
                assert_eq!(answer, expected, "{t} in {place} by {who:?}");
            }
        }
    }
    world.house.close().await;
}

/// Sends a frame; answers its code, or its answer's name.
async fn frame(client: &mut Client, t: &str, token: Option<&str>, place: &str) -> String {
    let answer = match t {
        "hello" => client.ask(json!({ "t": t, "token": token })).await,
        "auth" => client.ask(json!({ "t": t, "token": token.unwrap_or("none") })).await,
        "join" => {
            let answer = client.ask(json!({ "t": t, "room": place })).await;
            client.note_term(place, &answer);
            answer
        }
        "leave" => client.leave(place).await,
        "history" => client.ask(json!({ "t": t, "room": place, "shape": "none" })).await,
        "people" => client.ask(json!({ "t": t, "room": place, "accounts": [1] })).await,
        "show" => {
            client.send(&json!({ "t": t, "room": place, "shape": "mood", "value": 1 })).await;
            client.until("why it is not shown", |frame| frame["t"] == "refused").await
        }
        "command" => {
            let answer = client.command_as(&new_id(), place, "release", json!({})).await;
            if answer["t"] == "ok" || answer["code"] == "nothing_held" {
                return "done".to_owned();
            }
            answer
        }
        _ => {
            client.send(&json!({ "t": t })).await;
            let after = client.settled().await;
            assert!(after.iter().all(|frame| frame["t"] != "refused"), "{after:?}");
            return String::new();
        }
    };
    answer["code"].as_str().or(answer["t"].as_str()).unwrap().to_owned()
}
