//! What an event is made or changed with, from a form with a picture or from JSON: read field by field, and told all
//! that is wrong with it at once.

use super::failure::{Failure, Issue};
use super::input::object;
use crate::gateway::dialect::date;
use crate::limits;
use axum::body::Bytes;
use axum::extract::multipart::Field;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::CONTENT_TYPE;
use houseful_room::Wall;
use serde_json::Value;
use std::collections::BTreeMap;

const CAPACITY_MAX: u32 = 10_000;
const NAME_CHARS_MAX: usize = 255;
const DESCRIPTION_CHARS_MAX: usize = 1_000;

/// What is sent, well-formed.
#[derive(Debug, Default)]
pub(super) struct Form {
    pub(super) name: Option<String>,
    /// Empty: none.
    pub(super) description: Option<String>,
    pub(super) event_date: Option<Wall>,
    pub(super) seat_capacity: Option<u32>,
    pub(super) image: Option<Bytes>,
}

/// A form as it came.
#[derive(Default)]
struct Raw {
    texts: BTreeMap<String, String>,
    image: Option<Upload>,
}

struct Upload {
    is_image: bool,
    /// Nothing if it is too large.
    bytes: Option<Bytes>,
}

impl Form {
    /// Reads a request; `now` is for a new event, of which all must be given.
    pub(super) async fn read(request: Request, now: Wall, is_new: bool) -> Result<Form, Failure> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let raw = match kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            true => Raw::of_form(request).await?,
            false => Raw::of_json(request).await?,
        };
        let form = Form::check(raw.texts, now, is_new)?;
        match raw.image {
            Some(Upload { is_image: false, .. }) => Err(not_an_image()),
            Some(Upload { bytes: None, .. }) => {
                Err(Failure::new(400, "FILE_TOO_LARGE", "File size cannot exceed 5MB"))
            }
            Some(Upload { bytes, .. }) => Ok(Form { image: bytes, ..form }),
            None => Ok(form),
        }
    }

    fn check(
        mut texts: BTreeMap<String, String>,
        now: Wall,
        is_new: bool,
    ) -> Result<Form, Failure> {
        let mut issues = Vec::new();
        let mut take = |field: &'static str, check: fn(&str, Wall) -> Option<&'static str>| {
            let text = texts.remove(field);
            let wrong = match &text {
                Some(text) => check(text, now),
                None if is_new && field != "description" => check("", now),
                None => None,
            };
            issues.extend(wrong.map(|wrong| Issue::new(field, wrong)));
            text.map(|text| text.trim().to_owned())
        };
        let name = take("name", wrong_with_name);
        let description = take("description", wrong_with_description);
        let event_date = take("eventDate", wrong_with_date);
        let seat_capacity = take("seatCapacity", wrong_with_capacity);
        if !issues.is_empty() {
            return Err(Failure::issues(issues));
        }
        Ok(Form {
            name,
            description,
            event_date: event_date.and_then(|text| moment(&text)),
            seat_capacity: seat_capacity.and_then(|text| capacity(&text)),
            image: None,
        })
    }
}

/// What somebody sends as a picture is none.
pub(super) fn not_an_image() -> Failure {
    Failure::new(400, "INVALID_FILE_TYPE", "Only image files are allowed")
}

fn wrong_with_name(text: &str, _: Wall) -> Option<&'static str> {
    match text.trim().chars().count() {
        0 => Some("Event name is required"),
        1..=NAME_CHARS_MAX => None,
        _ => Some("Event name must be at most 255 characters"),
    }
}

fn wrong_with_description(text: &str, _: Wall) -> Option<&'static str> {
    let is_long = text.chars().count() > DESCRIPTION_CHARS_MAX;
    is_long.then_some("Description must be at most 1000 characters")
}

fn wrong_with_date(text: &str, now: Wall) -> Option<&'static str> {
    match moment(text.trim()) {
        None => Some("Event date must be a valid date"),
        Some(at) if at <= now => Some("Event date must be in the future"),
        Some(_) => None,
    }
}

fn wrong_with_capacity(text: &str, _: Wall) -> Option<&'static str> {
    match capacity(text.trim()) {
        Some(1..=CAPACITY_MAX) => None,
        _ => Some("Seat capacity must be a whole number from 1 to 10000"),
    }
}

