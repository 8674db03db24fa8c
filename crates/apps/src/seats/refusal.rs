//! Everything that a seat sale refuses, in kind words. Codes are PROTOCOL.md's; none of these texts
//! tells who holds or booked anything.

use crate::plan::{Hall, PlanInvalid};
use houseful_room::Refusal;
use serde_json::json;
use std::collections::BTreeMap;

/// A refusal names at most so many seats in its sentence.
const NAMED_MAX: usize = 3;

fn named(hall: &Hall, seats: &[u32]) -> String {
    let mut names: Vec<String> =
        seats.iter().take(NAMED_MAX).map(|&seat| hall.label(seat).to_string()).collect();
    if seats.len() > NAMED_MAX {
        names.push(format!("{} more", seats.len() - NAMED_MAX));
    }
    names.join(", ")
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

pub(super) fn no_such_room() -> Refusal {
    Refusal::new("no_such_room", "There is no such room.")
}

pub(super) fn not_allowed() -> Refusal {
    Refusal::new("not_allowed", "Only the people who run this event can do that.")
}

pub(super) fn not_the_owner() -> Refusal {
    Refusal::new("not_allowed", "Only the owner of this event can delete it.")
}

pub(super) fn already_published() -> Refusal {
    let text = "People have been shown this event, so it stays. You can cancel it instead.";
    Refusal::new("already_published", text)
}

pub(super) fn has_bookings() -> Refusal {
    let text = "There are bookings of this draft, so it stays. You can cancel it instead.";
    Refusal::new("has_bookings", text)
}

pub(super) fn is_booked() -> Refusal {
    Refusal::new("has_bookings", "There are bookings of this event.")
}

pub(super) fn invalid(field: &str, reason: &str) -> Refusal {
    Refusal::new("invalid_command", format!("{field}: {reason}")).field(field, reason)
}

pub(super) fn no_such_seat(seats: &[u32]) -> Refusal {
    let text = "The plan has no such seat. Please load it again.";
    Refusal::new("no_such_seat", text).details(json!({ "seats": seats }))
}

pub(super) fn not_of_order(seats: &[u32]) -> Refusal {
    let text = "Not all of these seats belong to this booking.";
    Refusal::new("no_such_seat", text).details(json!({ "seats": seats }))
}

pub(super) fn no_such_area(area: u32) -> Refusal {
    let text = "The plan has no such area. Please load it again.";
    Refusal::new("no_such_area", text).details(json!({ "area": area }))
}

pub(super) fn no_such_order() -> Refusal {
    Refusal::new("no_such_order", "You have no such booking.")
}

pub(super) fn sale_closed() -> Refusal {
    Refusal::new("sale_closed", "The event has started: its sale is closed.")
}

pub(super) fn past_start() -> Refusal {
    Refusal::new("past_start", "The event has started, so this is no longer possible.")
}

pub(super) fn limit_exceeded(limit: u32, have: u32) -> Refusal {
    let text = match have {
        0 => format!("You can have at most {limit} places at this event."),
        _ => format!("You can have at most {limit} places at this event, and have {have}."),
    };
    Refusal::new("limit_exceeded", text).details(json!({ "limit": limit, "have": have }))
}

pub(super) fn cooling_down(wait_ms: u64) -> Refusal {
    let text =
        "Your last seats were given back unused. Please wait a moment before you hold others.";
    Refusal::new("cooling_down", text).retry_after_ms(wait_ms)
}

pub(super) fn too_many_holds(wait_ms: u64) -> Refusal {
    let text = "You have begun to choose seats very often. Please try again later.";
    Refusal::new("too_many_holds", text).retry_after_ms(wait_ms)
}

pub(super) fn seats_taken(hall: &Hall, taken: &[u32], alternatives: &[Vec<u32>]) -> Refusal {
    let more = if alternatives.is_empty() { "" } else { " These are free nearby." };
    let (names, are) = (named(hall, taken), are(taken.len()));
    Refusal::new("seats_taken", format!("{names} {are} no longer available.{more}"))
        .details(json!({ "seats": taken, "alternatives": alternatives }))
}

pub(super) fn orphan(hall: &Hall, left: &[u32], alternatives: &[Vec<u32>]) -> Refusal {
    let text = format!(
        "{} would be left as a single empty seat. Please choose seats beside each other.",
        named(hall, left)
    );
    Refusal::new("orphan", text).details(json!({ "seats": left, "alternatives": alternatives }))
}

pub(super) fn not_enough_together(count: u32) -> Refusal {
    let text = match count {
        1 => "There is no such seat left.".to_owned(),
        _ => format!("There are no {count} seats left beside each other."),
    };
    Refusal::new("not_enough_together", text)
}

pub(super) fn not_enough_left(name: &str, area: u32, left: u32) -> Refusal {
    let text = match left {
        0 => format!("{name} is full."),
        _ => format!("{name} has only {left} places left."),
    };
    Refusal::new("not_enough_left", text).details(json!({ "area": area, "available": left }))
}

pub(super) fn not_enough_anywhere(left: u32) -> Refusal {
    let text = match left {
        0 => "There is no place left.".to_owned(),
        1 => "There is only one place left.".to_owned(),
        _ => format!("There are only {left} places left."),
    };
    Refusal::new("not_enough_left", text).details(json!({ "available": left }))
}

pub(super) fn already_booked() -> Refusal {
    Refusal::new("already_booked", "You have a booking of this event already.")
}

pub(super) fn nothing_held() -> Refusal {
    Refusal::new("nothing_held", "You hold no seats. Maybe their time ran out.")
}

pub(super) fn not_held(hall: &Hall, seats: &[u32]) -> Refusal {
    let text = format!("You do not hold {}.", named(hall, seats));
    Refusal::new("nothing_held", text).details(json!({ "seats": seats }))
}

pub(super) fn area_not_held(name: &str, area: u32) -> Refusal {
    let text = format!("You do not hold so many places of {name}.");
    Refusal::new("nothing_held", text).details(json!({ "area": area }))
}

pub(super) fn renewed_too_often() -> Refusal {
    let text = "You have had more time as often as possible. Please book or release your seats.";
    Refusal::new("renewed_too_often", text)
}

pub(super) fn payment_not_possible() -> Refusal {
    let text = "There is something to pay, so the booking cannot be free.";
    Refusal::new("payment_not_possible", text)
}

pub(super) fn already_cancelled() -> Refusal {
    Refusal::new("already_cancelled", "This booking is already cancelled.")
}

pub(super) fn not_blockable(hall: &Hall, seats: &[u32]) -> Refusal {
    let (names, are) = (named(hall, seats), are(seats.len()));
    Refusal::new("not_blockable", format!("{names} {are} held or booked."))
        .details(json!({ "seats": seats }))
}

pub(super) fn area_not_blocked(name: &str, area: u32, blocked: u32) -> Refusal {
    Refusal::new("not_blockable", format!("Only {blocked} places of {name} are blocked."))
        .details(json!({ "area": area, "blocked": blocked }))
}

pub(super) fn plan_invalid(invalid: PlanInvalid) -> Refusal {
    let mut refusal = Refusal::new("plan_invalid", invalid.to_string());
    refusal.fields = invalid.fields;
    refusal
}

pub(super) fn edit_conflict() -> Refusal {
    Refusal::new("edit_conflict", "Somebody else has changed it meanwhile.")
}

pub(super) fn event_cancelled() -> Refusal {
    Refusal::new("event_cancelled", "The event is cancelled.")
}

pub(super) fn event_ended() -> Refusal {
    Refusal::new("event_ended", "The event is over, so this can no longer change.")
}

pub(super) fn too_many_of_team(most: usize) -> Refusal {
    let text = format!("At most {most} people run an event together.");
    Refusal::new("too_many_of_team", text)
}

pub(super) fn too_many_invited(most: usize) -> Refusal {
    Refusal::new("too_many_invited", format!("At most {most} people are invited to an event."))
}

pub(super) fn below_taken(name: &str, area: u32, least: u32) -> Refusal {
    let text = format!("So many of {name} are booked, held or blocked: use {least} at least.");
    Refusal::new("below_taken", text).details(json!({ "area": area, "least": least }))
}

pub(super) fn already_in_line() -> Refusal {
    Refusal::new("already_in_line", "You are in the waiting list already.")
}

pub(super) fn not_in_line() -> Refusal {
    Refusal::new("not_in_line", "You are not in the waiting list.")
}

pub(super) fn not_sold_out() -> Refusal {
    Refusal::new("not_sold_out", "There are places left: there is nothing to wait for.")
}

pub(super) fn line_full() -> Refusal {
    Refusal::new("line_full", "The waiting list is full.")
}

pub(super) fn reserved_for_line(most: u32) -> Refusal {
    let text = "These places are kept for people in the waiting list.";
    Refusal::new("reserved_for_line", text).details(json!({ "available": most }))
}

pub(super) fn no_such_ticket() -> Refusal {
    Refusal::new("no_such_ticket", "There is no such ticket for this event.")
}

/// Nothing, or everything that is wrong with an event.
pub(super) fn event_invalid(wrong: BTreeMap<String, String>) -> Result<(), Refusal> {
    let Some((field, reason)) = wrong.first_key_value() else { return Ok(()) };
    let mut refusal = Refusal::new("event_invalid", format!("{field}: {reason}"));
    refusal.fields = wrong;
    Err(refusal)
}

/// A value of ours could not be written: a bug, contained.
pub(super) fn internal() -> Refusal {
    Refusal::new("internal", "Something went wrong on our side. Nothing was changed.")
}
