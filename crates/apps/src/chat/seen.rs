//! What a copy shows of a chat, and how one speaks in it, for clients that know neither its shapes nor its commands.

use super::Message;
use houseful_room::{AccountId, Replica, Wall};
use serde::Deserialize;
use serde_json::{Value, json};

pub use super::commands::MARK_CHARS_MAX;

/// The messages that stand, in order, as far back as a copy goes.
pub fn lines(copy: &Replica) -> impl Iterator<Item = Line> {
    copy.log("messages").filter_map(|(no, value)| {
        let Message { by, at, text, mark, deleted, .. } = Message::deserialize(value).ok()?;
        deleted.is_none().then_some(Line { no, by, at, text, mark })
    })
}

/// The number of the last message, whether or not it stands.
pub fn last(copy: &Replica) -> u64 {
    copy.log("messages").map(|(no, _)| no).max().unwrap_or_default()
}

/// The command that says something.
pub fn say(text: &str) -> (&'static str, Value) {
    ("say", json!({ "text": text }))
}

/// The same for a client that has a name of its own for the message.
pub fn say_marked(text: &str, mark: &str) -> (&'static str, Value) {
    ("say", json!({ "text": text, "mark": mark }))
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number.
    pub no: u64,
    /// Who said it.
    pub by: AccountId,
    /// When.
    pub at: Wall,
    /// What.
    pub text: String,
    /// What its author's client calls it.
    pub mark: Option<String>,
}
