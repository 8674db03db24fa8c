//! Webhooks: what happens to an organiser's events is told to their own server, signed, in order, at least once.

use crate::house::receiver::{Received, Receiver, status};
use crate::house::{Ask, House, Person, becomes, room, within};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use houseful::calls::{Call, Caller, Lookup, NotCalled, Rules};
use houseful::config::Calls;
use houseful::limits;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

const HOUR_MS: i64 = 3_600_000;

async fn open() -> House {
    House::open_with(|config| config.calls.loopback = true).await
}

/// A webhook; answers its number and what it signs with.
async fn hook(house: &House, who: &Person, url: &str, kinds: &[&str]) -> (u64, Vec<u8>) {
    let body = json!({ "url": url, "kinds": kinds });
    let made = house.post("/api/v1/me/webhooks").by(who).json(&body).send().await.expect(201);
    (made.json()["item"]["id"].as_u64().unwrap(), secret(&made.json()))
}

fn secret(told: &Value) -> Vec<u8> {
    let text = told["secret"].as_str().unwrap().strip_prefix("whsec_").unwrap();
    STANDARD.decode(text).unwrap()
}

/// HMAC-SHA256 from its definition (RFC 2104), so that the server's own is not asked about itself.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0_u8; 64];
    block[..key.len()].copy_from_slice(key);
    let inner = Sha256::new().chain_update(block.map(|byte| byte ^ 0x36)).chain_update(message);
    let outer = Sha256::new().chain_update(block.map(|byte| byte ^ 0x5c));
    outer.chain_update(inner.finalize()).finalize().to_vec()
}

/// The signature that a call must have with this secret.
fn signature(call: &Received, secret: &[u8]) -> String {
    let (id, at) = (call.header("webhook-id"), call.header("webhook-timestamp"));
    let message = [id.as_bytes(), b".", at.as_bytes(), b".", &call.body].concat();
    format!("v1,{}", STANDARD.encode(hmac(secret, &message)))
}

async fn deliveries(house: &House, who: &Person, hook: u64) -> Vec<Value> {
    let path = format!("/api/v1/me/webhooks/{hook}/deliveries");
    house.get(&path).by(who).send().await.expect(200).json()["items"].as_array().unwrap().clone()
}

async fn until_state(house: &House, who: &Person, hook: u64, state: &str) -> Value {
    within(state, async {
        loop {
            let newest = deliveries(house, who, hook).await.into_iter().next();
            if let Some(newest) = newest.filter(|newest| newest["state"] == state) {
                return newest;
            }
        }
    })
    .await
}

async fn try_out(house: &House, who: &Person, hook: u64) {
    let path = format!("/api/v1/me/webhooks/{hook}/test");
    house.post(&path).by(who).send().await.expect(202);
}

async fn one(house: &House, who: &Person, hook: u64) -> Value {
    let all = house.get("/api/v1/me/webhooks").by(who).send().await.expect(200).json();
    let items = all["items"].as_array().unwrap().clone();
    items.into_iter().find(|item| item["id"] == hook).unwrap()
}

