//! What the journal says of a board, entry by entry, and which changes are lawful (I10). It reads rows as
//! PROTOCOL.md describes them, keeps its own account of who did what, and shares no code with the board.

use super::{BYTES, ITEMS, OWNER};
use houseful_room::Audience;
use houseful_room::testkit::{Change, Observed};
use serde_json::Value;
use std::collections::BTreeMap;
use std::rc::Rc;

type Items = BTreeMap<String, Rc<Value>>;
/// Ids with what was there before, and after.
type Touched = BTreeMap<String, (Option<Rc<Value>>, Option<Rc<Value>>)>;

/// What somebody did.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub(super) by: u64,
    pub(super) did: String,
    pub(super) touched: Touched,
    pub(super) is_undone: bool,
}

/// The board after some entry.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub(super) items: Rc<Items>,
    /// Deeds by number.
    pub(super) deeds: Rc<BTreeMap<u64, Rc<Done>>>,
    top: u64,
}

impl Model {
    /// Those of somebody's deeds that are undone, or are not, by number.
    pub(super) fn own(&self, by: u64, is_undone: bool) -> Vec<(u64, &Done)> {
        let own = self.deeds.iter().map(|(no, done)| (*no, &**done));
        own.filter(|(_, done)| done.by == by && done.is_undone == is_undone).collect()
    }

    pub(super) fn bytes(&self) -> usize {
        self.items.iter().map(|(id, item)| id.len() - 2 + item.to_string().len()).sum()
    }

    pub(super) fn observe(&mut self, entry: &Observed) -> Result<(), String> {
        let at = |text: String| format!("I10: entry {}, {}: {text}", entry.seq, entry.did);
        let mut touched = Touched::new();
        for (audience, change) in entry.changes() {
            let (id, after) = match change {
                Change::Put(shape, id, item) if shape == "items" => (id, Some(item)),
                Change::Del(shape, id) if shape == "items" => (id, None),
                Change::Put(..) | Change::Del(..) | Change::Cell(..) => continue,
                other => return Err(at(format!("no change of a board: {other:?}"))),
            };
            if *audience != Audience::All {
                return Err(at(format!("{audience} alone sees {id}")));
            }
            let before = self.items.get(id).cloned();
            touched.insert(id.clone(), (before, after.cloned().map(Rc::new)));
        }
        self.must_be_lawful(entry, &touched).map_err(at)?;
        self.apply(&touched);
        self.note(entry, touched).map_err(at)?;
        if self.items.len() > ITEMS || self.bytes() > BYTES {
            return Err(at(format!("{} items, {} bytes", self.items.len(), self.bytes())));
        }
        Ok(())
    }

    fn apply(&mut self, touched: &Touched) {
        let items = Rc::make_mut(&mut self.items);
        for (id, (_, after)) in touched {
            match after {
                Some(item) => {
                    self.top = self.top.max(item["z"].as_u64().unwrap_or(0));
                    items.insert(id.clone(), item.clone());
                }
                None => drop(items.remove(id)),
            }
        }
    }

    fn must_be_lawful(&self, entry: &Observed, touched: &Touched) -> Result<(), String> {
        let by = by(entry);
        let lawful = match entry.did.as_str() {
            "add" => touched.values().all(|(before, after)| {
                let is_own = after.as_ref().is_some_and(|item| {
                    item["by"] == by && item["z"].as_u64().is_some_and(|z| z > self.top)
                });
                before.is_none() && is_own
            }),
            "move" => way(touched).is_some(),
            "change" => touched.len() == 1 && is_alike(touched, &["by", "z", "kind"]),
            "raise" => {
                is_alike(touched, &ALL_BUT_Z)
                    && touched.values().all(|(_, after)| {
                        let z = after.as_ref().and_then(|item| item["z"].as_u64());
                        z.is_some_and(|z| z > self.top)
                    })
            }
            "delete" => touched.values().all(|(before, after)| before.is_some() && after.is_none()),
            "clear" => {
                by == OWNER
                    && touched.len() == self.items.len()
                    && touched.values().all(|(_, after)| after.is_none())
            }
            "undo" | "redo" => return self.must_turn(entry, touched),
            _ => touched.is_empty(),
        };
        lawful.then_some(()).ok_or_else(|| format!("{by} did {touched:?}"))
    }

    /// Undo and redo do to one's own deed what they should, and to nothing else.
    fn must_turn(&self, entry: &Observed, touched: &Touched) -> Result<(), String> {
        let undoes = entry.did == "undo";
        let no = deed(entry).ok_or("it does not say which deed")?;
        let done = self.deeds.get(&no).ok_or(format!("there is no deed {no}"))?;
        if done.by != by(entry) || done.is_undone == undoes {
            return Err(format!("deed {no} is not to be turned: {done:?}"));
        }
        let expected = self.turned(done).ok_or(format!("deed {no} was changed since"))?;
        if *touched != expected {
            return Err(format!("deed {no}: {touched:?} in place of {expected:?}"));
        }
        Ok(())
    }

