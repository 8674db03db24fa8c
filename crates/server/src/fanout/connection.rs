//! One socket: written directly and without blocking; only what the kernel refused is queued, in
//! whole frames and bounded. It belongs to one shard's thread and holds no buffer while idle.

#[cfg(test)]
use super::guard::planted;
use super::socket::Socket;
use crate::limits;
use futures_util::FutureExt;
use houseful_room::{Mono, SessionId};
use houseful_wire::{Close, ws};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::Notify;

/// How a connection is ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closing {
    /// It is not.
    Open,
    /// A close frame was queued; the socket ends when it is written or at the deadline.
    Sent,
    /// The socket is to be dropped now.
    Dropped,
}

/// A live connection of a shard.
pub struct Connection {
    /// Its session.
    pub session: SessionId,
    /// The socket. Written only by this type; read by the task that the host spawns.
    pub stream: Socket,
    queue: RefCell<Queue>,
    /// Wakes the reading task when the connection is to end.
    pub ended: Notify,
    closing: Cell<Closing>,
    deadline: Cell<Mono>,
    /// The rooms that it watches.
    pub(crate) rooms: RefCell<Vec<Arc<str>>>,
    /// The rooms that it wants to watch, each with the `ref` of the last `join`: the answer to any other
    /// is told and changes nothing.
    wanted: RefCell<BTreeMap<Arc<str>, u64>>,
    /// Whether it sees only what everyone may see, whatever a join was granted.
    pub(crate) is_visitor: Cell<bool>,
    /// When something was last heard from the client.
    pub heard: Cell<Mono>,
    /// When it was last pinged.
    pinged: Cell<Mono>,
    /// When something was last sent to it.
    pub sent: Cell<Mono>,
}

/// What the kernel did not take yet.
#[derive(Default)]
struct Queue {
    frames: VecDeque<Arc<[u8]>>,
    /// How much of the first frame is written.
    written: usize,
    bytes: usize,
    /// Since when nothing of it was taken.
    since: Option<Mono>,
    has_moved: bool,
}

impl Connection {
    /// A connection that has just been upgraded.
    pub(crate) fn new(session: SessionId, stream: Socket, now: Mono) -> Rc<Connection> {
        Rc::new(Connection {
            session,
            stream,
            queue: RefCell::default(),
            ended: Notify::new(),
            closing: Cell::new(Closing::Open),
            deadline: Cell::new(now),
            rooms: RefCell::default(),
            wanted: RefCell::default(),
            is_visitor: Cell::new(false),
            heard: Cell::new(now),
            pinged: Cell::new(now),
            sent: Cell::new(now),
        })
    }

    /// Sends a text message.
    pub fn send_text(self: &Rc<Self>, text: &str, now: Mono) {
        let mut frame = Vec::with_capacity(text.len() + 10);
        ws::encode_frame(ws::Opcode::Text, text.as_bytes(), &mut frame);
        self.send_frame(&frame, None, now);
    }

    /// Answers a WebSocket ping.
    pub fn send_pong(self: &Rc<Self>, payload: &[u8], now: Mono) {
        let mut frame = Vec::with_capacity(payload.len() + 10);
        ws::encode_frame(ws::Opcode::Pong, payload, &mut frame);
        self.send_frame(&frame, None, now);
    }

    /// Sends frames that are encoded already.
    pub fn send_encoded(self: &Rc<Self>, frames: &[u8], now: Mono) {
        self.send_frame(frames, None, now);
    }

    /// Sends an encoded frame that others get too.
    pub fn send_shared(self: &Rc<Self>, frame: &Arc<[u8]>, now: Mono) {
        self.send_frame(frame, Some(frame), now);
    }

    fn send_frame(self: &Rc<Self>, frame: &[u8], shared: Option<&Arc<[u8]>>, now: Mono) {
        if self.closing.get() != Closing::Open {
            return;
        }
        #[cfg(test)]
        planted::here(self.session, planted::Part::Write);
        // What waits already is bounded, not what is added: a snapshot may be larger than the bound.
        if self.queue.borrow().bytes > limits::SEND_QUEUE_BYTES_MAX {
            return self.close(Close::SlowConsumer, now);
        }
        self.sent.set(now);
        self.push(frame, shared, now);
    }

