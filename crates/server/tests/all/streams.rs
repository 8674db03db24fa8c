//! Stories of a connection where no WebSocket gets through (R56–R59), told by a client that is not
//! ours: events are read as they come, messages are POSTs.

use crate::house::{Answer, Ask, House, Person, becomes, within};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::net::{TcpSocket, TcpStream};

/// One event: its name, empty for a message, and its data.
type Event = (String, Value);

struct Stream {
    address: SocketAddr,
    secret: String,
    headers: hyper::HeaderMap,
    body: Incoming,
    text: String,
    next: u64,
    _connection: SendRequest<Empty<Bytes>>,
}

impl Stream {
    async fn open(address: SocketAddr) -> Stream {
        Stream::over(TcpStream::connect(address).await.unwrap(), address).await
    }

    async fn over(stream: TcpStream, address: SocketAddr) -> Stream {
        Stream::try_over(stream, address).await.expect("a place")
    }

    /// One, if the server has a place.
    async fn try_over(stream: TcpStream, address: SocketAddr) -> Option<Stream> {
        let (mut connection, driver) = handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(driver);
        let request = hyper::Request::post("/live/sse")
            .header("host", address.to_string())
            .header("accept-encoding", "gzip, br")
            .body(Empty::new());
        let answer = within("a stream", connection.send_request(request.unwrap())).await.unwrap();
        if answer.status() == 429 {
            return None;
        }
        assert_eq!(answer.status(), 200);
        let (head, body) = answer.into_parts();
        let (secret, text) = (String::new(), String::new());
        let headers = head.headers;
        let mut stream =
            Stream { address, secret, headers, body, text, next: 1, _connection: connection };
        let (name, data) = stream.event().await.unwrap();
        assert_eq!(name, "open");
        stream.secret = data["stream"].as_str().unwrap().to_owned();
        Some(stream)
    }

    /// The next event, or nothing where the stream has ended.
    async fn event(&mut self) -> Option<Event> {
        loop {
            if let Some((event, rest)) = self.text.split_once("\n\n") {
                let field = |name: &str| {
                    let lines = event.lines().filter_map(|line| line.strip_prefix(name));
                    lines.collect::<Vec<_>>().join("\n")
                };
                let event = (field("event: "), serde_json::from_str(&field("data: ")).unwrap());
                self.text = rest.to_owned();
                return Some(event);
            }
            let frame = within("an event", self.body.frame()).await?.ok()?;
            self.text.push_str(std::str::from_utf8(&frame.into_data().unwrap()).unwrap());
        }
    }

    fn message(&self, body: impl Into<Bytes>) -> Ask {
        let ask = Ask::new(self.address, "POST", "/live/sse/messages").body(body);
        ask.header("authorization", &format!("Bearer {}", self.secret))
    }

    async fn send(&self, frame: &Value) -> Answer {
        self.message(frame.to_string()).send().await
    }

    /// Sends a request and reads on to its answer.
    async fn ask(&mut self, mut frame: Value) -> Value {
        self.next += 1;
        frame["ref"] = self.next.into();
        self.send(&frame).await.expect(204);
        let reference = self.next;
        self.until(|frame| frame["ref"] == reference).await
    }

    async fn until(&mut self, is: impl Fn(&Value) -> bool) -> Value {
        loop {
            let (name, frame) = self.event().await.expect("the stream goes on");
            assert_eq!(name, "", "{frame}");
            if is(&frame) {
                return frame;
            }
        }
    }

    async fn hello(&mut self, who: Option<&Person>) -> Value {
        let token = who.map(|person| &person.token);
        self.ask(json!({ "t": "hello", "token": token })).await
    }

    /// The code of the goodbye; nothing comes after it.
    async fn closed(&mut self) -> u64 {
        loop {
            let (name, data) = self.event().await.expect("a goodbye");
            if name == "close" {
                assert_eq!(self.event().await, None);
                return data["code"].as_u64().unwrap();
            }
        }
    }
}

