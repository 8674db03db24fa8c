//! RFC 6455 as a client needs it: masked text out, unmasked frames in. It knows no socket.

use anyhow::{Result, bail};

/// What came from the server.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// A text message.
    Text(Vec<u8>),
    /// The server closes, with its code if it gave one.
    Close(Option<u16>),
    /// A ping or pong; nothing to read.
    Control,
}

/// Bytes that came and were not yet taken apart.
#[derive(Debug, Default)]
pub struct Incoming {
    bytes: Vec<u8>,
    start: usize,
    /// Bytes of the last message with its header.
    pub last_bytes: usize,
}

impl Incoming {
    /// Where more bytes are to be put.
    pub fn space(&mut self) -> &mut Vec<u8> {
        if self.start == self.bytes.len() {
            self.bytes.clear();
            self.start = 0;
        } else if self.start > 64 * 1024 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        &mut self.bytes
    }

    /// The next whole message, if there is one.
    pub fn next(&mut self) -> Result<Option<Message>> {
        let bytes = &self.bytes[self.start..];
        let [first, second, ..] = *bytes else { return Ok(None) };
        if second & 0x80 != 0 || first & 0x70 != 0 {
            bail!("a server's frame is masked or has reserved bits");
        }
        let (header, length) = match second {
            126 if bytes.len() >= 4 => (4, usize::from(u16::from_be_bytes([bytes[2], bytes[3]]))),
            127 if bytes.len() >= 10 => {
                let length = u64::from_be_bytes(bytes[2..10].try_into()?);
                (10, usize::try_from(length)?)
            }
            126 | 127 => return Ok(None),
            short => (2, usize::from(short)),
        };
        let Some(payload) = bytes.get(header..header + length) else { return Ok(None) };
        let message = match first {
            0x81 => Message::Text(payload.to_vec()),
            0x88 => Message::Close(payload.first_chunk().map(|code| u16::from_be_bytes(*code))),
            0x89 | 0x8a => Message::Control,
            other => bail!("the server sent a frame that begins with {other:#x}"),
        };
        self.last_bytes = header + length;
        self.start += header + length;
        Ok(Some(message))
    }
}

/// Appends a text message as a client sends it.
pub fn encode(text: &str, mask: u32, out: &mut Vec<u8>) {
    let length = text.len();
    out.push(0x81);
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ ..=125), _) => out.push(0x80 | short),
        (_, Ok(medium)) => {
            out.push(0x80 | 126);
            out.extend_from_slice(&medium.to_be_bytes());
        }
        _ => {
            out.push(0x80 | 127);
            out.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    let mask = mask.to_be_bytes();
    out.extend_from_slice(&mask);
    out.extend(text.bytes().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
}

#[cfg(test)]
mod tests {
    use super::{Incoming, Message, encode};

    #[test]
    fn messages_come_apart_whatever_the_pieces() {
        let long = "x".repeat(300);
        let mut bytes = vec![0x81, 2, b'{', b'}', 0x81, 126, 1, 44];
        bytes.extend(long.bytes());
        bytes.extend([0x88, 2, 0x0f, 0xa0]);
        let mut incoming = Incoming::default();
        let mut messages = Vec::new();
        for byte in bytes {
            incoming.space().push(byte);
            messages.extend(incoming.next().unwrap());
        }
        let expected = vec![
            Message::Text(b"{}".to_vec()),
            Message::Text(long.into_bytes()),
            Message::Close(Some(4000)),
        ];
        assert_eq!(messages, expected);
    }

    #[test]
    fn what_is_sent_is_masked() {
        let mut out = Vec::new();
        encode("ab", 0x0102_0304, &mut out);
        assert_eq!(out, [0x81, 0x82, 1, 2, 3, 4, b'a' ^ 1, b'b' ^ 2]);
    }
}
