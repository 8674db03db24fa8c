//! Requests at the bytes: what two parties could read in two ways is read by nobody, and every answer carries its
//! headers, the parser's own refusals too.

use crate::house::{Answer, House, within};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Sends bytes and reads until the server hangs up.
pub async fn say(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let (mut heard, mut buffer) = (Vec::new(), [0; 4_096]);
    within("the server to hang up", async {
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            heard.extend_from_slice(&buffer[..count]);
        }
    })
    .await;
    String::from_utf8(heard).unwrap()
}

/// What every answer carries, whatever it says.
#[track_caller]
fn assert_headers(name: &str, answer: &str) {
    let answer = answer.to_lowercase();
    for header in [
        "content-security-policy: default-src 'none';",
        "x-content-type-options: nosniff",
        "x-frame-options: deny",
        "referrer-policy: ",
        "cross-origin-opener-policy: same-origin",
        "cross-origin-resource-policy: same-origin",
        "cache-control: ",
    ] {
        assert!(answer.contains(&format!("\r\n{header}")), "{name}: no {header} in {answer}");
    }
}

/// A name, a request with `@` for our host and `~` for a line's end, and the status; 0 is no word at all.
const REQUESTS: &[(&str, &str, u16)] = &[
    ("in order", "GET /health HTTP/1.1~Host: @~Connection: close~~", 200),
    ("its own absolute form", "GET http://@/health HTTP/1.1~Host: @~Connection: close~~", 200),
    ("HTTP/1.0 without a host", "GET /health HTTP/1.0~~", 200),
    (
        "length, then chunked",
        "POST / HTTP/1.1~Host: @~Content-Length: 5~Transfer-Encoding: chunked~~0~~",
        411,
    ),
    (
        "chunked, then length",
        "POST / HTTP/1.1~Host: @~Transfer-Encoding: chunked~Content-Length: 5~~0~~",
        411,
    ),
    ("a bad chunk size", "POST / HTTP/1.1~Host: @~Transfer-Encoding: chunked~~-1~x~0~~", 411),
    (
        "a chunk size that wraps",
        "POST / HTTP/1.1~Host: @~Transfer-Encoding: chunked~~10000000000000001~x~",
        411,
    ),
    ("not chunked at last", "POST / HTTP/1.1~Host: @~Transfer-Encoding: chunked, identity~~", 400),
    ("nearly chunked", "POST / HTTP/1.1~Host: @~Transfer-Encoding: xchunked~~", 400),
    ("chunked in HTTP/1.0", "POST / HTTP/1.0~Host: @~Transfer-Encoding: chunked~~0~~", 400),
    ("two lengths", "POST / HTTP/1.1~Host: @~Content-Length: 5~Content-Length: 6~~hello!", 400),
    ("a list of lengths", "POST / HTTP/1.1~Host: @~Content-Length: 5, 5~~hello", 400),
    ("a length with a sign", "POST / HTTP/1.1~Host: @~Content-Length: +5~~hello", 400),
    ("a negative length", "POST / HTTP/1.1~Host: @~Content-Length: -5~~hello", 400),
    ("a folded line", "GET /health HTTP/1.1~Host: @~X-A: b~ c~~", 400),
    ("a bare line feed", "GET /health HTTP/1.1~Host: @~X-A: b\nContent-Length: 5~~", 400),
    ("bare line feeds alone", "GET /health HTTP/1.1\nHost: @\n\n", 400),
    ("a bare carriage return", "GET /health HTTP/1.1~Host: @~X-A: b\rX-C: d~~", 400),
    ("a zero byte", "GET /health HTTP/1.1~Host: @~X-A: b\0c~~", 400),
    ("a space before the colon", "GET /health HTTP/1.1~Host : @~~", 400),
    ("no host", "GET /health HTTP/1.1~X-A: b~~", 400),
    ("two hosts", "GET /health HTTP/1.1~Host: @~Host: evil.example~~", 400),
    ("a host with a name before it", "GET /health HTTP/1.1~Host: a@b.example~~", 400),
    ("another absolute form", "GET http://evil.example/health HTTP/1.1~Host: @~~", 400),
    ("the form of a proxy", "CONNECT evil.example:80 HTTP/1.1~Host: evil.example:80~~", 400),
    ("the whole server", "OPTIONS * HTTP/1.1~Host: @~~", 400),
    (
        "a packed body",
        "POST /api/v1/auth/sign-in HTTP/1.1~Host: @~Content-Encoding: gzip~Content-Length: 2~~{}",
        415,
    ),
    ("the preface of HTTP/2", "PRI * HTTP/2.0~~SM~~", 0),
];

#[tokio::test]
async fn what_can_be_read_in_two_ways_is_not_read() {
    let house = House::open().await;
    let host = house.address.to_string();
    for (name, request, status) in REQUESTS {
        let named = request.starts_with("GET /health HTTP/1.1~Host: a@");
        let request = if named { (*request).to_owned() } else { request.replace('@', &host) };
        // Whatever is smuggled would be answered a second time.
        let request = request.replace('~', "\r\n");
        let answer = say(house.address, request.as_bytes()).await;
        if *status == 0 {
            assert_eq!(answer, "", "{name}");
            continue;
        }
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} "))
                || answer.starts_with(&format!("HTTP/1.0 {status} ")),
            "{name}: {answer}"
        );
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "{name}: {answer}");
        assert_headers(name, &answer);
        if *status >= 400 {
            assert!(answer.contains("application/problem+json"), "{name}: {answer}");
            assert!(answer.contains(&format!("\"status\":{status}")), "{name}: {answer}");
        }
    }
    house.close().await;
}

