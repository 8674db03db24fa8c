//! Publishing over HTTP and on connections, R110 to R116: who sees an event that is not for all, and how it is run.

use crate::house::{Answer, Client, House, Person, room};
use houseful::tickets::verify;
use serde_json::{Value, json};

/// An event for so many people, published.
async fn event(house: &House, owner: &Person, more: Value) -> u64 {
    let mut event = json!({
        "title": "Songs", "startsAt": "2099-01-31T19:30:00Z", "endsAt": "2099-01-31T22:00:00Z",
        "timeZone": "Europe/Berlin", "currency": "EUR", "capacity": 20, "category": "music",
        "prices": { "general": 500 },
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = house.post("/api/v1/events").by(owner).json(&event).send().await;
    let id = made.expect(201).json()["id"].as_u64().unwrap();
    house.post(&format!("/api/v1/events/{id}/publish")).by(owner).send().await.expect(200);
    id
}

async fn done(house: &House, who: &Person, event: u64, name: &str, body: Value) -> Value {
    house.command(who, &room(event), name, &body).send().await.expect(200).json()["body"].clone()
}

async fn book(house: &House, who: &Person, event: u64) -> String {
    done(house, who, event, "hold", json!({ "areas": [[0, 1]] })).await;
    let booked = done(house, who, event, "book", json!({ "payment": "door" })).await;
    booked["order"].as_str().unwrap().to_owned()
}

/// What an answer says, but for what names the path that was asked for.
fn said(answer: &Answer) -> (u16, Value) {
    (answer.status, answer.json())
}

/// A picture as somebody would upload it.
fn picture() -> Vec<u8> {
    let mut png = std::io::Cursor::new(Vec::new());
    let pixels = image::RgbaImage::from_pixel(1_400, 700, image::Rgba([9, 9, 9, 255]));
    pixels.write_to(&mut png, image::ImageFormat::Png).unwrap();
    png.into_inner()
}

/// The code with which a room refuses to be joined.
async fn tried(client: &mut Client, room: &str) -> String {
    let answer = client.ask(json!({ "t": "join", "room": room })).await;
    answer["code"].as_str().unwrap_or("joined").to_owned()
}

async fn titles(house: &House, who: Option<&Person>, query: &str) -> Vec<u64> {
    let path = format!("/api/v1/events{query}");
    let list = house.get(&path).by(who).send().await.expect(200).json();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn r110_a_private_event_is_not_there_for_the_uninvited() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let (ben, rival) = (house.person("Ben").await, house.organiser("Otto").await);
    let id = event(&house, &owner, json!({ "visibility": "private", "title": "Secret" })).await;
    let absent = id + 77;
    let upload =
        crate::house::Ask::new(house.address, "PUT", &format!("/api/v1/events/{id}/picture"));
    let upload = upload.by(&owner).header("content-type", "image/png").body(picture());
    let name = upload.send().await.expect(200).json()["id"].as_str().unwrap().to_owned();
    done(&house, &owner, id, "invite", json!({ "accounts": [ann.id] })).await;
    let path = format!("/api/v1/events/{id}");
    let plan = house.get(&path).by(&owner).send().await.expect(200).json()["planId"].clone();
    let plan = plan.as_str().unwrap();
    let asks = |id: u64, plan: &str| {
        [
            format!("/api/v1/events/{id}"),
            format!("/api/v1/events/{id}/pictures/{name}"),
            format!("/api/v1/rooms/events%2F{id}%2Fchat"),
            format!("/api/v1/rooms/events%2F{id}%2Fseats"),
            format!("/api/v1/plans/{plan}"),
        ]
    };
    for who in [None, Some(&ben), Some(&rival)] {
        for (one, other) in asks(id, plan).iter().zip(asks(absent, "0123")) {
            let (one, other) = (house.get(one).by(who), house.get(&other).by(who));
            let (one, other) = (one.send().await, other.send().await);
            assert_eq!(said(&one), said(&other), "by {who:?}");
            assert_eq!(one.status, 404);
        }
        for list in ["", "?q=secret", "?category=music"] {
            assert!(titles(&house, who, list).await.is_empty(), "{list} by {who:?}");
        }
        let mut client = house.live(who).await;
        for place in [room(id), format!("events/{id}/chat"), room(absent)] {
            assert_eq!(tried(&mut client, &place).await, "no_such_room", "{place}");
        }
    }
    let held = house.command(&ben, &room(id), "hold", &json!({ "areas": [[0, 1]] })).send().await;
    held.problem(404, "no_such_room");
    // Whoever is invited has all of it.
    assert_eq!(titles(&house, Some(&ann), "?q=secret").await, [id]);
    for path in [0, 1, 2, 4] {
        house.get(&asks(id, plan)[path]).by(&ann).send().await.expect(200);
    }
    let mut client = house.live(&ann).await;
    assert_eq!(client.join(&room(id)).await["role"], "guest");
    let chat = format!("events/{id}/chat");
    assert_eq!(client.join(&chat).await["role"], "member");
    // And has it no longer, at once, wherever they are.
    done(&house, &owner, id, "uninvite", json!({ "accounts": [ann.id] })).await;
    client.until("gone", |frame| frame["t"] == "gone" && frame["code"] == "uninvited").await;
    let told = |frame: &Value| frame["t"] == "resync" && frame["room"] == chat.as_str();
    client.until("the chat is asked for anew", told).await;
    assert_eq!(tried(&mut client, &chat).await, "no_such_room");
    house.get(&path).by(&ann).send().await.problem(404, "no_such_event");
    house.close().await;
}

#[tokio::test]
async fn r110_the_lobby_gains_and_loses_a_private_event_live() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let id = event(&house, &owner, json!({ "visibility": "private" })).await;
    let (mut hers, mut theirs) = (house.live(&ann).await, house.live(None).await);
    hers.join("lobby").await;
    let joined = theirs.join("lobby").await;
    assert!(!joined.to_string().contains("Songs"), "{joined}");
    done(&house, &owner, id, "invite", json!({ "accounts": [ann.id] })).await;
    hers.until("she is to look again", |frame| frame["t"] == "resync").await;
    let joined = hers.join("lobby").await;
    assert!(joined.to_string().contains("Songs"), "{joined}");
    done(&house, &owner, id, "uninvite", json!({ "accounts": [ann.id] })).await;
    hers.until("she is to look again", |frame| frame["t"] == "resync").await;
    let joined = hers.join("lobby").await;
    assert!(!joined.to_string().contains("Songs"), "{joined}");
    house.close().await;
}

#[tokio::test]
async fn r110_an_invitation_by_mail_does_not_tell_who_has_an_account() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let id = event(&house, &owner, json!({ "visibility": "private" })).await;
    let path = format!("/api/v1/events/{id}/invitations");
    let invite = |email: &str| house.post(&path).by(&owner).json(&json!({ "emails": [email] }));
    let (known, unknown) = (invite(&ann.email), invite("nobody@example.org"));
    let (known, unknown) = (known.send().await.expect(202), unknown.send().await.expect(202));
    assert_eq!((known.text(), known.status), (unknown.text(), unknown.status));
    let staff = house.live(&owner).await.join(&room(id)).await.to_string();
    assert!(!staff.contains("invited"), "{staff}");
    assert_eq!(titles(&house, Some(&ann), "").await, [id]);
    let wrong = invite("no address").send().await.problem(422, "invalid_body");
    assert!(wrong["fields"]["emails[0]"].is_string(), "{wrong}");
    house.close().await;
}

