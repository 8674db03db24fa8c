//! Plans, events and bookings in SQLite. Of derived tables this file reads alone.

use super::accounts::as_json;
use super::journal::unsigned;
use super::{Sqlite, as_i64, as_limit, contains};
use crate::store::StoreError;
use crate::store::{
    BookingRow, EventCursor, EventRow, EventSearch, EventStore, OrderCursor, PlaceRow, PlanRow,
    Viewer,
};
use houseful_room::AccountId;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

/// Whether an event that is not for all, or no longer a draft, knows the viewer, `?1`, by what opens it to them.
macro_rules! known_to_viewer {
    () => {
        "EXISTS (SELECT 1 FROM event_people AS known
                 WHERE known.account_id = ?1 AND known.event_id = events.id
                   AND (known.role NOT IN ('invited', 'booked')
                        OR status <> 'draft' AND (known.role = 'booked' OR visibility = 'private')))"
    };
}

/// What is searched for, up to `?6`.
macro_rules! searched {
    () => {
        concat!(
            "WHERE status = ?2 AND starts_at >= ?3 AND starts_at < ?4
              AND (?5 IS NULL OR title LIKE ?5 ESCAPE '\\' OR place LIKE ?5 ESCAPE '\\')
              AND (?6 IS NULL OR category = ?6)
              AND (visibility = 'public'
                   OR visibility IN ('private', 'booked') AND (owner = ?1 OR ",
            known_to_viewer!(),
            "))"
        )
    };
}

macro_rules! search {
    ($after:literal, $order:literal) => {
        concat!(
            searched!(),
            " AND (starts_at, id) ",
            $after,
            " (?7, ?8) ORDER BY starts_at ",
            $order,
            ", id ",
            $order,
            " LIMIT ?9 OFFSET ?10"
        )
    };
}

const SEARCH: &str = search!(">", "ASC");
const SEARCH_BACKWARDS: &str = search!("<", "DESC");
const COUNT: &str = concat!("SELECT count(*) FROM events ", searched!());

const BY_NUMBER: &str = concat!(
    "WHERE id > ?2 AND status IN ('draft', 'published')
       AND (?3 OR owner = ?1 OR status = 'published' AND visibility = 'public' OR ",
    known_to_viewer!(),
    ") ORDER BY id LIMIT ?4"
);

impl EventStore for Sqlite {
    fn put_plan(&self, plan: PlanRow) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "INSERT INTO plans (id, name, capacity, body) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![plan.id, plan.name, as_i64(plan.capacity), plan.body])?;
            Ok(())
        })
    }

    fn plan(&self, id: &str) -> Result<Option<PlanRow>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT id, name, capacity, body FROM plans WHERE id = ?1")?
                .query_row([id], plan_row)
                .optional()
        })
    }

    fn event(&self, id: u64) -> Result<Option<EventRow>, StoreError> {
        Ok(self.events(&[id])?.pop())
    }

    fn events(&self, ids: &[u64]) -> Result<Vec<EventRow>, StoreError> {
        let ids = as_json(ids.iter().copied());
        self.read(|db| {
            let rest = "WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id";
            list_events(db, rest, [ids])
        })
    }

    fn upcoming_events(
        &self,
        from: i64,
        after: Option<EventCursor>,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        let after = after.unwrap_or(EventCursor { starts_at: i64::MIN, id: 0 });
        self.read(|db| {
            let rest = "WHERE status = 'published' AND starts_at >= ?1
                          AND (starts_at, id) > (?2, ?3)
                        ORDER BY starts_at, id LIMIT ?4";
            let values = params![from, after.starts_at, as_i64(after.id), as_limit(limit)];
            list_events(db, rest, values)
        })
    }

    fn search_events(
        &self,
        search: &EventSearch,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        let EventCursor { starts_at, id } = search.after.unwrap_or(match search.is_backwards {
            true => EventCursor { starts_at: i64::MAX, id: u64::MAX },
            false => EventCursor { starts_at: i64::MIN, id: 0 },
        });
        let rest = if search.is_backwards { SEARCH_BACKWARDS } else { SEARCH };
        let text = search.text.as_deref().map(contains);
        let viewer = search.viewer.map(|account| as_i64(account.0));
        self.read(|db| {
            let (status, category) = (&search.status, &search.category);
            let values = params![
                viewer,
                status,
                search.from,
                search.to,
                text,
                category,
                starts_at,
                as_i64(id),
                as_limit(limit),
                as_i64(search.offset)
            ];
            list_events(db, rest, values)
        })
    }

    fn count_events(&self, search: &EventSearch) -> Result<u64, StoreError> {
        let text = search.text.as_deref().map(contains);
        let viewer = search.viewer.map(|account| as_i64(account.0));
        self.read(|db| {
            let (status, category) = (&search.status, &search.category);
            let values = params![viewer, status, search.from, search.to, text, category];
            db.prepare_cached(COUNT)?.query_row(values, |row| unsigned(row, 0))
        })
    }

    fn event_times(&self, ids: &[u64]) -> Result<Vec<(u64, i64, i64)>, StoreError> {
        let ids = as_json(ids.iter().copied());
        self.read(|db| {
            db.prepare_cached(
                "SELECT events.id, (SELECT json_extract(CAST(body AS TEXT), '$.at') FROM entries
                                    WHERE room = rooms.no AND seq = 1),
                        (SELECT json_extract(CAST(body AS TEXT), '$.at') FROM entries
                         WHERE room = rooms.no ORDER BY seq DESC LIMIT 1)
                 FROM events JOIN rooms ON rooms.path = events.path
                 WHERE events.id IN (SELECT value FROM json_each(?1))",
            )?
            .query_map([ids], |row| Ok((unsigned(row, 0)?, row.get(1)?, row.get(2)?)))?
            .collect()
        })
    }

    fn events_by_number(
        &self,
        viewer: Viewer,
        after: u64,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        let account = match viewer {
            Viewer::Person(account) => Some(as_i64(account.0)),
            Viewer::Visitor | Viewer::Admin => None,
        };
        let sees_all = viewer == Viewer::Admin;
        self.read(|db| {
            list_events(db, BY_NUMBER, params![account, as_i64(after), sees_all, as_limit(limit)])
        })
    }

    fn has_booked(&self, event: u64, account: AccountId) -> Result<bool, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM orders
                 WHERE account_id = ?1 AND event_id = ?2 AND status = 'booked')",
            )?
            .query_row(params![as_i64(account.0), as_i64(event)], |row| row.get(0))
        })
    }

    fn event_role(&self, event: u64, account: AccountId) -> Result<Option<String>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT role FROM event_people WHERE account_id = ?1 AND event_id = ?2",
            )?
            .query_row(params![as_i64(account.0), as_i64(event)], |row| row.get(0))
            .optional()
        })
    }

    fn event_people(&self, events: &[u64]) -> Result<Vec<(u64, AccountId, String)>, StoreError> {
        let events = as_json(events.iter().copied());
        self.read(|db| {
            db.prepare_cached(
                "SELECT event_id, account_id, role FROM event_people
                 WHERE event_id IN (SELECT value FROM json_each(?1))",
            )?
            .query_map([events], |row| {
                Ok((unsigned(row, 0)?, AccountId(unsigned(row, 1)?), row.get(2)?))
            })?
            .collect()
        })
    }

    fn is_plan_seen(&self, plan: &str, by: Option<AccountId>) -> Result<bool, StoreError> {
        let viewer = by.map(|account| as_i64(account.0));
        self.read(|db| {
            db.prepare_cached(concat!(
                "SELECT NOT EXISTS (SELECT 1 FROM events WHERE plan_id = ?2)
                     OR EXISTS (SELECT 1 FROM events WHERE plan_id = ?2 AND (owner = ?1
                                OR status <> 'draft' AND visibility IN ('public', 'unlisted') OR ",
                known_to_viewer!(),
                "))"
            ))?
            .query_row(params![viewer, plan], |row| row.get(0))
        })
    }

    fn events_of_owner(
        &self,
        owner: AccountId,
        after: Option<EventCursor>,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        let after = after.unwrap_or(EventCursor { starts_at: i64::MAX, id: u64::MAX });
        self.read(|db| {
            let rest = "WHERE (owner = ?1 OR id IN (SELECT event_id FROM event_people
                                    WHERE account_id = ?1 AND role NOT IN ('invited', 'booked')))
                          AND (starts_at, id) < (?2, ?3)
                        ORDER BY starts_at DESC, id DESC LIMIT ?4";
            let values =
                params![as_i64(owner.0), after.starts_at, as_i64(after.id), as_limit(limit)];
            list_events(db, rest, values)
        })
    }

    fn count_upcoming(&self, from: i64) -> Result<u64, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT count(*) FROM events WHERE status = 'published' AND starts_at >= ?1",
            )?
            .query_row([from], |row| unsigned(row, 0))
        })
    }

    fn booking(&self, account: AccountId, order: &str) -> Result<Option<BookingRow>, StoreError> {
        self.read(|db| {
            let booking = db
                .prepare_cached(
                    "SELECT id, code, event_id, account_id, total, currency, payment, status, at,
                            cancelled_at
                     FROM orders WHERE account_id = ?1 AND id = ?2",
                )?
                .query_row(params![as_i64(account.0), order], booking_row)
                .optional()?;
            let Some(mut booking) = booking else { return Ok(None) };
            fill_places(db, std::slice::from_mut(&mut booking))?;
            Ok(Some(booking))
        })
    }

    fn order(&self, order: &str) -> Result<Option<BookingRow>, StoreError> {
        self.read(|db| {
            // Orders lie with their account's others; their places know the event, and its index knows them.
            let booking = db
                .prepare_cached(
                    "SELECT id, code, event_id, account_id, total, currency, payment, status, at,
                            cancelled_at
                     FROM orders INDEXED BY orders_event
                     WHERE event_id = (SELECT event_id FROM order_places
                                       WHERE order_id = ?1 LIMIT 1) AND id = ?1",
                )?
                .query_row([order], booking_row)
                .optional()?;
            let Some(mut booking) = booking else { return Ok(None) };
            fill_places(db, std::slice::from_mut(&mut booking))?;
            Ok(Some(booking))
        })
    }

    fn order_by_code(&self, event: u64, code: &str) -> Result<Option<BookingRow>, StoreError> {
        self.read(|db| {
            let booking = db
                .prepare_cached(
                    "SELECT id, code, event_id, account_id, total, currency, payment, status, at,
                            cancelled_at
                     FROM orders INDEXED BY orders_event WHERE event_id = ?1 AND code = ?2",
                )?
                .query_row(params![as_i64(event), code], booking_row)
                .optional()?;
            let Some(mut booking) = booking else { return Ok(None) };
            fill_places(db, std::slice::from_mut(&mut booking))?;
            Ok(Some(booking))
        })
    }

    fn bookings_of_account(
        &self,
        account: AccountId,
        after: Option<OrderCursor>,
        limit: usize,
    ) -> Result<Vec<BookingRow>, StoreError> {
        self.read(|db| list_bookings(db, "account_id", account.0, after, limit))
    }

    fn bookings_of_event(
        &self,
        event: u64,
        after: Option<OrderCursor>,
        limit: usize,
    ) -> Result<Vec<BookingRow>, StoreError> {
        self.read(|db| list_bookings(db, "event_id", event, after, limit))
    }
}

