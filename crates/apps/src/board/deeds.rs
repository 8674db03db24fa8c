//! What people did to a board, kept so that they can undo it and do it again: the one place where items change.
//!
//! A deed is kept as the step that would undo it; done, that step answers the one that would do it again. A step is
//! possible as long as what it touches is, in that respect, as the deed left it; then others' changes beside it stay.

use super::item::{Figure, Item, shifted};
use super::state::BoardState;
use houseful_room::AccountId;
use houseful_room::planted::{self, Bug};
use serde::{Deserialize, Serialize};

/// Deeds of one person that are kept.
pub const DEEDS_PER_PERSON: usize = 50;
/// Bytes of all deeds that are kept: a few boards' worth. The oldest are forgotten first, whosever they are.
pub const DEEDS_BYTES_MAX: u64 = 1_000_000;

/// Something that somebody did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Who.
    pub by: AccountId,
    /// Whether it is undone at present.
    pub undone: bool,
    /// What undoes it, or does it again.
    pub step: Step,
}

/// A change of items that can be turned round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// These items go, if they are as these prints say.
    Remove(Vec<(String, u64)>),
    /// These items come back as they were, if their ids are free.
    Restore(Vec<(String, Item)>),
    /// These items move, if they are there and stay within reach.
    Shift(Vec<String>, i32, i32),
    /// An item is as the second says, if it is as the first says.
    Set(String, Patch, Patch),
    /// Items lie at the second heights, if they lie at the first.
    Lay(Vec<(String, u64, u64)>),
}

/// Some facts of a figure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patch {
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub points: Option<Vec<i32>>,
    /// Which colour.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<u8>,
    /// How wide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u8>,
    /// Whether filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<bool>,
    /// Its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl Patch {
    /// The same facts as a figure has them.
    pub(super) fn of(&self, figure: &Figure) -> Patch {
        Patch {
            points: self.points.as_ref().map(|_| figure.points.clone()),
            colour: self.colour.map(|_| figure.colour),
            width: self.width.map(|_| figure.width),
            fill: self.fill.map(|_| figure.fill.unwrap_or_default()),
            text: self.text.as_ref().map(|_| figure.text.clone().unwrap_or_default()),
        }
    }

    /// The facts that are others in a figure.
    pub(super) fn that_differ(self, figure: &Figure) -> Patch {
        let is = self.of(figure);
        Patch {
            points: self.points.filter(|points| is.points.as_ref() != Some(points)),
            colour: self.colour.filter(|colour| is.colour != Some(*colour)),
            width: self.width.filter(|width| is.width != Some(*width)),
            fill: self.fill.filter(|fill| is.fill != Some(*fill)),
            text: self.text.filter(|text| is.text.as_ref() != Some(text)),
        }
    }

    fn write(&self, figure: &mut Figure) {
        let Patch { points, colour, width, fill, text } = self.clone();
        figure.points = points.unwrap_or(std::mem::take(&mut figure.points));
        figure.colour = colour.unwrap_or(figure.colour);
        figure.width = width.unwrap_or(figure.width);
        figure.fill = fill.or(figure.fill).filter(|fill| *fill);
        figure.text = text.or(figure.text.take());
    }
}

/// What a step touches is not as it was left.
pub(super) struct ChangedSince;

impl Deed {
    /// Its bytes among those that are kept.
    pub fn bytes(&self) -> u64 {
        serde_json::to_string(self).map_or(0, |text| text.len() as u64)
    }
}

impl Step {
    /// Takes the step, wholly or not at all, and answers the step back.
    pub(super) fn take(self, state: &mut BoardState) -> Result<Step, ChangedSince> {
        match self {
            Step::Remove(prints) => remove(state, &prints),
            Step::Restore(items) => restore(state, items),
            Step::Shift(ids, dx, dy) => shift(state, ids, dx, dy),
            Step::Set(id, is, to) => set(state, id, is, to),
            Step::Lay(heights) => lay(state, &heights),
        }
    }
}

fn item<'a>(state: &'a BoardState, id: &str) -> Result<&'a Item, ChangedSince> {
    state.items.get(&id.to_owned()).ok_or(ChangedSince)
}

