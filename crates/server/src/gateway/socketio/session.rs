//! One session: what waits for its client, bounded, and how far it is with its transport. Whoever carries takes from
//! it; it writes to no socket itself.

use super::Settings;
use crate::limits;
use axum::http::HeaderMap;
use houseful_wire::engineio::{Packet, Revision};
use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// The request that opened a session.
#[derive(Clone, Debug)]
pub struct Handshake {
    /// Its headers.
    pub headers: HeaderMap,
    /// What stood behind its question mark, decoded.
    pub query: Vec<(String, String)>,
    /// Where it came from.
    pub from: IpAddr,
}

impl Handshake {
    /// A value of its query.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A message of the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
}

/// A session of one client, until its end.
pub struct Session {
    /// Its secret name.
    pub sid: String,
    /// What it speaks.
    pub revision: Revision,
    /// How it began.
    pub handshake: Handshake,
    /// Whether bytes may be bytes in a body of its polling.
    pub(super) takes_binary: bool,
    pub(super) settings: Arc<Settings>,
    state: Mutex<State>,
    /// Wakes whoever carries.
    pub(super) changed: Notify,
    over: CancellationToken,
    /// Up to which packet the client has been heard after it was given it.
    confirmed: watch::Sender<u64>,
    to_application: mpsc::Sender<Incoming>,
}

/// By what the client is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Polling,
    /// A WebSocket is open beside the polling, and may have asked whether it works.
    Probing {
        is_probed: bool,
    },
    WebSocket,
}

struct State {
    way: Way,
    queue: VecDeque<Packet>,
    queue_bytes: usize,
    /// How many packets were ever put into the queue, and taken from it.
    pushed: u64,
    taken: u64,
    is_polled: bool,
    is_posted: bool,
    /// When silence is the end.
    deadline: Instant,
    /// What a poll that waits is told at the end.
    goodbye: Option<Packet>,
    /// Whether a poll of a client that has said goodbye itself is still to be answered: it may be on its way.
    owes_noop: bool,
}

/// What a poll is answered.
pub(super) enum Polled {
    Packets(Vec<Packet>),
    /// The session is elsewhere.
    Elsewhere,
}

/// The packet is against the rules; the session has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended;

impl Session {
    pub(super) fn new(
        sid: String,
        revision: Revision,
        handshake: Handshake,
        way: Way,
        settings: Arc<Settings>,
    ) -> (Arc<Session>, mpsc::Receiver<Incoming>) {
        let (to_application, incoming) = mpsc::channel(limits::SOCKETIO_INCOMING_MAX);
        let deadline = Instant::now() + settings.ping_interval + settings.ping_timeout;
        let state = State {
            way,
            queue: VecDeque::new(),
            queue_bytes: 0,
            pushed: 0,
            taken: 0,
            is_polled: false,
            is_posted: false,
            deadline,
            goodbye: None,
            owes_noop: false,
        };
        let session = Session {
            sid,
            revision,
            takes_binary: handshake.query("b64").is_none(),
            handshake,
            settings,
            state: Mutex::new(state),
            changed: Notify::new(),
            over: CancellationToken::new(),
            confirmed: watch::Sender::new(0),
            to_application,
        };
        (Arc::new(session), incoming)
    }

    /// Sends a message of text: its number among all packets. A client that does not take what waits is closed.
    pub fn send_text(&self, text: String) -> u64 {
        self.push([Packet::Text(text)])
    }

    /// Sends bytes.
    pub fn send_binary(&self, bytes: Vec<u8>) -> u64 {
        self.push([Packet::Binary(bytes)])
    }

    /// Ends the session when what waits is sent.
    pub fn finish(&self) {
        self.push([Packet::Close]);
    }

    /// Fires at the end.
    pub fn over(&self) -> CancellationToken {
        self.over.clone()
    }

    /// The number of the last packet after which the client was heard: it had been given it by then.
    pub fn confirmed(&self) -> watch::Receiver<u64> {
        self.confirmed.subscribe()
    }

    /// Puts packets into the queue, next to each other.
    pub(super) fn push(&self, packets: impl IntoIterator<Item = Packet>) -> u64 {
        let mut state = self.state();
        if state.goodbye.is_some() {
            // Nobody will be given it: no number that is ever confirmed.
            return u64::MAX;
        }
        for packet in packets {
            state.queue_bytes += packet.bytes();
            state.queue.push_back(packet);
            state.pushed += 1;
        }
        let (pushed, bytes) = (state.pushed, state.queue_bytes);
        drop(state);
        if bytes > limits::SOCKETIO_QUEUE_BYTES_MAX {
            metrics::counter!("houseful_socketio_slow_consumers").increment(1);
            self.end(Packet::Close);
        }
        self.changed.notify_waiters();
        pushed
    }

