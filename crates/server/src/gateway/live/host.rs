//! The native protocol on one shard: its sessions, the task that reads each, what ends them.

use super::LiveContext;
use super::session::Session;
use crate::fanout::{Arrived, Connection, Shard, ShardHost};
use crate::limits;
use crate::room::{Mail, mail::Undelivered};
use futures_util::FutureExt;
use houseful_room::{Mono, SessionId};
use houseful_wire::Close;
use std::cell::RefCell;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::time::Duration;

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
        for session in &sessions {
            session.connection.guarded(|| visit(session));
        }
    }
}

impl ShardHost for LiveHost {
    fn arrived(&self, shard: &Rc<Shard>, connection: Rc<Connection>, arrived: Arrived) {
        let id = connection.session;
        let Arrived { early, place, identity } = arrived;
        let who = (place, identity);
        let session = Session::new(connection, self.context.clone(), shard.clone(), who);
        self.sessions.borrow_mut().insert(id, session.clone());
        let (shard, sessions) = (shard.clone(), self.sessions.clone());
        let ws = self.context.ws;
        tokio::task::spawn_local(async move {
            let handle = async |incoming| session.handle(incoming).await;
            let reading = AssertUnwindSafe(session.connection.read(early, ws, handle));
            if reading.catch_unwind().await.is_err() {
                session.connection.give_up();
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
