//! Reads a client's message into frames, telling exactly what is wrong with it. It decides nothing about
//! what a frame asks for, and never parses the body of a command.

use crate::code::Refusal;
use crate::frame::{ClientFrame, Have, Ref};
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use uuid::Uuid;

/// More frames than this in one message are refused `too_large`: 50 rooms joined at once fit.
pub const FRAMES_PER_MESSAGE_MAX: usize = 64;
/// A request asks for no more people than this.
pub const ACCOUNTS_MAX: usize = 100;
/// JSON nested deeper than this is refused `malformed_json`.
pub const DEPTH_MAX: usize = 32;
/// Numbers on the wire are below this, so that JavaScript keeps them exact.
pub const INTEGER_END: u64 = 1 << 53;

/// A frame that cannot be handled, as the refusal that it earns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadFrame {
    /// The request, if that much could be read.
    pub reference: Option<Ref>,
    /// Why.
    pub code: Refusal,
    /// The first field that is missing or wrong, for `invalid_frame`.
    pub fields: Vec<&'static str>,
}

impl BadFrame {
    fn of_message(code: Refusal) -> Self {
        Self { reference: None, code, fields: Vec::new() }
    }

    fn field(reference: Option<Ref>, field: &'static str) -> Self {
        Self { reference, code: Refusal::InvalidFrame, fields: vec![field] }
    }
}

/// Reads one message: a frame, or an array of them. Text that is not JSON is one bad frame, and then
/// none of the message is handled.
pub fn decode(text: &str) -> Vec<Result<ClientFrame<'_>, BadFrame>> {
    if is_too_deep(text.as_bytes()) {
        return vec![Err(BadFrame::of_message(Refusal::MalformedJson))];
    }
    if !text.trim_ascii_start().starts_with('[') {
        return vec![decode_frame(text)];
    }
    match serde_json::from_str::<Vec<&RawValue>>(text) {
        Ok(frames) if frames.len() > FRAMES_PER_MESSAGE_MAX => {
            vec![Err(BadFrame::of_message(Refusal::TooLarge))]
        }
        Ok(frames) => frames.into_iter().map(|frame| decode_frame(frame.get())).collect(),
        Err(_) => vec![Err(BadFrame::of_message(Refusal::MalformedJson))],
    }
}

/// Whether brackets nest deeper than allowed. Brackets in strings do not count; text that is not JSON may
/// get any answer, for it is refused the same way.
pub fn is_too_deep(bytes: &[u8]) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > DEPTH_MAX {
                    return true;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

fn decode_frame(text: &str) -> Result<ClientFrame<'_>, BadFrame> {
    let raw: RawFrame<'_> = serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => BadFrame::field(None, "t"),
        _ => BadFrame::of_message(Refusal::MalformedJson),
    })?;
    let reference = raw.get(Key::Ref).and_then(integer).filter(|number| *number > 0);
    let fields = Fields { raw, reference };
    if let Some(field) = fields.raw.repeated {
        return Err(BadFrame::field(reference, field));
    }
    let kind = fields.text(Key::T)?;
    let reference = || reference.ok_or_else(|| BadFrame::field(None, "ref"));
    match kind.as_ref() {
        "hello" => Ok(ClientFrame::Hello {
            reference: reference()?,
            token: fields.optional_text(Key::Token)?,
            client: fields.optional_text(Key::Client)?,
        }),
        "auth" => {
            Ok(ClientFrame::Auth { reference: reference()?, token: fields.text(Key::Token)? })
        }
        "join" => Ok(ClientFrame::Join {
            reference: reference()?,
            room: fields.text(Key::Room)?,
            have: fields.have()?,
        }),
        "leave" => {
            Ok(ClientFrame::Leave { reference: reference()?, room: fields.text(Key::Room)? })
        }
        "command" => Ok(ClientFrame::Command {
            reference: reference()?,
            room: fields.text(Key::Room)?,
            term: fields.require(Key::Term, fields.raw.get(Key::Term).and_then(integer))?,
            id: fields.require(Key::Id, fields.raw.get(Key::Id).and_then(uuid))?,
            name: fields.text(Key::Name)?,
            body: fields.require(Key::Body, fields.raw.values[Key::Body as usize])?,
        }),
        "show" => Ok(ClientFrame::Show {
            room: fields.text(Key::Room)?,
            shape: fields.text(Key::Shape)?,
            value: fields.require(Key::Value, fields.raw.values[Key::Value as usize])?,
        }),
        "history" => Ok(ClientFrame::History {
            reference: reference()?,
            room: fields.text(Key::Room)?,
            shape: fields.text(Key::Shape)?,
            before: fields.optional_integer(Key::Before)?,
            limit: fields.optional_integer(Key::Limit)?,
        }),
        "people" => Ok(ClientFrame::People {
            reference: reference()?,
            room: fields.text(Key::Room)?,
            accounts: fields
                .require(Key::Accounts, fields.raw.get(Key::Accounts).and_then(list))?,
        }),
        "pong" => Ok(ClientFrame::Pong),
        _ => Err(BadFrame {
            reference: fields.reference,
            code: Refusal::UnknownFrame,
            fields: Vec::new(),
        }),
    }
}

