//! Everyone wants the same few seats at once, over the socket and over HTTP: nobody gets another's.

use crate::house::{House, Person, Replica, new_id};
use futures_util::future::join_all;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const PEOPLE: usize = 50;

#[tokio::test]
async fn a_seat_has_one_owner_however_many_want_it() {
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let room = house.event(&owner).await;
    let mut people = Vec::new();
    for _ in 0..PEOPLE {
        people.push(house.person("Someone").await);
    }
    let won: Vec<Vec<u64>> =
        join_all(people.iter().enumerate().map(|(nth, who)| buy(&house, &room, who, nth))).await;
    let mut owners: BTreeMap<u64, usize> = BTreeMap::new();
    for (nth, seats) in won.iter().enumerate() {
        assert!(seats.len() <= 6, "{seats:?}");
        for seat in seats {
            assert_eq!(owners.insert(*seat, nth), None, "seat {seat} has two owners");
        }
    }
    assert!(!owners.is_empty());

    let mut desk = Replica::default();
    desk.joined(&house.live(&owner).await.join(&room).await);
    assert_eq!(desk.count("seats", 2), owners.len());
    assert_eq!(desk.count("seats", 1), 0);
    let event = room.split('/').nth(1).unwrap();
    let path = format!("/api/v1/events/{event}/bookings?limit=100");
    let bookings = house.get(&path).by(&owner).send().await.expect(200).json();
    let booked = bookings["items"].as_array().unwrap().iter();
    let (mut seats, mut total) = (0, 0);
    for booking in booked {
        seats += booking["seats"].as_array().unwrap().len();
        total += booking["total"].as_u64().unwrap();
    }
    assert_eq!((seats, total), (owners.len(), owners.len() as u64 * 1_000));
    let detail = house.get(&format!("/api/v1/events/{event}")).send().await.expect(200).json();
    assert_eq!(detail["available"].as_u64().unwrap(), 50 - owners.len() as u64);
    house.close().await;
}

/// Tries for pairs of the first row until it is gone, half of the people over HTTP; answers what was booked.
async fn buy(house: &House, room: &str, who: &Person, nth: usize) -> Vec<u64> {
    let mut client = house.live(who).await;
    client.join(room).await;
    for first in [0, 2, 4, 6, 8] {
        let hold = json!({ "seats": [first, first + 1] });
        let _ = match nth % 2 {
            0 => client.command(room, "hold", hold).await,
            _ => house.command(who, room, "hold", &hold).send().await.json(),
        };
    }
    let booked = client.command(room, "book", json!({ "payment": "door" })).await;
    let seats = booked["body"]["seats"].as_array().cloned().unwrap_or_default();
    seats.iter().map(|seat| seat[0].as_u64().or(seat.as_u64()).unwrap()).collect()
}

#[tokio::test]
async fn one_person_stays_within_the_limit_however_parallel() {
    let house = House::open().await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let room = house.event(&owner).await;
    let (mut one, mut two) = (house.live(&ann).await, house.live(&ann).await);
    one.join(&room).await;
    two.join(&room).await;
    let mut asked = [Vec::new(), Vec::new()];
    for nth in 0..16 {
        for (client, asked) in [&mut one, &mut two].into_iter().zip(&mut asked) {
            let body = json!({ "best": { "count": 1 + nth % 2 } });
            let frame = client.command_frame(&new_id(), &room, "hold", body);
            asked.push(client.request(frame).await);
        }
    }
    let over_http = (0..18).map(|_| async {
        let body = json!({ "areas": [[0, 1]] });
        house.command(&ann, &room, "hold", &body).send().await.json()
    });
    let mut answers: Vec<Value> = join_all(over_http).await;
    for (client, asked) in [&mut one, &mut two].into_iter().zip(asked) {
        for reference in asked {
            answers.push(client.answer(reference).await);
        }
    }
    let limited = answers.iter().filter(|answer| answer["code"] == "limit_exceeded").count();
    assert!(limited >= 50 - 6, "{limited} of 50");
    let joined = one.join(&room).await;
    let mut copy = Replica::default();
    copy.joined(&joined);
    let cart = copy.get("cart", &ann.id.to_string()).unwrap();
    let areas = cart["areas"].as_array().unwrap().iter().map(|area| area[1].as_u64().unwrap());
    let places = cart["seats"].as_array().unwrap().len() as u64 + areas.sum::<u64>();
    assert_eq!(places, 6, "{cart}");
    house.close().await;
}
