//! A seat sale in the world of faults: who comes, what they ask for, and how it is checked from the
//! journal alone. It never calls the sale's own rules.

mod bought;
mod justify;
mod line;
mod model;
mod starts;

use super::Seats;
use houseful_room::testkit::{Ask, Asked, Observed, Replica, Rng, Workload};
use houseful_room::{AccountId, Principal, Refusal, Standing};
use model::Model;
use serde_json::{Value, json};

/// The staff's account.
const STAFF: u64 = 1;
/// Everyone who is signed in: accounts from 1.
const PEOPLE: u64 = 7;
/// How long a cart lasts.
const HOLD_MS: u64 = 2_000;
/// How long an offer to somebody in line lasts.
const OFFER_MS: u64 = 1_500;
/// How many carts a person may start in an hour; the clock is set so far that some are forgotten.
const HOLDS_PER_HOUR: i64 = 18;
/// Runs of adjacent seats: the first row has an aisle.
const SEGMENTS: [(u32, u32); 3] = [(0, 3), (3, 5), (5, 9)];
/// How many seats there are.
const SEATS: u32 = 9;
/// The wheelchair place.
const ACCESSIBLE: u32 = 8;
/// How many fit into the only area.
const CAPACITY: u32 = 5;
/// Ten years after the simulation's beginning: the wall clock never jumps so far.
const STARTS_AT: i64 = 2_111_000_000_000;

/// Seven people, one of them twice, and a passer-by around nine seats and five places to stand.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sale;

impl Workload for Sale {
    type App = Seats;
    type Model = Model;

    fn config(&self) -> String {
        json!({
            "eventId": 42, "owner": STAFF, "planId": "small", "title": "Simulated",
            "startsAt": STARTS_AT, "timeZone": "Europe/Berlin", "currency": "EUR",
            "prices": { "near": 1_500, "far": 0 }, "limitPerPerson": 4, "holdMs": HOLD_MS,
            "offerMs": OFFER_MS,
            "holdsPerHour": HOLDS_PER_HOUR,
            "plan": {
                "name": "Small hall",
                "zones": [{ "id": "near", "name": "Near" }, { "id": "far", "name": "Far" }],
                "sections": [
                    { "name": "Front", "zone": "near", "x": 0.0, "y": 0.0,
                      "rows": [{ "label": "A", "seats": 5, "aisles": [3] }] },
                    { "name": "Back", "zone": "far", "x": 0.0, "y": 60.0,
                      "rows": [{ "label": "B", "seats": 4, "accessible": [3] }] },
                ],
                "areas": [{ "name": "Standing", "zone": "far", "capacity": CAPACITY,
                            "x": 0.0, "y": 120.0, "w": 80.0, "h": 40.0 }],
            },
        })
        .to_string()
    }

    fn people(&self) -> Vec<Principal> {
        let person = |account| Principal::person(AccountId(account), Standing::Attendee);
        let mut people: Vec<Principal> = (1..=PEOPLE).map(person).collect();
        people.extend([person(4), Principal::VISITOR]);
        people
    }

    fn next(&mut self, rng: &mut Rng, client: usize, copy: &Replica) -> Option<Ask> {
        let account = self.people().get(client)?.account?.0;
        if account == STAFF {
            if copy.cell("event")?.get("status")? == "draft" {
                return Some(ask("publish", json!({})));
            }
            if rng.percent(40) {
                return Some(of_staff(rng, copy));
            }
        }
        let cart = copy.row("cart", &account.to_string());
        Some(match (cart, rng.below(100)) {
            (Some(_), 0..45) => ask("book", json!({ "payment": "door" })),
            (Some(_), 45..50) => ask("book", json!({ "payment": "free" })),
            (Some(cart), 50..65) => release(rng, cart),
            (Some(_), 65..80) => ask("renew", json!({})),
            (_, 80..85) => buy(rng, cart),
            (None, 0..30) => cancel(rng, copy).unwrap_or_else(|| hold(rng)),
            (None, 97..) => stray(rng),
            (None, 72..97) if copy.row("queue", &account.to_string()).is_none() => {
                ask("queue", json!({ "count": rng.between(1, 2) }))
            }
            (None, 94..97) => ask("unqueue", json!({})),
            _ => hold(rng),
        })
    }

