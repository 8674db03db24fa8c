//! Stories of being told: who follows what, what they hear of it, where, and that they hear it once.

use crate::house::{Ask, Client, House, Person, becomes, counted, within};
use crate::mail::{MailServer, by};
use houseful::limits;
use houseful_room::Wall;
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;
/// Longer than it takes to count as away.
const SETTLED_MS: i64 = limits::NOTIFY_SETTLE_MS as i64 + 1_000;

fn put(house: &House, who: &Person, path: &str) -> Ask {
    Ask::new(house.address, "PUT", &format!("/api/v1{path}")).by(who)
}

/// A published event that starts so long from now; answers its number.
async fn event_in(house: &House, owner: &Person, ms: i64) -> u64 {
    let id = house.draft(owner).await;
    let facts = json!({ "startsAt": at(house, ms), "timeZone": midday_zone(house) });
    change(house, owner, id, &facts).await;
    house.post(&format!("/api/v1/events/{id}/publish")).by(owner).send().await.expect(200);
    id
}

/// A zone where it is midday now: nobody is reminded at night.
fn midday_zone(house: &House) -> String {
    let hour = house.now_s() / 3_600 % 24;
    // These names count westwards.
    format!("Etc/GMT{:+}", hour - 12)
}

fn at(house: &House, ms: i64) -> String {
    houseful::clock::rfc3339(Wall((house.now_s() * 1_000) + ms))
}

async fn change(house: &House, owner: &Person, event: u64, change: &Value) {
    let path = format!("/api/v1/events/{event}");
    let edit = house.patch(&path).by(owner).header("if-match", "*").json(change);
    edit.send().await.expect(200);
}

async fn follow(house: &House, who: &Person, event: u64) {
    put(house, who, &format!("/events/{event}/follow")).send().await.expect(200);
}

/// Has the notifying task look at the clock, which a test has moved under it.
async fn poke(house: &House, who: &Person) {
    let settings = put(house, who, "/me/notification-settings").json(&json!({}));
    settings.send().await.expect(200);
}

async fn inbox(house: &House, who: &Person) -> Value {
    house.get("/api/v1/me/notifications").by(who).send().await.expect(200).json()
}

