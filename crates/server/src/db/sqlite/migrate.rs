//! The schema's numbered steps. A step that was released never changes, and one that was cut off in
//! the middle leaves nothing behind.

use super::open::OpenError;
use rusqlite::{Connection, TransactionBehavior};

/// Step n brings a database from schema n to n + 1.
const STEPS: &[&str] =
    &[include_str!("migrations/0001_first.sql"), include_str!("migrations/0002_orders.sql")];

/// Brings the schema up to date. The number changes in the step's own transaction.
pub(super) fn migrate(db: &mut Connection) -> Result<(), OpenError> {
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let done = match usize::try_from(found) {
        Ok(done) if done <= STEPS.len() => done,
        _ => return Err(OpenError::NewerSchema { found, known }),
    };
    for (number, step) in (found + 1..).zip(&STEPS[done..]) {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(step)?;
        tx.pragma_update(None, "user_version", number)?;
        tx.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_start_changes_nothing_and_a_newer_schema_is_refused() {
        let mut db = Connection::open_in_memory().unwrap();
        migrate(&mut db).unwrap();
        migrate(&mut db).unwrap();
        db.pragma_update(None, "user_version", 999).unwrap();
        let refused = migrate(&mut db).unwrap_err();
        assert!(refused.to_string().contains("newer server"), "{refused}");
    }

    #[test]
    fn a_step_that_was_cut_off_is_done_from_its_beginning() {
        let mut db = Connection::open_in_memory().unwrap();
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate).unwrap();
        tx.execute_batch(STEPS[0]).unwrap();
        tx.pragma_update(None, "user_version", 1).unwrap();
        drop(tx);
        migrate(&mut db).unwrap();
        let rooms: i64 = db.query_row("SELECT count(*) FROM rooms", [], |row| row.get(0)).unwrap();
        assert_eq!(rooms, 0);
    }
}
