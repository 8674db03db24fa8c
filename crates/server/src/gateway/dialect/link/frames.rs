//! The server's frames as a client reads them, and what of them is told to a dialect.

use houseful_room::{Epoch, Piece, Replica};
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// What a link hears without having asked.
#[derive(Clone, Debug)]
pub enum Told {
    /// The room changed; its copy has it already.
    Changed {
        /// Which.
        room: Arc<str>,
        /// What changed, by audience, in order.
        pieces: Vec<Piece>,
    },
    /// The room's copy is another: something was missed.
    Anew {
        /// Which.
        room: Arc<str>,
    },
    /// The room is closed to this session.
    Gone {
        /// Which.
        room: Arc<str>,
        /// Why.
        code: String,
    },
    /// The server is about to stop: whoever can should come back elsewhere.
    Leaving,
}

/// A room as a session has it.
#[derive(Clone, Debug)]
pub struct RoomCopy {
    /// Its path.
    pub path: Arc<str>,
    /// The application that it runs.
    pub app: String,
    /// What the session is there.
    pub role: String,
    pub(super) term: u64,
    pub(super) replica: Replica,
}

/// A room's answer to a command.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The entry that did it.
    pub seq: u64,
    /// The application's reply.
    pub body: Value,
}

/// Why not.
#[derive(Clone, Debug, Default, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Refused {
    /// For machines.
    pub code: String,
    /// For people.
    pub message: String,
    /// When it may be worth another try.
    pub retry_after_ms: Option<u64>,
    /// What the application adds.
    pub details: Value,
}

/// What a frame is.
pub(super) enum Frame {
    /// `welcome`, `ok` or `joined`.
    Answer(u64),
    Refused(u64, Refused),
    Ops(String),
    Position(String, u64),
    Resync(String),
    Gone(String, String),
    Ping,
    Goaway,
    /// What dialects have no word for.
    Other,
}

/// A frame as JSON.
pub(super) struct OwnedFrame(Value);

impl Refused {
    /// One of our own.
    pub fn new(code: &str) -> Refused {
        Refused { code: code.to_owned(), message: code.to_owned(), ..Refused::default() }
    }
}

/// The frames of a message.
pub(super) fn read(text: &str) -> Vec<OwnedFrame> {
    match serde_json::from_str(text) {
        Ok(Value::Array(frames)) => frames.into_iter().map(OwnedFrame).collect(),
        Ok(frame) => vec![OwnedFrame(frame)],
        Err(error) => {
            tracing::error!(%error, "a message of our own cannot be read");
            Vec::new()
        }
    }
}

impl OwnedFrame {
    pub(super) fn kind(&self) -> Frame {
        let text = |key: &str| self.text(key).to_owned();
        match (self.text("t"), self.0["ref"].as_u64()) {
            ("welcome" | "ok" | "joined", Some(reference)) => Frame::Answer(reference),
            ("refused", Some(reference)) => Frame::Refused(
                reference,
                Refused {
                    code: text("code"),
                    message: text("message"),
                    retry_after_ms: self.0["retryAfterMs"].as_u64(),
                    details: self.0["details"].clone(),
                },
            ),
            ("ops", _) => Frame::Ops(text("room")),
            ("position", _) => {
                Frame::Position(text("room"), self.0["seq"].as_u64().unwrap_or_default())
            }
            ("resync", _) => Frame::Resync(text("room")),
            ("gone", _) => Frame::Gone(text("room"), text("code")),
            ("ping", _) => Frame::Ping,
            ("goaway", _) => Frame::Goaway,
            _ => Frame::Other,
        }
    }

    /// What an `ok` says.
    pub(super) fn answer(self) -> Answer {
        let OwnedFrame(mut frame) = self;
        Answer { seq: frame["seq"].as_u64().unwrap_or_default(), body: frame["body"].take() }
    }

    /// What a `joined` brings; the link never says what it has, so these are always parts.
    pub(super) fn copy(&self) -> Result<RoomCopy, String> {
        let epoch: Epoch =
            Uuid::parse_str(self.text("epoch")).map_err(|error| error.to_string())?;
        let seq = self.0["seq"].as_u64().ok_or("no seq")?;
        let parts = self.0["parts"].as_array().ok_or("no parts")?;
        let texts: Vec<String> = parts.iter().map(Value::to_string).collect();
        Ok(RoomCopy {
            path: self.text("room").into(),
            app: self.text("app").to_owned(),
            role: self.text("role").to_owned(),
            term: self.0["term"].as_u64().ok_or("no term")?,
            replica: Replica::read(epoch, seq, texts.iter().map(String::as_str))?,
        })
    }

    /// The pieces of an `ops`.
    pub(super) fn pieces(&self) -> Result<Vec<Piece>, String> {
        let fragments = self.0["fragments"].as_array().ok_or("no fragments")?;
        fragments.iter().map(|fragment| Piece::read(&fragment.to_string())).collect()
    }

    fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }
}
