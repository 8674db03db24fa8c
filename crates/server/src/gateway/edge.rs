//! Requests that two parties might read in two ways are read by nobody: one host, a length for each body, nothing
//! packed (RFC 9112 leaves some of these to the server). What the parser itself refuses never comes here.

use super::problem::{Code, Problem};
use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_ENCODING, HOST, TRANSFER_ENCODING};
use axum::http::uri::Authority;
use axum::http::{HeaderValue, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Lets a request pass, or refuses it and hangs up.
pub(super) async fn check(request: Request, next: Next) -> Response {
    let Some(code) = wrong(&request) else { return next.run(request).await };
    let mut response = Problem::new(code).into_response();
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

fn wrong(request: &Request) -> Option<Code> {
    let headers = request.headers();
    // Every browser and library knows how long its body is. Without this form there is one way to say so.
    if headers.contains_key(TRANSFER_ENCODING) {
        return Some(Code::LengthRequired);
    }
    if headers.contains_key(CONTENT_ENCODING) {
        return Some(Code::UnsupportedMediaType);
    }
    let mut hosts = headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => authority(host),
        (None, None) if request.version() < Version::HTTP_11 => return None,
        _ => None,
    };
    let Some(host) = host else { return Some(Code::BadRequest) };
    let uri = request.uri();
    let is_ours = uri.path().starts_with('/')
        && uri.scheme_str().is_none_or(|scheme| scheme == "http" || scheme == "https")
        && uri.authority().is_none_or(|named| *named == host);
    (!is_ours).then_some(Code::BadRequest)
}

fn authority(host: &HeaderValue) -> Option<Authority> {
    let host: Authority = host.to_str().ok()?.parse().ok()?;
    (!host.as_str().contains('@')).then_some(host)
}
