//! Stories of people who sign up, in and out, and of those who try to be somebody else.

use crate::world::{Browser, PASSWORD, World, email};
use axum::body::Body;
use houseful::config::Config;
use houseful::store::{AccountStore, LoginStore, Role};
use houseful_room::AccountId;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;

fn account_id(answer: &Value) -> AccountId {
    AccountId(answer["account"]["id"].as_u64().unwrap())
}

#[tokio::test]
async fn a_person_signs_up_and_is_known() {
    let world = World::new();
    let mut ann = Browser::new();
    let body = json!({"email": " Ann@Example.ORG ", "name": " Ann\u{202e} ", "password": PASSWORD});
    let answer = ann.post(&world, "/auth/sign-up", body).await.expect(201);
    assert_eq!(
        answer.body["account"],
        json!({"id": 1, "name": "Ann", "email": "ann@example.org", "role": "attendee"})
    );
    assert_eq!(answer.body["expiresAt"], "2026-11-21T12:26:40Z");
    assert_eq!(answer.body.as_object().unwrap().len(), 3);
    let cookie = answer.set_cookie().unwrap();
    assert!(cookie.starts_with("houseful_refresh="));
    let rest = "; Path=/api/v1/auth; Max-Age=1209600; HttpOnly; SameSite=Strict";
    assert!(cookie.ends_with(rest), "{cookie}");

    let me = ann.me(&world).await.expect(200);
    assert_eq!(me.body, answer.body["account"]);
    Browser::new().sign_in(&world, "ann", PASSWORD).await.expect(200);
    Browser::new().me(&world).await.refused(401, "sign_in_required");
}

#[tokio::test]
async fn the_cookie_is_secure_behind_https() {
    let public_url = Some("https://tickets.example.org".to_owned());
    let world = World::with(Config { public_url, ..Config::default() });
    let browser = Browser::new();
    let body = json!({"email": email("ann"), "name": "Ann", "password": PASSWORD});
    let mut request = browser.request("POST", "/auth/sign-up", &body);
    request.headers_mut().insert("origin", "https://tickets.example.org".parse().unwrap());
    let answer = world.send(request).await.expect(201);
    assert!(answer.set_cookie().unwrap().ends_with("; Secure"));
}

#[tokio::test]
async fn what_cannot_be_used_is_said_by_field() {
    let world = World::new();
    let sign_up = async |body: Value| Browser::new().post(&world, "/auth/sign-up", body).await;
    let with = |email: &str, name: &str, password: &str| json!({"email": email, "name": name, "password": password});
    let no_mail = sign_up(with("ann", "Ann", PASSWORD)).await.refused(422, "invalid_body");
    assert!(no_mail.body["fields"]["email"].is_string());
    let no_name = sign_up(with("a@b.c", "\u{200b}", PASSWORD)).await.refused(422, "invalid_body");
    assert!(no_name.body["fields"]["name"].is_string());
    let long = "xy".repeat(65);
    let too_long = sign_up(with("a@b.c", "Ann", &long)).await.refused(422, "invalid_body");
    assert!(too_long.body["fields"]["password"].is_string());
    let missing = sign_up(json!({"email": "a@b.c"})).await.refused(422, "invalid_body");
    assert_eq!(missing.body["fields"]["name"], "This is missing.");
    sign_up(with("a@b.c", "Ann", "1234567")).await.refused(422, "password_too_short");
    sign_up(with("a@b.c", "Ann", "Password1")).await.refused(422, "password_common");
    sign_up(with("a@b.c", "Ann", &"x".repeat(70_000))).await.refused(413, "too_large");

    let browser = Browser::new();
    let mut form = browser.request("POST", "/auth/sign-up", &json!({}));
    form.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    world.send(form).await.refused(415, "unsupported_media_type");
    let broken = browser.request("POST", "/auth/sign-up", &json!({})).map(|_| Body::from("{"));
    world.send(broken).await.refused(400, "malformed_json");
    // Nothing of this counted as a try.
    sign_up(with("a@b.c", "Ann", PASSWORD)).await.expect(201);
}

