//! Accounts by their names in SQLite. A name is compared in the transaction that gives it.

use super::accounts::{ACCOUNT_COLUMNS, account_row, find_living, insert};
use super::fault::Fault;
use super::logins::revoke_all;
use super::{Sqlite, as_i64, as_limit};
use crate::store::{
    AccountRow, EMAIL_TAKEN, LoginId, NAME_TAKEN, NamedStore, NewAccount, Rewritten, StoreError,
};
use houseful_room::AccountId;
use rusqlite::{Connection, params};

impl NamedStore for Sqlite {
    fn create_named(&self, account: NewAccount) -> Result<AccountRow, StoreError> {
        self.write(move |db| {
            must_be_free(db, AccountId(0), &account.name, &account.email)?;
            insert(db, &account)
        })
    }

    fn rewrite_account(&self, to: Rewritten) -> Result<Vec<LoginId>, StoreError> {
        self.write(move |db| {
            find_living(db, to.account)?;
            must_be_free(db, to.account, &to.name, &to.email)?;
            db.prepare_cached(
                "UPDATE accounts SET name = ?2, email = ?3, password = ?4 WHERE id = ?1",
            )?
            .execute(params![as_i64(to.account.0), to.name, to.email, to.password])?;
            Ok(revoke_all(db, to.account, Some(to.keep), to.at)?)
        })
    }

    fn accounts_by_number(
        &self,
        after: AccountId,
        limit: usize,
    ) -> Result<Vec<AccountRow>, StoreError> {
        self.read(|db| {
            let sql = format!(
                "SELECT {ACCOUNT_COLUMNS} FROM accounts
                 WHERE id > ?1 AND erased_at IS NULL AND email LIKE '%@%' ORDER BY id LIMIT ?2"
            );
            db.prepare_cached(&sql)?
                .query_map(params![as_i64(after.0), as_limit(limit)], account_row)?
                .collect()
        })
    }
}

/// Nobody but this account has the name or the address.
fn must_be_free(db: &Connection, id: AccountId, name: &str, email: &str) -> Result<(), Fault> {
    let taken = |sql: &str, value: &str| -> rusqlite::Result<bool> {
        db.prepare_cached(sql)?.query_row(params![as_i64(id.0), value], |row| row.get(0))
    };
    let names = "SELECT EXISTS (SELECT 1 FROM accounts
                 WHERE name = ?2 COLLATE NOCASE AND id <> ?1 AND erased_at IS NULL)";
    let emails = "SELECT EXISTS (SELECT 1 FROM accounts WHERE email = ?2 AND id <> ?1)";
    for (sql, value, what) in [(names, name, NAME_TAKEN), (emails, email, EMAIL_TAKEN)] {
        if taken(sql, value)? {
            return Err(StoreError::Conflict(what.to_owned()).into());
        }
    }
    Ok(())
}
