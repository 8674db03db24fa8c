//! Refresh tokens: opaque, 256 bits, exchanged at every use. The server keeps hashes alone.
//!
//! A token's successor is derived from it with a secret of its login. So whoever repeats a refresh
//! whose answer was lost gets the same successor, however many do so at once, and nobody is left
//! with a token that another answer made invalid.

use super::secret;
use crate::store::Hash;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// One token, in clear.
pub(super) struct RefreshToken(Hash);

impl RefreshToken {
    /// A new one, related to no other.
    pub(super) fn random() -> RefreshToken {
        RefreshToken(secret::random())
    }

    /// Reads what [`RefreshToken::to_text`] wrote.
    pub(super) fn parse(text: &str) -> Option<RefreshToken> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        Some(RefreshToken(bytes.try_into().ok()?))
    }

    /// As it travels.
    pub(super) fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// As it is stored.
    pub(super) fn hash(&self) -> Hash {
        Sha256::digest(self.0).into()
    }

    /// What it is exchanged for. Both inputs have a fixed length, so plain SHA-256 is a sound way
    /// to derive with a secret.
    pub(super) fn successor(&self, seed: &Hash) -> RefreshToken {
        RefreshToken(Sha256::new().chain_update(seed).chain_update(self.0).finalize().into())
    }
}
