//! The shapes of a seat sale, as PROTOCOL.md has them, and what is kept besides for the rules. Who may
//! see a row is decided here and nowhere else.

use super::changes::Change;
use super::checkin::{Arrival, Arrived};
pub use super::facts::{Event, Status};
use super::line::{Line, Waiting};
use super::mailing::BookingMail;
use super::people::{Invited, STAFF, Teammate, desk, team};
use houseful_room::{AccountId, Audience, Cell, Grid, Log, Rows, Signal, Wall, synced};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

synced! {
    /// A seat sale.
    pub struct SeatsState {
        /// What is sold.
        pub event: Cell<Event>,
        /// Each seat's [`Place`](super::places::Place).
        pub seats: Grid,
        /// Each area's counts.
        pub areas: Rows<u32, AreaCounts>,
        /// What people hold, each for themselves.
        pub cart: Rows<AccountId, Cart>,
        /// What people booked, each for themselves.
        pub orders: Rows<Uuid, Order>,
        /// Both, for the staff.
        pub desk: Rows<String, Desk>,
        /// Tells a person that their cart ran out, and what was in it.
        pub expired: Signal<Expired>,
        /// What the rules remember of a person. Nobody sees it.
        pub people: Rows<AccountId, Person>,
        /// Which order a code belongs to. Nobody sees it.
        pub codes: Rows<String, Uuid>,
        /// Sums over seats and areas, so that no command has to count. Nobody sees it.
        pub sums: Cell<Sums>,
        /// Where the event is on the net: for each who has booked, and under 0 for the team.
        pub venue: Rows<AccountId, Venue>,
        /// Who runs the event beside its owner.
        pub team: Rows<AccountId, Teammate>,
        /// Who may see a private event. Whom the desk may not know yet nobody sees.
        pub invited: Rows<AccountId, Invited>,
        /// Who changed what, for the staff.
        pub changes: Log<Change>,
        /// Who waits for places to come free, each for themselves.
        pub queue: Rows<AccountId, Waiting>,
        /// How many wait.
        pub line: Cell<Line>,
        /// Who came in, by order and place.
        pub arrivals: Rows<String, Arrival>,
        /// How many came in.
        pub arrived: Cell<Arrived>,
        /// What the mail at booking says, if not the usual, for the staff.
        pub mailing: Cell<BookingMail>,
    }
}

impl SeatsState {
    pub(super) fn new(seats: u32) -> Self {
        SeatsState {
            event: Cell::default(),
            seats: Grid::new(seats, 2),
            areas: Rows::default(),
            cart: Rows::default(),
            orders: Rows::default(),
            desk: Rows::default(),
            expired: Signal::default(),
            people: Rows::default(),
            codes: Rows::default(),
            sums: Cell::for_audience(Audience::Nobody),
            venue: Rows::default(),
            team: Rows::default(),
            invited: Rows::default(),
            changes: Log::for_audience(Audience::role(STAFF)),
            queue: Rows::default(),
            line: Cell::for_audience(team()),
            arrivals: Rows::default(),
            arrived: Cell::for_audience(team()),
            mailing: Cell::for_audience(Audience::role(STAFF)),
        }
    }

    /// A person's cart and its line on the desk.
    pub(super) fn put_cart(&mut self, account: AccountId, cart: Cart) {
        let line = Desk {
            account,
            seats: cart.seats.iter().map(|(seat, _)| *seat).collect(),
            areas: cart.areas.iter().map(|(area, count, _)| (*area, *count)).collect(),
            total: cart.total,
            until: Some(cart.until),
            code: None,
            status: None,
        };
        self.desk.put(desk_cart(account), desk(), line);
        self.cart.put(account, Audience::Member(account), cart);
    }

    /// Removes a person's cart and its line on the desk.
    pub(super) fn take_cart(&mut self, account: AccountId) -> Option<Cart> {
        self.desk.remove(&desk_cart(account));
        self.cart.remove(&account)
    }

    /// A person's order and its line on the desk.
    pub(super) fn put_order(&mut self, id: Uuid, account: AccountId, order: Order) {
        let line = Desk {
            account,
            seats: order.seats.iter().map(|(seat, _)| *seat).collect(),
            areas: order.areas.iter().map(|(area, count, _)| (*area, *count)).collect(),
            total: order.total,
            until: None,
            code: Some(order.code.clone()),
            status: Some(order.status),
        };
        self.desk.put(desk_order(id), desk(), line);
        self.orders.put(id, Audience::Member(account), order);
    }

    /// Whose order it is.
    pub(super) fn owner_of(&self, order: Uuid) -> Option<AccountId> {
        self.desk.get(&desk_order(order)).map(|line| line.account)
    }

    /// What is remembered of a person.
    pub(super) fn person(&self, account: AccountId) -> Person {
        self.people.get(&account).cloned().unwrap_or_default()
    }

