//! What a board promises, rule by rule (PROTOCOL.md R70 to R78), and laws of undo. It waits for nothing.

use houseful_apps::board::Board;
use houseful_room::Principal;
use houseful_room::testkit::{Guest, Script};
use proptest::prelude::*;
use serde_json::{Value, json};

const OWNER: u64 = 1;
const ANN: u64 = 11;
const BEN: u64 = 12;

type Room = Script<Board>;

fn open() -> Room {
    open_with(json!({}))
}

fn open_with(app: Value) -> Room {
    Script::open(&json!({ "owner": OWNER, "app": app }).to_string())
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

fn id(nth: u64) -> String {
    format!("00000000-0000-4000-8000-{nth:012x}")
}

fn rect(nth: u64) -> Value {
    let points = [10 * nth, 0, 5, 5];
    json!({ "id": id(nth), "kind": "rect", "points": points, "colour": 1, "width": 2 })
}

fn add(room: &mut Room, who: Guest, numbers: &[u64]) {
    let items: Vec<Value> = numbers.iter().map(|nth| rect(*nth)).collect();
    ok(room, who, "add", json!({ "items": items }));
}

fn item(room: &Room, who: Guest, nth: u64) -> Option<Value> {
    room.copy(who).row("items", &json!(id(nth)).to_string()).cloned()
}

fn items(room: &Room, who: Guest) -> Vec<(String, Value)> {
    room.copy(who).rows("items").map(|(id, item)| (id.to_owned(), item.clone())).collect()
}

#[test]
fn r70_figures_are_whole_numbers_within_reach() {
    let mut room = open();
    let ann = room.join(ANN);
    let text = "<script>alert(1)</script>\n\u{202e}👩‍👩‍👧";
    let figures = json!([
        { "id": id(1), "kind": "stroke", "points": [0, 0, -3, 4, 100_003, 0], "colour": 0, "width": 1 },
        { "id": id(2), "kind": "text", "points": [5, 6], "colour": 11, "width": 40, "text": text },
        { "id": id(3), "kind": "ellipse", "points": [0, 0, 5, 5], "colour": 1, "width": 2, "fill": true },
    ]);
    ok(&mut room, ann, "add", json!({ "items": figures }));
    let row = json!({
        "by": ANN, "z": 2, "kind": "text", "points": [5, 6], "colour": 11, "width": 40, "text": text
    });
    assert_eq!(item(&room, ann, 2), Some(row));
    let bad = |name: &str, value: Value| {
        let mut figure = rect(9);
        figure[name] = value;
        figure
    };
    let long: Vec<u32> = vec![0; 2_002];
    for (figure, field) in [
        (bad("points", json!([1e308, 0, 1, 1])), "points[0]"),
        (bad("points", json!([0.5, 0, 1, 1])), "points[0]"),
        (bad("points", json!(["1", 0, 1, 1])), "points[0]"),
        (bad("points", json!([0, 0, 1])), "points"),
        (bad("points", json!([0, 0])), "points"),
        (bad("points", json!([100_000, 0, 1, 0])), "points"),
        (bad("points", json!([2_147_483_647, 0, 2_147_483_647, 0])), "points"),
        (bad("colour", json!(12)), "colour"),
        (bad("colour", json!(-1)), "colour"),
        (bad("width", json!(0)), "width"),
        (bad("width", json!(41)), "width"),
        (bad("kind", json!("image")), "kind"),
        (bad("text", json!("words")), "text"),
        (bad("id", json!("9")), "id"),
        (bad("id", json!(id(9).to_uppercase().replace('0', "A"))), "id"),
        (bad("href", json!("javascript:alert(1)")), "href"),
        (
            json!({ "id": id(9), "kind": "stroke", "points": long, "colour": 1, "width": 1 }),
            "points",
        ),
        (
            json!({ "id": id(9), "kind": "line", "points": [0, 0, 1, 1], "colour": 1, "width": 1,
                 "fill": true }),
            "fill",
        ),
        (
            json!({ "id": id(9), "kind": "text", "points": [0, 0], "colour": 1, "width": 1,
                 "text": "a".repeat(501) }),
            "text",
        ),
    ] {
        let named = no(&mut room, ann, "add", json!({ "items": [rect(8), figure] }));
        assert_eq!(named, ("invalid_command", vec![format!("items[1].{field}")]), "{figure}");
    }
    let all = no(&mut room, ann, "add", json!({ "items": [{ "kind": "rect" }, 5] }));
    let fields = ["colour", "id", "points", "width"].map(|name| format!("items[0].{name}"));
    assert_eq!(all, ("invalid_command", [&fields[..], &["items[1]".to_owned()]].concat()));
}

#[test]
fn r71_what_is_put_down_later_lies_above() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    add(&mut room, ann, &[1, 2]);
    add(&mut room, ben, &[3]);
    let z = |room: &Room, nth| item(room, ann, nth).map(|item| item["z"].as_u64());
    assert_eq!((z(&room, 1), z(&room, 3)), (Some(Some(1)), Some(Some(3))));
    ok(&mut room, ben, "raise", json!({ "ids": [id(2), id(1)] }));
    assert_eq!((z(&room, 1), z(&room, 2)), (Some(Some(4)), Some(Some(5))), "in their order");
    assert_eq!(item(&room, ann, 1), item(&room, ben, 1));
    let again = json!({ "items": [rect(4), rect(3)] });
    assert_eq!(code(&mut room, ann, "add", again), "item_exists");
    let twice = no(&mut room, ann, "add", json!({ "items": [rect(4), rect(4)] }));
    assert_eq!(twice, ("invalid_command", vec!["items[1].id".to_owned()]));
    assert_eq!(item(&room, ann, 4), None, "all or nothing");
}

