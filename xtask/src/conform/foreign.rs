//! What of other people is on a server's disk: read before and after somebody has tried all that there is to try. Only
//! facts that nobody else may change; how many seats are held is everyone's doing.

use anyhow::Result;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};
use std::path::Path;

/// Rows of others than `?1`. New accounts are nobody's doing but their own: those up to `?2` are looked at.
const ROWS: [&str; 8] = [
    "SELECT 'account', * FROM accounts WHERE id <> ?1 AND id <= ?2",
    "SELECT 'event', id, owner, title, description, status, visibility, starts_at, ends_at, place, online, prices,
            category, picture, capacity FROM events WHERE owner <> ?1 AND ?2 > 0",
    "SELECT 'team', * FROM event_people WHERE account_id <> ?1 AND ?2 > 0",
    "SELECT 'order', * FROM orders WHERE account_id <> ?1 AND ?2 > 0",
    "SELECT 'follow', * FROM follows WHERE account <> ?1 AND ?2 > 0",
    "SELECT 'organiser', * FROM organiser_follows WHERE account <> ?1 AND ?2 > 0",
    "SELECT 'settings', * FROM notification_settings WHERE account <> ?1 AND ?2 > 0",
    "SELECT 'feed', * FROM feeds WHERE account <> ?1 AND ?2 > 0",
];

/// What is looked at in one folder.
pub(super) struct Foreign {
    db: Connection,
    last: i64,
    /// Of others than somebody.
    others: Vec<String>,
    /// Of everybody.
    all: Vec<String>,
    account: i64,
}

impl Foreign {
    /// As it is now, for whoever has this account; 0 has none.
    pub(super) fn before(data: &Path, account: u64) -> Result<Foreign> {
        let file = data.join("houseful.db");
        let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let last = db.query_row("SELECT max(id) FROM accounts", [], |row| row.get(0))?;
        let account = i64::try_from(account)?;
        let (others, all) = (rows(&db, account, last)?, rows(&db, 0, last)?);
        Ok(Foreign { db, last, others, all, account })
    }

    /// What has become of it: what is no more as it was, or new. And whether anything of their own is.
    pub(super) fn after(&self) -> Result<(Vec<String>, bool)> {
        let others = rows(&self.db, self.account, self.last)?;
        let gone = self.others.iter().filter(|row| !others.contains(row));
        let new = others.iter().filter(|row| !self.others.contains(row));
        let changed =
            gone.map(|row| format!("gone: {row}")).chain(new.map(|r| format!("new: {r}")));
        Ok((changed.collect(), rows(&self.db, 0, self.last)? != self.all))
    }
}

fn rows(db: &Connection, account: i64, last: i64) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for sql in ROWS {
        let mut statement = db.prepare(sql)?;
        let columns = statement.column_count();
        let found = statement.query_map([account, last], |row| text(row, columns))?;
        all.extend(found.collect::<rusqlite::Result<Vec<_>>>()?);
    }
    all.sort();
    Ok(all)
}

fn text(row: &Row<'_>, columns: usize) -> rusqlite::Result<String> {
    let value = |nth| {
        Ok(match row.get_ref(nth)? {
            ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
            other => format!("{other:?}"),
        })
    };
    let values: rusqlite::Result<Vec<String>> = (0..columns).map(value).collect();
    Ok(values?.join(" | "))
}