#[tokio::test]
async fn heads_and_bodies_are_bounded() {
    let house = House::open().await;
    let head = |more: &str| {
        format!(
            "GET /health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{more}\r\n",
            house.address
        )
    };
    let headers = |count: usize| head(&"X-A: b\r\n".repeat(count - 2));
    let long = |bytes: usize| head(&format!("X-A: {}\r\n", "b".repeat(bytes)));
    for (name, request, status) in [
        ("64 headers", headers(64), "200"),
        ("65 headers", headers(65), "431"),
        ("15 KiB", long(15 * 1_024), "200"),
        ("17 KiB", long(17 * 1_024), "431"),
    ] {
        let answer = say(house.address, request.as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{name}: {answer}");
        assert_headers(name, &answer);
        assert_eq!(answer.contains("\"headers_too_large\""), status == "431", "{name}: {answer}");
    }
    let body = |bytes: usize| "{}".to_owned() + &" ".repeat(bytes - 2);
    let sign_in = || house.post("/api/v1/auth/sign-in").header("content-type", "application/json");
    sign_in().body(body(64 * 1_024)).send().await.problem(422, "invalid_body");
    sign_in().body(body(64 * 1_024 + 1)).send().await.problem(413, "too_large");
    house.close().await;
}

#[tokio::test]
async fn every_route_answers_with_the_headers() {
    let house = House::open_with(|config| config.http.requests_per_minute_address = 30).await;
    let document = house.get("/api/openapi.json").send().await.expect(200).json();
    let mut statuses = std::collections::BTreeSet::new();
    let mut look = |name: &str, answer: Answer| {
        let lines = answer
            .headers
            .iter()
            .map(|(name, value)| format!("\r\n{name}: {}", value.to_str().unwrap()));
        assert_headers(name, &lines.collect::<String>());
        statuses.insert(answer.status);
    };
    for path in [
        "/",
        "/events/7",
        "/robots.txt",
        "/none.js",
        "/health",
        "/live",
        "/api/",
        "/api/swagger-ui.css",
        "/api/openapi.json",
        "/api/asyncapi.json",
        "/api/v1/none",
    ] {
        for ask in [house.get(path), house.post(path), house.patch(path)] {
            look(path, ask.send().await);
        }
    }
    for path in document["paths"].as_object().unwrap().keys() {
        let path = format!("/api/v1{}", path.replace(['{', '}'], ""));
        for ask in [house.get(&path), house.post(&path), house.patch(&path)] {
            look(&path, ask.send().await);
        }
    }
    for status in [200, 401, 404, 405, 415, 426, 429] {
        assert!(statuses.contains(&status), "{status} is not among {statuses:?}");
    }
    house.close().await;
}

/// An upgrade without our sub-protocol: who is let in by the origin is refused for that.
async fn upgrade(house: &House, origin: &str, more: &str) -> String {
    let request = format!(
        "GET /live HTTP/1.1\r\nHost: app.example.com\r\nOrigin: {origin}\r\nConnection: Upgrade, close\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: none\r\n{more}\r\n"
    );
    say(house.address, request.as_bytes()).await
}

#[tokio::test]
async fn an_upgrade_is_for_our_own_pages() {
    let house = House::open_with(|config| {
        config.public_url = Some("https://app.example.com".into());
        config.allowed_origins = vec!["https://box.example.com".into()];
    })
    .await;
    for (origin, code) in [
        ("https://app.example.com", "sub_protocol_required"),
        ("https://box.example.com", "sub_protocol_required"),
        ("https://evil.com", "origin_not_allowed"),
        ("https://app.example.com.evil.com", "origin_not_allowed"),
        ("https://evilapp.example.com", "origin_not_allowed"),
        ("https://example.com", "origin_not_allowed"),
        ("null", "origin_not_allowed"),
        ("http://app.example.com", "origin_not_allowed"),
        ("https://app.example.com:444", "origin_not_allowed"),
        ("https://app.example.com/", "origin_not_allowed"),
        ("HTTPS://APP.EXAMPLE.COM", "origin_not_allowed"),
        ("https://app.example.com\r\nOrigin: https://evil.com", "origin_not_allowed"),
    ] {
        let answer = upgrade(&house, origin, "").await;
        assert!(answer.contains(&format!("\"{code}\"")), "{origin}: {answer}");
        assert_headers(origin, &answer);
    }
    house.close().await;
}

#[tokio::test]
async fn without_a_public_address_a_page_is_our_own_by_its_scheme_too() {
    let (plain, tls) = ("http://app.example.com", "https://app.example.com");
    let by_tls = "X-Forwarded-Proto: https\r\n";
    for (proxies, told, own, other) in [
        (vec![], "", plain, tls),
        // What anyone says of it changes nothing, unless the operator named them.
        (vec![], by_tls, plain, tls),
        (vec!["127.0.0.1".parse().unwrap()], by_tls, tls, plain),
        (vec!["127.0.0.1".parse().unwrap()], "", plain, tls),
    ] {
        let house = House::open_with(|config| config.trusted_proxies = proxies).await;
        let answer = upgrade(&house, own, told).await;
        assert!(answer.contains("\"sub_protocol_required\""), "{own} {told}: {answer}");
        let answer = upgrade(&house, other, told).await;
        assert!(answer.contains("\"origin_not_allowed\""), "{other} {told}: {answer}");
        house.close().await;
    }
}
