//! What a chat promises, rule by rule (PROTOCOL.md R60 to R69). It waits for nothing.

use houseful_apps::chat::Chat;
use houseful_apps::chat::seen::{self, Line};
use houseful_room::testkit::{Guest, Script};
use houseful_room::{AccountId, Audience, Principal, SessionId, Stored, Value as Column};
use serde_json::{Value, json};

const OWNER: u64 = 1;
const MODERATOR: u64 = 2;
const ANN: u64 = 11;
const BEN: u64 = 12;
const CAT: u64 = 13;
/// Fewer messages stay in memory than a room has by default.
const KEPT: u64 = 100;

type Room = Script<Chat>;

fn open() -> Room {
    let app = json!({ "room": "events/42/chat", "event": { "id": 42, "seats": 9 }, "kept": KEPT });
    let config = json!({ "owner": OWNER, "moderators": [MODERATOR], "app": app });
    Script::open(&config.to_string())
}

fn ok(room: &mut Room, who: Guest, name: &str, body: Value) -> Value {
    let text = body.to_string();
    room.command(who, name, &text).unwrap_or_else(|no| panic!("{name} {text}: {no:?}"))
}

/// The code of a refusal, and the fields that it names.
fn no(room: &mut Room, who: Guest, name: &str, body: Value) -> (&'static str, Vec<String>) {
    let seq = room.log().head();
    let refused = room.command(who, name, &body.to_string()).expect_err("a refusal");
    assert_eq!(room.log().head(), seq, "a refusal changes nothing");
    (refused.code, refused.fields.into_keys().collect())
}

fn code(room: &mut Room, who: Guest, name: &str, body: Value) -> &'static str {
    no(room, who, name, body).0
}

fn wait_ms(room: &mut Room, who: Guest, name: &str, body: Value) -> Option<u64> {
    room.command(who, name, &body.to_string()).expect_err("a refusal").retry_after_ms
}

fn say(room: &mut Room, who: Guest, text: &str) -> u64 {
    ok(room, who, "say", json!({ "text": text }))["no"].as_u64().expect("a number")
}

fn message(room: &Room, who: Guest, no: u64) -> Value {
    let mut rows = room.copy(who).log("messages");
    rows.find(|(of, _)| *of == no).map(|(_, row)| row.clone()).expect("there is such a message")
}

/// So many messages, as slowly as they must be said.
fn many(room: &mut Room, who: Guest, count: u64) {
    for nth in 0..count {
        say(room, who, &nth.to_string());
        room.advance_ms(1_000);
    }
}

fn mentions(room: &Room) -> Vec<(i64, i64)> {
    let rows = room.log().rows();
    let int = |row: &houseful_room::DerivedRow, at: usize| match row.key[at].1 {
        Column::Int(number) => number,
        _ => -1,
    };
    rows.iter().map(|row| (int(row, 0), int(row, 2))).collect()
}

#[test]
fn r60_a_message_is_kept_as_it_was_typed() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    let text = "<script>alert(1)</script>\n\u{202e}abc 👩‍👩‍👧 e\u{301}";
    let at = room.wall();
    assert_eq!(say(&mut room, ann, &format!("  {text}\n ")), 1);
    let row = json!({ "by": ANN, "at": at, "text": text });
    assert_eq!((message(&room, ann, 1), message(&room, ben, 1)), (row.clone(), row));
    // Characters are counted, not bytes.
    assert_eq!(say(&mut room, ann, &"👍".repeat(2_000)), 2);
    assert_eq!(
        code(&mut room, ann, "say", json!({ "text": "a".repeat(2_001) })),
        "invalid_command"
    );
    assert_eq!(code(&mut room, ann, "say", json!({ "text": "\u{7}" })), "invalid_command");
}

