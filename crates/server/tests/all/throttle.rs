//! How often and how many, over the public listener: each limit at n and at n + 1, and that nobody else pays.

use crate::house::{Answer, Ask, Client, House, becomes, within};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const EVENTS: &str = "/api/v1/events";

#[track_caller]
fn limited(answer: &Answer) {
    let wait_ms = answer.problem(429, "rate_limited")["retryAfterMs"].as_u64().unwrap();
    assert_eq!(answer.header("retry-after"), wait_ms.div_ceil(1_000).to_string());
}

#[tokio::test]
async fn a_person_may_ask_so_often_and_pays_for_nobody() {
    let house = House::open_with(|config| {
        config.http.requests_per_minute_person = 4;
        config.http.requests_per_minute_address = 3;
    })
    .await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    for _ in 0..4 {
        house.get(EVENTS).by(&ann).send().await.expect(200);
    }
    limited(&house.get(EVENTS).by(&ann).send().await);
    house.get(EVENTS).by(&ben).send().await.expect(200);
    for _ in 0..2 {
        house.get(EVENTS).send().await.expect(200);
    }
    // A token that is none says nothing of who asks.
    let forged = || house.get(EVENTS).header("authorization", "Bearer x");
    forged().send().await.problem(401, "token_invalid");
    limited(&forged().send().await);
    limited(&house.get(EVENTS).send().await);
    // Signing in has limits of its own, and what is no interface has none.
    house.sign_in(&ann.email).await;
    house.get("/health").send().await.expect(200);
    house.clock.forward_ms(15_000);
    house.get(EVENTS).by(&ann).send().await.expect(200);
    limited(&house.get(EVENTS).by(&ann).send().await);
    house.close().await;
}

#[tokio::test]
async fn what_a_client_says_of_its_address_changes_nothing() {
    let direct = House::open_with(|config| config.http.requests_per_minute_address = 3).await;
    let ask = |house: &House, n: usize| {
        house
            .get(EVENTS)
            .header("x-forwarded-for", &format!("198.51.100.{n}"))
            .header("forwarded", &format!("for=198.51.100.{n}"))
            .header("x-real-ip", &format!("198.51.100.{n}"))
    };
    for n in 0..3 {
        ask(&direct, n).send().await.expect(200);
    }
    limited(&ask(&direct, 4).send().await);
    direct.close().await;
    // The control: the word of a proxy that the operator named is believed, and a /64 is one address.
    let proxied = House::open_with(|config| {
        config.http.requests_per_minute_address = 3;
        config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    for n in 0..6 {
        ask(&proxied, n).send().await.expect(200);
    }
    let six = |n: usize| {
        proxied.get(EVENTS).header("x-forwarded-for", &format!("2001:db8:1:2::{n}")).send()
    };
    for n in 0..3 {
        six(n).await.expect(200);
    }
    limited(&six(4).await);
    proxied.close().await;
}

fn upgrade(house: &House) -> Ask {
    house
        .get("/live")
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-protocol", "houseful.v1")
}

/// A connection, as soon as there is a place.
async fn connected(house: &House) -> Client {
    within("a place", async {
        loop {
            match Client::try_connect(house.address).await {
                Some(client) => return client,
                None => tokio::task::yield_now().await,
            }
        }
    })
    .await
}

#[tokio::test]
async fn r49_connections_of_an_address_and_of_a_person_are_bounded() {
    let house = House::open_with(|config| {
        config.connections.live_per_address = 3;
        config.connections.visitors_per_address = 2;
        config.connections.live_per_person = 1;
    })
    .await;
    let (ann, ben) = (house.person("Ann").await, house.person("Ben").await);
    let (mut one, mut two) = (house.connect().await, house.connect().await);
    let third = upgrade(&house).send().await;
    third.problem(429, "too_many_connections");
    assert!(!third.header("retry-after").is_empty());
    assert_eq!(one.hello(Some(&ann)).await["t"], "welcome");
    let mut three = house.connect().await;
    upgrade(&house).send().await.problem(429, "too_many_connections");
    let refused = three.hello(Some(&ann)).await;
    assert_eq!(refused["code"], "too_many_connections", "{refused}");
    assert_eq!(three.hello(None).await["t"], "welcome");
    let refused = three.auth(&ann).await;
    assert_eq!(refused["code"], "too_many_connections", "{refused}");
    assert_eq!(two.hello(Some(&ben)).await["t"], "welcome");
    // Three are open, two of them signed in: the address is full all the same.
    upgrade(&house).send().await.problem(429, "too_many_connections");
    one.cut();
    let mut again = connected(&house).await;
    assert_eq!(again.hello(Some(&ann)).await["t"], "welcome");
    house.close().await;
}

#[tokio::test]
async fn r49_a_server_carries_so_many_connections() {
    let house = House::open_with(|config| config.connections.live = 1).await;
    let one = house.live(None).await;
    upgrade(&house).send().await.problem(503, "busy");
    house.get("/health").send().await.expect(200);
    one.cut();
    connected(&house).await;
    house.close().await;
}

#[tokio::test]
async fn an_address_has_so_many_http_connections() {
    let house = House::open_with(|config| config.connections.http_per_address = 2).await;
    let idle = || TcpStream::connect(house.address);
    let (first, second) = (idle().await.unwrap(), idle().await.unwrap());
    let mut third = idle().await.unwrap();
    let mut heard = Vec::new();
    let ended = within("the third to be hung up on", third.read_to_end(&mut heard)).await;
    assert!(ended.is_err() || heard.is_empty());
    drop(first);
    becomes("a place", || {
        std::net::TcpStream::connect(house.address).is_ok_and(|stream| {
            stream.set_read_timeout(Some(std::time::Duration::from_millis(300))).unwrap();
            let ended = std::io::Read::read(&mut &stream, &mut [0]);
            ended.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
        })
    })
    .await;
    drop(second);
    house.close().await;
}

#[tokio::test]
async fn wrong_passwords_cost_a_rising_wait_from_where_they_come() {
    let house = House::open_with(|config| {
        config.trusted_proxies = vec!["127.0.0.1".parse().unwrap()];
    })
    .await;
    let ann = house.person("Ann").await;
    let sign_in = |from: &str, password: &str| {
        let body = json!({ "email": ann.email, "password": password });
        house.post("/api/v1/auth/sign-in").header("x-forwarded-for", from).json(&body).send()
    };
    for _ in 0..5 {
        sign_in("192.0.2.1", "wrong").await.problem(401, "wrong_credentials");
    }
    let mut waits = Vec::new();
    for _ in 0..8 {
        sign_in("192.0.2.1", "wrong").await.problem(401, "wrong_credentials");
        let refused = sign_in("192.0.2.1", crate::house::PASSWORD).await;
        let wait_ms = refused.problem(429, "rate_limited")["retryAfterMs"].as_i64().unwrap();
        waits.push((wait_ms + 999) / 1_000);
        house.clock.forward_ms(wait_ms);
    }
    assert_eq!(waits, [24, 48, 96, 192, 384, 768, 900, 900]);
    // The owner is not kept out from elsewhere, and is free here after a right password.
    sign_in("192.0.2.2", crate::house::PASSWORD).await.expect(200);
    sign_in("192.0.2.1", crate::house::PASSWORD).await.expect(200);
    sign_in("192.0.2.1", "wrong").await.problem(401, "wrong_credentials");
    sign_in("192.0.2.1", crate::house::PASSWORD).await.expect(200);
    house.close().await;
}
