//! Whether a refusal is right, given what the journal says and nothing else: R39 to R48, written a second
//! time. What depends on the clock alone is taken for right.

use super::model::Model;
use super::{ACCESSIBLE, SEATS, SEGMENTS, STAFF};
use houseful_room::Refusal;
use houseful_room::testkit::Asked;
use serde_json::Value;

/// `None` is no.
pub(super) fn justifies(model: &Model, asked: Asked<'_>, refusal: &Refusal) -> Option<bool> {
    let by = asked.by.0;
    let body: Value = serde_json::from_str(&asked.ask.body).ok()?;
    let details = refusal.details.as_ref();
    let detail = |name: &str| details.and_then(|details| details.get(name));
    let named = seats(body.get("seats"));
    let cart = model.cart(by);
    let takes = asked.ask.name;
    let may_take = matches!(takes, "hold" | "buy");
    Some(match refusal.code {
        "seats_taken" => {
            let taken = seats(detail("seats"));
            let is_own =
                |seat: &u32| takes == "buy" && cart.is_some_and(|cart| cart.has_seat(*seat));
            let is_taken = |seat: &u32| {
                named.contains(seat) && state(model, *seat) != Some(0) && !is_own(seat)
            };
            !taken.is_empty() && taken.iter().all(is_taken)
        }
        "orphan" => {
            let left = seats(detail("seats"));
            by != STAFF && !left.is_empty() && left.iter().all(|s| is_alone(model, &named, *s))
        }
        "not_enough_together" => {
            let best = body.get("best")?;
            let count = best.get("count")?.as_u64()? as u32;
            let accessible = best.get("accessible").is_some_and(|value| value == true);
            !is_there_a_run(model, count, accessible)
        }
        "limit_exceeded" => {
            let have = model.places(by);
            let said = (detail("limit")?.as_u64()?, detail("have")?.as_u64()?);
            let waits = body.get("count").and_then(Value::as_u64).unwrap_or(0) as u32;
            let asked = asks(&body) + waits;
            said == (u64::from(model.limit), u64::from(have)) && have + asked > model.limit
        }
        "not_enough_left" => {
            let (left, count) = match body.get("first") {
                Some(first) => (model.available(), first.as_u64()?),
                None => {
                    let count = body.get("areas")?.get(0)?.get(1)?.as_u64()?;
                    (model.area.available(), count)
                }
            };
            detail("available")?.as_u64()? == u64::from(left) && count > u64::from(left)
        }
        "nothing_held" => {
            let Some(cart) = cart else { return Some(true) };
            let lacks = |seat: &u32| cart.row.seats.iter().all(|(held, _)| held != seat);
            let standing = cart.row.areas.iter().map(|(_, count, _)| *count).sum::<u32>();
            named.iter().any(lacks) || asks(&body) - named.len() as u32 > standing
        }
        "cooling_down" => cart.is_none() && may_take,
        "too_many_holds" => {
            let wait_ms = refusal.retry_after_ms?;
            cart.is_none() && wait_ms > 0 && model.starts(by).wait_ms(asked.at.0) == wait_ms
        }
        "renewed_too_often" => cart?.row.renewals >= 10,
        "payment_not_possible" if takes == "buy" => body.get("payment")? == "free",
        "already_booked" => {
            let has_booked = model.orders.iter().any(|order| order.by == by && order.is_booked());
            takes == "buy" && body.get("once")? == true && has_booked
        }
        "payment_not_possible" => cart?.row.total != 0,
        "already_cancelled" => !order(model, &body)?.is_booked(),
        "no_such_order" => order(model, &body).is_none_or(|order| order.by != by && by != STAFF),
        "no_such_seat" => {
            let order = order(model, &body);
            let lacks = |seat: u32| order.is_some_and(|order| !order.has_seat(seat));
            named.iter().any(|seat| *seat >= SEATS || lacks(*seat))
        }
        "not_blockable" => {
            let somebodys = |seat: &u32| matches!(state(model, *seat), Some(1 | 2));
            seats(detail("seats")).iter().any(somebodys)
                || detail("blocked").is_some_and(|b| b.as_u64() == Some(model.area.blocked.into()))
        }
        "not_allowed" => by != STAFF,
        "event_cancelled" => model.is_cancelled,
        "not_sold_out" => model.line.free(model.available()) > 0,
        "already_in_line" => model.line.has(by),
        "not_in_line" => !model.line.has(by),
        "reserved_for_line" => {
            let free = model.line.free(model.available());
            let own = if may_take { model.line.kept(by) } else { 0 };
            let said = detail("available")?.as_u64()?;
            let is_enough = takes == "hold" && asks(&body) <= free + own;
            !model.line.is_empty() && said == u64::from(free + own) && !is_enough
        }
        "below_taken" => {
            let least = detail("least")?.as_u64()?;
            let asked = body.get("capacity")?.as_u64()?;
            asked < least && least == u64::from(model.area.capacity - model.area.available())
        }
        _ => false,
    })
}

fn seats(list: Option<&Value>) -> Vec<u32> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_u64).filter_map(|seat| u32::try_from(seat).ok()).collect()
}

fn state(model: &Model, seat: u32) -> Option<u8> {
    model.seats.get(seat as usize).copied()
}

fn order<'a>(model: &'a Model, body: &Value) -> Option<&'a super::model::Order> {
    model.order(body.get("order")?.as_str()?)
}

/// How many places a body asks for.
fn asks(body: &Value) -> u32 {
    let areas = body.get("areas").and_then(Value::as_array).into_iter().flatten();
    let standing: u64 = areas.filter_map(|area| area.get(1)?.as_u64()).sum();
    let best = body.get("best").and_then(|best| best.get("count")?.as_u64()).unwrap_or(0);
    let first = body.get("first").and_then(Value::as_u64).unwrap_or(0);
    seats(body.get("seats")).len() as u32 + (standing + best + first) as u32
}

/// R44: free, not asked for, and with nobody free on either side once the asked seats are gone.
fn is_alone(model: &Model, named: &[u32], seat: u32) -> bool {
    let Some((from, to)) = SEGMENTS.iter().find(|(from, to)| (*from..*to).contains(&seat)) else {
        return false;
    };
    let is_free =
        |at: u32| (*from..*to).contains(&at) && state(model, at) == Some(0) && !named.contains(&at);
    let is_beside_asked = named.contains(&(seat + 1)) || seat > 0 && named.contains(&(seat - 1));
    let left = seat.checked_sub(1).is_some_and(is_free);
    is_free(seat) && !left && !is_free(seat + 1) && is_beside_asked
}

/// R45.
fn is_there_a_run(model: &Model, count: u32, accessible: bool) -> bool {
    SEGMENTS.iter().any(|(from, to)| {
        let windows = (*from..*to).filter(|first| first + count <= *to);
        windows.into_iter().any(|first| {
            let run = first..first + count;
            let has_accessible = run.contains(&ACCESSIBLE);
            run.clone().all(|seat| state(model, seat) == Some(0)) && has_accessible == accessible
        })
    })
}
