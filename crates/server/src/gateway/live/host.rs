//! The native protocol on one shard: its sessions, the task that reads each, what ends them.

use super::LiveContext;
use super::session::{Incoming, Session};
use crate::fanout::{Closing, Connection, Shard, ShardHost};
use crate::limits;
use crate::places::LivePlace;
use crate::room::{Mail, mail::Undelivered};
use futures_util::FutureExt;
use houseful_room::{Mono, SessionId};
use houseful_wire::{Close, ws};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

thread_local! {
    /// What all connections of a shard read into; an idle connection owns no buffer.
    static READ: RefCell<Box<[u8]>> = RefCell::new(vec![0; limits::READ_BUFFER_BYTES].into());
}

/// The sessions of one shard.
pub struct LiveHost {
    context: Rc<LiveContext>,
    sessions: Rc<RefCell<HashMap<SessionId, Rc<Session>>>>,
}

impl LiveHost {
    /// A shard's host without sessions.
    pub fn new(context: LiveContext) -> LiveHost {
        LiveHost { context: Rc::new(context), sessions: Rc::default() }
    }

    fn each(&self, visit: impl Fn(&Session)) {
        let sessions: Vec<Rc<Session>> = self.sessions.borrow().values().cloned().collect();
        sessions.iter().for_each(|session| visit(session));
    }
}

impl ShardHost for LiveHost {
    fn arrived(
        &self,
        shard: &Rc<Shard>,
        connection: Rc<Connection>,
        early: Vec<u8>,
        place: LivePlace,
    ) {
        let id = connection.session;
        let session = Session::new(connection, self.context.clone(), shard.clone(), place);
        self.sessions.borrow_mut().insert(id, session.clone());
        let (shard, sessions) = (shard.clone(), self.sessions.clone());
        let ws = self.context.ws;
        tokio::task::spawn_local(async move {
            let reading = AssertUnwindSafe(read(&session, early, ws));
            if reading.catch_unwind().await.is_err() {
                tracing::error!("a connection's task has panicked; its connection ends");
            }
            // Whatever still waits to write it lets go of the socket.
            session.connection.drop_now();
            sessions.borrow_mut().remove(&id);
            shard.remove(&session.connection);
            say_lost(&session).await;
        });
    }

    fn tick(&self, _: &Rc<Shard>, now: Mono) {
        self.each(|session| session.tick(now));
    }

    fn revoked(&self, shard: &Rc<Shard>, logins: &[u64]) {
        let now = shard.now();
        self.each(|session| {
            if session.login().is_some_and(|login| logins.contains(&login)) {
                session.connection.close(Close::SessionRevoked, now);
            }
        });
    }
}

/// Reads until the connection ends, one way or another. After our own goodbye it waits for the client's,
/// and for no longer than the deadline: a socket that is dropped with something unread in it resets
/// the connection, and the client would never read why.
async fn read(session: &Session, mut early: Vec<u8>, limits: ws::WsLimits) {
    let connection = &session.connection;
    let mut decoder = ws::Decoder::new();
    let mut incoming = decode(&mut decoder, &mut early, &limits);
    drop(early);
    let mut has_said_goodbye = false;
    loop {
        for one in incoming.drain(..) {
            has_said_goodbye |= matches!(one, Incoming::Goodbye(_));
            session.handle(one).await;
        }
        if connection.closing() == Closing::Dropped {
            return;
        }
        if has_said_goodbye && connection.is_flushed() {
            return;
        }
        tokio::select! {
            biased;
            () = connection.ended.notified() => continue,
            ready = connection.stream.readable() => if ready.is_err() { return },
        }
        let read = READ.with_borrow_mut(|buffer| {
            let count = connection.stream.try_read(buffer)?;
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

/// Tells every room that the session's connection is gone; one that is too busy is told again.
async fn say_lost(session: &Session) {
    for handle in session.take_rooms() {
        let mut mail = Mail::Lost(session.connection.session);
        while let Err(Undelivered::Busy(again)) = handle.send(mail) {
            mail = again;
            tokio::time::sleep(Duration::from_millis(limits::BUSY_RETRY_MS)).await;
        }
    }
}
