//! Which listener answers what: nothing of the operator's on the public one.

use crate::house::{Ask, House};
use houseful::config::Config;
use serde_json::json;

#[tokio::test]
async fn the_public_listener_knows_nothing_of_the_operators() {
    let house = House::open().await;
    let _live = house.live(None).await;
    let at = house.server().addresses.operator;
    assert!(at.ip().is_loopback() && at != house.address);
    for (path, says) in
        [("/health", "ok"), ("/ready", "ready"), ("/metrics", "houseful_connections")]
    {
        let answer = Ask::new(at, "GET", path).send().await.expect(200);
        assert!(answer.text().contains(says), "{path}: {}", answer.text());
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    Ask::new(at, "GET", "/").send().await.problem(404, "not_found");
    Ask::new(at, "GET", "/api/v1/events").send().await.problem(404, "not_found");
    Ask::new(at, "POST", "/metrics").send().await.problem(405, "method_not_allowed");
    for path in [
        "/metrics",
        "/metrics/",
        "/ready",
        "/api/metrics",
        "/api/v1/metrics",
        "/admin",
        "/debug",
        "/.env",
    ] {
        let answer = house.get(path).send().await;
        assert!(!answer.text().contains("houseful_"), "{path}: {}", answer.text());
        let is_page = answer.header("content-type").starts_with("text/html");
        assert!(answer.status == 404 || is_page, "{path}: {}", answer.status);
    }
    house.close().await;
}

#[tokio::test]
async fn everyone_is_at_every_public_address() {
    let two = |config: &mut Config| config.listen.push("127.0.0.1:0".parse().unwrap());
    let house = House::open_with(two).await;
    let more = house.server().addresses.more.clone();
    assert_eq!(more.len(), 1);
    assert_ne!(more[0], house.address);
    let opened = Ask::new(more[0], "POST", "/api/v1/auth/sign-up")
        .json(&json!({"email": "ann@example.org", "name": "Ann", "password": "a long evening out"}))
        .send()
        .await
        .expect(201);
    let token = opened.json()["accessToken"].as_str().unwrap().to_owned();
    house
        .get("/api/v1/me")
        .header("authorization", &format!("Bearer {token}"))
        .send()
        .await
        .expect(200);
    let operators = Ask::new(more[0], "GET", "/metrics").send().await;
    assert!(!operators.text().contains("houseful_"), "{}", operators.text());
    house.close().await;
}
