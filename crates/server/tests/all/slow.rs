//! Clients that are slow on purpose: each is hung up on within its limit, and not before.

use crate::house::{House, within};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;

/// A request whose body is begun.
const BODY_BEGUN: &str = "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: a\r\n\
     Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{";

/// What each says at first, and then again and again.
const CLIENTS: &[(&str, &str, &str)] = &[
    ("no byte", "", ""),
    ("half a head", "GET /health HTTP/1.1\r\nHost: a\r\nX-A: ", ""),
    ("a dripped head", "GET /health HTTP/1.1\r\nHost: a\r\n", "X-A: b\r\n"),
    ("a body that stops", BODY_BEGUN, ""),
    ("a dripped body", BODY_BEGUN, " "),
    ("kept alive and silent", "GET /health HTTP/1.1\r\nHost: a\r\n\r\n", ""),
];

const DRIP: Duration = Duration::from_millis(50);

/// Plays one client until the server hangs up; answers what it heard.
async fn play(address: SocketAddr, first: &str, again: &str) -> String {
    let stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let (mut from, mut to) = stream.into_split();
    to.write_all(first.as_bytes()).await.unwrap();
    let mut heard = Vec::new();
    let drip = async {
        loop {
            tokio::time::sleep(DRIP).await;
            if !again.is_empty() && to.write_all(again.as_bytes()).await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = from.read_to_end(&mut heard) => {}
        () = drip => {}
    }
    String::from_utf8(heard).unwrap()
}

#[tokio::test]
async fn slow_clients_are_hung_up_on() {
    let house = House::open_with(|config| {
        (config.http.headers_ms, config.http.body_ms, config.http.idle_ms) = (300, 300, 300);
    })
    .await;
    for (name, first, again) in CLIENTS {
        let heard = within(name, play(house.address, first, again)).await;
        match *name {
            "kept alive and silent" => assert!(heard.starts_with("HTTP/1.1 200 "), "{heard}"),
            "a body that stops" | "a dripped body" => {
                assert!(
                    heard.starts_with("HTTP/1.1 408 ") && heard.contains("too_slow"),
                    "{heard}"
                );
            }
            _ => assert_eq!(heard, "", "{name}"),
        }
    }
    house.close().await;
}

/// The control: with the usual limits the same clients are still there after a second.
#[tokio::test]
async fn who_is_not_too_slow_is_not_hung_up_on() {
    let house = House::open().await;
    for (name, first, again) in CLIENTS {
        let played =
            tokio::time::timeout(Duration::from_secs(1), play(house.address, first, again));
        assert!(played.await.is_err(), "{name}");
    }
    house.close().await;
}

#[tokio::test]
async fn a_body_that_keeps_its_pace_may_take_long() {
    let house = House::open_with(|config| config.http.body_ms = 300).await;
    let mut stream = tokio::net::TcpStream::connect(house.address).await.unwrap();
    let head = "POST /api/v1/auth/sign-in HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
                Content-Type: application/json\r\nContent-Length: 2402\r\n\r\n{}";
    stream.write_all(head.as_bytes()).await.unwrap();
    // 1,200 bytes in 0.6 s, twice: each buys more than a second.
    for _ in 0..2 {
        stream.write_all(&[b' '; 1_200]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    let mut heard = String::new();
    within("an answer", stream.read_to_string(&mut heard)).await.unwrap();
    assert!(heard.starts_with("HTTP/1.1 422 "), "{heard}");
    house.close().await;
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_hung_up_on() {
    let house = House::open_with(|config| config.http.write_ms = 300).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let stream = socket.connect(house.address).await.unwrap();
    let request = format!("GET /api/openapi.json HTTP/1.1\r\nHost: {}\r\n\r\n", house.address);
    let requests = request.repeat(1_000);
    within("the server to hang up", async {
        let mut sent = 0;
        loop {
            // It asks and asks and never reads.
            match stream.try_write(&requests.as_bytes()[sent % request.len()..]) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    tokio::time::sleep(DRIP).await;
                }
                Err(_) => return,
            }
        }
    })
    .await;
    house.close().await;
}
