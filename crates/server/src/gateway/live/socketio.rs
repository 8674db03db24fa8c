//! The native protocol over Socket.IO, for programs that have such a client and no other (R140–R145): each event
//! `frame` is one message of the protocol. A shard knows nothing of it: here is the far end of a pair of local sockets,
//! as for streams of events; so its bounds, limits and goodbyes are the same.

use super::upgrade::refusal_of;
use super::wire::Wire;
use crate::config::Config;
use crate::drain::Tasks;
use crate::fanout::{Arrival, Handed, Shards};
use crate::gateway::forwarded::Scheme;
use crate::gateway::origin;
use crate::gateway::socketio::{self, Cors, Engine, Heard, Namespaces, Settings, Socket};
use crate::limits;
use crate::places::Places;
use serde_json::json;
use std::io;
use std::sync::Arc;
use tokio::net::UnixStream;

/// The namespace.
const NAMESPACE: &str = "/houseful";
/// The event of a message, either way.
const FRAME: &str = "frame";
/// The event of the goodbye.
const CLOSE: &str = "close";

/// What answers below `/socket.io/`.
pub fn over_socketio(
    config: &Arc<Config>,
    shards: &Shards,
    tasks: &Tasks,
    places: &Arc<Places>,
) -> Arc<Engine> {
    let config = config.clone();
    let settings = Settings {
        admit: Arc::new(move |request| {
            let scheme = Scheme::of(&request.extensions);
            match origin::is_allowed(&config, scheme, &request.headers) {
                true => Ok(()),
                false => Err("origin_not_allowed".to_owned()),
            }
        }),
        cors: Cors::Nobody,
        ..Settings::default()
    };
    let (shards, places) = (shards.clone(), places.clone());
    let namespaces = Namespaces::new(tasks.clone())
        // Clients of version 2 are here whether they ask or not.
        .open("/", idle)
        .asked(NAMESPACE, move |arrival| serve(arrival, shards.clone(), places.clone()));
    Engine::new(settings, tasks.clone(), Arc::new(namespaces))
}

async fn idle(mut socket: Socket) {
    while socket.next().await.is_some() {}
}

/// A connection, to its end at either side.
async fn serve(arrival: socketio::Arrival, shards: Shards, places: Arc<Places>) {
    let from = arrival.handshake().from;
    let place = match places.live(from, limits::STREAM_LIVE_FILES) {
        Ok(place) => place,
        Err(full) => return arrival.refuse(refusal_of(full), None),
    };
    let (near, wire) = match pair() {
        Ok(pair) => pair,
        Err(error) => {
            tracing::warn!(%error, "a connection over Socket.IO could not be opened");
            return arrival.refuse("unavailable", None);
        }
    };
    let socket = arrival.accept();
    shards.arrive(Arrival { socket: near, early: Vec::new(), place, identity: None }).await;
    carry(socket, wire).await;
}

fn pair() -> io::Result<(Handed, Wire)> {
    let (near, far) = UnixStream::pair()?;
    Ok((Handed::Local(near.into_std()?), Wire::new(far)))
}

async fn carry(mut socket: Socket, mut wire: Wire) {
    loop {
        tokio::select! {
            heard = socket.next() => match heard {
                Some(Heard::Event(event)) if event.name == FRAME => {
                    for frame in event.args {
                        if wire.send(&frame.to_string()).await.is_err() {
                            break;
                        }
                    }
                }
                Some(_) => {}
                None => return,
            },
            text = wire.next() => match text {
                Some(text) => drop(socket.emit_json(FRAME, &text)),
                None => break,
            },
        }
    }
    socket.emit(CLOSE, [json!({ "code": wire.code() })]);
}
