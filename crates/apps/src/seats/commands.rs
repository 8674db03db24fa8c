//! Everything that can be asked of a seat sale, and who decides it. No rule is here.

use super::checkin::{self, CheckInBody};
use super::config::Beside;
use super::facts::{Category, Event, Status, Visibility};
use super::hold::Hold;
use super::line::{self, QueueBody};
use super::mailing::BookingMail;
use super::offer::Best;
use super::people::{GuestsBody, TeamBody, may};
use super::state::{AreaCount, Payment};
use super::{Seats, SeatsTx, admin, book, buy, cart, desk, hold, people, refusal};
use houseful_room::planted::{self, Bug};
use houseful_room::{Caller, Read, Refusal, Wall, body};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;
use uuid::Uuid;

/// A decoded command.
#[derive(Clone, Debug)]
pub enum Command {
    /// Seats and places into the cart.
    Hold(HoldBody),
    /// Seats and places out of the cart.
    Release(Named),
    /// The cart's time from the start.
    Renew,
    /// The cart becomes an order.
    Book(BookBody),
    /// Places into an order at once.
    Buy(BuyBody),
    /// An order, or seats of it, given back.
    Cancel(CancelBody),
    /// Seats and places kept back.
    Block(Named),
    /// Seats and places no longer kept back.
    Unblock(Named),
    /// The event's facts.
    Edit(Box<EditBody>),
    /// The event for those whom its visibility names.
    Publish,
    /// The event not at all.
    CancelEvent(CancelEventBody),
    /// The draft given up.
    Delete,
    /// Somebody into the team, or out of it.
    Team(TeamBody),
    /// People who may see a private event.
    Invite(GuestsBody),
    /// People who no longer may.
    Uninvite(GuestsBody),
    /// How many fit into an area.
    Capacity(CapacityBody),
    /// Into the waiting list.
    Queue(QueueBody),
    /// Out of the waiting list.
    Unqueue,
    /// Somebody with a ticket in.
    CheckIn(CheckInBody),
}

/// The table: each command by its name on the wire.
pub(super) const COMMANDS: &[(&str, Read<Command>)] = &[
    ("hold", |text| body(text).map(Command::Hold)),
    ("release", |text| body(text).map(Command::Release)),
    ("renew", |text| body(text).map(|Empty {}| Command::Renew)),
    ("book", |text| body(text).map(Command::Book)),
    ("buy", |text| body(text).map(Command::Buy)),
    ("cancel", |text| body(text).map(Command::Cancel)),
    ("block", |text| body(text).map(Command::Block)),
    ("unblock", |text| body(text).map(Command::Unblock)),
    ("edit", |text| body(text).map(|edit| Command::Edit(Box::new(edit)))),
    ("publish", |text| body(text).map(|Empty {}| Command::Publish)),
    ("cancel_event", |text| body(text).map(Command::CancelEvent)),
    ("delete", |text| body(text).map(|Empty {}| Command::Delete)),
    ("team", |text| body(text).map(Command::Team)),
    ("invite", |text| body(text).map(Command::Invite)),
    ("uninvite", |text| body(text).map(Command::Uninvite)),
    ("capacity", |text| body(text).map(Command::Capacity)),
    ("queue", |text| body(text).map(Command::Queue)),
    ("unqueue", |text| body(text).map(|Empty {}| Command::Unqueue)),
    ("check_in", |text| body(text).map(Command::CheckIn)),
];

/// Decides a command: checks first, then writes.
pub(super) fn run(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    command: Command,
) -> Result<String, Refusal> {
    if !may(by.role, &command) {
        return Err(refusal::not_allowed());
    }
    match command {
        Command::Hold(ask) => hold::hold(app, tx, by, &Hold::read(ask)?),
        Command::Release(named) => settled(app, tx, |tx| cart::release(app, tx, by, &named)),
        Command::Renew => cart::renew(tx, by),
        Command::Book(ask) => book::book(app, tx, by, ask.payment),
        Command::Buy(ask) => buy::buy(app, tx, by, ask),
        Command::Cancel(ask) => settled(app, tx, |tx| book::cancel(app, tx, by, &ask)),
        Command::Block(named) => desk::block(app, tx, &named),
        Command::Unblock(named) => settled(app, tx, |tx| desk::unblock(app, tx, &named)),
        Command::Edit(edit) => admin::edit(app, tx, by, *edit),
        Command::Publish => admin::publish(app, tx, by),
        Command::CancelEvent(ask) => admin::cancel_event(app, tx, by, ask),
        Command::Delete => admin::delete(app, tx, by),
        Command::Team(ask) => people::appoint(app, tx, by, ask),
        Command::Invite(ask) => people::invite(app, tx, by, &ask),
        Command::Uninvite(ask) => people::uninvite(app, tx, by, &ask),
        Command::Capacity(ask) => settled(app, tx, |tx| desk::capacity(app, tx, by, ask)),
        Command::Queue(ask) => line::queue(app, tx, by, ask),
        Command::Unqueue => line::unqueue(app, tx, by),
        Command::CheckIn(ask) => checkin::check_in(app, tx, by, ask),
    }
}

