//! Webhooks in SQLite. What happened is noted by triggers of the schema; here it becomes deliveries, each written in
//! the transaction that forgets its fact, so that none is lost and none told of twice.

use super::journal::unsigned;
use super::{Sqlite, as_i64, as_limit};
use crate::store::Hash;
use crate::store::{
    DeliveryRow, DueDelivery, FactRow, HookChange, HookRow, HookStore, HookTold, NewDelivery,
    NewHook, Next, StoreError,
};
use houseful_room::AccountId;
use rusqlite::{Connection, OptionalExtension, Row, params};

const HOOK: &str = "webhooks.id, account, event, url, kinds, enabled, failing_since, given_up_at,
                    webhooks.created_at";

impl HookStore for Sqlite {
    fn create_hook(&self, hook: NewHook, most: usize) -> Result<HookRow, StoreError> {
        self.write(move |db| {
            let sql = format!(
                "INSERT INTO webhooks (account, event, url, kinds, secret, enabled, created_at)
                 SELECT ?1, ?2, ?3, ?4, ?5, 1, ?6
                 WHERE (SELECT count(*) FROM webhooks WHERE account = ?1) < ?7 RETURNING {HOOK}"
            );
            let values = params![
                as_i64(hook.account.0),
                hook.event.map(as_i64),
                hook.url,
                hook.kinds,
                hook.secret,
                hook.at,
                as_limit(most)
            ];
            let row = db.prepare_cached(&sql)?.query_row(values, hook_row).optional()?;
            let full = || StoreError::Conflict("as many as one may have".to_owned());
            Ok(row.ok_or_else(full)?)
        })
    }

    fn hooks(&self, account: AccountId) -> Result<Vec<HookRow>, StoreError> {
        let sql = format!("SELECT {HOOK} FROM webhooks WHERE account = ?1 ORDER BY id DESC");
        self.read(|db| db.prepare_cached(&sql)?.query_map([as_i64(account.0)], hook_row)?.collect())
    }

    fn hook(&self, account: AccountId, id: u64) -> Result<Option<HookRow>, StoreError> {
        let sql = format!("SELECT {HOOK} FROM webhooks WHERE id = ?1 AND account = ?2");
        self.read(|db| {
            let values = params![as_i64(id), as_i64(account.0)];
            db.prepare_cached(&sql)?.query_row(values, hook_row).optional()
        })
    }

