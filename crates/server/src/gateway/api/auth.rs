//! Signing up, in and out. The refresh token travels in a cookie that no script can read and that no
//! other site's page can make a browser send; the access token in the answer alone.

use super::{Api, Signed};
use crate::accounts::{Applicant, Issued};
use crate::gateway::api::accounts::Account;
use crate::gateway::extract::{Body, Peer};
use crate::gateway::forwarded::Scheme;
use crate::gateway::origin;
use crate::gateway::problem::{Code, Problem};
use crate::limits::LOGIN_IDLE_MS;
use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The refresh cookie's name.
pub const COOKIE_NAME: &str = "houseful_refresh";
/// Where browsers send it: to the endpoints of this file.
const COOKIE_PATH: &str = "/api/v1/auth";

/// For a new account.
#[derive(Deserialize, ToSchema)]
pub struct SignUp {
    /// An e-mail address.
    email: String,
    /// What others see.
    name: String,
    /// 8 to 128 characters, any.
    password: String,
}

/// For an account that exists.
#[derive(Deserialize, ToSchema)]
pub struct SignIn {
    /// The account's address.
    email: String,
    /// Its password.
    password: String,
}

/// For another password.
#[derive(Deserialize, ToSchema)]
pub struct ChangePassword {
    /// The password until now.
    current: String,
    /// The password from now on.
    new: String,
}

/// For the first admin.
#[derive(Deserialize, ToSchema)]
pub struct SetUp {
    /// From the link that the server printed.
    token: String,
    /// An e-mail address.
    email: String,
    /// What others see.
    name: String,
    /// 8 to 128 characters, any.
    password: String,
}

/// What signing in gives.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// Who is signed in.
    pub account: Account,
    /// For `Authorization: Bearer`; to be kept in memory alone.
    pub access_token: String,
    /// When the access token ends.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// A request that no other site's page has caused.
pub struct OwnPage;

/// The refresh token of a request that carries one, and that our own script has made.
pub struct RefreshCookie(Option<String>);

impl FromRequestParts<Arc<Api>> for OwnPage {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        match origin::is_allowed(&api.config, Scheme::of(&parts.extensions), &parts.headers) {
            true => Ok(OwnPage),
            false => Err(Code::OriginNotAllowed.into()),
        }
    }
}

impl FromRequestParts<Arc<Api>> for RefreshCookie {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, api: &Arc<Api>) -> Result<Self, Problem> {
        OwnPage::from_request_parts(parts, api).await?;
        // A form or an image cannot send a header of this name.
        match parts.headers.get("x-houseful").map(HeaderValue::as_bytes) {
            Some(b"1") => Ok(RefreshCookie(refresh_cookie(&parts.headers))),
            _ => Err(Code::HeaderRequired.into()),
        }
    }
}

/// Makes an account and signs in.
#[utoipa::path(post, operation_id = "signUp", path = "/auth/sign-up", tag = "auth", request_body = SignUp, responses(
    (status = 201, body = Session),
    (status = 409, body = Problem, description = "email_taken"),
    (status = 422, body = Problem, description = "invalid_body, password_too_short, password_common"),
    (status = 429, body = Problem, description = "rate_limited"),
))]
pub async fn sign_up(
    State(api): State<Arc<Api>>,
    Peer(from): Peer,
    _: OwnPage,
    Body(body): Body<SignUp>,
) -> Result<Response, Problem> {
    let who = Applicant { email: body.email, name: body.name, password: body.password };
    let issued = api.accounts.sign_up(from, who).await?;
    Ok(session(&api, StatusCode::CREATED, issued))
}

/// Signs in.
#[utoipa::path(post, operation_id = "signIn", path = "/auth/sign-in", tag = "auth", request_body = SignIn, responses(
    (status = 200, body = Session),
    (status = 401, body = Problem, description = "wrong_credentials"),
    (status = 429, body = Problem, description = "rate_limited"),
    (status = 503, body = Problem, description = "busy"),
))]
pub async fn sign_in(
    State(api): State<Arc<Api>>,
    Peer(from): Peer,
    _: OwnPage,
    Body(body): Body<SignIn>,
) -> Result<Response, Problem> {
    let issued = api.accounts.sign_in(from, &body.email, body.password).await?;
    Ok(session(&api, StatusCode::OK, issued))
}

