//! The waiting list as the journal tells it: who waits, what they are promised, and what must be true of that. It
//! shares no code with the sale.

use houseful_room::testkit::Observed;
use serde::Deserialize;

/// How late an offer may end at the very end, when nothing disturbs it any more.
const LINGERS_MS: u64 = 2_000;

#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Row {
    no: u64,
    count: u32,
    #[serde(default)]
    offer: Option<Offer>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Offer {
    count: u32,
    until: i64,
}

/// Everyone in line, each with when by true time their offer may end, and the term in which that was promised.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Line(Vec<(u64, Row, (u64, u64))>);

impl Line {
    pub(super) fn put(&mut self, account: u64, row: Row, entry: &Observed) -> Result<(), String> {
        let is_promised_more = row.offer.as_ref().is_some_and(|offer| offer.count > row.count);
        if row.count == 0 || is_promised_more {
            return Err(format!("I22: {account} waits for nothing, or is promised more: {row:?}"));
        }
        let until = row.offer.as_ref().map_or(entry.at.0, |offer| offer.until);
        let lasts = u64::try_from(until - entry.at.0).unwrap_or(0);
        self.remove(account);
        self.0.push((account, row, (entry.true_ms + lasts, entry.term)));
        Ok(())
    }

    pub(super) fn remove(&mut self, account: u64) {
        self.0.retain(|(of, ..)| *of != account);
    }

    pub(super) fn has(&self, account: u64) -> bool {
        self.0.iter().any(|(of, ..)| *of == account)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn promised(&self) -> u32 {
        self.0.iter().filter_map(|(_, row, _)| row.offer.as_ref()).map(|offer| offer.count).sum()
    }

    /// Of so many available places those that are kept for nobody.
    pub(super) fn free(&self, available: u32) -> u32 {
        available.saturating_sub(self.promised())
    }

    /// Those that are kept for somebody.
    pub(super) fn kept(&self, account: u64) -> u32 {
        let own = self.0.iter().find(|(of, ..)| *of == account);
        own.and_then(|(_, row, _)| row.offer.as_ref()).map_or(0, |offer| offer.count)
    }

    /// I22: nobody overtakes, nothing is promised twice, and nothing lies idle while somebody waits.
    pub(super) fn must_be_fair(&self, available: u32) -> Result<(), String> {
        let promised = self.promised();
        if promised > available {
            return Err(format!("I22: {promised} places are promised, of {available}"));
        }
        let (offered, waiting): (Vec<_>, Vec<_>) =
            self.0.iter().map(|(_, row, _)| row).partition(|row| row.offer.is_some());
        let last = offered.iter().map(|row| row.no).max().unwrap_or(0);
        match waiting.iter().map(|row| row.no).min() {
            Some(first) if first < last => Err(format!("I22: number {last} overtakes {first}")),
            Some(first) if promised < available => {
                Err(format!("I22: number {first} waits, and {available} places lie idle"))
            }
            _ => Ok(()),
        }
    }

    /// I7: after the quiet no offer is there that has long been over.
    pub(super) fn must_not_linger(&self, true_ms: u64) -> Result<(), String> {
        let is_over = |(_, row, (ends, _)): &&(u64, Row, (u64, u64))| {
            row.offer.is_some() && ends + LINGERS_MS < true_ms
        };
        match self.0.iter().find(is_over) {
            Some((account, row, _)) => Err(format!("{account} is still offered {row:?}")),
            None => Ok(()),
        }
    }

    /// I22: an offer lasts as long as was promised, where no recovery came between.
    pub(super) fn must_be_over(&self, account: u64, entry: &Observed) -> Result<(), String> {
        let known = self.0.iter().find(|(of, row, _)| *of == account && row.offer.is_some());
        match known {
            Some((_, _, (ends, term))) if *term == entry.term && entry.true_ms < *ends => {
                Err(format!("I22: the offer to {account} ends {} ms early", ends - entry.true_ms))
            }
            _ => Ok(()),
        }
    }
}
