//! The server, in the order in which a command travels through it: the gateway reads it, the router
//! finds its room, the room decides it, the journal makes it durable, the fan-out shows it.

pub mod gateway;
pub mod router;

pub mod room;

pub mod journal;
pub mod store;

pub mod db;

pub mod fanout;

pub mod accounts;
pub mod events;
pub mod hooks;
pub mod lobby;
pub mod notify;

pub mod app;
pub mod apps;
pub mod calls;
mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod drain;
pub mod limits;
mod listeners;
pub mod machine;
pub mod paper;
pub mod pictures;
pub mod places;
pub mod privacy;
pub mod rates;
mod retries;
pub mod statistics;
pub mod tables;
pub mod telemetry;
pub mod tickets;
pub mod verify;

pub use cli::run;
