//! What is on a board: figures of whole numbers, and where they may be. It knows no board and nobody who draws.

use crate::fields::Fields;
use houseful_room::AccountId;
use serde::{Deserialize, Serialize};

/// No point is further from the middle, in either direction.
pub const REACH: i32 = 100_000;
/// Points of one stroke: what a hand draws in half a minute, thinned out.
pub const POINTS_MAX: usize = 1_000;
/// Characters of a text.
pub const TEXT_CHARS_MAX: usize = 500;
/// The last of the colours, which are those of the page.
pub const COLOUR_MAX: u8 = 11;
/// The widest line.
pub const WIDTH_MAX: u8 = 40;

/// What an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Drawn by hand: points from the first to the last.
    #[default]
    Stroke,
    /// From one point to another.
    Line,
    /// The same with a head.
    Arrow,
    /// Between two corners.
    Rect,
    /// The same, round.
    Ellipse,
    /// Words at a point.
    Text,
}

/// What is drawn.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// What it is.
    pub kind: Kind,
    /// The first point, then how far it is from each to the next: x and y in turn.
    pub points: Vec<i32>,
    /// Which colour.
    pub colour: u8,
    /// How wide its line is; of a text, how large.
    pub width: u8,
    /// Whether it is filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<bool>,
    /// The words of a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// A figure on a board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Who put it there.
    pub by: AccountId,
    /// What is higher lies above.
    pub z: u64,
    /// What it is.
    #[serde(flatten)]
    pub figure: Figure,
}

impl Item {
    /// Its bytes among those that a board may have, with its id.
    pub fn bytes(&self, id: &str) -> u64 {
        (id.len() + self.json().len()) as u64
    }

    /// A number that is another one if anything about it is another.
    pub fn print(&self) -> u64 {
        // FNV-1a: the same on every machine and for ever.
        self.json().bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }

    fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Kind {
    fn points(self) -> std::ops::RangeInclusive<usize> {
        match self {
            Kind::Stroke => 1..=POINTS_MAX,
            Kind::Text => 1..=1,
            _ => 2..=2,
        }
    }

    pub(super) fn has_area(self) -> bool {
        matches!(self, Kind::Rect | Kind::Ellipse)
    }

    /// What is wrong with points for such a figure.
    pub(super) fn misfit(self, points: &[i32]) -> Option<String> {
        let count = self.points();
        if points.len() % 2 == 1 || !count.contains(&(points.len() / 2)) {
            let (least, most) = (count.start() * 2, count.end() * 2);
            return Some(format!("an even count of numbers, between {least} and {most}"));
        }
        let within = is_within_reach(points);
        (!within).then(|| format!("a point is further than {REACH} from the middle"))
    }
}

/// Whether every point is where points may be.
pub(super) fn is_within_reach(points: &[i32]) -> bool {
    let reach = -i64::from(REACH)..=i64::from(REACH);
    let (mut x, mut y) = (0i64, 0i64);
    points.chunks(2).all(|step| {
        x += i64::from(step[0]);
        y += step.get(1).map_or(0, |dy| i64::from(*dy));
        reach.contains(&x) && reach.contains(&y)
    })
}

/// The same points elsewhere, if they may be there.
pub(super) fn shifted(points: &[i32], dx: i32, dy: i32) -> Option<Vec<i32>> {
    let mut points = points.to_vec();
    let [x, y, ..] = &mut points[..] else { return None };
    *x = x.checked_add(dx)?;
    *y = y.checked_add(dy)?;
    is_within_reach(&points).then_some(points)
}

/// Reads a figure.
pub(super) fn figure(fields: &mut Fields<'_>) -> Figure {
    let kind: Option<Kind> = fields.maybe("kind");
    if kind.is_none() {
        fields.wrong("kind", "one of stroke, line, arrow, rect, ellipse, text");
    }
    let points: Vec<i32> = fields.must("points");
    let mut figure = Figure { points, ..Figure::default() };
    if let Some(misfit) = kind.and_then(|kind| kind.misfit(&figure.points)) {
        fields.wrong("points", misfit);
    }
    figure.kind = kind.unwrap_or_default();
    figure.colour = colour(fields).unwrap_or_else(|| fields.must("colour"));
    figure.width = width(fields).unwrap_or_else(|| fields.must("width"));
    figure.fill = fields.maybe("fill");
    if figure.fill.is_some() && !figure.kind.has_area() {
        fields.wrong("fill", "only a rect or an ellipse is filled");
    }
    // What is not filled says nothing of it, so that two that look the same are the same.
    figure.fill = figure.fill.filter(|fill| *fill);
    figure.text = match kind {
        Some(Kind::Text) => Some(fields.words("text", TEXT_CHARS_MAX)),
        _ => fields.maybe("text"),
    };
    if figure.text.is_some() && figure.kind != Kind::Text {
        fields.wrong("text", "only a text has words");
    }
    figure
}

/// Reads a colour, if there is one.
pub(super) fn colour(fields: &mut Fields<'_>) -> Option<u8> {
    let colour = fields.maybe("colour");
    if colour.is_some_and(|colour| colour > COLOUR_MAX) {
        fields.wrong("colour", format!("at most {COLOUR_MAX}"));
    }
    colour
}

/// Reads a width, if there is one.
pub(super) fn width(fields: &mut Fields<'_>) -> Option<u8> {
    let width = fields.maybe("width");
    if width.is_some_and(|width| !(1..=WIDTH_MAX).contains(&width)) {
        fields.wrong("width", format!("between 1 and {WIDTH_MAX}"));
    }
    width
}
