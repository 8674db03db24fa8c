//! Tokens of people's own programs in SQLite. One that is revoked is gone.

use super::accounts::{ACCOUNT_COLUMN_COUNT, ACCOUNT_COLUMNS, account_row};
use super::journal::unsigned;
use super::{Sqlite, as_i64, as_limit};
use crate::store::{AccountRow, Hash, NewToken, StoreError, TokenRow, TokenStore};
use houseful_room::AccountId;
use rusqlite::{OptionalExtension, Row, params};

const TOKEN: &str =
    "tokens.id, tokens.name, scopes, ending, tokens.created_at, expires_at, used_at";

impl TokenStore for Sqlite {
    fn create_token(&self, token: NewToken, most: usize) -> Result<TokenRow, StoreError> {
        self.write(move |db| {
            let id = db
                .prepare_cached(
                    "INSERT INTO api_tokens
                         (account, hash, name, scopes, ending, created_at, expires_at)
                     SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7
                     WHERE (SELECT count(*) FROM api_tokens WHERE account = ?1) < ?8 RETURNING id",
                )?
                .query_row(
                    params![
                        as_i64(token.account.0),
                        token.hash,
                        token.name,
                        token.scopes,
                        token.ending,
                        token.at,
                        token.expires_at,
                        as_limit(most)
                    ],
                    |row| unsigned(row, 0),
                )
                .optional()?;
            let id =
                id.ok_or_else(|| StoreError::Conflict("as many as one may have".to_owned()))?;
            let NewToken { name, scopes, ending, at: created_at, expires_at, .. } = token.clone();
            Ok(TokenRow { id, name, scopes, ending, created_at, expires_at, used_at: None })
        })
    }

    fn tokens(&self, account: AccountId) -> Result<Vec<TokenRow>, StoreError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {TOKEN} FROM api_tokens AS tokens WHERE account = ?1 ORDER BY id DESC"
            );
            db.prepare_cached(&sql)?.query_map([as_i64(account.0)], token_row)?.collect()
        })
    }

    fn token(&self, hash: &Hash) -> Result<Option<(TokenRow, AccountRow)>, StoreError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {ACCOUNT_COLUMNS}, {TOKEN} FROM api_tokens AS tokens
                 JOIN accounts ON accounts.id = account WHERE hash = ?1 AND disabled = 0"
            );
            db.prepare_cached(&sql)?
                .query_row([hash], |row| {
                    Ok((token_at(row, ACCOUNT_COLUMN_COUNT)?, account_row(row)?))
                })
                .optional()
        })
    }

    fn touch_token(&self, id: u64, at: i64) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached("UPDATE api_tokens SET used_at = ?2 WHERE id = ?1")?
                .execute(params![as_i64(id), at])?;
            Ok(())
        })
    }

    fn delete_token(&self, account: AccountId, id: u64) -> Result<bool, StoreError> {
        self.write(move |db| {
            let gone = db
                .prepare_cached("DELETE FROM api_tokens WHERE id = ?1 AND account = ?2")?
                .execute(params![as_i64(id), as_i64(account.0)])?;
            Ok(gone > 0)
        })
    }

    fn purge_tokens(&self, before: i64) -> Result<(), StoreError> {
        self.write(move |db| {
            db.prepare_cached("DELETE FROM api_tokens WHERE expires_at < ?1")?.execute([before])?;
            Ok(())
        })
    }
}

fn token_row(row: &Row<'_>) -> rusqlite::Result<TokenRow> {
    token_at(row, 0)
}

fn token_at(row: &Row<'_>, first: usize) -> rusqlite::Result<TokenRow> {
    Ok(TokenRow {
        id: unsigned(row, first)?,
        name: row.get(first + 1)?,
        scopes: row.get(first + 2)?,
        ending: row.get(first + 3)?,
        created_at: row.get(first + 4)?,
        expires_at: row.get(first + 5)?,
        used_at: row.get(first + 6)?,
    })
}
