//! From rooms to sockets. Connections live on shards, one thread each; what a room releases goes to each
//! shard that has subscribers once, and the shard writes each socket once. Nobody here waits for a
//! subscriber, and nobody here knows a rule.

mod connection;
mod deliver;
mod guard;
#[cfg(test)]
mod guard_tests;
mod read;
mod shard;
mod shown;
mod socket;
mod subscribers;

pub use connection::{Closing, Connection};
pub use deliver::refused_text;
pub use shard::{Arrival, Arrived, Inboxes, Shard, ShardHost, Shards, open};
pub use socket::{Handed, Socket};

use houseful_room::{Headcount, Joined, LiveValue, Published, Refusal, Seq, SessionId};
use std::sync::Arc;

/// An accepted command with its reply as JSON.
#[derive(Clone, Debug)]
pub struct Answered {
    /// Its entry.
    pub seq: Seq,
    /// The reply.
    pub reply: Arc<str>,
}

/// What a room lets out to one shard at one moment.
#[derive(Default)]
pub struct Released {
    /// The room's path.
    pub room: Option<Arc<str>>,
    /// Entries in order, if any session of this shard is in the room: the same for all shards.
    pub published: Arc<[Arc<Published>]>,
    /// Answers to joins, with their `ref`.
    pub joined: Vec<(SessionId, u64, Result<Joined, Refusal>)>,
    /// Answers to commands, with their `ref`.
    pub answers: Vec<(SessionId, u64, Result<Answered, Refusal>)>,
    /// What people show of themselves, as it changed: the same for all shards.
    pub live: Arc<[LiveValue]>,
    /// What carried no `ref` and is refused.
    pub refused: Vec<(SessionId, Refusal)>,
    /// Sessions that are out of the room, and why.
    pub gone: Vec<(SessionId, &'static str)>,
    /// Sessions that are to join again, and why.
    pub rejoin: Vec<(SessionId, &'static str)>,
    /// How many are in the room, if that changed.
    pub headcount: Option<Headcount>,
}

impl Released {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.published.is_empty()
            && self.joined.is_empty()
            && self.answers.is_empty()
            && self.live.is_empty()
            && self.refused.is_empty()
            && self.gone.is_empty()
            && self.rejoin.is_empty()
            && self.headcount.is_none()
    }
}
