//! What a plan must keep to before anything is built on it. Bounds only: it never mends a plan.

use super::check::Check;
use super::{Area, Plan, PlanInvalid, Row, Section};
use std::collections::BTreeSet;

const SEATS_MAX: u64 = 100_000;
const CAPACITY_MAX: u64 = 1_000_000;
const ZONES_MAX: usize = 50;
const SECTIONS_MAX: usize = 500;
const AREAS_MAX: usize = 100;
const ROWS_PER_SECTION_MAX: usize = 2_000;
const SEATS_PER_ROW_MAX: u32 = 2_000;
pub(crate) const AREA_CAPACITY_MAX: u32 = 100_000;
/// Numbers of seats, and what lies between two of them.
const SEAT_NUMBER_MAX: i64 = 1_000_000;
/// Coordinates and lengths of the drawing.
const COORDINATE_MAX: f64 = 1_000_000.0;
const GAP_MAX: f64 = 1_000.0;

impl Plan {
    /// Checks everything that the rest of the program relies on.
    pub fn validate(&self) -> Result<(), PlanInvalid> {
        let mut check = Check::default();
        check.name("name", &self.name);
        check.count("zones", self.zones.len(), 1, ZONES_MAX);
        check.count("sections", self.sections.len(), 0, SECTIONS_MAX);
        check.count("areas", self.areas.len(), 0, AREAS_MAX);
        self.check_stage(&mut check);
        let zones = self.check_zones(&mut check);
        let mut names = BTreeSet::new();
        for (nth, section) in self.sections.iter().enumerate() {
            let path = format!("sections[{nth}]");
            check_section(&mut check, &path, section, &zones);
            unique(&mut check, &mut names, &format!("{path}.name"), &section.name, "section");
            if check.is_full() {
                break;
            }
        }
        let mut names = BTreeSet::new();
        for (nth, area) in self.areas.iter().enumerate() {
            let path = format!("areas[{nth}]");
            check_area(&mut check, &path, area, &zones);
            unique(&mut check, &mut names, &format!("{path}.name"), &area.name, "area");
        }
        self.check_sums(&mut check);
        check.finish()
    }

    fn check_stage(&self, check: &mut Check) {
        let Some(stage) = &self.stage else { return };
        check.name("stage.label", &stage.label);
        check_box(check, "stage", [stage.x, stage.y, stage.w, stage.h]);
    }

    fn check_zones(&self, check: &mut Check) -> BTreeSet<&str> {
        let mut ids = BTreeSet::new();
        for (nth, zone) in self.zones.iter().enumerate() {
            check.name(&format!("zones[{nth}].name"), &zone.name);
            check.name(&format!("zones[{nth}].id"), &zone.id);
            unique(check, &mut ids, &format!("zones[{nth}].id"), &zone.id, "zone");
        }
        ids
    }

    fn check_sums(&self, check: &mut Check) {
        let rows = self.sections.iter().flat_map(|section| &section.rows);
        let seats: u64 = rows.map(|row| u64::from(row.seats)).sum();
        if seats > SEATS_MAX {
            check.wrong("sections", format!("A plan has at most {SEATS_MAX} seats, not {seats}."));
        }
        let capacity = self.capacity();
        if capacity == 0 {
            check.wrong("sections", "A plan has at least one seat or area.");
        }
        if capacity > CAPACITY_MAX {
            check.wrong("areas", format!("At most {CAPACITY_MAX} people, not {capacity}."));
        }
    }
}

fn check_section(check: &mut Check, path: &str, section: &Section, zones: &BTreeSet<&str>) {
    check.name(&format!("{path}.name"), &section.name);
    check_zone(check, path, &section.zone, zones);
    check.number(&format!("{path}.x"), section.x, -COORDINATE_MAX, COORDINATE_MAX);
    check.number(&format!("{path}.y"), section.y, -COORDINATE_MAX, COORDINATE_MAX);
    check.number(&format!("{path}.angle"), section.angle.unwrap_or(0.0), -360.0, 360.0);
    let bow = section.bow.unwrap_or(0.0);
    check.number(&format!("{path}.bow"), bow, -10.0 * GAP_MAX, 10.0 * GAP_MAX);
    check.number(&format!("{path}.seatGap"), section.seat_gap.unwrap_or(1.0), 1.0, GAP_MAX);
    check.number(&format!("{path}.rowGap"), section.row_gap.unwrap_or(1.0), 1.0, GAP_MAX);
    check.count(&format!("{path}.rows"), section.rows.len(), 1, ROWS_PER_SECTION_MAX);
    let mut labels = BTreeSet::new();
    for (nth, row) in section.rows.iter().enumerate() {
        let path = format!("{path}.rows[{nth}]");
        check_row(check, &path, row);
        unique(check, &mut labels, &format!("{path}.label"), &row.label, "row");
        if check.is_full() {
            return;
        }
    }
}

