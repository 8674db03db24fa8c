//! Whether a refusal is right, given what the journal says and nothing else: R60 to R68, written a second time.
//! What depends on the clock alone is taken for right.

use super::model::{Model, keeps_order};
use super::{EVENT, SEATS};
use houseful_room::Refusal;
use houseful_room::testkit::Asked;
use serde_json::Value;

/// `None` is no.
pub(super) fn justifies(model: &Model, asked: Asked<'_>, refusal: &Refusal) -> Option<bool> {
    let by = asked.by.0;
    let body: Value = serde_json::from_str(&asked.ask.body).ok()?;
    let message = body["no"].as_u64().and_then(|no| model.message(no));
    Some(match refusal.code {
        "invalid_command" => {
            let wrong = wrong(model, asked.ask.name, &body);
            refusal.fields.keys().map(String::as_str).eq(wrong)
        }
        "muted" => !keeps_order(by) && model.muted.contains(&by),
        "slow_mode" => !keeps_order(by) && model.slow_ms > 0 && model.times(by) > 0,
        "too_fast" => model.times(by) >= 5,
        "no_such_message" => message.is_none(),
        "message_deleted" => message?.get("deleted").is_some(),
        "not_author" => {
            let may = asked.ask.name == "delete" && keeps_order(by);
            message?["by"] != by && !may
        }
        "not_allowed" => !keeps_order(by) || keeps_order(body["account"].as_u64()?),
        "no_such_person" => !model.knows(body["account"].as_u64()?),
        _ => false,
    })
}

/// The fields that are wrong, in the order of their names.
fn wrong<'a>(model: &Model, name: &str, body: &'a Value) -> Vec<&'a str> {
    let mut wrong = Vec::new();
    let mentioned = body["mentions"][0].as_u64();
    if mentioned.is_some_and(|account| !model.knows(account)) {
        wrong.push("mentions[0]");
    }
    if body["reply"].as_u64().is_some_and(|no| no == 0 || no > model.last()) {
        wrong.push("reply");
    }
    if let Some(seats) = body.get("seats") {
        if seats["event"] != EVENT {
            wrong.push("seats.event");
        }
        if seats["indices"][0].as_u64().is_none_or(|seat| seat >= SEATS) {
            wrong.push("seats.indices[0]");
        }
    }
    if body["text"].as_str().is_some_and(|text| text.trim().is_empty()) {
        wrong.push("text");
    }
    if name == "react" && body["emoji"] == "ab" {
        wrong.push("emoji");
    }
    wrong
}
