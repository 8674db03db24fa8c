//! What an event is beyond its sale, R110 to R116: who sees it, who runs it, and what becomes of it.

use crate::world::*;
use houseful_apps::seats::Seats;
use houseful_apps::seats::people::ROLES;
use houseful_room::{Output, Principal, RoomApp};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

const DAY: u64 = 86_400_000;

/// The role of whoever has booked and invited, put in order, as the store is told it.
fn known(world: &World) -> Vec<(i64, String)> {
    let rows = world.rows.iter().filter(|((table, _), _)| *table == "event_people");
    let row = rows.map(|((_, key), set)| match (&key[0].1, &set[0].1) {
        (houseful_room::Value::Int(account), houseful_room::Value::Text(role)) => {
            (*account, role.clone())
        }
        other => panic!("{other:?}"),
    });
    row.collect()
}

fn role(world: &mut World, who: u64) -> &'static str {
    world.enter(who, person(who)).map_or_else(|refused| refused.code, |joined| joined.role)
}

fn book(world: &mut World, who: u64, seats: &[u32]) -> Json {
    world.hold(who, seats);
    world.ok(who, "book", json!({"payment": "door"}))["order"].clone()
}

#[test]
fn r110_a_private_event_is_seen_by_those_who_are_invited_and_by_those_who_booked() {
    let mut world = World::new();
    let order = book(&mut world, BEN, &[0, 1]);
    world.ok(OWNER, "invite", json!({"accounts": [ANN]}));
    world.ok(OWNER, "edit", json!({"visibility": "private"}));
    assert_eq!(known(&world), [(ANN as i64, "invited".into()), (BEN as i64, "booked".into())]);
    assert_eq!((role(&mut world, ANN), role(&mut world, BEN)), ("guest", "guest"));
    assert_eq!(role(&mut world, CAT), "no_such_room");
    assert_eq!(world.enter(9, Principal::VISITOR).unwrap_err().code, "no_such_room");
    assert_eq!(world.code(CAT, "hold", json!({"seats": [5]})), "no_such_room");
    world.ok(OWNER, "uninvite", json!({"accounts": [ANN]}));
    assert_eq!(role(&mut world, ANN), "no_such_room");
    world.ok(BEN, "cancel", json!({"order": order}));
    assert_eq!((role(&mut world, BEN), known(&world)), ("no_such_room", vec![]));
    assert_eq!(world.host.room().derived().len(), 4, "the event, an order, two places");
}

#[test]
fn r110_others_see_it_if_they_booked_alone() {
    let mut world = World::new();
    book(&mut world, BEN, &[0, 1]);
    world.ok(OWNER, "invite", json!({"accounts": [ANN, BEN]}));
    world.ok(OWNER, "edit", json!({"visibility": "booked"}));
    assert_eq!((role(&mut world, ANN), role(&mut world, BEN)), ("no_such_room", "guest"));
    assert_eq!(known(&world), [(ANN as i64, "invited".into()), (BEN as i64, "booked".into())]);
    world.ok(OWNER, "edit", json!({"visibility": "unlisted"}));
    assert_eq!((role(&mut world, ANN), role(&mut world, CAT)), ("guest", "guest"));
    assert_eq!(known(&world), [(ANN as i64, "invited".into()), (BEN as i64, "invited".into())]);
}

#[test]
fn r110_who_may_no_longer_see_it_is_put_out_at_once() {
    let mut world = World::new();
    world.ok(OWNER, "invite", json!({"accounts": [ANN]}));
    world.ok(OWNER, "edit", json!({"visibility": "private"}));
    role(&mut world, ANN);
    let command = |name: &str, body: Json| houseful_room::Command {
        ticket: 1,
        id: houseful_room::CommandId(uuid::Uuid::from_u128(77)),
        term: None,
        who: person(OWNER),
        name: name.into(),
        body: body.to_string().into(),
        attached: None,
    };
    let uninvite = command("uninvite", json!({"accounts": [ANN]}));
    let told = world.input(houseful_room::Input::Command(uninvite));
    let is_gone = |output: &Output| matches!(output, Output::Gone(_, "uninvited"));
    assert!(told.iter().any(is_gone), "{told:?}");
}

