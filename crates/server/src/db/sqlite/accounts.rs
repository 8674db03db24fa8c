//! Accounts in SQLite. What takes power away ends logins in the same transaction.

use super::fault::Fault;
use super::journal::unsigned;
use super::logins::revoke_all;
use super::{Sqlite, as_i64, as_limit, contains, next_id};
use crate::store::StoreError;
use crate::store::{AccountRow, AccountStore, Face, LoginId, NewAccount, Role};
use houseful_room::AccountId;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

impl AccountStore for Sqlite {
    fn create_account(&self, account: NewAccount) -> Result<AccountRow, StoreError> {
        self.write(move |db| insert(db, &account))
    }

    fn create_first_admin(&self, account: NewAccount) -> Result<AccountRow, StoreError> {
        self.write(move |db| {
            if count_admins(db)? > 0 {
                return Err(StoreError::Conflict("there is an admin".to_owned()).into());
            }
            insert(db, &NewAccount { role: Role::Admin, ..account.clone() })
        })
    }

    fn has_admin(&self) -> Result<bool, StoreError> {
        self.read(|db| Ok(count_admins(db)? > 0))
    }

    fn account_by_email(&self, email: &str) -> Result<Option<AccountRow>, StoreError> {
        self.read(|db| {
            db.prepare_cached(&format!("SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE email = ?1"))?
                .query_row([email], account_row)
                .optional()
        })
    }

    fn account(&self, id: AccountId) -> Result<Option<AccountRow>, StoreError> {
        self.read(|db| find(db, id))
    }

    fn names(&self, ids: &[AccountId]) -> Result<Vec<(AccountId, String)>, StoreError> {
        let ids = as_json(ids.iter().map(|id| id.0));
        self.read(|db| {
            db.prepare_cached(
                "SELECT id, name FROM accounts WHERE id IN (SELECT value FROM json_each(?1))
                 ORDER BY id",
            )?
            .query_map([ids], |row| Ok((AccountId(unsigned(row, 0)?), row.get(1)?)))?
            .collect()
        })
    }

    fn faces(&self, ids: &[AccountId]) -> Result<Vec<Face>, StoreError> {
        let ids = as_json(ids.iter().map(|id| id.0));
        self.read(|db| {
            db.prepare_cached(
                "SELECT id, name, avatar FROM accounts
                 WHERE id IN (SELECT value FROM json_each(?1)) ORDER BY id",
            )?
            .query_map([ids], |row| {
                let id = AccountId(unsigned(row, 0)?);
                Ok(Face { id, name: row.get(1)?, avatar: row.get(2)? })
            })?
            .collect()
        })
    }

    fn search_accounts(&self, text: &str, limit: usize) -> Result<Vec<AccountRow>, StoreError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {ACCOUNT_COLUMNS} FROM accounts
                 WHERE email LIKE ?1 ESCAPE '\\' OR name LIKE ?1 ESCAPE '\\' ORDER BY id LIMIT ?2"
            );
            db.prepare_cached(&sql)?
                .query_map(params![contains(text), as_limit(limit)], account_row)?
                .collect()
        })
    }

    fn count_accounts(&self) -> Result<u64, StoreError> {
        self.read(|db| db.query_row("SELECT count(*) FROM accounts", [], |row| unsigned(row, 0)))
    }

    fn set_role(&self, id: AccountId, role: Role, at: i64) -> Result<Vec<LoginId>, StoreError> {
        self.write(move |db| {
            let before = find_living(db, id)?.role;
            db.prepare_cached("UPDATE accounts SET role = ?2 WHERE id = ?1")?
                .execute(params![as_i64(id.0), role.as_str()])?;
            keep_an_admin(db, before)?;
            if role < before { Ok(revoke_all(db, id, None, at)?) } else { Ok(Vec::new()) }
        })
    }

    fn set_disabled(&self, id: AccountId, is: bool, at: i64) -> Result<Vec<LoginId>, StoreError> {
        self.write(move |db| {
            let role = find_living(db, id)?.role;
            db.prepare_cached("UPDATE accounts SET disabled = ?2 WHERE id = ?1")?
                .execute(params![as_i64(id.0), is])?;
            keep_an_admin(db, role)?;
            if is { Ok(revoke_all(db, id, None, at)?) } else { Ok(Vec::new()) }
        })
    }

    fn set_password(
        &self,
        id: AccountId,
        hash: &str,
        keep: LoginId,
        at: i64,
    ) -> Result<Vec<LoginId>, StoreError> {
        let hash = hash.to_owned();
        self.write(move |db| {
            let changed = db
                .prepare_cached("UPDATE accounts SET password = ?2 WHERE id = ?1")?
                .execute(params![as_i64(id.0), hash])?;
            if changed == 0 {
                return Err(StoreError::NotFound.into());
            }
            Ok(revoke_all(db, id, Some(keep), at)?)
        })
    }
}

/// Accounts in the order that [`account_row`] reads.
pub(super) const ACCOUNT_COLUMNS: &str =
    "accounts.id, email, accounts.name, role, password, disabled, accounts.created_at, erased_at";
/// How many these are.
pub(super) const ACCOUNT_COLUMN_COUNT: usize = 8;

pub(super) fn insert(db: &Connection, account: &NewAccount) -> Result<AccountRow, Fault> {
    let id = AccountId(next_id(db, "accounts")?);
    db.prepare_cached(
        "INSERT INTO accounts (id, email, name, role, password, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        as_i64(id.0),
        account.email,
        account.name,
        account.role.as_str(),
        account.password,
        account.at
    ])?;
    Ok(find(db, id)?.ok_or(StoreError::NotFound)?)
}

/// After a change to somebody who was an admin: there must still be one who can sign in.
fn keep_an_admin(db: &Connection, before: Role) -> Result<(), Fault> {
    if before == Role::Admin && count_admins(db)? == 0 {
        return Err(StoreError::Conflict("nobody would be admin".to_owned()).into());
    }
    Ok(())
}

fn count_admins(db: &Connection) -> rusqlite::Result<i64> {
    db.prepare_cached("SELECT count(*) FROM accounts WHERE role = 'admin' AND disabled = 0")?
        .query_row([], |row| row.get(0))
}

fn find(db: &Connection, id: AccountId) -> rusqlite::Result<Option<AccountRow>> {
    db.prepare_cached(&format!("SELECT {ACCOUNT_COLUMNS} FROM accounts WHERE id = ?1"))?
        .query_row([as_i64(id.0)], account_row)
        .optional()
}

/// An account that is not erased.
pub(super) fn find_living(db: &Connection, id: AccountId) -> Result<AccountRow, Fault> {
    let found = find(db, id)?.filter(|account| account.erased_at.is_none());
    Ok(found.ok_or(StoreError::NotFound)?)
}

pub(super) fn account_row(row: &Row<'_>) -> rusqlite::Result<AccountRow> {
    let role: String = row.get(3)?;
    let unknown = || rusqlite::Error::InvalidColumnType(3, "role".to_owned(), Type::Text);
    Ok(AccountRow {
        id: AccountId(unsigned(row, 0)?),
        email: row.get(1)?,
        name: row.get(2)?,
        role: Role::parse(&role).ok_or_else(unknown)?,
        password: row.get(4)?,
        is_disabled: row.get(5)?,
        created_at: row.get(6)?,
        erased_at: row.get(7)?,
    })
}

/// A list of numbers as one bound value, so that a statement does not depend on how many there are.
pub(super) fn as_json(numbers: impl Iterator<Item = u64>) -> String {
    let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
    format!("[{}]", numbers.join(","))
}
