//! Logins, refresh tokens and signing keys in SQLite. An exchange of tokens is one transaction:
//! there is nothing between looking and writing.

use super::fault::Fault;
use super::journal::unsigned;
use super::{Sqlite, as_i64, as_limit};
use crate::store::StoreError;
use crate::store::{Hash, KeyRow, LoginId, LoginRow, LoginStore, NewLogin, RefreshRules, Rotation};
use houseful_room::AccountId;
use rusqlite::{Connection, OptionalExtension, Row, params};

impl LoginStore for Sqlite {
    fn create_login(&self, login: NewLogin) -> Result<LoginId, StoreError> {
        self.write(move |db| {
            let id = db
                .prepare_cached(
                    "INSERT INTO sessions (account_id, seed, created_at, used_at, expires_at)
                     SELECT id, ?2, ?3, ?3, ?4 FROM accounts
                     WHERE id = ?1 AND disabled = 0 AND password = ?5
                     RETURNING id",
                )?
                .query_row(
                    params![
                        as_i64(login.account.0),
                        login.seed,
                        login.at,
                        login.expires_at,
                        login.password
                    ],
                    |row| unsigned(row, 0),
                )
                .optional()?;
            let id = LoginId(id.ok_or(StoreError::NotFound)?);
            insert_token(db, id, &login.token, login.at)?;
            Ok(id)
        })
    }

    fn login_of_token(&self, token: &Hash) -> Result<Option<LoginRow>, StoreError> {
        self.read(|db| Ok(find_token(db, token)?.map(|(_, login)| login)))
    }

    fn rotate(
        &self,
        token: Hash,
        successor: Hash,
        now: i64,
        rules: RefreshRules,
    ) -> Result<Rotation, StoreError> {
        self.write(move |db| rotate(db, &token, &successor, now, rules))
    }

    fn revoke_login(&self, id: LoginId, at: i64) -> Result<bool, StoreError> {
        self.write(move |db| Ok(revoke(db, id, at)?))
    }

    fn revoke_logins(&self, account: AccountId, at: i64) -> Result<Vec<LoginId>, StoreError> {
        self.write(move |db| Ok(revoke_all(db, account, None, at)?))
    }

    fn revoked_since(&self, at: i64) -> Result<Vec<LoginId>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT id FROM sessions WHERE revoked_at >= ?1 ORDER BY revoked_at")?
                .query_map([at], |row| Ok(LoginId(unsigned(row, 0)?)))?
                .collect()
        })
    }

    fn purge_logins(&self, before: i64) -> Result<u64, StoreError> {
        self.write(move |db| {
            let purged = db
                .prepare_cached("DELETE FROM sessions WHERE expires_at < ?1 OR revoked_at < ?1")?
                .execute([before])?;
            Ok(purged as u64)
        })
    }

    fn ticket_seed(&self, new: Hash, at: i64) -> Result<Hash, StoreError> {
        let known = || {
            self.read(|db| {
                let mut seed = db.prepare_cached("SELECT seed FROM ticket_keys WHERE id = 1")?;
                seed.query_row([], |row| row.get(0)).optional()
            })
        };
        if let Some(seed) = known()? {
            return Ok(seed);
        }
        self.write(move |db| {
            db.prepare_cached(
                "INSERT INTO ticket_keys (id, seed, created_at) VALUES (1, ?1, ?2)
                 ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![new, at])?;
            Ok(())
        })?;
        known()?.ok_or(StoreError::NotFound)
    }

    fn signing_keys(&self) -> Result<Vec<KeyRow>, StoreError> {
        self.read(|db| {
            db.prepare_cached(
                "SELECT kid, secret, created_at, retired_at FROM keys
                 ORDER BY retired_at IS NOT NULL, retired_at DESC",
            )?
            .query_map([], |row| {
                Ok(KeyRow {
                    kid: row.get(0)?,
                    secret: row.get(1)?,
                    created_at: row.get(2)?,
                    retired_at: row.get(3)?,
                })
            })?
            .collect()
        })
    }

    fn add_signing_key(&self, key: KeyRow, keep: usize) -> Result<(), StoreError> {
        self.write(move |db| {
            db.execute(
                "UPDATE keys SET retired_at = ?1 WHERE retired_at IS NULL",
                [key.created_at],
            )?;
            db.execute(
                "INSERT INTO keys (kid, secret, created_at) VALUES (?1, ?2, ?3)",
                params![key.kid, key.secret, key.created_at],
            )?;
            db.execute(
                "DELETE FROM keys WHERE kid NOT IN (
                     SELECT kid FROM keys
                     ORDER BY retired_at IS NOT NULL, retired_at DESC LIMIT ?1)",
                [as_limit(keep)],
            )?;
            Ok(())
        })
    }
}