    /// Ends it now: what waits is given up, a poll that waits is told so.
    pub(super) fn end(&self, goodbye: Packet) {
        let mut state = self.state();
        if state.goodbye.is_none() {
            state.owes_noop = goodbye == Packet::Noop && state.way != Way::WebSocket;
            state.goodbye = Some(goodbye);
            state.queue.clear();
        }
        drop(state);
        self.over.cancel();
        self.changed.notify_waiters();
    }

    /// Whether it is at its end, or was silent for too long.
    pub(super) fn is_over(&self) -> bool {
        let state = self.state();
        let is_ended = state.goodbye.is_some() && !state.owes_noop;
        let is_late = state.deadline <= Instant::now();
        drop(state);
        if is_late && !is_ended {
            self.end(Packet::Close);
        }
        is_ended || is_late
    }

    /// Whether a poll is still to be answered after the end.
    pub(super) fn owes_noop(&self) -> bool {
        self.state().owes_noop
    }

    /// Until when it must be heard.
    pub(super) fn deadline(&self) -> Instant {
        self.state().deadline
    }

    pub(super) fn way(&self) -> Way {
        self.state().way
    }

    /// A WebSocket came to a session that polls. False if it has one.
    pub(super) fn begin_upgrade(&self) -> bool {
        let mut state = self.state();
        let may = state.way == Way::Polling && state.goodbye.is_none();
        if may {
            state.way = Way::Probing { is_probed: false };
        }
        may
    }

    /// The WebSocket was asked whether it works: polls are ended from now on.
    pub(super) fn probe(&self) {
        self.state().way = Way::Probing { is_probed: true };
        self.changed.notify_waiters();
    }

    /// The client has gone over, or has given up.
    pub(super) fn end_upgrade(&self, is_done: bool) {
        self.state().way = if is_done { Way::WebSocket } else { Way::Polling };
        self.changed.notify_waiters();
    }

    /// The next packet for whoever carries one by one.
    pub(super) fn pop(&self) -> Option<Packet> {
        let mut state = self.state();
        let packet = state.queue.pop_front()?;
        state.queue_bytes -= packet.bytes();
        state.taken += 1;
        Some(packet)
    }

    /// What a poll is answered now. One that began when the WebSocket was there already finds nothing here.
    pub(super) fn poll(&self, began: Way) -> Option<Polled> {
        let mut state = self.state();
        if let Some(goodbye) = state.goodbye.clone() {
            state.owes_noop = false;
            return Some(Polled::Packets(vec![goodbye]));
        }
        if state.way == Way::WebSocket {
            return Some(match began {
                Way::Polling => Polled::Packets(vec![Packet::Noop]),
                _ => Polled::Elsewhere,
            });
        }
        if state.queue.is_empty() {
            return None;
        }
        state.queue_bytes = 0;
        state.taken += state.queue.len() as u64;
        Some(Polled::Packets(state.queue.drain(..).collect()))
    }

    /// Marks that a poll waits, or a body is read; false if one does already, or the session has ended meanwhile.
    pub(super) fn begin_request(&self, is_post: bool) -> bool {
        let mut state = self.state();
        if state.goodbye.is_some() && !state.owes_noop {
            return false;
        }
        let flag = if is_post { &mut state.is_posted } else { &mut state.is_polled };
        !std::mem::replace(flag, true)
    }

    pub(super) fn end_request(&self, is_post: bool) {
        let mut state = self.state();
        let flag = if is_post { &mut state.is_posted } else { &mut state.is_polled };
        *flag = false;
    }

    /// Takes a packet of the client, whichever way it came; done when the application has room for it.
    pub(super) async fn take(&self, packet: Packet) -> Result<(), Ended> {
        self.hear();
        let incoming = match (packet, self.revision) {
            (Packet::Text(text), _) => Incoming::Text(text),
            (Packet::Binary(bytes), _) => Incoming::Binary(bytes),
            (Packet::Ping(data), Revision::V3) => {
                self.push([Packet::Pong(data)]);
                return Ok(());
            }
            (Packet::Pong(_), Revision::V4) | (Packet::Noop | Packet::Upgrade, _) => return Ok(()),
            (Packet::Close, _) => {
                self.end(Packet::Noop);
                return Err(Ended);
            }
            (Packet::Open(_) | Packet::Ping(_) | Packet::Pong(_), _) => {
                self.end(Packet::Close);
                return Err(Ended);
            }
        };
        tokio::select! {
            sent = self.to_application.send(incoming) => sent.map_err(|_| Ended),
            () = self.over.cancelled() => Err(Ended),
        }
    }

    /// Any packet is a sign of life, and says that what was given before has come.
    fn hear(&self) {
        let patience = self.settings.ping_interval + self.settings.ping_timeout;
        let mut state = self.state();
        state.deadline = Instant::now() + patience;
        let taken = state.taken;
        drop(state);
        self.confirmed.send_if_modified(|confirmed| std::mem::replace(confirmed, taken) != taken);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
