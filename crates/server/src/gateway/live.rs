//! The native protocol, on a WebSocket, as a stream of events or over Socket.IO: reads frames, says who is asking,
//! hands them to rooms. It decides nothing about what a room may do.

pub(super) mod allowance;
mod host;
mod lookup;
mod session;
mod socketio;
mod stay;
mod streams;
mod upgrade;
mod wire;

pub use host::LiveHost;
pub use socketio::over_socketio;
pub use streams::Streams;
pub use upgrade::upgrade;
pub(super) use wire::Wire;

use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::config::LiveLimits;
use crate::router::Router;
use houseful_wire::ws::WsLimits;
use std::sync::Arc;

/// The sub-protocol that a client asks for.
pub const SUB_PROTOCOL: &str = "houseful.v1";

/// What every live session works with.
pub struct LiveContext {
    /// Finds rooms.
    pub router: Router,
    /// Reads tokens.
    pub accounts: Arc<Accounts>,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// What one connection may ask for.
    pub limits: LiveLimits,
    /// What one message may be.
    pub ws: WsLimits,
}
