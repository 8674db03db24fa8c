//! What a copy shows of a chat, and how one speaks in it, for clients that know neither its shapes nor its commands.

use super::Message;
use houseful_room::AccountId;
use houseful_room::{Replica, Wall};
use serde::Deserialize;
use serde_json::{Value, json};

/// The messages that stand, in order, as far back as a copy goes.
pub fn lines(copy: &Replica) -> impl Iterator<Item = Line> {
    copy.log("messages").filter_map(|(no, value)| {
        let Message { by, at, text, deleted, .. } = Message::deserialize(value).ok()?;
        deleted.is_none().then_some(Line { no, by, at, text })
    })
}

/// The command that says something.
pub fn say(text: &str) -> (&'static str, Value) {
    ("say", json!({ "text": text }))
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
}
