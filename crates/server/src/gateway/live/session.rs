//! One live session: who it is, what it asks for, in the order in which it asks.

use super::LiveContext;
use super::allowance::{Allowance, Allowed};
use crate::accounts::{Identity, TokenError};
use crate::fanout::{Closing, Connection, Shard, refused_text};
use crate::limits;
use crate::places::LivePlace;
use crate::room::{AnswerTo, Mail, RoomHandle};
use houseful_room::{CommandId, Mono, Principal};
use houseful_wire::encode::{Refused, encode_ok, encode_refused};
use houseful_wire::frame::{Account, Have};
use houseful_wire::ws::Event;
use houseful_wire::{ClientFrame, Close, Refusal as Code, ServerFrame};
use serde_json::value::RawValue;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Where people are told what is for them.
const LOBBY: &str = "lobby";

/// A session's place on its shard.
pub(super) struct Session {
    pub(super) connection: Rc<Connection>,
    pub(super) context: Rc<LiveContext>,
    pub(super) shard: Rc<Shard>,
    /// Its place among all connections.
    place: LivePlace,
    identity: RefCell<Option<Identity>>,
    state: Cell<State>,
    since: Mono,
    /// Whether the last tick found that `hello` is late.
    was_late: Cell<bool>,
    allowance: RefCell<Allowance>,
    /// How often it may show something volatile.
    shows: RefCell<Allowance>,
    /// The mailboxes of the rooms that it has asked to enter.
    pub(super) rooms: RefCell<BTreeMap<Arc<str>, Entered>>,
    /// Whether it came to see more while it was connected: what it had of a room before is not all.
    sees_more: Cell<bool>,
}

/// A room that a session has asked to enter.
pub(super) struct Entered {
    pub(super) handle: RoomHandle,
    /// Whether it has entered as who it is now.
    anew: bool,
    /// What the room's parent said of its person, and when.
    pub(super) parent: Option<(&'static str, Mono)>,
}

/// How far a session is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No `hello` yet.
    New,
    /// It may look, and ask if it has signed in.
    Ready,
    /// Its token ends within a minute, and it was told.
    Expiring,
    /// Its token has ended: it may only look until it brings a new one.
    Expired,
}

impl Session {
    pub(super) fn new(
        connection: Rc<Connection>,
        context: Rc<LiveContext>,
        shard: Rc<Shard>,
        (place, identity): (LivePlace, Option<Identity>),
    ) -> Rc<Session> {
        let now = shard.now();
        Rc::new(Session {
            place,
            connection,
            context,
            shard,
            identity: RefCell::new(identity),
            state: Cell::new(State::New),
            since: now,
            was_late: Cell::new(false),
            allowance: RefCell::new(Allowance::new(now)),
            shows: RefCell::new(Allowance::new(now)),
            rooms: RefCell::default(),
            sees_more: Cell::new(false),
        })
    }

    /// Handles one thing that the client sent.
    pub(super) async fn handle(&self, incoming: Event<'static>) {
        if self.connection.closing() != Closing::Open {
            return;
        }
        let now = self.shard.now();
        self.connection.heard.set(now);
        match incoming {
            Event::Text(text) => self.message(&text).await,
            Event::Binary(_) => self.refuse_unread(Code::TextOnly),
            Event::TooLarge => self.refuse_unread(Code::TooLarge),
            control => self.connection.answer(&control, now),
        }
    }

    async fn message(&self, text: &str) {
        for frame in houseful_wire::decode(text) {
            match frame {
                Ok(ClientFrame::Pong) => continue,
                Ok(ClientFrame::Show { room, shape, value }) => {
                    self.show(&room, &shape, value);
                    continue;
                }
                _ => {}
            }
            let reference = match &frame {
                Ok(frame) => frame.reference(),
                Err(bad) => bad.reference,
            };
            match frame {
                _ if !self.may_ask(reference) => {}
                Ok(frame) => self.frame(frame).await,
                Err(bad) => self.send(&encode_refused(&bad.into())),
            }
        }
    }

