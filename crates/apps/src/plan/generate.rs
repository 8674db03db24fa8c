//! Plans of ordinary halls from a handful of numbers. What it answers has passed `validate`.

use super::check::Check;
use super::{Area, Plan, PlanInvalid, ROW_GAP, Row, SEAT_GAP, Section, Stage, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

const ROWS_MAX: u32 = 2_000;
const SEATS_PER_ROW_MAX: u32 = 2_000;
/// How far the ends of a row come towards the stage.
const BOW: f64 = -40.0;
/// Between two zones, and before and behind the rows.
const BREAK: f64 = 40.0;
const STAGE_HEIGHT: f64 = 60.0;
const AREA_HEIGHT: f64 = 160.0;
const AREA_WIDTH_MIN: f64 = 320.0;

/// An ordinary hall: rows of equal length, zones front to back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Generator {
    /// What the plan is called.
    #[serde(default)]
    pub name: Option<String>,
    /// How many rows; 0 for a hall without seats.
    #[serde(default = "default_rows")]
    pub rows: u32,
    /// How many seats in each.
    #[serde(default = "default_seats")]
    pub seats_per_row: u32,
    /// How rows are called.
    #[serde(default)]
    pub row_labels: RowLabels,
    /// Where a row's numbers begin.
    #[serde(default)]
    pub numbering: Numbering,
    /// There is an aisle after so many seats.
    #[serde(default)]
    pub aisles: Vec<u32>,
    /// Front to back; one zone "Standard" if none is given.
    #[serde(default)]
    pub zones: Vec<GeneratorZone>,
    /// Wheelchair places in the last row, each with a companion's seat beside it.
    #[serde(default)]
    pub accessible: u32,
    /// Places without seats, behind the rows.
    #[serde(default)]
    pub area: Option<GeneratorArea>,
}

/// How rows are called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowLabels {
    /// A, B … Z, AA, AB …
    #[default]
    Letters,
    /// 1, 2, 3 …
    Numbers,
}

/// Where a row's numbers begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Numbering {
    /// At the left, as drawn.
    #[default]
    Left,
    /// At the right.
    Right,
}

/// A zone and how many rows are of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GeneratorZone {
    /// What prices name it by.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// How many rows.
    pub rows: u32,
}

/// Places without seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GeneratorArea {
    /// What people call it.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// How many people fit.
    pub capacity: u32,
}

fn default_rows() -> u32 {
    20
}

fn default_seats() -> u32 {
    30
}

impl Plan {
    /// Draws an ordinary hall. A mistake in the numbers is named by its field in the generator.
    pub fn generate(generator: Generator) -> Result<Plan, PlanInvalid> {
        let mut generator = generator;
        if generator.zones.is_empty() {
            let (id, name) = ("standard".to_owned(), "Standard".to_owned());
            generator.zones.push(GeneratorZone { id, name, rows: generator.rows });
        }
        generator.check()?;
        let plan = generator.draw();
        plan.validate().map_err(in_generator)?;
        Ok(plan)
    }
}

impl Generator {
    fn check(&self) -> Result<(), PlanInvalid> {
        let mut check = Check::default();
        let rows_min = usize::from(self.area.is_none());
        check.count("rows", self.rows as usize, rows_min, ROWS_MAX as usize);
        check.count("seatsPerRow", self.seats_per_row as usize, 1, SEATS_PER_ROW_MAX as usize);
        let rows: u64 = self.zones.iter().map(|zone| u64::from(zone.rows)).sum();
        if rows != u64::from(self.rows) {
            check.wrong("zones", format!("The zones have {rows} rows, the hall {}.", self.rows));
        }
        self.check_aisles(&mut check);
        self.check_zone_names(&mut check);
        check.finish()?;
        let mut check = Check::default();
        let pairs = if self.rows == 0 { 0 } else { self.pairs().len() };
        if self.accessible as usize > pairs {
            check.wrong("accessible", format!("The last row has room for {pairs}."));
        }
        check.finish()
    }

    fn check_aisles(&self, check: &mut Check) {
        for (nth, &aisle) in self.aisles.iter().enumerate() {
            if aisle == 0 || aisle >= self.seats_per_row {
                check.wrong(format!("aisles[{nth}]"), format!("{aisle} is outside the row."));
            } else if self.aisles[..nth].contains(&aisle) {
                check.wrong(format!("aisles[{nth}]"), format!("{aisle} is there twice."));
            }
        }
    }

    /// Each zone becomes a section of its name.
    fn check_zone_names(&self, check: &mut Check) {
        let mut names = BTreeSet::new();
        for (nth, zone) in self.zones.iter().enumerate() {
            if !names.insert(&zone.name) {
                check.wrong(format!("zones[{nth}].name"), "Another zone has the same one.");
            }
        }
    }