#[tokio::test]
async fn r56_a_stream_of_events_is_a_connection_like_any_other() {
    let house = House::open().await;
    let ann = house.person("Ann").await;
    let room = house.event(&house.organiser("Olga").await).await;
    let mut stream = Stream::open(house.address).await;
    for (name, value) in [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-store"),
        ("x-accel-buffering", "no"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(stream.headers[name], value);
    }
    assert!(!stream.headers.contains_key("content-encoding"));
    assert_eq!(stream.hello(Some(&ann)).await["account"]["name"], "Ann");
    let joined = stream.ask(json!({ "t": "join", "room": room })).await;
    assert_eq!(joined["app"], "seats");
    let mut other = house.live(None).await;
    other.join(&room).await;
    let hold = json!({ "t": "command", "room": room, "term": joined["term"], "name": "hold",
        "id": crate::house::new_id(), "body": { "seats": [3] } });
    let held = stream.ask(hold).await;
    assert_eq!((&held["t"], &held["body"]["seats"][0][0]), (&json!("ok"), &json!(3)));
    other.next("ops").await;
    house.close().await;
}

#[tokio::test]
async fn r56_a_stream_is_for_our_own_pages_and_those_on_the_list() {
    let house = House::open_with(|config| {
        config.allowed_origins = vec!["https://box.example.com".into()];
    })
    .await;
    let stream = Stream::open(house.address).await;
    for origin in ["https://evil.com", "null", "https://box.example.com.evil.com"] {
        let open = house.post("/live/sse").header("origin", origin);
        open.send().await.problem(403, "origin_not_allowed");
        let message = stream.message("[]").header("origin", origin);
        message.send().await.problem(403, "origin_not_allowed");
    }
    let listed = stream.message("[]").header("origin", "https://box.example.com").send().await;
    assert_eq!(listed.expect(204).header("access-control-allow-origin"), "https://box.example.com");
    drop(stream);
    house.close().await;
}

#[tokio::test]
async fn r57_a_message_needs_the_secret_of_its_stream() {
    let house = House::open().await;
    let ann = house.person("Ann").await;
    let mut stream = Stream::open(house.address).await;
    let post = |bearer: &str| {
        let ask = house.post("/live/sse/messages").body("[]");
        ask.header("authorization", &format!("Bearer {bearer}"))
    };
    house.post("/live/sse/messages").body("[]").send().await.problem(404, "not_found");
    for bearer in ["", "AAAA", &ann.token, &"A".repeat(43)] {
        post(bearer).send().await.problem(404, "not_found");
    }
    post(&stream.secret).send().await.expect(204);
    let by_token = house.get("/api/v1/me").header("authorization", &stream.secret).send().await;
    assert_eq!(by_token.status, 401, "it is no token");
    stream.hello(None).await;
    let secret = stream.secret.clone();
    drop(stream);
    becomes("no connection", || house.metrics().contains("houseful_connections 0")).await;
    post(&secret).send().await.problem(404, "not_found");
    house.close().await;
}

#[tokio::test]
async fn r57_what_cannot_be_read_is_refused_and_ends_nothing() {
    let house = House::open().await;
    let mut stream = Stream::open(house.address).await;
    stream.hello(None).await;
    stream.message("x".repeat(16 * 1024 + 1)).send().await.problem(413, "too_large");
    stream.message(vec![0xff, 0xfe]).send().await.problem(400, "malformed_json");
    stream.message("{").send().await.expect(204);
    let refused = stream.until(|frame| frame["t"] == "refused").await;
    assert_eq!((&refused["code"], &refused["ref"]), (&json!("malformed_json"), &Value::Null));
    let frames = json!([{ "t": "join", "ref": 90, "room": "lobby" }, { "t": "what", "ref": 91 }]);
    stream.send(&frames).await.expect(204);
    stream.until(|frame| frame["ref"] == 91).await;
    let whole = json!({ "t": "hello", "ref": 92, "client": "x".repeat(16 * 1024 - 60) });
    assert!(whole.to_string().len() <= 16 * 1024);
    stream.send(&whole).await.expect(204);
    stream.until(|frame| frame["ref"] == 92).await;
    drop(stream);
    house.close().await;
}

#[tokio::test]
async fn r58_a_goodbye_is_an_event_with_its_code() {
    let mut house = House::open().await;
    let ann = house.person("Ann").await;
    let mut silent = Stream::open(house.address).await;
    let mut revoked = Stream::open(house.address).await;
    revoked.hello(Some(&ann)).await;
    let out = house.post("/api/v1/auth/sign-out").header("cookie", &ann.cookie);
    out.header("x-houseful", "1").send().await.expect(204);
    assert_eq!(revoked.closed().await, 4500);
    house.clock.forward_ms(5_001);
    assert_eq!(silent.closed().await, 4003);
    let mut told = Stream::open(house.address).await;
    told.hello(None).await;
    let stopped = async {
        told.until(|frame| frame["t"] == "goaway").await;
        told.closed().await
    };
    let (code, ()) = tokio::join!(stopped, house.stop());
    assert_eq!(code, 4000);
    house.close().await;
}

#[tokio::test]
async fn r59_a_stream_has_a_place_and_its_heartbeat_and_gives_the_place_back() {
    let house = House::open_with(|config| {
        config.connections.visitors_per_address = 1;
        config.http.idle_ms = 300;
    })
    .await;
    let mut stream = Stream::open(house.address).await;
    stream.hello(None).await;
    // Passwords are hashed for longer than a kept connection may be silent; a stream may.
    let (ann, room) =
        (house.person("Ann").await, house.event(&house.organiser("Olga").await).await);
    stream.ask(json!({ "t": "auth", "token": ann.token })).await;
    stream.ask(json!({ "t": "join", "room": room })).await;
    house.clock.forward_ms(25_001);
    stream.until(|frame| frame["t"] == "ping").await;
    stream.send(&json!({ "t": "pong" })).await.expect(204);
    let visitor = Stream::open(house.address).await;
    house.post("/live/sse").send().await.problem(429, "too_many_connections");
    drop(visitor);
    let mut again = within("a place", async {
        loop {
            let socket = TcpStream::connect(house.address).await.unwrap();
            if let Some(stream) = Stream::try_over(socket, house.address).await {
                return stream;
            }
        }
    })
    .await;
    again.hello(Some(&ann)).await;
    drop(again);
    house.close().await;
}

#[tokio::test]
async fn r59_who_does_not_read_is_a_slow_consumer() {
    let house = House::open().await;
    let room = house.event(&house.organiser("Olga").await).await;
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4_096).unwrap();
    let narrow = socket.connect(house.address).await.unwrap();
    let mut slow = Stream::over(narrow, house.address).await;
    slow.hello(None).await;
    let frames: Vec<Value> =
        (1..=60).map(|n| json!({ "t": "join", "ref": n + 1_000, "room": room })).collect();
    let before = house.metrics().matches("houseful_closes{code=\"4001\"}").count();
    let message = Value::Array(frames);
    while house.metrics().matches("houseful_closes{code=\"4001\"}").count() == before {
        if slow.send(&message).await.status == 404 {
            break;
        }
    }
    assert_eq!(slow.closed().await, 4001);
    house.close().await;
}
