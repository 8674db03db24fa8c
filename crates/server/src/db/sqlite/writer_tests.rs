//! What only the writer's inside can show: a full disk, and which jobs share a commit.

use super::writer::SmallWrite;
use super::{Options, Sqlite, next_id};
use crate::journal::{AppendFailure, EntryRecord, Journal, NewRoom, RoomAppend, Verdict};
use crate::limits::WRITER_QUEUE_JOBS_MAX;
use crate::store::Store;
use crate::store::StoreError;
use houseful_room::RoomId;
use rusqlite::Connection;
use std::sync::mpsc::sync_channel;
use uuid::Uuid;

struct Opened {
    db: Option<Sqlite>,
    folder: std::path::PathBuf,
}

impl Opened {
    fn new(name: &str) -> Opened {
        let folder = std::env::temp_dir().join(format!("houseful-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        let fatal = |reason: &str| panic!("{reason}");
        let db = Sqlite::open(&Options { folder: folder.clone(), fatal }).unwrap();
        let (room, epoch) = (RoomId(Uuid::nil()), Uuid::nil());
        let config = "null".into();
        db.create(NewRoom { room, path: "r".into(), app: "t", version: 1, config, epoch }).unwrap();
        db.open(room).unwrap();
        Opened { db: Some(db), folder }
    }

    fn db(&self) -> &Sqlite {
        self.db.as_ref().unwrap()
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        self.db = None;
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn kilobytes(after: u64, count: u64) -> RoomAppend {
    let entries = (after + 1..=after + count)
        .map(|seq| EntryRecord { seq, command: None, body: vec![7; 1_000].into() })
        .collect();
    RoomAppend { room: RoomId(Uuid::nil()), term: 1, after, entries, rows: vec![], snapshot: None }
}

#[test]
fn p6_sqlite_a_full_disk_loses_nothing() {
    let opened = Opened::new("full");
    let db = opened.db();
    let set_pages = |pages: i64| {
        db.write(move |db| {
            Ok(db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?)
        })
    };
    set_pages(100).unwrap();
    let mut head = 0;
    let failure = loop {
        match db.append(kilobytes(head, 10)).blocking_recv().unwrap() {
            Ok(verdict) => assert_eq!(verdict, Verdict::Durable),
            Err(failure) => break failure,
        }
        head += 10;
    };
    assert_eq!(failure, AppendFailure::Full);
    assert!(head > 0);
    assert_eq!(db.find("r").unwrap().unwrap().head, head);
    assert!(matches!(
        db.write(|db| Ok(
            db.execute("INSERT INTO plans VALUES ('p', 'n', 1, ?1)", ["x".repeat(100_000)])?
        )),
        Err(StoreError::Full)
    ));
    set_pages(100_000).unwrap();
    let again = db.append(kilobytes(head, 10)).blocking_recv().unwrap();
    assert_eq!(again, Ok(Verdict::Durable));
    assert_eq!(Journal::read(db, RoomId(Uuid::nil()), 0, 9_999).unwrap().len() as u64, head + 10);
}

/// Holds the writer inside a job while `meanwhile` runs.
fn while_the_writer_is_held(db: &Sqlite, meanwhile: impl FnOnce()) {
    let (open_gate, gate) = sync_channel::<()>(1);
    let (entered, has_entered) = sync_channel::<()>(1);
    std::thread::scope(|scope| {
        // The sender moves in here, so that a panic below opens the gate too.
        let open_gate = open_gate;
        scope.spawn(move || {
            let hold = move |_: &Connection| {
                let _ = entered.send(());
                Ok(gate.recv().is_ok())
            };
            db.write(hold).unwrap();
        });
        has_entered.recv().unwrap();
        meanwhile();
        drop(open_gate);
    });
}

#[test]
fn what_queued_during_a_commit_shares_the_next_one_and_a_refused_job_is_left_out() {
    let opened = Opened::new("batch");
    let db = opened.db();
    let mut appends = Vec::new();
    let (to, answer) = sync_channel(1);
    while_the_writer_is_held(db, || {
        appends.extend((0..5).map(|n| db.append(kilobytes(n, 1))));
        let (refused, of_refused) =
            SmallWrite::new(|_: &Connection| Err::<(), _>(StoreError::NotFound.into()));
        let (counted, of_counted) = SmallWrite::new(|db: &Connection| Ok(next_id(db, "tests")?));
        let jobs = db.jobs.as_ref().unwrap();
        jobs.send(Box::new(refused)).unwrap();
        jobs.send(Box::new(counted)).unwrap();
        appends.extend((5..10).map(|n| db.append(kilobytes(n, 1))));
        to.send((of_refused, of_counted)).unwrap();
    });
    for append in appends {
        assert_eq!(append.blocking_recv().unwrap(), Ok(Verdict::Durable));
    }
    let (of_refused, of_counted) = answer.recv().unwrap();
    assert!(matches!(of_refused.recv().unwrap(), Err(StoreError::NotFound)));
    assert_eq!(of_counted.recv().unwrap().unwrap(), 1);
    assert_eq!(db.next_id("tests").unwrap(), 2);
}

#[test]
fn a_full_queue_is_answered_at_once() {
    let opened = Opened::new("queue");
    let db = opened.db();
    while_the_writer_is_held(db, || {
        let queued: Vec<_> =
            (0..WRITER_QUEUE_JOBS_MAX as u64).map(|n| db.append(kilobytes(n, 1))).collect();
        let refused = db.append(kilobytes(0, 1)).blocking_recv().unwrap();
        assert_eq!(refused, Err(AppendFailure::Full));
        drop(queued);
    });
    // Those in the queue are written although nobody waits for them.
    assert_eq!(db.next_id("tests").unwrap(), 1);
    assert_eq!(db.find("r").unwrap().unwrap().head, WRITER_QUEUE_JOBS_MAX as u64);
}
