//! How fast somebody may speak: a few messages at once, and what slow mode leaves. It counts by the wall clock,
//! because it goes on after a restart; what was said later than now, before the clock was set back, does not count.

use super::state::Person;
use super::{ChatTx, refusal};
use houseful_room::planted::{self, Bug};
use houseful_room::{AccountId, Caller, Refusal, Wall};

/// So many messages of one person…
pub const BURST: usize = 5;
/// …in so many milliseconds.
pub const BURST_MS: i64 = 5_000;

/// Checks that somebody may speak at all.
pub(super) fn must_have_voice(tx: &ChatTx<'_>, by: &Caller) -> Result<(), Refusal> {
    match tx.state.muted_until(by.account) {
        Some(until) if !planted::on(Bug::MuteIgnored) => {
            Err(refusal::muted(wait_ms(tx.now(), until)))
        }
        _ => Ok(()),
    }
}

/// Checks that somebody may speak now; `slow_ms` is what slow mode asks of them.
pub(super) fn must_be_slow(tx: &ChatTx<'_>, by: &Caller, slow_ms: u64) -> Result<(), Refusal> {
    let Some(person) = tx.state.people.get(&by.account) else { return Ok(()) };
    let now = tx.now();
    let slow = i64::try_from(slow_ms).unwrap_or(i64::MAX);
    if let Some(last) = person.said.last().filter(|last| is_within(**last, now, slow)) {
        return Err(refusal::slow_mode(wait_ms(now, last.plus_ms(slow_ms))));
    }
    let recent: Vec<&Wall> =
        person.said.iter().filter(|at| is_within(**at, now, BURST_MS)).collect();
    match recent.first().filter(|_| recent.len() >= BURST) {
        Some(first) => Err(refusal::too_fast(wait_ms(now, first.plus_ms(BURST_MS.unsigned_abs())))),
        None => Ok(()),
    }
}

/// Remembers that somebody spoke.
pub(super) fn note(tx: &mut ChatTx<'_>, account: AccountId) {
    let now = tx.now();
    let mut person: Person = tx.state.people.get(&account).cloned().unwrap_or_default();
    person.said.retain(|at| is_within(*at, now, BURST_MS));
    person.said.push(now);
    tx.state.remember(account, person);
}

fn is_within(at: Wall, now: Wall, span_ms: i64) -> bool {
    (0..span_ms).contains(&now.ms().saturating_sub(at.ms()))
}

fn wait_ms(now: Wall, until: Wall) -> u64 {
    until.ms().saturating_sub(now.ms()).max(1).unsigned_abs()
}
