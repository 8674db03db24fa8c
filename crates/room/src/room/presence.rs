//! Joining, lapsing, resuming, leaving: presence in the same sequence as everything else.

use super::{Mark, Room, audiences};
use crate::buggify::{Point, buggify, maybe_panic};
use crate::door::Coming;
use crate::members::{Last, Member, MemberState, ROSTER_MEMBERS_AGAIN, ROSTER_MEMBERS_MAX, Seat};
use crate::tx::Move;
use crate::{
    AccountId, Audience, Content, Epoch, Ids, Joined, Now, Output, PresenceChange, Principal,
    Refusal, RoomApp, Seq, SessionId, Turn,
};
use std::collections::BTreeSet;

impl<A: RoomApp> Room<A> {
    pub(super) fn join(
        &mut self,
        session: SessionId,
        who: Principal,
        have: Option<(Epoch, Seq)>,
        now: Now,
        ids: &mut dyn Ids,
        turn: &mut Turn,
    ) -> Result<Joined, Refusal> {
        let seat = self.seat_for(who).inspect_err(|refusal| {
            // Who was here as another, or when they were still admitted, is here no longer.
            if self.present.seat(session).is_some() {
                self.moves.push(Move::ExpelSession(session, refusal.code));
            }
        })?;
        let (role, is_in_line) = (seat.role, seat.is_in_line);
        // What a session had as somebody else lacks rows that are older than its position.
        let have = have.filter(|_| self.present.seat(session).is_none_or(|was| *was == seat));
        if self.present.seat(session).is_some_and(|was| was.account != seat.account) {
            self.hide(session, turn);
        }
        let left = self.present.enter(session, seat.clone());
        if let Some(left) = left {
            self.lapse(left, now, ids, turn);
        }
        if let Some(account) = who.account.filter(|_| !is_in_line) {
            self.arrive(account, role, now, ids, turn);
        }
        Ok(self.shown(&seat, have))
    }

    /// What somebody in this place is shown of the room as it is.
    pub(super) fn shown(&mut self, seat: &Seat, have: Option<(Epoch, Seq)>) -> Joined {
        let (role, account, audiences) = (seat.role, seat.account, audiences(seat));
        let content = self.content(have, &audiences);
        let (epoch, term, seq) = (self.epoch, self.term, self.seq);
        let (app, version) = (A::NAME, A::VERSION);
        let live = if seat.is_in_line { Vec::new() } else { self.present.all_shown() };
        Joined { app, version, epoch, term, seq, role, audiences, account, content, live }
    }

    fn content(&mut self, have: Option<(Epoch, Seq)>, audiences: &[Audience]) -> Content {
        let have = have.filter(|(epoch, _)| *epoch == self.epoch).map(|(_, seq)| seq);
        let have = have.filter(|_| !buggify(Point::JoinByParts));
        if let Some(seq) = have.filter(|seq| (1..=self.seq).contains(seq)) {
            // The public part is shared by all who join at this seq; the others are not built to be weighed.
            let is_any = buggify(Point::JoinByFragments);
            let bytes_max = if is_any { usize::MAX } else { self.public_part().len() };
            if let Some(missed) = self.recent.since(seq, audiences, bytes_max) {
                return Content::Fragments(missed);
            }
        }
        Content::Parts(self.parts(audiences))
    }

    fn arrive(
        &mut self,
        account: AccountId,
        role: &'static str,
        now: Now,
        ids: &mut dyn Ids,
        turn: &mut Turn,
    ) {
        if self.builtin.is_counted() {
            return self.tend_alone("join", Some(Coming::In(account)), now, ids, turn);
        }
        let known = self.builtin.members.get(&account).map(|member| member.state);
        if known.is_none() && self.builtin.members.len() >= ROSTER_MEMBERS_MAX {
            self.turn_into_count(now, turn);
            return self.tend_alone("join", Some(Coming::In(account)), now, ids, turn);
        }
        let (did, change) = match known {
            Some(MemberState::Here) => return,
            Some(MemberState::Lapsed) => ("resume", PresenceChange::Resumed(account)),
            None => ("join", PresenceChange::Joined(account)),
        };
        let member = Some(Member { state: MemberState::Here, role: role.to_owned() });
        self.changed(did, change, member, now, ids, turn);
    }

    /// A session goes: of its own will, or because its connection is gone.
    pub(super) fn depart(
        &mut self,
        session: SessionId,
        willing: bool,
        now: Now,
        ids: &mut dyn Ids,
        turn: &mut Turn,
    ) {
        self.hide(session, turn);
        match self.present.exit(session) {
            Some(Last::Member(account) | Last::InLine(account)) if willing => {
                self.leave(account, now, ids, turn);
            }
            Some(last) => self.lapse(last, now, ids, turn),
            None => {}
        }
    }

    /// Ends a person's stay, whatever they want.
    pub(super) fn expel(
        &mut self,
        account: AccountId,
        code: &'static str,
        now: Now,
        ids: &mut dyn Ids,
        turn: &mut Turn,
    ) {
        for session in self.present.sessions(account) {
            self.hide(session, turn);
            self.present.exit(session);
            self.output(turn, Output::Gone(session, code));
        }
        self.leave(account, now, ids, turn);
    }

