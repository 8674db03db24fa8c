//! What a board is opened with. It is stored with the room and read at every recovery.

use crate::guests::Guests;
use houseful_room::Refusal;
use serde::Deserialize;

/// Items on a board: what a page still shows smoothly.
pub const ITEMS_MAX: usize = 5_000;
/// Bytes of all items with their ids: what a newcomer is sent at once.
pub const BYTES_MAX: u64 = 300_000;

/// A board's own part of a room's configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BoardConfig {
    /// Items that it may have.
    #[serde(default = "default_items")]
    pub items_max: usize,
    /// Bytes that all of them may have.
    #[serde(default = "default_bytes")]
    pub bytes_max: u64,
}

fn default_items() -> usize {
    ITEMS_MAX
}

fn default_bytes() -> u64 {
    BYTES_MAX
}

impl BoardConfig {
    /// Reads a room's configuration.
    pub(super) fn read(config: &str) -> Result<(Guests, BoardConfig), Refusal> {
        let (guests, board): (Guests, BoardConfig) = Guests::read(config)?;
        if board.items_max > ITEMS_MAX || board.bytes_max > BYTES_MAX {
            let text = format!("A board has at most {ITEMS_MAX} items and {BYTES_MAX} bytes.");
            return Err(Refusal::new("invalid_config", text).field("app", "too much"));
        }
        Ok((guests, board))
    }
}
