//! What a copy of a seat sale shows, read by names that are not its shapes': for gateways that tell it in other words.
//! Nothing is decided here.

mod counts;

pub use counts::{Counts, Turn};
