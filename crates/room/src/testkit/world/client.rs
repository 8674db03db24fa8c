//! Clients as they ought to be: they keep a copy, join again with what they have when something is
//! missing, and send a command under the same id until it is answered.

use super::queue::{Event, Message, Request, Sent, planted};
use super::report::Violation;
use super::{Step, World};
use crate::buggify::{Point, buggify};
use crate::planted::Bug;
use crate::testkit::{Applied, Ask, Piece, Replica, Site, Workload};
use crate::{
    Accepted, Audience, CommandId, Joined, Principal, Refusal, Seq, SessionId, Term, Wall,
};
use std::collections::VecDeque;
use std::rc::Rc;

/// How long a client waits for an answer before it asks again.
const RETRY_MS: u64 = 300;
/// Commands that one client has under way at a time.
const OPEN_MAX: usize = 2;
/// Refusals that are no outcomes (R18, R32).
const NOT_OUTCOMES: [&str; 7] = [
    "internal",
    "busy",
    "read_only",
    "unavailable",
    "rate_limited",
    "sign_in_required",
    "no_such_room",
];

#[derive(Debug)]
pub(super) struct Client {
    /// The room that it is in.
    pub(super) site: Site,
    /// Its place among those of this room.
    pub(super) nth: usize,
    /// Who it is when it is signed in.
    person: Principal,
    pub(super) who: Principal,
    pub(super) session: Option<SessionId>,
    pub(super) is_joined: bool,
    pub(super) role: &'static str,
    pub(super) joining: Option<u64>,
    joins: u64,
    term: Term,
    pub(super) copy: Replica,
    pub(super) open: Vec<Rc<Sent>>,
    /// Answered commands with the term in which they were, to be repeated at will.
    past: VecDeque<(Rc<Sent>, Term, bool)>,
    /// The latest entry of its own that it must get to see.
    pub(super) own: Seq,
    /// Stays away for good from then on.
    pub(super) gone_from: Option<u64>,
    pub(super) is_gone: bool,
    pub(super) lost_ms: u64,
}

impl Client {
    pub(super) fn new(site: Site, nth: usize, who: Principal) -> Self {
        Client {
            site,
            nth,
            person: who,
            who,
            session: None,
            is_joined: false,
            role: "",
            joining: None,
            joins: 0,
            term: 0,
            copy: Replica::default(),
            open: Vec::new(),
            past: VecDeque::new(),
            own: 0,
            gone_from: None,
            is_gone: false,
            lost_ms: 0,
        }
    }
}

impl<W: Workload> World<W> {
    pub(super) fn think(&mut self, client: usize) {
        if self.clock.true_ms() >= self.calm_ms() {
            return;
        }
        let next = 60 + self.rng.below(900);
        self.after(next, Event::Think(client));
        let this = &self.clients[client];
        if this.open.len() >= OPEN_MAX || this.session.is_none() {
            return;
        }
        if !this.is_joined {
            let (work, nth) = (&mut self.scenes[this.site].work, this.nth);
            let outside = this.who.account.and_then(|_| work.outside(&mut self.rng, nth));
            return outside.map_or((), |ask| self.ask(client, ask, true));
        }
        if self.rng.below(1_000) < 12 {
            return self.disconnect(client);
        }
        let this = &self.clients[client];
        // Never the first: it may be who opens the doors.
        let may_sign = this.nth > 0 && this.open.is_empty() && this.person.account.is_some();
        if may_sign && self.rng.below(1_000) < 8 {
            return self.sign_in_or_out(client);
        }
        if self.clients[client].who.account.is_none() {
            return;
        }
        if self.rng.percent(3) {
            return self.repeat(client);
        }
        let Client { site, nth, copy, .. } = &self.clients[client];
        let Some(ask) = self.scenes[*site].work.next(&mut self.rng, *nth, copy) else { return };
        self.ask(client, ask, false);
    }

    fn ask(&mut self, client: usize, ask: Ask, is_outside: bool) {
        let since = self.scenes[self.clients[client].site].ledger.head();
        let id = CommandId(crate::Ids::uuid(&mut self.ids, Wall(0)));
        let sent = Rc::new(Sent { id, ask, since, is_outside });
        self.clients[client].open.push(sent.clone());
        self.tell(|| format!("client {client} asks {} {} {:?}", sent.ask.name, sent.ask.body, id));
        self.command(client, sent, false);
        self.after(RETRY_MS, Event::Retry(client, id));
    }

    fn command(&mut self, client: usize, sent: Rc<Sent>, repeat: bool) {
        let term = self.clients[client].term;
        self.send_request(Request::Command { client, term, sent, repeat });
    }

