//! How order is kept: who may not speak for a while, and how slowly all do. Who may not be here at all is the
//! door's.

use super::commands::reply;
use super::state::Rules;
use super::{Chat, ChatTx, refusal};
use crate::fields::Fields;
use houseful_room::{AccountId, Caller, Refusal};
use serde_json::json;

/// A mute lasts a second at least…
const MUTE_MS_MIN: u64 = 1_000;
/// …and thirty days at most; what is to last longer is a ban.
const MUTE_MS_MAX: u64 = 30 * 24 * 60 * 60 * 1_000;
/// People who may not speak at a time: each is a row that those who keep order look through.
const MUTED_MAX: usize = 1_000;
/// Slow mode lets one speak at least once an hour.
const SLOW_MS_MAX: u64 = 60 * 60 * 1_000;

/// Reads how long somebody may not speak.
pub(super) fn mute_ms(body: &mut Fields<'_>) -> u64 {
    let ms = body.must("ms");
    if !(MUTE_MS_MIN..=MUTE_MS_MAX).contains(&ms) {
        body.wrong("ms", format!("between {MUTE_MS_MIN} and {MUTE_MS_MAX}"));
    }
    ms
}

/// Reads how long everyone waits.
pub(super) fn slow_ms(body: &mut Fields<'_>) -> u64 {
    let ms = body.must("ms");
    if ms > SLOW_MS_MAX {
        body.wrong("ms", format!("at most {SLOW_MS_MAX}"));
    }
    ms
}

/// Somebody may not speak for a while.
pub(super) fn mute(
    app: &Chat,
    tx: &mut ChatTx<'_>,
    by: &Caller,
    account: AccountId,
    ms: u64,
) -> Result<String, Refusal> {
    if !app.knows(tx, account) {
        return Err(refusal::no_such_person());
    }
    if app.keeps_order(tx, account) {
        return Err(refusal::not_allowed());
    }
    if tx.state.muted.len() >= MUTED_MAX && tx.state.muted.get(&account).is_none() {
        return Err(refusal::too_many_muted());
    }
    let until = tx.now().plus_ms(ms);
    tx.state.mute(account, until, by.account);
    tx.at(&timer(account), until);
    reply(&json!({ "until": until }))
}

/// Somebody may speak again.
pub(super) fn unmute(tx: &mut ChatTx<'_>, account: AccountId) -> Result<String, Refusal> {
    if tx.state.muted.get(&account).is_some() {
        tx.state.unmute(account);
        tx.cancel(&timer(account));
    }
    reply(&json!({}))
}

/// Everyone waits so long between two messages.
pub(super) fn slow(tx: &mut ChatTx<'_>, slow_ms: u64) -> Result<String, Refusal> {
    if tx.state.slow_ms() != slow_ms {
        tx.state.rules.set(Rules { slow_ms });
    }
    reply(&json!({}))
}

/// A mute's time has come.
pub(super) fn end_mute(tx: &mut ChatTx<'_>, key: &str) {
    let account = key.strip_prefix("mute:").and_then(|id| id.parse().ok());
    if let Some(account) = account {
        tx.state.unmute(AccountId(account));
    }
}

fn timer(account: AccountId) -> String {
    format!("mute:{account}")
}
