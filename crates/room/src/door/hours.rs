//! When a room starts, waits and ends, and what its owner sets. It never asks a clock: moments come with the
//! transaction.

use super::commands::{Settings, must_keep, must_own};
use super::config::{self, CLOSING_MS_MAX, DoorConfig, Visibility};
use super::{DoorTx, Facts, NoticeKind, OWNER, Phase};
use crate::members::Inside;
use crate::{AccountId, Caller, Refusal};

const CLOSE: &str = "room.close";

/// What happened to somebody's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coming {
    /// Came in.
    In(AccountId),
    /// Left, or did not come back in time.
    Out(AccountId),
}

impl DoorConfig {
    /// The first transaction.
    pub(crate) fn open(&self, tx: &mut DoorTx<'_>, app: &'static str) {
        let is_met = self.minimum <= 1;
        let facts = Facts {
            title: self.title.clone(),
            visibility: self.visibility,
            minimum: self.minimum,
            maximum: self.maximum,
            locked: self.locked,
            keeps_comings: self.keeps_comings,
            phase: if is_met { Phase::Open } else { Phase::Waiting },
            closes_at: None,
            owner: self.owner,
        };
        self.set_facts(tx, app, facts);
        if !is_met {
            Self::note(tx, NoticeKind::Waiting, None);
        }
    }

    /// Does what follows from who is here now: the line moves, the room starts or waits again.
    pub(crate) fn tend(
        &self,
        tx: &mut DoorTx<'_>,
        app: &'static str,
        inside: Inside<'_>,
        coming: Option<Coming>,
    ) {
        let Some(facts) = tx.state.facts().cloned() else { return };
        let keeps = facts.keeps_comings && !inside.is_counted();
        match coming {
            Some(Coming::In(account)) => {
                Self::out_of_line(tx, account);
                if keeps {
                    Self::note(tx, NoticeKind::Joined, Some(account));
                }
            }
            Some(Coming::Out(account)) => {
                let was_in_line = tx.state.line.get(&account).is_some();
                Self::out_of_line(tx, account);
                if keeps && !was_in_line {
                    Self::note(tx, NoticeKind::Left, Some(account));
                }
            }
            None => {}
        }
        Self::call_in(tx, inside);
        let (phase, kind) = match facts.phase {
            Phase::Waiting if inside.count() >= facts.minimum as usize => {
                (Phase::Open, NoticeKind::Started)
            }
            // Once it has started it goes on until everybody has left.
            Phase::Open if inside.count() == 0 && facts.minimum > 1 => {
                (Phase::Waiting, NoticeKind::Waiting)
            }
            _ => return,
        };
        self.set_facts(tx, app, Facts { phase, ..facts });
        Self::note(tx, kind, None);
    }

    pub(super) fn rename(
        &self,
        tx: &mut DoorTx<'_>,
        app: &'static str,
        by: &Caller,
        title: &str,
    ) -> Result<(), Refusal> {
        let title = config::title(title)?;
        let Some(facts) = tx.state.facts().cloned() else { return Ok(()) };
        if facts.title != title {
            self.set_facts(tx, app, Facts { title, ..facts });
            Self::note(tx, NoticeKind::Renamed, Some(by.account));
        }
        Ok(())
    }

    /// Who keeps the room may lock it; the rest is the owner's.
    pub(super) fn set(
        &self,
        tx: &mut DoorTx<'_>,
        app: &'static str,
        by: &Caller,
        wanted: Settings,
        inside: Inside<'_>,
    ) -> Result<(), Refusal> {
        let is_only_lock = wanted.visibility.is_none()
            && wanted.minimum.is_none()
            && wanted.maximum.is_none()
            && wanted.keeps_comings.is_none();
        if is_only_lock {
            must_keep(by)?
        } else {
            must_own(by)?
        }
        let Some(before) = tx.state.facts().cloned() else { return Ok(()) };
        let facts = Facts {
            visibility: wanted.visibility.unwrap_or(before.visibility),
            minimum: wanted.minimum.unwrap_or(before.minimum),
            maximum: wanted.maximum.unwrap_or(before.maximum),
            locked: wanted.locked.unwrap_or(before.locked),
            keeps_comings: wanted.keeps_comings.unwrap_or(before.keeps_comings),
            ..before.clone()
        };
        config::numbers(facts.minimum, facts.maximum)?;
        if facts == before {
            return Ok(());
        }
        self.set_facts(tx, app, facts.clone());
        if facts.visibility == Visibility::Private && before.visibility != Visibility::Private {
            self.invite_all(tx, inside.accounts())?;
            Self::send_away(tx, "room_private");
        }
        if facts.visibility != Visibility::Public {
            tx.expel_visitors("room_private");
        }
        if facts.locked && !before.locked {
            Self::send_away(tx, "room_locked");
            tx.expel_visitors("room_locked");
            Self::note(tx, NoticeKind::Locked, Some(by.account));
        } else if before.locked && !facts.locked {
            Self::note(tx, NoticeKind::Unlocked, Some(by.account));
        }
        Ok(())
    }

    /// Closes the room, at once or after a while; another time replaces the one that was told.
    pub(super) fn close(
        &self,
        tx: &mut DoorTx<'_>,
        app: &'static str,
        by: &Caller,
        in_ms: u64,
    ) -> Result<(), Refusal> {
        debug_assert_eq!(by.role, OWNER, "the table says who may close");
        if in_ms > CLOSING_MS_MAX {
            return Err(config::wrong("inMs", "Use at most a day.".into()));
        }
        let Some(facts) = tx.state.facts().cloned() else { return Ok(()) };
        // What has not begun need not come to an end.
        if in_ms == 0 || facts.phase == Phase::Waiting {
            self.shut(tx, app, Some(by.account));
            return Ok(());
        }
        let at = tx.now().plus_ms(in_ms);
        tx.at(CLOSE, at);
        self.set_facts(tx, app, Facts { phase: Phase::Closing, closes_at: Some(at), ..facts });
        Self::note(tx, NoticeKind::Closing, Some(by.account));
        Ok(())
    }

    fn shut(&self, tx: &mut DoorTx<'_>, app: &'static str, by: Option<AccountId>) {
        let Some(facts) = tx.state.facts().cloned() else { return };
        tx.cancel(CLOSE);
        Self::send_away(tx, "room_closed");
        self.set_facts(tx, app, Facts { phase: Phase::Closed, closes_at: None, ..facts });
        Self::note(tx, NoticeKind::Closed, by);
        tx.expel_everyone("room_closed");
    }

    /// A timer of the door is due.
    pub(crate) fn timer(&self, tx: &mut DoorTx<'_>, app: &'static str, key: &str) {
        if key == CLOSE {
            self.shut(tx, app, None);
        } else {
            Self::turn_is_over(tx, key);
        }
    }
}
