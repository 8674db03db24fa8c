//! The pages that room applications bring: files that were registered with them, by name. It reads no disk.

use super::Gateway;
use super::problem::{Code, Problem};
use crate::apps::Apps;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// How a file is read, by the end of its name. The browser is told not to guess.
const KINDS: &[(&str, &str)] = &[
    ("html", "text/html; charset=utf-8"),
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("json", "application/json"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
];

/// Answers `/apps/{app}/{file}`.
pub(super) async fn file(
    State(gateway): State<Gateway>,
    Path((app, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    of(&gateway.apps, &app, &file, &headers)
}

/// A file of an application's page.
pub(super) fn of(apps: &Apps, app: &str, file: &str, headers: &HeaderMap) -> Response {
    let page = apps.get(app).map(|app| app.page).unwrap_or_default();
    let Some((name, content)) = page.iter().find(|(name, _)| *name == file) else {
        return Problem::new(Code::NotFound).into_response();
    };
    answer(name, content, headers)
}

/// A file of the binary's own, or that the browser has it.
pub(super) fn answer(name: &str, content: &'static [u8], headers: &HeaderMap) -> Response {
    let tag = etag(content);
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response();
    }
    let kept = "no-cache".to_owned();
    let headers = [
        (header::CONTENT_TYPE, kind(name).to_owned()),
        (header::CACHE_CONTROL, kept),
        (header::ETAG, tag),
    ];
    (headers, content).into_response()
}

fn kind(name: &str) -> &'static str {
    let end = name.rsplit('.').next().unwrap_or_default();
    let known = KINDS.iter().find(|(known, _)| *known == end);
    known.map_or("application/octet-stream", |(_, kind)| kind)
}

fn etag(content: &[u8]) -> String {
    let hash = Sha256::digest(content);
    let short: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{short}\"")
}
