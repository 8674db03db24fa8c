//! What a chat is opened with. It is stored with the room and read at every recovery.

use crate::guests::Guests;
use houseful_room::{LOG_ROWS_KEPT, LOG_ROWS_SHOWN, Refusal};
use serde::Deserialize;

/// A chat's own part of a room's configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChatConfig {
    /// The room's path, by which mentions name it outside of it; that of the door, if there is one.
    #[serde(default)]
    pub room: String,
    /// The event whose seats can be spoken of, if the chat belongs to one.
    #[serde(default)]
    pub event: Option<EventSeats>,
    /// How many messages stay in memory.
    #[serde(default = "default_kept")]
    pub kept: usize,
}

/// An event, and how many seats its plan has.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSeats {
    /// Its number.
    pub id: u64,
    /// Seats have the indices below this number.
    pub seats: u32,
}

fn default_kept() -> usize {
    LOG_ROWS_KEPT
}

impl ChatConfig {
    /// Reads a room's configuration.
    pub(super) fn read(config: &str) -> Result<(Guests, ChatConfig), Refusal> {
        let (guests, mut chat): (Guests, ChatConfig) = Guests::read(config)?;
        if chat.room.is_empty() {
            chat.room.clone_from(&guests.path);
        }
        if chat.room.is_empty() {
            let refusal =
                Refusal::new("invalid_config", "app.room: missing, and the room has no path");
            return Err(refusal.field("app.room", "missing"));
        }
        if !(LOG_ROWS_SHOWN..=LOG_ROWS_KEPT).contains(&chat.kept) {
            let reason = format!("between {LOG_ROWS_SHOWN} and {LOG_ROWS_KEPT}");
            let refusal = Refusal::new("invalid_config", format!("app.kept: {reason}"));
            return Err(refusal.field("app.kept", reason));
        }
        Ok((guests, chat))
    }
}
