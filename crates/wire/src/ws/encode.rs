//! Frames from server to client: unmasked, never fragmented, so that the same bytes go to everyone.

use super::Opcode;
use super::close::may_travel;
use super::header::CONTROL_BYTES_MAX;
use std::ops::Deref;

/// The first bytes of a frame, on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    bytes: [u8; 10],
    len: u8,
}

impl Deref for FrameHeader {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// The header of a whole message of `len` bytes.
pub fn encode_header(opcode: Opcode, len: usize) -> FrameHeader {
    let mut bytes = [0; 10];
    bytes[0] = 0x80 | opcode as u8;
    let used = if let Ok(short) = u8::try_from(len)
        && short < 126
    {
        bytes[1] = short;
        2
    } else if let Ok(medium) = u16::try_from(len) {
        bytes[1] = 126;
        bytes[2..4].copy_from_slice(&medium.to_be_bytes());
        4
    } else {
        bytes[1] = 127;
        bytes[2..].copy_from_slice(&(len as u64).to_be_bytes());
        10
    };
    FrameHeader { bytes, len: used }
}

/// Appends a whole frame.
pub fn encode_frame(opcode: Opcode, payload: &[u8], out: &mut Vec<u8>) {
    debug_assert!(!opcode.is_control() || payload.len() as u64 <= CONTROL_BYTES_MAX);
    let header = encode_header(opcode, payload.len());
    out.reserve(header.len() + payload.len());
    out.extend_from_slice(&header);
    out.extend_from_slice(payload);
}

/// Appends a close frame. The reason is cut to what a control frame takes; a code that may not travel
/// is left out, and then the reason with it.
pub fn encode_close(code: Option<u16>, reason: &str, out: &mut Vec<u8>) {
    let mut payload = Vec::new();
    if let Some(code) = code.filter(|code| may_travel(*code)) {
        payload.extend_from_slice(&code.to_be_bytes());
        let end = reason.floor_char_boundary(CONTROL_BYTES_MAX as usize - 2);
        payload.extend_from_slice(&reason.as_bytes()[..end]);
    }
    encode_frame(Opcode::Close, &payload, out);
}
