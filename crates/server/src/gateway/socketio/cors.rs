//! Which pages may read what long polling answers. Whether a session is opened at all is asked elsewhere.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_REQUEST_HEADERS, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// The pages that may read.
#[derive(Clone, Debug)]
pub enum Cors {
    /// Those of the same origin.
    Nobody,
    /// All, without credentials.
    Everybody,
    /// These, with credentials.
    Listed(Arc<[String]>),
}

impl Cors {
    /// The answer to a question before a request.
    pub(super) fn preflight(&self, asked: &HeaderMap) -> Response {
        let mut response = StatusCode::NO_CONTENT.into_response();
        self.add(asked, &mut response);
        let headers = response.headers_mut();
        if headers.contains_key(ACCESS_CONTROL_ALLOW_ORIGIN) {
            let methods = HeaderValue::from_static("GET,POST");
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
            if let Some(wanted) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
                headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
            }
        }
        response
    }

    /// Adds what lets the asking page read.
    pub(super) fn add(&self, asked: &HeaderMap, response: &mut Response) {
        let headers = response.headers_mut();
        match (self, asked.get(ORIGIN)) {
            (Cors::Nobody, _) => {}
            (Cors::Everybody, _) => {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            }
            (Cors::Listed(listed), origin) => {
                headers.insert(VARY, HeaderValue::from_static("Origin"));
                let Some(origin) = origin else { return };
                if listed.iter().any(|listed| listed.as_bytes() == origin.as_bytes()) {
                    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                    let yes = HeaderValue::from_static("true");
                    headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, yes);
                }
            }
        }
    }
}
