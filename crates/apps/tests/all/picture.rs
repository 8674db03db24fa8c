//! The rules of a row against brute force on small rows, and the offers made from them on real halls.

use crate::world::*;
use houseful_apps::plan::{Generator, Hall, Plan};
use houseful_apps::seats::picture::{Ask, Cell, may_take, new_orphans, offers};
use proptest::prelude::*;
use serde_json::json;

fn cells() -> impl Strategy<Value = Vec<Cell>> {
    let cell = prop_oneof![
        6 => Just(Cell::Free),
        3 => Just(Cell::Taken),
        1 => Just(Cell::Aisle),
        1 => Just(Cell::Accessible),
        1 => Just(Cell::Companion),
    ];
    proptest::collection::vec(cell, 1..12)
}

fn is_open(cell: Cell) -> bool {
    !matches!(cell, Cell::Taken | Cell::Aisle)
}

/// By the runs of empty seats: a run of one that is an ordinary seat.
fn singles(cells: &[Cell]) -> Vec<usize> {
    let mut singles = Vec::new();
    let mut run = Vec::new();
    for at in 0..=cells.len() {
        if at < cells.len() && is_open(cells[at]) {
            run.push(at);
            continue;
        }
        if let [one] = run[..]
            && cells[one] == Cell::Free
        {
            singles.push(one);
        }
        run.clear();
    }
    singles
}

fn brute_orphans(cells: &[Cell], taken: &[usize]) -> Vec<usize> {
    let before = singles(cells);
    let mut after = cells.to_vec();
    taken.iter().for_each(|at| after[*at] = Cell::Taken);
    singles(&after).into_iter().filter(|at| !before.contains(at)).collect()
}

