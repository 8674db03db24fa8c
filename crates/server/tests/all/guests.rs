//! People who have only said a name, and tokens of clients that cannot refresh.

use crate::world::{Browser, PASSWORD, World, email};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use houseful::accounts::{AccountError, Audience, TokenError};
use houseful::store::{Role, StoreError};
use houseful_room::AccountId;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};

const FROM: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn sign_up(world: &World, name: &str) -> AccountId {
    let answer = Browser::new().sign_up(world, name).await.expect(201);
    AccountId(answer.body["account"]["id"].as_u64().unwrap())
}

#[tokio::test]
async fn a_guest_is_made_once_and_is_nobody_else() {
    let world = World::new();
    let accounts = &world.api.accounts;
    assert!(accounts.find_guest("Jürgen").await.unwrap().is_none());
    let made = accounts.guest(FROM, "Ju\u{308}rgen").await.unwrap();
    assert_eq!((made.name.as_str(), made.role), ("Jürgen (guest)", Role::Attendee));
    assert!(made.is_guest());
    assert_eq!(accounts.guest(FROM, "Jürgen").await.unwrap(), made);
    assert_eq!(accounts.find_guest("Jürgen").await.unwrap(), Some(made.clone()));
    for (address, password) in [(made.email.as_str(), ""), ("Jürgen", ""), (&made.email, PASSWORD)]
    {
        let tried = accounts.sign_in(FROM, address, password.to_owned()).await;
        assert!(matches!(tried, Err(AccountError::WrongCredentials)), "{address}");
    }
    let body = json!({"email": email("eve"), "name": "Jürgen (guest)", "password": PASSWORD});
    let refused = Browser::new().post(&world, "/auth/sign-up", body).await;
    assert!(refused.refused(422, "invalid_body").body["fields"]["name"].is_string());
    for nobody in ["", " ", "\u{200b}", &"x".repeat(73)] {
        assert!(matches!(accounts.guest(FROM, nobody).await, Err(AccountError::Field("name", _))));
    }
    let store = &world.api.store;
    store.set_disabled(made.id, true, 1).unwrap();
    assert!(accounts.guest(FROM, "Jürgen").await.is_err());
    assert!(accounts.find_guest("Jürgen").await.unwrap().is_none());
}

#[tokio::test]
async fn a_guest_gets_no_mail() {
    let world = World::new();
    let guest = world.api.accounts.guest(FROM, "ann").await.unwrap();
    let ann = sign_up(&world, "ann").await;
    let told = |account: AccountId| houseful::store::NewNotification {
        account,
        kind: "reminder",
        subject: "event:1".to_owned(),
        key: "1".to_owned(),
        data: "{}".to_owned(),
        is_seen: false,
        message_id: Some(format!("{account}@houseful.localhost")),
        is_pushed: false,
    };
    let store = &world.api.store;
    let new = vec![told(guest.id), told(ann)];
    assert_eq!(store.record(new, None, 1).unwrap().len(), 2, "both find it in their inbox");
    let mails = store.due_mails(2, 10).unwrap();
    assert_eq!(mails.iter().map(|mail| mail.account).collect::<Vec<_>>(), [ann]);
}

#[tokio::test]
async fn a_dialects_token_says_what_old_clients_read_and_ends_with_its_login() {
    let world = World::new();
    let ann = sign_up(&world, "ann").await;
    let accounts = &world.api.accounts;
    let (account, token) =
        accounts.sign_in_dialect(FROM, &email("ann"), PASSWORD.to_owned()).await.unwrap();
    assert_eq!(account.id, ann);
    let claims = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!((&claims["userID"], &claims["id"]), (&json!(ann.0), &json!(ann.0)));
    assert_eq!((&claims["email"], &claims["role"]), (&json!(email("ann")), &json!("user")));
    let life = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
    assert_eq!(life, 24 * 60 * 60);

    for said in [token.clone(), format!("Bearer {token}")] {
        let (account, identity) = accounts.identify_dialect(&said).await.unwrap().unwrap();
        assert_eq!((account.id, identity.account), (ann, ann));
    }
    assert_eq!(accounts.verify(&token), Err(TokenError::Invalid), "it is for dialects alone");
    let native = accounts.sign_in(FROM, &email("ann"), PASSWORD.to_owned()).await.unwrap();
    assert_eq!(
        accounts.identify_dialect(&native.access).await.unwrap().err(),
        Some(TokenError::Invalid)
    );

    world.api.store.set_role(ann, Role::Admin, 1).unwrap();
    let (_, identity) = accounts.identify_dialect(&token).await.unwrap().unwrap();
    assert_eq!(identity.role, Role::Admin, "the role is the account's as it is now");
    let login = accounts.verify_for(Audience::Dialect, &token).unwrap().login;
    let ended = world.api.store.set_role(ann, Role::Attendee, 1).unwrap_err();
    assert!(matches!(ended, StoreError::Conflict(_)), "the last admin stays");
    let boss = sign_up(&world, "boss").await;
    world.api.store.set_role(boss, Role::Admin, 1).unwrap();
    let ended = world.api.store.set_disabled(ann, true, 1).unwrap();
    assert!(ended.contains(&login), "it is a login like every other");
    let tried = accounts.identify_dialect(&token).await.unwrap();
    assert_eq!(tried.err(), Some(TokenError::Revoked));
}
