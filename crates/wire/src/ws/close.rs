//! The payload of a close frame: which codes may travel, and what a client's says.

use super::Failure;

/// Whether a peer may send this code (RFC 6455 §7.4 and the IANA registry).
pub(super) fn may_travel(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Reads an unmasked payload into code and reason.
pub(super) fn parse(payload: &[u8]) -> Result<(Option<u16>, &str), Failure> {
    let Some((code, reason)) = payload.split_first_chunk::<2>() else {
        return match payload {
            [] => Ok((None, "")),
            _ => Err(Failure::protocol("half a close code")),
        };
    };
    let code = u16::from_be_bytes(*code);
    if !may_travel(code) {
        return Err(Failure::protocol("close code that may not travel"));
    }
    let reason = std::str::from_utf8(reason).map_err(|_| Failure::UTF8)?;
    Ok((Some(code), reason))
}
