//! Tokens of people's own programs: every scope against every route and command. What a route declares is literal
//! here; a route that is not named anywhere fails.

use crate::house::{Answer, Ask, House, Person};
use houseful::accounts::Scope;
use houseful::app::apps;
use houseful::gateway::{api, scopes};
use houseful::limits;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Routes that tokens open, with the scopes of which each does.
const OPEN: &[(&str, &[&str])] = &[
    ("get /me", &["profile:read"]),
    ("get /me/following", &["profile:read"]),
    ("get /me/notifications", &["profile:read"]),
    ("get /events", &["events:read"]),
    ("post /events", &["events:write"]),
    ("get /events/{id}", &["events:read"]),
    ("patch /events/{id}", &["events:write"]),
    ("delete /events/{id}", &["events:write"]),
    ("post /events/{id}/publish", &["events:write"]),
    ("post /events/{id}/cancel", &["events:write"]),
    ("post /events/{id}/clone", &["events:write"]),
    ("put /events/{id}/picture", &["events:write"]),
    ("delete /events/{id}/picture", &["events:write"]),
    ("get /events/{id}/pictures/{picture}", &["events:read"]),
    ("get /events/{id}/team", &["events:read"]),
    ("post /events/{id}/invitations", &["events:write"]),
    ("get /events/{id}/audit", &["events:read"]),
    ("get /events/{id}/followers", &["events:read"]),
    ("get /events/{id}/calendar.ics", &["events:read"]),
    ("post /plans", &["events:write"]),
    ("get /plans/{id}", &["events:read"]),
    ("get /rooms", &["events:read"]),
    ("get /rooms/{room}", &["events:read"]),
    ("get /orders/{order}/tickets", &["bookings:read"]),
    ("get /me/bookings", &["bookings:read"]),
    ("get /events/{id}/bookings", &["bookings:read"]),
    ("get /events/{id}/people", &["bookings:read"]),
    ("get /events/{id}/bookings.csv", &["bookings:read"]),
    ("get /events/{id}/bookings.xlsx", &["bookings:read"]),
    ("post /events/{id}/booking-mail/preview", &["events:write"]),
    ("get /orders/{order}/tickets.pdf", &["bookings:read"]),
    ("get /events/{id}/admissions", &["checkin"]),
    ("get /events/{id}/ticket-key", &["checkin"]),
    ("get /me/webhooks", &["webhooks"]),
    ("post /me/webhooks", &["webhooks"]),
    ("patch /me/webhooks/{id}", &["webhooks"]),
    ("delete /me/webhooks/{id}", &["webhooks"]),
    ("post /me/webhooks/{id}/secret", &["webhooks"]),
    ("post /me/webhooks/{id}/test", &["webhooks"]),
    ("get /me/webhooks/{id}/deliveries", &["webhooks"]),
    ("post /me/webhooks/{id}/deliveries/{delivery}/retry", &["webhooks"]),
    ("post /rooms/{room}/commands/{name}", &["events:write", "bookings:write", "checkin"]),
];

/// Routes that no token opens: accounts, passwords, tokens, addresses that are secrets, what only a page asks.
const SHUT: &[&str] = &[
    "post /auth/sign-up",
    "post /auth/sign-in",
    "post /auth/refresh",
    "post /auth/sign-out",
    "post /auth/password",
    "post /auth/setup",
    "get /me/tokens",
    "post /me/tokens",
    "delete /me/tokens/{id}",
    "put /me/avatar",
    "delete /me/avatar",
    "get /pictures/{id}",
    "get /accounts",
    "patch /accounts/{id}",
    "delete /accounts/{id}",
    "post /accounts/{id}/sign-out",
    "get /me/export",
    "post /me/erase",
    "put /events/{id}/follow",
    "delete /events/{id}/follow",
    "put /organisers/{account}/follow",
    "delete /organisers/{account}/follow",
    "post /me/notifications/seen",
    "get /me/notification-settings",
    "put /me/notification-settings",
    "post /me/feed",
    "get /push-key",
    "post /me/push-subscriptions",
    "delete /me/push-subscriptions",
    "delete /me/feed",
    "get /feeds/{file}",
    "get /unsubscribe/{token}",
    "post /unsubscribe/{token}",
    "get /admin/mails",
    "post /admin/mails/{id}/retry",
    "get /admin/statistics",
    "get /admin/events",
    "get /admin/rooms",
    "get /admin/limits",
    "post /rooms",
    "get /rooms/{room}/affairs",
    "get /rooms/{room}/journal",
    "get /rooms/{room}/state",
];