    /// Writes what the kernel takes at once, queues the rest.
    fn push(self: &Rc<Self>, frame: &[u8], shared: Option<&Arc<[u8]>>, now: Mono) {
        let mut queue = self.queue.borrow_mut();
        let mut written = 0;
        if queue.frames.is_empty() {
            written = match self.stream.try_write(frame) {
                Ok(written) => written,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
                Err(_) => {
                    drop(queue);
                    return self.drop_now();
                }
            };
            metrics::counter!("houseful_socket_writes").increment(1);
            if written == frame.len() {
                return;
            }
            queue.written = written;
            queue.since = Some(now);
            let connection = self.clone();
            tokio::task::spawn_local(async move {
                let writing = AssertUnwindSafe(connection.clone().write_queue());
                if writing.catch_unwind().await.is_err() {
                    connection.give_up();
                }
            });
        }
        queue.bytes += frame.len() - written;
        queue.frames.push_back(shared.cloned().unwrap_or_else(|| frame.into()));
    }

    /// Writes the queue as the socket takes it. One such task runs while the queue is not empty.
    async fn write_queue(self: Rc<Self>) {
        while self.closing.get() != Closing::Dropped {
            tokio::select! {
                ready = self.stream.writable() => if ready.is_err() { return self.drop_now() },
                () = self.ended.notified() => {
                    if self.closing.get() == Closing::Dropped {
                        self.ended.notify_one();
                        return;
                    }
                }
            }
            match self.queue.borrow_mut().write(&self.stream) {
                Ok(true) => break,
                Ok(false) => {}
                Err(_) => return self.drop_now(),
            }
        }
        if self.closing.get() == Closing::Sent {
            self.ended.notify_one();
        }
    }

    /// Says goodbye with a code and ends. What waits behind a half-written frame is given up: the
    /// client resumes.
    pub fn close(self: &Rc<Self>, code: Close, now: Mono) {
        self.close_with(Some(code.number()), code.code(), now);
    }

    /// As `close`, for codes of the WebSocket protocol itself.
    pub fn close_with(self: &Rc<Self>, code: Option<u16>, reason: &str, now: Mono) {
        if self.closing.get() != Closing::Open {
            return;
        }
        self.closing.set(Closing::Sent);
        self.deadline.set(now.plus_ms(limits::CLOSE_MS_MAX));
        self.queue.borrow_mut().keep_first();
        let mut frame = Vec::with_capacity(64);
        ws::encode_close(code, reason, &mut frame);
        self.push(&frame, None, now);
        let code = code.unwrap_or_default().to_string();
        metrics::counter!("houseful_closes", "code" => code).increment(1);
        if self.queue.borrow().frames.is_empty() {
            self.ended.notify_one();
        }
    }

    /// Ends without another byte.
    pub fn drop_now(&self) {
        self.closing.set(Closing::Dropped);
        self.ended.notify_one();
    }

    /// It watches this room no longer.
    pub fn forget_room(&self, room: &str) {
        self.rooms.borrow_mut().retain(|watched| &**watched != room);
    }

    /// It has asked to watch a room.
    pub fn want_room(&self, room: Arc<str>, reference: u64) {
        self.wanted.borrow_mut().insert(room, reference);
    }

    /// It wants to watch this room no longer, or may not. Answers whether it did.
    pub fn unwant_room(&self, room: &str) -> bool {
        self.wanted.borrow_mut().remove(room).is_some()
    }

    /// Whether it watches the room or has asked to.
    pub fn wants_room(&self, room: &str) -> bool {
        self.wanted.borrow().contains_key(room)
    }

    /// How many rooms it watches or has asked to.
    pub fn wanted_rooms(&self) -> usize {
        self.wanted.borrow().len()
    }

    /// Whether this is its latest `join` of the room.
    pub(crate) fn awaits(&self, room: &str, reference: u64) -> bool {
        self.wanted.borrow().get(room) == Some(&reference)
    }

    /// Whether it sees only what everyone may see, whatever a join was granted.
    pub fn is_visitor(&self) -> bool {
        self.is_visitor.get()
    }

    /// It sees all again that a join grants.
    pub fn see_all(&self) {
        self.is_visitor.set(false);
    }

