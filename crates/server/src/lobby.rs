//! Where people find rooms: those that they make, those that belong to events, and the lobby that shows them all
//! live. It decides nothing that a room decides.

mod cards;
mod create;
pub mod keeper;
mod rows;
mod seers;

pub use create::{CreateRoomError, EVENT_ROOMS, NewListed, Rooms, title_beside};
pub use keeper::{Headcounts, Keeper};
