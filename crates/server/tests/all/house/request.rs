//! A small HTTP client: one request on one connection, nothing hidden.

use super::{Person, within};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::handshake;
use hyper::header::HeaderMap;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use tokio::net::TcpStream;

/// A request to be sent.
pub struct Ask {
    address: SocketAddr,
    request: hyper::http::request::Builder,
    body: Bytes,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Ask {
    pub fn new(address: SocketAddr, method: &str, path: &str) -> Ask {
        let request = hyper::Request::builder().method(method).uri(path);
        Ask { address, request: request.header("host", address.to_string()), body: Bytes::new() }
    }

    pub fn by<'a>(self, who: impl Into<Option<&'a Person>>) -> Ask {
        match who.into() {
            Some(person) => self.header("authorization", &format!("Bearer {}", person.token)),
            None => self,
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Ask {
        self.request = self.request.header(name, value);
        self
    }

    pub fn json(self, body: &Value) -> Ask {
        self.header("content-type", "application/json").body(body.to_string())
    }

    pub fn body(mut self, body: impl Into<Bytes>) -> Ask {
        self.body = body.into();
        self
    }

    pub async fn send(self) -> Answer {
        let request = self.request.body(Full::new(self.body)).unwrap();
        within("an answer", async {
            let stream = TcpStream::connect(self.address).await.unwrap();
            let (mut sender, connection) = handshake(TokioIo::new(stream)).await.unwrap();
            let exchange = async move {
                let (head, body) = sender.send_request(request).await.unwrap().into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                Answer { status: head.status.as_u16(), headers: head.headers, body }
            };
            let (answer, ended) = tokio::join!(exchange, connection);
            ended.unwrap();
            answer
        })
        .await
    }
}

impl Answer {
    /// The answer, if it has this status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Asserts a problem with this status and code, and answers it.
    #[track_caller]
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!((self.status, problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("urn:houseful:problem:{code}"));
        problem
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {self:?}"))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header's value; empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}