/// Ends the account's logins but one, and answers which had not ended before.
pub(super) fn revoke_all(
    db: &Connection,
    account: AccountId,
    keep: Option<LoginId>,
    at: i64,
) -> rusqlite::Result<Vec<LoginId>> {
    db.prepare_cached(
        "UPDATE sessions SET revoked_at = ?3
         WHERE account_id = ?1 AND id IS NOT ?2 AND revoked_at IS NULL RETURNING id",
    )?
    .query_map(params![as_i64(account.0), keep.map(|id| as_i64(id.0)), at], |row| {
        Ok(LoginId(unsigned(row, 0)?))
    })?
    .collect()
}

/// When a token was used, and what it was exchanged for.
struct TokenRow {
    used: Option<(i64, Hash)>,
}

fn rotate(
    db: &Connection,
    token: &Hash,
    successor: &Hash,
    now: i64,
    rules: RefreshRules,
) -> Result<Rotation, Fault> {
    let Some((found, login)) = find_token(db, token)? else { return Ok(Rotation::Ended) };
    let idle_end = login.used_at.saturating_add(rules.idle_ms);
    if login.revoked_at.is_some() || now >= login.expires_at || now >= idle_end {
        return Ok(Rotation::Ended);
    }
    let Some((used_at, given)) = found.used else {
        exchange(db, token, successor, now)?;
        insert_token(db, login.id, successor, now)?;
        db.prepare_cached("UPDATE sessions SET used_at = ?2 WHERE id = ?1")?
            .execute(params![as_i64(login.id.0), now])?;
        return Ok(Rotation::Rotated);
    };
    let in_grace = (0..=rules.grace_ms).contains(&now.saturating_sub(used_at));
    if in_grace && given == *successor && is_unused(db, successor)? {
        return Ok(Rotation::Rotated);
    }
    revoke(db, login.id, now)?;
    Ok(Rotation::Reused)
}

fn exchange(db: &Connection, token: &Hash, successor: &Hash, now: i64) -> rusqlite::Result<()> {
    db.prepare_cached("UPDATE refresh_tokens SET used_at = ?2, successor = ?3 WHERE hash = ?1")?
        .execute(params![token, now, successor])?;
    Ok(())
}

fn is_unused(db: &Connection, token: &Hash) -> rusqlite::Result<bool> {
    Ok(find_token(db, token)?.is_some_and(|(found, _)| found.used.is_none()))
}

fn revoke(db: &Connection, id: LoginId, at: i64) -> rusqlite::Result<bool> {
    let changed = db
        .prepare_cached("UPDATE sessions SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL")?
        .execute(params![as_i64(id.0), at])?;
    Ok(changed > 0)
}

fn insert_token(db: &Connection, login: LoginId, token: &Hash, at: i64) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO refresh_tokens (hash, session_id, created_at) VALUES (?1, ?2, ?3)",
    )?
    .execute(params![token, as_i64(login.0), at])?;
    Ok(())
}

fn find_token(db: &Connection, token: &Hash) -> rusqlite::Result<Option<(TokenRow, LoginRow)>> {
    db.prepare_cached(
        "SELECT t.used_at, t.successor, s.id, s.account_id, s.seed, s.created_at, s.used_at,
                s.expires_at, s.revoked_at
         FROM refresh_tokens t JOIN sessions s ON s.id = t.session_id WHERE t.hash = ?1",
    )?
    .query_row([token], token_row)
    .optional()
}

fn token_row(row: &Row<'_>) -> rusqlite::Result<(TokenRow, LoginRow)> {
    let used_at: Option<i64> = row.get(0)?;
    let successor: Option<Hash> = row.get(1)?;
    let login = LoginRow {
        id: LoginId(unsigned(row, 2)?),
        account: AccountId(unsigned(row, 3)?),
        seed: row.get(4)?,
        created_at: row.get(5)?,
        used_at: row.get(6)?,
        expires_at: row.get(7)?,
        revoked_at: row.get(8)?,
    };
    Ok((TokenRow { used: used_at.zip(successor) }, login))
}
