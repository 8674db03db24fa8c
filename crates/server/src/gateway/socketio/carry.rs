//! A session on a WebSocket, from the beginning or after a probe beside its polling. It reads and writes in turns, and
//! ends with the session.

use super::Revision;
use super::engine::Engine;
use super::refusal::Refusal;
use super::session::{Handshake, Session, Way};
use crate::gateway::websocket::{self, Gone, Message, WebSocket};
use crate::limits;
use axum::extract::Request;
use axum::response::Response;
use houseful_wire::engineio::{Frame, Packet};
use houseful_wire::ws::WsLimits;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Answers an upgrade that opens a session. It is opened when the socket is there.
pub(super) fn open(
    engine: &Arc<Engine>,
    request: &mut Request,
    handshake: Handshake,
    revision: Revision,
) -> Result<Response, Refusal> {
    let its = engine.clone();
    let limits = limits_of(engine.settings().payload_bytes_max);
    Ok(websocket::upgrade(request, &engine.tasks, limits, async move |mut socket| {
        match its.open(handshake, revision, Way::WebSocket) {
            Ok(session) => carry(&session, &mut socket).await,
            Err(_) => socket.close(Some(1013), "try again later"),
        }
    }))
}

/// Answers an upgrade of a session that polls.
pub(super) fn upgrade(
    engine: &Arc<Engine>,
    request: &mut Request,
    session: Arc<Session>,
) -> Result<Response, Refusal> {
    let limits = limits_of(engine.settings().payload_bytes_max);
    if !session.begin_upgrade() {
        // As the reference does: pages can tell nothing of an upgrade that is refused.
        let turn_away = async move |mut socket: WebSocket| socket.close(None, "");
        return Ok(websocket::upgrade(request, &engine.tasks, limits, turn_away));
    }
    let upgrading = Upgrading(Some(session));
    Ok(websocket::upgrade(request, &engine.tasks, limits, async move |mut socket| {
        let mut upgrading = upgrading;
        let Some(session) = upgrading.0.clone() else { return };
        let time = Duration::from_millis(limits::SOCKETIO_UPGRADE_MS_MAX);
        let probed = timeout(time, probe(&session, &mut socket));
        if matches!(probed.await, Ok(Ok(()))) {
            upgrading.0 = None;
            session.end_upgrade(true);
            carry(&session, &mut socket).await;
        }
    }))
}

/// An upgrade under way. One that comes to nothing leaves the session to its polling.
struct Upgrading(Option<Arc<Session>>);

impl Drop for Upgrading {
    fn drop(&mut self) {
        if let Some(session) = &self.0 {
            session.end_upgrade(false);
        }
    }
}

fn limits_of(bytes_max: usize) -> WsLimits {
    let bytes_max = bytes_max as u64;
    WsLimits {
        message_bytes_soft_max: bytes_max,
        message_bytes_hard_max: bytes_max,
        ..WsLimits::DEFAULT
    }
}

/// The client asks whether the socket works, and goes over to it.
async fn probe(session: &Session, socket: &mut WebSocket) -> Result<(), Gone> {
    let over = session.over();
    loop {
        let message = tokio::select! {
            () = over.cancelled() => return Err(Gone),
            message = socket.next() => message.ok_or(Gone)?,
        };
        let Message::Text(text) = message else { return Err(Gone) };
        match Packet::from_text(&text) {
            Ok(Packet::Ping(data)) if data == "probe" => {
                socket.send("3probe").await?;
                session.probe();
            }
            Ok(Packet::Upgrade) => return Ok(()),
            _ => return Err(Gone),
        }
    }
}

/// To the end of the session.
async fn carry(session: &Session, socket: &mut WebSocket) {
    let over = session.over();
    while !over.is_cancelled() {
        let changed = session.changed.notified();
        let Ok(is_open) = write(session, socket).await else { break };
        if !is_open {
            break;
        }
        tokio::select! {
            () = changed => {}
            () = over.cancelled() => {}
            message = socket.next() => {
                let packet = message.and_then(|message| packet(message, session.revision));
                let Some(packet) = packet else { break };
                if session.take(packet).await.is_err() {
                    break;
                }
            }
        }
    }
    session.end(Packet::Close);
    socket.close(None, "");
}

/// Sends all that waits; whether the session goes on after it.
async fn write(session: &Session, socket: &mut WebSocket) -> Result<bool, Gone> {
    while let Some(packet) = session.pop() {
        if packet == Packet::Close {
            return Ok(false);
        }
        match packet.to_frame(session.revision) {
            Frame::Text(text) => socket.send(&text).await?,
            Frame::Binary(bytes) => socket.send_binary(&bytes).await?,
        }
    }
    Ok(true)
}

/// What the client said; nothing if it is no packet.
fn packet(message: Message, revision: Revision) -> Option<Packet> {
    match message {
        Message::Text(text) => Packet::from_text(&text).ok(),
        Message::Binary(bytes) => Packet::from_binary(&bytes, revision).ok(),
        Message::TooLarge => None,
    }
}
