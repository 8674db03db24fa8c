//! The server's tests in one binary, so that they link once.

#![allow(clippy::disallowed_methods, reason = "a test starts tasks and reads its own variables")]
#![allow(clippy::unwrap_used)]

mod accounts;
mod config;
mod contract;
mod durability;
mod limits;
mod store;
mod temp;
mod tokens;
mod world;
