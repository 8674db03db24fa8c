//! Bugs on purpose, so that this world can show that it would notice them. They are nowhere but here: what the server
//! writes is spoiled on its way, or its journal lies to it.

use houseful_room::planted::{self, Bug as RoomBug};
use std::sync::atomic::{AtomicU64, Ordering};

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// What a room releases skips one subscriber now and then.
    SubscriberSkipped,
    /// A command is answered twice.
    AnsweredTwice,
    /// A command is not answered.
    NeverAnswered,
    /// The journal says that something is durable which it has not written.
    NeverWritten,
    /// Accepted command ids are not read back when the server comes back.
    AcceptedForgotten,
    /// A seat is checked in one turn and taken in a later one.
    CheckThenAct,
}

impl Bug {
    /// All of them.
    pub const ALL: [Bug; 6] = [
        Bug::SubscriberSkipped,
        Bug::AnsweredTwice,
        Bug::NeverAnswered,
        Bug::NeverWritten,
        Bug::AcceptedForgotten,
        Bug::CheckThenAct,
    ];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Bug> {
        Bug::ALL.into_iter().find(|bug| format!("{bug:?}") == name)
    }
}

/// Whoever does what is wrong, each time that so many chances have passed.
pub struct Saboteur {
    bug: Option<Bug>,
    chances: AtomicU64,
}

/// How many chances pass until one is taken.
const CHANCES: u64 = 8;

impl Saboteur {
    /// With this bug, or none.
    pub fn new(bug: Option<Bug>) -> Saboteur {
        planted::plant(match bug {
            Some(Bug::AcceptedForgotten) => Some(RoomBug::AcceptedForgotten),
            Some(Bug::CheckThenAct) => Some(RoomBug::CheckThenAct),
            _ => None,
        });
        Saboteur { bug, chances: AtomicU64::new(0) }
    }

    /// How often these bytes are written to a live connection.
    pub fn times_written(&self, bytes: &[u8]) -> usize {
        let has = |text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
        match self.bug {
            Some(Bug::SubscriberSkipped) if has(br#"{"t":"ops""#) && self.strikes() => 0,
            // With nothing shown beside them: that would be noticed for another reason.
            _ if has(br#"{"t":"ops""#) || !has(br#"{"t":"ok""#) => 1,
            Some(Bug::NeverAnswered) if self.strikes() => 0,
            Some(Bug::AnsweredTwice) if self.strikes() => 2,
            _ => 1,
        }
    }

    /// Whether the journal leaves this append out and says that it has not.
    pub fn leaves_out(&self) -> bool {
        self.bug == Some(Bug::NeverWritten) && self.strikes()
    }

    fn strikes(&self) -> bool {
        self.chances.fetch_add(1, Ordering::Relaxed) % CHANCES == CHANCES - 1
    }
}
