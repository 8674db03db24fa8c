//! Volatile values: what members show of themselves while they are connected, such as a cursor or that they
//! type. Never an entry and never a row; gone with its session.

use super::Room;
use crate::{Caller, LiveValue, Output, Principal, Refusal, RoomApp, SessionId, Turn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Bytes of a volatile value's JSON: it is sent to everyone, many times a second.
pub const LIVE_BYTES_MAX: usize = 1_024;
/// What any member may show of themselves in any room: that nobody looks at it for now.
const AWAY: &str = "away";

/// A volatile value as it is asked for.
pub(super) struct Show {
    pub(super) session: SessionId,
    pub(super) who: Principal,
    pub(super) shape: Arc<str>,
    pub(super) value: Option<Arc<str>>,
}

impl<A: RoomApp> Room<A> {
    /// A member shows something of themselves, or no longer does.
    pub(super) fn show(&mut self, show: Show, turn: &mut Turn) {
        let session = show.session;
        match self.changed_by(show) {
            Ok(Some(changed)) => self.output(turn, Output::Live(changed)),
            Ok(None) => {}
            Err(refusal) => self.output(turn, Output::Refused(session, refusal)),
        }
    }

    fn changed_by(&mut self, show: Show) -> Result<Option<LiveValue>, Refusal> {
        let Show { session, who, shape, value } = show;
        let seat = self.present.seat(session);
        let seat = seat.filter(|seat| !seat.is_in_line && who.account == seat.account);
        let Some((account, role)) = seat.and_then(|seat| Some((seat.account?, seat.role))) else {
            return Err(Refusal::new("not_joined", "Join the room first."));
        };
        let value = match value {
            None => None,
            Some(value) => Some(self.allowed(
                Caller { account, standing: who.standing, role },
                &shape,
                &value,
            )?),
        };
        let is_new = self.present.show(session, account, shape.clone(), value.clone());
        Ok(is_new.then_some(LiveValue { shape, account, session, value }))
    }

    fn allowed(&self, by: Caller, shape: &str, value: &str) -> Result<Arc<str>, Refusal> {
        if value.len() > LIVE_BYTES_MAX {
            let text = format!("A volatile value has at most {LIVE_BYTES_MAX} bytes.");
            return Err(Refusal::new("invalid_live", text).field("value", "Too long."));
        }
        if shape == AWAY {
            return match value {
                "true" => Ok(value.into()),
                _ => Err(Refusal::new("invalid_live", "`away` is true, or null.")),
            };
        }
        let ask = || self.app.live(&self.state, &by, shape, value);
        let asked = catch_unwind(AssertUnwindSafe(ask));
        let internal = || Refusal::new("internal", "Something went wrong on our side.");
        asked.unwrap_or_else(|_| Err(internal())).map(Into::into)
    }

    /// A session goes, or is another person's from now on: what it showed is shown no longer.
    pub(super) fn hide(&mut self, session: SessionId, turn: &mut Turn) {
        for (shape, account) in self.present.hide(session) {
            let value = LiveValue { shape, account, session, value: None };
            self.output(turn, Output::Live(value));
        }
    }
}
