//! One client in one namespace, as whoever serves it sees it. It waits for nobody but the client.

use super::session::{Handshake, Session};
use super::{Message, Revision};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use houseful_wire::engineio::Packet as Carried;
use houseful_wire::socketio::{Content, MAIN, Packet, event_text};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// What a client said.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Something happened.
    Event(Event),
    /// The answer to what was sent with that id.
    Ack(Message),
}

/// An event of the client.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// What happened.
    pub name: String,
    /// What it brings; where bytes belong there is their number (`_placeholder`).
    pub args: Vec<Value>,
    /// The bytes.
    pub attachments: Vec<Vec<u8>>,
    /// Whether an answer is wanted, and to which id.
    pub ack: Option<u64>,
}

/// Somebody who asks to be let into a namespace. What they say meanwhile waits.
pub struct Arrival {
    /// What they have brought: an object, empty for clients of version 2.
    pub auth: Value,
    pub(super) session: Arc<Session>,
    pub(super) namespace: String,
    pub(super) inbound: mpsc::Receiver<Heard>,
}

/// Somebody in a namespace; out of it when dropped.
pub struct Socket {
    /// Their public name.
    pub id: String,
    /// What they have brought.
    pub auth: Value,
    session: Arc<Session>,
    namespace: String,
    inbound: mpsc::Receiver<Heard>,
    is_gone: bool,
}

impl Arrival {
    /// The request that opened the session.
    pub fn handshake(&self) -> &Handshake {
        &self.session.handshake
    }

    /// Lets them in.
    pub fn accept(self) -> Socket {
        let Arrival { auth, session, namespace, inbound } = self;
        let (id, greeting) = match session.revision {
            Revision::V3 if namespace == MAIN => (session.sid.clone(), None),
            Revision::V3 => (format!("{namespace}#{}", session.sid), None),
            Revision::V4 => {
                let id = random_id();
                (id.clone(), Some(json!({ "sid": id })))
            }
        };
        let socket = Socket { id, auth, session, namespace, inbound, is_gone: false };
        socket.say(Content::Connect(greeting));
        socket
    }

    /// Does not; `data` goes with the words to clients that take more than words.
    pub fn refuse(self, message: &str, data: Option<Value>) {
        let error = error(self.session.revision, message, data);
        let content = Content::ConnectError(error);
        let packet = Packet { namespace: self.namespace, content };
        self.session.send_text(packet.to_text());
    }
}

impl Socket {
    /// The request that opened the session.
    pub fn handshake(&self) -> &Handshake {
        &self.session.handshake
    }

    /// What the client says next; nothing when it is gone. It may be given up at any time: nothing is lost.
    pub async fn next(&mut self) -> Option<Heard> {
        let heard = self.inbound.recv().await;
        self.is_gone |= heard.is_none();
        heard
    }

    /// Tells the client that something happened: the number by which `confirmed` knows it.
    pub fn emit(&self, name: &str, args: impl IntoIterator<Item = Value>) -> u64 {
        let data = std::iter::once(Value::from(name)).chain(args).collect();
        self.say(Content::Event(Message { id: None, data, attachments: Vec::new() }))
    }

    /// The same with what it brings as JSON: made once for many, and in an order of its own.
    pub fn emit_json(&self, name: &str, json: &str) -> u64 {
        self.session.send_text(event_text(&self.namespace, name, json))
    }

    /// The same with bytes, or with an id to be answered; the name is the first of its values.
    pub fn emit_message(&self, message: Message) -> u64 {
        self.say(Content::Event(message))
    }

    /// Answers an event; the message's id is the event's.
    pub fn ack(&self, message: Message) {
        self.say(Content::Ack(message));
    }

    /// The number of the last of what was sent after which the client was heard: it had been given it by then.
    pub fn confirmed(&self) -> watch::Receiver<u64> {
        self.session.confirmed()
    }

    /// Ends the whole session when what waits is sent.
    pub fn close(self) {
        self.session.finish();
    }

    fn say(&self, content: Content) -> u64 {
        let packet = Packet { namespace: self.namespace.clone(), content };
        let text = Carried::Text(packet.to_text());
        let attachments = packet.into_attachments().into_iter().map(Carried::Binary);
        self.session.push(std::iter::once(text).chain(attachments))
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if !self.is_gone {
            self.say(Content::Disconnect);
        }
    }
}

/// Why a namespace is not to be had, as a client of this revision reads it.
pub(super) fn error(revision: Revision, message: &str, data: Option<Value>) -> Value {
    match (revision, data) {
        (Revision::V3, None) => json!(message),
        (Revision::V3, Some(data)) => data,
        (Revision::V4, None) => json!({ "message": message }),
        (Revision::V4, Some(data)) => json!({ "message": message, "data": data }),
    }
}

fn random_id() -> String {
    let mut bytes = [0; 16];
    // It is no secret: a name that all have would only be useless.
    let _ = getrandom::fill(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}
