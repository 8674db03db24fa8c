//! Our own accept loop: a connection that says nothing, or says it too slowly, is hung up on. (The
//! framework's own loop has no such deadline.)

use super::extract::Peer;
use super::forwarded::client;
use crate::drain::Tasks;
use crate::limits;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// Accepts and serves until the server closes.
pub async fn serve(listener: TcpListener, app: Router, tasks: Tasks, proxies: Arc<[IpAddr]>) {
    let closing = tasks.closing();
    let places = Arc::new(Semaphore::new(limits::HTTP_CONNECTIONS_MAX));
    loop {
        let accepted = tokio::select! {
            () = closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, usually: those that are open must end first.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(limits::ACCEPT_PAUSE_MS)).await;
                continue;
            }
        };
        let Ok(place) = places.clone().try_acquire_owned() else { continue };
        let (app, connection_tasks, proxies) = (app.clone(), tasks.clone(), proxies.clone());
        tasks.spawn(async move {
            connection(stream, peer.ip(), proxies, app, connection_tasks).await;
            drop(place);
        });
    }
}

async fn connection(
    stream: TcpStream,
    peer: IpAddr,
    proxies: Arc<[IpAddr]>,
    app: Router,
    tasks: Tasks,
) {
    let _ = stream.set_nodelay(true);
    let (closing, first_byte) =
        (tasks.closing(), Duration::from_millis(limits::HTTP_HEADERS_MS_MAX));
    let speaks = tokio::select! {
        speaks = tokio::time::timeout(first_byte, stream.readable()) => matches!(speaks, Ok(Ok(()))),
        () = closing.cancelled() => false,
    };
    if !speaks {
        return;
    }
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        let peer = Peer(client(peer, request.headers(), &proxies));
        request.extensions_mut().insert(peer);
        app.clone().oneshot(request)
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits::HTTP_HEADERS_MS_MAX))
        .max_headers(limits::HTTP_HEADERS_MAX)
        .max_buf_size(limits::HTTP_BUFFER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    tokio::pin!(serving);
    tokio::select! {
        served = serving.as_mut() => return log(served),
        () = closing.cancelled() => serving.as_mut().graceful_shutdown(),
    }
    log(serving.await);
}

fn log(served: Result<(), hyper::Error>) {
    if let Err(error) = served {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}
