//! What must hold after a crash, judged from what people were told and from what a newcomer is shown. It
//! shares nothing with the server's own checks.

use super::buyer::{Answer, Buyer, seats_of};
use crate::client::replica::Replica;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, HashSet};
use uuid::Uuid;

/// A booking as somebody was told.
struct Booking<'a> {
    account: u64,
    order: &'a str,
    seats: Vec<u64>,
    from: u64,
    /// The entry that ended it.
    until: Option<u64>,
}

/// Everything that does not hold, a sentence each.
pub fn check(buyers: &[&Buyer], staff: &Replica) -> Vec<String> {
    let mut faults = one_entry_each(buyers);
    let bookings = bookings(buyers, &mut faults);
    faults.extend(never_two_owners(&bookings));
    faults.extend(all_there(&bookings, staff));
    faults.extend(desk_and_map_agree(staff));
    faults.extend(own_rows_agree(buyers, staff));
    faults
}

/// No two commands share an entry: an id has one effect, and nothing that was told was overwritten.
fn one_entry_each(buyers: &[&Buyer]) -> Vec<String> {
    let mut entries: HashMap<u64, Uuid> = HashMap::new();
    let mut faults = Vec::new();
    for (asked, answer) in buyers.iter().flat_map(|buyer| &buyer.told) {
        let Answer::Done { seq, .. } = answer else { continue };
        if let Some(other) = entries.insert(*seq, asked.id) {
            faults.push(format!("{} and {other} were both told entry {seq}", asked.id));
        }
    }
    faults
}

/// Every booking that somebody was told of.
fn bookings<'a>(buyers: &[&'a Buyer], faults: &mut Vec<String>) -> Vec<Booking<'a>> {
    let mut bookings: BTreeMap<&str, Booking<'_>> = BTreeMap::new();
    let mut ends: Vec<(&str, u64)> = Vec::new();
    for buyer in buyers {
        for (asked, answer) in &buyer.told {
            let Answer::Done { seq, reply } = answer else { continue };
            let order = reply["order"].as_str().unwrap_or_default();
            if asked.name == "cancel" {
                ends.push((order, *seq));
            } else if asked.name == "book" {
                let (account, seats) = (buyer.person.account, seats_of(reply));
                let booking = Booking { account, order, seats, from: *seq, until: None };
                if bookings.insert(order, booking).is_some() {
                    faults.push(format!("order {order} was given twice"));
                }
            }
        }
    }
    for (order, seq) in ends {
        match bookings.get_mut(order) {
            Some(booking) if booking.until.is_none() => booking.until = Some(seq),
            Some(_) => faults.push(format!("order {order} was cancelled twice")),
            None => faults.push(format!("order {order} was cancelled and never booked")),
        }
    }
    bookings.into_values().collect()
}

/// By the entries that people were told: one booking of a seat ends before the next begins.
fn never_two_owners(bookings: &[Booking<'_>]) -> Vec<String> {
    let mut by_seat: BTreeMap<u64, Vec<&Booking<'_>>> = BTreeMap::new();
    for booking in bookings {
        for seat in &booking.seats {
            by_seat.entry(*seat).or_default().push(booking);
        }
    }
    let mut faults = Vec::new();
    for (seat, mut owners) in by_seat {
        owners.sort_by_key(|booking| booking.from);
        for pair in owners.windows(2) {
            if pair[0].until.is_none_or(|until| until > pair[1].from) {
                faults.push(format!("seat {seat} is {}'s and {}'s", pair[0].order, pair[1].order));
            }
        }
    }
    faults
}

/// The desk has exactly the bookings that people were told of.
fn all_there(bookings: &[Booking<'_>], staff: &Replica) -> Vec<String> {
    let mut faults = Vec::new();
    let desk = staff.rows("desk");
    let mut known = HashSet::new();
    for booking in bookings {
        let (key, order) = (format!("o:{}", booking.order), booking.order);
        let expected = if booking.until.is_some() { "cancelled" } else { "booked" };
        match desk.get(key.as_str()) {
            None => {
                faults.push(format!("order {order}, acknowledged in {}, is gone", booking.from))
            }
            Some(line) => {
                let same = line["account"] == booking.account && seats_of(line) == booking.seats;
                if !same || line["status"] != expected {
                    faults.push(format!("order {order} should be {expected}, and is {line}"));
                }
            }
        }
        known.insert(key);
    }
    let unknown = desk.keys().filter(|key| key.starts_with("o:") && !known.contains(**key));
    faults.extend(unknown.map(|key| format!("nobody was told of {key}")));
    faults
}

/// Each seat is in one cart or order at most, and the map shows it so.
fn desk_and_map_agree(staff: &Replica) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expected = vec![0; staff.grid("seats").len()];
    for (key, line) in staff.rows("desk") {
        let state = if key.starts_with("c:") { 1 } else { 2 };
        if line["status"] == "cancelled" {
            continue;
        }
        for seat in seats_of(line) {
            let Some(place) = expected.get_mut(seat as usize) else { continue };
            if std::mem::replace(place, state) != 0 {
                faults.push(format!("seat {seat} has two owners on the desk"));
            }
        }
    }
    let wrong =
        expected.iter().zip(staff.grid("seats")).filter(|(expected, shown)| expected != shown);
    match wrong.count() {
        0 => {}
        count => faults.push(format!("the map shows {count} seats as they are not")),
    }
    faults
}

/// Each person's own copy, kept over all resumes, has the carts and orders that the desk has.
fn own_rows_agree(buyers: &[&Buyer], staff: &Replica) -> Vec<String> {
    let desk = staff.rows("desk");
    let mut faults = Vec::new();
    for buyer in buyers {
        let account = buyer.person.account;
        let same = |own: &Value, line: Option<&&Value>| {
            line.is_some_and(|line| seats_of(own) == seats_of(line))
        };
        let own = buyer.replica.rows("orders");
        let on_desk =
            desk.iter().filter(|(key, line)| key.starts_with("o:") && line["account"] == account);
        if on_desk.count() != own.len() {
            faults.push(format!("{account}'s copy has {} orders, the desk not", own.len()));
        }
        for (order, row) in own {
            let line = desk.get(format!("o:{order}").as_str());
            if !same(row, line) || line.is_some_and(|line| line["status"] != row["status"]) {
                faults.push(format!("{account}'s copy of order {order} is not the desk's"));
            }
        }
        let cart = buyer.replica.rows("cart").into_values().next();
        let line = desk.get(format!("c:{account}").as_str());
        if cart.is_some() != line.is_some() || cart.is_some_and(|cart| !same(cart, line)) {
            faults.push(format!("{account}'s copy of their cart is not the desk's"));
        }
    }
    faults
}
