//! A shard: one thread, one runtime, a part of all connections. State is `Rc`: no locks, no channels
//! between the connections of a shard.

use super::connection::Connection;
use super::socket::{Handed, Socket};
use super::subscribers::Subscribers;
use super::{Closing, Released};
use crate::accounts::Identity;
use crate::clock::{self, Clock};
use crate::limits;
use crate::machine::{Afterwards, Machine, System};
use crate::places::LivePlace;
use futures_util::FutureExt;
use houseful_room::{Mono, SessionId};
use houseful_wire::{Close, ServerFrame};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Bits of a session's number below its shard's.
const SESSION_BITS: u32 = 40;

/// A socket that has been upgraded, on its way to a shard.
pub struct Arrival {
    /// The socket.
    pub socket: Handed,
    /// What the client sent behind its handshake.
    pub early: Vec<u8>,
    /// The connection's place among all; to be kept as long as it lives.
    pub place: LivePlace,
    /// Who it is, where that was proved before it came; otherwise its frames say.
    pub identity: Option<Identity>,
}

enum ToShard {
    Arrival(Arrival),
    Released(Released),
    Resync(SessionId, Arc<str>, &'static str),
    /// These logins ended: their connections close.
    Revoked(Vec<u64>),
    GoAway(u64),
    CloseAll(oneshot::Sender<()>),
}

/// What came with a connection, for whoever speaks a protocol on it.
pub struct Arrived {
    /// What the client sent behind its handshake.
    pub early: Vec<u8>,
    /// The connection's place among all; to be kept as long as it lives.
    pub place: LivePlace,
    /// Who it is, if that was proved before.
    pub identity: Option<Identity>,
}

/// What speaks a protocol on the connections of one shard.
pub trait ShardHost {
    /// Takes a new connection: spawns what reads it.
    fn arrived(&self, shard: &Rc<Shard>, connection: Rc<Connection>, arrived: Arrived);
    /// Once a second: deadlines of its own.
    fn tick(&self, shard: &Rc<Shard>, now: Mono);
    /// These logins ended.
    fn revoked(&self, shard: &Rc<Shard>, logins: &[u64]);
}

/// The shards' inboxes. Cloning is cheap.
#[derive(Clone)]
pub struct Shards {
    inboxes: Arc<[mpsc::Sender<ToShard>]>,
    next: Arc<AtomicUsize>,
}

/// The receiving ends, until the shards are started.
pub struct Inboxes(Vec<mpsc::Receiver<ToShard>>);

/// The inboxes of so many shards that are yet to be started.
pub fn open(count: usize) -> (Shards, Inboxes) {
    let (inboxes, receivers): (Vec<_>, Vec<_>) =
        (0..count).map(|_| mpsc::channel(limits::SHARD_INBOX_MAX)).unzip();
    (Shards { inboxes: inboxes.into(), next: Arc::default() }, Inboxes(receivers))
}

impl Inboxes {
    /// Starts the shards, each on a thread of its own with a host of its own. A panic in what is done for one
    /// connection ends that connection; any other takes the shard's connections with it and leaves the rest half
    /// a server: `died` is told which one.
    pub fn start<H: ShardHost + 'static>(
        self,
        clock: &Arc<dyn Clock>,
        died: fn(usize),
        host: impl Fn() -> H + Send + Clone + 'static,
    ) -> std::io::Result<()> {
        self.start_on(&System, clock, died, host)
    }

