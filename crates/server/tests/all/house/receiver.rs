//! Somebody else's server, as a test plays it: it keeps what it is sent and answers what it is told to.

use super::within;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::task::JoinHandle;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub headers: BTreeMap<String, String>,
    pub body: Vec<u8>,
}

/// The server. It ends with it.
pub struct Receiver {
    pub address: SocketAddr,
    /// Answers to come, whole; 204 when there are none left.
    pub answers: Arc<Mutex<VecDeque<String>>>,
    came: UnboundedReceiver<Received>,
    task: JoinHandle<()>,
}

impl Receiver {
    pub async fn open() -> Receiver {
        Receiver::open_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub async fn open_at(address: SocketAddr) -> Receiver {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers: Arc<Mutex<VecDeque<String>>> = Arc::default();
        let (to, came) = unbounded_channel();
        let to_come = answers.clone();
        let task = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (to, to_come) = (to.clone(), to_come.clone());
                tokio::spawn(async move {
                    let Some(received) = read(&mut stream).await else { return };
                    let answer = to_come.lock().unwrap().pop_front();
                    let answer = answer.unwrap_or_else(|| status(204, ""));
                    let _ = to.send(received);
                    respond(stream, &answer).await;
                });
            }
        });
        Receiver { address, answers, came, task }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// The next answers, before any other.
    pub fn answer(&self, answers: impl IntoIterator<Item = String>) {
        self.answers.lock().unwrap().extend(answers);
    }

    pub async fn next(&mut self) -> Received {
        within("a call", self.came.recv()).await.unwrap()
    }

    /// Whether nothing more has come by now.
    pub fn is_empty(&mut self) -> bool {
        self.came.is_empty()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A whole answer.
pub fn status(status: u16, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} Said\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

/// `…` at an answer's end goes on for ever: with more, or in silence.
async fn respond(mut stream: TcpStream, answer: &str) {
    let (text, is_endless) = match answer.strip_suffix('…') {
        Some(text) => (text, true),
        None => (answer, false),
    };
    let mut is_taken = stream.write_all(text.as_bytes()).await.is_ok();
    while is_endless && is_taken && !text.is_empty() {
        is_taken = stream.write_all(&[b'x'; 4_096]).await.is_ok();
    }
    if text.is_empty() {
        // Silence, until the other side has enough.
        let _ = stream.read(&mut [0; 1]).await;
    }
}

async fn read(stream: &mut TcpStream) -> Option<Received> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).ok()?;
    let mut lines = text.split("\r\n");
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let header = |line: &str| {
        let (name, value) = line.split_once(": ")?;
        Some((name.to_lowercase(), value.to_owned()))
    };
    let headers: BTreeMap<_, _> = lines.filter_map(header).collect();
    let length: usize = headers.get("content-length")?.parse().ok()?;
    let mut body = bytes.split_off(head + 4);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some(Received { path, headers, body })
}