/// The inbox, once there is as much in it.
async fn inbox_of(house: &House, who: &Person, count: usize) -> Vec<Value> {
    within("the inbox to fill", async {
        loop {
            let items = inbox(house, who).await["items"].as_array().unwrap().clone();
            if items.len() >= count {
                return items;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
}

async fn until_told_of(house: &House, who: &Person, event: u64) {
    let of_it = |item: &Value| item["about"]["event"] == event;
    let mut items = inbox_of(house, who, 1).await;
    while !items.iter().any(of_it) {
        items = inbox_of(house, who, items.len() + 1).await;
    }
}

fn kinds(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["kind"].as_str().unwrap()).collect()
}

/// What the lobby tells somebody next.
async fn noticed(client: &mut Client) -> Value {
    let is = |frame: &Value| frame["t"] == "ops" && frame.to_string().contains("\"notices\"");
    let frame = client.until("a notice", is).await;
    let fragments = frame["fragments"].as_array().unwrap().iter();
    let mut ops = fragments.flat_map(|one| one["ops"].as_array().unwrap());
    ops.find(|op| op[1] == "notices").unwrap()[2].clone()
}

#[tokio::test]
async fn one_follows_what_one_may_see_and_no_more_than_one_may() {
    let house = House::open_with(|config| config.follows.events_per_person = 2).await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let mut events = Vec::new();
    for _ in 0..3 {
        events.push(event_in(&house, &owner, 100 * HOUR_MS).await);
    }
    let draft = house.draft(&owner).await;
    let ask = |who, event: u64| put(&house, who, &format!("/events/{event}/follow"));
    ask(&ann, draft).send().await.problem(404, "no_such_event");
    ask(&owner, events[0]).send().await.problem(409, "own_event");
    for event in [events[0], events[0], events[1]] {
        assert_eq!(ask(&ann, event).send().await.expect(200).json(), json!({ "following": true }));
    }
    let refused = ask(&ann, events[2]).send().await.problem(409, "too_many_follows");
    assert_eq!(refused["details"]["limit"], 2, "{refused}");

    let followers = format!("/api/v1/events/{}/followers", events[0]);
    let list = house.get(&followers).by(&owner).send().await.expect(200).json();
    assert_eq!((&list["count"], &list["items"][0]["name"]), (&json!(1), &json!("Ann")), "{list}");
    house.get(&followers).by(&ann).send().await.problem(403, "not_allowed");
    let shown = |who: Option<&Person>| house.get(&format!("/api/v1/events/{}", events[0])).by(who);
    let seen = shown(Some(&ann)).send().await.expect(200).json();
    assert_eq!((&seen["following"], seen.get("followers")), (&json!(true), None));
    assert_eq!(shown(Some(&owner)).send().await.expect(200).json()["followers"], 1);
    assert_eq!(shown(None).send().await.expect(200).json()["following"], false);

    let organiser = format!("/organisers/{}/follow", owner.id);
    put(&house, &ann, &organiser).send().await.expect(200);
    put(&house, &owner, &organiser).send().await.problem(409, "own_event");
    let nobody = format!("/organisers/{}/follow", ann.id);
    put(&house, &owner, &nobody).send().await.problem(404, "no_such_account");
    let mine = house.get("/api/v1/me/following?limit=1").by(&ann).send().await.expect(200).json();
    assert_eq!(mine["organisers"], json!([{ "id": owner.id, "name": "Olga" }]));
    let next = mine["next"].as_str().unwrap();
    let path = format!("/api/v1/me/following?limit=1&cursor={next}");
    let rest = house.get(&path).by(&ann).send().await.expect(200).json();
    assert_ne!(mine["items"][0]["event"]["id"], rest["items"][0]["event"]["id"]);

    // What has begun no longer counts, and can no longer be followed.
    change(&house, &owner, events[0], &json!({ "startsAt": at(&house, HOUR_MS / 12) })).await;
    house.clock.forward_ms(HOUR_MS / 11);
    ask(&ann, events[2]).send().await.expect(200);
    let ben = house.person("Ben").await;
    ask(&ben, events[0]).send().await.problem(409, "event_over");
    let gone = Ask::new(house.address, "DELETE", &format!("/api/v1/events/{}/follow", events[1]));
    gone.by(&ann).send().await.expect(204);
    house.close().await;
}

#[tokio::test]
async fn who_is_here_is_reminded_here_and_who_is_not_by_mail() {
    let mut mails = MailServer::start().await;
    let house = House::open_with(by(mails.port)).await;
    let owner = house.organiser("Olga").await;
    let (ann, ben, cid) =
        (house.person("Ann").await, house.person("Ben").await, house.person("Cid").await);
    let event = event_in(&house, &owner, 24 * HOUR_MS + 30_000).await;
    follow(&house, &ann, event).await;
    follow(&house, &ben, event).await;
    let (mut here, mut other) = (house.live(&ann).await, house.live(&cid).await);
    here.join("lobby").await;
    other.join("lobby").await;
    house.clock.forward_ms(31_000);
    poke(&house, &cid).await;

    let told = noticed(&mut here).await;
    assert_eq!((&told["unread"], &told["notification"]["kind"]), (&json!(1), &json!("reminder")));
    let about = &told["notification"]["about"];
    assert_eq!((&about["event"], &about["leadMinutes"]), (&json!(event), &json!(1_440)), "{told}");
    let mail = mails.next().await;
    assert_eq!(mail["to"], json!([ben.email]), "who is here gets no mail");
    let text = mail["parts"]["text/plain"].as_str().unwrap();
    assert!(text.contains(&format!("https://house.example/events/{event}")), "{text}");
    assert!(mail["parts"]["text/calendar"].as_str().unwrap().contains("METHOD:PUBLISH"));
    assert!(mail["calendar"][0].as_str().unwrap().contains("PUBLISH"), "{mail}");

    // Neither gets a second one, though everything is looked at again.
    for _ in 0..3 {
        poke(&house, &cid).await;
    }
    let before = counted("houseful_mails_sent");
    for who in [&ann, &ben] {
        assert_eq!(kinds(&inbox_of(&house, who, 1).await), ["reminder"]);
    }
    assert!(
        other.settled_in("lobby").await.iter().all(|frame| !frame.to_string().contains("notices"))
    );
    let seen = house.post("/api/v1/me/notifications/seen").by(&ann);
    let seen = seen.json(&json!({ "upTo": told["notification"]["id"] })).send().await;
    assert_eq!(seen.expect(200).json()["unread"], 0);
    assert_eq!(noticed(&mut here).await, json!({ "unread": 0 }), "the other devices are told");
    assert_eq!(inbox(&house, &ben).await["unread"], 1);
    assert_eq!(counted("houseful_mails_sent"), before);
    house.close().await;
}

#[tokio::test]
async fn r120_the_organiser_says_when_people_are_reminded_and_they_may_say_otherwise() {
    let house = House::open().await;
    let (owner, ann, ben) =
        (house.organiser("Olga").await, house.person("Ann").await, house.person("Ben").await);
    let event = event_in(&house, &owner, 3 * HOUR_MS).await;
    for who in [&ann, &ben] {
        follow(&house, who, event).await;
    }
    let own = put(&house, &ben, "/me/notification-settings");
    own.json(&json!({ "reminderMinutes": [60] })).send().await.expect(200);
    change(&house, &owner, event, &json!({ "reminderMinutes": [120, 17] })).await;
    let lead = |items: &[Value]| items[0]["about"]["leadMinutes"].clone();
    house.clock.forward_ms(HOUR_MS + 1_000);
    let (owner, ann, ben) = again(&house, &owner, &ann, &ben).await;
    poke(&house, &ann).await;
    let items = inbox_of(&house, &ann, 1).await;
    assert_eq!((items.len(), lead(&items)), (1, json!(120)));
    assert_eq!(inbox(&house, &ben).await["items"], json!([]));
    // What is set too late for its own time is none of them; what is set in time is.
    change(&house, &owner, event, &json!({ "reminderMinutes": [150, 30] })).await;
    house.clock.forward_ms(HOUR_MS + HOUR_MS / 2);
    let (owner, ann, ben) = again(&house, &owner, &ann, &ben).await;
    poke(&house, &ann).await;
    let items = inbox_of(&house, &ann, 2).await;
    assert_eq!((items.len(), lead(&items)), (2, json!(30)));
    let items = inbox_of(&house, &ben, 1).await;
    assert_eq!((items.len(), lead(&items)), (1, json!(60)), "his own time holds");
    let later = json!({ "startsAt": at(&house, HOUR_MS) });
    change(&house, &owner, event, &later).await;
    assert_eq!(kinds(&inbox_of(&house, &ann, 3).await)[0], "rescheduled");
    house.clock.forward_ms(HOUR_MS / 2 + 1_000);
    let (_, ann, _) = again(&house, &owner, &ann, &ben).await;
    poke(&house, &ann).await;
    let items = inbox_of(&house, &ann, 4).await;
    assert_eq!((kinds(&items)[0], lead(&items)), ("reminder", json!(30)), "moving re-arms");
    house.close().await;
}

/// The same people, after so long that their tokens have ended.
async fn again(
    house: &House,
    owner: &Person,
    ann: &Person,
    ben: &Person,
) -> (Person, Person, Person) {
    let ann = house.sign_in(&ann.email).await;
    (house.sign_in(&owner.email).await, ann, house.sign_in(&ben.email).await)
}

#[tokio::test]
async fn an_event_that_moves_is_told_of_and_reminded_of_again() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let event = event_in(&house, &owner, HOUR_MS + 30_000).await;
    follow(&house, &ann, event).await;
    house.clock.forward_ms(31_000);
    poke(&house, &ann).await;
    assert_eq!(kinds(&inbox_of(&house, &ann, 1).await), ["reminder"]);
    let later = json!({ "startsAt": at(&house, HOUR_MS + 60_000) });
    change(&house, &owner, event, &later).await;
    let items = inbox_of(&house, &ann, 2).await;
    assert_eq!(kinds(&items), ["rescheduled", "reminder"]);
    assert_eq!(items[0]["about"]["was"]["startsAt"], items[1]["about"]["startsAt"]);
    house.clock.forward_ms(61_000);
    poke(&house, &ann).await;
    let items = inbox_of(&house, &ann, 3).await;
    assert_eq!(kinds(&items), ["reminder", "rescheduled", "reminder"]);
    change(&house, &owner, event, &json!({ "place": "Next door" })).await;
    assert_eq!(kinds(&inbox_of(&house, &ann, 4).await)[0], "changed");
    house.close().await;
}

#[tokio::test]
async fn what_was_due_while_the_server_was_down_comes_late_and_once() {
    let mut house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let event = event_in(&house, &owner, 25 * HOUR_MS).await;
    follow(&house, &ann, event).await;
    house.stop().await;
    house.clock.forward_ms(24 * HOUR_MS + HOUR_MS / 2);
    house.begin().await;
    let ann = house.sign_in(&ann.email).await;
    assert_eq!(inbox(&house, &ann).await["items"], json!([]), "who was cut off may come back");
    house.clock.forward_ms(SETTLED_MS);
    poke(&house, &ann).await;
    let items = inbox_of(&house, &ann, 1).await;
    assert_eq!((kinds(&items), &items[0]["about"]["leadMinutes"]), (vec!["reminder"], &json!(60)));
    house.restart().await;
    house.clock.forward_ms(SETTLED_MS);
    poke(&house, &ann).await;
    let late = house.person("Late").await;
    poke(&house, &late).await;
    assert_eq!(kinds(&inbox_of(&house, &ann, 1).await), ["reminder"]);
    house.close().await;
}

#[tokio::test]
async fn a_follower_of_an_organiser_hears_of_what_is_published() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let early = house.person("Early").await;
    let follows = format!("/organisers/{}/follow", owner.id);
    event_in(&house, &owner, 90 * HOUR_MS).await;
    put(&house, &early, &follows).send().await.expect(200);
    house.clock.forward_ms(SETTLED_MS);
    let first = event_in(&house, &owner, 100 * HOUR_MS).await;
    until_told_of(&house, &early, first).await;
    put(&house, &ann, &follows).send().await.expect(200);
    let second = event_in(&house, &owner, 200 * HOUR_MS).await;
    let items = inbox_of(&house, &ann, 1).await;
    assert_eq!((kinds(&items), &items[0]["about"]["event"]), (vec!["published"], &json!(second)));
    house.close().await;
}

#[tokio::test]
async fn a_booking_is_confirmed_and_one_click_ends_such_mails() {
    let mut mails = MailServer::start().await;
    let house = House::open_with(by(mails.port)).await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let event = event_in(&house, &owner, 100 * HOUR_MS).await;
    let room = crate::house::room(event);
    let book = async || {
        let hold = house.command(&ann, &room, "hold", &json!({ "areas": [[0, 1]] }));
        hold.send().await.expect(200);
        let book = house.command(&ann, &room, "book", &json!({ "payment": "door" }));
        book.send().await.expect(200);
    };
    book().await;
    let mail = mails.next().await;
    let headers = &mail["headers"];
    assert!(headers["subject"].as_str().unwrap().contains("Your booking: Hamlet"), "{headers}");
    assert_eq!(headers["list-unsubscribe-post"], "List-Unsubscribe=One-Click");
    assert!(headers["message-id"].as_str().unwrap().ends_with("@house.example>"), "{headers}");
    let link =
        headers["list-unsubscribe"].as_str().unwrap().replace(['<', '>', '\r', '\n', ' '], "");
    let path = link.strip_prefix("https://house.example").unwrap().to_owned();
    let page = house.get(&path).send().await.expect(200);
    assert!(page.header("content-type").contains("text/html") && page.text().contains("<button"));
    assert!(
        settings(&house, &ann).await["kinds"]["booked"]["mail"].as_bool().unwrap(),
        "to look does nothing"
    );
    let click = house.post(&path).header("content-type", "application/x-www-form-urlencoded");
    click.body("List-Unsubscribe=One-Click").send().await.expect(200);
    let set = settings(&house, &ann).await;
    assert_eq!(
        (&set["kinds"]["booked"]["mail"], &set["kinds"]["reminder"]["mail"]),
        (&json!(false), &json!(true))
    );
    let forged = path.replace("booked", "reminder");
    house.post(&forged).send().await.problem(404, "not_found");
    book().await;
    assert_eq!(kinds(&inbox_of(&house, &ann, 2).await), ["booked", "booked"]);
    let all = house
        .get("/api/v1/admin/mails")
        .by(&house.admin("Ada").await)
        .send()
        .await
        .expect(200)
        .json();
    assert_eq!(all["items"].as_array().unwrap().len(), 1, "{all}");
    house.close().await;
}

async fn settings(house: &House, who: &Person) -> Value {
    house.get("/api/v1/me/notification-settings").by(who).send().await.expect(200).json()
}

#[tokio::test]
async fn a_mail_server_that_is_away_delays_nothing_and_is_seen() {
    let port = MailServer::start().await.port;
    let house = House::open_with(by(port)).await;
    let (owner, admin) = (house.organiser("Olga").await, house.admin("Ada").await);
    let ann = house.person("Ann").await;
    let event = event_in(&house, &owner, 100 * HOUR_MS).await;
    let room = crate::house::room(event);
    let hold = house.command(&ann, &room, "hold", &json!({ "seats": [0, 1] }));
    hold.send().await.expect(200);
    let book = house.command(&ann, &room, "book", &json!({ "payment": "door" }));
    book.send().await.expect(200);
    assert_eq!(kinds(&inbox_of(&house, &ann, 1).await), ["booked"]);
    let list = async |state: &str| {
        let path = format!("/api/v1/admin/mails?state={state}");
        let list = house.get(&path).by(&admin).send().await.expect(200).json();
        list["items"].as_array().unwrap().clone()
    };
    let tried = within("a try", async {
        loop {
            let waiting = list("waiting").await;
            if waiting.iter().any(|mail| mail["tries"] == 1) {
                return waiting[0].clone();
            }
        }
    })
    .await;
    assert!(tried["error"].as_str().unwrap().len() > 5, "{tried}");
    assert!(tried["dueAt"].as_str() > tried["createdAt"].as_str(), "{tried}");
    // It is back, at the same address; the mail that is due then is sent under its name.
    let mut mails = MailServer::start_at(port).await;
    house.clock.forward_ms(2 * 60_000);
    let hold = house.command(&ann, &room, "hold", &json!({ "seats": [4, 5] }));
    hold.send().await.expect(200);
    let book = house.command(&ann, &room, "book", &json!({ "payment": "door" }));
    book.send().await.expect(200);
    let ids =
        [mails.next().await, mails.next().await].map(|mail| mail["headers"]["message-id"].clone());
    let id = format!("<{}>", tried["messageId"].as_str().unwrap());
    assert!(ids.contains(&json!(id)) && ids[0] != ids[1], "{ids:?}");
    becomes("both to be noted", || counted("houseful_mails_sent") >= 2).await;
    house.close().await;
}

#[tokio::test]
async fn a_mailbox_that_is_not_there_is_given_up_and_one_that_is_full_is_not() {
    let mut mails = MailServer::start().await;
    let house = House::open_with(by(mails.port)).await;
    let (owner, admin) = (house.organiser("Olga").await, house.admin("Ada").await);
    let event = event_in(&house, &owner, 100 * HOUR_MS).await;
    let room = crate::house::room(event);
    for name in ["Later", "Never", "Ann"] {
        let who = house.person(name).await;
        let hold = house.command(&who, &room, "hold", &json!({ "areas": [[0, 1]] }));
        hold.send().await.expect(200);
        let book = house.command(&who, &room, "book", &json!({ "payment": "door" }));
        book.send().await.expect(200);
    }
    assert!(mails.next().await["to"][0].as_str().unwrap().starts_with("ann"));
    for (state, code) in [("waiting", "451"), ("failed", "550")] {
        let path = format!("/api/v1/admin/mails?state={state}");
        within(state, async {
            loop {
                let list = house.get(&path).by(&admin).send().await.expect(200).json();
                let item = &list["items"][0];
                if item["tries"] == 1 && item["error"].to_string().contains(code) {
                    return;
                }
            }
        })
        .await;
    }
    house.close().await;
}

#[tokio::test]
async fn a_calendar_has_what_its_person_follows_and_its_address_can_be_taken_away() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let (first, second) = (
        event_in(&house, &owner, 100 * HOUR_MS).await,
        event_in(&house, &owner, 200 * HOUR_MS).await,
    );
    follow(&house, &ann, first).await;
    let file = house.get(&format!("/api/v1/events/{second}/calendar.ics")).send().await.expect(200);
    assert!(file.header("content-type").starts_with("text/calendar"));
    assert!(file.text().contains(&format!("UID:event-{second}@")), "{}", file.text());
    let make = async || {
        let made = house.post("/api/v1/me/feed").by(&ann).send().await.expect(201).json();
        made["path"].as_str().unwrap().to_owned()
    };
    let old = make().await;
    let text = house.get(&old).send().await.expect(200).text();
    assert!(text.contains(&format!("UID:event-{first}@")), "{text}");
    assert!(!text.contains(&format!("UID:event-{second}@")), "{text}");
    let new = make().await;
    house.get(&old).send().await.problem(404, "not_found");
    house.get(&new).send().await.expect(200);
    let gone = Ask::new(house.address, "DELETE", "/api/v1/me/feed").by(&ann);
    gone.send().await.expect(204);
    house.get(&new).send().await.problem(404, "not_found");
    house.close().await;
}

