//! The outbox in SQLite. A mail that is sent, given up or dropped is never tried again.

use super::journal::unsigned;
use super::{Sqlite, as_i64, as_limit};
use crate::store::{DueMail, Hash, MailRow, MailStore, StoreError, Tried};
use houseful_room::AccountId;
use rusqlite::{Row, params};

impl MailStore for Sqlite {
    fn due_mails(&self, now: i64, limit: usize) -> Result<Vec<DueMail>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT mails.id, message_id, mails.account, email, name, body, kind, data, tries,
                        mails.created_at
                 FROM mails JOIN notifications AS told ON told.id = notification
                 JOIN accounts ON accounts.id = mails.account
                 LEFT JOIN notification_settings AS settings ON settings.account = mails.account
                 WHERE state = 'waiting' AND due_at <= ?1 ORDER BY due_at, mails.id LIMIT ?2",
            )?
            .query_map(params![now, as_limit(limit)], due_row)?
            .collect()
        })
    }

    fn next_mail(&self) -> Result<Option<i64>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT min(due_at) FROM mails WHERE state = 'waiting'")?
                .query_row([], |row| row.get(0))
        })
    }

    fn tried(&self, mail: u64, outcome: Tried, at: i64) -> Result<(), StoreError> {
        let (state, due_at, done_at, error) = match outcome {
            Tried::Sent => ("sent", None, Some(at), None),
            Tried::Again(due_at, error) => ("waiting", Some(due_at), None, Some(error)),
            Tried::Failed(error) => ("failed", None, Some(at), Some(error)),
            Tried::Dropped(error) => ("dropped", None, Some(at), Some(error)),
        };
        self.write(move |db| {
            db.prepare_cached(
                "UPDATE mails SET state = ?2, due_at = coalesce(?3, due_at), done_at = ?4,
                                  error = ?5, tries = tries + (?2 <> 'dropped')
                 WHERE id = ?1 AND state = 'waiting'",
            )?
            .execute(params![as_i64(mail), state, due_at, done_at, error])?;
            Ok(())
        })
    }

    fn mails(
        &self,
        state: Option<&str>,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<MailRow>, StoreError> {
        let before = before.map_or(i64::MAX, as_i64);
        self.read(|db| {
            db.prepare_cached(
                "SELECT mails.id, message_id, mails.account, kind, state, tries, due_at, created_at,
                        done_at, error
                 FROM mails JOIN notifications AS told ON told.id = notification
                 WHERE (?1 IS NULL OR state = ?1) AND mails.id < ?2
                 ORDER BY mails.id DESC LIMIT ?3",
            )?
            .query_map(params![state, before, as_limit(limit)], mail_row)?
            .collect()
        })
    }

    fn secret(&self, name: &'static str, fresh: Hash) -> Result<Hash, StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "INSERT INTO secrets (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO NOTHING",
            )?
            .execute(params![name, fresh])?;
            let value = db
                .prepare_cached("SELECT value FROM secrets WHERE name = ?1")?
                .query_row([name], |row| row.get(0))?;
            Ok(value)
        })
    }
}

fn due_row(row: &Row<'_>) -> rusqlite::Result<DueMail> {
    Ok(DueMail {
        id: unsigned(row, 0)?,
        message_id: row.get(1)?,
        account: AccountId(unsigned(row, 2)?),
        email: row.get(3)?,
        name: row.get(4)?,
        settings: row.get(5)?,
        kind: row.get(6)?,
        data: row.get(7)?,
        tries: row.get(8)?,
        created_at: row.get(9)?,
    })
}

fn mail_row(row: &Row<'_>) -> rusqlite::Result<MailRow> {
    Ok(MailRow {
        id: unsigned(row, 0)?,
        message_id: row.get(1)?,
        account: AccountId(unsigned(row, 2)?),
        kind: row.get(3)?,
        state: row.get(4)?,
        tries: row.get(5)?,
        due_at: row.get(6)?,
        created_at: row.get(7)?,
        done_at: row.get(8)?,
        error: row.get(9)?,
    })
}
