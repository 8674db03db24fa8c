//! Everything that a chat refuses, in kind words. Codes are PROTOCOL.md's.

use houseful_room::Refusal;
use serde_json::json;

pub(super) fn not_allowed() -> Refusal {
    Refusal::new("not_allowed", "Only those who keep order in this room can do that.")
}

pub(super) fn not_author() -> Refusal {
    Refusal::new("not_author", "Only whoever wrote a message can change it.")
}

pub(super) fn no_such_message(no: u64) -> Refusal {
    Refusal::new("no_such_message", "There is no such message.").details(json!({ "no": no }))
}

pub(super) fn message_deleted(no: u64) -> Refusal {
    Refusal::new("message_deleted", "This message was deleted.").details(json!({ "no": no }))
}

pub(super) fn no_such_person() -> Refusal {
    Refusal::new("no_such_person", "There is nobody like that in this room.")
}

pub(super) fn muted(wait_ms: u64) -> Refusal {
    let text = "You cannot write in this room for a while.";
    Refusal::new("muted", text).retry_after_ms(wait_ms)
}

pub(super) fn too_many_muted() -> Refusal {
    Refusal::new("too_many_muted", "Too many people are muted here. Let some speak again first.")
}

pub(super) fn too_fast(wait_ms: u64) -> Refusal {
    let text = "You are writing too fast. Please wait a moment.";
    Refusal::new("too_fast", text).retry_after_ms(wait_ms)
}

pub(super) fn slow_mode(wait_ms: u64) -> Refusal {
    let text = "This room is in slow mode. Please wait before your next message.";
    Refusal::new("slow_mode", text).retry_after_ms(wait_ms)
}

pub(super) fn too_many_reactions() -> Refusal {
    Refusal::new("too_many_reactions", "This message has as many reactions as it can.")
}

pub(super) fn unknown_live() -> Refusal {
    Refusal::new("unknown_live", "A chat shows only that somebody types.")
}

pub(super) fn invalid_live() -> Refusal {
    Refusal::new("invalid_live", "`typing` is true, or null.").field("value", "this must be true")
}

/// A value of ours could not be written: a bug, contained.
pub(super) fn internal() -> Refusal {
    Refusal::new("internal", "Something went wrong on our side. Nothing was changed.")
}
