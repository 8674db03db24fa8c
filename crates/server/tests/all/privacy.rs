//! A person's own data: handed out whole, and taken away so that a search of the file, and of what others are answered,
//! finds nothing of it; whatever was going on, and though the process ends in the middle.

use crate::house::{Ask, Client, House, PASSWORD, Person, room, within};
use houseful::db::sqlite::{Options, Sqlite, exit_on_fatal};
use houseful::store::PrivacyStore;
use houseful_room::AccountId;
use serde_json::{Value, json};
use std::fs;

/// A word of the name and of the address.
const NAME: &str = "Quinquereme";
/// Words of what was written; the journal never has them with other letters.
const WORDS: [&str; 3] = ["zanzibarian", "mandragoran", "xylophagous"];
/// What somebody draws on the board.
const ITEM: &str = "0199b6a0-0000-7000-8000-000000000001";

async fn done(house: &House, who: &Person, room: &str, name: &str, body: Value) -> Value {
    house.command(who, room, name, &body).send().await.expect(200).json()["body"].clone()
}

async fn book(house: &House, who: &Person, room: &str) -> String {
    done(house, who, room, "hold", json!({ "areas": [[0, 2]] })).await;
    let booked = done(house, who, room, "book", json!({ "payment": "door" })).await;
    booked["order"].as_str().unwrap().to_owned()
}

