//! One connection of the seats dialect: it says how the field looks after each change, and asks the room for seats.
//! What is true is the room's to say.

use super::frames::{self, Asked, Place};
use super::sale::{Found, Newcomers, Sale};
use crate::accounts::{AccountError, Identity, guest_address};
use crate::gateway::dialect::link::{Link, Refused, Told, Who};
use crate::gateway::problem::Problem;
use crate::gateway::websocket::{Gone, Message, WebSocket};
use crate::store::AccountRow;
use houseful_apps::seats::facts::Event;
use houseful_apps::seats::seen::{self, Field, Shown};
use houseful_room::AccountId;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::watch;

/// Closes a connection whose room or session has ended: come again.
const COME_AGAIN: u16 = 1012;

/// Who a connection is for.
pub(super) enum Comer {
    /// Nobody: it is told so.
    Nobody,
    /// Somebody with a name that nobody can have.
    Unreadable,
    /// Whoever says this name.
    Named(String),
    /// Somebody who has proved who they are.
    Account(Identity),
}

/// One connection.
pub(super) struct Session {
    sale: Arc<Sale>,
    socket: WebSocket,
    from: IpAddr,
    link: Link,
    field: Arc<Field>,
    /// Who has an account; a guest has one from their first purchase on.
    account: Option<AccountId>,
    /// Who has none yet.
    name: String,
    newcomers: watch::Receiver<Newcomers>,
    /// How many of them it has heard of.
    met: u64,
    /// The field as it was last said.
    said: Vec<Vec<Shown>>,
}

enum Happened {
    Newcomer,
    Told(Option<Told>),
    Heard(Option<Message>),
}

impl Session {
    /// Serves a connection to its end.
    pub(super) async fn serve(sale: Arc<Sale>, mut socket: WebSocket, from: IpAddr, comer: Comer) {
        let refusal = match comer {
            Comer::Nobody => Err(frames::NO_USER.to_owned()),
            Comer::Unreadable => {
                Err(frames::error("INVALID_USER", "user: use a name of 1 to 72 characters"))
            }
            comer => Self::enter(&sale, from, comer).await,
        };
        let ended = match refusal {
            // Clients know the text and a goodbye without a code; nothing of theirs was read.
            Err(text) => {
                let _ = socket.send(&text).await;
                return socket.close(None, "");
            }
            Ok(entered) => entered.into_session(sale, socket, from).run().await,
        };
        if let Some(mut socket) = ended {
            socket.close(Some(COME_AGAIN), "come again");
        }
    }

    async fn enter(sale: &Sale, from: IpAddr, comer: Comer) -> Result<Entered, String> {
        // Before the name is looked up, so that nobody is missed in between.
        let mut newcomers = sale.newcomers.subscribe();
        let met = newcomers.borrow_and_update().count();
        let (who, account, name) = match comer {
            Comer::Account(identity) => {
                let account = identity.account;
                (Who::Account(identity), Some(account), String::new())
            }
            Comer::Named(_) | Comer::Nobody | Comer::Unreadable if !sale.guests => {
                return Err(frames::error("SIGN_IN_REQUIRED", "Please sign in first."));
            }
            Comer::Named(name) => match sale.ground.api.accounts.find_guest(&name).await {
                Ok(Some(row)) => (Who::Guest(row.clone()), Some(row.id), name),
                Ok(None) => (Who::Visitor, None, name),
                Err(error) => return Err(not_known(error)),
            },
            Comer::Nobody | Comer::Unreadable => return Err(frames::NO_USER.to_owned()),
        };
        let link = open(sale, from, who).await.map_err(|refused| match refused.code.as_str() {
            "no_such_room" | "sign_in_required" => {
                tracing::warn!(room = sale.room, "the seats dialect's event is not for everyone");
                frames::error("NO_SUCH_EVENT", "There is no such event.")
            }
            _ => frames::refused(&refused),
        })?;
        let plan = link.room(&sale.room).and_then(|room| seen::event(room.replica()));
        let field = match plan {
            Some(event) => sale.field(&event.plan_id).await,
            None => None,
        };
        let field =
            field.ok_or_else(|| frames::error("NO_SUCH_EVENT", "There is no such event."))?;
        Ok(Entered { link, field, account, name, newcomers, met })
    }

    /// Answers the socket if it is still to be closed.
    async fn run(mut self) -> Option<WebSocket> {
        if self.say_field().await.is_err() {
            return None;
        }
        loop {
            let is_known = self.account.is_some();
            // Who is new is known before what they have done is told.
            let happened = tokio::select! {
                biased;
                Ok(()) = self.newcomers.changed(), if !is_known => Happened::Newcomer,
                told = self.link.next() => Happened::Told(told),
                message = self.socket.next() => Happened::Heard(message),
            };
            let done = match happened {
                Happened::Newcomer => self.meet().await,
                Happened::Told(None) => return Some(self.socket),
                Happened::Told(Some(Told::Gone { .. })) => return Some(self.socket),
                Happened::Told(Some(Told::Changed { .. } | Told::Anew { .. })) => {
                    self.say_change().await
                }
                Happened::Told(Some(Told::Leaving)) => Ok(()),
                Happened::Heard(None) => return None,
                Happened::Heard(Some(message)) => self.hear(message).await,
            };
            if done.is_err() {
                return None;
            }
        }
    }