#[tokio::test]
async fn a_cancelled_event_is_told_of_with_its_reason_and_reminds_nobody() {
    let mut mails = MailServer::start().await;
    let house = House::open_with(by(mails.port)).await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let event = event_in(&house, &owner, HOUR_MS + 90_000).await;
    follow(&house, &ann, event).await;
    // That it is published is told first.
    house.clock.forward_ms(SETTLED_MS);
    poke(&house, &ann).await;
    let cancel = house.post(&format!("/api/v1/events/{event}/cancel")).by(&owner);
    cancel.json(&json!({ "reason": "The hall is flooded" })).send().await.expect(200);
    let items = inbox_of(&house, &ann, 1).await;
    assert_eq!(kinds(&items), ["cancelled"]);
    assert_eq!(items[0]["about"]["reason"], "The hall is flooded");
    let mail = mails.next().await;
    assert!(mail["parts"]["text/plain"].as_str().unwrap().contains("The hall is flooded"));
    assert!(mail["parts"]["text/calendar"].as_str().unwrap().contains("METHOD:CANCEL"));
    house.clock.forward_ms(91_000);
    poke(&house, &ann).await;
    let ben = house.person("Ben").await;
    poke(&house, &ben).await;
    assert_eq!(kinds(&inbox_of(&house, &ann, 1).await), ["cancelled"]);
    let file = house.get(&format!("/api/v1/events/{event}/calendar.ics")).send().await.expect(200);
    assert!(file.text().contains("STATUS:CANCELLED"), "{}", file.text());
    house.close().await;
}