/// Waits until nothing of whoever was erased is left to do.
async fn erased(house: &House) {
    let database = Sqlite::look(house.folder()).unwrap();
    within("the erasure", async {
        while !database.erasures().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// The files of the database as bytes.
fn files(house: &House) -> Vec<u8> {
    let names = [Sqlite::FILE_NAME.to_owned(), format!("{}-wal", Sqlite::FILE_NAME)];
    let read = |name: &String| fs::read(house.folder().join(name)).unwrap_or_default();
    names.iter().flat_map(read).collect()
}

/// How many of them are in it.
fn found(bytes: &[u8], words: &[&str]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    words.iter().filter(|word| text.contains(&word.to_lowercase())).map(|w| (*w).into()).collect()
}

/// Somebody who has done all that leaves a trace; answers them and their order.
async fn somebody(house: &House, event: u64) -> (Person, String) {
    let who = house.person(NAME).await;
    let (seats, chat) = (room(event), format!("events/{event}/chat"));
    let order = book(house, &who, &seats).await;
    done(house, &who, &seats, "hold", json!({ "areas": [[0, 1]] })).await;
    done(house, &who, &chat, "say", json!({ "text": format!("{} one", WORDS[0]) })).await;
    let edit = json!({ "no": 1, "text": format!("{} two", WORDS[1]) });
    done(house, &who, &chat, "edit", edit).await;
    let item = json!({ "id": ITEM, "kind": "text", "points": [0, 0], "colour": 1, "width": 9,
        "text": WORDS[2] });
    let new = json!({ "app": "board", "title": "Plans", "visibility": "public" });
    let made = house.post("/api/v1/rooms").by(&who).json(&new).send().await.expect(201).json();
    let board = made["path"].as_str().unwrap();
    done(house, &who, board, "add", json!({ "items": [item] })).await;
    let mut png = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbaImage::from_pixel(300, 300, image::Rgba([9, 9, 9, 255]));
    pixels.write_to(&mut png, image::ImageFormat::Png).unwrap();
    let avatar = Ask::new(house.address, "PUT", "/api/v1/me/avatar").by(&who);
    avatar.body(png.into_inner()).send().await.expect(200);
    let follow = Ask::new(house.address, "PUT", &format!("/api/v1/events/{event}/follow"));
    follow.by(&who).send().await.expect(200);
    house.post("/api/v1/me/feed").by(&who).send().await.expect(201);
    (who, order)
}

async fn said(client: &mut Client, chat: &str) -> Value {
    let frame = json!({ "t": "history", "room": chat, "shape": "messages", "before": 99 });
    client.ask(frame).await["body"]["rows"].clone()
}

#[tokio::test]
async fn nothing_is_left_of_somebody_who_is_erased_but_what_must_add_up() {
    let mut house = House::open().await;
    let (owner, admin) = (house.organiser("Olga").await, house.admin("Ada").await);
    let ben = house.person("Ben").await;
    let event = house.draft(&owner).await;
    house.post(&format!("/api/v1/events/{event}/publish")).by(&owner).send().await.expect(200);
    let (seats, chat) = (room(event), format!("events/{event}/chat"));
    let (who, order) = somebody(&house, event).await;
    done(&house, &ben, &chat, "react", json!({ "no": 1, "emoji": "👍", "on": true })).await;
    done(&house, &ben, &chat, "say", json!({ "text": "mine", "mentions": [who.id] })).await;
    let before = found(&files(&house), &[NAME, WORDS[0], WORDS[1], WORDS[2]]);
    assert_eq!(before.len(), 4, "the search finds what is there: {before:?}");

    let mut live = house.live(&who).await;
    live.join(&chat).await;
    let mut other = house.live(&ben).await;
    let joined = other.join(&chat).await;
    assert!(joined.to_string().contains(WORDS[1]));
    let erase =
        |password: &str| house.post("/api/v1/me/erase").json(&json!({ "password": password }));
    erase("wrong-wrong-wrong").by(&who).send().await.problem(401, "wrong_credentials");
    erase(PASSWORD).by(&who).send().await.expect(204);
    assert_eq!(live.closed().await, 4500);
    house.get("/api/v1/me").by(&who).send().await.problem(401, "sign_in_required");
    let sign_in = json!({ "email": who.email, "password": PASSWORD });
    let again = house.post("/api/v1/auth/sign-in").json(&sign_in).send().await;
    again.problem(401, "wrong_credentials");

    // Whoever looks is told to look anew, and there the words are gone.
    other.until("the room to start over", |frame| frame["t"] == "resync").await;
    erased(&house).await;
    let anew = other.join(&chat).await;
    assert_ne!(anew["epoch"], joined["epoch"]);
    let rows = said(&mut other, &chat).await;
    let first = json!({ "by": who.id, "at": rows[0][1]["at"], "deleted": "author" });
    assert_eq!((&rows[0][1], &rows[1][1]["text"]), (&first, &json!("mine")));
    let names = json!({ "t": "people", "room": chat, "accounts": [who.id] });
    let people = other.ask(names).await["body"]["people"].to_string();
    assert!(people.contains("Deleted person"), "{people}");

    // The event is still to come: their places are free again.
    let path = format!("/api/v1/events/{event}");
    let detail = house.get(&path).send().await.expect(200).json();
    assert_eq!(detail["available"], detail["capacity"], "{detail}");
    let bookings =
        house.get(&format!("{path}/bookings")).by(&owner).send().await.expect(200).json();
    let kept = &bookings["items"][0];
    assert_eq!((&kept["order"], &kept["status"]), (&json!(order), &json!("cancelled")));
    assert_eq!(kept["account"]["name"], "Deleted person");

    let all = [NAME, WORDS[0], WORDS[1], WORDS[2]];
    for path in [
        format!("/api/v1/rooms/{}/journal", chat.replace('/', "%2F")),
        format!("/api/v1/rooms/{}/journal", seats.replace('/', "%2F")),
        format!("/api/v1/rooms/{}/state?at=2", chat.replace('/', "%2F")),
        format!("/api/v1/events/{event}/followers"),
        format!("/api/v1/events/{event}/audit"),
        format!("/api/v1/events/{event}/people?ids={}", who.id),
        "/api/v1/admin/mails".to_owned(),
        format!("/api/v1/accounts?q={NAME}"),
        "/api/v1/accounts".to_owned(),
    ] {
        let answer = house.get(&path).by(&admin).send().await.expect(200).text();
        assert_eq!(found(answer.as_bytes(), &all), Vec::<String>::new(), "{path}");
    }
    assert_eq!(found(&files(&house), &all), Vec::<String>::new(), "while it runs");
    let change = |body: Value| house.patch(&format!("/api/v1/accounts/{}", who.id)).json(&body);
    change(json!({ "disabled": false })).by(&admin).send().await.problem(404, "no_such_account");
    house.stop().await;
    assert_eq!(found(&files(&house), &all), Vec::<String>::new(), "at rest");
    house.close().await;
}

#[tokio::test]
async fn an_erasure_that_the_process_did_not_survive_is_finished_by_the_next() {
    let mut house = House::open().await;
    let owner = house.organiser("Olga").await;
    let event = house.draft(&owner).await;
    house.post(&format!("/api/v1/events/{event}/publish")).by(&owner).send().await.expect(200);
    let (who, _) = somebody(&house, event).await;
    house.stop().await;
    // As after a kill right behind the note: nothing but the account's own rows is done.
    let options = Options { folder: house.folder().to_owned(), fatal: exit_on_fatal };
    let database = Sqlite::open(&options).unwrap();
    let account = AccountId(who.id);
    database.begin_erasure(account, account, house.now_s() * 1_000).unwrap();
    drop(database);
    assert!(!found(&files(&house), &WORDS).is_empty());
    house.begin().await;
    erased(&house).await;
    let detail = house.get(&format!("/api/v1/events/{event}")).send().await.expect(200).json();
    assert_eq!(detail["available"], detail["capacity"], "{detail}");
    house.restart().await;
    assert_eq!(found(&files(&house), &[NAME, WORDS[0], WORDS[1], WORDS[2]]), Vec::<String>::new());
    house.close().await;
}

#[tokio::test]
async fn what_others_have_booked_stands_in_the_way_and_the_past_stays() {
    let house = House::open().await;
    let (owner, admin) = (house.organiser("Olga").await, house.admin("Ada").await);
    let ben = house.person("Ben").await;
    let in_an_hour = jiff::Timestamp::from_second(house.now_s() + 3_600).unwrap().to_string();
    let new = json!({ "title": "Songs", "startsAt": in_an_hour, "timeZone": "Europe/Berlin",
        "currency": "EUR", "capacity": 20, "prices": { "general": 500 } });
    let made = house.post("/api/v1/events").by(&owner).json(&new).send().await.expect(201).json();
    let event = made["id"].as_u64().unwrap();
    house.post(&format!("/api/v1/events/{event}/publish")).by(&owner).send().await.expect(200);
    let order = book(&house, &ben, &room(event)).await;
    let erase =
        |who: &Person| Ask::new(house.address, "DELETE", &format!("/api/v1/accounts/{}", who.id));
    let problem = erase(&owner).by(&admin).send().await.problem(409, "events_promised");
    let promised = json!([{ "id": event, "title": "Songs", "booked": 2 }]);
    assert_eq!(problem["details"]["events"], promised);
    erase(&admin).by(&admin).send().await.problem(409, "last_admin");

    house.clock.forward_ms(5 * 3_600_000);
    let (admin, owner) = (house.sign_in(&admin.email).await, house.sign_in(&owner.email).await);
    erase(&ben).by(&admin).send().await.expect(204);
    erased(&house).await;
    erase(&ben).by(&admin).send().await.problem(404, "no_such_account");
    let path = format!("/api/v1/events/{event}/bookings");
    let kept = house.get(&path).by(&owner).send().await.expect(200).json()["items"][0].clone();
    let money = (&kept["order"], &kept["status"], &kept["total"]);
    assert_eq!(money, (&json!(order), &json!("booked"), &json!(1_000)));
    assert_eq!(kept["account"]["name"], "Deleted person");
    erase(&owner).by(&admin).send().await.expect(204);
    erased(&house).await;
    house.close().await;
}

#[tokio::test]
async fn an_export_has_all_of_ones_own_and_nothing_of_others() {
    let house = House::open().await;
    let (owner, ben) = (house.organiser("Olga").await, house.person("Ben").await);
    let event = house.draft(&owner).await;
    house.post(&format!("/api/v1/events/{event}/publish")).by(&owner).send().await.expect(200);
    let (who, order) = somebody(&house, event).await;
    let chat = format!("events/{event}/chat");
    done(&house, &ben, &chat, "say", json!({ "text": "a word of another" })).await;
    let answer = house.get("/api/v1/me/export").by(&who).send().await.expect(200);
    assert!(answer.header("content-disposition").contains("houseful-export.json"));
    let text = answer.text();
    assert!(!text.contains("a word of another"));
    let export = answer.json();
    assert_eq!(
        (&export["format"], &export["account"]["email"]),
        (&json!("houseful-export-1"), &json!(who.email))
    );
    assert_eq!(
        (&export["bookings"][0]["order"], &export["bookings"][0]["total"]),
        (&json!(order), &json!(1_000))
    );
    assert_eq!(export["follows"][0]["event"], event);
    assert_eq!(export["logins"].as_array().map(Vec::len), Some(1));
    assert!(export["picture"].as_str().unwrap().starts_with("data:image/jpeg;base64,"));
    let rooms = export["inRooms"].as_array().unwrap();
    let of = |path: &str| rooms.iter().find(|room| room["room"] == path).unwrap();
    let wrote = of(&chat)["wrote"].as_array().unwrap();
    assert_eq!((wrote.len(), &wrote[0]["value"]["text"]), (1, &json!(format!("{} two", WORDS[1]))));
    assert!(
        of(&room(event))["yours"]["cart"].is_object()
            || of(&room(event))["yours"].to_string().contains("cart")
    );
    let board = rooms.iter().find(|room| room["app"] == "board").unwrap();
    assert!(board["wrote"].to_string().contains(WORDS[2]), "{board}");
    house.close().await;
}
