//! Long polling: a GET waits for packets, a POST brings some. One of each at a time; a second one ends the session, as
//! the reference does, for nobody could say in which order they are to be read.

use super::Revision;
use super::refusal::Refusal;
use super::session::{Polled, Session, Way};
use crate::limits;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use houseful_wire::engineio::{Body, Packet, Packets, encode_payload};
use std::time::Duration;
use tokio::time::sleep;

/// A request under way. One that is given up, because its client is, ends the session.
struct Under<'a> {
    session: &'a Session,
    is_post: bool,
    is_done: bool,
}

impl<'a> Under<'a> {
    fn begin(session: &'a Session, is_post: bool) -> Option<Under<'a>> {
        if session.begin_request(is_post) {
            return Some(Under { session, is_post, is_done: false });
        }
        session.end(Packet::Close);
        None
    }
}

impl Drop for Under<'_> {
    fn drop(&mut self) {
        // First the end: nobody may come in between.
        if !self.is_done {
            self.session.end(Packet::Close);
        }
        self.session.end_request(self.is_post);
    }
}

/// Answers with what waits, or waits.
pub(super) async fn get(session: &Session) -> Response {
    let began = session.way();
    let Some(mut under) = Under::begin(session, false) else { return Refusal::Request.to_json() };
    let polled = wait(session, began).await;
    under.is_done = true;
    match polled {
        Polled::Packets(packets) => {
            let is_last = packets.contains(&Packet::Close);
            let response = body(session, &packets);
            if is_last {
                session.end(Packet::Close);
            }
            response
        }
        Polled::Elsewhere => Refusal::Request.to_json(),
    }
}

async fn wait(session: &Session, began: Way) -> Polled {
    loop {
        let changed = session.changed.notified();
        if let Some(polled) = session.poll(began) {
            return polled;
        }
        let is_probed = session.way() == (Way::Probing { is_probed: true });
        tokio::select! {
            () = changed => {}
            // The client waits for its poll before it goes over.
            () = sleep(Duration::from_millis(limits::SOCKETIO_NOOP_MS)), if is_probed => {
                return Polled::Packets(vec![Packet::Noop]);
            }
        }
    }
}

fn body(session: &Session, packets: &[Packet]) -> Response {
    let uncached = (CACHE_CONTROL, "no-store");
    match encode_payload(packets, session.revision, session.takes_binary) {
        Body::Text(text) => {
            ([(CONTENT_TYPE, "text/plain; charset=UTF-8"), uncached], text).into_response()
        }
        Body::Binary(bytes) => {
            ([(CONTENT_TYPE, "application/octet-stream"), uncached], bytes).into_response()
        }
    }
}

/// Takes what a client says; done when all of it is taken.
pub(super) async fn post(session: &Session, request: Request) -> Result<Response, Refusal> {
    let mut under = Under::begin(session, true).ok_or(Refusal::Request)?;
    let is_binary = request
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/octet-stream"));
    let most = session.settings.payload_bytes_max;
    let bytes = to_bytes(request.into_body(), most).await.map_err(|_| Refusal::TooLarge)?;
    let packets = match (is_binary, session.revision) {
        (true, Revision::V3) => Packets::of_bytes(&bytes),
        (true, Revision::V4) => return Err(Refusal::Request),
        (false, revision) => {
            let text = std::str::from_utf8(&bytes).map_err(|_| Refusal::Request)?;
            Packets::of_text(text, revision)
        }
    };
    for packet in packets {
        let packet = packet.map_err(|_| Refusal::Request)?;
        let is_goodbye = packet == Packet::Close;
        match session.take(packet).await {
            Ok(()) => {}
            Err(_) if is_goodbye => break,
            Err(_) => return Err(Refusal::Request),
        }
    }
    under.is_done = true;
    Ok((StatusCode::OK, [(CONTENT_TYPE, "text/html")], "ok").into_response())
}