#[tokio::test]
async fn r134_a_webhook_is_told_what_happens_in_order_and_signed() {
    let (house, mut receiver) = (open().await, Receiver::open().await);
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let rival = house.organiser("Otto").await;
    let all = [
        "booking.made",
        "booking.changed",
        "booking.cancelled",
        "ticket.checked_in",
        "event.published",
        "event.changed",
        "event.cancelled",
    ];
    let (_, secret) = hook(&house, &owner, &receiver.url(), &all).await;
    let mut other = Receiver::open().await;
    hook(&house, &rival, &other.url(), &all).await;

    let event = house.draft(&owner).await;
    let sale = room(event);
    let staff = async |name: &str, body: Value| {
        house.command(&owner, &sale, name, &body).send().await.expect(200);
    };
    staff("edit", json!({ "place": "Not told while it is a draft" })).await;
    staff("publish", json!({})).await;
    staff("edit", json!({ "place": "Elsewhere" })).await;
    let ask = async |name: &str, body: Value| {
        house.command(&ann, &sale, name, &body).send().await.expect(200).json()["body"].clone()
    };
    ask("hold", json!({ "seats": [0, 1] })).await;
    let order = ask("book", json!({ "payment": "door" })).await["order"].clone();
    staff("check_in", json!({ "order": order, "place": "s0" })).await;
    staff("check_in", json!({ "order": order, "place": "s0" })).await;
    ask("cancel", json!({ "order": order })).await;
    staff("cancel_event", json!({ "reason": "Rain" })).await;

    let expected = [
        "event.published",
        "event.changed",
        "booking.made",
        "ticket.checked_in",
        "booking.cancelled",
        "event.cancelled",
    ];
    let mut ids = BTreeSet::new();
    for kind in expected {
        let call = receiver.next().await;
        let said = call.json();
        assert_eq!(said["type"], kind, "{said}");
        assert_eq!(said["data"]["event"], event);
        assert_eq!(call.header("webhook-signature"), signature(&call, &secret));
        let seconds: i64 = call.header("webhook-timestamp").parse().unwrap();
        assert!((house.now_s() - seconds).abs() < 300);
        ids.insert(call.header("webhook-id").to_owned());
        match kind {
            "booking.made" => {
                assert_eq!(
                    (&said["data"]["order"], &said["data"]["total"]),
                    (&order, &json!(2_000))
                );
                assert_eq!(said["data"]["account"], ann.id);
            }
            "ticket.checked_in" => assert_eq!(said["data"]["place"], "s0"),
            "event.changed" => assert_eq!(said["data"]["place"], "Elsewhere"),
            "event.cancelled" => assert_eq!(said["data"]["reason"], "Rain"),
            _ => {}
        }
    }
    assert_eq!(ids.len(), expected.len());
    assert!(receiver.is_empty() && other.is_empty(), "nobody hears of other people's events");
    house.close().await;
}

#[tokio::test]
async fn r135_what_was_not_taken_comes_again_with_the_same_id_also_after_a_restart() {
    let (mut house, mut receiver) = (open().await, Receiver::open().await);
    let owner = house.organiser("Olga").await;
    let (id, _) = hook(&house, &owner, &receiver.url(), &["event.published"]).await;
    receiver.answer([status(503, "not now")]);
    house.event(&owner).await;
    let first = receiver.next().await;
    let waiting = within("the answer", async {
        loop {
            let newest = deliveries(&house, &owner, id).await.remove(0);
            if newest["tries"] == 1 {
                return newest;
            }
        }
    })
    .await;
    assert_eq!((&waiting["state"], &waiting["status"]), (&json!("waiting"), &json!(503)));
    assert_eq!(waiting["answer"], "not now");
    assert!(one(&house, &owner, id).await["failingSince"].is_string());

    house.restart().await;
    house.clock.forward_ms(HOUR_MS);
    let owner = house.sign_in(&owner.email).await;
    try_out(&house, &owner, id).await;
    let again = receiver.next().await;
    assert_eq!(again.header("webhook-id"), first.header("webhook-id"));
    assert_eq!(again.body, first.body);
    assert_ne!(again.header("webhook-timestamp"), first.header("webhook-timestamp"));
    assert_eq!(receiver.next().await.json()["type"], "webhook.test");
    until_state(&house, &owner, id, "delivered").await;
    assert_eq!(one(&house, &owner, id).await["failingSince"], Value::Null);

    // By hand, though it was taken.
    let oldest = deliveries(&house, &owner, id).await.pop().unwrap();
    let path = format!("/api/v1/me/webhooks/{id}/deliveries/{}/retry", oldest["id"]);
    house.post(&path).by(&owner).send().await.expect(202);
    assert_eq!(receiver.next().await.header("webhook-id"), first.header("webhook-id"));
    house.close().await;
}

