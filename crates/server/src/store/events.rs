//! Plans, and the rows that rooms derive: events, orders, places. This side only reads the derived
//! ones; they are written with the entries that imply them.

use crate::store::StoreError;
use houseful_apps::seats::mailing::{BookingMail, REMINDER_MINUTES, Reminders};
use houseful_room::AccountId;
use serde::de::DeserializeOwned;
use std::fmt;
use std::str::FromStr;

/// A seating plan: immutable, named by its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanRow {
    /// The hash of its content.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How many people fit.
    pub capacity: u64,
    /// The plan, JSON.
    pub body: String,
}

/// An event as its room last described it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRow {
    /// Its number.
    pub id: u64,
    /// Its room's path.
    pub path: String,
    /// What it is called.
    pub title: String,
    /// What it is.
    pub description: String,
    /// When it starts (ms since 1970).
    pub starts_at: i64,
    /// The IANA zone of its clock.
    pub time_zone: String,
    /// Where it is.
    pub place: String,
    /// ISO 4217.
    pub currency: String,
    /// `draft`, `published` or `cancelled`.
    pub status: String,
    /// The plan's id.
    pub plan_id: String,
    /// Who made it.
    pub owner: AccountId,
    /// How many places one person may have.
    pub limit_per_person: u64,
    /// How long a cart lasts.
    pub hold_ms: u64,
    /// Prices in minor units by zone, JSON.
    pub prices: String,
    /// How many people fit.
    pub capacity: u64,
    /// Places that can be held.
    pub available: u64,
    /// Places in carts.
    pub held: u64,
    /// Places booked.
    pub booked: u64,
    /// The lowest price.
    pub from_price: Option<i64>,
    /// When it ends, if that is known (ms since 1970).
    pub ends_at: Option<i64>,
    /// `public`, `unlisted`, `private` or `booked`.
    pub visibility: String,
    /// What kind of event it is.
    pub category: String,
    /// Its picture's name.
    pub picture: Option<String>,
    /// Why it is cancelled.
    pub cancelled_reason: Option<String>,
    /// Where it is on the net: for those who booked, and its team.
    pub online: Option<String>,
    /// When it was to start before it was moved.
    pub rescheduled_from: Option<i64>,
    /// Which reminders go out, JSON; none for the usual ones.
    pub reminders: Option<String>,
    /// What the mail at booking says, JSON; none for the usual. For its staff, and whoever books.
    pub booking_mail: Option<String>,
}

/// A place of an order: a seat, or a number of people in an area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlaceRow {
    /// The seat's index, if it is one.
    pub seat: Option<u64>,
    /// The area's index, if it is one.
    pub area: Option<u64>,
    /// How many people.
    pub count: u64,
    /// For all of them, in minor units.
    pub price: i64,
    /// What the seat or area is called.
    pub label: String,
    /// `booked` or `cancelled`.
    pub status: String,
}

/// An order with its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookingRow {
    /// The order's id.
    pub order: String,
    /// The code that people read aloud.
    pub code: String,
    /// Of which event.
    pub event: u64,
    /// Whose.
    pub account: AccountId,
    /// In minor units.
    pub total: i64,
    /// ISO 4217.
    pub currency: String,
    /// How it is paid.
    pub payment: String,
    /// `booked` or `cancelled`.
    pub status: String,
    /// When it was made (ms since 1970).
    pub at: i64,
    /// When it was cancelled, if that is known.
    pub cancelled_at: Option<i64>,
    /// Its places.
    pub places: Vec<PlaceRow>,
}

/// Where a page of events ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventCursor {
    /// The last event's start.
    pub starts_at: i64,
    /// The last event.
    pub id: u64,
}

/// Where a page of bookings ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderCursor {
    /// The last order's time.
    pub at: i64,
    /// The last order.
    pub order: String,
}

impl EventRow {
    /// Minutes before the start at which people are reminded who have set nothing else.
    pub fn reminder_minutes(&self) -> Vec<u32> {
        let set = read::<Reminders>(self.reminders.as_deref());
        set.map_or(REMINDER_MINUTES.to_vec(), |reminders| reminders.minutes)
    }

    /// What the mail at booking says.
    pub fn booking_mail(&self) -> BookingMail {
        read(self.booking_mail.as_deref()).unwrap_or_default()
    }

    /// The cursor after this event.
    pub fn cursor(&self) -> EventCursor {
        EventCursor { starts_at: self.starts_at, id: self.id }
    }
}

/// What a room has derived as JSON; what is not there cannot be read either.
pub(crate) fn read<T: DeserializeOwned>(text: Option<&str>) -> Option<T> {
    serde_json::from_str(text?).ok()
}

impl BookingRow {
    /// The cursor after this order.
    pub fn cursor(&self) -> OrderCursor {
        OrderCursor { at: self.at, order: self.order.clone() }
    }
}