#[test]
fn r111_each_role_may_ask_for_what_the_table_says() {
    let asks: [(&str, Json, &[&str]); 19] = [
        ("hold", json!({"seats": [0, 1]}), &ROLES[..6]),
        ("release", json!({}), &ROLES[..6]),
        ("renew", json!({}), &ROLES[..6]),
        ("book", json!({"payment": "door"}), &ROLES[..6]),
        ("buy", json!({"first": 1, "payment": "door"}), &ROLES[..6]),
        ("cancel", json!({"order": uuid::Uuid::nil()}), &ROLES[..6]),
        ("queue", json!({"count": 1}), &ROLES[..6]),
        ("unqueue", json!({}), &ROLES[..6]),
        ("check_in", json!({"code": "BK-NONE"}), &["staff", "box_office", "check_in"]),
        ("block", json!({"seats": [9]}), &["staff", "box_office"]),
        ("unblock", json!({"seats": [9]}), &["staff", "box_office"]),
        ("edit", json!({"place": "There"}), &["staff"]),
        ("publish", json!({}), &["staff"]),
        ("team", json!({"account": 99, "role": "viewer"}), &["staff"]),
        ("invite", json!({"accounts": [98]}), &["staff"]),
        ("uninvite", json!({"accounts": [98]}), &["staff"]),
        ("capacity", json!({"area": 0, "capacity": 20}), &["staff"]),
        ("cancel_event", json!({}), &["staff"]),
        ("delete", json!({}), &["staff"]),
    ];
    let named: BTreeSet<&str> = asks.iter().map(|ask| ask.0).collect();
    let table: BTreeSet<&str> = Seats::COMMANDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(named, table, "give every command its row");
    let mut world = World::new();
    let people = [21, 22, 23, 24, 25];
    let roles = ["manager", "box_office", "check_in", "moderator", "viewer"];
    for (account, role) in people.into_iter().zip(roles) {
        world.ok(OWNER, "team", json!({"account": account, "role": role}));
    }
    for (name, body, allowed) in asks {
        for who in [ADMIN, 21, 22, 23, 24, 25, ANN, OWNER] {
            let role = role(&mut world, who);
            let refused = world.send(who, name, body.clone()).err().map(|no| no.code);
            // The manager is of the staff, and not who may delete it (R119).
            let may = allowed.contains(&role) && (name, who) != ("delete", 21);
            assert_eq!(refused != Some("not_allowed"), may, "{name} by a {role}: {refused:?}");
        }
    }
}

#[test]
fn r111_a_team_is_kept_by_who_runs_the_event() {
    let mut world = World::draft(config());
    assert_eq!(role(&mut world, ANN), "no_such_room");
    world.ok(OWNER, "team", json!({"account": ANN, "role": "manager"}));
    assert_eq!(role(&mut world, ANN), "staff", "a draft too");
    world.ok(ANN, "team", json!({"account": BEN, "role": "check_in"}));
    assert_eq!(role(&mut world, BEN), "check_in");
    assert_eq!(world.shape("group:team", "team")["rows"][1][1]["role"], "check_in");
    assert_eq!(world.code(ANN, "team", json!({"account": OWNER, "role": null})), "invalid_command");
    assert_eq!(world.code(ANN, "team", json!({"account": CAT, "role": "king"})), "invalid_command");
    world.ok(OWNER, "team", json!({"account": ANN, "role": null}));
    assert_eq!((role(&mut world, ANN), known(&world).len()), ("no_such_room", 1));
}

#[test]
fn r111_the_box_office_acts_for_others_and_sees_what_they_have() {
    let mut world = World::new();
    world.ok(OWNER, "team", json!({"account": CAT, "role": "box_office"}));
    let order = book(&mut world, ANN, &[0, 1]);
    let joined = world.enter(5, person(CAT)).expect("entered");
    let audiences: Vec<String> = joined.audiences.iter().map(ToString::to_string).collect();
    assert!(audiences.contains(&"group:desk".into()), "{audiences:?}");
    assert_eq!(world.shape("group:desk", "desk")["rows"][0][1]["account"], ANN);
    world.pass(DAY);
    assert_eq!(world.code(ANN, "cancel", json!({"order": order})), "past_start");
    world.ok(CAT, "cancel", json!({"order": order}));
    world.ok(OWNER, "team", json!({"account": CAT, "role": "viewer"}));
    let joined = world.enter(5, person(CAT)).expect("entered");
    assert!(!joined.audiences.iter().any(|aud| aud.to_string() == "group:desk"));
}

