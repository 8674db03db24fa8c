//! The edge of one connection: what goes wrong in its part of a shard's work ends it and nobody else.
//! Within it nothing is changed that connections share, but for frames that are kept whole or not at all.

use super::{Closing, Connection};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// Does one connection's part. False if it panicked: that connection is to be given up.
#[must_use]
pub(super) fn contained(part: impl FnOnce()) -> bool {
    catch_unwind(AssertUnwindSafe(part)).is_ok()
}

impl Connection {
    /// Does this connection's part of what is done for many.
    pub fn guarded(self: &Rc<Self>, part: impl FnOnce()) {
        if !contained(part) {
            self.give_up();
        }
    }

    /// Ends after a panic of ours. Nothing more is written: what was may end in the middle of a frame, and
    /// nobody knows what the client was shown. It comes back and resumes.
    pub fn give_up(&self) {
        if self.closing() == Closing::Dropped {
            return;
        }
        self.drop_now();
        metrics::counter!("houseful_connection_panics").increment(1);
        tracing::error!(session = self.session.0, "a panic of ours has ended a connection");
    }
}

/// Where a test makes a connection's part fail.
#[cfg(test)]
pub(super) mod planted {
    use houseful_room::SessionId;
    use std::cell::Cell;

    /// A part of what is done for a connection.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Part {
        /// It counts as shown, and the frame is not made yet.
        CatchUp,
        /// A frame is about to be written.
        Write,
    }

    thread_local! {
        static FAILS: Cell<Option<(SessionId, Part)>> = const { Cell::new(None) };
    }

    /// From now on this part of this session's work panics.
    pub fn fail(session: SessionId, part: Part) {
        FAILS.set(Some((session, part)));
    }

    /// From now on nothing does.
    pub fn nothing() {
        FAILS.set(None);
    }

    /// Panics if that is wanted here.
    pub fn here(session: SessionId, part: Part) {
        assert_ne!(FAILS.get(), Some((session, part)), "planted");
    }
}
