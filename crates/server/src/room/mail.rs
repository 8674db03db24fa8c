//! What may be put into a room's mailbox, and the two bounded lanes that it has.

use super::inspect::Inspection;
use crate::fanout::Answered;
use crate::limits;
use houseful_room::{
    Accepted, AccountId, CommandId, Epoch, Principal, Refusal, RoomId, Seq, SessionId, Term,
};
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Where an answer goes.
#[derive(Debug)]
pub enum AnswerTo {
    /// To a live session, under its `ref`.
    Session(SessionId, u64),
    /// To whoever waits for it, such as an HTTP request.
    Caller(oneshot::Sender<Result<Answered, Refusal>>),
}

/// One thing for a room.
#[derive(Debug)]
pub enum Mail {
    /// A session enters.
    Join {
        /// The session.
        session: SessionId,
        /// The request's `ref`.
        reference: u64,
        /// Who it is.
        who: Principal,
        /// What it has.
        have: Option<(Epoch, Seq)>,
    },
    /// A session leaves of its own will.
    Leave(SessionId),
    /// A session's connection is gone.
    Lost(SessionId),
    /// Which of these accounts the room's staff may know the names of.
    Involved {
        /// Those that are asked about.
        accounts: Vec<AccountId>,
        /// Where the answer goes.
        to: oneshot::Sender<Vec<AccountId>>,
    },
    /// A member shows something volatile.
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
    /// Which of these accounts a session may know the names of.
    Known {
        /// The session.
        session: SessionId,
        /// Those that are asked about.
        accounts: Vec<AccountId>,
        /// Where the answer goes.
        to: oneshot::Sender<Vec<AccountId>>,
    },
    /// In which role somebody may be in the room now.
    Admits {
        /// Who.
        who: Principal,
        /// Where the answer goes.
        to: oneshot::Sender<Result<&'static str, Refusal>>,
    },
    /// The room's history is another than it was: it is read anew, and everyone joins again.
    StartOver,
    /// Whom the room's parent admits may have changed: everyone joins again, and is asked about anew.
    Reconsider,
    /// How it stands with the room, and what somebody may see of it.
    Inspect {
        /// Who.
        who: Principal,
        /// Where the answer goes.
        to: oneshot::Sender<Result<Inspection, Refusal>>,
    },
    /// A command.
    Command {
        /// The client's id for it.
        id: CommandId,
        /// The term that the client was told.
        term: Option<Term>,
        /// Who sends it.
        who: Principal,
        /// Its name.
        name: Arc<str>,
        /// Its body.
        body: Arc<str>,
        /// Where the answer goes.
        to: AnswerTo,
    },
}

/// Where a room's mail is put. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct RoomHandle {
    /// The room.
    pub id: RoomId,
    /// Its readable path.
    pub path: Arc<str>,
    /// The room where one must be admitted to be admitted here.
    pub parent: Option<Arc<str>>,
    commands: mpsc::Sender<Mail>,
    reserved: mpsc::Sender<Mail>,
}

/// The room's end of the two lanes.
pub struct Mailbox {
    /// Commands.
    pub(super) commands: mpsc::Receiver<Mail>,
    /// Joins, leaves and losses: never kept out by a flood of commands.
    pub(super) reserved: mpsc::Receiver<Mail>,
}

/// Why mail was not taken; the mail comes back.
#[derive(Debug)]
pub enum Undelivered {
    /// The lane is full.
    Busy(Mail),
    /// The room went to sleep meanwhile: ask the router again.
    Asleep(Mail),
}

impl Mailbox {
    /// Whether nothing waits.
    pub(crate) fn is_empty(&self) -> bool {
        self.commands.is_empty() && self.reserved.is_empty()
    }

    /// What still waits, without waiting for more.
    pub(crate) fn try_take(&mut self) -> Option<Mail> {
        self.reserved.try_recv().or_else(|_| self.commands.try_recv()).ok()
    }

    /// Takes no more; what was put in can still be read.
    pub(crate) fn close(&mut self) {
        self.commands.close();
        self.reserved.close();
    }
}

impl RoomHandle {
    /// A mailbox with its handle.
    pub(crate) fn open(
        id: RoomId,
        path: Arc<str>,
        parent: Option<Arc<str>>,
    ) -> (RoomHandle, Mailbox) {
        let (commands, command_lane) = mpsc::channel(limits::MAILBOX_COMMANDS_MAX);
        let (reserved, reserved_lane) = mpsc::channel(limits::MAILBOX_RESERVED_MAX);
        let mailbox = Mailbox { commands: command_lane, reserved: reserved_lane };
        (RoomHandle { id, path, parent, commands, reserved }, mailbox)
    }

    /// Puts mail in, or says why not. Never waits.
    pub fn send(&self, mail: Mail) -> Result<(), Undelivered> {
        let lane = match mail {
            // What is volatile may be lost, so it never keeps a command out.
            Mail::Live { .. } if self.commands.capacity() < limits::MAILBOX_COMMANDS_MAX / 2 => {
                return Err(Undelivered::Busy(mail));
            }
            Mail::Command { .. } | Mail::Live { .. } => &self.commands,
            _ => &self.reserved,
        };
        lane.try_send(mail).map_err(|error| match error {
            mpsc::error::TrySendError::Full(mail) => Undelivered::Busy(mail),
            mpsc::error::TrySendError::Closed(mail) => Undelivered::Asleep(mail),
        })
    }

    /// Whether the room no longer takes mail.
    pub fn is_closed(&self) -> bool {
        self.reserved.is_closed()
    }
}

/// The refusal for a full mailbox.
pub fn busy() -> Refusal {
    let text = "The room has more to do than it can take. Please try again in a moment.";
    Refusal::new("busy", text).retry_after_ms(limits::BUSY_RETRY_MS)
}

/// The refusal while a room is being recovered.
pub fn unavailable() -> Refusal {
    let text = "The room is being recovered. Please try again in a moment.";
    Refusal::new("unavailable", text).retry_after_ms(limits::BUSY_RETRY_MS)
}

/// The refusal while the disk is full.
pub fn read_only() -> Refusal {
    let text = "The server's disk is full: it can be read, but nothing can be changed for now.";
    Refusal::new("read_only", text).retry_after_ms(limits::READ_ONLY_RETRY_MS)
}

/// What an application's answer becomes once its reply is at hand.
pub(super) fn answered(accepted: Accepted, stored: Option<Arc<str>>) -> Result<Answered, Refusal> {
    let reply = accepted.reply.or(stored).ok_or_else(unavailable)?;
    Ok(Answered { seq: accepted.seq, reply })
}
