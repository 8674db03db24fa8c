//! A client's copy of a room, kept as the protocol says (R7–R11), knowing nothing of any application.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use std::collections::BTreeMap;

/// Shapes by name: cells, rows by key, grids by index, all as one kind of map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replica {
    shapes: BTreeMap<String, BTreeMap<String, Value>>,
    heads: BTreeMap<String, u64>,
    pub seq: u64,
}

impl Replica {
    /// Takes what `joined` brings.
    pub fn joined(&mut self, joined: &Value) {
        if let Some(parts) = joined["parts"].as_array() {
            *self = Replica::default();
            for shapes in parts.iter().map(|part| part["shapes"].as_object().unwrap()) {
                for (name, shape) in shapes {
                    self.shape(name, shape);
                }
            }
        } else {
            self.fragments(joined);
        }
        self.seq = joined["seq"].as_u64().unwrap();
    }

    /// Takes the fragments of an `ops`. A gap is a failure.
    pub fn fragments(&mut self, frame: &Value) {
        for fragment in frame["fragments"].as_array().unwrap() {
            let (prev, seq) =
                (fragment["prev"].as_u64().unwrap(), fragment["seq"].as_u64().unwrap());
            let audience = fragment["aud"].as_str().unwrap().to_owned();
            if let Some(head) = self.heads.insert(audience, seq) {
                assert_eq!(head, prev, "a gap before {fragment}");
            } else {
                assert!(prev <= self.seq, "a gap before {fragment}");
            }
            for op in fragment["ops"].as_array().unwrap() {
                self.op(op.as_array().unwrap());
            }
        }
        self.seq = self.seq.max(super::seqs(frame).into_iter().max().unwrap_or(0));
    }

    /// What a copy shows: empty shapes are as good as none.
    pub fn shown(&self) -> BTreeMap<String, BTreeMap<String, Value>> {
        self.shapes.iter().filter(|(_, shape)| !shape.is_empty()).map(cloned).collect()
    }

    /// A shape's value under a key.
    pub fn get(&self, shape: &str, key: &str) -> Option<&Value> {
        self.shapes.get(shape)?.get(key)
    }

    /// How often a value is in a grid.
    pub fn count(&self, grid: &str, value: u64) -> usize {
        self.shapes.get(grid).map_or(0, |cells| cells.values().filter(|v| **v == value).count())
    }

    fn shape(&mut self, name: &str, shape: &Value) {
        let mut keyed = BTreeMap::new();
        if let Some(rows) = shape["rows"].as_array().or(shape["log"].as_array()) {
            keyed.extend(rows.iter().map(|row| (text(&row[0]), row[1].clone())));
        } else if shape["grid"].is_object() {
            let cells = unpacked(&shape["grid"]).into_iter().enumerate();
            keyed.extend(cells.map(|(index, value)| (index.to_string(), value.into())));
        } else if !shape["cell"].is_null() {
            keyed.insert(String::new(), shape["cell"].clone());
        }
        self.shapes.entry(name.to_owned()).or_default().extend(keyed);
    }

    fn op(&mut self, op: &[Value]) {
        let shape = self.shapes.entry(text(&op[1])).or_default();
        match op[0].as_str().unwrap() {
            "cell" => drop(shape.insert(String::new(), op[2].clone())),
            "put" | "log" => drop(shape.insert(text(&op[2]), op[3].clone())),
            "set" => shape.extend(op[2..].chunks(2).map(|pair| (text(&pair[0]), pair[1].clone()))),
            "del" => drop(shape.remove(&text(&op[2]))),
            "signal" => {}
            other => panic!("no op {other:?} is in the protocol"),
        }
    }
}

fn cloned((name, shape): (&String, &BTreeMap<String, Value>)) -> (String, BTreeMap<String, Value>) {
    (name.clone(), shape.clone())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The values of a grid, packed from the low bits of each byte up (R8).
pub fn unpacked(grid: &Value) -> Vec<u64> {
    let bits = usize::try_from(grid["bits"].as_u64().unwrap()).unwrap();
    let length = usize::try_from(grid["length"].as_u64().unwrap()).unwrap();
    let data = BASE64_STANDARD.decode(grid["data"].as_str().unwrap()).unwrap();
    let bit = |at: usize| u64::from(data[at / 8] >> (at % 8) & 1);
    let value = |index: usize| (0..bits).map(|n| bit(index * bits + n) << n).sum();
    (0..length).map(value).collect()
}
