//! Signatures by the Standard Webhooks convention: HMAC-SHA256 over id, time and body. Pure. The receiver refuses what
//! is older than five minutes, so each try is signed anew.

use crate::store::Hash;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::crypto;
use jsonwebtoken::{Algorithm, EncodingKey};

/// A secret as it is told, once.
pub fn secret_text(secret: &Hash) -> String {
    format!("whsec_{}", STANDARD.encode(secret))
}

/// The header's value: a signature with each secret, the newest first. `seconds` are since 1970.
pub fn sign(secrets: &[Hash], id: &str, seconds: i64, body: &str) -> String {
    let message = format!("{id}.{seconds}.{body}");
    let one = |secret: &Hash| format!("v1,{}", STANDARD.encode(hmac(secret, message.as_bytes())));
    secrets.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// The crate that signs access tokens knows how; it writes its result for tokens.
fn hmac(secret: &Hash, message: &[u8]) -> Vec<u8> {
    let key = EncodingKey::from_secret(secret);
    let signed = crypto::sign(message, &key, Algorithm::HS256).unwrap_or_default();
    URL_SAFE_NO_PAD.decode(signed).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_convention_is_signed_as_there() {
        let known = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let message = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}";
        let key = EncodingKey::from_secret(&known);
        let signed = crypto::sign(message.as_bytes(), &key, Algorithm::HS256).unwrap();
        let signed = STANDARD.encode(URL_SAFE_NO_PAD.decode(signed).unwrap());
        assert_eq!(signed, "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn two_secrets_are_two_signatures() {
        let both = sign(&[[1; 32], [2; 32]], "id", 7, "{}");
        let (new, old) = both.split_once(' ').unwrap();
        assert_eq!(new, sign(&[[1; 32]], "id", 7, "{}"));
        assert_eq!(old, sign(&[[2; 32]], "id", 7, "{}"));
        assert_ne!(new, sign(&[[1; 32]], "id", 8, "{}"));
    }
}
