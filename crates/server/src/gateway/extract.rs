//! What a handler takes from a request, parsed. What cannot be parsed is answered as a problem here,
//! so that no handler sees it.

use super::http::TooSlow;
use super::problem::{Code, Problem};
use crate::limits::JSON_BODY_BYTES_MAX;
use axum::body::{Bytes, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use houseful_wire::decode::is_too_deep;
use http_body_util::LengthLimitError;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::convert::Infallible;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};

/// A JSON body of ordinary size.
#[derive(Clone, Debug)]
pub struct Body<T>(pub T);

/// A body of bytes, at most so many.
#[derive(Clone, Debug)]
pub struct Raw<const BYTES_MAX: usize>(pub Bytes);

/// The parameters after the question mark.
#[derive(Clone, Debug)]
pub struct Query<T>(pub T);

/// The parameters in the path. One that cannot be read names nothing: 404.
#[derive(Clone, Debug)]
pub struct Path<T>(pub T);

/// Where a request comes from; the accept loop puts it into the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// That a request came over TLS of our own; the accept loop puts it into the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OverTls;

/// That an answer has no end of its own; the accept loop finds it on the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endless;

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read_json(request, JSON_BODY_BYTES_MAX).await.map(Body)
    }
}

impl<const BYTES_MAX: usize, S: Send + Sync> FromRequest<S> for Raw<BYTES_MAX> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        read_bytes(request, BYTES_MAX).await.map(Raw)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let parsed = axum::extract::Query::<T>::try_from_uri(&parts.uri);
        let parsed =
            parsed.map_err(|error| Problem::new(Code::InvalidQuery).detail(error.body_text()))?;
        Ok(Query(parsed.0))
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::<T>::from_request_parts(parts, state).await {
            Ok(path) => Ok(Path(path.0)),
            Err(_) => Err(Code::NotFound.into()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let known = parts.extensions.get::<Peer>().copied();
        Ok(known.unwrap_or(Peer(IpAddr::V4(Ipv4Addr::LOCALHOST))))
    }
}

/// Reads a JSON body of at most so many bytes.
pub async fn read_json<T: DeserializeOwned>(
    request: Request,
    bytes_max: usize,
) -> Result<T, Problem> {
    if !is_json(request.headers()) {
        return Err(Code::UnsupportedMediaType.into());
    }
    let bytes = read_bytes(request, bytes_max).await?;
    let parsed = parse_json(&bytes)?;
    // To the parser a list is as good, its values being the fields in their order.
    match bytes.trim_ascii_start().first() {
        Some(b'{') => Ok(parsed),
        _ => Err(Problem::new(Code::InvalidBody).detail("The body must be an object.")),
    }
}

/// Reads a body of at most so many bytes.
async fn read_bytes(request: Request, bytes_max: usize) -> Result<Bytes, Problem> {
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let announced = announced.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    if announced > bytes_max as u64 {
        return Err(Code::TooLarge.into());
    }
    to_bytes(request.into_body(), bytes_max).await.map_err(|error| unread(&error).into())
}

/// Why a body could not be read.
fn unread(error: &(dyn Error + 'static)) -> Code {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<TooSlow>() {
            return Code::TooSlow;
        }
        if error.is::<LengthLimitError>() {
            return Code::TooLarge;
        }
        cause = error.source();
    }
    Code::BadRequest
}

/// Parses JSON. What is not JSON is told apart from JSON that does not fit.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    if is_too_deep(bytes) {
        return Err(Code::MalformedJson.into());
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let is_json = serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
        explain(&path, error.inner(), is_json)
    })?;
    json.end().map_err(|_| Code::MalformedJson)?;
    Ok(parsed)
}

/// The category of the error does not tell: an empty object where a choice is expected is a syntax
/// error to the parser.
fn explain(path: &str, error: &serde_json::Error, is_json: bool) -> Problem {
    if !is_json {
        return Code::MalformedJson.into();
    }
    let text = error.to_string();
    let text = text.split(" at line ").next().unwrap_or_default();
    // A field that is missing is reported at its parent.
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`'));
    let problem = Problem::new(Code::InvalidBody);
    match (path, missing) {
        (".", Some(name)) => problem.field(name, "This is missing."),
        (parent, Some(name)) => problem.field(format!("{parent}.{name}"), "This is missing."),
        (".", None) => problem.detail(text),
        (path, None) => problem.field(path, text),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Outer {
        #[expect(dead_code, reason = "it is there to be parsed")]
        rows: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[expect(dead_code, reason = "it is there to be parsed")]
        label: String,
    }

    fn refused(text: &str) -> Problem {
        parse_json::<Outer>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_body_that_does_not_fit_names_the_field() {
        assert_eq!(refused("{").code, "malformed_json");
        assert_eq!(refused("").code, "malformed_json");
        assert_eq!(refused("{\"rows\":[]} x").code, "malformed_json");
        assert_eq!(refused("[").code, "malformed_json");
        assert_eq!(refused("7").code, "invalid_body");
        assert!(refused("{}").fields.contains_key("rows"));
        assert!(refused("{\"rows\":[{}]}").fields.contains_key("rows[0].label"));
        let wrong = refused("{\"rows\":[{\"label\":\"a\"},{\"label\":7}]}");
        assert_eq!(wrong.code, "invalid_body");
        assert!(wrong.fields["rows[1].label"].contains("expected a string"), "{wrong:?}");
    }

    #[test]
    fn json_is_nested_32_deep_at_the_most() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(parse_json::<serde_json::Value>(nested(32).as_bytes()).is_ok());
        assert!(parse_json::<serde_json::Value>(nested(33).as_bytes()).is_err());
        let text = format!("[\"\\\"{}\"]", "[".repeat(99));
        assert!(parse_json::<serde_json::Value>(text.as_bytes()).is_ok());
    }
}
