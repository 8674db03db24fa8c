//! Reads events and rooms as the lobby shows them from the rows that their rooms derive. It decides nothing.

use crate::store::{EventRow, ListingRow};
use houseful_apps::lobby::{Listed, ListedRoom};
use houseful_room::{AccountId, Column, Headcount, Value, Wall};

/// An event as the lobby may show it.
pub(super) struct Card {
    pub(super) row: Listed,
    pub(super) visibility: String,
    pub(super) owner: AccountId,
}

/// An event's card from its stored row.
pub(super) fn listed(row: EventRow) -> Card {
    let (visibility, owner) = (row.visibility.clone(), row.owner);
    Card { row: row_of_event(row), visibility, owner }
}

fn row_of_event(row: EventRow) -> Listed {
    Listed {
        title: row.title,
        starts_at: Wall(row.starts_at),
        ends_at: row.ends_at.map(Wall),
        category: row.category,
        picture: row.picture,
        private: is_closed(&row.visibility),
        time_zone: row.time_zone,
        place: row.place,
        status: row.status,
        currency: row.currency,
        from_price: row.from_price,
        capacity: row.capacity,
        available: row.available,
        here: 0,
        watching: 0,
    }
}

/// Reads a derived row; `None` if a column is not there.
pub(super) fn read_event(columns: &[Column]) -> Option<Card> {
    let text = |name| text(columns, name).map(str::to_owned);
    let int = |name| int(columns, name);
    let visibility = text("visibility")?;
    let owner = AccountId(int("owner")?.unsigned_abs());
    let row = Listed {
        title: text("title")?,
        starts_at: Wall(int("starts_at")?),
        ends_at: int("ends_at").map(Wall),
        category: text("category")?,
        picture: text("picture"),
        private: is_closed(&visibility),
        time_zone: text("time_zone")?,
        place: text("place")?,
        status: text("status")?,
        currency: text("currency")?,
        from_price: int("from_price"),
        capacity: int("capacity")?.unsigned_abs(),
        available: int("available")?.unsigned_abs(),
        here: 0,
        watching: 0,
    };
    Some(Card { row, visibility, owner })
}

pub(super) fn is_closed(visibility: &str) -> bool {
    matches!(visibility, "private" | "booked")
}

pub(super) fn read_room(path: &str, columns: &[Column]) -> Option<ListingRow> {
    let text = |name| text(columns, name).map(str::to_owned);
    let int = |name| int(columns, name).map(i64::unsigned_abs);
    Some(ListingRow {
        path: path.to_owned(),
        app: text("app")?,
        title: text("title")?,
        visibility: text("visibility")?,
        owner: AccountId(int("owner")?),
        event: int("event"),
        minimum: int("minimum")?,
        maximum: int("maximum"),
        locked: int("locked")? != 0,
        phase: text("phase")?,
    })
}

pub(super) fn row_of(room: ListingRow, headcount: Headcount) -> ListedRoom {
    ListedRoom {
        app: room.app,
        title: room.title,
        phase: room.phase,
        minimum: room.minimum,
        maximum: room.maximum,
        locked: room.locked,
        event: room.event,
        private: room.visibility == "private",
        here: headcount.here as u64,
        watching: headcount.watching as u64,
    }
}

fn value<'a>(columns: &'a [Column], name: &str) -> Option<&'a Value> {
    columns.iter().find(|(column, _)| *column == name).map(|(_, value)| value)
}

pub(super) fn text<'a>(columns: &'a [Column], name: &str) -> Option<&'a str> {
    match value(columns, name)? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

fn int(columns: &[Column], name: &str) -> Option<i64> {
    match value(columns, name)? {
        Value::Int(int) => Some(*int),
        _ => None,
    }
}
