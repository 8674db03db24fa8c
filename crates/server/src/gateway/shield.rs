//! Headers on every answer: what the page may load, who may frame it, which other pages may ask.

use super::problem::{Code, Problem};
use crate::config::Config;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// No inline script, nothing from elsewhere. `data:` images are the page's own small pictures.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; \
    img-src 'self' data:; connect-src 'self'; manifest-src 'self'; worker-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// The interactive documentation styles its own elements.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Adds the headers that every answer carries.
pub(super) async fn headers<B>(mut response: Response<B>) -> Response<B> {
    add_headers(response.headers_mut());
    response
}

/// The headers that every answer carries.
pub(super) fn add_headers(headers: &mut HeaderMap) {
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// A handler that panics is one answer, counted and without a word of what happened. Its text is in the log.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> Response {
    metrics::counter!("houseful_request_panics").increment(1);
    Problem::new(Code::Internal).into_response()
}

/// The policy of the interactive documentation.
pub(super) fn docs_headers<B>(mut response: Response<B>) -> Response<B> {
    let policy = HeaderValue::from_static(DOCS_POLICY);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// Lets the pages on the allow-list ask, and no others.
pub(super) fn cors(config: &Config) -> CorsLayer {
    let origins = config.allowed_origins.iter().filter_map(|origin| origin.parse().ok());
    let ours = HeaderName::from_static("x-houseful");
    let key = HeaderName::from_static("idempotency-key");
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins.collect::<Vec<HeaderValue>>()))
        .allow_credentials(true)
        .allow_methods([Method::GET, Method::POST, Method::PATCH, Method::PUT, Method::DELETE])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, ours, key])
        .expose_headers([header::ETAG, header::RETRY_AFTER])
        .max_age(Duration::from_secs(600))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::routing::get;
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    #[tokio::test]
    async fn a_handler_that_panics_is_one_answer() {
        let broken = get(|| async { panic!("canary: a secret of the inside") as &str });
        let router = Router::new().route("/broken", broken).route("/good", get(|| async { "ok" }));
        let router = router.layer(CatchPanicLayer::custom(panicked));
        let ask = |path: &str| Request::get(path).body(Body::empty()).unwrap();
        let answer = router.clone().oneshot(ask("/broken")).await.unwrap();
        assert_eq!(answer.status(), 500);
        let text = to_bytes(answer.into_body(), 4_096).await.unwrap();
        let text = String::from_utf8(text.to_vec()).unwrap();
        assert!(text.contains("\"code\":\"internal\"") && !text.contains("canary"), "{text}");
        assert_eq!(router.oneshot(ask("/good")).await.unwrap().status(), 200);
    }
}
