//! Limits on guessing, each at n and n + 1.

use crate::world::{Answer, Browser, PASSWORD, World, email};
use houseful::config::{AccountLimits, Config};
use serde_json::json;
use std::time::Duration;

#[track_caller]
fn limited(answer: Answer) -> Duration {
    let answer = answer.refused(429, "rate_limited");
    let wait_ms = answer.body["retryAfterMs"].as_u64().unwrap();
    assert_eq!(answer.headers["retry-after"], wait_ms.div_ceil(1_000).to_string().as_str());
    Duration::from_millis(wait_ms)
}

#[tokio::test]
async fn an_address_has_five_tries_a_minute_at_an_account() {
    let world = World::new();
    let mut ann = Browser::signed_up(&world, "ann").await;
    for _ in 0..5 {
        ann.sign_in(&world, "ann", "a wrong password").await.refused(401, "wrong_credentials");
    }
    let wait = limited(ann.sign_in(&world, "ann", PASSWORD).await);
    assert!((11_000..=12_000).contains(&wait.as_millis()), "{wait:?}");
    // Another account, and another address at the same account, are not kept out.
    ann.sign_in(&world, "bob", "a wrong password").await.refused(401, "wrong_credentials");
    Browser::at("192.0.2.2").sign_in(&world, "ann", PASSWORD).await.expect(200);
    world.pass(wait);
    ann.sign_in(&world, "ann", PASSWORD).await.expect(200);
    limited(ann.sign_in(&world, "ann", PASSWORD).await);
}

#[tokio::test]
async fn an_address_has_thirty_tries_a_minute_at_all_accounts() {
    let config = Config {
        accounts: AccountLimits { sign_in_per_minute_address: 8, ..AccountLimits::default() },
        ..Config::default()
    };
    assert_eq!(AccountLimits::default().sign_in_per_minute_address, 30);
    let world = World::with(config);
    let mut six = Browser::at("2001:db8:1:2::1");
    for n in 0..8 {
        six.sign_in(&world, &format!("p{n}"), "x").await.refused(401, "wrong_credentials");
    }
    limited(six.sign_in(&world, "p8", "x").await);
    // The same person's other address.
    limited(Browser::at("2001:db8:1:2:ffff::7").sign_in(&world, "p9", "x").await);
    Browser::at("2001:db8:1:3::1")
        .sign_in(&world, "p9", "x")
        .await
        .refused(401, "wrong_credentials");
}

#[tokio::test]
async fn an_address_has_five_sign_ups_an_hour() {
    let world = World::new();
    let mut ann = Browser::new();
    for n in 0..5 {
        ann.sign_up(&world, &format!("p{n}")).await.expect(201);
    }
    let wait = limited(ann.sign_up(&world, "p5").await);
    assert!((719_000..=720_000).contains(&wait.as_millis()), "{wait:?}");
    Browser::at("192.0.2.2").sign_up(&world, "p6").await.expect(201);
    world.pass(wait);
    ann.sign_up(&world, "p5").await.expect(201);
}

#[tokio::test]
async fn guessing_a_password_through_its_change_is_limited_too() {
    let world = World::new();
    let mut ann = Browser::signed_up(&world, "ann").await;
    let body = json!({"current": "a wrong password", "new": "another long password"});
    for _ in 0..5 {
        ann.post(&world, "/auth/password", body.clone()).await.refused(401, "wrong_credentials");
    }
    limited(ann.post(&world, "/auth/password", body).await);
}

#[tokio::test]
async fn guessing_the_setup_token_is_limited_too() {
    let world = World::new();
    let token = world.api.accounts.setup_token().unwrap().unwrap();
    let body = |token: &str| json!({"token": token, "email": email("root"), "name": "root", "password": PASSWORD});
    let mut eve = Browser::new();
    for _ in 0..30 {
        eve.post(&world, "/auth/setup", body("guess")).await.refused(403, "setup_token_invalid");
    }
    limited(eve.post(&world, "/auth/setup", body(&token)).await);
    let mut root = Browser::at("192.0.2.2");
    root.post(&world, "/auth/setup", body(&token)).await.expect(201);
}

#[tokio::test]
async fn ten_thousand_guesses_are_not_evaluated() {
    let world = World::new();
    Browser::signed_up(&world, "ann").await;
    let mut evaluated = 0;
    let mut eve = Browser::at("198.51.100.7");
    for _ in 0..10_000 {
        let answer = eve.sign_in(&world, "ann", "a wrong password").await;
        evaluated += u32::from(answer.code() == "wrong_credentials");
        world.pass(Duration::from_millis(10));
    }
    assert!(evaluated <= 100, "{evaluated}");
    Browser::new().sign_in(&world, "ann", PASSWORD).await.expect(200);
}