    /// Whether one more request is within the limit; if not, that is its answer (R35).
    fn may_ask(&self, reference: Option<u64>) -> bool {
        let now = self.shard.now();
        match self.allowance.borrow_mut().ask(self.context.limits, now) {
            Allowed::Yes => return true,
            Allowed::Flood => self.connection.close(Close::Flood, now),
            Allowed::Wait(ms) => {
                let mut refused = Refused::new(reference, Code::RateLimited);
                refused.retry_after_ms = Some(ms);
                self.send(&encode_refused(&refused));
            }
        }
        false
    }

    async fn frame(&self, frame: ClientFrame<'_>) {
        self.watch_expiry();
        let is_hello = matches!(frame, ClientFrame::Hello { .. });
        if self.state.get() == State::New && !is_hello {
            return self.refuse_code(frame.reference(), Code::HelloFirst);
        }
        match frame {
            ClientFrame::Hello { reference, token, .. } => self.hello(reference, token.as_deref()),
            ClientFrame::Auth { reference, token } => self.auth(reference, &token),
            ClientFrame::Join { reference, room, have } => self.join(reference, &room, have).await,
            ClientFrame::Leave { reference, room } => self.leave(reference, &room).await,
            ClientFrame::Command { reference, room, term, id, name, body } => {
                let to = AnswerTo::Session(self.connection.session, reference);
                let (name, body) = (name.as_ref().into(), body.get().into());
                let (id, term) = (CommandId(id), Some(term));
                let mail = |who| Mail::Command { id, term, who, name, body, to };
                self.command(reference, &room, mail).await;
            }
            ClientFrame::History { reference, room, shape, before, limit } => {
                self.history(reference, &room, &shape, before, limit).await;
            }
            ClientFrame::People { reference, room, accounts } => {
                self.people(reference, &room, accounts).await;
            }
            ClientFrame::Show { .. } | ClientFrame::Pong => {}
        }
    }

    fn hello(&self, reference: u64, token: Option<&str>) {
        if self.state.get() != State::New {
            return self.welcome(reference);
        }
        if let Some(token) = token {
            match self.identify(token) {
                Ok(identity) => *self.identity.borrow_mut() = Some(identity),
                Err(code) => return self.refuse_code(Some(reference), code),
            }
        }
        self.state.set(State::Ready);
        self.welcome(reference);
        self.watch_expiry();
    }

    fn welcome(&self, reference: u64) {
        let identity = self.identity.borrow();
        let account = identity.as_ref().map(|identity| Account {
            id: identity.account.0,
            name: &identity.name,
            role: identity.role.as_str(),
        });
        let frame = ServerFrame::Welcome {
            reference,
            session: self.connection.session.0,
            now: self.context.clock.wall().0,
            heartbeat_ms: limits::HEARTBEAT_MS,
            account,
            expires_at: identity.as_ref().map(|identity| identity.expires_at.ms()),
        };
        self.send(&frame.encode());
    }

    /// A new token: of the same account, or of anyone's for a visitor.
    fn auth(&self, reference: u64, token: &str) {
        let before = self.identity.borrow().as_ref().map(|identity| identity.account);
        let identity = match self.identify(token) {
            Ok(identity) => identity,
            Err(code) => return self.refuse_code(Some(reference), code),
        };
        let was_seen = before.is_some() && self.state.get() != State::Expired;
        *self.identity.borrow_mut() = Some(identity);
        self.state.set(State::Ready);
        self.connection.see_all();
        self.send(&encode_ok(reference, None, None));
        if !was_seen {
            self.see_more();
        }
        self.watch_expiry();
    }

    /// Who a token says this is: the same as before, and with no more connections than one may have (R49).
    fn identify(&self, token: &str) -> Result<Identity, Code> {
        let identity = self.context.accounts.verify(token).map_err(code_of)?;
        let before = self.identity.borrow().as_ref().map(|identity| identity.account);
        if before.is_some_and(|account| account != identity.account) {
            return Err(Code::OtherAccount);
        }
        self.place.sign_in(identity.account.0).map_err(|_| Code::TooManyConnections)?;
        Ok(identity)
    }

