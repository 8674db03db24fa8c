//! A raffle: people enter, and one of them wins. It has a mistake, to show that the test kit finds it: who wins is
//! decided by the order of a hash map, so it cannot be done again, by anyone. No example to follow.

use houseful_room::{
    AccountId, Admission, Audience, Caller, Cell, Limits, Principal, Read, Refusal, RoomApp, Rows,
    Tx, synced,
};
use std::collections::HashSet;

synced! {
    /// The shapes.
    pub struct Drum {
        /// Who has entered.
        pub entered: Rows<AccountId, bool>,
        /// Who won last.
        pub winner: Cell<AccountId>,
    }
}

/// The raffle: with the mistake, or with it mended.
pub struct Raffle<const MENDED: bool>;

/// What can be asked.
pub enum Command {
    /// To be in it.
    Enter,
    /// A winner.
    Draw,
}

impl<const MENDED: bool> RoomApp for Raffle<MENDED> {
    const NAME: &'static str = "raffle";
    const VERSION: u32 = 1;
    type State = Drum;
    type Command = Command;
    const COMMANDS: &'static [(&'static str, Read<Command>)] =
        &[("enter", |_| Ok(Command::Enter)), ("draw", |_| Ok(Command::Draw))];

    fn configure(_: &str) -> Result<Self, Refusal> {
        Ok(Raffle)
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn empty(&self) -> Drum {
        Drum { entered: Rows::default(), winner: Cell::default() }
    }

    fn open(&self, _: &mut Tx<'_, Drum>) -> Result<(), Refusal> {
        Ok(())
    }

    fn admit(&self, _: &Drum, _: &Principal) -> Admission {
        Admission::Enter("guest")
    }

    fn command(
        &self,
        tx: &mut Tx<'_, Drum>,
        by: &Caller,
        command: Command,
    ) -> Result<String, Refusal> {
        match command {
            Command::Enter => tx.state.entered.put(by.account, Audience::All, true),
            Command::Draw => {
                let winner = if MENDED { drawn(tx) } else { first_of_a_set(tx) };
                let none = || Refusal::new("empty", "Nobody has entered.");
                tx.state.winner.set(winner.ok_or_else(none)?);
            }
        }
        Ok("{}".to_owned())
    }

    fn timer(&self, _: &mut Tx<'_, Drum>, _: &str) {}
}

/// The mistake: each set has an order of its own, and nobody knows which.
fn first_of_a_set(tx: &Tx<'_, Drum>) -> Option<AccountId> {
    let entered: HashSet<AccountId> = tx.state.entered.iter().map(|(id, _)| *id).collect();
    entered.into_iter().next()
}

/// Chance comes in with the transaction, like time.
fn drawn(tx: &mut Tx<'_, Drum>) -> Option<AccountId> {
    let count = tx.state.entered.len() as u64;
    let nth = tx.random().checked_rem(count)?;
    tx.state.entered.iter().map(|(id, _)| *id).nth(usize::try_from(nth).ok()?)
}
