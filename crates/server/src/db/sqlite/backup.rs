//! A copy of the live database, and the check of its soundness. A copy that was cut off never has
//! the name that was asked for.

use super::Sqlite;
use super::open::{connect_reader, private_file};
use crate::limits::BACKUP_STEP_PAGES;
use crate::store::StoreError;
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs;
use std::path::Path;

/// How far a backup is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Pages to go.
    pub pages_left: i32,
    /// Pages in all.
    pub pages: i32,
}

impl Sqlite {
    /// Copies this database as it is now into a new file, while it is written to.
    pub fn backup(&self, to: &Path, tell: impl FnMut(Progress)) -> Result<(), StoreError> {
        Sqlite::backup_file(self.path(), to, tell)
    }

    /// Copies a database as it is now into a new file, while a server goes on writing.
    pub fn backup_file(
        from: &Path,
        to: &Path,
        mut tell: impl FnMut(Progress),
    ) -> Result<(), StoreError> {
        if !from.is_file() {
            return Err(StoreError::Failed(format!("there is no database {}", from.display())));
        }
        let part = to.with_extension("part");
        private_file(&part).map_err(|error| failed(&error))?;
        copy(from, &part, &mut tell).map_err(|error| failed(&error))?;
        fs::rename(&part, to).map_err(|error| failed(&error))?;
        let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = fs::File::open(folder.unwrap_or(Path::new(".")));
        folder.and_then(|folder| folder.sync_all()).map_err(|error| failed(&error))
    }

    /// What SQLite finds wrong with the file: nothing, if all is well.
    pub fn integrity(&self) -> Result<Vec<String>, StoreError> {
        self.read(|db| {
            let mut found: Vec<String> = db
                .prepare("PRAGMA integrity_check")?
                .query_map([], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            found.retain(|line| line != "ok");
            Ok(found)
        })
    }
}

/// The open read transaction keeps one picture of the source: without it every commit of the writer
/// would make the copy start over.
fn copy(from: &Path, to: &Path, tell: &mut impl FnMut(Progress)) -> rusqlite::Result<()> {
    let source = connect_reader(from)?;
    source.execute_batch("BEGIN")?;
    source.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    let mut target = Connection::open(to)?;
    {
        let backup = Backup::new(&source, &mut target)?;
        while backup.step(BACKUP_STEP_PAGES)? != StepResult::Done {
            let progress = backup.progress();
            tell(Progress { pages_left: progress.remaining, pages: progress.pagecount });
        }
    }
    source.execute_batch("COMMIT")
}

fn failed(error: &dyn std::error::Error) -> StoreError {
    StoreError::Failed(format!("backup: {error}"))
}
