//! Undo and redo: one's own deeds, from the last back, and again. What others did since is never undone.

use super::{Board, BoardTx, deeds, refusal};
use houseful_room::planted::{self, Bug};
use houseful_room::{Caller, Refusal};
use serde_json::json;

/// What one did last, back. `past` is a deed of one's own that one gives up, because others have changed since what
/// it did.
pub(super) fn undo(
    app: &Board,
    tx: &mut BoardTx<'_>,
    by: &Caller,
    past: Option<u64>,
) -> Result<String, Refusal> {
    let last = deeds::last(tx.state, by.account);
    if let Some(given_up) = last.filter(|last| Some(*last) == past) {
        tx.state.take_deed(given_up);
    }
    let last = deeds::last(tx.state, by.account).ok_or_else(refusal::nothing_to_undo)?;
    turn(app, tx, last)
}

/// What one undid last, again.
pub(super) fn redo(app: &Board, tx: &mut BoardTx<'_>, by: &Caller) -> Result<String, Refusal> {
    let last = deeds::undone(tx.state, by.account).ok_or_else(refusal::nothing_to_redo)?;
    turn(app, tx, last)
}

fn turn(app: &Board, tx: &mut BoardTx<'_>, deed: u64) -> Result<String, Refusal> {
    deeds::turn(tx.state, deed).map_err(|_| refusal::changed_since(deed))?;
    if !planted::on(Bug::BoundIgnored) {
        app.must_have_room(tx)?;
    }
    Ok(json!({ "deed": deed }).to_string())
}