fn remove(state: &mut BoardState, prints: &[(String, u64)]) -> Result<Step, ChangedSince> {
    for (id, print) in prints {
        if item(state, id)?.print() != *print {
            return Err(ChangedSince);
        }
    }
    let taken = |(id, _): &(String, u64)| Some((id.clone(), state.take(id)?));
    Ok(Step::Restore(prints.iter().filter_map(taken).collect()))
}

fn restore(state: &mut BoardState, items: Vec<(String, Item)>) -> Result<Step, ChangedSince> {
    let is_taken = |(id, _): &(String, Item)| state.items.get(id).is_some();
    if items.iter().any(is_taken) && !planted::on(Bug::RestoreOverwrites) {
        return Err(ChangedSince);
    }
    let prints = items.iter().map(|(id, item)| (id.clone(), item.print())).collect();
    items.into_iter().for_each(|(id, item)| state.put(&id, item));
    Ok(Step::Remove(prints))
}

fn shift(state: &mut BoardState, ids: Vec<String>, dx: i32, dy: i32) -> Result<Step, ChangedSince> {
    let mut moved = Vec::with_capacity(ids.len());
    for id in &ids {
        let mut item = item(state, id)?.clone();
        item.figure.points = shifted(&item.figure.points, dx, dy).ok_or(ChangedSince)?;
        moved.push(item);
    }
    ids.iter().zip(moved).for_each(|(id, item)| state.put(id, item));
    Ok(Step::Shift(ids, -dx, -dy))
}

fn set(state: &mut BoardState, id: String, is: Patch, to: Patch) -> Result<Step, ChangedSince> {
    let mut item = item(state, &id)?.clone();
    if is.of(&item.figure) != is {
        return Err(ChangedSince);
    }
    to.write(&mut item.figure);
    state.put(&id, item);
    Ok(Step::Set(id, to, is))
}

fn lay(state: &mut BoardState, heights: &[(String, u64, u64)]) -> Result<Step, ChangedSince> {
    let mut laid = Vec::with_capacity(heights.len());
    for (id, is, to) in heights {
        let item = item(state, id)?;
        if item.z != *is {
            return Err(ChangedSince);
        }
        laid.push(Item { z: *to, ..item.clone() });
    }
    heights.iter().zip(laid).for_each(|((id, ..), item)| state.put(id, item));
    Ok(Step::Lay(heights.iter().map(|(id, is, to)| (id.clone(), *to, *is)).collect()))
}

/// Writes down what somebody did. What they had undone cannot be done again from now on.
pub(super) fn note(state: &mut BoardState, by: AccountId, back: Step) -> u64 {
    let own = |state: &BoardState, undone: bool| -> Vec<u64> {
        let of = state.deeds.iter().filter(|(_, deed)| deed.by == by && deed.undone == undone);
        of.map(|(no, _)| *no).collect()
    };
    own(state, true).into_iter().for_each(|no| state.take_deed(no));
    let no = state.push_deed(Deed { by, undone: false, step: back });
    let kept = own(state, false);
    let many = kept.len().saturating_sub(DEEDS_PER_PERSON);
    kept.into_iter().take(many).for_each(|no| state.take_deed(no));
    while state.sums().deed_bytes > DEEDS_BYTES_MAX {
        let Some(oldest) = state.deeds.iter().next().map(|(no, _)| *no) else { break };
        state.take_deed(oldest);
    }
    no
}

/// The last deed of somebody that is not undone.
pub(super) fn last(state: &BoardState, by: AccountId) -> Option<u64> {
    let is_own = |deed: &Deed| deed.by == by || planted::on(Bug::UndoTakesAnyones);
    let mut deeds = state.deeds.iter().rev();
    deeds.find(|(_, deed)| is_own(deed) && !deed.undone).map(|(no, _)| *no)
}

/// The deed that somebody undid last.
pub(super) fn undone(state: &BoardState, by: AccountId) -> Option<u64> {
    state.deeds.iter().find(|(_, deed)| deed.by == by && deed.undone).map(|(no, _)| *no)
}

/// Undoes a deed, or does it again.
pub(super) fn turn(state: &mut BoardState, no: u64) -> Result<(), ChangedSince> {
    let deed = state.deeds.get(&no).cloned().ok_or(ChangedSince)?;
    let step = deed.step.take(state)?;
    state.put_deed(no, Deed { by: deed.by, undone: !deed.undone, step });
    Ok(())
}
