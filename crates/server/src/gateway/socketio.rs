//! Socket.IO for clients of versions 2, 3 and 4: sessions by long polling and WebSocket, namespaces on them. What is
//! said in a namespace is decided by who was given it; nothing here knows a room.

mod carry;
mod cors;
mod engine;
mod heart;
mod namespaces;
mod polling;
mod refusal;
mod session;
mod socket;

pub use cors::Cors;
pub use engine::{Application, Engine};
pub use namespaces::Namespaces;
pub use session::{Handshake, Incoming, Session};
pub use socket::{Arrival, Event, Heard, Socket};

pub use houseful_wire::engineio::Revision;
pub use houseful_wire::socketio::Message;

use crate::limits;
use axum::http::request::Parts;
use std::sync::Arc;
use std::time::Duration;

/// Whether a client may open a session; why not, in words.
pub type Admit = Arc<dyn Fn(&Parts) -> Result<(), String> + Send + Sync>;

/// What a listener's clients expect of it.
#[derive(Clone)]
pub struct Settings {
    /// What is spoken. Where it is the third alone, whoever names another is answered in it: so did the old servers.
    pub revisions: &'static [Revision],
    /// Between two signs of life.
    pub ping_interval: Duration,
    /// How long one may take.
    pub ping_timeout: Duration,
    /// Bytes of one message of a client, and of one body of its polling.
    pub payload_bytes_max: usize,
    /// Whether clients are told that number; servers before 4.1 told it to nobody.
    pub tells_payload_max: bool,
    /// How long a client that speaks revision 4 may be in no namespace.
    pub connect_timeout: Duration,
    /// Who may open a session; asked when it is opened, and only then.
    pub admit: Admit,
    /// Which pages may read the answers.
    pub cors: Cors,
    /// Sessions in all, and from one address.
    pub sessions_max: usize,
    /// See `sessions_max`.
    pub sessions_per_address_max: usize,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            revisions: &[Revision::V3, Revision::V4],
            ping_interval: Duration::from_millis(limits::SOCKETIO_PING_MS),
            ping_timeout: Duration::from_millis(limits::SOCKETIO_PONG_MS_MAX),
            payload_bytes_max: limits::SOCKETIO_PAYLOAD_BYTES_MAX,
            tells_payload_max: true,
            connect_timeout: Duration::from_millis(limits::SOCKETIO_CONNECT_MS_MAX),
            admit: Arc::new(|_| Ok(())),
            cors: Cors::Nobody,
            sessions_max: limits::SOCKETIO_SESSIONS_MAX,
            sessions_per_address_max: limits::SOCKETIO_SESSIONS_PER_ADDRESS_MAX,
        }
    }
}
