//! One client: what it says becomes a guest's presence and messages, what everyone is told it is told too. Its errors
//! are its own.

use super::check::{self, NewMessage, NewPresence};
use super::hub::Hub;
use super::presence::Own;
use super::words::{self, Said, TOO_MUCH, WRONG, server_error};
use crate::gateway::api::rooms;
use crate::gateway::dialect::link::{Refused, Told};
use crate::gateway::dialect::{Link, Who, ticker};
use crate::gateway::problem::Problem;
use crate::gateway::socketio::{Event, Heard, Socket};
use crate::limits;
use crate::store::AccountRow;
use houseful_apps::chat::seen;
use serde_json::Value;
use std::future::pending;
use std::sync::Arc;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

/// A client's place.
struct Client {
    hub: Arc<Hub>,
    socket: Socket,
    connection: u64,
    /// What everyone is told.
    all: Receiver<Said>,
    /// What was the last in each topic when it connected.
    before: Vec<u64>,
    /// By whom it is present, and with what session.
    present: Option<(AccountRow, Link)>,
    /// By whom it spoke last.
    voice: Option<(String, AccountRow)>,
    /// Whether it has missed something.
    is_behind: bool,
}

/// Serves a client to its end.
pub(super) async fn serve(hub: Arc<Hub>, mut sale: Receiver<Value>, socket: Socket) {
    // Who comes back after a restart speaks at once, and of rooms that are there.
    hub.ready().await;
    let (connection, all, before) = hub.connect();
    let (present, voice) = (None, None);
    let mut client =
        Client { hub, socket, connection, all, before, present, voice, is_behind: false };
    while !client.is_behind {
        tokio::select! {
            heard = client.socket.next() => match heard {
                Some(Heard::Event(event)) => client.take(event).await,
                Some(Heard::Ack(_)) => {}
                None => break,
            },
            said = client.all.recv() => match said {
                Ok(said) => client.tell(said),
                Err(RecvError::Lagged(_) | RecvError::Closed) => client.is_behind = true,
            },
            told = told(&mut client.present) => client.hear(told),
            left = sale.recv() => if let Ok(left) = left {
                client.socket.emit(ticker::NAME, [left]);
            },
        }
    }
    client.leave().await;
}

/// What a client's own session hears; nothing ever, if it has none.
async fn told(present: &mut Option<(AccountRow, Link)>) -> Option<Told> {
    match present {
        Some((_, link)) => link.next().await,
        None => pending().await,
    }
}

impl Client {
    fn tell(&self, said: Said) {
        self.socket.emit_json(&said.name, &said.body);
    }

    /// Its room is told to it by all that everyone is told. Here is only whether it is still there.
    fn hear(&mut self, told: Option<Told>) {
        if matches!(told, None | Some(Told::Gone { .. })) {
            self.present = None;
            self.hub.leave(self.connection);
        }
    }

    async fn take(&mut self, event: Event) {
        let body = event.args.first().unwrap_or(&Value::Null);
        let done = match event.name.as_str() {
            "new_message" | "new_presence_information" if !self.hub.takes_guests => {
                Err(server_error(403, "Guests are not admitted", &[]))
            }
            "new_message" | "new_presence_information" if is_too_large(body) => {
                Err(server_error(TOO_MUCH, "Message is too large", &[]))
            }
            "new_message" => self.say(body).await,
            "new_presence_information" => self.be(body).await,
            _ => Ok(()),
        };
        if let Err(said) = done {
            self.tell(said);
        }
    }

    async fn say(&mut self, body: &Value) -> Result<(), Said> {
        let said = check::message(body)
            .map_err(|wrong| server_error(WRONG, "Incoming message is not valid", &wrong))?;
        let NewMessage { username, message, uuid, room } = said;
        let (topic, path) = self.hub.find(room).ok_or_else(no_such_room)?;
        if message.trim().is_empty() {
            return Ok(());
        }
        let guest = self.guest(username).await?;
        self.hub.call(guest.id, username);
        let api = &self.hub.ground.api;
        let (name, body, id) = match uuid {
            "" => {
                let (name, body) = seen::say(message);
                (name, body, None)
            }
            mark => {
                let (name, body) = seen::say_marked(message, mark);
                (name, body, Some(words::command_id(guest.id, &path, mark)))
            }
        };
        let who = Who::Guest(guest.clone()).identity().ok_or_else(no_such_room)?;
        match rooms::send(api, &path, &who, id, name.into(), body.to_string().into()).await {
            Ok(_) => {}
            // Its id is another message's: the second one is dropped.
            Err(problem) if problem.code == "id_reused" => return Ok(()),
            Err(problem) => return Err(words::refused(&problem)),
        }
        if self.hub.whereabouts(self.connection).is_none() {
            // An old client that came back says nothing of where it is, but speaks.
            let avatar = words::avatar(username);
            // What was said since it came it has heard.
            let last = self.before[topic];
            self.enter(topic, &path, username, &avatar, last).await?;
        }
        Ok(())
    }

