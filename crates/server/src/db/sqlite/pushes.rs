//! Web Push in SQLite. What ends a subscription, a login's end above all, is in the schema's triggers.

use super::journal::unsigned;
use super::{Sqlite, as_i64, as_limit};
use crate::store::{DuePush, NewSubscription, PushStore, Pushed, StoreError};
use houseful_room::AccountId;
use rusqlite::{Row, params};

impl PushStore for Sqlite {
    fn subscribe(&self, new: NewSubscription, most: usize) -> Result<(), StoreError> {
        self.write(move |db| {
            let account = as_i64(new.account.0);
            // A browser that somebody else has signed in on says nothing of who was there before.
            db.prepare_cached(
                "DELETE FROM push_subscriptions WHERE endpoint = ?1 AND account <> ?2",
            )?
            .execute(params![new.endpoint, account])?;
            db.prepare_cached(
                "INSERT INTO push_subscriptions (account, login, endpoint, p256dh, auth, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT (endpoint) DO UPDATE
                 SET login = excluded.login, p256dh = excluded.p256dh, auth = excluded.auth",
            )?
            .execute(params![
                account,
                as_i64(new.login.0),
                new.endpoint,
                new.p256dh,
                new.auth,
                new.at
            ])?;
            db.prepare_cached(
                "DELETE FROM push_subscriptions WHERE account = ?1 AND id NOT IN
                     (SELECT id FROM push_subscriptions WHERE account = ?1
                      ORDER BY id DESC LIMIT ?2)",
            )?
            .execute(params![account, as_limit(most)])?;
            Ok(())
        })
    }

    fn unsubscribe(&self, account: AccountId, endpoint: &str) -> Result<bool, StoreError> {
        let endpoint = endpoint.to_owned();
        self.write(move |db| {
            let gone = db
                .prepare_cached(
                    "DELETE FROM push_subscriptions WHERE endpoint = ?1 AND account = ?2",
                )?
                .execute(params![endpoint, as_i64(account.0)])?;
            Ok(gone > 0)
        })
    }

    fn due_pushes(&self, now: i64, limit: usize) -> Result<Vec<DuePush>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT pushes.id, endpoint, p256dh, auth, body, kind, data, subject,
                        coalesce(seen_at > told.at, 0), tries, pushes.created_at
                 FROM pushes JOIN push_subscriptions AS browser ON browser.id = subscription
                 JOIN notifications AS told ON told.id = notification
                 LEFT JOIN notification_settings AS settings ON settings.account = browser.account
                 WHERE due_at <= ?1 ORDER BY due_at, pushes.id LIMIT ?2",
            )?
            .query_map(params![now, as_limit(limit)], due_row)?
            .collect()
        })
    }

    fn next_push(&self) -> Result<Option<i64>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT min(due_at) FROM pushes")?.query_row([], |row| row.get(0))
        })
    }

    fn pushed(&self, push: u64, outcome: Pushed) -> Result<(), StoreError> {
        let push = as_i64(push);
        self.write(move |db| {
            match outcome {
                Pushed::Done => {
                    db.prepare_cached("DELETE FROM pushes WHERE id = ?1")?.execute([push])?
                }
                Pushed::Again(at) => db
                    .prepare_cached(
                        "UPDATE pushes SET due_at = ?2, tries = tries + 1 WHERE id = ?1",
                    )?
                    .execute([push, at])?,
                Pushed::Gone => db
                    .prepare_cached(
                        "DELETE FROM push_subscriptions
                         WHERE id = (SELECT subscription FROM pushes WHERE id = ?1)",
                    )?
                    .execute([push])?,
            };
            Ok(())
        })
    }
}

fn due_row(row: &Row<'_>) -> rusqlite::Result<DuePush> {
    Ok(DuePush {
        id: unsigned(row, 0)?,
        endpoint: row.get(1)?,
        p256dh: row.get(2)?,
        auth: row.get(3)?,
        settings: row.get(4)?,
        kind: row.get(5)?,
        data: row.get(6)?,
        subject: row.get(7)?,
        is_seen: row.get(8)?,
        tries: row.get(9)?,
        created_at: row.get(10)?,
    })
}