#[tokio::test]
async fn an_address_has_one_account() {
    let world = World::new();
    Browser::signed_up(&world, "ann").await;
    let mut second = Browser::new();
    second.sign_up(&world, "ann").await.refused(409, "email_taken");
    assert_eq!(second.cookie, None);
    assert_eq!(world.store.count_accounts().unwrap(), 1);
}

#[tokio::test]
async fn nobody_learns_who_has_an_account() {
    let world = World::new();
    let ann = Browser::signed_up(&world, "ann").await;
    Browser::signed_up(&world, "bob").await;
    world.store.set_disabled(AccountId(2), true, world.now_ms()).unwrap();
    drop(ann);
    let mut wrong = Vec::new();
    for (name, password) in [
        ("ann", "not the password"),
        ("nobody", "not the password"),
        ("bob", "not the password"),
        ("bob", PASSWORD),
        ("not an address", PASSWORD),
        ("nobody", ""),
    ] {
        let answer = Browser::new().sign_in(&world, name, password).await;
        wrong.push((answer.status, answer.body, answer.headers));
    }
    assert_eq!(wrong[0].1["code"], "wrong_credentials");
    assert!(wrong.iter().all(|one| *one == wrong[0]), "{wrong:?}");
}

#[tokio::test]
async fn a_refresh_gives_a_new_token_each_time() {
    let world = World::new();
    let mut ann = Browser::signed_up(&world, "ann").await;
    let mut seen = HashSet::from([ann.cookie.clone().unwrap()]);
    for _ in 0..5 {
        world.pass(Duration::from_secs(11 * 60));
        ann.me(&world).await.refused(401, "token_expired");
        ann.refresh(&world).await.expect(200);
        ann.me(&world).await.expect(200);
        assert!(seen.insert(ann.cookie.clone().unwrap()));
    }
    Browser::new().refresh(&world).await.refused(401, "sign_in_required");
    let mut forged = Browser { cookie: Some("A".repeat(43)), ..Browser::new() };
    forged.refresh(&world).await.refused(401, "sign_in_required");
}

#[tokio::test]
async fn a_token_used_twice_ends_its_login_for_all() {
    let world = World::new();
    let mut ann = Browser::signed_up(&world, "ann").await;
    let mut elsewhere = Browser::new();
    elsewhere.sign_in(&world, "ann", PASSWORD).await.expect(200);
    let mut feed = world.api.accounts.revocations();

    let mut thief = ann.clone();
    ann.refresh(&world).await.expect(200);
    world.pass(Duration::from_secs(11));
    thief.refresh(&world).await.refused(401, "sign_in_required");
    // The family is dead at once: cookie, access token, sockets. The other device is not.
    ann.me(&world).await.refused(401, "sign_in_required");
    ann.refresh(&world).await.refused(401, "sign_in_required");
    assert_eq!(feed.take().len(), 1);
    elsewhere.me(&world).await.expect(200);
    elsewhere.refresh(&world).await.expect(200);
}

#[tokio::test]
async fn a_lost_answer_can_be_asked_for_again_for_ten_seconds() {
    let world = World::new();
    let ann = Browser::signed_up(&world, "ann").await;
    let (mut first, mut again) = (ann.clone(), ann.clone());
    first.refresh(&world).await.expect(200);
    world.pass(Duration::from_secs(10));
    again.refresh(&world).await.expect(200);
    assert_eq!(again.cookie, first.cookie);

    // The grace is counted from the first use, and ends when the successor is used.
    let mut late = ann.clone();
    again.refresh(&world).await.expect(200);
    late.refresh(&world).await.refused(401, "sign_in_required");
    again.refresh(&world).await.refused(401, "sign_in_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_parallel_refreshes_have_one_successor() {
    let world = std::sync::Arc::new(World::new());
    let ann = Browser::signed_up(&world, "ann").await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (world, mut browser) = (world.clone(), ann.clone());
            tokio::spawn(async move {
                browser.refresh(&world).await.expect(200);
                browser.cookie.unwrap()
            })
        })
        .collect();
    let mut successors = HashSet::new();
    for task in tasks {
        successors.insert(task.await.unwrap());
    }
    assert_eq!(successors.len(), 1);
    let mut last = Browser { cookie: successors.into_iter().next(), ..ann };
    last.refresh(&world).await.expect(200);
}