    async fn hear(&mut self, message: Message) -> Result<(), Gone> {
        let asked = match &message {
            Message::Text(text) => Asked::read(text.as_bytes()),
            Message::Binary(bytes) => Asked::read(bytes),
            Message::TooLarge => Asked::Nothing,
        };
        match asked {
            Asked::Nothing => Ok(()),
            Asked::Field => self.say_field().await,
            Asked::About => match self.event() {
                Some(event) => self.socket.send(&frames::about(&event, &self.field)).await,
                None => Ok(()),
            },
            Asked::Buy(place) => match self.buy(place).await {
                Ok(()) => Ok(()),
                Err(text) => {
                    self.socket.send(&text).await?;
                    // Whoever has just become somebody looks with a new copy.
                    self.say_change().await
                }
            },
        }
    }

    /// Asks the room; everyone is told by the change itself.
    async fn buy(&mut self, place: Place) -> Result<(), String> {
        let (row, column) = match place {
            Place::At(row, column) => (row, column),
            Place::Nowhere => return Err(frames::no_such_seat()),
            Place::Unsaid => return Err(frames::no_position()),
        };
        let seat = self.field.seat(row, column).ok_or_else(frames::no_such_seat)?;
        if self.shown().get(row).and_then(|row| row.get(column)) == Some(&Shown::Taken) {
            return Err(frames::taken());
        }
        if self.account.is_none() {
            self.become_known().await?;
        }
        let event = self.event().ok_or_else(frames::no_such_seat)?;
        let (name, body) = self.field.buy(seat, &event);
        let answer = self.link.command(&self.sale.room, None, name, &body).await;
        answer.map(drop).map_err(|refused| frames::refused(&refused))
    }

    /// A guest's first purchase makes them somebody, on all their connections.
    async fn become_known(&mut self) -> Result<(), String> {
        let accounts = &self.sale.ground.api.accounts;
        let row = accounts.guest(self.from, &self.name).await.map_err(not_known)?;
        self.sale.welcome(row.clone());
        self.come_as(row).await.map_err(|refused| frames::refused(&refused))
    }

    /// Somebody has bought for the first time; it may be whom this connection is for.
    async fn meet(&mut self) -> Result<(), Gone> {
        let address = guest_address(&self.name).unwrap_or_default();
        let found = self.newcomers.borrow_and_update().find(&mut self.met, &address);
        let row = match found {
            Found::Known(row) => Some(row),
            Found::Unknown => None,
            Found::Missed => {
                let found = self.sale.ground.api.accounts.find_guest(&self.name).await;
                found.ok().flatten()
            }
        };
        match row {
            Some(row) => {
                self.come_as(row).await.map_err(|_| Gone)?;
                self.say_change().await
            }
            None => Ok(()),
        }
    }

    async fn come_as(&mut self, row: AccountRow) -> Result<(), Refused> {
        let account = row.id;
        self.link = open(&self.sale, self.from, Who::Guest(row)).await?;
        self.account = Some(account);
        Ok(())
    }

    async fn say_change(&mut self) -> Result<(), Gone> {
        if self.shown() == self.said { Ok(()) } else { self.say_field().await }
    }

    async fn say_field(&mut self) -> Result<(), Gone> {
        self.said = self.shown();
        self.socket.send(&frames::field(&self.said)).await
    }

    fn shown(&self) -> Vec<Vec<Shown>> {
        let room = self.link.room(&self.sale.room);
        room.map(|room| self.field.shown(room.replica(), self.account)).unwrap_or_default()
    }

    fn event(&self) -> Option<Event> {
        seen::event(self.link.room(&self.sale.room)?.replica())
    }
}

/// What a connection has when it is let in.
struct Entered {
    link: Link,
    field: Arc<Field>,
    account: Option<AccountId>,
    name: String,
    newcomers: watch::Receiver<Newcomers>,
    met: u64,
}

impl Entered {
    fn into_session(self, sale: Arc<Sale>, socket: WebSocket, from: IpAddr) -> Session {
        let Entered { link, field, account, name, newcomers, met } = self;
        let said = Vec::new();
        Session { sale, socket, from, link, field, account, name, newcomers, met, said }
    }
}

async fn open(sale: &Sale, from: IpAddr, who: Who) -> Result<Link, Refused> {
    let mut link = Link::open(&sale.ground, from, who).await?;
    link.join(&sale.room).await?;
    Ok(link)
}

fn not_known(error: AccountError) -> String {
    let problem = Problem::from(error);
    let text = problem.detail.as_deref().unwrap_or(&problem.title);
    frames::error(&problem.code.to_ascii_uppercase(), text)
}
