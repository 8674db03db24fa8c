//! What a client was told stays true when the process is killed or its disk fails. A child process
//! (an ignored test of this file) appends and prints each seq when it is durable.

use crate::contract::{append, entries, make, room};
use crate::temp::TempFolder;
use houseful::db::sqlite::{OpenError, Options, Sqlite, exit_on_fatal};
use houseful::journal::{Journal, Verdict};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

const FOLDER: &str = "HOUSEFUL_TEST_FOLDER";

fn open(folder: &Path) -> Sqlite {
    Sqlite::open(&Options { folder: folder.to_owned(), fatal: exit_on_fatal }).unwrap()
}

#[test]
#[ignore = "the child of the tests in this file"]
fn child_appends_until_it_dies() {
    let db = open(Path::new(&std::env::var_os(FOLDER).unwrap()));
    let record = db.open(room(1)).unwrap();
    let mut acked = std::io::stdout().lock();
    for seq in record.head.. {
        let durable = append(&db, entries(record.room, record.term, seq, 1));
        assert_eq!(durable, Verdict::Durable);
        writeln!(acked, "\nacked {}", seq + 1).unwrap();
    }
}

/// Starts the child under a shell's preparation.
fn start_child(folder: &Path, prepare: &str) -> Child {
    let script = format!("{prepare} exec \"$0\" \"$@\"");
    let name = "durability::child_appends_until_it_dies";
    Command::new("sh")
        .args(["-c", &script])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--ignored", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The last seq that the child called durable, reading until it ends or `kill_at` was seen.
fn last_acked(child: &mut Child, kill_at: u64) -> u64 {
    let mut last = 0;
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in lines.map_while(Result::ok) {
        if let Some(seq) = line.strip_prefix("acked ").and_then(|seq| seq.parse().ok()) {
            last = seq;
            if last == kill_at {
                child.kill().unwrap();
            }
        }
    }
    last
}

/// Everything acknowledged is there, dense, and the file is sound.
fn check(folder: &Path, acked: u64) -> u64 {
    let db = open(folder);
    assert_eq!(db.integrity().unwrap(), Vec::<String>::new());
    let seqs: Vec<_> = db.read(room(1), 0, usize::MAX).unwrap().iter().map(|e| e.seq).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
    assert!(seqs.len() as u64 >= acked, "{} entries, {acked} acknowledged", seqs.len());
    db.find("rooms/1").unwrap().unwrap().head
}

#[test]
fn a_killed_process_loses_nothing_that_was_durable() {
    let folder = TempFolder::new();
    make(&open(folder.path()), 1);
    let mut head = 0;
    for round in 0..6 {
        let mut child = start_child(folder.path(), "");
        let acked = last_acked(&mut child, head + 10 + round * 7);
        child.wait().unwrap();
        assert!(acked > head);
        head = check(folder.path(), acked);
    }
}

/// A write over the limit fails with EFBIG, which SQLite reports as an I/O error.
#[test]
fn a_failed_write_ends_the_process_and_loses_nothing() {
    let folder = TempFolder::new();
    make(&open(folder.path()), 1);
    for blocks in [800, 1_000, 1_403] {
        let mut child = start_child(folder.path(), &format!("trap '' XFSZ; ulimit -f {blocks};"));
        let acked = last_acked(&mut child, u64::MAX);
        assert_eq!(child.wait().unwrap().code(), Some(70));
        assert!(acked > 0);
        check(folder.path(), acked);
    }
}

#[test]
fn two_servers_never_have_one_folder() {
    let folder = TempFolder::new();
    let first = open(folder.path());
    let options = Options { folder: folder.path().to_owned(), fatal: exit_on_fatal };
    assert!(matches!(Sqlite::open(&options), Err(OpenError::InUse(_))));
    drop(first);
    open(folder.path());
}

#[test]
fn the_files_are_their_owners_alone() {
    let folder = TempFolder::new();
    let data = folder.path().join("data");
    let db = open(&data);
    make(&db, 1);
    for file in std::fs::read_dir(&data).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.path());
    }
    assert_eq!(std::fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);
}

#[test]
fn a_backup_of_a_busy_database_is_sound_and_complete() {
    let folder = TempFolder::new();
    let db = open(folder.path());
    let (room, term) = make(&db, 1);
    for n in 0..50 {
        append(&db, entries(room, term, n * 100, 100));
    }
    let restored = folder.path().join("restored");
    std::fs::create_dir(&restored).unwrap();
    let mut reports = 0;
    std::thread::scope(|scope| {
        let writing = scope.spawn(|| {
            for n in 50..70 {
                append(&db, entries(room, term, n * 100, 100));
            }
        });
        db.backup(&restored.join("houseful.db"), |_| reports += 1).unwrap();
        writing.join().unwrap();
    });
    let copy = open(&restored);
    assert_eq!(copy.integrity().unwrap(), Vec::<String>::new());
    let head = copy.find("rooms/1").unwrap().unwrap().head;
    assert!((5_000..=7_000).contains(&head));
    assert_eq!(copy.read(room, 0, usize::MAX).unwrap().len() as u64, head);
}
