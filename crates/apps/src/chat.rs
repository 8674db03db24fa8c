//! A chat: messages that stay, and how order is kept among those who write them. Every rule is here, and nothing
//! of clocks, sockets or disks; who may be in the room is the door's.

pub mod commands;
pub mod config;
mod derived;
mod order;
mod pace;
mod react;
mod refusal;
mod say;
pub mod seen;
#[cfg(feature = "testkit")]
pub mod sim;
pub mod state;

pub use commands::Command;
pub use config::ChatConfig;
pub use state::{ChatState, Message};

use crate::guests::{self, Guests, keeps_order};
use houseful_room::{
    AccountId, Admission, Caller, DerivedRow, Limits, Principal, Read, Refusal, RoomApp, Tx,
};
use serde::Deserialize;
use std::sync::Arc;

/// What a member shows while they write.
pub const TYPING: &str = "typing";

/// A room in which people write to each other.
pub struct Chat {
    guests: Guests,
    config: ChatConfig,
}

/// What a handler works on.
pub(crate) type ChatTx<'a> = Tx<'a, ChatState>;

impl Chat {
    /// Whether somebody is here, was spoken of, or runs the room.
    fn knows(&self, tx: &ChatTx<'_>, account: AccountId) -> bool {
        tx.is_member(account)
            || tx.state.people.get(&account).is_some()
            || self.keeps_order(tx, account)
    }

    /// Whether somebody runs the room: by its door, or by its configuration where it has none.
    fn keeps_order(&self, tx: &ChatTx<'_>, account: AccountId) -> bool {
        self.guests.is_keeper(account) || tx.is_keeper(account)
    }
}

impl RoomApp for Chat {
    const NAME: &'static str = "chat";
    const VERSION: u32 = 1;
    type State = ChatState;
    type Command = Command;
    const COMMANDS: &'static [(&'static str, Read<Command>)] = commands::COMMANDS;

    fn configure(config: &str) -> Result<Self, Refusal> {
        let (guests, config) = ChatConfig::read(config)?;
        Ok(Chat { guests, config })
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn empty(&self) -> ChatState {
        ChatState::new(self.config.kept)
    }

    fn open(&self, tx: &mut ChatTx<'_>) -> Result<(), Refusal> {
        tx.state.rules.set(state::Rules::default());
        Ok(())
    }

    fn admit(&self, _: &ChatState, who: &Principal) -> Admission {
        self.guests.admit(who)
    }

    fn groups(&self, _: &ChatState, _: &Principal, role: &str) -> Vec<Arc<str>> {
        guests::groups(role)
    }

    fn command(
        &self,
        tx: &mut ChatTx<'_>,
        by: &Caller,
        command: Command,
    ) -> Result<String, Refusal> {
        commands::run(self, tx, by, command)
    }

    fn live(
        &self,
        state: &ChatState,
        by: &Caller,
        shape: &str,
        value: &str,
    ) -> Result<String, Refusal> {
        match (shape, value) {
            (TYPING, "true") if state.muted_until(by.account).is_some() => {
                Err(Refusal::new("muted", "You cannot write in this room for a while."))
            }
            (TYPING, "true") => Ok(value.to_owned()),
            (TYPING, _) => Err(refusal::invalid_live()),
            _ => Err(refusal::unknown_live()),
        }
    }

    /// Messages that are older than the room's memory are amended too.
    fn wants(&self, state: &ChatState, name: &str, body: &str) -> Option<(&'static str, u64)> {
        #[derive(Deserialize)]
        struct Named {
            no: u64,
        }
        if !matches!(name, "edit" | "delete" | "react") {
            return None;
        }
        let Named { no } = houseful_room::body(body).ok()?;
        let is_old = (1..=state.messages.last()).contains(&no) && state.messages.get(no).is_none();
        is_old.then_some(("messages", no))
    }

    fn timer(&self, tx: &mut ChatTx<'_>, key: &str) {
        order::end_mute(tx, key);
    }

    fn derived(&self, state: &ChatState) -> Vec<DerivedRow> {
        derived::all(self, state)
    }

    /// Everyone of whom the chat speaks, and who runs it; those who keep order also know who may not speak.
    fn mentions(&self, state: &ChatState, role: &str, account: AccountId) -> bool {
        state.people.get(&account).is_some()
            || self.guests.is_keeper(account)
            || keeps_order(role) && state.muted.get(&account).is_some()
    }

    fn erase(account: AccountId, shape: &str, value: &str) -> Option<String> {
        state::erase(account, shape, value)
    }

    fn check(&self, state: &ChatState) -> Result<(), String> {
        let unfit = |message: &Message| message.deleted.is_some() != message.text.is_empty();
        if let Some((no, message)) = state.messages.iter().find(|(_, message)| unfit(message)) {
            return Err(format!("message {no} is neither said nor deleted: {message:?}"));
        }
        let has_row = |(id, muted): (&AccountId, &state::Muted)| {
            state.mine.get(id).is_some_and(|mine| mine.muted_until == muted.until)
        };
        if state.muted.len() != state.mine.len() || !state.muted.iter().all(has_row) {
            return Err("somebody is muted and not told, or told and not muted".to_owned());
        }
        Ok(())
    }
}