/// Commands of a seat sale that no token sends.
const SHUT_COMMANDS: &[&str] = &["team"];

/// Makes a token for somebody; answers its text and number.
pub async fn token(house: &House, who: &Person, scopes: &[&str]) -> (String, u64) {
    let body = json!({ "name": "A program", "scopes": scopes, "days": 30 });
    let made = house.post("/api/v1/me/tokens").by(who).json(&body).send().await;
    let made = made.expect(201).json();
    (made["token"].as_str().unwrap().to_owned(), made["item"]["id"].as_u64().unwrap())
}

pub fn bearing(ask: Ask, token: &str) -> Ask {
    ask.header("authorization", &format!("Bearer {token}"))
}

fn described() -> BTreeSet<String> {
    let document = serde_json::to_value(api::described().1).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().keys();
        methods.map(|method| format!("{method} {path}")).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of).collect()
}

fn is_kept_out(answer: &Answer) -> bool {
    answer.status == 403 && answer.json()["code"] == "insufficient_scope"
}

#[tokio::test]
async fn r130_a_token_opens_the_routes_of_its_scopes_and_no_others() {
    let open: BTreeMap<_, _> = OPEN.iter().copied().collect();
    let named: BTreeSet<_> =
        open.keys().copied().chain(SHUT.iter().copied()).map(str::to_owned).collect();
    assert_eq!(named, described(), "say of every route which scopes open it, if any");
    let opened = scopes::Opened::by(&api::described().1);
    let house = House::open().await;
    let admin = house.admin("Ada").await;
    let mut tokens = Vec::new();
    for scope in Scope::ALL {
        tokens.push((scope.as_str(), token(&house, &admin, &[scope.as_str()]).await.0));
    }
    for route in &named {
        let (method, path) = route.split_once(' ').unwrap();
        let declared = opened.of(&method.to_uppercase(), path);
        let declared: Vec<_> = declared.iter().map(Scope::as_str).collect();
        let expected = open.get(route.as_str()).copied().unwrap_or_default();
        assert_eq!(declared, expected, "{route}");
        let path = path.replace("{room}", "events%2F1%2Fseats").replace("{name}", "none");
        let path = path.replace("{id}", "1").replace("{delivery}", "1").replace(['{', '}'], "");
        for (scope, token) in &tokens {
            let ask = Ask::new(house.address, &method.to_uppercase(), &format!("/api/v1{path}"));
            let ask = ask.header("content-type", "application/json").body("{}");
            let answer = bearing(ask, token).send().await;
            let is_in = expected.contains(scope) && !route.contains("{name}");
            if route.contains("/auth/") {
                // Nobody looks at it: these ask for a password or a cookie.
                assert!(!is_kept_out(&answer) && answer.status >= 400, "{route}: {answer:?}");
            } else {
                assert_eq!(!is_kept_out(&answer), is_in, "{route} by {scope}: {}", answer.text());
            }
        }
    }
    house.close().await;
}

#[tokio::test]
async fn r131_a_token_sends_the_commands_of_its_scopes_and_no_others() {
    let apps = apps();
    let seats = apps.iter().find(|app| app.name == "seats").unwrap();
    let named = scopes::COMMANDS.iter().map(|(name, _)| *name);
    let named: BTreeSet<_> = named.chain(SHUT_COMMANDS.iter().copied()).collect();
    let there: BTreeSet<_> = seats.commands.iter().copied().collect();
    assert_eq!(named, there, "say of every command which scope sends it, if any");
    let house = House::open().await;
    let owner = house.organiser("Olga").await;
    let sale = house.event(&owner).await;
    for scope in Scope::ALL {
        let (token, _) = token(&house, &owner, &[scope.as_str()]).await;
        for name in &there {
            let path = format!("/api/v1/rooms/{}/commands/{name}", sale.replace('/', "%2F"));
            let ask = house.post(&path).json(&json!({ "body": { "odd": 1 } }));
            let answer = bearing(ask, &token).send().await;
            let needed = scopes::COMMANDS.iter().find(|(known, _)| known == name);
            let is_in = needed.is_some_and(|(_, needed)| *needed == scope);
            assert_eq!(!is_kept_out(&answer), is_in, "{name} by {}", scope.as_str());
        }
        // A command of the same name in another room is another command.
        let ask = house.post("/api/v1/rooms/events%2F1%2Fchat/commands/edit").json(&json!({}));
        assert!(is_kept_out(&bearing(ask, &token).send().await));
    }
    house.close().await;
}

