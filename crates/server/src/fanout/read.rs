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

impl Connection {
    /// Reads until the connection ends, one way or another. After our own goodbye it waits for the
    /// client's, and for no longer than the deadline: a socket that is dropped with something unread in
    /// it resets the connection, and the client would never read why. A stream that broke the rules has no
    /// goodbye that could be read: our side ends at once, and the client hangs up.
    pub async fn read(
        self: &Rc<Self>,
        mut early: Vec<u8>,
        limits: ws::WsLimits,
        mut handle: impl AsyncFnMut(ws::Event<'static>),
    ) {
        let mut decoder = ws::Decoder::new();
        let mut incoming = decode(&mut decoder, &mut early, &limits);
        drop(early);
        let (mut has_said_goodbye, mut is_unreadable) = (false, false);
        loop {
            for one in incoming.drain(..) {
                has_said_goodbye |= matches!(one, ws::Event::Close(..));
                is_unreadable |= matches!(one, ws::Event::Fail(_));
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

    /// Answers what the framing itself asks for; a message is none of it.
    pub fn answer(self: &Rc<Self>, event: &ws::Event<'_>, now: Mono) {
        match event {
            ws::Event::Ping(payload) => self.send_pong(payload, now),
            ws::Event::Close(code, _) => self.close_with(*code, "", now),
            ws::Event::Fail(failure) => self.close_with(Some(failure.code), failure.reason, now),
            ws::Event::Pong(_)
            | ws::Event::Text(_)
            | ws::Event::Binary(_)
            | ws::Event::TooLarge => {}
        }
    }
}

fn is_would_block(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::WouldBlock
}

fn decode(
    decoder: &mut ws::Decoder,
    mut input: &mut [u8],
    limits: &ws::WsLimits,
) -> Vec<ws::Event<'static>> {
    let mut events = Vec::new();
    while !input.is_empty() {
        let rest = std::mem::take(&mut input);
        // The event borrows what it was read from; it is made our own before the rest is looked at.
        let (used, event) = decoder.decode(rest, limits);
        events.extend(event.map(ws::Event::into_owned));
        input = &mut rest[used..];
    }
    events
}
