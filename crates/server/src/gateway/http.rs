//! Our own accept loop: a connection that says nothing, says it too slowly, or does not take its answer is hung up
//! on. (The framework's own loop has no such deadlines.)

mod body;
mod head;
mod pace;

pub use body::TooSlow;
pub use pace::Paced;

use super::extract::{Endless, OverTls, Peer};
use super::forwarded::{self, Scheme};
use super::tls::Handshakes;
use crate::config::HttpLimits;
use crate::drain::Tasks;
use crate::limits;
use crate::machine::{Accepted, Listener};
use crate::places::{HttpPlace, Places};
use axum::Router;
use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::STRICT_TRANSPORT_SECURITY;
use body::PacedBody;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use pace::Progress;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tower::ServiceExt;

/// A year: what browsers are told to remember of TLS.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// What every listener serves with.
#[derive(Clone)]
pub struct Serving {
    /// What is served.
    pub app: Router,
    /// Whether the server is on its way out.
    pub tasks: Tasks,
    /// Whose word on addresses is believed.
    pub proxies: Arc<[IpAddr]>,
    /// How slow a client may be.
    pub limits: HttpLimits,
    /// How many there may be at once.
    pub places: Arc<Places>,
}

/// Accepts and serves until the server closes.
pub async fn serve(listener: Box<dyn Listener>, serving: Serving, tls: Option<Handshakes>) {
    let closing = serving.tasks.closing();
    loop {
        let accepted = tokio::select! {
            () = closing.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let (socket, peer) = match accepted {
            Ok((socket, peer)) => (socket, peer.ip().to_canonical()),
            Err(error) => {
                // Out of file descriptors, usually: those that are open must end first.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(limits::ACCEPT_PAUSE_MS)).await;
                continue;
            }
        };
        let from = Some(peer).filter(|peer| !serving.proxies.contains(peer));
        let Ok(place) = serving.places.http(from) else {
            metrics::counter!("houseful_connections_refused").increment(1);
            continue;
        };
        let (serving, tls) = (serving.clone(), tls.clone());
        let tasks = serving.tasks.clone();
        tasks.spawn(async move { connection(socket, peer, serving, tls, place).await });
    }
}

async fn connection(
    socket: Accepted,
    peer: IpAddr,
    serving: Serving,
    tls: Option<Handshakes>,
    _place: HttpPlace,
) {
    let stream = match socket {
        Accepted::Tcp(stream) => stream,
        Accepted::Simulated(stream) => return speak(stream, peer, serving, Scheme::Http).await,
    };
    let _ = stream.set_nodelay(true);
    let Some(tls) = tls else { return speak(stream, peer, serving, Scheme::Http).await };
    let closing = serving.tasks.closing();
    let shaken = tokio::select! {
        shaken = tls.shake(stream, serving.limits.headers_ms) => shaken,
        () = closing.cancelled() => return,
    };
    if let Some(stream) = shaken {
        speak(stream, peer, serving, Scheme::Https).await;
    }
}

/// HTTP on a connection, to its end or to its upgrade.
async fn speak<S>(stream: S, peer: IpAddr, serving: Serving, spoken: Scheme)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let Serving { app, tasks, proxies, limits, .. } = serving;
    let is_tls = spoken == Scheme::Https;
    let progress = Arc::new(Progress::default());
    let live = progress.clone();
    let stream = Paced::new(stream, limits, progress.clone());
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        progress.begin();
        let mut request = request.map(|body| Body::new(PacedBody::new(body, limits.body_ms)));
        let client = Peer(forwarded::client(peer, request.headers(), &proxies));
        let scheme = forwarded::scheme(spoken, peer, request.headers(), &proxies);
        request.extensions_mut().insert(client);
        request.extensions_mut().insert(scheme);
        if is_tls {
            request.extensions_mut().insert(OverTls);
        }
        let (answering, progress) = (app.clone().oneshot(request), progress.clone());
        async move {
            let mut answer = answering.await;
            if let (Ok(answer), true) = (&mut answer, is_tls) {
                answer.headers_mut().insert(STRICT_TRANSPORT_SECURITY, HSTS);
            }
            match &answer {
                Ok(answer) if answer.extensions().get::<Endless>().is_some() => progress.go_live(),
                _ => progress.end(),
            }
            answer
        }
    });
    let serving = http1::Builder::new()
        .max_headers(limits::HTTP_HEADERS_MAX)
        .max_buf_size(limits::HTTP_BUFFER_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut serving = Box::pin(serving);
    let closing = tasks.closing();
    tokio::select! {
        served = serving.as_mut() => return log(served),
        () = closing.cancelled() => serving.as_mut().graceful_shutdown(),
    }
    if live.is_live() {
        // A stream of events ends when its shard has closed it: it is waited for at the very end.
        return tasks.spawn_carrier(async move { log(serving.await) });
    }
    log(serving.await);
}

fn log(served: Result<(), hyper::Error>) {
    if let Err(error) = served {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}
