//! A client of a server from outside, for fault runs and measurements: it is written after PROTOCOL.md
//! and shares no code with the server, so that an error is not made twice.

pub mod api;
pub mod chance;
pub mod codec;
pub mod live;
pub mod process;
pub mod proxy;
pub mod replica;
