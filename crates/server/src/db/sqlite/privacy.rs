//! What the tables keep of a person. A table that gets a column for an account has a line in one of the lists here.

use super::events::list_events;
use super::fault::Fault;
use super::journal::unsigned;
use super::logins::revoke_all;
use super::{Sqlite, as_i64};
use crate::limits::{REWRITE_BYTES_MAX, REWRITE_MS_MAX};
use crate::store::{
    BookingRow, ErasureRow, EventRow, EventStore, KeptRows, LoginId, PrivacyStore, StoreError,
};
use houseful_room::AccountId;
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What others see of an erased account.
const NAME: &str = "Deleted person";

/// What is taken away with an account. Derived tables are not here: they follow their rooms.
const TAKEN: &[&str] = &[
    "DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM sessions WHERE account_id = ?1)",
    "DELETE FROM follows WHERE account = ?1",
    "DELETE FROM organiser_follows WHERE account = ?1",
    "DELETE FROM organiser_follows WHERE organiser = ?1",
    "DELETE FROM mails WHERE account = ?1",
    "DELETE FROM notifications WHERE account = ?1",
    "DELETE FROM notification_settings WHERE account = ?1",
    "DELETE FROM reminders_shown WHERE account = ?1",
    "DELETE FROM feeds WHERE account = ?1",
    "DELETE FROM api_tokens WHERE account = ?1",
    "DELETE FROM push_subscriptions WHERE account = ?1",
    "DELETE FROM webhook_deliveries WHERE webhook IN (SELECT id FROM webhooks WHERE account = ?1)",
    "DELETE FROM webhooks WHERE account = ?1",
];

/// What is kept of a person: a name for it, and the rows as JSON objects.
const KEPT: &[(&str, &str)] = &[
    (
        "account",
        "SELECT json_object('id', id, 'email', email, 'name', name, 'role', role, 'disabled',
            json(iif(disabled, 'true', 'false')), 'createdAtMs', created_at, 'avatar', avatar)
         FROM accounts WHERE id = ?1",
    ),
    (
        "logins",
        "SELECT json_object('id', id, 'createdAtMs', created_at, 'usedAtMs', used_at,
            'expiresAtMs', expires_at, 'revokedAtMs', revoked_at)
         FROM sessions WHERE account_id = ?1 ORDER BY id",
    ),
    (
        "follows",
        // Not the titles: one may follow what one no longer sees.
        "SELECT json_object('event', event, 'atMs', at) FROM follows WHERE account = ?1 ORDER BY at",
    ),
    (
        "organisersFollowed",
        "SELECT json_object('organiser', organiser, 'name', name, 'atMs', at)
         FROM organiser_follows LEFT JOIN accounts ON accounts.id = organiser
         WHERE account = ?1 ORDER BY at",
    ),
    (
        "notifications",
        "SELECT json_object('id', id, 'kind', kind, 'about', json(data), 'atMs', at,
            'seenAtMs', seen_at)
         FROM notifications WHERE account = ?1 ORDER BY id",
    ),
    (
        "remindersShown",
        "SELECT json_object('event', event, 'startsAtMs', starts_at, 'atMs', at)
         FROM reminders_shown WHERE account = ?1 ORDER BY at, event",
    ),
    ("notificationSettings", "SELECT body FROM notification_settings WHERE account = ?1"),
    (
        "mails",
        "SELECT json_object('messageId', message_id, 'notification', notification, 'state', state,
            'tries', tries, 'createdAtMs', created_at, 'doneAtMs', done_at, 'error', error)
         FROM mails WHERE account = ?1 ORDER BY id",
    ),
    ("calendar", "SELECT json_object('createdAtMs', created_at) FROM feeds WHERE account = ?1"),
    (
        "tokens",
        "SELECT json_object('id', id, 'name', name, 'scopes', scopes, 'createdAtMs', created_at,
            'expiresAtMs', expires_at, 'usedAtMs', used_at)
         FROM api_tokens WHERE account = ?1 ORDER BY id",
    ),
    (
        "webhooks",
        "SELECT json_object('id', id, 'event', event, 'url', url, 'kinds', kinds, 'createdAtMs',
            created_at)
         FROM webhooks WHERE account = ?1 ORDER BY id",
    ),
    (
        "devices",
        "SELECT json_object('endpoint', endpoint, 'createdAtMs', created_at)
         FROM push_subscriptions WHERE account = ?1 ORDER BY id",
    ),
    (
        "offers",
        "SELECT json_object('event', event_id, 'places', count, 'sinceMs', since, 'untilMs', until)
         FROM offers WHERE account_id = ?1 ORDER BY event_id",
    ),
    (
        "bookings",
        "SELECT json_object('order', orders.id, 'code', code, 'event', event_id, 'title', title,
            'startsAtMs', starts_at, 'total', total, 'currency', orders.currency,
            'payment', payment,
            'status', orders.status, 'atMs', at, 'places', (
                SELECT json_group_array(json_object('label', label, 'count', count, 'price', price,
                    'status', status)) FROM order_places WHERE order_id = orders.id))
         FROM orders LEFT JOIN events ON events.id = event_id WHERE account_id = ?1 ORDER BY at",
    ),
    (
        "events",
        "SELECT json_object('id', id, 'title', title, 'description', description, 'startsAtMs',
            starts_at, 'endsAtMs', ends_at, 'timeZone', time_zone, 'place', place, 'online', online,
            'status', status, 'visibility', visibility, 'picture', picture)
         FROM events WHERE owner = ?1 ORDER BY id",
    ),
    (
        "eventRoles",
        "SELECT json_object('event', event_id, 'title', title, 'role', role) FROM event_people
         LEFT JOIN events ON events.id = event_id WHERE account_id = ?1 ORDER BY event_id",
    ),
    (
        "rooms",
        "SELECT json_object('room', path, 'app', app, 'title', title, 'visibility', visibility)
         FROM listings WHERE owner = ?1 ORDER BY path",
    ),
    (
        "roomInvitations",
        "SELECT json_object('room', path, 'role', role) FROM listing_guests WHERE account = ?1
         ORDER BY path",
    ),
    (
        "mentions",
        "SELECT json_object('room', room, 'message', no, 'by', author, 'atMs', at) FROM mentions
         WHERE account = ?1 ORDER BY at",
    ),
];