#[tokio::test]
async fn r136_a_webhook_that_fails_for_days_is_switched_off() {
    let (house, mut receiver) = (open().await, Receiver::open().await);
    let owner = house.organiser("Olga").await;
    let (id, _) = hook(&house, &owner, &receiver.url(), &["event.published"]).await;
    receiver.answer([status(500, ""), status(500, ""), status(410, "")]);
    try_out(&house, &owner, id).await;
    receiver.next().await;
    within("the failure", async {
        while one(&house, &owner, id).await["failingSince"].is_null() {}
    })
    .await;
    assert_eq!(one(&house, &owner, id).await["enabled"], true);
    house.clock.forward_ms(limits::WEBHOOK_FAILING_MS_MAX);
    let owner = house.sign_in(&owner.email).await;
    try_out(&house, &owner, id).await;
    receiver.next().await;
    let is_off = async |is: bool| {
        within("the switch", async { while one(&house, &owner, id).await["enabled"] == is {} })
            .await;
    };
    is_off(true).await;
    assert!(one(&house, &owner, id).await["givenUpAt"].is_string());
    assert_eq!(deliveries(&house, &owner, id).await[0]["state"], "dropped");

    // On again it begins anew; who answers "gone" wants nothing more.
    let path = format!("/api/v1/me/webhooks/{id}");
    let on = house.patch(&path).by(&owner).json(&json!({ "enabled": true })).send().await;
    let on = on.expect(200).json();
    assert_eq!((&on["failingSince"], &on["givenUpAt"]), (&Value::Null, &Value::Null));
    try_out(&house, &owner, id).await;
    receiver.next().await;
    is_off(true).await;
    house.close().await;
}

#[tokio::test]
async fn r137_a_new_secret_signs_beside_the_one_before_for_a_day() {
    let (house, mut receiver) = (open().await, Receiver::open().await);
    let owner = house.organiser("Olga").await;
    let (id, old) = hook(&house, &owner, &receiver.url(), &["event.published"]).await;
    let path = format!("/api/v1/me/webhooks/{id}/secret");
    let new = secret(&house.post(&path).by(&owner).send().await.expect(200).json());
    try_out(&house, &owner, id).await;
    let call = receiver.next().await;
    let both = format!("{} {}", signature(&call, &new), signature(&call, &old));
    assert_eq!(call.header("webhook-signature"), both);
    house.clock.forward_ms(limits::WEBHOOK_SECRET_GRACE_MS);
    let owner = house.sign_in(&owner.email).await;
    try_out(&house, &owner, id).await;
    let call = receiver.next().await;
    assert_eq!(call.header("webhook-signature"), signature(&call, &new));
    house.close().await;
}

#[tokio::test]
async fn r138_a_webhook_is_never_followed_elsewhere_and_holds_nobody_up() {
    let (house, mut receiver) = (open().await, Receiver::open().await);
    let mut elsewhere = Receiver::open().await;
    let owner = house.organiser("Olga").await;
    let (id, _) = hook(&house, &owner, &receiver.url(), &["event.published"]).await;
    let to = format!("location: {}\r\n", elsewhere.url());
    receiver.answer([
        format!("HTTP/1.1 307 Over there\r\n{to}content-length: 0\r\n\r\n"),
        "HTTP/1.1 200 Fine\r\n\r\nxxxx…".to_owned(),
        "…".to_owned(),
    ]);
    try_out(&house, &owner, id).await;
    receiver.next().await;
    within("the answer", async {
        while deliveries(&house, &owner, id).await[0]["status"] != 307 {}
    })
    .await;
    assert!(elsewhere.is_empty());
    // It has no end, and is cut.
    try_out(&house, &owner, id).await;
    receiver.next().await;
    let endless = until_state(&house, &owner, id, "delivered").await;
    let kept = endless["answer"].as_str().unwrap().len();
    assert_eq!(kept, limits::CALL_ANSWER_BYTES_MAX);
    // It says nothing: meanwhile others are called, and places are sold.
    try_out(&house, &owner, id).await;
    receiver.next().await;
    let (other, _) = hook(&house, &owner, &elsewhere.url(), &["event.published"]).await;
    house.event(&owner).await;
    elsewhere.next().await;
    until_state(&house, &owner, other, "delivered").await;
    within("the end of the silence", async {
        while !deliveries(&house, &owner, id).await.iter().any(|one| one["error"].is_string()) {}
    })
    .await;
    house.close().await;
}

