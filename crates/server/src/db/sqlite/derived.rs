//! Writes derived rows. Names of tables and columns are constants of the applications, so a
//! statement is built once per shape of row; values are always bound.

use super::Sqlite;
use crate::store::StoreError;
use houseful_room::{Column, DerivedRow, Value};
use rusqlite::types::{Null, ToSqlOutput};
use rusqlite::{Connection, ToSql};
use std::collections::HashMap;

/// The statements that were built so far.
#[derive(Default)]
pub(super) struct DerivedSql {
    shapes: HashMap<&'static str, Vec<Shape>>,
}

struct Shape {
    key: Vec<&'static str>,
    set: Option<Vec<&'static str>>,
    sql: String,
}

struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        match self.0 {
            Value::Null => Ok(ToSqlOutput::from(Null)),
            Value::Int(number) => Ok(ToSqlOutput::from(*number)),
            Value::Text(text) => Ok(ToSqlOutput::from(text.as_str())),
        }
    }
}

impl DerivedSql {
    /// Writes the row over what has the same key, or deletes that.
    pub(super) fn write(&mut self, db: &Connection, row: &DerivedRow) -> rusqlite::Result<()> {
        let mut statement = db.prepare_cached(self.sql(row))?;
        let values = row.key.iter().chain(row.set.iter().flatten());
        for (index, (_, value)) in values.enumerate() {
            statement.raw_bind_parameter(index + 1, Bound(value))?;
        }
        statement.raw_execute()?;
        Ok(())
    }

    fn sql(&mut self, row: &DerivedRow) -> &str {
        let shapes = self.shapes.entry(row.table).or_default();
        let known = shapes.iter().position(|shape| shape.fits(row));
        let at = known.unwrap_or_else(|| {
            shapes.push(Shape::of(row));
            shapes.len() - 1
        });
        &shapes[at].sql
    }
}

impl Shape {
    fn of(row: &DerivedRow) -> Shape {
        let key = names(&row.key);
        let set = row.set.as_deref().map(names);
        let sql = match &set {
            Some(set) => upsert(row.table, &key, set),
            None => format!("DELETE FROM \"{}\" WHERE {}", row.table, equals(&key)),
        };
        Shape { key, set, sql }
    }

    fn fits(&self, row: &DerivedRow) -> bool {
        let same = |names: &[&str], columns: &[Column]| {
            names.len() == columns.len() && names.iter().zip(columns).all(|(n, c)| *n == c.0)
        };
        same(&self.key, &row.key)
            && match (&self.set, &row.set) {
                (Some(names), Some(columns)) => same(names, columns),
                (None, None) => true,
                _ => false,
            }
    }
}

/// The tables whose rows rooms imply.
const TABLES: [&str; 9] = [
    "events",
    "event_people",
    "orders",
    "order_places",
    "offers",
    "arrivals",
    "mentions",
    "listings",
    "listing_guests",
];

impl Sqlite {
    /// Whether a derived table has exactly this row.
    pub fn has_derived(&self, row: &DerivedRow) -> Result<bool, StoreError> {
        let columns: Vec<&Column> = row.key.iter().chain(row.set.iter().flatten()).collect();
        let terms: Vec<String> =
            columns.iter().enumerate().map(|(n, c)| format!("\"{}\" IS ?{}", c.0, n + 1)).collect();
        let sql = format!(
            "SELECT EXISTS (SELECT 1 FROM \"{}\" WHERE {})",
            row.table,
            terms.join(" AND ")
        );
        self.read(|db| {
            let values = columns.iter().map(|column| Bound(&column.1));
            db.prepare_cached(&sql)?
                .query_row(rusqlite::params_from_iter(values), |found| found.get(0))
        })
    }

    /// How many rows each derived table has.
    pub fn count_derived(&self) -> Result<Vec<(&'static str, u64)>, StoreError> {
        let count = |table: &'static str| {
            let sql = format!("SELECT count(*) FROM \"{table}\"");
            let count: i64 = self.read(|db| db.query_row(&sql, [], |row| row.get(0)))?;
            Ok((table, count.unsigned_abs()))
        };
        TABLES.into_iter().map(count).collect()
    }
}

fn upsert(table: &str, key: &[&str], set: &[&str]) -> String {
    let columns: Vec<String> = key.iter().chain(set).map(|name| format!("\"{name}\"")).collect();
    let marks: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
    let keys: Vec<String> = key.iter().map(|name| format!("\"{name}\"")).collect();
    let news: Vec<String> =
        set.iter().map(|name| format!("\"{name}\" = excluded.\"{name}\"")).collect();
    let update = if news.is_empty() {
        "NOTHING".to_owned()
    } else {
        format!("UPDATE SET {}", news.join(", "))
    };
    format!(
        "INSERT INTO \"{table}\" ({}) VALUES ({}) ON CONFLICT ({}) DO {update}",
        columns.join(", "),
        marks.join(", "),
        keys.join(", "),
    )
}

fn equals(key: &[&str]) -> String {
    let terms: Vec<String> =
        key.iter().enumerate().map(|(n, name)| format!("\"{name}\" = ?{}", n + 1)).collect();
    terms.join(" AND ")
}

fn names(columns: &[Column]) -> Vec<&'static str> {
    columns.iter().map(|(name, _)| *name).collect()
}