    /// What it has of its rooms is less than it may see from now on: it is to join again.
    fn see_more(&self) {
        self.sees_more.set(true);
        for (room, entered) in &mut *self.rooms.borrow_mut() {
            entered.anew = false;
            entered.parent = None;
            if self.connection.wants_room(room) {
                self.send(&ServerFrame::Resync { room, code: "signed_in" }.encode());
            }
        }
    }

    async fn join(&self, reference: u64, room: &str, have: Option<Have>) {
        let is_new = !self.connection.wants_room(room);
        if is_new && self.connection.wanted_rooms() >= limits::ROOMS_PER_CONNECTION_MAX {
            return self.refuse_code(Some(reference), Code::TooManyRooms);
        }
        let handle = match self.context.router.find_for(room, &self.principal()).await {
            Ok(handle) => handle,
            Err(refusal) => return self.send(&refused_text(Some(reference), &refusal)),
        };
        let who = match self.context.router.introduce(&handle, self.principal()).await {
            Ok(who) => who,
            Err(refusal) => {
                self.lose(room);
                return self.send(&refused_text(Some(reference), &refusal));
            }
        };
        let was_anew = self.enter(&handle, who, reference);
        // A copy from before one signed in lacks what only a part can bring.
        let have = have.filter(|_| was_anew || !self.sees_more.get());
        let mail = Mail::Join {
            session: self.connection.session,
            reference,
            who,
            have: have.map(|have| (have.epoch, have.seq)),
        };
        if !self.put(reference, &handle, mail).await && is_new {
            self.connection.unwant_room(room);
        }
    }

    /// Notes the room as one that is asked for. Answers whether it was entered as who one is now.
    fn enter(&self, handle: &RoomHandle, who: Principal, reference: u64) -> bool {
        let mut rooms = self.rooms.borrow_mut();
        rooms.retain(|room, entered| {
            let is_wanted = self.connection.wants_room(room);
            if !is_wanted {
                let _ = entered.handle.send(Mail::Leave(self.connection.session));
            }
            is_wanted
        });
        self.connection.want_room(handle.path.clone(), reference);
        if &*handle.path == LOBBY {
            self.place.set_in_lobby(who.account.is_some());
        }
        let parent = who.parent.map(|role| (role, self.shard.now()));
        let entered = Entered { handle: handle.clone(), anew: true, parent };
        rooms.insert(handle.path.clone(), entered).is_some_and(|before| before.anew)
    }

    async fn leave(&self, reference: u64, room: &str) {
        let entered = self.rooms.borrow_mut().remove(room);
        let entered = entered.filter(|_| self.connection.unwant_room(room));
        let Some(Entered { handle, .. }) = entered else {
            return self.refuse_code(Some(reference), Code::NotJoined);
        };
        let session = self.connection.session;
        if room == LOBBY {
            self.place.set_in_lobby(false);
        }
        self.shard.unsubscribe(session, room);
        self.connection.forget_room(room);
        if self.put(reference, &handle, Mail::Leave(session)).await {
            self.send(&encode_ok(reference, None, None));
        }
    }

    async fn command(&self, reference: u64, room: &str, mail: impl FnOnce(Principal) -> Mail) {
        let who = match self.person() {
            Ok(who) => who,
            Err(code) => return self.refuse_code(Some(reference), code),
        };
        let handle = self.entered(room);
        let handle = handle.filter(|_| self.shard.is_subscribed(self.connection.session, room));
        let Some(handle) = handle else {
            return self.refuse_code(Some(reference), Code::NotJoined);
        };
        match self.introduced(room, &handle, who).await {
            Ok(who) => drop(self.put(reference, &handle, mail(who)).await),
            Err(refusal) => self.send(&refused_text(Some(reference), &refusal)),
        }
    }