#[tokio::test]
async fn r132_a_token_is_its_person_as_they_are_now_until_it_ends() {
    let house = House::open().await;
    let (admin, ann) = (house.admin("Ada").await, house.person("Ann").await);
    let me = async |token: &str| bearing(house.get("/api/v1/me"), token).send().await;
    let (text, id) = token(&house, &ann, &["profile:read"]).await;
    assert_eq!(me(&text).await.expect(200).json()["id"], ann.id);
    let bearer = house.get("/api/v1/me/tokens").by(&ann).send().await.expect(200).json();
    let kept = &bearer["items"][0];
    assert_eq!((kept["id"].as_u64(), &kept["scopes"]), (Some(id), &json!(["profile:read"])));
    assert!(text.ends_with(kept["ending"].as_str().unwrap()));
    assert!(!bearer.to_string().contains(&text), "a token is told once");

    // Somebody else can neither see nor revoke it.
    let other = format!("/api/v1/me/tokens/{id}");
    let delete = |who: &Person| Ask::new(house.address, "DELETE", &other).by(who).send();
    delete(&admin).await.problem(404, "not_found");
    me(&text).await.expect(200);

    let account = format!("/api/v1/accounts/{}", ann.id);
    let disable =
        |is: bool| house.patch(&account).by(&admin).json(&json!({ "disabled": is })).send();
    disable(true).await.expect(200);
    me(&text).await.problem(401, "token_invalid");
    disable(false).await.expect(200);
    me(&text).await.expect(200);

    let ann = house.sign_in(&ann.email).await;
    let delete = Ask::new(house.address, "DELETE", &other).by(&ann).send().await;
    delete.expect(204);
    me(&text).await.problem(401, "token_invalid");

    let (text, _) = token(&house, &ann, &["profile:read"]).await;
    house.clock.forward_ms(30 * 24 * 3_600_000);
    me(&text).await.problem(401, "token_expired");
    house.close().await;
}

#[tokio::test]
async fn a_token_says_what_it_is_for_and_there_are_so_many() {
    let house = House::open().await;
    let ann = house.person("Ann").await;
    let make = |body: Value| house.post("/api/v1/me/tokens").by(&ann).json(&body).send();
    let good = json!({ "name": "n".repeat(60), "scopes": ["checkin"], "days": 365 });
    let with = |name: &str, value: Value| {
        let mut body = good.clone();
        body[name] = value;
        make(body)
    };
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("n".repeat(61))),
        ("name", json!("a\u{7}b")),
        ("scopes", json!([])),
        ("days", json!(0)),
        ("days", json!(limits::API_TOKEN_DAYS_MAX + 1)),
    ] {
        let answer = with(field, value).await.problem(422, "invalid_body");
        assert!(answer["fields"][field].is_string(), "{answer}");
    }
    with("scopes", json!(["admin"])).await.problem(422, "invalid_body");
    for _ in 0..limits::API_TOKENS_PER_PERSON {
        make(good.clone()).await.expect(201);
    }
    make(good.clone()).await.problem(409, "too_many_tokens");
    house.close().await;
}

#[tokio::test]
async fn r133_a_token_asks_as_often_as_its_person_may() {
    let house = House::open_with(|config| config.http.requests_per_minute_person = 5).await;
    let owner = house.organiser("Olga").await;
    let (text, _) = token(&house, &owner, &["profile:read"]).await;
    let mut statuses = Vec::new();
    for _ in 0..6 {
        statuses.push(bearing(house.get("/api/v1/me"), &text).send().await.status);
    }
    // Making the token was the first of the five.
    assert_eq!(statuses, [200, 200, 200, 200, 429, 429]);
    house.close().await;
}
