//! Reminders and who was shown them, in SQLite.

use super::accounts::as_json;
use super::events::list_events;
use super::journal::unsigned;
use super::{Sqlite, as_i64};
use crate::limits::DAY_AHEAD_MS;
use crate::store::{EventRow, ShownStore, Start, StoreError};
use houseful_room::AccountId;
use rusqlite::params;

/// Whether `told` is a reminder of the event's present start: the key begins with it, and `0` follows `/`.
macro_rules! of_present_start {
    () => {
        "told.kind = 'reminder' AND told.subject = 'event:' || events.id
           AND told.key >= events.starts_at || '/' AND told.key < events.starts_at || '0'"
    };
}

const UNSHOWN: &str = concat!(
    "WHERE status = 'published' AND starts_at > ?2 AND starts_at <= ?3
       AND id IN (SELECT CAST(substr(subject, 7) AS INTEGER) FROM notifications
                  WHERE account = ?1 AND kind = 'reminder')
       AND EXISTS (SELECT 1 FROM notifications AS told WHERE told.account = ?1 AND ",
    of_present_start!(),
    ") AND NOT EXISTS (SELECT 1 FROM reminders_shown AS shown
                     WHERE shown.account = ?1 AND shown.event = events.id
                       AND shown.starts_at = events.starts_at)
       AND (EXISTS (SELECT 1 FROM follows WHERE follows.account = ?1 AND follows.event = events.id)
            OR EXISTS (SELECT 1 FROM orders WHERE orders.account_id = ?1
                       AND orders.event_id = events.id AND orders.status = 'booked'))
       AND (visibility IN ('public', 'unlisted')
            OR EXISTS (SELECT 1 FROM event_people AS known
                       WHERE known.account_id = ?1 AND known.event_id = events.id
                         AND (known.role <> 'invited' OR visibility = 'private')))
     ORDER BY (SELECT min(told.id) FROM notifications AS told WHERE told.account = ?1 AND ",
    of_present_start!(),
    ")"
);

const REMINDED: &str = concat!(
    "SELECT id FROM events WHERE id IN (SELECT value FROM json_each(?1))
       AND status = 'published'
       AND EXISTS (SELECT 1 FROM follows
                   JOIN notifications AS told ON told.account = follows.account
                   WHERE follows.event = events.id AND ",
    of_present_start!(),
    ") AND NOT EXISTS (SELECT 1 FROM follows
                     WHERE follows.event = events.id AND follows.prompt
                       AND events.starts_at > ?2 AND events.starts_at <= ?3
                       AND NOT EXISTS (SELECT 1 FROM notifications AS told
                                       WHERE told.account = follows.account AND ",
    of_present_start!(),
    "))"
);

impl ShownStore for Sqlite {
    fn unshown_reminders(
        &self,
        account: AccountId,
        now: i64,
        until: i64,
    ) -> Result<Vec<EventRow>, StoreError> {
        self.read(|db| list_events(db, UNSHOWN, params![as_i64(account.0), now, until]))
    }

    fn reminders_shown(
        &self,
        account: AccountId,
        shown: Vec<Start>,
        at: i64,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            let mut note = db.prepare_cached(
                "INSERT INTO reminders_shown (account, event, starts_at, at)
                 VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
            )?;
            for (event, starts_at) in &shown {
                note.execute(params![as_i64(account.0), as_i64(*event), starts_at, at])?;
            }
            Ok(())
        })
    }

    fn reminded_events(&self, events: &[u64], now: i64) -> Result<Vec<u64>, StoreError> {
        let events = as_json(events.iter().copied());
        self.read(|db| {
            db.prepare_cached(REMINDED)?
                .query_map(params![events, now, now + DAY_AHEAD_MS], |row| unsigned(row, 0))?
                .collect()
        })
    }
}
