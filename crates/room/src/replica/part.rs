//! What one audience sees, with a digest that is kept up with every change. Empty rows, and zeros at
//! the end of a grid, are the same as nothing.

use super::{Change, Piece};
use crate::{Audience, LOG_ROWS_SHOWN, Seq};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Shape {
    Cell(Value),
    Rows(BTreeMap<String, Value>),
    Grid(Vec<u8>),
    /// The last rows of a log, by number.
    Log(BTreeMap<u64, Value>),
}

impl Shape {
    fn plain(&self) -> Value {
        match self {
            Shape::Cell(value) => value.clone(),
            Shape::Rows(rows) => {
                let row = |(key, value): (&String, &Value)| {
                    // A key is JSON too: of a text, what it says.
                    let text = serde_json::from_str::<String>(key);
                    (text.unwrap_or_else(|_| key.clone()), value.clone())
                };
                Value::Object(rows.iter().map(row).collect())
            }
            Shape::Grid(values) => values.as_slice().into(),
            Shape::Log(rows) => rows.values().cloned().collect(),
        }
    }
}

/// One audience's shapes.
#[derive(Clone, Debug, Default)]
pub(super) struct Part {
    /// The seq of the last piece.
    pub(super) head: Seq,
    shapes: BTreeMap<String, Shape>,
    digest: u64,
}

