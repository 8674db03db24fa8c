//! TLS of our own: 1.2 and 1.3, HTTP/1.1 within. The certificate's files are looked at again and again; connections
//! that are open keep the one that they began with. What is spoken within TLS is not known here.

mod carry;
mod certificate;

pub use carry::carry;
pub use certificate::{Certificate, TlsError};

use crate::config::Tls;
use crate::drain::Tasks;
use crate::limits;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::server::TlsStream;

/// Makes handshakes, a bounded number at once. Cloning is cheap.
#[derive(Clone)]
pub struct Handshakes {
    acceptor: TlsAcceptor,
    places: Arc<Semaphore>,
}

/// Reads the files again when they change or the process is told to (SIGHUP).
pub struct Watch {
    certificate: Arc<Certificate>,
    told: Signal,
}

/// Reads the certificate; answers what makes handshakes with it and what keeps it fresh.
pub fn open(tls: &Tls) -> anyhow::Result<(Handshakes, Watch)> {
    let certificate = Arc::new(Certificate::read(tls)?);
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_cert_resolver(certificate.clone());
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let places = Arc::new(Semaphore::new(limits::TLS_HANDSHAKES_MAX));
    let told = signal(SignalKind::hangup())?;
    Ok((Handshakes { acceptor, places }, Watch { certificate, told }))
}

impl Handshakes {
    /// Shakes hands within that time, its turn included.
    pub async fn shake(&self, stream: TcpStream, ms: u64) -> Option<TlsStream<TcpStream>> {
        let shaking = async {
            let _place = self.places.acquire().await.ok()?;
            let shaken = self.acceptor.accept(stream).await;
            shaken.inspect_err(|error| tracing::debug!(%error, "no TLS handshake")).ok()
        };
        tokio::time::timeout(Duration::from_millis(ms), shaking).await.ok().flatten()
    }
}

impl Watch {
    /// Runs until the server drains.
    pub async fn run(mut self, tasks: Tasks) {
        let drain = tasks.draining();
        let mut every = tokio::time::interval(Duration::from_millis(limits::TLS_LOOK_MS));
        loop {
            tokio::select! {
                () = drain.cancelled() => return,
                _ = every.tick() => {}
                _ = self.told.recv() => {}
            }
            let certificate = self.certificate.clone();
            let looked = tasks.blocking(move || certificate.look_again()).await;
            match looked {
                Ok(Ok(false)) | Err(_) => {}
                Ok(Ok(true)) => tracing::info!("the TLS certificate was read anew"),
                Ok(Err(error)) => {
                    tracing::error!(%error, "the new TLS certificate cannot be used; the old one stays");
                }
            }
        }
    }
}