#[tokio::test]
async fn a_private_event_is_heard_of_by_those_alone_whom_it_knows() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let (ann, ben, cid) =
        (house.person("Ann").await, house.person("Ben").await, house.person("Cid").await);
    let event = event_in(&house, &owner, HOUR_MS + 30_000).await;
    for who in [&ann, &ben] {
        follow(&house, who, event).await;
        put(&house, who, &format!("/organisers/{}/follow", owner.id)).send().await.expect(200);
    }
    change(&house, &owner, event, &json!({ "visibility": "private" })).await;
    let invite = house.command(
        &owner,
        &crate::house::room(event),
        "invite",
        &json!({ "accounts": [ann.id] }),
    );
    invite.send().await.expect(200);
    assert_eq!(kinds(&inbox_of(&house, &ann, 1).await), ["invitation"]);
    put(&house, &cid, &format!("/events/{event}/follow"))
        .send()
        .await
        .problem(404, "no_such_event");
    let following = async |who| {
        let list = house.get("/api/v1/me/following").by(who).send().await.expect(200).json();
        list["items"].as_array().unwrap().len()
    };
    assert_eq!((following(&ann).await, following(&ben).await), (1, 0));
    let feed = house.post("/api/v1/me/feed").by(&ben).send().await.expect(201).json();
    let feed = house.get(feed["path"].as_str().unwrap()).send().await.expect(200).text();
    assert!(!feed.contains("VEVENT"), "{feed}");
    house.clock.forward_ms(31_000);
    poke(&house, &ann).await;
    assert_eq!(kinds(&inbox_of(&house, &ann, 2).await), ["reminder", "invitation"]);
    poke(&house, &ben).await;
    poke(&house, &cid).await;
    assert_eq!(inbox(&house, &ben).await["items"], json!([]));
    house.close().await;
}
