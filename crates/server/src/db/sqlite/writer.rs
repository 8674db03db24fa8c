//! The thread that owns the one write connection: takes everything that queued while the last commit
//! was in flight, and commits it once. It never answers before the commit, and never after a flush
//! that failed.

use super::derived::DerivedSql;
use super::fault::{Fault, Reach, reach};
use crate::journal::{AppendFailure, Appended, RoomAppend, Verdict};
use crate::limits::{WAL_FRAMES_BEFORE_CHECKPOINT, WRITER_QUEUE_JOBS_MAX};
use crate::store::StoreError;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::oneshot;

/// Something to be written. `run` may be called again after a rollback.
pub(super) trait Job: Send {
    /// Does the work inside the open transaction.
    fn run(&mut self, db: &Connection, derived: &mut DerivedSql) -> Result<(), Fault>;
    /// Tells who waits. Called at most once.
    fn answer(self: Box<Self>, outcome: Outcome);
}

/// What became of a job.
pub(super) enum Outcome {
    /// It is on the disk.
    Durable,
    /// It alone was left out.
    LeftOut(Fault),
    /// The queue is full; it was not begun.
    Busy,
    /// The disk is full; everything was rolled back.
    Full,
    /// The transaction failed as a whole for another reason; the text is for the log.
    Failed(String),
}

/// One room's append.
pub(super) struct Append {
    pub(super) what: RoomAppend,
    pub(super) to: oneshot::Sender<Appended>,
}

impl Job for Append {
    fn run(&mut self, db: &Connection, derived: &mut DerivedSql) -> Result<(), Fault> {
        super::append::append(db, derived, &self.what)
    }

    fn answer(self: Box<Self>, outcome: Outcome) {
        // Who has gone away does not want to know.
        let _ = self.to.send(match outcome {
            Outcome::Durable => Ok(Verdict::Durable),
            Outcome::LeftOut(fault) => Ok(Verdict::Rejected(fault.into_rejection())),
            Outcome::Busy => Err(AppendFailure::Busy),
            Outcome::Full => Err(AppendFailure::Full),
            Outcome::Failed(_) => Err(AppendFailure::Unknown),
        });
    }
}

/// A small write of the store, with what it found out.
pub(super) struct SmallWrite<W, T> {
    work: W,
    done: Option<T>,
    is_given_up: Arc<AtomicBool>,
    to: SyncSender<Result<T, StoreError>>,
}

/// Where the answer to a small write arrives.
pub(super) struct Waiting<T> {
    answer: Receiver<Result<T, StoreError>>,
    is_given_up: Arc<AtomicBool>,
}

impl<T> Waiting<T> {
    /// Waits for it, but not for ever: a write that is given up in the queue is not begun.
    pub(super) fn wait(self, at_most: Duration) -> Result<T, StoreError> {
        match self.answer.recv_timeout(at_most) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => {
                self.is_given_up.store(true, Ordering::SeqCst);
                // It may have been done in this very moment.
                self.answer.try_recv().unwrap_or(Err(StoreError::Busy))
            }
            Err(RecvTimeoutError::Disconnected) => Err(stopped()),
        }
    }
}

/// The writer has ended, and nothing is written any more.
pub(super) fn stopped() -> StoreError {
    StoreError::Failed("the writer has stopped".to_owned())
}

impl<W, T> SmallWrite<W, T> {
    /// The job, and where its answer arrives.
    pub(super) fn new(work: W) -> (Self, Waiting<T>) {
        let (to, answer) = sync_channel(1);
        let is_given_up = Arc::new(AtomicBool::new(false));
        let waiting = Waiting { answer, is_given_up: is_given_up.clone() };
        (SmallWrite { work, done: None, is_given_up, to }, waiting)
    }
}

