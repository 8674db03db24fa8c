//! Reads packets. One that brings bytes is answered when the last of them is there; every count is checked before
//! anything is kept.

use super::{ATTACHMENTS_MAX, Content, MAIN, Message, Packet};
use serde_json::Value;

/// What is no packet. Its session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPacket(pub &'static str);

/// Reads the messages of one session.
#[derive(Debug, Default)]
pub struct Decoder {
    /// A packet, and how many messages of bytes it lacks.
    waiting: Option<(Packet, usize)>,
}

impl Decoder {
    /// Takes a text message.
    pub fn text(&mut self, text: &str) -> Result<Option<Packet>, BadPacket> {
        if self.waiting.is_some() {
            return Err(BadPacket("a text where bytes belong"));
        }
        let (packet, attachments) = read(text)?;
        if attachments == 0 {
            return Ok(Some(packet));
        }
        self.waiting = Some((packet, attachments));
        Ok(None)
    }

    /// Takes a message of bytes.
    pub fn binary(&mut self, bytes: Vec<u8>) -> Result<Option<Packet>, BadPacket> {
        let (mut packet, left) = self.waiting.take().ok_or(BadPacket("bytes without a packet"))?;
        if let Content::Event(message) | Content::Ack(message) = &mut packet.content {
            message.attachments.push(bytes);
        }
        if left == 1 {
            return Ok(Some(packet));
        }
        self.waiting = Some((packet, left - 1));
        Ok(None)
    }
}

/// A packet's text, and how many messages of bytes belong to it.
fn read(text: &str) -> Result<(Packet, usize), BadPacket> {
    let kind = text.chars().next().ok_or(BadPacket("an empty packet"))?;
    let mut rest = &text[kind.len_utf8()..];
    let mut attachments = 0;
    if matches!(kind, '5' | '6') {
        let (count, after) = rest.split_once('-').ok_or(BadPacket("bytes without their count"))?;
        attachments = number(count)
            .and_then(|count| usize::try_from(count).ok())
            .filter(|count| *count <= ATTACHMENTS_MAX)
            .ok_or(BadPacket("too many attachments, or no count of them"))?;
        rest = after;
    }
    let mut namespace = MAIN;
    if rest.starts_with('/') {
        (namespace, rest) = rest.split_once(',').unwrap_or((rest, ""));
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (id, data) = rest.split_at(digits);
    let id = match id {
        "" => None,
        id => Some(number(id).ok_or(BadPacket("an id that is no number"))?),
    };
    let data = match data {
        "" => None,
        data => Some(serde_json::from_str(data).map_err(|_| BadPacket("data that is no JSON"))?),
    };
    let content = content(kind, id, data, attachments)?;
    Ok((Packet { namespace: namespace.to_owned(), content }, attachments))
}

fn content(
    kind: char,
    id: Option<u64>,
    data: Option<Value>,
    attachments: usize,
) -> Result<Content, BadPacket> {
    Ok(match (kind, data) {
        ('0', data @ (None | Some(Value::Object(_)))) => Content::Connect(data),
        ('1', None) => Content::Disconnect,
        ('2' | '5', Some(Value::Array(data))) if data.first().is_some_and(Value::is_string) => {
            Content::Event(message(id, data, attachments)?)
        }
        ('3' | '6', Some(Value::Array(data))) if id.is_some() => {
            Content::Ack(message(id, data, attachments)?)
        }
        ('4', Some(data @ (Value::Object(_) | Value::String(_)))) => Content::ConnectError(data),
        ('0'..='6', _) => return Err(BadPacket("data of another kind than its packet")),
        _ => return Err(BadPacket("a packet of no known type")),
    })
}

fn message(id: Option<u64>, data: Vec<Value>, attachments: usize) -> Result<Message, BadPacket> {
    match data.iter().all(|value| has_its_bytes(value, attachments)) {
        true => Ok(Message { id, data, attachments: Vec::new() }),
        false => Err(BadPacket("a place for bytes that do not come")),
    }
}

/// Whether every place for bytes in a value has some.
fn has_its_bytes(value: &Value, attachments: usize) -> bool {
    match value {
        Value::Array(values) => values.iter().all(|value| has_its_bytes(value, attachments)),
        Value::Object(fields)
            if attachments > 0 && fields.get("_placeholder") == Some(&Value::Bool(true)) =>
        {
            let num = fields.get("num").and_then(Value::as_u64);
            num.is_some_and(|num| num < attachments as u64)
        }
        Value::Object(fields) => fields.values().all(|value| has_its_bytes(value, attachments)),
        _ => true,
    }
}

/// A number of at most so many digits that any JavaScript holds it exactly.
fn number(digits: &str) -> Option<u64> {
    let is_number =
        (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}