    /// The same on another machine than the system.
    pub fn start_on<H: ShardHost + 'static>(
        self,
        machine: &dyn Machine,
        clock: &Arc<dyn Clock>,
        died: fn(usize),
        host: impl Fn() -> H + Send + Clone + 'static,
    ) -> std::io::Result<()> {
        for (index, inbox) in self.0.into_iter().enumerate() {
            let (clock, host) = (clock.clone(), host.clone());
            let life = async move || {
                let shard = Rc::new(Shard::new(index, clock));
                shard.run(Rc::new(host()), inbox).await
            };
            let life = move || async move {
                let lived = AssertUnwindSafe(life()).catch_unwind().await;
                let afterwards: Afterwards = Box::new(move || match lived {
                    Ok(closed) => drop(closed.map(|closed| closed.send(()))),
                    Err(_) => died(index),
                });
                afterwards
            };
            machine.start_shard(index, Box::new(|| life().boxed_local()))?;
        }
        Ok(())
    }
}

impl Shards {
    /// How many there are.
    pub fn count(&self) -> usize {
        self.inboxes.len()
    }

    /// The shard that a session lives on.
    pub fn shard_of(&self, session: SessionId) -> usize {
        (session.0 >> SESSION_BITS) as usize
    }

    /// Gives a new socket to the next shard.
    pub async fn arrive(&self, arrival: Arrival) {
        let shard = self.next.fetch_add(1, Ordering::Relaxed) % self.inboxes.len();
        self.put(shard, ToShard::Arrival(arrival)).await;
    }

    /// Hands over what a room released.
    pub async fn release(&self, shard: usize, released: Released) {
        self.put(shard, ToShard::Released(released)).await;
    }

    /// Tells a session that its copy of a room is no longer kept up to date.
    pub async fn resync(&self, session: SessionId, room: &Arc<str>, code: &'static str) {
        let resync = ToShard::Resync(session, room.clone(), code);
        self.put(self.shard_of(session), resync).await;
    }

    /// Closes the connections of logins that have ended.
    pub async fn revoke(&self, logins: Vec<u64>) {
        for shard in 0..self.count() {
            self.put(shard, ToShard::Revoked(logins.clone())).await;
        }
    }

    /// Asks everyone to connect anew.
    pub async fn go_away(&self, after_ms: u64) {
        for shard in 0..self.count() {
            self.put(shard, ToShard::GoAway(after_ms)).await;
        }
    }

    /// Closes every connection, waits until the goodbyes are written, and ends the shards.
    pub async fn close_all(&self) {
        let mut closing = Vec::with_capacity(self.count());
        for shard in 0..self.count() {
            let (done, closed) = oneshot::channel();
            self.put(shard, ToShard::CloseAll(done)).await;
            closing.push(closed);
        }
        for closed in closing {
            let _ = closed.await;
        }
    }

    async fn put(&self, shard: usize, message: ToShard) {
        // A shard ends when the server does; what comes after that has nobody to go to.
        let _ = self.inboxes[shard].send(message).await;
    }
}

/// One shard's connections and who among them watches which room.
pub struct Shard {
    index: usize,
    clock: Arc<dyn Clock>,
    next: Cell<u64>,
    pub(super) connections: RefCell<HashMap<SessionId, Rc<Connection>>>,
    pub(super) rooms: RefCell<HashMap<Arc<str>, Subscribers>>,
    /// Rooms in which something waits for the next tick.
    pub(super) busy: RefCell<Vec<Arc<str>>>,
}

impl Shard {
    pub(super) fn new(index: usize, clock: Arc<dyn Clock>) -> Shard {
        let (connections, rooms, busy) = Default::default();
        Shard { index, clock, next: Cell::new(1), connections, rooms, busy }
    }

    /// The monotonic clock.
    pub fn now(&self) -> Mono {
        clock::now(&*self.clock).mono
    }