impl<W, T> Job for SmallWrite<W, T>
where
    W: FnMut(&Connection) -> Result<T, Fault> + Send,
    T: Send,
{
    fn run(&mut self, db: &Connection, _: &mut DerivedSql) -> Result<(), Fault> {
        if self.is_given_up.load(Ordering::SeqCst) {
            return Err(StoreError::Busy.into());
        }
        self.done = Some((self.work)(db)?);
        Ok(())
    }

    fn answer(self: Box<Self>, outcome: Outcome) {
        let failed = || StoreError::Failed("the write has no result".to_owned());
        let _ = self.to.send(match outcome {
            Outcome::Durable => self.done.ok_or_else(failed),
            Outcome::LeftOut(fault) => Err(fault.into_store_error()),
            Outcome::Busy => Err(StoreError::Busy),
            Outcome::Full => Err(StoreError::Full),
            Outcome::Failed(text) => Err(StoreError::Failed(text)),
        });
    }
}

/// Why a pass over a batch ended without a commit.
enum Stop {
    /// One job failed by itself: the others deserve another pass without it.
    OneFailed(Fault),
    /// The disk is full.
    Full,
    /// SQLite would not begin or commit; nothing is open any more.
    Failed(String),
    /// What is on the disk is unknown.
    Fatal(String),
}

/// The writer before its thread starts.
pub(super) struct Writer {
    db: Connection,
    derived: DerivedSql,
    fatal: fn(&str),
    /// Set when the file is to be written anew.
    rewrite: Arc<AtomicBool>,
}

impl Writer {
    pub(super) fn new(db: Connection, fatal: fn(&str), rewrite: Arc<AtomicBool>) -> Writer {
        Writer { db, derived: DerivedSql::default(), fatal, rewrite }
    }

    /// Starts the thread. It ends when nobody can send jobs any more, or at a fatal error.
    pub(super) fn spawn(self, jobs: Receiver<Box<dyn Job>>) -> std::io::Result<JoinHandle<()>> {
        let fatal = self.fatal;
        thread::Builder::new().name("writer".to_owned()).spawn(move || {
            let ended = catch_unwind(AssertUnwindSafe(move || self.run(&jobs)));
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(reason)) => fatal(&reason),
                Err(_) => fatal("the writer panicked"),
            }
        })
    }

    fn run(mut self, jobs: &Receiver<Box<dyn Job>>) -> Result<(), String> {
        while let Ok(first) = jobs.recv() {
            let mut batch = vec![first];
            batch.extend(jobs.try_iter().take(WRITER_QUEUE_JOBS_MAX - 1));
            self.write(batch)?;
            self.copy_log()?;
            if self.rewrite.swap(false, Ordering::SeqCst) {
                self.rewrite()?;
            }
        }
        Ok(())
    }

    /// Writes the file anew. What queues meanwhile waits.
    fn rewrite(&self) -> Result<(), String> {
        match super::privacy::rewrite(&self.db) {
            Err(error) if reach(&error) == Reach::Process => Err(error.to_string()),
            Err(error) => {
                tracing::warn!(%error, "the file could not be written anew yet");
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Writes a batch and answers it. An error is fatal, and then nobody is answered.
    fn write(&mut self, mut batch: Vec<Box<dyn Job>>) -> Result<(), String> {
        let outcomes = match self.pass(|db, derived| straight(db, derived, &mut batch)) {
            Ok(()) => Ok(batch.iter().map(|_| Outcome::Durable).collect()),
            Err(Stop::OneFailed(fault)) => self.write_others(&mut batch, fault),
            Err(stop) => Err(stop),
        };
        match outcomes {
            Ok(outcomes) => batch.into_iter().zip(outcomes).for_each(|(job, is)| job.answer(is)),
            Err(Stop::Fatal(reason)) => return Err(reason),
            Err(Stop::Full) => answer_all(batch, || Outcome::Full),
            Err(Stop::Failed(text)) => answer_all(batch, || Outcome::Failed(text.clone())),
            Err(Stop::OneFailed(fault)) => {
                let text = fault.into_store_error().to_string();
                answer_all(batch, || Outcome::Failed(text.clone()));
            }
        }
        Ok(())
    }

    /// One job failed and all were rolled back: writes the others. A job that was alone needs no
    /// second pass.
    fn write_others(
        &mut self,
        batch: &mut [Box<dyn Job>],
        fault: Fault,
    ) -> Result<Vec<Outcome>, Stop> {
        if batch.len() == 1 {
            return Ok(vec![Outcome::LeftOut(fault)]);
        }
        self.pass(|db, derived| careful(db, derived, batch))
    }

    /// One transaction around the work: committed if it succeeds, else rolled back.
    fn pass<T>(
        &mut self,
        work: impl FnOnce(&Connection, &mut DerivedSql) -> Result<T, Fault>,
    ) -> Result<T, Stop> {
        self.db.execute_batch("BEGIN IMMEDIATE").map_err(whole)?;
        let done = work(&self.db, &mut self.derived).map_err(|fault| match fault.reach() {
            Reach::Job => Stop::OneFailed(fault),
            Reach::Full => Stop::Full,
            Reach::Process => Stop::Fatal(fault.into_store_error().to_string()),
        });
        let done = done.and_then(|value| {
            self.db.execute_batch("COMMIT").map_err(whole)?;
            Ok(value)
        });
        // SQLite ends a transaction by itself after some errors; where it has not, we do.
        if done.is_err() && !self.db.is_autocommit() {
            self.db.execute_batch("ROLLBACK").map_err(whole)?;
        }
        done
    }

    /// Copies the log into the database when it has grown. Readers are not waited for: what they
    /// still need is copied the next time.
    fn copy_log(&mut self) -> Result<(), String> {
        let frames = |row: &rusqlite::Row<'_>| row.get::<_, i64>(1);
        let copied = self.db.query_row("PRAGMA wal_checkpoint(NOOP)", [], frames).and_then(|n| {
            if n < WAL_FRAMES_BEFORE_CHECKPOINT {
                return Ok(());
            }
            self.db.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))
        });
        match copied {
            Ok(()) => Ok(()),
            Err(error) if reach(&error) == Reach::Process => Err(error.to_string()),
            Err(error) => {
                tracing::warn!(%error, "the write-ahead log could not be copied yet");
                Ok(())
            }
        }
    }
}

