//! The read side over rows that a room has derived.

use crate::contract::{append, entries, make};
use crate::temp::TempFolder;
use houseful::db::sqlite::{Options, Sqlite};
use houseful::journal::Verdict;
use houseful::store::{
    EMAIL_TAKEN, EventCursor, EventSearch, EventStore, FollowStore, Followed, NAME_TAKEN,
    NamedStore, NewAccount, NewFollow, NewNotification, NotificationStore, OrderCursor, PlanRow,
    Role, ShownStore, Store, StoreError, Viewer,
};
use houseful_room::{AccountId, DerivedRow, Term, Value};

struct Hall {
    db: Sqlite,
    term: Term,
    head: u64,
    _folder: TempFolder,
}

impl Hall {
    fn new() -> Hall {
        let folder = TempFolder::new();
        let fatal = |reason: &str| panic!("{reason}");
        let db = Sqlite::open(&Options { folder: folder.path().to_owned(), fatal }).unwrap();
        assert!(db.is_empty().unwrap());
        let (_, term) = make(&db, 1);
        assert!(!db.is_empty().unwrap());
        Hall { db, term, head: 0, _folder: folder }
    }

    fn derive(&mut self, rows: Vec<DerivedRow>) {
        let mut one = entries(crate::contract::room(1), self.term, self.head, 1);
        one.rows = rows;
        assert_eq!(append(&self.db, one), Verdict::Durable);
        self.head += 1;
    }
}

fn event(id: i64, title: &str, starts_at: i64, status: &str) -> DerivedRow {
    DerivedRow {
        table: "events",
        key: vec![("id", id.into())],
        set: Some(vec![
            ("path", format!("events/{id}/seats").into()),
            ("title", title.into()),
            ("description", "".into()),
            ("starts_at", starts_at.into()),
            ("time_zone", "Europe/Berlin".into()),
            ("place", "The Hall".into()),
            ("currency", "EUR".into()),
            ("status", status.into()),
            ("plan_id", "p1".into()),
            ("owner", 7.into()),
            ("limit_per_person", 6.into()),
            ("hold_ms", 600_000.into()),
            ("prices", "{}".into()),
            ("capacity", 100.into()),
            ("available", 100.into()),
            ("held", 0.into()),
            ("booked", 0.into()),
            ("from_price", Value::Null),
        ]),
    }
}

fn order(id: &str, account: i64, at: i64) -> [DerivedRow; 2] {
    let order = DerivedRow {
        table: "orders",
        key: vec![("account_id", account.into()), ("id", id.into())],
        set: Some(vec![
            ("code", format!("BK-{id}").into()),
            ("event_id", 1.into()),
            ("total", 5_000.into()),
            ("currency", "EUR".into()),
            ("payment", "door".into()),
            ("status", "booked".into()),
            ("at", at.into()),
        ]),
    };
    let place = DerivedRow {
        table: "order_places",
        key: vec![("order_id", id.into()), ("place_no", 0.into())],
        set: Some(vec![
            ("event_id", 1.into()),
            ("seat", Value::Null),
            ("area", 0.into()),
            ("count", 2.into()),
            ("price", 5_000.into()),
            ("label", "Floor".into()),
            ("status", "booked".into()),
        ]),
    };
    [order, place]
}

fn ids(events: &[houseful::store::EventRow]) -> Vec<u64> {
    events.iter().map(|event| event.id).collect()
}

