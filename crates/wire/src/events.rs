//! The frames of a connection as server-sent events, for networks that let no WebSocket through (R56–R59): what was
//! written for a WebSocket goes in, in any pieces, and the text of events comes out. It never reads, writes or waits.

use crate::ws::{Opcode, encode_header};

/// The media type of events.
pub const MEDIA_TYPE: &str = "text/event-stream";
/// What a close frame without a code means (RFC 6455 §7.1.5).
const NO_CODE: u16 = 1005;

/// Turns a server's WebSocket frames into events. It keeps no message: what comes in goes out.
#[derive(Debug, Default)]
pub struct EventWriter {
    header: Vec<u8>,
    /// The frame that is passing by: what it is, and how much of it is to come.
    passing: Option<(u8, u64)>,
    /// The payload of a close frame.
    goodbye: Vec<u8>,
    is_over: bool,
}

impl EventWriter {
    /// Appends the events of what was written. Nothing comes after a goodbye.
    pub fn write(&mut self, mut input: &[u8], out: &mut Vec<u8>) {
        while !input.is_empty() && !self.is_over {
            input = match self.passing {
                None => self.begin(input, out),
                Some((opcode, left)) => self.pass(opcode, left, input, out),
            };
        }
    }

    /// Whether the goodbye was written.
    pub fn is_over(&self) -> bool {
        self.is_over
    }

    fn begin<'a>(&mut self, input: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        self.header.push(input[0]);
        let Some((opcode, left)) = read_header(&self.header) else { return &input[1..] };
        self.header.clear();
        self.passing = Some((opcode, left));
        if opcode == Opcode::Text as u8 {
            out.extend_from_slice(b"data: ");
        }
        if left == 0 {
            self.end(opcode, out);
        }
        &input[1..]
    }

    fn pass<'a>(&mut self, opcode: u8, left: u64, input: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
        let count = usize::try_from(left).map_or(input.len(), |left| left.min(input.len()));
        let (payload, rest) = input.split_at(count);
        if opcode == Opcode::Text as u8 {
            push_data(payload, out);
        } else if opcode == Opcode::Close as u8 {
            self.goodbye.extend_from_slice(payload);
        }
        self.passing = Some((opcode, left - count as u64));
        if left == count as u64 {
            self.end(opcode, out);
        }
        rest
    }

    fn end(&mut self, opcode: u8, out: &mut Vec<u8>) {
        self.passing = None;
        if opcode == Opcode::Text as u8 {
            out.extend_from_slice(b"\n\n");
        } else if opcode == Opcode::Close as u8 {
            let code = self.goodbye.first_chunk().map_or(NO_CODE, |code| u16::from_be_bytes(*code));
            out.extend_from_slice(
                format!("event: close\ndata: {{\"code\":{code}}}\n\n").as_bytes(),
            );
            self.is_over = true;
        }
    }
}

/// What a frame is and how long its payload, once its header is complete.
pub fn read_header(header: &[u8]) -> Option<(u8, u64)> {
    let (first, rest) = header.split_first()?;
    let (short, long) = rest.split_first()?;
    let left = match short {
        126 => u64::from(u16::from_be_bytes(long.try_into().ok()?)),
        127 => u64::from_be_bytes(long.try_into().ok()?),
        short => u64::from(*short),
    };
    Some((first & 0x0f, left))
}

/// A line's end in a message, which JSON has only between its tokens, is one in its event.
fn push_data(payload: &[u8], out: &mut Vec<u8>) {
    out.reserve(payload.len());
    for byte in payload {
        match byte {
            b'\n' | b'\r' => out.extend_from_slice(b"\ndata: "),
            other => out.push(*other),
        }
    }
}

/// The event that opens a stream: the secret that messages to it are sent with.
pub fn open_event(secret: &str) -> String {
    format!("event: open\ndata: {{\"stream\":\"{secret}\"}}\n\n")
}

/// A message as a client's WebSocket frame, under a mask of zeros, which changes nothing.
pub fn client_message(text: &str) -> Vec<u8> {
    let header = encode_header(Opcode::Text, text.len());
    let mut frame = Vec::with_capacity(header.len() + 4 + text.len());
    frame.extend_from_slice(&header);
    frame[1] |= 0x80;
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(text.as_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ws::{Decoder, Event, WsLimits, encode_close, encode_frame};

    fn frames() -> Vec<u8> {
        let mut frames = Vec::new();
        encode_frame(Opcode::Text, b"{\"t\":\"ping\"}", &mut frames);
        encode_frame(Opcode::Pong, b"data: x\n\n", &mut frames);
        encode_frame(Opcode::Text, b"", &mut frames);
        encode_frame(Opcode::Text, "{\n\"a\":\r\n\"é\"}".as_bytes(), &mut frames);
        encode_frame(Opcode::Text, &[b'1'; 300], &mut frames);
        encode_frame(Opcode::Text, &[b'2'; 70_000], &mut frames);
        encode_close(Some(4001), "slow_consumer", &mut frames);
        encode_frame(Opcode::Text, b"never", &mut frames);
        frames
    }

    #[test]
    fn r56_a_frame_is_an_event_in_whatever_pieces_it_comes() {
        let expected = format!(
            "data: {{\"t\":\"ping\"}}\n\ndata: \n\ndata: {{\ndata: \"a\":\ndata: \ndata: \"é\"}}\n\n\
             data: {}\n\ndata: {}\n\nevent: close\ndata: {{\"code\":4001}}\n\n",
            "1".repeat(300),
            "2".repeat(70_000)
        );
        for size in [1, 2, 3, 7, 4_096, usize::MAX] {
            let (mut writer, mut out) = (EventWriter::default(), Vec::new());
            let frames = frames();
            for piece in frames.chunks(size.min(frames.len())) {
                writer.write(piece, &mut out);
            }
            assert!(writer.is_over());
            assert_eq!(String::from_utf8(out).unwrap(), expected, "in pieces of {size}");
        }
    }

    #[test]
    fn r57_a_message_is_read_as_it_was_sent() {
        for text in ["", "{}", &"é".repeat(100), &"x".repeat(70_000)] {
            let mut frame = client_message(text);
            let limits = WsLimits { message_bytes_soft_max: 1 << 20, ..WsLimits::DEFAULT };
            let length = frame.len();
            let (used, event) = Decoder::new().decode(&mut frame, &limits);
            assert_eq!((used, event), (length, Some(Event::Text(text.into()))));
        }
    }
}
