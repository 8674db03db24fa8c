//! Reads a socket: bytes to messages, and the answers to control frames. What a message means is not
//! known here.

use super::{Closing, Connection};
use crate::limits;
use houseful_room::Mono;
use houseful_wire::ws;
use std::cell::RefCell;
use std::io;
use std::rc::Rc;

thread_local! {
    /// What all connections of a shard read into; an idle connection owns no buffer.
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; limits::READ_BUFFER_BYTES].into());
}

/// One thing that a client sent.
#[derive(Debug)]
pub enum Incoming {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// A message that was longer than is read.
    TooLarge,
    /// For [`Connection::answer`].
    Control(Control),
}

/// What the framing itself answers.
#[derive(Debug)]
pub enum Control {
    /// To be answered with the same payload.
    Ping(Vec<u8>),
    /// Nothing to answer.
    Pong,
    /// The client's close frame.
    Goodbye(Option<u16>),
    /// The client broke the rules of framing.
    NotAllowed(ws::Failure),
}

impl From<ws::Event<'_>> for Incoming {
    fn from(event: ws::Event<'_>) -> Self {
        match event {
            ws::Event::Text(text) => Incoming::Text(text.into_owned()),
            ws::Event::Binary(bytes) => Incoming::Binary(bytes.into_owned()),
            ws::Event::TooLarge => Incoming::TooLarge,
            ws::Event::Ping(payload) => Incoming::Control(Control::Ping(payload.into_owned())),
            ws::Event::Pong(_) => Incoming::Control(Control::Pong),
            ws::Event::Close(code, _) => Incoming::Control(Control::Goodbye(code)),
            ws::Event::Fail(failure) => Incoming::Control(Control::NotAllowed(failure)),
        }
    }
}

impl Connection {
    /// Reads until the connection ends, one way or another. After our own goodbye it waits for the
    /// client's, and for no longer than the deadline: a socket that is dropped with something unread in
    /// it resets the connection, and the client would never read why. A stream that broke the rules has no
    /// goodbye that could be read: our side ends at once, and the client hangs up.
    pub async fn read(
        self: &Rc<Self>,
        mut early: Vec<u8>,
        limits: ws::WsLimits,
        mut handle: impl AsyncFnMut(Incoming),
    ) {
        let mut decoder = ws::Decoder::new();
        let mut incoming = decode(&mut decoder, &mut early, &limits);
        drop(early);
        let (mut has_said_goodbye, mut is_unreadable) = (false, false);
        loop {
            for one in incoming.drain(..) {
                has_said_goodbye |= matches!(one, Incoming::Control(Control::Goodbye(_)));
                is_unreadable |= matches!(one, Incoming::Control(Control::NotAllowed(_)));
                handle(one).await;
            }
            if self.closing() == Closing::Dropped {
                return;
            }
            if has_said_goodbye && self.is_flushed() {
                return;
            }
            if is_unreadable && self.is_flushed() {
                // It fails if the client has gone, which reading will tell.
                let _ = self.stream.end_writing();
                is_unreadable = false;
            }
            tokio::select! {
                biased;
                () = self.ended.notified() => continue,
                ready = self.stream.readable() => if ready.is_err() { return },
            }
            let read = READ.with_borrow_mut(|buffer| {
                let count = self.stream.try_read(buffer)?;
                Ok((count, decode(&mut decoder, &mut buffer[..count], &limits)))
            });
            match read {
                Ok((0, _)) => return,
                Ok((_, decoded)) => incoming = decoded,
                Err(error) if is_would_block(&error) => {}
                Err(_) => return,
            }
        }
    }

    /// Answers what the framing asks for.
    pub fn answer(self: &Rc<Self>, control: Control, now: Mono) {
        match control {
            Control::Ping(payload) => self.send_pong(&payload, now),
            Control::Pong => {}
            Control::Goodbye(code) => self.close_with(code, "", now),
            Control::NotAllowed(failure) => {
                self.close_with(Some(failure.code), failure.reason, now);
            }
        }
    }
}

fn is_would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

fn decode(decoder: &mut ws::Decoder, mut input: &mut [u8], limits: &ws::WsLimits) -> Vec<Incoming> {
    let mut events = Vec::new();
    while !input.is_empty() {
        let rest = std::mem::take(&mut input);
        // The event borrows what it was read from; it is made our own before the rest is looked at.
        let (used, event) = decoder.decode(rest, limits);
        let event = event.map(Incoming::from);
        events.extend(event);
        input = &mut rest[used..];
    }
    events
}
