//! The pages that come with the seats and the lobby dialect: files inside the binary, each by its name. Nobody gets a
//! list of them.

use crate::apps::PageFile;
use crate::gateway::pages;
use axum::http::HeaderMap;
use axum::response::Response;

const INDEX: &str = "index.html";

/// What both have.
const SHARED: &[PageFile] = &[
    ("look.css", include_bytes!("../../../pages/shared/look.css")),
    ("line.js", include_bytes!("../../../pages/shared/line.js")),
    ("icon.svg", include_bytes!("../../../pages/shared/icon.svg")),
];

/// The page of the seats dialect.
pub(super) const SEATS: &[PageFile] = &[
    (INDEX, include_bytes!("../../../pages/seats/index.html")),
    ("page.css", include_bytes!("../../../pages/seats/page.css")),
    ("page.js", include_bytes!("../../../pages/seats/page.js")),
];

/// The page of the lobby dialect.
pub(super) const LOBBY: &[PageFile] = &[
    (INDEX, include_bytes!("../../../pages/lobby/index.html")),
    ("page.css", include_bytes!("../../../pages/lobby/page.css")),
    ("page.js", include_bytes!("../../../pages/lobby/page.js")),
    ("applications.js", include_bytes!("../../../pages/lobby/applications.js")),
    ("chat.js", include_bytes!("../../../pages/lobby/chat.js")),
];

/// The file of a page at this path, if there is one.
pub(super) fn file(page: &[PageFile], path: &str, headers: &HeaderMap) -> Option<Response> {
    let name = match path.strip_prefix('/')? {
        "" => INDEX,
        name => name,
    };
    let (name, content) = page.iter().chain(SHARED).find(|(known, _)| *known == name)?;
    Some(pages::answer(name, content, headers))
}
