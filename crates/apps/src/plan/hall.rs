//! A plan compiled for the rules: dense indexes, neighbours, zones, distances. Small for 50,000 seats:
//! a byte a seat, the rest by row. It knows nothing about what is sold.

use super::{Area, Plan, ROW_GAP, Row, SEAT_GAP, Section};
use std::collections::BTreeSet;
use std::ops::Range;

/// What a seat is beside a seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes(u8);

impl Attributes {
    const ACCESSIBLE: u8 = 1;
    const COMPANION: u8 = 2;
    const RESTRICTED: u8 = 4;

    /// A wheelchair place.
    pub fn is_accessible(self) -> bool {
        self.0 & Self::ACCESSIBLE != 0
    }

    /// For who comes with somebody in a wheelchair.
    pub fn is_companion(self) -> bool {
        self.0 & Self::COMPANION != 0
    }

    /// Not all can be seen from it.
    pub fn is_restricted(self) -> bool {
        self.0 & Self::RESTRICTED != 0
    }
}

/// A row, by its number in the hall.
#[derive(Clone, Debug)]
pub struct HallRow {
    /// The section's number.
    pub section: u32,
    /// The row's number in its section.
    pub row: u32,
    /// Its seats.
    pub seats: Range<u32>,
    /// The zone's number.
    pub zone: u16,
    /// Where its middle is.
    pub middle: (f64, f64),
    /// Its segments' numbers.
    segments: Range<u32>,
}

/// Places without seats.
#[derive(Clone, Debug)]
pub struct HallArea {
    /// What people call it.
    pub name: String,
    /// The zone's number.
    pub zone: u16,
    /// How many people fit.
    pub capacity: u32,
}

/// What people call a seat: "Stalls · A · 12".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The section.
    pub section: String,
    /// The row.
    pub row: String,
    /// The seat.
    pub seat: String,
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} · {} · {}", self.section, self.row, self.seat)
    }
}

/// A plan compiled for the rules.
#[derive(Clone, Debug)]
pub struct Hall {
    sections: Vec<Section>,
    zones: Vec<String>,
    zones_in_use: Vec<String>,
    rows: Vec<HallRow>,
    /// Runs of adjacent seats, in order: a row split at its aisles.
    segments: Vec<Range<u32>>,
    attributes: Vec<u8>,
    areas: Vec<HallArea>,
    /// Rows, the best first.
    by_quality: Vec<u32>,
    focus: (f64, f64),
    capacity: u32,
}

impl Hall {
    /// Compiles a plan that `validate` has passed.
    pub fn new(plan: &Plan) -> Hall {
        let zones: Vec<String> = plan.zones.iter().map(|zone| zone.id.clone()).collect();
        let number_of = |id: &str| zones.iter().position(|zone| zone == id).unwrap_or(0) as u16;
        let areas = plan.areas.iter().map(|area| HallArea::new(area, number_of(&area.zone)));
        let mut hall = Hall {
            areas: areas.collect(),
            sections: plan.sections.clone(),
            rows: Vec::new(),
            segments: Vec::new(),
            attributes: Vec::new(),
            by_quality: Vec::new(),
            focus: (0.0, 0.0),
            capacity: plan.capacity() as u32,
            zones_in_use: zones_in_use(plan),
            zones: Vec::new(),
        };
        for (number, section) in plan.sections.iter().enumerate() {
            for (nth, row) in section.rows.iter().enumerate() {
                hall.add_row(number as u32, nth as u32, row, number_of(&section.zone));
            }
        }
        hall.zones = zones;
        hall.find_focus(plan);
        hall.rank_rows();
        hall
    }

    fn add_row(&mut self, section: u32, nth: u32, row: &Row, zone: u16) {
        let start = self.attributes.len() as u32;
        let end = start + row.seats;
        let first_segment = self.segments.len() as u32;
        let mut cuts: Vec<u32> = row.aisles.iter().map(|after| start + after).collect();
        cuts.push(end);
        cuts.sort_unstable();
        let mut from = start;
        for to in cuts {
            self.segments.push(from..to);
            from = to;
        }
        self.attributes.resize(end as usize, 0);
        let mut mark = |places: &[u32], bit: u8| {
            places.iter().for_each(|place| self.attributes[(start + place) as usize] |= bit);
        };
        mark(&row.accessible, Attributes::ACCESSIBLE);
        mark(&row.companion, Attributes::COMPANION);
        mark(&row.restricted, Attributes::RESTRICTED);
        let drawn = &self.sections[section as usize];
        let (first, last) = (place_of(drawn, nth, 0), place_of(drawn, nth, row.seats - 1));
        let middle = ((first.0 + last.0) / 2.0, (first.1 + last.1) / 2.0);
        let segments = first_segment..self.segments.len() as u32;
        self.rows.push(HallRow { section, row: nth, seats: start..end, zone, middle, segments });
    }

