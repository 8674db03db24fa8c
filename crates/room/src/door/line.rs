//! The line before a full room: whoever comes first gets in first, and has a while to come. Nobody jumps it but
//! those who keep the room.

use super::config::{LINE_MAX, TURN_MS};
use super::{DoorConfig, DoorTx, Phase, Place};
use crate::members::Inside;
use crate::{AccountId, Audience, Refusal};

const TURN: &str = "room.turn:";

impl DoorConfig {
    /// Puts a person at the line's end; who is in it stays where they are. Whether there is a line to wait in,
    /// the caller has asked.
    pub(super) fn wait(tx: &mut DoorTx<'_>, account: AccountId) -> Result<String, Refusal> {
        if let Some(known) = tx.state.line.get(&account) {
            return Ok(format!("{{\"place\":{}}}", known.place));
        }
        if tx.state.line.len() >= LINE_MAX {
            return Err(Refusal::new("line_full", "The line is full too. Please come back later."));
        }
        let place = 1 + tx.state.line.iter().filter(|(_, row)| row.until.is_none()).count() as u32;
        put(tx, account, Place { place, until: None });
        Ok(format!("{{\"place\":{place}}}"))
    }

    /// Calls in as many from the line as there are free places.
    pub(super) fn call_in(tx: &mut DoorTx<'_>, inside: Inside<'_>) {
        let Some(facts) = tx.state.facts().filter(|facts| facts.phase != Phase::Closed) else {
            return;
        };
        let places = facts.places();
        loop {
            let called = tx.state.line.iter().filter(|(_, row)| row.until.is_some()).count();
            let next = tx.state.line.iter().find(|(_, row)| row.place == 1);
            let Some(next) = next.map(|(account, _)| *account) else { return };
            if inside.count() + called >= places {
                return;
            }
            let until = Some(tx.now().plus_ms(TURN_MS));
            put(tx, next, Place { place: 0, until });
            close_up(tx);
            tx.after(&format!("{TURN}{next}"), TURN_MS);
            tx.readmit(next, "place_free");
        }
    }

    /// Takes a person out of the line: they came in, or no longer want to.
    pub(super) fn out_of_line(tx: &mut DoorTx<'_>, account: AccountId) {
        if tx.state.line.remove(&account).is_some() {
            tx.cancel(&format!("{TURN}{account}"));
            close_up(tx);
        }
    }

    /// Sends away everyone in line.
    pub(super) fn send_away(tx: &mut DoorTx<'_>, code: &'static str) {
        let all: Vec<AccountId> = tx.state.line.iter().map(|(account, _)| *account).collect();
        for account in all {
            tx.state.line.remove(&account);
            tx.cancel(&format!("{TURN}{account}"));
            tx.expel(account, code);
        }
    }

    /// Somebody did not come in time. True if that is what the timer was for.
    pub(super) fn turn_is_over(tx: &mut DoorTx<'_>, key: &str) -> bool {
        let Some(account) = key.strip_prefix(TURN).and_then(|id| id.parse().ok()) else {
            return false;
        };
        Self::out_of_line(tx, AccountId(account));
        tx.expel(AccountId(account), "turn_over");
        true
    }
}

fn put(tx: &mut DoorTx<'_>, account: AccountId, place: Place) {
    tx.state.line.put(account, Audience::Member(account), place);
}

/// Numbers those who wait from 1 again.
fn close_up(tx: &mut DoorTx<'_>) {
    let waiting = tx.state.line.iter().filter(|(_, row)| row.until.is_none());
    let mut waiting: Vec<(u32, AccountId)> = waiting.map(|(id, row)| (row.place, *id)).collect();
    waiting.sort_unstable();
    for (place, (before, account)) in (1..).zip(waiting) {
        if place != before {
            put(tx, account, Place { place, until: None });
        }
    }
}