/// What may have made places free, and then whoever waits for them.
fn settled(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    decide: impl FnOnce(&mut SeatsTx<'_>) -> Result<String, Refusal>,
) -> Result<String, Refusal> {
    let answer = decide(tx)?;
    if !planted::on(Bug::LineForgotten) {
        line::settle(app, tx);
    }
    Ok(answer)
}

/// A body without fields.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Empty {}

/// What `hold` asks for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoldBody {
    /// These seats.
    pub seats: Option<Vec<u32>>,
    /// Areas, and how many places of each.
    #[schema(value_type = Option<Vec<Vec<u32>>>)]
    pub areas: Option<Vec<AreaCount>>,
    /// The best seats that are left, in place of named ones.
    pub best: Option<Best>,
}

/// Seats and places by name.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// These seats.
    pub seats: Option<Vec<u32>>,
    /// Areas, and how many places of each.
    #[schema(value_type = Option<Vec<Vec<u32>>>)]
    pub areas: Option<Vec<AreaCount>>,
}

/// What `book` asks for.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookBody {
    /// How it is paid.
    pub payment: Payment,
}

/// What `buy` asks for, in one of the three ways: by name, the best, or the first.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BuyBody {
    /// These seats.
    pub seats: Option<Vec<u32>>,
    /// Areas, and how many places of each.
    #[schema(value_type = Option<Vec<Vec<u32>>>)]
    pub areas: Option<Vec<AreaCount>>,
    /// The best seats that are left, in place of named ones.
    pub best: Option<Best>,
    /// So many places, the first in the plan's order that are left, in place of named ones.
    pub first: Option<u32>,
    /// How it is paid.
    pub payment: Payment,
    /// Only if nothing of this event is booked by the same person.
    #[serde(default)]
    pub once: bool,
}

/// What `cancel` asks for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelBody {
    /// The order.
    #[schema(value_type = String)]
    pub order: Uuid,
    /// Only these seats of it.
    pub seats: Option<Vec<u32>>,
}

/// What `edit` changes.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EditBody {
    /// What it is called.
    pub title: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// When it starts, in milliseconds since 1970.
    #[schema(value_type = Option<i64>)]
    pub starts_at: Option<Wall>,
    /// When it ends; `null`: nobody knows.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    pub ends_at: Option<Option<Wall>>,
    /// The IANA zone of its clock.
    pub time_zone: Option<String>,
    /// Where it is.
    pub place: Option<String>,
    /// Where it is on the net, an address that begins with `https://`; `null`: nowhere.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub online: Option<Option<String>>,
    /// What kind of event it is.
    pub category: Option<Category>,
    /// Who sees it.
    pub visibility: Option<Visibility>,
    /// Its picture's name; `null`: none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub picture: Option<Option<String>>,
    /// Prices of these zones.
    pub prices: Option<BTreeMap<String, i64>>,
    /// How many places one person may have.
    pub limit_per_person: Option<u32>,
    /// Minutes before the start at which people are reminded who have set nothing else: at most five, each 15 to
    /// 20160.
    pub reminder_minutes: Option<Vec<u32>>,
    /// What the mail at booking says.
    pub booking_mail: Option<BookingMail>,
    /// What was read before editing; where something else is there by now, nothing changes.
    pub from: Option<Facts>,
}

/// What `cancel_event` says.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelEventBody {
    /// Why, for everyone who sees the event.
    pub reason: Option<String>,
    /// Only while nothing is booked.
    #[serde(default)]
    pub unbooked: bool,
}

/// What `capacity` changes.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CapacityBody {
    /// Of which area.
    pub area: u32,
    /// How many fit into it from now on.
    pub capacity: u32,
}

