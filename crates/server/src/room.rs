//! One room at work: its mailbox, its turns, its recovery. It never waits for a subscriber, and it
//! lets nothing out that the journal has not confirmed.

mod create;
mod inspect;
pub mod mail;
mod recover;
mod registry;
mod release;
mod turn;
mod view;

pub use create::{CreateError, complete, create};
pub use inspect::{Inspection, Past, replay};
pub use mail::{AnswerTo, Mail, RoomHandle};
pub use recover::{load, look};
pub use registry::Registry;
pub use turn::Runner;

use crate::apps::Apps;
use crate::clock::Clock;
use crate::fanout::Shards;
use crate::journal::Journal;
use houseful_room::{AccountId, AnyRoom, DerivedRow, Headcount, Ids};
use std::cell::RefCell;
use std::sync::Arc;
use tokio::sync::mpsc;

/// What every room of this node works with.
pub struct RoomContext {
    /// The applications.
    pub apps: Apps,
    /// Where entries go.
    pub journal: Arc<dyn Journal>,
    /// Where what is released goes.
    pub shards: Shards,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// The derived tables whose rows somebody wants to be told of.
    pub noticed_tables: &'static [&'static str],
    /// Where committed facts are told that others derive something from. Dropped when full: who
    /// listens counts again from the store.
    pub notices: mpsc::Sender<Notice>,
    /// The tasks that a drain waits for.
    pub tasks: crate::drain::Tasks,
}

/// Something that happened in a room, after it was durable.
#[derive(Clone, Debug)]
pub enum Notice {
    /// Derived rows as they are now.
    Rows(Vec<DerivedRow>),
    /// Who is in the room of this path.
    Attendance(Arc<str>, Attendance),
}

/// Who is in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attendance {
    /// How many.
    pub headcount: Headcount,
    /// Who, where everyone inside may know it.
    pub people: Option<Vec<AccountId>>,
}

impl Attendance {
    pub(crate) fn of(room: &dyn AnyRoom) -> Attendance {
        Attendance { headcount: room.headcount(), people: room.people() }
    }
}

/// Ids from the operating system's randomness, of which each thread keeps a little: a call to the system
/// costs more than what a command needs of it.
pub struct OsIds;

thread_local! {
    static RANDOM: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

impl Ids for OsIds {
    fn random(&mut self) -> u64 {
        RANDOM.with_borrow_mut(|words| {
            words.pop().unwrap_or_else(|| {
                let mut bytes = [0; 512];
                getrandom::fill(&mut bytes).expect("the operating system gives random numbers");
                words.extend(bytes.as_chunks().0.iter().map(|word| u64::from_le_bytes(*word)));
                words.pop().unwrap_or_default()
            })
        })
    }
}
