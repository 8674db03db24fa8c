//! The certificate and its key, from two files. A pair that cannot be used never takes the place of one that can.

use crate::config::Tls;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;

/// The certificate that handshakes are made with.
pub struct Certificate {
    certificate: PathBuf,
    key: PathBuf,
    /// The files' bytes when they were last looked at, of whatever use they were.
    seen: Mutex<Files>,
    current: RwLock<Arc<CertifiedKey>>,
}

/// Why the files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is missing or may not be read.
    #[error("tls: {0} cannot be read: {1}")]
    Unread(PathBuf, std::io::Error),
    /// There is no certificate in the file, or not only such.
    #[error("tls.certificate: {0} is not a PEM file of certificates: {1}")]
    Certificate(PathBuf, String),
    /// There is no private key in the file.
    #[error("tls.key: {0} is not a PEM file of a private key: {1}")]
    Key(PathBuf, String),
    /// Each is good for itself.
    #[error("tls: the key in {1} does not belong to the certificate in {0}: {2}")]
    Pair(PathBuf, PathBuf, String),
}

/// What the two files hold.
#[derive(PartialEq, Eq)]
struct Files {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Certificate {
    /// Reads and checks the files.
    pub fn read(tls: &Tls) -> Result<Certificate, TlsError> {
        let seen = Files::read(&tls.certificate, &tls.key)?;
        let current = RwLock::new(seen.certified(&tls.certificate, &tls.key)?);
        let (certificate, key) = (tls.certificate.clone(), tls.key.clone());
        Ok(Certificate { certificate, key, seen: Mutex::new(seen), current })
    }

    /// Takes what the files hold now; answers whether that is something new. What is wrong is told once.
    pub fn look_again(&self) -> Result<bool, TlsError> {
        let files = Files::read(&self.certificate, &self.key)?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == files {
            return Ok(false);
        }
        let certified = files.certified(&self.certificate, &self.key);
        *seen = files;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = certified?;
        Ok(true)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("certificate", &self.certificate)
            .finish_non_exhaustive()
    }
}

impl Files {
    fn read(certificate: &Path, key: &Path) -> Result<Files, TlsError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|error| TlsError::Unread(path.to_owned(), error))
        };
        Ok(Files { certificate: read(certificate)?, key: read(key)? })
    }

    fn certified(&self, certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>, TlsError> {
        let wrong = |text: String| TlsError::Certificate(certificate.to_owned(), text);
        let chain: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_slice_iter(&self.certificate).collect();
        let chain = chain.map_err(|error| wrong(error.to_string()))?;
        if chain.is_empty() {
            return Err(wrong("there is none in it".to_owned()));
        }
        let secret = PrivateKeyDer::from_pem_slice(&self.key)
            .map_err(|error| TlsError::Key(key.to_owned(), error.to_string()))?;
        let certified = CertifiedKey::from_der(chain, secret, &ring::default_provider());
        let pair = |error: String| TlsError::Pair(certificate.to_owned(), key.to_owned(), error);
        Ok(Arc::new(certified.map_err(|error| pair(error.to_string()))?))
    }
}