/// Events that are not over at `?2`.
macro_rules! to_come {
    () => {
        "coalesce(ends_at, starts_at) > ?2"
    };
}

impl PrivacyStore for Sqlite {
    fn begin_erasure(
        &self,
        account: AccountId,
        by: AccountId,
        at: i64,
    ) -> Result<Vec<LoginId>, StoreError> {
        self.write(move |db| begin(db, account, by, at))
    }

    fn erasures(&self) -> Result<Vec<ErasureRow>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT account, done_at IS NOT NULL FROM erasures
                 WHERE file_at IS NULL ORDER BY at, account",
            )?
            .query_map([], |row| {
                Ok(ErasureRow { account: AccountId(unsigned(row, 0)?), is_done: row.get(1)? })
            })?
            .collect()
        })
    }

    fn end_erasure(&self, account: AccountId, at: i64) -> Result<(), StoreError> {
        self.write(move |db| {
            take_away(db, account)?;
            db.prepare_cached("UPDATE erasures SET done_at = ?2 WHERE account = ?1")?
                .execute(params![as_i64(account.0), at])?;
            Ok(())
        })
    }

    fn rewrite_file(&self) -> Result<(), StoreError> {
        let bytes = std::fs::metadata(self.path()).map_or(0, |file| file.len());
        if bytes > REWRITE_BYTES_MAX {
            return Ok(());
        }
        self.rewrite.store(true, Ordering::SeqCst);
        // The writer looks after each batch: this one wakes it.
        self.write_within(Duration::from_millis(REWRITE_MS_MAX), |_| Ok(()))
    }

    fn promised_events(&self, account: AccountId, now: i64) -> Result<Vec<EventRow>, StoreError> {
        self.read(|db| {
            let rest = concat!(
                "WHERE owner = ?1 AND status = 'published' AND booked > 0 AND ",
                to_come!(),
                " ORDER BY starts_at, id"
            );
            list_events(db, rest, params![as_i64(account.0), now])
        })
    }

    fn touched_events(
        &self,
        account: AccountId,
        rooms: &[String],
        now: i64,
    ) -> Result<Vec<EventRow>, StoreError> {
        let rooms = serde_json::to_string(rooms).unwrap_or_default();
        self.read(|db| {
            let rest = concat!(
                "WHERE (owner = ?1 OR path IN (SELECT value FROM json_each(?3))
                        OR id IN (SELECT event_id FROM orders
                                  WHERE account_id = ?1 AND orders.status = 'booked')
                        OR id IN (SELECT event_id FROM event_people WHERE account_id = ?1)) AND ",
                to_come!(),
                " ORDER BY id"
            );
            list_events(db, rest, params![as_i64(account.0), now, rooms])
        })
    }

    fn standing_orders(
        &self,
        account: AccountId,
        event: u64,
    ) -> Result<Vec<BookingRow>, StoreError> {
        let all = self.bookings_of_account(account, None, usize::MAX)?.into_iter();
        Ok(all.filter(|order| order.event == event && order.status == "booked").collect())
    }

    fn own_rooms(&self, account: AccountId) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT path FROM listings
                 WHERE owner = ?1 AND event IS NULL AND phase <> 'closed' ORDER BY path",
            )?
            .query_map([as_i64(account.0)], |row| row.get(0))?
            .collect()
        })
    }

    fn kept_of(&self, account: AccountId) -> Result<KeptRows, StoreError> {
        self.read(|db| {
            let rows = |(name, sql): &(&'static str, &'static str)| {
                let rows: rusqlite::Result<Vec<String>> = db
                    .prepare_cached(sql)?
                    .query_map([as_i64(account.0)], |row| row.get(0))?
                    .collect();
                Ok((*name, rows?))
            };
            KEPT.iter().map(rows).collect()
        })
    }
}

