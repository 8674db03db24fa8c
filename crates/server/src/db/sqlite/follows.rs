//! Follows and personal calendars in SQLite. A limit is checked in the transaction that would exceed it.

use super::events::list_events;
use super::fault::Fault;
use super::journal::unsigned;
use super::{Sqlite, as_i64, as_limit};
use crate::store::{
    EventCursor, EventRow, FollowStore, Followed, FollowedEvent, FollowerRow, NewFollow,
};
use crate::store::{Hash, StoreError};
use houseful_room::AccountId;
use rusqlite::{Connection, OptionalExtension, params};
use std::collections::HashMap;

/// Events that the account `?1` sees, drafts left out.
macro_rules! seen {
    () => {
        "status <> 'draft'
           AND (visibility IN ('public', 'unlisted')
                OR EXISTS (SELECT 1 FROM event_people AS known
                           WHERE known.account_id = ?1 AND known.event_id = events.id
                             AND (known.role <> 'invited' OR visibility = 'private')))"
    };
}

const FOLLOWED: &str = concat!(
    "WHERE id IN (SELECT event FROM follows WHERE account = ?1) AND (starts_at, id) < (?2, ?3) AND ",
    seen!(),
    " ORDER BY starts_at DESC, id DESC LIMIT ?4"
);

const CALENDAR: &str = concat!(
    "WHERE starts_at >= ?2
       AND (id IN (SELECT event FROM follows WHERE account = ?1)
            OR id IN (SELECT event_id FROM orders
                      WHERE account_id = ?1 AND orders.status = 'booked'))
       AND ",
    seen!(),
    " ORDER BY starts_at, id LIMIT ?3"
);

impl FollowStore for Sqlite {
    fn follow_event(&self, new: NewFollow, max: u64) -> Result<Followed, StoreError> {
        let NewFollow { account, event, at, is_prompt } = new;
        let (account, event) = (as_i64(account.0), as_i64(event));
        self.write(move |db| {
            let count = "SELECT count(*) FROM follows JOIN events ON events.id = follows.event
                         WHERE account = ?1 AND event <> ?2 AND starts_at > ?3";
            let others = db.prepare_cached(count)?;
            let insert = match is_prompt {
                false => {
                    "INSERT INTO follows (account, event, at) VALUES (?1, ?2, ?3)
                     ON CONFLICT (account, event) DO NOTHING"
                }
                true => {
                    "INSERT INTO follows (account, event, at, prompt) VALUES (?1, ?2, ?3, 1)
                     ON CONFLICT (account, event) DO NOTHING"
                }
            };
            within(db, max, others, insert, (account, event, at))
        })
    }