#[test]
fn r60_all_that_is_wrong_is_named() {
    let mut room = open();
    let ann = room.join(ANN);
    let body = json!({
        "text": " \t ", "mentions": [ANN, ANN, 99], "reply": 1, "colour": 1,
        "seats": { "event": 7, "indices": [] },
    });
    let fields =
        ["colour", "mentions[1]", "mentions[2]", "reply", "seats.event", "seats.indices", "text"];
    let named = fields.map(str::to_owned).to_vec();
    assert_eq!(no(&mut room, ann, "say", body), ("invalid_command", named));
    for (name, body, field) in [
        ("say", json!({}), "text"),
        ("say", json!({ "text": 5 }), "text"),
        ("say", json!({ "text": "a", "mentions": ["b"] }), "mentions[0]"),
        ("say", json!({ "text": "a", "mentions": 5 }), "mentions"),
        (
            "say",
            json!({ "text": "a", "seats": { "event": 42, "indices": [9] } }),
            "seats.indices[0]",
        ),
        ("say", json!({ "text": "a", "seats": { "event": 42 } }), "seats.indices"),
        ("say", json!({ "text": "a", "reply": -1 }), "reply"),
        ("edit", json!({ "text": "a" }), "no"),
        ("react", json!({ "no": 1, "emoji": "ab", "on": true }), "emoji"),
        ("react", json!({ "no": 1, "emoji": "👍" }), "on"),
        ("mute", json!({ "account": ANN, "ms": 999 }), "ms"),
        ("slow", json!({ "ms": 3_600_001 }), "ms"),
    ] {
        let expected = ("invalid_command", vec![field.to_owned()]);
        assert_eq!(no(&mut room, ann, name, body.clone()), expected, "{name} {body}");
    }
    assert_eq!(code(&mut room, ann, "shout", json!({})), "unknown_command");
}

#[test]
fn r61_words_are_changed_by_their_author_and_taken_away_by_who_keeps_order_too() {
    let mut room = open();
    let (ann, ben, moderator) = (room.join(ANN), room.join(BEN), room.join(MODERATOR));
    let first = say(&mut room, ann, "helo");
    room.advance_ms(10);
    let at = room.wall();
    ok(&mut room, ann, "edit", json!({ "no": first, "text": "hello" }));
    assert_eq!(message(&room, ben, first)["text"], "hello");
    assert_eq!(message(&room, ben, first)["edited"], json!(at));
    let edit = json!({ "no": first, "text": "mine" });
    assert_eq!(code(&mut room, ben, "edit", edit.clone()), "not_author");
    assert_eq!(code(&mut room, moderator, "edit", edit.clone()), "not_author");
    assert_eq!(code(&mut room, ben, "delete", json!({ "no": first })), "not_author");
    ok(&mut room, moderator, "delete", json!({ "no": first }));
    let row = message(&room, ben, first);
    let left = json!({ "by": ANN, "at": row["at"], "deleted": "moderator" });
    assert_eq!(row, left);
    for (name, body) in [
        ("edit", edit),
        ("delete", json!({ "no": first })),
        ("react", json!({ "no": first, "emoji": "👍", "on": true })),
    ] {
        assert_eq!(code(&mut room, ann, name, body), "message_deleted");
    }
    let own = say(&mut room, moderator, "oh");
    ok(&mut room, moderator, "delete", json!({ "no": own }));
    assert_eq!(message(&room, ann, own)["deleted"], "author");
    for none in [0, own + 1, u64::MAX] {
        assert_eq!(code(&mut room, ann, "delete", json!({ "no": none })), "no_such_message");
    }
}

