//! Web Push, with a push service and a browser of the test's own: it decrypts what came, and checks who sent it.

use crate::house::receiver::{Received, Receiver, status};
use crate::house::{Ask, House, Person, within};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use houseful::limits;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use web_push_native::p256::SecretKey;
use web_push_native::{Auth, decrypt};

const PATH: &str = "/api/v1/me/push-subscriptions";

/// A browser that has subscribed.
struct Browser {
    key: SecretKey,
    auth: [u8; 16],
    endpoint: String,
}

impl Browser {
    fn at(service: &Receiver, nth: u8) -> Browser {
        let key = SecretKey::from_slice(&[nth; 32]).unwrap();
        let endpoint = format!("http://{}/push/{nth}", service.address);
        Browser { key, auth: [nth; 16], endpoint }
    }

    fn body(&self) -> Value {
        let p256dh = URL_SAFE_NO_PAD.encode(self.key.public_key().to_sec1_bytes());
        let auth = URL_SAFE_NO_PAD.encode(self.auth);
        // As `toJSON()` of a browser has it.
        json!({ "endpoint": self.endpoint, "expirationTime": null, "keys": { "p256dh": p256dh, "auth": auth } })
    }

    async fn subscribe(&self, house: &House, who: &Person) {
        house.post(PATH).by(who).json(&self.body()).send().await.expect(204);
    }

    fn read(&self, push: &Received) -> Value {
        let text = decrypt(push.body.clone(), &self.key, &Auth::from(self.auth));
        serde_json::from_slice(&text.unwrap()).unwrap()
    }
}

async fn open() -> House {
    let house = House::open_with(|config| config.calls.loopback = true).await;
    // Who is away is away at once.
    house.clock.forward_ms(limits::NOTIFY_SETTLE_MS as i64);
    house
}

/// Somebody follows an event, and it is cancelled: that is told at once. Answers the event.
async fn cancel_one(house: &House, owner: &Person, follower: &Person) -> String {
    let sale = house.event(owner).await;
    let event = sale.split('/').nth(1).unwrap().to_owned();
    let follow = Ask::new(house.address, "PUT", &format!("/api/v1/events/{event}/follow"));
    follow.by(follower).send().await.expect(200);
    house.command(owner, &sale, "cancel_event", &json!({})).send().await.expect(200);
    // What is to be pushed is written with this.
    within("the notification", async {
        loop {
            let inbox = house.get("/api/v1/me/notifications").by(follower).send().await;
            let items = inbox.expect(200).json()["items"].as_array().unwrap().clone();
            if items.iter().any(|item| item["about"]["event"].as_u64() == event.parse().ok()) {
                return;
            }
        }
    })
    .await;
    event
}

#[tokio::test]
async fn a_push_is_for_its_browser_alone_and_says_who_sends_it() {
    let (house, mut service) = (open().await, Receiver::open().await);
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let browser = Browser::at(&service, 1);
    browser.subscribe(&house, &ann).await;
    browser.subscribe(&house, &ann).await;
    let event = cancel_one(&house, &owner, &ann).await;

    let push = service.next().await;
    assert_eq!(push.path, "/push/1");
    let said = browser.read(&push);
    assert_eq!(said["title"], "Cancelled: Hamlet");
    assert_eq!(said["path"], format!("/events/{event}"));
    assert!(!String::from_utf8_lossy(&push.body).contains("Hamlet"));
    assert_eq!((push.header("content-encoding"), push.header("urgency")), ("aes128gcm", "high"));
    let ttl: u64 = push.header("ttl").parse().unwrap();
    assert!((86_000..=86_400).contains(&ttl), "{ttl}");

    let known = house.get("/api/v1/push-key").send().await.expect(200).json();
    let sent = push.header("authorization").strip_prefix("vapid t=").unwrap();
    let (token, key) = sent.split_once(", k=").unwrap();
    assert_eq!(known["key"], key);
    let point = URL_SAFE_NO_PAD.decode(key).unwrap();
    let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[format!("http://{}", service.address)]);
    let key = DecodingKey::from_ec_components(&x, &y).unwrap();
    let claims = jsonwebtoken::decode::<Value>(token, &key, &validation).unwrap().claims;
    assert!(claims["exp"].as_i64().unwrap() <= house.now_s() + 24 * 3_600);
    assert!(service.is_empty(), "one browser is told once");
    house.close().await;
}

