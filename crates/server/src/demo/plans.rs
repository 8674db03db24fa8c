//! The demo's three halls, drawn in code.

use houseful_apps::plan::{Area, Plan, Row, Section, Stage, Zone};
use std::f64::consts::TAU;

/// From seat to seat, and from row to row.
const SEAT: f64 = 24.0;
const ROW: f64 = 28.0;

/// 1,200 seats: stalls with two aisles, a circle behind, places for wheelchairs.
pub fn theatre() -> Plan {
    let stalls = (0..20).map(|nth| {
        let last = nth == 19;
        Row {
            label: letter(nth),
            seats: 36,
            aisles: vec![9, 27],
            accessible: if last { vec![8, 9, 26, 27] } else { Vec::new() },
            companion: if last { vec![7, 10, 25, 28] } else { Vec::new() },
            ..Row::default()
        }
    });
    let circle = (0..12).map(|nth| Row {
        label: letter(nth),
        seats: 40,
        aisles: vec![20],
        restricted: if nth > 8 { vec![0, 1, 38, 39] } else { Vec::new() },
        ..Row::default()
    });
    let stalls = Section { bow: Some(-70.0), ..section("Stalls", "stalls", 0.0, 150.0, stalls) };
    let circle = Section { bow: Some(-90.0), ..section("Circle", "circle", -36.0, 820.0, circle) };
    Plan {
        name: "Großer Saal".into(),
        stage: Some(Stage { x: 150.0, y: -60.0, w: 588.0, h: 80.0, label: "Stage".into() }),
        zones: vec![zone("stalls", "Stalls"), zone("circle", "Circle")],
        sections: vec![stalls, circle],
        areas: Vec::new(),
    }
}

/// A floor for 300 and twelve tables for four.
pub fn club() -> Plan {
    let tables = |name: &str, x: f64, first: usize| {
        let rows = (0..6).map(|nth| Row {
            label: format!("Table {}", first + nth),
            seats: 4,
            ..Row::default()
        });
        Section { row_gap: Some(64.0), ..section(name, "tables", x, 80.0, rows) }
    };
    Plan {
        name: "Remise".into(),
        stage: Some(Stage { x: 150.0, y: -40.0, w: 340.0, h: 64.0, label: "Stage".into() }),
        zones: vec![zone("floor", "Dance floor"), zone("tables", "Tables")],
        sections: vec![tables("Left", 0.0, 1), tables("Right", 568.0, 7)],
        areas: vec![Area {
            name: "Dance floor".into(),
            zone: "floor".into(),
            capacity: 300,
            x: 150.0,
            y: 70.0,
            w: 340.0,
            h: 360.0,
        }],
    }
}

/// Four rows of two seats.
pub fn eight() -> Plan {
    let rows = (0..4).map(|nth| Row { label: letter(nth), seats: 2, ..Row::default() });
    Plan {
        name: "Kammer".into(),
        stage: None,
        zones: vec![zone("hall", "Hall")],
        sections: vec![section("Hall", "hall", 0.0, 0.0, rows)],
        areas: Vec::new(),
    }
}

/// 50,000 seats: sixteen blocks around the stage on the inner field, and three rings.
pub fn arena() -> Plan {
    let mut sections: Vec<Section> = (0..16).map(inner).collect();
    for (zone, first, radius, rows, seats) in [
        ("lower", 101, 2_750.0, 20, 18),
        ("middle", 201, 3_420.0, 20, 22),
        ("upper", 301, 4_100.0, 20, 25),
    ] {
        sections.extend((0..36).map(|nth| ring(zone, first + nth, radius, rows, seats, nth)));
    }
    Plan {
        name: "Arena".into(),
        stage: Some(Stage { x: -900.0, y: -450.0, w: 1_800.0, h: 900.0, label: "Stage".into() }),
        zones: vec![
            zone("inner", "Inner field"),
            zone("lower", "Lower ring"),
            zone("middle", "Middle ring"),
            zone("upper", "Upper ring"),
        ],
        sections,
        areas: Vec::new(),
    }
}

/// A block of eight rows of twenty-five, facing the stage.
fn inner(nth: u32) -> Section {
    let rows = (0..8).map(|row| Row { label: letter(row), seats: 25, ..Row::default() });
    let section = section(&format!("Inner {}", letter(nth)), "inner", 0.0, 0.0, rows);
    facing(section, nth, 16, 1_950.0, 25)
}

/// A block of a ring. Every sixth of the lower ring has wheelchair places in front.
fn ring(zone: &str, name: u32, radius: f64, rows: u32, seats: u32, nth: u32) -> Section {
    let rows = (0..rows).map(|row| {
        let accessible = zone == "lower" && row == 0 && nth.is_multiple_of(6);
        Row {
            label: (row + 1).to_string(),
            seats,
            accessible: if accessible { vec![0, 2] } else { Vec::new() },
            companion: if accessible { vec![1, 3] } else { Vec::new() },
            ..Row::default()
        }
    });
    facing(section(&name.to_string(), zone, 0.0, 0.0, rows), nth, 36, radius, seats)
}

/// Puts a section on a circle around the stage, its first row towards it.
fn facing(section: Section, nth: u32, of: u32, radius: f64, seats: u32) -> Section {
    let outwards = TAU * f64::from(nth) / f64::from(of) + TAU / 4.0;
    let (sin, cos) = outwards.sin_cos();
    let half = SEAT * f64::from(seats - 1) / 2.0;
    let (x, y) = (radius * cos - half * sin, radius * sin + half * cos);
    let angle = (outwards - TAU / 4.0).to_degrees();
    Section { x: round(x), y: round(y), angle: Some(round(angle)), ..section }
}

fn section(name: &str, zone: &str, x: f64, y: f64, rows: impl Iterator<Item = Row>) -> Section {
    Section {
        name: name.into(),
        zone: zone.into(),
        x,
        y,
        angle: None,
        bow: None,
        seat_gap: Some(SEAT),
        row_gap: Some(ROW),
        rows: rows.collect(),
    }
}

fn zone(id: &str, name: &str) -> Zone {
    Zone { id: id.into(), name: name.into() }
}

fn letter(nth: u32) -> String {
    char::from_u32('A' as u32 + nth).map(String::from).unwrap_or_default()
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_halls_have_the_size_that_is_promised() {
        for (plan, capacity) in [(theatre(), 1_200), (club(), 348), (arena(), 50_000)] {
            plan.validate().expect("a plan that can be used");
            assert_eq!(plan.capacity(), capacity, "{}", plan.name);
        }
    }
}
