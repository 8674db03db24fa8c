//! The quiz's own server as the real program: it has the same commands, serves the quiz's page, and a round is played
//! over its socket, across a kill. It waits for facts alone.
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, WebSocket, client::client};

const ROOM: &str = "rooms/quiz";

/// A data folder that is gone when its test has passed.
struct Folder(PathBuf);

/// The program, serving.
struct Server {
    child: Child,
    address: String,
    /// Open as long as it runs, so that it can say more.
    _says: Lines<BufReader<ChildStdout>>,
}

struct Answer {
    status: u16,
    headers: String,
    body: String,
}

/// Somebody's connection.
struct Player {
    socket: WebSocket<TcpStream>,
    waiting: Vec<Value>,
    asked: u64,
    account: u64,
    term: u64,
}

impl Folder {
    fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("houseful-quiz-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        let toml = "listen = \"127.0.0.1:0\"\n[operator]\nlisten = \"127.0.0.1:0\"\n";
        std::fs::write(path.join("houseful.toml"), toml).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }
}

fn quiz(what: &str, data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quiz"));
    command.arg(what).arg("--data").arg(data);
    command
}

impl Server {
    fn start(data: &Path) -> Server {
        let mut child = quiz("serve", data).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| line.unwrap().strip_prefix("listening on http://").map(str::to_owned));
        Server { child, address: address.expect("it says where it listens"), _says: lines }
    }

    fn ask(&self, head: &str, body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(stream, "{head}\r\nhost: {}\r\nconnection: close\r\n", self.address).unwrap();
        write!(stream, "content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (headers, body) = text.split_once("\r\n\r\n").expect("an answer");
        let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, headers: headers.to_lowercase(), body: body.to_owned() }
    }

    fn get(&self, path: &str) -> Answer {
        self.ask(&format!("GET {path} HTTP/1.1"), "")
    }

    fn person(&self, way: &str, name: &str) -> (u64, String) {
        let email = format!("{name}@house.example");
        let body = json!({ "email": email, "name": name, "password": "row-A-seat-12-please" });
        let body = match way {
            "sign-in" => json!({ "email": email, "password": body["password"] }),
            _ => body,
        };
        let head = format!("POST /api/v1/auth/{way} HTTP/1.1");
        let answer = self.ask(&head, &body.to_string());
        let answer: Value = serde_json::from_str(&answer.body).expect("they are let in");
        let id = answer["account"]["id"].as_u64().unwrap();
        (id, answer["accessToken"].as_str().unwrap().to_owned())
    }

    fn enter(&self, way: &str, name: &str) -> Player {
        let (account, token) = self.person(way, name);
        let mut request = format!("ws://{}/live", self.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "houseful.v1".parse().unwrap());
        let (socket, _) = client(request, TcpStream::connect(&self.address).unwrap()).unwrap();
        let mut player = Player { socket, waiting: Vec::new(), asked: 0, account, term: 0 };
        player.ask(json!({ "t": "hello", "token": token }));
        player.join();
        player
    }

    /// As if the power failed.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Player {
    fn join(&mut self) -> Value {
        let joined = self.ask(json!({ "t": "join", "room": ROOM }));
        self.term = joined["term"].as_u64().unwrap_or_else(|| panic!("{joined}"));
        joined
    }

    fn command(&mut self, name: &str, body: Value) -> Value {
        let id = format!("0199b6a0-0000-7000-8{:03x}-{:012x}", self.account, self.asked);
        let (t, term) = ("command", self.term);
        let frame =
            json!({ "t": t, "room": ROOM, "term": term, "id": id, "name": name, "body": body });
        self.ask(frame)
    }

    fn ask(&mut self, mut frame: Value) -> Value {
        self.asked += 1;
        let reference = json!(self.asked);
        frame["ref"] = reference.clone();
        self.socket.send(Message::text(frame.to_string())).unwrap();
        self.next(|frame| frame["ref"] == reference)
    }

    /// The next frame of this kind, whatever came before it.
    fn next(&mut self, is_it: impl Fn(&Value) -> bool) -> Value {
        loop {
            if let Some(place) = self.waiting.iter().position(&is_it) {
                return self.waiting.remove(place);
            }
            if let Message::Text(text) = self.socket.read().unwrap() {
                match serde_json::from_str(&text).unwrap() {
                    Value::Array(frames) => self.waiting.extend(frames),
                    frame => self.waiting.push(frame),
                }
            }
        }
    }

    /// Waits until what everyone sees contains this.
    fn sees(&mut self, text: &str) {
        self.next(|frame| frame["t"] == "ops" && frame.to_string().contains(text));
    }
}

