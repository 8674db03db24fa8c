//! What is going to happen, in the order of time. Events of one moment happen in the order in which they
//! were scheduled, so that a run is a function of its seed.

use super::super::{Ask, Piece, Site};
use crate::{
    Accepted, CommandId, Epoch, Joined, Principal, Refusal, Seq, SessionId, Term, Ticket, Wall,
    planted::Bug,
};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::rc::Rc;

/// One process's life, from start to crash.
pub(super) type Incarnation = u64;

/// Something that is going to happen.
#[derive(Clone, Debug)]
pub(super) enum Event {
    /// A client thinks of what to do.
    Think(usize),
    /// A client looks whether its command was answered.
    Retry(usize, CommandId),
    /// A client looks whether its join was answered.
    RetryJoin(usize, u64),
    /// A client opens a connection, if it has none.
    Connect(usize),
    /// A client's connection breaks, or is closed.
    Disconnect(usize),
    /// A client notices that its connection is gone.
    Closed(SessionId),
    /// The server tells a client to join again.
    Resync(SessionId),
    /// The server notices that a connection is gone; true if it was told so by the client.
    Lost(Incarnation, SessionId, bool),
    /// A request arrives.
    ToNode(Rc<Request>),
    /// A message arrives.
    ToClient(usize, SessionId, Rc<Message>),
    /// The room decides a turn.
    Turn(Site, u64),
    /// The flush that was going on ends.
    Flushed(Incarnation),
    /// The room is told late, or again, what was flushed.
    Committed(Site, u64, Seq),
    /// Something may be due in the room.
    Wake(Site, u64, u64),
    /// The rooms tell everybody where their heads are.
    Beacon(Incarnation),
    /// Power fails.
    Crash,
    /// The process starts again.
    Restart(Incarnation),
    /// Another node takes a room over, or the same one lets it go and takes it again.
    Handover,
    /// Somebody sets the wall clock.
    WallJump,
    /// The disk is full.
    DiskFull,
    /// There is space again.
    DiskFree,
    /// A room looks whether it can be written again.
    Probe(Site, Incarnation),
    /// The room may fall asleep, or must wake up for a timer.
    SleepOrWake(Site),
    /// Everybody goes away for a while.
    Lull,
}

/// What a client asks.
#[derive(Clone, Debug)]
pub(super) enum Request {
    /// To be let in.
    Join { client: usize, session: SessionId, nth: u64, have: Option<(Epoch, Seq)> },
    /// To do something.
    Command { client: usize, term: Term, sent: Rc<Sent>, repeat: bool },
}

/// A command as its client keeps it until it is answered.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) id: CommandId,
    pub(super) ask: Ask,
    /// The durable head when it was first sent.
    pub(super) since: Seq,
    /// Whether it is asked by somebody who is not in the room.
    pub(super) is_outside: bool,
}

/// What the server says to a client.
#[derive(Debug)]
pub(super) enum Message {
    /// An entry, as far as the session may see it.
    Ops { seq: Seq, pieces: Vec<Rc<Piece>> },
    /// Where the head is.
    Position(Seq),
    /// The answer to a join.
    Joined(u64, Box<Result<Joined, Refusal>>),
    /// The answer to a command, and whether its client had one already when it asked.
    Answer { id: CommandId, term: Term, answer: Result<Accepted, Refusal>, repeat: bool },
}

/// Who waits for the answer to an input.
#[derive(Clone, Debug)]
pub(super) struct Asker {
    pub(super) client: usize,
    pub(super) who: Principal,
    pub(super) request: Rc<Request>,
    /// When it was decided, by the wall clock.
    pub(super) at: Wall,
}

pub(super) type Askers = HashMap<Ticket, Asker>;

#[derive(Debug)]
struct Scheduled {
    at: Reverse<(u64, u64)>,
    event: Event,
}

impl PartialEq for Scheduled {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Scheduled {}

impl PartialOrd for Scheduled {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Scheduled {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}

/// The events to come.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Scheduled>,
    scheduled: u64,
}

impl Queue {
    pub(super) fn at(&mut self, at_ms: u64, event: Event) {
        self.scheduled += 1;
        self.heap.push(Scheduled { at: Reverse((at_ms, self.scheduled)), event });
    }

    pub(super) fn pop(&mut self) -> Option<(u64, Event)> {
        self.heap.pop().map(|next| (next.at.0.0, next.event))
    }
}

/// Whether a bug of the world's own (not of the room) is planted.
pub(super) fn planted(bug: Bug) -> bool {
    crate::planted::on(bug)
}