/// A moment as JavaScript reads it.
fn moment(text: &str) -> Option<Wall> {
    date::read(&Value::from(text))
}

/// Digits and nothing else.
fn capacity(text: &str) -> Option<u32> {
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl Raw {
    async fn of_json(request: Request) -> Result<Raw, Failure> {
        let malformed = || Failure::invalid("Malformed JSON in request body");
        let object = object(request).await.ok_or_else(malformed)?;
        let text = |value: Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text),
            // A number is its digits; what has no digits alone is refused as such.
            other => Some(other.to_string()),
        };
        let texts = object.into_iter().filter_map(|(name, value)| Some((name, text(value)?)));
        Ok(Raw { texts: texts.collect(), image: None })
    }

    async fn of_form(request: Request) -> Result<Raw, Failure> {
        let malformed = || Failure::invalid("Malformed form in request body");
        let mut form = Multipart::from_request(request, &()).await.map_err(|_| malformed())?;
        let mut raw = Raw::default();
        while let Some(mut field) = form.next_field().await.map_err(|_| malformed())? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "imageFile" && field.file_name().is_some() {
                let kind = field.content_type().unwrap_or_default();
                let is_image = kind.starts_with("image/");
                let bytes = take(&mut field, limits::BOOKING_PICTURE_BYTES_MAX).await;
                let bytes = bytes.ok_or_else(malformed)?.map(Bytes::from);
                // A file input in which nothing was chosen sends an empty file.
                let is_there = bytes.as_ref().is_none_or(|bytes| !bytes.is_empty());
                raw.image = is_there.then_some(Upload { is_image, bytes });
            } else {
                let bytes = take(&mut field, limits::BOOKING_FIELD_BYTES_MAX).await;
                let text = bytes.flatten().and_then(|bytes| String::from_utf8(bytes).ok());
                raw.texts.insert(name, text.ok_or_else(malformed)?);
            }
        }
        Ok(raw)
    }
}

/// All of a field, or nothing in place of what is too large, which is read and dropped: who is still sending would not
/// read the answer. Nothing at all if it breaks off.
async fn take(field: &mut Field<'_>, bytes_max: usize) -> Option<Option<Vec<u8>>> {
    let mut bytes = Some(Vec::new());
    while let Some(chunk) = field.chunk().await.ok()? {
        bytes = bytes.filter(|all| all.len() + chunk.len() <= bytes_max);
        if let Some(all) = &mut bytes {
            all.extend_from_slice(&chunk);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(fields: &[(&str, &str)], is_new: bool) -> Result<Form, Vec<Issue>> {
        let texts = fields.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        let form = Form::check(texts.collect(), Wall(0), is_new);
        form.map_err(|failure| failure.told().to_vec())
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let wrong = check(&[("name", " "), ("seatCapacity", "12.7abc")], true).unwrap_err();
        let expected = [
            Issue::new("name", "Event name is required"),
            Issue::new("eventDate", "Event date must be a valid date"),
            Issue::new("seatCapacity", "Seat capacity must be a whole number from 1 to 10000"),
        ];
        assert_eq!(wrong, expected);
        for capacity in ["0", "10001", "-1", "1e3", "", " 7 8"] {
            assert!(check(&[("seatCapacity", capacity)], false).is_err(), "{capacity}");
        }
        for (field, length) in [("name", 256), ("description", 1_001)] {
            assert!(check(&[(field, &"x".repeat(length))], false).is_err(), "{field}");
            assert!(check(&[(field, &"x".repeat(length - 1))], false).is_ok(), "{field}");
        }
        assert!(check(&[("eventDate", "1969-12-31")], false).is_err());
    }

    #[test]
    fn what_is_not_given_stays() {
        let form = check(&[("name", " Jazz ")], false).unwrap();
        assert_eq!(form.name.as_deref(), Some("Jazz"));
        assert!(form.description.is_none() && form.event_date.is_none());
        let form = check(&[("description", "")], false).unwrap();
        assert_eq!(form.description.as_deref(), Some(""));
    }
}
