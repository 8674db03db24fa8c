//! The incremental decoder of a client's stream. A message that is whole in the read buffer is unmasked
//! there and lent out; only what is cut in two is kept, in one box that goes when it is complete.

use super::header::{self, HEADER_BYTES_MAX, Header};
use super::mask::apply_mask;
use super::message::Message;
use super::{Failure, Opcode, WsLimits, close};
use std::borrow::Cow;

/// What a stream says. Payloads borrow from the read buffer where they can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event<'a> {
    /// A text message.
    Text(Cow<'a, str>),
    /// A binary message.
    Binary(Cow<'a, [u8]>),
    /// To be answered with a pong of the same payload.
    Ping(Cow<'a, [u8]>),
    /// An answer, or a heartbeat of the client's own.
    Pong(Cow<'a, [u8]>),
    /// The client's end, to be answered with a close frame of the same code. Nothing comes after it.
    Close(Option<u16>, Cow<'a, str>),
    /// A message over the soft limit has passed by; the connection lives.
    TooLarge,
    /// The stream broke the rules: send a close frame with this code and hang up. Nothing comes after it.
    Fail(Failure),
}

impl Event<'_> {
    /// The same, apart from the read buffer.
    pub fn into_owned(self) -> Event<'static> {
        match self {
            Event::Text(text) => Event::Text(text.into_owned().into()),
            Event::Binary(bytes) => Event::Binary(bytes.into_owned().into()),
            Event::Ping(bytes) => Event::Ping(bytes.into_owned().into()),
            Event::Pong(bytes) => Event::Pong(bytes.into_owned().into()),
            Event::Close(code, reason) => Event::Close(code, reason.into_owned().into()),
            Event::TooLarge => Event::TooLarge,
            Event::Fail(failure) => Event::Fail(failure),
        }
    }
}

/// One connection's state: two words while nothing is under way.
#[derive(Debug, Default)]
pub struct Decoder {
    partial: Option<Box<Partial>>,
    is_over: bool,
}

/// What is cut in two: a header, a payload, a message, or several of them.
#[derive(Debug, Default)]
struct Partial {
    header: [u8; HEADER_BYTES_MAX],
    header_len: usize,
    frame: Option<Frame>,
    control: Vec<u8>,
    message: Option<Message>,
}

/// A frame whose payload is under way.
#[derive(Clone, Copy, Debug)]
struct Frame {
    header: Header,
    received: u64,
}

impl Decoder {
    /// A decoder at the beginning of a stream.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether nothing is under way, so that nothing is kept on the heap.
    pub fn is_idle(&self) -> bool {
        self.partial.is_none()
    }

    /// Takes bytes until the first event: answers how many it took, and the event. Call it again with
    /// the rest until all is taken; it takes at least one byte of any input, and all if there is no event.
    pub fn decode<'a>(
        &mut self,
        input: &'a mut [u8],
        limits: &WsLimits,
    ) -> (usize, Option<Event<'a>>) {
        if self.is_over || input.is_empty() {
            return (input.len(), None);
        }
        let (used, event) = if self.partial.is_none() {
            match header::parse(input) {
                Err(failure) => (input.len(), Some(Event::Fail(failure))),
                Ok(Some(header)) if is_whole(&header, input.len(), limits) => {
                    decode_whole(&header, input)
                }
                Ok(_) => self.decode_partial(input, limits),
            }
        } else {
            self.decode_partial(input, limits)
        };
        if matches!(event, Some(Event::Close(..) | Event::Fail(_))) {
            self.is_over = true;
            self.partial = None;
        }
        (used, event)
    }

    fn decode_partial(
        &mut self,
        input: &mut [u8],
        limits: &WsLimits,
    ) -> (usize, Option<Event<'static>>) {
        let partial = self.partial.get_or_insert_default();
        match partial.advance(input, limits) {
            Err(failure) => (input.len(), Some(Event::Fail(failure))),
            Ok((used, event)) => {
                if partial.is_empty() {
                    self.partial = None;
                }
                (used, event)
            }
        }
    }
}

/// Whether a frame is a message of its own that is all in the buffer and small enough to be lent out.
fn is_whole(header: &Header, available: usize, limits: &WsLimits) -> bool {
    header.fin
        && header.opcode != Opcode::Continuation
        && header.payload_len <= (available - header.header_len) as u64
        && (header.opcode.is_control() || header.payload_len <= limits.message_bytes_soft_max)
}

fn decode_whole<'a>(header: &Header, input: &'a mut [u8]) -> (usize, Option<Event<'a>>) {
    let end = header.header_len + header.payload_len as usize;
    let payload = &mut input[header.header_len..end];
    apply_mask(payload, header.mask, 0);
    let payload: &'a [u8] = payload;
    let event = match header.opcode {
        Opcode::Text => std::str::from_utf8(payload)
            .map(|text| Event::Text(Cow::Borrowed(text)))
            .map_err(|_| Failure::UTF8),
        Opcode::Binary | Opcode::Continuation => Ok(Event::Binary(Cow::Borrowed(payload))),
        opcode => control_event(opcode, Cow::Borrowed(payload)),
    };
    (end, Some(event.unwrap_or_else(Event::Fail)))
}

