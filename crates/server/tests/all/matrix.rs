//! Who may do what: everybody against every route, every room command and every client frame. The lists come
//! from the server; the outcomes are literal. What has no row here fails.

mod frames;

use crate::house::{Ask, Client, House, Person, room};
use houseful::app::apps;
use houseful::gateway::{self, api};
use houseful_room::door::DOOR_COMMANDS;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// How many kinds of people there are; they are the columns of every table.
const PEOPLE: usize = 6;

/// A house with everyone who may ask: a visitor, an attendee, one who has booked, another organiser, the
/// event's owner, an admin.
pub struct World {
    pub house: House,
    pub everyone: [Option<Person>; PEOPLE],
    pub published: u64,
    pub draft: u64,
    plan: String,
    /// The holder's.
    order: String,
}

impl World {
    pub async fn open() -> World {
        let mut house = House::open().await;
        let owner = house.organiser("Olga").await;
        let (ann, holder) = (house.person("Ann").await, house.person("Hal").await);
        let (rival, admin) = (house.organiser("Otto").await, house.admin("Ada").await);
        let (published, draft) = (house.draft(&owner).await, house.draft(&owner).await);
        let path = format!("/api/v1/events/{published}/publish");
        let event = house.post(&path).by(&owner).send().await.expect(200).json();
        let plan = event["planId"].as_str().unwrap().to_owned();
        let order = booked(&house, &holder, published).await;
        for (app, own) in [("board", json!({})), ("chat", json!({ "room": "rooms/chat" }))] {
            let config = json!({ "owner": owner.id, "moderators": [holder.id], "app": own });
            house.make_room(app, config).await;
        }
        let everyone = [None, Some(ann), Some(holder), Some(rival), Some(owner), Some(admin)];
        World { house, everyone, published, draft, plan, order }
    }

    pub fn stranger(&self) -> &Person {
        self.everyone[1].as_ref().unwrap()
    }

    pub fn holder(&self) -> &Person {
        self.everyone[2].as_ref().unwrap()
    }

    pub fn owner(&self) -> &Person {
        self.everyone[4].as_ref().unwrap()
    }
}

/// Books a place; answers the order.
async fn booked(house: &House, who: &Person, event: u64) -> String {
    let seats = room(event);
    let hold = house.command(who, &seats, "hold", &json!({ "areas": [[0, 1]] }));
    hold.send().await.expect(200);
    let book = house.command(who, &seats, "book", &json!({ "payment": "door" }));
    book.send().await.expect(200).json()["body"]["order"].as_str().unwrap().to_owned()
}

