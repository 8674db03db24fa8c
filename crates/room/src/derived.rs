//! Rows that a room's entries imply in the store's tables, written in the entries' own transaction.

/// A value of a derived column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// SQL NULL.
    Null,
    /// An integer, a flag (0 or 1) or milliseconds since 1970.
    Int(i64),
    /// Text.
    Text(String),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value)
    }
}

/// One column and its value. Names are constants of the application, never input.
pub type Column = (&'static str, Value);

/// One row of a derived table as it is to be after the entry: written over what has the same key,
/// or deleted. The table and its columns exist by a migration of the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DerivedRow {
    /// The table.
    pub table: &'static str,
    /// The columns of its primary key.
    pub key: Vec<Column>,
    /// The other columns, or `None` to delete the row.
    pub set: Option<Vec<Column>>,
}
