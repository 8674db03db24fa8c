//! What people do to a board: put, move, change, raise, take away. Each command is one step of `deeds`, checked
//! first, and written down as what undoes it.

use super::deeds::{self, Patch, Step};
use super::item::{Figure, Item, Kind, shifted};
use super::{Board, BoardTx, refusal};
use crate::fields::Wrong;
use houseful_room::{Caller, Refusal};
use serde_json::json;

/// Figures onto the board, each above the one before.
pub(super) fn add(
    app: &Board,
    tx: &mut BoardTx<'_>,
    by: &Caller,
    figures: Vec<(String, Figure)>,
) -> Result<String, Refusal> {
    let is_there = |id: &&String| tx.state.items.get(*id).is_some();
    let taken: Vec<&String> = figures.iter().map(|(id, _)| id).filter(is_there).collect();
    if !taken.is_empty() {
        return Err(refusal::item_exists(&taken));
    }
    let mut items = Vec::with_capacity(figures.len());
    for (id, figure) in figures {
        let z = tx.state.next_z();
        items.push((id, Item { by: by.account, z, figure }));
    }
    done(app, tx, by, Step::Restore(items))
}

/// Items elsewhere.
pub(super) fn shift(
    app: &Board,
    tx: &mut BoardTx<'_>,
    by: &Caller,
    ids: Vec<String>,
    dx: i32,
    dy: i32,
) -> Result<String, Refusal> {
    let items = find(tx, &ids)?;
    if items.iter().any(|item| shifted(&item.figure.points, dx, dy).is_none()) {
        let mut wrong = Wrong::default();
        wrong.add("dx", "an item would be out of reach");
        wrong.none()?;
    }
    done(app, tx, by, Step::Shift(ids, dx, dy))
}

/// An item otherwise.
pub(super) fn change(
    app: &Board,
    tx: &mut BoardTx<'_>,
    by: &Caller,
    id: String,
    patch: Patch,
) -> Result<String, Refusal> {
    let [item] = &find(tx, std::slice::from_ref(&id))?[..] else {
        return Err(refusal::no_such_item(&[&id]));
    };
    let figure = &item.figure;
    must_fit(figure.kind, &patch)?;
    let patch = patch.that_differ(figure);
    let is = patch.of(figure);
    done(app, tx, by, Step::Set(id, is, patch))
}

/// Items above all others, in the order in which they lie.
pub(super) fn raise(
    app: &Board,
    tx: &mut BoardTx<'_>,
    by: &Caller,
    ids: Vec<String>,
) -> Result<String, Refusal> {
    let items = find(tx, &ids)?;
    let mut heights: Vec<(u64, String)> =
        items.iter().map(|item| item.z).zip(ids.iter().cloned()).collect();
    heights.sort();
    let laid = heights.into_iter().map(|(z, id)| (id, z, tx.state.next_z()));
    let laid = laid.collect();
    done(app, tx, by, Step::Lay(laid))
}

/// Items off the board.
pub(super) fn delete(
    app: &Board,
    tx: &mut BoardTx<'_>,
    by: &Caller,
    ids: &[String],
) -> Result<String, Refusal> {
    let items = find(tx, ids)?;
    let prints = ids.iter().cloned().zip(items.iter().map(Item::print)).collect();
    done(app, tx, by, Step::Remove(prints))
}

/// Everything off the board, and out of everyone's memory: it cannot be undone.
pub(super) fn clear(tx: &mut BoardTx<'_>) -> Result<String, Refusal> {
    let ids: Vec<String> = tx.state.items.iter().map(|(id, _)| id.clone()).collect();
    ids.iter().for_each(|id| drop(tx.state.take(id)));
    let deeds: Vec<u64> = tx.state.deeds.iter().map(|(no, _)| *no).collect();
    deeds.into_iter().for_each(|no| tx.state.take_deed(no));
    Ok("{}".to_owned())
}

/// Takes a step that was checked, and writes down the way back.
fn done(app: &Board, tx: &mut BoardTx<'_>, by: &Caller, step: Step) -> Result<String, Refusal> {
    let back = step.take(tx.state).map_err(|_| refusal::internal())?;
    app.must_have_room(tx)?;
    let deed = deeds::note(tx.state, by.account, back);
    Ok(json!({ "deed": deed }).to_string())
}

/// All of these items, or which of them are not there.
fn find(tx: &BoardTx<'_>, ids: &[String]) -> Result<Vec<Item>, Refusal> {
    let missing: Vec<&String> = ids.iter().filter(|id| tx.state.items.get(*id).is_none()).collect();
    match missing.is_empty() {
        true => Ok(ids.iter().filter_map(|id| tx.state.items.get(id).cloned()).collect()),
        false => Err(refusal::no_such_item(&missing)),
    }
}

/// Checks that such a figure has what is to be changed.
fn must_fit(kind: Kind, patch: &Patch) -> Result<(), Refusal> {
    let mut wrong = Wrong::default();
    if *patch == Patch::default() {
        wrong.add("id", "name what is to be changed beside it");
    }
    if let Some(misfit) = patch.points.as_ref().and_then(|points| kind.misfit(points)) {
        wrong.add("points", misfit);
    }
    if patch.fill.is_some() && !kind.has_area() {
        wrong.add("fill", "only a rect or an ellipse is filled");
    }
    if patch.text.is_some() && kind != Kind::Text {
        wrong.add("text", "only a text has words");
    }
    wrong.none()
}
