//! The header of one frame from a client, checked as soon as each byte is there. What depends on the
//! frames before it is not decided here.

use super::{Failure, Opcode};

/// The longest header: two bytes, eight of length, four of mask.
pub(super) const HEADER_BYTES_MAX: usize = 14;
/// A control frame's payload is at most this long.
pub(super) const CONTROL_BYTES_MAX: u64 = 125;

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) fin: bool,
    pub(super) opcode: Opcode,
    pub(super) mask: [u8; 4],
    pub(super) payload_len: u64,
    pub(super) header_len: usize,
}

/// Reads a header from the beginning of a frame; `None` if it is not all there yet.
pub(super) fn parse(bytes: &[u8]) -> Result<Option<Header>, Failure> {
    let Some(&first) = bytes.first() else { return Ok(None) };
    if first & 0x70 != 0 {
        return Err(Failure::protocol("reserved bit set"));
    }
    let fin = first & 0x80 != 0;
    let opcode = Opcode::from_bits(first & 0x0f).ok_or(Failure::protocol("reserved opcode"))?;
    if opcode.is_control() && !fin {
        return Err(Failure::protocol("fragmented control frame"));
    }
    let Some(&second) = bytes.get(1) else { return Ok(None) };
    if second & 0x80 == 0 {
        return Err(Failure::protocol("unmasked frame"));
    }
    let short = second & 0x7f;
    if opcode.is_control() && u64::from(short) > CONTROL_BYTES_MAX {
        return Err(Failure::protocol("control frame too long"));
    }
    let Some((payload_len, length_bytes)) = parse_length(short, &bytes[2..])? else {
        return Ok(None);
    };
    let Some(mask) = bytes.get(2 + length_bytes..).and_then(|rest| rest.first_chunk::<4>()) else {
        return Ok(None);
    };
    Ok(Some(Header { fin, opcode, mask: *mask, payload_len, header_len: 6 + length_bytes }))
}

/// The payload's length, and how many bytes said it beyond the first.
fn parse_length(short: u8, rest: &[u8]) -> Result<Option<(u64, usize)>, Failure> {
    let (length, size, shorter_max) = match short {
        126 => match rest.first_chunk::<2>() {
            Some(bytes) => (u64::from(u16::from_be_bytes(*bytes)), 2, 125),
            None => return Ok(None),
        },
        127 => match rest.first_chunk::<8>() {
            Some(bytes) => (u64::from_be_bytes(*bytes), 8, u64::from(u16::MAX)),
            None => return Ok(None),
        },
        short => return Ok(Some((u64::from(short), 0))),
    };
    if length >> 63 != 0 {
        return Err(Failure::protocol("length has its highest bit set"));
    }
    if length <= shorter_max {
        return Err(Failure::protocol("length is not written in its shortest form"));
    }
    Ok(Some((length, size)))
}
