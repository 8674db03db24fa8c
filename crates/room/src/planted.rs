//! Bugs on purpose, so that the simulator can show that it would notice them. Without the feature
//! `planted` (never on in the binary) every switch is off and compiles to nothing.

/// The mistakes that other systems made, one switch each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// An accepted command is answered before it is durable.
    AckBeforeDurable,
    /// Accepted command ids are not read back at recovery.
    AcceptedForgotten,
    /// A hold ends by the wall clock.
    WallClockHold,
    /// Entries are shown before they are durable.
    PublishBeforeDurable,
    /// A seat is checked in one turn and taken in a later one.
    CheckThenAct,
    /// Nobody tells subscribers where the head is.
    NoHeadBeacon,
    /// The process goes on after a failed flush.
    FlushRetried,
    /// The timer of an old hold frees a new one.
    StaleTimer,
    /// A subscriber ignores a gap.
    GapIgnored,
    /// Refused ids are not remembered.
    RefusalsForgotten,
    /// Requests of an older term are taken.
    NoTermFence,
    /// A refusal is answered although what it was computed from is not durable.
    RefusedFromUnsynced,
    /// Who joins while nothing can be written is shown what was decided and never written.
    ShowsUnwritten,
    /// What a handler wrote before it panicked stays.
    PanicKeepsHalf,
    /// A hold that is recovered gets half its time.
    HoldShortened,
    /// A timer that is armed again is not: it never fires.
    TimerForgotten,
    /// Whoever resumes misses the first entry of those missed.
    ResumeSkipsOne,
    /// Whoever joins sees somebody else's rows.
    AudienceLeak,
    /// The reply to a repeated command is not read from the journal.
    ReplyChanged,
    /// A power cut takes entries that were flushed.
    FlushedLost,
    /// Of a batch in which one room's append is left out nothing is written, and the others are told it was.
    RejectionSpreads,
    /// A panic in one room fails a command of another.
    PanicSpreads,
    /// All rooms share one mailbox's bound.
    MailboxShared,
    /// The limit for one person is not looked at.
    LimitIgnored,
    /// An area counts what is booked, and forgets that it was held.
    SumsDrift,
    /// More people come in than fit.
    MaximumIgnored,
    /// Who is banned comes in all the same.
    BannedLetIn,
    /// A private room lets in, and tells its title to, whoever guesses its name.
    UninvitedLetIn,
    /// A link lets in more people than it may.
    LinkNeverSpent,
    /// A person may start any number of carts.
    HoldsUncounted,
    /// A person may start one cart fewer than was said.
    HoldRefusedEarly,
    /// A row of a log that was amended before its tail is amended again as it was read, not as it is.
    AmendedForgotten,
    /// Anybody may edit a message.
    EditUnchecked,
    /// A deleted message keeps its text.
    DeletedKept,
    /// Whoever is muted may still write.
    MuteIgnored,
    /// Undo takes the last deed, whoever did it.
    UndoTakesAnyones,
    /// What was deleted is put back over what has its id by now.
    RestoreOverwrites,
    /// What is put back does not count towards the board's bound.
    BoundIgnored,
    /// A private event lets in who is not invited.
    UninvitedToEvent,
    /// What is cancelled may still be held.
    CancelledSold,
    /// An area is made smaller than what is booked of it.
    CapacityUnchecked,
    /// What is free is offered to whoever came last.
    LineOvertaken,
    /// What is offered to one is offered to another.
    PromisedTwice,
    /// What is cancelled is offered to nobody.
    LineForgotten,
}

impl Bug {
    /// All of them.
    pub const ALL: [Bug; 44] = [
        Bug::AckBeforeDurable,
        Bug::AcceptedForgotten,
        Bug::WallClockHold,
        Bug::PublishBeforeDurable,
        Bug::CheckThenAct,
        Bug::NoHeadBeacon,
        Bug::FlushRetried,
        Bug::StaleTimer,
        Bug::GapIgnored,
        Bug::RefusalsForgotten,
        Bug::NoTermFence,
        Bug::RefusedFromUnsynced,
        Bug::ShowsUnwritten,
        Bug::PanicKeepsHalf,
        Bug::HoldShortened,
        Bug::TimerForgotten,
        Bug::ResumeSkipsOne,
        Bug::AudienceLeak,
        Bug::ReplyChanged,
        Bug::FlushedLost,
        Bug::RejectionSpreads,
        Bug::PanicSpreads,
        Bug::MailboxShared,
        Bug::LimitIgnored,
        Bug::SumsDrift,
        Bug::MaximumIgnored,
        Bug::BannedLetIn,
        Bug::UninvitedLetIn,
        Bug::LinkNeverSpent,
        Bug::HoldsUncounted,
        Bug::HoldRefusedEarly,
        Bug::AmendedForgotten,
        Bug::EditUnchecked,
        Bug::DeletedKept,
        Bug::MuteIgnored,
        Bug::UndoTakesAnyones,
        Bug::RestoreOverwrites,
        Bug::BoundIgnored,
        Bug::UninvitedToEvent,
        Bug::CancelledSold,
        Bug::CapacityUnchecked,
        Bug::LineOvertaken,
        Bug::PromisedTwice,
        Bug::LineForgotten,
    ];

    /// Whether it shows only where there are several rooms.
    pub fn is_between_rooms(self) -> bool {
        matches!(self, Bug::RejectionSpreads | Bug::PanicSpreads | Bug::MailboxShared)
    }

    /// The application in which alone it shows: it is planted in its rules, or in what only it does (the seat
    /// sale arms a timer that runs, the chat amends rows of a log).
    pub fn home(self) -> Option<&'static str> {
        match self {
            Bug::LimitIgnored
            | Bug::SumsDrift
            | Bug::TimerForgotten
            | Bug::HoldsUncounted
            | Bug::HoldRefusedEarly
            | Bug::UninvitedToEvent
            | Bug::CancelledSold
            | Bug::CapacityUnchecked
            | Bug::LineOvertaken
            | Bug::PromisedTwice
            | Bug::LineForgotten => Some("seats"),
            Bug::AmendedForgotten | Bug::EditUnchecked | Bug::DeletedKept | Bug::MuteIgnored => {
                Some("chat")
            }
            Bug::UndoTakesAnyones | Bug::RestoreOverwrites | Bug::BoundIgnored => Some("board"),
            _ => None,
        }
    }

    /// Whether it is planted in the rules of doors.
    pub fn is_of_doors(self) -> bool {
        use Bug::{BannedLetIn, LinkNeverSpent, MaximumIgnored, UninvitedLetIn};
        matches!(self, MaximumIgnored | BannedLetIn | UninvitedLetIn | LinkNeverSpent)
    }
}

#[cfg(feature = "planted")]
mod switch {
    use super::Bug;
    use std::cell::Cell;
    thread_local!(static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) });

    /// Whether this bug is planted in this thread.
    pub fn on(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }

    /// Plants a bug in this thread, or none.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
    }
}

#[cfg(not(feature = "planted"))]
mod switch {
    /// Never.
    pub const fn on(_: super::Bug) -> bool {
        false
    }
}

pub use switch::*;