#[tokio::test]
async fn a_browser_that_is_gone_or_signed_out_is_told_nothing() {
    let (house, mut service) = (open().await, Receiver::open().await);
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let (gone, left, stays) =
        (Browser::at(&service, 1), Browser::at(&service, 2), Browser::at(&service, 3));
    gone.subscribe(&house, &ann).await;
    service.answer([status(410, "")]);
    cancel_one(&house, &owner, &ann).await;
    assert_eq!(service.next().await.path, "/push/1");

    let elsewhere = house.sign_in(&ann.email).await;
    left.subscribe(&house, &elsewhere).await;
    stays.subscribe(&house, &ann).await;
    let out = house.post("/api/v1/auth/sign-out").header("cookie", &elsewhere.cookie);
    out.header("x-houseful", "1").send().await.expect(204);
    cancel_one(&house, &owner, &ann).await;
    assert_eq!(service.next().await.path, "/push/3");

    // The browser is somebody else's now: who was there before is told nothing on it.
    let bob = house.person("Bob").await;
    stays.subscribe(&house, &bob).await;
    cancel_one(&house, &owner, &ann).await;
    let event = cancel_one(&house, &owner, &bob).await;
    let push = service.next().await;
    assert_eq!(stays.read(&push)["path"], format!("/events/{event}"));

    let off = Ask::new(house.address, "DELETE", PATH).by(&bob);
    off.json(&json!({ "endpoint": stays.endpoint })).send().await.expect(204);
    cancel_one(&house, &owner, &bob).await;
    Browser::at(&service, 4).subscribe(&house, &bob).await;
    let event = cancel_one(&house, &owner, &bob).await;
    let push = service.next().await;
    assert_eq!((push.path.as_str(), Browser::at(&service, 4).read(&push)["path"].clone()), {
        ("/push/4", json!(format!("/events/{event}")))
    });
    assert!(service.is_empty());
    house.close().await;
}

#[tokio::test]
async fn a_busy_push_service_is_asked_again_also_after_a_restart() {
    let (mut house, mut service) = (open().await, Receiver::open().await);
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let browser = Browser::at(&service, 1);
    browser.subscribe(&house, &ann).await;
    service.answer([status(503, "")]);
    cancel_one(&house, &owner, &ann).await;
    let first = browser.read(&service.next().await);
    house.clock.forward_ms(3_600_000);
    house.restart().await;
    let again = within("another try", service.next()).await;
    assert_eq!(browser.read(&again), first);
    let ttl: u64 = again.header("ttl").parse().unwrap();
    assert!(ttl <= 86_400 - 3_600, "it is no longer worth as much: {ttl}");
    house.close().await;
}

#[tokio::test]
async fn a_subscription_is_checked_before_it_is_kept() {
    let (house, service) = (House::open().await, Receiver::open().await);
    let ann = house.person("Ann").await;
    let inside = Browser::at(&service, 1).body();
    let mut good = inside.clone();
    good["endpoint"] = "https://push.example.net/1".into();
    let send = |body: &Value| house.post(PATH).by(&ann).json(body).send();
    send(&good).await.expect(204);
    let with = |pointer: &str, value: &str| {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = value.into();
        body
    };
    for (field, body) in [
        ("endpoint", inside),
        ("endpoint", with("/endpoint", "https://10.0.0.1/push")),
        ("keys.p256dh", with("/keys/p256dh", "BLc4")),
        ("keys.p256dh", with("/keys/p256dh", &URL_SAFE_NO_PAD.encode([4; 65]))),
        ("keys.auth", with("/keys/auth", &URL_SAFE_NO_PAD.encode([1; 15]))),
        ("keys.auth", with("/keys/auth", &URL_SAFE_NO_PAD.encode([1; 17]))),
    ] {
        let problem = send(&body).await.problem(422, "invalid_body");
        assert!(problem["fields"][field].is_string(), "{problem}");
    }
    house.close().await;
}
