//! Houseful's own room applications, pure: they know no clock, socket, disk or randomness.
//!
//! Start at [`seats::commands`](crate::seats), the table of what can be asked of a seat sale, then
//! [`seats::picture`](crate::seats::picture), the rules of a row. [`plan`] is the hall they sell. [`chat`] and
//! [`board`] are smaller; [`guests`] says who runs such a room.

pub mod board;
pub mod chat;
mod fields;
pub mod guests;
pub mod lobby;
pub mod plan;
pub mod seats;
