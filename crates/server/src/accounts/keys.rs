//! Access tokens: signed by one algorithm with keys of our own, every claim required and strictly
//! typed. What a header says never chooses how it is checked.

use super::{AccountError, MintResult, Scopes, secret};
use crate::limits::{
    ACCESS_LIFE_S, DIALECT_ACCESS_LIFE_S, SIGNING_KEYS_MAX, TOKEN_BYTES_MAX, TOKEN_LEEWAY_S,
};
use crate::store::{AccountRow, KeyRow, LoginId, Role, Store};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use houseful_room::AccountId;
use houseful_room::Wall;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

const ISSUER: &str = "houseful";
const TYPE: &str = "at+jwt";

/// Whom a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// This server's own interfaces.
    Native,
    /// The listeners of dialects, whose clients cannot refresh.
    Dialect,
}

/// Who somebody is, after a token was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: AccountId,
    /// By which login; when that ends, so does this.
    pub login: LoginId,
    /// What others see, as of the token.
    pub name: String,
    /// What the account may do, as of the token.
    pub role: Role,
    /// When the token ends.
    pub expires_at: Wall,
    /// What a token of their own programs may do; none after a sign-in, which may do all that they may.
    pub scopes: Option<Scopes>,
}

/// Why a token cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not one of ours, or not for here.
    #[error("the token cannot be used")]
    Invalid,
    /// It was, until lately.
    #[error("the token has expired")]
    Expired,
    /// Its login has ended.
    #[error("the login has ended")]
    Revoked,
}

/// The keys that are alive, the signing one first.
pub(super) struct Keys(RwLock<Arc<[Key]>>);

struct Key {
    kid: String,
    encoding: EncodingKey,
    decoding: DecodingKey,
    retired_at: Option<Wall>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    jti: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    name: String,
    role: Role,
}

/// What clients of older systems read in a token, beside our own claims.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DialectClaims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    jti: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    name: String,
    standing: Role,
    #[serde(rename = "userID")]
    user_id: u64,
    id: u64,
    email: String,
    /// `admin` or `user`: read by clients, believed by nobody here.
    role: String,
}

impl DialectClaims {
    fn new(claims: Claims, account: &AccountRow) -> DialectClaims {
        let Claims { iss, aud, sub, sid, jti, iat, nbf, exp, name, role: standing } = claims;
        let role = if standing == Role::Admin { "admin" } else { "user" }.to_owned();
        let (id, email) = (account.id.0, account.email.clone());
        let user_id = id;
        DialectClaims {
            iss,
            aud,
            sub,
            sid,
            jti,
            iat,
            nbf,
            exp,
            name,
            standing,
            user_id,
            id,
            email,
            role,
        }
    }
}

impl From<DialectClaims> for Claims {
    fn from(claims: DialectClaims) -> Claims {
        let DialectClaims { iss, aud, sub, sid, jti, iat, nbf, exp, name, standing, .. } = claims;
        Claims { iss, aud, sub, sid, jti, iat, nbf, exp, name, role: standing }
    }
}

impl Audience {
    fn as_str(self) -> &'static str {
        match self {
            Audience::Native => "houseful",
            Audience::Dialect => "dialect",
        }
    }

    fn life_s(self) -> u64 {
        match self {
            Audience::Native => ACCESS_LIFE_S,
            Audience::Dialect => DIALECT_ACCESS_LIFE_S,
        }
    }
}

impl Keys {
    pub(super) fn open(store: &dyn Store, now: Wall) -> Result<Keys, AccountError> {
        let keys = Keys(RwLock::new(Arc::from([])));
        if !store.signing_keys()?.iter().any(|key| key.retired_at.is_none()) {
            store.add_signing_key(new_key(now), SIGNING_KEYS_MAX)?;
        }
        keys.reload(store)?;
        Ok(keys)
    }

    pub(super) fn rotate(&self, store: &dyn Store, now: Wall) -> Result<(), AccountError> {
        store.add_signing_key(new_key(now), SIGNING_KEYS_MAX)?;
        self.reload(store)
    }

