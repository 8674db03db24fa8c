//! The journal's numbered promises, each tested on every driver. A test's number is the promise's.

use crate::temp::TempFolder;
use houseful::db::memory::{Memory, Tables};
use houseful::db::sqlite::{Options, Sqlite};
use houseful::journal::{
    ActedIn, AppendFailure, EntryRecord, Erasing, Journal, NewRoom, Rejection, RoomAppend,
    SnapshotRecord, Verdict,
};
use houseful::store::StoreError;
use houseful_room::{AccountId, Audience, CommandId, DerivedRow, Logged, RoomId, Seq, Term, Value};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A driver under test.
pub trait Driver {
    fn journal(&self) -> &dyn Journal;
    /// As after a restart of the process.
    fn restarted(self) -> Self;
}

pub struct SqliteDriver {
    // Dropped before its folder is.
    db: Option<Sqlite>,
    folder: TempFolder,
}

pub struct MemoryDriver(Memory);

impl SqliteDriver {
    pub fn start() -> SqliteDriver {
        let folder = TempFolder::new();
        let db = Some(open(&folder));
        SqliteDriver { db, folder }
    }
}

fn open(folder: &TempFolder) -> Sqlite {
    let fatal = |reason: &str| panic!("{reason}");
    Sqlite::open(&Options { folder: folder.path().to_owned(), fatal }).unwrap()
}

impl Driver for SqliteDriver {
    fn journal(&self) -> &dyn Journal {
        self.db.as_ref().unwrap()
    }

    fn restarted(mut self) -> Self {
        self.db = None;
        self.db = Some(open(&self.folder));
        self
    }
}

impl MemoryDriver {
    pub fn start() -> MemoryDriver {
        MemoryDriver(Memory::new().with_constraint(Box::new(one_booking_a_seat)))
    }
}

impl Driver for MemoryDriver {
    fn journal(&self) -> &dyn Journal {
        &self.0
    }

    fn restarted(self) -> Self {
        self
    }
}

/// What the SQL drivers have as a partial unique index.
fn one_booking_a_seat(tables: &Tables) -> Result<(), String> {
    let mut sold = BTreeSet::new();
    for columns in tables.get("order_places").into_iter().flat_map(|table| table.values()) {
        let get = |name| columns.iter().find(|(column, _)| *column == name).map(|(_, v)| v);
        let is_booked = get("status") == Some(&Value::from("booked"));
        if is_booked && !sold.insert((get("event_id").cloned(), get("seat").cloned())) {
            return Err("UNIQUE: order_places.event_id, order_places.seat".to_owned());
        }
    }
    Ok(())
}

// ------------------------------------------------------------------------------------ vocabulary

pub fn room(number: u128) -> RoomId {
    RoomId(Uuid::from_u128(number))
}

pub fn make(journal: &dyn Journal, number: u128) -> (RoomId, Term) {
    let room = room(number);
    let epoch = Uuid::from_u128(number + 1_000_000);
    let path = format!("rooms/{number}");
    journal
        .create(NewRoom { room, path, app: "test", version: 3, config: "{\"a\":1}".into(), epoch })
        .unwrap();
    (room, journal.open(room).unwrap().term)
}

pub fn entry(seq: Seq) -> EntryRecord {
    EntryRecord { seq, command: None, body: format!("entry {seq}").into_bytes().into() }
}

pub fn entries(room: RoomId, term: Term, after: Seq, count: u64) -> RoomAppend {
    let entries = (after + 1..=after + count).map(entry).collect();
    let (rows, logged) = (Vec::new(), Vec::new());
    RoomAppend { room, term, after, entries, rows, logged, snapshot: None }
}

fn seat(order: &str, event: i64, seat: i64, status: &str) -> DerivedRow {
    DerivedRow {
        table: "order_places",
        key: vec![("order_id", order.into()), ("place_no", 0.into())],
        set: Some(vec![
            ("event_id", event.into()),
            ("seat", seat.into()),
            ("area", Value::Null),
            ("count", 1.into()),
            ("price", 2_500.into()),
            ("label", "A1".into()),
            ("status", status.into()),
        ]),
    }
}

pub fn append(journal: &dyn Journal, append: RoomAppend) -> Verdict {
    journal.append(append).blocking_recv().unwrap().unwrap()
}

