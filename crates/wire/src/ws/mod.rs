//! WebSocket framing for a server (RFC 6455), without extensions: bytes in, events out. It never reads,
//! writes or waits, and an idle connection owns no buffer.

mod close;
mod decoder;
mod encode;
mod handshake;
mod header;
mod mask;
mod message;

pub use decoder::{Decoder, Event};
pub use encode::{FrameHeader, encode_close, encode_frame, encode_header};
pub use handshake::{HandshakeError, Upgrade, accept_key, validate_upgrade};
pub use mask::apply_mask;

/// What a frame is, as the low four bits of its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Opcode {
    /// More of a fragmented message.
    Continuation = 0,
    /// A text message, or its first fragment.
    Text = 1,
    /// A binary message, or its first fragment.
    Binary = 2,
    /// The end.
    Close = 8,
    /// To be answered with a pong of the same payload.
    Ping = 9,
    /// An answer.
    Pong = 10,
}

impl Opcode {
    fn from_bits(bits: u8) -> Option<Self> {
        Some(match bits {
            0 => Self::Continuation,
            1 => Self::Text,
            2 => Self::Binary,
            8 => Self::Close,
            9 => Self::Ping,
            10 => Self::Pong,
            _ => return None,
        })
    }

    fn is_control(self) -> bool {
        self as u8 >= 8
    }
}

/// How much one connection may send at once. Each bound is checked before anything is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WsLimits {
    /// A longer message is skipped while it streams by, and the connection lives.
    pub message_bytes_soft_max: u64,
    /// A longer message ends the connection.
    pub message_bytes_hard_max: u64,
    /// Frames of one message, empty ones counted.
    pub fragments_max: u32,
}

impl WsLimits {
    /// The limits of PROTOCOL.md.
    pub const DEFAULT: Self = Self {
        message_bytes_soft_max: 16 * 1024,
        message_bytes_hard_max: 16 * 1024 * 1024,
        fragments_max: 256,
    };
}

impl Default for WsLimits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Why a connection must end: the close code, and a text for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// 1002 protocol error, 1007 invalid UTF-8, 1008 too many fragments, 1009 too big.
    pub code: u16,
    /// What was wrong.
    pub reason: &'static str,
}

impl Failure {
    pub(crate) const fn protocol(reason: &'static str) -> Self {
        Self { code: 1002, reason }
    }

    pub(crate) const UTF8: Self = Self { code: 1007, reason: "text is not UTF-8" };
    pub(crate) const FRAGMENTS: Self = Self { code: 1008, reason: "too many fragments" };
    pub(crate) const TOO_BIG: Self = Self { code: 1009, reason: "message too big" };
}