#[test]
fn r72_everyone_moves_changes_and_takes_away_everything() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    add(&mut room, ann, &[1, 2]);
    ok(&mut room, ben, "move", json!({ "ids": [id(1), id(2)], "dx": -5, "dy": 7 }));
    let row = item(&room, ann, 1).expect("it is there");
    assert_eq!((&row["points"], &row["by"]), (&json!([5, 7, 5, 5]), &json!(ANN)));
    ok(&mut room, ben, "change", json!({ "id": id(1), "colour": 3, "fill": true }));
    let row = item(&room, ann, 1).expect("it is there");
    assert_eq!((&row["colour"], &row["fill"]), (&json!(3), &json!(true)));
    let gone = json!({ "ids": [id(1), id(3)], "dx": 1, "dy": 1 });
    assert_eq!(code(&mut room, ann, "move", gone), "no_such_item");
    assert_eq!(item(&room, ann, 1), Some(row), "all or nothing");
    for (name, body, field) in [
        ("move", json!({ "ids": [id(1)], "dx": 99_999, "dy": 0 }), "dx"),
        ("move", json!({ "ids": [id(1)], "dx": 200_001, "dy": 0 }), "dx"),
        ("move", json!({ "ids": [], "dx": 0, "dy": 0 }), "ids"),
        ("move", json!({ "ids": [id(1), id(1)], "dx": 0, "dy": 0 }), "ids[1]"),
        ("change", json!({ "id": id(1) }), "id"),
        ("change", json!({ "id": id(1), "text": "a" }), "text"),
        ("change", json!({ "id": id(1), "points": [0, 0] }), "points"),
        ("delete", json!({ "ids": [5] }), "ids[0]"),
        ("undo", json!({ "past": -1 }), "past"),
    ] {
        let named = no(&mut room, ann, name, body.clone());
        assert_eq!(named, ("invalid_command", vec![field.to_owned()]), "{name} {body}");
    }
    ok(&mut room, ben, "delete", json!({ "ids": [id(1)] }));
    assert_eq!(item(&room, ann, 1), None);
    let visitor = room.join_as(Principal::VISITOR);
    assert_eq!(items(&room, visitor), items(&room, ann));
    assert_eq!(code(&mut room, visitor, "undo", json!({})), "sign_in_required");
}

