//! What holds for every sequence of commands: snapshot and ops, recovery, secrecy, derived rows. The
//! world checks the invariants after each step besides.

use crate::client::Copy;
use crate::world::*;
use houseful_room::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

/// A step of a story; numbers choose among what there is.
#[derive(Clone, Debug)]
pub struct Step {
    kind: u8,
    who: u8,
    a: u16,
    b: u16,
}

pub fn steps(max: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = (0u8..24, any::<u8>(), any::<u16>(), any::<u16>());
    let step = step.prop_map(|(kind, who, a, b)| Step { kind, who, a, b });
    proptest::collection::vec(step, 1..max)
}

const PEOPLE: [u64; 5] = [ANN, BEN, CAT, OWNER, ADMIN];

impl Step {
    fn who(&self) -> u64 {
        PEOPLE[usize::from(self.who) % PEOPLE.len()]
    }

    fn seats(&self) -> Vec<u32> {
        let first = u32::from(self.a) % 37;
        (first..first + 1 + u32::from(self.b) % 3).collect()
    }

    fn order(&self, world: &World) -> Json {
        let orders = world.rows.keys().filter(|(table, _)| *table == "orders");
        let ids: Vec<&Value> = orders.map(|(_, key)| &key[0].1).collect();
        match ids.get(usize::from(self.a) % ids.len().max(1)) {
            Some(Value::Text(id)) => json!(id),
            _ => json!("00000000-0000-0000-0000-000000000000"),
        }
    }

    /// Does it; whether it was refused does not matter. Nothing of it may be a bug.
    pub fn play(&self, world: &mut World, who: u64) {
        let (a, b) = (u64::from(self.a), u64::from(self.b));
        let session = u64::from(self.who % 8);
        let (name, body) = match self.kind {
            0..=4 => ("hold", json!({ "seats": self.seats() })),
            5 => ("hold", json!({ "best": {"count": 1 + a % 3, "accessible": b % 4 == 0} })),
            6 => ("hold", json!({ "areas": [[a % 2, 1 + b % 3]], "seats": self.seats() })),
            7 => ("release", json!({})),
            8 => ("release", json!({ "seats": self.seats() })),
            9 => ("release", json!({ "areas": [[0, 1]] })),
            10 => ("renew", json!({})),
            11 | 12 => ("book", json!({ "payment": if a % 4 == 0 { "free" } else { "door" } })),
            13 => ("cancel", json!({ "order": self.order(world) })),
            14 => ("cancel", json!({ "order": self.order(world), "seats": self.seats() })),
            15 => ("block", json!({ "seats": self.seats(), "areas": [[0, 1 + b % 3]] })),
            16 => ("unblock", json!({ "seats": self.seats() })),
            17 => {
                let limit = 1 + b % 12;
                ("edit", json!({ "prices": {"a": a % 3}, "limitPerPerson": limit }))
            }
            18 => return world.pass(a * 30 % (11 * MINUTE)),
            19 => {
                world.crash();
                return world.restart();
            }
            20 => ("buy", json!({ "seats": self.seats(), "payment": "door", "once": b % 4 == 0 })),
            21 => ("buy", json!({ "first": 1 + a % 3, "payment": "door" })),
            22 => return drop(world.enter(session, person(who))),
            _ => return drop(world.input(Input::Lost { session: SessionId(session) })),
        };
        if let Err(refusal) = world.send(who, name, body) {
            assert_ne!(refusal.code, "internal", "{name}: {}", refusal.message);
            assert_ne!(refusal.code, "invalid_command", "{name}: {}", refusal.message);
        }
    }
}

fn audiences() -> Vec<Audience> {
    let members = PEOPLE.map(|id| Audience::Member(AccountId(id)));
    let roles = ["staff", "guest", "visitor"].map(Audience::role);
    let groups = ["desk", "team"].map(|name| Audience::Group(name.into()));
    [Audience::All].into_iter().chain(roles).chain(groups).chain(members).collect()
}

