//! The database in one file. It never writes but on its one writer thread, and it never goes on
//! after a failed flush.

mod accounts;
mod append;
mod backup;
mod derived;
mod erase;
mod events;
mod fault;
mod follows;
mod hooks;
mod journal;
mod logins;
mod mails;
mod migrate;
mod named;
mod notifications;
mod open;
mod pictures;
mod privacy;
mod pushes;
mod readers;
mod rooms;
mod shown;
mod statistics;
mod tokens;
mod writer;
#[cfg(test)]
mod writer_tests;

pub use backup::Progress;
pub use open::OpenError;

use crate::limits::{READ_CONNECTIONS_MAX, WRITE_MS_MAX, WRITER_QUEUE_JOBS_MAX};
use crate::store::Store;
use crate::store::StoreError;
use fault::Fault;
use readers::Readers;
use rusqlite::Connection;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use writer::{Job, SmallWrite, Writer, stopped};

/// What to open.
#[derive(Clone, Debug)]
pub struct Options {
    /// The data folder; it is made if it is missing.
    pub folder: PathBuf,
    /// What to do after an I/O or flush error, when what is on the disk is unknown. It must not
    /// come back; if it does, the writer stops and nobody waiting is answered.
    pub fatal: fn(&str),
}

/// The database of one data folder.
pub struct Sqlite {
    path: PathBuf,
    readers: Readers,
    /// None only while it is being dropped.
    jobs: Option<SyncSender<Box<dyn Job>>>,
    writer: Option<JoinHandle<()>>,
    /// Whether the writer is to write the file anew.
    rewrite: Arc<AtomicBool>,
    /// Held for as long as the folder is ours; none if we only look.
    _lock: Option<File>,
}

/// Ends the process without answering anybody: the next start replays what is on the disk.
pub fn exit_on_fatal(reason: &str) {
    tracing::error!(reason, "the database cannot be trusted to have written: exiting");
    std::process::exit(70);
}

impl Sqlite {
    /// The database's name in its folder.
    pub const FILE_NAME: &str = open::FILE_NAME;

    /// Locks the folder, opens the file, brings the schema up to date, starts the writer.
    pub fn open(options: &Options) -> Result<Sqlite, OpenError> {
        open::check_version(rusqlite::version(), rusqlite::version_number())?;
        let lock = open::lock_folder(&options.folder)?;
        let path = options.folder.join(open::FILE_NAME);
        let mut connection = open::connect_writer(&path)?;
        migrate::migrate(&mut connection)?;
        if privacy::is_rewrite_due(&connection)? {
            privacy::rewrite(&connection)?;
        }
        let readers = Readers::open(&path, READ_CONNECTIONS_MAX)?;
        let (jobs, queue) = sync_channel(WRITER_QUEUE_JOBS_MAX);
        let rewrite = Arc::new(AtomicBool::default());
        let writer = Writer::new(connection, options.fatal, rewrite.clone())
            .spawn(queue)
            .map_err(|error| OpenError::Folder(options.folder.clone(), error))?;
        let (jobs, writer) = (Some(jobs), Some(writer));
        Ok(Sqlite { path, readers, jobs, writer, rewrite, _lock: Some(lock) })
    }

    /// Opens the file to read alone, beside the server that has it or without one. Whatever would write fails.
    pub fn look(folder: &Path) -> Result<Sqlite, OpenError> {
        open::check_version(rusqlite::version(), rusqlite::version_number())?;
        let path = folder.join(open::FILE_NAME);
        let is_there = path.metadata();
        is_there.map_err(|error| OpenError::Folder(path.clone(), error))?;
        let readers = Readers::open(&path, 1)?;
        readers.with(migrate::check)?;
        let rewrite = Arc::default();
        Ok(Sqlite { path, readers, jobs: None, writer: None, rewrite, _lock: None })
    }

    /// The database file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a small write in the next group commit and waits until it is durable. The work may run
    /// twice: when another job of the batch was refused, all of it was rolled back and is done anew. It is
    /// `Busy` when too much waits before it.
    fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnMut(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        self.write_within(Duration::from_millis(WRITE_MS_MAX), work)
    }

    fn write_within<T, W>(&self, at_most: Duration, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnMut(&Connection) -> Result<T, Fault> + Send + 'static,
    {
        let (job, waiting) = SmallWrite::new(work);
        let jobs = self.jobs.as_ref().ok_or_else(stopped)?;
        match jobs.try_send(Box::new(job)) {
            Ok(()) => waiting.wait(at_most),
            Err(TrySendError::Full(_)) => Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => Err(stopped()),
        }
    }

    /// Runs a read on a connection of the pool.
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.readers.with(work).map_err(|error| StoreError::Failed(error.to_string()))
    }
}

impl Drop for Sqlite {
    /// Lets the writer finish what is queued and close the file.
    fn drop(&mut self) {
        self.readers.close();
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Store for Sqlite {
    fn next_id(&self, sequence: &'static str) -> Result<u64, StoreError> {
        self.write(move |db| Ok(next_id(db, sequence)?))
    }

    fn is_empty(&self) -> Result<bool, StoreError> {
        self.read(|db| {
            db.query_row(
                "SELECT NOT EXISTS (SELECT 1 FROM accounts) AND NOT EXISTS (SELECT 1 FROM rooms)",
                [],
                |row| row.get(0),
            )
        })
    }
}

/// The next number of a sequence, inside a write.
fn next_id(db: &Connection, sequence: &str) -> rusqlite::Result<u64> {
    let value: i64 = db
        .prepare_cached(
            "INSERT INTO sequences (name, value) VALUES (?1, 1)
             ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value",
        )?
        .query_row([sequence], |row| row.get(0))?;
    Ok(value.unsigned_abs())
}

/// Numbers of ours are below 2^53, but an id from outside may be any.
fn as_i64(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A page size as SQL wants it.
fn as_limit(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A `LIKE` pattern for "contains", with `\` as the escape.
fn contains(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}