#[tokio::test]
async fn r111_a_team_runs_an_event_and_its_chat() {
    let house = House::open().await;
    let (owner, mia) = (house.organiser("Olga").await, house.person("Mia").await);
    let (max, vic) = (house.person("Max").await, house.person("Vic").await);
    let id = event(&house, &owner, json!({ "visibility": "private" })).await;
    for (who, role) in [(&mia, "moderator"), (&max, "manager"), (&vic, "viewer")] {
        done(&house, &owner, id, "team", json!({ "account": who.id, "role": role })).await;
    }
    let team = house.get(&format!("/api/v1/events/{id}/team")).by(&vic).send().await.expect(200);
    let first = json!({ "account": { "id": mia.id, "name": "Mia" }, "role": "moderator" });
    assert_eq!(team.json()["items"].as_array().unwrap().len(), 3);
    assert!(team.json()["items"].as_array().unwrap().contains(&first));
    for (who, seats, chat) in
        [(&mia, "moderator", "moderator"), (&max, "staff", "moderator"), (&vic, "viewer", "member")]
    {
        let mut client = house.live(who).await;
        assert_eq!(client.join(&room(id)).await["role"], seats);
        assert_eq!(client.join(&format!("events/{id}/chat")).await["role"], chat);
        assert_eq!(titles(&house, Some(who), "?mine=true").await, [id]);
    }
    let of = |who, what| house.get(&format!("/api/v1/events/{id}/{what}")).by(who);
    of(&max, "bookings").send().await.expect(200);
    of(&vic, "bookings").send().await.problem(403, "not_allowed");
    of(&vic, "audit").send().await.problem(403, "not_allowed");
    let event = house.get(&format!("/api/v1/events/{id}")).by(&vic).send().await.expect(200);
    assert_eq!((&event.json()["role"], &event.json()["booked"]), (&json!("viewer"), &json!(0)));
    let audit = of(&max, "audit").send().await.expect(200).json();
    let last = audit["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["what"], &last["by"]["name"]), (&json!("team"), &json!("Olga")));
    assert_eq!(last["people"], json!([{ "id": vic.id, "name": "Vic" }]));
    house.close().await;
}

#[tokio::test]
async fn r112_a_cancelled_event_is_told_and_its_bookings_say_so() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let id = event(&house, &owner, json!({})).await;
    book(&house, &ann, id).await;
    let cancel = house.post(&format!("/api/v1/events/{id}/cancel")).by(&owner);
    let told = cancel.json(&json!({ "reason": "Flood" })).send().await.expect(200).json();
    assert_eq!((&told["status"], &told["cancelledReason"]), (&json!("cancelled"), &json!("Flood")));
    let mine = house.get("/api/v1/me/bookings").by(&ann).send().await.expect(200).json();
    assert_eq!(mine["items"][0]["event"]["status"], "cancelled");
    assert_eq!(mine["items"][0]["status"], "booked");
    assert_eq!(titles(&house, None, "").await, [0_u64; 0]);
    assert_eq!(titles(&house, None, "?status=cancelled").await, [id]);
    house.close().await;
}

