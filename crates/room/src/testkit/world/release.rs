//! What the room lets out, on its way to those who may see it: each output is checked against what is
//! durable, then sent. It decides nothing.

use super::queue::{Asker, Event, Incarnation, Message, Request, planted};
use super::report::Violation;
use super::scene::Scene;
use super::{Step, World};
use crate::buggify::{Point, buggify};
use crate::planted::Bug;
use crate::testkit::{Asked, Piece, Site, Workload};
use crate::{Accepted, Joined, Output, Published, Refusal, Seq, SessionId, Ticket};
use std::collections::BTreeSet;
use std::rc::Rc;

/// What is refused without the room: never an outcome, so never in need of a justification.
const NOT_OUTCOMES: [&str; 3] = ["stale_term", "sign_in_required", "no_such_room"];

impl<W: Workload> World<W> {
    pub(super) fn release(&mut self, site: Site, outputs: Vec<Output>) -> Step {
        for output in outputs {
            match output {
                Output::Publish(published) => self.publish(site, &published)?,
                Output::Answer(ticket, answer) => self.answer(site, ticket, answer)?,
                Output::Joined(ticket, joined) => self.let_in(site, ticket, joined)?,
                // What is volatile may be lost on the way, and here it always is.
                Output::Live(_) | Output::Refused(..) => {}
                Output::Gone(session, _) => self.expelled(site, session),
                Output::Rejoin(session, _) => self.after(3, Event::Resync(session)),
                Output::Alarm(text) => self.alarm(site, text)?,
            }
        }
        Ok(())
    }

    /// Whoever is out of the room comes back over a new connection.
    fn expelled(&mut self, site: Site, session: SessionId) {
        self.node.open.remove(&session);
        if let Some(room) = &mut self.scenes[site].living {
            room.subscribers.remove(&session);
        }
        self.after(3, Event::Closed(session));
    }

    /// I19: the only alarms are of this room's hooks and commands that were made to panic.
    fn alarm(&mut self, site: Site, text: String) -> Step {
        let Scene { made, said, .. } = &mut self.scenes[site];
        said.alarms += 1;
        let is_made = said.alarms <= made.alarms;
        if is_made { Ok(()) } else { Err(Violation::new("I19", text)) }
    }

    /// I19: as many commands of a room fail as were made to panic there.
    fn may_fail(&mut self, site: Site) -> bool {
        let Scene { made, said, .. } = &mut self.scenes[site];
        said.internal += 1;
        said.internal <= made.internal
    }

    pub(super) fn must_be_durable(&self, site: Site, what: &str, seq: Seq) -> Step {
        let durable = self.scenes[site].ledger.head();
        if seq <= durable {
            return Ok(());
        }
        Err(Violation::new("I6", format!("{what} of {seq} is let out, durable is {durable}")))
    }

    fn publish(&mut self, site: Site, published: &Published) -> Step {
        self.must_be_durable(site, "an entry", published.seq)?;
        let Some(room) = &mut self.scenes[site].living else { return Ok(()) };
        room.published = published.seq;
        let mut pieces = Vec::new();
        for fragment in &published.fragments {
            let piece = Piece::read(&fragment.text()).map_err(|text| Violation::new("I5", text))?;
            pieces.push(Rc::new(piece));
        }
        let to: Vec<(SessionId, usize, Vec<Rc<Piece>>)> = room
            .subscribers
            .iter()
            .map(|(session, (client, audiences))| {
                let visible = pieces.iter().filter(|piece| audiences.contains(&piece.audience));
                (*session, *client, visible.cloned().collect())
            })
            .collect();
        for (session, client, pieces) in to {
            self.send(client, session, Rc::new(Message::Ops { seq: published.seq, pieces }));
        }
        Ok(())
    }

    pub(super) fn answer(
        &mut self,
        site: Site,
        ticket: Ticket,
        answer: Result<Accepted, Refusal>,
    ) -> Step {
        let Some(room) = &mut self.scenes[site].living else { return Ok(()) };
        let (published, term) = (room.published, room.host.room().term());
        let Some(Asker { client, who, request, at }) = room.askers.remove(&ticket) else {
            return Err(Violation::new("I4", format!("ticket {ticket} is answered twice")));
        };
        let Request::Command { sent, repeat, .. } = &*request else { return Ok(()) };
        let answer = match answer {
            Ok(accepted) => {
                self.must_be_durable(site, "the reply", accepted.seq)?;
                if published < accepted.seq {
                    let text = format!("the reply of {} overtakes {published}", accepted.seq);
                    return Err(Violation::new("I5", text));
                }
                let stored = self.disk.log(site).reply(accepted.seq);
                let mut stored = stored.map_err(|e| Violation::new("I2", e.to_string()))?;
                if accepted.reply.as_ref().is_some_and(|reply| *reply != stored) {
                    let text = format!("entry {} has another reply: {stored}", accepted.seq);
                    return Err(Violation::new("I2", text));
                }
                if planted(Bug::ReplyChanged) && accepted.reply.is_none() {
                    stored = "null".into();
                }
                Ok(Accepted { seq: accepted.seq, reply: Some(stored) })
            }
            Err(refusal) if refusal.code == "internal" && self.may_fail(site) => Err(refusal),
            Err(refusal) if matches!(refusal.code, "internal" | "id_reused") => {
                let text = format!("{} {}: {}", sent.ask.name, sent.ask.body, refusal.code);
                return Err(Violation::new("I19", text));
            }
            Err(refusal) => {
                if let Some(by) = who.account
                    && !NOT_OUTCOMES.contains(&refusal.code)
                {
                    let asked = Asked { by, ask: &sent.ask, at };
                    self.scenes[site].must_be_right(sent, asked, &refusal)?;
                }
                Err(refusal)
            }
        };
        if let Some(session) = self.clients[client].session {
            let (id, repeat) = (sent.id, *repeat);
            self.send(client, session, Rc::new(Message::Answer { id, term, answer, repeat }));
        }
        Ok(())
    }

    fn let_in(&mut self, site: Site, ticket: Ticket, joined: Result<Joined, Refusal>) -> Step {
        if let Ok(joined) = &joined {
            self.must_be_durable(site, "a snapshot", joined.seq)?;
        }
        let Some(room) = &mut self.scenes[site].living else { return Ok(()) };
        let Some(Asker { client, request, .. }) = room.askers.remove(&ticket) else {
            return Ok(());
        };
        let Request::Join { session, nth, .. } = &*request else { return Ok(()) };
        if !self.node.open.contains_key(session) {
            return Ok(());
        }
        if let Ok(joined) = &joined {
            room.subscribers.insert(*session, (client, joined.audiences.clone()));
        }
        self.send(client, *session, Rc::new(Message::Joined(*nth, Box::new(joined))));
        Ok(())
    }

    pub(super) fn beacon(&mut self, incarnation: Incarnation) {
        if incarnation == self.node.incarnation {
            self.after(250, Event::Beacon(incarnation));
            if !planted(Bug::NoHeadBeacon) {
                self.sites().for_each(|site| self.tell_head(site));
            }
        }
    }

    fn tell_head(&mut self, site: Site) {
        let Some(room) = &self.scenes[site].living else { return };
        let head = room.host.durable_seq();
        let to: BTreeSet<(SessionId, usize)> =
            room.subscribers.iter().map(|(session, (client, _))| (*session, *client)).collect();
        for (session, client) in to {
            if buggify(Point::NeedlessResync) {
                self.after(3, Event::Resync(session));
            }
            self.send(client, session, Rc::new(Message::Position(head)));
        }
    }
}