const EVENT: &str = "id, path, title, description, starts_at, time_zone, place, currency, \
                     status, plan_id, owner, limit_per_person, hold_ms, prices, capacity, \
                     available, held, booked, from_price, ends_at, visibility, category, \
                     picture, cancelled_reason, online, rescheduled_from, \
                     reminders, booking_mail";

pub(super) fn list_events(
    db: &Connection,
    rest: &'static str,
    values: impl Params,
) -> rusqlite::Result<Vec<EventRow>> {
    db.prepare_cached(&format!("SELECT {EVENT} FROM events {rest}"))?
        .query_map(values, event_row)?
        .collect()
}

/// Orders newest first, then their places: two statements, so that the limit counts orders.
fn list_bookings(
    db: &Connection,
    by: &'static str,
    id: u64,
    after: Option<OrderCursor>,
    limit: usize,
) -> rusqlite::Result<Vec<BookingRow>> {
    let (at, order) = after.map_or((i64::MAX, None), |cursor| (cursor.at, Some(cursor.order)));
    // U+10FFFF is above every order's id.
    let order = order.unwrap_or_else(|| char::MAX.to_string());
    let sql = format!(
        "SELECT id, code, event_id, account_id, total, currency, payment, status, at, cancelled_at
         FROM orders
         WHERE {by} = ?1 AND (at, id) < (?2, ?3) ORDER BY at DESC, id DESC LIMIT ?4"
    );
    let mut bookings: Vec<BookingRow> = db
        .prepare_cached(&sql)?
        .query_map(params![as_i64(id), at, order, as_limit(limit)], booking_row)?
        .collect::<rusqlite::Result<_>>()?;
    fill_places(db, &mut bookings)?;
    Ok(bookings)
}

