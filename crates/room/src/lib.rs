//! The framework of rooms: pure, so that it can be replayed, simulated and fuzzed. It knows no clock,
//! socket, disk, thread or randomness; time, ids and randomness come in with each transaction.
//!
//! Start at [`RoomApp`] (what you write), then [`shape`] (what state is made of), [`Room`] (how one
//! input is decided), [`Host`] (when what was decided may be seen) and [`View`] (while nothing can be).

mod app;
mod audience;
pub mod buggify;
mod derived;
pub mod door;
mod entry;
mod erase;
mod host;
mod ids;
mod input;
mod members;
mod op;
mod outcomes;
pub mod planted;
mod recent;
mod refusal;
mod replica;
mod room;
pub mod shape;
#[cfg(feature = "testkit")]
pub mod testkit;
mod time;
mod timers;
mod tx;
mod view;

pub use app::{
    Admission, Caller, Limits, PresenceChange, Principal, Read, RoomApp, Standing, body,
};
pub use audience::Audience;
pub use derived::{Column, DerivedRow, Value};
pub use entry::{Entry, Fragment, Group, Published, Stored};
pub use erase::{Erased, Without, erase};
pub use host::{Append, Decided, Host};
pub use ids::{AccountId, CommandId, Epoch, RoomId, Seq, SessionId, Term};
pub use input::{Accepted, Command, Content, Input, Joined, LiveValue, Output, Ticket, Turn};
pub use members::{
    Headcount, Member, MemberState, ROSTER_MEMBERS_AGAIN, ROSTER_MEMBERS_MAX, roster,
};
pub use op::{Corrupt, Logged, Op, Recorder};
pub use refusal::Refusal;
pub use replica::{Applied, Change, Piece, Replica};
pub use room::{AnyRoom, LIVE_BYTES_MAX, Recovery, Room, RoomError};
pub use shape::{Cell, Grid, LOG_ROWS_KEPT, LOG_ROWS_SHOWN, Log, Rows, Shape, Signal, Synced};
pub use time::{Ids, Mono, Now, Wall};
pub use tx::Tx;
pub use view::View;