#[test]
fn upcoming_events_come_in_pages_and_can_be_searched() {
    let mut hall = Hall::new();
    hall.derive(vec![
        event(1, "Past", 99, "published"),
        event(2, "Jazz 100%", 200, "published"),
        event(3, "Rock", 100, "published"),
        event(4, "Draft", 150, "draft"),
        event(5, "More jazz", 200, "published"),
        event(6, "Gone", 150, "cancelled"),
    ]);
    let db = &hall.db;
    let first = db.upcoming_events(100, None, 2).unwrap();
    assert_eq!(ids(&first), [3, 2]);
    let cursor: EventCursor = first[1].cursor().to_string().parse().unwrap();
    assert_eq!(ids(&db.upcoming_events(100, Some(cursor), 2).unwrap()), [5]);
    let all = EventSearch { status: "published".into(), to: i64::MAX, ..EventSearch::default() };
    let find = |text: &str| {
        let search = EventSearch { text: Some(text.into()), ..all.clone() };
        ids(&db.search_events(&search, 9).unwrap())
    };
    assert_eq!(find("JAZZ"), [2, 5]);
    assert_eq!(find("0%"), [2]);
    assert_eq!(find("the hall"), [1, 3, 2, 5]);
    let search = |search: EventSearch| ids(&db.search_events(&search, 9).unwrap());
    assert_eq!(search(EventSearch { from: 100, to: 200, ..all.clone() }), [3]);
    assert_eq!(search(EventSearch { offset: 2, ..all.clone() }), [2, 5]);
    let count = |search: &EventSearch| db.count_events(search).unwrap();
    assert_eq!(count(&EventSearch { offset: 2, ..all.clone() }), 4, "of all, whatever the page");
    assert_eq!(count(&EventSearch { from: 100, text: Some("jazz".into()), ..all.clone() }), 2);
    let back = EventSearch { is_backwards: true, ..all.clone() };
    assert_eq!(search(back.clone()), [5, 2, 3, 1]);
    assert_eq!(search(EventSearch { after: Some(cursor), ..back }), [3, 1]);
    assert_eq!(search(EventSearch { category: Some("music".into()), ..all.clone() }), [0_u64; 0]);
    assert_eq!(search(EventSearch { status: "cancelled".into(), ..all }), [6]);
    assert_eq!(db.count_upcoming(100).unwrap(), 3);
    assert_eq!(ids(&db.events(&[4, 99, 2]).unwrap()), [2, 4]);
    assert_eq!(db.event(4).unwrap().unwrap().status, "draft");
    assert_eq!(db.event(u64::MAX).unwrap(), None);

    let own = db.events_of_owner(AccountId(7), None, 3).unwrap();
    assert_eq!(ids(&own), [5, 2, 6]);
    let rest = db.events_of_owner(AccountId(7), Some(own[2].cursor()), 9).unwrap();
    assert_eq!(ids(&rest), [4, 3, 1]);
    assert_eq!(ids(&db.events_of_owner(AccountId(8), None, 9).unwrap()), [0_u64; 0]);
}

#[test]
fn an_event_is_written_over() {
    let mut hall = Hall::new();
    hall.derive(vec![event(1, "Jazz", 100, "draft")]);
    hall.derive(vec![event(1, "Rock", 200, "published")]);
    let row = hall.db.event(1).unwrap().unwrap();
    assert_eq!(
        (row.title.as_str(), row.starts_at, row.status.as_str()),
        ("Rock", 200, "published")
    );
    assert_eq!((row.owner, row.from_price), (AccountId(7), None));
}

#[test]
fn bookings_come_newest_first_with_their_places() {
    let mut hall = Hall::new();
    for (id, account, at) in [("a", 7, 10), ("b", 7, 20), ("c", 8, 20), ("d", 7, 20)] {
        hall.derive(order(id, account, at).to_vec());
    }
    let db = &hall.db;
    let of = |account, after| db.bookings_of_account(AccountId(account), after, 2).unwrap();
    let first = of(7, None);
    assert_eq!(first.iter().map(|b| b.order.as_str()).collect::<Vec<_>>(), ["d", "b"]);
    let cursor: OrderCursor = first[1].cursor().to_string().parse().unwrap();
    let rest = of(7, Some(cursor));
    assert_eq!(rest.len(), 1);
    assert_eq!((rest[0].code.as_str(), rest[0].account, rest[0].event), ("BK-a", AccountId(7), 1));
    let place = &rest[0].places[0];
    assert_eq!((place.seat, place.area, place.count), (None, Some(0), 2));
    assert_eq!(db.bookings_of_event(1, None, 9).unwrap().len(), 4);
    assert_eq!(db.bookings_of_event(2, None, 9).unwrap(), []);
    let by_code = |event, code| db.order_by_code(event, code).unwrap().map(|b| b.order);
    assert_eq!(by_code(1, "BK-c").as_deref(), Some("c"));
    assert_eq!((by_code(1, "BK-x"), by_code(2, "BK-c")), (None, None));
}