/// A route, what to put in its place, the body, and the statuses for everyone.
type Row = (&'static str, &'static str, &'static str, [u16; PEOPLE]);

const CLONE: &str = r#"{"startsAt":"2098-01-31T19:30:00Z"}"#;
const MAIL: &str = r#"{"bookingMail": {"words": "Hello"}}"#;
const INVITE: &str = r#"{"emails":["nobody@example.org"]}"#;

const ROUTES: &[Row] = &[
    ("post /auth/sign-up", "", "{}", [422; 6]),
    ("post /auth/sign-in", "", "{}", [422; 6]),
    ("post /auth/refresh", "", "{}", [403; 6]),
    ("post /auth/sign-out", "", "{}", [403; 6]),
    ("post /auth/password", "", "{}", [401, 422, 422, 422, 422, 422]),
    ("post /auth/setup", "", "{}", [422; 6]),
    ("get /me", "", "", [401, 200, 200, 200, 200, 200]),
    ("get /me/tokens", "", "", [401, 200, 200, 200, 200, 200]),
    ("post /me/tokens", "", "{}", [401, 422, 422, 422, 422, 422]),
    ("delete /me/tokens/{id}", "999", "", [401, 404, 404, 404, 404, 404]),
    ("get /me/webhooks", "", "", [401, 200, 200, 200, 200, 200]),
    ("post /me/webhooks", "", "{}", [401, 403, 403, 422, 422, 422]),
    ("patch /me/webhooks/{id}", "999", "{}", [401, 404, 404, 404, 404, 404]),
    ("delete /me/webhooks/{id}", "999", "", [401, 404, 404, 404, 404, 404]),
    ("post /me/webhooks/{id}/secret", "999", "", [401, 404, 404, 404, 404, 404]),
    ("post /me/webhooks/{id}/test", "999", "", [401, 404, 404, 404, 404, 404]),
    ("get /me/webhooks/{id}/deliveries", "999", "", [401, 404, 404, 404, 404, 404]),
    (
        "post /me/webhooks/{id}/deliveries/{delivery}/retry",
        "999",
        "",
        [401, 404, 404, 404, 404, 404],
    ),
    ("get /push-key", "", "", [200; 6]),
    ("post /me/push-subscriptions", "", "{}", [401, 422, 422, 422, 422, 422]),
    ("delete /me/push-subscriptions", "", "{}", [401, 422, 422, 422, 422, 422]),
    ("put /me/avatar", "", "{}", [401, 422, 422, 422, 422, 422]),
    ("delete /me/avatar", "", "", [401, 204, 204, 204, 204, 204]),
    ("get /pictures/{id}", "999", "", [404; 6]),
    ("get /accounts", "", "", [401, 403, 403, 403, 403, 200]),
    ("patch /accounts/{id}", "1", "{}", [401, 403, 403, 403, 403, 200]),
    ("patch /accounts/{id}", "1", "[null,null]", [401, 403, 403, 403, 403, 422]),
    ("patch /accounts/{id}", "999", "{}", [401, 403, 403, 403, 403, 404]),
    ("delete /accounts/{id}", "999", "", [401, 403, 403, 403, 403, 404]),
    ("post /accounts/{id}/sign-out", "999", "", [401, 403, 403, 403, 403, 404]),
    ("get /me/export", "", "", [401, 200, 200, 200, 200, 200]),
    ("post /me/erase", "", "{}", [401, 422, 422, 422, 422, 422]),
    ("get /events", "", "", [200; 6]),
    ("get /events?mine=true", "", "", [401, 200, 200, 200, 200, 200]),
    ("post /events", "", "{}", [401, 403, 403, 422, 422, 422]),
    ("get /events/{id}", "published", "", [200; 6]),
    ("get /events/{id}", "draft", "", [404, 404, 404, 404, 200, 200]),
    ("get /events/{id}", "999", "", [404; 6]),
    ("patch /events/{id}", "published", "{}", [401, 403, 403, 403, 428, 428]),
    ("patch /events/{id}", "draft", "{}", [401, 404, 404, 404, 428, 428]),
    ("patch /events/{id}", "999", "{}", [401, 404, 404, 404, 404, 404]),
    ("post /events/{id}/publish", "published", "", [401, 403, 403, 403, 200, 200]),
    ("post /events/{id}/publish", "a new draft", "", [401, 404, 404, 404, 200, 200]),
    ("post /events/{id}/cancel", "published", "[]", [401, 422, 422, 422, 422, 422]),
    ("post /events/{id}/cancel", "a new draft", "{}", [401, 404, 404, 404, 200, 200]),
    ("delete /events/{id}", "published", "", [401, 403, 403, 403, 409, 409]),
    ("delete /events/{id}", "a new draft", "", [401, 404, 404, 404, 204, 204]),
    ("delete /events/{id}", "999", "", [401, 404, 404, 404, 404, 404]),
    ("post /events/{id}/clone", "published", CLONE, [401, 403, 403, 403, 201, 201]),
    ("post /events/{id}/clone", "draft", CLONE, [401, 403, 403, 404, 201, 201]),
    ("post /events/{id}/booking-mail/preview", "published", MAIL, [401, 403, 403, 403, 200, 200]),
    ("post /events/{id}/booking-mail/preview", "draft", MAIL, [401, 404, 404, 404, 200, 200]),
    ("put /events/{id}/picture", "published", "{}", [401, 403, 403, 403, 422, 422]),
    ("put /events/{id}/picture", "draft", "{}", [401, 404, 404, 404, 422, 422]),
    ("delete /events/{id}/picture", "published", "", [401, 403, 403, 403, 204, 204]),
    ("delete /events/{id}/picture", "draft", "", [401, 404, 404, 404, 204, 204]),
    ("get /events/{id}/pictures/{picture}", "published", "", [404; 6]),
    ("get /events/{id}/pictures/{picture}", "draft", "", [404; 6]),
    ("get /events/{id}/team", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /events/{id}/team", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("post /events/{id}/invitations", "published", INVITE, [401, 403, 403, 403, 202, 202]),
    ("post /events/{id}/invitations", "draft", INVITE, [401, 404, 404, 404, 202, 202]),
    ("get /events/{id}/audit", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /events/{id}/audit", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("post /plans", "", "{}", [401, 403, 403, 422, 422, 422]),
    ("get /plans/{id}", "plan", "", [200; 6]),
    ("get /plans/{id}", "999", "", [404; 6]),
    ("get /orders/{order}/tickets", "order", "", [401, 404, 200, 404, 200, 200]),
    ("get /orders/{order}/tickets", "999", "", [401, 404, 404, 404, 404, 404]),
    ("get /orders/{order}/tickets.pdf", "order", "", [401, 404, 200, 404, 200, 200]),
    ("get /orders/{order}/tickets.pdf", "999", "", [401, 404, 404, 404, 404, 404]),
    ("get /events/{id}/ticket-key", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /events/{id}/ticket-key", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("get /events/{id}/admissions", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /events/{id}/admissions", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("get /me/bookings", "", "", [401, 200, 200, 200, 200, 200]),
    ("get /events/{id}/bookings", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /events/{id}/bookings", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("get /events/{id}/bookings.csv", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /events/{id}/bookings.csv", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("get /events/{id}/bookings.xlsx", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /events/{id}/bookings.xlsx", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("get /events/{id}/people?ids=1", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /events/{id}/people?ids=1", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("put /events/{id}/follow", "published", "", [401, 200, 200, 200, 409, 200]),
    ("put /events/{id}/follow", "draft", "", [401, 404, 404, 404, 409, 409]),
    ("put /events/{id}/follow", "999", "", [401, 404, 404, 404, 404, 404]),
    ("delete /events/{id}/follow", "published", "", [401, 204, 204, 204, 204, 204]),
    ("get /events/{id}/followers", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /events/{id}/followers", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("put /organisers/{account}/follow", "owner", "", [401, 200, 200, 200, 409, 200]),
    ("put /organisers/{account}/follow", "999", "", [401, 404, 404, 404, 404, 404]),
    ("delete /organisers/{account}/follow", "owner", "", [401, 204, 204, 204, 204, 204]),
    ("get /me/following", "", "", [401, 200, 200, 200, 200, 200]),
    ("get /me/notifications", "", "", [401, 200, 200, 200, 200, 200]),
    ("post /me/notifications/seen", "", "{}", [401, 422, 422, 422, 422, 422]),
    ("get /me/notification-settings", "", "", [401, 200, 200, 200, 200, 200]),
    ("put /me/notification-settings", "", "{}", [401, 200, 200, 200, 200, 200]),
    ("post /me/feed", "", "", [401, 201, 201, 201, 201, 201]),
    ("delete /me/feed", "", "", [401, 204, 204, 204, 204, 204]),
    ("get /feeds/{file}", "999", "", [404; 6]),
    ("get /events/{id}/calendar.ics", "published", "", [200; 6]),
    ("get /events/{id}/calendar.ics", "draft", "", [404, 404, 404, 404, 200, 200]),
    ("get /unsubscribe/{token}", "999", "", [404; 6]),
    ("post /unsubscribe/{token}", "999", "", [404; 6]),
    ("get /admin/mails", "", "", [401, 403, 403, 403, 403, 200]),
    ("post /admin/mails/{id}/retry", "999", "", [401, 403, 403, 403, 403, 404]),
    ("get /admin/statistics", "", "", [401, 403, 403, 403, 403, 200]),
    ("get /admin/events", "", "", [401, 403, 403, 403, 403, 200]),
    ("get /admin/rooms", "", "", [401, 403, 403, 403, 403, 200]),
    ("get /admin/limits", "", "", [401, 403, 403, 403, 403, 200]),
    ("get /rooms", "", "", [200; 6]),
    ("post /rooms", "", "{}", [401, 422, 422, 422, 422, 422]),
    ("get /rooms/{room}", "published", "", [200; 6]),
    ("get /rooms/{room}", "draft", "", [404, 404, 404, 404, 200, 200]),
    ("get /rooms/{room}", "999", "", [404; 6]),
    ("post /rooms/{room}/commands/{name}", "published", "{}", [401, 422, 422, 422, 422, 422]),
    ("post /rooms/{room}/commands/{name}", "draft", "{}", [401, 404, 404, 404, 422, 422]),
    ("post /rooms/{room}/commands/{name}", "999", "{}", [401, 404, 404, 404, 404, 404]),
    ("get /rooms/{room}/affairs", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /rooms/{room}/affairs", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("get /rooms/{room}/affairs", "999", "", [401, 404, 404, 404, 404, 404]),
    ("get /rooms/{room}/journal", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /rooms/{room}/journal", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("get /rooms/{room}/journal", "999", "", [401, 404, 404, 404, 404, 404]),
    ("get /rooms/{room}/state?at=1", "published", "", [401, 403, 403, 403, 200, 200]),
    ("get /rooms/{room}/state?at=1", "draft", "", [401, 404, 404, 404, 200, 200]),
    ("get /rooms/{room}/state?at=1", "999", "", [401, 404, 404, 404, 404, 404]),
];

/// The ways in beside the API, with what a plain `GET` is answered. None of them knows anybody.
const PLAIN: &[(&str, u16)] = &[
    ("/live", 426),
    ("/live/sse", 405),
    ("/live/sse/messages", 405),
    ("/socket.io/", 400),
    ("/health", 200),
    ("/apps/{app}/{*file}", 404),
    ("/api/openapi.json", 200),
    ("/api/asyncapi.json", 200),
];

#[tokio::test]
async fn every_route_answers_those_who_may_and_no_others() {
    let world = World::open().await;
    let (_, document) = api::described();
    let document = serde_json::to_value(document).unwrap();
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            described.insert(format!("{method} {path}"));
        }
    }
    let rows = ROUTES.iter().map(|row| row.0.split('?').next().unwrap().to_owned());
    assert_eq!(rows.collect::<BTreeSet<_>>(), described, "give every route its row");
    for (route, what, body, expected) in ROUTES {
        for (who, status) in world.everyone.iter().zip(expected) {
            let answer = ask(&world, route, what, body).await.by(who.as_ref()).send().await;
            let name = who.as_ref().map(|person| &person.email);
            assert_eq!(answer.status, *status, "{route} of {what} by {name:?}: {}", answer.text());
            if *status >= 400 {
                let code = answer.json()["code"].as_str().unwrap().to_owned();
                answer.problem(*status, &code);
            }
        }
    }
    world.house.close().await;
}

#[tokio::test]
async fn every_way_in_beside_the_api_is_the_same_for_all() {
    let world = World::open().await;
    let there = gateway::plain(api::described().1).map(|(path, _)| path);
    assert_eq!(PLAIN.iter().map(|row| row.0).collect::<Vec<_>>(), there, "give each its row");
    for (path, status) in PLAIN {
        let mut bodies = BTreeSet::new();
        for who in &world.everyone {
            let answer = world.house.get(path).by(who.as_ref()).send().await;
            assert_eq!(answer.status, *status, "{path} by {who:?}");
            bodies.insert(answer.text());
        }
        assert!(bodies.len() == 1, "{path} differs by who asks");
    }
    world.house.close().await;
}

async fn ask(world: &World, route: &str, what: &str, body: &str) -> Ask {
    let (method, path) = route.split_once(' ').unwrap();
    let place = match what {
        "published" => world.published.to_string(),
        "draft" => world.draft.to_string(),
        "a new draft" => world.house.draft(world.owner()).await.to_string(),
        "plan" => world.plan.clone(),
        "owner" => world.owner().id.to_string(),
        "order" => world.order.clone(),
        other => other.to_owned(),
    };
    let seats = format!("events%2F{place}%2Fseats");
    let path = path
        .replace("{id}", &place)
        .replace("{room}", &seats)
        .replace("{name}", "book")
        .replace("{picture}", "999")
        .replace("{delivery}", "999")
        .replace("{order}", &place);
    let path =
        path.replace("{account}", &place).replace("{token}", &place).replace("{file}", &place);
    let ask = Ask::new(world.house.address, &method.to_uppercase(), &format!("/api/v1{path}"));
    if body.is_empty() {
        ask
    } else {
        ask.header("content-type", "application/json").body(body.to_owned())
    }
}

#[tokio::test]
async fn lists_have_what_is_ones_own_and_nothing_else() {
    let world = World::open().await;
    for (nth, who) in world.everyone.iter().enumerate().skip(1) {
        let list = async |path: &str| {
            let answer = world.house.get(&format!("/api/v1{path}")).by(who.as_ref()).send().await;
            let items = answer.expect(200).json()["items"].as_array().unwrap().clone();
            items.len()
        };
        let (bookings, events) = (list("/me/bookings").await, list("/events?mine=true").await);
        assert_eq!((bookings, events), (usize::from(nth == 2), if nth == 4 { 2 } else { 0 }));
        assert_eq!(list("/events").await, 1, "a draft is in nobody's programme");
    }
    // The staff may know the name of who has booked, and of nobody else.
    let (ann, hal) = (world.stranger().id, world.holder().id);
    let path = format!("/api/v1/events/{}/people?ids={ann},{hal}", world.published);
    let people = world.house.get(&path).by(world.owner()).send().await.expect(200).json();
    assert_eq!(people["items"], json!([{ "id": hal, "name": "Hal" }]));
    world.house.close().await;
}

/// What everyone may ask of a room: an application, its command, a body, and the refusals for everyone in a
/// published event's room. Empty: whatever comes of it, it is no question of authority.
type Asked = (&'static str, &'static str, Value, [&'static str; PEOPLE]);

const SIGN_IN: &str = "sign_in_required";
const STAFF_ONLY: [&str; PEOPLE] = [SIGN_IN, "not_allowed", "not_allowed", "not_allowed", "", ""];
/// The server alone.
const NOBODY: [&str; PEOPLE] =
    [SIGN_IN, "not_allowed", "not_allowed", "not_allowed", "not_allowed", "not_allowed"];
const SIGNED_IN: [&str; PEOPLE] = [SIGN_IN, "", "", "", "", ""];
/// Who has booked is a moderator in the rooms beside the event's.
const KEEPERS_ONLY: [&str; PEOPLE] = [SIGN_IN, "not_allowed", "", "not_allowed", "", ""];

/// What somebody draws on the board.
const ITEM: &str = "0199b6a0-0000-7000-8000-000000000001";

fn commands(world: &World) -> Vec<Asked> {
    let order = json!({ "order": world.order });
    let (none_of_yours, owner) = ("no_such_order", world.owner().id);
    let figure =
        json!({ "id": ITEM, "kind": "line", "points": [0, 0, 5, 5], "colour": 1, "width": 2 });
    vec![
        ("seats", "hold", json!({ "areas": [[0, 1]] }), SIGNED_IN),
        ("seats", "release", json!({}), SIGNED_IN),
        ("seats", "renew", json!({}), SIGNED_IN),
        ("seats", "book", json!({ "payment": "door" }), SIGNED_IN),
        ("seats", "buy", json!({ "first": 1, "payment": "door" }), SIGNED_IN),
        ("seats", "cancel", order, [SIGN_IN, none_of_yours, "", none_of_yours, "", ""]),
        ("seats", "block", json!({ "seats": [0] }), STAFF_ONLY),
        ("seats", "unblock", json!({ "seats": [0] }), STAFF_ONLY),
        ("seats", "edit", json!({ "place": "Here" }), STAFF_ONLY),
        ("seats", "publish", json!({}), STAFF_ONLY),
        ("seats", "delete", json!({}), STAFF_ONLY),
        ("seats", "team", json!({ "account": 999, "role": "viewer" }), STAFF_ONLY),
        ("seats", "invite", json!({ "accounts": [998] }), STAFF_ONLY),
        ("seats", "uninvite", json!({ "accounts": [998] }), STAFF_ONLY),
        ("seats", "capacity", json!({ "area": 0, "capacity": 50 }), STAFF_ONLY),
        ("seats", "queue", json!({ "count": 1 }), SIGNED_IN),
        ("seats", "unqueue", json!({}), SIGNED_IN),
        ("seats", "check_in", json!({ "code": "BK-NONE" }), STAFF_ONLY),
        ("seats", "cancel_event", json!({ "reason": "Rain" }), STAFF_ONLY),
        ("chat", "say", json!({ "text": "Hello", "mentions": [owner] }), SIGNED_IN),
        ("chat", "edit", json!({ "no": 1, "text": "Hello!" }), SIGNED_IN),
        ("chat", "react", json!({ "no": 1, "emoji": "👍", "on": true }), SIGNED_IN),
        ("chat", "delete", json!({ "no": 1 }), SIGNED_IN),
        ("chat", "mute", json!({ "account": 999, "ms": 1_000 }), KEEPERS_ONLY),
        ("chat", "unmute", json!({ "account": 999 }), KEEPERS_ONLY),
        ("chat", "slow", json!({ "ms": 0 }), KEEPERS_ONLY),
        ("board", "add", json!({ "items": [figure] }), SIGNED_IN),
        ("board", "move", json!({ "ids": [ITEM], "dx": 1, "dy": 1 }), SIGNED_IN),
        ("board", "change", json!({ "id": ITEM, "colour": 2 }), SIGNED_IN),
        ("board", "raise", json!({ "ids": [ITEM] }), SIGNED_IN),
        ("board", "undo", json!({}), SIGNED_IN),
        ("board", "redo", json!({}), SIGNED_IN),
        ("board", "delete", json!({ "ids": [ITEM] }), SIGNED_IN),
        ("board", "clear", json!({}), KEEPERS_ONLY),
        ("lobby", "set", json!({ "id": 1 }), NOBODY),
        ("lobby", "room", json!({ "path": "rooms/den" }), NOBODY),
        ("lobby", "know", json!({ "path": "rooms/den", "account": 1, "known": true }), NOBODY),
        ("lobby", "place", json!({ "account": 1, "rooms": [] }), NOBODY),
        ("lobby", "tell", json!({ "notices": [] }), NOBODY),
    ]
}

/// What everyone may ask of a door: those who only take part, the owner, an admin.
const OWNERS: [&str; PEOPLE] = [SIGN_IN, "not_allowed", "not_allowed", "not_allowed", "", ""];

fn door_commands() -> Vec<(&'static str, Value, [&'static str; PEOPLE])> {
    let (whom, hash) = (json!({ "account": 999 }), json!({ "hash": "0".repeat(64) }));
    vec![
        ("room.rename", json!({ "title": "Another" }), OWNERS),
        ("room.settings", json!({ "locked": true }), OWNERS),
        ("room.settings", json!({ "maximum": 3 }), OWNERS),
        ("room.close", json!({ "inMs": 60_000 }), OWNERS),
        ("room.invite", whom.clone(), OWNERS),
        ("room.uninvite", whom.clone(), OWNERS),
        ("room.link", hash.clone(), OWNERS),
        ("room.unlink", hash, OWNERS),
        ("room.redeem", json!({ "token": "none" }), SIGNED_IN),
        ("room.wait", json!({}), SIGNED_IN),
        ("room.kick", whom.clone(), OWNERS),
        ("room.ban", whom.clone(), OWNERS),
        ("room.unban", whom, OWNERS),
    ]
}

#[tokio::test]
async fn every_door_command_is_for_those_who_may_and_no_others() {
    let world = World::open().await;
    let rows = door_commands();
    let named: BTreeSet<&str> = rows.iter().map(|row| row.0).collect();
    assert_eq!(named, DOOR_COMMANDS.into_iter().collect(), "give every command its row");
    let room = |visibility: &str| {
        let body = json!({ "app": "den", "title": "Den", "visibility": visibility });
        let made = world.house.post("/api/v1/rooms").by(world.owner()).json(&body).send();
        async { made.await.expect(201).json()["path"].as_str().unwrap().to_owned() }
    };
    let (open, private) = (room("public").await, room("private").await);
    for (name, body, refusals) in &rows {
        for (nth, (who, refusal)) in world.everyone.iter().zip(refusals).enumerate() {
            let code = over_http(&world, who.as_ref(), &open, name, body).await;
            judge(&code, refusal, &format!("{name} over HTTP by {who:?}"));
            let mut client = world.house.live(who.as_ref()).await;
            client.join(&open).await;
            let code = over_live(&mut client, &open, name, body).await;
            judge(&code, refusal, &format!("{name} on a connection by {who:?}"));
            let code = over_http(&world, who.as_ref(), &private, name, body).await;
            judge(&code, IN_A_DRAFT[nth], &format!("{name} in a private room by {who:?}"));
            let unlock = json!({ "locked": false });
            over_http(&world, Some(world.owner()), &open, "room.settings", &unlock).await;
        }
    }
    world.house.close().await;
}

/// In the room of a draft.
const IN_A_DRAFT: [&str; PEOPLE] =
    [SIGN_IN, "no_such_room", "no_such_room", "no_such_room", "", ""];
/// Codes by which a room says that somebody may not.
const OF_AUTHORITY: [&str; 4] = [SIGN_IN, "not_allowed", "no_such_room", "no_such_order"];

#[tokio::test]
async fn every_command_is_for_those_who_may_and_no_others() {
    let world = World::open().await;
    let rows = commands(&world);
    let named: BTreeSet<(&str, &str)> = rows.iter().map(|row| (row.0, row.1)).collect();
    let known = apps();
    let known = known.iter().flat_map(|app| app.commands.iter().map(|name| (app.name, *name)));
    assert_eq!(named, known.collect::<BTreeSet<_>>(), "give every command its row");
    for (app, name, body, refusals) in &rows {
        let place = match *app {
            "seats" => room(world.published),
            "lobby" => "lobby".to_owned(),
            app => format!("rooms/{app}"),
        };
        for (who, refusal) in world.everyone.iter().zip(refusals) {
            let code = over_http(&world, who.as_ref(), &place, name, body).await;
            judge(&code, refusal, &format!("{name} over HTTP by {who:?}"));
            let mut client = world.house.live(who.as_ref()).await;
            client.join(&place).await;
            let code = over_live(&mut client, &place, name, body).await;
            judge(&code, refusal, &format!("{name} on a connection by {who:?}"));
        }
        if *app != "seats" || *name == "cancel" {
            continue;
        }
        for (who, refusal) in world.everyone.iter().zip(IN_A_DRAFT) {
            let place = room(world.house.draft(world.owner()).await);
            let code = over_http(&world, who.as_ref(), &place, name, body).await;
            judge(&code, refusal, &format!("{name} on a draft by {who:?}"));
        }
    }
    world.house.close().await;
}

fn judge(code: &str, refusal: &str, what: &str) {
    if refusal.is_empty() {
        assert!(!OF_AUTHORITY.contains(&code), "{what}: {code}");
    } else {
        assert_eq!(code, refusal, "{what}");
    }
}

/// The code that a command is answered with; `done` if it is.
async fn over_http(
    world: &World,
    who: Option<&Person>,
    place: &str,
    name: &str,
    body: &Value,
) -> String {
    let path = format!("/api/v1/rooms/{}/commands/{name}", place.replace('/', "%2F"));
    let answer = world.house.post(&path).by(who).json(&json!({ "body": body })).send().await;
    answer.json()["code"].as_str().unwrap_or("done").to_owned()
}

/// The same on a connection. A room that meanwhile has more or less to show its person says `resync`: one joins
/// again, as every client does.
async fn over_live(client: &mut Client, place: &str, name: &str, body: &Value) -> String {
    loop {
        let answer = client.command(place, name, body.clone()).await;
        let code = answer["code"].as_str().unwrap_or("done");
        let was_resynced = |frame: &Value| frame["t"] == "resync" && frame["room"] == place;
        if code != "not_joined" || !client.take_waiting().iter().any(was_resynced) {
            return code.to_owned();
        }
        client.join(place).await;
    }
}

#[tokio::test]
async fn an_order_is_cancelled_by_its_person_or_the_staff() {
    let world = World::open().await;
    let seats = room(world.published);
    for (nth, code) in [(1, "no_such_order"), (3, "no_such_order"), (4, ""), (5, ""), (2, "")] {
        let order = booked(&world.house, world.holder(), world.published).await;
        let cancel = json!({ "order": order });
        let who = world.everyone[nth].as_ref();
        let answer = over_http(&world, who, &seats, "cancel", &cancel).await;
        assert_eq!(answer, if code.is_empty() { "done" } else { code }, "by {who:?}");
        // It is an order of that event's room alone.
        let order = booked(&world.house, world.holder(), world.published).await;
        let foreign = room(world.draft);
        let answer = over_http(&world, who, &foreign, "cancel", &json!({ "order": order })).await;
        assert!(["no_such_order", "no_such_room"].contains(&answer.as_str()), "{answer}");
        let own = json!({ "order": order });
        let own = over_http(&world, Some(world.holder()), &seats, "cancel", &own).await;
        assert_eq!(own, "done");
    }
    world.house.close().await;
}
