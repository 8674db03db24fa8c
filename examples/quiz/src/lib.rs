//! A quiz: somebody takes the host's chair and asks questions with choices, everyone else answers once, in
//! time. Rules alone; it never touches a clock, a socket or a disk. The guide is docs/room-applications.md.

pub mod commands;
mod round;
pub mod state;

pub use commands::Command;
pub use state::QuizState;

use houseful_room::{
    AccountId, Admission, Audience, Caller, Cell, Log, PresenceChange, Principal, Read, Refusal,
    RoomApp, Rows, Tx,
};

/// The role of whoever sits in the host's chair.
pub const HOST: &str = "host";
/// The role of everyone else who is signed in.
pub const PLAYER: &str = "player";
/// The role of those who only look.
pub const VISITOR: &str = "visitor";
/// What a player shows while they have not made up their mind.
pub const THINKING: &str = "thinking";

/// A room in which a quiz is held.
pub struct Quiz;

impl RoomApp for Quiz {
    const NAME: &'static str = "quiz";
    const VERSION: u32 = 1;
    type State = QuizState;
    type Command = Command;
    const COMMANDS: &'static [(&'static str, Read<Command>)] = commands::COMMANDS;

    fn configure(_: &str) -> Result<Self, Refusal> {
        Ok(Quiz)
    }

    fn empty(&self) -> QuizState {
        QuizState {
            chair: Cell::default(),
            question: Cell::default(),
            answered: Cell::default(),
            key: Cell::for_audience(Audience::role(HOST)),
            answers: Rows::default(),
            scores: Rows::default(),
            rounds: Log::default(),
        }
    }

    fn open(&self, tx: &mut Tx<'_, QuizState>) -> Result<(), Refusal> {
        tx.state.chair.set(state::Chair { host: None });
        Ok(())
    }

    fn admit(&self, state: &QuizState, who: &Principal) -> Admission {
        Admission::Enter(match who.account {
            None => VISITOR,
            Some(account) if state.is_host(account) => HOST,
            Some(_) => PLAYER,
        })
    }

    fn command(
        &self,
        tx: &mut Tx<'_, QuizState>,
        by: &Caller,
        command: Command,
    ) -> Result<String, Refusal> {
        commands::run(tx, by, command)
    }

    fn live(&self, _: &QuizState, _: &Caller, shape: &str, value: &str) -> Result<String, Refusal> {
        match (shape, value) {
            (THINKING, "true") => Ok(value.to_owned()),
            (THINKING, _) => Err(Refusal::new("invalid_live", "Show true, or nothing.")),
            _ => Err(Refusal::new("unknown_live", "A quiz shows who is thinking, and no more.")),
        }
    }

    fn timer(&self, tx: &mut Tx<'_, QuizState>, key: &str) {
        if key == round::TIMER {
            round::reveal(tx);
        }
    }

    fn recovered(&self, tx: &mut Tx<'_, QuizState>) {
        round::promise_anew(tx);
    }

    fn presence(&self, tx: &mut Tx<'_, QuizState>, change: PresenceChange) {
        if let PresenceChange::Left(account) = change
            && tx.state.is_host(account)
        {
            round::free_chair(tx);
        }
    }

    fn mentions(&self, state: &QuizState, _: &str, account: AccountId) -> bool {
        state.is_host(account) || state.scores.get(&account).is_some()
    }

    fn check(&self, state: &QuizState) -> Result<(), String> {
        state.check()
    }
}