#[test]
fn r73_a_board_has_its_bounds() {
    let mut room = open_with(json!({ "itemsMax": 3, "bytesMax": 400 }));
    let ann = room.join(ANN);
    add(&mut room, ann, &[1, 2]);
    let two = json!({ "items": [rect(3), rect(4)] });
    assert_eq!(code(&mut room, ann, "add", two), "board_full");
    let mut text = rect(3);
    text["kind"] = json!("text");
    text["points"] = json!([0, 0]);
    text["text"] = json!("a".repeat(200));
    assert_eq!(code(&mut room, ann, "add", json!({ "items": [text] })), "board_full");
    add(&mut room, ann, &[3]);
    ok(&mut room, ann, "delete", json!({ "ids": [id(1)] }));
    add(&mut room, ann, &[4]);
    // What comes back needs its place too.
    let ben = room.join(BEN);
    ok(&mut room, ben, "delete", json!({ "ids": [id(2)] }));
    add(&mut room, ann, &[5]);
    assert_eq!(code(&mut room, ben, "undo", json!({})), "board_full");
    let many: Vec<Value> = (10..61).map(rect).collect();
    let named = no(&mut room, ann, "add", json!({ "items": many }));
    assert_eq!(named, ("invalid_command", vec!["items".to_owned()]));
    let many: Vec<String> = (10..311).map(id).collect();
    let named = no(&mut room, ann, "delete", json!({ "ids": many }));
    assert_eq!(named, ("invalid_command", vec!["ids".to_owned()]));
    let refused = Board::configure_err(r#"{"owner":1,"app":{"itemsMax":5001}}"#);
    assert_eq!(refused, "invalid_config");
}

/// The code with which a configuration is refused.
trait Configured {
    fn configure_err(config: &str) -> &'static str;
}

impl Configured for Board {
    fn configure_err(config: &str) -> &'static str {
        houseful_room::RoomApp::configure(config).map(|_: Board| ()).expect_err("refused").code
    }
}

#[test]
fn r74_one_undoes_ones_own_deeds_alone() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    add(&mut room, ann, &[1]);
    add(&mut room, ben, &[2]);
    ok(&mut room, ben, "move", json!({ "ids": [id(2)], "dx": 1, "dy": 1 }));
    assert_eq!(ok(&mut room, ann, "undo", json!({})), json!({ "deed": 1 }));
    assert_eq!((item(&room, ann, 1), item(&room, ann, 2).is_some()), (None, true));
    assert_eq!(code(&mut room, ann, "undo", json!({})), "nothing_to_undo");
    room.crash();
    room.rejoin(ann);
    room.rejoin(ben);
    ok(&mut room, ben, "undo", json!({}));
    assert_eq!(item(&room, ben, 2).map(|item| item["points"][0].clone()), Some(json!(20)));
    for nth in 0..51 {
        ok(&mut room, ben, "move", json!({ "ids": [id(2)], "dx": 1, "dy": nth }));
    }
    (0..50).for_each(|_| drop(ok(&mut room, ben, "undo", json!({}))));
    assert_eq!(code(&mut room, ben, "undo", json!({})), "nothing_to_undo", "fifty are kept");
}

#[test]
fn r75_undo_leaves_what_others_did() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    add(&mut room, ann, &[1, 2]);
    ok(&mut room, ann, "move", json!({ "ids": [id(1)], "dx": 100, "dy": 0 }));
    ok(&mut room, ben, "move", json!({ "ids": [id(1)], "dx": 0, "dy": 7 }));
    ok(&mut room, ben, "change", json!({ "id": id(1), "colour": 9 }));
    ok(&mut room, ann, "undo", json!({}));
    let row = item(&room, ann, 1).expect("it is there");
    assert_eq!((&row["points"], &row["colour"]), (&json!([10, 7, 5, 5]), &json!(9)), "moved back");
    // It was changed by another, so it is not taken away; what was done before can still be reached.
    let refused = room.command(ann, "undo", "{}").expect_err("changed");
    assert_eq!((refused.code, refused.details), ("changed_since", Some(json!({ "deed": 1 }))));
    assert_eq!(code(&mut room, ann, "undo", json!({ "past": 1 })), "nothing_to_undo");
    ok(&mut room, ann, "delete", json!({ "ids": [id(2)] }));
    let mut other = rect(2);
    other["colour"] = json!(5);
    ok(&mut room, ben, "add", json!({ "items": [other] }));
    assert_eq!(code(&mut room, ann, "undo", json!({})), "changed_since", "its id is taken");
    ok(&mut room, ben, "undo", json!({}));
    ok(&mut room, ann, "undo", json!({}));
    assert_eq!(item(&room, ann, 2).map(|item| item["colour"].clone()), Some(json!(1)));
    ok(&mut room, ann, "change", json!({ "id": id(2), "colour": 6, "width": 9 }));
    ok(&mut room, ben, "change", json!({ "id": id(2), "width": 10 }));
    assert_eq!(code(&mut room, ann, "undo", json!({})), "changed_since");
    ok(&mut room, ben, "undo", json!({}));
    ok(&mut room, ann, "undo", json!({}));
    ok(&mut room, ann, "raise", json!({ "ids": [id(1)] }));
    ok(&mut room, ben, "raise", json!({ "ids": [id(1)] }));
    assert_eq!(code(&mut room, ann, "undo", json!({})), "changed_since");
}

