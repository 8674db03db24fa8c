//! Access tokens that must not be accepted, each wrong in one way, and keys that change.

use crate::world::{Browser, World};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use houseful::accounts::{Audience, TokenError};
use houseful::store::{AccountStore, Hash, LoginId, LoginStore};
use houseful_room::AccountId;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::time::Duration;

/// Makes tokens of any kind, with the server's own key.
pub struct Key {
    pub secret: Hash,
    pub kid: String,
    /// Seconds since 1970.
    pub now: i64,
}

struct Forge {
    world: World,
    key: Key,
}

impl Forge {
    async fn new() -> Forge {
        let world = World::new();
        Browser::signed_up(&world, "ann").await;
        let row = world.store.signing_keys().unwrap().remove(0);
        let key = Key { secret: row.secret, kid: row.kid, now: world.now_ms() / 1_000 };
        Forge { world, key }
    }

    fn verify(&self, token: &str) -> Result<AccountId, TokenError> {
        self.world.api.accounts.verify(token).map(|identity| identity.account)
    }
}

impl Key {
    pub fn header(&self) -> Value {
        json!({"alg": "HS256", "typ": "at+jwt", "kid": self.kid})
    }

    pub fn claims(&self) -> Value {
        let now = self.now;
        json!({"iss": "houseful", "aud": "houseful", "sub": "1", "sid": "1", "jti": "x",
               "iat": now, "nbf": now, "exp": now + 600, "name": "ann", "role": "attendee"})
    }

    /// Signs any two texts, JSON or not.
    fn sign_text(&self, header: &str, claims: &str) -> String {
        let message =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let key = EncodingKey::from_secret(&self.secret);
        let sign = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256);
        format!("{message}.{}", sign.unwrap())
    }

    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_text(&header.to_string(), &claims.to_string())
    }

    fn with_header(&self, name: &str, value: Value) -> String {
        self.sign(&replaced(self.header(), name, value), &self.claims())
    }

    fn with_claim(&self, name: &str, value: Value) -> String {
        self.sign(&self.header(), &replaced(self.claims(), name, value))
    }

    /// Tokens that must not be accepted, each wrong in one way.
    pub fn bad(&self) -> Vec<(String, String)> {
        let good = self.sign(&self.header(), &self.claims());
        let now = self.now;
        let mut bad: Vec<(String, String)> = Vec::new();
        let mut add = |name: &str, token: String| bad.push((name.to_owned(), token));

        for name in ["iss", "aud", "sub", "sid", "jti", "iat", "nbf", "exp", "name", "role"] {
            add(&format!("no {name}"), self.with_claim(name, Value::Null));
            add(&format!("{name} is a list"), self.with_claim(name, json!([1])));
            add(&format!("{name} is true"), self.with_claim(name, json!(true)));
        }
        for (name, value) in [
            ("exp", json!((now + 600).to_string())),
            ("exp", json!(now as f64 + 600.5)),
            ("exp", json!(-1)),
            ("exp", json!(u64::MAX)),
            ("exp", json!(1e300)),
            ("exp", json!(now + 601)),
            ("exp", json!(now)),
            ("nbf", json!(now + 300)),
            ("nbf", json!("0")),
            ("nbf", json!(now - 1)),
            ("iat", json!(now + 1)),
            ("iat", json!(now - 3_600)),
            ("iss", json!("other")),
            ("iss", json!(["houseful"])),
            ("aud", json!("dialect")),
            ("aud", json!(["houseful"])),
            ("aud", json!("")),
            ("sub", json!(1)),
            ("sub", json!("01")),
            ("sub", json!("0")),
            ("sub", json!("-1")),
            ("sub", json!("9007199254740992")),
            ("sub", json!("1 or 1=1")),
            ("sid", json!("")),
            ("jti", json!("")),
            ("role", json!("Admin")),
            ("role", json!("root")),
            ("scope", json!("everything")),
        ] {
            add(&format!("{name} = {value}"), self.with_claim(name, value));
        }
        for (name, value) in [
            ("typ", Value::Null),
            ("typ", json!("JWT")),
            ("kid", Value::Null),
            ("kid", json!("../../etc/passwd")),
            ("kid", json!(7)),
            ("alg", Value::Null),
            ("alg", json!("none")),
            ("alg", json!("HS512")),
            ("alg", json!("RS256")),
            ("alg", json!("hs256")),
            ("jku", json!("https://evil.com/keys")),
            ("jwk", json!({"kty": "oct", "k": "AA"})),
            ("x5u", json!("https://evil.com/cert")),
            ("crit", json!(["exp"])),
            ("b64", json!(false)),
            ("cty", json!("JWT")),
        ] {
            add(&format!("header {name} = {value}"), self.with_header(name, value));
        }
        let (header, claims) = (self.header().to_string(), self.claims().to_string());
        let twice = claims.replacen('{', "{\"sub\":\"2\",", 1);
        add("a claim twice", self.sign_text(&header, &twice));
        let twice = header.replacen('{', "{\"alg\":\"HS256\",", 1);
        add("a header field twice", self.sign_text(&twice, &claims));
        add("claims are a token", self.sign_text(&header, &good));
        add("claims are a list", self.sign_text(&header, "[]"));
        add("claims are not JSON", self.sign_text(&header, "{"));
        add("a megabyte", self.with_claim("name", json!("x".repeat(1 << 20))));

        let parts: Vec<&str> = good.split('.').collect();
        add("nothing", String::new());
        add("dots", "..".to_owned());
        add("no signature", format!("{}.{}.", parts[0], parts[1]));
        add("two parts", format!("{}.{}", parts[0], parts[1]));
        add("four parts", format!("{good}.{}", parts[2]));
        add("padding", format!("{good}="));
        add("a space", format!(" {good}"));
        add("the standard alphabet", {
            let claims = STANDARD.encode(claims.replace("ann", "ann???>>>"));
            format!("{}.{claims}.{}", parts[0], parts[2])
        });
        add("claims of another", {
            let other = self.with_claim("sub", json!("2"));
            let claims = other.split('.').nth(1).unwrap().to_owned();
            format!("{}.{claims}.{}", parts[0], parts[2])
        });
        add("signed with another key", {
            let mut header = Header::new(Algorithm::HS256);
            (header.typ, header.kid) = (Some("at+jwt".to_owned()), Some(self.kid.clone()));
            let key = EncodingKey::from_secret(&[7; 32]);
            jsonwebtoken::encode(&header, &self.claims(), &key).unwrap()
        });
        add("signed by HS512", {
            let mut header = Header::new(Algorithm::HS512);
            (header.typ, header.kid) = (Some("at+jwt".to_owned()), Some(self.kid.clone()));
            let key = EncodingKey::from_secret(&self.secret);
            jsonwebtoken::encode(&header, &self.claims(), &key).unwrap()
        });
        bad
    }
}