fn fill_places(db: &Connection, bookings: &mut [BookingRow]) -> rusqlite::Result<()> {
    let mut places = db.prepare_cached(
        "SELECT seat, area, count, price, label, status FROM order_places
         WHERE order_id = ?1 ORDER BY place_no",
    )?;
    for booking in bookings {
        booking.places =
            places.query_map([&booking.order], place_row)?.collect::<rusqlite::Result<_>>()?;
    }
    Ok(())
}

fn plan_row(row: &Row<'_>) -> rusqlite::Result<PlanRow> {
    Ok(PlanRow {
        id: row.get(0)?,
        name: row.get(1)?,
        capacity: unsigned(row, 2)?,
        body: row.get(3)?,
    })
}

fn event_row(row: &Row<'_>) -> rusqlite::Result<EventRow> {
    Ok(EventRow {
        id: unsigned(row, 0)?,
        path: row.get(1)?,
        title: row.get(2)?,
        description: row.get(3)?,
        starts_at: row.get(4)?,
        time_zone: row.get(5)?,
        place: row.get(6)?,
        currency: row.get(7)?,
        status: row.get(8)?,
        plan_id: row.get(9)?,
        owner: AccountId(unsigned(row, 10)?),
        limit_per_person: unsigned(row, 11)?,
        hold_ms: unsigned(row, 12)?,
        prices: row.get(13)?,
        capacity: unsigned(row, 14)?,
        available: unsigned(row, 15)?,
        held: unsigned(row, 16)?,
        booked: unsigned(row, 17)?,
        from_price: row.get(18)?,
        ends_at: row.get(19)?,
        visibility: row.get(20)?,
        category: row.get(21)?,
        picture: row.get(22)?,
        cancelled_reason: row.get(23)?,
        online: row.get(24)?,
        rescheduled_from: row.get(25)?,
        reminders: row.get(26)?,
        booking_mail: row.get(27)?,
    })
}

fn booking_row(row: &Row<'_>) -> rusqlite::Result<BookingRow> {
    Ok(BookingRow {
        order: row.get(0)?,
        code: row.get(1)?,
        event: unsigned(row, 2)?,
        account: AccountId(unsigned(row, 3)?),
        total: row.get(4)?,
        currency: row.get(5)?,
        payment: row.get(6)?,
        status: row.get(7)?,
        at: row.get(8)?,
        cancelled_at: row.get(9)?,
        places: Vec::new(),
    })
}

fn place_row(row: &Row<'_>) -> rusqlite::Result<PlaceRow> {
    let index =
        |at| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(i64::unsigned_abs));
    Ok(PlaceRow {
        seat: index(0)?,
        area: index(1)?,
        count: unsigned(row, 2)?,
        price: row.get(3)?,
        label: row.get(4)?,
        status: row.get(5)?,
    })
}
