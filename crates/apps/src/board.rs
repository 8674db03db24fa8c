//! A whiteboard: figures that everyone may draw, move and take away, and undo of one's own. Every rule is here, and
//! nothing of clocks, sockets, disks or pixels.

pub mod commands;
pub mod config;
pub mod deeds;
mod draw;
mod erase;
mod history;
pub mod item;
mod refusal;
#[cfg(feature = "testkit")]
pub mod sim;
pub mod state;

pub use commands::Command;
pub use config::BoardConfig;
pub use item::Item;
pub use state::BoardState;

use crate::fields;
use crate::guests::{self, Guests};
use houseful_room::{
    AccountId, Admission, Caller, Limits, Principal, Read, Refusal, RoomApp, Tx, body,
};
use std::sync::Arc;

/// Where a member points.
pub const CURSOR: &str = "cursor";
/// What a member is drawing and has not put down yet.
pub const DRAFT: &str = "draft";

/// A room in which people draw.
pub struct Board {
    guests: Guests,
    config: BoardConfig,
}

/// What a handler works on.
pub(crate) type BoardTx<'a> = Tx<'a, BoardState>;

impl Board {
    /// Checks, after the writes of a command, that the board can have them.
    fn must_have_room(&self, tx: &BoardTx<'_>) -> Result<(), Refusal> {
        let BoardConfig { items_max, bytes_max } = self.config;
        let fits = tx.state.items.len() <= items_max && tx.state.sums().bytes <= bytes_max;
        fits.then_some(()).ok_or_else(refusal::board_full)
    }
}

impl RoomApp for Board {
    const NAME: &'static str = "board";
    const VERSION: u32 = 1;
    type State = BoardState;
    type Command = Command;
    const COMMANDS: &'static [(&'static str, Read<Command>)] = commands::COMMANDS;

    fn configure(config: &str) -> Result<Self, Refusal> {
        let (guests, config) = BoardConfig::read(config)?;
        Ok(Board { guests, config })
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn empty(&self) -> BoardState {
        BoardState::new()
    }

    fn open(&self, _: &mut BoardTx<'_>) -> Result<(), Refusal> {
        Ok(())
    }

    fn admit(&self, _: &BoardState, who: &Principal) -> Admission {
        self.guests.admit(who)
    }

    fn groups(&self, _: &BoardState, _: &Principal, role: &str) -> Vec<Arc<str>> {
        guests::groups(role)
    }

    fn command(
        &self,
        tx: &mut BoardTx<'_>,
        by: &Caller,
        command: Command,
    ) -> Result<String, Refusal> {
        commands::run(self, tx, by, command)
    }

    fn live(
        &self,
        _: &BoardState,
        _: &Caller,
        shape: &str,
        value: &str,
    ) -> Result<String, Refusal> {
        match shape {
            CURSOR => {
                let (x, y): (i32, i32) = body(value).map_err(refusal::invalid_live)?;
                match item::is_within_reach(&[x, y]) {
                    true => Ok(format!("[{x},{y}]")),
                    false => Err(refusal::invalid_live(refusal::invalid("value", "out of reach"))),
                }
            }
            DRAFT => {
                let figure = fields::read(value, item::figure).map_err(refusal::invalid_live)?;
                serde_json::to_string(&figure).map_err(|_| refusal::internal())
            }
            _ => Err(refusal::unknown_live()),
        }
    }

    fn timer(&self, _: &mut BoardTx<'_>, _: &str) {}

    /// Everyone who drew something that is still there.
    fn mentions(&self, state: &BoardState, _: &str, account: AccountId) -> bool {
        state.items.iter().any(|(_, item)| item.by == account)
    }

    fn erase(account: AccountId, shape: &str, value: &str) -> Option<String> {
        erase::erase(account, shape, value)
    }

    fn check(&self, state: &BoardState) -> Result<(), String> {
        let sums = state.sums();
        let bytes: u64 = state.items.iter().map(|(id, item)| item.bytes(id)).sum();
        let deed_bytes: u64 = state.deeds.iter().map(|(_, deed)| deed.bytes()).sum();
        if (sums.bytes, sums.deed_bytes) != (bytes, deed_bytes) {
            return Err(format!("{sums:?}, but there are {bytes} and {deed_bytes} bytes"));
        }
        if state.items.iter().any(|(_, item)| item.z > sums.top) {
            return Err("something lies above the top".to_owned());
        }
        match state.items.len() > self.config.items_max || bytes > self.config.bytes_max {
            true => Err("I10: there is more on the board than it can have".to_owned()),
            false => Ok(()),
        }
    }
}
