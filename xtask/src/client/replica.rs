//! A copy of a room as any client keeps it: parts replace it, fragments change it, nothing here knows
//! what a room is about (R7 to R11).

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Rows and cells of one audience.
#[derive(Clone, Debug, Default)]
struct Part {
    shapes: BTreeMap<String, Shape>,
    /// The last fragment of this audience that is contained.
    seq: u64,
}

#[derive(Clone, Debug)]
enum Shape {
    Cell(Value),
    Rows(BTreeMap<String, Value>),
    Grid(Vec<u8>),
    /// Every row that was ever shown, by number.
    Log(BTreeMap<u64, Value>),
}

/// A copy vouches for so many rows of a log (R50).
const LOG_ROWS: usize = 100;

/// A room as far as one session may see it.
#[derive(Clone, Debug, Default)]
pub struct Replica {
    /// The history that it is of.
    pub epoch: String,
    /// For commands.
    pub term: u64,
    /// Everything up to here was seen.
    pub seq: u64,
    parts: BTreeMap<String, Part>,
}

/// How a join was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caught {
    /// By what was missed.
    Ops,
    /// By snapshots.
    Parts,
}

impl Replica {
    /// What a join says that one has already; nothing before the first.
    pub fn have(&self) -> Option<Value> {
        let known = !self.epoch.is_empty();
        known.then(|| serde_json::json!({ "epoch": self.epoch, "seq": self.seq }))
    }

    /// Takes the answer to a join.
    pub fn joined(&mut self, frame: &Value) -> Result<Caught> {
        let epoch = frame["epoch"].as_str().context("joined without epoch")?;
        let seq = frame["seq"].as_u64().context("joined without seq")?;
        self.term = frame["term"].as_u64().context("joined without term")?;
        let caught = if let Some(parts) = frame["parts"].as_array() {
            self.parts.clear();
            self.seq = 0;
            for part in parts {
                let audience = part["aud"].as_str().context("a part without aud")?;
                let shapes = part["shapes"].as_object().context("a part without shapes")?;
                let read =
                    |(name, shape): (&String, &Value)| Ok((name.clone(), Shape::read(shape)?));
                let shapes = shapes.iter().map(read).collect::<Result<_>>()?;
                self.parts.insert(audience.to_owned(), Part { shapes, seq });
            }
            Caught::Parts
        } else {
            if epoch != self.epoch {
                bail!("fragments of another epoch");
            }
            self.fragments(&frame["fragments"])?;
            Caught::Ops
        };
        epoch.clone_into(&mut self.epoch);
        self.seen(seq);
        Ok(caught)
    }

    /// Everything up to a seq was seen.
    pub fn seen(&mut self, seq: u64) {
        self.seq = self.seq.max(seq);
    }

    /// Applies fragments in order.
    pub fn fragments(&mut self, fragments: &Value) -> Result<()> {
        for fragment in fragments.as_array().context("fragments")? {
            self.fragment(fragment)?;
        }
        Ok(())
    }

    fn fragment(&mut self, fragment: &Value) -> Result<()> {
        let number = |name: &str| fragment[name].as_u64().with_context(|| format!("no {name}"));
        let (prev, seq) = (number("prev")?, number("seq")?);
        let audience = fragment["aud"].as_str().context("a fragment without aud")?;
        let seen = self.seq;
        let part = self.parts.entry(audience.to_owned()).or_default();
        if seq <= part.seq {
            return Ok(());
        }
        // What was seen before by a position or an answer counts too.
        if prev > part.seq.max(seen) {
            bail!("a gap: {audience} goes on from {prev}, and {} was seen", part.seq);
        }
        for op in fragment["ops"].as_array().context("a fragment without ops")? {
            part.apply(op)?;
        }
        part.seq = seq;
        self.seen(seq);
        Ok(())
    }

    /// The rows of a shape, whoever may see them.
    pub fn rows(&self, shape: &str) -> BTreeMap<&str, &Value> {
        let shapes = self.parts.values().filter_map(|part| part.shapes.get(shape));
        let rows = shapes
            .filter_map(|shape| if let Shape::Rows(rows) = shape { Some(rows) } else { None });
        rows.flatten().map(|(key, value)| (key.as_str(), value)).collect()
    }

    /// The values of a grid.
    pub fn grid(&self, shape: &str) -> &[u8] {
        let shapes = self.parts.values().filter_map(|part| part.shapes.get(shape));
        let mut grids = shapes
            .filter_map(|shape| if let Shape::Grid(grid) = shape { Some(grid) } else { None });
        grids.next().map_or(&[], Vec::as_slice)
    }

    /// The rows of a log, as far back as they were shown.
    pub fn log(&self, shape: &str) -> BTreeMap<u64, &Value> {
        let shapes = self.parts.values().filter_map(|part| part.shapes.get(shape));
        let logs =
            shapes.filter_map(|shape| if let Shape::Log(rows) = shape { Some(rows) } else { None });
        logs.flatten().map(|(no, value)| (*no, value)).collect()
    }

    /// A hash of what one audience sees: the same for everybody who sees the same.
    pub fn hash(&self, audience: &str) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (name, shape) in self.parts.get(audience).iter().flat_map(|part| &part.shapes) {
            match shape {
                Shape::Rows(rows) if rows.is_empty() => {}
                Shape::Rows(rows) => {
                    name.hash(&mut hasher);
                    rows.iter().for_each(|(key, row)| (key, row.to_string()).hash(&mut hasher));
                }
                Shape::Cell(value) => (name, value.to_string()).hash(&mut hasher),
                Shape::Grid(values) => (name, values).hash(&mut hasher),
                Shape::Log(rows) => {
                    let last = rows.iter().rev().take(LOG_ROWS);
                    last.for_each(|(no, row)| (name, no, row.to_string()).hash(&mut hasher));
                }
            }
        }
        hasher.finish()
    }
}