#[test]
fn r112_a_cancelled_event_sells_nothing_and_keeps_its_orders() {
    let mut world = World::new();
    let order = book(&mut world, ANN, &[0, 1]);
    world.hold(BEN, &[4, 5]);
    world.enter(5, person(BEN)).expect("entered");
    world.published.clear();
    let unbooked = json!({"unbooked": true});
    assert_eq!(world.code(OWNER, "cancel_event", unbooked), "has_bookings");
    world.ok(OWNER, "cancel_event", json!({"reason": " The hall is flooded. "}));
    let event = world.shape("all", "event")["cell"].clone();
    assert_eq!(
        (&event["status"], &event["cancelledReason"]),
        (&"cancelled".into(), &"The hall is flooded.".into())
    );
    let told = world.published.iter().flat_map(|entry| &entry.fragments);
    assert!(
        told.clone().any(|f| f.audience.to_string() == "member:12" && f.ops.contains("expired"))
    );
    assert!(world.shape("member:12", "cart").is_null());
    assert_eq!(world.shape("member:11", "orders")["rows"][0][1]["status"], "booked");
    for (who, name, body) in [
        (BEN, "hold", json!({"seats": [4, 5]})),
        (OWNER, "hold", json!({"seats": [4, 5]})),
        (OWNER, "publish", json!({})),
        (OWNER, "cancel_event", json!({})),
        (OWNER, "edit", json!({"startsAt": BEGIN + 2 * DAY as i64})),
        (OWNER, "capacity", json!({"area": 0, "capacity": 30})),
    ] {
        assert_eq!(world.code(who, name, body), "event_cancelled", "{name}");
    }
    world.ok(OWNER, "edit", json!({"description": "We are sorry."}));
    world.ok(ANN, "cancel", json!({"order": order}));
}

#[test]
fn r113_what_is_over_stays_as_it_was() {
    let mut world = World::new();
    let ends = BEGIN + 90_000_000;
    world.ok(OWNER, "edit", json!({"endsAt": ends}));
    world.pass(90_000_000 - 1);
    world.ok(OWNER, "edit", json!({"place": "Next door"}));
    world.pass(1);
    for (name, body) in [
        ("edit", json!({"place": "Elsewhere"})),
        ("edit", json!({"endsAt": ends + 1_000})),
        ("edit", json!({"online": "https://meet.example/a"})),
        ("cancel_event", json!({})),
        ("capacity", json!({"area": 0, "capacity": 30})),
        ("invite", json!({"accounts": [ANN]})),
    ] {
        assert_eq!(world.code(OWNER, name, body), "event_ended", "{name}");
    }
    world.ok(OWNER, "edit", json!({"description": "Thank you!", "category": "music"}));
}

#[test]
fn r113_a_published_event_that_is_moved_says_from_when() {
    let mut world = World::draft(config());
    let starts = BEGIN + DAY as i64;
    world.ok(OWNER, "edit", json!({"startsAt": starts + 5_000}));
    assert!(world.shape("all", "event")["cell"]["rescheduled"].is_null(), "nobody knew");
    world.ok(OWNER, "publish", json!({}));
    world.ok(OWNER, "edit", json!({"startsAt": starts + 9_000, "endsAt": starts + 10_000}));
    let event = world.shape("all", "event")["cell"].clone();
    assert_eq!(event["rescheduled"], json!({"from": starts + 5_000, "at": BEGIN}));
    let refused = world.no(OWNER, "edit", json!({"startsAt": starts + 10_000}));
    assert!(refused.fields.contains_key("endsAt"), "it would end as it begins");
    world.ok(OWNER, "edit", json!({"startsAt": starts + 10_000, "endsAt": null}));
    assert!(world.shape("all", "event")["cell"]["endsAt"].is_null());
}

