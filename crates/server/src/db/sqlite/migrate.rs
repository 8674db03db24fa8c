//! The schema's numbered steps. A step that was released never changes, and one that was cut off in
//! the middle leaves nothing behind.

use super::open::OpenError;
use rusqlite::fallible_iterator::FallibleIterator;
use rusqlite::{Batch, Connection, TransactionBehavior};
use std::cmp::Ordering;

/// Step n brings a database from schema n to n + 1.
const STEPS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_orders.sql"),
    include_str!("migrations/0003_logs.sql"),
    include_str!("migrations/0004_pictures.sql"),
    include_str!("migrations/0005_mentions.sql"),
    include_str!("migrations/0006_rooms.sql"),
    include_str!("migrations/0007_publishing.sql"),
    include_str!("migrations/0008_notify.sql"),
    include_str!("migrations/0009_admin.sql"),
    include_str!("migrations/0010_paper.sql"),
    include_str!("migrations/0011_hooks.sql"),
    include_str!("migrations/0012_deleted.sql"),
    include_str!("migrations/0013_events_dialect.sql"),
    include_str!("migrations/0014_cancelled.sql"),
];

/// Brings the schema up to date. The number changes in the step's own transaction.
pub(super) fn migrate(db: &mut Connection) -> Result<(), OpenError> {
    migrate_telling(db, &mut || {})
}

/// Whether the schema is the one of this server, for whoever cannot bring it up to date.
pub(super) fn check(db: &Connection) -> Result<(), OpenError> {
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    match found.cmp(&known) {
        Ordering::Less => Err(OpenError::OlderSchema { found, known }),
        Ordering::Equal => Ok(()),
        Ordering::Greater => Err(OpenError::NewerSchema { found, known }),
    }
}

/// `done` is called after each statement: that is where a test ends the process.
fn migrate_telling(db: &mut Connection, done: &mut dyn FnMut()) -> Result<(), OpenError> {
    let found: i64 = db.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    let steps_done = match usize::try_from(found) {
        Ok(steps_done) if steps_done <= STEPS.len() => steps_done,
        _ => return Err(OpenError::NewerSchema { found, known }),
    };
    for (number, step) in (found + 1..).zip(&STEPS[steps_done..]) {
        let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut statements = Batch::new(&tx, step);
        while let Some(mut statement) = statements.next()? {
            statement.execute([])?;
            done();
        }
        tx.pragma_update(None, "user_version", number)?;
        done();
        tx.commit()?;
        done();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::sqlite::open::connect_writer;
    use std::path::{Path, PathBuf};
    use std::process::Command;

    const FILE: &str = "HOUSEFUL_TEST_FILE";
    const DIES_AFTER: &str = "HOUSEFUL_TEST_DIES_AFTER";

    /// Everything that the file's schema says, with its number and its orders.
    fn contents(db: &Connection) -> (i64, Vec<String>, i64) {
        let version = db.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        let mut schema = db
            .prepare("SELECT type || name || coalesce(sql, '') FROM sqlite_schema ORDER BY 1")
            .unwrap();
        let schema = schema.query_map([], |row| row.get(0)).unwrap();
        let schema = schema.collect::<rusqlite::Result<_>>().unwrap();
        let orders = db.query_row("SELECT count(*) FROM orders", [], |row| row.get(0)).unwrap();
        (version, schema, orders)
    }

    #[test]
    #[ignore = "the child of the test that follows"]
    #[expect(clippy::disallowed_methods, reason = "how a test tells its child what to do")]
    fn child_migrates_until_it_dies() {
        let mut db = connect_writer(&PathBuf::from(std::env::var_os(FILE).unwrap())).unwrap();
        let mut left: u32 = std::env::var(DIES_AFTER).unwrap().parse().unwrap();
        let mut one_done = || match left.checked_sub(1) {
            Some(0) | None => std::process::abort(),
            Some(less) => left = less,
        };
        migrate_telling(&mut db, &mut one_done).unwrap();
    }

    /// Whether the child came to its end before it was to die.
    fn migrate_and_die(file: &Path, after: u32) -> bool {
        let name = "db::sqlite::migrate::tests::child_migrates_until_it_dies";
        let mut child = Command::new(std::env::current_exe().unwrap());
        child.args(["--exact", name, "--ignored"]);
        child.env(FILE, file).env(DIES_AFTER, after.to_string());
        child.output().unwrap().status.success()
    }

    #[test]
    fn a_process_that_dies_after_any_statement_leaves_what_the_next_can_finish() {
        let folder = std::env::temp_dir().join(format!("houseful-migrate-{}", std::process::id()));
        let mut whole = Connection::open_in_memory().unwrap();
        migrate(&mut whole).unwrap();
        let (version, schema, _) = contents(&whole);
        for begun in [0, 1] {
            let mut deaths = 0;
            loop {
                let _ = std::fs::remove_dir_all(&folder);
                std::fs::create_dir_all(&folder).unwrap();
                let file = folder.join("houseful.db");
                if begun == 1 {
                    let db = connect_writer(&file).unwrap();
                    db.execute_batch(STEPS[0]).unwrap();
                    let order =
                        "INSERT INTO orders VALUES ('o', 'c', 1, 1, 1, 'EUR', 'door', 's', 1)";
                    db.execute_batch(order).unwrap();
                    db.pragma_update(None, "user_version", 1).unwrap();
                }
                if migrate_and_die(&file, deaths + 1) {
                    break;
                }
                deaths += 1;
                let mut db = connect_writer(&file).unwrap();
                migrate(&mut db).unwrap();
                assert_eq!(contents(&db), (version, schema.clone(), begun), "after {deaths}");
            }
            assert!(deaths >= 5, "it died only {deaths} times");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

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