    pub(super) fn mint(
        &self,
        account: &AccountRow,
        login: LoginId,
        audience: Audience,
        now: Wall,
    ) -> MintResult {
        let keys = self.current();
        let key = keys.first().ok_or(AccountError::Internal("no signing key".to_owned()))?;
        let iat = seconds(now);
        let exp = iat + audience.life_s();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: audience.as_str().to_owned(),
            sub: account.id.to_string(),
            sid: login.0.to_string(),
            jti: URL_SAFE_NO_PAD.encode(&secret::random()[..16]),
            iat,
            nbf: iat,
            exp,
            name: account.name.clone(),
            role: account.role,
        };
        let mut header = Header::new(Algorithm::HS256);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(key.kid.clone());
        let token = match audience {
            Audience::Native => jsonwebtoken::encode(&header, &claims, &key.encoding),
            Audience::Dialect => {
                let claims = DialectClaims::new(claims, account);
                jsonwebtoken::encode(&header, &claims, &key.encoding)
            }
        };
        let token = token.map_err(|error| AccountError::Internal(error.to_string()))?;
        Ok((token, Wall(0) + Duration::from_secs(exp)))
    }

    pub(super) fn verify(
        &self,
        token: &str,
        audience: Audience,
        now: Wall,
    ) -> Result<Identity, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(TokenError::Invalid);
        }
        let header = strict_header(token).ok_or(TokenError::Invalid)?;
        let keys = self.current();
        let key = keys.iter().find(|key| key.kid == header.kid).ok_or(TokenError::Invalid)?;
        let (key_of, rules) = (&key.decoding, signature_alone());
        let claims = match audience {
            Audience::Native => {
                jsonwebtoken::decode::<Claims>(token, key_of, &rules).map(|read| read.claims)
            }
            Audience::Dialect => jsonwebtoken::decode::<DialectClaims>(token, key_of, &rules)
                .map(|read| read.claims.into()),
        };
        let claims = claims.map_err(|_| TokenError::Invalid)?;
        check(&claims, audience, key.retired_at, seconds(now))?;
        identity(claims).ok_or(TokenError::Invalid)
    }

    fn reload(&self, store: &dyn Store) -> Result<(), AccountError> {
        let keys: Arc<[Key]> = store.signing_keys()?.into_iter().map(Key::from).collect();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    fn current(&self) -> Arc<[Key]> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl From<KeyRow> for Key {
    fn from(row: KeyRow) -> Self {
        Key {
            encoding: EncodingKey::from_secret(&row.secret),
            decoding: DecodingKey::from_secret(&row.secret),
            kid: row.kid,
            retired_at: row.retired_at.map(Wall),
        }
    }
}

fn new_key(now: Wall) -> KeyRow {
    let kid = URL_SAFE_NO_PAD.encode(&secret::random()[..9]);
    KeyRow { kid, secret: secret::random(), created_at: now.ms(), retired_at: None }
}

/// Three fields, no others, none twice: `jku`, `jwk`, `x5u` and `crit` are not even read.
fn strict_header(token: &str) -> Option<StrictHeader> {
    let bytes = URL_SAFE_NO_PAD.decode(token.split('.').next()?).ok()?;
    let header: StrictHeader = serde_json::from_slice(&bytes).ok()?;
    (header.alg == "HS256" && header.typ == TYPE).then_some(header)
}

/// The library checks the signature. Times and names are checked by `check`, with our clock and
/// without its tolerance of claims of the wrong type.
fn signature_alone() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.required_spec_claims = HashSet::new();
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation
}

fn check(
    claims: &Claims,
    audience: Audience,
    retired_at: Option<Wall>,
    now: u64,
) -> Result<(), TokenError> {
    let is_ours = claims.iss == ISSUER && claims.aud == audience.as_str();
    let is_well_formed = !claims.jti.is_empty()
        && claims.iat <= claims.nbf
        && claims.nbf < claims.exp
        && claims.exp - claims.iat <= audience.life_s();
    let has_begun = claims.nbf <= now + TOKEN_LEEWAY_S;
    let key_was_alive = retired_at.is_none_or(|at| claims.iat <= seconds(at) + TOKEN_LEEWAY_S);
    if !(is_ours && is_well_formed && has_begun && key_was_alive) {
        return Err(TokenError::Invalid);
    }
    if now >= claims.exp + TOKEN_LEEWAY_S { Err(TokenError::Expired) } else { Ok(()) }
}

fn identity(claims: Claims) -> Option<Identity> {
    Some(Identity {
        account: AccountId(number(&claims.sub)?),
        login: LoginId(number(&claims.sid)?),
        name: claims.name,
        role: claims.role,
        expires_at: Wall(0) + Duration::from_secs(claims.exp),
        scopes: None,
    })
}

/// A positive number below 2^53, written as we write it.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    let is_ours = number > 0 && number < 1 << 53 && number.to_string() == text;
    is_ours.then_some(number)
}

fn seconds(at: Wall) -> u64 {
    u64::try_from(at.ms() / 1_000).unwrap_or(0)
}
