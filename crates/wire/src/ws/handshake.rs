//! The opening handshake: header values in, answer out. It knows no HTTP library and sends nothing.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha1::{Digest, Sha1};

/// The header values of an upgrade request, each as sent, if sent. Of a header that came several times,
/// join the values with a comma.
#[derive(Clone, Copy, Debug, Default)]
pub struct Upgrade<'a> {
    /// The request's method.
    pub method: &'a str,
    /// `Connection`
    pub connection: Option<&'a str>,
    /// `Upgrade`
    pub upgrade: Option<&'a str>,
    /// `Sec-WebSocket-Version`
    pub version: Option<&'a str>,
    /// `Sec-WebSocket-Key`
    pub key: Option<&'a str>,
    /// `Sec-WebSocket-Protocol`
    pub protocol: Option<&'a str>,
}

/// Why an upgrade is refused before it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// Not a WebSocket request at all: 426, `Upgrade: websocket`.
    #[error("not a WebSocket upgrade")]
    NotAnUpgrade,
    /// 426, `Sec-WebSocket-Version: 13`.
    #[error("WebSocket version 13 is required")]
    Version,
    /// 400.
    #[error("Sec-WebSocket-Key is not sixteen bytes in base64")]
    Key,
    /// 400 `sub_protocol_required`.
    #[error("the sub-protocol is not among those offered")]
    SubProtocol,
}

/// Checks an upgrade, to `sub_protocol` if one is spoken, and answers the value of `Sec-WebSocket-Accept`.
pub fn validate_upgrade(
    request: &Upgrade<'_>,
    sub_protocol: Option<&str>,
) -> Result<String, HandshakeError> {
    let is_upgrade = request.method == "GET"
        && tokens(request.connection).any(|token| token.eq_ignore_ascii_case("upgrade"))
        && tokens(request.upgrade).any(|token| token.eq_ignore_ascii_case("websocket"));
    if !is_upgrade {
        return Err(HandshakeError::NotAnUpgrade);
    }
    if request.version.map(str::trim) != Some("13") {
        return Err(HandshakeError::Version);
    }
    let key = request.key.map(str::trim).ok_or(HandshakeError::Key)?;
    if !STANDARD.decode(key).is_ok_and(|bytes| bytes.len() == 16) {
        return Err(HandshakeError::Key);
    }
    if let Some(wanted) = sub_protocol
        && !tokens(request.protocol).any(|token| token == wanted)
    {
        return Err(HandshakeError::SubProtocol);
    }
    Ok(accept_key(key))
}

/// The value of `Sec-WebSocket-Accept` for a key.
pub fn accept_key(key: &str) -> String {
    let mut hash = Sha1::new();
    hash.update(key.as_bytes());
    hash.update(b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
    STANDARD.encode(hash.finalize())
}

fn tokens(value: Option<&str>) -> impl Iterator<Item = &str> {
    value.unwrap_or_default().split(',').map(str::trim)
}