#[tokio::test]
async fn r114_where_it_is_on_the_net_is_in_no_public_answer() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let id = event(&house, &owner, json!({ "online": "https://meet.example/room" })).await;
    let look = |who| house.get(&format!("/api/v1/events/{id}")).by(who);
    for who in [None, Some(&ann)] {
        let told = look(who).send().await.expect(200);
        assert!(told.json()["isOnline"] == true && !told.text().contains("meet.example"));
    }
    book(&house, &ann, id).await;
    let told = look(Some(&ann)).send().await.expect(200).json();
    assert_eq!(told["online"], "https://meet.example/room");
    assert_eq!(look(Some(&owner)).send().await.json()["online"], "https://meet.example/room");
    let list = house.get("/api/v1/events").by(&ann).send().await.expect(200).text();
    assert!(!list.contains("meet.example"));
    house.close().await;
}

#[tokio::test]
async fn an_event_is_made_again_and_found_by_what_it_is() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let first = event(&house, &owner, json!({})).await;
    let clone = house.post(&format!("/api/v1/events/{first}/clone")).by(&owner);
    let again = clone.json(&json!({ "startsAt": "2099-03-01T19:30:00Z", "title": "Encore" }));
    let again = again.send().await.expect(201).json();
    assert_eq!(again["endsAt"], "2099-03-01T22:00:00Z");
    assert_eq!((&again["status"], &again["category"]), (&json!("draft"), &json!("music")));
    let second = again["id"].as_u64().unwrap();
    house.post(&format!("/api/v1/events/{second}/publish")).by(&owner).send().await.expect(200);
    let hidden =
        event(&house, &owner, json!({ "visibility": "unlisted", "category": "talk" })).await;
    house.get(&format!("/api/v1/events/{hidden}")).send().await.expect(200);
    assert_eq!(titles(&house, None, "").await, [first, second]);
    assert_eq!(titles(&house, None, "?category=talk").await, [0_u64; 0]);
    assert_eq!(titles(&house, None, "?q=encore").await, [second]);
    assert_eq!(titles(&house, None, "?from=2099-02-01T00:00:00Z").await, [second]);
    assert_eq!(titles(&house, None, "?to=2099-02-01T00:00:00Z&when=upcoming").await, [first]);
    assert_eq!(titles(&house, None, "?when=past").await, [0_u64; 0]);
    for wrong in ["?category=opera", "?from=now", "?when=soon", "?status=draft"] {
        let path = format!("/api/v1/events{wrong}");
        house.get(&path).send().await.problem(400, "invalid_query");
    }
    let both = json!({ "title": "T", "startsAt": "2099-01-31T19:30:00Z", "capacity": 5, "planId": "x",
        "timeZone": "Europe/Berlin", "currency": "EUR" });
    let both = house.post("/api/v1/events").by(&owner).json(&both).send().await;
    assert!(both.problem(422, "event_invalid")["fields"]["capacity"].is_string());
    house.close().await;
}

