//! A native session of this process's own, for a connection of a dialect: it speaks the native protocol over a pair of
//! local sockets, so order, rights, presence, limits and goodbyes are those of every session. It keeps a copy of each
//! room that it has joined, and knows no application.

mod frames;

pub use frames::{Answer, Refused, RoomCopy, Told};

use super::Ground;
use crate::accounts::Identity;
use crate::fanout::{Arrival, Handed};
use crate::gateway::live::Wire;
use crate::limits;
use crate::store::{AccountRow, LoginId};
use frames::{Frame, OwnedFrame};
use houseful_room::{Applied, Replica, Wall};
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixStream;
use uuid::Uuid;

/// Whom a link acts for.
pub enum Who {
    /// Nobody: it may look at what is public.
    Visitor,
    /// Somebody who has proved who they are.
    Account(Identity),
    /// Somebody who has said a name.
    Guest(AccountRow),
}

/// A session, and its copies of rooms.
pub struct Link {
    wire: Wire,
    reference: u64,
    rooms: BTreeMap<Arc<str>, RoomCopy>,
    /// Rooms that are joined again, by the request.
    rejoining: BTreeMap<u64, Arc<str>>,
    /// What was heard while an answer was waited for.
    heard: VecDeque<Told>,
    /// The answers that somebody waits for.
    answers: BTreeMap<u64, Result<OwnedFrame, Refused>>,
}

impl Link {
    /// Opens a session as somebody, who has one connection more with it.
    pub async fn open(ground: &Ground, from: IpAddr, who: Who) -> Result<Link, Refused> {
        let place = ground.places.live(from, limits::STREAM_LIVE_FILES);
        let place = place.map_err(|_| Refused::new("too_many_connections"))?;
        let identity = who.identity();
        if let Some(identity) = &identity {
            let signed_in = place.sign_in(identity.account.0);
            signed_in.map_err(|_| Refused::new("too_many_connections"))?;
        }
        let pair = UnixStream::pair().and_then(|(near, far)| Ok((near.into_std()?, far)));
        let (near, far) = pair.map_err(|error| {
            tracing::warn!(%error, "a session for a dialect could not be opened");
            Refused::new("unavailable")
        })?;
        let arrival = Arrival { socket: Handed::Local(near), early: Vec::new(), place, identity };
        ground.shards.arrive(arrival).await;
        let mut link = Link {
            wire: Wire::new(far),
            reference: 0,
            rooms: BTreeMap::new(),
            rejoining: BTreeMap::new(),
            heard: VecDeque::new(),
            answers: BTreeMap::new(),
        };
        link.ask(json!({ "t": "hello", "client": "dialect" })).await?;
        Ok(link)
    }

    /// Enters a room; its copy is there then.
    pub async fn join(&mut self, room: &str) -> Result<&RoomCopy, Refused> {
        let joined = self.ask(json!({ "t": "join", "room": room })).await?;
        let path = self.take_copy(&joined)?;
        self.rooms.get(&path).ok_or(Refused::new("internal"))
    }

    /// Goes out of a room.
    pub async fn leave(&mut self, room: &str) -> Result<(), Refused> {
        self.rooms.remove(room);
        self.rejoining.retain(|_, path| **path != *room);
        self.ask(json!({ "t": "leave", "room": room })).await.map(drop)
    }

    /// Asks a room that was joined for a change. What it changes is in the copy, and told, before the answer. The same
    /// id has no second effect.
    pub async fn command(
        &mut self,
        room: &str,
        id: Option<Uuid>,
        name: &str,
        body: &Value,
    ) -> Result<Answer, Refused> {
        let id = id.unwrap_or_else(Uuid::now_v7);
        loop {
            let term = self.rooms.get(room).ok_or(Refused::new("not_joined"))?.term;
            let ask = json!({
                "t": "command", "room": room, "term": term, "id": id, "name": name, "body": body,
            });
            match self.ask(ask).await {
                // The room was recovered in between: it is another's turn of the same request.
                Err(refused) if refused.code == "stale_term" => drop(self.join(room).await?),
                answer => return answer.map(|frame| frame.answer()),
            }
        }
    }

    /// What comes next; nothing after the end. Nothing is lost if it is not waited for to the end.
    pub async fn next(&mut self) -> Option<Told> {
        loop {
            if let Some(told) = self.heard.pop_front() {
                return Some(told);
            }
            let text = self.wire.next().await?;
            self.take(&text).await;
        }
    }

    /// The copy of a room that was joined.
    pub fn room(&self, path: &str) -> Option<&RoomCopy> {
        self.rooms.get(path)
    }

    /// The rooms that were joined.
    pub fn rooms(&self) -> impl Iterator<Item = &RoomCopy> {
        self.rooms.values()
    }

