//! One WebSocket of the booking dialect: whoever has a token watches events that they see, each by the socket's own
//! session, which enters and leaves their rooms with every right and limit of a session.

use super::Booking;
use super::codes::base36;
use super::nothing;
use super::silence::{Due, due};
use super::watchers::{Told as Reached, Watcher};
use crate::events::seats_path;
use crate::gateway::dialect::date::iso_text;
use crate::gateway::dialect::link::{Link, Told, Who};
use crate::gateway::extract::Peer;
use crate::gateway::websocket::{self, Gone, Message, WebSocket};
use crate::room::OsIds;
use axum::extract::{Path, Request, State};
use axum::http::Uri;
use axum::response::Response;
use houseful_apps::seats::seen::{Counts, Turn};
use houseful_room::Ids;
use houseful_wire::ws::WsLimits;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::time::{Instant, sleep_until};

/// It breaks a rule of the house (RFC 6455).
const POLICY: u16 = 1008;
/// It may come again later.
const TRY_AGAIN: u16 = 1013;

/// `/ws`: what is watched is said by messages.
pub(super) async fn anything(
    State(booking): State<Arc<Booking>>,
    Peer(from): Peer,
    request: Request,
) -> Response {
    serve(booking, from, request, None).await
}

/// `/ws/events/{id}`: one event is watched from the beginning.
pub(super) async fn one_event(
    State(booking): State<Arc<Booking>>,
    Peer(from): Peer,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    // What is no number is no event, and the client is told of it as `null`.
    let id = id.parse::<i64>().ok().filter(|id| *id > 0).map(i64::unsigned_abs);
    serve(booking, from, request, Some(id)).await
}

async fn serve(
    booking: Arc<Booking>,
    from: IpAddr,
    mut request: Request,
    event: Option<Option<u64>>,
) -> Response {
    if websocket::check(&request, None).is_err() {
        return nothing().await;
    }
    let (token, tasks) = (token(request.uri()), booking.ground.tasks.clone());
    websocket::upgrade(&mut request, &tasks, WsLimits::DEFAULT, move |socket| async move {
        run(&booking, from, socket, (token, event)).await;
    })
}

fn token(uri: &Uri) -> Option<String> {
    let pairs = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?.0;
    let token = pairs.into_iter().find(|(name, _)| name == "token").map(|(_, token)| token);
    token.filter(|token| !token.is_empty())
}

/// What came with the upgrade: a token, and the event of the path.
type Asked = (Option<String>, Option<Option<u64>>);

/// Serves a socket to its end. What the client says meanwhile waits until its token was looked at.
async fn run(booking: &Booking, from: IpAddr, mut socket: WebSocket, (token, event): Asked) {
    let mut session = match open(booking, from, token, event.is_some()).await {
        Ok(session) => session,
        Err((code, text)) => return socket.close(Some(code), text),
    };
    // The client is gone: there is nobody to tell.
    let _ = converse(&mut session, &mut socket, event).await;
}

async fn open(
    booking: &Booking,
    from: IpAddr,
    token: Option<String>,
    of_one_event: bool,
) -> Result<Session<'_>, (u16, &'static str)> {
    let token = token.ok_or((POLICY, "Authentication token required"))?;
    let found = booking.ground.api.accounts.identify_dialect(&token).await;
    let found = found.map_err(|_| (TRY_AGAIN, "Try again later"))?;
    let (account, identity) = found.map_err(|_| (POLICY, "Invalid authentication token"))?;
    let most = booking.config.sockets_per_person;
    let watcher = booking.watchers.enter(account.id.0, most);
    let watcher = watcher.ok_or((POLICY, "Too many connections"))?;
    let link = Link::open(&booking.ground, from, Who::Account(identity)).await;
    let link = link.map_err(|_| (TRY_AGAIN, "Try again later"))?;
    Ok(Session { booking, link, watcher, watched: BTreeMap::new(), of_one_event })
}

/// A client that has shown its token.
struct Session<'a> {
    booking: &'a Booking,
    link: Link,
    watcher: Watcher,
    watched: BTreeMap<u64, Watched>,
    /// Whether it came for one event: such a client has no statistics.
    of_one_event: bool,
}

/// An event that is watched.
struct Watched {
    counts: Counts,
    reached: Reached,
}

async fn converse(
    session: &mut Session<'_>,
    socket: &mut WebSocket,
    event: Option<Option<u64>>,
) -> Result<(), Gone> {
    session.greet(socket, event).await?;
    let mut asked = None;
    loop {
        let wait = match due(Instant::now(), socket.heard(), asked) {
            Due::Wait(until) => until,
            Due::Ask => {
                asked = Some(Instant::now());
                socket.ping().await?;
                continue;
            }
            Due::GiveUp => return Ok(()),
        };
        tokio::select! {
            told = session.link.next() => match told {
                Some(told) => session.tell(socket, told).await?,
                None => {
                    socket.close(Some(TRY_AGAIN), "Try again later");
                    return Ok(());
                }
            },
            message = socket.next() => match message {
                Some(message) => session.answer(socket, message).await?,
                None => return Ok(()),
            },
            () = sleep_until(wait) => {}
        }
    }
}

