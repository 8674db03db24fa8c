//! A message that is not all there yet: its bytes so far, or only their count when it is skipped. It never
//! grows beyond the soft limit.

use super::{Failure, WsLimits};

/// A text or binary message under way.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) is_text: bool,
    pub(super) bytes: Vec<u8>,
    announced: u64,
    fragments: u32,
    is_skipped: bool,
    utf8: Utf8,
}

impl Message {
    pub(super) fn new(is_text: bool) -> Self {
        Self {
            is_text,
            bytes: Vec::new(),
            announced: 0,
            fragments: 0,
            is_skipped: false,
            utf8: Utf8::default(),
        }
    }

    pub(super) fn is_skipped(&self) -> bool {
        self.is_skipped
    }

    /// A frame of it begins. Checked before a byte of its payload is looked at.
    pub(super) fn begin_frame(&mut self, len: u64, limits: &WsLimits) -> Result<(), Failure> {
        self.fragments += 1;
        if self.fragments > limits.fragments_max {
            return Err(Failure::FRAGMENTS);
        }
        self.announced = self.announced.saturating_add(len);
        if self.announced > limits.message_bytes_hard_max {
            return Err(Failure::TOO_BIG);
        }
        if self.announced > limits.message_bytes_soft_max && !self.is_skipped {
            self.is_skipped = true;
            self.bytes = Vec::new();
        }
        Ok(())
    }

    /// Takes unmasked payload.
    pub(super) fn push(&mut self, payload: &[u8]) -> Result<(), Failure> {
        if self.is_text {
            self.utf8.push(payload)?;
        }
        if !self.is_skipped {
            self.bytes.extend_from_slice(payload);
        }
        Ok(())
    }

    /// Its last frame is complete.
    pub(super) fn check_end(&self) -> Result<(), Failure> {
        if self.is_text && self.utf8.kept > 0 { Err(Failure::UTF8) } else { Ok(()) }
    }
}

/// Checks UTF-8 as it arrives, keeping only the beginning of a character that is cut in two.
#[derive(Debug, Default)]
struct Utf8 {
    start: [u8; 4],
    kept: usize,
}

impl Utf8 {
    fn push(&mut self, mut payload: &[u8]) -> Result<(), Failure> {
        while self.kept > 0 {
            let Some((&byte, rest)) = payload.split_first() else { return Ok(()) };
            self.start[self.kept] = byte;
            self.kept += 1;
            payload = rest;
            match std::str::from_utf8(&self.start[..self.kept]) {
                Ok(_) => self.kept = 0,
                Err(error) if error.error_len().is_some() => return Err(Failure::UTF8),
                Err(_) => {}
            }
        }
        let Err(error) = std::str::from_utf8(payload) else { return Ok(()) };
        if error.error_len().is_some() {
            return Err(Failure::UTF8);
        }
        let tail = &payload[error.valid_up_to()..];
        self.start[..tail.len()].copy_from_slice(tail);
        self.kept = tail.len();
        Ok(())
    }
}