    /// The connection stays; the server asks it to join again (R22).
    fn sign_in_or_out(&mut self, client: usize) {
        let this = &mut self.clients[client];
        let is_signed_in = this.who.account.is_some();
        this.who = if is_signed_in { Principal::VISITOR } else { this.person };
        self.fault(|| format!("client {client} signs in or out: {is_signed_in}"));
        // What it is sent until it has joined again is for who it was.
        self.clients[client].is_joined = false;
        self.join(client);
    }

    /// Sends again what was answered already: an accepted command for ever, a refused one in its term.
    fn repeat(&mut self, client: usize) {
        let place = self.rng.below(self.clients[client].past.len() as u64) as usize;
        let Some((sent, term, accepted)) = self.clients[client].past.get(place).cloned() else {
            return;
        };
        let now = self.clients[client].term;
        if accepted || term == now {
            let term = if accepted { now } else { term };
            self.send_request(Request::Command { client, term, sent, repeat: true });
        }
    }

    pub(super) fn retry(&mut self, client: usize, id: CommandId) {
        let open = self.clients[client].open.iter().find(|sent| sent.id == id).cloned();
        let Some(sent) = open else { return };
        if self.clients[client].is_joined || sent.is_outside {
            self.command(client, sent, false);
        }
        self.after(RETRY_MS, Event::Retry(client, id));
    }

    pub(super) fn connect(&mut self, client: usize) {
        if self.clients[client].is_gone || self.clients[client].session.is_some() {
            return;
        }
        if !self.node.is_up {
            let ms = 100 + self.rng.below(200);
            return self.after(ms, Event::Connect(client));
        }
        let session = self.node.open_session(client);
        self.clients[client].session = Some(session);
        self.tell(|| format!("client {client} connects as {session:?}"));
        self.join(client);
    }

    pub(super) fn join(&mut self, client: usize) {
        let forget = buggify(Point::ClientForgets);
        let this = &mut self.clients[client];
        let Some(session) = this.session else { return };
        this.joins += 1;
        this.joining = Some(this.joins);
        let (nth, have) = (this.joins, this.copy.have().filter(|_| !forget));
        self.send_request(Request::Join { client, session, nth, have });
        self.after(RETRY_MS + 50, Event::RetryJoin(client, nth));
    }

    pub(super) fn retry_join(&mut self, client: usize, nth: u64) {
        if self.clients[client].joining == Some(nth) {
            self.join(client);
        }
    }

    /// The client's connection breaks, or it closes it; the server notices later.
    pub(super) fn disconnect(&mut self, client: usize) {
        let back = if self.rng.percent(80) { 20 + self.rng.below(3_000) } else { 17_000 };
        let is_willing = self.rng.percent(20);
        self.disconnect_for(client, back, is_willing);
    }

    pub(super) fn disconnect_for(&mut self, client: usize, back_ms: u64, willing: bool) {
        let now = self.clock.true_ms();
        let this = &mut self.clients[client];
        this.is_gone = this.gone_from.is_some_and(|from| now >= from);
        if this.is_gone {
            this.open.clear();
        }
        let Some(session) = this.session.take() else { return };
        (this.is_joined, this.joining) = (false, None);
        this.lost_ms = now + 1_500;
        let noticed = if willing { 1 } else { 10 + self.rng.below(1_500) };
        let incarnation = self.node.incarnation;
        self.after(noticed, Event::Lost(incarnation, session, willing));
        self.fault(|| format!("client {client} leaves, willing: {willing}"));
        let latest = self.calm_ms().saturating_sub(now).max(1);
        self.after(back_ms.min(latest), Event::Connect(client));
    }

    pub(super) fn closed(&mut self, session: SessionId) {
        let Some(client) = self.client_of(session) else { return };
        let this = &mut self.clients[client];
        (this.session, this.is_joined, this.joining) = (None, false, None);
        self.connect(client);
    }

    pub(super) fn resync(&mut self, session: SessionId) {
        if let Some(client) = self.client_of(session) {
            self.clients[client].is_joined = false;
            self.join(client);
        }
    }

    fn client_of(&self, session: SessionId) -> Option<usize> {
        self.clients.iter().position(|client| client.session == Some(session))
    }

    pub(super) fn hear(&mut self, client: usize, session: SessionId, message: &Message) -> Step {
        let is_own = self.clients[client].session == Some(session);
        match message {
            Message::Answer { id, term, answer, repeat } => {
                // A refusal of a former term says nothing of the same id sent again under this one.
                let is_late = answer.is_err() && *term < self.clients[client].term;
                if is_late { Ok(()) } else { self.answered(client, *id, *term, answer, *repeat) }
            }
            _ if !is_own => Ok(()),
            Message::Ops { seq, pieces } => self.ops(client, *seq, pieces),
            Message::Joined(nth, joined) => match &**joined {
                Ok(joined) if self.clients[client].joining == Some(*nth) => {
                    self.joined(client, joined)
                }
                _ => Ok(()),
            },
            Message::Position(seq) => {
                let this = &self.clients[client];
                if this.is_joined && this.joining.is_none() && *seq > this.copy.position() {
                    self.join(client);
                }
                Ok(())
            }
        }
    }

