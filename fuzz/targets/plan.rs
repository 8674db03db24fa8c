//! A seating plan, drawn already or by rule: what passes can be used, and what cannot says why.
#![no_main]

use houseful_apps::plan::{Generator, Hall, Plan};
use libfuzzer_sys::fuzz_target;
use serde::Deserialize;

/// As `POST /plans` has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
enum Given {
    Generator(Generator),
    Plan(Plan),
}

fuzz_target!(|data: &[u8]| {
    let Ok(given) = serde_json::from_slice::<Given>(data) else { return };
    let made = match given {
        Given::Generator(generator) => Plan::generate(generator),
        Given::Plan(plan) => plan.validate().map(|()| plan),
    };
    let plan = match made {
        Ok(plan) => plan,
        Err(invalid) => return assert!(!invalid.fields.is_empty()),
    };
    plan.validate().expect("what was drawn is valid");
    let text = serde_json::to_string(&plan).expect("it is written");
    let read: Plan = serde_json::from_str(&text).expect("it reads back");
    read.validate().expect("and is valid then");
    let hall = Hall::new(&read);
    let rows = read.sections.iter().flat_map(|section| &section.rows);
    assert_eq!(u64::from(hall.seats()), rows.map(|row| u64::from(row.seats)).sum::<u64>());
});
