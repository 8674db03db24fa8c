//! Engine.IO, revisions 3 and 4: packets on a WebSocket and in the bodies of long polling, as pure functions of bytes.
//! It knows no session, and keeps nothing of what it reads but the packet that it answers.

mod payload;
mod v3;

pub use payload::{Body, Packets, encode_payload};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::borrow::Cow;

/// How the two sides understand each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revision {
    /// What clients of Socket.IO 2 speak: the client pings.
    V3,
    /// What clients of Socket.IO 3 and 4 speak: the server pings.
    V4,
}

/// One packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// The server's first: the session, as JSON.
    Open(String),
    /// The end of the session.
    Close,
    /// Asks for a sign of life; `probe` asks whether a transport works.
    Ping(String),
    /// The answer, with the same text.
    Pong(String),
    /// A message of the application.
    Text(String),
    /// One of bytes.
    Binary(Vec<u8>),
    /// The client goes over to this transport.
    Upgrade,
    /// Nothing: ends a poll that waits.
    Noop,
}

/// What is no packet. Its session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPacket(pub &'static str);

/// A packet as a WebSocket message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Cow<'a, [u8]>),
}

impl Packet {
    /// Bytes that it takes, about: for the bound of a queue.
    pub fn bytes(&self) -> usize {
        let content = match self {
            Packet::Open(text) | Packet::Ping(text) | Packet::Pong(text) | Packet::Text(text) => {
                text.len()
            }
            Packet::Binary(bytes) => bytes.len(),
            Packet::Close | Packet::Upgrade | Packet::Noop => 0,
        };
        content + size_of::<Packet>()
    }

    /// As a WebSocket message.
    pub fn to_frame(&self, revision: Revision) -> Frame<'_> {
        match (self, revision) {
            (Packet::Binary(bytes), Revision::V4) => Frame::Binary(Cow::Borrowed(bytes)),
            (Packet::Binary(bytes), Revision::V3) => {
                Frame::Binary([&[v3::MESSAGE], bytes.as_slice()].concat().into())
            }
            _ => Frame::Text(self.to_text(revision)),
        }
    }

    /// From a WebSocket text message.
    pub fn from_text(text: &str) -> Result<Packet, BadPacket> {
        let mut chars = text.chars();
        let kind = chars.next().ok_or(BadPacket("an empty packet"))?;
        let data = chars.as_str();
        Ok(match kind {
            '0' => Packet::Open(data.to_owned()),
            '1' => Packet::Close,
            '2' => Packet::Ping(data.to_owned()),
            '3' => Packet::Pong(data.to_owned()),
            '4' => Packet::Text(data.to_owned()),
            '5' => Packet::Upgrade,
            '6' => Packet::Noop,
            _ => return Err(BadPacket("a packet of no known type")),
        })
    }

    /// From a WebSocket binary message.
    pub fn from_binary(bytes: &[u8], revision: Revision) -> Result<Packet, BadPacket> {
        match (revision, bytes.split_first()) {
            (Revision::V4, _) => Ok(Packet::Binary(bytes.to_vec())),
            (Revision::V3, Some((&v3::MESSAGE, data))) => Ok(Packet::Binary(data.to_vec())),
            (Revision::V3, _) => Err(BadPacket("a binary packet that is no message")),
        }
    }

    /// As text, bytes in base64.
    fn to_text(&self, revision: Revision) -> String {
        match self {
            Packet::Open(data) => format!("0{data}"),
            Packet::Close => "1".to_owned(),
            Packet::Ping(data) => format!("2{data}"),
            Packet::Pong(data) => format!("3{data}"),
            Packet::Text(data) => format!("4{data}"),
            Packet::Binary(bytes) => {
                let kind = if revision == Revision::V3 { "b4" } else { "b" };
                format!("{kind}{}", STANDARD.encode(bytes))
            }
            Packet::Upgrade => "5".to_owned(),
            Packet::Noop => "6".to_owned(),
        }
    }

    /// From text in which bytes are base64.
    fn from_any_text(text: &str, revision: Revision) -> Result<Packet, BadPacket> {
        let Some(base64) = text.strip_prefix('b') else { return Packet::from_text(text) };
        let base64 = match revision {
            Revision::V4 => base64,
            Revision::V3 => {
                base64.strip_prefix('4').ok_or(BadPacket("a binary packet that is no message"))?
            }
        };
        let bytes = STANDARD.decode(base64).map_err(|_| BadPacket("bytes that are no base64"))?;
        Ok(Packet::Binary(bytes))
    }
}
