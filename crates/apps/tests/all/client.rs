//! What a client keeps of a room: it applies ops to a part without knowing any application, which is
//! all that the protocol asks of it.

use base64_lite::decode;
use houseful_room::Published;
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// A shape as a client keeps it.
#[derive(Clone, Debug, PartialEq)]
enum Shape {
    Cell(Json),
    Rows(BTreeMap<String, Json>),
    Grid(Vec<u8>),
}

/// One audience's part.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    aud: String,
    shapes: BTreeMap<String, Shape>,
}

impl Copy {
    pub fn read(part: &str) -> Copy {
        let part: Json = serde_json::from_str(part).expect("a part is JSON");
        let shapes = part["shapes"].as_object().expect("shapes");
        let shapes = shapes.iter().map(|(name, shape)| (name.clone(), read_shape(shape)));
        let aud = part["aud"].as_str().expect("an audience").to_owned();
        let shapes = shapes.filter(|(_, shape)| *shape != Shape::Rows(BTreeMap::new()));
        Copy { aud, shapes: shapes.collect() }
    }

    /// Applies what of an entry is for this audience.
    pub fn apply(&mut self, published: &Published) {
        for fragment in &published.fragments {
            let fragment: Json =
                serde_json::from_str(&fragment.text()).expect("a fragment is JSON");
            if fragment["aud"] == self.aud.as_str() {
                fragment["ops"].as_array().expect("ops").iter().for_each(|op| self.op(op));
            }
        }
    }

    fn op(&mut self, op: &Json) {
        let text = |at: usize| op[at].as_str().expect("text").to_owned();
        let (kind, name) = (text(0), text(1));
        match kind.as_str() {
            "cell" => {
                self.shapes.insert(name, Shape::Cell(op[2].clone()));
            }
            "put" => {
                let empty = || Shape::Rows(BTreeMap::new());
                let Shape::Rows(rows) = self.shapes.entry(name).or_insert_with(empty) else {
                    panic!("a row for something else")
                };
                rows.insert(op[2].to_string(), op[3].clone());
            }
            "del" => {
                let Some(Shape::Rows(rows)) = self.shapes.get_mut(&name) else {
                    panic!("a removal from nothing")
                };
                rows.remove(&op[2].to_string()).expect("the removed row was there");
                if rows.is_empty() {
                    self.shapes.remove(&name);
                }
            }
            "set" => {
                let Some(Shape::Grid(grid)) = self.shapes.get_mut(&name) else {
                    panic!("a place of no grid")
                };
                for pair in op.as_array().expect("an op")[2..].chunks(2) {
                    let (index, value) = (pair[0].as_u64(), pair[1].as_u64());
                    grid[index.expect("an index") as usize] = value.expect("a value") as u8;
                }
            }
            "log" => {
                let empty = || Shape::Rows(BTreeMap::new());
                let Shape::Rows(rows) = self.shapes.entry(name).or_insert_with(empty) else {
                    panic!("a row for something else")
                };
                rows.insert(op[2].to_string(), op[3].clone());
                // A snapshot has the last hundred (R50).
                let last = op[2].as_u64().expect("a number");
                rows.remove(&last.saturating_sub(100).to_string());
            }
            // A notice leaves nothing behind.
            "signal" => {}
            other => panic!("unknown op {other}"),
        }
    }
}

fn read_shape(shape: &Json) -> Shape {
    if let Some(rows) = shape["rows"].as_array().or(shape["log"].as_array()) {
        return Shape::Rows(rows.iter().map(|r| (r[0].to_string(), r[1].clone())).collect());
    }
    let grid = &shape["grid"];
    if grid.is_null() {
        return Shape::Cell(shape["cell"].clone());
    }
    let number = |name: &str| grid[name].as_u64().expect("a number") as usize;
    let (bits, length) = (number("bits"), number("length"));
    let data = decode(grid["data"].as_str().expect("data"));
    let value = |at: usize| data[at * bits / 8] >> (at * bits % 8) & ((1 << bits) - 1);
    Shape::Grid((0..length).map(value).collect())
}

/// As much of base64 as a test needs.
mod base64_lite {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    pub fn decode(text: &str) -> Vec<u8> {
        let mut out = Vec::new();
        let (mut bits, mut count) = (0u32, 0);
        for letter in text.bytes().filter(|letter| *letter != b'=') {
            let value = LETTERS.iter().position(|known| *known == letter).expect("base64");
            (bits, count) = (bits << 6 | value as u32, count + 6);
            if count >= 8 {
                count -= 8;
                out.push((bits >> count) as u8);
                bits &= (1 << count) - 1;
            }
        }
        out
    }
}
