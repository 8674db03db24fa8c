//! The framework of rooms: pure, so that it can be replayed, simulated and fuzzed. It knows no clock,
//! socket, disk, thread or randomness.

mod derived;
mod ids;

pub use derived::{Column, DerivedRow, Value};
pub use ids::{AccountId, CommandId, Epoch, RoomId, Seq, SessionId, Term};
