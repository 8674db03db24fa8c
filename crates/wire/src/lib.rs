//! The codecs of everything that travels on a socket, as pure functions of bytes: they know no clock,
//! socket, disk, thread or randomness, so that they can be fuzzed, and no other crate of the project.

pub mod asyncapi;
pub mod code;
pub mod decode;
pub mod encode;
pub mod engineio;
pub mod events;
pub mod frame;
pub mod socketio;
pub mod typescript;
pub mod ws;

pub use code::{Close, Refusal};
pub use decode::{BadFrame, decode};
pub use frame::{ClientFrame, Ref, ServerFrame};