fn control_event(opcode: Opcode, payload: Cow<'_, [u8]>) -> Result<Event<'_>, Failure> {
    Ok(match (opcode, payload) {
        (Opcode::Ping, payload) => Event::Ping(payload),
        (Opcode::Close, Cow::Borrowed(payload)) => {
            let (code, reason) = close::parse(payload)?;
            Event::Close(code, Cow::Borrowed(reason))
        }
        (Opcode::Close, Cow::Owned(payload)) => {
            let (code, reason) = close::parse(&payload)?;
            Event::Close(code, Cow::Owned(reason.to_owned()))
        }
        (_, payload) => Event::Pong(payload),
    })
}

impl Partial {
    fn is_empty(&self) -> bool {
        self.header_len == 0 && self.frame.is_none() && self.message.is_none()
    }

    /// Takes bytes until a control frame or a message is complete, or all are taken.
    fn advance(
        &mut self,
        input: &mut [u8],
        limits: &WsLimits,
    ) -> Result<(usize, Option<Event<'static>>), Failure> {
        let mut used = 0;
        loop {
            if self.frame.is_some() {
                used += self.take_payload(&mut input[used..])?;
                if let Some(header) = self.take_complete_frame() {
                    if let Some(event) = self.end_frame(&header)? {
                        return Ok((used, Some(event)));
                    }
                    continue;
                }
            }
            if used == input.len() {
                return Ok((used, None));
            }
            used += self.take_header(&input[used..], limits)?;
        }
    }

    /// Takes header bytes, and begins the frame when they are complete.
    fn take_header(&mut self, input: &[u8], limits: &WsLimits) -> Result<usize, Failure> {
        let before = self.header_len;
        let copied = (HEADER_BYTES_MAX - before).min(input.len());
        self.header[before..before + copied].copy_from_slice(&input[..copied]);
        let Some(header) = header::parse(&self.header[..before + copied])? else {
            self.header_len += copied;
            return Ok(copied);
        };
        self.header_len = 0;
        if !header.opcode.is_control() {
            self.begin_data_frame(&header, limits)?;
        }
        self.frame = Some(Frame { header, received: 0 });
        Ok(header.header_len - before)
    }

    fn begin_data_frame(&mut self, header: &Header, limits: &WsLimits) -> Result<(), Failure> {
        let is_continuation = header.opcode == Opcode::Continuation;
        let message = match &mut self.message {
            Some(message) if is_continuation => message,
            Some(_) => return Err(Failure::protocol("message within a message")),
            None if is_continuation => return Err(Failure::protocol("continuation of nothing")),
            empty => empty.insert(Message::new(header.opcode == Opcode::Text)),
        };
        message.begin_frame(header.payload_len, limits)
    }

    /// Unmasks and keeps what belongs to the frame under way.
    fn take_payload(&mut self, input: &mut [u8]) -> Result<usize, Failure> {
        let Some(frame) = &mut self.frame else { return Ok(0) };
        let missing = frame.header.payload_len - frame.received;
        let taken = usize::try_from(missing).unwrap_or(usize::MAX).min(input.len());
        let payload = &mut input[..taken];
        apply_mask(payload, frame.header.mask, (frame.received % 4) as usize);
        frame.received += taken as u64;
        match &mut self.message {
            Some(message) if !frame.header.opcode.is_control() => message.push(payload)?,
            _ => self.control.extend_from_slice(payload),
        }
        Ok(taken)
    }

    fn take_complete_frame(&mut self) -> Option<Header> {
        self.frame.take_if(|frame| frame.received == frame.header.payload_len).map(|f| f.header)
    }

    fn end_frame(&mut self, header: &Header) -> Result<Option<Event<'static>>, Failure> {
        if header.opcode.is_control() {
            let payload = std::mem::take(&mut self.control);
            return control_event(header.opcode, Cow::Owned(payload)).map(Some);
        }
        match self.message.take_if(|_| header.fin) {
            Some(message) => message_event(message).map(Some),
            None => Ok(None),
        }
    }
}

fn message_event(message: Message) -> Result<Event<'static>, Failure> {
    message.check_end()?;
    if message.is_skipped() {
        return Ok(Event::TooLarge);
    }
    if !message.is_text {
        return Ok(Event::Binary(Cow::Owned(message.bytes)));
    }
    let text = String::from_utf8(message.bytes).map_err(|_| Failure::UTF8)?;
    Ok(Event::Text(Cow::Owned(text)))
}