#[test]
fn r75_a_deed_that_others_changed_is_passed_over() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    add(&mut room, ann, &[1]);
    add(&mut room, ann, &[2]);
    ok(&mut room, ben, "change", json!({ "id": id(2), "colour": 9 }));
    assert_eq!(code(&mut room, ann, "undo", json!({})), "changed_since");
    // Another number than that of the last deed gives up nothing.
    assert_eq!(code(&mut room, ann, "undo", json!({ "past": 1 })), "changed_since");
    assert_eq!(ok(&mut room, ann, "undo", json!({ "past": 2 })), json!({ "deed": 1 }));
    assert_eq!((item(&room, ann, 1), item(&room, ann, 2).is_some()), (None, true));
}

#[test]
fn r76_what_was_undone_is_done_again_until_one_does_something_else() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    add(&mut room, ann, &[1]);
    let put = items(&room, ann);
    ok(&mut room, ann, "move", json!({ "ids": [id(1)], "dx": 1, "dy": 2 }));
    let moved = items(&room, ann);
    ok(&mut room, ann, "undo", json!({}));
    assert_eq!(items(&room, ann), put);
    ok(&mut room, ann, "undo", json!({}));
    assert_eq!(items(&room, ann), []);
    assert_eq!(code(&mut room, ben, "redo", json!({})), "nothing_to_redo");
    assert_eq!(ok(&mut room, ann, "redo", json!({})), json!({ "deed": 1 }));
    assert_eq!(items(&room, ann), put);
    ok(&mut room, ann, "redo", json!({}));
    assert_eq!(items(&room, ann), moved);
    assert_eq!(code(&mut room, ann, "redo", json!({})), "nothing_to_redo");
    ok(&mut room, ann, "undo", json!({}));
    add(&mut room, ann, &[2]);
    assert_eq!(code(&mut room, ann, "redo", json!({})), "nothing_to_redo");
}

#[test]
fn r77_clearing_is_for_those_who_keep_order_and_for_good() {
    let mut room = open();
    let (ann, owner) = (room.join(ANN), room.join(OWNER));
    add(&mut room, ann, &[1, 2]);
    assert_eq!(code(&mut room, ann, "clear", json!({})), "not_allowed");
    ok(&mut room, owner, "clear", json!({}));
    assert_eq!(items(&room, ann), []);
    for who in [ann, owner] {
        assert_eq!(code(&mut room, who, "undo", json!({})), "nothing_to_undo");
    }
    add(&mut room, ann, &[1]);
}

