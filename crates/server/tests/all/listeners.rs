//! Which listener answers what: nothing of the operator's on the public one.

use crate::house::{Ask, House};

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