/// The fields of a frame, each as the text that it was sent as.
struct RawFrame<'a> {
    values: [Option<&'a RawValue>; KEYS],
    repeated: Option<&'static str>,
}

/// The fields that any frame has; others are ignored.
#[derive(Clone, Copy, Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    T,
    Ref,
    Token,
    Client,
    Room,
    Have,
    Term,
    Id,
    Name,
    Body,
    Shape,
    Value,
    Before,
    Limit,
    Accounts,
    #[serde(other)]
    Other,
}

const KEYS: usize = Key::Other as usize;
const KEY_NAMES: [&str; KEYS] = [
    "t", "ref", "token", "client", "room", "have", "term", "id", "name", "body", "shape", "value",
    "before", "limit", "accounts",
];

impl<'a> RawFrame<'a> {
    /// A field's text, unless it is absent or `null`.
    fn get(&self, key: Key) -> Option<&'a str> {
        self.values[key as usize].map(RawValue::get).filter(|text| *text != "null")
    }
}

impl<'de> Deserialize<'de> for RawFrame<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FrameVisitor)
    }
}

struct FrameVisitor;

impl<'de> Visitor<'de> for FrameVisitor {
    type Value = RawFrame<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a frame")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut frame = RawFrame { values: [None; KEYS], repeated: None };
        while let Some(key) = map.next_key::<Key>()? {
            if let Key::Other = key {
                map.next_value::<IgnoredAny>()?;
            } else if frame.values[key as usize].replace(map.next_value()?).is_some() {
                frame.repeated = Some(KEY_NAMES[key as usize]);
            }
        }
        Ok(frame)
    }
}

struct Fields<'a> {
    raw: RawFrame<'a>,
    reference: Option<Ref>,
}

impl<'a> Fields<'a> {
    fn require<T>(&self, key: Key, value: Option<T>) -> Result<T, BadFrame> {
        value.ok_or_else(|| BadFrame::field(self.reference, KEY_NAMES[key as usize]))
    }

    fn text(&self, key: Key) -> Result<Cow<'a, str>, BadFrame> {
        self.require(key, self.raw.get(key).and_then(string))
    }

    fn optional_text(&self, key: Key) -> Result<Option<Cow<'a, str>>, BadFrame> {
        self.raw.get(key).map(|text| self.require(key, string(text))).transpose()
    }

    fn optional_integer(&self, key: Key) -> Result<Option<u64>, BadFrame> {
        self.raw.get(key).map(|text| self.require(key, integer(text))).transpose()
    }

    fn have(&self) -> Result<Option<Have>, BadFrame> {
        #[derive(Deserialize)]
        struct RawHave<'a> {
            #[serde(borrow)]
            epoch: Option<&'a RawValue>,
            #[serde(borrow)]
            seq: Option<&'a RawValue>,
        }
        let Some(text) = self.raw.get(Key::Have) else { return Ok(None) };
        if !text.starts_with('{') {
            return Err(BadFrame::field(self.reference, "have"));
        }
        let raw: RawHave<'_> =
            serde_json::from_str(text).map_err(|_| BadFrame::field(self.reference, "have"))?;
        let epoch = raw.epoch.and_then(|raw| uuid(raw.get()));
        let seq = raw.seq.and_then(|raw| integer(raw.get()));
        Ok(Some(Have {
            epoch: epoch.ok_or_else(|| BadFrame::field(self.reference, "have.epoch"))?,
            seq: seq.ok_or_else(|| BadFrame::field(self.reference, "have.seq"))?,
        }))
    }
}

/// Reads valid JSON as a string, without a copy where nothing is escaped.
fn string(text: &str) -> Option<Cow<'_, str>> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if !inner.contains('\\') {
        return Some(Cow::Borrowed(inner));
    }
    serde_json::from_str(text).ok().map(Cow::Owned)
}

/// Reads valid JSON as an integer below 2^53, without a fraction or an exponent.
fn integer(text: &str) -> Option<u64> {
    text.parse().ok().filter(|number| *number < INTEGER_END)
}

/// Reads valid JSON as a list of at most [`ACCOUNTS_MAX`] integers below 2^53.
fn list(text: &str) -> Option<Vec<u64>> {
    let numbers: Vec<u64> = serde_json::from_str(text).ok()?;
    let is_small = numbers.len() <= ACCOUNTS_MAX && numbers.iter().all(|n| *n < INTEGER_END);
    is_small.then_some(numbers)
}

/// Reads valid JSON as a UUID in its usual form with four hyphens.
fn uuid(text: &str) -> Option<Uuid> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    if inner.len() != 36 {
        return None;
    }
    Uuid::try_parse(inner).ok()
}
