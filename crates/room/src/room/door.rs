//! A room asks its door: who comes in and as what, what the door is asked to do, what follows from comings and
//! goings. Without a door everything is the application's.

use super::{Mark, Panicked, Room};
use crate::door::{self, Coming, DoorCommand, DoorConfig, DoorTx, WAITING, Way};
use crate::members::{Builtin, Inside, Seat};
use crate::{
    AccountId, Admission, Caller, Command, Ids, Now, Output, Principal, Refusal, RoomApp, Turn, Tx,
};

impl<A: RoomApp> Room<A> {
    /// The place that somebody who comes now gets.
    pub(super) fn seat_for(&self, who: Principal) -> Result<Seat, Refusal> {
        let who = self.known(who)?;
        if self.way(who)? == Way::Line {
            let (role, groups) = (WAITING, Vec::new());
            return Ok(Seat { account: who.account, role, groups, is_in_line: true });
        }
        let role = self.asked(who)?;
        let mut groups = self.app.groups(&self.state, &who, role);
        groups.extend(who.door.map(door::Door::groups).into_iter().flatten());
        Ok(Seat { account: who.account, role, groups, is_in_line: false })
    }

    /// The role in which somebody is admitted, whether or not there is room for them now.
    pub(super) fn admitted(&self, who: Principal) -> Result<&'static str, Refusal> {
        self.asked(self.known(who)?)
    }

    /// In which role somebody commands the application: whoever may not come in now may not command either.
    pub(super) fn commands_as(&self, who: Principal) -> Result<&'static str, Refusal> {
        let who = self.known(who)?;
        if self.way(who)? == Way::Line {
            return Err(Refusal::new("in_line", "You are still in line."));
        }
        let role = self.asked(who)?;
        let started = self.door.as_ref().map(|door| door.must_have_started(self.inside()));
        started.unwrap_or(Ok(())).map(|()| role)
    }

    /// With what the door says of them.
    fn known(&self, who: Principal) -> Result<Principal, Refusal> {
        let role = self.door.as_ref().map(|door| door.role(&who)).transpose()?;
        Ok(Principal { door: role, ..who })
    }

    fn way(&self, who: Principal) -> Result<Way, Refusal> {
        match (&self.door, who.door) {
            (Some(door), Some(role)) => door.way(role, who.account, self.inside()),
            _ => Ok(Way::In),
        }
    }

    /// What the application says.
    fn asked(&self, who: Principal) -> Result<&'static str, Refusal> {
        match self.app.admit(&self.state, &who) {
            Admission::Enter(role) => Ok(role),
            Admission::Refuse("no_such_room") => Err(door::no_such_room()),
            Admission::Refuse(code) => Err(Refusal::new(code, "You cannot enter this room.")),
        }
    }

    fn inside(&self) -> Inside<'_> {
        let Builtin { members, counted, .. } = &self.builtin;
        Inside::new(members, counted, &self.present)
    }

    pub(super) fn is_in_line(&self, account: AccountId) -> bool {
        self.door.as_ref().is_some_and(|door| door.state.line.get(&account).is_some())
    }

    /// Runs a transaction on the door, if there is one.
    fn transact_door<T>(
        &mut self,
        now: Now,
        ids: &mut dyn Ids,
        handler: impl FnOnce(&DoorConfig, &mut DoorTx<'_>, Inside<'_>) -> T,
    ) -> Result<Option<T>, Panicked> {
        let Some(door) = &mut self.door else { return Ok(None) };
        let Builtin { members, counted, timers: timer_rows } = &mut self.builtin;
        let inside = Inside::new(members, counted, &self.present);
        let mut tx = Tx {
            state: &mut door.state,
            now,
            term: self.term,
            ids,
            timers: &mut self.timers,
            timer_rows,
            rows: &mut self.rows,
            sums_up: &mut self.sums_up,
            moves: &mut self.moves,
            attached: None,
            members,
            door: None,
        };
        let rules = &door.rules;
        let run = std::panic::AssertUnwindSafe(|| handler(rules, &mut tx, inside));
        match std::panic::catch_unwind(run) {
            Ok(done) => Ok(Some(done)),
            Err(_) => {
                self.rollback();
                Err(Panicked)
            }
        }
    }

    /// The door's part of the first transaction.
    pub(super) fn open_door(&mut self, now: Now, ids: &mut dyn Ids) -> Result<(), Panicked> {
        self.transact_door(now, ids, |rules, tx, _| rules.open(tx, A::NAME)).map(drop)
    }

    /// What follows from who is here now. Not yet an entry.
    pub(super) fn tend(
        &mut self,
        coming: Option<Coming>,
        now: Now,
        ids: &mut dyn Ids,
    ) -> Result<(), Panicked> {
        let tend = |rules: &DoorConfig, tx: &mut DoorTx<'_>, inside: Inside<'_>| {
            rules.tend(tx, A::NAME, inside, coming);
        };
        self.transact_door(now, ids, tend).map(drop)
    }

    /// The same as an entry of its own, if anything follows.
    pub(super) fn tend_alone(
        &mut self,
        did: &str,
        coming: Option<Coming>,
        now: Now,
        ids: &mut dyn Ids,
        turn: &mut Turn,
    ) {
        if self.door.is_none() {
            return;
        }
        if self.tend(coming, now, ids).is_err() {
            self.output(turn, Output::Alarm(format!("the door panicked at {did}")));
        }
        let by = match coming {
            Some(Coming::In(account) | Coming::Out(account)) => Some(account),
            None => None,
        };
        self.commit(now, Mark::plain(did, by), turn);
    }

    /// A timer of the door is due; none if there is no door that could have armed it.
    pub(super) fn door_timer(
        &mut self,
        key: &str,
        now: Now,
        ids: &mut dyn Ids,
    ) -> Option<Result<(), Panicked>> {
        if !key.starts_with(door::TIMERS_PREFIX) || self.door.is_none() {
            return None;
        }
        let done = self.transact_door(now, ids, |rules, tx, inside| {
            tx.cancel(key);
            rules.timer(tx, A::NAME, key);
            rules.tend(tx, A::NAME, inside, None);
        });
        Some(done.map(drop))
    }

    /// Decides a command of the door; none if it is the application's.
    pub(super) fn decide_at_door(
        &mut self,
        by: AccountId,
        who: Principal,
        command: &Command,
        now: Now,
        ids: &mut dyn Ids,
    ) -> Option<Result<String, Refusal>> {
        self.door.as_ref()?;
        let read = door::read(&command.name, &command.body)?;
        Some(self.ask_door(by, who, read, now, ids))
    }

    fn ask_door(
        &mut self,
        by: AccountId,
        who: Principal,
        read: Result<DoorCommand, Refusal>,
        now: Now,
        ids: &mut dyn Ids,
    ) -> Result<String, Refusal> {
        let (role, read, is_stranger) = match (self.known(who), read) {
            (Ok(known), read) => (known.door.unwrap_or(door::VISITOR), read?, false),
            // An invitation is how a stranger comes to know of the room.
            (Err(unknown), Ok(redeem @ DoorCommand::Redeem(_)))
                if unknown.code == "no_such_room" && self.may_be_invited(who) =>
            {
                (door::VISITOR, redeem, true)
            }
            (Err(refusal), _) => return Err(refusal),
        };
        let is_wait = matches!(read, DoorCommand::Wait);
        if is_wait {
            self.may_wait(role, by)?;
        }
        let caller = Caller { account: by, standing: who.standing, role };
        let done = self.transact_door(now, ids, |rules, tx, inside| {
            let reply = rules.command(tx, A::NAME, &caller, read, inside)?;
            rules.tend(tx, A::NAME, inside, None);
            Ok(reply)
        });
        if is_wait && self.present.sessions(by).is_empty() {
            self.present.start_grace(by, now.mono.plus_ms(self.limits.grace_ms));
        }
        match done {
            Ok(Some(Err(_))) if is_stranger => Err(door::no_such_room()),
            Ok(done) => done.unwrap_or_else(|| Err(door::no_such_room())),
            Err(Panicked) => Err(Refusal::new("internal", super::commands::OUR_FAULT)),
        }
    }

    /// No invitation leads past the room's parent.
    fn may_be_invited(&self, who: Principal) -> bool {
        let parent = self.door.as_ref().and_then(|door| door.rules.parent.as_ref());
        parent.is_none() || who.parent.is_some()
    }

    /// There is a line only before a full room, for those who may come in.
    fn may_wait(&self, role: &'static str, account: AccountId) -> Result<(), Refusal> {
        let Some(door) = &self.door else { return Ok(()) };
        match door.way(role, Some(account), self.inside()) {
            Ok(Way::Line) => Ok(()),
            Ok(Way::In) => Err(Refusal::new("not_full", "There is a place for you: come in.")),
            Err(refusal) if refusal.code == "room_full" => Ok(()),
            Err(refusal) => Err(refusal),
        }
    }
}
