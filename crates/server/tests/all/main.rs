//! The server's tests in one binary, so that they link once.
#![allow(clippy::unwrap_used)]
#![allow(clippy::disallowed_methods, reason = "a test starts tasks and reads its own variables")]

mod accounts;
mod admin;
mod api;
mod canary;
mod command_line;
mod config;
mod connection;
mod contract;
mod den;
mod doors;
mod durability;
mod edge;
mod ends;
mod hooks;
mod house;
mod inspect;
mod leak;
mod limits;
mod listeners;
mod mail;
mod mailbox;
mod matrix;
mod notify;
mod paper;
mod people;
mod privacy;
mod private;
mod program;
mod publishing;
mod push;
mod refusals;
mod rooms;
mod scopes;
mod shards;
mod slow;
mod store;
mod storm;
mod streams;
mod talk;
mod temp;
mod throttle;
mod tls;
mod tokens;
mod world;
