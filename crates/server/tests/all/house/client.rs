//! A live connection, by an implementation of WebSocket that is not ours.

use super::{Person, new_id, within};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// A live connection with what it was sent and has not looked at yet.
pub struct Client {
    socket: WebSocketStream<TcpStream>,
    waiting: VecDeque<Value>,
    next: u64,
    terms: BTreeMap<String, u64>,
    /// Every text that it was ever sent.
    pub heard: Vec<String>,
}

/// How a connection ended.
enum Heard {
    Frame(Value),
    Closed(u16),
}

impl Client {
    pub async fn connect(address: SocketAddr) -> Client {
        Client::over(TcpStream::connect(address).await.unwrap(), address).await
    }

    /// One whose side of the network holds hardly anything.
    pub async fn connect_narrow(address: SocketAddr) -> Client {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        Client::over(socket.connect(address).await.unwrap(), address).await
    }

    async fn over(stream: TcpStream, address: SocketAddr) -> Client {
        Client::try_over(stream, address).await.unwrap()
    }

    /// One, if the server has a place.
    pub async fn try_connect(address: SocketAddr) -> Option<Client> {
        Client::try_over(TcpStream::connect(address).await.unwrap(), address).await.ok()
    }

    async fn try_over(stream: TcpStream, address: SocketAddr) -> Result<Client, Error> {
        let mut request = format!("ws://{address}/live").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "houseful.v1".parse().unwrap());
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let opened = client_async_with_config(request, stream, Some(config));
        let (socket, _) = within("an upgrade", opened).await?;
        let (waiting, terms, heard) = (VecDeque::new(), BTreeMap::new(), Vec::new());
        Ok(Client { socket, waiting, next: 1, terms, heard })
    }

    pub async fn hello(&mut self, who: Option<&Person>) -> Value {
        let token = who.map(|person| person.token.clone());
        self.ask(json!({ "t": "hello", "token": token })).await
    }

    pub async fn auth(&mut self, who: &Person) -> Value {
        self.ask(json!({ "t": "auth", "token": who.token })).await
    }

    /// Enters a room that lets one in.
    pub async fn join(&mut self, room: &str) -> Value {
        self.join_with(room, None).await
    }

    pub async fn join_with(&mut self, room: &str, have: Option<Value>) -> Value {
        let joined = self.ask(json!({ "t": "join", "room": room, "have": have })).await;
        assert_eq!(joined["t"], "joined", "{joined}");
        self.terms.insert(room.to_owned(), joined["term"].as_u64().unwrap());
        joined
    }

    /// Keeps the term of a room that may have let one in.
    pub fn note_term(&mut self, room: &str, joined: &Value) {
        if let Some(term) = joined["term"].as_u64() {
            self.terms.insert(room.to_owned(), term);
        }
    }

    pub async fn leave(&mut self, room: &str) -> Value {
        self.ask(json!({ "t": "leave", "room": room })).await
    }

    /// A command with a new id.
    pub async fn command(&mut self, room: &str, name: &str, body: Value) -> Value {
        self.command_as(&new_id(), room, name, body).await
    }

    pub async fn command_as(&mut self, id: &str, room: &str, name: &str, body: Value) -> Value {
        let frame = self.command_frame(id, room, name, body);
        self.ask(frame).await
    }

    /// A command's frame under the term that was told, without a `ref`.
    pub fn command_frame(&self, id: &str, room: &str, name: &str, body: Value) -> Value {
        let term = self.terms.get(room).copied().unwrap_or(1);
        json!({ "t": "command", "room": room, "term": term, "id": id, "name": name, "body": body })
    }

    /// Sends a request and waits for its answer.
    pub async fn ask(&mut self, frame: Value) -> Value {
        let reference = self.request(frame).await;
        self.answer(reference).await
    }

    /// Sends a request; answers its `ref`.
    pub async fn request(&mut self, frame: Value) -> u64 {
        let frame = self.numbered(frame);
        self.send(&frame).await;
        frame["ref"].as_u64().unwrap()
    }

    /// Gives a frame the next `ref`.
    pub fn numbered(&mut self, mut frame: Value) -> Value {
        frame["ref"] = self.next.into();
        self.next += 1;
        frame
    }

    pub async fn answer(&mut self, reference: u64) -> Value {
        self.until(&format!("the answer to {reference}"), |frame| frame["ref"] == reference).await
    }

    pub async fn send(&mut self, frame: &Value) {
        self.send_text(&frame.to_string()).await;
    }

    pub async fn send_text(&mut self, text: &str) {
        self.send_message(Message::text(text.to_owned())).await;
    }

    pub async fn send_message(&mut self, message: Message) {
        within("the socket to take it", self.socket.send(message)).await.unwrap();
    }

    /// Sends to somebody who may have hung up meanwhile.
    pub async fn try_send(&mut self, message: Message) {
        let _ = within("the socket to take it", self.socket.send(message)).await;
    }

    /// Sends a request again and again until it is refused with a code.
    pub async fn until_refused(&mut self, frame: Value, code: &str) -> Value {
        loop {
            let answer = self.ask(frame.clone()).await;
            if answer["code"] == code {
                return answer;
            }
        }
    }

    /// The first frame like this that was not taken yet; the others stay.
    pub async fn until(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Value {
        if let Some(place) = self.waiting.iter().position(&is) {
            return self.waiting.remove(place).unwrap();
        }
        loop {
            match within(what, self.hear()).await {
                Heard::Frame(frame) if is(&frame) => return frame,
                Heard::Frame(frame) => self.waiting.push_back(frame),
                Heard::Closed(code) => {
                    panic!("closed with {code} before {what}; {:?}", self.waiting)
                }
            }
        }
    }

    /// The next frame of a type.
    pub async fn next(&mut self, t: &str) -> Value {
        self.until(t, |frame| frame["t"] == t).await
    }

    /// The next `refused` of a code.
    pub async fn refused(&mut self, code: &str) -> Value {
        self.until(code, |frame| frame["t"] == "refused" && frame["code"] == code).await
    }

    /// Waits until everything sent before has been handled; answers what came meanwhile.
    pub async fn settled(&mut self) -> Vec<Value> {
        let welcome = self.ask(json!({ "t": "hello" })).await;
        assert_eq!(welcome["t"], "welcome", "{welcome}");
        self.waiting.drain(..).collect()
    }

    /// The same for a room: what it has decided until now has come.
    pub async fn settled_in(&mut self, room: &str) -> Vec<Value> {
        let refused = self.command(room, "poke", json!({})).await;
        assert!(refused["code"] == "unknown_command" || refused["code"] == "sign_in_required");
        self.waiting.drain(..).collect()
    }

    /// What came and was not taken.
    pub fn take_waiting(&mut self) -> Vec<Value> {
        self.waiting.drain(..).collect()
    }

    /// Reads to the end; answers the close code.
    pub async fn closed(&mut self) -> u16 {
        loop {
            match within("the end of the connection", self.hear()).await {
                Heard::Frame(frame) => self.waiting.push_back(frame),
                Heard::Closed(code) => return code,
            }
        }
    }

    /// Cuts the connection without a word.
    pub fn cut(self) {
        drop(self);
    }

    async fn hear(&mut self) -> Heard {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    self.heard.push(text.to_string());
                    return Heard::Frame(serde_json::from_str(&text).unwrap());
                }
                Some(Ok(Message::Close(close))) => {
                    return Heard::Closed(close.map_or(1005, |close| close.code.into()));
                }
                Some(Ok(_)) => {}
                None | Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) => {
                    return Heard::Closed(1006);
                }
                Some(Err(Error::Io(_) | Error::Protocol(_))) => return Heard::Closed(1006),
                Some(Err(error)) => panic!("{error}"),
            }
        }
    }
}

/// What a client says it has after a `joined`, at another seq perhaps.
pub fn have(joined: &Value, seq: u64) -> Option<Value> {
    Some(json!({ "epoch": joined["epoch"], "seq": seq }))
}

/// The seqs of a frame's fragments.
pub fn seqs(frame: &Value) -> Vec<u64> {
    let fragments = frame["fragments"].as_array().unwrap();
    fragments.iter().map(|fragment| fragment["seq"].as_u64().unwrap()).collect()
}