    /// What is volatile has an allowance of its own: what exceeds it is dropped, for the next value comes soon.
    fn show(&self, room: &str, shape: &str, value: &RawValue) {
        let now = self.shard.now();
        match self.shows.borrow_mut().ask(limits::LIVE_VALUES, now) {
            Allowed::Yes => {}
            Allowed::Wait(_) => return metrics::counter!("houseful_live_dropped").increment(1),
            Allowed::Flood => return self.connection.close(Close::Flood, now),
        }
        let who = match self.person() {
            Ok(who) => who,
            Err(code) => return self.refuse_code(None, code),
        };
        let session = self.connection.session;
        let Some(handle) = self.entered(room).filter(|_| self.shard.is_subscribed(session, room))
        else {
            return self.refuse_code(None, Code::NotJoined);
        };
        let value = Some(value.get()).filter(|value| *value != "null").map(Into::into);
        // A room that has no time for it will have time for the next one.
        let _ = handle.send(Mail::Live { session, who, shape: shape.into(), value });
    }

    pub(super) fn entered(&self, room: &str) -> Option<RoomHandle> {
        self.rooms.borrow().get(room).map(|entered| entered.handle.clone())
    }

    pub(super) async fn put(&self, reference: u64, handle: &RoomHandle, mail: Mail) -> bool {
        match self.context.router.send(handle, mail).await {
            Ok(()) => true,
            Err((_, refusal)) => {
                self.send(&refused_text(Some(reference), &refusal));
                false
            }
        }
    }

    /// Who asks, if anyone may ask now.
    fn person(&self) -> Result<Principal, Code> {
        match (&*self.identity.borrow(), self.state.get()) {
            (Some(_), State::Expired) => Err(Code::TokenExpired),
            (Some(_), _) => Ok(self.principal()),
            (None, _) => Err(Code::SignInRequired),
        }
    }

    fn principal(&self) -> Principal {
        match &*self.identity.borrow() {
            Some(identity) if self.state.get() != State::Expired => {
                Principal::person(identity.account, identity.role.into())
            }
            _ => Principal::VISITOR,
        }
    }

    /// Once a second: the first word in time, and the token's end. Between two ticks every socket is read, so
    /// whoever is late is closed at the second: a busy server does not take its own lateness for the client's.
    pub(super) fn tick(&self, now: Mono) {
        if self.state.get() == State::New {
            let is_late = self.since.until_ms(now) > limits::HELLO_MS_MAX;
            if is_late && self.was_late.replace(true) {
                self.connection.close(Close::HelloTimeout, now);
            }
            return;
        }
        self.watch_expiry();
    }

    fn watch_expiry(&self) {
        let Some(at) = self.identity.borrow().as_ref().map(|identity| identity.expires_at) else {
            return;
        };
        let left = at.ms() - self.context.clock.wall().0;
        if self.state.get() == State::Ready && left <= limits::EXPIRING_MS {
            self.state.set(State::Expiring);
            self.send(&ServerFrame::Expiring { at: at.ms() }.encode());
        }
        if self.state.get() == State::Expiring && left <= 0 {
            self.state.set(State::Expired);
            self.place.set_in_lobby(false);
            self.shard.make_visitor(&self.connection);
            self.leave_what_is_not_public();
        }
    }

    /// The login that this session's token came from.
    pub(super) fn login(&self) -> Option<u64> {
        self.identity.borrow().as_ref().map(|identity| identity.login.0)
    }

    /// The rooms to tell that this session is gone.
    pub(super) fn take_rooms(&self) -> Vec<RoomHandle> {
        let rooms = std::mem::take(&mut *self.rooms.borrow_mut());
        rooms.into_values().map(|entered| entered.handle).collect()
    }

    fn refuse_unread(&self, code: Code) {
        if self.may_ask(None) {
            self.refuse_code(None, code);
        }
    }

    pub(super) fn refuse_code(&self, reference: Option<u64>, code: Code) {
        self.send(&encode_refused(&Refused::new(reference, code)));
    }

    pub(super) fn send(&self, text: &str) {
        self.connection.send_text(text, self.shard.now());
    }
}

fn code_of(error: TokenError) -> Code {
    match error {
        TokenError::Expired => Code::TokenExpired,
        TokenError::Invalid | TokenError::Revoked => Code::TokenInvalid,
    }
}
