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
}

impl Bug {
    /// All of them.
    pub const ALL: [Bug; 25] = [
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
        Bug::PanicKeepsHalf,
        Bug::HoldShortened,
        Bug::TimerForgotten,
        Bug::ResumeSkipsOne,
        Bug::AudienceLeak,
        Bug::ReplyChanged,
        Bug::FlushedLost,
        Bug::LimitIgnored,
        Bug::SumsDrift,
        Bug::MaximumIgnored,
        Bug::BannedLetIn,
        Bug::UninvitedLetIn,
        Bug::LinkNeverSpent,
    ];

    /// Whether it shows in the seat sale alone: it is planted in its rules, or in what only it does (it
    /// arms a timer that runs).
    pub fn is_of_seats(self) -> bool {
        matches!(self, Bug::LimitIgnored | Bug::SumsDrift | Bug::TimerForgotten)
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
    thread_local!(static PLANTED: std::cell::Cell<Option<Bug>> = const { std::cell::Cell::new(None) });

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
