//! Who is told whose name, and people's pictures.

use crate::house::{Ask, House};
use houseful::limits;
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::{Value, json};
use std::io::Cursor;

fn png(side: u32) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    let picture = DynamicImage::from(RgbImage::new(side, side));
    picture.write_to(&mut out, ImageFormat::Png).unwrap();
    out.into_inner()
}

#[tokio::test]
async fn r54_names_are_told_of_those_whom_the_room_speaks_of() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let room = house.event(&owner).await;
    let mut staff = house.live(&owner).await;
    let mut guest = house.live(&ann).await;
    staff.join(&room).await;
    guest.join(&room).await;
    let all = json!([owner.id, ann.id, ben.id, 999]);
    let people = json!({ "t": "people", "room": room, "accounts": all });
    // The staff sees who is in the room of a sale, a guest sees nobody but themselves.
    let told = staff.ask(people.clone()).await;
    let known = json!([[owner.id, { "name": "Olga" }], [ann.id, { "name": "Ann" }]]);
    assert_eq!(told["body"]["people"], known, "{told}");
    let told = guest.ask(people.clone()).await;
    assert_eq!(told["body"]["people"], json!([[ann.id, { "name": "Ann" }]]), "{told}");
    let mut visitor = house.live(None).await;
    visitor.join(&room).await;
    assert_eq!(visitor.ask(people).await["body"]["people"], json!([]));

    let many: Vec<u64> = (1..=101).collect();
    let told = guest.ask(json!({ "t": "people", "room": room, "accounts": many })).await;
    assert_eq!(told["code"], "invalid_frame");
    assert!(told["fields"].get("accounts").is_some(), "{told}");
    house.close().await;
}

#[tokio::test]
async fn a_picture_is_shown_with_its_person_and_goes_when_another_comes() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let room = house.event(&owner).await;
    let put =
        |bytes: Vec<u8>| Ask::new(house.address, "PUT", "/api/v1/me/avatar").by(&ann).body(bytes);
    let first = put(png(300)).send().await.expect(200).json()["id"].as_str().unwrap().to_owned();
    let picture = house.get(&format!("/api/v1/pictures/{first}")).send().await.expect(200);
    assert_eq!(picture.header("content-type"), "image/jpeg");
    assert_eq!(picture.header("content-security-policy"), "default-src 'none'; sandbox");
    assert_eq!(picture.header("x-content-type-options"), "nosniff");
    assert!(picture.header("cache-control").contains("immutable"));

    let mut guest = house.live(&ann).await;
    guest.join(&room).await;
    let ask = json!({ "t": "people", "room": room, "accounts": [ann.id] });
    let face = |told: &Value| told["body"]["people"][0][1].clone();
    let told = guest.ask(ask.clone()).await;
    assert_eq!(face(&told), json!({ "name": "Ann", "avatar": first }));

    let second = put(png(20)).send().await.expect(200).json()["id"].as_str().unwrap().to_owned();
    house.get(&format!("/api/v1/pictures/{first}")).send().await.expect(404);
    house.get(&format!("/api/v1/pictures/{second}")).send().await.expect(200);
    let gone = Ask::new(house.address, "DELETE", "/api/v1/me/avatar").by(&ann);
    gone.send().await.expect(204);
    house.get(&format!("/api/v1/pictures/{second}")).send().await.expect(404);
    assert_eq!(face(&guest.ask(ask).await), json!({ "name": "Ann" }));
    house.close().await;
}

#[tokio::test]
async fn what_cannot_be_a_picture_is_refused_with_its_reason() {
    let house = House::open().await;
    let ann = house.person("Ann").await;
    let put =
        |bytes: Vec<u8>| Ask::new(house.address, "PUT", "/api/v1/me/avatar").by(&ann).body(bytes);
    let answer = put(b"<svg/>".to_vec()).send().await.problem(422, "picture_invalid");
    assert!(answer["detail"].as_str().unwrap().contains("PNG"));
    let mut exactly = png(9);
    exactly.resize(limits::PICTURE_BYTES_MAX, 0);
    put(exactly.clone()).send().await.expect(200);
    exactly.push(0);
    put(exactly).send().await.problem(413, "too_large");
    house.close().await;
}