impl Part {
    /// Reads a part (R8).
    pub(super) fn read(text: &str, seq: Seq) -> Result<(Audience, Part), String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let audience = value.get("aud").and_then(Value::as_str).and_then(Audience::parse);
        let audience = audience.ok_or("a part for an unknown audience")?;
        let mut part = Part { head: seq, ..Part::default() };
        let shapes = value.get("shapes").and_then(Value::as_object).ok_or("a part has shapes")?;
        for (name, shape) in shapes {
            part.read_shape(name, shape)?;
        }
        Ok((audience, part))
    }

    fn read_shape(&mut self, name: &str, shape: &Value) -> Result<(), String> {
        if let Some(value) = shape.get("cell") {
            self.change(&Change::Cell(name.to_owned(), value.clone()));
        } else if let Some(rows) = shape.get("rows").and_then(Value::as_array) {
            for row in rows {
                let (Some(key), Some(value)) = (row.get(0), row.get(1)) else {
                    return Err(format!("a row of {name} is not [key, value]"));
                };
                self.change(&Change::Put(name.to_owned(), key.to_string(), value.clone()));
            }
        } else if let Some(rows) = shape.get("log").and_then(Value::as_array) {
            for row in rows {
                let (Some(no), Some(value)) = (row.get(0).and_then(Value::as_u64), row.get(1))
                else {
                    return Err(format!("a row of {name} is not [number, value]"));
                };
                self.change(&Change::Log(name.to_owned(), no, value.clone()));
            }
        } else if let Some(grid) = shape.get("grid") {
            for (index, value) in (0..).zip(unpack(grid).ok_or("a grid that cannot be read")?) {
                self.change(&Change::Set(name.to_owned(), index, value));
            }
        } else {
            return Err(format!("{name} is no shape: {shape}"));
        }
        Ok(())
    }

    pub(super) fn apply(&mut self, piece: &Piece) {
        self.head = self.head.max(piece.seq);
        piece.changes.iter().for_each(|change| self.change(change));
    }

    fn change(&mut self, change: &Change) {
        let (Change::Cell(name, _)
        | Change::Put(name, ..)
        | Change::Del(name, _)
        | Change::Set(name, ..)
        | Change::Log(name, ..)
        | Change::Signal(name, _)) = change;
        if matches!(change, Change::Signal(..)) {
            return;
        }
        if !self.shapes.contains_key(name) {
            let shape = match change {
                Change::Cell(..) | Change::Signal(..) => Shape::Cell(Value::Null),
                Change::Put(..) | Change::Del(..) => Shape::Rows(BTreeMap::new()),
                Change::Set(..) => Shape::Grid(Vec::new()),
                Change::Log(..) => Shape::Log(BTreeMap::new()),
            };
            self.shapes.insert(name.clone(), shape);
        }
        let Some(shape) = self.shapes.get_mut(name) else { return };
        let seed = text_hash(HASH, name);
        match (shape, change) {
            (Shape::Cell(now), Change::Cell(_, value)) => {
                self.digest ^= hash(seed, now) ^ hash(seed, value);
                now.clone_from(value);
            }
            (Shape::Rows(rows), Change::Put(_, key, value)) => {
                let seed = text_hash(seed, key);
                self.digest ^= hash(seed, value);
                let before = rows.insert(key.clone(), value.clone());
                self.digest ^= before.map_or(0, |before| hash(seed, &before));
            }
            (Shape::Rows(rows), Change::Del(_, key)) => {
                let seed = text_hash(seed, key);
                self.digest ^= rows.remove(key).map_or(0, |before| hash(seed, &before));
            }
            (Shape::Grid(values), Change::Set(_, index, value)) => {
                let place = *index as usize;
                if values.len() <= place {
                    values.resize(place + 1, 0);
                }
                let at = |value: u8| match value {
                    0 => 0,
                    value => mix(mix(seed, u64::from(*index)), u64::from(value)),
                };
                self.digest ^= at(values[place]) ^ at(*value);
                values[place] = *value;
            }
            (Shape::Log(rows), Change::Log(_, no, value)) => {
                self.digest ^= log_change(rows, seed, *no, value);
            }
            // A change of another kind than the shape: let the digest say so.
            _ => self.digest = mix(self.digest, 1),
        }
    }

    pub(super) fn cell(&self, shape: &str) -> Option<&Value> {
        match self.shapes.get(shape)? {
            Shape::Cell(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn rows(&self, shape: &str) -> Option<&BTreeMap<String, Value>> {
        match self.shapes.get(shape)? {
            Shape::Rows(rows) => Some(rows),
            _ => None,
        }
    }

    pub(super) fn log(&self, shape: &str) -> Option<&BTreeMap<u64, Value>> {
        match self.shapes.get(shape)? {
            Shape::Log(rows) => Some(rows),
            _ => None,
        }
    }

    pub(super) fn grid(&self, shape: &str) -> Option<&[u8]> {
        match self.shapes.get(shape)? {
            Shape::Grid(values) => Some(values),
            _ => None,
        }
    }

    /// Each shape's name and content.
    pub(super) fn to_json(&self) -> impl Iterator<Item = (String, Value)> {
        self.shapes.iter().map(|(name, shape)| {
            let value = match shape {
                Shape::Cell(value) => value.clone(),
                Shape::Rows(rows) => {
                    // A key that is text stands there without its quotes.
                    let bare = |key: &str| serde_json::from_str(key).unwrap_or(key.to_owned());
                    Value::Object(rows.iter().map(|(k, v)| (bare(k), v.clone())).collect())
                }
                Shape::Log(rows) => rows.values().cloned().collect(),
                Shape::Grid(values) => values.iter().copied().collect(),
            };
            (name.clone(), value)
        })
    }

    pub(super) fn digest(&self) -> u64 {
        self.digest
    }

    /// Every shape by its name, as plain JSON.
    pub(super) fn shapes(&self) -> impl Iterator<Item = (&str, Value)> {
        self.shapes.iter().map(|(name, shape)| (name.as_str(), shape.plain()))
    }

    /// The content in a normal form, to compare and to read.
    pub(super) fn describe(&self) -> String {
        let mut out = String::new();
        for (name, shape) in &self.shapes {
            let text = match shape {
                Shape::Cell(value) => value.to_string(),
                Shape::Rows(rows) if rows.is_empty() => continue,
                Shape::Rows(rows) => {
                    let rows: Vec<String> = rows.iter().map(|(k, v)| format!("{k}: {v}")).collect();
                    format!("{{{}}}", rows.join(", "))
                }
                Shape::Log(rows) => {
                    let rows: Vec<String> =
                        rows.iter().map(|(no, v)| format!("{no}: {v}")).collect();
                    format!("{{{}}}", rows.join(", "))
                }
                Shape::Grid(values) => {
                    let end = values.iter().rposition(|value| *value != 0).map_or(0, |at| at + 1);
                    if end == 0 {
                        continue;
                    }
                    format!("{:?}", &values[..end])
                }
            };
            out.push_str(&format!("{name} = {text}; "));
        }
        out
    }
}

/// Adds or amends a row of a log's last rows, which are all that a copy vouches for. Answers by what the
/// digest changes.
fn log_change(rows: &mut BTreeMap<u64, Value>, seed: u64, no: u64, value: &Value) -> u64 {
    let first = rows.first_key_value().map_or(no, |(first, _)| *first);
    if no < first {
        return 0;
    }
    let at = |no: u64, value: &Value| nested(mix(seed, no), value);
    let before = rows.insert(no, value.clone());
    let mut changed = at(no, value) ^ before.map_or(0, |before| at(no, &before));
    while rows.len() > LOG_ROWS_SHOWN {
        let oldest = rows.pop_first();
        changed ^= oldest.map_or(0, |(no, value)| at(no, &value));
    }
    changed
}

fn unpack(grid: &Value) -> Option<Vec<u8>> {
    let bits = grid.get("bits")?.as_u64()? as usize;
    let length = grid.get("length")?.as_u64()? as usize;
    let data = STANDARD.decode(grid.get("data")?.as_str()?).ok()?;
    let mask = u8::try_from((1u32 << bits) - 1).ok()?;
    let value = |at: usize| Some((data.get(at * bits / 8)? >> (at * bits % 8)) & mask);
    (0..length).map(value).collect()
}

const HASH: u64 = 0xcbf2_9ce4_8422_2325;

fn mix(state: u64, word: u64) -> u64 {
    (state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29)
}

fn text_hash(state: u64, text: &str) -> u64 {
    text.bytes().fold(mix(state, 7), |state, byte| mix(state, u64::from(byte)))
}

/// The hash of a value at its place; of null nothing, so that an unset cell is the same as none.
fn hash(state: u64, value: &Value) -> u64 {
    match value {
        Value::Null => 0,
        other => nested(state, other),
    }
}

fn nested(state: u64, value: &Value) -> u64 {
    match value {
        Value::Null => mix(state, 1),
        Value::Bool(value) => mix(state, 2 + u64::from(*value)),
        Value::Number(number) => match number.as_i64() {
            Some(number) => mix(mix(state, 4), number as u64),
            None => text_hash(mix(state, 5), &number.to_string()),
        },
        Value::String(text) => text_hash(state, text),
        Value::Array(values) => values.iter().fold(mix(state, 8), nested),
        Value::Object(fields) => fields
            .iter()
            .fold(mix(state, 9), |state, (name, value)| nested(text_hash(state, name), value)),
    }
}