#[tokio::test]
async fn a_login_ends_when_it_is_idle_or_old() {
    let day = Duration::from_secs(24 * 60 * 60);
    let world = World::new();
    let mut idle = Browser::signed_up(&world, "ann").await;
    let mut busy = Browser::signed_up(&world, "bob").await;
    world.pass(13 * day);
    busy.refresh(&world).await.expect(200);
    world.pass(day);
    idle.refresh(&world).await.refused(401, "sign_in_required");
    world.pass(12 * day);
    busy.refresh(&world).await.expect(200);
    world.pass(4 * day);
    busy.refresh(&world).await.refused(401, "sign_in_required");
}

#[tokio::test]
async fn signing_out_ends_the_login_at_once() {
    let world = World::new();
    let mut ann = Browser::signed_up(&world, "ann").await;
    let (mut copy, mut feed) = (ann.clone(), world.api.accounts.revocations());
    let answer = ann.sign_out(&world).await.expect(204);
    assert!(answer.set_cookie().unwrap().starts_with("houseful_refresh=; "));
    assert!(answer.set_cookie().unwrap().contains("Max-Age=0"));
    assert_eq!(feed.take().len(), 1);
    copy.me(&world).await.refused(401, "sign_in_required");
    copy.refresh(&world).await.refused(401, "sign_in_required");
    // Again, or without a cookie: nothing to do.
    copy.sign_out(&world).await.expect(204);
    Browser::new().sign_out(&world).await.expect(204);
    assert!(feed.take().is_empty());
}

#[tokio::test]
async fn revocation_outlives_a_restart() {
    let world = World::new();
    let mut ann = Browser::signed_up(&world, "ann").await;
    let token = ann.token.clone().unwrap();
    ann.sign_out(&world).await.expect(204);
    let restarted = houseful::accounts::Accounts::open(
        world.store.clone(),
        world.api.clock.clone(),
        &world.api.config.accounts,
        world.api.router.tasks().clone(),
    )
    .unwrap();
    assert!(restarted.verify(&token).is_err());
}

