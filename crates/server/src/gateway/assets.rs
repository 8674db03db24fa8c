//! The web application inside the binary: built files by name, the page itself for every other path.

use super::problem::{Code, Problem};
use axum::body::Body;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

#[derive(Embed)]
#[folder = "$OUT_DIR/web"]
struct Web;

/// The page that routes itself in the browser.
const PAGE: &str = "index.html";
/// Files under this folder carry a hash in their names and never change.
const IMMUTABLE: &str = "assets/";

/// Answers every path that nothing else answers.
pub async fn page_or_file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return Problem::new(Code::MethodNotAllowed).into_response();
    }
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return Problem::new(Code::NotFound).into_response();
    }
    if let Some(file) = Web::get(path).filter(|_| !path.is_empty()) {
        return answer(path, file, &headers);
    }
    let is_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    match Web::get(PAGE).filter(|_| !is_file) {
        Some(page) => answer(PAGE, page, &headers),
        None => Problem::new(Code::NotFound).into_response(),
    }
}

/// A file with its kind and its tag, or that it is what the browser has.
pub(super) fn answer(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let tag = etag(&file);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let kept = if path.starts_with(IMMUTABLE) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let kind = file.metadata.mimetype().to_owned();
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, kept.to_owned()),
        (header::ETAG, tag),
    ];
    (headers, Body::from(file.data.into_owned())).into_response()
}

fn etag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let short: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{short}\"")
}