/// Every job, no savepoints: the way of nearly all batches.
fn straight(
    db: &Connection,
    derived: &mut DerivedSql,
    batch: &mut [Box<dyn Job>],
) -> Result<(), Fault> {
    batch.iter_mut().try_for_each(|job| job.run(db, derived))
}

/// Every job in a savepoint of its own, so that one that fails leaves the others be.
fn careful(
    db: &Connection,
    derived: &mut DerivedSql,
    batch: &mut [Box<dyn Job>],
) -> Result<Vec<Outcome>, Fault> {
    let mut outcomes = Vec::with_capacity(batch.len());
    for job in batch {
        db.prepare_cached("SAVEPOINT job")?.execute([])?;
        outcomes.push(match job.run(db, derived) {
            Ok(()) => Outcome::Durable,
            Err(fault) if fault.reach() == Reach::Job => {
                db.prepare_cached("ROLLBACK TO job")?.execute([])?;
                Outcome::LeftOut(fault)
            }
            Err(fault) => return Err(fault),
        });
        db.prepare_cached("RELEASE job")?.execute([])?;
    }
    Ok(outcomes)
}

fn answer_all(batch: Vec<Box<dyn Job>>, outcome: impl Fn() -> Outcome) {
    batch.into_iter().for_each(|job| job.answer(outcome()));
}

/// An error of the transaction itself.
fn whole(error: rusqlite::Error) -> Stop {
    match reach(&error) {
        Reach::Process => Stop::Fatal(error.to_string()),
        Reach::Full => Stop::Full,
        Reach::Job => Stop::Failed(error.to_string()),
    }
}
