//! The native protocol on a WebSocket: reads frames, says who is asking, hands them to rooms. It decides
//! nothing about what a room may do.

mod allowance;
mod host;
mod session;
// mod upgrade;

pub use host::LiveHost;
// pub use upgrade::upgrade;

use crate::clock::Clock;
use crate::router::Router;
use houseful_room::{AccountId, Standing, Wall};
use houseful_wire::ws::WsLimits;
use std::sync::Arc;

/// The sub-protocol that a client asks for.
pub const SUB_PROTOCOL: &str = "houseful.v1";

/// Who a token speaks for.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// Its name.
    pub name: Arc<str>,
    /// What it may do at large.
    pub standing: Standing,
    /// The login that the token came from; when it ends, its connections close.
    pub login: u64,
    /// The token's end.
    pub expires_at: Wall,
}

/// Why a token cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenProblem {
    /// It is not one of ours, or its login has ended.
    Invalid,
    /// Its time is over.
    Expired,
}

/// Reads tokens.
pub trait Authenticator: Send + Sync {
    /// Who a token speaks for.
    fn authenticate(&self, token: &str) -> Result<Identity, TokenProblem>;
}

/// What every live session works with.
pub struct LiveContext {
    /// Finds rooms.
    pub router: Router,
    /// Reads tokens.
    pub authenticator: Arc<dyn Authenticator>,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// What one connection may ask for.
    pub allowance: LiveLimits,
    /// What one message may be.
    pub ws: WsLimits,
}

/// How often one connection may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LiveLimits {
    /// Requests a minute in the long run.
    pub requests_per_minute: u32,
    /// Requests at once after a pause.
    pub requests_burst: u32,
}

impl Default for LiveLimits {
    fn default() -> Self {
        LiveLimits { requests_per_minute: 120, requests_burst: 60 }
    }
}