/// Tells a field that is `null` from one that is not there.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Facts of an event, as many as are given.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Facts {
    title: Option<String>,
    description: Option<String>,
    #[schema(value_type = Option<i64>)]
    starts_at: Option<Wall>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>)]
    ends_at: Option<Option<Wall>>,
    time_zone: Option<String>,
    place: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    online: Option<Option<String>>,
    category: Option<Category>,
    visibility: Option<Visibility>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    picture: Option<Option<String>>,
    status: Option<Status>,
    prices: Option<BTreeMap<String, i64>>,
    limit_per_person: Option<u32>,
    reminder_minutes: Option<Vec<u32>>,
    booking_mail: Option<BookingMail>,
}

impl Facts {
    /// Whether an event is as they say.
    pub(super) fn are_of(&self, event: &Event, beside: Beside<'_>) -> bool {
        is(&self.title, &event.title)
            && is(&self.description, &event.description)
            && is(&self.starts_at, &event.starts_at)
            && is(&self.time_zone, &event.time_zone)
            && is(&self.place, &event.place)
            && is(&self.ends_at, &event.ends_at)
            && self.online.as_ref().is_none_or(|read| read.as_deref() == beside.online)
            && is(&self.category, &event.category)
            && is(&self.visibility, &event.visibility)
            && is(&self.picture, &event.picture)
            && is(&self.status, &event.status)
            && is(&self.prices, &event.prices)
            && is(&self.limit_per_person, &event.limit_per_person)
            && self.reminder_minutes.as_deref().is_none_or(|read| read == event.reminder_minutes())
            && is(&self.booking_mail, &beside.mail.cloned().unwrap_or_default())
    }
}

/// Whether a fact is as it was read, if it was.
fn is<T: PartialEq>(read: &Option<T>, now: &T) -> bool {
    read.as_ref().is_none_or(|read| read == now)
}

/// Checks that seats are named once each.
pub(super) fn named_once(seats: &[u32]) -> Result<(), Refusal> {
    let mut known = BTreeSet::new();
    match seats.iter().position(|seat| !known.insert(seat)) {
        Some(nth) => Err(refusal::invalid(&format!("seats[{nth}]"), "this seat is named twice")),
        None => Ok(()),
    }
}

/// Checks that areas are named once each, with at least one place.
pub(super) fn areas_named_once(areas: &[AreaCount]) -> Result<(), Refusal> {
    let mut known = BTreeSet::new();
    for (nth, (area, count)) in areas.iter().enumerate() {
        if !known.insert(area) {
            return Err(refusal::invalid(&format!("areas[{nth}]"), "this area is named twice"));
        }
        if *count == 0 {
            return Err(refusal::invalid(&format!("areas[{nth}]"), "ask for at least one place"));
        }
    }
    Ok(())
}

impl Named {
    /// What is named: something at least, nothing twice, and all of it in the plan.
    pub(super) fn read(&self, app: &Seats) -> Result<(&[u32], &[AreaCount]), Refusal> {
        let seats = self.seats.as_deref().unwrap_or_default();
        let areas = self.areas.as_deref().unwrap_or_default();
        if seats.is_empty() && areas.is_empty() {
            return Err(refusal::invalid("seats", "name at least one seat or area"));
        }
        named_once(seats)?;
        areas_named_once(areas)?;
        app.must_have(seats, areas)?;
        Ok((seats, areas))
    }

    /// Whether neither is given.
    pub(super) fn is_all(&self) -> bool {
        self.seats.is_none() && self.areas.is_none()
    }
}

impl Seats {
    /// Checks that seats and areas are in the plan.
    pub(super) fn must_have(&self, seats: &[u32], areas: &[AreaCount]) -> Result<(), Refusal> {
        let outside = seats.iter().copied().filter(|seat| *seat >= self.hall.seats());
        let outside: Vec<u32> = outside.collect();
        if !outside.is_empty() {
            return Err(refusal::no_such_seat(&outside));
        }
        let known = self.hall.areas().len();
        match areas.iter().find(|(area, _)| *area as usize >= known) {
            Some((area, _)) => Err(refusal::no_such_area(*area)),
            None => Ok(()),
        }
    }

    /// What people call an area.
    pub(super) fn area_name(&self, area: u32) -> &str {
        self.hall.areas().get(area as usize).map_or("This area", |area| area.name.as_str())
    }
}

/// A reply as JSON.
pub(super) fn reply(value: &impl Serialize) -> Result<String, Refusal> {
    serde_json::to_string(value).map_err(|_| refusal::internal())
}