    fn ops(&mut self, client: usize, seq: Seq, pieces: &[Rc<Piece>]) -> Step {
        let this = &mut self.clients[client];
        let position = this.copy.position();
        if !this.is_joined || seq <= position {
            return Ok(());
        }
        if seq > position + 1 && !planted(Bug::GapIgnored) {
            if this.joining.is_none() {
                self.join(client);
            }
            return Ok(());
        }
        let is_for_others =
            |piece: &&Rc<Piece>| this.copy.audiences().all(|a| *a != piece.audience);
        if let Some(piece) = pieces.iter().find(is_for_others)
            && this.joining.is_none()
        {
            let text = format!("client {client} is sent what {} may see", piece.audience);
            return Err(Violation::new("R12", text));
        }
        if this.copy.apply(pieces) == Applied::Gap {
            let text = format!("client {client} has all to {position}, yet {seq} leaves a gap");
            return Err(Violation::new("I5", text));
        }
        this.copy.settle(seq);
        self.agrees(client)
    }

    fn joined(&mut self, client: usize, joined: &Joined) -> Step {
        self.stats.joined += 1;
        let this = &mut self.clients[client];
        let of_others = |audience: &&Audience| match audience {
            Audience::Member(account) => Some(*account) != this.who.account,
            _ => false,
        };
        if let Some(audience) = joined.audiences.iter().find(of_others) {
            let text = format!("client {client} may see what is for {audience}");
            return Err(Violation::new("R12", text));
        }
        let applied = this.copy.joined(joined).map_err(|text| Violation::new("I5", text))?;
        if applied == Applied::Gap && this.copy.have().is_some() {
            let text = format!("client {client} was given fragments that leave a gap");
            return Err(Violation::new("I5", text));
        }
        if applied == Applied::Gap {
            self.join(client);
            return Ok(());
        }
        (this.is_joined, this.joining, this.term) = (true, None, this.term.max(joined.term));
        this.role = joined.role;
        for sent in this.open.clone() {
            self.command(client, sent, false);
        }
        self.agrees(client)
    }

    fn agrees(&self, client: usize) -> Step {
        let Client { site, copy, .. } = &self.clients[client];
        self.scenes[*site].ledger.agrees(client, copy)
    }

    fn answered(
        &mut self,
        client: usize,
        id: CommandId,
        term: Term,
        answer: &Result<Accepted, Refusal>,
        repeat: bool,
    ) -> Step {
        if let Err(refusal) = answer {
            if refusal.code == "stale_term" {
                return self.stale(client, id, term, repeat);
            }
            if NOT_OUTCOMES.contains(&refusal.code) {
                if refusal.code == "no_such_room" {
                    self.clients[client].open.retain(|sent| sent.id != id);
                }
                return Ok(());
            }
        }
        let site = self.clients[client].site;
        let is_news = self.scenes[site].ledger.told(id, answer)?;
        self.tell(|| format!("client {client} reads {id:?} {answer:?} {repeat}"));
        let this = &mut self.clients[client];
        if let Some(place) = this.open.iter().position(|sent| sent.id == id) {
            let sent = this.open.remove(place);
            this.past.push_back((sent, term, answer.is_ok()));
            if this.past.len() > 8 {
                this.past.pop_front();
            }
        }
        if is_news {
            match answer {
                Ok(accepted) => {
                    this.own = this.own.max(accepted.seq);
                    self.stats.accepted += 1;
                }
                Err(_) => self.stats.refused += 1,
            }
        }
        Ok(())
    }

    /// The room was restarted: join again, then send what is unanswered under the new term (R15).
    fn stale(&mut self, client: usize, id: CommandId, term: Term, repeat: bool) -> Step {
        let this = &mut self.clients[client];
        if !this.is_joined {
            // Who is outside learns the term from this alone.
            this.term = this.term.max(term);
        }
        let this = &self.clients[client];
        if repeat && this.past.iter().any(|(sent, _, accepted)| sent.id == id && *accepted) {
            let text = format!("{id:?} was accepted, and is refused stale_term when repeated");
            return Err(Violation::new("I4", text));
        }
        if this.is_joined && this.joining.is_none() && this.open.iter().any(|s| s.id == id) {
            self.join(client);
        }
        Ok(())
    }
}
