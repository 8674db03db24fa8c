//! A secret ballot: everyone votes once, and when it is closed all see the result. It has a mistake, to show that the
//! test kit finds it: a vote is a row that everyone sees. No example to follow.

use houseful_room::{
    AccountId, Admission, Audience, Caller, Cell, Limits, Principal, Read, Refusal, RoomApp, Rows,
    Tx, body, synced,
};
use serde::Deserialize;

synced! {
    /// The shapes.
    pub struct Votes {
        /// Each voter's own vote.
        pub votes: Rows<AccountId, bool>,
        /// How many have voted.
        pub turnout: Cell<usize>,
        /// How many said yes; nothing before it is closed.
        pub yes: Cell<usize>,
    }
}

/// The ballot: with the mistake, or with it mended.
pub struct Ballot<const MENDED: bool>;

/// What can be asked.
pub enum Command {
    /// A vote.
    Vote(Vote),
    /// The end.
    Close,
}

/// The body of `vote`.
#[derive(Deserialize)]
pub struct Vote {
    /// For it, or against.
    pub yes: bool,
}

impl<const MENDED: bool> RoomApp for Ballot<MENDED> {
    const NAME: &'static str = "ballot";
    const VERSION: u32 = 1;
    type State = Votes;
    type Command = Command;
    const COMMANDS: &'static [(&'static str, Read<Command>)] =
        &[("vote", |text| body(text).map(Command::Vote)), ("close", |_| Ok(Command::Close))];

    fn configure(_: &str) -> Result<Self, Refusal> {
        Ok(Ballot)
    }

    fn limits(&self) -> Limits {
        Limits::default()
    }

    fn empty(&self) -> Votes {
        Votes { votes: Rows::default(), turnout: Cell::default(), yes: Cell::default() }
    }

    fn open(&self, tx: &mut Tx<'_, Votes>) -> Result<(), Refusal> {
        tx.state.turnout.set(0);
        Ok(())
    }

    fn admit(&self, _: &Votes, _: &Principal) -> Admission {
        Admission::Enter("guest")
    }

    fn command(
        &self,
        tx: &mut Tx<'_, Votes>,
        by: &Caller,
        command: Command,
    ) -> Result<String, Refusal> {
        if tx.state.yes.get().is_some() {
            return Err(Refusal::new("closed", "The ballot is closed."));
        }
        match command {
            Command::Vote(_) if tx.state.votes.get(&by.account).is_some() => {
                return Err(Refusal::new("voted", "You have voted."));
            }
            Command::Vote(Vote { yes }) => {
                // The mistake: a page that does not show the row does not make it a secret.
                let audience = if MENDED { Audience::Member(by.account) } else { Audience::All };
                tx.state.votes.put(by.account, audience, yes);
                tx.state.turnout.set(tx.state.votes.len());
            }
            Command::Close => {
                let yes = tx.state.votes.iter().filter(|(_, yes)| **yes).count();
                tx.state.yes.set(yes);
            }
        }
        Ok("{}".to_owned())
    }

    fn timer(&self, _: &mut Tx<'_, Votes>, _: &str) {}
}
