//! Commands: known ids first, then authority, then the application; accepted outcomes go into the
//! entry, refusals into memory.

use super::{Mark, Panicked, Room};
use crate::buggify::{self, Point};
use crate::outcomes::{Known, command_hash};
use crate::planted::{self, Bug};
use crate::{
    Accepted, AccountId, Caller, Command, Ids, Now, Output, Principal, Refusal, RoomApp, Turn,
};
use std::sync::Arc;

/// Codes that are no outcomes: they are never remembered, and the same id may come again (R18).
const NOT_OUTCOMES: [&str; 4] = ["sign_in_required", "stale_term", "no_such_room", "internal"];
pub(super) const OUR_FAULT: &str = "Something went wrong on our side. Nothing was changed.";

impl<A: RoomApp> Room<A> {
    pub(super) fn command(
        &mut self,
        command: Command,
        now: Now,
        ids: &mut dyn Ids,
        turn: &mut Turn,
    ) {
        let ticket = command.ticket;
        let answer = match command.who.account {
            Some(by) => self.answer(by, command, now, ids, turn),
            None => Err(Refusal::new("sign_in_required", "Please sign in first.")),
        };
        self.output(turn, Output::Answer(ticket, answer));
    }

    fn answer(
        &mut self,
        by: AccountId,
        command: Command,
        now: Now,
        ids: &mut dyn Ids,
        turn: &mut Turn,
    ) -> Result<Accepted, Refusal> {
        let hash = command_hash(by, &command.name, &command.body);
        match self.outcomes.look_up(command.id, hash, by, now.mono) {
            Known::Accepted(seq, reply) => return Ok(Accepted { seq, reply }),
            Known::Refused(refusal) => return Err(refusal),
            Known::Reused => {
                let text = "This command id was already used for another command.";
                return Err(Refusal::new("id_reused", text));
            }
            Known::New => {}
        }
        if command.term.is_some_and(|term| term != self.term) && !planted::on(Bug::NoTermFence) {
            return Err(Refusal::new("stale_term", "The room was restarted: join again."));
        }
        let decided = self.decide(by, command.who, &command, now, ids);
        match decided {
            Ok(reply) => {
                let mark = Mark {
                    did: &command.name,
                    by: Some(by),
                    command: Some((command.id, hash)),
                    reply: Some(&reply),
                };
                let seq = self.commit(now, mark, turn);
                let reply: Arc<str> = reply.into();
                let kept = A::KEEPS_JOURNAL;
                self.outcomes.accept(command.id, hash, seq, reply.clone(), kept);
                Ok(Accepted { seq, reply: Some(reply) })
            }
            Err(refusal) => {
                if refusal.code == "internal" {
                    let text = format!("the command {:?} failed inside", command.name);
                    self.output(turn, Output::Alarm(text));
                }
                if !planted::on(Bug::PanicKeepsHalf) || refusal.code != "internal" {
                    self.rollback();
                }
                if !NOT_OUTCOMES.contains(&refusal.code) {
                    self.outcomes.refuse(command.id, hash, by, now.mono, &refusal);
                }
                Err(refusal)
            }
        }
    }

    fn decide(
        &mut self,
        by: AccountId,
        who: Principal,
        command: &Command,
        now: Now,
        ids: &mut dyn Ids,
    ) -> Result<String, Refusal> {
        if let Some(decided) = self.decide_at_door(by, who, command, now, ids) {
            return decided;
        }
        let role = self.commands_as(who)?;
        let decoded = read::<A>(&command.name, &command.body)?;
        let caller = Caller { account: by, standing: who.standing, role };
        let attached = command.attached.as_deref();
        let decided = self.transact_with(attached, now, ids, |app, tx| {
            let decided = app.command(tx, &caller, decoded);
            buggify::maybe_panic(Point::PanicInCommand);
            decided
        });
        decided.unwrap_or_else(|Panicked| Err(Refusal::new("internal", OUR_FAULT)))
    }
}

/// Reads a command by the application's own list.
fn read<A: RoomApp>(name: &str, body: &str) -> Result<A::Command, Refusal> {
    match A::COMMANDS.iter().find(|(known, _)| *known == name) {
        Some((_, read)) => read(body),
        None => {
            let name: String = name.chars().take(40).collect();
            Err(Refusal::new("unknown_command", format!("This room knows no command {name:?}.")))
        }
    }
}
