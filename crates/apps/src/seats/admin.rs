//! The event itself: opened as a draft, edited, published, cancelled. Nothing here touches an order; carts keep their
//! prices.

use super::commands::{CancelEventBody, EditBody};
use super::config::{Beside, validate};
use super::facts::{Event, Rescheduled, Status};
use super::mailing::BookingMail;
use super::people::{dismiss_all, team, venue_of};
use super::state::{AreaCounts, Sums, Venue};
use super::{Seats, SeatsTx, cart, changes, derived, line, refusal};
use houseful_room::{AccountId, Audience, Caller, Refusal, Wall};

/// Under this number of nobody's the team is told where the event is on the net.
pub(super) const FOR_TEAM: AccountId = AccountId(0);

/// The first transaction: a draft, with everything available.
pub(super) fn open(app: &Seats, tx: &mut SeatsTx<'_>) -> Result<(), Refusal> {
    let mut event = app.config.draft();
    if let Some(minutes) = app.config.reminder_minutes.clone() {
        event.remind(minutes, tx.now());
    }
    let online = app.config.online.clone();
    let mail = app.config.booking_mail.clone().map(BookingMail::trimmed);
    let beside = Beside { online: online.as_deref(), mail: mail.as_ref() };
    validate(&event, beside, app.hall.zones(), app.config.decided_at(tx.now()))?;
    if let Some(mail) = mail {
        tx.state.mailing.set(mail);
    }
    tx.state.sums.set(Sums { limit_ever: event.limit_per_person, ..Sums::default() });
    tx.state.event.set(event);
    if let Some(online) = online {
        tx.state.venue.put(FOR_TEAM, team(), Venue { online });
    }
    for (area, known) in (0..).zip(app.hall.areas()) {
        let counts = AreaCounts { capacity: known.capacity, held: 0, booked: 0, blocked: 0 };
        tx.state.areas.put(area, Audience::All, counts);
    }
    tx.sum_up();
    Ok(())
}

/// Decides `edit`. Only what is given changes, and all of it or nothing.
pub(super) fn edit(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    edit: EditBody,
) -> Result<String, Refusal> {
    let before = tx.state.event.get().cloned().ok_or_else(refusal::no_such_room)?;
    let was_online = tx.state.online().map(str::to_owned);
    let was_mail = tx.state.mailing.get().cloned().unwrap_or_default();
    let was = Beside { online: was_online.as_deref(), mail: Some(&was_mail) };
    if edit.from.as_ref().is_some_and(|from| !from.are_of(&before, was)) {
        return Err(refusal::edit_conflict());
    }
    let mail = edit.booking_mail.clone().map_or_else(|| was_mail.clone(), BookingMail::trimmed);
    let online = edit.online.clone().unwrap_or_else(|| was_online.clone());
    let event = edited(&before, edit, online.is_some(), tx.now());
    if matters(&before, &event) || online != was_online {
        must_be_open(&before, app.config.decided_at(tx.now()))?;
    }
    // An event that has begun can still be described better; only a new start must be in the future.
    let now = app.config.decided_at(tx.now());
    let now = match event.starts_at == before.starts_at {
        true => now.min(Wall(before.starts_at.0.saturating_sub(1))),
        false => now,
    };
    let beside = Beside { online: online.as_deref(), mail: Some(&mail) };
    validate(&event, beside, app.hall.zones(), now)?;
    let mut sums = tx.state.sums.get().copied().unwrap_or_default();
    if event.limit_per_person > sums.limit_ever {
        sums.limit_ever = event.limit_per_person;
        tx.state.sums.set(sums);
    }
    let mut more = Vec::new();
    if online != was_online {
        let [was, is] = [&was_online, &online].map(|online| online.clone().into());
        more.push(("online", was, is));
    }
    if mail != was_mail {
        let [was, is] = [&was_mail, &mail].map(changes::told);
        more.push(("bookingMail", was, is));
    }
    changes::note_facts(tx, by, "edit", (&before, &event), more);
    if event == before && online == was_online && mail == was_mail {
        return Ok("{}".to_owned());
    }
    let is_seen_by_others = event.visibility != before.visibility;
    // Whoever lists what is to come may have lost sight of it, and of whom it knows.
    let comes_again = event.visibility.is_closed() && event.starts_at != before.starts_at;
    tx.state.event.set(event);
    if online != was_online {
        venue_of(tx, online);
    }
    if mail != was_mail {
        tx.state.mailing.set(mail);
    }
    if is_seen_by_others {
        tx.readmit_everyone("visibility");
    }
    if is_seen_by_others || comes_again {
        derived::people_now(app, tx);
    }
    tx.sum_up();
    Ok("{}".to_owned())
}