    fn may_be_out(&self, model: &Model, who: &Principal) -> bool {
        !model.is_seen_by(who.account.map_or(0, |account| account.0))
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

    fn finish(&self, model: &Model, true_ms: u64) -> Result<(), String> {
        model.must_have_no_cart()?;
        model.line.must_not_linger(true_ms)
    }
}

fn ask(name: &'static str, body: Value) -> Ask {
    Ask { name, body: body.to_string() }
}

fn hold(rng: &mut Rng) -> Ask {
    let seat = rng.below(u64::from(SEATS));
    let body = match rng.below(100) {
        0..45 => json!({ "seats": [seat] }),
        45..65 => {
            let (from, to) = *rng.pick(&SEGMENTS);
            let first = from + rng.below(u64::from(to - from - 1)) as u32;
            json!({ "seats": [first, first + 1] })
        }
        65..80 => json!({ "best": { "count": rng.between(1, 3) } }),
        80..83 => json!({ "best": { "count": 1, "accessible": true } }),
        83..95 => json!({ "areas": [[0, rng.between(1, 3)]] }),
        _ => json!({ "seats": [seat], "areas": [[0, 1]] }),
    };
    ask("hold", body)
}

/// Places at once: now and then one that is held already.
fn buy(rng: &mut Rng, cart: Option<&Value>) -> Ask {
    let own = cart.and_then(|cart| cart.get("seats")?.get(0)?.get(0)).cloned();
    let seat = rng.below(u64::from(SEATS));
    let payment = if rng.percent(10) { "free" } else { "door" };
    let mut body = match (own, rng.below(100)) {
        (Some(own), 0..50) => json!({ "seats": [own] }),
        (_, 0..20) => json!({ "seats": [seat] }),
        (_, 20..40) => json!({ "best": { "count": rng.between(1, 2) } }),
        (_, 40..60) => json!({ "areas": [[0, rng.between(1, 2)]] }),
        _ => json!({ "first": rng.between(1, 3) }),
    };
    body["payment"] = json!(payment);
    body["once"] = json!(rng.percent(20));
    ask("buy", body)
}

/// All of the cart, or one place of it.
fn release(rng: &mut Rng, cart: &Value) -> Ask {
    let first = |list: &str| cart.get(list).and_then(|list| list.get(0)).and_then(|p| p.get(0));
    let body = match (first("seats"), first("areas"), rng.below(3)) {
        (Some(seat), _, 1) => json!({ "seats": [seat] }),
        (_, Some(area), 2) => json!({ "areas": [[area, 1]] }),
        _ => json!({}),
    };
    ask("release", body)
}

/// An order that this copy shows, or one seat of it.
fn cancel(rng: &mut Rng, copy: &Replica) -> Option<Ask> {
    let orders: Vec<(&str, &Value)> = copy.rows("orders").collect();
    let booked = |order: &Value| order.get("status").is_some_and(|status| status == "booked");
    let open: Vec<_> = orders.iter().filter(|(_, order)| booked(order)).collect();
    let among = if rng.percent(3) { orders.iter().collect() } else { open };
    if among.is_empty() {
        return None;
    }
    let (key, order) = rng.pick(&among);
    let id: Value = serde_json::from_str(key).ok()?;
    let seat = order.get("seats").and_then(|seats| seats.get(0)).and_then(|seat| seat.get(0));
    Some(match seat {
        Some(seat) if rng.percent(30) => ask("cancel", json!({ "order": id, "seats": [seat] })),
        _ => ask("cancel", json!({ "order": id })),
    })
}

fn of_staff(rng: &mut Rng, copy: &Replica) -> Ask {
    let seat = rng.below(u64::from(SEATS));
    let lines: Vec<&str> =
        copy.rows("desk").map(|(key, _)| key).filter(|key| key.starts_with("\"o:")).collect();
    match rng.below(100) {
        0..14 => ask("block", json!({ "seats": [seat] })),
        14..34 => ask("unblock", json!({ "seats": [seat] })),
        34..38 => ask("block", json!({ "areas": [[0, 1]] })),
        38..44 => ask("unblock", json!({ "areas": [[0, 1]] })),
        44..50 => ask("edit", json!({ "limitPerPerson": rng.between(3, 4) })),
        50..54 => ask("edit", json!({ "prices": { "near": rng.between(1, 3) * 500 } })),
        54..70 => ask("capacity", json!({ "area": 0, "capacity": rng.between(1, 6) })),
        70..90 => of_people(rng),
        _ if lines.is_empty() => ask("publish", json!({})),
        _ => {
            let order = rng.pick(&lines).trim_matches('"').trim_start_matches("o:").to_owned();
            ask("cancel", json!({ "order": order }))
        }
    }
}

/// Who sees it; now and then nobody is to come at all.
fn of_people(rng: &mut Rng) -> Ask {
    let one = rng.between(2, PEOPLE);
    match rng.below(100) {
        0..12 => ask("edit", json!({ "visibility": "private" })),
        12..50 => ask("edit", json!({ "visibility": "public" })),
        50..75 => ask("invite", json!({ "accounts": [one], "unseen": rng.percent(50) })),
        75..96 => ask("uninvite", json!({ "accounts": [one] })),
        _ => ask("cancel_event", json!({})),
    }
}

/// What should never be possible.
fn stray(rng: &mut Rng) -> Ask {
    match rng.below(5) {
        0 => ask("hold", json!({ "seats": [SEATS + 7] })),
        1 => ask("cancel", json!({ "order": "00000000-0000-7000-8000-000000000000" })),
        2 => ask("block", json!({ "seats": [0] })),
        3 => ask("release", json!({ "seats": [rng.below(u64::from(SEATS))] })),
        _ => ask("renew", json!({})),
    }
}
