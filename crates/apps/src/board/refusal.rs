//! Everything that a board refuses, in kind words. Codes are PROTOCOL.md's.

use houseful_room::Refusal;
use serde_json::json;

pub(super) fn not_allowed() -> Refusal {
    Refusal::new("not_allowed", "Only those who keep order in this room can do that.")
}

pub(super) fn invalid(field: &str, reason: &str) -> Refusal {
    Refusal::new("invalid_command", format!("{field}: {reason}")).field(field, reason)
}

pub(super) fn item_exists(ids: &[&String]) -> Refusal {
    let text = "There is such an item on the board already.";
    Refusal::new("item_exists", text).details(json!({ "ids": ids }))
}

pub(super) fn no_such_item(ids: &[&String]) -> Refusal {
    let text = "This is no longer on the board.";
    Refusal::new("no_such_item", text).details(json!({ "ids": ids }))
}

pub(super) fn board_full() -> Refusal {
    Refusal::new("board_full", "There is no room left on this board. Please take something off.")
}

pub(super) fn nothing_to_undo() -> Refusal {
    Refusal::new("nothing_to_undo", "There is nothing of yours to undo.")
}

pub(super) fn nothing_to_redo() -> Refusal {
    Refusal::new("nothing_to_redo", "There is nothing of yours to do again.")
}

pub(super) fn changed_since(deed: u64) -> Refusal {
    let text = "Somebody else has changed this since.";
    Refusal::new("changed_since", text).details(json!({ "deed": deed }))
}

pub(super) fn unknown_live() -> Refusal {
    Refusal::new("unknown_live", "A board shows cursors and what is being drawn.")
}

pub(super) fn invalid_live(mut why: Refusal) -> Refusal {
    why.code = "invalid_live";
    why
}

/// Something of ours failed: a bug, contained.
pub(super) fn internal() -> Refusal {
    Refusal::new("internal", "Something went wrong on our side. Nothing was changed.")
}