fn seqs(journal: &dyn Journal, room: RoomId) -> Vec<Seq> {
    journal.read(room, 0, usize::MAX).unwrap().iter().map(|entry| entry.seq).collect()
}

fn is_constraint(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Rejected(Rejection::Constraint(_)))
}

// -------------------------------------------------------------------------------------- promises

fn p1_what_was_durable_is_there_after_a_restart(driver: impl Driver) {
    let (room, term) = make(driver.journal(), 1);
    assert_eq!(append(driver.journal(), entries(room, term, 0, 3)), Verdict::Durable);
    let driver = driver.restarted();
    assert_eq!(seqs(driver.journal(), room), [1, 2, 3]);
}

fn p2_a_room_is_written_all_or_none(driver: impl Driver) {
    let journal = driver.journal();
    let (room, term) = make(journal, 1);
    let mut first = entries(room, term, 0, 1);
    first.rows = vec![seat("o1", 42, 7, "booked")];
    assert_eq!(append(journal, first), Verdict::Durable);

    let mut second = entries(room, term, 1, 2);
    second.snapshot = Some(SnapshotRecord { seq: 3, body: (*b"late").into() });
    second.rows = vec![seat("o2", 42, 8, "booked"), seat("o3", 42, 7, "booked")];
    assert!(is_constraint(&append(journal, second)));
    assert_eq!(seqs(journal, room), [1]);
    assert_eq!(journal.snapshot(room).unwrap(), None);

    // Seat 8 was not kept either: it can still be booked by another order.
    let mut third = entries(room, term, 1, 1);
    third.rows = vec![seat("o4", 42, 8, "booked")];
    assert_eq!(append(journal, third), Verdict::Durable);
}

fn p3_a_rejected_room_leaves_the_others_be(driver: impl Driver) {
    let journal = driver.journal();
    let rooms: Vec<_> = (0..20).map(|number| make(journal, number)).collect();
    // Queued without waiting, so that they share commits; every third is wrong in some way.
    let answers: Vec<_> = rooms
        .iter()
        .enumerate()
        .map(|(n, (room, term))| {
            let mut append = entries(*room, *term, 0, 2);
            match n % 6 {
                2 => append.term += 1,
                5 => append.rows = vec![seat("a", 1, 1, "booked"), seat("b", 1, 1, "booked")],
                _ => append.rows = vec![seat(&format!("o{n}"), 1, 100 + n as i64, "booked")],
            }
            journal.append(append)
        })
        .collect();
    for (n, answer) in answers.into_iter().enumerate() {
        let verdict = answer.blocking_recv().unwrap().unwrap();
        match n % 6 {
            2 => assert_eq!(verdict, Verdict::Rejected(Rejection::Term)),
            5 => assert!(is_constraint(&verdict)),
            _ => assert_eq!(verdict, Verdict::Durable),
        }
        let written = if n % 3 == 2 { vec![] } else { vec![1, 2] };
        assert_eq!(seqs(journal, rooms[n].0), written, "room {n}");
    }
}

fn p4_term_and_head_are_a_fence(driver: impl Driver) {
    let journal = driver.journal();
    let (room, old) = make(journal, 1);
    assert_eq!(append(journal, entries(room, old, 0, 2)), Verdict::Durable);

    let head = Verdict::Rejected(Rejection::Head);
    assert_eq!(append(journal, entries(room, old, 1, 1)), head);
    assert_eq!(append(journal, entries(room, old, 3, 1)), head);
    let mut gap = entries(room, old, 2, 2);
    gap.entries[1].seq = 5;
    assert_eq!(append(journal, gap), head);

    let new = journal.open(room).unwrap().term;
    assert!(new > old);
    let term = Verdict::Rejected(Rejection::Term);
    assert_eq!(append(journal, entries(room, old, 2, 1)), term);
    assert_eq!(append(journal, entries(room, new + 1, 2, 1)), term);
    assert_eq!(append(journal, entries(self::room(404), new, 0, 1)), term);
    assert_eq!(append(journal, entries(room, new, 2, 1)), Verdict::Durable);
    assert_eq!(seqs(journal, room), [1, 2, 3]);
}

