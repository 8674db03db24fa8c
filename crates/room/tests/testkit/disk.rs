//! What the simulated journal promises, and what it may lose.

use houseful_room::testkit::{Disk, Flushed, Rng};
use houseful_room::{Append, Column, DerivedRow, Entry, Seq, Term};

fn append(term: Term, after: Seq, count: u64) -> Append {
    let row = |seq: Seq| DerivedRow {
        table: "sold",
        key: vec![("stool", 1.into())],
        set: Some(vec![("at", i64::try_from(seq).unwrap_or(0).into())] as Vec<Column>),
    };
    let entry = |seq| {
        let (body, rows) = (b"{}"[..].into(), vec![row(seq)]);
        Entry { seq, command: None, body, rows, logged: Vec::new() }
    };
    let entries = (after + 1..=after + count).map(entry).collect();
    Append { term, after, entries, snapshot: None }
}

fn disk() -> Disk {
    let mut disk = Disk::new(2);
    assert_eq!(disk.log_mut(0).claim(), 1);
    assert_eq!(disk.log_mut(1).claim(), 1);
    disk
}

#[test]
fn one_flush_takes_all_that_waits() {
    let mut disk = disk();
    disk.queue(0, append(1, 0, 2), 0);
    disk.queue(0, append(1, 2, 1), 0);
    assert!(disk.begin());
    disk.queue(0, append(1, 3, 1), 0);
    assert!(!disk.begin(), "one flush at a time");
    assert_eq!(disk.finish()[&0], Flushed::Done(3));
    assert!(disk.begin());
    assert_eq!(disk.finish()[&0], Flushed::Done(4));
    assert_eq!(disk.log(0).rows().len(), 1, "one row, written over");
}

#[test]
fn a_former_owner_cannot_write() {
    let mut disk = disk();
    disk.queue(0, append(1, 0, 1), 0);
    assert!(disk.begin());
    assert_eq!(disk.log_mut(0).claim(), 2);
    disk.queue(0, append(2, 0, 1), 0);
    assert_eq!(disk.finish()[&0], Flushed::Done(0));
    assert!(disk.begin());
    assert_eq!(disk.finish()[&0], Flushed::Done(1));
    assert_eq!(disk.log(0).records()[0].term, 2);
}

#[test]
fn what_does_not_follow_the_head_is_rejected() {
    let mut disk = disk();
    disk.queue(0, append(1, 3, 1), 0);
    assert!(disk.begin());
    assert_eq!(disk.finish()[&0], Flushed::Rejected);
    assert_eq!(disk.log(0).head(), 0);
}

#[test]
fn a_full_disk_takes_nothing_and_loses_nothing() {
    let mut disk = disk();
    disk.queue(0, append(1, 0, 1), 0);
    disk.begin();
    assert_eq!(disk.finish()[&0], Flushed::Done(1));
    disk.set_full(true);
    disk.queue(0, append(1, 1, 2), 0);
    disk.begin();
    assert_eq!(disk.finish()[&0], Flushed::Full);
    disk.set_full(false);
    assert_eq!((disk.log(0).head(), disk.begin()), (1, false));
}

#[test]
fn a_room_that_is_left_out_of_a_flush_leaves_the_others_be() {
    let mut disk = disk();
    disk.queue(0, append(1, 0, 1), 0);
    disk.queue(1, append(1, 0, 2), 0);
    disk.queue(0, append(1, 1, 1), 0);
    assert!(disk.begin());
    assert_eq!(disk.flushing(), [0, 1]);
    disk.refuse(0);
    disk.queue(0, append(1, 2, 1), 0);
    disk.queue(1, append(1, 2, 1), 0);
    assert_eq!(disk.finish(), [(0, Flushed::Rejected), (1, Flushed::Done(2))].into());
    assert!(disk.begin(), "what the other had queued meanwhile is still there");
    assert_eq!(disk.finish(), [(1, Flushed::Done(3))].into());
    assert_eq!((disk.log(0).head(), disk.log(1).head()), (0, 3));
}

#[test]
fn a_crash_keeps_the_first_appends_of_the_flush_each_as_a_whole() {
    let mut heads = [false; 7];
    for seed in 0..100 {
        let mut disk = disk();
        disk.queue(0, append(1, 0, 4), 0);
        disk.queue(0, append(1, 4, 2), 0);
        disk.begin();
        disk.queue(0, append(1, 6, 4), 0);
        disk.crash(&mut Rng::new(seed));
        heads[disk.log(0).head() as usize] = true;
        assert!(!disk.begin());
    }
    assert_eq!(heads, [true, false, false, false, true, false, true]);
}