/// The event with what an edit gives.
fn edited(before: &Event, edit: EditBody, is_online: bool, now: Wall) -> Event {
    let mut event = before.clone();
    let trimmed = |text: String| text.trim().to_owned();
    event.title = edit.title.map_or(event.title, trimmed);
    event.description = edit.description.map_or(event.description, trimmed);
    event.place = edit.place.map_or(event.place, trimmed);
    event.is_online = is_online;
    event.time_zone = edit.time_zone.unwrap_or(event.time_zone);
    event.starts_at = edit.starts_at.unwrap_or(event.starts_at);
    event.ends_at = edit.ends_at.unwrap_or(event.ends_at);
    event.category = edit.category.unwrap_or(event.category);
    event.visibility = edit.visibility.unwrap_or(event.visibility);
    event.picture = edit.picture.unwrap_or(event.picture);
    event.limit_per_person = edit.limit_per_person.unwrap_or(event.limit_per_person);
    event.prices.extend(edit.prices.unwrap_or_default());
    if let Some(minutes) = edit.reminder_minutes {
        event.remind(minutes, now);
    }
    if before.status == Status::Published && event.starts_at != before.starts_at {
        event.rescheduled = Some(Rescheduled { from: before.starts_at, at: now });
    }
    event
}

/// Whether people who have booked rely on what is different.
fn matters(before: &Event, event: &Event) -> bool {
    let relied_on = |event: &Event| Event {
        description: String::new(),
        category: before.category,
        picture: None,
        visibility: before.visibility,
        reminders: None,
        ..event.clone()
    };
    relied_on(before) != relied_on(event)
}

/// What is over, or will not be, stays as people know it.
pub(super) fn must_be_open(event: &Event, now: Wall) -> Result<(), Refusal> {
    match event.status {
        Status::Cancelled => Err(refusal::event_cancelled()),
        Status::Published if event.is_over(now) => Err(refusal::event_ended()),
        Status::Deleted => Err(refusal::no_such_room()),
        Status::Draft | Status::Published => Ok(()),
    }
}

/// Decides `publish`. Publishing again changes nothing.
pub(super) fn publish(app: &Seats, tx: &mut SeatsTx<'_>, by: &Caller) -> Result<String, Refusal> {
    let before = tx.state.event.get().cloned().ok_or_else(refusal::no_such_room)?;
    let now = app.config.decided_at(tx.now());
    match before.status {
        Status::Published => return Ok("{}".to_owned()),
        Status::Cancelled => return Err(refusal::event_cancelled()),
        Status::Deleted => return Err(refusal::no_such_room()),
        Status::Draft if now >= before.starts_at => return Err(refusal::past_start()),
        Status::Draft => {}
    }
    let event = Event { status: Status::Published, ..before.clone() };
    changes::note_facts(tx, by, "publish", (&before, &event), Vec::new());
    tx.state.event.set(event);
    tx.sum_up();
    Ok("{}".to_owned())
}

/// Decides `delete`. Nobody was shown a draft, so nothing is owed to anybody; the room stays, for its journal, and
/// lets nobody in any more.
pub(super) fn delete(app: &Seats, tx: &mut SeatsTx<'_>, by: &Caller) -> Result<String, Refusal> {
    let before = tx.state.event.get().cloned().ok_or_else(refusal::no_such_room)?;
    match before.status {
        _ if !app.is_owners(by.account, by.standing) => return Err(refusal::not_the_owner()),
        Status::Deleted => return Err(refusal::no_such_room()),
        Status::Published | Status::Cancelled => return Err(refusal::already_published()),
        // Those who run it may have booked; whose order would it be then?
        Status::Draft if !tx.state.orders.is_empty() => return Err(refusal::has_bookings()),
        Status::Draft => {}
    }
    let event = Event { status: Status::Deleted, ..before.clone() };
    changes::note_facts(tx, by, "delete", (&before, &event), Vec::new());
    cart::end_all(tx);
    line::close(app, tx);
    tx.state.event.set(event);
    dismiss_all(app, tx);
    tx.expel_everyone("event_deleted");
    tx.sum_up();
    Ok("{}".to_owned())
}

/// Decides `cancel_event`. What is held is free at once and can no longer be held; orders are kept as they are, for an
/// event that is cancelled.
pub(super) fn cancel_event(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    ask: CancelEventBody,
) -> Result<String, Refusal> {
    let before = tx.state.event.get().cloned().ok_or_else(refusal::no_such_room)?;
    must_be_open(&before, app.config.decided_at(tx.now()))?;
    if ask.unbooked && tx.state.sums.get().is_some_and(|sums| sums.booked > 0) {
        return Err(refusal::is_booked());
    }
    let reason = ask.reason.map(|reason| reason.trim().to_owned());
    let cancelled_reason = reason.filter(|reason| !reason.is_empty());
    let event = Event { status: Status::Cancelled, cancelled_reason, ..before.clone() };
    let begun = Wall(event.starts_at.0.saturating_sub(1));
    let beside = Beside { online: tx.state.online(), mail: tx.state.mailing.get() };
    validate(&event, beside, app.hall.zones(), begun)?;
    changes::note_facts(tx, by, "cancel_event", (&before, &event), Vec::new());
    tx.state.event.set(event);
    cart::end_all(tx);
    line::close(app, tx);
    tx.sum_up();
    Ok("{}".to_owned())
}
