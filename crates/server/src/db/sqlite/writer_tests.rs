//! What only the writer's inside can show: a full disk, and which jobs share a commit.

use super::{Options, Sqlite, next_id};
use crate::journal::{AppendFailure, EntryRecord, Journal, NewRoom, RoomAppend, Verdict};
use crate::store::Store;
use crate::store::StoreError;
use houseful_room::RoomId;
use std::sync::mpsc::sync_channel;
use std::time::Duration;
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
    RoomAppend {
        room: RoomId(Uuid::nil()),
        term: 1,
        after,
        entries,
        rows: vec![],
        logged: vec![],
        snapshot: None,
    }
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
    set_pages(200).unwrap();
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

#[test]
fn what_queued_during_a_commit_shares_the_next_one_and_a_refused_job_is_left_out() {
    let opened = Opened::new("batch");
    let db = opened.db();
    let ((open_gate, gate), (start, started)) = (sync_channel::<()>(1), sync_channel(1));
    std::thread::scope(|scope| {
        // The first job holds the writer until the others have queued.
        scope.spawn(move || {
            db.write(move |_| Ok(start.send(()).is_ok() && gate.recv().is_ok())).unwrap();
        });
        started.recv().unwrap();
        let appends: Vec<_> = (0..10).map(|n| db.append(kilobytes(n, 1))).collect();
        let refused = scope.spawn(|| db.write(|_| Err::<(), _>(StoreError::NotFound.into())));
        let counted = scope.spawn(|| db.next_id("tests"));
        open_gate.send(()).unwrap();
        for append in appends {
            assert_eq!(append.blocking_recv().unwrap(), Ok(Verdict::Durable));
        }
        assert!(matches!(refused.join().unwrap(), Err(StoreError::NotFound)));
        assert_eq!(counted.join().unwrap().unwrap(), 1);
    });
    assert_eq!(db.next_id("tests").unwrap(), 2);
}

#[test]
fn a_full_queue_is_answered_busy_at_once() {
    let opened = Opened::new("queue");
    let db = opened.db();
    let ((open_gate, gate), (start, started)) = (sync_channel::<()>(1), sync_channel(1));
    std::thread::scope(|scope| {
        let held = scope
            .spawn(move || db.write(move |_| Ok(start.send(()).is_ok() && gate.recv().is_ok())));
        started.recv().unwrap();
        let appends: Vec<_> = (0..5_000).map(|n| db.append(kilobytes(n, 1))).collect();
        let mut answers = appends.into_iter().rev();
        let last = answers.next().unwrap().blocking_recv().unwrap();
        assert_eq!(last, Err(AppendFailure::Busy));
        assert!(matches!(db.next_id("tests"), Err(StoreError::Busy)));
        open_gate.send(()).unwrap();
        held.join().unwrap().unwrap();
        drop(answers);
    });
}

#[test]
fn a_write_that_is_given_up_in_the_queue_is_never_done() {
    let opened = Opened::new("given-up");
    let db = opened.db();
    let ((open_gate, gate), (start, started)) = (sync_channel::<()>(1), sync_channel(1));
    std::thread::scope(|scope| {
        let held = scope
            .spawn(move || db.write(move |_| Ok(start.send(()).is_ok() && gate.recv().is_ok())));
        started.recv().unwrap();
        let late = db.write_within(Duration::from_millis(1), |db| Ok(next_id(db, "tests")?));
        assert!(matches!(late, Err(StoreError::Busy)), "{late:?}");
        open_gate.send(()).unwrap();
        held.join().unwrap().unwrap();
    });
    assert_eq!(db.next_id("tests").unwrap(), 1);
}