fn p5_a_constraint_is_the_second_line_of_defence(driver: impl Driver) {
    let journal = driver.journal();
    let (one, term_one) = make(journal, 1);
    let (two, term_two) = make(journal, 2);
    let sell = |room, term, after, row| {
        let mut sale = entries(room, term, after, 1);
        sale.rows = vec![row];
        append(journal, sale)
    };
    assert_eq!(sell(one, term_one, 0, seat("o1", 42, 7, "booked")), Verdict::Durable);
    assert!(is_constraint(&sell(two, term_two, 0, seat("o2", 42, 7, "booked"))));
    assert_eq!(sell(two, term_two, 0, seat("o2", 43, 7, "booked")), Verdict::Durable);
    // A cancelled place frees its seat, and the same row may be written over.
    assert_eq!(sell(one, term_one, 1, seat("o1", 42, 7, "cancelled")), Verdict::Durable);
    assert_eq!(sell(two, term_two, 1, seat("o3", 42, 7, "booked")), Verdict::Durable);
    // A deleted one too.
    let gone = DerivedRow { set: None, ..seat("o3", 42, 7, "booked") };
    assert_eq!(sell(two, term_two, 2, gone), Verdict::Durable);
    assert_eq!(sell(one, term_one, 2, seat("o4", 42, 7, "booked")), Verdict::Durable);

    // A command's id is once in a room, for ever.
    let id = Some((CommandId(Uuid::from_u128(9)), u64::MAX));
    let with_id = |after| {
        let mut append = entries(one, term_one, after, 1);
        append.entries[0].command = id;
        append
    };
    assert_eq!(append(journal, with_id(3)), Verdict::Durable);
    assert!(is_constraint(&append(journal, with_id(4))));
    assert_eq!(journal.accepted(one).unwrap(), [(CommandId(Uuid::from_u128(9)), u64::MAX, 4)]);
}

fn p7_appends_of_a_room_keep_their_order(driver: impl Driver) {
    let journal = driver.journal();
    let (room, term) = make(journal, 1);
    let answers: Vec<_> = (0..500).map(|n| journal.append(entries(room, term, n * 2, 2))).collect();
    for answer in answers {
        assert_eq!(answer.blocking_recv().unwrap().unwrap(), Verdict::Durable);
    }
    assert_eq!(seqs(journal, room), (1..=1_000).collect::<Vec<_>>());
}

fn p7_what_follows_a_rejected_append_is_rejected_too(driver: impl Driver) {
    let journal = driver.journal();
    let (room, term) = make(journal, 1);
    let mut bad = entries(room, term, 0, 1);
    bad.rows = vec![seat("a", 1, 1, "booked"), seat("b", 1, 1, "booked")];
    let bad = journal.append(bad);
    let next = journal.append(entries(room, term, 1, 1));
    assert!(is_constraint(&bad.blocking_recv().unwrap().unwrap()));
    let next = next.blocking_recv().unwrap().unwrap();
    assert_eq!(next, Verdict::Rejected(Rejection::Head));
    assert_eq!(seqs(journal, room), Vec::<u64>::new());
}

fn p9_what_was_awake_is_due_and_what_sleeps_when_it_said(driver: impl Driver) {
    let (awake, _) = make(driver.journal(), 1);
    let (never, _) = make(driver.journal(), 2);
    let (later, _) = make(driver.journal(), 3);
    driver.journal().set_wake(never, None).unwrap();
    driver.journal().set_wake(later, Some(1_000)).unwrap();
    let driver = driver.restarted();
    let due = |at| -> Vec<RoomId> {
        driver.journal().due(at).unwrap().into_iter().map(|(room, _)| room).collect()
    };
    assert_eq!(due(999), [awake]);
    assert_eq!(due(1_000), [awake, later]);
}

fn p8_open_raises_the_term_and_reads_back_what_was_written(driver: impl Driver) {
    let (room, term) = make(driver.journal(), 1);
    let mut written = entries(room, term, 0, 5);
    written.entries[2].command = Some((CommandId(Uuid::from_u128(77)), 1 << 63));
    written.snapshot = Some(SnapshotRecord { seq: 5, body: (*b"state at 5").into() });
    assert_eq!(append(driver.journal(), written.clone()), Verdict::Durable);

    let driver = driver.restarted();
    let journal = driver.journal();
    let record = journal.open(room).unwrap();
    assert_eq!((record.term, record.head, record.wake_at), (term + 1, 5, Some(0)));
    assert_eq!((record.app.as_str(), record.version, &*record.config), ("test", 3, "{\"a\":1}"));
    assert_eq!(journal.find("rooms/1").unwrap(), Some(record.clone()));
    assert_eq!(journal.rooms().unwrap(), [record]);
    assert_eq!(journal.read(room, 0, 100).unwrap(), written.entries);
    assert_eq!(journal.read(room, 2, 2).unwrap(), written.entries[2..4]);
    assert_eq!(journal.snapshot(room).unwrap(), written.snapshot);
}

