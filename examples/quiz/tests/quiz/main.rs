//! The quiz under the test kit: as a story, in a world of faults, under sequences that nobody thought of. It needs
//! no server.
#![allow(clippy::unwrap_used)]

mod guide;
mod laws;
mod story;
mod world;
