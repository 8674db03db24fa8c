//! From an HTTP request to a socket on a shard: everything is checked before the upgrade (R1).

use crate::config::Config;
use crate::drain::Tasks;
use crate::fanout::{Arrival, Shards};
use crate::gateway::extract::Peer;
use crate::gateway::origin;
use crate::gateway::problem::{Code, Problem};
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use houseful_wire::ws::{HandshakeError, Upgrade, validate_upgrade};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// Answers `GET /live`.
pub fn upgrade(mut request: Request, shards: Shards, tasks: &Tasks, config: &Config) -> Response {
    if tasks.is_closing() {
        return Problem::new(Code::Unavailable).into_response();
    }
    if !origin::is_allowed(config, request.headers()) {
        return Problem::new(Code::OriginNotAllowed).into_response();
    }
    let headers = request.headers();
    let accept = match validate_upgrade(
        &Upgrade {
            method: request.method().as_str(),
            connection: text(headers, header::CONNECTION),
            upgrade: text(headers, header::UPGRADE),
            version: text(headers, header::SEC_WEBSOCKET_VERSION),
            key: text(headers, header::SEC_WEBSOCKET_KEY),
            protocol: text(headers, header::SEC_WEBSOCKET_PROTOCOL),
        },
        super::SUB_PROTOCOL,
    ) {
        Ok(accept) => accept,
        Err(error) => return refuse(error),
    };
    let Some(Peer(peer)) = request.extensions().get::<Peer>().copied() else {
        return Problem::new(Code::Unavailable).into_response();
    };
    let upgrading = hyper::upgrade::on(&mut request);
    tasks.spawn(async move {
        let Ok(upgraded) = upgrading.await else { return };
        let Ok(parts) = upgraded.downcast::<TokioIo<TcpStream>>() else { return };
        let Ok(stream) = parts.io.into_inner().into_std() else { return };
        let early = parts.read_buf.to_vec();
        shards.arrive(Arrival { stream, early, peer }).await;
    });
    let headers = [
        (header::CONNECTION, "Upgrade".to_owned()),
        (header::UPGRADE, "websocket".to_owned()),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
        (header::SEC_WEBSOCKET_PROTOCOL, super::SUB_PROTOCOL.to_owned()),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn refuse(error: HandshakeError) -> Response {
    match error {
        HandshakeError::SubProtocol => Problem::new(Code::SubProtocolRequired).into_response(),
        HandshakeError::Key => Problem::new(Code::BadRequest).into_response(),
        HandshakeError::NotAnUpgrade | HandshakeError::Version => {
            let headers = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
            (headers, Problem::new(Code::UpgradeRequired)).into_response()
        }
    }
}