    fn change_hook(&self, account: AccountId, id: u64, to: HookChange) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "UPDATE webhooks SET url = coalesce(?3, url), kinds = coalesce(?4, kinds),
                        enabled = coalesce(?5, enabled),
                        failing_since = iif(?5 = 1, NULL, failing_since),
                        given_up_at = iif(?5 = 1, NULL, given_up_at)
                 WHERE id = ?1 AND account = ?2",
            )?
            .execute(params![
                as_i64(id),
                as_i64(account.0),
                to.url,
                to.kinds,
                to.is_enabled
            ])?;
            if to.is_enabled == Some(false) {
                drop_waiting(db, id)?;
            }
            Ok(())
        })
    }

    fn renew_hook_secret(&self, id: u64, secret: Hash, until: i64) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "UPDATE webhooks SET old_secret = secret, old_until = ?3, secret = ?2
                 WHERE id = ?1",
            )?
            .execute(params![as_i64(id), secret, until])?;
            Ok(())
        })
    }

    fn delete_hook(&self, account: AccountId, id: u64) -> Result<bool, StoreError> {
        self.write(move |db| {
            let gone = db
                .prepare_cached("DELETE FROM webhooks WHERE id = ?1 AND account = ?2")?
                .execute(params![as_i64(id), as_i64(account.0)])?;
            if gone > 0 {
                db.prepare_cached("DELETE FROM webhook_deliveries WHERE webhook = ?1")?
                    .execute([as_i64(id)])?;
            }
            Ok(gone > 0)
        })
    }

    fn hook_facts(&self, limit: usize) -> Result<Vec<FactRow>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT id, kind, event, data FROM webhook_facts ORDER BY id LIMIT ?1",
            )?
            .query_map([as_limit(limit)], |row| {
                let (id, event) = (unsigned(row, 0)?, unsigned(row, 2)?);
                Ok(FactRow { id, kind: row.get(1)?, event, data: row.get(3)? })
            })?
            .collect()
        })
    }

    fn hooks_of_event(&self, event: u64) -> Result<Vec<HookRow>, StoreError> {
        let sql = format!(
            "SELECT {HOOK} FROM webhooks
             JOIN accounts ON accounts.id = webhooks.account AND disabled = 0
             JOIN events ON events.owner = webhooks.account AND events.id = ?1
             WHERE enabled = 1 AND (event IS NULL OR event = ?1) ORDER BY webhooks.id"
        );
        self.read(|db| db.prepare_cached(&sql)?.query_map([as_i64(event)], hook_row)?.collect())
    }

    fn keep_deliveries(
        &self,
        up_to: u64,
        new: Vec<NewDelivery>,
        at: i64,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            for one in &new {
                // It may have been taken away meanwhile.
                db.prepare_cached(
                    "INSERT INTO webhook_deliveries
                         (webhook, message_id, kind, body, state, due_at, created_at)
                     SELECT id, ?2, ?3, ?4, 'waiting', ?5, ?5 FROM webhooks WHERE id = ?1",
                )?
                .execute(params![
                    as_i64(one.hook),
                    one.message_id,
                    one.kind,
                    one.body,
                    at
                ])?;
            }
            db.prepare_cached("DELETE FROM webhook_facts WHERE id <= ?1")?
                .execute([as_i64(up_to)])?;
            Ok(())
        })
    }

    fn due_deliveries(&self, now: i64) -> Result<Vec<DueDelivery>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT due.id, webhook, url, secret, old_secret, old_until, message_id, body,
                        tries, due.created_at
                 FROM webhook_deliveries AS due JOIN webhooks ON webhooks.id = webhook
                 WHERE due.id IN (SELECT min(id) FROM webhook_deliveries
                                  WHERE state = 'waiting' AND due_at <= ?1 GROUP BY webhook)
                 ORDER BY due_at, due.id",
            )?
            .query_map([now], due_row)?
            .collect()
        })
    }

    fn next_delivery(&self, after: i64) -> Result<Option<i64>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT min(due_at) FROM webhook_deliveries
                 WHERE state = 'waiting' AND due_at > ?1",
            )?
            .query_row([after], |row| row.get(0))
        })
    }

    fn told(
        &self,
        delivery: u64,
        told: HookTold,
        at: i64,
        failing_ms: i64,
    ) -> Result<bool, StoreError> {
        self.write(move |db| {
            let Some(hook) = note_try(db, delivery, &told, at)? else { return Ok(false) };
            if told.next == Next::Done {
                db.prepare_cached("UPDATE webhooks SET failing_since = NULL WHERE id = ?1")?
                    .execute([hook])?;
                return Ok(false);
            }
            if let (Next::Again(next), true) = (told.next, told.holds_others) {
                db.prepare_cached(
                    "UPDATE webhook_deliveries SET due_at = max(due_at, ?2)
                     WHERE webhook = ?1 AND state = 'waiting'",
                )?
                .execute(params![hook, next])?;
            }
            let is_over = db
                .prepare_cached(
                    "UPDATE webhooks
                     SET failing_since = coalesce(failing_since, ?2),
                         enabled = iif(?4 OR coalesce(failing_since, ?2) <= ?2 - ?3, 0, enabled),
                         given_up_at = iif(enabled = 1 AND (?4 OR
                             coalesce(failing_since, ?2) <= ?2 - ?3), ?2, given_up_at)
                     WHERE id = ?1 RETURNING given_up_at = ?2 AND enabled = 0",
                )?
                .query_row(params![hook, at, failing_ms, told.ends_hook], |row| row.get(0))
                .optional()?;
            let is_over: bool = is_over.flatten().unwrap_or(false);
            if is_over {
                drop_waiting(db, hook.unsigned_abs())?;
            }
            Ok(is_over)
        })
    }

    fn deliveries(
        &self,
        hook: u64,
        before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<DeliveryRow>, StoreError> {
        let before = before.map_or(i64::MAX, as_i64);
        self.read(|db| {
            db.prepare_cached(
                "SELECT id, message_id, kind, body, state, tries, due_at, created_at, done_at,
                        status, answer, error
                 FROM webhook_deliveries WHERE webhook = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
            )?
            .query_map(params![as_i64(hook), before, as_limit(limit)], delivery_row)?
            .collect()
        })
    }

    fn retry_delivery(&self, hook: u64, delivery: u64, at: i64) -> Result<bool, StoreError> {
        self.write(move |db| {
            let again = db
                .prepare_cached(
                    "UPDATE webhook_deliveries SET state = 'waiting', due_at = ?3, done_at = NULL
                     WHERE id = ?2 AND webhook = ?1",
                )?
                .execute(params![as_i64(hook), as_i64(delivery), at])?;
            Ok(again > 0)
        })
    }

    fn purge_deliveries(&self, before: i64) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached(
                "DELETE FROM webhook_deliveries WHERE created_at < ?1 AND state <> 'waiting'",
            )?
            .execute([before])?;
            Ok(())
        })
    }

    fn given_up_hooks(&self, since: i64) -> Result<Vec<HookRow>, StoreError> {
        let sql = format!("SELECT {HOOK} FROM webhooks WHERE given_up_at >= ?1 ORDER BY id");
        self.read(|db| db.prepare_cached(&sql)?.query_map([since], hook_row)?.collect())
    }
}