fn p10_rows_of_logs_are_written_with_their_entries(driver: impl Driver) {
    let said = |no, value: &str| Logged {
        shape: "messages".into(),
        no,
        audience: Audience::All,
        value: value.into(),
    };
    let with = |room, term, after, logged| RoomAppend { logged, ..entries(room, term, after, 1) };
    let (one, two) = (make(driver.journal(), 1), make(driver.journal(), 2));
    let first = vec![said(1, "\"a\""), said(2, "\"b\""), said(3, "\"c\"")];
    assert_eq!(append(driver.journal(), with(one.0, one.1, 0, first)), Verdict::Durable);
    let other = Logged { shape: "notices".into(), ..said(1, "\"n\"") };
    assert_eq!(append(driver.journal(), with(two.0, two.1, 0, vec![other])), Verdict::Durable);
    // Nothing of an append that is left out is kept.
    let late = append(driver.journal(), with(one.0, one.1, 0, vec![said(1, "\"lost\"")]));
    assert_eq!(late, Verdict::Rejected(Rejection::Head));
    let amended = vec![said(1, "\"A\""), said(4, "\"d\"")];
    assert_eq!(append(driver.journal(), with(one.0, one.1, 1, amended)), Verdict::Durable);
    let driver = driver.restarted();
    let page = |before, limit| {
        let rows = driver.journal().history(one.0, "messages", before, limit).unwrap();
        rows.into_iter().map(|row| (row.no, row.value)).collect::<Vec<_>>()
    };
    let row = |no: u64, value: &str| (no, format!("\"{value}\""));
    assert_eq!(page(u64::MAX, 2), [row(3, "c"), row(4, "d")]);
    assert_eq!(page(3, 5), [row(1, "A"), row(2, "b")]);
    assert_eq!(page(1, 5), []);
    let notices = driver.journal().history(two.0, "notices", 2, 5).unwrap();
    assert_eq!((notices.len(), notices[0].audience.as_str()), (1, "all"));
    assert_eq!(driver.journal().history(room(9), "messages", 9, 9).unwrap(), []);
}

/// What stands in for a word: the values that begin with the account's number.
fn without(account: AccountId, shape: &str, value: &str) -> Option<String> {
    let is_theirs = shape == "messages" && value.contains(&format!("\"by\":{account},\"w"));
    is_theirs.then(|| format!("{{\"by\":{account},\"gone\":true}}"))
}

