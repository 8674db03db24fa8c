//! One connection of the lobby dialect: who it is, the rooms that it is in, what it asks and is told. Rooms decide.

use super::Lobby;
use super::frames::{self, Asked, Fields};
use super::names::Names;
use super::room::{Known, Seen};
use super::rooms::id_of;
use super::state;
use crate::accounts::Identity;
use crate::gateway::dialect::link::{Link, Refused, RoomCopy, Told, Who};
use crate::gateway::live::allowance::{Allowance, Allowed};
use crate::gateway::websocket::{Gone, Message, WebSocket};
use crate::limits::LOBBY_DIALECT_BAD_FRAMES;
use houseful_apps::chat::seen::say;
use houseful_room::AccountId;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

/// Closes a connection whose session has ended: come again.
const COME_AGAIN: u16 = 1012;
/// Closes a connection that says what nobody can read.
const UNREADABLE: u16 = 1007;
/// Closes a connection that asks far too often.
const FLOOD: u16 = 1008;

/// What is known of a connection before it says anything.
pub(super) struct Comer {
    pub(super) from: IpAddr,
    /// Whom its token stands for.
    pub(super) account: Option<Identity>,
    /// Whether texts are escaped for it.
    pub(super) escapes: bool,
}

/// One connection.
pub(super) struct Session {
    lobby: Arc<Lobby>,
    socket: WebSocket,
    comer: Comer,
    /// Who it is, once it has said so.
    user: Option<String>,
    /// From its first room on.
    link: Option<Link>,
    /// The rooms that it is in, by path.
    rooms: BTreeMap<Arc<str>, Known>,
    names: Names,
    allowance: Allowance,
    bad_frames: u32,
}

enum Happened {
    Told(Option<Told>),
    Heard(Option<Message>),
}

