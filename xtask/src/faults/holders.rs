//! People who hold seats and do nothing else, and whether these are still theirs.

use super::buyer::Buyer;
use super::course::Course;
use crate::client::live::Live;
use crate::client::replica::Replica;
use anyhow::{Context, Result};
use serde_json::json;

/// A cart that somebody was promised.
pub struct Hold {
    account: u64,
    seats: Vec<u64>,
}

/// Everybody who has a connection takes two seats.
pub async fn hold(course: &mut Course) -> Result<Vec<Hold>> {
    let mut holds = Vec::new();
    for (buyer, live) in &mut course.people {
        let live = live.as_mut().context("a connection")?;
        let cart = buyer.ask_for(live, "hold", json!({ "best": { "count": 2 } })).await?;
        let seats = super::buyer::seats_of(&cart);
        anyhow::ensure!(seats.len() == 2, "no two seats were to be had: {cart}");
        holds.push(Hold { account: buyer.person.account, seats });
    }
    Ok(holds)
}

/// The first of them gives everything back, and nobody is told.
pub async fn release_one(course: &mut Course) -> Result<()> {
    let hold = course.holds.first().context("a cart")?;
    let is_theirs = |(buyer, _): &&mut (Buyer, Option<Live>)| buyer.person.account == hold.account;
    let (buyer, live) = course.people.iter_mut().find(is_theirs).context("its holder")?;
    let live = live.as_mut().context("a connection")?;
    buyer.ask_for(live, "release", json!({})).await?;
    Ok(())
}

/// What is no longer theirs, as the desk shows it.
pub fn taken_away(holds: &[Hold], staff: &Replica) -> Vec<String> {
    let desk = staff.rows("desk");
    let is_lost = |hold: &&Hold| {
        let line = desk.get(format!("c:{}", hold.account).as_str());
        line.is_none_or(|line| super::buyer::seats_of(line) != hold.seats)
    };
    let lost = holds.iter().filter(is_lost);
    lost.map(|hold| format!("{} no longer holds {:?}", hold.account, hold.seats)).collect()
}

/// Whose cart ends sooner than so long after this moment (ms since 1970, as the server has it).
pub fn ends_early(holds: &[Hold], staff: &Replica, now: i64, least_ms: i64) -> Vec<String> {
    let desk = staff.rows("desk");
    let mut faults = Vec::new();
    for hold in holds {
        let line = desk.get(format!("c:{}", hold.account).as_str());
        let until = line.and_then(|line| line["until"].as_i64()).unwrap_or_default();
        if until - now < least_ms {
            faults.push(format!("{} has {} ms left, not {least_ms}", hold.account, until - now));
        }
    }
    faults
}
