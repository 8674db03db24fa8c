//! The same frames for networks that let no WebSocket through: server-sent events one way, POSTs the other (R56–R59). A
//! shard knows nothing of it: here is the far end of a pair of local sockets on which it speaks WebSocket, as for
//! TLS. So its bounds, limits and goodbyes are the same; who does not read is a slow consumer.

use super::upgrade::{may_connect, refuse_place};
use crate::config::Config;
use crate::drain::Tasks;
use crate::fanout::{Arrival, Handed, Shards};
use crate::gateway::extract::{Endless, Peer};
use crate::gateway::forwarded::Scheme;
use crate::gateway::origin;
use crate::gateway::problem::{Code, Problem};
use crate::limits;
use crate::places::Places;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONNECTION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use futures_util::stream::unfold;
use houseful_wire::events::{EventWriter, MEDIA_TYPE, client_message, open_event};
use houseful_wire::ws::WsLimits;
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

/// Proxies that gather an answer before they pass it on are asked not to.
const NOT_GATHERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// 256 random bits: who has them may speak on the stream, and nothing else.
type Secret = [u8; 32];
type Way = Arc<tokio::sync::Mutex<OwnedWriteHalf>>;

/// The open streams of this process, whichever listener each came by. Every one has a place, so places bound it.
#[derive(Clone, Default)]
pub struct Streams {
    open: Arc<Mutex<HashMap<Secret, Way>>>,
}

/// A stream's line in the table; gone when dropped.
struct Entry {
    streams: Streams,
    secret: Secret,
}

/// The events of one stream.
struct Events {
    shard: OwnedReadHalf,
    writer: EventWriter,
    first: Option<String>,
    _entry: Entry,
}

impl Streams {
    /// Answers `POST /live/sse`: everything is checked as before an upgrade (R1).
    pub async fn open(
        &self,
        request: Request,
        shards: Shards,
        tasks: &Tasks,
        config: &Config,
        places: &Arc<Places>,
    ) -> Response {
        if let Err(code) = may_connect(&request, tasks, config) {
            return Problem::new(code).into_response();
        }
        let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() else {
            return Problem::new(Code::Unavailable).into_response();
        };
        let place = match places.live(peer, limits::STREAM_LIVE_FILES) {
            Ok(place) => place,
            Err(full) => return refuse_place(full),
        };
        match self.pair() {
            Ok((near, events)) => {
                let early = Vec::new();
                shards.arrive(Arrival { socket: near, early, place, identity: None }).await;
                events.into_response()
            }
            Err(error) => {
                tracing::warn!(%error, "a stream could not be opened");
                Problem::new(Code::Unavailable).into_response()
            }
        }
    }

    /// Answers `POST /live/sse/messages`: one message on the stream whose secret is the bearer's token.
    pub async fn send(&self, request: Request, config: &Config, ws: WsLimits) -> Response {
        if !origin::is_allowed(config, Scheme::of(request.extensions()), request.headers()) {
            return Problem::new(Code::OriginNotAllowed).into_response();
        }
        let Some((secret, way)) = self.find(request.headers()) else {
            return Problem::new(Code::NotFound).into_response();
        };
        let bytes_max = usize::try_from(ws.message_bytes_soft_max).unwrap_or(usize::MAX);
        let Ok(body) = to_bytes(request.into_body(), bytes_max).await else {
            return Problem::new(Code::TooLarge).into_response();
        };
        let Ok(text) = std::str::from_utf8(&body) else {
            return Problem::new(Code::MalformedJson).into_response();
        };
        let time = Duration::from_millis(limits::STREAM_SEND_MS_MAX);
        let sending = async { way.lock().await.write_all(&client_message(text)).await };
        match tokio::time::timeout(time, sending).await {
            Ok(Ok(())) => StatusCode::NO_CONTENT.into_response(),
            // Half a message may be in it: nobody could read what comes after.
            Ok(Err(_)) | Err(_) => {
                self.remove(&secret);
                Problem::new(Code::NotFound).into_response()
            }
        }
    }

    fn pair(&self) -> io::Result<(Handed, Events)> {
        let (near, far) = UnixStream::pair()?;
        let (shard, way) = far.into_split();
        let mut secret = Secret::default();
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        self.table(|open| open.insert(secret, Arc::new(tokio::sync::Mutex::new(way))));
        let entry = Entry { streams: self.clone(), secret };
        let first = Some(open_event(&BASE64_URL_SAFE_NO_PAD.encode(secret)));
        let events = Events { shard, writer: EventWriter::default(), first, _entry: entry };
        Ok((Handed::Local(near.into_std()?), events))
    }

    fn find(&self, headers: &HeaderMap) -> Option<(Secret, Way)> {
        let bearer = headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
        let secret = BASE64_URL_SAFE_NO_PAD.decode(bearer).ok()?.try_into().ok()?;
        let way = self.table(|open| open.get(&secret).cloned())?;
        Some((secret, way))
    }

    fn remove(&self, secret: &Secret) {
        self.table(|open| open.remove(secret));
    }

    fn table<T>(&self, run: impl FnOnce(&mut HashMap<Secret, Way>) -> T) -> T {
        run(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        self.streams.remove(&self.secret);
    }
}

impl Events {
    fn into_response(self) -> Response {
        let events = unfold(self, |mut events| async move {
            let text = events.next().await?;
            Some((Ok::<_, Infallible>(text), events))
        });
        let headers = [(CONTENT_TYPE, MEDIA_TYPE), (NOT_GATHERED, "no"), (CONNECTION, "close")];
        let mut response = (headers, Body::from_stream(events)).into_response();
        response.extensions_mut().insert(Endless);
        response
    }

    /// What comes next. It owns no buffer while nothing comes, and reads no more before this was taken.
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first.into());
        }
        let mut text = Vec::new();
        while text.is_empty() && !self.writer.is_over() {
            self.shard.readable().await.ok()?;
            let mut bytes = [0; limits::STREAM_READ_BYTES];
            match self.shard.try_read(&mut bytes) {
                Ok(0) => return None,
                Ok(count) => self.writer.write(&bytes[..count], &mut text),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return None,
            }
        }
        (!text.is_empty()).then(|| text.into())
    }
}
