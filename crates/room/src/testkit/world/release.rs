//! What the room lets out, on its way to those who may see it: each output is checked against what is
//! durable, then sent. It decides nothing.

use super::queue::{Asker, Event, Incarnation, Message, Request, Sent, planted};
use super::report::Violation;
use super::{Step, World};
use crate::buggify::{Point, buggify, fired};
use crate::planted::Bug;
use crate::testkit::{Asked, Piece, Workload};
use crate::{Accepted, Joined, Output, Published, Refusal, Seq, SessionId, Ticket};
use std::collections::BTreeSet;
use std::rc::Rc;

/// What is refused without the room: never an outcome, so never in need of a justification.
const NOT_OUTCOMES: [&str; 3] = ["stale_term", "sign_in_required", "no_such_room"];

impl<W: Workload> World<W> {
    pub(super) fn release(&mut self, outputs: Vec<Output>) -> Step {
        for output in outputs {
            match output {
                Output::Publish(published) => self.publish(&published)?,
                Output::Answer(ticket, answer) => self.answer(ticket, answer)?,
                Output::Joined(ticket, joined) => self.let_in(ticket, joined)?,
                Output::Alarm(text) => self.alarm(text)?,
            }
        }
        Ok(())
    }

    /// I19: the only alarms are of hooks and commands that were made to panic.
    fn alarm(&mut self, text: String) -> Step {
        self.alarms += 1;
        let made = [Point::PanicInPresence, Point::PanicInCommand, Point::PanicInMove].map(fired);
        let is_made = self.alarms <= made.iter().sum();
        if is_made { Ok(()) } else { Err(Violation::new("I19", text)) }
    }

    /// I19: as many commands fail as were made to panic.
    fn may_fail(&mut self) -> bool {
        self.internal += 1;
        self.internal <= fired(Point::PanicInCommand) + fired(Point::PanicInMove)
    }

    fn must_be_durable(&self, what: &str, seq: Seq) -> Step {
        let durable = self.ledger.head();
        if seq <= durable {
            return Ok(());
        }
        Err(Violation::new("I6", format!("{what} of {seq} is let out, durable is {durable}")))
    }

    fn publish(&mut self, published: &Published) -> Step {
        self.must_be_durable("an entry", published.seq)?;
        let Some(room) = &mut self.node.room else { return Ok(()) };
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

    fn answer(&mut self, ticket: Ticket, answer: Result<Accepted, Refusal>) -> Step {
        let Some(room) = &mut self.node.room else { return Ok(()) };
        let (published, term) = (room.published, room.host.room().term());
        let Some(Asker { client, who, request, at }) = room.askers.remove(&ticket) else {
            return Err(Violation::new("I4", format!("ticket {ticket} is answered twice")));
        };
        let Request::Command { sent, repeat, .. } = &*request else { return Ok(()) };
        let answer = match answer {
            Ok(accepted) => {
                self.must_be_durable("the reply", accepted.seq)?;
                if published < accepted.seq {
                    let text = format!("the reply of {} overtakes {published}", accepted.seq);
                    return Err(Violation::new("I5", text));
                }
                let stored = self.disk.reply(accepted.seq);
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
            Err(refusal) if refusal.code == "internal" && self.may_fail() => Err(refusal),
            Err(refusal) if matches!(refusal.code, "internal" | "id_reused") => {
                let text = format!("{} {}: {}", sent.ask.name, sent.ask.body, refusal.code);
                return Err(Violation::new("I19", text));
            }
            Err(refusal) => {
                if let Some(by) = who.account
                    && !NOT_OUTCOMES.contains(&refusal.code)
                {
                    let asked = Asked { by, ask: &sent.ask, at };
                    self.must_be_right(sent, asked, &refusal)?;
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

    /// I6: a refusal is right by some durable state since the question.
    fn must_be_right(&mut self, sent: &Sent, asked: Asked<'_>, refusal: &Refusal) -> Step {
        let Some(room) = &mut self.node.room else { return Ok(()) };
        if room.refused.get(&sent.id) != Some(refusal) {
            self.ledger.justified(&self.work, asked, sent.since, refusal)?;
            room.refused.insert(sent.id, refusal.clone());
        }
        Ok(())
    }

    fn let_in(&mut self, ticket: Ticket, joined: Result<Joined, Refusal>) -> Step {
        if let Ok(joined) = &joined {
            self.must_be_durable("a snapshot", joined.seq)?;
        }
        let Some(room) = &mut self.node.room else { return Ok(()) };
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
        if incarnation != self.node.incarnation {
            return;
        }
        self.after(250, Event::Beacon(incarnation));
        let Some(room) = self.node.room.as_ref().filter(|_| !planted(Bug::NoHeadBeacon)) else {
            return;
        };
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