    async fn be(&mut self, body: &Value) -> Result<(), Said> {
        let said = check::presence(body)
            .map_err(|wrong| server_error(WRONG, "Incoming user info is not valid", &wrong))?;
        let NewPresence { username, avatar, room } = said;
        let (topic, path) = self.hub.find(room).ok_or_else(no_such_room)?;
        let avatar = match avatar.len() <= limits::CHAT_DIALECT_AVATAR_BYTES_MAX {
            true => avatar.to_owned(),
            false => words::avatar(username),
        };
        self.enter(topic, &path, username, &avatar, u64::MAX).await
    }

    /// Into a room, and out of the one before: one change for everyone else. Messages up to `last` are told again.
    async fn enter(
        &mut self,
        topic: usize,
        path: &str,
        username: &str,
        avatar: &str,
        last: u64,
    ) -> Result<(), Said> {
        let guest = self.guest(username).await?;
        let (account, hub) = (guest.id, self.hub.clone());
        let before = hub.whereabouts(self.connection);
        let is_same =
            before.as_ref().is_some_and(|own| own.account == account && own.topic == topic);
        if !is_same {
            hub.set_coming(topic, account);
            if let Err(said) = self.go(guest, path).await {
                hub.forget_coming(topic, account);
                return Err(said);
            }
        }
        let own = Own { account, username: username.to_owned(), avatar: avatar.to_owned(), topic };
        if hub.enter(self.connection, own) {
            // First that it is there, then what was said there.
            loop {
                match self.all.try_recv() {
                    Ok(said) => self.tell(said),
                    Err(TryRecvError::Lagged(_)) => {
                        self.is_behind = true;
                        break;
                    }
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
            hub.recent(topic, last).into_iter().for_each(|said| self.tell(said));
        }
        Ok(())
    }

    /// The guest's session joins the room and leaves any other.
    async fn go(&mut self, guest: AccountRow, path: &str) -> Result<(), Said> {
        let mut link = match self.present.take() {
            Some((who, link)) if who.id == guest.id => link,
            // Another name is another person.
            before => {
                if let Some((_, mut link)) = before {
                    leave_all_but(&mut link, None).await;
                }
                let from = self.socket.handshake().from;
                let opened = Link::open(&self.hub.ground, from, Who::Guest(guest.clone())).await;
                opened.map_err(|refused| refusal(&refused))?
            }
        };
        let joined = link.join(path).await.map(drop);
        if joined.is_ok() {
            leave_all_but(&mut link, Some(path)).await;
        }
        self.present = Some((guest, link));
        joined.map_err(|refused| refusal(&refused))
    }

    async fn guest(&mut self, username: &str) -> Result<AccountRow, Said> {
        if let Some((name, guest)) = &self.voice
            && name == username
        {
            return Ok(guest.clone());
        }
        let from = self.socket.handshake().from;
        let found = self.hub.ground.api.accounts.guest(from, username).await;
        let guest = found.map_err(|error| words::refused(&Problem::from(error)))?;
        self.voice = Some((username.to_owned(), guest.clone()));
        Ok(guest)
    }

    /// Out of everything; who is gone is gone at once, and not after a while.
    async fn leave(mut self) {
        self.hub.leave(self.connection);
        if let Some((_, mut link)) = self.present.take() {
            leave_all_but(&mut link, None).await;
        }
        if self.is_behind {
            // Without a word of ours it comes back, and is told the last of each room that it enters.
            self.socket.close();
        }
    }
}

async fn leave_all_but(link: &mut Link, stays: Option<&str>) {
    let others: Vec<Arc<str>> =
        link.rooms().map(|copy| copy.path.clone()).filter(|path| Some(&**path) != stays).collect();
    for path in others {
        // Whoever cannot leave has gone already.
        let _ = link.leave(&path).await;
    }
}

fn is_too_large(body: &Value) -> bool {
    body.to_string().len() > limits::CHAT_DIALECT_MESSAGE_BYTES_MAX
}

fn no_such_room() -> Said {
    server_error(WRONG, "Chat room does not exist", &[])
}

fn refusal(refused: &Refused) -> Said {
    let status = match refused.code.as_str() {
        "rate_limited" | "too_many_connections" | "busy" => TOO_MUCH,
        _ => WRONG,
    };
    server_error(status, &refused.message, &[])
}
