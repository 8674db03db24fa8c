//! Which seats to propose: the best that are left, and what is free near seats that are not. Reads the
//! grid, writes nothing, keeps nothing.

use super::picture::{Ask, Cell, offers};
use super::places::Place;
use crate::plan::{Hall, distance};
use houseful_room::Grid;
use serde::Deserialize;
use utoipa::ToSchema;

/// A refusal offers at most so many groups.
const ALTERNATIVES_MAX: usize = 3;

/// What `best` asks for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Best {
    /// How many adjacent seats.
    pub count: u32,
    /// Only of this zone.
    #[serde(default)]
    pub zone: Option<String>,
    /// At least one wheelchair place among them.
    #[serde(default)]
    pub accessible: bool,
}

/// A row as a buyer finds it, with the seats that its cells are; an aisle is the seat before it.
pub(super) struct RowPicture {
    pub(super) cells: Vec<Cell>,
    pub(super) seats: Vec<u32>,
}

impl RowPicture {
    pub(super) fn of(hall: &Hall, grid: &Grid, row: u32) -> RowPicture {
        let mut picture = RowPicture { cells: Vec::new(), seats: Vec::new() };
        for segment in hall.segments(row) {
            if !picture.cells.is_empty() {
                picture.cells.push(Cell::Aisle);
                picture.seats.push(segment.start - 1);
            }
            for seat in segment.clone() {
                picture.cells.push(cell(hall, grid, seat));
                picture.seats.push(seat);
            }
        }
        picture
    }

    /// Where a seat of this row is in the picture.
    pub(super) fn place_of(&self, seat: u32) -> usize {
        // The first cell with a seat's number is the seat, the second the aisle behind it.
        self.seats.partition_point(|known| *known < seat)
    }

    fn group(&self, start: usize, count: usize) -> Vec<u32> {
        self.seats[start..start + count].to_vec()
    }
}

fn cell(hall: &Hall, grid: &Grid, seat: u32) -> Cell {
    let attributes = hall.attributes(seat);
    if grid.get(seat) != Some(Place::Available.bits()) {
        Cell::Taken
    } else if attributes.is_accessible() {
        Cell::Accessible
    } else if attributes.is_companion() {
        Cell::Companion
    } else {
        Cell::Free
    }
}

/// Whether wheelchair places are among these.
pub(super) fn ask_of(hall: &Hall, seats: &[u32]) -> Ask {
    let accessible = seats.iter().any(|&seat| hall.attributes(seat).is_accessible());
    if accessible { Ask::Accessible } else { Ask::Ordinary }
}

/// The best seats that are left: the row nearest to the stage that has them, and in it those nearest
/// to the stage, with a full view before others. Seats whose taking leaves one alone only if there is
/// nothing else in the hall.
pub(super) fn best(hall: &Hall, grid: &Grid, asked: &Best) -> Option<Vec<u32>> {
    let ask = if asked.accessible { Ask::Accessible } else { Ask::Ordinary };
    let zone = asked.zone.as_deref();
    let count = asked.count as usize;
    let mut second_best = None;
    for &row in hall.by_quality() {
        let of = hall.zones()[hall.rows()[row as usize].zone as usize].as_str();
        if zone.is_some_and(|zone| zone != of) {
            continue;
        }
        let picture = RowPicture::of(hall, grid, row);
        let found = offers(&picture.cells, count, ask);
        let groups = found.starts.iter().map(|&start| picture.group(start, count));
        let nearest = groups.min_by(|a, b| quality(hall, a).total_cmp(&quality(hall, b)));
        match nearest {
            Some(group) if found.clean => return Some(group),
            Some(group) if second_best.is_none() => second_best = Some(group),
            _ => {}
        }
    }
    second_best
}

/// The lower the better. A restricted view counts more than any distance.
fn quality(hall: &Hall, group: &[u32]) -> f64 {
    let restricted = group.iter().filter(|&&seat| hall.attributes(seat).is_restricted()).count();
    restricted as f64 * 1e9 + distance(middle(hall, group), hall.focus())
}

fn middle(hall: &Hall, group: &[u32]) -> (f64, f64) {
    let (Some(&first), Some(&last)) = (group.first(), group.last()) else { return (0.0, 0.0) };
    let (first, last) = (hall.position(first), hall.position(last));
    ((first.0 + last.0) / 2.0, (first.1 + last.1) / 2.0)
}

/// Up to three groups of as many adjacent seats, the nearest first: of the same row, then of the
/// section's rows around it, then of the zone. None overlaps another, and each could be held.
pub(super) fn alternatives(hall: &Hall, grid: &Grid, asked: &[u32]) -> Vec<Vec<u32>> {
    let Some(&first) = asked.first() else { return Vec::new() };
    let ask = ask_of(hall, asked);
    let target = middle(hall, asked);
    let mut found: Vec<Vec<u32>> = Vec::new();
    for row in rows_around(hall, hall.row_of(first), target) {
        let picture = RowPicture::of(hall, grid, row);
        let starts = offers(&picture.cells, asked.len(), ask).starts;
        let mut groups: Vec<(f64, Vec<u32>)> = starts
            .into_iter()
            .map(|start| picture.group(start, asked.len()))
            .map(|group| (distance(middle(hall, &group), target), group))
            .collect();
        groups.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, group) in groups {
            let overlaps = found.iter().flatten().any(|seat| group.contains(seat));
            if !overlaps {
                found.push(group);
            }
            if found.len() == ALTERNATIVES_MAX {
                return found;
            }
        }
    }
    found
}

/// The rows of a row's zone: itself, then its section's by how far they are, then the others. The
/// others are put in order only if the search gets there.
fn rows_around(hall: &Hall, row: u32, target: (f64, f64)) -> impl Iterator<Item = u32> {
    let home = &hall.rows()[row as usize];
    let numbered = || (0u32..).zip(hall.rows()).filter(|(_, other)| other.zone == home.zone);
    let near = numbered().filter(|(_, other)| other.section == home.section);
    let mut near: Vec<u32> = near.map(|(number, _)| number).collect();
    near.sort_by_key(|number| number.abs_diff(row));
    let others = std::iter::once_with(move || {
        let others = numbered().filter(|(_, other)| other.section != home.section);
        let mut others: Vec<(f64, u32)> =
            others.map(|(number, other)| (distance(other.middle, target), number)).collect();
        others.sort_by(|a, b| a.0.total_cmp(&b.0));
        others.into_iter().map(|(_, number)| number)
    });
    near.into_iter().chain(others.flatten())
}
