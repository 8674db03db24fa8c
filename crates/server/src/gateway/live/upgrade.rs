//! From an HTTP request to a socket on a shard: everything is checked before the upgrade (R1).

use crate::config::Config;
use crate::drain::Tasks;
use crate::fanout::{Arrival, Handed, Shards};
use crate::gateway::extract::{OverTls, Peer};
use crate::gateway::forwarded::Scheme;
use crate::gateway::http::Paced;
use crate::gateway::origin;
use crate::gateway::problem::{Code, Problem};
use crate::gateway::tls::carry;
use crate::gateway::websocket::{self, refuse};
use crate::limits;
use crate::machine::Stream;
use crate::places::{Full, Places};
use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream};
use tokio_rustls::server::TlsStream;

/// Whether a page may open a connection now, in whichever way (R1).
pub(super) fn may_connect(request: &Request, tasks: &Tasks, config: &Config) -> Result<(), Code> {
    if tasks.is_closing() {
        return Err(Code::Unavailable);
    }
    match origin::is_allowed(config, Scheme::of(request.extensions()), request.headers()) {
        true => Ok(()),
        false => Err(Code::OriginNotAllowed),
    }
}

/// Answers `GET /live`.
pub fn upgrade(
    mut request: Request,
    shards: Shards,
    tasks: &Tasks,
    config: &Config,
    places: &Arc<Places>,
) -> Response {
    if let Err(code) = may_connect(&request, tasks, config) {
        return Problem::new(code).into_response();
    }
    let accept = match websocket::check(&request, Some(super::SUB_PROTOCOL)) {
        Ok(accept) => accept,
        Err(error) => return refuse(error),
    };
    let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() else {
        return Problem::new(Code::Unavailable).into_response();
    };
    let files = if is_tls(&request) { limits::TLS_LIVE_FILES } else { 1 };
    let place = match places.live(peer, files) {
        Ok(place) => place,
        Err(full) => return refuse_place(full),
    };
    let upgrading = hyper::upgrade::on(&mut request);
    let carrying = tasks.clone();
    tasks.spawn(async move {
        let Ok(upgraded) = upgrading.await else { return };
        match hand_over(upgraded, &carrying) {
            Ok((socket, early)) => {
                shards.arrive(Arrival { socket, early, place, identity: None }).await
            }
            Err(error) => tracing::warn!(%error, "a socket could not be handed over"),
        }
    });
    let headers = [
        (header::CONNECTION, "Upgrade".to_owned()),
        (header::UPGRADE, "websocket".to_owned()),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
        (header::SEC_WEBSOCKET_PROTOCOL, super::SUB_PROTOCOL.to_owned()),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

/// The socket for a shard, and what came behind the handshake. Without TLS it is the client's own socket; TLS stays
/// here and carries.
fn hand_over(upgraded: Upgraded, tasks: &Tasks) -> io::Result<(Handed, Vec<u8>)> {
    let upgraded = match upgraded.downcast::<TokioIo<Paced<TcpStream>>>() {
        Ok(parts) => {
            let stream = parts.io.into_inner().into_inner().into_std()?;
            return Ok((Handed::Tcp(stream), parts.read_buf.to_vec()));
        }
        Err(upgraded) => upgraded,
    };
    let upgraded = match upgraded.downcast::<TokioIo<Paced<Box<dyn Stream>>>>() {
        Ok(parts) => {
            let stream = parts.io.into_inner().into_inner();
            return Ok((Handed::Simulated(stream), parts.read_buf.to_vec()));
        }
        Err(upgraded) => upgraded,
    };
    let parts = upgraded
        .downcast::<TokioIo<Paced<TlsStream<TcpStream>>>>()
        .map_err(|_| io::Error::other("a stream of another kind"))?;
    let (near, far) = UnixStream::pair()?;
    tasks.spawn_carrier(carry(parts.io.into_inner().into_live(), far));
    Ok((Handed::Local(near.into_std()?), parts.read_buf.to_vec()))
}

fn is_tls(request: &Request) -> bool {
    request.extensions().get::<OverTls>().is_some()
}

/// The code by which that is known where there is no status.
pub(super) fn refusal_of(full: Full) -> &'static str {
    match full {
        Full::Server => "busy",
        Full::Address | Full::Person => "too_many_connections",
    }
}

pub(super) fn refuse_place(full: Full) -> Response {
    let wait = Duration::from_millis(limits::PLACE_RETRY_MS);
    let code = match full {
        Full::Server => Code::Busy,
        Full::Address | Full::Person => Code::TooManyConnections,
    };
    Problem::new(code).retry_after(wait).into_response()
}
