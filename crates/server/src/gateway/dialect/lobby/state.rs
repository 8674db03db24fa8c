//! A room's state in this dialect's words: a chat's messages, or what another application shows. It reads copies.

use super::frames::escaped;
use crate::gateway::dialect::link::RoomCopy;
use houseful_apps::chat::{Chat, seen};
use houseful_room::{AccountId, LOG_ROWS_SHOWN, RoomApp, door};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// Who says that a room has started.
const ROOM: &str = "room";

#[derive(Serialize)]
struct Message<'a> {
    sender: &'a str,
    message: &'a str,
}

/// Whether a room's messages are what it shows.
pub(super) fn is_chat(room: &RoomCopy) -> bool {
    room.app == Chat::NAME
}

/// Whom the state names.
pub(super) fn named(room: &RoomCopy) -> BTreeSet<AccountId> {
    let lines = is_chat(room).then(|| seen::lines(room.replica()));
    lines.into_iter().flatten().map(|line| line.by).collect()
}

/// The whole state, as the payload of a broadcast: at most as many messages as a copy keeps.
pub(super) fn payload(
    room: &RoomCopy,
    escapes: bool,
    name_of: impl Fn(AccountId) -> String,
) -> String {
    let write = |text: &str| if escapes { escaped(text) } else { text.to_owned() };
    if !is_chat(room) {
        let shapes = Value::Object(room.replica().application());
        let state = if escapes { escaped_within(shapes) } else { shapes };
        return json!({ "state": state }).to_string();
    }
    let started = format!("{} has started", room.app);
    let starts = door::starts(room.replica()).map(|at| (at, ROOM.to_owned(), started.clone()));
    let lines = seen::lines(room.replica());
    let lines = lines.map(|line| (line.at, write(&name_of(line.by)), write(&line.text)));
    let mut all: Vec<_> = starts.chain(lines).collect();
    // What has the same time stays in order: it starts before anybody speaks.
    all.sort_by_key(|(at, ..)| *at);
    let last = &all[all.len().saturating_sub(LOG_ROWS_SHOWN)..];
    let messages = last.iter().map(|(_, sender, message)| Message { sender, message });
    let messages: Vec<Message<'_>> = messages.collect();
    serde_json::to_string(&State { state: Messages { messages } }).unwrap_or_default()
}

#[derive(Serialize)]
struct State<'a> {
    state: Messages<'a>,
}

#[derive(Serialize)]
struct Messages<'a> {
    messages: Vec<Message<'a>>,
}

/// Every text of a value, its keys too.
fn escaped_within(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(escaped(&text)),
        Value::Array(values) => values.into_iter().map(escaped_within).collect(),
        Value::Object(fields) => {
            let field = |(key, value): (String, Value)| (escaped(&key), escaped_within(value));
            Value::Object(fields.into_iter().map(field).collect::<Map<_, _>>())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_within_is_markup() {
        let value = json!({ "<a>": ["<b>", { "c": "&" }, 7, null, true] });
        let safe = json!({ "&lt;a&gt;": ["&lt;b&gt;", { "c": "&amp;" }, 7, null, true] });
        assert_eq!(escaped_within(value), safe);
    }
}