impl Shape {
    fn read(shape: &Value) -> Result<Shape> {
        if let Some(rows) = shape["rows"].as_array() {
            let rows = rows.iter().map(|row| (key_of(&row[0]), row[1].clone()));
            return Ok(Shape::Rows(rows.collect()));
        }
        if let Some(rows) = shape["log"].as_array() {
            let row =
                |row: &Value| Ok((row[0].as_u64().context("a row's number")?, row[1].clone()));
            return Ok(Shape::Log(rows.iter().map(row).collect::<Result<_>>()?));
        }
        if let Some(grid) = shape.get("grid") {
            let bits = grid["bits"].as_u64().context("a grid without bits")?;
            let length = grid["length"].as_u64().context("a grid without length")?;
            let data = STANDARD.decode(grid["data"].as_str().context("a grid without data")?)?;
            let value = |index: u64| {
                let bit = index * bits;
                let byte =
                    data.get(usize::try_from(bit / 8)?).context("a grid that is too short")?;
                Ok((byte >> (bit % 8)) & (((1u16 << bits) - 1) as u8))
            };
            return Ok(Shape::Grid((0..length).map(value).collect::<Result<_>>()?));
        }
        Ok(Shape::Cell(shape.get("cell").context("a shape of no kind")?.clone()))
    }
}

impl Part {
    fn apply(&mut self, op: &Value) -> Result<()> {
        let kind = op[0].as_str().context("an op without a kind")?;
        let name = op[1].as_str().context("an op without a shape")?;
        match kind {
            "cell" => {
                self.shapes.insert(name.to_owned(), Shape::Cell(op[2].clone()));
            }
            "put" | "del" => {
                let shape = self.shapes.entry(name.to_owned());
                let Shape::Rows(rows) = shape.or_insert_with(|| Shape::Rows(BTreeMap::new()))
                else {
                    bail!("{name} has no rows");
                };
                if kind == "put" {
                    rows.insert(key_of(&op[2]), op[3].clone());
                } else {
                    rows.remove(&key_of(&op[2]));
                }
            }
            "set" => {
                let Some(Shape::Grid(grid)) = self.shapes.get_mut(name) else {
                    bail!("{name} is no grid");
                };
                for pair in op.as_array().map_or(&[][..], |op| &op[2..]).chunks(2) {
                    let index = usize::try_from(pair[0].as_u64().context("an index")?)?;
                    let value = pair.get(1).and_then(Value::as_u64).context("a value")?;
                    let place = grid.get_mut(index).context("an index outside the grid")?;
                    *place = u8::try_from(value)?;
                }
            }
            "log" => {
                let shape = self.shapes.entry(name.to_owned());
                let Shape::Log(rows) = shape.or_insert_with(|| Shape::Log(BTreeMap::new())) else {
                    bail!("{name} is no log");
                };
                let no = op[2].as_u64().context("a row's number")?;
                let last = rows.last_key_value().map_or(0, |(last, _)| *last);
                if no > last + 1 {
                    bail!("{name} goes on with row {no}, and {last} was the last (R50)");
                }
                // An older row than are kept is not known here, and not missed.
                if no == last + 1 || rows.contains_key(&no) {
                    rows.insert(no, op[3].clone());
                }
            }
            "signal" => {}
            other => bail!("an op of the kind {other}"),
        }
        Ok(())
    }
}

/// A key as text: strings as they are, all else as JSON.
fn key_of(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{Caught, Replica};
    use serde_json::json;

    #[test]
    fn a_copy_kept_by_fragments_is_the_copy_of_a_newcomer() {
        let grid = |data: &str| json!({ "grid": { "bits": 2, "length": 4, "data": data } });
        let joined = |seq: u64, data: &str, title: &str| {
            json!({ "epoch": "e", "term": 1, "seq": seq, "parts":
                [{ "aud": "all", "shapes": { "title": { "cell": title }, "seats": grid(data) } }] })
        };
        let mut old = Replica::default();
        assert_eq!(old.joined(&joined(1, "AA==", "a")).unwrap(), Caught::Parts);
        let ops = json!([["set", "seats", 1, 2], ["cell", "title", "b"], ["put", "r", 1, 1]]);
        let fragments = json!([
            { "aud": "all", "prev": 1, "seq": 2, "ops": ops },
            { "aud": "all", "prev": 2, "seq": 4, "ops": [["del", "r", 1]] },
        ]);
        old.fragments(&fragments).unwrap();
        let mut new = Replica::default();
        new.joined(&joined(4, "CA==", "b")).unwrap();
        assert_eq!((old.seq, old.hash("all")), (new.seq, new.hash("all")));
        let row =
            |no: u64| json!([{ "aud": "all", "prev": 4, "seq": 5, "ops": [["log", "l", no, no]] }]);
        assert!(old.clone().fragments(&row(2)).is_err(), "a row is missing");
        old.clone().fragments(&row(1)).unwrap();
        assert!(
            old.fragments(&json!([{ "aud": "all", "prev": 9, "seq": 10, "ops": [] }])).is_err()
        );
    }
}
