//! What arrives at the process: requests and the ends of connections, on their way into a room's mailbox. It decides
//! no turn.

use super::queue::{Asker, Event, Incarnation, Message, Request, planted};
use super::report::Violation;
use super::scene::Scene;
use super::{Step, World};
use crate::buggify::{Point, buggify};
use crate::planted::Bug;
use crate::testkit::{Site, Workload};
use crate::{Command, Input, Refusal, SessionId, Wall};
use std::rc::Rc;
use std::sync::Arc;

/// So many commands wait at most.
const MAILBOX_MAX: usize = 24;

impl<W: Workload> World<W> {
    pub(super) fn request(&mut self, request: Rc<Request>) -> Step {
        if !self.node.is_up {
            return Ok(());
        }
        let (client, session) = match &*request {
            Request::Join { client, session, .. } => (*client, Some(*session)),
            Request::Command { client, .. } => (*client, None),
        };
        if session.is_some_and(|session| !self.node.open.contains_key(&session)) {
            return Ok(());
        }
        let site = self.clients[client].site;
        if self.scenes[site].is_read_only {
            return self.show(client, &request);
        }
        if self.scenes[site].living.is_none() {
            self.open_room(site)?;
        }
        if session.is_none() && self.is_busy(site)? {
            self.refuse_unasked(client, &request, "busy");
            return Ok(());
        }
        let attached = self.attached(site, &request);
        let Some(room) = &mut self.scenes[site].living else { return Ok(()) };
        self.node.tickets += 1;
        let ticket = self.node.tickets;
        let who = self.clients[client].who;
        let input = match &*request {
            Request::Join { session, have, .. } => {
                Input::Join { ticket, session: *session, who, have: *have }
            }
            Request::Command { sent, term, .. } => Input::Command(Command {
                attached,
                ticket,
                id: sent.id,
                term: Some(*term),
                who,
                name: sent.ask.name.into(),
                body: sent.ask.body.as_str().into(),
            }),
        };
        room.askers.insert(ticket, Asker { client, who, request, at: Wall(0) });
        if session.is_some() && buggify(Point::JoinTwice) {
            self.arrive(site, input.clone());
        }
        self.arrive(site, input);
        Ok(())
    }

    /// While nothing can be written a join is answered by what is durable, and a command by no outcome.
    fn show(&mut self, client: usize, request: &Request) -> Step {
        let Request::Join { session, nth, have, .. } = request else {
            self.refuse_unasked(client, request, "read_only");
            return Ok(());
        };
        let (site, who) = (self.clients[client].site, self.clients[client].who);
        let Some(view) = &mut self.scenes[site].view else { return Ok(()) };
        let joined = view.join(who, *have);
        if let Ok(joined) = &joined {
            self.must_be_durable(site, "what is shown", joined.seq)?;
        }
        self.send(client, *session, Rc::new(Message::Joined(*nth, Box::new(joined))));
        Ok(())
    }

    /// Whether a room has no place for one more command. I19: the mailboxes of others are not asked.
    fn is_busy(&self, site: Site) -> Result<bool, Violation> {
        let own = self.scenes[site].waiting();
        let waiting = match planted(Bug::MailboxShared) {
            true => self.scenes.iter().map(Scene::waiting).sum(),
            false => own,
        };
        if waiting >= MAILBOX_MAX && own < MAILBOX_MAX {
            let text = format!("room {site} is busy, and {own} wait in it");
            return Err(Violation::new("I19", text));
        }
        Ok(waiting >= MAILBOX_MAX || buggify(Point::FullMailbox))
    }

    /// The row of a log that a command is about to amend, read where history is.
    fn attached(&self, site: Site, request: &Request) -> Option<Arc<str>> {
        let Request::Command { sent, .. } = request else { return None };
        let room = self.scenes[site].living.as_ref()?.host.room();
        let (shape, no) = room.wants(sent.ask.name, &sent.ask.body)?;
        self.disk.log(site).logged(shape, no)
    }

    /// An answer that the room is not asked for.
    fn refuse_unasked(&mut self, client: usize, request: &Request, code: &'static str) {
        let (Request::Command { sent, repeat, .. }, Some(session)) =
            (request, self.clients[client].session)
        else {
            return;
        };
        let term = self.disk.log(self.clients[client].site).term();
        let (id, repeat) = (sent.id, *repeat);
        let answer = Err(Refusal::new(code, "Please try again."));
        self.send(client, session, Rc::new(Message::Answer { id, term, answer, repeat }));
    }

    pub(super) fn arrive(&mut self, site: Site, input: Input) {
        let now = self.clock.true_ms();
        let soon = self.rng.below(3);
        let Some(room) = &mut self.scenes[site].living else { return };
        if !matches!(input, Input::Wake) {
            room.idle_since = now;
        }
        room.mailbox.push_back(input);
        if !room.is_turn_due {
            room.is_turn_due = true;
            let nth = room.nth;
            self.after(soon, Event::Turn(site, nth));
        }
    }

    pub(super) fn lost(
        &mut self,
        incarnation: Incarnation,
        session: SessionId,
        willing: bool,
    ) -> Step {
        if incarnation == self.node.incarnation
            && let Some(client) = self.node.open.remove(&session)
        {
            let site = self.clients[client].site;
            if let Some(room) = &mut self.scenes[site].living {
                room.subscribers.remove(&session);
            }
            let left = Input::Leave { session };
            self.arrive(site, if willing { left } else { Input::Lost { session } });
            if buggify(Point::LostTwice) {
                self.arrive(site, Input::Lost { session });
            }
        }
        Ok(())
    }
}