    /// Everyone out of the room, or only those who have not signed in.
    pub(super) fn expel_all(
        &mut self,
        is_everyone: bool,
        code: &'static str,
        now: Now,
        ids: &mut dyn Ids,
        turn: &mut Turn,
    ) {
        for session in self.present.visitors() {
            self.present.exit(session);
            self.output(turn, Output::Gone(session, code));
        }
        if !is_everyone {
            return;
        }
        let lapsed: BTreeSet<_> =
            self.builtin.members.iter().map(|(account, _)| *account).collect();
        for account in self.present.everyone().union(&lapsed) {
            self.expel(*account, code, now, ids, turn);
        }
    }

    fn lapse(&mut self, last: Last, now: Now, ids: &mut dyn Ids, turn: &mut Turn) {
        let grace_ends = now.mono.plus_ms(self.limits.grace_ms);
        let account = match last {
            Last::InLine(account) => return self.present.start_grace(account, grace_ends),
            Last::Member(account) => account,
        };
        if self.builtin.is_counted() {
            self.turn_into_roster(now, turn);
            return self.tend_alone("leave", Some(Coming::Out(account)), now, ids, turn);
        }
        let Some(member) = self.builtin.members.get(&account) else { return };
        let member = Some(Member { state: MemberState::Lapsed, role: member.role.clone() });
        self.present.start_grace(account, grace_ends);
        self.changed("lapse", PresenceChange::Lapsed(account), member, now, ids, turn);
    }

    /// A person leaves, or did not come back in time.
    pub(super) fn leave(
        &mut self,
        account: AccountId,
        now: Now,
        ids: &mut dyn Ids,
        turn: &mut Turn,
    ) {
        if self.builtin.is_counted() {
            self.turn_into_roster(now, turn);
        } else if self.builtin.members.get(&account).is_some() {
            return self.changed("leave", PresenceChange::Left(account), None, now, ids, turn);
        } else if !self.is_in_line(account) {
            return;
        }
        self.tend_alone("leave", Some(Coming::Out(account)), now, ids, turn);
    }

    /// Writes a member's row and tells the application, in one entry. A hook that panics is left out of it.
    fn changed(
        &mut self,
        did: &str,
        change: PresenceChange,
        member: Option<Member>,
        now: Now,
        ids: &mut dyn Ids,
        turn: &mut Turn,
    ) {
        let (PresenceChange::Joined(account)
        | PresenceChange::Lapsed(account)
        | PresenceChange::Resumed(account)
        | PresenceChange::Left(account)) = change;
        self.write_member(account, member.clone());
        let told = self.transact(now, ids, |app, tx| {
            app.presence(tx, change);
            maybe_panic(Point::PanicInPresence);
        });
        if told.is_err() {
            self.write_member(account, member.clone());
            self.output(turn, Output::Alarm(format!("the presence hook panicked at {did}")));
        }
        let coming = match change {
            PresenceChange::Joined(account) => Some(Coming::In(account)),
            PresenceChange::Left(account) => Some(Coming::Out(account)),
            PresenceChange::Lapsed(_) | PresenceChange::Resumed(_) => None,
        };
        if coming.is_some() && self.tend(coming, now, ids).is_err() {
            self.write_member(account, member);
            self.output(turn, Output::Alarm(format!("the door panicked at {did}")));
        }
        self.commit(now, Mark::plain(did, Some(account)), turn);
    }

    fn write_member(&mut self, account: AccountId, member: Option<Member>) {
        match member {
            Some(Member { state, role }) => self.put_member(account, state, &role),
            None => drop(self.builtin.members.remove(&account)),
        }
    }

    fn put_member(&mut self, account: AccountId, state: MemberState, role: &str) {
        let audience = self.limits.roster_audience.clone();
        self.builtin.members.put(account, audience, Member { state, role: role.to_owned() });
    }

    /// One member too many: from now on only their number is known.
    fn turn_into_count(&mut self, now: Now, turn: &mut Turn) {
        let members: Vec<AccountId> = self.builtin.members.iter().map(|(id, _)| *id).collect();
        members.iter().for_each(|id| {
            self.builtin.members.remove(id);
        });
        self.builtin.counted.set(true);
        self.commit(now, Mark::plain("count", None), turn);
    }

    /// Few enough again, maybe: from now on each is known.
    fn turn_into_roster(&mut self, now: Now, turn: &mut Turn) {
        if self.present.headcount().here >= ROSTER_MEMBERS_AGAIN {
            return;
        }
        let people: Vec<(AccountId, &'static str)> = self.present.people().collect();
        people.into_iter().for_each(|(id, role)| self.put_member(id, MemberState::Here, role));
        self.builtin.counted.set(false);
        self.commit(now, Mark::plain("roster", None), turn);
    }

    /// After a recovery nobody is here until they are back. Not yet an entry.
    pub(super) fn lapse_everyone(&mut self, now: Now) {
        let until = now.mono.plus_ms(self.limits.grace_ms);
        let members: Vec<(AccountId, Member)> =
            self.builtin.members.iter().map(|(id, member)| (*id, member.clone())).collect();
        for (account, member) in members {
            if member.state == MemberState::Here {
                self.put_member(account, MemberState::Lapsed, &member.role);
            }
            self.present.start_grace(account, until);
        }
        if self.builtin.is_counted() {
            self.builtin.counted.set(false);
        }
        for (account, _) in self.door.iter().flat_map(|door| door.state.line.iter()) {
            self.present.start_grace(*account, until);
        }
    }
}
