//! What an admin sees and does: figures that are those of the tables, every event, rooms that are awake, limits, mails
//! that were given up, and somebody's logins.

use crate::house::{House, room, within};
use houseful::db::sqlite::{Options, Sqlite, exit_on_fatal};
use houseful::store::StatisticsStore;
use serde_json::json;

#[tokio::test]
async fn figures_are_those_of_the_tables_and_are_kept() {
    let mut house = House::open().await;
    let (owner, admin) = (house.organiser("Olga").await, house.admin("Ada").await);
    let ann = house.person("Ann").await;
    let event = house.draft(&owner).await;
    house.post(&format!("/api/v1/events/{event}/publish")).by(&owner).send().await.expect(200);
    let hold = json!({ "areas": [[0, 2]] });
    house.command(&ann, &room(event), "hold", &hold).send().await.expect(200);
    let book = json!({ "payment": "door" });
    house.command(&ann, &room(event), "book", &book).send().await.expect(200);
    let mut live = house.live(&ann).await;
    live.join("lobby").await;
    let ask = async |house: &House| {
        let path = "/api/v1/admin/statistics?grain=minute&hours=1";
        house.get(path).by(&admin).send().await.expect(200).json()
    };
    let now = ask(&house).await["now"].clone();
    let counted = json!([now["accounts"], now["events"], now["bookings"], now["places"]]);
    assert_eq!(counted, json!([3, 1, 1, 2]));
    assert_eq!((&now["revenue"], &now["people"]), (&json!({ "EUR": 1_000 }), &json!(1)));
    // The server takes one as it begins.
    within("a sample", async {
        while ask(&house).await["items"].as_array().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    house.stop().await;
    let options = Options { folder: house.folder().to_owned(), fatal: exit_on_fatal };
    let database = Sqlite::open(&options).unwrap();
    let kept = database.samples(60_000, 0).unwrap();
    assert!(kept.iter().all(|(at, _)| at % 60_000 == 0) && !kept.is_empty(), "{kept:?}");
    database.put_sample(60_000, kept[0].0 + 60_000, "{}".into(), kept[0].0 + 1).unwrap();
    let left = database.samples(60_000, 0).unwrap();
    assert!(left.iter().all(|(at, _)| *at > kept[0].0), "what is too old is forgotten");
    assert_eq!(database.samples(3_600_000, 0).unwrap().len(), 1, "another grain is not");
    drop(database);
    house.close().await;
}

#[tokio::test]
async fn an_admin_finds_every_event_room_and_limit() {
    let house = House::open_with(|config| config.follows.events_per_person = 7).await;
    let (owner, admin) = (house.organiser("Olga").await, house.admin("Ada").await);
    let (first, second) = (house.draft(&owner).await, house.draft(&owner).await);
    let list = async |query: &str| {
        let path = format!("/api/v1/admin/events{query}");
        house.get(&path).by(&admin).send().await.expect(200).json()
    };
    let page = list("?q=ham&limit=1").await;
    assert_eq!(
        (&page["items"][0]["id"], &page["items"][0]["status"]),
        (&json!(second), &json!("draft"))
    );
    assert_eq!(page["items"][0]["owner"]["name"], "Olga");
    let rest = list(&format!("?cursor={}", page["next"].as_str().unwrap())).await;
    assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&json!(first), &json!(null)));
    assert_eq!(list(&format!("?q={first}")).await["items"][0]["id"], first);
    assert_eq!(list("?q=nothing").await["items"], json!([]));
    house
        .get("/api/v1/admin/events?cursor=x")
        .by(&admin)
        .send()
        .await
        .problem(400, "invalid_query");

    let mut live = house.live(&owner).await;
    live.join(&room(first)).await;
    let rooms = house.get("/api/v1/admin/rooms").by(&admin).send().await.expect(200).json();
    let found = rooms["items"].as_array().unwrap().iter().find(|item| item["room"] == room(first));
    let found = found.unwrap();
    assert_eq!(
        (&found["here"], &found["app"], &found["waiting"]),
        (&json!(1), &json!("seats"), &json!(0))
    );

    let limits = house.get("/api/v1/admin/limits").by(&admin).send().await.expect(200).json();
    let items = limits["items"].as_array().unwrap();
    let follows = items.iter().find(|item| item["name"] == "follows.events_per_person").unwrap();
    assert_eq!((&follows["value"], &follows["default"]), (&json!(7), &json!(100)));
    house.close().await;
}

#[tokio::test]
async fn somebody_is_signed_out_everywhere_and_may_come_again() {
    let house = House::open().await;
    let (ann, admin) = (house.person("Ann").await, house.admin("Ada").await);
    let again = house.sign_in(&ann.email).await;
    let (mut one, mut two) = (house.live(&ann).await, house.live(&again).await);
    let path = format!("/api/v1/accounts/{}/sign-out", ann.id);
    house.post(&path).by(&admin).send().await.expect(204);
    assert_eq!((one.closed().await, two.closed().await), (4500, 4500));
    house.get("/api/v1/me").by(&again).send().await.problem(401, "sign_in_required");
    let back = house.sign_in(&ann.email).await;
    house.get("/api/v1/me").by(&back).send().await.expect(200);
    house.close().await;
}

#[tokio::test]
async fn an_events_new_title_is_its_chats_and_a_name_given_by_hand_stays() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let event = house.draft(&owner).await;
    let chat = format!("events/{event}/chat");
    let mut live = house.live(&owner).await;
    live.join(&chat).await;
    let rename = json!({ "title": "Backstage" });
    house.command(&owner, &chat, "room.rename", &rename).send().await.expect(200);
    // What changes nothing of the title changes nothing of the room's.
    let place = json!({ "place": "Here" });
    house.command(&owner, &room(event), "edit", &place).send().await.expect(200);
    let title = json!({ "title": "Othello" });
    house.command(&owner, &room(event), "edit", &title).send().await.expect(200);
    let is_new = |frame: &serde_json::Value| frame.to_string().contains("Othello");
    let told = live.until("the chat's new title", is_new).await;
    assert!(!told.to_string().contains("Hamlet"), "{told}");
    house.close().await;
}