fn brute_fits(cells: &[Cell], count: usize, ask: Ask) -> Vec<usize> {
    let good = |window: &[Cell]| match ask {
        Ask::Ordinary => window.iter().all(|cell| *cell == Cell::Free),
        Ask::Accessible => {
            window.iter().all(|cell| is_open(*cell)) && window.contains(&Cell::Accessible)
        }
    };
    (0..cells.len().saturating_sub(count - 1)).filter(|s| good(&cells[*s..s + count])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn orphans_are_what_brute_force_finds(cells in cells(), mask in any::<u16>()) {
        let open = (0..cells.len()).filter(|at| is_open(cells[*at]));
        let taken: Vec<usize> = open.filter(|at| mask >> at & 1 == 1).collect();
        prop_assert_eq!(new_orphans(&cells, &taken), brute_orphans(&cells, &taken));
    }

    #[test]
    fn offers_are_what_brute_force_finds(
        cells in cells(),
        count in 1usize..5,
        accessible in any::<bool>(),
    ) {
        let ask = if accessible { Ask::Accessible } else { Ask::Ordinary };
        let all = brute_fits(&cells, count, ask);
        let window = |start: usize| (start..start + count).collect::<Vec<_>>();
        let clean = all.iter().copied().filter(|s| brute_orphans(&cells, &window(*s)).is_empty());
        let clean: Vec<usize> = clean.collect();
        let found = offers(&cells, count, ask);
        prop_assert_eq!(found.clean, !clean.is_empty());
        prop_assert_eq!(&found.starts, if clean.is_empty() { &all } else { &clean });
        for start in found.starts {
            prop_assert!(may_take(&cells, &window(start)).is_ok(), "an offer can be taken");
        }
    }

    #[test]
    fn a_refusal_has_something_else_to_offer(cells in cells(), mask in any::<u16>()) {
        let open = (0..cells.len()).filter(|at| cells[*at] == Cell::Free);
        let taken: Vec<usize> = open.filter(|at| mask >> at & 1 == 1).collect();
        let clean = !taken.is_empty() && offers(&cells, taken.len(), Ask::Ordinary).clean;
        let left = brute_orphans(&cells, &taken);
        prop_assert_eq!(may_take(&cells, &taken).is_err(), clean && !left.is_empty());
    }
}

fn adjacent(hall: &Hall, group: &[u32]) -> bool {
    let row = hall.row_of(group[0]);
    hall.segments(row).iter().any(|segment| group.iter().all(|seat| segment.contains(seat)))
        && group.windows(2).all(|pair| pair[0] + 1 == pair[1])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn r45_best_and_alternatives_can_be_held(
        blocked in proptest::collection::btree_set(0u32..36, 0..30),
        count in 1u32..5,
        first in 0u32..32,
    ) {
        let plan: Plan = serde_json::from_value(small_plan()).expect("a plan");
        let hall = Hall::new(&plan);
        let blocked: Vec<u32> = blocked.into_iter().collect();
        let world = || {
            let mut world = World::new();
            if !blocked.is_empty() {
                world.ok(OWNER, "block", json!({ "seats": blocked }));
            }
            world
        };
        let is_good = |group: &[u32]| {
            adjacent(&hall, group)
                && group.iter().all(|seat| !blocked.contains(seat))
                && !group.iter().any(|seat| hall.attributes(*seat).is_accessible())
        };
        match world().send(ANN, "hold", json!({ "best": {"count": count} })) {
            Ok(cart) => {
                let seats: Vec<(u32, i64)> = serde_json::from_value(cart["seats"].clone()).expect("seats");
                let seats: Vec<u32> = seats.into_iter().map(|(seat, _)| seat).collect();
                prop_assert!(seats.len() == count as usize && is_good(&seats), "{:?}", seats);
                let again = world().send(BEN, "hold", json!({ "seats": seats }));
                prop_assert!(again.is_ok(), "{:?}", again);
            }
            Err(refusal) => {
                prop_assert_eq!(refusal.code, "not_enough_together");
                let mut groups = (0..=36 - count).map(|s| (s..s + count).collect::<Vec<u32>>());
                let is_companion = |seat: &u32| hall.attributes(*seat).is_companion();
                let ordinary = |group: &[u32]| !group.iter().any(is_companion);
                prop_assert!(!groups.any(|group| is_good(&group) && ordinary(&group)));
            }
        }
        let asked: Vec<u32> = (first..first + count).collect();
        let Err(refusal) = world().send(ANN, "hold", json!({ "seats": asked })) else { return Ok(()) };
        prop_assert!(matches!(refusal.code, "seats_taken" | "orphan"));
        let details = refusal.details.expect("details");
        let groups: Vec<Vec<u32>> = serde_json::from_value(details["alternatives"].clone()).expect("groups");
        prop_assert!(groups.len() <= 3);
        let accessible = asked.iter().any(|seat| hall.attributes(*seat).is_accessible());
        for group in groups {
            prop_assert!(group.len() == count as usize && (accessible || is_good(&group)), "{:?}", group);
            let again = world().send(BEN, "hold", json!({ "seats": group }));
            prop_assert!(again.is_ok(), "{:?}", again);
        }
    }
}

#[test]
fn best_finds_the_last_row_of_a_large_hall() {
    let zones = json!([{"id": "z", "name": "All", "rows": 500}]);
    let generator = json!({"rows": 500, "seatsPerRow": 100, "aisles": [50], "zones": zones});
    let generator: Generator = serde_json::from_value(generator).expect("a generator");
    let plan = Plan::generate(generator).expect("a plan");
    let mut config = config();
    config["plan"] = serde_json::to_value(&plan).expect("a plan");
    config["prices"] = json!({"z": 100});
    let mut world = World::with(config);
    // Only the last row is left, so that the whole hall must be looked at.
    for row in 0..499u32 {
        let seats: Vec<u32> = (row * 100..(row + 1) * 100).collect();
        let named = json!({ "seats": seats });
        let sent = world.host.room().seq();
        world.ok(OWNER, "block", named);
        assert_eq!(world.host.room().seq(), sent + 1);
    }
    let cart = world.ok(ANN, "hold", json!({"best": {"count": 2}}));
    assert_eq!(cart["seats"], json!([[49_948, 100], [49_949, 100]]));
}
