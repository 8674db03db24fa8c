//! What goes into a room and what comes out of it.

use crate::{
    AccountId, Audience, CommandId, Entry, Epoch, Fragment, Principal, Published, Refusal, Seq,
    SessionId, Term,
};
use std::sync::Arc;

/// The asker's own mark, given back with the answer.
pub type Ticket = u64;

/// One thing for a room to handle.
#[derive(Clone, Debug)]
pub enum Input {
    /// A session enters, or enters again with another principal.
    Join {
        /// Given back with the answer.
        ticket: Ticket,
        /// The session.
        session: SessionId,
        /// Who it is.
        who: Principal,
        /// What it has already.
        have: Option<(Epoch, Seq)>,
    },
    /// A session leaves of its own will.
    Leave {
        /// The session.
        session: SessionId,
    },
    /// A session's connection is gone.
    Lost {
        /// The session.
        session: SessionId,
    },
    /// A command.
    Command(Command),
    /// A member shows something volatile, or no longer does.
    Live {
        /// The session.
        session: SessionId,
        /// Who it is.
        who: Principal,
        /// What is shown.
        shape: Arc<str>,
        /// Its value as JSON; none to show it no longer.
        value: Option<Arc<str>>,
    },
    /// Time has passed: look at the timers.
    Wake,
}

/// A command as it arrives.
#[derive(Clone, Debug)]
pub struct Command {
    /// Given back with the answer.
    pub ticket: Ticket,
    /// The client's id for it.
    pub id: CommandId,
    /// The term that the client was told, if it was told one.
    pub term: Option<Term>,
    /// Who sends it.
    pub who: Principal,
    /// Its name.
    pub name: Arc<str>,
    /// Its body, JSON.
    pub body: Arc<str>,
    /// The row of a log that it [wants](crate::RoomApp::wants), if that was to be had.
    pub attached: Option<Arc<str>>,
}

/// What comes out of a room. Nothing of it may be seen before what was decided earlier is durable.
#[derive(Clone, Debug)]
pub enum Output {
    /// An entry's fragments, for those who are in the room.
    Publish(Arc<Published>),
    /// The answer to a command.
    Answer(Ticket, Result<Accepted, Refusal>),
    /// The answer to a join.
    Joined(Ticket, Result<Joined, Refusal>),
    /// A volatile value has changed.
    Live(LiveValue),
    /// Something that carries no ticket is refused.
    Refused(SessionId, Refusal),
    /// A session is out of the room.
    Gone(SessionId, &'static str),
    /// A session is to join again, for this reason.
    Rejoin(SessionId, &'static str),
    /// Something that the operator should know.
    Alarm(String),
}

/// What a session shows of its person to everyone in the room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveValue {
    /// What is shown.
    pub shape: Arc<str>,
    /// Whose it is.
    pub account: AccountId,
    /// The session that it goes with.
    pub session: SessionId,
    /// Its value as JSON; none if it is shown no longer.
    pub value: Option<Arc<str>>,
}

/// An accepted command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Its entry.
    pub seq: Seq,
    /// The reply as JSON, or `None` when it must be read from the stored entry.
    pub reply: Option<Arc<str>>,
}

/// A session's place in a room.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The application.
    pub app: &'static str,
    /// The application's version.
    pub version: u32,
    /// The room's history.
    pub epoch: Epoch,
    /// The room's term.
    pub term: Term,
    /// The position: everything up to it is contained.
    pub seq: Seq,
    /// The role in which the session is admitted.
    pub role: &'static str,
    /// The audiences that the session belongs to.
    pub audiences: Vec<Audience>,
    /// The person, if the session has one.
    pub account: Option<AccountId>,
    /// What brings the session to the position.
    pub content: Content,
    /// What others show.
    pub live: Vec<LiveValue>,
}

/// What brings a session to a room's position.
#[derive(Clone, Debug)]
pub enum Content {
    /// Replaces what it has: one part for each of its audiences, as JSON text.
    Parts(Vec<Arc<str>>),
    /// Continues what it has.
    Fragments(Vec<Fragment>),
}

/// What was decided: entries to append, outputs to release once those are durable.
#[derive(Debug, Default)]
pub struct Turn {
    /// New entries, in order.
    pub entries: Vec<Entry>,
    /// Outputs, each with the seq that must be durable before it may be seen.
    pub outputs: Vec<(Seq, Output)>,
}