fn p11_words_are_written_over_and_the_history_is_another(driver: impl Driver) {
    let said = |no: u64, by: u64| Logged {
        shape: "messages".into(),
        no,
        audience: Audience::All,
        value: format!("{{\"by\":{by},\"word\":\"w{by}\"}}").into(),
    };
    let body = |row: &Logged| {
        let op = format!("[\"log\",\"messages\",{},{}]", row.no, row.value);
        format!("{{\"at\":1,\"do\":\"say\",\"by\":{},\"ops\":[[\"all\",0,[{op}]]]}}", row.no + 6)
    };
    let journal = driver.journal();
    let ((one, term), (other, other_term)) = (make(journal, 1), make(journal, 2));
    let logged = vec![said(1, 7), said(2, 8)];
    let mut written = RoomAppend {
        snapshot: Some(SnapshotRecord { seq: 2, body: (*b"{}").into() }),
        logged: logged.clone(),
        ..entries(one, term, 0, 2)
    };
    for (entry, row) in written.entries.iter_mut().zip(&logged) {
        entry.command = Some((CommandId(Uuid::from_u128(row.no.into())), 5));
        entry.body = body(row).into_bytes().into();
    }
    assert_eq!(append(journal, written.clone()), Verdict::Durable);
    assert_eq!(append(journal, entries(other, other_term, 0, 1)), Verdict::Durable);
    let acted = journal.acted_in(AccountId(7)).unwrap();
    assert_eq!(acted, [ActedIn { path: "rooms/1".into(), app: "test".into() }]);
    let erasing = |room, account| Erasing {
        room,
        account: AccountId(account),
        without,
        epoch: Uuid::from_u128(77),
    };
    assert!(!journal.erase(erasing(one, 9)).unwrap(), "they never spoke");
    assert!(!journal.erase(erasing(other, 7)).unwrap(), "not there");
    assert!(journal.snapshot(one).unwrap().is_some());
    assert!(journal.erase(erasing(one, 7)).unwrap());
    assert!(!journal.erase(erasing(one, 7)).unwrap(), "once");
    // Whoever works with what was before can write no more.
    let late = append(journal, entries(one, term, 2, 1));
    assert_eq!(late, Verdict::Rejected(Rejection::Term));
    let driver = driver.restarted();
    let journal = driver.journal();
    let record = journal.find("rooms/1").unwrap().unwrap();
    assert_eq!((record.epoch, record.head), (Uuid::from_u128(77), 2));
    assert_eq!(journal.snapshot(one).unwrap(), None);
    let bodies = journal.read(one, 0, 9).unwrap();
    let gone = String::from_utf8_lossy(&bodies[0].body).into_owned();
    assert!(gone.contains("{\"by\":7,\"gone\":true}") && !gone.contains("w7"), "{gone}");
    assert_eq!(bodies[1], written.entries[1], "somebody else's is as it was");
    let rows = journal.history(one, "messages", 9, 9).unwrap();
    let rows: Vec<_> = rows.into_iter().map(|row| row.value).collect();
    assert_eq!(rows, ["{\"by\":7,\"gone\":true}", &*logged[1].value]);
    let hashes = journal.accepted(one).unwrap();
    assert_eq!(hashes.iter().map(|(_, hash, _)| *hash).collect::<Vec<_>>(), [0, 5]);
}

fn a_room_has_its_path_and_id_alone(driver: impl Driver) {
    let journal = driver.journal();
    let (room, _) = make(journal, 1);
    let again = |room, path: &str| {
        let epoch = Uuid::from_u128(0);
        let config = "null".into();
        journal.create(NewRoom { room, path: path.into(), app: "x", version: 1, config, epoch })
    };
    assert!(matches!(again(room, "rooms/other"), Err(StoreError::Conflict(_))));
    assert!(matches!(again(self::room(2), "rooms/1"), Err(StoreError::Conflict(_))));
    assert!(matches!(journal.open(self::room(2)), Err(StoreError::NotFound)));
    assert!(matches!(journal.set_wake(self::room(2), None), Err(StoreError::NotFound)));
    assert_eq!(journal.find("rooms/other").unwrap(), None);
    assert_eq!(journal.read(self::room(2), 0, 1).unwrap(), []);
}

/// SQLite's half of this promise needs its inside: see `db/sqlite/writer_tests.rs`.
#[test]
fn p6_memory_a_full_disk_loses_nothing() {
    let journal = Memory::new().with_capacity(25);
    let (room, term) = make(&journal, 1);
    assert_eq!(append(&journal, entries(room, term, 0, 3)), Verdict::Durable);
    let full = journal.append(entries(room, term, 3, 1)).blocking_recv().unwrap();
    assert_eq!(full, Err(AppendFailure::Full));
    assert_eq!(seqs(&journal, room), [1, 2, 3]);
    let journal = journal.with_capacity(usize::MAX);
    assert_eq!(append(&journal, entries(room, term, 3, 1)), Verdict::Durable);
}

macro_rules! on_every_driver {
    ($($promise:ident),* $(,)?) => {
        mod memory { $(#[test] fn $promise() { super::$promise(super::MemoryDriver::start()); })* }
        mod sqlite { $(#[test] fn $promise() { super::$promise(super::SqliteDriver::start()); })* }
    };
}

on_every_driver!(
    p1_what_was_durable_is_there_after_a_restart,
    p2_a_room_is_written_all_or_none,
    p3_a_rejected_room_leaves_the_others_be,
    p4_term_and_head_are_a_fence,
    p5_a_constraint_is_the_second_line_of_defence,
    p7_appends_of_a_room_keep_their_order,
    p7_what_follows_a_rejected_append_is_rejected_too,
    p8_open_raises_the_term_and_reads_back_what_was_written,
    p10_rows_of_logs_are_written_with_their_entries,
    p11_words_are_written_over_and_the_history_is_another,
    p9_what_was_awake_is_due_and_what_sleeps_when_it_said,
    a_room_has_its_path_and_id_alone,
);
