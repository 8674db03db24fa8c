//! Everything that can be asked of a board, and who decides it. No rule is here but what a body looks like.

use super::deeds::Patch;
use super::item::{self, Figure, REACH, TEXT_CHARS_MAX};
use super::{Board, BoardTx, draw, history, refusal};
use crate::fields::{self, Fields};
use crate::guests::keeps_order;
use houseful_room::{Caller, Read, Refusal};
use std::collections::BTreeSet;

/// Items that one command adds.
pub const ADDED_MAX: usize = 50;
/// Items that one command names: what fits into one message.
pub const NAMED_MAX: usize = 300;

/// A decoded command.
#[derive(Clone, Debug)]
pub enum Command {
    /// Figures onto the board.
    Add(Vec<(String, Figure)>),
    /// Items elsewhere.
    Move(Vec<String>, i32, i32),
    /// An item otherwise.
    Change(String, Patch),
    /// Items above all others.
    Raise(Vec<String>),
    /// Items off the board.
    Delete(Vec<String>),
    /// What one did last, back; a deed that one gives up is passed over.
    Undo(Option<u64>),
    /// What one undid last, again.
    Redo,
    /// Everything off the board.
    Clear,
}

/// The table: each command by its name on the wire.
pub(super) const COMMANDS: &[(&str, Read<Command>)] = &[
    ("add", |text| {
        fields::read(text, |body| Command::Add(body.each("items", ADDED_MAX, added)))
            .and_then(named_once)
    }),
    ("move", |text| fields::read(text, moved)),
    ("change", |text| fields::read(text, changed)),
    ("raise", |text| fields::read(text, |body| Command::Raise(ids(body)))),
    ("delete", |text| fields::read(text, |body| Command::Delete(ids(body)))),
    ("undo", |text| fields::read(text, |body| Command::Undo(body.maybe("past")))),
    ("redo", |text| fields::read(text, |_| Command::Redo)),
    ("clear", |text| fields::read(text, |_| Command::Clear)),
];

/// Decides a command: checks first, then writes.
pub(super) fn run(
    app: &Board,
    tx: &mut BoardTx<'_>,
    by: &Caller,
    command: Command,
) -> Result<String, Refusal> {
    if matches!(command, Command::Clear) && !keeps_order(by.role) {
        return Err(refusal::not_allowed());
    }
    match command {
        Command::Add(figures) => draw::add(app, tx, by, figures),
        Command::Move(ids, dx, dy) => draw::shift(app, tx, by, ids, dx, dy),
        Command::Change(id, patch) => draw::change(app, tx, by, id, patch),
        Command::Raise(ids) => draw::raise(app, tx, by, ids),
        Command::Delete(ids) => draw::delete(app, tx, by, &ids),
        Command::Undo(past) => history::undo(app, tx, by, past),
        Command::Redo => history::redo(app, tx, by),
        Command::Clear => draw::clear(tx),
    }
}

fn added(body: &mut Fields<'_>) -> (String, Figure) {
    let id: String = body.must("id");
    if !is_id(&id) {
        body.wrong("id", "a UUID as small letters and digits with hyphens");
    }
    (id, item::figure(body))
}

fn named_once(command: Command) -> Result<Command, Refusal> {
    let Command::Add(figures) = &command else { return Ok(command) };
    let mut known = BTreeSet::new();
    match figures.iter().position(|(id, _)| !known.insert(id)) {
        Some(nth) => Err(refusal::invalid(&format!("items[{nth}].id"), "this is named twice")),
        None => Ok(command),
    }
}

fn moved(body: &mut Fields<'_>) -> Command {
    let (dx, dy) = (body.must("dx"), body.must("dy"));
    for (name, way) in [("dx", dx), ("dy", dy)] {
        if !(-2 * REACH..=2 * REACH).contains(&way) {
            body.wrong(name, format!("between {} and {}", -2 * REACH, 2 * REACH));
        }
    }
    Command::Move(ids(body), dx, dy)
}

fn changed(body: &mut Fields<'_>) -> Command {
    let text: Option<String> = body.peek("text").then(|| body.words("text", TEXT_CHARS_MAX));
    let patch = Patch {
        points: body.maybe("points"),
        colour: item::colour(body),
        width: item::width(body),
        fill: body.maybe("fill"),
        text,
    };
    Command::Change(body.must("id"), patch)
}

fn ids(body: &mut Fields<'_>) -> Vec<String> {
    let ids: Vec<String> = body.must("ids");
    if !(1..=NAMED_MAX).contains(&ids.len()) {
        body.wrong("ids", format!("name between 1 and {NAMED_MAX}"));
    }
    let mut known = BTreeSet::new();
    if let Some(nth) = ids.iter().position(|id| !known.insert(id)) {
        body.wrong(&format!("ids[{nth}]"), "this is named twice");
    }
    ids
}

/// One spelling for each id, or the same could be two.
fn is_id(text: &str) -> bool {
    text.parse::<uuid::Uuid>().is_ok_and(|id| id.to_string() == text)
}
