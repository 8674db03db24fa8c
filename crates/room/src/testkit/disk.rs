//! A journal of several rooms on a disk that is slow, fills up, fails and loses what was not flushed. It
//! schedules nothing: whoever owns it says when a flush ends.

mod log;

pub use log::{Log, Record};

use super::Rng;
use crate::planted::{self, Bug};
use crate::{Append, Seq};
use std::collections::BTreeMap;

/// A room, by its place on the disk.
pub type Site = usize;

/// What became of a room's part of a flush.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flushed {
    /// Everything up to this seq is durable.
    Done(Seq),
    /// An append did not follow the head, or violates a constraint: it was left out, and so was what
    /// followed it. (An append of a former owner is left out without a word: nobody is there to hear it.)
    Rejected,
    /// There was no space: nothing of it is there.
    Full,
}

#[derive(Debug)]
struct Job {
    site: Site,
    append: Append,
    decided_ms: u64,
}

/// The journal of some rooms, flushed together, and the derived rows beside it.
#[derive(Debug)]
pub struct Disk {
    logs: Vec<Log>,
    queued: Vec<Job>,
    flushing: Vec<Job>,
    /// A room whose rows violate a constraint in the flush that is going on.
    refused: Option<Site>,
    full: bool,
}

impl Disk {
    /// An empty disk for so many rooms.
    pub fn new(rooms: usize) -> Disk {
        let logs = (0..rooms).map(|_| Log::default()).collect();
        Disk { logs, queued: Vec::new(), flushing: Vec::new(), refused: None, full: false }
    }

    /// What is kept of a room.
    pub fn log(&self, site: Site) -> &Log {
        &self.logs[site]
    }

    /// The same, for a new owner.
    pub fn log_mut(&mut self, site: Site) -> &mut Log {
        &mut self.logs[site]
    }

    /// Whether there is no space left.
    pub fn is_full(&self) -> bool {
        self.full
    }

    /// Takes the space away or gives it back.
    pub fn set_full(&mut self, full: bool) {
        self.full = full;
    }

    /// Queues an append; it goes with the next flush.
    pub fn queue(&mut self, site: Site, append: Append, decided_ms: u64) {
        self.queued.push(Job { site, append, decided_ms });
    }

    /// Begins a flush of everything queued (group commit). False if one is going on, or nothing waits.
    pub fn begin(&mut self) -> bool {
        if !self.flushing.is_empty() || self.queued.is_empty() {
            return false;
        }
        self.flushing = std::mem::take(&mut self.queued);
        true
    }

    /// The rooms in the flush that is going on.
    pub fn flushing(&self) -> Vec<Site> {
        let mut sites: Vec<Site> = self.flushing.iter().map(|job| job.site).collect();
        sites.sort_unstable();
        sites.dedup();
        sites
    }

    /// What a room has in the flush that is going on violates a constraint.
    pub fn refuse(&mut self, site: Site) {
        self.refused = Some(site);
    }

    /// The flush ends well, or for lack of space with nothing. Rooms do not depend on each other.
    pub fn finish(&mut self) -> BTreeMap<Site, Flushed> {
        let (batch, refused) = (std::mem::take(&mut self.flushing), self.refused.take());
        let mut flushed = BTreeMap::new();
        for Job { site, append, decided_ms } in batch {
            let log = &mut self.logs[site];
            let so_far = *flushed.entry(site).or_insert(Flushed::Done(log.head()));
            let now = match so_far {
                _ if self.full => Flushed::Full,
                Flushed::Rejected | Flushed::Full => so_far,
                Flushed::Done(_) if refused == Some(site) => Flushed::Rejected,
                Flushed::Done(_) if refused.is_some() && planted::on(Bug::RejectionSpreads) => {
                    Flushed::Done(append.head())
                }
                Flushed::Done(_) => log.write(append, decided_ms),
            };
            flushed.insert(site, now);
        }
        let is_done =
            |site: &Site| !matches!(flushed.get(site), Some(Flushed::Rejected | Flushed::Full));
        self.queued.retain(|job| is_done(&job.site));
        flushed
    }

    /// The flush fails and the kernel drops what it was given. Answers the heads that a process would
    /// believe in that took it for success.
    pub fn fail(&mut self) -> BTreeMap<Site, Seq> {
        let batch = std::mem::take(&mut self.flushing);
        self.refused = None;
        batch.into_iter().map(|job| (job.site, job.append.head())).collect()
    }

    /// Power is gone: of the flush that was going on any first appends are there, each as a whole, and of
    /// the rest nothing.
    pub fn crash(&mut self, rng: &mut Rng) {
        self.queued.clear();
        self.refused = None;
        let batch = std::mem::take(&mut self.flushing);
        let kept = rng.below(batch.len() as u64 + 1) as usize;
        if planted::on(Bug::FlushedLost) {
            self.logs.iter_mut().for_each(|log| log.lose(rng.below(3) as usize));
        }
        for Job { site, append, decided_ms } in batch.into_iter().take(kept) {
            // Nobody is there to hear what became of it.
            let _ = self.logs[site].write(append, decided_ms);
        }
    }
}