    /// Sends a request and waits for its answer.
    async fn ask(&mut self, mut request: Value) -> Result<OwnedFrame, Refused> {
        self.reference += 1;
        let reference = self.reference;
        request["ref"] = reference.into();
        let sent = self.wire.send(&request.to_string()).await;
        sent.map_err(|_| Refused::new("unavailable"))?;
        let answered = tokio::time::timeout(
            Duration::from_millis(limits::LINK_ANSWER_MS_MAX),
            self.answered(reference),
        );
        answered.await.unwrap_or_else(|_| Err(Refused::new("unavailable")))
    }

    async fn answered(&mut self, reference: u64) -> Result<OwnedFrame, Refused> {
        loop {
            if let Some(answer) = self.answers.remove(&reference) {
                return answer;
            }
            let text = self.wire.next().await.ok_or(Refused::new("unavailable"))?;
            self.take(&text).await;
        }
    }

    /// Takes a message in: one frame, or several as a list.
    async fn take(&mut self, text: &str) {
        for frame in frames::read(text) {
            match frame.kind() {
                Frame::Answer(reference) => self.take_answer(reference, frame),
                Frame::Refused(reference, refused) => match self.rejoining.remove(&reference) {
                    Some(room) => self.lose(&room, &refused.code),
                    None => drop(self.answers.insert(reference, Err(refused))),
                },
                Frame::Ops(room) => self.take_ops(&room, &frame).await,
                Frame::Position(room, seq) => {
                    if let Some(copy) = self.rooms.get_mut(&*room) {
                        copy.replica.settle(seq);
                    }
                }
                Frame::Resync(room) => self.rejoin(room.into()).await,
                Frame::Gone(room, code) => self.lose(&room, &code),
                Frame::Ping => drop(self.wire.send(r#"{"t":"pong"}"#).await),
                Frame::Goaway => self.heard.push_back(Told::Leaving),
                Frame::Other => {}
            }
        }
    }

    fn take_answer(&mut self, reference: u64, frame: OwnedFrame) {
        let Some(room) = self.rejoining.remove(&reference) else {
            self.answers.insert(reference, Ok(frame));
            return;
        };
        match self.take_copy(&frame) {
            Ok(room) => self.heard.push_back(Told::Anew { room }),
            Err(_) => self.lose(&room, "internal"),
        }
    }

    fn take_copy(&mut self, joined: &OwnedFrame) -> Result<Arc<str>, Refused> {
        let copy = joined.copy().map_err(|error| {
            tracing::error!(error, "a room's snapshot cannot be read");
            Refused::new("internal")
        })?;
        let path = copy.path.clone();
        self.rooms.insert(path.clone(), copy);
        Ok(path)
    }

    async fn take_ops(&mut self, room: &str, frame: &OwnedFrame) {
        let Some(copy) = self.rooms.get_mut(room) else { return };
        match frame.pieces() {
            Ok(pieces) => match copy.replica.apply(&pieces) {
                Applied::Yes => {
                    let room = copy.path.clone();
                    self.heard.push_back(Told::Changed { room, pieces });
                }
                Applied::Passed => {}
                Applied::Gap => self.rejoin(room.into()).await,
            },
            Err(error) => {
                tracing::error!(room, error, "ops cannot be read");
                self.rejoin(room.into()).await;
            }
        }
    }

    /// Its copy is no longer kept up to date: a new one is asked for.
    async fn rejoin(&mut self, room: Arc<str>) {
        if !self.rooms.contains_key(&room) {
            return;
        }
        self.reference += 1;
        let join = json!({ "t": "join", "ref": self.reference, "room": room });
        self.rejoining.insert(self.reference, room);
        // If it cannot be sent the link has ended, which is told.
        let _ = self.wire.send(&join.to_string()).await;
    }

    fn lose(&mut self, room: &str, code: &str) {
        if let Some(copy) = self.rooms.remove(room) {
            self.heard.push_back(Told::Gone { room: copy.path, code: code.to_owned() });
        }
    }
}

impl Who {
    /// As whom requests are made; nobody for a visitor.
    pub fn identity(self) -> Option<Identity> {
        match self {
            Who::Visitor => None,
            Who::Account(identity) => Some(identity),
            Who::Guest(account) => Some(Identity {
                account: account.id,
                login: LoginId::NONE,
                name: account.name,
                role: account.role,
                expires_at: Wall(limits::GUEST_UNTIL_MS),
                scopes: None,
            }),
        }
    }
}

impl RoomCopy {
    /// What it shows, whatever its application.
    pub fn replica(&self) -> &Replica {
        &self.replica
    }
}
