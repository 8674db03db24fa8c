//! TLS of our own, by a client that is not: certificates that change under open connections, live sessions, and what is
//! said of files that cannot be used.

use crate::house::{House, within};
use crate::temp::TempFolder;
use futures_util::{SinkExt, StreamExt};
use houseful::config::Tls;
use houseful::gateway::tls::Certificate;
use houseful::limits::TLS_HANDSHAKES_MAX;
use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion, version};
use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Writes a new certificate and its key; answers the certificate.
fn issue(folder: &Path) -> CertificateDer<'static> {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
    std::fs::write(folder.join("certificate.pem"), certificate.pem()).unwrap();
    certificate.der().clone()
}

fn files(folder: &Path) -> Tls {
    let listen = "127.0.0.1:0".parse().unwrap();
    Tls { listen, certificate: folder.join("certificate.pem"), key: folder.join("key.pem") }
}

async fn open(folder: &Path) -> (House, SocketAddr) {
    let house = House::open_with(|config| {
        config.tls = Some(files(folder));
        config.http.headers_ms = 3_000;
    })
    .await;
    let at = house.server().addresses.tls.unwrap();
    (house, at)
}

/// A connection that trusts this certificate alone.
async fn connect(
    at: SocketAddr,
    trusted: &CertificateDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let stream = TcpStream::connect(at).await?;
    let name = ServerName::try_from("localhost").unwrap();
    within("a handshake", TlsConnector::from(Arc::new(config)).connect(name, stream)).await
}

const BOTH: &[&SupportedProtocolVersion] = &[&version::TLS12, &version::TLS13];

type Socket = WebSocketStream<TlsStream<TcpStream>>;

async fn live(at: SocketAddr, trusted: &CertificateDer<'static>) -> Socket {
    let stream = connect(at, trusted, BOTH).await.unwrap();
    let mut request = "wss://localhost/live".into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "houseful.v1".parse().unwrap());
    within("an upgrade", client_async(request, stream)).await.unwrap().0
}

async fn ask(socket: &mut Socket, frame: Value) -> Value {
    socket.send(Message::text(frame.to_string())).await.unwrap();
    next(socket, |answer| answer["ref"] == frame["ref"]).await
}

async fn next(socket: &mut Socket, is: impl Fn(&Value) -> bool) -> Value {
    within("a frame", async {
        loop {
            let Message::Text(text) = socket.next().await.unwrap().unwrap() else { continue };
            let frame: Value = serde_json::from_str(&text).unwrap();
            if is(&frame) {
                return frame;
            }
        }
    })
    .await
}

/// Tells this process, as an operator does.
fn hang_up() {
    let id = std::process::id().to_string();
    assert!(std::process::Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
}

#[tokio::test]
async fn both_versions_speak_http_and_ask_to_be_remembered() {
    let folder = TempFolder::new();
    let certificate = issue(folder.path());
    let (house, at) = open(folder.path()).await;
    for version in BOTH {
        let mut stream = connect(at, &certificate, &[version]).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
        assert_eq!(stream.get_ref().1.protocol_version(), Some(version.version));
        let ask = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(ask).await.unwrap();
        let mut answer = String::new();
        within("an answer", stream.read_to_string(&mut answer)).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains("strict-transport-security: max-age=31536000\r\n"), "{answer}");
    }
    let plain = house.get("/health").send().await.expect(200);
    assert_eq!(plain.header("strict-transport-security"), "");
    house.close().await;
}

#[tokio::test]
async fn who_does_not_shake_hands_is_hung_up_on() {
    let folder = TempFolder::new();
    issue(folder.path());
    let house = House::open_with(|config| {
        config.tls = Some(files(folder.path()));
        config.http.headers_ms = 300;
    })
    .await;
    let at = house.server().addresses.tls.unwrap();
    // Nothing, half a hello, plain HTTP.
    for first in [&b""[..], b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"] {
        let mut stream = TcpStream::connect(at).await.unwrap();
        stream.write_all(first).await.unwrap();
        let mut heard = Vec::new();
        let _ = within("the server to hang up", stream.read_to_end(&mut heard)).await;
        assert!(!heard.starts_with(b"HTTP"), "{heard:?}");
    }
    house.close().await;
}