    fn unfollow_event(&self, account: AccountId, event: u64) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached("DELETE FROM follows WHERE account = ?1 AND event = ?2")?
                .execute(params![as_i64(account.0), as_i64(event)])?;
            Ok(())
        })
    }

    fn is_following(&self, account: AccountId, event: u64) -> Result<bool, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM follows WHERE account = ?1 AND event = ?2)",
            )?
            .query_row(params![as_i64(account.0), as_i64(event)], |row| row.get(0))
        })
    }

    fn follow_organiser(
        &self,
        account: AccountId,
        organiser: AccountId,
        at: i64,
        max: u64,
    ) -> Result<Followed, StoreError> {
        let (account, organiser) = (as_i64(account.0), as_i64(organiser.0));
        self.write(move |db| {
            let count = "SELECT count(*) FROM organiser_follows
                         WHERE account = ?1 AND organiser <> ?2 AND at <= ?3";
            let others = db.prepare_cached(count)?;
            let insert =
                "INSERT INTO organiser_follows (account, organiser, at) VALUES (?1, ?2, ?3)
                          ON CONFLICT (account, organiser) DO NOTHING";
            within(db, max, others, insert, (account, organiser, at))
        })
    }

    fn unfollow_organiser(
        &self,
        account: AccountId,
        organiser: AccountId,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "DELETE FROM organiser_follows WHERE account = ?1 AND organiser = ?2",
            )?
            .execute(params![as_i64(account.0), as_i64(organiser.0)])?;
            Ok(())
        })
    }

    fn followed_events(
        &self,
        account: AccountId,
        after: Option<EventCursor>,
        limit: usize,
    ) -> Result<Vec<FollowedEvent>, StoreError> {
        let after = after.unwrap_or(EventCursor { starts_at: i64::MAX, id: u64::MAX });
        let account = as_i64(account.0);
        self.read(|db| {
            let values = params![account, after.starts_at, as_i64(after.id), as_limit(limit)];
            let events = list_events(db, FOLLOWED, values)?;
            let since: HashMap<u64, i64> = db
                .prepare_cached("SELECT event, at FROM follows WHERE account = ?1")?
                .query_map([account], |row| Ok((unsigned(row, 0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let with_time = |event: EventRow| {
                let at = since.get(&event.id).copied().unwrap_or_default();
                (event, at)
            };
            Ok(events.into_iter().map(with_time).collect())
        })
    }

    fn followed_organisers(
        &self,
        account: AccountId,
    ) -> Result<Vec<(AccountId, String)>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT accounts.id, accounts.name FROM organiser_follows
                 JOIN accounts ON accounts.id = organiser
                 WHERE account = ?1 ORDER BY accounts.id",
            )?
            .query_map([as_i64(account.0)], |row| Ok((AccountId(unsigned(row, 0)?), row.get(1)?)))?
            .collect()
        })
    }

    fn has_shown_events(&self, organiser: AccountId) -> Result<bool, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM events WHERE owner = ?1 AND status <> 'draft'
                                                   AND visibility = 'public')",
            )?
            .query_row([as_i64(organiser.0)], |row| row.get(0))
        })
    }

    fn followers(
        &self,
        event: u64,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<FollowerRow>, StoreError> {
        let after = after.map_or(0, |account| as_i64(account.0));
        self.read(|db| {
            db.prepare_cached(
                "SELECT account, name, at FROM follows JOIN accounts ON accounts.id = account
                 WHERE event = ?1 AND account > ?2 ORDER BY account LIMIT ?3",
            )?
            .query_map(params![as_i64(event), after, as_limit(limit)], |row| {
                let account = AccountId(unsigned(row, 0)?);
                Ok(FollowerRow { account, name: row.get(1)?, at: row.get(2)? })
            })?
            .collect()
        })
    }

    fn count_followers(&self, event: u64) -> Result<u64, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT count(*) FROM follows WHERE event = ?1")?
                .query_row([as_i64(event)], |row| unsigned(row, 0))
        })
    }

    fn calendar(
        &self,
        account: AccountId,
        from: i64,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        let values = params![as_i64(account.0), from, as_limit(limit)];
        self.read(|db| list_events(db, CALENDAR, values))
    }

    fn put_feed(&self, account: AccountId, hash: Hash, at: i64) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "INSERT INTO feeds (account, hash, created_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (account)
                 DO UPDATE SET hash = excluded.hash, created_at = excluded.created_at",
            )?
            .execute(params![as_i64(account.0), hash, at])?;
            Ok(())
        })
    }

    fn delete_feed(&self, account: AccountId) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached("DELETE FROM feeds WHERE account = ?1")?
                .execute([as_i64(account.0)])?;
            Ok(())
        })
    }

    fn feed(&self, hash: &Hash) -> Result<Option<AccountId>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT account FROM feeds JOIN accounts ON accounts.id = account
                 WHERE hash = ?1 AND disabled = 0",
            )?
            .query_row([hash], |row| Ok(AccountId(unsigned(row, 0)?)))
            .optional()
        })
    }
}

/// Inserts unless there are as many others as there may be. All statements take the same three values.
fn within(
    db: &Connection,
    max: u64,
    mut others: rusqlite::CachedStatement<'_>,
    insert: &str,
    values: (i64, i64, i64),
) -> Result<Followed, Fault> {
    if others.query_row(values, |row| unsigned(row, 0))? >= max {
        return Ok(Followed::TooMany);
    }
    db.prepare_cached(insert)?.execute(values)?;
    Ok(Followed::Yes)
}