/// With another value; without the field, if that is null.
fn replaced(mut object: Value, name: &str, value: Value) -> Value {
    let fields = object.as_object_mut().unwrap();
    if value.is_null() {
        fields.remove(name)
    } else {
        fields.insert(name.to_owned(), value)
    };
    object
}

#[tokio::test]
async fn a_token_that_is_wrong_in_any_way_is_refused() {
    let forge = Forge::new().await;
    let good = forge.key.sign(&forge.key.header(), &forge.key.claims());
    assert_eq!(forge.verify(&good), Ok(AccountId(1)));
    let bad = forge.key.bad();
    assert!(bad.len() > 80, "{}", bad.len());
    for (name, token) in &bad {
        assert_eq!(forge.verify(token), Err(TokenError::Invalid), "{name}");
    }
}

#[tokio::test]
async fn a_token_ends_with_a_little_leeway() {
    let forge = Forge::new().await;
    let token = forge.key.sign(&forge.key.header(), &forge.key.claims());
    let begins = |in_s: i64| forge.key.with_claim("nbf", json!(forge.key.now + in_s));
    assert!(forge.verify(&begins(30)).is_ok());
    assert_eq!(forge.verify(&begins(31)), Err(TokenError::Invalid));
    forge.world.pass(Duration::from_secs(629));
    assert!(forge.verify(&token).is_ok());
    forge.world.pass(Duration::from_secs(1));
    assert_eq!(forge.verify(&token), Err(TokenError::Expired));
}

#[tokio::test]
async fn keys_change_without_signing_anybody_out() {
    let mut forge = Forge::new().await;
    let accounts = forge.world.api.accounts.clone();
    let old = forge.key.sign(&forge.key.header(), &forge.key.claims());
    accounts.rotate_signing_key().unwrap();
    assert!(forge.verify(&old).is_ok());

    // The retired key proves what it signed while it was alive, and nothing later.
    forge.world.pass(Duration::from_secs(31));
    forge.key.now += 31;
    let late = forge.key.sign(&forge.key.header(), &forge.key.claims());
    assert_eq!(forge.verify(&late), Err(TokenError::Invalid));
    let ann = forge.world.store.account(AccountId(1)).unwrap().unwrap();
    let (new, _) = accounts.mint(&ann, LoginId(1), Audience::Native).unwrap();
    assert!(forge.verify(&new).is_ok());

    accounts.rotate_signing_key().unwrap();
    assert_eq!(forge.verify(&old), Err(TokenError::Invalid));
    assert!(forge.verify(&new).is_ok());
    assert_eq!(forge.world.store.signing_keys().unwrap().len(), 2);
}

#[tokio::test]
async fn a_dialects_token_is_good_there_alone_and_for_a_day() {
    let forge = Forge::new().await;
    let accounts = &forge.world.api.accounts;
    let ann = forge.world.store.account(AccountId(1)).unwrap().unwrap();
    let (token, _) = accounts.mint(&ann, LoginId(1), Audience::Dialect).unwrap();
    assert_eq!(forge.verify(&token), Err(TokenError::Invalid));
    forge.world.pass(Duration::from_secs(24 * 60 * 60));
    assert!(accounts.verify_for(Audience::Dialect, &token).is_ok());
    forge.world.pass(Duration::from_secs(30));
    assert_eq!(accounts.verify_for(Audience::Dialect, &token), Err(TokenError::Expired));
}

#[tokio::test]
async fn a_header_that_is_no_bearer_token_is_refused() {
    let forge = Forge::new().await;
    let good = forge.key.sign(&forge.key.header(), &forge.key.claims());
    let send = async |values: &[&str]| {
        let mut request = Browser::new().request("GET", "/me", &Value::Null);
        for value in values {
            request.headers_mut().append("authorization", value.parse().unwrap());
        }
        forge.world.send(request).await
    };
    send(&[&format!("bearer {good}")]).await.expect(200);
    send(&["Basic YTpi"]).await.refused(401, "token_invalid");
    send(&["Bearer"]).await.refused(401, "token_invalid");
    send(&[&format!("Bearer {good}"), &format!("Bearer {good}")])
        .await
        .refused(401, "token_invalid");
    let challenged = send(&[]).await.refused(401, "sign_in_required");
    assert_eq!(challenged.headers["www-authenticate"], "Bearer");
}