/// Exchanges the refresh cookie for a new one and an access token.
#[utoipa::path(post, operation_id = "refresh", path = "/auth/refresh", tag = "auth",
    params(("X-Houseful" = String, Header, description = "1")),
    responses(
        (status = 200, body = Session),
        (status = 401, body = Problem, description = "sign_in_required"),
        (status = 403, body = Problem, description = "header_required, origin_not_allowed"),
        (status = 429, body = Problem, description = "rate_limited"),
    ))]
pub async fn refresh(
    State(api): State<Arc<Api>>,
    Peer(from): Peer,
    RefreshCookie(cookie): RefreshCookie,
) -> Result<Response, Problem> {
    let token = cookie.ok_or(Code::SignInRequired)?;
    let issued = api.accounts.refresh(from, &token).await?;
    Ok(session(&api, StatusCode::OK, issued))
}

/// Ends the login that the refresh cookie belongs to, on all its connections.
#[utoipa::path(post, operation_id = "signOut", path = "/auth/sign-out", tag = "auth",
    params(("X-Houseful" = String, Header, description = "1")),
    responses(
        (status = 204, description = "Signed out, or was not signed in."),
        (status = 403, body = Problem, description = "header_required, origin_not_allowed"),
        (status = 429, body = Problem, description = "rate_limited"),
    ))]
pub async fn sign_out(
    State(api): State<Arc<Api>>,
    Peer(from): Peer,
    RefreshCookie(cookie): RefreshCookie,
) -> Result<Response, Problem> {
    if let Some(token) = cookie {
        api.accounts.sign_out(from, &token).await?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&api, response.headers_mut(), "", 0);
    Ok(response)
}

/// Changes the password. All other logins of the account end.
#[utoipa::path(post, operation_id = "changePassword", path = "/auth/password", tag = "auth",
    request_body = ChangePassword,
    security(("bearer" = [])),
    responses(
        (status = 200, body = Session),
        (status = 401, body = Problem, description = "wrong_credentials, sign_in_required"),
        (status = 422, body = Problem, description = "password_too_short, password_common"),
        (status = 429, body = Problem, description = "rate_limited"),
    ))]
pub async fn change_password(
    State(api): State<Arc<Api>>,
    Peer(from): Peer,
    Signed(who): Signed,
    Body(body): Body<ChangePassword>,
) -> Result<Response, Problem> {
    let issued = api.accounts.change_password(from, &who, body.current, body.new).await?;
    Ok(session(&api, StatusCode::OK, issued))
}

/// Makes the first admin and signs in. The token works once.
#[utoipa::path(post, operation_id = "setUp", path = "/auth/setup", tag = "auth", request_body = SetUp, responses(
    (status = 201, body = Session),
    (status = 403, body = Problem, description = "setup_token_invalid"),
    (status = 422, body = Problem, description = "invalid_body, password_too_short, password_common"),
    (status = 429, body = Problem, description = "rate_limited"),
))]
pub async fn set_up(
    State(api): State<Arc<Api>>,
    Peer(from): Peer,
    _: OwnPage,
    Body(body): Body<SetUp>,
) -> Result<Response, Problem> {
    let who = Applicant { email: body.email, name: body.name, password: body.password };
    let issued = api.accounts.set_up(from, &body.token, who).await?;
    Ok(session(&api, StatusCode::CREATED, issued))
}

fn session(api: &Api, status: StatusCode, issued: Issued) -> Response {
    let body = Session {
        account: Account::from(issued.account),
        access_token: issued.access,
        expires_at: crate::clock::rfc3339(issued.expires_at),
    };
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(token) = issued.refresh {
        set_cookie(api, response.headers_mut(), &token, LOGIN_IDLE_MS / 1_000);
    }
    response
}

pub(super) fn set_cookie(api: &Api, headers: &mut HeaderMap, value: &str, max_age_s: i64) {
    let secure = if api.config.is_https() { "; Secure" } else { "" };
    let cookie = format!(
        "{COOKIE_NAME}={value}; Path={COOKIE_PATH}; Max-Age={max_age_s}; HttpOnly; SameSite=Strict{secure}"
    );
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        headers.append(SET_COOKIE, cookie);
    }
}

/// The refresh token, if there is one.
pub fn refresh_cookie(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.split_once('='));
    let found = pairs.find(|(name, _)| name.trim() == COOKIE_NAME);
    found.map(|(_, value)| value.trim().to_owned())
}
