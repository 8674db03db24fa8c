//! The bodies of revision 3: each packet behind its length, in UTF-16 units where the body is text, in bytes where it
//! is bytes. A length is compared with what is there before anything is taken.

use super::{BadPacket, Packet, Revision};

/// The type of a message as a byte.
pub(super) const MESSAGE: u8 = 4;
/// Behind a length in a body of bytes.
const END: u8 = 255;
/// More digits than the length of any body has.
const DIGITS_MAX: usize = 10;

pub(super) fn encode_text(packets: &[Packet]) -> String {
    let mut body = String::new();
    for packet in packets {
        let text = packet.to_text(Revision::V3);
        body.push_str(&text.encode_utf16().count().to_string());
        body.push(':');
        body.push_str(&text);
    }
    body
}

pub(super) fn encode_binary(packets: &[Packet]) -> Vec<u8> {
    let mut body = Vec::new();
    for packet in packets {
        let (kind, bytes) = match packet {
            Packet::Binary(bytes) => (1, [&[MESSAGE], bytes.as_slice()].concat()),
            packet => (0, packet.to_text(Revision::V3).into_bytes()),
        };
        body.push(kind);
        body.extend(bytes.len().to_string().bytes().map(|digit| digit - b'0'));
        body.push(END);
        body.extend(bytes);
    }
    body
}

/// The first packet of a text, and the rest.
pub(super) fn split_text(text: &str) -> Result<(&str, &str), BadPacket> {
    let (length, rest) = text.split_once(':').ok_or(BadPacket("a packet without its length"))?;
    let is_length = (1..=DIGITS_MAX).contains(&length.len())
        && length.bytes().all(|byte| byte.is_ascii_digit());
    let units: usize =
        length.parse().ok().filter(|_| is_length).ok_or(BadPacket("a length that is no number"))?;
    let mut left = units;
    for (at, next) in rest.char_indices() {
        if left == 0 {
            return Ok(rest.split_at(at));
        }
        left = left
            .checked_sub(next.len_utf16())
            .ok_or(BadPacket("a packet that ends within a character"))?;
    }
    if left > 0 {
        return Err(BadPacket("a packet that is shorter than its length"));
    }
    Ok((rest, ""))
}

/// The first packet of bytes, read, and the rest.
#[allow(clippy::type_complexity)]
pub(super) fn split_binary(bytes: &[u8]) -> Result<(Result<Packet, BadPacket>, &[u8]), BadPacket> {
    let (kind, rest) = bytes.split_first().ok_or(BadPacket("an empty body"))?;
    let end = rest.iter().take(DIGITS_MAX + 1).position(|byte| *byte == END);
    let end = end.filter(|end| *end > 0).ok_or(BadPacket("a packet without its length"))?;
    let mut length = 0_usize;
    for digit in &rest[..end] {
        if *digit > 9 {
            return Err(BadPacket("a length that is no number"));
        }
        length = length * 10 + usize::from(*digit);
    }
    let rest = &rest[end + 1..];
    let (data, rest) = rest
        .split_at_checked(length)
        .ok_or(BadPacket("a packet that is shorter than its length"))?;
    let packet = match kind {
        0 => std::str::from_utf8(data)
            .map_err(|_| BadPacket("text that is not UTF-8"))
            .and_then(Packet::from_text),
        1 => Packet::from_binary(data, Revision::V3),
        _ => Err(BadPacket("neither text nor bytes")),
    };
    Ok((packet, rest))
}
