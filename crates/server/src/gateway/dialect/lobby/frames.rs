//! What the lobby dialect says and hears: JSON in JSON, keys in any case, a newline behind each answer. Pure.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// Told while too few people are in a room; clients know the text.
const WAITING: &str = r#"{"running":"false", "message":"waiting for room to start"}"#;

/// What a client asks.
#[derive(Debug, PartialEq)]
pub(super) enum Asked {
    /// To be somebody.
    Lobby(Fields),
    /// To come into a room.
    Enter(Fields),
    /// Something of a room that one is in.
    Room(Fields),
    /// To be taken for the server: the type that it wrote.
    Forged(String),
    /// Something that this dialect has no answer to.
    Nothing,
    /// What cannot be read.
    Bad(&'static str),
}

/// A payload's fields, by their names in small letters.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Fields(Map<String, Value>);

/// A room in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Listed {
    #[serde(rename = "ID")]
    pub(super) id: String,
    #[serde(rename = "Name")]
    pub(super) name: String,
    /// Its application, for pages that have windows for more than one.
    #[serde(rename = "App")]
    pub(super) app: String,
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(rename = "Type")]
    r#type: &'a str,
    #[serde(rename = "Payload")]
    payload: &'a str,
    #[serde(rename = "RoomID")]
    room: &'a str,
}

/// Types that the server alone sends.
const OURS: [&str; 7] = [
    "CREATED",
    "ERROR",
    "USER_LOBBY_DATA",
    "USER_JOINED_ROOM",
    "ROOM_BROADCAST",
    "ROOM_BROADCAST_INIT",
    "ROOM_BROADCAST_MESSAGE",
];

impl Asked {
    /// Reads a message.
    pub(super) fn read(text: &[u8]) -> Asked {
        let Ok(Value::Object(fields)) = serde_json::from_slice(text) else {
            return Asked::Bad("The message must be a JSON object");
        };
        let Fields(mut fields) = Fields::of(fields);
        let asked = match fields.get("messagetype").and_then(Value::as_str) {
            Some("LOBBY_USER_JOIN_REQUEST") => Asked::Lobby,
            Some("LOBBY_ROOM_REQUEST") => Asked::Enter,
            Some("ROOM_REQUEST") => Asked::Room,
            Some(ours) if OURS.contains(&ours) => return Asked::Forged(ours.to_owned()),
            _ => return Asked::Nothing,
        };
        let Some(Value::String(payload)) = fields.remove("payload") else {
            return Asked::Bad("payload must be JSON in a text");
        };
        match serde_json::from_str(&payload) {
            Ok(Value::Object(payload)) => asked(Fields::of(payload)),
            Ok(_) => asked(Fields::default()),
            Err(_) => Asked::Bad("payload must be JSON in a text"),
        }
    }
}

impl Fields {
    fn of(fields: Map<String, Value>) -> Fields {
        let lower = |(name, value): (String, Value)| (name.to_ascii_lowercase(), value);
        Fields(fields.into_iter().map(lower).collect())
    }

    /// A text that says something.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// Whatever is there.
    pub(super) fn value(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }
}

/// The first word.
pub(super) fn created() -> String {
    frame("CREATED", "{}", "")
}

/// Who one is, and the rooms that one may enter.
pub(super) fn lobby(user: &str, rooms: &[Listed]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Data<'a> {
        user: User<'a>,
        rooms: &'a [Listed],
    }
    #[derive(Serialize)]
    struct User<'a> {
        #[serde(rename = "ID")]
        id: &'a str,
    }
    let data = Data { user: User { id: user }, rooms };
    frame("USER_LOBBY_DATA", &serde_json::to_string(&data).unwrap_or_default(), "")
}

/// One is in a room.
pub(super) fn joined(room: &str) -> String {
    frame("USER_JOINED_ROOM", &json!({ "RoomId": room }).to_string(), room)
}

/// A room has too few people.
pub(super) fn waiting(room: &str) -> String {
    frame("ROOM_BROADCAST", WAITING, room)
}

/// The first state that somebody gets of a room that runs.
pub(super) fn init(room: &str, state: &str) -> String {
    frame("ROOM_BROADCAST_INIT", state, room)
}

/// The state after a change.
pub(super) fn broadcast(room: &str, state: &str) -> String {
    frame("ROOM_BROADCAST", state, room)
}

/// What happened to the room, in words.
pub(super) fn notice(room: &str, text: &str) -> String {
    frame("ROOM_BROADCAST_MESSAGE", &json!({ "message": text }).to_string(), room)
}

/// Why not, for the sender alone.
pub(super) fn error(room: &str, text: &str) -> String {
    frame("ERROR", text, room)
}

fn frame(r#type: &str, payload: &str, room: &str) -> String {
    // Texts can always be written.
    let mut text = serde_json::to_string(&Answer { r#type, payload, room }).unwrap_or_default();
    text.push('\n');
    text
}

/// As the old page may put it into its HTML; it renders nothing between attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_any_case() {
        for text in [
            r#"{"messageType":"LOBBY_ROOM_REQUEST","payLoad":"{\"ROOMID\":\"R:1\"}"}"#,
            r#"{"MESSAGETYPE":"LOBBY_ROOM_REQUEST","payload":"{\"roomId\":\"R:1\"}"}"#,
        ] {
            match Asked::read(text.as_bytes()) {
                Asked::Enter(fields) => assert_eq!(fields.text("roomid"), Some("R:1")),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_is_no_request_is_told_apart() {
        let read = |text: &str| Asked::read(text.as_bytes());
        for bad in ["", "[]", "null", "x", r#"{"messageType":"ROOM_REQUEST","payload":{}}"#] {
            assert!(matches!(read(bad), Asked::Bad(_)), "{bad}");
        }
        for nothing in ["{}", r#"{"messageType":7}"#, r#"{"messageType":"room_request"}"#] {
            assert_eq!(read(nothing), Asked::Nothing, "{nothing}");
        }
        for ours in OURS {
            let text = format!(r#"{{"messageType":"{ours}","payload":"{{}}"}}"#);
            assert_eq!(read(&text), Asked::Forged(ours.to_owned()));
        }
        let text = r#"{"messageType":"ROOM_REQUEST","payload":"null"}"#;
        assert_eq!(read(text), Asked::Room(Fields::default()));
    }

    #[test]
    fn answers_are_written_as_they_were() {
        assert_eq!(created(), "{\"Type\":\"CREATED\",\"Payload\":\"{}\",\"RoomID\":\"\"}\n");
        let listed = |id: &str| Listed { id: id.into(), name: "N".into(), app: "chat".into() };
        let text = lobby("user:1", &[listed("R:1")]);
        assert!(text.contains(
            r#"{\"User\":{\"ID\":\"user:1\"},\"Rooms\":[{\"ID\":\"R:1\",\"Name\":\"N\""#
        ));
        assert_eq!(escaped(r#"<b a="1">&'"#), "&lt;b a=&quot;1&quot;&gt;&amp;'");
    }
}
