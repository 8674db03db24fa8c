//! Notifications in SQLite. Each is claimed by its unique key, and its mail is written with it or not at all.

use super::accounts::as_json;
use super::fault::Fault;
use super::journal::unsigned;
use super::{Sqlite, as_i64, as_limit};
use crate::store::{
    Facts, Guard, ListenerRow, NewNotification, News, NotificationRow, NotificationStore,
    OfferNewsRow, OrderNewsRow, Seen, SoonRow, StoreError, Told,
};
use houseful_room::AccountId;
use rusqlite::{Connection, OptionalExtension, Params, Row, params};

/// Listeners by number; `heard` has `account`, `since` and `prompt`.
const LISTENERS: &str = "SELECT heard.account, since, body, prompt
     FROM heard JOIN accounts ON accounts.id = heard.account AND disabled = 0
     LEFT JOIN notification_settings AS settings ON settings.account = heard.account";

const FACTS: &str = "events.id, events.owner, events.title, events.place, events.starts_at, \
                     events.time_zone, events.status, events.cancelled_reason, \
                     (SELECT revision FROM event_news WHERE event = events.id)";
/// How many columns those are.
const FACTS_COLUMNS: usize = 9;

/// Whether the event `?1`, which is not for all, knows who might hear of it by what opens it to them.
macro_rules! known_to_heard {
    () => {
        "EXISTS (SELECT 1 FROM events JOIN event_people AS known ON known.event_id = events.id
                 WHERE events.id = ?1 AND known.account_id = heard.account
                   AND (known.role <> 'invited' OR visibility = 'private'))"
    };
}

/// Who follows an event or has booked it, and sees it.
const OF_EVENT: &str = concat!(
    "SELECT account, since, prompt FROM (
         SELECT account, min(at) AS since, max(prompt) AS prompt FROM (
             SELECT account, at, prompt FROM follows WHERE event = ?1
             UNION ALL
             SELECT account_id, at, 0 FROM orders WHERE event_id = ?1 AND orders.status = 'booked')
         GROUP BY account) AS heard
     WHERE EXISTS (SELECT 1 FROM events WHERE events.id = ?1
                   AND visibility IN ('public', 'unlisted')) OR ",
    known_to_heard!()
);

/// Who follows the organiser `?4` and finds the event: an unlisted one is announced to nobody.
const OF_ORGANISER: &str = concat!(
    "SELECT account, since, prompt FROM (
         SELECT account, at AS since, 0 AS prompt
         FROM organiser_follows WHERE organiser = ?4) AS heard
     WHERE EXISTS (SELECT 1 FROM events WHERE events.id = ?1 AND visibility = 'public') OR ",
    known_to_heard!()
);

/// Somebody follows the event, or has booked it.
const IS_HEARD: &str = "(EXISTS (SELECT 1 FROM follows WHERE follows.event = events.id)
     OR EXISTS (SELECT 1 FROM orders WHERE event_id = events.id AND orders.status = 'booked'))";

