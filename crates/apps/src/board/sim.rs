//! A board in the world of faults: who comes, what they draw, and how it is checked from the journal alone. It
//! never calls the board's own rules.

mod justify;
mod model;

use super::Board;
use houseful_room::testkit::{Ask, Asked, Observed, Replica, Rng, Workload};
use houseful_room::{AccountId, Principal, Refusal, Standing};
use model::Model;
use serde_json::{Value, json};

/// The owner's account.
const OWNER: u64 = 1;
/// Everyone who is signed in: accounts from 1.
const PEOPLE: u64 = 6;
/// Items that the board may have: few, so that it fills up.
const ITEMS: usize = 24;
/// Bytes that they may have.
const BYTES: usize = 3_200;
/// How far from the middle.
const REACH: i64 = 100_000;

/// Six people, one of them twice, and a passer-by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Drawing {
    /// The deed that somebody was last told to be changed since, as they would give it up.
    guess: u64,
}

impl Workload for Drawing {
    type App = Board;
    type Model = Model;

    fn config(&self) -> String {
        let app = json!({ "itemsMax": ITEMS, "bytesMax": BYTES });
        json!({ "owner": OWNER, "app": app }).to_string()
    }

    fn people(&self) -> Vec<Principal> {
        let person = |account| Principal::person(AccountId(account), Standing::Attendee);
        let mut people: Vec<Principal> = (1..=PEOPLE).map(person).collect();
        people.extend([person(4), Principal::VISITOR]);
        people
    }

    fn next(&mut self, rng: &mut Rng, client: usize, copy: &Replica) -> Option<Ask> {
        self.people().get(client)?.account?;
        let there: Vec<Value> =
            copy.rows("items").filter_map(|(id, _)| serde_json::from_str(id).ok()).collect();
        if there.len() < 4 || rng.percent(22) {
            return Some(add(rng, &there));
        }
        let mut ids: Vec<&Value> = (0..rng.between(1, 3)).map(|_| rng.pick(&there)).collect();
        ids.sort_by_key(|id| id.to_string());
        ids.dedup();
        Some(match rng.below(100) {
            0..20 => {
                let way = if rng.percent(5) { 150_000 } else { 900 };
                let (dx, dy) = (rng.below(way) as i64 - 300, rng.below(way) as i64 - 300);
                ask("move", json!({ "ids": ids, "dx": dx, "dy": dy }))
            }
            20..32 => ask("change", json!({ "id": ids[0], "colour": rng.below(12) })),
            32..34 => ask("change", json!({ "id": ids[0], "fill": rng.percent(60) })),
            34..36 => {
                let points = json!([rng.below(99), 0, 5, 5]);
                ask("change", json!({ "id": ids[0], "points": points }))
            }
            36..44 => ask("raise", json!({ "ids": ids })),
            44..58 => ask("delete", json!({ "ids": ids })),
            58..80 => {
                // Deeds are numbered; giving up a wrong one does nothing.
                self.guess = self.guess.max(rng.below(40)) + 1;
                match rng.percent(40) {
                    true => ask("undo", json!({ "past": rng.between(1, self.guess) })),
                    false => ask("undo", json!({})),
                }
            }
            80..94 => ask("redo", json!({})),
            94..95 => ask("clear", json!({})),
            _ => stray(rng),
        })
    }

    fn model(&self) -> Model {
        Model::default()
    }

    fn observe(&self, model: &mut Model, entry: &Observed) -> Result<(), String> {
        model.observe(entry)
    }

    fn justifies(&self, model: &Model, asked: Asked<'_>, refusal: &Refusal) -> bool {
        justify::justifies(model, asked, refusal).unwrap_or(false)
    }
}

fn ask(name: &'static str, body: Value) -> Ask {
    Ask { name, body: body.to_string() }
}

/// One of few ids, so that an id that was free once is taken again.
fn id(rng: &mut Rng) -> String {
    format!("00000000-0000-4000-8000-0000000000{:02x}", rng.below(40))
}

fn add(rng: &mut Rng, there: &[Value]) -> Ask {
    let count = rng.between(1, 3);
    let mut items: Vec<Value> = Vec::new();
    for _ in 0..count {
        let id = json!(id(rng));
        let is_new = items.iter().all(|item| item["id"] != id);
        if is_new && (!there.contains(&id) || rng.percent(10)) {
            items.push(figure(rng, &id));
        }
    }
    if items.is_empty() {
        let id = json!(id(rng));
        items.push(figure(rng, &id));
    }
    ask("add", json!({ "items": items }))
}

fn figure(rng: &mut Rng, id: &Value) -> Value {
    let (x, y) = (rng.below(500), rng.below(500));
    let mut item = json!({ "id": id, "colour": rng.below(12), "width": rng.between(1, 40) });
    let (kind, points) = match rng.below(4) {
        0 => ("stroke", json!([x, y, 1, 1, -2, 5, 0, 3])),
        1 => ("rect", json!([x, y, 40, 30])),
        2 => ("text", json!([x, y])),
        _ => ("arrow", json!([x, y, -40, 30])),
    };
    item["kind"] = json!(kind);
    item["points"] = points;
    if kind == "text" {
        item["text"] = json!("<b>so</b>");
    }
    item
}

/// What should never be possible.
fn stray(rng: &mut Rng) -> Ask {
    let there = json!(id(rng));
    match rng.below(5) {
        0 => ask("delete", json!({ "ids": [there] })),
        1 => {
            let mut item = figure(rng, &there);
            item["colour"] = json!(12);
            ask("add", json!({ "items": [item] }))
        }
        2 => {
            let mut item = figure(rng, &there);
            item["points"] = json!([1e308, 0.5]);
            ask("add", json!({ "items": [item] }))
        }
        3 => ask("change", json!({ "id": there })),
        _ => ask("move", json!({ "ids": [there], "dx": 1, "dy": 1 })),
    }
}
