//! From rooms to sockets. Connections live on shards, one thread each; what a room releases goes to each
//! shard that has subscribers once, and the shard writes each socket once. Nobody here waits for a
//! subscriber, and nobody here knows a rule.

mod connection;
mod deliver;
mod shard;

pub use connection::{Closing, Connection};
pub use deliver::refused_text;
pub use shard::{Arrival, Inboxes, Shard, ShardHost, Shards, open};

use houseful_room::{Headcount, Joined, Published, Refusal, Seq, SessionId};
use std::sync::{Arc, OnceLock};

/// What a room released at one moment, as far as everyone is concerned: encoded once for all shards.
pub struct Batch {
    room: Arc<str>,
    published: Vec<Arc<Published>>,
    public: OnceLock<Option<Arc<[u8]>>>,
}

impl Batch {
    /// A batch of a room's entries, in order.
    pub fn new(room: Arc<str>, published: Vec<Arc<Published>>) -> Batch {
        Batch { room, published, public: OnceLock::new() }
    }

    /// Whether there is no entry in it.
    pub fn is_empty(&self) -> bool {
        self.published.is_empty()
    }
}

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
    /// Entries, if any session of this shard is in the room.
    pub batch: Option<Arc<Batch>>,
    /// Answers to joins, with their `ref`.
    pub joined: Vec<(SessionId, u64, Result<Joined, Refusal>)>,
    /// Answers to commands, with their `ref`.
    pub answers: Vec<(SessionId, u64, Result<Answered, Refusal>)>,
    /// How many are in the room, if that changed.
    pub headcount: Option<Headcount>,
}

impl Released {
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.batch.is_none()
            && self.joined.is_empty()
            && self.answers.is_empty()
            && self.headcount.is_none()
    }
}
