//! Socket.IO, protocols 4 (clients of version 2) and 5 (versions 3 and 4): packets as the messages of Engine.IO, as
//! pure functions. Bytes within a packet stay beside it, their places in its JSON as they travel.

mod decode;

pub use decode::{BadPacket, Decoder};

use serde_json::Value;

/// Messages of bytes that one packet may bring.
pub const ATTACHMENTS_MAX: usize = 10;

/// The namespace that is there without being named.
pub const MAIN: &str = "/";

/// One packet in one namespace.
#[derive(Clone, Debug, PartialEq)]
pub struct Packet {
    /// The namespace, with its slash.
    pub namespace: String,
    /// What is said.
    pub content: Content,
}

/// What a packet says.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Into the namespace, or what the server says of it; what it brings is an object, if anything.
    Connect(Option<Value>),
    /// Out of it.
    Disconnect,
    /// Something happened.
    Event(Message),
    /// The answer to the event of that id.
    Ack(Message),
    /// The namespace is not to be had: an object, or a text for clients of version 2.
    ConnectError(Value),
}

/// An event or its answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// The event's id if it wants an answer; of an answer always.
    pub id: Option<u64>,
    /// The event's name and what it brings, or what the answer brings. Where bytes belong there is
    /// `{"_placeholder":true,"num":N}`.
    pub data: Vec<Value>,
    /// The bytes.
    pub attachments: Vec<Vec<u8>>,
}

/// The packet of an event that brings one value, which is JSON already.
pub fn event_text(namespace: &str, name: &str, json: &str) -> String {
    let place = if namespace == MAIN { String::new() } else { format!("{namespace},") };
    format!("2{place}[{},{json}]", Value::from(name))
}

impl Packet {
    /// The packet's text; its attachments are to be sent after it, each as a message of bytes.
    pub fn to_text(&self) -> String {
        let (digit, message, data) = match &self.content {
            Content::Connect(data) => ('0', None, data.as_ref().map(Value::to_string)),
            Content::Disconnect => ('1', None, None),
            Content::Event(message) if message.attachments.is_empty() => ('2', Some(message), None),
            Content::Event(message) => ('5', Some(message), None),
            Content::Ack(message) if message.attachments.is_empty() => ('3', Some(message), None),
            Content::Ack(message) => ('6', Some(message), None),
            Content::ConnectError(data) => ('4', None, Some(data.to_string())),
        };
        let mut text = String::from(digit);
        if let Some(count) = message.map(|message| message.attachments.len()).filter(|n| *n > 0) {
            text.push_str(&format!("{count}-"));
        }
        if self.namespace != MAIN {
            text.push_str(&self.namespace);
            text.push(',');
        }
        if let Some(message) = message {
            if let Some(id) = message.id {
                text.push_str(&id.to_string());
            }
            // Values of JSON have no way to fail.
            text.push_str(&serde_json::to_string(&message.data).unwrap_or_default());
        }
        text.push_str(&data.unwrap_or_default());
        text
    }

    /// The bytes that belong to it.
    pub fn into_attachments(self) -> Vec<Vec<u8>> {
        match self.content {
            Content::Event(message) | Content::Ack(message) => message.attachments,
            _ => Vec::new(),
        }
    }
}
