//! What the dialect's clients are told, in their words. Pure.

use crate::gateway::dialect::date::iso_text;
use crate::gateway::problem::Problem;
use houseful_room::{AccountId, CommandId, Wall};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;

/// The status of what a client got wrong: the old server's, though nothing is missing.
pub(super) const WRONG: u16 = 404;
/// The status of what may be tried again later.
pub(super) const TOO_MUCH: u16 = 429;

/// An event and what it brings, as JSON: made once for all who are told.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) name: Arc<str>,
    pub(super) body: Arc<str>,
}

/// What everything is put into.
#[derive(Serialize)]
struct Body<D, E> {
    data: D,
    error: E,
}

/// Somebody in a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct User {
    pub(super) username: String,
    pub(super) avatar: String,
}

/// What a room is called: to people, and in events.
#[derive(Clone, Copy, Serialize)]
pub(super) struct Room<'a> {
    pub(super) label: &'a str,
    pub(super) name: &'a str,
}

/// A message that was said.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Message<'a> {
    pub(super) message: &'a str,
    pub(super) username: &'a str,
    pub(super) chat_room: Room<'a>,
    pub(super) uuid: &'a str,
}

/// Data with the server's time.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct At<T> {
    #[serde(flatten)]
    data: T,
    server_timestamp: String,
}

/// Users by the names of their rooms, in the order of the rooms.
struct PerRoom<'a>(&'a [(&'a str, Vec<User>)]);

impl Serialize for PerRoom<'_> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.0.iter().map(|(name, users)| (name, users)))
    }
}

impl Said {
    fn new<D: Serialize, E: Serialize>(name: &str, data: D, error: E) -> Said {
        // Texts and lists of ours have no way to fail.
        let body = serde_json::to_string(&Body { data, error }).unwrap_or_default();
        Said { name: name.into(), body: body.into() }
    }
}

/// An error, for whoever made it.
pub(super) fn server_error(status: u16, message: &str, errors: &[String]) -> Said {
    #[derive(Serialize)]
    struct Wrong<'a> {
        status: u16,
        message: &'a str,
        errors: &'a [String],
    }
    Said::new("server_error", (), Wrong { status, message, errors })
}

/// A message, as the event that is called like its room.
pub(super) fn message(message: Message<'_>, at: Wall) -> Said {
    let name = message.chat_room.name;
    Said::new(name, At { data: message, server_timestamp: iso_text(at) }, ())
}

/// Who is where.
pub(super) fn presence(rooms: &[(&str, Vec<User>)], at: Wall) -> Said {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Presence<'a> {
        users_per_room: PerRoom<'a>,
        server_timestamp: String,
    }
    let data = Presence { users_per_room: PerRoom(rooms), server_timestamp: iso_text(at) };
    Said::new("presence_information", data, ())
}

/// The rooms there are.
pub(super) fn rooms(rooms: &[Room<'_>]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Rooms<'a> {
        chat_rooms: &'a [Room<'a>],
    }
    #[derive(Serialize)]
    struct Data<'a> {
        data: Rooms<'a>,
    }
    serde_json::to_string(&Data { data: Rooms { chat_rooms: rooms } }).unwrap_or_default()
}

/// What a room, or the server, would not do.
pub(super) fn refused(problem: &Problem) -> Said {
    let fields = problem.fields.iter().map(|(field, reason)| format!("{field}: {reason}"));
    let text = problem.detail.as_deref().unwrap_or(&problem.title);
    match &*problem.code {
        "invalid_command" => {
            server_error(WRONG, "Incoming message is not valid", &fields.collect::<Vec<_>>())
        }
        "too_fast" | "slow_mode" | "rate_limited" | "busy" => server_error(TOO_MUCH, text, &[]),
        _ => server_error(problem.status, text, &[]),
    }
}

/// The command of a message that its client calls so: said again it is the same command, which has no second effect.
pub(super) fn command_id(by: AccountId, room: &str, mark: &str) -> CommandId {
    CommandId(name_of(&[&by.0.to_string(), room, mark]))
}

/// What a message is called whose client calls it nothing.
pub(super) fn uuid_of(room: &str, no: u64) -> String {
    name_of(&[room, &no.to_string()]).to_string()
}

/// A UUID (version 8) of these words.
fn name_of(words: &[&str]) -> Uuid {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(word.len().to_be_bytes());
        hash.update(word);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// A picture of somebody who has brought none: the first letter of their name on a colour of their own. It lies within
/// its address, so no other server learns who looks.
pub(super) fn avatar(name: &str) -> String {
    let hue = name.bytes().fold(0_u32, |hue, byte| (hue * 31 + u32::from(byte)) % 360);
    let letter = name.chars().find(|letter| letter.is_alphanumeric()).unwrap_or('?');
    let letter = letter.to_uppercase().next().unwrap_or(letter);
    let bytes: String = letter.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!(
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 50 50'%3E%3Crect width='50' \
         height='50' fill='hsl({hue},45%25,45%25)'/%3E%3Ctext x='25' y='33' font-size='24' text-anchor='middle' \
         fill='white' font-family='sans-serif'%3E{bytes}%3C/text%3E%3C/svg%3E"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_in_the_order_of_the_old_server() {
        let room = Room { label: "B", name: "/b" };
        let said = Message { message: "hi", username: "ann", chat_room: room, uuid: "u" };
        assert_eq!(
            &*message(said, Wall(0)).body,
            r#"{"data":{"message":"hi","username":"ann","chatRoom":{"label":"B","name":"/b"},"uuid":"u","serverTimestamp":"1970-01-01T00:00:00.000Z"},"error":null}"#
        );
        let ann = User { username: "ann".to_owned(), avatar: "a".to_owned() };
        assert_eq!(
            &*presence(&[("/b", vec![ann]), ("/a", vec![])], Wall(0)).body,
            r#"{"data":{"usersPerRoom":{"/b":[{"username":"ann","avatar":"a"}],"/a":[]},"serverTimestamp":"1970-01-01T00:00:00.000Z"},"error":null}"#
        );
        assert_eq!(
            &*server_error(404, "no", &["x".to_owned()]).body,
            r#"{"data":null,"error":{"status":404,"message":"no","errors":["x"]}}"#
        );
        assert_eq!(rooms(&[room]), r#"{"data":{"chatRooms":[{"label":"B","name":"/b"}]}}"#);
    }

    #[test]
    fn one_message_is_one_command() {
        let id = command_id(AccountId(1), "rooms/a", "u");
        assert_eq!(command_id(AccountId(1), "rooms/a", "u"), id);
        for (by, room, mark) in [(2, "rooms/a", "u"), (1, "rooms/b", "u"), (1, "rooms/a", "v")] {
            assert_ne!(command_id(AccountId(by), room, mark), id);
        }
        assert_ne!(
            command_id(AccountId(1), "rooms/au", ""),
            command_id(AccountId(1), "rooms/a", "u")
        );
    }

    #[test]
    fn a_picture_has_no_words_but_ours() {
        let picture = avatar("<script>");
        assert!(picture.starts_with("data:image/svg+xml,") && !picture.contains("script"));
        assert!(avatar("").contains("%3F") && avatar("ärger").contains("%C3%84"));
    }
}
