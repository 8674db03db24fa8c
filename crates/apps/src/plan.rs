//! A seating plan as it is exchanged: what is drawn, and from which every seat's index follows. It
//! says nothing about what is sold.

mod check;
mod generate;
mod hall;
mod validate;

pub use generate::{Generator, GeneratorArea, GeneratorZone, Numbering, RowLabels};
pub(crate) use hall::distance;
pub use hall::{Attributes, Hall, HallArea, HallRow, Label};
pub(crate) use validate::AREA_CAPACITY_MAX;

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A distance between seats or rows that is not given.
pub(crate) const SEAT_GAP: f64 = 24.0;
pub(crate) const ROW_GAP: f64 = 28.0;

/// A seating plan. Seats are numbered 0 … n−1 in the order of sections, rows and places.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// What it is called.
    pub name: String,
    /// Where people look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    /// Parts of the hall that have a price each.
    pub zones: Vec<Zone>,
    /// Seats in rows.
    #[serde(default)]
    pub sections: Vec<Section>,
    /// Places without seats.
    #[serde(default)]
    pub areas: Vec<Area>,
}

/// Where people look.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Stage {
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
    /// What is written on it.
    pub label: String,
}

/// A part of the hall that has one price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Zone {
    /// What prices name it by.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Rows of seats that are drawn and priced together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Section {
    /// What people call it.
    pub name: String,
    /// The zone of all its seats.
    pub zone: String,
    /// Where its origin is.
    pub x: f64,
    /// Where its origin is.
    pub y: f64,
    /// Turned clockwise about the origin, in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub angle: Option<f64>,
    /// How far the ends of a row are moved along y.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bow: Option<f64>,
    /// From seat to seat; 24 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat_gap: Option<f64>,
    /// From row to row; 28 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_gap: Option<f64>,
    /// Its rows, front to back.
    pub rows: Vec<Row>,
}

/// A row of seats.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Row {
    /// What people call it.
    pub label: String,
    /// How many seats it has.
    pub seats: u32,
    /// Where its first seat is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<f64>,
    /// The first seat's number; 1 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<i32>,
    /// From a seat's number to the next; 1 if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<i32>,
    /// Labels in place of numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<String>>,
    /// There is an aisle after so many seats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aisles: Vec<u32>,
    /// Wheelchair places, from 0 in the row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accessible: Vec<u32>,
    /// Seats for who comes with somebody in a wheelchair.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companion: Vec<u32>,
    /// Seats from which not all can be seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub restricted: Vec<u32>,
}

/// Places without seats.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Area {
    /// What people call it.
    pub name: String,
    /// Its zone.
    pub zone: String,
    /// How many people fit.
    pub capacity: u32,
    /// Left edge.
    pub x: f64,
    /// Upper edge.
    pub y: f64,
    /// Width.
    pub w: f64,
    /// Height.
    pub h: f64,
}

/// Why a plan cannot be used: a sentence for each field, such as `sections[0].rows[1].label`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plan is not valid: {}", self.summary())]
pub struct PlanInvalid {
    /// What is wrong with which field.
    pub fields: BTreeMap<String, String>,
}

impl PlanInvalid {
    fn summary(&self) -> String {
        let first = self.fields.iter().next();
        first.map(|(field, reason)| format!("{field}: {reason}")).unwrap_or_default()
    }
}

impl Plan {
    /// How many people fit.
    pub fn capacity(&self) -> u64 {
        let areas = self.areas.iter().map(|area| u64::from(area.capacity));
        self.seats() + areas.sum::<u64>()
    }

    /// How many seats there are.
    pub fn seats(&self) -> u64 {
        let rows = self.sections.iter().flat_map(|section| &section.rows);
        rows.map(|row| u64::from(row.seats)).sum()
    }
}
