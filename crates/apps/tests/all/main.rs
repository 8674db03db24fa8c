//! All tests of the applications, one binary. A test named after a rule proves that rule.

mod board;
mod buying;
mod carts;
mod chat;
mod client;
mod golden;
mod laws;
mod lobby;
mod orders;
mod picture;
mod plans;
#[cfg(feature = "planted")]
mod planted;
mod publishing;
mod rules;
mod typescript;
mod waiting;
mod world;