#[test]
fn r61_old_messages_change_too() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    ok(&mut room, ben, "say", json!({ "text": "first", "mentions": [ANN] }));
    many(&mut room, ann, KEPT + 5);
    room.crash();
    room.rejoin(ann);
    room.rejoin(ben);
    assert_eq!(room.copy(ann).log("messages").next().map(|(no, _)| no), Some(7));
    assert_eq!(code(&mut room, ann, "edit", json!({ "no": 1, "text": "a" })), "not_author");
    ok(&mut room, ann, "react", json!({ "no": 1, "emoji": "👍", "on": true }));
    ok(&mut room, ben, "edit", json!({ "no": 1, "text": "second" }));
    let row: Value =
        serde_json::from_str(&room.log().logged("messages", 1).expect("it is history")).unwrap();
    assert_eq!((&row["text"], &row["reactions"]), (&json!("second"), &json!([["👍", [ANN]]])));
    ok(&mut room, ben, "delete", json!({ "no": 1 }));
    let row = room.log().logged("messages", 1).expect("it is history");
    assert!(!row.contains("second") && row.contains("author"), "{row}");
}

#[test]
fn r62_only_who_is_or_was_spoken_of_here_can_be_mentioned() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    let mention = |who: u64| json!({ "text": "you", "mentions": [who] });
    let unknown = ("invalid_command", vec!["mentions[0]".to_owned()]);
    assert_eq!(no(&mut room, ann, "say", mention(CAT)), unknown);
    ok(&mut room, ann, "say", mention(BEN));
    ok(&mut room, ann, "say", mention(OWNER));
    ok(&mut room, ann, "say", mention(ANN));
    // One's own name is no news.
    assert_eq!(mentions(&room), [(OWNER as i64, 2), (BEN as i64, 1)]);
    room.leave(ben);
    ok(&mut room, ann, "say", mention(BEN));
    ok(&mut room, ann, "edit", json!({ "no": 1, "text": "you", "mentions": [OWNER] }));
    ok(&mut room, ann, "delete", json!({ "no": 2 }));
    assert_eq!(mentions(&room), [(OWNER as i64, 1), (BEN as i64, 4)]);
    let crowd: Vec<u64> = (100..121).collect();
    let many = no(&mut room, ann, "say", json!({ "text": "all", "mentions": crowd }));
    assert!(many.1.contains(&"mentions".to_owned()), "{many:?}");
    // They are told as far back as the room's memory goes.
    room.advance_ms(5_000);
    self::many(&mut room, ann, KEPT - 2);
    assert_eq!(mentions(&room), [(BEN as i64, 4)]);
}

#[test]
fn r63_a_message_speaks_of_seats_and_answers_another() {
    let mut room = open();
    let ann = room.join(ANN);
    let seats = json!({ "event": 42, "indices": [8, 0] });
    say(&mut room, ann, "hello");
    ok(&mut room, ann, "say", json!({ "text": "here", "seats": seats, "reply": 1 }));
    let row = message(&room, ann, 2);
    assert_eq!((&row["seats"], &row["reply"]), (&seats, &json!(1)));
    let plain = json!({ "owner": OWNER, "app": { "room": "rooms/1" } });
    let mut plain = Room::open(&plain.to_string());
    let ann = plain.join(ANN);
    let body = json!({ "text": "here", "seats": seats });
    let refused = ("invalid_command", vec!["seats.event".to_owned()]);
    assert_eq!(no(&mut plain, ann, "say", body), refused);
}

#[test]
fn r63_what_a_client_calls_its_message_is_shown_until_it_is_deleted() {
    let mut room = open();
    let ann = room.join(ANN);
    let longest = "é".repeat(64);
    ok(&mut room, ann, "say", json!({ "text": "hello", "mark": longest }));
    ok(&mut room, ann, "edit", json!({ "no": 1, "text": "hi" }));
    assert_eq!(message(&room, ann, 1)["mark"], json!(longest));
    ok(&mut room, ann, "delete", json!({ "no": 1 }));
    assert_eq!(message(&room, ann, 1).get("mark"), None);
    for wrong in [json!(""), json!("é".repeat(65)), json!(7)] {
        let refused = ("invalid_command", vec!["mark".to_owned()]);
        assert_eq!(no(&mut room, ann, "say", json!({ "text": "x", "mark": wrong })), refused);
    }
}