fn read(world: &World, audience: &Audience) -> Copy {
    Copy::read(&world.host.room().part(audience))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn snapshot_and_ops_are_the_later_snapshot(steps in steps(60)) {
        let mut world = World::new();
        let audiences = audiences();
        let mut copies: Vec<Copy> = audiences.iter().map(|aud| read(&world, aud)).collect();
        let mut heads: BTreeMap<Audience, Seq> = BTreeMap::new();
        for step in &steps {
            world.published.clear();
            step.play(&mut world, step.who());
            for published in &world.published {
                for fragment in &published.fragments {
                    let head = heads.insert(fragment.audience.clone(), fragment.seq);
                    prop_assert!(head.is_none_or(|head| head == fragment.prev));
                }
                copies.iter_mut().for_each(|copy| copy.apply(published));
            }
            for (copy, audience) in copies.iter().zip(&audiences) {
                prop_assert_eq!(copy, &read(&world, audience), "{}", audience);
            }
        }
    }

    #[test]
    fn a_recovered_room_is_what_it_was(steps in steps(40), at in any::<prop::sample::Index>()) {
        let mut world = World::new();
        let at = at.index(steps.len());
        for (nth, step) in steps.iter().enumerate() {
            step.play(&mut world, step.who());
            if nth == at {
                world.keep_snapshot();
            }
        }
        let before: Vec<Copy> = audiences().iter().map(|aud| read(&world, aud)).collect();
        world.crash();
        let after: Vec<Copy> = audiences().iter().map(|aud| read(&world, aud)).collect();
        prop_assert_eq!(before, after);
        world.restart();
    }

    #[test]
    fn derived_rows_add_up_to_what_the_state_implies(steps in steps(60)) {
        let mut world = World::new();
        for step in &steps {
            step.play(&mut world, step.who());
            let implied = world.host.room().derived().into_iter();
            let implied: BTreeMap<_, _> =
                implied.filter_map(|row| Some(((row.table, row.key), row.set?))).collect();
            prop_assert_eq!(&implied, &world.rows);
            let mut sold = BTreeSet::new();
            for ((table, _), set) in &world.rows {
                let value = |name: &str| set.iter().find(|c| c.0 == name).map(|c| c.1.clone());
                let booked = value("status") == Some("booked".into());
                if *table == "order_places" && booked && value("seat") != Some(Value::Null) {
                    prop_assert!(sold.insert(value("seat")), "a seat is sold twice");
                }
            }
        }
    }

    #[test]
    fn r46_nobody_else_learns_who_holds(steps in steps(50)) {
        let mut one = World::new();
        let mut other = World::new();
        let swap = |who| match who { ANN => BEN, BEN => ANN, who => who };
        for step in &steps {
            step.play(&mut one, step.who());
            step.play(&mut other, swap(step.who()));
        }
        // Cat's own doings are the same in both worlds, so all that she sees must be.
        let hers = [Audience::All, Audience::role("guest"), Audience::Member(AccountId(CAT))];
        let seen = |world: &World| -> Vec<String> {
            let fragments = world.published.iter().flat_map(|published| &published.fragments);
            let fragments = fragments.filter(|fragment| hers.contains(&fragment.audience));
            fragments.map(|fragment| fragment.text()).collect()
        };
        prop_assert_eq!(seen(&one), seen(&other));
        for audience in &hers {
            prop_assert_eq!(one.part(audience), other.part(audience));
        }
    }

    #[test]
    fn one_cart_or_two_looks_the_same(
        seats in proptest::sample::subsequence(vec![0u32, 1, 5, 6, 10, 11, 20, 21], 1..8),
        split in any::<u8>(),
    ) {
        let play = |split: u8| {
            let mut config = config();
            config["limitPerPerson"] = json!(20);
            let mut world = World::with(config);
            for (nth, seat) in seats.iter().enumerate() {
                let who = if split >> nth & 1 == 0 { ANN } else { BEN };
                let _ = world.send(who, "hold", json!({ "seats": [seat] }));
            }
            let all = world.published.iter().flat_map(|published| &published.fragments);
            let all = all.filter(|fragment| fragment.audience == Audience::All);
            all.map(|fragment| ops(&fragment.ops)).collect::<Vec<Json>>()
        };
        prop_assert_eq!(play(0), play(split));
    }
}

fn ops(text: &str) -> Json {
    serde_json::from_str(text).expect("ops are JSON")
}

#[test]
fn r46_fragments_for_everyone_name_nobody() {
    let mut world = World::new();
    let cart = world.hold(ANN, &[0, 1]);
    assert_eq!(cart["total"], 4000);
    world.ok(ANN, "book", json!({"payment": "door"}));
    let public = world.part(&Audience::All).to_string();
    assert!(!public.contains("BK-") && !public.contains("\"cart\""), "{public}");
    for fragment in world.published.iter().flat_map(|published| &published.fragments) {
        let seen_by_all = fragment.audience == Audience::All;
        assert!(!seen_by_all || !fragment.ops.contains("BK-"), "{}", fragment.ops);
    }
    assert_eq!(world.shape("member:11", "orders")["rows"].as_array().map(Vec::len), Some(1));
    assert!(world.shape("member:12", "orders").is_null());
    assert_eq!(world.shape("group:desk", "desk")["rows"].as_array().map(Vec::len), Some(1));
    assert!(world.shape("role:guest", "desk").is_null());
}
