//! Letting people in: each place of an order once, and the first scan wins, whenever it is told. It changes no order.

use super::commands::reply;
use super::people::door;
use super::state::{Order, OrderStatus};
use super::{Seats, SeatsTx, derived, refusal};
use houseful_room::{AccountId, Caller, Refusal, Wall};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A device's clock may be ahead of ours by so much.
const AHEAD_MS: u64 = 5 * 60 * 1_000;
const DEVICE_CHARS_MAX: usize = 60;

/// What `check_in` says.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckInBody {
    /// The order.
    #[schema(value_type = Option<String>)]
    pub order: Option<Uuid>,
    /// Its code, in place of it.
    pub code: Option<String>,
    /// A place of it, as its ticket has it: `s12`, seat 12; `a0.3`, the fourth place of area 0. Without, all of them.
    pub place: Option<String>,
    /// When it was scanned, in milliseconds since 1970; now if it is told at once.
    #[schema(value_type = Option<i64>)]
    pub at: Option<Wall>,
    /// What scanned it.
    pub device: Option<String>,
}

/// Somebody came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    /// When the ticket was scanned first.
    pub at: Wall,
    /// By whom.
    pub by: AccountId,
    /// By what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// How often it was shown again.
    #[serde(default)]
    pub again: u32,
}

/// How many came in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// So many places.
    pub places: u32,
}

/// What became of a scan.
#[derive(Serialize)]
struct Scanned {
    place: String,
    /// Whether this scan is the one that counts.
    first: bool,
    /// When the one that counts was.
    at: Wall,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<String>,
}

#[derive(Serialize)]
struct CheckedIn {
    order: Uuid,
    code: String,
    places: Vec<Scanned>,
}

/// What the tickets of an order are for.
pub fn places(order: &Order) -> Vec<String> {
    let seats = order.seats.iter().map(|(seat, _)| format!("s{seat}"));
    let mut places: Vec<String> = seats.collect();
    let mut areas: Vec<(u32, u32)> = Vec::new();
    for (area, count, _) in &order.areas {
        match areas.iter_mut().find(|(known, _)| known == area) {
            Some((_, sum)) => *sum += count,
            None => areas.push((*area, *count)),
        }
    }
    for (area, count) in areas {
        places.extend((0..count).map(|nth| format!("a{area}.{nth}")));
    }
    places
}

/// Decides `check_in`.
pub(super) fn check_in(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    ask: CheckInBody,
) -> Result<String, Refusal> {
    let id = match (&ask.order, &ask.code) {
        (Some(order), None) => *order,
        (None, Some(code)) => {
            let code = code.trim().to_uppercase();
            *tx.state.codes.get(&code).ok_or_else(refusal::no_such_ticket)?
        }
        _ => return Err(refusal::invalid("order", "name an order, or its code")),
    };
    let order = tx.state.orders.get(&id).ok_or_else(refusal::no_such_ticket)?;
    let (code, known) = (order.code.clone(), places(order));
    let named = match ask.place {
        Some(place) if known.contains(&place) => vec![place],
        Some(_) => return Err(refusal::no_such_ticket()),
        None => known,
    };
    if order.status == OrderStatus::Cancelled {
        return Err(refusal::already_cancelled());
    }
    let now = tx.now();
    let at = ask.at.unwrap_or(now);
    if at > now.plus_ms(AHEAD_MS) {
        return Err(refusal::invalid("at", "this is in the future"));
    }
    let device = ask.device.map(|device| device.trim().to_owned()).filter(|d| !d.is_empty());
    if device.as_ref().is_some_and(|d| !is_short(d)) {
        return Err(refusal::invalid("device", "use at most 60 characters"));
    }
    let scan = Arrival { at, by: by.account, device, again: 0 };
    let places = named.into_iter().map(|place| scanned(app, tx, id, place, &scan)).collect();
    reply(&CheckedIn { order: id, code, places })
}

fn is_short(text: &str) -> bool {
    text.chars().count() <= DEVICE_CHARS_MAX && !text.chars().any(char::is_control)
}

/// The earliest scan counts, in whatever order they are told; the same one told twice is one.
fn scanned(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    order: Uuid,
    place: String,
    scan: &Arrival,
) -> Scanned {
    let key = format!("{order}/{place}");
    let known = tx.state.arrivals.get(&key).cloned();
    let is_same = |known: &Arrival| known.at == scan.at && known.device == scan.device;
    let arrival = match known.clone() {
        None => {
            let places = tx.state.arrived.get().map_or(0, |arrived| arrived.places);
            tx.state.arrived.set(Arrived { places: places + 1 });
            scan.clone()
        }
        Some(first) if is_same(&first) => first,
        Some(first) if scan.at < first.at => Arrival { again: first.again + 1, ..scan.clone() },
        Some(first) => Arrival { again: first.again + 1, ..first },
    };
    if known.as_ref() != Some(&arrival) {
        tx.derive(derived::arrival(app, &key, &arrival));
        tx.state.arrivals.put(key, door(), arrival.clone());
    }
    let first = is_same(&arrival);
    Scanned { place, first, at: arrival.at, device: arrival.device }
}
