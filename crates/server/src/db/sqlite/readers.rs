//! A small pool of connections that cannot write. Whoever finds none free waits for one.

use super::open::connect_reader;
use rusqlite::Connection;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

pub(super) struct Readers {
    free: Mutex<Vec<Connection>>,
    returned: Condvar,
}

impl Readers {
    pub(super) fn open(path: &Path, count: usize) -> rusqlite::Result<Readers> {
        let free: rusqlite::Result<Vec<_>> = (0..count).map(|_| connect_reader(path)).collect();
        Ok(Readers { free: Mutex::new(free?), returned: Condvar::new() })
    }

    /// Lends a connection to the work. If the work panics, the connection comes back all the same.
    pub(super) fn with<T>(&self, work: impl FnOnce(&Connection) -> T) -> T {
        metrics::counter!("houseful_store_reads").increment(1);
        let connection = self.take();
        let done = catch_unwind(AssertUnwindSafe(|| work(&connection)));
        self.free().push(connection);
        self.returned.notify_one();
        done.unwrap_or_else(|panic| resume_unwind(panic))
    }

    /// Closes the connections.
    pub(super) fn close(&self) {
        self.free().clear();
    }

    fn take(&self) -> Connection {
        let mut free = self.free();
        loop {
            match free.pop() {
                Some(connection) => return connection,
                None => free = self.returned.wait(free).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn free(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