#[test]
fn r63_a_copy_shows_what_stands_with_what_its_author_calls_it() {
    let mut room = open();
    let ann = room.join(ANN);
    let (name, body) = seen::say_marked("hello", "u-1");
    ok(&mut room, ann, name, body);
    let (name, body) = seen::say("gone");
    ok(&mut room, ann, name, body);
    ok(&mut room, ann, "delete", json!({ "no": 2 }));
    let lines: Vec<Line> = seen::lines(room.copy(ann)).collect();
    let [Line { no: 1, by: AccountId(ANN), text, mark: Some(mark), .. }] = &lines[..] else {
        panic!("{lines:?}")
    };
    assert_eq!((text.as_str(), mark.as_str()), ("hello", "u-1"));
    assert_eq!(seen::last(room.copy(ann)), 2);
}

#[test]
fn r64_reactions_are_counted_once_each() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    say(&mut room, ann, "hello");
    let react = |emoji: &str, on: bool| json!({ "no": 1, "emoji": emoji, "on": on });
    for (who, emoji, on) in [
        (ann, "👍", true),
        (ben, "👍", true),
        (ben, "👍", true),
        (ann, "❤️", true),
        (ann, "❤️", false),
    ] {
        ok(&mut room, who, "react", react(emoji, on));
    }
    assert_eq!(message(&room, ben, 1)["reactions"], json!([["👍", [ANN, BEN]]]));
    ok(&mut room, ben, "react", react("🎉", false));
    let emoji = |nth: u32| char::from_u32(0x1f600 + nth).map(String::from).unwrap_or_default();
    (1..20).for_each(|nth| drop(ok(&mut room, ann, "react", react(&emoji(nth), true))));
    assert_eq!(code(&mut room, ann, "react", react(&emoji(20), true)), "too_many_reactions");
    ok(&mut room, ben, "react", react(&emoji(5), true));
    for who in 100..298 {
        let guest = room.join(who);
        ok(&mut room, guest, "react", react("👍", true));
        room.leave(guest);
    }
    let cat = room.join(CAT);
    assert_eq!(code(&mut room, cat, "react", react("👍", true)), "too_many_reactions");
    ok(&mut room, ann, "react", react("👍", false));
    ok(&mut room, cat, "react", react("👍", true));
}

#[test]
fn r65_five_messages_in_five_seconds() {
    let mut room = open();
    let (ann, owner) = (room.join(ANN), room.join(OWNER));
    for who in [ann, owner] {
        for nth in 0..5 {
            say(&mut room, who, &nth.to_string());
        }
    }
    room.advance_ms(1_000);
    assert_eq!(code(&mut room, ann, "say", json!({ "text": "6" })), "too_fast");
    assert_eq!(code(&mut room, owner, "say", json!({ "text": "6" })), "too_fast");
    assert_eq!(wait_ms(&mut room, ann, "say", json!({ "text": "6" })), Some(4_000));
    room.crash();
    room.rejoin(ann);
    assert_eq!(code(&mut room, ann, "say", json!({ "text": "6" })), "too_fast");
    room.advance_ms(4_000);
    say(&mut room, ann, "6");
    // A clock that was set back does not keep anybody silent for an hour.
    room.jump_wall(-3_600_000);
    say(&mut room, ann, "7");
}

#[test]
fn r66_slow_mode_binds_all_but_those_who_keep_order() {
    let mut room = open();
    let (ann, moderator) = (room.join(ANN), room.join(MODERATOR));
    ok(&mut room, moderator, "slow", json!({ "ms": 60_000 }));
    assert_eq!(room.copy(ann).cell("rules"), Some(&json!({ "slowMs": 60_000 })));
    say(&mut room, ann, "one");
    room.advance_ms(20_000);
    let more = json!({ "text": "two" });
    assert_eq!(code(&mut room, ann, "say", more.clone()), "slow_mode");
    assert_eq!(wait_ms(&mut room, ann, "say", more.clone()), Some(40_000));
    ok(&mut room, ann, "edit", json!({ "no": 1, "text": "one." }));
    say(&mut room, moderator, "a");
    say(&mut room, moderator, "b");
    room.advance_ms(40_000);
    ok(&mut room, ann, "say", more);
    ok(&mut room, moderator, "slow", json!({ "ms": 0 }));
    say(&mut room, ann, "three");
}

