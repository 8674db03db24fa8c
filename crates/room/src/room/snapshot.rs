//! A room's state as text: parts for those who join, and the whole for recovery.

use super::Room;
use crate::shape::{store, view};
use crate::{Audience, RoomApp};
use std::sync::Arc;

/// A snapshot is worth writing when this much was journaled since the last one…
const SINCE_BYTES_MIN: usize = 256 * 1024;
/// …and this many times the last one's own size, so that snapshots never cost more than the journal.
const SINCE_SIZES_MIN: usize = 4;

/// How much was journaled since the last snapshot, and how big that was.
#[derive(Debug, Default)]
pub(super) struct Weight {
    since_bytes: usize,
    last_bytes: usize,
}

impl Weight {
    pub(super) fn add(&mut self, bytes: usize) {
        self.since_bytes += bytes;
    }

    pub(super) fn is_due(&self) -> bool {
        self.since_bytes >= SINCE_BYTES_MIN.max(SINCE_SIZES_MIN * self.last_bytes)
    }

    pub(super) fn taken(&mut self, bytes: usize) {
        *self = Weight { since_bytes: 0, last_bytes: bytes };
    }
}

impl<A: RoomApp> Room<A> {
    /// The parts of these audiences; the public one is encoded once per seq, however many join.
    pub(super) fn parts(&mut self, audiences: &[Audience]) -> Vec<Arc<str>> {
        audiences
            .iter()
            .map(|audience| match audience {
                Audience::All => self.public_part(),
                other => self.view(other).into(),
            })
            .collect()
    }

    /// The public part as of now.
    pub(super) fn public_part(&mut self) -> Arc<str> {
        match &self.public_part {
            Some((seq, part)) if *seq == self.seq => part.clone(),
            _ => {
                let part: Arc<str> = self.view(&Audience::All).into();
                self.public_part = Some((self.seq, part.clone()));
                part
            }
        }
    }

    /// What one audience may see: `{"aud":…,"shapes":{…}}`.
    pub(super) fn view(&self, audience: &Audience) -> String {
        let mut out = format!("{{\"aud\":\"{audience}\",\"shapes\":{{");
        view(&self.state, audience, &mut out);
        view(&self.builtin, audience, &mut out);
        if let Some(door) = &self.door {
            view(&door.state, audience, &mut out);
        }
        out.push_str("}}");
        out
    }

    pub(super) fn store(&mut self) -> Arc<[u8]> {
        let heads: Vec<(String, u64)> =
            self.heads.iter().map(|(audience, seq)| (audience.to_string(), *seq)).collect();
        let heads = crate::op::to_json(&heads);
        let (state, builtin) = (store(&self.state), store(&self.builtin));
        let door = self.door.as_ref().map(|door| format!(",\"door\":{}", store(&door.state)));
        let door = door.unwrap_or_default();
        let text = format!("{{\"heads\":{heads},\"state\":{state},\"builtin\":{builtin}{door}}}");
        self.weight.taken(text.len());
        text.into_bytes().into()
    }
}