#[test]
fn r114_where_it_is_on_the_net_is_told_to_those_who_booked() {
    let mut world = World::new();
    let order = book(&mut world, ANN, &[0, 1]);
    let address = "https://meet.example/abc?x=1";
    world.ok(OWNER, "edit", json!({"online": address}));
    book(&mut world, BEN, &[4, 5]);
    let event = world.shape("all", "event")["cell"].clone();
    assert!(event["isOnline"] == true && !event.to_string().contains("meet.example"));
    for audience in ["group:team", "member:11", "member:12"] {
        assert_eq!(world.shape(audience, "venue")["rows"][0][1]["online"], address);
    }
    world.ok(ANN, "cancel", json!({"order": order}));
    assert!(world.shape("member:11", "venue").is_null(), "no longer");
    world.ok(OWNER, "edit", json!({"online": null}));
    assert!(world.shape("member:12", "venue").is_null());
    for wrong in [
        "http://a.example",
        "https://",
        "https://u:p@a.example/",
        "https://a b.example",
        "javascript:alert(1)",
        "https://a.example/\"onclick",
        "HTTPS://a.example",
    ] {
        let refused = world.no(OWNER, "edit", json!({"online": wrong}));
        assert!(refused.fields.contains_key("online"), "{wrong}: {refused:?}");
    }
}

#[test]
fn r115_a_capacity_is_never_less_than_what_is_taken() {
    let mut world = World::new();
    world.ok(ANN, "hold", json!({"areas": [[0, 3]]}));
    world.ok(ANN, "book", json!({"payment": "door"}));
    world.ok(BEN, "hold", json!({"areas": [[0, 2]]}));
    world.ok(OWNER, "block", json!({"areas": [[0, 1]]}));
    let refused = world.no(OWNER, "capacity", json!({"area": 0, "capacity": 5}));
    let details = refused.details.unwrap_or_default();
    assert_eq!((refused.code, details), ("below_taken", json!({"area": 0, "least": 6})));
    world.ok(OWNER, "capacity", json!({"area": 0, "capacity": 6}));
    assert_eq!(world.code(CAT, "hold", json!({"areas": [[0, 1]]})), "not_enough_left");
    world.ok(OWNER, "capacity", json!({"area": 0, "capacity": 7}));
    world.ok(CAT, "hold", json!({"areas": [[0, 1]]}));
    assert_eq!(world.code(OWNER, "capacity", json!({"area": 1, "capacity": 7})), "no_such_area");
    let wrong = json!({"area": 0, "capacity": 100_001});
    assert_eq!(world.code(OWNER, "capacity", wrong), "invalid_command");
    let capacity = world.rows.iter().find(|((table, _), _)| *table == "events").map(|(_, set)| {
        set.iter().find(|(name, _)| *name == "capacity").map(|(_, value)| value.clone())
    });
    assert_eq!(capacity, Some(Some(43.into())), "36 seats and 7 places");
}

