//! The real database, with a journal whose flushes take virtual time: what waits for one is lost in a crash, and what
//! was flushed may be unanswered. No real time leaks in: an append is written while the virtual clock stands.

use crate::bug::Saboteur;
use houseful::config::Config;
use houseful::db::Database;
use houseful::db::sqlite::{Options, Sqlite, exit_on_fatal};
use houseful::journal::{
    ActedIn, AppendFailure, Appended, EntryRecord, Erasing, Journal, LogRow, NewRoom, RoomAppend,
    RoomRecord, SnapshotRecord, Verdict,
};
use houseful::store::StoreError;
use houseful_room::testkit::Rng;
use houseful_room::{AccountId, CommandId, RoomId, Seq};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

/// Appends that may wait for a flush.
const WAITING_MAX: usize = 1_024;
/// How many of a hundred flushes are slow.
const SLOW_PERCENT: u64 = 3;

type Job = (RoomAppend, oneshot::Sender<Appended>);

struct Slow {
    database: Arc<Sqlite>,
    jobs: mpsc::Sender<Job>,
}

/// Opens the database of the folder, on a simulated host.
pub fn open(config: &Config, saboteur: Arc<Saboteur>, rng: Rng) -> anyhow::Result<Database> {
    let options = Options { folder: config.data.clone(), fatal: exit_on_fatal };
    let database = Arc::new(Sqlite::open(&options)?);
    let (jobs, waiting) = mpsc::channel(WAITING_MAX);
    drop(Handle::current().spawn(flush(database.clone(), waiting, saboteur, rng)));
    Ok(Database { journal: Arc::new(Slow { database: database.clone(), jobs }), store: database })
}

async fn flush(
    database: Arc<Sqlite>,
    mut waiting: mpsc::Receiver<Job>,
    saboteur: Arc<Saboteur>,
    mut rng: Rng,
) {
    let mut batch = Vec::new();
    while waiting.recv_many(&mut batch, WAITING_MAX).await > 0 {
        let is_slow = rng.percent(SLOW_PERCENT);
        sleep(Duration::from_millis(rng.between(0, if is_slow { 400 } else { 6 }))).await;
        while let Ok(job) = waiting.try_recv() {
            batch.push(job);
        }
        let written: Vec<_> = batch
            .drain(..)
            .map(|(append, to)| (to, (!saboteur.leaves_out()).then(|| database.append(append))))
            .collect();
        let answers: Vec<_> =
            written.into_iter().map(|(to, written)| (to, written.map(wait))).collect();
        sleep(Duration::from_millis(rng.between(0, 4))).await;
        for (to, answer) in answers {
            // Whoever asked may be gone.
            let _ = to.send(answer.unwrap_or(Ok(Verdict::Durable)));
        }
    }
}

/// Waits in real time.
fn wait(mut answer: oneshot::Receiver<Appended>) -> Appended {
    loop {
        match answer.try_recv() {
            Ok(answer) => return answer,
            Err(oneshot::error::TryRecvError::Empty) => std::thread::yield_now(),
            Err(oneshot::error::TryRecvError::Closed) => return Err(AppendFailure::Unknown),
        }
    }
}

impl Journal for Slow {
    fn append(&self, append: RoomAppend) -> oneshot::Receiver<Appended> {
        let (to, answer) = oneshot::channel();
        if let Err(refused) = self.jobs.try_send((append, to)) {
            let (_, to) = refused.into_inner();
            let _ = to.send(Err(AppendFailure::Busy));
        }
        answer
    }

    fn create(&self, room: NewRoom) -> Result<(), StoreError> {
        self.database.create(room)
    }

    fn rooms(&self) -> Result<Vec<RoomRecord>, StoreError> {
        self.database.rooms()
    }

    fn due(&self, at: i64) -> Result<Vec<(RoomId, String)>, StoreError> {
        self.database.due(at)
    }

    fn find(&self, path: &str) -> Result<Option<RoomRecord>, StoreError> {
        self.database.find(path)
    }

    fn open(&self, room: RoomId) -> Result<RoomRecord, StoreError> {
        self.database.open(room)
    }

    fn read(&self, room: RoomId, after: Seq, limit: usize) -> Result<Vec<EntryRecord>, StoreError> {
        self.database.read(room, after, limit)
    }

    fn snapshot(&self, room: RoomId) -> Result<Option<SnapshotRecord>, StoreError> {
        self.database.snapshot(room)
    }

    fn accepted(&self, room: RoomId) -> Result<Vec<(CommandId, u64, Seq)>, StoreError> {
        self.database.accepted(room)
    }

    fn history(
        &self,
        room: RoomId,
        shape: &str,
        before: u64,
        limit: usize,
    ) -> Result<Vec<LogRow>, StoreError> {
        self.database.history(room, shape, before, limit)
    }

    fn acted_in(&self, account: AccountId) -> Result<Vec<ActedIn>, StoreError> {
        self.database.acted_in(account)
    }

    fn erase(&self, erasing: Erasing) -> Result<bool, StoreError> {
        self.database.erase(erasing)
    }

    fn set_wake(&self, room: RoomId, at: Option<i64>) -> Result<(), StoreError> {
        self.database.set_wake(room, at)
    }
}
