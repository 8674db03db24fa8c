//! The server's tests in one binary, so that they link once.
#![allow(clippy::unwrap_used)]

mod api;
mod connection;
mod contract;
mod durability;
mod house;
mod leak;
mod mailbox;
mod refusals;
mod rooms;
mod storm;
mod temp;
