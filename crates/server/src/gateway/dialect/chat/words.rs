//! What the dialect's clients are told, in their words. Pure.

use crate::gateway::problem::Problem;
use houseful_room::{AccountId, CommandId, Wall};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The status of what a client got wrong: the old server's, though nothing is missing.
pub(super) const WRONG: u16 = 404;
/// The status of what may be tried again later.
pub(super) const TOO_MUCH: u16 = 429;

/// An event and what it brings.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) name: std::sync::Arc<str>,
    pub(super) body: Value,
}

/// An error, for whoever made it.
pub(super) fn server_error(status: u16, message: &str, errors: &[String]) -> Said {
    let error = json!({ "status": status, "message": message, "errors": errors });
    Said { name: "server_error".into(), body: json!({ "data": null, "error": error }) }
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

/// What is told of anything, with the server's time.
pub(super) fn told(name: &str, mut data: Value, at: Wall) -> Said {
    data["serverTimestamp"] = iso(at).into();
    Said { name: name.into(), body: json!({ "data": data, "error": null }) }
}

/// As JavaScript writes times: always with milliseconds.
fn iso(at: Wall) -> String {
    let moment = Timestamp::from_millisecond(at.ms()).unwrap_or(Timestamp::MAX);
    moment.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
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

/// Text in a page.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_javascript() {
        assert_eq!(iso(Wall(1_588_334_400_000)), "2020-05-01T12:00:00.000Z");
        assert_eq!(iso(Wall(1_588_334_400_007)), "2020-05-01T12:00:00.007Z");
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
