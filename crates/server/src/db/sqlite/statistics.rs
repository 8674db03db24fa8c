//! Figures and samples in SQLite. Counting reads whole indexes: once a minute, and never on the writer.

use super::events::list_events;
use super::journal::unsigned;
use super::{Sqlite, as_i64, as_limit, contains};
use crate::store::{EventRow, Figures, SampleRow, StatisticsStore, StoreError};
use rusqlite::params;

impl StatisticsStore for Sqlite {
    fn figures(&self) -> Result<Figures, StoreError> {
        self.read(|db| {
            let count = |sql: &str| db.prepare_cached(sql)?.query_row([], |row| unsigned(row, 0));
            let mut revenue = db.prepare_cached(
                "SELECT currency, sum(total) FROM orders WHERE status = 'booked' GROUP BY currency",
            )?;
            let revenue = revenue.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(Figures {
                accounts: count("SELECT count(*) FROM accounts WHERE erased_at IS NULL")?,
                events: count("SELECT count(*) FROM events WHERE status = 'published'")?,
                bookings: count("SELECT count(*) FROM orders WHERE status = 'booked'")?,
                places: count("SELECT coalesce(sum(booked), 0) FROM events")?,
                revenue: revenue.collect::<rusqlite::Result<_>>()?,
                mails_waiting: count("SELECT count(*) FROM mails WHERE state = 'waiting'")?,
                mails_failed: count("SELECT count(*) FROM mails WHERE state = 'failed'")?,
            })
        })
    }

    fn put_sample(
        &self,
        grain_ms: i64,
        at: i64,
        body: String,
        since: i64,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "INSERT INTO samples (grain, at, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT (grain, at) DO UPDATE SET body = excluded.body",
            )?
            .execute(params![grain_ms, at, body])?;
            db.prepare_cached("DELETE FROM samples WHERE grain = ?1 AND at < ?2")?
                .execute([grain_ms, since])?;
            Ok(())
        })
    }

    fn samples(&self, grain_ms: i64, from: i64) -> Result<Vec<SampleRow>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT at, body FROM samples WHERE grain = ?1 AND at >= ?2 ORDER BY at",
            )?
            .query_map([grain_ms, from], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect()
        })
    }

    fn every_event(
        &self,
        text: &str,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<EventRow>, StoreError> {
        let before = before.map_or(i64::MAX, as_i64);
        self.read(|db| {
            let rest = "WHERE (title LIKE ?1 ESCAPE '\\' OR CAST(id AS TEXT) = ?2) AND id < ?3
                        ORDER BY id DESC LIMIT ?4";
            list_events(db, rest, params![contains(text), text, before, as_limit(limit)])
        })
    }

    fn retry_mail(&self, mail: u64, at: i64) -> Result<(), StoreError> {
        self.write(move |db| {
            let changed = db
                .prepare_cached(
                    "UPDATE mails SET state = 'waiting', tries = 0, due_at = ?2, done_at = NULL
                     WHERE id = ?1 AND state = 'failed'",
                )?
                .execute(params![as_i64(mail), at])?;
            if changed == 0 { Err(StoreError::NotFound.into()) } else { Ok(()) }
        })
    }
}