#[test]
fn r78_cursors_and_drafts_are_checked_like_the_rest() {
    let mut room = open();
    let (ann, ben) = (room.join(ANN), room.join(BEN));
    room.show(ann, "cursor", "[ 5, -6 ]").expect("it is within reach");
    let draft = json!({ "kind": "stroke", "points": [0, 0, 1, 1], "colour": 1, "width": 2 });
    room.show(ann, "draft", &draft.to_string()).expect("it is a figure");
    let shown: Vec<String> = room.shown(ben).into_iter().map(|(_, _, value)| value).collect();
    assert_eq!(shown[0], "[5,-6]");
    assert_eq!(serde_json::from_str::<Value>(&shown[1]).expect("JSON"), draft);
    for (shape, value) in [
        ("cursor", "[1]"),
        ("cursor", "[1,2,3]"),
        ("cursor", "[1e308,2]"),
        ("cursor", "[100001,0]"),
        ("draft", "{}"),
        ("draft", r#"{"kind":"stroke","points":[0.5,0],"colour":1,"width":2}"#),
    ] {
        assert_eq!(room.show(ann, shape, value).expect_err(value).code, "invalid_live");
    }
    assert_eq!(room.show(ann, "typing", "true").expect_err("no").code, "unknown_live");
}

#[test]
fn deeds_are_seen_by_nobody() {
    let mut room = open();
    let ann = room.join(ANN);
    add(&mut room, ann, &[1]);
    ok(&mut room, ann, "undo", json!({}));
    for record in room.log().records() {
        let stored = houseful_room::Stored::read(&record.entry.body).expect("an entry");
        for group in stored.groups() {
            let group = group.expect("a group");
            let is_hidden = group.audience == houseful_room::Audience::Nobody;
            let tells = group.text.contains("deeds") || group.text.contains("sums");
            assert!(is_hidden || !tells, "{} sees {}", group.audience, group.text);
        }
    }
}

#[test]
fn entries_of_a_board_are_stored_as_they_always_were() {
    const ENTRIES: &str = include_str!("golden/board.txt");
    let mut room = open();
    let (ann, owner) = (room.join(ANN), room.join(OWNER));
    add(&mut room, ann, &[1, 2]);
    ok(&mut room, ann, "move", json!({ "ids": [id(1)], "dx": 1, "dy": -2 }));
    ok(&mut room, ann, "change", json!({ "id": id(1), "colour": 3, "fill": true }));
    ok(&mut room, ann, "raise", json!({ "ids": [id(1)] }));
    ok(&mut room, ann, "delete", json!({ "ids": [id(1)] }));
    (0..4).for_each(|_| drop(ok(&mut room, ann, "undo", json!({}))));
    ok(&mut room, ann, "redo", json!({}));
    ok(&mut room, owner, "clear", json!({}));
    crate::golden::must_be(&room, ENTRIES);
}

/// What somebody does; numbers choose among what there is.
#[derive(Clone, Debug)]
struct Step {
    who: usize,
    kind: u8,
    a: u64,
    b: i64,
}

impl Step {
    fn play(&self, room: &mut Room, who: Guest) -> bool {
        let nth = self.a % 6;
        let (name, body) = match self.kind {
            0 | 1 => ("add", json!({ "items": [rect(nth), rect((nth + 1) % 6)] })),
            2 => ("add", json!({ "items": [rect(nth)] })),
            3 => ("move", json!({ "ids": [id(nth)], "dx": self.b, "dy": 1 })),
            4 => ("change", json!({ "id": id(nth), "colour": self.b.unsigned_abs() % 12 })),
            5 => ("raise", json!({ "ids": [id(nth), id((nth + 1) % 6)] })),
            6 => ("delete", json!({ "ids": [id(nth)] })),
            7 => ("undo", json!({})),
            _ => ("redo", json!({})),
        };
        match room.command(who, name, &body.to_string()) {
            Ok(_) => true,
            Err(refusal) => {
                assert_ne!(refusal.code, "internal", "{name} {body}");
                false
            }
        }
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = (0usize..2, 0u8..9, any::<u64>(), -300i64..300);
    let step = step.prop_map(|(who, kind, a, b)| Step { who, kind, a, b });
    proptest::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn undo_and_redo_are_the_way_back_and_forth(steps in steps()) {
        let mut room = open();
        let guests = [room.join(ANN), room.join(BEN)];
        for step in &steps {
            let who = guests[step.who];
            step.play(&mut room, who);
            let before = items(&room, who);
            if room.command(who, "undo", "{}").is_ok() {
                ok(&mut room, who, "redo", json!({}));
                prop_assert_eq!(&items(&room, who), &before);
            }
        }
    }

    #[test]
    fn who_draws_alone_undoes_all_and_does_all_again(steps in steps()) {
        let mut room = open();
        let ann = room.join(ANN);
        let mut done = 0;
        for step in steps.iter().filter(|step| step.kind < 7).take(50) {
            done += usize::from(step.play(&mut room, ann));
        }
        let drawn = items(&room, ann);
        for _ in 0..done {
            ok(&mut room, ann, "undo", json!({}));
        }
        prop_assert_eq!(items(&room, ann), vec![]);
        for _ in 0..done {
            ok(&mut room, ann, "redo", json!({}));
        }
        prop_assert_eq!(items(&room, ann), drawn);
    }
}