/// Notes a try; answers the webhook, unless the delivery is gone.
fn note_try(
    db: &Connection,
    delivery: u64,
    told: &HookTold,
    at: i64,
) -> rusqlite::Result<Option<i64>> {
    let (state, due_at, done_at) = match told.next {
        Next::Done => ("delivered", None, Some(at)),
        Next::Again(next) => ("waiting", Some(next), None),
        Next::GivenUp => ("failed", None, Some(at)),
    };
    db.prepare_cached(
        "UPDATE webhook_deliveries
         SET state = ?2, due_at = coalesce(?3, due_at), done_at = ?4, status = ?5, answer = ?6,
             error = ?7, tries = tries + 1
         WHERE id = ?1 AND state = 'waiting' RETURNING webhook",
    )?
    .query_row(
        params![as_i64(delivery), state, due_at, done_at, told.status, told.answer, told.error],
        |row| row.get(0),
    )
    .optional()
}

fn drop_waiting(db: &Connection, hook: u64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "UPDATE webhook_deliveries SET state = 'dropped' WHERE webhook = ?1 AND state = 'waiting'",
    )?
    .execute([as_i64(hook)])?;
    Ok(())
}

fn hook_row(row: &Row<'_>) -> rusqlite::Result<HookRow> {
    Ok(HookRow {
        id: unsigned(row, 0)?,
        account: AccountId(unsigned(row, 1)?),
        event: row.get::<_, Option<i64>>(2)?.map(i64::unsigned_abs),
        url: row.get(3)?,
        kinds: row.get(4)?,
        is_enabled: row.get(5)?,
        failing_since: row.get(6)?,
        given_up_at: row.get(7)?,
        created_at: row.get(8)?,
    })
}

fn due_row(row: &Row<'_>) -> rusqlite::Result<DueDelivery> {
    let (old, until): (Option<Hash>, Option<i64>) = (row.get(4)?, row.get(5)?);
    Ok(DueDelivery {
        id: unsigned(row, 0)?,
        hook: unsigned(row, 1)?,
        url: row.get(2)?,
        secret: row.get(3)?,
        old_secret: old.zip(until),
        message_id: row.get(6)?,
        body: row.get(7)?,
        tries: row.get(8)?,
        created_at: row.get(9)?,
    })
}

fn delivery_row(row: &Row<'_>) -> rusqlite::Result<DeliveryRow> {
    Ok(DeliveryRow {
        id: unsigned(row, 0)?,
        message_id: row.get(1)?,
        kind: row.get(2)?,
        body: row.get(3)?,
        state: row.get(4)?,
        tries: row.get(5)?,
        due_at: row.get(6)?,
        created_at: row.get(7)?,
        done_at: row.get(8)?,
        status: row.get(9)?,
        answer: row.get(10)?,
        error: row.get(11)?,
    })
}