#[test]
fn r67_a_muted_person_reads_and_is_told_until_when() {
    let mut room = open();
    let (ann, ben, owner) = (room.join(ANN), room.join(BEN), room.join(OWNER));
    say(&mut room, ann, "hello");
    room.show(ann, "typing", "true").expect("she may");
    let until =
        ok(&mut room, owner, "mute", json!({ "account": ANN, "ms": 60_000 }))["until"].clone();
    let key = ANN.to_string();
    assert_eq!(room.copy(ann).row("mine", &key), Some(&json!({ "mutedUntil": until })));
    let muted = json!({ "until": until, "by": OWNER });
    assert_eq!(room.copy(owner).row("muted", &key), Some(&muted));
    assert_eq!((room.copy(ben).row("muted", &key), room.copy(ben).row("mine", &key)), (None, None));
    for (name, body) in [
        ("say", json!({ "text": "but" })),
        ("edit", json!({ "no": 1, "text": "but" })),
        ("react", json!({ "no": 1, "emoji": "👍", "on": true })),
    ] {
        assert_eq!(wait_ms(&mut room, ann, name, body.clone()), Some(60_000));
        assert_eq!(code(&mut room, ann, name, body), "muted");
    }
    assert_eq!(room.show(ann, "typing", "true").expect_err("she may not").code, "muted");
    ok(&mut room, ann, "delete", json!({ "no": 1 }));
    // It ends by an entry of its own, after a restart too.
    room.crash();
    room.rejoin(ann);
    room.advance_ms(59_999);
    assert_eq!(code(&mut room, ann, "say", json!({ "text": "so" })), "muted");
    room.advance_ms(1);
    assert_eq!(room.copy(ann).row("mine", &key), None);
    say(&mut room, ann, "so");
    room.rejoin(owner);
    ok(&mut room, owner, "mute", json!({ "account": ANN, "ms": 60_000 }));
    ok(&mut room, owner, "unmute", json!({ "account": ANN }));
    say(&mut room, ann, "ah");
}

#[test]
fn r68_order_is_kept_by_owner_and_moderators_alone() {
    let mut room = open();
    let (ann, moderator) = (room.join(ANN), room.join(MODERATOR));
    let visitor = room.join_as(Principal::VISITOR);
    for (name, body) in [
        ("mute", json!({ "account": BEN, "ms": 1_000 })),
        ("unmute", json!({ "account": BEN })),
        ("slow", json!({ "ms": 0 })),
    ] {
        assert_eq!(code(&mut room, ann, name, body.clone()), "not_allowed");
        assert_eq!(code(&mut room, visitor, name, body), "sign_in_required");
    }
    for account in [OWNER, MODERATOR] {
        let body = json!({ "account": account, "ms": 1_000 });
        assert_eq!(code(&mut room, moderator, "mute", body), "not_allowed");
    }
    let mute = |account: u64| json!({ "account": account, "ms": 1_000_000 });
    for account in 100..1_101 {
        let guest = room.join(account);
        if account == 500 || account == 1_100 {
            say(&mut room, guest, "hello");
        }
        if account < 1_100 {
            ok(&mut room, moderator, "mute", mute(account));
        }
        room.leave(guest);
    }
    assert_eq!(code(&mut room, moderator, "mute", mute(1_100)), "too_many_muted");
    ok(&mut room, moderator, "mute", mute(500));
    ok(&mut room, moderator, "unmute", json!({ "account": 500 }));
    ok(&mut room, moderator, "mute", mute(1_100));
    let nobody = json!({ "account": 99, "ms": 1_000 });
    assert_eq!(code(&mut room, moderator, "mute", nobody), "no_such_person");
    assert_eq!(code(&mut room, visitor, "say", json!({ "text": "hi" })), "sign_in_required");
    say(&mut room, ann, "hello");
    let seen = room.copy(visitor).log("messages").last().map(|(_, row)| row["text"].clone());
    assert_eq!(seen, Some(json!("hello")), "a visitor looks");
    assert_eq!(room.show(ann, "typing", "1").expect_err("no").code, "invalid_live");
    assert_eq!(room.show(ann, "cursor", "1").expect_err("no").code, "unknown_live");
}

