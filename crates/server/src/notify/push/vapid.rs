//! By what push services know this server (RFC 8292): a key made at first use, and a token for each service, signed
//! with it. The key never leaves this file but as its public half.

use crate::limits::VAPID_LIFE_MS;
use crate::store::{Hash, Store, StoreError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::Url;
use serde_json::json;
use web_push_native::p256::SecretKey;

/// The secret's name in the store.
const SECRET: &str = "vapid";

/// What stands before a key of P-256 in PKCS #8.
const PKCS8: [u8; 35] = [
    0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01,
    0x01, 0x04, 0x20,
];

/// What signs.
pub struct Vapid {
    key: EncodingKey,
    public: String,
    /// Whom a service may turn to.
    subject: String,
}

impl Vapid {
    /// Reads the key, making it if there is none. Blocks.
    pub fn open(store: &dyn Store, subject: String) -> anyhow::Result<Vapid> {
        Vapid::of(store_secret(store)?, subject)
    }

    fn of(secret: Hash, subject: String) -> anyhow::Result<Vapid> {
        let known = SecretKey::from_slice(&secret)?.public_key();
        let public = URL_SAFE_NO_PAD.encode(known.to_sec1_bytes());
        let key = EncodingKey::from_ec_der(&[&PKCS8[..], &secret].concat());
        Ok(Vapid { key, public, subject })
    }

    /// The public key, as browsers want it.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// The header for a push service, good until a while after `now`.
    pub(super) fn authorization(&self, endpoint: &str, now: i64) -> Option<String> {
        let audience = Url::parse(endpoint).ok()?.origin().ascii_serialization();
        let ends = (now + VAPID_LIFE_MS) / 1_000;
        let claims = json!({ "aud": audience, "exp": ends, "sub": self.subject });
        let token =
            jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &self.key).ok()?;
        Some(format!("vapid t={token}, k={}", self.public))
    }
}

/// Nearly every number of 256 bits is a key; one that is none is not kept.
fn store_secret(store: &dyn Store) -> Result<Hash, StoreError> {
    let mut fresh = crate::accounts::random();
    while SecretKey::from_slice(&fresh).is_err() {
        fresh = crate::accounts::random();
    }
    store.secret(SECRET, fresh)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{DecodingKey, Validation};

    #[test]
    fn a_service_can_check_who_sends() {
        let vapid = Vapid::of([7; 32], "https://house.example".to_owned()).unwrap();
        let now = 1_800_000_000_000;
        let header = vapid.authorization("https://push.example:8443/a/b?c", now).unwrap();
        let (token, key) = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap();
        assert_eq!(key, vapid.public());
        let point = URL_SAFE_NO_PAD.decode(key).unwrap();
        assert_eq!((point.len(), point[0]), (65, 4));
        let (x, y) = (URL_SAFE_NO_PAD.encode(&point[1..33]), URL_SAFE_NO_PAD.encode(&point[33..]));
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&["https://push.example:8443"]);
        validation.validate_exp = false;
        let key = DecodingKey::from_ec_components(&x, &y).unwrap();
        let claims = jsonwebtoken::decode::<serde_json::Value>(token, &key, &validation).unwrap();
        assert_eq!(claims.claims["sub"], "https://house.example");
        assert!(claims.claims["exp"].as_i64().unwrap() - now / 1_000 <= 24 * 3_600);
    }
}