impl Session<'_> {
    async fn greet(
        &mut self,
        socket: &mut WebSocket,
        event: Option<Option<u64>>,
    ) -> Result<(), Gone> {
        let (now, random) = (self.booking.now().0, OsIds.random() % 36_u64.pow(7));
        let id = format!("ws_{now}_{:0>7}", base36(random).to_ascii_lowercase());
        let mut hello = json!({ "type": "connection_established", "clientId": id });
        if let Some(event) = event {
            hello["eventId"] = event.into();
        }
        // Whoever is greeted misses nothing from then on.
        let watching = match event.flatten() {
            Some(event) => self.watch(event).await,
            None => Ok(()),
        };
        self.send(socket, hello).await?;
        match watching {
            Ok(()) => Ok(()),
            Err(text) => self.complain(socket, text).await,
        }
    }

    async fn answer(&mut self, socket: &mut WebSocket, message: Message) -> Result<(), Gone> {
        let read = match &message {
            Message::Text(text) => serde_json::from_str::<Value>(text).ok(),
            Message::Binary(bytes) => serde_json::from_slice::<Value>(bytes).ok(),
            Message::TooLarge => None,
        };
        let Some(said) = read.filter(|said| !said.is_null()) else {
            return self.complain(socket, "Invalid message format").await;
        };
        let event = said["eventId"].as_u64().filter(|id| *id > 0 && i64::try_from(*id).is_ok());
        match (said["type"].as_str(), event) {
            (Some("ping"), _) => self.send(socket, json!({ "type": "pong" })).await,
            (Some("get_stats"), _) if !self.of_one_event => {
                let (clients, events) = self.booking.watchers.counts();
                let data = json!({ "totalClients": clients, "eventSubscriptions": events });
                self.send(socket, json!({ "type": "stats", "data": data })).await
            }
            (Some("subscribe_event"), Some(event)) => match self.watch(event).await {
                Ok(()) => {
                    self.send(socket, json!({ "type": "subscribed", "eventId": event })).await
                }
                Err(text) => self.complain(socket, text).await,
            },
            (Some("unsubscribe_event"), Some(event)) => {
                self.unwatch(event).await;
                self.send(socket, json!({ "type": "unsubscribed", "eventId": event })).await
            }
            (Some("subscribe_event" | "unsubscribe_event"), None) => {
                self.complain(socket, "Event ID must be a positive integer").await
            }
            _ => self.complain(socket, "Unknown message type").await,
        }
    }

    /// Enters an event's room, if it is for this person.
    async fn watch(&mut self, event: u64) -> Result<(), &'static str> {
        if self.watched.contains_key(&event) {
            return Ok(());
        }
        let path = seats_path(event);
        let copy = self.link.join(&path).await.map_err(|refused| match &*refused.code {
            "too_many_rooms" => "Too many subscriptions",
            "rate_limited" => "Too many messages",
            "busy" | "read_only" | "unavailable" => "Try again later",
            _ => "Event not found",
        })?;
        let (counts, seq) = (Counts::of(copy.replica()), copy.replica().position());
        let reached = self.watcher.watch(event, seq);
        self.watched.insert(event, Watched { counts, reached });
        Ok(())
    }

    async fn unwatch(&mut self, event: u64) {
        if self.watched.remove(&event).is_some() {
            self.watcher.unwatch(event);
            // A room that cannot be left has gone already.
            let _ = self.link.leave(&seats_path(event)).await;
        }
    }

    /// Tells what came of a room, if it is about its places.
    async fn tell(&mut self, socket: &mut WebSocket, told: Told) -> Result<(), Gone> {
        match told {
            Told::Changed { room, .. } | Told::Anew { room } => match event_of(&room) {
                Some(event) => self.tell_counts(socket, event, &room).await,
                None => Ok(()),
            },
            Told::Gone { room, .. } => match event_of(&room) {
                Some(event) if self.watched.remove(&event).is_some() => {
                    self.watcher.unwatch(event);
                    self.send(socket, json!({ "type": "unsubscribed", "eventId": event })).await
                }
                _ => Ok(()),
            },
            Told::Leaving => Ok(()),
        }
    }

    async fn tell_counts(
        &mut self,
        socket: &mut WebSocket,
        event: u64,
        room: &str,
    ) -> Result<(), Gone> {
        let copy = self.link.room(room).map(|copy| copy.replica());
        let (Some(copy), Some(watched)) = (copy, self.watched.get_mut(&event)) else {
            return Ok(());
        };
        let (now, position) = (Counts::of(copy), copy.position());
        let before = std::mem::replace(&mut watched.counts, now);
        for turn in before.turns_to(now) {
            self.send(socket, push(turn, event, now)).await?;
        }
        if let Some(watched) = self.watched.get(&event) {
            watched.reached.send_replace(position);
        }
        Ok(())
    }

    async fn complain(&self, socket: &mut WebSocket, text: &str) -> Result<(), Gone> {
        self.send(socket, json!({ "type": "error", "message": text })).await
    }

    async fn send(&self, socket: &mut WebSocket, mut message: Value) -> Result<(), Gone> {
        message["timestamp"] = iso_text(self.booking.now()).into();
        socket.send(&message.to_string()).await
    }
}

fn push(turn: Turn, event: u64, counts: Counts) -> Value {
    let name = match turn {
        Turn::Booked => "booking_created",
        Turn::Cancelled => "booking_cancelled",
        Turn::Resized => "seat_update",
    };
    let mut push = json!({ "type": name, "eventId": event, "availableSeats": counts.available });
    if turn == Turn::Resized {
        push["seatCapacity"] = counts.capacity.into();
    }
    push
}

fn event_of(room: &str) -> Option<u64> {
    crate::events::event_of(room)
}
