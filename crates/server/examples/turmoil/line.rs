//! One live connection of a buyer over the simulated network, by an implementation of WebSocket that is not ours.

use crate::house::ADDRESS;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{WebSocketStream, client_async};
use turmoil::net::TcpStream;
use uuid::Uuid;

/// How long a connection and a first word may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// What was asked under a `ref`.
#[derive(Clone, Debug)]
pub struct Asked {
    pub what: What,
    pub at: Instant,
}

/// One kind of request.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    Hello,
    Join,
    Command(Uuid),
}

/// A connection with what it has asked and not been answered.
pub struct Line {
    socket: WebSocketStream<TcpStream>,
    next: u64,
    pub asked: BTreeMap<u64, Asked>,
    pub opened: Duration,
    pub heard: Instant,
}

/// The connection is gone, with a code if one came.
#[derive(Debug)]
pub struct Lost(pub Option<u16>);

impl From<io::Error> for Lost {
    fn from(_: io::Error) -> Lost {
        Lost(None)
    }
}

impl Line {
    /// Connects and says who it is; answers what that was answered.
    pub async fn open(token: &str) -> Result<(Line, Value), Lost> {
        timeout(PATIENCE, Line::try_open(token)).await.map_err(|_| Lost(None))?
    }

    async fn try_open(token: &str) -> Result<(Line, Value), Lost> {
        let stream = TcpStream::connect(ADDRESS).await?;
        let mut request =
            format!("ws://{ADDRESS}/live").into_client_request().map_err(|_| Lost(None))?;
        let protocol = "houseful.v1".parse().map_err(|_| Lost(None))?;
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        let (socket, _) = client_async(request, stream).await.map_err(|_| Lost(None))?;
        let (opened, heard) = (crate::house::now(), Instant::now());
        let mut line = Line { socket, next: 1, asked: BTreeMap::new(), opened, heard };
        line.ask(json!({ "t": "hello", "token": token }), What::Hello).await?;
        // `goaway` may come before it.
        loop {
            let frame = line.hear().await?;
            if frame["ref"] == 1 {
                line.asked.clear();
                return Ok((line, frame));
            }
        }
    }

    /// Sends a request under the next `ref`.
    pub async fn ask(&mut self, mut frame: Value, what: What) -> Result<(), Lost> {
        frame["ref"] = self.next.into();
        self.asked.insert(self.next, Asked { what, at: Instant::now() });
        self.next += 1;
        self.say(&frame).await
    }

    /// Sends a frame.
    pub async fn say(&mut self, frame: &Value) -> Result<(), Lost> {
        self.socket.send(Message::text(frame.to_string())).await.map_err(|_| Lost(None))
    }

    /// The next frame. May be given up and asked again.
    pub async fn hear(&mut self) -> Result<Value, Lost> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    self.heard = Instant::now();
                    return serde_json::from_str(&text).map_err(|_| Lost(None));
                }
                Some(Ok(Message::Close(close))) => {
                    return Err(Lost(close.map(|close| close.code.into())));
                }
                Some(Err(_)) | None => return Err(Lost(None)),
                Some(Ok(_)) => {}
            }
        }
    }

    /// The next frame, if it comes in time.
    pub async fn hear_within(&mut self, time: Duration) -> Result<Option<Value>, Lost> {
        timeout(time, self.hear()).await.ok().transpose()
    }
}
