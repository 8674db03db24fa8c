//! The script for application developers, on the small application; and the rules of copies that it
//! keeps.

use crate::kiosk::{HOLD_MS, Kiosk};
use houseful_room::testkit::{Applied, Guest, Piece, Replica, Script};
use houseful_room::{AccountId, CommandId, Principal, Standing};
use uuid::Uuid;

fn person(account: u64) -> Principal {
    Principal::person(AccountId(account), Standing::Attendee)
}

fn stool(script: &Script<Kiosk>, guest: Guest, stool: usize) -> u8 {
    script.copy(guest).grid("stools")[stool]
}

#[test]
fn a_hold_is_seen_by_all_and_ends_by_itself() {
    let mut script = Script::<Kiosk>::open("{}");
    let (ann, ben) = (script.join(1), script.join(2));
    script.command(ann, "hold", r#"{"stool":2}"#).expect("it is free");
    assert_eq!((stool(&script, ann, 2), stool(&script, ben, 2)), (1, 1));
    assert_eq!(script.command(ben, "hold", r#"{"stool":2}"#).expect_err("taken").code, "taken");
    script.advance_ms(HOLD_MS - 1);
    assert_eq!(stool(&script, ben, 2), 1);
    script.advance_ms(1);
    assert_eq!(stool(&script, ben, 2), 0);
}

#[test]
fn what_was_not_flushed_is_lost_and_was_never_shown() {
    let mut script = Script::<Kiosk>::open("{}");
    let ann = script.join(1);
    script.hold_flushes();
    let id = CommandId(Uuid::from_u128(7));
    let ticket = script.send(ann, id, "hold", r#"{"stool":0}"#);
    assert!(script.answer(ticket).is_none());
    assert_eq!(stool(&script, ann, 0), 0);
    script.crash();
    script.rejoin(ann);
    assert_eq!(stool(&script, ann, 0), 0);
    script.command_with_id(ann, id, "hold", r#"{"stool":0}"#).expect("the same id, sent again");
    assert_eq!(stool(&script, ann, 0), 1);
}

#[test]
fn r13_the_same_id_gets_the_first_answer_also_after_a_crash() {
    let mut script = Script::<Kiosk>::open("{}");
    let ann = script.join(1);
    let id = CommandId(Uuid::from_u128(7));
    let first = script.command_with_id(ann, id, "hold", r#"{"stool":0}"#).expect("free");
    script.advance_ms(10);
    let again = script.command_with_id(ann, id, "hold", r#"{"stool":0}"#).expect("known");
    script.crash();
    let after = script.command_with_id(ann, id, "hold", r#"{"stool":0}"#).expect("known");
    assert_eq!((&first, &first), (&again, &after));
}

#[test]
fn r20_a_hold_runs_in_full_after_a_crash() {
    let mut script = Script::<Kiosk>::open("{}");
    let ann = script.join(1);
    script.command(ann, "hold", r#"{"stool":0}"#).expect("free");
    script.advance_ms(HOLD_MS - 1);
    script.jump_wall(3_600_000);
    script.crash();
    script.rejoin(ann);
    script.advance_ms(HOLD_MS - 1);
    assert_eq!(stool(&script, ann, 0), 1);
    script.advance_ms(1);
    assert_eq!(stool(&script, ann, 0), 0);
}

#[test]
fn a_timer_keeps_what_was_last_told_when_it_no_longer_runs_in_full() {
    let mut script = Script::<Kiosk>::open("{}");
    let ann = script.join(1);
    script.command(ann, "hold", r#"{"stool":0}"#).expect("free");
    for _ in 0..4 {
        script.advance_ms(HOLD_MS / 2);
        script.crash();
    }
    script.rejoin(ann);
    script.advance_ms(HOLD_MS / 2 - 1);
    assert_eq!(stool(&script, ann, 0), 1, "told at the third recovery, kept after the fourth");
    script.advance_ms(1);
    assert_eq!(stool(&script, ann, 0), 0);
}

#[test]
fn r07_what_a_session_had_as_another_person_is_not_continued() {
    let mut script = Script::<Kiosk>::open("{}");
    let ann = script.join(1);
    script.command(ann, "hold", r#"{"stool":4}"#).expect("free");
    // The same person in a second window, first as a visitor.
    let window = script.join_as(Principal::VISITOR);
    assert_eq!(script.copy(window).row("owners", "4"), None);
    script.join_again_as(window, person(1));
    assert!(script.copy(window).row("owners", "4").is_some(), "the older row is there");
    script.join_again_as(window, Principal::VISITOR);
    assert_eq!(script.copy(window).row("owners", "4"), None);
}

fn piece(audience: &str, prev: u64, seq: u64, ops: &str) -> Piece {
    let text = format!(r#"{{"aud":"{audience}","prev":{prev},"seq":{seq},"ops":{ops}}}"#);
    Piece::read(&text).expect("a fragment")
}

#[test]
fn r09_fragments_of_one_message_apply_together() {
    let mut copy = Replica::default();
    let moved = [
        piece("member:1", 0, 1, r#"[["put","rows",7,"mine"]]"#),
        piece("all", 0, 2, r#"[["put","rows",7,"everyone's"]]"#),
        piece("member:1", 1, 2, r#"[["del","rows",7]]"#),
    ];
    assert_eq!(copy.apply(&moved), Applied::Yes);
    assert_eq!(copy.row("rows", "7"), Some(&"everyone's".into()));
    assert_eq!(copy.position(), 2);
}

#[test]
fn r11_what_was_passed_is_ignored_and_a_gap_is_told() {
    let mut copy = Replica::default();
    assert_eq!(copy.apply(&[piece("all", 0, 1, r#"[["cell","title","a"]]"#)]), Applied::Yes);
    assert_eq!(copy.apply(&[piece("all", 0, 1, r#"[["cell","title","b"]]"#)]), Applied::Passed);
    assert_eq!(copy.apply(&[piece("all", 2, 3, r#"[["cell","title","c"]]"#)]), Applied::Gap);
    assert_eq!(copy.cell("title"), Some(&"a".into()));
    copy.settle(2);
    assert_eq!(copy.apply(&[piece("all", 2, 3, r#"[["cell","title","c"]]"#)]), Applied::Yes);
}
