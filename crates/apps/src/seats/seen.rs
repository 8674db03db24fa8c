//! What a copy shows of a seat sale, by row and column, and how one asks for a seat, for clients that know neither its
//! shapes nor its commands. It decides nothing.

mod counts;

pub use counts::{Counts, Turn};

use super::facts::Event;
use super::places::Place;
use super::state::{Cart, Order, OrderStatus, Payment};
use crate::plan::{Hall, Plan};
use houseful_room::{AccountId, Replica};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A place, as somebody sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Can be had.
    Free,
    /// Cannot, and is somebody else's or nobody's.
    Taken,
    /// Held or booked by who looks.
    Mine,
}

/// A plan's seats as rows and columns: every row of every section, in the plan's order.
#[derive(Clone, Debug)]
pub struct Field {
    hall: Hall,
}

impl Field {
    /// Of a plan that `validate` has passed.
    pub fn of(plan: &Plan) -> Field {
        Field { hall: Hall::new(plan) }
    }

    /// The seat at a place; none if there is no such place.
    pub fn seat(&self, row: usize, column: usize) -> Option<u32> {
        let seats = self.hall.rows().get(row)?.seats.clone();
        seats.into_iter().nth(column)
    }

    /// How every place looks to somebody.
    pub fn shown(&self, copy: &Replica, who: Option<AccountId>) -> Vec<Vec<Shown>> {
        let mine = who.map(|who| places_of(copy, who)).unwrap_or_default();
        let grid = copy.grid("seats");
        self.map(|seat| {
            // What was never set is missing at the grid's end.
            let bits = grid.get(seat as usize).copied().unwrap_or(Place::Available.bits());
            match (mine.contains(&seat), bits == Place::Available.bits()) {
                (true, _) => Shown::Mine,
                (false, true) => Shown::Free,
                (false, false) => Shown::Taken,
            }
        })
    }

    /// What people call each place.
    pub fn labels(&self) -> Vec<Vec<String>> {
        self.map(|seat| {
            let label = self.hall.label(seat);
            format!("{}{}", label.row, label.seat)
        })
    }

    /// What each place costs now, in minor units.
    pub fn prices(&self, event: &Event) -> Vec<Vec<i64>> {
        self.map(|seat| self.price(seat, event))
    }

    /// The command that buys a seat, to be paid at the door if it costs something.
    pub fn buy(&self, seat: u32, event: &Event) -> (&'static str, Value) {
        let payment = match self.price(seat, event) {
            0 => Payment::Free,
            _ => Payment::Door,
        };
        ("buy", json!({ "seats": [seat], "payment": payment }))
    }

    fn price(&self, seat: u32, event: &Event) -> i64 {
        event.price(self.hall.zone_of(seat))
    }

    fn map<T>(&self, mut each: impl FnMut(u32) -> T) -> Vec<Vec<T>> {
        let rows = self.hall.rows().iter();
        rows.map(|row| row.seats.clone().map(&mut each).collect()).collect()
    }
}

/// What is sold; none if one sees nothing of it.
pub fn event(copy: &Replica) -> Option<Event> {
    Event::deserialize(copy.cell("event")?).ok()
}

/// The seats that somebody holds or has booked, if the copy is theirs.
fn places_of(copy: &Replica, who: AccountId) -> BTreeSet<u32> {
    let held = copy.row("cart", &who.to_string()).and_then(|row| Cart::deserialize(row).ok());
    let orders = copy.rows("orders").filter_map(|(_, row)| Order::deserialize(row).ok());
    let stands = orders.filter(|order| order.status == OrderStatus::Booked);
    let booked = stands.flat_map(|order| order.seats);
    let held = held.map(|cart| cart.seats).unwrap_or_default();
    booked.chain(held).map(|(seat, _)| seat).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Generator;
    use houseful_room::Epoch;

    const EVENT: &str = r#"{"title":"T","description":"","startsAt":1,"place":"","timeZone":"Europe/Berlin","category":"other","currency":"EUR",
        "status":"published","visibility":"public","planId":"p","prices":{"standard":500},"limitPerPerson":6,
        "holdMs":600000}"#;

    fn field() -> Field {
        let asked = json!({ "rows": 2, "seatsPerRow": 2 });
        let generator: Generator = serde_json::from_value(asked).unwrap();
        Field::of(&Plan::generate(generator).unwrap())
    }

    fn copy(parts: &[&str]) -> Replica {
        Replica::read(Epoch::nil(), 1, parts.iter().copied()).unwrap()
    }

    #[test]
    fn a_place_is_free_taken_or_mine() {
        use Shown::{Free, Mine, Taken};
        // Held, booked, booked, available.
        let all =
            r#"{"aud":"all","shapes":{"seats":{"grid":{"bits":2,"length":4,"data":"KQ=="}}}}"#;
        let own = r#"{"aud":"member:7","shapes":{
            "cart":{"rows":[[7,{"seats":[[0,500]],"areas":[],"total":500,"until":1,"renewals":0}]]},
            "orders":{"rows":[
                ["00000000-0000-0000-0000-000000000001",{"code":"A","seats":[[1,500]],"areas":[],"total":500,
                    "payment":"door","status":"booked","at":1}],
                ["00000000-0000-0000-0000-000000000002",{"code":"B","seats":[[2,500]],"areas":[],"total":500,
                    "payment":"door","status":"cancelled","at":1}]]}}}"#;
        let (field, mine) = (field(), copy(&[all, own]));
        assert_eq!(field.shown(&copy(&[all]), None), [[Taken, Taken], [Taken, Free]]);
        assert_eq!(field.shown(&mine, Some(AccountId(7))), [[Mine, Mine], [Taken, Free]]);
        assert_eq!(field.shown(&copy(&[]), None), [[Free, Free], [Free, Free]], "nothing was set");
    }

    #[test]
    fn rows_and_columns_are_the_plans() {
        let field = field();
        assert_eq!([field.seat(0, 1), field.seat(1, 0)], [Some(1), Some(2)]);
        assert_eq!([field.seat(0, 2), field.seat(2, 0)], [None, None]);
        assert_eq!(field.labels(), [["A1", "A2"], ["B1", "B2"]]);
    }

    #[test]
    fn what_costs_something_is_paid_at_the_door() {
        let all = format!(r#"{{"aud":"all","shapes":{{"event":{{"cell":{EVENT}}}}}}}"#);
        let mut sold = event(&copy(&[&all])).unwrap();
        let field = field();
        assert_eq!(field.prices(&sold), [[500, 500], [500, 500]]);
        let (name, body) = field.buy(3, &sold);
        assert_eq!((name, body), ("buy", json!({ "seats": [3], "payment": "door" })));
        sold.prices.insert("standard".into(), 0);
        assert_eq!(field.buy(0, &sold).1["payment"], "free");
    }
}