/// The connection is over: its goodbye, if the client is still there.
struct Over(Option<(u16, &'static str)>);

impl From<Gone> for Over {
    fn from(_: Gone) -> Over {
        Over(None)
    }
}

impl Session {
    /// Serves a connection to its end.
    pub(super) async fn serve(lobby: Arc<Lobby>, socket: WebSocket, comer: Comer) {
        let now = crate::clock::now(&*lobby.ground.api.clock).mono;
        let mut session = Session {
            lobby,
            socket,
            comer,
            user: None,
            link: None,
            rooms: BTreeMap::new(),
            names: Names::default(),
            allowance: Allowance::new(now),
            bad_frames: 0,
        };
        let Over(goodbye) = session.run().await;
        session.leave().await;
        if let Some((code, reason)) = goodbye {
            session.socket.close(Some(code), reason);
        }
    }

    async fn run(&mut self) -> Over {
        if self.socket.send(&frames::created()).await.is_err() {
            return Over(None);
        }
        loop {
            let told = async {
                match &mut self.link {
                    Some(link) => link.next().await,
                    None => std::future::pending().await,
                }
            };
            // What happened before a request is told before its answer.
            let happened = tokio::select! {
                biased;
                told = told => Happened::Told(told),
                message = self.socket.next() => Happened::Heard(message),
            };
            let done = match happened {
                Happened::Told(None) => return Over(Some((COME_AGAIN, "come again"))),
                Happened::Told(Some(told)) => self.tell(told).await,
                Happened::Heard(None) => return Over(None),
                Happened::Heard(Some(message)) => self.hear(message).await,
            };
            if let Err(over) = done {
                return over;
            }
        }
    }

    /// Whoever goes has left their rooms. A server that goes takes nobody out of a room.
    async fn leave(&mut self) {
        let Some(link) = self.link.as_mut().filter(|_| !self.lobby.ground.tasks.is_closing())
        else {
            return;
        };
        for path in self.rooms.keys() {
            if link.leave(path).await.is_err() {
                return;
            }
        }
    }

    async fn tell(&mut self, told: Told) -> Result<(), Over> {
        match told {
            Told::Changed { room, .. } | Told::Anew { room } => {
                let Some(seen) = self.seen(&room).await else { return Ok(()) };
                let Some(known) = self.rooms.get(&room) else { return Ok(()) };
                let people: Vec<AccountId> = known.people(&seen).collect();
                self.names.learn(&self.lobby.ground, people).await;
                let (names, escapes) = (&self.names, self.comer.escapes);
                let Some(known) = self.rooms.get_mut(&room) else { return Ok(()) };
                let frames = known.change(seen, |who| names.written(who, escapes));
                self.say_all(&frames).await
            }
            Told::Gone { room, code } => {
                self.rooms.remove(&room);
                let text = format!("The room is closed to you ({code})");
                self.say(&frames::error(id_of(&room), &text)).await
            }
            Told::Leaving => Ok(()),
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), Over> {
        // As often as a native connection may: not every request goes to a room, which would count it.
        let now = crate::clock::now(&*self.lobby.ground.api.clock).mono;
        match self.allowance.ask(self.lobby.ground.api.config.live, now) {
            Allowed::Yes => {}
            Allowed::Wait(ms) => {
                let text =
                    format!("You ask too often. Please wait {} seconds.", ms.div_ceil(1_000));
                return self.say(&frames::error("", &text)).await;
            }
            Allowed::Flood => return Err(Over(Some((FLOOD, "far too many requests")))),
        }
        let asked = match &message {
            Message::Text(text) => Asked::read(text.as_bytes()),
            Message::Binary(bytes) => Asked::read(bytes),
            Message::TooLarge => Asked::Bad("The message is too long"),
        };
        if let Asked::Bad(why) = asked {
            self.bad_frames += 1;
            self.say(&frames::error("", why)).await?;
            return match self.bad_frames < LOBBY_DIALECT_BAD_FRAMES {
                true => Ok(()),
                false => Err(Over(Some((UNREADABLE, "too many messages that cannot be read")))),
            };
        }
        self.bad_frames = 0;
        match asked {
            Asked::Lobby(fields) => self.come(&fields).await,
            Asked::Enter(fields) => self.enter(&fields).await,
            Asked::Room(fields) => self.ask(&fields).await,
            Asked::Forged(name) => {
                self.say(&frames::error("", &format!("{name} is the server's to send"))).await
            }
            Asked::Nothing | Asked::Bad(_) => Ok(()),
        }
    }

    /// `LOBBY_USER_JOIN_REQUEST`
    async fn come(&mut self, fields: &Fields) -> Result<(), Over> {
        let Some(user) = fields.text("user") else {
            return self.say(&frames::error("", "No user ID in payload request")).await;
        };
        let config = &self.lobby.config;
        let is_known = match &self.comer.account {
            Some(account) => account.name == user,
            None => config.guests && config.names.iter().any(|name| name == user),
        };
        if !is_known {
            return self.say(&frames::error("", "Cannot resolve user")).await;
        }
        if self.user.as_ref().is_some_and(|known| known != user) {
            return self.say(&frames::error("", "UserClient Could not be created")).await;
        }
        self.user = Some(user.to_owned());
        let who = self.account(user).await;
        let mut rooms = self.lobby.rooms(who).await;
        let write =
            |text: &str| if self.comer.escapes { frames::escaped(text) } else { text.into() };
        rooms.iter_mut().for_each(|room| room.name = write(&room.name));
        let text = frames::lobby(user, &rooms);
        self.say(&text).await
    }

    /// The account that rooms know the user by, if they have one yet.
    async fn account(&mut self, user: &str) -> Option<AccountId> {
        if let Some(account) = &self.comer.account {
            return Some(account.account);
        }
        let found = self.lobby.ground.api.accounts.find_guest(user).await;
        found.ok().flatten().map(|row| row.id)
    }

    /// `LOBBY_ROOM_REQUEST`
    async fn enter(&mut self, fields: &Fields) -> Result<(), Over> {
        let Some(user) = self.user.clone() else {
            return self.say(&frames::error("", "UserClient Could not be found")).await;
        };
        let id = fields.text("roomid").unwrap_or_default().to_owned();
        let who = self.account(&user).await;
        let Some(path) = self.lobby.room(&id, who).await else {
            return self.say(&frames::error(&id, "Payload Room ID is invalid")).await;
        };
        let path: Arc<str> = path.into();
        if self.rooms.contains_key(&path) {
            return self.say(&frames::error(&id, "Failed to add user to room")).await;
        }
        if self.link.is_none() {
            match self.open(&user).await {
                Ok(link) => self.link = Some(link),
                Err(why) => {
                    tracing::debug!(why, "a guest of the lobby dialect has no session");
                    let text = "UserClient Could not be created";
                    return self.say(&frames::error("", text)).await;
                }
            }
        }
        let Some(link) = &mut self.link else { return Ok(()) };
        if let Err(refused) = link.join(&path).await {
            return self.say(&frames::error(&id, not_entered(&refused))).await;
        }
        self.rooms.insert(path.clone(), Known::default());
        let Some(seen) = self.seen(&path).await else { return Ok(()) };
        let frames = self.rooms.get_mut(&path).map(|known| known.enter(seen)).unwrap_or_default();
        self.say_all(&frames).await
    }

    async fn open(&mut self, user: &str) -> Result<Link, String> {
        let ground = &self.lobby.ground;
        let who = match &self.comer.account {
            Some(account) => Who::Account(account.clone()),
            None => {
                let row = ground.api.accounts.guest(self.comer.from, user).await;
                Who::Guest(row.map_err(|error| error.to_string())?)
            }
        };
        Link::open(ground, self.comer.from, who).await.map_err(|refused| refused.to_string())
    }

    /// `ROOM_REQUEST`
    async fn ask(&mut self, fields: &Fields) -> Result<(), Over> {
        let id = fields.text("roomid").unwrap_or_default();
        let path = self.rooms.keys().find(|path| id_of(path) == id).cloned();
        let Some(path) = path else { return Ok(()) };
        match fields.text("requesttype") {
            Some("STATE") => self.show(&path).await,
            Some("ROOM_EVENT") => match self.event(&path, fields).await {
                Ok(()) => Ok(()),
                Err(refused) if refused.code == "not_started" => self.show(&path).await,
                Err(refused) => self.say(&frames::error(id, &refused.message)).await,
            },
            _ => {
                let text = "requestType must be STATE or ROOM_EVENT";
                self.say(&frames::error(id, text)).await
            }
        }
    }

    /// A command of the room's application: `message` is what a chat says, others name theirs.
    async fn event(&mut self, path: &str, fields: &Fields) -> Result<(), Refused> {
        let wrong = |text: &str| {
            let message = text.to_owned();
            Refused { code: "invalid_command".to_owned(), message, ..Refused::default() }
        };
        let Some(link) = &mut self.link else { return Ok(()) };
        let is_chat = link.room(path).is_some_and(state::is_chat);
        let (name, body) = match fields.text("command") {
            Some(name) => (name, fields.value("body").cloned().unwrap_or_else(|| json!({}))),
            None if is_chat => match fields.value("message") {
                Some(Value::String(text)) => say(text),
                _ => return Err(wrong("message: this must be a text")),
            },
            None => return Err(wrong("command: name what this room is asked for")),
        };
        link.command(path, None, name, &body).await.map(drop)
    }

    async fn show(&mut self, path: &Arc<str>) -> Result<(), Over> {
        let Some(seen) = self.seen(path).await else { return Ok(()) };
        let frame = self.rooms.get_mut(path).map(|known| known.show(seen)).unwrap_or_default();
        self.say(&frame).await
    }

    /// A room as it is now.
    async fn seen(&mut self, path: &Arc<str>) -> Option<Seen> {
        let named = state::named(self.copy(path)?).into_iter().collect();
        self.names.learn(&self.lobby.ground, named).await;
        let (names, escapes) = (&self.names, self.comer.escapes);
        let copy = self.copy(path)?;
        // The state is escaped as a whole.
        let state = || state::payload(copy, escapes, |who| names.written(who, false));
        Some(Seen::of(id_of(path), copy, state))
    }

    fn copy(&self, path: &str) -> Option<&RoomCopy> {
        self.link.as_ref()?.room(path)
    }

    async fn say_all(&mut self, frames: &[String]) -> Result<(), Over> {
        for frame in frames {
            self.say(frame).await?;
        }
        Ok(())
    }

    async fn say(&mut self, frame: &str) -> Result<(), Over> {
        Ok(self.socket.send(frame).await?)
    }
}

/// Why somebody is not in a room, in this dialect's words.
fn not_entered(refused: &Refused) -> &'static str {
    match refused.code.as_str() {
        "no_such_room" | "room_closed" => "Payload Room ID is invalid",
        "banned" | "room_locked" | "sign_in_required" | "not_allowed" => {
            "User Not Authorized to Join Room"
        }
        _ => "Failed to add user to room",
    }
}
