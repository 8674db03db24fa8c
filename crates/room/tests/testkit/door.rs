//! Who may know of a room, who comes in, when it starts and ends: the promises of a door (PROTOCOL.md R80–R92).

use crate::den::{Den, OWNER, ask, at_the_door, door, fact, notices, open, person, phase};
use houseful_room::door::{DoorConfig, LINE_MAX, TURN_MS, Visibility, config};
use houseful_room::testkit::{Guest, Script};
use houseful_room::{Audience, Epoch, Mono, Now, Principal, Room, Standing, View};

const TOKEN: &str = "m2Qk3C0m1XjQ9b7YwS4uWc0pJk8fLr6TzVhNd5aGxEo";
/// The SHA-256 of [`TOKEN`], by another program.
const HASH: &str = "f23eee9cf0a7d5b7bb2d26f3658e7288e7ca6e881783c7d95adefce4e97a8aa8";

fn with(change: impl FnOnce(&mut DoorConfig)) -> Script<Den> {
    let mut door = door();
    change(&mut door);
    open(&door)
}

/// Comes in, or says why not.
fn comes(script: &mut Script<Den>, who: Principal) -> &'static str {
    let guest = script.join_as(who);
    let code = at_the_door(script, guest);
    script.lose(guest);
    code
}

#[test]
fn r80_a_door_says_who_may_know_of_a_room() {
    let known = |visibility: Visibility| {
        let mut script = with(|door| door.visibility = visibility);
        let owner = script.join(OWNER);
        assert_eq!((at_the_door(&script, owner), &*fact(&script, owner, "title")), ("in", "Den"));
        (comes(&mut script, person(2)), comes(&mut script, Principal::VISITOR))
    };
    assert_eq!(known(Visibility::Public), ("in", "in"));
    assert_eq!(known(Visibility::Unlisted), ("in", "sign_in_required"));
    assert_eq!(known(Visibility::Private), ("no_such_room", "no_such_room"));
}

