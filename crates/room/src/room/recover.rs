//! From configuration, snapshot and entries back to a room. Applies ops; never asks the application.

use super::Room;
use crate::door::{Door, INSIDE, door_of};
use crate::entry::Stored;
use crate::members::{Builtin, Present};
use crate::outcomes::Outcomes;
use crate::recent::Recent;
use crate::shape::{apply, restore};
use crate::timers::Timers;
use crate::{
    Audience, CommandId, Corrupt, Epoch, Fragment, Now, Published, Refusal, RoomApp, Seq, Term,
};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a room is recovered from.
#[derive(Clone, Debug)]
pub struct Recovery {
    /// Identity of the history.
    pub epoch: Epoch,
    /// The new term.
    pub term: Term,
    /// The newest snapshot: the seq that it contains, and the encoded state.
    pub snapshot: Option<(Seq, Arc<[u8]>)>,
    /// The entries' bodies from `first` on, dense: at least all after the snapshot; some before it
    /// serve those who were away for a moment.
    pub entries: Vec<Arc<[u8]>>,
    /// The seq of the first of `entries`.
    pub first: Seq,
    /// Every accepted command: id, hash, seq.
    pub accepted: Vec<(CommandId, u64, Seq)>,
}

/// Why a room cannot be recovered.
#[derive(Debug, thiserror::Error)]
pub enum RoomError {
    /// Its configuration is not one of this application.
    #[error("the configuration is refused: {}", .0.message)]
    Config(Refusal),
    /// What is stored does not fit.
    #[error("entry {seq}: {source}")]
    Corrupt {
        /// The entry, or the snapshot's seq.
        seq: Seq,
        /// What does not fit.
        source: Corrupt,
    },
}

#[derive(Deserialize)]
struct StoredRoom<'a> {
    heads: Vec<(String, Seq)>,
    #[serde(borrow)]
    state: &'a RawValue,
    #[serde(borrow)]
    builtin: &'a RawValue,
    #[serde(borrow, default)]
    door: Option<&'a RawValue>,
}

impl<A: RoomApp> Room<A> {
    /// Reads a room back. Its memory is then what it was after the last entry; presence is empty.
    pub fn recover(config: &str, recovery: Recovery, now: Now) -> Result<Self, RoomError> {
        let door = door_of::<A>(config).map_err(RoomError::Config)?;
        let app = A::configure(config).map_err(RoomError::Config)?;
        let mut limits = app.limits();
        if door.is_some() && limits.roster_audience == Audience::All {
            limits.roster_audience = Audience::Group(INSIDE.into());
        }
        let mut room = Room {
            limits,
            state: app.empty(),
            door: door.map(Door::new),
            app,
            builtin: Builtin::new(),
            timers: Timers::default(),
            present: Present::default(),
            outcomes: Outcomes::recover(recovery.accepted),
            recent: Recent::default(),
            epoch: recovery.epoch,
            term: recovery.term,
            seq: 0,
            heads: BTreeMap::new(),
            public_part: None,
            rows: Vec::new(),
            sums_up: false,
            moves: Vec::new(),
            weight: super::snapshot::Weight::default(),
        };
        if let Some((seq, body)) = &recovery.snapshot {
            room.restore(body).map_err(|source| RoomError::Corrupt { seq: *seq, source })?;
            room.seq = *seq;
            room.weight.taken(body.len());
        }
        for (seq, body) in (recovery.first..).zip(&recovery.entries) {
            room.replay(seq, body).map_err(|source| RoomError::Corrupt { seq, source })?;
        }
        room.timers = Timers::recover(&room.builtin.timers, now, room.term);
        Ok(room)
    }

    fn restore(&mut self, body: &[u8]) -> Result<(), Corrupt> {
        let stored: StoredRoom<'_> = serde_json::from_slice(body)?;
        restore(&mut self.state, stored.state)?;
        restore(&mut self.builtin, stored.builtin)?;
        if let (Some(door), Some(stored)) = (&mut self.door, stored.door) {
            restore(&mut door.state, stored)?;
        }
        for (audience, seq) in stored.heads {
            let parsed = Audience::parse(&audience);
            let audience =
                parsed.ok_or_else(|| Corrupt(format!("unknown audience {audience:?}")))?;
            self.heads.insert(audience, seq);
        }
        Ok(())
    }

    fn replay(&mut self, seq: Seq, body: &[u8]) -> Result<(), Corrupt> {
        let is_new = seq > self.seq;
        if is_new && seq != self.seq + 1 {
            return Err(Corrupt(format!("entry {} is missing", self.seq + 1)));
        }
        let stored = Stored::read(body)?;
        let mut fragments = Vec::new();
        for group in stored.groups() {
            let group = group?;
            if is_new {
                for op in group.ops()? {
                    let applied = apply(&mut self.state, &group.audience, &op)
                        .or_else(|| apply(&mut self.builtin, &group.audience, &op))
                        .or_else(|| {
                            let door = self.door.as_mut()?;
                            apply(&mut door.state, &group.audience, &op)
                        });
                    applied.ok_or_else(|| Corrupt(format!("no shape {:?}", op.shape())))??;
                }
                let prev = self.heads.insert(group.audience.clone(), seq).unwrap_or(0);
                if prev != group.prev {
                    return Err(Corrupt(format!(
                        "{} follows {prev}, not {}",
                        group.audience, group.prev
                    )));
                }
            }
            if group.audience != Audience::Nobody {
                let (audience, prev, ops) = (group.audience, group.prev, group.text.into());
                fragments.push(Fragment { audience, prev, seq, ops });
            }
        }
        if is_new {
            self.seq = seq;
            self.weight.add(body.len());
        }
        self.recent.push(Arc::new(Published { seq, fragments }));
        Ok(())
    }
}
