//! One room of the world: its application, its life in the process, and what is known of it for certain.
//! It knows nothing of the other rooms.

use super::Step;
use super::ledger::Ledger;
use super::node::Living;
use super::queue::Sent;
use super::report::Violation;
use crate::buggify::{Point, fired};
use crate::testkit::{Asked, Clock, Rng, Workload};
use crate::{Epoch, Refusal, View};

/// How many panics were made that a room may speak of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Panics {
    /// As commands that fail.
    pub(super) internal: u64,
    /// As alarms.
    pub(super) alarms: u64,
}

impl Panics {
    /// All so far, of all rooms.
    pub(super) fn made() -> Panics {
        let internal = fired(Point::PanicInCommand) + fired(Point::PanicInMove);
        Panics { internal, alarms: internal + fired(Point::PanicInPresence) }
    }

    /// Adds those since; true if there were any.
    pub(super) fn add_since(&mut self, before: Panics) -> bool {
        let now = Panics::made();
        self.internal += now.internal - before.internal;
        self.alarms += now.alarms - before.alarms;
        now.alarms > before.alarms
    }
}

/// A room with all that is its own.
pub(super) struct Scene<W: Workload> {
    pub(super) work: W,
    pub(super) config: String,
    pub(super) epoch: Epoch,
    pub(super) ledger: Ledger<W>,
    pub(super) living: Option<Living>,
    pub(super) is_read_only: bool,
    /// The room while nothing can be written.
    pub(super) view: Option<View>,
    /// When the sleeping room wants to be woken, by the wall clock.
    pub(super) wake_at: Option<i64>,
    pub(super) last_recovery_ms: u64,
    /// Panics that were made in this room, and what it said of them.
    pub(super) made: Panics,
    pub(super) said: Panics,
}

impl<W: Workload> Scene<W> {
    pub(super) fn new(work: W, ids: &mut Rng, clock: &Clock) -> Self {
        Scene {
            config: work.config(),
            epoch: crate::Ids::uuid(ids, clock.now().wall),
            ledger: Ledger::new(&work),
            work,
            living: None,
            is_read_only: false,
            view: None,
            wake_at: None,
            last_recovery_ms: 0,
            made: Panics::default(),
            said: Panics::default(),
        }
    }

    /// I6: a refusal is right by some durable state since the question.
    pub(super) fn must_be_right(
        &mut self,
        sent: &Sent,
        asked: Asked<'_>,
        refusal: &Refusal,
    ) -> Step {
        let Some(living) = &mut self.living else { return Ok(()) };
        if living.refused.get(&sent.id) != Some(refusal) {
            self.ledger.justified(&self.work, asked, sent.since, refusal)?;
            living.refused.insert(sent.id, refusal.clone());
        }
        Ok(())
    }

    pub(super) fn is_idle(&self) -> bool {
        self.living.as_ref().is_none_or(|r| r.mailbox.is_empty() && !r.host.is_waiting())
    }

    /// How long a member whose connections are gone stays.
    pub(super) fn grace_ms(&self) -> Result<u64, Violation> {
        let app = <W::App as crate::RoomApp>::configure(&self.config);
        let app = app.map_err(|refusal| Violation::new("I20", refusal.message))?;
        Ok(crate::RoomApp::limits(&app).grace_ms)
    }

    /// How many inputs wait.
    pub(super) fn waiting(&self) -> usize {
        self.living.as_ref().map_or(0, |living| living.mailbox.len())
    }

    /// The process is gone, and the room's memory with it.
    pub(super) fn die(&mut self) {
        (self.living, self.view) = (None, None);
        (self.wake_at, self.is_read_only) = (None, false);
    }
}