#[test]
fn a_round_is_played_and_outlives_the_process() {
    let folder = Folder::new();
    let server = Server::start(&folder.0);
    let mut host = server.enter("sign-up", "hal");
    let mut ann = server.enter("sign-up", "ann");
    assert_eq!(host.command("host", json!({}))["t"], "ok");
    host.next(|frame| frame["t"] == "resync");
    host.join();
    let question = json!({ "text": "Which?", "choices": ["a", "b"], "right": 1, "seconds": 300 });
    assert_eq!(host.command("ask", question)["body"]["no"], 1);
    ann.sees("\"Which?\"");
    assert_eq!(ann.command("ask", json!({}))["code"], "invalid_command");
    assert_eq!(ann.command("reveal", json!({}))["code"], "not_allowed");
    assert_eq!(ann.command("answer", json!({ "no": 1, "choice": 1 }))["t"], "ok");
    assert_eq!(host.command("reveal", json!({}))["t"], "ok");
    assert_eq!(host.command("room.close", json!({}))["code"], "not_allowed", "it is nobody's");
    let score = format!("[\"put\",\"scores\",{},1]", ann.account);
    ann.sees(&score);
    server.kill();

    let server = Server::start(&folder.0);
    let mut ann = server.enter("sign-in", "ann");
    let joined = ann.join();
    assert!(joined.to_string().contains(&format!("[[{},1]]", ann.account)), "{joined}");
    let rooms = quiz("rooms", &folder.0).output().unwrap();
    let rooms = String::from_utf8(rooms.stdout).unwrap();
    let line = rooms.lines().find(|line| line.starts_with(ROOM)).expect("it is made once");
    assert_eq!(line.split_whitespace().nth(1), Some("quiz"));
    server.kill();
    let verified = quiz("verify", &folder.0).output().unwrap();
    let said = String::from_utf8_lossy(&verified.stdout).into_owned();
    assert!(verified.status.success() && said.contains(" 0 faults"), "{said}");

    let server = Server::start(&folder.0);
    let found: Value =
        serde_json::from_str(&server.get("/api/v1/rooms/rooms%2Fquiz").body).unwrap();
    assert_eq!((&found["title"], &found["role"]), (&json!("Quiz"), &json!("visitor")));
    serves_its_page(&server);
}

fn serves_its_page(server: &Server) {
    let page = server.get("/apps/quiz/page.js");
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(page.body.contains("export function attach(div, room, client)"));
    for header in [
        "content-type: text/javascript; charset=utf-8",
        "x-content-type-options: nosniff",
        "cache-control: no-cache",
        "script-src 'self'; style-src 'self'",
    ] {
        assert!(page.headers.contains(header), "{header} is not among\n{}", page.headers);
    }
    let style = server.get("/apps/quiz/page.css");
    assert!(style.headers.contains("content-type: text/css"), "{}", style.headers);
    let tag = page.headers.lines().find(|line| line.starts_with("etag: ")).expect("a tag");
    let known = tag.replace("etag", "if-none-match");
    let again = server.ask(&format!("GET /apps/quiz/page.js HTTP/1.1\r\n{known}"), "");
    assert_eq!(again.status, 304);
    for none in ["/apps/quiz/no.js", "/apps/quiz/%2e%2e/page.js", "/apps/seats/page.js"] {
        assert_eq!(server.get(none).status, 404, "{none}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A test that failed leaves no process behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
