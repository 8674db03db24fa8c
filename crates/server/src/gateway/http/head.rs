//! What the parser of HTTP leaves to us at the bytes themselves: a line of a head ends with CR LF and nothing else, and
//! what the parser refuses is answered as everything is.

use crate::gateway::problem::{Code, Problem};
use crate::gateway::shield;
use axum::http::header::{CONNECTION, CONTENT_LENGTH};
use axum::http::{HeaderValue, StatusCode};
use axum::response::IntoResponse;

/// Follows a head to its end.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// How much of CR LF CR LF the last bytes were.
    matched: u8,
    is_over: bool,
}

impl Head {
    /// Looks at what has arrived. A line feed without its carriage return, which the parser would take
    /// for a line's end and some proxies do not, becomes a byte that no head may have.
    pub(super) fn check(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            if self.is_over {
                return;
            }
            self.matched = match (*byte, self.matched) {
                (b'\r', 0 | 2) => self.matched + 1,
                (b'\r', _) => 1,
                (b'\n', 1 | 3) => self.matched + 1,
                (b'\n', _) => {
                    *byte = 0;
                    0
                }
                _ => 0,
            };
            self.is_over = self.matched == 4;
        }
    }
}

/// The parser's own answer to a head that it refuses has a status and nothing else; ours, in its place.
pub(super) fn refusal(parsers: &[u8]) -> Option<Vec<u8>> {
    let status = parsers.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
    let code = match status {
        b"400" => Code::BadRequest,
        b"414" => Code::AddressTooLong,
        b"431" => Code::HeadersTooLarge,
        _ => return None,
    };
    let problem = Problem::new(code);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let mut response = problem.into_response();
    let headers = response.headers_mut();
    shield::add_headers(headers);
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
    let status = StatusCode::from_u16(code.status()).unwrap_or_default();
    let mut bytes = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for (name, value) in response.headers() {
        bytes.extend_from_slice(name.as_ref());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(&body);
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::Head;

    /// The head in pieces of each size, all the same.
    fn checked(text: &str) -> String {
        let mut of_sizes = (1..=text.len()).map(|size| {
            let (mut head, mut bytes) = (Head::default(), text.as_bytes().to_vec());
            bytes.chunks_mut(size).for_each(|piece| head.check(piece));
            String::from_utf8(bytes).unwrap()
        });
        let first = of_sizes.next().unwrap();
        assert!(of_sizes.all(|other| other == first), "{text:?}");
        first
    }

    #[test]
    fn a_bare_line_feed_is_none_of_a_head_and_none_of_ours_in_a_body() {
        for fine in ["GET / HTTP/1.1\r\nHost: a\r\n\r\n", "POST /\r\na: b\r\n\r\nx\ny\n\r\n"] {
            assert_eq!(checked(fine), fine);
        }
        assert_eq!(checked("GET /\nHost: a\r\n\r\n"), "GET /\0Host: a\r\n\r\n");
        assert_eq!(checked("GET /\r\nHost: a\n\n"), "GET /\r\nHost: a\0\0");
        assert_eq!(checked("GET /\r\n\n\r\n\r\nx\n"), "GET /\r\n\0\r\n\r\nx\n");
        assert_eq!(checked("GET /\r\n\r\r\n\r\nx\n"), "GET /\r\n\r\r\n\r\nx\n");
    }
}