    /// What undoing a deed, or doing it again, does now; none if it is not possible.
    pub(super) fn turned(&self, done: &Done) -> Option<Touched> {
        let back = !done.is_undone;
        let mut touched = Touched::new();
        let way = way(&done.touched);
        for (id, (before, after)) in &done.touched {
            let (from, to) = if back { (after, before) } else { (before, after) };
            let now = self.items.get(id).cloned();
            let next = match done.did.as_str() {
                // What was put is taken away if it is as it was put, and comes back if its place is free.
                "add" | "delete" if now != *from => return None,
                "add" | "delete" => to.clone(),
                "move" => {
                    let (dx, dy) = way?;
                    let (dx, dy) = if back { (-dx, -dy) } else { (dx, dy) };
                    Some(Rc::new(shifted(now.as_ref()?, dx, dy)?))
                }
                _ => {
                    let (from, to) = (from.as_ref()?, to.as_ref()?);
                    let mut next = (**now.as_ref()?).clone();
                    for name in FACTS.iter().filter(|name| from.get(name) != to.get(name)) {
                        if next.get(name) != from.get(name) {
                            return None;
                        }
                        let next = next.as_object_mut()?;
                        match to.get(name) {
                            Some(value) => drop(next.insert((*name).to_owned(), value.clone())),
                            None => drop(next.remove(*name)),
                        }
                    }
                    Some(Rc::new(next))
                }
            };
            touched.insert(id.clone(), (now, next));
        }
        Some(touched)
    }

    fn note(&mut self, entry: &Observed, touched: Touched) -> Result<(), String> {
        let (by, did) = (by(entry), entry.did.clone());
        let deeds = Rc::make_mut(&mut self.deeds);
        match did.as_str() {
            "clear" => deeds.clear(),
            "add" | "move" | "change" | "raise" | "delete" => {
                let no = deed(entry).ok_or("it does not say its number")?;
                deeds.retain(|_, done| done.by != by || !done.is_undone);
                deeds.insert(no, Rc::new(Done { by, did, touched, is_undone: false }));
            }
            "undo" | "redo" => {
                let no = deed(entry).ok_or("it does not say its number")?;
                let is_undone = did == "undo";
                // What was given up on the way is forgotten.
                deeds.retain(|of, done| done.by != by || done.is_undone || *of <= no || !is_undone);
                let turned = deeds.get_mut(&no).ok_or("it is not there")?;
                *turned = Rc::new(Done { is_undone, ..(**turned).clone() });
            }
            _ => {}
        }
        Ok(())
    }
}

const FACTS: [&str; 6] = ["z", "points", "colour", "width", "fill", "text"];
const ALL_BUT_Z: [&str; 7] = ["by", "kind", "points", "colour", "width", "fill", "text"];

fn by(entry: &Observed) -> u64 {
    entry.by.map_or(0, |account| account.0)
}

fn deed(entry: &Observed) -> Option<u64> {
    entry.reply.as_ref()?["deed"].as_u64()
}

/// Whether items were and are there, with the same in these fields.
fn is_alike(touched: &Touched, fields: &[&str]) -> bool {
    touched.values().all(|change| match change {
        (Some(before), Some(after)) => fields.iter().all(|name| before[name] == after[name]),
        _ => false,
    })
}

/// How far items moved, if all did so alike and nothing else happened to them.
fn way(touched: &Touched) -> Option<(i64, i64)> {
    let step = |(before, after): &(Option<Rc<Value>>, Option<Rc<Value>>)| {
        let (before, after) = (before.as_ref()?, after.as_ref()?);
        let way = |at: usize| Some(after["points"][at].as_i64()? - before["points"][at].as_i64()?);
        let (dx, dy) = (way(0)?, way(1)?);
        (shifted(before, dx, dy).as_ref() == Some(&**after)).then_some((dx, dy))
    };
    let mut ways = touched.values().map(step);
    let first = ways.next()??;
    ways.all(|way| way == Some(first)).then_some(first)
}

/// The item elsewhere, if it may be there.
pub(super) fn shifted(item: &Value, dx: i64, dy: i64) -> Option<Value> {
    let mut item = item.clone();
    let points = item["points"].as_array_mut()?;
    points[0] = (points[0].as_i64()? + dx).into();
    points[1] = (points[1].as_i64()? + dy).into();
    let (mut x, mut y) = (0, 0);
    for step in points.chunks(2) {
        x += step[0].as_i64()?;
        y += step[1].as_i64()?;
        if x.abs() > super::REACH || y.abs() > super::REACH {
            return None;
        }
    }
    Some(item)
}