impl fmt::Display for EventCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.starts_at, self.id)
    }
}

impl FromStr for EventCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (starts_at, id) = text.split_once('.').ok_or(())?;
        let id: i64 = id.parse().map_err(|_| ())?;
        Ok(EventCursor {
            starts_at: starts_at.parse().map_err(|_| ())?,
            id: u64::try_from(id).map_err(|_| ())?,
        })
    }
}

impl fmt::Display for OrderCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at, self.order)
    }
}

impl FromStr for OrderCursor {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (at, order) = text.split_once('.').ok_or(())?;
        Ok(OrderCursor { at: at.parse().map_err(|_| ())?, order: order.to_owned() })
    }
}

/// Which events, for a list: those that are for everyone, and of the others those that the viewer sees.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventSearch {
    /// Who looks, if they are signed in.
    pub viewer: Option<AccountId>,
    /// With this in their title or place.
    pub text: Option<String>,
    /// Of this category.
    pub category: Option<String>,
    /// `published` or `cancelled`.
    pub status: String,
    /// That start at this moment or later (ms since 1970).
    pub from: i64,
    /// That start before this moment.
    pub to: i64,
    /// The latest start first, in place of the soonest.
    pub is_backwards: bool,
    /// After this one.
    pub after: Option<EventCursor>,
    /// Without the first so many.
    pub offset: u64,
}

/// Who looks at a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Anybody.
    Visitor,
    /// Somebody.
    Person(AccountId),
    /// Somebody who sees everything.
    Admin,
}

/// Plans, events and bookings.
pub trait EventStore: Send + Sync {
    /// Keeps a plan; keeping it again does nothing.
    fn put_plan(&self, plan: PlanRow) -> Result<(), StoreError>;
    /// A plan.
    fn plan(&self, id: &str) -> Result<Option<PlanRow>, StoreError>;
    /// An event, whatever its status.
    fn event(&self, id: u64) -> Result<Option<EventRow>, StoreError>;
    /// Those of the events that exist.
    fn events(&self, ids: &[u64]) -> Result<Vec<EventRow>, StoreError>;
    /// Published events that start at `from` or later, soonest first, whoever may see them.
    fn upcoming_events(
        &self,
        from: i64,
        after: Option<EventCursor>,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// The events of a list; none of them is a draft or unlisted.
    fn search_events(
        &self,
        search: &EventSearch,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// How many a list of all of them would have.
    fn count_events(&self, search: &EventSearch) -> Result<u64, StoreError>;
    /// When these events were made, and when something of them, bookings too, last changed (ms since 1970).
    fn event_times(&self, ids: &[u64]) -> Result<Vec<(u64, i64, i64)>, StoreError>;
    /// Drafts and published events by number: those that are for everyone, and those that the viewer sees besides.
    fn events_by_number(
        &self,
        viewer: Viewer,
        after: u64,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// Whether somebody has an order of an event that stands.
    fn has_booked(&self, event: u64, account: AccountId) -> Result<bool, StoreError>;
    /// By what an event knows somebody: `invited`, `booked`, or a role of its team.
    fn event_role(&self, event: u64, account: AccountId) -> Result<Option<String>, StoreError>;
    /// The same of everyone whom these events know.
    fn event_people(&self, events: &[u64]) -> Result<Vec<(u64, AccountId, String)>, StoreError>;
    /// Whether a plan is shown to somebody: of an event that they see, or of none at all.
    fn is_plan_seen(&self, plan: &str, by: Option<AccountId>) -> Result<bool, StoreError>;
    /// Events that somebody runs, drafts too, latest start first.
    fn events_of_owner(
        &self,
        owner: AccountId,
        after: Option<EventCursor>,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError>;
    /// How many published events start at `from` or later.
    fn count_upcoming(&self, from: i64) -> Result<u64, StoreError>;
    /// An order of a person.
    fn booking(&self, account: AccountId, order: &str) -> Result<Option<BookingRow>, StoreError>;
    /// An order, whosever it is.
    fn order(&self, order: &str) -> Result<Option<BookingRow>, StoreError>;
    /// An order of an event by the code that people read aloud.
    fn order_by_code(&self, event: u64, code: &str) -> Result<Option<BookingRow>, StoreError>;
    /// A person's orders, newest first.
    fn bookings_of_account(
        &self,
        account: AccountId,
        after: Option<OrderCursor>,
        limit: usize,
    ) -> Result<Vec<BookingRow>, StoreError>;
    /// An event's orders, newest first.
    fn bookings_of_event(
        &self,
        event: u64,
        after: Option<OrderCursor>,
        limit: usize,
    ) -> Result<Vec<BookingRow>, StoreError>;
}