#[test]
fn r116_who_changed_what_is_told_to_who_runs_it() {
    let mut world = World::new();
    let long = "x".repeat(900);
    world.ok(OWNER, "edit", json!({"title": "Another", "description": long}));
    world.ok(ADMIN, "team", json!({"account": ANN, "role": "manager"}));
    world.ok(ANN, "invite", json!({"accounts": [BEN, CAT]}));
    world.ok(ANN, "invite", json!({"accounts": [31, 32], "unseen": true}));
    world.ok(ANN, "edit", json!({"title": "Another"}));
    world.ok(ANN, "capacity", json!({"area": 0, "capacity": 30}));
    let log = world.shape("role:staff", "changes")["log"].clone();
    let what: Vec<&str> =
        log.as_array().unwrap().iter().map(|row| row[1]["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["publish", "edit", "team", "invite", "invite", "capacity"]);
    assert_eq!(log[1][1]["fields"]["title"], json!(["Evening", "Another"]));
    let kept = log[1][1]["fields"]["description"][1].as_str().unwrap();
    assert_eq!(kept.chars().count(), 201, "{kept}");
    assert_eq!((&log[2][1]["by"], &log[2][1]["accounts"]), (&json!(ADMIN), &json!([ANN])));
    assert_eq!(log[2][1]["fields"]["role"], json!([null, "manager"]));
    assert_eq!(log[3][1]["accounts"], json!([BEN, CAT]));
    assert!(log[4][1]["accounts"].is_null(), "whom nobody may know of is not named");
    assert_eq!(log[5][1]["fields"]["areas.0"], json!([20, 30]));
    assert!(world.shape("all", "changes").is_null());
}

#[test]
fn r110_an_invitation_by_other_means_shows_when_it_is_taken_up() {
    let mut world = World::new();
    world.ok(OWNER, "edit", json!({"visibility": "private"}));
    world.ok(OWNER, "invite", json!({"accounts": [ANN, BEN], "unseen": true}));
    world.ok(OWNER, "invite", json!({"accounts": [], "unseen": true}));
    assert!(world.shape("group:desk", "invited").is_null(), "it would tell who has an account");
    role(&mut world, ANN);
    let rows = world.shape("group:desk", "invited")["rows"].clone();
    assert_eq!(rows, json!([[ANN, {"at": BEGIN}]]));
    let many: Vec<u64> = (1_000..1_501).collect();
    assert_eq!(world.code(OWNER, "invite", json!({"accounts": many})), "invalid_command");
    for start in (0..5_000_u64).step_by(500) {
        let more: Vec<u64> = (10_000 + start..10_500 + start).collect();
        let done = world.send(OWNER, "invite", json!({"accounts": more}));
        let refused = done.err().map(|refusal| refusal.code);
        assert_eq!(refused, (start == 4_500).then_some("too_many_invited"));
    }
}

#[test]
fn r120_an_event_says_when_people_are_reminded() {
    let mut world = World::new();
    let event = |world: &World| world.shape("all", "event")["cell"].clone();
    assert_eq!(event(&world).get("reminders"), None, "the usual ones are not stored");
    world.ok(OWNER, "edit", json!({"reminderMinutes": [60, 1440]}));
    assert_eq!(event(&world).get("reminders"), None, "nor when they are said");
    let since = world.now.wall.0;
    for (minutes, kept) in [
        (json!([15, 20160]), json!([20160, 15])),
        (json!([]), json!([])),
        (json!([16, 17, 18, 19, 20, 20]), json!([20, 19, 18, 17, 16])),
    ] {
        world.ok(OWNER, "edit", json!({"reminderMinutes": minutes}));
        assert_eq!(event(&world)["reminders"], json!({"minutes": kept, "since": since}));
    }
    for minutes in [json!([14]), json!([20161]), json!([15, 16, 17, 18, 19, 20])] {
        let refused = world.no(OWNER, "edit", json!({"reminderMinutes": minutes}));
        assert_eq!(refused.code, "event_invalid", "{minutes}");
    }
    assert_eq!(world.code(ANN, "edit", json!({"reminderMinutes": [60]})), "not_allowed");
    let stale = json!({"reminderMinutes": [60], "from": {"reminderMinutes": [1440, 60]}});
    assert_eq!(world.code(OWNER, "edit", stale), "edit_conflict");
}

#[test]
fn r121_what_the_mail_at_booking_says_is_for_the_staff() {
    let mut world = World::new();
    let words = "x".repeat(4_000);
    let mail = json!({"words": format!(" {words}\n"), "tickets": false});
    world.ok(OWNER, "edit", json!({"bookingMail": mail}));
    let kept = world.shape("role:staff", "mailing")["cell"].clone();
    let whole = json!({"words": words, "tickets": false, "calendar": true, "plan": true});
    assert_eq!(kept, whole);
    for words in ["x".repeat(4_001), "\u{7}".to_owned()] {
        let mail = json!({"bookingMail": {"words": words}});
        assert_eq!(world.code(OWNER, "edit", mail), "event_invalid");
    }
    assert_eq!(world.code(OWNER, "edit", json!({"bookingMail": {"script": 1}})), "invalid_command");
    let stale = json!({"bookingMail": {"words": "a"}, "from": {"bookingMail": {"words": "b"}}});
    assert_eq!(world.code(OWNER, "edit", stale), "edit_conflict");
    // The change is noted, and short.
    let changes = world.shape("role:staff", "changes").to_string();
    assert!(changes.contains("bookingMail") && changes.len() < 2_000, "{changes}");
}

#[test]
fn what_an_older_system_made_may_lie_in_the_past_and_is_changed_and_cancelled_all_the_same() {
    let past = |at: u64| BEGIN - at as i64;
    let mut config = config();
    config["startsAt"] = past(30 * DAY).into();
    config["mayBePast"] = true.into();
    let mut world = World::with(config);
    world.ok(OWNER, "edit", json!({"title": "Long ago", "startsAt": past(40 * DAY)}));
    assert_eq!(world.code(ANN, "hold", json!({"seats": [0]})), "sale_closed");
    world.ok(OWNER, "cancel_event", json!({}));

    let mut plain = World::new();
    let edit = json!({"startsAt": past(DAY)});
    assert_eq!(plain.code(OWNER, "edit", edit), "event_invalid");
}
