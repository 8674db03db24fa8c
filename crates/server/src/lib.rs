//! The server, in the order in which a command travels through it.

pub mod journal;
