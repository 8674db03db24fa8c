//! What a quiz consists of: its shapes, which are all the state there is, and what must always hold of them.

use houseful_room::{AccountId, Cell, Log, Rows, Wall, synced};
use serde::{Deserialize, Serialize};

synced! {
    /// The shapes of a quiz. The comment on each says who sees it.
    pub struct QuizState {
        /// Everyone: who sits in the host's chair.
        pub chair: Cell<Chair>,
        /// Everyone: the question, until the next one.
        pub question: Cell<Question>,
        /// Everyone: how many have answered it.
        pub answered: Cell<usize>,
        /// The host alone: which choice is right.
        pub key: Cell<usize>,
        /// Each player their own: the choice that they made.
        pub answers: Rows<AccountId, usize>,
        /// Everyone: points.
        pub scores: Rows<AccountId, u32>,
        /// Everyone, and kept for good: questions that are over.
        pub rounds: Log<Round>,
    }
}

/// The host's chair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chair {
    /// Who sits in it, if somebody does.
    pub host: Option<AccountId>,
}

/// A question as everyone sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Its number, from 1.
    pub no: u64,
    /// What is asked.
    pub text: String,
    /// What can be answered.
    pub choices: Vec<String>,
    /// Until when, as it was promised last.
    pub until: Wall,
    /// What came of it; none while it is open.
    pub outcome: Option<Outcome>,
}

/// What came of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The right choice.
    pub right: usize,
    /// How many made each choice.
    pub counts: Vec<usize>,
}

/// A question that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// What was asked.
    pub text: String,
    /// What could be answered.
    pub choices: Vec<String>,
    /// What came of it.
    pub outcome: Outcome,
}

impl QuizState {
    /// Who sits in the host's chair.
    pub fn host(&self) -> Option<AccountId> {
        self.chair.get().and_then(|chair| chair.host)
    }

    /// Whether this is the host.
    pub fn is_host(&self, account: AccountId) -> bool {
        self.host() == Some(account)
    }

    /// The question that can be answered now.
    pub fn open_question(&self) -> Option<&Question> {
        self.question.get().filter(|question| question.outcome.is_none())
    }

    /// What must hold between any two transactions.
    pub(crate) fn check(&self) -> Result<(), String> {
        let answered = self.answered.get().copied().unwrap_or_default();
        if answered != self.answers.len() {
            return Err(format!(
                "{answered} are said to have answered, not {}",
                self.answers.len()
            ));
        }
        if self.open_question().is_some() && self.host().is_none() {
            return Err("a question is open and nobody has asked it".to_owned());
        }
        let most = self.scores.iter().map(|(_, points)| u64::from(*points)).max();
        if most.unwrap_or_default() > self.rounds.last() {
            return Err(format!("{most:?} points in {} rounds", self.rounds.last()));
        }
        Ok(())
    }
}