fn begin(
    db: &Connection,
    account: AccountId,
    by: AccountId,
    at: i64,
) -> Result<Vec<LoginId>, Fault> {
    let id = as_i64(account.0);
    let found: Option<(Option<String>, bool)> = db
        .prepare_cached(
            "SELECT avatar, role = 'admin' FROM accounts WHERE id = ?1 AND erased_at IS NULL",
        )?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (avatar, was_admin) = found.ok_or(StoreError::NotFound)?;
    // No password has such a hash, and no address looks like this.
    db.prepare_cached(
        "UPDATE accounts SET name = ?2, email = 'erased:' || id, password = '!', avatar = NULL,
                role = 'attendee', disabled = 1, erased_at = ?3 WHERE id = ?1",
    )?
    .execute(params![id, NAME, at])?;
    let has_admin = "SELECT EXISTS (SELECT 1 FROM accounts WHERE role = 'admin' AND disabled = 0)";
    if was_admin && !db.prepare_cached(has_admin)?.query_row([], |row| row.get(0))? {
        return Err(StoreError::Conflict("nobody would be admin".to_owned()).into());
    }
    db.prepare_cached("DELETE FROM pictures WHERE id = ?1")?.execute([avatar])?;
    let ended = revoke_all(db, account, None, at)?;
    take_away(db, account)?;
    db.prepare_cached("INSERT INTO erasures (account, by, at) VALUES (?1, ?2, ?3)")?
        .execute(params![id, as_i64(by.0), at])?;
    Ok(ended)
}

fn take_away(db: &Connection, account: AccountId) -> rusqlite::Result<()> {
    for sql in TAKEN {
        db.prepare_cached(sql)?.execute([as_i64(account.0)])?;
    }
    Ok(())
}

/// Whether something was erased since the file was last written anew.
pub(super) fn is_rewrite_due(db: &Connection) -> rusqlite::Result<bool> {
    let due =
        "SELECT EXISTS (SELECT 1 FROM erasures WHERE done_at IS NOT NULL AND file_at IS NULL)";
    db.query_row(due, [], |row| row.get(0))
}

/// Writes the file anew, and its log into it, on the one connection that writes. Where a reader still needs the log,
/// it stays due.
pub(super) fn rewrite(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("VACUUM")?;
    let is_held =
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, bool>(0))?;
    if !is_held {
        let done =
            "UPDATE erasures SET file_at = done_at WHERE done_at IS NOT NULL AND file_at IS NULL";
        db.execute(done, [])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{KEPT, TAKEN};
    use crate::db::sqlite::migrate::migrate;
    use rusqlite::Connection;

    /// Tables that say of an account what must stay, or what follows a room.
    const STAY: [&str; 10] = [
        "accounts",
        "sessions",
        "erasures",
        "orders",
        "offers",
        "events",
        "event_people",
        "listings",
        "listing_guests",
        "mentions",
    ];

    #[test]
    fn no_table_with_an_account_is_forgotten() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        let mut statement = db
            .prepare(
                "SELECT DISTINCT tables.name FROM sqlite_schema tables
                 JOIN pragma_table_info(tables.name) columns WHERE tables.type = 'table'
                 AND columns.name IN ('account', 'account_id', 'owner', 'organiser')",
            )
            .unwrap();
        let tables = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
        let tables: Vec<String> = tables.map(|name| name.unwrap()).collect();
        assert!(tables.len() > STAY.len(), "{tables:?}");
        for table in tables {
            let of_it = |sql: &str| {
                let words: Vec<&str> = sql.split_whitespace().collect();
                words.windows(2).any(|pair| pair[0] == "FROM" && pair[1] == table)
            };
            let is_taken = TAKEN.iter().any(|sql| of_it(sql)) || STAY.contains(&&*table);
            assert!(is_taken, "{table} is not taken away");
            let is_handed_out = KEPT.iter().any(|(_, sql)| of_it(sql)) || table == "erasures";
            assert!(is_handed_out, "{table} is not handed out");
        }
    }
}
