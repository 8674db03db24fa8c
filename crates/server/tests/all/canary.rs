//! Words that must never be seen where they do not belong: the real program logs all that it can while people
//! sign in, buy and fail, and then its log, its counts and other people's bytes are searched. And the
//! exact fields of every answer, so that none is added unseen.

use crate::house::{Answer, Ask, Client, House, PASSWORD, Person};
use crate::temp::TempFolder;
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

/// Every private text of this story has it.
const CANARY: &str = "canary";

/// The real program, with a data folder of its own.
struct Program {
    child: Child,
    address: SocketAddr,
    booking: SocketAddr,
    setup: String,
    folder: TempFolder,
}

impl Program {
    fn start() -> Program {
        let folder = TempFolder::new();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_houseful"))
            .args([
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--dialect",
                "booking=127.0.0.1:0",
                "--data",
            ])
            .arg(folder.path().join("data"))
            .env("HOUSEFUL_LOG__FILTER", "trace")
            .env("HOUSEFUL_OPERATOR__LISTEN", "127.0.0.1:0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut after = |mark: &str| {
            let line = lines.find(|line| line.contains(mark)).unwrap();
            line.split_once(mark).unwrap().1.to_owned()
        };
        let address = after("listening on http://").parse().unwrap();
        let booking = after("  booking    http://").parse().unwrap();
        let setup = after("/setup#");
        Program { child, address, booking, setup, folder }
    }

    async fn post(&self, path: &str, who: Option<&Person>, body: &Value) -> Answer {
        Ask::new(self.address, "POST", &format!("/api/v1{path}")).by(who).json(body).send().await
    }

    /// The token of somebody of the booking dialect, who shows it in an address, as its clients do.
    async fn watch(&self, name: &str) -> String {
        let who = applicant(name, "canary-dialect-password");
        let ask = |method, path: &str| Ask::new(self.booking, method, path);
        let made = ask("POST", "/api/auth/register").json(&who).send().await.expect(201).json();
        let token = made["data"]["token"].as_str().unwrap().to_owned();
        for shown in [token.as_str(), "canary.forged.token"] {
            let address = format!("/ws?token={shown}");
            ask("GET", &address).send().await.expect(404);
            let url = format!("ws://{}{address}", self.booking);
            let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
            // A greeting, or a goodbye.
            socket.next().await.unwrap().unwrap();
        }
        token
    }

    async fn get(&self, path: &str, who: Option<&Person>) -> Answer {
        Ask::new(self.address, "GET", path).by(who).send().await
    }

    /// With the cookie, as our own page sends it.
    async fn with_cookie(&self, path: &str, cookie: &str) -> Answer {
        let ask = Ask::new(self.address, "POST", &format!("/api/v1{path}"));
        ask.header("cookie", cookie).header("x-houseful", "1").send().await
    }