#[test]
fn plans_are_immutable_and_numbers_are_given_once() {
    let hall = Hall::new();
    let plan = |name: &str| {
        let (id, body) = ("p1".to_owned(), "{}".to_owned());
        PlanRow { id, name: name.to_owned(), capacity: 12, body }
    };
    hall.db.put_plan(plan("Hall")).unwrap();
    hall.db.put_plan(plan("Other")).unwrap();
    assert_eq!(hall.db.plan("p1").unwrap(), Some(plan("Hall")));
    assert_eq!(hall.db.plan("p2").unwrap(), None);
    let numbers: Vec<_> = (0..3).map(|_| hall.db.next_id("events").unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(hall.db.next_id("other").unwrap(), 1);
}

fn reminder(account: u64, event: u64, key: &str) -> NewNotification {
    NewNotification {
        account: AccountId(account),
        kind: "reminder",
        subject: format!("event:{event}"),
        key: key.to_owned(),
        data: "{}".to_owned(),
        is_seen: false,
        message_id: None,
        is_pushed: false,
    }
}

#[test]
fn a_reminder_is_to_be_shown_once_for_each_start_while_it_is_to_come() {
    let mut hall = Hall::new();
    hall.derive(vec![event(1, "Soon", 5_000, "published"), event(2, "Later", 9_000, "published")]);
    let ann = AccountId(11);
    let unshown = |hall: &Hall, now| ids(&hall.db.unshown_reminders(ann, now, 9_000).unwrap());
    let follow = |event| NewFollow { account: ann, event, at: 1, is_prompt: true };
    for event in [1, 2] {
        assert_eq!(hall.db.follow_event(follow(event), 9).unwrap(), Followed::Yes);
    }
    assert_eq!(hall.db.reminded_events(&[1, 2], 100).unwrap(), Vec::<u64>::new());
    // The second was recorded first; of the first there are two, for it has two times ahead.
    let told =
        vec![reminder(11, 2, "9000/1440"), reminder(11, 1, "5000/60"), reminder(11, 1, "5000/5")];
    hall.db.record(told, None, 10).unwrap();
    assert_eq!(hall.db.reminded_events(&[1, 2], 100).unwrap(), [1, 2]);
    assert_eq!(unshown(&hall, 100), [2, 1]);
    assert_eq!(unshown(&hall, 5_000), [2], "what has begun is no reminder");
    hall.db.reminders_shown(ann, vec![(1, 5_000), (1, 5_000)], 20).unwrap();
    assert_eq!(unshown(&hall, 100), [2]);

    // Moved: of the new start nobody was reminded yet.
    hall.derive(vec![event(1, "Soon", 6_000, "published")]);
    assert_eq!(
        (unshown(&hall, 100), hall.db.reminded_events(&[1], 100).unwrap()),
        (vec![2], vec![])
    );
    hall.db.record(vec![reminder(11, 1, "6000/1440")], None, 30).unwrap();
    assert_eq!(unshown(&hall, 100), [2, 1]);
    hall.db.unfollow_event(ann, 2).unwrap();
    hall.derive(vec![event(1, "Soon", 6_000, "cancelled")]);
    assert_eq!(unshown(&hall, 100), Vec::<u64>::new());
}

#[test]
fn names_that_must_differ_differ_by_more_than_capitals() {
    let hall = Hall::new();
    let new = |name: &str, email: &str| NewAccount {
        email: email.to_owned(),
        name: name.to_owned(),
        role: Role::Attendee,
        password: "!".to_owned(),
        at: 1,
    };
    let ann = hall.db.create_named(new("Ann", "ann@example.org")).unwrap();
    for (name, email, taken) in
        [("ANN", "other@example.org", NAME_TAKEN), ("Ben", "ann@example.org", EMAIL_TAKEN)]
    {
        match hall.db.create_named(new(name, email)) {
            Err(StoreError::Conflict(what)) => assert_eq!(what, taken),
            other => panic!("{other:?}"),
        }
    }
    hall.db.create_named(new("Ben", "ben@example.org")).unwrap();
    let all = hall.db.accounts_by_number(ann.id, 10).unwrap();
    assert_eq!(all.iter().map(|row| &*row.name).collect::<Vec<_>>(), ["Ben"]);
}

#[test]
fn a_list_by_number_has_what_its_viewer_sees() {
    let mut hall = Hall::new();
    hall.derive(vec![
        event(1, "Everyone's", 5_000, "published"),
        event(2, "The owner's", 5_000, "draft"),
        event(3, "Nobody's", 5_000, "cancelled"),
    ]);
    let list = |viewer, after| ids(&hall.db.events_by_number(viewer, after, 10).unwrap());
    assert_eq!(list(Viewer::Visitor, 0), [1]);
    assert_eq!(list(Viewer::Person(AccountId(8)), 0), [1]);
    assert_eq!(list(Viewer::Person(AccountId(7)), 0), [1, 2]);
    assert_eq!(list(Viewer::Admin, 1), [2]);
}