#[tokio::test]
async fn an_events_picture_is_made_anew_and_is_its_own() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let (one, other) =
        (event(&house, &owner, json!({})).await, event(&house, &owner, json!({})).await);
    let put = |id: u64, bytes: Vec<u8>| {
        let path = format!("/api/v1/events/{id}/picture");
        let ask = crate::house::Ask::new(house.address, "PUT", &path).by(&owner);
        ask.header("content-type", "image/png").body(bytes)
    };
    let name = |answer: Answer| answer.json()["id"].as_str().unwrap().to_owned();
    let first = name(put(one, picture()).send().await.expect(200));
    let get = |id: u64, name: &str, width: u32| {
        house.get(&format!("/api/v1/events/{id}/pictures/{name}?width={width}"))
    };
    for width in [480, 1280] {
        let shown = get(one, &first, width).send().await.expect(200);
        assert_eq!(shown.header("content-type"), "image/jpeg");
    }
    get(one, &first, 640).send().await.problem(404, "not_found");
    get(other, &first, 480).send().await.problem(404, "not_found");
    house.get(&format!("/api/v1/pictures/{first}-480")).send().await.problem(404, "not_found");
    let listed = house.get("/api/v1/events").send().await.expect(200).json();
    assert!(
        listed["items"].as_array().unwrap().iter().any(|item| item["picture"] == first.as_str())
    );
    // An event that takes the name of another's picture shows nothing, and forgets nothing of the other's.
    done(&house, &owner, other, "edit", json!({ "picture": first })).await;
    get(other, &first, 480).send().await.problem(404, "not_found");
    put(other, picture()).send().await.expect(200);
    get(one, &first, 480).send().await.expect(200);
    let second = name(put(one, picture()).send().await.expect(200));
    get(one, &first, 480).send().await.problem(404, "not_found");
    get(one, &second, 480).send().await.expect(200);
    put(one, b"<svg/>".to_vec()).send().await.problem(422, "picture_invalid");
    get(one, &second, 480).send().await.expect(200);
    house.close().await;
}

#[tokio::test]
async fn r118_a_ticket_is_told_without_a_network_and_let_in_once() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let dora = house.person("Dora").await;
    let id = event(&house, &owner, json!({})).await;
    done(&house, &owner, id, "team", json!({ "account": dora.id, "role": "check_in" })).await;
    done(&house, &ann, id, "hold", json!({ "areas": [[0, 2]] })).await;
    let order = done(&house, &ann, id, "book", json!({ "payment": "door" })).await["order"].clone();
    let path = format!("/api/v1/orders/{}/tickets", order.as_str().unwrap());
    house.get(&path).by(&dora).send().await.problem(404, "no_such_order");
    let vera = house.person("Vera").await;
    done(&house, &owner, id, "team", json!({ "account": vera.id, "role": "viewer" })).await;
    for who in [&ann, &vera] {
        let list = house.get(&format!("/api/v1/events/{id}/admissions")).by(who);
        list.send().await.problem(403, "not_allowed");
    }
    let tickets = house.get(&path).by(&ann).send().await.expect(200).json();
    let key = house.get(&format!("/api/v1/events/{id}/ticket-key")).by(&dora).send().await;
    let key = key.expect(200).json()["key"].as_str().unwrap().to_owned();
    let items = tickets["items"].as_array().unwrap();
    assert_eq!(items.len(), 2);
    for item in items {
        let ticket = verify(&key, item["token"].as_str().unwrap()).expect("a true ticket");
        assert_eq!((ticket.event, ticket.place.as_str()), (id, item["place"].as_str().unwrap()));
        let body = json!({ "order": ticket.order, "place": ticket.place });
        let scan = done(&house, &dora, id, "check_in", body).await;
        assert_eq!(scan["places"][0]["first"], true);
    }
    let list = format!("/api/v1/events/{id}/admissions");
    let known = house.get(&list).by(&dora).send().await.expect(200).json();
    let row = &known["items"][0];
    assert_eq!((&row["name"], &row["status"]), (&json!("Ann"), &json!("booked")));
    let tickets = items.iter().map(|item| &item["place"]);
    let listed = row["places"].as_array().unwrap().iter().map(|place| &place["place"]);
    assert!(listed.eq(tickets), "{row}");
    let cancel = house.post(&format!("/api/v1/events/{id}/cancel")).by(&owner);
    cancel.json(&json!({})).send().await.expect(200);
    house.get(&path).by(&ann).send().await.problem(409, "event_cancelled");
    done(&house, &ann, id, "cancel", json!({ "order": order })).await;
    let known = house.get(&list).by(&dora).send().await.expect(200).json();
    let row = &known["items"][0];
    assert_eq!(
        (&row["status"], &row["places"], &row["due"]),
        (&json!("cancelled"), &json!([]), &json!(0))
    );
    house.close().await;
}