#[tokio::test]
async fn webhooks_are_their_owners_and_there_are_so_many() {
    let house = House::open().await;
    let (owner, rival) = (house.organiser("Olga").await, house.organiser("Otto").await);
    let ann = house.person("Ann").await;
    let (public, draft) = (house.draft(&owner).await, house.draft(&owner).await);
    house.command(&owner, &room(public), "publish", &json!({})).send().await.expect(200);
    let url = "https://example.org/hook";
    let make =
        |who: &Person, body: Value| house.post("/api/v1/me/webhooks").by(who).json(&body).send();
    let body = |event: Value| json!({ "url": url, "kinds": ["booking.made"], "event": event });
    make(&ann, body(Value::Null)).await.problem(403, "not_allowed");
    make(&rival, body(json!(public))).await.problem(403, "not_allowed");
    make(&rival, body(json!(draft))).await.problem(404, "no_such_event");
    let made = make(&owner, body(json!(draft))).await.expect(201).json();
    let id = made["item"]["id"].as_u64().unwrap();
    for (method, rest) in
        [("GET", "/deliveries"), ("DELETE", ""), ("POST", "/secret"), ("POST", "/test")]
    {
        let path = format!("/api/v1/me/webhooks/{id}{rest}");
        Ask::new(house.address, method, &path).by(&rival).send().await.problem(404, "not_found");
    }
    for (field, wrong) in [
        ("url", json!({ "url": "http://example.org/", "kinds": ["booking.made"] })),
        ("url", json!({ "url": "https://127.0.0.1/", "kinds": ["booking.made"] })),
        ("url", json!({ "url": "https://2130706433/", "kinds": ["booking.made"] })),
        ("kinds", json!({ "url": url, "kinds": [] })),
        ("kinds", json!({ "url": url, "kinds": ["webhook.test"] })),
    ] {
        let problem = make(&owner, wrong).await.problem(422, "invalid_body");
        assert!(problem["fields"][field].is_string(), "{problem}");
    }
    for _ in 1..limits::WEBHOOKS_PER_PERSON {
        make(&owner, body(Value::Null)).await.expect(201);
    }
    make(&owner, body(Value::Null)).await.problem(409, "too_many_webhooks");
    house.close().await;
}

/// Names that lead somewhere else each time.
struct Flipping(Mutex<VecDeque<Vec<IpAddr>>>);

impl Lookup for Flipping {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let next = self.0.lock().unwrap().pop_front().unwrap();
        Box::pin(async move { Ok(next) })
    }
}

#[tokio::test]
async fn a_name_is_looked_up_for_each_call_and_every_address_is_checked() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let calls = Calls { ports: vec![port], loopback: true };
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let names = [
        vec![ip("127.0.0.1")],
        vec![ip("127.0.0.1"), ip("10.0.0.1")],
        vec![ip("169.254.169.254")],
        vec![ip("::ffff:127.0.0.1")],
        vec![],
        vec![ip("127.0.0.1")],
    ];
    let lookup = Arc::new(Flipping(Mutex::new(names.clone().into())));
    let caller = Caller::with_lookup(Rules::new(&calls), lookup);
    let url = format!("https://hooks.example.org:{port}/");
    let accepted = Arc::new(Mutex::new(0));
    let count = accepted.clone();
    let accepting = tokio::spawn(async move {
        // Nobody speaks TLS here: that somebody came is what counts.
        while let Ok((stream, _)) = listener.accept().await {
            *count.lock().unwrap() += 1;
            drop(stream);
        }
    });
    for addresses in names {
        let before = *accepted.lock().unwrap();
        let call = Call { url: &url, headers: Vec::new(), body: Vec::new() };
        let Err(NotCalled::Unreachable(why)) = caller.post(call).await else { panic!("answered") };
        let is_open = addresses == [ip("127.0.0.1")];
        assert_eq!(!why.contains("public net"), is_open, "{addresses:?}: {why}");
        if is_open {
            becomes("the connection", || *accepted.lock().unwrap() == before + 1).await;
        } else {
            assert_eq!(*accepted.lock().unwrap(), before, "{addresses:?}");
        }
    }
    accepting.abort();
}