fn check_row(check: &mut Check, path: &str, row: &Row) {
    check.name(&format!("{path}.label"), &row.label);
    check.number(&format!("{path}.x"), row.x.unwrap_or(0.0), -COORDINATE_MAX, COORDINATE_MAX);
    if row.seats == 0 || row.seats > SEATS_PER_ROW_MAX {
        return check
            .wrong(format!("{path}.seats"), format!("A row has 1 to {SEATS_PER_ROW_MAX} seats."));
    }
    check_numbers(check, path, row);
    check_labels(check, path, row);
    check_places(check, &format!("{path}.aisles"), &row.aisles, 1, row.seats - 1);
    check_places(check, &format!("{path}.accessible"), &row.accessible, 0, row.seats - 1);
    check_places(check, &format!("{path}.companion"), &row.companion, 0, row.seats - 1);
    check_places(check, &format!("{path}.restricted"), &row.restricted, 0, row.seats - 1);
    if row.companion.iter().any(|place| row.accessible.contains(place)) {
        check
            .wrong(format!("{path}.companion"), "A seat is accessible or a companion's, not both.");
    }
}

fn check_numbers(check: &mut Check, path: &str, row: &Row) {
    let (first, step) = (i64::from(row.first.unwrap_or(1)), i64::from(row.step.unwrap_or(1)));
    let last = first + step * i64::from(row.seats - 1);
    if !(0..=SEAT_NUMBER_MAX).contains(&first) || !(0..=SEAT_NUMBER_MAX).contains(&last) {
        check.wrong(format!("{path}.first"), "The numbers must lie between 0 and a million.");
    }
    if step == 0 {
        check.wrong(format!("{path}.step"), "The step cannot be 0.");
    }
}

fn check_labels(check: &mut Check, path: &str, row: &Row) {
    let Some(labels) = &row.labels else { return };
    if labels.len() != row.seats as usize {
        let reason = format!("{} labels for {} seats.", labels.len(), row.seats);
        return check.wrong(format!("{path}.labels"), reason);
    }
    let mut known = BTreeSet::new();
    for (nth, label) in labels.iter().enumerate() {
        let path = format!("{path}.labels[{nth}]");
        check.name(&path, label);
        unique(check, &mut known, &path, label, "seat");
    }
}

/// Places of a row: each in range, none twice.
fn check_places(check: &mut Check, path: &str, places: &[u32], min: u32, max: u32) {
    let mut known = BTreeSet::new();
    for (nth, place) in places.iter().enumerate() {
        if !(min..=max).contains(place) {
            check.wrong(format!("{path}[{nth}]"), format!("{place} is outside the row."));
        } else if !known.insert(place) {
            check.wrong(format!("{path}[{nth}]"), format!("{place} is there twice."));
        }
    }
}

fn check_area(check: &mut Check, path: &str, area: &Area, zones: &BTreeSet<&str>) {
    check.name(&format!("{path}.name"), &area.name);
    check_zone(check, path, &area.zone, zones);
    check_box(check, path, [area.x, area.y, area.w, area.h]);
    if area.capacity == 0 || area.capacity > AREA_CAPACITY_MAX {
        check.wrong(
            format!("{path}.capacity"),
            format!("An area holds 1 to {AREA_CAPACITY_MAX} people."),
        );
    }
}

fn check_box(check: &mut Check, path: &str, [x, y, w, h]: [f64; 4]) {
    check.number(&format!("{path}.x"), x, -COORDINATE_MAX, COORDINATE_MAX);
    check.number(&format!("{path}.y"), y, -COORDINATE_MAX, COORDINATE_MAX);
    check.number(&format!("{path}.w"), w, 0.0, COORDINATE_MAX);
    check.number(&format!("{path}.h"), h, 0.0, COORDINATE_MAX);
}

fn check_zone(check: &mut Check, path: &str, zone: &str, zones: &BTreeSet<&str>) {
    if !zones.contains(zone) {
        check.wrong(format!("{path}.zone"), "There is no zone with this id.");
    }
}

fn unique<'a>(
    check: &mut Check,
    known: &mut BTreeSet<&'a str>,
    path: &str,
    name: &'a str,
    what: &str,
) {
    if !known.insert(name) {
        check.wrong(path, format!("Another {what} has the same one."));
    }
}