    /// Remembers of a person; what says nothing is not kept.
    pub(super) fn put_person(&mut self, account: AccountId, person: Person) {
        if person == Person::default() {
            self.people.remove(&account);
        } else if self.people.get(&account) != Some(&person) {
            self.people.put(account, Audience::Nobody, person);
        }
    }

    /// How many places a person holds and has booked.
    pub(super) fn places_of(&self, account: AccountId) -> u32 {
        let held = self.cart.get(&account).map_or(0, Cart::places);
        held + self.person(account).booked
    }
}

fn desk_cart(account: AccountId) -> String {
    format!("c:{account}")
}

fn desk_order(order: Uuid) -> String {
    format!("o:{order}")
}

/// Where an event is on the net.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Venue {
    /// An address that begins with `https://`.
    pub online: String,
}

/// How many places of an area are what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaCounts {
    /// How many fit.
    pub capacity: u32,
    /// In carts.
    pub held: u32,
    /// In orders.
    pub booked: u32,
    /// Kept back by the staff.
    pub blocked: u32,
}

impl AreaCounts {
    /// What is left.
    pub fn available(&self) -> u32 {
        self.capacity.saturating_sub(self.held + self.booked + self.blocked)
    }
}

/// A seat and its price.
pub type PricedSeat = (u32, i64);
/// An area and how many places of it.
pub type AreaCount = (u32, u32);
/// An area, how many places of it, and the price of each.
pub type PricedArea = (u32, u32, i64);

/// What a person holds. The cart is the hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    /// Seats, each at the price it was held for.
    pub seats: Vec<PricedSeat>,
    /// Places of areas, each at the price it was held for.
    pub areas: Vec<PricedArea>,
    /// What it costs.
    pub total: i64,
    /// It does not end before.
    pub until: Wall,
    /// How often it was renewed.
    pub renewals: u32,
}

impl Cart {
    /// How many places.
    pub fn places(&self) -> u32 {
        places(&self.seats, &self.areas)
    }

    /// Works out the total anew.
    pub(super) fn add_up(&mut self) {
        self.total = total(&self.seats, &self.areas);
    }
}

/// What a person booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// What people say aloud.
    pub code: String,
    /// Seats, each at the price it was held for. Cancelled ones are gone, unless the whole order is.
    pub seats: Vec<PricedSeat>,
    /// Places of areas, each at the price it was held for.
    pub areas: Vec<PricedArea>,
    /// What it costs.
    pub total: i64,
    /// How it is paid.
    pub payment: Payment,
    /// Whether it stands.
    pub status: OrderStatus,
    /// When it was booked.
    pub at: Wall,
    /// When it was cancelled.
    #[serde(default, rename = "cancelledAt", skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<Wall>,
}

impl Order {
    /// How many places.
    pub fn places(&self) -> u32 {
        places(&self.seats, &self.areas)
    }
}

/// How an order is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Payment {
    /// There is nothing to pay.
    Free,
    /// At the door.
    Door,
}

impl Payment {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Payment::Free => "free",
            Payment::Door => "door",
        }
    }
}

/// Whether an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    /// It does.
    Booked,
    /// It does not.
    Cancelled,
}

impl OrderStatus {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            OrderStatus::Booked => "booked",
            OrderStatus::Cancelled => "cancelled",
        }
    }
}

/// A cart or an order as the staff sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// Whose.
    pub account: AccountId,
    /// Its seats.
    pub seats: Vec<u32>,
    /// Areas, and how many places of each.
    pub areas: Vec<AreaCount>,
    /// What all of it costs.
    pub total: i64,
    /// A cart does not end before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Wall>,
    /// An order's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Whether an order stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<OrderStatus>,
}

/// A cart that ran out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expired {
    /// The seats that were in it.
    pub seats: Vec<u32>,
    /// Areas, and how many places of each.
    pub areas: Vec<AreaCount>,
}

/// What the rules remember of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Places booked and not cancelled.
    pub booked: u32,
    /// Carts in a row that led to nothing.
    pub lapses: u32,
    /// The last cart, if it led to nothing.
    pub past: Option<super::cooldown::Past>,
    /// When all carts that they have started will be forgotten, if they have started one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<Wall>,
}

/// Sums over seats and areas.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// In carts.
    pub held: u32,
    /// In orders.
    pub booked: u32,
    /// Kept back by the staff.
    pub blocked: u32,
    /// The highest limit per person that ever was: nobody can have more.
    pub limit_ever: u32,
}

fn places(seats: &[PricedSeat], areas: &[PricedArea]) -> u32 {
    seats.len() as u32 + areas.iter().map(|(_, count, _)| count).sum::<u32>()
}

/// What seats and places cost together.
pub(super) fn total(seats: &[PricedSeat], areas: &[PricedArea]) -> i64 {
    let areas = areas.iter().map(|(_, count, price)| i64::from(*count) * price);
    seats.iter().map(|(_, price)| price).sum::<i64>() + areas.sum::<i64>()
}
