//! The pages that come with dialects: files inside the binary, each by its name. There is no list of them.

use crate::gateway::assets;
use axum::http::HeaderMap;
use axum::response::Response;
use rust_embed::Embed;

#[derive(Embed)]
#[folder = "pages/"]
struct Pages;

/// What the pages have in common.
const SHARED: &str = "shared";
const INDEX: &str = "index.html";

/// The file of a dialect's page at this path, if there is one.
pub(super) fn file(dialect: &str, path: &str, headers: &HeaderMap) -> Option<Response> {
    let name = match path.strip_prefix('/')? {
        "" => INDEX,
        name => name,
    };
    if name.contains('/') || name.starts_with('.') {
        return None;
    }
    let found = [dialect, SHARED].iter().find_map(|folder| Pages::get(&format!("{folder}/{name}")));
    found.map(|file| assets::answer(name, file, headers))
}
