//! Plans: what is refused and by which field, what the generator draws, what the hall makes of it.

use crate::world::small_plan;
use houseful_apps::plan::{Generator, Hall, Plan};
use serde_json::{Value as Json, json};

fn plan(json: Json) -> Plan {
    serde_json::from_value(json).expect("a plan by its form")
}

fn generate(generator: Json) -> Plan {
    let generator: Generator = serde_json::from_value(generator).expect("a generator by its form");
    Plan::generate(generator).unwrap_or_else(|no| panic!("{:?}", no.fields))
}

/// Sets a value at a JSON pointer of the small plan.
fn with(pointer: &str, value: Json) -> Plan {
    let mut json = small_plan();
    let (parent, last) = pointer.rsplit_once('/').expect("a pointer");
    let place = json.pointer_mut(parent).expect("a place of the plan");
    match last.parse::<usize>() {
        Ok(nth) => place[nth] = value,
        Err(_) => place[last] = value,
    }
    plan(json)
}

#[test]
fn the_small_plan_is_valid() {
    assert_eq!(plan(small_plan()).validate(), Ok(()));
    assert_eq!(plan(small_plan()).capacity(), 56);
}

#[test]
fn mistakes_are_named_by_their_field() {
    let row = "/sections/0/rows/1";
    let long = "x".repeat(81);
    let table = [
        ("/name", json!(""), "name"),
        ("/name", json!(long), "name"),
        ("/name", json!("a\u{7}b"), "name"),
        ("/stage/w", json!(-1.0), "stage.w"),
        ("/zones/1/id", json!("a"), "zones[1].id"),
        ("/zones/1/name", json!(" "), "zones[1].name"),
        ("/sections/1/name", json!("Stalls"), "sections[1].name"),
        ("/sections/1/zone", json!("nowhere"), "sections[1].zone"),
        ("/sections/1/x", json!(1e9), "sections[1].x"),
        ("/sections/1/angle", json!(361), "sections[1].angle"),
        ("/sections/1/seatGap", json!(0), "sections[1].seatGap"),
        ("/sections/1/rowGap", json!(1e6), "sections[1].rowGap"),
        ("/sections/1/rows", json!([]), "sections[1].rows"),
        (&format!("{row}/label"), json!("A"), "sections[0].rows[1].label"),
        (&format!("{row}/seats"), json!(0), "sections[0].rows[1].seats"),
        (&format!("{row}/seats"), json!(2_001), "sections[0].rows[1].seats"),
        (&format!("{row}/first"), json!(-1), "sections[0].rows[1].first"),
        (&format!("{row}/step"), json!(0), "sections[0].rows[1].step"),
        (&format!("{row}/step"), json!(-1), "sections[0].rows[1].first"),
        (&format!("{row}/labels"), json!(["1"]), "sections[0].rows[1].labels"),
        (&format!("{row}/aisles"), json!([0]), "sections[0].rows[1].aisles[0]"),
        (&format!("{row}/aisles"), json!([10]), "sections[0].rows[1].aisles[0]"),
        (&format!("{row}/aisles"), json!([3, 3]), "sections[0].rows[1].aisles[1]"),
        (&format!("{row}/accessible"), json!([10]), "sections[0].rows[1].accessible[0]"),
        (&format!("{row}/restricted"), json!([1, 1]), "sections[0].rows[1].restricted[1]"),
        ("/sections/1/rows/0/companion", json!([0]), "sections[1].rows[0].companion"),
        ("/areas/0/capacity", json!(0), "areas[0].capacity"),
        ("/areas/0/zone", json!("nowhere"), "areas[0].zone"),
        ("/areas/0/h", json!(-1), "areas[0].h"),
    ];
    for (pointer, value, field) in table {
        let wrong = with(pointer, value).validate().expect_err(field);
        assert!(wrong.fields.contains_key(field), "{field}: {:?}", wrong.fields);
    }
    let labels = json!(["1", "2", "3", "4", "5", "6", "7", "8", "9", "9"]);
    let wrong = with("/sections/0/rows/1/labels", labels).validate().expect_err("twice");
    assert!(wrong.fields.contains_key("sections[0].rows[1].labels[9]"), "{:?}", wrong.fields);
}

#[test]
fn too_much_is_refused() {
    let row = |nth: usize| json!({"label": nth.to_string(), "seats": 2_000});
    let rows: Vec<Json> = (0..51).map(row).collect();
    let wrong = with("/sections/0/rows", json!(rows)).validate().expect_err("102,000 seats");
    assert!(wrong.fields.contains_key("sections"));
    let row = |nth: usize| json!({"label": nth.to_string(), "seats": 1});
    let rows: Vec<Json> = (0..2_001).map(row).collect();
    let wrong = with("/sections/0/rows", json!(rows)).validate().expect_err("2,001 rows");
    assert!(wrong.fields.contains_key("sections[0].rows"));
    let empty = json!({"name": "x", "zones": [{"id": "a", "name": "A"}]});
    assert!(plan(empty).validate().is_err());
}