impl NotificationStore for Sqlite {
    fn notification_settings(&self, account: AccountId) -> Result<Option<String>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT body FROM notification_settings WHERE account = ?1")?
                .query_row([as_i64(account.0)], |row| row.get(0))
                .optional()
        })
    }

    fn set_notification_settings(&self, account: AccountId, body: &str) -> Result<(), StoreError> {
        let body = body.to_owned();
        self.write(move |db| {
            db.prepare_cached(
                "INSERT INTO notification_settings (account, body) VALUES (?1, ?2)
                 ON CONFLICT (account) DO UPDATE SET body = excluded.body",
            )?
            .execute(params![as_i64(account.0), body])?;
            Ok(())
        })
    }

    fn audience(
        &self,
        event: u64,
        after: AccountId,
        limit: usize,
    ) -> Result<Vec<ListenerRow>, StoreError> {
        let values = params![as_i64(event), as_i64(after.0), as_limit(limit)];
        self.read(|db| listeners(db, OF_EVENT, values))
    }

    fn audience_of_organiser(
        &self,
        organiser: AccountId,
        event: u64,
        after: AccountId,
        limit: usize,
    ) -> Result<Vec<ListenerRow>, StoreError> {
        let (event, organiser) = (as_i64(event), as_i64(organiser.0));
        let values = params![event, as_i64(after.0), as_limit(limit), organiser];
        self.read(|db| listeners(db, OF_ORGANISER, values))
    }

    fn listeners(&self, accounts: &[AccountId]) -> Result<Vec<ListenerRow>, StoreError> {
        let heard = "SELECT value AS account, 0 AS since, 0 AS prompt FROM json_each(?1)";
        let accounts_json = as_json(accounts.iter().map(|account| account.0));
        self.read(|db| listeners(db, heard, params![accounts_json, -1, as_limit(accounts.len())]))
    }

    fn record(
        &self,
        new: Vec<NewNotification>,
        guard: Option<Guard>,
        at: i64,
    ) -> Result<Vec<(usize, u64)>, StoreError> {
        self.write(move |db| {
            if guard.is_some_and(|guard| !holds(db, guard).unwrap_or(false)) {
                return Ok(Vec::new());
            }
            let mut recorded = Vec::new();
            for (index, one) in new.iter().enumerate() {
                if let Some(id) = insert(db, one, at)? {
                    recorded.push((index, id.unsigned_abs()));
                }
            }
            Ok(recorded)
        })
    }

    fn inbox(
        &self,
        account: AccountId,
        before: Option<u64>,
        only_unread: bool,
        limit: usize,
    ) -> Result<Vec<NotificationRow>, StoreError> {
        let before = before.map_or(i64::MAX, as_i64);
        self.read(|db| {
            db.prepare_cached(
                "SELECT id, kind, data, at, seen_at FROM notifications
                 WHERE account = ?1 AND id < ?2 AND (NOT ?3 OR seen_at IS NULL)
                 ORDER BY id DESC LIMIT ?4",
            )?
            .query_map(params![as_i64(account.0), before, only_unread, as_limit(limit)], |row| {
                Ok(NotificationRow {
                    id: unsigned(row, 0)?,
                    kind: row.get(1)?,
                    data: row.get(2)?,
                    at: row.get(3)?,
                    seen_at: row.get(4)?,
                })
            })?
            .collect()
        })
    }

    fn unread(&self, accounts: &[AccountId]) -> Result<Vec<(AccountId, u64)>, StoreError> {
        let accounts = as_json(accounts.iter().map(|account| account.0));
        self.read(|db| {
            db.prepare_cached(
                "SELECT value, (SELECT count(*) FROM notifications
                                WHERE account = value AND seen_at IS NULL)
                 FROM json_each(?1)",
            )?
            .query_map([accounts], |row| Ok((AccountId(unsigned(row, 0)?), unsigned(row, 1)?)))?
            .collect()
        })
    }

    fn see(&self, account: AccountId, seen: Seen, at: i64) -> Result<(), StoreError> {
        let (up_to, ids) = match seen {
            Seen::UpTo(id) => (as_i64(id), "[]".to_owned()),
            Seen::These(ids) => (0, as_json(ids.into_iter())),
        };
        self.write(move |db| {
            db.prepare_cached(
                "UPDATE notifications SET seen_at = ?4
                 WHERE account = ?1 AND seen_at IS NULL
                   AND (id <= ?2 OR id IN (SELECT value FROM json_each(?3)))",
            )?
            .execute(params![as_i64(account.0), up_to, ids, at])?;
            Ok(())
        })
    }

    fn event_revisions(&self, events: &[u64]) -> Result<Vec<(u64, u64)>, StoreError> {
        let events = as_json(events.iter().copied());
        self.read(|db| {
            db.prepare_cached(
                "SELECT event, revision FROM event_news
                 WHERE event IN (SELECT value FROM json_each(?1))",
            )?
            .query_map([events], |row| Ok((unsigned(row, 0)?, unsigned(row, 1)?)))?
            .collect()
        })
    }

    fn changed_events(
        &self,
        now: i64,
        limit: usize,
    ) -> Result<Vec<(Facts, Option<Told>)>, StoreError> {
        self.read(|db| {
            db.prepare_cached(&changed_sql())?
                .query_map(params![now, as_limit(limit)], |row| {
                    let facts = facts_row(row, 0)?;
                    let known: Option<i64> = row.get(FACTS_COLUMNS)?;
                    let told = match known {
                        Some(_) => Some(told_row(row, FACTS_COLUMNS, facts.owner)?),
                        None => None,
                    };
                    Ok((facts, told))
                })?
                .collect()
        })
    }

    fn begin_news(&self, news: News) -> Result<(), StoreError> {
        self.write(move |db| {
            let Told { facts, revision, moved_at } = &news.told;
            db.prepare_cached(
                "INSERT INTO event_news (event, title, place, starts_at, time_zone, status,
                                         revision, moved_at, begun_at, telling, data)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 ON CONFLICT (event) DO UPDATE SET
                     title = excluded.title, place = excluded.place,
                     starts_at = excluded.starts_at, time_zone = excluded.time_zone,
                     status = excluded.status, revision = excluded.revision,
                     moved_at = excluded.moved_at, begun_at = excluded.begun_at,
                     telling = excluded.telling,
                     data = excluded.data",
            )?
            .execute(params![
                as_i64(facts.event),
                facts.title,
                facts.place,
                facts.starts_at,
                facts.time_zone,
                facts.status,
                as_i64(*revision),
                moved_at,
                news.begun_at,
                news.kind,
                news.data
            ])?;
            Ok(())
        })
    }

    fn unfinished_news(&self) -> Result<Vec<News>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT event, coalesce((SELECT owner FROM events WHERE id = event), 0), title,
                        place, starts_at, time_zone, status, NULL, NULL, revision, moved_at,
                        telling, data, begun_at
                 FROM event_news WHERE telling IS NOT NULL ORDER BY event",
            )?
            .query_map([], |row| {
                let owner = AccountId(unsigned(row, 1)?);
                let told = told_row(row, 0, owner)?;
                Ok(News { told, kind: row.get(11)?, data: row.get(12)?, begun_at: row.get(13)? })
            })?
            .collect()
        })
    }

    fn finish_news(&self, event: u64, revision: u64) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "UPDATE event_news SET telling = NULL, data = NULL
                 WHERE event = ?1 AND revision = ?2",
            )?
            .execute(params![as_i64(event), as_i64(revision)])?;
            Ok(())
        })
    }

    fn soon(&self, now: i64, until: i64) -> Result<Vec<SoonRow>, StoreError> {
        let sql = format!(
            "SELECT {FACTS}, coalesce(moved_at, 0), reminders FROM events
             LEFT JOIN event_news ON event = events.id
             WHERE events.status = 'published' AND events.starts_at > ?1
               AND events.starts_at <= ?2 AND {IS_HEARD}
             ORDER BY events.starts_at, events.id"
        );
        self.read(|db| {
            db.prepare_cached(&sql)?
                .query_map([now, until], |row| {
                    let reminders: Option<String> = row.get(FACTS_COLUMNS + 1)?;
                    Ok(SoonRow {
                        facts: facts_row(row, 0)?,
                        moved_at: row.get(FACTS_COLUMNS)?,
                        reminders: crate::store::read(reminders.as_deref()),
                    })
                })?
                .collect()
        })
    }

    fn first_start_after(&self, from: i64) -> Result<Option<i64>, StoreError> {
        let sql = format!(
            "SELECT min(starts_at) FROM events
             WHERE events.status = 'published' AND starts_at > ?1 AND {IS_HEARD}"
        );
        self.read(|db| db.prepare_cached(&sql)?.query_row([from], |row| row.get(0)))
    }

    fn untold_orders(&self, since: i64, now: i64) -> Result<Vec<OrderNewsRow>, StoreError> {
        let sql = format!(
            "SELECT {FACTS}, orders.account_id, orders.id, orders.code
             FROM events JOIN orders ON orders.event_id = events.id AND orders.at >= ?1
             WHERE events.starts_at > ?2 AND orders.status = 'booked' AND NOT EXISTS
                   (SELECT 1 FROM notifications AS told
                    WHERE told.account = orders.account_id AND told.kind = 'booked'
                      AND told.subject = 'event:' || events.id AND told.key = orders.id)"
        );
        self.read(|db| {
            db.prepare_cached(&sql)?
                .query_map([since, now], |row| {
                    Ok(OrderNewsRow {
                        facts: facts_row(row, 0)?,
                        account: AccountId(unsigned(row, FACTS_COLUMNS)?),
                        order: row.get(FACTS_COLUMNS + 1)?,
                        code: row.get(FACTS_COLUMNS + 2)?,
                    })
                })?
                .collect()
        })
    }

    fn untold_offers(&self, now: i64) -> Result<Vec<OfferNewsRow>, StoreError> {
        let sql = format!(
            "SELECT {FACTS}, offers.account_id, offers.since, offers.count, offers.until
             FROM offers JOIN events ON events.id = offers.event_id
             WHERE offers.until > ?1 AND events.status = 'published' AND NOT EXISTS
                   (SELECT 1 FROM notifications AS told
                    WHERE told.account = offers.account_id AND told.kind = 'offer'
                      AND told.subject = 'event:' || events.id
                      AND told.key = CAST(offers.since AS TEXT))"
        );
        self.read(|db| {
            db.prepare_cached(&sql)?
                .query_map([now], |row| {
                    Ok(OfferNewsRow {
                        facts: facts_row(row, 0)?,
                        account: AccountId(unsigned(row, FACTS_COLUMNS)?),
                        since: row.get(FACTS_COLUMNS + 1)?,
                        count: row.get(FACTS_COLUMNS + 2)?,
                        until: row.get(FACTS_COLUMNS + 3)?,
                    })
                })?
                .collect()
        })
    }
}

