//! A fragment as a client reads it: plain JSON, read without the framework's own types.

use crate::{Audience, Seq};
use serde_json::Value;

/// One change of a shape. Keys are JSON text.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// A cell has this value.
    Cell(String, Value),
    /// A row has this value.
    Put(String, String, Value),
    /// A row is gone.
    Del(String, String),
    /// A place of a grid has this value.
    Set(String, u32, u8),
    /// A log's row of this number has this value.
    Log(String, u64, Value),
    /// A notice.
    Signal(String, Value),
}

/// One entry's changes for one audience.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// Who may see them.
    pub audience: Audience,
    /// The seq of this audience's piece before it.
    pub prev: Seq,
    /// The entry.
    pub seq: Seq,
    /// What changes.
    pub changes: Vec<Change>,
}

impl Piece {
    /// Reads a fragment's text (R9).
    pub fn read(text: &str) -> Result<Piece, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let Value::Object(mut object) = value else { return Err(format!("no fragment: {text}")) };
        let number = |value: Option<&Value>| value.and_then(Value::as_u64);
        let (prev, seq) = (number(object.get("prev")), number(object.get("seq")));
        let ops = object.remove("ops").unwrap_or_default();
        let audience = object.get("aud").and_then(Value::as_str).unwrap_or_default();
        let (Some(prev), Some(seq)) = (prev, seq) else {
            return Err(format!("a fragment without prev or seq: {text}"));
        };
        Piece::from_parts(audience, prev, seq, ops)
    }

    /// The same from an entry's stored group.
    pub fn from_parts(audience: &str, prev: Seq, seq: Seq, ops: Value) -> Result<Piece, String> {
        let audience = Audience::parse(audience).ok_or("a fragment for an unknown audience")?;
        let Value::Array(ops) = ops else { return Err("ops are not a list".into()) };
        let mut changes = Vec::with_capacity(ops.len());
        ops.into_iter().try_for_each(|op| read_op(op, &mut changes))?;
        Ok(Piece { audience, prev, seq, changes })
    }
}

/// Reads one op (R10); one that sets places of a grid is a change for each.
fn read_op(op: Value, changes: &mut Vec<Change>) -> Result<(), String> {
    let Value::Array(mut op) = op else { return Err("an op is not a list".into()) };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let small = |value: &Value| value.as_u64().and_then(|number| u32::try_from(number).ok());
    let kind = op.first().map(text).unwrap_or_default();
    let shape = op.get(1).map(text).unwrap_or_default();
    let change = match (kind.as_str(), &mut op[..]) {
        ("cell", [_, _, value]) => Change::Cell(shape, value.take()),
        ("put", [_, _, key, value]) => Change::Put(shape, key.to_string(), value.take()),
        ("del", [_, _, key]) => Change::Del(shape, key.to_string()),
        ("set", [_, _, places @ ..]) if !places.is_empty() => {
            for pair in places.chunks(2) {
                let value = pair.get(1).and_then(small).and_then(|value| u8::try_from(value).ok());
                let (Some(index), Some(value)) = (small(&pair[0]), value) else {
                    return Err(format!("no place or value of a grid: {pair:?}"));
                };
                changes.push(Change::Set(shape.clone(), index, value));
            }
            return Ok(());
        }
        ("log", [_, _, no, value]) => {
            let no = no.as_u64().ok_or_else(|| format!("no number of a row: {no}"))?;
            Change::Log(shape, no, value.take())
        }
        ("signal", [_, _, value]) => Change::Signal(shape, value.take()),
        _ => return Err(format!("no op: {op:?}")),
    };
    changes.push(change);
    Ok(())
}