#[test]
fn r81_who_keeps_a_room_may_do_what_others_may_not() {
    let mut script = open(&door());
    let (ann, ben, cid) = (script.join(OWNER), script.join(2), script.join(3));
    assert_eq!(ask(&mut script, ben, "room.invite", r#"{"account":3}"#), "not_allowed");
    let moderator = r#"{"account":2,"role":"moderator"}"#;
    assert_eq!(ask(&mut script, ann, "room.invite", moderator), "ok");
    assert_eq!(script.copy(ben).rows("guests").count(), 1, "who keeps the room sees who is known");
    assert_eq!(script.copy(cid).rows("guests").count(), 0);
    assert_eq!(ask(&mut script, ben, "room.invite", r#"{"account":3}"#), "ok");
    assert_eq!(ask(&mut script, ben, "room.settings", r#"{"locked":true}"#), "ok");
    for (name, body) in [
        ("room.rename", r#"{"title":"Ben's"}"#),
        ("room.settings", r#"{"maximum":3}"#),
        ("room.close", "{}"),
        ("room.invite", r#"{"account":4,"role":"moderator"}"#),
        ("room.kick", r#"{"account":1}"#),
        ("room.ban", r#"{"account":2}"#),
    ] {
        assert_eq!(ask(&mut script, ben, name, body), "not_allowed", "{name}");
    }
    let admin = Principal { standing: Standing::Admin, ..person(9) };
    let admin = script.stand_outside(admin);
    assert_eq!(ask(&mut script, admin, "room.rename", r#"{"title":"Quiet den"}"#), "ok");
    assert_eq!(fact(&script, cid, "title"), "Quiet den");
    assert_eq!(ask(&mut script, admin, "room.renown", "{}"), "unknown_command");
}

#[test]
fn r82_a_room_waits_for_its_minimum_and_says_so() {
    let mut script = with(|door| door.minimum = 3);
    let (ann, ben) = (script.join(OWNER), script.join(2));
    assert_eq!(phase(&script, ann), "waiting");
    let refusal = script.command(ann, "push", "{}").expect_err("it has not started");
    assert_eq!(refusal.code, "not_started");
    assert_eq!(refusal.details.expect("details")["missing"], 1);
    script.join_as(Principal::VISITOR);
    assert_eq!(phase(&script, ben), "waiting", "who only looks does not count");
    let cid = script.join(3);
    assert_eq!((phase(&script, ben), ask(&mut script, ann, "push", "{}")), ("open".into(), "ok"));
    assert_eq!(notices(&script, ben), ["waiting", "started"]);
    script.leave(cid);
    script.leave(ben);
    assert_eq!(phase(&script, ann), "open", "it goes on with those who are left");
    script.lose(ann);
    script.advance_ms(20_000);
    let ann = script.join(OWNER);
    assert_eq!(phase(&script, ann), "waiting", "it waits again once everybody has left");
}

#[test]
fn r83_a_full_room_says_so() {
    let mut script = with(|door| door.maximum = Some(2));
    let ben = script.join(2);
    script.join(3);
    let dan = script.join(4);
    let refusal = script.refused_at_the_door(dan).expect("it is full");
    assert_eq!(refusal.code, "room_full");
    let details = refusal.details.clone().expect("details");
    assert_eq!((&details["maximum"], &details["inLine"]), (&2.into(), &0.into()));
    assert_eq!(ask(&mut script, dan, "push", "{}"), "room_full", "nor by another way in");
    script.lose(ben);
    assert_eq!(comes(&mut script, person(4)), "room_full", "a place is kept for a while");
    script.rejoin(ben);
    assert_eq!(at_the_door(&script, ben), "in");
    assert_eq!(comes(&mut script, person(OWNER)), "in", "who keeps the room always gets in");
    assert_eq!(comes(&mut script, Principal::VISITOR), "in", "who looks takes no place");
    script.leave(ben);
    script.advance_ms(20_000);
    script.rejoin(dan);
    assert_eq!(at_the_door(&script, dan), "in");
}

/// A room of two that is full, with these in line.
fn full(line: &[u64]) -> (Script<Den>, [Guest; 2], Vec<Guest>) {
    let mut script = with(|door| door.maximum = Some(2));
    let inside = [script.join(20), script.join(21)];
    let mut stand = |account: &u64| {
        let guest = script.join(*account);
        script.command(guest, "room.wait", "{}").expect("there is a line");
        script.rejoin(guest);
        guest
    };
    let line = line.iter().map(&mut stand).collect();
    (script, inside, line)
}

fn place(script: &Script<Den>, guest: Guest, account: u64) -> Option<u64> {
    script.copy(guest).row("line", &account.to_string())?["place"].as_u64()
}

#[test]
fn r84_the_line_moves_in_order_and_whose_turn_it_is_has_a_while() {
    let (mut script, [ann, ben], line) = full(&[5, 4, 3]);
    let see = |script: &Script<Den>| -> Vec<Option<u64>> {
        line.iter().zip([5, 4, 3]).map(|(guest, id)| place(script, *guest, id)).collect()
    };
    assert_eq!(see(&script), [Some(1), Some(2), Some(3)]);
    let waiting = script.copy(line[1]);
    assert_eq!(waiting.cell("door"), None, "in line one sees nothing of the room");
    assert_eq!(waiting.rows("line").count(), 1, "nor of the others in line");
    assert_eq!(ask(&mut script, line[1], "push", "{}"), "in_line");
    assert_eq!(script.show(line[1], "cursor", "1").expect_err("not inside").code, "not_joined");

    script.leave(ann);
    assert!(script.copy(line[0]).cell("door").is_some(), "they join again and are in");
    assert_eq!(see(&script)[1..], [Some(1), Some(2)]);
    assert_eq!(comes(&mut script, person(9)), "room_full", "nobody jumps the line");

    script.lose(line[1]);
    script.leave(ben);
    assert_eq!(place(&script, line[2], 3), Some(1));
    script.advance_ms(9_000);
    assert_eq!(place(&script, line[2], 3), Some(1), "who is called may be on the way back");
    script.advance_ms(2_000);
    assert!(script.copy(line[2]).cell("door").is_some(), "but not for ever");
}

#[test]
fn r84_a_turn_that_nobody_takes_goes_to_the_next() {
    let (mut script, [ann, _], line) = full(&[5, 4]);
    script.ignore_resyncs(line[0]);
    script.leave(ann);
    assert_eq!(place(&script, line[1], 4), Some(1));
    script.advance_ms(TURN_MS - 1);
    assert_eq!((script.put_out(line[0]), place(&script, line[1], 4)), (None, Some(1)));
    assert_eq!(comes(&mut script, person(9)), "room_full", "the place is kept meanwhile");
    script.advance_ms(1);
    assert_eq!(script.put_out(line[0]), Some("turn_over"));
    assert!(script.copy(line[1]).cell("door").is_some(), "the next is called, and comes");
    script.rejoin(line[0]);
    assert_eq!(at_the_door(&script, line[0]), "room_full", "whose turn is over begins anew");
}

#[test]
fn r84_a_line_has_an_end_and_is_only_before_a_full_room() {
    let mut script = with(|door| door.maximum = Some(1));
    let ann = script.stand_outside(person(2));
    assert_eq!(ask(&mut script, ann, "room.wait", "{}"), "not_full");
    script.join(3);
    for account in 0..LINE_MAX as u64 {
        let guest = script.stand_outside(person(1_000 + account));
        assert_eq!(ask(&mut script, guest, "room.wait", "{}"), "ok");
    }
    assert_eq!(ask(&mut script, ann, "room.wait", "{}"), "line_full");
    script.advance_ms(20_000);
    assert_eq!(ask(&mut script, ann, "room.wait", "{}"), "ok", "who never came is gone");
}

#[test]
fn r84_the_line_survives_a_restart() {
    let (mut script, [ann, ben], line) = full(&[5, 4]);
    script.crash();
    for guest in [ann, ben, line[0], line[1]] {
        script.rejoin(guest);
    }
    script.advance_ms(20_000);
    assert_eq!(place(&script, line[1], 4), Some(2));
    script.leave(ann);
    assert!(script.copy(line[0]).cell("door").is_some());
}

#[test]
fn r85_a_locked_room_lets_nobody_new_in() {
    let mut script = with(|door| door.maximum = Some(3));
    let (ann, ben) = (script.join(OWNER), script.join(2));
    let looks = script.join_as(Principal::VISITOR);
    assert_eq!(ask(&mut script, ann, "room.invite", r#"{"account":4}"#), "ok");
    assert_eq!(ask(&mut script, ann, "room.settings", r#"{"locked":true}"#), "ok");
    assert_eq!(script.put_out(looks), Some("room_locked"));
    assert_eq!(comes(&mut script, person(3)), "room_locked");
    script.lose(ben);
    script.rejoin(ben);
    assert_eq!(at_the_door(&script, ben), "in", "who was here may come back");
    assert_eq!(comes(&mut script, person(4)), "in", "and who is invited");
    assert_eq!(ask(&mut script, ann, "room.settings", r#"{"locked":false}"#), "ok");
    assert_eq!(comes(&mut script, person(3)), "room_full", "the invited one is within grace");
    assert_eq!(notices(&script, ann), ["locked", "unlocked"]);
}

#[test]
fn r86_settings_are_checked_and_a_room_that_becomes_private_keeps_who_is_inside() {
    let mut script = open(&door());
    let (ann, ben) = (script.join(OWNER), script.join(2));
    let looks = script.join_as(Principal::VISITOR);
    for body in [
        r#"{"minimum":0}"#,
        r#"{"minimum":201}"#,
        r#"{"maximum":0}"#,
        r#"{"maximum":100001}"#,
        r#"{"minimum":3,"maximum":2}"#,
        r#"{"visibility":"secret"}"#,
        r#"{"colour":"red"}"#,
    ] {
        let refusal = script.command(ann, "room.settings", body).expect_err("it is wrong");
        assert_eq!(refusal.code, "invalid_command", "{body}");
        assert!(!refusal.fields.is_empty(), "{body} names the field");
    }
    for title in [String::new(), "   ".into(), "a\nb".into(), "x".repeat(121)] {
        let body = serde_json::json!({ "title": title }).to_string();
        assert_eq!(ask(&mut script, ann, "room.rename", &body), "invalid_command");
    }
    let long = serde_json::json!({ "title": format!(" {} ", "🦉".repeat(120)) }).to_string();
    assert_eq!(ask(&mut script, ann, "room.rename", &long), "ok");
    assert_eq!(ask(&mut script, ann, "room.settings", r#"{"maximum":5}"#), "ok");
    assert_eq!(ask(&mut script, ann, "room.settings", r#"{"maximum":null}"#), "ok");
    assert_eq!(ask(&mut script, ann, "room.settings", r#"{"visibility":"private"}"#), "ok");
    assert_eq!(script.put_out(looks), Some("room_private"));
    assert_eq!(comes(&mut script, person(3)), "no_such_room");
    script.leave(ben);
    assert_eq!(comes(&mut script, person(2)), "in", "who was inside is invited");
    assert_eq!(script.copy(ann).rows("guests").count(), 1);
}

#[test]
fn r87_a_room_is_closed_at_once_or_after_a_while() {
    let mut script = open(&door());
    let (ann, ben) = (script.join(OWNER), script.join(2));
    assert_eq!(ask(&mut script, ann, "room.close", r#"{"inMs":86400001}"#), "invalid_command");
    assert_eq!(ask(&mut script, ann, "room.close", r#"{"inMs":60000}"#), "ok");
    assert_eq!(
        (phase(&script, ben), notices(&script, ben)),
        ("closing".into(), vec!["closing".into()])
    );
    assert_eq!(ask(&mut script, ben, "push", "{}"), "ok", "it goes on until then");
    script.advance_ms(30_000);
    script.crash();
    script.rejoin(ben);
    script.advance_ms(29_000);
    assert_eq!(at_the_door(&script, ben), "in");
    script.advance_ms(2_000);
    assert_eq!(script.put_out(ben), Some("room_closed"));
    assert_eq!(script.host().room().headcount().here, 0);
    for who in [person(OWNER), person(2), Principal::VISITOR] {
        assert_eq!(comes(&mut script, who), "room_closed");
    }
    assert_eq!(ask(&mut script, ann, "room.rename", r#"{"title":"Again"}"#), "room_closed");
}

#[test]
fn r88_the_invited_come_in_and_who_is_no_longer_is_out() {
    let mut script = with(|door| door.visibility = Visibility::Private);
    let ann = script.join(OWNER);
    assert_eq!(ask(&mut script, ann, "room.invite", r#"{"account":0}"#), "invalid_command");
    let banned = r#"{"account":2,"role":"banned"}"#;
    assert_eq!(ask(&mut script, ann, "room.invite", banned), "invalid_command");
    assert_eq!(ask(&mut script, ann, "room.invite", r#"{"account":2}"#), "ok");
    let ben = script.join(2);
    assert_eq!(at_the_door(&script, ben), "in");
    assert_eq!(ask(&mut script, ann, "room.uninvite", r#"{"account":3}"#), "not_invited");
    assert_eq!(ask(&mut script, ann, "room.uninvite", r#"{"account":2}"#), "ok");
    assert_eq!(script.put_out(ben), Some("uninvited"));
    assert_eq!(ask(&mut script, ben, "push", "{}"), "no_such_room");
    assert_eq!(ask(&mut script, ben, "room.nothing", "}"), "no_such_room", "whatever is asked");
    assert_eq!(comes(&mut script, person(2)), "no_such_room");
}

#[test]
fn r89_a_link_lets_in_so_many_people_each_once() {
    let mut script = with(|door| door.visibility = Visibility::Private);
    let ann = script.join(OWNER);
    let link = |uses: u32| format!(r#"{{"hash":"{HASH}","uses":{uses}}}"#);
    let redeem = format!(r#"{{"token":"{TOKEN}"}}"#);
    assert_eq!(ask(&mut script, ann, "room.link", &link(0)), "invalid_command");
    assert_eq!(ask(&mut script, ann, "room.link", &link(1_001)), "invalid_command");
    assert_eq!(ask(&mut script, ann, "room.link", r#"{"hash":"short"}"#), "invalid_command");
    assert_eq!(ask(&mut script, ann, "room.link", &link(2)), "ok");
    let [ben, cid, dan] = [2, 3, 4].map(|account| script.stand_outside(person(account)));
    assert_eq!(ask(&mut script, ben, "room.redeem", r#"{"token":"guess"}"#), "no_such_room");
    assert_eq!(ask(&mut script, ben, "room.redeem", "{}"), "no_such_room");
    assert_eq!(ask(&mut script, ben, "room.redeem", &redeem), "ok");
    assert_eq!(ask(&mut script, ben, "room.redeem", &redeem), "ok", "again changes nothing");
    script.rejoin(ben);
    assert_eq!(at_the_door(&script, ben), "in");
    assert_eq!(ask(&mut script, ann, "room.uninvite", r#"{"account":2}"#), "ok");
    assert_eq!(ask(&mut script, ben, "room.redeem", &redeem), "no_such_room", "once a person");
    script.crash();
    assert_eq!(ask(&mut script, cid, "room.redeem", &redeem), "ok");
    assert_eq!(ask(&mut script, dan, "room.redeem", &redeem), "no_such_room", "it is used up");
    let journal = format!("{:?}", script.log().records());
    assert!(!journal.contains(TOKEN), "the journal does not know the token");
}

#[test]
fn r89_a_link_ends() {
    let mut script = with(|door| door.visibility = Visibility::Private);
    let ann = script.join(OWNER);
    let until = |ms: i64| format!(r#"{{"hash":"{HASH}","until":{ms}}}"#);
    let now = script.wall().0;
    let month = 30 * 24 * 60 * 60 * 1_000;
    assert_eq!(ask(&mut script, ann, "room.link", &until(now)), "invalid_command");
    assert_eq!(ask(&mut script, ann, "room.link", &until(now + month + 9)), "invalid_command");
    assert_eq!(ask(&mut script, ann, "room.link", &until(now + 1_000)), "ok");
    script.advance_ms(2_000);
    let redeem = format!(r#"{{"token":"{TOKEN}"}}"#);
    let ben = script.stand_outside(person(2));
    assert_eq!(ask(&mut script, ben, "room.redeem", &redeem), "no_such_room");
    assert_eq!(ask(&mut script, ann, "room.link", &until(now + 9_000)), "ok");
    let unlink = format!(r#"{{"hash":"{HASH}"}}"#);
    assert_eq!(ask(&mut script, ann, "room.unlink", &unlink), "ok");
    assert_eq!(ask(&mut script, ann, "room.unlink", &unlink), "no_such_link");
    assert_eq!(ask(&mut script, ben, "room.redeem", &redeem), "no_such_room");
}

#[test]
fn r90_who_is_put_out_is_out_and_who_is_banned_stays_out() {
    let mut script = open(&door());
    let (ann, ben) = (script.join(OWNER), script.join(2));
    assert_eq!(ask(&mut script, ann, "room.kick", r#"{"account":2}"#), "ok");
    assert_eq!(script.put_out(ben), Some("kicked"));
    script.rejoin(ben);
    assert_eq!(at_the_door(&script, ben), "in");
    assert_eq!(ask(&mut script, ann, "room.ban", r#"{"account":2}"#), "ok");
    assert_eq!(script.put_out(ben), Some("banned"));
    script.crash();
    script.rejoin(ann);
    script.rejoin(ben);
    assert_eq!(
        (at_the_door(&script, ben), ask(&mut script, ben, "push", "{}")),
        ("banned", "banned")
    );
    assert_eq!(ask(&mut script, ann, "room.invite", r#"{"account":2}"#), "banned");
    assert_eq!(ask(&mut script, ann, "room.unban", r#"{"account":2}"#), "ok");
    assert_eq!(ask(&mut script, ann, "room.unban", r#"{"account":2}"#), "not_banned");
    script.rejoin(ben);
    assert_eq!(at_the_door(&script, ben), "in");
}

#[test]
fn r91_notices_say_who_came_where_the_room_keeps_that() {
    let mut script = with(|door| door.keeps_comings = true);
    let (ann, ben) = (script.join(OWNER), script.join(2));
    script.lose(ben);
    script.rejoin(ben);
    script.leave(ben);
    assert_eq!(notices(&script, ann), ["joined", "joined", "left"], "not who was shortly away");
    assert_eq!(ask(&mut script, ann, "room.settings", r#"{"keepsComings":false}"#), "ok");
    script.rejoin(ben);
    assert_eq!(notices(&script, ann).len(), 3);
}

#[test]
fn r92_whom_the_parent_does_not_admit_is_not_here_either() {
    let mut script = with(|door| door.parent = Some("events/7/seats".into()));
    let of = |role, account| Principal { parent: Some(role), ..person(account) };
    assert_eq!(comes(&mut script, person(2)), "no_such_room");
    assert_eq!(comes(&mut script, person(OWNER)), "no_such_room");
    let guest = script.join_as(of("guest", 2));
    let staff = script.join_as(of("staff", 3));
    assert_eq!((at_the_door(&script, guest), at_the_door(&script, staff)), ("in", "in"));
    assert_eq!(ask(&mut script, guest, "room.kick", r#"{"account":9}"#), "not_allowed");
    assert_eq!(ask(&mut script, staff, "room.kick", r#"{"account":2}"#), "ok");
    assert_eq!(script.put_out(guest), Some("kicked"));
}

#[test]
fn r93_who_looks_sees_no_names() {
    let mut script = open(&door());
    let (ann, looks) = (script.join(OWNER), script.join_as(Principal::VISITOR));
    assert_eq!(script.copy(ann).rows("members").count(), 1);
    assert_eq!(script.copy(looks).rows("members").count(), 0);
    assert_eq!(script.host().room().part(&Audience::All).matches("members").count(), 0);
    assert_eq!(fact(&script, looks, "title"), "Den");
}

#[test]
fn a_door_of_a_counted_room_counts_too() {
    let mut script = with(|door| door.maximum = Some(230));
    let guests: Vec<Guest> = (2..=231).map(|account| script.join(account)).collect();
    assert_eq!(comes(&mut script, person(500)), "room_full");
    let next = script.join(500);
    assert_eq!(ask(&mut script, next, "room.wait", "{}"), "ok");
    script.rejoin(next);
    script.lose(guests[0]);
    assert!(script.copy(next).cell("door").is_some(), "in a counted room a place is free at once");
}

#[test]
fn r55_who_joins_again_and_is_refused_is_put_out() {
    let mut script = with(|door| door.visibility = Visibility::Private);
    let (ann, window) = (script.join(OWNER), script.join(OWNER));
    script.join_again_as(window, Principal::VISITOR);
    assert_eq!(at_the_door(&script, window), "no_such_room");
    assert_eq!(script.put_out(window), Some("no_such_room"));
    assert_eq!(script.host().room().headcount().watching, 1);
    assert_eq!(script.copy(ann).rows("members").count(), 1, "her other window is still there");
}

#[test]
fn r96_what_is_shown_while_nothing_can_be_written_is_shown_to_those_whom_the_door_lets_in() {
    let mut private = door();
    private.visibility = Visibility::Private;
    let mut script = open(&private);
    let ann = script.join(OWNER);
    assert_eq!(ask(&mut script, ann, "room.invite", r#"{"account":2}"#), "ok");
    assert_eq!(ask(&mut script, ann, "room.ban", r#"{"account":3}"#), "ok");
    let now = Now { wall: script.wall(), mono: Mono(1) };
    let recovery = script.log().recovery(Epoch::from_u128(1));
    let room = Room::<Den>::recover(&config(&private, "{}"), recovery, now).expect("a room");
    let mut view = View::of(Box::new(room)).expect("it has been opened");
    let mut shown = |who: Principal| match view.join(who, None) {
        Ok(joined) => joined.role,
        Err(refusal) => refusal.code,
    };
    assert_eq!((shown(person(OWNER)), shown(person(2))), ("owner", "member"));
    assert_eq!((shown(person(3)), shown(person(4))), ("no_such_room", "no_such_room"));
    assert_eq!(shown(Principal::VISITOR), "no_such_room");
    let joined = view.join(person(2), None).expect("a member");
    assert!(!joined.audiences.contains(&Audience::Group("keepers".into())), "{joined:?}");
}