#[tokio::test]
async fn so_many_shake_hands_at_once_and_one_more_waits_for_its_turn() {
    let folder = TempFolder::new();
    let certificate = issue(folder.path());
    let house = House::open_with(|config| {
        config.tls = Some(files(folder.path()));
        // No turn ends by itself while the story lasts.
        config.http.headers_ms = 120_000;
    })
    .await;
    let at = house.server().addresses.tls.unwrap();
    let mut silent = Vec::new();
    while silent.len() + 1 < TLS_HANDSHAKES_MAX {
        silent.push(TcpStream::connect(at).await.unwrap());
    }
    connect(at, &certificate, BOTH).await.expect("the last place is a place");

    silent.push(TcpStream::connect(at).await.unwrap());
    let mut waiting = pin!(connect(at, &certificate, BOTH));
    // Time enough for many a handshake, and none is made.
    for _ in 0..100 {
        let mut health = pin!(house.get("/health").send());
        tokio::select! {
            biased;
            shaken = &mut waiting => panic!("one too many shook hands: {:?}", shaken.err()),
            answer = &mut health => drop(answer.expect(200)),
        }
    }
    drop(silent.pop());
    waiting.await.expect("its turn has come");
    house.close().await;
}

#[tokio::test]
async fn r24_over_tls_a_slow_consumer_is_closed_and_hurts_nobody() {
    let folder = TempFolder::new();
    let certificate = issue(folder.path());
    let (house, at) = open(folder.path()).await;
    let owner = house.organiser("Olga").await;
    let room = house.event(&owner).await;
    let mut slow = live(at, &certificate).await;
    ask(&mut slow, json!({ "t": "hello", "ref": 1 })).await;
    let mut other = house.live(&owner).await;
    other.join(&room).await;
    let joins: Vec<Value> =
        (1..=60).map(|n| json!({ "t": "join", "ref": n + 1_000, "room": room })).collect();
    let message = Value::Array(joins).to_string();
    let is_closed = || house.metrics().contains("houseful_closes{code=\"4001\"}");
    while !is_closed() {
        // It asks for more than it ever reads, until the server reads no more of it.
        let _ = within("the socket to take it", slow.send(Message::text(message.clone()))).await;
        assert_eq!(other.command(&room, "poke", json!({})).await["code"], "unknown_command");
    }
    let code = within("a goodbye", async {
        loop {
            match slow.next().await.unwrap().unwrap() {
                Message::Close(close) => return u16::from(close.unwrap().code),
                _ => continue,
            }
        }
    })
    .await;
    assert_eq!(code, 4_001);
    house.close().await;
}

