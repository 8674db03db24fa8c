//! What the old server asked of what it was sent, with its words for what was wrong, in its order. Pure.

use houseful_apps::chat::seen::MARK_CHARS_MAX;
use serde_json::Value;

/// A message as its client sends it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewMessage<'a> {
    pub(super) username: &'a str,
    pub(super) message: &'a str,
    pub(super) uuid: &'a str,
    /// The room's name, with its slash.
    pub(super) room: &'a str,
}

/// Where somebody is, as their client says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NewPresence<'a> {
    pub(super) username: &'a str,
    pub(super) avatar: &'a str,
    /// The room's name, with its slash.
    pub(super) room: &'a str,
}

/// What a value must be.
enum Kind {
    Text,
    /// These properties, all of them, and no other.
    Object(&'static [(&'static str, Kind)]),
}

const ROOM: Kind = Kind::Object(&[("label", Kind::Text), ("name", Kind::Text)]);
const MESSAGE: Kind = Kind::Object(&[
    ("username", Kind::Text),
    ("message", Kind::Text),
    ("uuid", Kind::Text),
    ("chatRoom", ROOM),
]);
const PRESENCE: Kind =
    Kind::Object(&[("username", Kind::Text), ("avatar", Kind::Text), ("currentRoom", ROOM)]);

/// Reads a message, or says all that is wrong with it.
pub(super) fn message(value: &Value) -> Result<NewMessage<'_>, Vec<String>> {
    let mut wrong = Vec::new();
    MESSAGE.check(value, &mut wrong);
    let uuid = text(&value["uuid"]);
    if uuid.chars().count() > MARK_CHARS_MAX {
        wrong.push(format!("should NOT be longer than {MARK_CHARS_MAX} characters"));
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(NewMessage {
        username: text(&value["username"]),
        message: text(&value["message"]),
        uuid,
        room: text(&value["chatRoom"]["name"]),
    })
}

/// Reads where somebody is, or says all that is wrong with it.
pub(super) fn presence(value: &Value) -> Result<NewPresence<'_>, Vec<String>> {
    let mut wrong = Vec::new();
    PRESENCE.check(value, &mut wrong);
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(NewPresence {
        username: text(&value["username"]),
        avatar: text(&value["avatar"]),
        room: text(&value["currentRoom"]["name"]),
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Kind {
    fn check(&self, value: &Value, wrong: &mut Vec<String>) {
        match (self, value) {
            (Kind::Text, Value::String(_)) => {}
            (Kind::Text, _) => wrong.push("should be string".to_owned()),
            (Kind::Object(properties), Value::Object(fields)) => {
                let is_known = |name: &str| properties.iter().any(|(known, _)| *known == name);
                let more = fields.keys().filter(|name| !is_known(name)).count();
                let more = more.min(WRONG_MAX);
                wrong.extend((0..more).map(|_| "should NOT have additional properties".to_owned()));
                for (name, kind) in *properties {
                    match fields.get(*name) {
                        Some(value) => kind.check(value, wrong),
                        None => wrong.push(format!("should have required property '{name}'")),
                    }
                }
            }
            (Kind::Object(_), _) => wrong.push("should be object".to_owned()),
        }
    }
}

/// So many properties too many are named, at most.
const WRONG_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_is_these_four_and_nothing_else() {
        let room = json!({ "label": "Cooking", "name": "/cooking" });
        let good = json!({ "message": "hi", "username": "ann", "chatRoom": room, "uuid": "u" });
        let read = NewMessage { username: "ann", message: "hi", uuid: "u", room: "/cooking" };
        assert_eq!(message(&good), Ok(read));
        let of = |value: Value| message(&value).expect_err("refused");
        let missing = |name: &str| format!("should have required property '{name}'");
        let all: Vec<String> = ["username", "message", "uuid", "chatRoom"].map(missing).into();
        assert_eq!(of(json!({})), all);
        for value in [json!(null), json!("hi"), json!([]), json!(1)] {
            assert_eq!(of(value), ["should be object"]);
        }
        let mut more = good.clone();
        more["more"] = json!(1);
        assert_eq!(of(more), ["should NOT have additional properties"]);
        let wrong = json!({ "message": 1, "username": null, "chatRoom": {}, "uuid": [] });
        let label_and_name = [missing("label"), missing("name")];
        assert_eq!(of(wrong)[..3], ["should be string", "should be string", "should be string"]);
        let wrong = json!({ "message": "", "username": "", "chatRoom": {}, "uuid": "" });
        assert_eq!(of(wrong), label_and_name);
        let wrong = json!({ "message": "", "username": "", "chatRoom": "x", "uuid": "" });
        assert_eq!(of(wrong), ["should be object"]);
        let wrong =
            json!({ "message": "", "username": "", "chatRoom": room, "uuid": "é".repeat(65) });
        assert_eq!(of(wrong), ["should NOT be longer than 64 characters"]);
    }

    #[test]
    fn a_presence_is_these_three_and_nothing_else() {
        let room = json!({ "label": "Cooking", "name": "/cooking" });
        let good = json!({ "username": "ann", "avatar": "a", "currentRoom": room });
        let read = NewPresence { username: "ann", avatar: "a", room: "/cooking" };
        assert_eq!(presence(&good), Ok(read));
        let wrong = json!({ "username": "ann", "currentRoom": { "label": 1, "x": 1 }, "y": 1 });
        let additional = "should NOT have additional properties";
        let expected = [
            additional,
            "should have required property 'avatar'",
            additional,
            "should be string",
            "should have required property 'name'",
        ];
        assert_eq!(presence(&wrong).expect_err("refused"), expected);
    }
}
