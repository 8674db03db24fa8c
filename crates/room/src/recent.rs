//! The latest entries, kept encoded, so that a client that was away for a moment gets just those.

use crate::buggify::{Point, buggify};
use crate::planted::{self, Bug};
use crate::{Audience, Fragment, Published, Seq};
use std::collections::VecDeque;
use std::sync::Arc;

/// At most so many bytes are kept; whoever lacks more gets a snapshot.
const RECENT_BYTES_MAX: usize = 256 * 1024;
/// What a fragment is longer than its ops, about.
const FRAGMENT_BYTES: usize = 50;
/// At most so many entries are kept.
pub(crate) const RECENT_ENTRIES_MAX: usize = 4_096;

/// The tail of a room's entries.
#[derive(Debug, Default)]
pub(crate) struct Recent {
    entries: VecDeque<Arc<Published>>,
    bytes: usize,
}

impl Recent {
    /// Adds the next entry.
    pub(crate) fn push(&mut self, published: Arc<Published>) {
        self.bytes += published.len_bytes();
        self.entries.push_back(published);
        let entries_max = if buggify(Point::RecentOfOne) { 1 } else { RECENT_ENTRIES_MAX };
        while self.bytes > RECENT_BYTES_MAX || self.entries.len() > entries_max {
            let Some(oldest) = self.entries.pop_front() else { break };
            self.bytes -= oldest.len_bytes();
        }
    }

    fn last(&self) -> Seq {
        self.entries.back().map_or(0, |published| published.seq)
    }

    /// What these audiences have missed since a seq, in fewer than `bytes_max` bytes; `None` if it is
    /// more, or longer ago than what is kept.
    pub(crate) fn since(
        &self,
        have: Seq,
        audiences: &[Audience],
        bytes_max: usize,
    ) -> Option<Vec<Fragment>> {
        let first = self.entries.front()?.seq;
        let have = have
            + Seq::from(
                planted::on(Bug::ResumeSkipsOne) && have + 1 >= first && have < self.last(),
            );
        if have + 1 < first {
            return None;
        }
        let mut bytes = 0;
        let mut missed = Vec::new();
        for published in self.entries.range(usize::try_from(have + 1 - first).ok()?..) {
            let visible = published.fragments.iter().filter(|f| audiences.contains(&f.audience));
            for fragment in visible {
                bytes += fragment.ops.len() + FRAGMENT_BYTES;
                if bytes >= bytes_max {
                    return None;
                }
                missed.push(fragment.clone());
            }
        }
        Some(missed)
    }
}