#[tokio::test]
async fn a_new_certificate_comes_without_dropping_a_connection() {
    let folder = TempFolder::new();
    let old = issue(folder.path());
    let (house, at) = open(folder.path()).await;
    let (owner, ann) = (house.organiser("Olga").await, house.person("Ann").await);
    let room = house.event(&owner).await;
    let mut socket = live(at, &old).await;
    let welcome = ask(&mut socket, json!({ "t": "hello", "ref": 1, "token": ann.token })).await;
    assert_eq!(welcome["t"], "welcome", "{welcome}");
    let joined = ask(&mut socket, json!({ "t": "join", "ref": 2, "room": room })).await;
    assert_eq!(joined["t"], "joined", "{joined}");

    let new = issue(folder.path());
    hang_up();
    within("the new certificate", async {
        while connect(at, &new, BOTH).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(connect(at, &old, BOTH).await.is_err(), "the old one is still given");
    // The connection of before goes on: what happens is told, what is asked is answered.
    house.command(&owner, &room, "block", &json!({ "seats": [0] })).send().await.expect(200);
    next(&mut socket, |frame| frame["t"] == "ops").await;
    let hold = json!({ "t": "command", "ref": 3, "room": room, "term": joined["term"],
        "id": crate::house::new_id(), "name": "hold", "body": { "seats": [4, 5] } });
    assert_eq!(ask(&mut socket, hold).await["t"], "ok");

    // One that cannot be used changes nothing.
    std::fs::write(folder.path().join("certificate.pem"), "not a certificate").unwrap();
    hang_up();
    let broken = Certificate::read(&files(folder.path())).unwrap_err().to_string();
    assert!(broken.contains("certificate.pem") && broken.contains("not a PEM file"), "{broken}");
    for _ in 0..20 {
        connect(at, &new, BOTH).await.unwrap();
    }
    assert_eq!(ask(&mut socket, json!({ "t": "hello", "ref": 4 })).await["t"], "welcome");

    // The goodbye of a server that stops is carried to its end.
    let closing = tokio::spawn(house.close());
    let code = within("a goodbye", async {
        loop {
            match socket.next().await.unwrap().unwrap() {
                Message::Close(close) => return u16::from(close.unwrap().code),
                _ => continue,
            }
        }
    })
    .await;
    assert_eq!(code, 4_000);
    drop(socket);
    closing.await.unwrap();
}

#[tokio::test]
async fn r01_over_tls_the_same_upgrades_are_refused() {
    let folder = TempFolder::new();
    let certificate = issue(folder.path());
    let (house, at) = open(folder.path()).await;
    for (header, code) in [
        (("sec-websocket-protocol", "other"), "sub_protocol_required"),
        (("origin", "https://evil.com"), "origin_not_allowed"),
        (("origin", "http://localhost"), "origin_not_allowed"),
        // Our own page: what is missing is the sub-protocol.
        (("origin", "https://localhost"), "sub_protocol_required"),
    ] {
        let mut stream = connect(at, &certificate, BOTH).await.unwrap();
        let ask = format!(
            "GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{}: {}\r\n\r\n",
            header.0, header.1
        );
        stream.write_all(ask.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A refused upgrade ends without TLS's own goodbye.
        let _ = within("an answer", stream.read_to_end(&mut answer)).await;
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.contains(&format!("\"{code}\"")), "{answer}");
    }
    house.close().await;
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let folder = TempFolder::new();
    let said = |tls: &Tls| Certificate::read(tls).unwrap_err().to_string();
    let tls = files(folder.path());
    assert!(said(&tls).contains("certificate.pem cannot be read"), "{}", said(&tls));
    issue(folder.path());
    Certificate::read(&tls).unwrap();
    let swapped = Tls { key: tls.certificate.clone(), ..tls.clone() };
    assert!(said(&swapped).contains("not a PEM file of a private key"), "{}", said(&swapped));
    let other = KeyPair::generate().unwrap().serialize_pem();
    std::fs::write(&tls.key, other).unwrap();
    assert!(said(&tls).contains("does not belong"), "{}", said(&tls));
}

#[tokio::test]
async fn r57_a_stream_over_tls_takes_a_message_from_any_listener() {
    let folder = TempFolder::new();
    let certificate = issue(folder.path());
    let (house, at) = open(folder.path()).await;
    let mut stream = connect(at, &certificate, BOTH).await.unwrap();
    let ask = b"POST /live/sse HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n";
    stream.write_all(ask).await.unwrap();
    let mut heard = String::new();
    hear(&mut stream, &mut heard, "\"}\n\n").await;
    let secret = heard.split("\"stream\":\"").nth(1).unwrap().split('"').next().unwrap();
    let message = house.post("/live/sse/messages").body(r#"{"t":"hello","ref":1}"#);
    message.header("authorization", &format!("Bearer {secret}")).send().await.expect(204);
    hear(&mut stream, &mut heard, "\"t\":\"welcome\"").await;
    drop(stream);
    house.close().await;
}

/// Reads on until it has heard that.
async fn hear(stream: &mut TlsStream<TcpStream>, heard: &mut String, wanted: &str) {
    within("an event", async {
        while !heard.contains(wanted) {
            let mut bytes = [0; 4_096];
            let count = stream.read(&mut bytes).await.unwrap();
            assert!(count > 0, "{heard}");
            heard.push_str(std::str::from_utf8(&bytes[..count]).unwrap());
        }
    })
    .await;
}
