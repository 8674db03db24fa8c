//! The event itself: opened as a draft, edited, published. Nothing here touches a cart or an order:
//! carts keep their prices, orders their places.

use super::commands::EditBody;
use super::config::validate;
use super::state::{AreaCounts, Status, Sums};
use super::{Seats, SeatsTx, refusal};
use houseful_room::{Audience, Refusal};

/// The first transaction: a draft, with everything available.
pub(super) fn open(app: &Seats, tx: &mut SeatsTx<'_>) -> Result<(), Refusal> {
    let event = app.config.draft();
    validate(&event, app.hall.zones(), tx.now())?;
    tx.state.sums.set(Sums { limit_ever: event.limit_per_person, ..Sums::default() });
    tx.state.event.set(event);
    for (area, known) in (0..).zip(app.hall.areas()) {
        let counts = AreaCounts { capacity: known.capacity, held: 0, booked: 0, blocked: 0 };
        tx.state.areas.put(area, Audience::All, counts);
    }
    tx.sum_up();
    Ok(())
}

/// Decides `edit`. Only what is given changes, and all of it or nothing.
pub(super) fn edit(app: &Seats, tx: &mut SeatsTx<'_>, edit: EditBody) -> Result<String, Refusal> {
    let before = tx.state.event.get().ok_or_else(refusal::no_such_room)?;
    if edit.from.is_some_and(|from| !from.are_of(before)) {
        return Err(refusal::edit_conflict());
    }
    let mut event = before.clone();
    let trimmed = |text: String| text.trim().to_owned();
    event.title = edit.title.map_or(event.title, trimmed);
    event.description = edit.description.map_or(event.description, trimmed);
    event.place = edit.place.map_or(event.place, trimmed);
    event.time_zone = edit.time_zone.unwrap_or(event.time_zone);
    event.starts_at = edit.starts_at.unwrap_or(event.starts_at);
    event.limit_per_person = edit.limit_per_person.unwrap_or(event.limit_per_person);
    event.prices.extend(edit.prices.unwrap_or_default());
    // An event that has begun can still be described better; only a new start must be in the future.
    let now = if event.starts_at == before.starts_at {
        tx.now().min(houseful_room::Wall(before.starts_at.0.saturating_sub(1)))
    } else {
        tx.now()
    };
    validate(&event, app.hall.zones(), now)?;
    let mut sums = tx.state.sums.get().copied().unwrap_or_default();
    if event.limit_per_person > sums.limit_ever {
        sums.limit_ever = event.limit_per_person;
        tx.state.sums.set(sums);
    }
    if event != *before {
        tx.state.event.set(event);
        tx.sum_up();
    }
    Ok("{}".to_owned())
}

/// Decides `publish`. Publishing again changes nothing.
pub(super) fn publish(tx: &mut SeatsTx<'_>) -> Result<String, Refusal> {
    let mut event = tx.state.event.get().cloned().ok_or_else(refusal::no_such_room)?;
    if event.status == Status::Draft {
        if tx.now() >= event.starts_at {
            return Err(refusal::past_start());
        }
        event.status = Status::Published;
        tx.state.event.set(event);
        tx.sum_up();
    }
    Ok("{}".to_owned())
}
