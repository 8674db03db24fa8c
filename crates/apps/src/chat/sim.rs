//! A chat in the world of faults: who comes, what they ask for, and how it is checked from the journal and the
//! history alone. It never calls the chat's own rules.

mod justify;
mod model;

use super::Chat;
use houseful_room::testkit::{Ask, Asked, Log, Observed, Replica, Rng, Workload};
use houseful_room::{AccountId, Principal, Refusal, Standing};
use model::Model;
use serde_json::{Value, json};

/// The owner's account.
const OWNER: u64 = 1;
/// The moderator's.
const MODERATOR: u64 = 2;
/// Everyone who is signed in: accounts from 1.
const PEOPLE: u64 = 7;
/// The event to which the chat belongs.
const EVENT: u64 = 42;
/// How many seats its plan has.
const SEATS: u64 = 50;
/// How many messages stay in memory: few, so that many are amended after they left it.
const KEPT: usize = 100;
/// Of a hundred asks of those who keep order, so many are for that.
const KEEPING_PERCENT: u64 = 25;
const EMOJI: [&str; 3] = ["👍", "❤️", "🇩🇪"];

/// Seven people, one of them twice, and a passer-by.
#[derive(Clone, Copy, Debug, Default)]
pub struct Talk {
    /// So that no two messages are the same.
    said: u64,
    /// A message, and how many more will like it at once.
    liked: (u64, u8),
}

impl Workload for Talk {
    type App = Chat;
    type Model = Model;

    fn config(&self) -> String {
        let app = json!({ "room": "chat", "event": { "id": EVENT, "seats": SEATS }, "kept": KEPT });
        json!({ "owner": OWNER, "moderators": [MODERATOR], "app": app }).to_string()
    }

    fn people(&self) -> Vec<Principal> {
        let person = |account| Principal::person(AccountId(account), Standing::Attendee);
        let mut people: Vec<Principal> = (1..=PEOPLE).map(person).collect();
        people.extend([person(4), Principal::VISITOR]);
        people
    }

    fn next(&mut self, rng: &mut Rng, client: usize, copy: &Replica) -> Option<Ask> {
        let by = self.people().get(client)?.account?.0;
        if by <= MODERATOR && rng.percent(KEEPING_PERCENT) {
            return Some(keep_order(rng));
        }
        let last = copy.log("messages").last().map_or(0, |(no, _)| no);
        // Most of what is done to messages is done to the latest; some to any.
        let no = match rng.percent(60) {
            true => last.saturating_sub(rng.below(8)),
            false => rng.between(1, last.max(1)),
        };
        if let (no, more @ 1..) = self.liked {
            self.liked.1 = more - 1;
            let on = rng.percent(70);
            return Some(ask("react", json!({ "no": no, "emoji": EMOJI[0], "on": on })));
        }
        let own = self.own(rng, by, copy);
        Some(match rng.below(100) {
            0..56 => ask("say", self.message(rng, by, last)),
            56..64 => ask("edit", self.edited(rng, by, own.unwrap_or(no))),
            64..71 => {
                let no = own.filter(|_| by > MODERATOR).unwrap_or(no);
                ask("delete", json!({ "no": no }))
            }
            71..96 => {
                let (emoji, on) = (rng.pick(&EMOJI), rng.percent(75));
                // Sometimes all like the same one at once, long after it was said.
                if rng.percent(25) {
                    self.liked = (rng.between(1, last.saturating_sub(KEPT as u64).max(1)), 5);
                }
                ask("react", json!({ "no": no, "emoji": emoji, "on": on }))
            }
            _ => self.stray(rng, by, last),
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

    fn finish_kept(&self, model: &Model, log: &Log, snapshot: &str) -> Result<(), String> {
        model.must_be_history(log)?;
        model.must_have_forgotten(snapshot)
    }
}

fn ask(name: &'static str, body: Value) -> Ask {
    Ask { name, body: body.to_string() }
}

fn keep_order(rng: &mut Rng) -> Ask {
    let account = rng.between(MODERATOR + 1, PEOPLE);
    match rng.below(100) {
        0..45 => ask("mute", json!({ "account": account, "ms": rng.between(1, 4) * 1_000 })),
        45..65 => ask("unmute", json!({ "account": account })),
        65..97 => ask("slow", json!({ "ms": rng.below(4).saturating_sub(1) * 700 })),
        _ => ask("mute", json!({ "account": rng.between(1, 99), "ms": 1_000 })),
    }
}

impl Talk {
    /// Words that tell who wrote them, never twice the same.
    fn words(&mut self, by: u64) -> String {
        self.said += 1;
        format!("{by}:{};", self.said)
    }

    fn message(&mut self, rng: &mut Rng, by: u64, last: u64) -> Value {
        let mut body = json!({ "text": self.words(by) });
        if rng.percent(20) {
            body["mentions"] = json!([rng.between(1, PEOPLE)]);
        }
        if rng.percent(10) && last > 0 {
            body["reply"] = json!(rng.between(1, last));
        }
        if rng.percent(10) {
            body["seats"] = json!({ "event": EVENT, "indices": [rng.below(SEATS)] });
        }
        body
    }

    fn edited(&mut self, rng: &mut Rng, by: u64, no: u64) -> Value {
        let mut body = json!({ "no": no, "text": self.words(by) });
        if rng.percent(20) {
            body["mentions"] = json!([rng.between(1, PEOPLE)]);
        }
        body
    }

    /// A message of one's own, of those that one sees.
    fn own(&self, rng: &mut Rng, by: u64, copy: &Replica) -> Option<u64> {
        let is_own = |row: &Value| row["by"] == by && row.get("deleted").is_none();
        let own: Vec<u64> =
            copy.log("messages").filter(|(_, row)| is_own(row)).map(|(no, _)| no).collect();
        (!own.is_empty() && rng.percent(70)).then(|| *rng.pick(&own))
    }

    /// What should never be possible.
    fn stray(&mut self, rng: &mut Rng, by: u64, last: u64) -> Ask {
        let text = self.words(by);
        match rng.below(8) {
            0 => ask("say", json!({ "text": "  " })),
            1 => ask("say", json!({ "text": text, "mentions": [99] })),
            2 => ask("say", json!({ "text": text, "reply": last + 50 })),
            3 => {
                let seats = json!({ "event": EVENT, "indices": [SEATS] });
                ask("say", json!({ "text": text, "seats": seats }))
            }
            4 => ask("edit", json!({ "no": last + 50, "text": text })),
            5 => ask("slow", json!({ "ms": 0 })),
            6 => ask("mute", json!({ "account": OWNER, "ms": 1_000 })),
            _ => ask("react", json!({ "no": last, "emoji": "ab", "on": true })),
        }
    }
}
