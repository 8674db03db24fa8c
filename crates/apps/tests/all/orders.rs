//! Orders: what is given back, by whom, and the rows that remain.

use crate::world::*;
use houseful_room::{Column, Value};
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;

fn booked(world: &mut World, who: u64, seats: &[u32]) -> Json {
    world.ok(who, "hold", json!({"seats": seats, "areas": [[0, 1]]}));
    world.ok(who, "book", json!({"payment": "door"}))["order"].clone()
}

fn column(columns: &[Column], name: &str) -> Value {
    columns.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone()).expect(name)
}

fn event(world: &World, name: &str) -> Value {
    let row = world.rows.iter().find(|((table, _), _)| *table == "events");
    column(row.expect("an event").1, name)
}

#[test]
fn gives_back_some_then_all() {
    let mut world = World::new();
    let order = booked(&mut world, ANN, &[0, 1, 2]);
    let foreign = json!({"order": order, "seats": [0, 5]});
    assert_eq!(world.code(ANN, "cancel", foreign), "no_such_seat");
    assert_eq!(world.code(ANN, "cancel", json!({"order": order, "seats": []})), "invalid_command");
    let some = world.ok(ANN, "cancel", json!({"order": order, "seats": [2]}));
    assert_eq!(some, json!({"order": order, "status": "booked"}));
    let row = world.shape("member:11", "orders")["rows"][0][1].clone();
    assert_eq!((&row["seats"], &row["total"]), (&json!([[0, 2000], [1, 2000]]), &json!(5000)));
    world.hold(BEN, &[2, 3, 4]);
    let all = world.ok(OWNER, "cancel", json!({"order": order}));
    assert_eq!(all["status"], "cancelled");
    assert_eq!(world.code(ANN, "cancel", json!({"order": order})), "already_cancelled");
    let row = world.shape("member:11", "orders")["rows"][0][1].clone();
    assert_eq!(row["cancelledAt"], world.now.wall.0);
    assert_eq!((event(&world, "booked"), event(&world, "held")), (0.into(), 3.into()));
    world.hold(CAT, &[0, 1]);
}

#[test]
fn its_owner_cancels_before_the_start_only() {
    let mut world = World::new();
    let order = booked(&mut world, ANN, &[0, 1]);
    world.pass(86_400_000);
    assert_eq!(world.code(ANN, "cancel", json!({"order": order})), "past_start");
    world.ok(OWNER, "cancel", json!({"order": order}));
}

#[test]
fn derived_rows_have_the_stores_columns() {
    let mut world = World::new();
    booked(&mut world, ANN, &[0, 1]);
    let columns = |table: &str| -> BTreeSet<&str> {
        let row = world.rows.iter().find(|((known, _), _)| *known == table).expect("a row");
        row.0.1.iter().chain(row.1).map(|(name, _)| *name).collect()
    };
    let set = |names: &'static str| names.split(' ').collect::<BTreeSet<&str>>();
    let events = "id path title description starts_at time_zone place currency status plan_id owner \
                  limit_per_person hold_ms prices capacity available held booked from_price ends_at \
                  visibility category picture cancelled_reason online rescheduled_from \
                  reminders booking_mail";
    assert_eq!(columns("events"), set(events));
    assert_eq!(
        columns("orders"),
        set("id code event_id account_id total currency payment status at cancelled_at")
    );
    let places = "order_id place_no event_id seat area count price label status";
    assert_eq!(columns("order_places"), set(places));
    assert_eq!(event(&world, "from_price"), 1000.into());
    assert_eq!(event(&world, "available"), 53.into());
    assert_eq!(event(&world, "path"), "events/42/seats".into());
    let labels = world.rows.iter().filter(|((table, _), _)| *table == "order_places");
    let labels: Vec<Value> = labels.map(|(_, set)| column(set, "label")).collect();
    assert_eq!(labels, ["Stalls · A · 1".into(), "Stalls · A · 2".into(), "Floor".into()]);
}

#[test]
fn codes_are_unambiguous_and_unique() {
    let mut config = config();
    config["limitPerPerson"] = json!(20);
    let mut world = World::with(config);
    let mut codes = BTreeSet::new();
    for _ in 0..20 {
        world.ok(ANN, "hold", json!({"areas": [[0, 1]]}));
        let booked = world.ok(ANN, "book", json!({"payment": "door"}));
        let code = booked["code"].as_str().expect("a code").to_owned();
        assert!(!code["BK-".len()..].contains(['0', '1', 'I', 'L', 'O']), "{code}");
        assert!(codes.insert(code));
    }
}

#[test]
fn an_event_opens_only_if_it_makes_sense() {
    use houseful_apps::seats::Seats;
    use houseful_room::RoomApp;
    for (field, value) in [("plan", json!({})), ("owner", json!("x")), ("extra", json!(1))] {
        let mut config = config();
        config[field] = value;
        assert!(Seats::configure(&config.to_string()).is_err(), "{field}");
    }
    let mut config = config();
    config["plan"]["sections"][0]["rows"][1]["label"] = json!("A");
    let refused = Seats::configure(&config.to_string()).err().expect("refused");
    assert_eq!(refused.code, "plan_invalid");
    assert!(refused.fields.contains_key("sections[0].rows[1].label"));
}

#[test]
fn opening_is_refused_by_field() {
    use houseful_apps::seats::Seats;
    use houseful_room::{AnyRoom, Recovery, Room, Turn};
    for (field, value) in [
        ("startsAt", json!(BEGIN)),
        ("prices", json!({"a": 1})),
        ("currency", json!("Euro")),
        ("holdMs", json!(0)),
        ("title", json!("")),
    ] {
        let mut config = config();
        config[field] = value;
        let world = World::new();
        let recovery = Recovery {
            epoch: uuid::Uuid::nil(),
            term: 1,
            snapshot: None,
            entries: Vec::new(),
            first: 1,
            accepted: Vec::new(),
        };
        let room = Room::<Seats>::recover(&config.to_string(), recovery, world.now);
        let mut room = room.expect("well-formed");
        let refused = room.start(world.now, &mut Seeded(1), &mut Turn::default());
        let refused = refused.expect_err(field);
        let field = if field == "prices" { "prices.b" } else { field };
        assert!(refused.code == "event_invalid" && refused.fields.contains_key(field), "{field}");
    }
}