    /// The middle of the stage's edge towards the seats; without a stage, of the front of the hall.
    fn find_focus(&mut self, plan: &Plan) {
        self.focus = match &plan.stage {
            Some(stage) => (stage.x + stage.w / 2.0, stage.y + stage.h),
            None => {
                let count = self.rows.len().max(1) as f64;
                let x = self.rows.iter().map(|row| row.middle.0).sum::<f64>() / count;
                (x, self.rows.iter().map(|row| row.middle.1).fold(0.0, f64::min))
            }
        };
    }

    fn rank_rows(&mut self) {
        let mut ranked: Vec<(f64, u32)> = (0..)
            .zip(&self.rows)
            .map(|(number, row)| (distance(row.middle, self.focus), number))
            .collect();
        ranked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        self.by_quality = ranked.into_iter().map(|(_, number)| number).collect();
    }

    /// How many seats there are.
    pub fn seats(&self) -> u32 {
        self.attributes.len() as u32
    }

    /// How many people fit, areas included.
    pub fn capacity(&self) -> u32 {
        self.capacity
    }

    /// The areas by their number.
    pub fn areas(&self) -> &[HallArea] {
        &self.areas
    }

    /// The zones' ids by their number.
    pub fn zones(&self) -> &[String] {
        &self.zones
    }

    /// The rows by their number.
    pub fn rows(&self) -> &[HallRow] {
        &self.rows
    }

    /// The rows' numbers: those nearest to the stage first.
    pub fn by_quality(&self) -> &[u32] {
        &self.by_quality
    }

    /// Where people look.
    pub fn focus(&self) -> (f64, f64) {
        self.focus
    }

    /// A row's runs of adjacent seats.
    pub fn segments(&self, row: u32) -> &[Range<u32>] {
        let segments = &self.rows[row as usize].segments;
        &self.segments[segments.start as usize..segments.end as usize]
    }

    /// The row of a seat.
    ///
    /// # Panics
    /// For a seat outside the hall.
    pub fn row_of(&self, seat: u32) -> u32 {
        assert!(seat < self.seats(), "seat {seat} of {}", self.seats());
        self.rows.partition_point(|row| row.seats.end <= seat) as u32
    }

    /// The zone's id of a seat.
    pub fn zone_of(&self, seat: u32) -> &str {
        &self.zones[self.rows[self.row_of(seat) as usize].zone as usize]
    }

    /// What a seat is beside a seat.
    pub fn attributes(&self, seat: u32) -> Attributes {
        Attributes(self.attributes[seat as usize])
    }

    /// What people call a seat.
    pub fn label(&self, seat: u32) -> Label {
        let row = &self.rows[self.row_of(seat) as usize];
        let section = &self.sections[row.section as usize];
        let drawn = &section.rows[row.row as usize];
        let place = seat - row.seats.start;
        let number = || {
            let first = i64::from(drawn.first.unwrap_or(1));
            (first + i64::from(drawn.step.unwrap_or(1)) * i64::from(place)).to_string()
        };
        let label = drawn.labels.as_ref().and_then(|labels| labels.get(place as usize));
        Label {
            section: section.name.clone(),
            row: drawn.label.clone(),
            seat: label.cloned().unwrap_or_else(number),
        }
    }

    /// Where a seat is in the drawing.
    pub fn position(&self, seat: u32) -> (f64, f64) {
        let row = &self.rows[self.row_of(seat) as usize];
        place_of(&self.sections[row.section as usize], row.row, seat - row.seats.start)
    }

    /// The ids of the zones where somebody fits.
    pub fn zones_in_use(&self) -> &[String] {
        &self.zones_in_use
    }
}

impl HallArea {
    fn new(area: &Area, zone: u16) -> Self {
        HallArea { name: area.name.clone(), zone, capacity: area.capacity }
    }
}

fn zones_in_use(plan: &Plan) -> Vec<String> {
    let sections = plan.sections.iter().map(|section| &section.zone);
    let zones: BTreeSet<&String> =
        sections.chain(plan.areas.iter().map(|area| &area.zone)).collect();
    zones.into_iter().cloned().collect()
}

/// How far apart two places of the drawing are.
pub(crate) fn distance(a: (f64, f64), b: (f64, f64)) -> f64 {
    (a.0 - b.0).hypot(a.1 - b.1)
}

/// Where a seat is: along its row, bowed, then turned about the section's origin.
fn place_of(section: &Section, nth: u32, place: u32) -> (f64, f64) {
    let row = &section.rows[nth as usize];
    let gap = section.seat_gap.unwrap_or(SEAT_GAP);
    let steps = |place: u32| {
        let aisles = row.aisles.iter().filter(|after| **after <= place).count();
        f64::from(place) + aisles as f64
    };
    let width = steps(row.seats - 1);
    let t = if width > 0.0 { 2.0 * steps(place) / width - 1.0 } else { 0.0 };
    let x = row.x.unwrap_or(0.0) + steps(place) * gap;
    let row_gap = section.row_gap.unwrap_or(ROW_GAP);
    let y = f64::from(nth) * row_gap + section.bow.unwrap_or(0.0) * t * t;
    let (sin, cos) = section.angle.unwrap_or(0.0).to_radians().sin_cos();
    // The drawing's y grows downwards, so this turns clockwise.
    (section.x + x * cos - y * sin, section.y + x * sin + y * cos)
}
