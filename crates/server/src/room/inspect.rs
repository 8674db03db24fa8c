//! Looking into a room for those who run it: how it stands now, and as it was at an entry. It changes nothing.

use super::recover::nothing;
use super::turn::Runner;
use crate::apps::Apps;
use crate::clock::{self, Clock};
use crate::journal::{Journal, RoomRecord};
use crate::store::StoreError;
use houseful_room::{
    AnyRoom, Audience, Epoch, Headcount, Principal, Recovery, Refusal, Seq, Stored, Term,
};
use std::collections::BTreeSet;

/// Entries read at once.
const READ_CHUNK: usize = 1_000;

/// How it stands with a room, and what somebody may see of it.
#[derive(Clone, Debug)]
pub struct Inspection {
    /// The role in which they would be there.
    pub role: &'static str,
    /// What they would see.
    pub audiences: Vec<Audience>,
    /// The application.
    pub app: &'static str,
    /// Identity of the history.
    pub epoch: Epoch,
    /// The term.
    pub term: Term,
    /// The last entry that was decided, durable or not.
    pub seq: Seq,
    /// How many are here.
    pub headcount: Headcount,
    /// Commands that wait in the mailbox.
    pub commands_waiting: usize,
    /// Joins, leaves and questions that do.
    pub others_waiting: usize,
}

/// A room as it was.
#[derive(Clone, Debug)]
pub struct Past {
    /// What each audience saw of it, as a part (R8).
    pub parts: Vec<(Audience, String)>,
}

impl Runner {
    /// How it stands with this room.
    pub(super) fn inspection(
        &self,
        who: Principal,
        room: &dyn AnyRoom,
    ) -> Result<Inspection, Refusal> {
        let (role, audiences) = room.sees(who)?;
        Ok(Inspection {
            role,
            audiences,
            app: room.app(),
            epoch: room.epoch(),
            term: room.term(),
            seq: room.seq(),
            headcount: room.headcount(),
            commands_waiting: self.mailbox.commands.len(),
            others_waiting: self.mailbox.reserved.len(),
        })
    }
}

/// Replays a room up to an entry, from its journal alone. Blocks.
pub fn replay(
    apps: &Apps,
    journal: &dyn Journal,
    clock: &dyn Clock,
    record: &RoomRecord,
    at: Seq,
) -> Result<Past, StoreError> {
    let failed = |why: String| StoreError::Failed(format!("room {}: {why}", record.path));
    let mut entries = Vec::new();
    let mut audiences = BTreeSet::from([Audience::All]);
    while (entries.len() as u64) < at {
        let after = entries.len() as u64;
        let chunk = journal.read(record.room, after, READ_CHUNK.min((at - after) as usize))?;
        if chunk.is_empty() {
            return Err(failed(format!("the journal ends at {after}, not {at}")));
        }
        for entry in &chunk {
            let stored = Stored::read(&entry.body).map_err(|error| failed(error.to_string()))?;
            for group in stored.groups() {
                audiences.insert(group.map_err(|error| failed(error.to_string()))?.audience);
            }
        }
        entries.extend(chunk.into_iter().map(|entry| entry.body));
    }
    let recovery = Recovery { term: record.term, entries, ..nothing(record.epoch) };
    let now = clock::now(clock);
    let room = apps.build(&record.app, record.version, &record.config, recovery, now);
    let room = room.map_err(failed)?;
    let part = |audience: Audience| {
        let part = room.part(&audience);
        (audience, part)
    };
    Ok(Past { parts: audiences.into_iter().map(part).collect() })
}