    fn draw(&self) -> Plan {
        let width = self.width();
        let mut y = 0.0;
        let mut row_number = 0;
        let mut sections = Vec::new();
        for zone in self.zones.iter().filter(|zone| zone.rows > 0) {
            let rows = (row_number..row_number + zone.rows).map(|nth| self.row(nth, width));
            sections.push(Section {
                name: zone.name.clone(),
                zone: zone.id.clone(),
                x: 0.0,
                y,
                angle: None,
                bow: (self.seats_per_row > 2).then_some(BOW),
                seat_gap: None,
                row_gap: None,
                rows: rows.collect(),
            });
            y += f64::from(zone.rows) * ROW_GAP + BREAK;
            row_number += zone.rows;
        }
        Plan {
            name: self.name.clone().unwrap_or_else(|| "Hall".to_owned()),
            stage: Some(stage(width)),
            zones: self.zones.iter().map(GeneratorZone::zone).collect(),
            sections,
            areas: self.area.iter().map(|area| area.draw(width, y)).collect(),
        }
    }

    fn width(&self) -> f64 {
        let gaps = self.seats_per_row as usize - 1 + self.aisles.len();
        if self.rows == 0 { 0.0 } else { gaps as f64 * SEAT_GAP }
    }

    fn row(&self, nth: u32, width: f64) -> Row {
        let mut row = Row {
            label: self.row_label(nth),
            seats: self.seats_per_row,
            x: Some(-width / 2.0),
            aisles: self.aisles.clone(),
            ..Row::default()
        };
        if self.numbering == Numbering::Right {
            row.first = i32::try_from(self.seats_per_row).ok();
            row.step = Some(-1);
        }
        if nth + 1 == self.rows {
            let pairs = self.pairs().into_iter().take(self.accessible as usize);
            (row.accessible, row.companion) = pairs.unzip();
            row.accessible.sort_unstable();
            row.companion.sort_unstable();
        }
        row
    }

    fn row_label(&self, nth: u32) -> String {
        match self.row_labels {
            RowLabels::Numbers => (nth + 1).to_string(),
            RowLabels::Letters => letters(nth),
        }
    }

    /// Neighbours that an aisle does not part, from the row's ends inwards: the wheelchair place on
    /// the outside.
    fn pairs(&self) -> Vec<(u32, u32)> {
        let mut aisles = self.aisles.clone();
        aisles.push(self.seats_per_row);
        aisles.sort_unstable();
        let mut start = 0;
        let mut pairs = Vec::new();
        for end in aisles {
            pairs.extend((start..end).step_by(2).filter(|seat| seat + 1 < end));
            start = end;
        }
        let (left, right) = pairs.split_at(pairs.len().div_ceil(2));
        let right: Vec<(u32, u32)> = right.iter().rev().map(|seat| (seat + 1, *seat)).collect();
        let left = left.iter().map(|seat| (*seat, seat + 1));
        left.enumerate()
            .flat_map(|(nth, pair)| [Some(pair), right.get(nth).copied()])
            .flatten()
            .collect()
    }
}

impl GeneratorZone {
    fn zone(&self) -> Zone {
        Zone { id: self.id.clone(), name: self.name.clone() }
    }
}

impl GeneratorArea {
    fn draw(&self, width: f64, y: f64) -> Area {
        let w = width.max(AREA_WIDTH_MIN);
        Area {
            name: self.name.clone(),
            zone: self.zone.clone(),
            capacity: self.capacity,
            x: -w / 2.0,
            y,
            w,
            h: AREA_HEIGHT,
        }
    }
}

/// Names what is wrong with the drawing as the generator's own fields.
fn in_generator(invalid: PlanInvalid) -> PlanInvalid {
    let name = |field: String| match field.as_str() {
        "sections" => "rows".to_owned(),
        _ => field.replacen("areas[0]", "area", 1),
    };
    let fields = invalid.fields.into_iter().map(|(field, reason)| (name(field), reason));
    PlanInvalid { fields: fields.collect() }
}

fn stage(width: f64) -> Stage {
    let w = (width * 0.6).max(AREA_WIDTH_MIN / 2.0);
    let y = BOW - BREAK - STAGE_HEIGHT;
    Stage { x: -w / 2.0, y, w, h: STAGE_HEIGHT, label: "Stage".to_owned() }
}

/// A, B … Z, AA, AB …
fn letters(nth: u32) -> String {
    let mut label = Vec::new();
    let mut rest = nth + 1;
    while rest > 0 {
        rest -= 1;
        label.push(char::from(b'A' + (rest % 26) as u8));
        rest /= 26;
    }
    label.iter().rev().collect()
}
