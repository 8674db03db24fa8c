//! A room's state as a client keeps it: parts replace it, fragments continue it (PROTOCOL.md R7–R11).
//! It knows shapes, never an application.

mod part;
mod piece;

pub use piece::{Change, Piece};

use crate::door::is_of_door;
use crate::members::is_of_members;
use crate::planted::{self, Bug};
use crate::{Audience, Content, Epoch, Joined, Seq};
use part::Part;
use serde_json::{Map, Value};
use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

/// What became of something that a copy was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// The copy goes further now.
    Yes,
    /// It was there already.
    Passed,
    /// Something before it is missing; nothing was applied.
    Gap,
}

/// A copy of what some audiences see of a room.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    epoch: Option<Epoch>,
    position: Seq,
    parts: BTreeMap<Audience, Part>,
}

impl Replica {
    /// Up to where it has everything that it may see.
    pub fn position(&self) -> Seq {
        self.position
    }

    /// What to say that one has when joining again.
    pub fn have(&self) -> Option<(Epoch, Seq)> {
        self.epoch.map(|epoch| (epoch, self.position))
    }

    /// The audiences of which it keeps something.
    pub fn audiences(&self) -> impl Iterator<Item = &Audience> {
        self.parts.keys()
    }

    /// The copy that the parts of an answer to a join are, each as text (R8).
    pub fn read<'a>(
        epoch: Epoch,
        seq: Seq,
        texts: impl Iterator<Item = &'a str>,
    ) -> Result<Replica, String> {
        let parts = texts.map(|text| Part::read(text, seq)).collect::<Result<_, String>>()?;
        Ok(Replica { epoch: Some(epoch), position: seq, parts })
    }

    /// Takes the answer to a join.
    pub fn joined(&mut self, joined: &Joined) -> Result<Applied, String> {
        if self.epoch == Some(joined.epoch) && joined.seq < self.position {
            return Ok(Applied::Passed);
        }
        match &joined.content {
            Content::Parts(texts) => self.replace(joined, texts)?,
            Content::Fragments(fragments) => {
                let pieces: Result<Vec<Piece>, String> =
                    fragments.iter().map(|fragment| Piece::read(&fragment.text())).collect();
                if self.epoch != Some(joined.epoch) {
                    return Err("fragments of another history than what the copy has".into());
                }
                if !self.parts.keys().eq(joined.audiences.iter().collect::<BTreeSet<_>>()) {
                    // It was another person's, or another role's: start over (R7).
                    self.epoch = None;
                    return Ok(Applied::Gap);
                }
                if self.apply(&pieces?) == Applied::Gap {
                    return Ok(Applied::Gap);
                }
            }
        }
        self.settle(joined.seq);
        Ok(Applied::Yes)
    }

    fn replace(&mut self, joined: &Joined, texts: &[std::sync::Arc<str>]) -> Result<(), String> {
        let mut parts = BTreeMap::new();
        for text in texts {
            let (audience, part) = Part::read(text, joined.seq)?;
            if !joined.audiences.contains(&audience) {
                return Err(format!("a part for {audience}, which the session does not belong to"));
            }
            parts.insert(audience, part);
        }
        *self = Replica { epoch: Some(joined.epoch), position: joined.seq, parts };
        Ok(())
    }

    /// Takes the fragments of one message; they apply together.
    pub fn apply<P: Borrow<Piece>>(&mut self, pieces: &[P]) -> Applied {
        let mut heads: BTreeMap<&Audience, Seq> = BTreeMap::new();
        let fresh = || pieces.iter().map(Borrow::borrow).filter(|p| p.seq > self.position);
        for piece in fresh() {
            let own = self.parts.get(&piece.audience).map_or(0, |part| part.head);
            let seen = heads.get(&piece.audience).copied().unwrap_or(own.max(self.position));
            if piece.prev > seen && !planted::on(Bug::GapIgnored) {
                return Applied::Gap;
            }
            heads.insert(&piece.audience, piece.seq);
        }
        let Some(head) = fresh().map(|piece| piece.seq).max() else { return Applied::Passed };
        let before = self.position;
        for piece in pieces.iter().map(Borrow::borrow).filter(|piece| piece.seq > before) {
            self.parts.entry(piece.audience.clone()).or_default().apply(piece);
        }
        self.settle(head);
        Applied::Yes
    }

    /// Everything up to a seq was seen (a `position`, or a message without anything for this copy).
    pub fn settle(&mut self, seq: Seq) {
        self.position = self.position.max(seq);
    }

    /// The value of a cell.
    pub fn cell(&self, shape: &str) -> Option<&Value> {
        self.parts.values().find_map(|part| part.cell(shape))
    }

    /// The row with a key, given as JSON (`7`, `"c:7"`).
    pub fn row(&self, shape: &str, key: &str) -> Option<&Value> {
        self.parts.values().find_map(|part| part.rows(shape)?.get(key))
    }

    /// The rows of a shape with their keys as JSON, one audience after the other.
    pub fn rows<'a>(&'a self, shape: &'a str) -> impl Iterator<Item = (&'a str, &'a Value)> {
        let rows = self.parts.values().filter_map(move |part| part.rows(shape));
        rows.flatten().map(|(key, value)| (key.as_str(), value))
    }

    /// The last rows of a log, by number.
    pub fn log<'a>(&'a self, shape: &'a str) -> impl Iterator<Item = (u64, &'a Value)> {
        let rows = self.parts.values().filter_map(move |part| part.log(shape));
        rows.flatten().map(|(no, value)| (*no, value))
    }

    /// The values of a grid; zeros at its end may be missing in a copy that began without parts.
    pub fn grid(&self, shape: &str) -> &[u8] {
        self.parts.values().find_map(|part| part.grid(shape)).unwrap_or_default()
    }

    /// Every shape by its name, as plain JSON: a cell is its value, rows are an object by their keys, a log is a list
    /// of its last rows, a grid a list of numbers.
    pub fn to_json(&self) -> Value {
        let mut all = serde_json::Map::new();
        for (name, value) in self.parts.values().flat_map(Part::to_json) {
            match (all.get_mut(&name), value) {
                // Rows of one shape may be for several audiences.
                (Some(Value::Object(before)), Value::Object(more)) => before.extend(more),
                (_, value) => drop(all.insert(name, value)),
            }
        }
        Value::Object(all)
    }

    /// What the application shows, as plain JSON by its shapes' names: a cell's value, rows by their keys, logs and
    /// grids as lists. What every room shows is left out.
    pub fn application(&self) -> Map<String, Value> {
        let mut all = Map::new();
        let shapes = self.parts.values().flat_map(Part::shapes);
        for (name, value) in shapes.filter(|(name, _)| !is_builtin(name)) {
            match (all.get_mut(name), value) {
                (Some(Value::Object(rows)), Value::Object(more)) => rows.extend(more),
                (_, value) => drop(all.insert(name.to_owned(), value)),
            }
        }
        all
    }

    /// A digest of what one audience sees.
    pub fn digest(&self, audience: &Audience) -> u64 {
        self.parts.get(audience).map_or(0, |part| part.digest())
    }

    /// What is different for one audience in another copy, in words.
    pub fn difference(&self, other: &Replica, audience: &Audience) -> Option<String> {
        let empty = Part::default();
        let part = |of: &'_ Replica| of.parts.get(audience).unwrap_or(&empty).describe();
        let (mine, theirs) = (part(self), part(other));
        (mine != theirs).then(|| format!("for {audience}: {mine} is not {theirs}"))
    }
}

fn is_builtin(shape: &str) -> bool {
    is_of_members(shape) || is_of_door(shape)
}
