//! Rooms with a door in SQLite: what their entries derive, to be found.

use super::journal::unsigned;
use super::{Sqlite, as_i64, as_limit, contains};
use crate::store::{ListingQuery, ListingRow, RoomStore, StoreError};
use houseful_room::AccountId;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

const LISTING: &str = "path, app, title, visibility, owner, event, minimum, maximum, locked, phase";

impl RoomStore for Sqlite {
    fn listing(&self, path: &str) -> Result<Option<ListingRow>, StoreError> {
        self.read(|db| {
            db.prepare_cached(&format!("SELECT {LISTING} FROM listings WHERE path = ?1"))?
                .query_row([path], listing_row)
                .optional()
        })
    }

    fn is_hidden(&self, path: &str, from: Option<AccountId>) -> Result<bool, StoreError> {
        let account = from.map(|account| as_i64(account.0));
        let event = event_beside(path).map(as_i64);
        self.read(|db| {
            db.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM listings
                 WHERE path = ?1 AND visibility = 'private' AND owner IS NOT ?2
                   AND NOT EXISTS (SELECT 1 FROM listing_guests AS guest
                                   WHERE guest.path = ?1 AND guest.account = ?2
                                     AND guest.role <> 'banned'))
                 OR ?3 IS NOT NULL AND NOT EXISTS (SELECT 1 FROM events WHERE id = ?3)
                 OR EXISTS (SELECT 1 FROM events
                 WHERE (path = ?1 OR id = (SELECT event FROM listings WHERE listings.path = ?1))
                   AND owner IS NOT ?2
                   AND (status = 'draft' OR visibility IN ('private', 'booked'))
                   AND NOT EXISTS (SELECT 1 FROM event_people AS known
                                   WHERE known.account_id = ?2 AND known.event_id = events.id
                                     AND (role NOT IN ('invited', 'booked') OR status <> 'draft'
                                          AND (role = 'booked' OR visibility = 'private'))))",
            )?
            .query_row(params![path, account, event], |row| row.get(0))
        })
    }

    fn listings(&self, query: &ListingQuery, limit: usize) -> Result<Vec<ListingRow>, StoreError> {
        let account = query.account.map(|account| as_i64(account.0));
        let text = query.text.as_deref().map(contains);
        let after = query.after.as_deref().unwrap_or_default();
        self.read(|db| {
            let rest = "WHERE phase <> 'closed' AND path > ?1
                          AND (?2 IS NULL OR app = ?2)
                          AND (?3 IS NULL OR title LIKE ?3 ESCAPE '\\')
                          AND (event IS NULL
                               OR EXISTS (SELECT 1 FROM events WHERE events.id = event))
                          AND (owner = ?4
                               OR visibility = 'public' AND (event IS NULL OR EXISTS
                                   (SELECT 1 FROM events
                                    WHERE events.id = event AND status = 'published'
                                      AND (visibility = 'public' OR EXISTS
                                           (SELECT 1 FROM event_people AS known
                                            WHERE known.account_id = ?4
                                              AND known.event_id = events.id
                                              AND (role <> 'invited'
                                                   OR visibility = 'private')))))
                               OR EXISTS (SELECT 1 FROM listing_guests AS guest
                                          WHERE guest.path = listings.path
                                            AND guest.account = ?4 AND guest.role <> 'banned'))
                        ORDER BY path LIMIT ?5";
            list(db, rest, params![after, query.app, text, account, as_limit(limit)])
        })
    }

    fn open_listings(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<ListingRow>, StoreError> {
        self.read(|db| {
            let rest = "WHERE phase <> 'closed' AND path > ?1
                        ORDER BY path LIMIT ?2";
            list(db, rest, params![after.unwrap_or_default(), as_limit(limit)])
        })
    }

    fn invited(&self, paths: &[String]) -> Result<Vec<(String, AccountId)>, StoreError> {
        let paths = serde_json::to_string(paths).unwrap_or_default();
        self.read(|db| {
            db.prepare_cached(
                "SELECT path, account FROM listing_guests
                 WHERE path IN (SELECT value FROM json_each(?1)) AND role <> 'banned'",
            )?
            .query_map([paths], |row| Ok((row.get(0)?, AccountId(unsigned(row, 1)?))))?
            .collect()
        })
    }

    fn count_open_rooms(&self, owner: AccountId) -> Result<u64, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT count(*) FROM listings
                 WHERE owner = ?1 AND event IS NULL AND phase <> 'closed'",
            )?
            .query_row([as_i64(owner.0)], |row| unsigned(row, 0))
        })
    }
}

/// The event that a path of one of its rooms names.
fn event_beside(path: &str) -> Option<u64> {
    path.strip_prefix("events/")?.split_once('/')?.0.parse().ok()
}

fn list(
    db: &Connection,
    rest: &'static str,
    values: impl Params,
) -> rusqlite::Result<Vec<ListingRow>> {
    db.prepare_cached(&format!("SELECT {LISTING} FROM listings {rest}"))?
        .query_map(values, listing_row)?
        .collect()
}

fn listing_row(row: &Row<'_>) -> rusqlite::Result<ListingRow> {
    let number =
        |at| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.map(i64::unsigned_abs));
    Ok(ListingRow {
        path: row.get(0)?,
        app: row.get(1)?,
        title: row.get(2)?,
        visibility: row.get(3)?,
        owner: AccountId(unsigned(row, 4)?),
        event: number(5)?,
        minimum: unsigned(row, 6)?,
        maximum: number(7)?,
        locked: row.get(8)?,
        phase: row.get(9)?,
    })
}