    /// Runs until everything is to be closed; answers who waits for that.
    async fn run<H: ShardHost>(
        self: Rc<Self>,
        host: Rc<H>,
        mut inbox: mpsc::Receiver<ToShard>,
    ) -> Option<oneshot::Sender<()>> {
        let mut messages = Vec::new();
        let mut second = tokio::time::interval(Duration::from_secs(1));
        second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                taken = inbox.recv_many(&mut messages, limits::SHARD_INBOX_MAX) => {
                    if taken == 0 {
                        return None;
                    }
                }
                () = self.next_tick() => {}
                _ = second.tick() => {
                    let now = self.now();
                    self.look_after_all(now);
                    host.tick(&self, now);
                }
            }
            for message in messages.drain(..) {
                if let ToShard::CloseAll(closed) = message {
                    self.level_all(self.now());
                    self.each(|connection, now| connection.close(Close::GoingAway, now));
                    self.wait_until_closed().await;
                    return Some(closed);
                }
                self.handle(&*host, message);
            }
            self.tick_rooms(self.now());
        }
    }

    /// Until a busy room is to be shown again; for ever, while none is.
    async fn next_tick(&self) {
        match self.next_tick_in_ms(self.now()) {
            Some(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
            None => std::future::pending().await,
        }
    }

    fn handle<H: ShardHost>(self: &Rc<Self>, host: &H, message: ToShard) {
        match message {
            ToShard::Arrival(arrival) => self.arrive(host, arrival),
            ToShard::Released(released) => self.deliver(released, self.now()),
            ToShard::Resync(session, room, code) => self.resync(session, &room, code),
            ToShard::Revoked(logins) => host.revoked(self, &logins),
            ToShard::GoAway(after_ms) => {
                let frame = ServerFrame::Goaway { after_ms }.encode();
                self.each(|connection, now| connection.send_text(&frame, now));
            }
            ToShard::CloseAll(_) => {}
        }
    }

    fn arrive<H: ShardHost>(self: &Rc<Self>, host: &H, arrival: Arrival) {
        let Arrival { socket, early, place, identity } = arrival;
        let socket = match Socket::from_handed(socket) {
            Ok(socket) => socket,
            Err(error) => return tracing::warn!(%error, "a socket could not be taken over"),
        };
        let number = self.next.replace(self.next.get() + 1);
        let session = SessionId((self.index as u64) << SESSION_BITS | number);
        let connection = Connection::new(session, socket, self.now());
        self.connections.borrow_mut().insert(session, connection.clone());
        metrics::gauge!("houseful_connections").increment(1);
        host.arrived(self, connection, Arrived { early, place, identity });
    }

    /// Forgets a connection whose reading has ended. Answers the rooms that it watched.
    pub fn remove(&self, connection: &Connection) -> Vec<Arc<str>> {
        self.connections.borrow_mut().remove(&connection.session);
        metrics::gauge!("houseful_connections").decrement(1);
        let rooms = connection.rooms.take();
        for room in &rooms {
            self.unsubscribe(connection.session, room);
        }
        rooms
    }

    fn each(&self, visit: impl Fn(&Rc<Connection>, Mono)) {
        let now = self.now();
        let connections: Vec<Rc<Connection>> =
            self.connections.borrow().values().cloned().collect();
        for connection in &connections {
            connection.guarded(|| visit(connection, now));
        }
    }

    /// Heartbeats, and the ends of those who are too slow or silent.
    pub(super) fn look_after_all(&self, now: Mono) {
        self.each(|connection, _| {
            connection.look_after(now);
            if connection.closing() != Closing::Open {
                return;
            }
            if connection.heard.get().until_ms(now) > limits::HEARD_MS_MAX {
                connection.close(Close::HeartbeatLost, now);
            } else if connection.wants_ping(now) {
                self.tell_positions(connection, now);
                let wall = clock::now(&*self.clock).wall.0;
                connection.send_text(&ServerFrame::Ping { now: wall }.encode(), now);
            }
        });
        let unsent =
            self.connections.borrow().values().map(|one| one.unsent_bytes()).sum::<usize>();
        let shard = self.index.to_string();
        metrics::gauge!("houseful_send_queue_bytes", "shard" => shard).set(unsent as f64);
    }

    async fn wait_until_closed(&self) {
        for _ in 0..limits::CLOSE_MS_MAX / 10 {
            if self.connections.borrow().values().all(|connection| connection.is_flushed()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}