fn changed_sql() -> String {
    format!(
        "SELECT {FACTS}, known.event, 0, known.title, known.place, known.starts_at,
                known.time_zone, known.status, NULL, NULL, known.revision, known.moved_at
         FROM events LEFT JOIN event_news AS known ON known.event = events.id
         WHERE (events.starts_at > ?1 OR known.starts_at > ?1) AND known.telling IS NULL
           AND (known.event IS NULL OR known.title <> events.title
                OR known.place <> events.place OR known.starts_at <> events.starts_at
                OR known.time_zone <> events.time_zone OR known.status <> events.status)
         ORDER BY events.id LIMIT ?2"
    )
}

fn listeners(
    db: &Connection,
    heard: &'static str,
    values: impl Params,
) -> rusqlite::Result<Vec<ListenerRow>> {
    let sql = format!(
        "WITH heard AS ({heard}) {LISTENERS}
         WHERE heard.account > ?2 ORDER BY heard.account LIMIT ?3"
    );
    db.prepare_cached(&sql)?
        .query_map(values, |row| {
            let account = AccountId(unsigned(row, 0)?);
            let (since, settings) = (row.get(1)?, row.get(2)?);
            Ok(ListenerRow { account, since, is_prompt: row.get(3)?, settings })
        })?
        .collect()
}