    async fn event(&self, owner: &Person) -> String {
        let rows = json!([{ "label": "A", "seats": 10 }]);
        let section = json!({ "name": "S", "zone": "a", "x": 0.0, "y": 0.0, "rows": rows });
        let zones = json!([{ "id": "a", "name": "A" }]);
        let plan = json!({ "plan": { "name": "Hall", "zones": zones, "sections": [section] } });
        let plan = self.post("/plans", Some(owner), &plan).await.expect(201).json();
        let event = json!({ "title": "Hamlet", "startsAt": "2099-01-31T19:30:00Z",
            "timeZone": "Europe/Berlin", "currency": "EUR", "planId": plan["id"],
            "prices": { "a": 1_000 } });
        let event = self.post("/events", Some(owner), &event).await.expect(201).json();
        let publish = format!("/events/{}/publish", event["id"]);
        self.post(&publish, Some(owner), &json!({})).await.expect(200);
        event["room"].as_str().unwrap().to_owned()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn applicant(name: &str, password: &str) -> Value {
    let email = format!("{}@secret.example", name.to_lowercase());
    json!({ "email": email, "name": name, "password": password })
}

#[tokio::test]
async fn no_secret_is_logged_counted_or_told() {
    let program = Program::start();
    let mut admin = applicant("Canary-Admin", "canary-admin-password");
    admin["token"] = json!(program.setup);
    let admin = Person::from(program.post("/auth/setup", None, &admin).await.expect(201));
    program.post("/auth/setup", None, &json!({ "token": "canary" })).await.expect(422);
    let room = program.event(&admin).await;

    let ben = applicant("Ben", "a-quiet-evening");
    let ben = Person::from(program.post("/auth/sign-up", None, &ben).await.expect(201));
    let mut other = Client::connect(program.address).await;
    other.hello(Some(&ben)).await;
    other.join("lobby").await;
    other.join(&room).await;

    let who = applicant("Canary-Ann", "canary-first-password");
    let ann = Person::from(program.post("/auth/sign-up", None, &who).await.expect(201));
    for (name, password) in [("Canary-Ann", "canary-wrong"), ("Canary-Nobody", "canary-none")] {
        let body = applicant(name, password);
        program.post("/auth/sign-in", None, &body).await.problem(401, "wrong_credentials");
    }
    let refreshed =
        Person::from(program.with_cookie("/auth/refresh", &ann.cookie).await.expect(200));
    let change = json!({ "current": "canary-first-password", "new": "canary-second-password" });
    program.post("/auth/password", Some(&ann), &change).await.expect(200);
    let mut forged = ann.clone();
    forged.token = "canary.forged.token".into();
    program.get("/api/v1/me", Some(&forged)).await.problem(401, "token_invalid");
    let broken = Ask::new(program.address, "POST", "/api/v1/auth/sign-in");
    let broken = broken.header("content-type", "application/json").body("{\"canary\": \"canary");
    broken.send().await.problem(400, "malformed_json");
    program.get("/api/v1/accounts?q=canary", Some(&admin)).await.expect(200);
    let raise = Ask::new(program.address, "PATCH", &format!("/api/v1/accounts/{}", ben.id));
    raise.by(&admin).json(&json!({ "role": "organiser" })).send().await.expect(200);

    let watcher = program.watch("Canary-Bea").await;

    let mut client = Client::connect(program.address).await;
    assert_eq!(client.hello(Some(&forged)).await["code"], "token_invalid");
    client.hello(Some(&refreshed)).await;
    client.join(&room).await;
    client.command(&room, "hold", json!({ "seats": [0, 1] })).await;
    let booked = client.command(&room, "book", json!({ "payment": "door" })).await;
    assert_eq!(booked["t"], "ok", "{booked}");
    client.send_text("{\"t\":\"canary\",\"ref\":99}").await;
    client.refused("unknown_frame").await;
    client.command(&room, "canary", json!({ "canary": "canary" })).await;
    program.with_cookie("/auth/sign-out", &refreshed.cookie).await.expect(204);
    assert_eq!(client.closed().await, 4500);

    other.settled_in(&room).await;
    other.join(&room).await;
    let counts = program.get("/metrics", None).await.expect(200).text();
    let log = program.log();
    for event in ["role changed", "a sign-in failed", "signed in", "password changed"] {
        assert!(log.contains(event), "{event:?} is not in the log: {log}");
    }
    let mut secrets = vec![CANARY.to_owned(), "$argon2".to_owned(), program.setup.clone()];
    for person in [&admin, &ann, &refreshed, &ben] {
        // A token's parts too: nothing of it may be logged either.
        secrets.extend(person.token.split('.').skip(1).map(str::to_owned));
        secrets.push(person.cookie.split_once('=').unwrap().1.to_owned());
    }
    secrets.extend(watcher.split('.').skip(1).map(str::to_owned));
    for field in ["order", "code"] {
        secrets.push(booked["body"][field].as_str().unwrap().to_owned());
    }
    let heard = other.heard.concat();
    for secret in &secrets {
        let secret = secret.to_lowercase();
        for (where_, text) in [("the log", &log), ("the counts", &counts), ("a frame", &heard)] {
            let found = text.lines().find(|line| line.to_lowercase().contains(&secret));
            assert_eq!(found, None, "{secret:?} is in {where_}");
        }
    }
}

/// The fields of a value, theirs within them; of a list, those of its first.
fn fields(value: &Value) -> String {
    match value {
        Value::Object(object) => {
            let sorted: BTreeMap<_, _> = object.iter().collect();
            let named = sorted.into_iter().map(|(name, value)| format!("{name}{}", fields(value)));
            format!("{{{}}}", named.collect::<Vec<_>>().join(","))
        }
        Value::Array(list) => format!("[{}]", list.first().map(fields).unwrap_or_default()),
        _ => String::new(),
    }
}

const SUMMARY: &str = "available,capacity,category,currency,endsAt,fromPrice,here,id,isOnline,picture,\
    place,startsAt,status,timeZone,title,visibility,watching";
const CART: &str = "{areas[[]],renewals,seats[[]],total,until}";

#[tokio::test]
async fn every_answer_has_exactly_these_fields() {
    let house = House::open().await;
    let (owner, admin) = (house.organiser("Olga").await, house.admin("Ada").await);
    let ann = house.person("Ann").await;
    let room = house.event(&owner).await;
    let event = room.split('/').nth(1).unwrap().to_owned();
    let hold = json!({ "seats": [0, 1], "areas": [[0, 1]] });
    let held = house.command(&ann, &room, "hold", &hold).send().await.expect(200).json();
    assert_eq!(fields(&held), format!("{{body{CART},seq}}"));
    let book = house.command(&ann, &room, "book", &json!({ "payment": "door" })).send().await;
    let booked = "{body{areas[[]],code,order,seats[[]],total},seq}";
    assert_eq!(fields(&book.expect(200).json()), booked);
    let body = json!({ "email": ann.email, "password": PASSWORD });
    let session = house.post("/api/v1/auth/sign-in").json(&body).send().await.expect(200).json();
    assert_eq!(fields(&session), "{accessToken,account{email,id,name,role},expiresAt}");
    let follow = Ask::new(house.address, "PUT", &format!("/api/v1/events/{event}/follow")).by(&ann);
    assert_eq!(fields(&follow.send().await.expect(200).json()), "{following}");
    // Their booking is recorded beside the answer to it.
    while !house.get("/api/v1/me/notifications").by(&ann).send().await.text().contains("booked") {
        tokio::task::yield_now().await;
    }
    let detail = "{available,capacity,category,currency,description,endsAt,etag,following,fromPrice,\
        here,holdMs,id,isOnline,limitPerPerson,owner{id,name},picture,place,planId,prices{floor,seats},\
        reminderMinutes[],role,room,staff,startsAt,status,timeZone,title,visibility,watching}";
    for (who, path, expected) in [
        (&ann, "me", "{email,id,name,role}"),
        (&admin, "accounts", "{items[{createdAt,disabled,email,erased,id,name,role}]}"),
        (&ann, "events", &format!("{{items[{{{SUMMARY}}}],next}}")),
        (&ann, &format!("events/{event}"), detail),
        (
            &ann,
            "me/bookings",
            "{items[{areas[{count,name}],at,code,currency,event{id,place,startsAt,status,timeZone,title},\
             order,payment,seats[],status,total}],next}",
        ),
        (
            &owner,
            &format!("events/{event}/bookings"),
            "{items[{account{email,id,name},areas[{count,name}],at,code,order,payment,seats[],\
             status,total}],next}",
        ),
        (
            &owner,
            &format!("events/{event}/admissions"),
            "{items[{code,due,name,order,places[{label,place}],status}],next}",
        ),
        (&owner, &format!("events/{event}/people?ids={}", ann.id), "{items[{id,name}]}"),
        (&owner, &format!("events/{event}/followers"), "{count,items[{followedAt,id,name}],next}"),
        (
            &ann,
            "me/following",
            &format!("{{items[{{event{{{SUMMARY}}},followedAt}}],next,organisers[]}}"),
        ),
        (
            &ann,
            "me/notifications",
            "{items[{about{code,event,order,place,revision,startsAt,timeZone,title},at,id,kind,seen}],next,unread}",
        ),
        (&admin, "admin/mails", "{configured,items[],next}"),
    ] {
        let answer = house.get(&format!("/api/v1/{path}")).by(who).send().await.expect(200);
        assert_eq!(fields(&answer.json()), expected, "{path}");
    }
    let problem = house.get("/api/v1/me").send().await.json();
    assert_eq!(fields(&problem), "{code,status,title,type}");
    house.close().await;
}

#[tokio::test]
async fn every_row_has_exactly_these_fields() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let room = house.event(&owner).await;
    let mut client = house.live(&ann).await;
    client.join(&room).await;
    client.command(&room, "hold", json!({ "seats": [0, 1], "areas": [[0, 1]] })).await;
    client.command(&room, "book", json!({ "payment": "door" })).await;
    client.command(&room, "hold", json!({ "seats": [4, 5], "areas": [[0, 1]] })).await;
    let mut desk = house.connect().await;
    let welcome = desk.hello(Some(&owner)).await;
    let expected = "{account{id,name,role},expiresAt,heartbeatMs,now,ref,session,t}";
    assert_eq!(fields(&welcome), expected);
    let mut rows = BTreeSet::new();
    let (staff, own) = (desk.join(&room).await, client.join(&room).await);
    let mut lobby = Value::Null;
    while !["fromPrice", "\"private\""].iter().all(|field| lobby.to_string().contains(field)) {
        lobby = desk.join("lobby").await;
    }
    for joined in [staff, own, lobby] {
        for part in joined["parts"].as_array().unwrap() {
            let audience = part["aud"].as_str().unwrap().split(':').next().unwrap();
            for (shape, content) in part["shapes"].as_object().unwrap() {
                let cell = content.get("cell").into_iter().cloned();
                let listed = content["rows"].as_array().cloned().unwrap_or_default();
                let listed = listed.into_iter().map(|row| row[1].clone());
                let all = cell.chain(listed).filter(Value::is_object);
                rows.extend(all.map(|row| format!("{audience} {shape} {}", fields(&row))));
            }
        }
    }
    let facts = "category,currency,description,holdMs,isOnline,limitPerPerson,place,planId,\
        prices{floor,seats},startsAt,status,timeZone,title,visibility";
    let listed = "available,capacity,category,currency,fromPrice,here,place,private,startsAt,\
        status,timeZone,title,watching";
    let expected = [
        "all areas {blocked,booked,capacity,held}".to_owned(),
        format!("all event {{{facts}}}"),
        format!("all events {{{listed}}}"),
        "all rooms {app,event,here,locked,maximum,minimum,phase,private,title,watching}".to_owned(),
        format!("member cart {CART}"),
        "member orders {areas[[]],at,code,payment,seats[[]],status,total}".to_owned(),
        "group desk {account,areas[[]],code,seats[],status,total}".to_owned(),
        "group desk {account,areas[[]],seats[],total,until}".to_owned(),
        "group members {role,state}".to_owned(),
        "role members {role,state}".to_owned(),
    ];
    assert_eq!(rows, BTreeSet::from(expected));
    house.close().await;
}
