//! From an HTTP request to a WebSocket that is served by a task of its own. Who may connect was decided before.

use super::WebSocket;
use crate::drain::Tasks;
use crate::gateway::http::Paced;
use crate::gateway::problem::{Code, Problem};
use crate::machine::Stream;
use axum::extract::Request;
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use houseful_wire::ws::{HandshakeError, Upgrade, WsLimits, validate_upgrade};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// Whether it is an upgrade, to `sub_protocol` if one is spoken: the value of `Sec-WebSocket-Accept`.
pub fn check(request: &Request, sub_protocol: Option<&str>) -> Result<String, HandshakeError> {
    let headers = request.headers();
    let upgrade = Upgrade {
        method: request.method().as_str(),
        connection: text(headers, header::CONNECTION),
        upgrade: text(headers, header::UPGRADE),
        version: text(headers, header::SEC_WEBSOCKET_VERSION),
        key: text(headers, header::SEC_WEBSOCKET_KEY),
        protocol: text(headers, header::SEC_WEBSOCKET_PROTOCOL),
    };
    validate_upgrade(&upgrade, sub_protocol)
}

/// The answer to what is no upgrade, or not to this.
pub fn refuse(error: HandshakeError) -> Response {
    match error {
        HandshakeError::SubProtocol => Problem::new(Code::SubProtocolRequired).into_response(),
        HandshakeError::Key => Problem::new(Code::BadRequest).into_response(),
        HandshakeError::NotAnUpgrade | HandshakeError::Version => {
            let headers = [(header::UPGRADE, "websocket"), (header::SEC_WEBSOCKET_VERSION, "13")];
            (headers, Problem::new(Code::UpgradeRequired)).into_response()
        }
    }
}

/// Answers an upgrade at once; `serve` gets the socket when the client has the answer, in a task that a drain waits
/// for. A panic in it ends this socket and nothing else.
pub fn upgrade<F>(
    request: &mut Request,
    tasks: &Tasks,
    limits: WsLimits,
    serve: impl FnOnce(WebSocket) -> F + Send + 'static,
) -> Response
where
    F: Future<Output = ()> + Send + 'static,
{
    let accept = match check(request, None) {
        Ok(accept) => accept,
        Err(error) => return refuse(error),
    };
    let upgrading = hyper::upgrade::on(request);
    let its = tasks.clone();
    tasks.spawn(async move {
        let Some(socket) = upgrading.await.ok().and_then(|io| open(io, limits, its)) else {
            return;
        };
        let serving = AssertUnwindSafe(async { serve(socket).await });
        if serving.catch_unwind().await.is_err() {
            metrics::counter!("houseful_connection_panics").increment(1);
            tracing::error!("a panic of ours has ended a WebSocket");
        }
    });
    let headers = [
        (header::CONNECTION, "Upgrade".to_owned()),
        (header::UPGRADE, "websocket".to_owned()),
        (header::SEC_WEBSOCKET_ACCEPT, accept),
    ];
    (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()
}

/// The stream within, without the deadlines of HTTP, which would end one that is silent.
fn open(upgraded: Upgraded, limits: WsLimits, tasks: Tasks) -> Option<WebSocket> {
    let upgraded = match upgraded.downcast::<TokioIo<Paced<TcpStream>>>() {
        Ok(parts) => {
            let (stream, early) = (parts.io.into_inner().into_inner(), parts.read_buf.to_vec());
            return Some(WebSocket::new(stream, early, limits, tasks));
        }
        Err(upgraded) => upgraded,
    };
    let upgraded = match upgraded.downcast::<TokioIo<Paced<Box<dyn Stream>>>>() {
        Ok(parts) => {
            let (stream, early) = (parts.io.into_inner().into_inner(), parts.read_buf.to_vec());
            return Some(WebSocket::new(stream, early, limits, tasks));
        }
        Err(upgraded) => upgraded,
    };
    let parts = upgraded.downcast::<TokioIo<Paced<TlsStream<TcpStream>>>>().ok()?;
    let (stream, early) = (parts.io.into_inner().into_inner(), parts.read_buf.to_vec());
    Some(WebSocket::new(stream, early, limits, tasks))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