fn holds(db: &Connection, guard: Guard) -> rusqlite::Result<bool> {
    db.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM events
                        WHERE id = ?1 AND starts_at = ?2 AND status = 'published')",
    )?
    .query_row(params![as_i64(guard.event), guard.starts_at], |row| row.get(0))
}

/// Records one with its mail; none if it was recorded before.
fn insert(db: &Connection, new: &NewNotification, at: i64) -> Result<Option<i64>, Fault> {
    let inserted = db
        .prepare_cached(
            "INSERT INTO notifications (account, kind, subject, key, data, at, seen_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (account, kind, subject, key) DO NOTHING RETURNING id",
        )?
        .query_row(
            params![
                as_i64(new.account.0),
                new.kind,
                new.subject,
                new.key,
                new.data,
                at,
                new.is_seen.then_some(at)
            ],
            |row| row.get(0),
        )
        .optional()?;
    if let (Some(id), Some(message_id)) = (inserted, &new.message_id) {
        db.prepare_cached(
            "INSERT INTO mails (message_id, notification, account, state, due_at, created_at)
             SELECT ?1, ?2, ?3, 'waiting', ?4, ?4
             WHERE (SELECT email FROM accounts WHERE id = ?3) NOT LIKE 'guest:%'",
        )?
        .execute(params![message_id, id, as_i64(new.account.0), at])?;
    }
    if let (Some(id), true) = (inserted, new.is_pushed) {
        db.prepare_cached(
            "INSERT INTO pushes (notification, subscription, due_at, created_at)
             SELECT ?1, id, ?3, ?3 FROM push_subscriptions WHERE account = ?2",
        )?
        .execute(params![id, as_i64(new.account.0), at])?;
    }
    Ok(inserted)
}

fn facts_row(row: &Row<'_>, first: usize) -> rusqlite::Result<Facts> {
    Ok(Facts {
        event: unsigned(row, first)?,
        owner: AccountId(unsigned(row, first + 1)?),
        title: row.get(first + 2)?,
        place: row.get(first + 3)?,
        starts_at: row.get(first + 4)?,
        time_zone: row.get(first + 5)?,
        status: row.get(first + 6)?,
        reason: row.get(first + 7)?,
        revision: row.get::<_, Option<i64>>(first + 8)?.map(i64::unsigned_abs),
    })
}

fn told_row(row: &Row<'_>, first: usize, owner: AccountId) -> rusqlite::Result<Told> {
    Ok(Told {
        facts: Facts { owner, ..facts_row(row, first)? },
        revision: unsigned(row, first + FACTS_COLUMNS)?,
        moved_at: row.get(first + FACTS_COLUMNS + 1)?,
    })
}
