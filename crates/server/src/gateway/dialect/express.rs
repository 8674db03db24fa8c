//! What two of the older systems answered where there is nothing: the page of the framework that both were written in.

use axum::extract::Request;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};

/// What a path is answered that is none.
pub(super) async fn no_such_path(request: Request) -> Response {
    not_found(request.method(), request.uri())
}

fn not_found(method: &Method, uri: &Uri) -> Response {
    let path = uri.path().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let path = path.replace('"', "&quot;").replace('\'', "&#39;");
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n\
         </head>\n<body>\n<pre>Cannot {method} {path}</pre>\n</body>\n</html>\n"
    );
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    (StatusCode::NOT_FOUND, [(CONTENT_TYPE, html)], page).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::to_bytes;

    #[tokio::test]
    async fn a_path_that_is_none_is_shown_and_never_run() {
        let uri: Uri = "/%22<script>'".parse().unwrap_or(Uri::from_static("/a&b"));
        let page = not_found(&Method::GET, &uri);
        assert_eq!(page.status(), 404);
        let page = to_bytes(page.into_body(), 4_096).await.unwrap();
        let page = String::from_utf8(page.to_vec()).unwrap();
        assert!(page.contains("<pre>Cannot GET /"), "{page}");
        assert!(!page.contains("<script>"), "{page}");
    }
}
