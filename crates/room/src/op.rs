//! One state change, as text that is the same in the journal and on the wire. Written once, never
//! compared out of two states.

use crate::Audience;
use serde::de::{Error, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use std::fmt;
use std::sync::Arc;

/// The stored bytes do not fit the state: another application, another version, or a damaged file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored room does not fit its application: {0}")]
pub struct Corrupt(pub String);

impl From<serde_json::Error> for Corrupt {
    fn from(error: serde_json::Error) -> Self {
        Corrupt(error.to_string())
    }
}

/// An op read back from an entry.
#[derive(Debug)]
pub enum Op<'a> {
    /// The cell has this value now.
    Cell(&'a str, &'a RawValue),
    /// The row with this key has this value now.
    Put(&'a str, &'a RawValue, &'a RawValue),
    /// There is no row with this key (for this audience).
    Del(&'a str, &'a RawValue),
    /// The grid has these values at these indices.
    Set(&'a str, Vec<(u32, u8)>),
    /// The log's row of this number has this value now; it is new if it follows the last.
    Log(&'a str, u64, &'a RawValue),
    /// A notice that leaves nothing behind.
    Signal(&'a str, &'a RawValue),
}

impl<'a> Op<'a> {
    /// The name of the shape that it changes.
    pub fn shape(&self) -> &'a str {
        match self {
            Op::Cell(shape, _) | Op::Put(shape, ..) | Op::Del(shape, _) => shape,
            Op::Set(shape, ..) | Op::Log(shape, ..) | Op::Signal(shape, _) => shape,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Op<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OpVisitor;
        impl<'de> Visitor<'de> for OpVisitor {
            type Value = Op<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an op: [kind, shape, …]")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Op<'de>, A::Error> {
                fn next<'de, T: Deserialize<'de>, A: SeqAccess<'de>>(
                    seq: &mut A,
                ) -> Result<T, A::Error> {
                    seq.next_element()?.ok_or_else(|| A::Error::custom("the op is too short"))
                }
                let kind: &str = next(&mut seq)?;
                let shape: &str = next(&mut seq)?;
                let op = match kind {
                    "cell" => Op::Cell(shape, next(&mut seq)?),
                    "put" => Op::Put(shape, next(&mut seq)?, next(&mut seq)?),
                    "del" => Op::Del(shape, next(&mut seq)?),
                    "set" => {
                        let mut places = vec![(next(&mut seq)?, next(&mut seq)?)];
                        while let Some(index) = seq.next_element()? {
                            places.push((index, next(&mut seq)?));
                        }
                        return Ok(Op::Set(shape, places));
                    }
                    "log" => Op::Log(shape, next(&mut seq)?, next(&mut seq)?),
                    "signal" => Op::Signal(shape, next(&mut seq)?),
                    other => return Err(A::Error::custom(format!("unknown op {other:?}"))),
                };
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(op)
            }
        }
        deserializer.deserialize_seq(OpVisitor)
    }
}

/// A log's row as it is after an entry, to be kept where history is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logged {
    /// The log.
    pub shape: Arc<str>,
    /// The row's number.
    pub no: u64,
    /// Who may see it.
    pub audience: Audience,
    /// The row, JSON.
    pub value: Arc<str>,
}

/// Collects a transaction's ops, grouped by audience in the order in which audiences first appear.
#[derive(Debug, Default)]
pub struct Recorder {
    groups: Vec<(Audience, String)>,
    logged: Vec<Logged>,
}

/// What a transaction's recorder has collected.
pub(crate) struct Recorded {
    /// The ops of each audience as a JSON array.
    pub(crate) ops: Vec<(Audience, String)>,
    /// The rows of logs that were written.
    pub(crate) logged: Vec<Logged>,
}

impl Recorder {
    /// Whether nothing was recorded.
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// What was collected.
    pub(crate) fn finish(mut self) -> Recorded {
        self.groups.iter_mut().for_each(|(_, ops)| ops.push(']'));
        Recorded { ops: self.groups, logged: self.logged }
    }

    pub(crate) fn cell(&mut self, audience: &Audience, shape: &str, value: &impl Serialize) {
        self.write(audience, "cell", shape, &[&to_json(value)]);
    }

    pub(crate) fn put(
        &mut self,
        audience: &Audience,
        shape: &str,
        key: &impl Serialize,
        value: &impl Serialize,
    ) {
        self.write(audience, "put", shape, &[&to_json(key), &to_json(value)]);
    }

    pub(crate) fn del(&mut self, audience: &Audience, shape: &str, key: &impl Serialize) {
        self.write(audience, "del", shape, &[&to_json(key)]);
    }

    /// Records the places of a grid that were written, at least one.
    pub(crate) fn set(&mut self, audience: &Audience, shape: &str, places: &[(u32, u8)]) {
        let pairs: Vec<String> =
            places.iter().map(|(index, value)| format!("{index},{value}")).collect();
        self.write(audience, "set", shape, &[&pairs.join(",")]);
    }

    /// Records a log's row, which is also kept apart from the entry.
    pub(crate) fn log(
        &mut self,
        audience: &Audience,
        shape: &str,
        no: u64,
        value: &impl Serialize,
    ) {
        let value = to_json(value);
        self.write(audience, "log", shape, &[&no.to_string(), &value]);
        let (shape, audience, value) = (shape.into(), audience.clone(), value.into());
        self.logged.push(Logged { shape, no, audience, value });
    }

    pub(crate) fn signal(&mut self, audience: &Audience, shape: &str, value: &impl Serialize) {
        self.write(audience, "signal", shape, &[&to_json(value)]);
    }

    fn write(&mut self, audience: &Audience, kind: &str, shape: &str, arguments: &[&str]) {
        let group = self.groups.iter().position(|(known, _)| known == audience);
        let group = group.unwrap_or_else(|| {
            self.groups.push((audience.clone(), String::new()));
            self.groups.len() - 1
        });
        let out = &mut self.groups[group].1;
        out.push(if out.is_empty() { '[' } else { ',' });
        out.push_str("[\"");
        out.push_str(kind);
        out.push_str("\",\"");
        out.push_str(shape);
        out.push('"');
        for argument in arguments {
            out.push(',');
            out.push_str(argument);
        }
        out.push(']');
    }
}

/// JSON text of a value that a shape holds.
///
/// # Panics
/// If the value's own `Serialize` fails, which is a bug of the application; the room contains it.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("a value of a shape can be written as JSON")
}
