//! Whether a refusal is right, given what the journal says and nothing else: R70 to R78, written a second time.

use super::model::{Model, shifted};
use super::{BYTES, ITEMS, OWNER};
use houseful_room::Refusal;
use houseful_room::testkit::Asked;
use serde_json::Value;

/// More bytes than `by`, `z` and the like add to what was asked for.
const MARGIN: usize = 60;

/// `None` is no.
pub(super) fn justifies(model: &Model, asked: Asked<'_>, refusal: &Refusal) -> Option<bool> {
    let by = asked.by.0;
    let body: Value = serde_json::from_str(&asked.ask.body).ok()?;
    let past = body["past"].as_u64();
    let left = || model.own(by, false).into_iter().rev().find(|(no, _)| Some(*no) != past);
    let named = || {
        let ids = body["ids"].as_array().into_iter().flatten().chain(body.get("id"));
        ids.map(Value::to_string)
    };
    Some(match refusal.code {
        "item_exists" => added(&body).any(|item| model.items.contains_key(&item["id"].to_string())),
        "no_such_item" => named().any(|id| !model.items.contains_key(&id)),
        "board_full" => match asked.ask.name {
            "add" => {
                let (count, bytes) = added(&body).fold((0, 0), |(count, bytes), item| {
                    (count + 1, bytes + item.to_string().len() + MARGIN)
                });
                model.items.len() + count > ITEMS || model.bytes() + bytes > BYTES
            }
            "undo" => would_overflow(model, left()?.1),
            "redo" => would_overflow(model, model.own(by, true).first()?.1),
            // It is longer than before by some digits.
            _ => model.bytes() + MARGIN > BYTES,
        },
        "invalid_command" => match asked.ask.name {
            "add" => added(&body).any(|item| item["colour"] == 12 || item["points"][0].is_f64()),
            "move" => {
                let (dx, dy) = (body["dx"].as_i64()?, body["dy"].as_i64()?);
                let is_out = |id: String| {
                    model.items.get(&id).is_some_and(|item| shifted(item, dx, dy).is_none())
                };
                named().any(is_out)
            }
            "change" => {
                let item = model.items.get(&body["id"].to_string())?;
                let has = |name: &str| body.get(name).is_some();
                has("points") && item["kind"] == "text"
                    || has("fill") && item["kind"] != "rect"
                    || body.as_object()?.len() == 1
            }
            _ => false,
        },
        "nothing_to_undo" => left().is_none(),
        "nothing_to_redo" => model.own(by, true).is_empty(),
        "changed_since" => {
            let no = refusal.details.as_ref()?["deed"].as_u64()?;
            let next = match asked.ask.name {
                "undo" => left()?,
                _ => *model.own(by, true).first()?,
            };
            next.0 == no && model.turned(next.1).is_none()
        }
        "not_allowed" => by != OWNER,
        _ => false,
    })
}

fn added(body: &Value) -> impl Iterator<Item = &Value> {
    body["items"].as_array().into_iter().flatten()
}

fn would_overflow(model: &Model, done: &super::model::Done) -> bool {
    let Some(touched) = model.turned(done) else { return false };
    let mut next = model.clone();
    let items = std::rc::Rc::make_mut(&mut next.items);
    for (id, (_, after)) in touched {
        match after {
            Some(item) => drop(items.insert(id, item)),
            None => drop(items.remove(&id)),
        }
    }
    next.items.len() > ITEMS || next.bytes() > BYTES
}
