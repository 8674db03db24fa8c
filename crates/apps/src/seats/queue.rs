//! The waiting list's rules: who is offered what. Pure: it knows no seat, no clock and no state.
//!
//! 1. Places that come free are offered to whoever waits longest, as many as they want or as there are, then to the
//!    next.
//! 2. What is offered is promised: nobody else holds it while the offer lasts, and nothing is promised twice.
//! 3. An offer is taken by holding, or ends; either way the person is out of the line, and what they did not take is
//!    offered to the next.

use houseful_room::AccountId;
use houseful_room::planted::{self, Bug};

/// Somebody in line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InLine {
    /// The lower, the longer they have waited.
    pub no: u64,
    /// Who.
    pub account: AccountId,
    /// How many places they want.
    pub count: u32,
    /// How many are promised to them.
    pub offered: Option<u32>,
}

/// How many of the available places are promised to nobody.
pub fn free(line: &[InLine], available: u32) -> u32 {
    let promised: u32 = line.iter().filter_map(|one| one.offered).sum();
    if planted::on(Bug::PromisedTwice) { available } else { available.saturating_sub(promised) }
}

/// Who is to be offered how many places now.
pub fn offers(line: &[InLine], available: u32) -> Vec<(AccountId, u32)> {
    let mut free = free(line, available);
    let mut waiting: Vec<&InLine> = line.iter().filter(|one| one.offered.is_none()).collect();
    waiting.sort_by_key(|one| one.no);
    if planted::on(Bug::LineOvertaken) {
        waiting.reverse();
    }
    let mut offers = Vec::new();
    for one in waiting {
        if free == 0 {
            break;
        }
        let count = one.count.min(free);
        free -= count;
        offers.push((one.account, count));
    }
    offers
}

/// How many places somebody may hold: what is promised to nobody, and what is to them.
pub fn may_hold(line: &[InLine], available: u32, account: AccountId) -> u32 {
    let own = line.iter().find(|one| one.account == account).and_then(|one| one.offered);
    free(line, available) + own.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(no: u64, count: u32, offered: Option<u32>) -> InLine {
        InLine { no, account: AccountId(no * 10), count, offered }
    }

    #[test]
    fn whoever_waits_longest_is_offered_first_what_there_is() {
        let line = [one(3, 1, None), one(1, 2, None), one(2, 4, None)];
        assert_eq!(offers(&line, 0), []);
        assert_eq!(offers(&line, 1), [(AccountId(10), 1)]);
        assert_eq!(offers(&line, 3), [(AccountId(10), 2), (AccountId(20), 1)]);
        let all = [(AccountId(10), 2), (AccountId(20), 4), (AccountId(30), 1)];
        assert_eq!(offers(&line, 99), all);
    }

    #[test]
    fn nothing_is_promised_twice() {
        let line = [one(1, 2, Some(2)), one(2, 4, None)];
        assert_eq!(offers(&line, 2), []);
        assert_eq!(offers(&line, 3), [(AccountId(20), 1)]);
        assert_eq!((free(&line, 2), free(&line, 5)), (0, 3));
        let may = |account| may_hold(&line, 3, AccountId(account));
        assert_eq!((may(10), may(20), may(99)), (3, 1, 1));
    }
}
