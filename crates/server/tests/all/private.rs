//! R110 from every side: every route, command and frame is asked for a private event, made up from the server's own
//! lists, by those who may not know of it. What they are told is, byte for byte, what they are told of an event that
//! does not exist. What is asked nowhere here fails.

use crate::house::{Answer, Ask, Client, House, Person, new_id};
use houseful::app::apps;
use houseful::gateway::api;
use houseful_room::door::DOOR_COMMANDS;
use houseful_wire::asyncapi::{FRAMES, Sender};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the event is called. It is in no answer to those who may not know of it.
const TITLE: &str = "Nightingale";
/// What it is called once she who was invited no longer is.
const RENAMED: &str = "Kingfisher";

/// The same question is asked of the event and of one that there never was.
struct Thing {
    event: u64,
    plan: String,
    picture: String,
    order: String,
}

struct Stage {
    house: House,
    there: Thing,
    absent: Thing,
    owner: Person,
    invited: Person,
    booked: Person,
    /// A visitor, somebody, another organiser, somebody who was invited until a moment ago.
    strangers: [(&'static str, Option<Person>); 4],
}

/// Routes that answer whoever asks of what is their own: no thing of an event is named or listed there. With a
/// question, what it is.
const NO_EVENTS: [&str; 34] = [
    "post /auth/sign-up",
    "post /auth/sign-in",
    "post /auth/refresh",
    "post /auth/sign-out",
    "post /auth/password",
    "post /auth/setup",
    "put /me/avatar",
    "delete /me/avatar",
    "get /pictures/{id}",
    "patch /accounts/{id}",
    "delete /accounts/{id}",
    "post /accounts/{id}/sign-out",
    "post /me/erase",
    "post /admin/mails/{id}/retry",
    "post /me/tokens",
    "delete /me/tokens/{id}",
    "post /me/webhooks",
    "patch /me/webhooks/{id}",
    "delete /me/webhooks/{id}",
    "post /me/webhooks/{id}/secret",
    "post /me/webhooks/{id}/test",
    "post /me/webhooks/{id}/deliveries/{delivery}/retry",
    "post /me/push-subscriptions",
    "delete /me/push-subscriptions",
    "post /events",
    "post /plans",
    "post /rooms",
    "put /organisers/{account}/follow",
    "delete /organisers/{account}/follow",
    "post /me/notifications/seen",
    "put /me/notification-settings",
    "delete /me/feed",
    "get /unsubscribe/{token}",
    "post /unsubscribe/{token}",
];

/// What lists are asked for besides all that they have.
const QUERIES: [(&str, &[&str]); 3] = [
    (
        "get /events",
        &[
            "?q=nightingale",
            "?q=kingfisher",
            "?category=music",
            "?limit=1",
            "?status=cancelled",
            "?mine=true",
            "?when=past",
            "?from=2099-01-31T00:00:00Z&to=2099-02-02T00:00:00Z",
        ],
    ),
    ("get /rooms", &["?q=nightingale", "?q=kingfisher", "?app=chat", "?limit=1"]),
    ("get /me/notifications", &["?unread=true"]),
];

/// Bodies that routes would do something with; of the others one that says nothing.
fn body(route: &str) -> Option<Value> {
    Some(match route {
        "post /events/{id}/clone" => json!({ "startsAt": "2098-01-31T19:30:00Z" }),
        "post /events/{id}/invitations" => json!({ "emails": ["nobody@example.org"] }),
        "post /events/{id}/booking-mail/preview" => json!({ "bookingMail": { "words": "Hello" } }),
        "patch /events/{id}" | "post /events/{id}/cancel" => json!({}),
        "post /rooms/{room}/commands/{name}" => json!({ "body": {} }),
        _ => return None,
    })
}

impl Stage {
    async fn open() -> Stage {
        let house = House::open().await;
        let owner = house.organiser("Olga").await;
        let (invited, booked) = (house.person("Ann").await, house.person("Hal").await);
        let (ben, eve) = (house.person("Ben").await, house.person("Eve").await);
        let rival = house.organiser("Otto").await;
        // Something is on that everybody sees.
        publish(&house, &owner, json!({ "title": "Sparrow", "capacity": 25 })).await;
        let event =
            publish(&house, &owner, json!({ "visibility": "private", "title": TITLE })).await;
        let accounts = [invited.id, booked.id, eve.id];
        ask(&house, &owner, event, "invite", json!({ "accounts": accounts })).await;
        let order = book(&house, &booked, event).await;
        leave_traces(&house, &eve, event).await;
        ask(&house, &owner, event, "uninvite", json!({ "accounts": [eve.id] })).await;
        ask(&house, &owner, event, "edit", json!({ "title": RENAMED })).await;
        let there = Thing::of(&house, &owner, event, order).await;
        let strangers = [
            ("a visitor", None),
            ("somebody", Some(ben)),
            ("another organiser", Some(rival)),
            ("somebody who was invited", Some(eve)),
        ];
        let absent = there.absent();
        Stage { house, there, absent, owner, invited, booked, strangers }
    }

    /// A request about one of them.
    fn ask(&self, route: &str, of: &Thing, room: &str, name: &str, who: Option<&Person>) -> Ask {
        let (method, path) = route.split_once(' ').unwrap();
        let id = if path.starts_with("/plans") { of.plan.clone() } else { of.event.to_string() };
        let path = path
            .replace("{id}", &id)
            .replace("{picture}", &of.picture)
            .replace("{order}", &of.order)
            .replace("{room}", &format!("events%2F{}%2F{room}", of.event))
            .replace("{name}", name);
        let query = match path.rsplit('/').next() {
            Some("state") => "?at=1",
            Some("people") => "?ids=1",
            _ => "",
        };
        let path = format!("/api/v1{path}{query}");
        let ask = Ask::new(self.house.address, &method.to_uppercase(), &path).by(who);
        match body(route) {
            Some(body) => ask.header("if-match", "*").json(&body),
            None => ask,
        }
    }
}

impl Thing {
    async fn of(house: &House, owner: &Person, event: u64, order: String) -> Thing {
        let path = format!("/api/v1/events/{event}");
        let upload = Ask::new(house.address, "PUT", &format!("{path}/picture")).by(owner);
        let upload = upload.header("content-type", "image/png").body(picture()).send().await;
        let picture = upload.expect(200).json()["id"].as_str().unwrap().to_owned();
        let plan = house.get(&path).by(owner).send().await.expect(200).json()["planId"].clone();
        Thing { event, plan: plan.as_str().unwrap().to_owned(), picture, order }
    }

    /// One that there never was, with a name as long everywhere.
    fn absent(&self) -> Thing {
        let (plan, picture) = (self.plan.chars().rev().collect(), self.picture.clone());
        Thing { event: self.event + 5, plan, picture, order: new_id() }
    }

    /// What would tell that it is there.
    fn marks(&self) -> [String; 6] {
        let path = |what: &str| format!("events/{}{what}", self.event);
        [
            path("/"),
            path("\""),
            TITLE.into(),
            RENAMED.into(),
            self.plan.clone(),
            self.picture.clone(),
        ]
    }
}

/// What she leaves behind who was invited: she follows it, has a seat in her cart, has said something.
async fn leave_traces(house: &House, eve: &Person, event: u64) {
    let follow = Ask::new(house.address, "PUT", &format!("/api/v1/events/{event}/follow"));
    follow.by(eve).send().await.expect(200);
    ask(house, eve, event, "hold", json!({ "areas": [[0, 1]] })).await;
    let chat = format!("events/{event}/chat");
    house.command(eve, &chat, "say", &json!({ "text": "Hello" })).send().await.expect(200);
}

async fn publish(house: &House, owner: &Person, more: Value) -> u64 {
    let mut event = json!({
        "startsAt": "2099-01-31T19:30:00Z", "timeZone": "Europe/Berlin", "currency": "EUR",
        "capacity": 20, "category": "music", "prices": { "general": 500 },
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = house.post("/api/v1/events").by(owner).json(&event).send().await.expect(201).json();
    let id = made["id"].as_u64().unwrap();
    house.post(&format!("/api/v1/events/{id}/publish")).by(owner).send().await.expect(200);
    id
}

async fn ask(house: &House, who: &Person, event: u64, name: &str, body: Value) -> Value {
    let room = format!("events/{event}/seats");
    house.command(who, &room, name, &body).send().await.expect(200).json()["body"].clone()
}

async fn book(house: &House, who: &Person, event: u64) -> String {
    ask(house, who, event, "hold", json!({ "areas": [[0, 1]] })).await;
    let booked = ask(house, who, event, "book", json!({ "payment": "door" })).await;
    booked["order"].as_str().unwrap().to_owned()
}

fn picture() -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbaImage::from_pixel(700, 350, image::Rgba([9, 9, 9, 255]));
    pixels.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// All of an answer but when it was given.
fn bytes(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| (name.to_string(), format!("{value:?}")));
    (answer.status, headers.collect(), answer.text())
}

/// Every route, as `method /path`.
fn routes() -> BTreeSet<String> {
    let document = serde_json::to_value(api::described().1).unwrap();
    let paths = document["paths"].as_object().unwrap().iter();
    let methods = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().keys();
        methods.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
    };
    paths.flat_map(methods).collect()
}

fn names_a_thing(route: &str) -> bool {
    let names = ["/events/{id}", "{room}", "/plans/{id}", "{order}"];
    names.iter().any(|name| route.contains(name))
}

/// Every command there is, for whatever room.
fn commands() -> BTreeSet<&'static str> {
    let of_apps = apps().iter().flat_map(|app| app.commands.to_vec()).collect::<Vec<_>>();
    of_apps.into_iter().chain(DOOR_COMMANDS).collect()
}

#[tokio::test]
async fn r110_every_route_answers_of_a_private_event_as_of_none() {
    let stage = Stage::open().await;
    let mut compared = 0;
    for route in routes().iter().filter(|route| names_a_thing(route)) {
        let rooms: &[&str] = if route.contains("{room}") { &["seats", "chat"] } else { &[""] };
        let names = if route.contains("{name}") { commands() } else { BTreeSet::from([""]) };
        for (room, name) in rooms.iter().flat_map(|room| names.iter().map(move |name| (room, name)))
        {
            for (kind, who) in &stage.strangers {
                let to = |of| stage.ask(route, of, room, name, who.as_ref());
                let (one, other) = (to(&stage.there).send().await, to(&stage.absent).send().await);
                let what = format!("{route} {room} {name} by {kind}");
                assert_eq!(bytes(&one), bytes(&other), "{what}");
                let none = match route.as_str() {
                    _ if who.is_none() && one.status == 401 => 401,
                    "delete /events/{id}/follow" => 204,
                    // What only an organiser may do, they may with what they know of.
                    "post /events/{id}/clone" if *kind != "another organiser" && who.is_some() => {
                        403
                    }
                    _ => 404,
                };
                assert_eq!(one.status, none, "{what}: {}", one.text());
                compared += 1;
            }
            // Whoever is invited or has booked is told of it, if only that this is not theirs.
            for (who, has_order) in [(&stage.invited, false), (&stage.booked, true)] {
                let to = |of| stage.ask(route, of, room, name, Some(who));
                let (one, other) = (to(&stage.there).send().await, to(&stage.absent).send().await);
                let is_same = bytes(&one) == bytes(&other);
                let is_for_none = !has_order && route.contains("{order}")
                    || ["delete /events/{id}/follow", "post /events/{id}/clone"]
                        .contains(&&**route);
                assert_eq!(is_same, is_for_none, "{route} {room} {name}: {}", one.text());
            }
        }
    }
    assert!(compared > 400, "{compared} were compared");
    stage.house.close().await;
}

#[tokio::test]
async fn r110_no_list_has_a_trace_of_a_private_event() {
    let stage = Stage::open().await;
    let marks = stage.there.marks();
    for route in routes().iter().filter(|route| !names_a_thing(route)) {
        let Some(path) =
            route.strip_prefix("get ").filter(|_| !NO_EVENTS.contains(&route.as_str()))
        else {
            // What makes the address of one's feed is asked below.
            assert!(NO_EVENTS.contains(&route.as_str()) || route == "post /me/feed", "{route}");
            continue;
        };
        let more = QUERIES.iter().find(|(of, _)| of == route).map_or(&[][..], |(_, more)| more);
        for query in [""].iter().chain(more) {
            for (kind, who) in &stage.strangers {
                let text = fetch(&stage, &format!("{path}{query}"), who.as_ref()).await;
                for mark in marks.iter().filter(|mark| !is_past(kind, route, mark)) {
                    assert!(!text.contains(mark), "{path}{query} tells {kind} {mark}: {text}");
                }
            }
        }
    }
    // It is in the lists of those who may know of it.
    for who in [&stage.invited, &stage.booked] {
        for path in ["/events", "/events?q=kingfisher", "/events?category=music"] {
            let text = fetch(&stage, path, Some(who)).await;
            assert!(text.contains(RENAMED), "{path}: {text}");
        }
    }
    stage.house.close().await;
}

/// What she was told while she was invited, and where she wrote then, stays hers; what it is called now is not.
fn is_past(kind: &str, route: &str, mark: &str) -> bool {
    let is_hers = match route {
        "get /me/notifications" => mark == TITLE,
        "get /me/export" => mark != RENAMED,
        _ => false,
    };
    kind == "somebody who was invited" && is_hers
}

/// What a list says; of a feed its calendar.
async fn fetch(stage: &Stage, path: &str, who: Option<&Person>) -> String {
    let mut path = format!("/api/v1{path}");
    if path.ends_with("{file}") {
        let made = stage.house.post("/api/v1/me/feed").by(who).send().await;
        match made.status {
            201 => path = made.json()["path"].as_str().unwrap().to_owned(),
            _ => return made.text(),
        }
    }
    stage.house.get(&path).by(who).send().await.text()
}

#[tokio::test]
async fn r110_every_frame_is_answered_of_a_private_events_rooms_as_of_none() {
    let stage = Stage::open().await;
    let asked: BTreeSet<&str> = frames("").iter().map(|frame| frame.0).collect();
    let of_none = ["hello", "auth", "pong"];
    let known = FRAMES.iter().filter(|frame| frame.sender == Sender::Client).map(|one| one.name);
    let known: BTreeSet<&str> = known.filter(|name| !of_none.contains(name)).collect();
    assert_eq!(asked, known, "ask every frame that names a room");
    let mut clients = Vec::new();
    for (kind, who) in &stage.strangers {
        let mut client = stage.house.live(who.as_ref()).await;
        client.join("lobby").await;
        for room in ["seats", "chat"] {
            let place = |of: &Thing| format!("events/{}/{room}", of.event);
            for ((t, one), (_, other)) in
                frames(&place(&stage.there)).into_iter().zip(frames(&place(&stage.absent)))
            {
                let (one, other) = (said(&mut client, one).await, said(&mut client, other).await);
                let renamed = one.replace(&place(&stage.there), &place(&stage.absent));
                assert_eq!(renamed, other, "{t} of {room} by {kind}");
            }
        }
        client.heard.clear();
        clients.push((kind, client));
    }
    // What goes on there is not heard in the lobby.
    live_on(&stage).await;
    for (kind, mut client) in clients {
        client.settled_in("lobby").await;
        for mark in stage.there.marks() {
            let text = client.heard.iter().find(|text| text.contains(&mark));
            assert!(text.is_none(), "{kind} hears {mark}: {text:?}");
        }
    }
    stage.house.close().await;
}

/// Every frame that names a room.
fn frames(room: &str) -> Vec<(&'static str, Value)> {
    let (id, body) = ("0199b6a0-0000-7000-8000-000000000009", json!({}));
    let command = |name: &str| json!({ "term": 1, "id": id, "name": name, "body": body });
    let mut frames = vec![
        ("join", json!({})),
        ("history", json!({ "shape": "changes" })),
        ("people", json!({ "accounts": [1] })),
        ("show", json!({ "shape": "typing", "value": 1 })),
        ("leave", json!({})),
    ];
    frames.extend(["hold", "say", "room.redeem"].map(|name| ("command", command(name))));
    for (t, frame) in &mut frames {
        frame["t"] = json!(t);
        frame["room"] = json!(room);
    }
    frames
}

/// What somebody is told who sends it, but for its number.
async fn said(client: &mut Client, frame: Value) -> String {
    let mut answer = match frame["t"] == "show" {
        // Nobody answers it; that it cannot be shown is told.
        true => {
            client.send(&frame).await;
            client.until("why it is not shown", |frame| frame["t"] == "refused").await
        }
        false => client.ask(frame).await,
    };
    answer.as_object_mut().unwrap().remove("ref");
    answer.to_string()
}

/// People are there, talk, book; the event gets another place.
async fn live_on(stage: &Stage) {
    let event = stage.there.event;
    let mut client = stage.house.live(&stage.booked).await;
    for room in
        ["lobby".to_owned(), format!("events/{event}/seats"), format!("events/{event}/chat")]
    {
        client.join(&room).await;
    }
    let chat = format!("events/{event}/chat");
    assert_eq!(client.command(&chat, "say", json!({ "text": "We are here" })).await["t"], "ok");
    book(&stage.house, &stage.invited, event).await;
    ask(&stage.house, &stage.owner, event, "edit", json!({ "place": RENAMED })).await;
    let is_told = |frame: &Value| frame["t"] == "ops" && frame.to_string().contains(RENAMED);
    client.until("the lobby to tell who may know", is_told).await;
}

/// Every question about one of two events, by somebody.
async fn compare(stage: &Stage, [one, other]: [&Thing; 2], who: &Person) -> usize {
    let mut compared = 0;
    let of_event = |route: &&String| names_a_thing(route) && !route.contains("/plans/{id}");
    for route in routes().iter().filter(of_event) {
        let rooms: &[&str] = if route.contains("{room}") { &["seats", "chat"] } else { &[""] };
        let names = if route.contains("{name}") { commands() } else { BTreeSet::from([""]) };
        for (room, name) in rooms.iter().flat_map(|room| names.iter().map(move |name| (room, name)))
        {
            let to = |of| stage.ask(route, of, room, name, Some(who));
            let (one, other) = (to(one).send().await, to(other).send().await);
            assert_eq!(bytes(&one), bytes(&other), "{route} {room} {name} by {}", who.email);
            compared += 1;
        }
    }
    compared
}

#[tokio::test]
async fn r119_every_route_answers_of_a_deleted_draft_as_of_none() {
    let mut stage = Stage::open().await;
    let admin = stage.house.admin("Ada").await;
    let draft = stage.house.draft(&stage.owner).await;
    let manager = json!({ "account": stage.invited.id, "role": "manager" });
    ask(&stage.house, &stage.owner, draft, "team", manager).await;
    let deleted = Thing::of(&stage.house, &stage.owner, draft, new_id()).await;
    let absent = deleted.absent();
    let delete = Ask::new(stage.house.address, "DELETE", &format!("/api/v1/events/{draft}"));
    delete.by(&stage.owner).send().await.expect(204);
    // Its rooms are awake at first; then they sleep.
    for _ in 0..2 {
        for who in [&stage.owner, &stage.invited, &admin] {
            assert!(compare(&stage, [&deleted, &absent], who).await > 60);
        }
        stage.house.restart().await;
    }
    stage.house.close().await;
}