#[tokio::test]
async fn a_changed_password_ends_all_other_logins() {
    let world = World::new();
    let mut ann = Browser::signed_up(&world, "ann").await;
    let mut other = Browser::new();
    other.sign_in(&world, "ann", PASSWORD).await.expect(200);
    let change = async |who: &mut Browser, current: &str, new: &str| {
        who.post(&world, "/auth/password", json!({"current": current, "new": new})).await
    };
    change(&mut ann, "not the password", "another long password")
        .await
        .refused(401, "wrong_credentials");
    change(&mut ann, PASSWORD, "12345678").await.refused(422, "password_common");
    change(&mut ann, PASSWORD, "another long password").await.expect(200);
    ann.me(&world).await.expect(200);
    ann.refresh(&world).await.expect(200);
    other.me(&world).await.refused(401, "sign_in_required");
    other.refresh(&world).await.refused(401, "sign_in_required");
    other.sign_in(&world, "ann", PASSWORD).await.refused(401, "wrong_credentials");
    other.sign_in(&world, "ann", "another long password").await.expect(200);
    Browser::new()
        .post(&world, "/auth/password", json!({"current": "a", "new": "b"}))
        .await
        .refused(401, "sign_in_required");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_a_password_change_overtakes_is_no_way_in() {
    let world = std::sync::Arc::new(World::new());
    let mut ann = Browser::signed_up(&world, "ann").await;
    let mut password = PASSWORD.to_owned();
    for round in 0..4 {
        let racers: Vec<_> = (0..6)
            .map(|nth| {
                let (world, old) = (world.clone(), password.clone());
                tokio::spawn(async move {
                    let mut browser = Browser::at(&format!("192.0.2.{}", 10 + nth));
                    let answer = browser.sign_in(&world, "ann", &old).await;
                    (answer.status.as_u16(), browser)
                })
            })
            .collect();
        let new = format!("another long password {round}");
        let change = json!({"current": password, "new": new});
        ann.post(&world, "/auth/password", change).await.expect(200);
        for racer in racers {
            let (status, mut browser) = racer.await.unwrap();
            if status == 200 {
                browser.me(&world).await.refused(401, "sign_in_required");
                browser.refresh(&world).await.refused(401, "sign_in_required");
            } else {
                assert_eq!(status, 401);
            }
        }
        ann.me(&world).await.expect(200);
        password = new;
    }
}

#[tokio::test]
async fn who_does_not_exist_costs_a_hash_too() {
    let world = World::new();
    Browser::signed_up(&world, "ann").await;
    let mut answers = Vec::new();
    for nth in 0..50 {
        let name = if nth % 2 == 0 { "ann".to_owned() } else { format!("nobody{nth}") };
        let before = crate::house::counted("houseful_password_hashes");
        let mut browser = Browser::at(&format!("198.51.100.{nth}"));
        let answer = browser.sign_in(&world, &name, "not the password").await;
        let hashes = crate::house::counted("houseful_password_hashes") - before;
        answers.push((hashes, answer.status, answer.body, answer.headers));
    }
    assert_eq!((answers[0].0, &answers[0].2["code"]), (1, &json!("wrong_credentials")));
    assert!(answers.iter().all(|one| *one == answers[0]), "{answers:?}");
}

#[tokio::test]
async fn a_password_is_taken_as_it_is_typed() {
    let world = World::new();
    for (nth, password) in [
        "x7".repeat(32),
        "ж".repeat(32) + &"🎭".repeat(32),
        "  with spaces at both ends  ".to_owned(),
        "e\u{301}galite\u{301} \u{202e}".to_owned(),
        "'; drop table accounts; --\0<b>".to_owned(),
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("person{nth}");
        let body = json!({"email": email(&name), "name": name, "password": password});
        let mut browser = Browser::at(&format!("203.0.113.{nth}"));
        browser.post(&world, "/auth/sign-up", body).await.expect(201);
        browser.sign_in(&world, &name, &password).await.expect(200);
        let mut cut = password.clone();
        cut.pop();
        let (trimmed, upper) = (password.trim().to_owned(), password.to_uppercase());
        for other in [cut, trimmed, upper, format!("{password} ")] {
            if other != password {
                let refused = browser.sign_in(&world, &name, &other).await;
                refused.refused(401, "wrong_credentials");
            }
        }
    }
}

#[tokio::test]
async fn the_first_admin_is_made_once() {
    let world = World::new();
    let stale = world.api.accounts.setup_token().unwrap().unwrap();
    let token = world.api.accounts.setup_token().unwrap().unwrap();
    let set_up = async |token: &str, name: &str| {
        let who = json!({"token": token, "email": email(name), "name": name, "password": PASSWORD});
        Browser::new().post(&world, "/auth/setup", who).await
    };
    set_up(&stale, "eve").await.refused(403, "setup_token_invalid");
    set_up("guess", "eve").await.refused(403, "setup_token_invalid");
    let admin = set_up(&token, "root").await.expect(201);
    assert_eq!(admin.body["account"]["role"], "admin");
    set_up(&token, "eve").await.refused(403, "setup_token_invalid");
    assert_eq!(world.api.accounts.setup_token().unwrap(), None);
    Browser::new().sign_in(&world, "admin", "admin").await.refused(401, "wrong_credentials");
}

#[tokio::test]
async fn an_admin_gives_and_takes_power() {
    let world = World::new();
    let mut root = Browser::signed_up(&world, "root").await;
    let mut ann = Browser::signed_up(&world, "ann").await;
    root.call(&world, "GET", "/accounts", Value::Null).await.refused(403, "not_allowed");
    world.store.set_role(AccountId(1), Role::Admin, world.now_ms()).unwrap();
    root.refresh(&world).await.expect(200);

    let found = root.call(&world, "GET", "/accounts?q=ANN%40", Value::Null).await.expect(200);
    let ann_now = json!({"id": 2, "name": "ann", "email": "ann@example.org", "role": "attendee",
                         "disabled": false, "erased": false,
                         "createdAt": found.body["items"][0]["createdAt"]});
    assert_eq!(found.body["items"], json!([ann_now]));
    let none = root.call(&world, "GET", "/accounts?q=%25", Value::Null).await.expect(200);
    assert_eq!(none.body["items"], json!([]));

    let mut patch = async |id: &str, body: Value| {
        root.call(&world, "PATCH", &format!("/accounts/{id}"), body).await
    };
    let raised = patch("2", json!({"role": "organiser"})).await.expect(200);
    assert_eq!(raised.body["role"], "organiser");
    // A higher role comes with the next refresh; a lower one ends the login.
    let refreshed = ann.refresh(&world).await.expect(200);
    assert_eq!(refreshed.body["account"]["role"], "organiser");
    patch("2", json!({"role": "attendee"})).await.expect(200);
    ann.me(&world).await.refused(401, "sign_in_required");
    ann.sign_in(&world, "ann", PASSWORD).await.expect(200);
    patch("2", json!({"disabled": true})).await.expect(200);
    ann.me(&world).await.refused(401, "sign_in_required");
    ann.refresh(&world).await.refused(401, "sign_in_required");

    patch("1", json!({"role": "attendee"})).await.refused(409, "last_admin");
    patch("1", json!({"disabled": true})).await.refused(409, "last_admin");
    patch("99", json!({"role": "admin"})).await.refused(404, "no_such_account");
    patch("9223372036854775808", json!({"role": "admin"})).await.refused(404, "no_such_account");
    patch("ann", json!({"role": "admin"})).await.refused(404, "not_found");
    patch("2", json!({"role": "emperor"})).await.refused(422, "invalid_body");
}

#[tokio::test]
async fn other_sites_pages_cannot_use_the_cookie() {
    let world = World::new();
    let ann = Browser::signed_up(&world, "ann").await;
    let with = |name: &'static str, value: &str| {
        let mut request = ann.request("POST", "/auth/refresh", &Value::Null);
        request.headers_mut().insert(name, value.parse().unwrap());
        request
    };
    world.send(with("origin", "https://evil.com")).await.refused(403, "origin_not_allowed");
    world.send(with("origin", "null")).await.refused(403, "origin_not_allowed");
    world.send(with("sec-fetch-site", "cross-site")).await.refused(403, "origin_not_allowed");
    world.send(with("x-houseful", "0")).await.refused(403, "header_required");
    let mut plain = ann.request("POST", "/auth/sign-out", &Value::Null);
    plain.headers_mut().remove("x-houseful");
    world.send(plain).await.refused(403, "header_required");
    world.send(with("sec-fetch-site", "same-origin")).await.expect(200);
}

#[tokio::test]
async fn ended_logins_are_forgotten_in_time() {
    let world = World::new();
    let mut ann = Browser::signed_up(&world, "ann").await;
    ann.sign_out(&world).await.expect(204);
    ann.sign_in(&world, "ann", PASSWORD).await.expect(200);
    world.api.accounts.tidy().await.unwrap();
    assert_eq!(world.store.revoked_since(0).unwrap().len(), 1);
    world.pass(Duration::from_secs(31 * 24 * 60 * 60));
    world.api.accounts.tidy().await.unwrap();
    assert_eq!(world.store.revoked_since(0).unwrap().len(), 0);
    assert_eq!(account_id(&ann.sign_in(&world, "ann", PASSWORD).await.body), AccountId(1));
}