#[test]
fn unknown_fields_are_refused() {
    let mut json = small_plan();
    json["sections"][0]["rows"][0]["colour"] = json!("red");
    assert!(serde_json::from_value::<Plan>(json).is_err());
}

#[test]
fn a_hall_knows_its_seats() {
    let hall = Hall::new(&plan(small_plan()));
    assert_eq!((hall.seats(), hall.capacity()), (36, 56));
    assert_eq!(hall.label(0).to_string(), "Stalls · A · 1");
    assert_eq!(hall.label(29).to_string(), "Stalls · C · 10");
    assert_eq!(hall.label(35).to_string(), "Circle · A · 6");
    assert_eq!((hall.zone_of(29), hall.zone_of(30)), ("a", "b"));
    assert_eq!((hall.row_of(9), hall.row_of(10), hall.row_of(35)), (0, 1, 3));
    assert_eq!(hall.segments(1), [10..15, 15..20]);
    assert!(hall.attributes(30).is_accessible() && hall.attributes(31).is_companion());
    // An aisle is one seat wide.
    assert_eq!(hall.position(5).0 - hall.position(4).0, 48.0);
    assert_eq!(hall.by_quality(), [0, 1, 2, 3]);
}

#[test]
fn a_section_is_bowed_then_turned() {
    let mut json = small_plan();
    json["sections"][1]["bow"] = json!(10.0);
    json["sections"][1]["angle"] = json!(90.0);
    let hall = Hall::new(&plan(json));
    let (x, y) = hall.position(30);
    // (−60, 10) turned clockwise by a right angle, at (0, 200).
    assert!((x + 10.0).abs() < 1e-9 && (y - 140.0).abs() < 1e-9, "{x} {y}");
}

#[test]
fn the_generator_draws_ordinary_halls() {
    let plan = generate(json!({}));
    assert_eq!((plan.capacity(), plan.sections.len()), (600, 1));
    let plan = generate(json!({
        "rows": 30, "seatsPerRow": 10, "numbering": "right", "accessible": 2, "aisles": [4],
        "zones": [{"id": "p", "name": "Premium", "rows": 10}, {"id": "s", "name": "Rest", "rows": 20}],
        "area": {"name": "Floor", "zone": "s", "capacity": 100}
    }));
    let hall = Hall::new(&plan);
    assert_eq!(plan.capacity(), 400);
    assert_eq!(hall.label(0).to_string(), "Premium · A · 10");
    assert_eq!(hall.label(299).to_string(), "Rest · AD · 1");
    let last = &plan.sections[1].rows[19];
    assert_eq!((last.accessible.clone(), last.companion.clone()), (vec![0, 9], vec![1, 8]));
    assert_eq!((hall.zone_of(99), hall.zone_of(100)), ("p", "s"));
    let standing =
        generate(json!({"rows": 0, "area": {"name": "Floor", "zone": "standard", "capacity": 9}}));
    assert_eq!((standing.capacity(), standing.sections.len()), (9, 0));
}

#[test]
fn the_generator_names_its_own_fields() {
    let table = [
        (json!({"rows": 0}), "rows"),
        (json!({"rows": 4_000_000_000u32}), "rows"),
        (json!({"seatsPerRow": 0}), "seatsPerRow"),
        (json!({"aisles": [30]}), "aisles[0]"),
        (json!({"zones": [{"id": "a", "name": "A", "rows": 3}]}), "zones"),
        (json!({"accessible": 16}), "accessible"),
        (json!({"rows": 2_000, "seatsPerRow": 51}), "rows"),
        (json!({"aisles": [3, 3]}), "aisles[1]"),
        (
            json!({"zones": [{"id": "a", "name": "A", "rows": 9}, {"id": "b", "name": "A", "rows": 11}]}),
            "zones[1].name",
        ),
        (
            json!({"zones": [{"id": "a", "name": "A", "rows": 9}, {"id": "a", "name": "B", "rows": 11}]}),
            "zones[1].id",
        ),
        (json!({"area": {"name": "F", "zone": "none", "capacity": 1}}), "area.zone"),
    ];
    for (generator, field) in table {
        let generator: Generator = serde_json::from_value(generator).expect("a generator");
        let wrong = Plan::generate(generator).expect_err(field);
        assert!(wrong.fields.contains_key(field), "{field}: {:?}", wrong.fields);
    }
}
