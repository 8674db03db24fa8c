//! Events as a product: made from a plan. Their facts are state of their seat
//! rooms; nothing here changes one but by the room's own commands.

mod create;
mod titles;

pub use create::{CreateEventError, Events, NewEvent, NewPlan, PlanKept, without_seats};
pub use titles::Titles;

/// The path of an event's seat room.
pub fn seats_path(event: u64) -> String {
    format!("events/{event}/seats")
}

/// The event of a seat room's path.
pub fn event_of(path: &str) -> Option<u64> {
    path.strip_prefix("events/")?.strip_suffix("/seats")?.parse().ok()
}