    /// Whether it is time for a ping: nothing was sent to it for a while, or nothing heard from it, who may
    /// have nothing to say but answers to pings.
    pub(crate) fn wants_ping(&self, now: Mono) -> bool {
        let long_ago = |moment: &Cell<Mono>| moment.get().until_ms(now) >= limits::HEARTBEAT_MS;
        let wants = long_ago(&self.pinged) && (long_ago(&self.sent) || long_ago(&self.heard));
        if wants {
            self.pinged.set(now);
        }
        wants
    }

    /// How it is ending.
    pub fn closing(&self) -> Closing {
        self.closing.get()
    }

    /// Whether everything was written.
    pub(crate) fn is_flushed(&self) -> bool {
        self.queue.borrow().frames.is_empty()
    }

    /// Bytes that the kernel did not take yet.
    pub(crate) fn unsent_bytes(&self) -> usize {
        self.queue.borrow().bytes
    }

    /// Ends what has been too slow: unsent bytes for too long, or a goodbye that nobody reads.
    pub(crate) fn look_after(self: &Rc<Self>, now: Mono) {
        let stuck = self.queue.borrow_mut().stuck_since(now);
        match self.closing.get() {
            Closing::Open => {
                if stuck.is_some_and(|since| since.until_ms(now) > limits::SEND_QUEUE_MS_MAX) {
                    self.close(Close::SlowConsumer, now);
                }
            }
            Closing::Sent if self.deadline.get() <= now => self.drop_now(),
            Closing::Sent | Closing::Dropped => {}
        }
    }
}

impl Queue {
    /// Writes until the kernel takes no more. True if nothing is left.
    fn write(&mut self, stream: &Socket) -> io::Result<bool> {
        while let Some(frame) = self.frames.front() {
            match stream.try_write(&frame[self.written..]) {
                Ok(written) => {
                    self.has_moved = true;
                    self.written += written;
                    self.bytes -= written;
                    if self.written == frame.len() {
                        self.frames.pop_front();
                        self.written = 0;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        *self = Queue::default();
        Ok(true)
    }

    /// Since when nothing was taken; a reader that is slow but reads is not stuck.
    fn stuck_since(&mut self, now: Mono) -> Option<Mono> {
        if std::mem::take(&mut self.has_moved) {
            self.since = Some(now);
        }
        self.since
    }

    /// Gives up all but a frame that is half written.
    fn keep_first(&mut self) {
        let keep = usize::from(self.written > 0);
        self.frames.truncate(keep);
        self.bytes = self.frames.front().map_or(0, |frame| frame.len() - self.written);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::{TcpListener, TcpSocket, TcpStream};
    use tokio::task::LocalSet;

    const NOW: Mono = Mono(0);

    /// A connection and its client, who takes hardly anything.
    async fn pair() -> (Rc<Connection>, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let client = socket.connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        (Connection::new(SessionId(1), Socket::Tcp(stream), NOW), client)
    }

    fn queued(connection: &Connection) -> usize {
        connection.queue.borrow().bytes
    }

    #[tokio::test]
    async fn r24_a_snapshot_may_be_larger_than_the_bound_and_what_comes_after_it_may_not() {
        let story = async {
            let (connection, mut client) = pair().await;
            let small = "x".repeat(16 * 1_024);
            // The kernel's share first, then as much of ours as is allowed.
            while queued(&connection) + small.len() < limits::SEND_QUEUE_BYTES_MAX {
                connection.send_text(&small, NOW);
            }
            let snapshot = "s".repeat(3 * limits::SEND_QUEUE_BYTES_MAX);
            connection.send_text(&snapshot, NOW);
            assert_eq!(connection.closing(), Closing::Open, "it is let in, whatever its size");
            assert!(queued(&connection) > 3 * limits::SEND_QUEUE_BYTES_MAX);
            let before = queued(&connection);
            connection.send_text("one more", NOW);
            assert_eq!(connection.closing(), Closing::Sent);
            assert!(queued(&connection) < before, "what waited is given up");
            let mut bytes = Vec::new();
            let end = [0x88, 15, 0x0f, 0xa1];
            while !bytes.ends_with(b"slow_consumer") {
                assert_ne!(client.read_buf(&mut bytes).await.unwrap(), 0, "an end without goodbye");
            }
            assert!(bytes.windows(4).any(|four| four == end));
        };
        LocalSet::new().run_until(story).await;
    }
}
