//! The far end of a local session: text messages over a local socket, framed as on every other.

use bytes::{Buf, BytesMut};
use houseful_wire::events::{client_message, read_header};
use houseful_wire::ws::Opcode;
use std::io;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// A client's end.
pub struct Wire {
    stream: UnixStream,
    read: BytesMut,
    is_over: bool,
    code: Option<u16>,
}

impl Wire {
    /// On its end of the pair.
    pub fn new(stream: UnixStream) -> Wire {
        Wire { stream, read: BytesMut::new(), is_over: false, code: None }
    }

    /// Sends a text message. The session reads at once, so this never waits for long.
    pub async fn send(&mut self, text: &str) -> io::Result<()> {
        self.stream.write_all(&client_message(text)).await
    }

    /// What the goodbye said, if it said anything.
    pub fn code(&self) -> Option<u16> {
        self.code
    }

    /// The next text message; none after the goodbye. It may be given up at any moment.
    pub async fn next(&mut self) -> Option<String> {
        while !self.is_over {
            match self.take() {
                Some((opcode, payload)) if opcode == Opcode::Text as u8 => {
                    return String::from_utf8(payload).ok();
                }
                Some((opcode, payload)) if opcode == Opcode::Close as u8 => {
                    self.is_over = true;
                    self.code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                }
                Some(_) => {}
                None => {
                    if !matches!(self.stream.read_buf(&mut self.read).await, Ok(1..)) {
                        self.is_over = true;
                    }
                }
            }
        }
        None
    }

    /// A whole frame of what was read.
    fn take(&mut self) -> Option<(u8, Vec<u8>)> {
        let header = (2..=self.read.len().min(10)).find_map(|length| {
            read_header(&self.read[..length]).map(|(opcode, payload)| (length, opcode, payload))
        });
        let (length, opcode, payload) = header?;
        let payload = usize::try_from(payload).ok()?;
        if self.read.len() < length + payload {
            self.read.reserve(length + payload - self.read.len());
            return None;
        }
        self.read.advance(length);
        let payload = self.read.split_to(payload).to_vec();
        if self.read.is_empty() {
            // An idle link owns no buffer.
            self.read = BytesMut::new();
        }
        Some((opcode, payload))
    }
}