#[tokio::test]
async fn r119_a_draft_is_deleted_for_good_by_its_owner_or_an_admin() {
    let mut house = House::open().await;
    let (owner, admin) = (house.organiser("Olga").await, house.admin("Ada").await);
    let (max, ben) = (house.person("Max").await, house.person("Ben").await);
    let [first, second] = [house.draft(&owner).await, house.draft(&owner).await];
    for who in [(max.id, "manager"), (ben.id, "viewer")] {
        done(&house, &owner, first, "team", json!({ "account": who.0, "role": who.1 })).await;
    }
    done(&house, &owner, first, "hold", json!({ "areas": [[0, 1]] })).await;
    let delete = |house: &House, id: u64, who: &Person| {
        let path = format!("/api/v1/events/{id}");
        crate::house::Ask::new(house.address, "DELETE", &path).by(who).send()
    };
    delete(&house, first, &max).await.problem(403, "not_allowed");
    delete(&house, second, &max).await.problem(404, "no_such_event");
    let (mut hers, mut his) = (house.live(&owner).await, house.live(&ben).await);
    let chat = format!("events/{first}/chat");
    for client in [&mut hers, &mut his] {
        client.join(&room(first)).await;
        client.join(&chat).await;
    }
    delete(&house, first, &owner).await.expect(204);
    for client in [&mut hers, &mut his] {
        let is_gone = |frame: &Value| frame["t"] == "gone" && frame["code"] == "event_deleted";
        client.until("it is gone", is_gone).await;
        let told = |frame: &Value| frame["t"] == "resync" && frame["room"] == chat.as_str();
        client.until("the chat is asked for anew", told).await;
        for place in [&room(first), &chat] {
            assert_eq!(tried(client, place).await, "no_such_room");
        }
    }
    delete(&house, second, &admin).await.expect(204);
    for _ in 0..2 {
        for who in [&owner, &max, &admin] {
            delete(&house, first, who).await.problem(404, "no_such_event");
            let again = house.command(who, &room(first), "publish", &json!({})).send().await;
            again.problem(404, "no_such_room");
            assert_eq!(titles(&house, Some(who), "?mine=true").await, [0_u64; 0]);
            let rooms = house.get("/api/v1/rooms").by(who).send().await.expect(200).text();
            assert!(!rooms.contains("events/"), "{rooms}");
        }
        house.restart().await;
    }
    // Nothing is kept of it beside its room, and no number is given twice.
    assert!(house.draft(&owner).await > second);
    house.close().await;
}

#[tokio::test]
async fn r119_what_was_shown_or_booked_is_not_deleted() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let delete = |id: u64| {
        let path = format!("/api/v1/events/{id}");
        crate::house::Ask::new(house.address, "DELETE", &path).by(&owner).send()
    };
    let shown = event(&house, &owner, json!({})).await;
    delete(shown).await.problem(409, "already_published");
    done(&house, &owner, shown, "cancel_event", json!({})).await;
    delete(shown).await.problem(409, "already_published");
    let draft = house.draft(&owner).await;
    book(&house, &owner, draft).await;
    delete(draft).await.problem(409, "has_bookings");
    house.get(&format!("/api/v1/events/{draft}")).by(&owner).send().await.expect(200);
    house.close().await;
}
