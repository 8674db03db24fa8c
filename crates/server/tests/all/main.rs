//! The server's tests in one binary, so that they link once.
#![allow(clippy::unwrap_used)]

mod contract;
mod durability;
mod temp;
