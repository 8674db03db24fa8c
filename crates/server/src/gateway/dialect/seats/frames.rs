//! What the seats dialect says and hears, as text. Pure; it never decides what is true.

use crate::gateway::dialect::link::Refused;
use houseful_apps::seats::facts::Event;
use houseful_apps::seats::seen::{Field, Shown};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Told to whoever names no user; clients know the text.
pub(super) const NO_USER: &str = "Please provide a username in the url: /?user=YourUsername";
/// One text for a place that is taken and one that does not exist; clients know it.
const NOT_AVAILABLE: &str = "Place is not available";

/// What a client asks.
#[derive(Debug, PartialEq)]
pub(super) enum Asked {
    /// How every place looks.
    Field,
    /// What is sold here.
    About,
    /// A place.
    Buy(Place),
    /// Something that this dialect has no answer to.
    Nothing,
}

/// Which place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// This row and column.
    At(usize, usize),
    /// One that no field has.
    Nowhere,
    /// The client did not say.
    Unsaid,
}

#[derive(Deserialize)]
struct Request {
    event: String,
    #[serde(default)]
    data: Value,
}

#[derive(Serialize)]
struct Frame<T> {
    r#type: &'static str,
    content: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About<'a> {
    title: &'a str,
    description: &'a str,
    starts_at: i64,
    time_zone: &'a str,
    place: &'a str,
    currency: &'a str,
    labels: Vec<Vec<String>>,
    prices: Vec<Vec<i64>>,
}

impl Asked {
    /// Reads a message.
    pub(super) fn read(text: &[u8]) -> Asked {
        let Ok(Request { event, data }) = serde_json::from_slice(text) else {
            return Asked::Nothing;
        };
        match event.as_str() {
            "field" => Asked::Field,
            "about" => Asked::About,
            "buy" => Asked::Buy(Place::read(&data["pos"])),
            _ => Asked::Nothing,
        }
    }
}

impl Place {
    /// Two numbers, or texts that are numbers; what comes after them does not count.
    fn read(pos: &Value) -> Place {
        let number = |nth: usize| match pos.get(nth)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse::<f64>().ok(),
            _ => None,
        };
        let index = |number: f64| match number {
            number if number.fract() == 0.0 && (0.0..1e9).contains(&number) => {
                Some(number as usize)
            }
            _ => None,
        };
        match (number(0), number(1)) {
            (Some(row), Some(column)) => match (index(row), index(column)) {
                (Some(row), Some(column)) => Place::At(row, column),
                _ => Place::Nowhere,
            },
            _ => Place::Unsaid,
        }
    }
}

/// How every place looks: 0 free, 1 taken, 2 taken by who looks.
pub(super) fn field(shown: &[Vec<Shown>]) -> String {
    let number = |place: &Shown| match place {
        Shown::Free => 0,
        Shown::Taken => 1,
        Shown::Mine => 2,
    };
    let rows: Vec<Vec<u8>> = shown.iter().map(|row| row.iter().map(number).collect()).collect();
    text("field", rows, None)
}

/// What is sold here. Only who asks for it gets it.
pub(super) fn about(event: &Event, field: &Field) -> String {
    let about = About {
        title: &event.title,
        description: &event.description,
        starts_at: event.starts_at.ms(),
        time_zone: &event.time_zone,
        place: &event.place,
        currency: &event.currency,
        labels: field.labels(),
        prices: field.prices(event),
    };
    text("about", about, None)
}

/// Why not: in words, and as a code for whoever reads it.
pub(super) fn error(code: &str, content: &str) -> String {
    text("error", content, Some(code.to_owned()))
}

pub(super) fn taken() -> String {
    error("SEAT_TAKEN", NOT_AVAILABLE)
}

pub(super) fn no_such_seat() -> String {
    error("NO_SUCH_SEAT", NOT_AVAILABLE)
}

pub(super) fn no_position() -> String {
    error("INVALID_POSITION", "pos: name the row and the column of a place, such as [0, 1]")
}

/// What the room answers, in this dialect's words.
pub(super) fn refused(refused: &Refused) -> String {
    match refused.code.as_str() {
        "seats_taken" => taken(),
        "no_such_seat" => no_such_seat(),
        // One of the link's own has no words.
        code if code == refused.message => {
            error(&code.to_ascii_uppercase(), "This is not possible now. Please try again later.")
        }
        code => error(&code.to_ascii_uppercase(), &refused.message),
    }
}

fn text<T: Serialize>(r#type: &'static str, content: T, code: Option<String>) -> String {
    // Numbers and texts can always be written.
    serde_json::to_string(&Frame { r#type, content, code }).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_were() {
        let place = |pos: &str| {
            let text = format!(r#"{{"event":"buy","data":{{"pos":{pos}}}}}"#);
            match Asked::read(text.as_bytes()) {
                Asked::Buy(place) => place,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(place("[3,1]"), Place::At(3, 1));
        assert_eq!(place(r#"["3","0",7]"#), Place::At(3, 0));
        for nowhere in ["[-1,0]", "[0,1.5]", r#"["-1","0"]"#, "[1e300,0]", r#"["inf",0]"#] {
            assert_eq!(place(nowhere), Place::Nowhere, "{nowhere}");
        }
        for unsaid in ["null", "[]", "[1]", "7", r#"["a","b"]"#, r#"["",""]"#, "[null,0]", "{}"] {
            assert_eq!(place(unsaid), Place::Unsaid, "{unsaid}");
        }
        for data in ["", r#","data":null"#, r#","data":"x""#, r#","data":[]"#] {
            let text = format!(r#"{{"event":"buy"{data}}}"#);
            assert_eq!(Asked::read(text.as_bytes()), Asked::Buy(Place::Unsaid), "{data}");
        }
    }

    #[test]
    fn frames_are_written_as_they_were() {
        let shown = [vec![Shown::Free, Shown::Taken], vec![Shown::Mine, Shown::Free]];
        assert_eq!(field(&shown), r#"{"type":"field","content":[[0,1],[2,0]]}"#);
        let error = r#"{"type":"error","content":"Place is not available","code":"SEAT_TAKEN"}"#;
        assert_eq!(taken(), error);
    }
}