#[test]
fn r69_names_are_told_of_those_of_whom_the_chat_speaks() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    let visitor = room.join_as(Principal::VISITOR);
    let _ = visitor;
    let knows = |room: &Room, who: u64| room.host().room().knows(SessionId(1), AccountId(who));
    say(&mut room, ben, "hello");
    room.leave(ben);
    assert!(knows(&room, BEN) && knows(&room, OWNER), "he wrote, and she runs it");
    assert!(!knows(&room, CAT), "she was never here");
    let cat = room.join(CAT);
    assert!(knows(&room, CAT), "she is on the roster");
    ok(&mut room, ann, "say", json!({ "text": "Cat!", "mentions": [CAT] }));
    room.leave(cat);
    assert!(knows(&room, CAT), "she was mentioned");
}

/// What somebody's audiences were sent, entry by entry.
fn seen(room: &Room, audiences: &[Audience]) -> Vec<String> {
    let mut seen = Vec::new();
    for record in room.log().records() {
        let stored = Stored::read(&record.entry.body).expect("an entry");
        for group in stored.groups() {
            let group = group.expect("a group");
            if audiences.contains(&group.audience) {
                seen.push(format!("{} {}", group.audience, group.text));
            }
        }
    }
    seen
}

#[test]
fn who_is_muted_is_hidden_from_everyone_else() {
    let play = |muted: u64| {
        let mut room = open();
        let (owner, cat) = (room.join(OWNER), room.join(CAT));
        let (ann, ben) = (room.join(ANN), room.join(BEN));
        ok(&mut room, owner, "mute", json!({ "account": muted, "ms": 5_000 }));
        say(&mut room, cat, "hello");
        let _ = room.command(if muted == ANN { ann } else { ben }, "say", r#"{"text":"no"}"#);
        room.advance_ms(6_000);
        say(&mut room, cat, "again");
        let own = [Audience::All, Audience::role("member"), Audience::Member(AccountId(CAT))];
        let parts: Vec<String> = own.iter().map(|aud| room.host().room().part(aud)).collect();
        (seen(&room, &own), parts)
    };
    assert_eq!(play(ANN), play(BEN));
}

#[test]
fn entries_of_a_chat_are_stored_as_they_always_were() {
    const ENTRIES: &str = include_str!("golden/chat.txt");
    let mut room = open();
    let (ann, owner) = (room.join(ANN), room.join(OWNER));
    let seats = json!({ "event": 42, "indices": [1] });
    let body = json!({ "text": "hello\n\"you\"", "mentions": [OWNER], "seats": seats });
    ok(&mut room, ann, "say", body);
    ok(&mut room, owner, "say", json!({ "text": "yes?", "reply": 1 }));
    ok(&mut room, owner, "react", json!({ "no": 1, "emoji": "👍", "on": true }));
    ok(&mut room, ann, "edit", json!({ "no": 1, "text": "hello", "mentions": [] }));
    ok(&mut room, owner, "mute", json!({ "account": ANN, "ms": 1_000 }));
    room.advance_ms(1_000);
    ok(&mut room, owner, "slow", json!({ "ms": 30_000 }));
    ok(&mut room, owner, "delete", json!({ "no": 1 }));
    crate::golden::must_be(&room, ENTRIES);
}
