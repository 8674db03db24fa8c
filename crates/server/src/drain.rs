//! Stopping in order: every task is tracked, so that a drain can wait for what was accepted.

use crate::machine::{Machine, System};
use std::future::Future;
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Work that did not come to its end.
#[derive(Debug, thiserror::Error)]
#[error("it has panicked, or the server has ended")]
pub struct NotDone;

/// The tasks of this server and the sign that it drains. Cloning is cheap.
#[derive(Clone)]
pub struct Tasks {
    runtime: Handle,
    machine: Arc<dyn Machine>,
    tracker: TaskTracker,
    carriers: TaskTracker,
    draining: CancellationToken,
    closing: CancellationToken,
}

impl Tasks {
    /// No task yet; they will run on this runtime, whichever thread spawns them.
    pub fn new(runtime: Handle) -> Tasks {
        Tasks::on(Arc::new(System), runtime)
    }

    /// The same on another machine than the system.
    pub fn on(machine: Arc<dyn Machine>, runtime: Handle) -> Tasks {
        let (draining, closing) = (CancellationToken::new(), CancellationToken::new());
        let (tracker, carriers) = (TaskTracker::new(), TaskTracker::new());
        Tasks { runtime, machine, tracker, carriers, draining, closing }
    }

    /// Runs a task that a drain waits for.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.tracker.spawn_on(task, &self.runtime));
    }

    /// Runs a task that carries a live connection's bytes: it ends when its shard has closed the
    /// connection, so it is waited for at the very end.
    pub fn spawn_carrier(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(self.carriers.spawn_on(task, &self.runtime));
    }

    /// Does work that blocks, off the runtimes' threads. The work goes on though nobody waits any more.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, NotDone> {
        let (to, done) = oneshot::channel();
        // Whoever asked may be gone.
        self.machine.block(Box::new(move || drop(to.send(work()))));
        done.await.map_err(|_| NotDone)
    }

    /// Fires when rooms are to finish and go.
    pub fn draining(&self) -> CancellationToken {
        self.draining.clone()
    }

    /// Fires when nothing new is to be taken: listeners close, readiness goes, clients are told.
    pub fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }

    /// Whether the server is on its way out.
    pub fn is_closing(&self) -> bool {
        self.closing.is_cancelled()
    }

    /// Whether rooms finish and go.
    pub fn is_draining(&self) -> bool {
        self.draining.is_cancelled()
    }

    /// First step: take nothing new.
    pub fn close(&self) {
        self.closing.cancel();
    }

    /// Second step: finish what was taken, and wait for it.
    pub async fn finish(&self) {
        self.draining.cancel();
        self.tracker.close();
        self.tracker.wait().await;
    }

    /// Last step, when every live connection is closed: what was said is carried to its end.
    pub async fn carried(&self) {
        self.carriers.close();
        self.carriers.wait().await;
    }
}
