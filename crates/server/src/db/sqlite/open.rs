//! Opening: the folder's lock, the library's version, the settings of each connection. It never
//! opens a folder that another server has, nor a file with a library that may corrupt it.

use crate::limits::{SQLITE_BUSY_MS, SQLITE_STATEMENTS_MAX, SQLITE_WRITER_CACHE_KIB};
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The database's file name.
pub(super) const FILE_NAME: &str = "houseful.db";
const LOCK_NAME: &str = "houseful.lock";

/// The first SQLite without the bug that corrupts a file when a log is reset under a checkpoint.
const VERSION_MIN: i32 = 3_051_003;

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another server runs on this folder.
    #[error("a server is running on the data folder `{}`", .0.display())]
    InUse(PathBuf),
    /// The folder or a file of it cannot be used.
    #[error("cannot use {}: {}", .0.display(), .1)]
    Folder(PathBuf, #[source] io::Error),
    /// The library is too old to be trusted.
    #[error("SQLite {0} can corrupt a database; use 3.51.3 or newer")]
    OldLibrary(String),
    /// A newer server wrote it.
    #[error("the database has schema {found}, this server knows {known}: use a newer server")]
    NewerSchema {
        /// What the file says.
        found: i64,
        /// What this server has.
        known: i64,
    },
    /// An older server wrote it, and it is only read.
    #[error(
        "the database has schema {found}, this server knows {known}: start the server on it once"
    )]
    OlderSchema {
        /// What the file says.
        found: i64,
        /// What this server has.
        known: i64,
    },
    /// SQLite said no.
    #[error("cannot open the database: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Refuses a library with the known bug.
pub(super) fn check_version(text: &str, number: i32) -> Result<(), OpenError> {
    if number < VERSION_MIN { Err(OpenError::OldLibrary(text.to_owned())) } else { Ok(()) }
}

/// Makes the folder if needed and takes its lock, which ends with the process, however it ends.
pub(super) fn lock_folder(folder: &Path) -> Result<File, OpenError> {
    let fail = |error| OpenError::Folder(folder.to_owned(), error);
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(fail)?;
    let lock = private_file(&folder.join(LOCK_NAME)).map_err(fail)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_owned())),
        Err(TryLockError::Error(error)) => Err(fail(error)),
    }
}

/// The one connection that writes.
pub(super) fn connect_writer(path: &Path) -> Result<Connection, OpenError> {
    // SQLite gives its side files the mode of this one.
    private_file(path).map_err(|error| OpenError::Folder(path.to_owned(), error))?;
    let db = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    settings(&db)?;
    let mode: String = db.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        let why = io::Error::other("this file system cannot keep a write-ahead log");
        return Err(OpenError::Folder(path.to_owned(), why));
    }
    db.pragma_update(None, "synchronous", "FULL")?;
    // Negative: KiB, not pages. What the writer has to read back is what it can't write meanwhile.
    db.pragma_update(None, "cache_size", -SQLITE_WRITER_CACHE_KIB)?;
    // The writer copies the log itself: SQLite would hide a flush that failed meanwhile.
    db.query_row("PRAGMA wal_autocheckpoint = 0", [], |_| Ok(()))?;
    Ok(db)
}

/// A connection that cannot write.
pub(super) fn connect_reader(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    settings(&db)?;
    Ok(db)
}

/// Opens a file for its owner alone, making it if needed.
pub(super) fn private_file(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    Ok(file)
}

fn flags(mode: OpenFlags) -> OpenFlags {
    mode | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn settings(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::from_millis(SQLITE_BUSY_MS))?;
    db.set_prepared_statement_cache_capacity(SQLITE_STATEMENTS_MAX);
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "trusted_schema", false)?;
    db.query_row("PRAGMA mmap_size = 0", [], |_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_with_the_log_reset_bug_is_refused() {
        assert!(check_version("3.51.2", 3_051_002).is_err());
        assert!(check_version("3.51.3", 3_051_003).is_ok());
        assert!(check_version(rusqlite::version(), rusqlite::version_number()).is_ok());
    }
}
