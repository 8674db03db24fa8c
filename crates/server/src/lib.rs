//! The server, in the order in which a command travels through it.

pub mod gateway;

pub mod journal;
pub mod store;

pub mod db;

pub mod accounts;
pub mod clock;
pub mod config;
pub mod limits;
