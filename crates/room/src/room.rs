//! A room: one application's state, decided one input at a time. It changes its memory at once; what
//! it lets out waits, elsewhere, until the entries are durable.

mod commands;
mod door;
mod live;
mod presence;
mod recover;
mod snapshot;

pub use live::LIVE_BYTES_MAX;
pub use recover::{Recovery, RoomError};

use crate::buggify::{self, Point};
use crate::door::{Door, INSIDE};
use crate::entry::{Deed, encode};
use crate::members::{Builtin, Present, Seat};
use crate::outcomes::Outcomes;
use crate::planted::{self, Bug};
use crate::recent::Recent;
use crate::shape::Synced;
use crate::timers::Timers;
use crate::tx::Move;
use crate::{
    AccountId, Audience, CommandId, DerivedRow, Entry, Epoch, Fragment, Headcount, Ids, Input,
    Joined, Limits, Now, Output, Principal, Published, Recorder, Refusal, RoomApp, Seq, SessionId,
    Term, Turn, Tx,
};
use live::Show;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A room of one application, with one writer: whoever owns this value.
pub struct Room<A: RoomApp> {
    app: A,
    limits: Limits,
    state: A::State,
    builtin: Builtin,
    door: Option<Door>,
    timers: Timers,
    present: Present,
    outcomes: Outcomes,
    recent: Recent,
    epoch: Epoch,
    term: Term,
    seq: Seq,
    /// Each audience's last seq, for the `prev` of its next fragment.
    heads: BTreeMap<Audience, Seq>,
    /// The public part, as encoded for a seq.
    public_part: Option<(Seq, Arc<str>)>,
    /// Derived rows of the transaction that is going on.
    rows: Vec<DerivedRow>,
    /// Whether the summary is to be written at the end of the turn.
    sums_up: bool,
    /// What the transactions of this input do to people's places.
    moves: Vec<Move>,
    weight: snapshot::Weight,
}

/// Rooms of all applications behind one bytes-only face.
pub trait AnyRoom: Send {
    /// The first turn after recovery: opens a new room, or begins the new term of an old one.
    fn start(&mut self, now: Now, ids: &mut dyn Ids, turn: &mut Turn) -> Result<(), Refusal>;
    /// Handles one input.
    fn step(&mut self, now: Now, ids: &mut dyn Ids, input: Input, turn: &mut Turn);
    /// What a join would be answered. Nobody enters by it.
    fn look(&mut self, who: Principal, have: Option<(Epoch, Seq)>) -> Result<Joined, Refusal>;
    /// Ends a turn: what sums up its entries is written with the last of them.
    fn finish(&mut self, turn: &mut Turn);
    /// The application's name.
    fn app(&self) -> &'static str;
    /// Identity of the history.
    fn epoch(&self) -> Epoch;
    /// The term.
    fn term(&self) -> Term;
    /// The last decided entry.
    fn seq(&self) -> Seq;
    /// Milliseconds until something is due by itself.
    fn next_in_ms(&self, now: Now) -> Option<u64>;
    /// How many are here.
    fn headcount(&self) -> Headcount;
    /// Who is here, if there is a door and everyone inside may know it; none while they are only counted.
    fn people(&self) -> Option<Vec<AccountId>>;
    /// The state at `seq`, encoded, if so much has happened since the last that it is worth it.
    fn snapshot_if_worth(&mut self) -> Option<Arc<[u8]>>;
    /// The state at `seq`, encoded.
    fn snapshot(&mut self) -> Arc<[u8]>;
    /// What this audience may see, as a part (R8).
    fn part(&self, audience: &Audience) -> String;
    /// How long the room may be idle before it sleeps; `None` while it must not.
    fn sleeps_after_ms(&self) -> Option<u64>;
    /// When a sleeping room must be woken, in milliseconds since 1970.
    fn wake_at(&self) -> Option<i64>;
    /// Every derived row that the state implies.
    fn derived(&self) -> Vec<DerivedRow>;
    /// Whether an account has to do with what the staff sees here.
    fn involves(&self, account: AccountId) -> bool;
    /// Whether a session may know an account's name.
    fn knows(&self, session: SessionId, account: AccountId) -> bool;
    /// The audiences of a session here.
    fn audiences(&self, session: SessionId) -> Vec<Audience>;
    /// The row of a log that a command wants to be read for it.
    fn wants(&self, name: &str, body: &str) -> Option<(&'static str, u64)>;
    /// In which role somebody may be here, whether or not there is room for them now.
    fn admits(&self, who: Principal) -> Result<&'static str, Refusal>;
    /// In which role somebody would be here now, and what they would see.
    fn sees(&self, who: Principal) -> Result<(&'static str, Vec<Audience>), Refusal>;
    /// Checks the application's invariants.
    fn check(&self) -> Result<(), String>;
}

/// What a transaction is put down as.
struct Mark<'a> {
    did: &'a str,
    by: Option<AccountId>,
    command: Option<(CommandId, u64)>,
    reply: Option<&'a str>,
}

impl<'a> Mark<'a> {
    fn plain(did: &'a str, by: Option<AccountId>) -> Self {
        Mark { did, by, command: None, reply: None }
    }
}

/// A transaction's handler panicked; everything it wrote is taken back.
struct Panicked;

impl<A: RoomApp> Room<A> {
    /// Runs a handler on a transaction. Nothing is recorded yet; a panic takes everything back.
    fn transact<T>(
        &mut self,
        now: Now,
        ids: &mut dyn Ids,
        handler: impl FnOnce(&A, &mut Tx<'_, A::State>) -> T,
    ) -> Result<T, Panicked> {
        self.transact_with(None, now, ids, handler)
    }

    /// The same with a row that is attached to the command.
    fn transact_with<T>(
        &mut self,
        attached: Option<&str>,
        now: Now,
        ids: &mut dyn Ids,
        handler: impl FnOnce(&A, &mut Tx<'_, A::State>) -> T,
    ) -> Result<T, Panicked> {
        let mut tx = Tx {
            state: &mut self.state,
            now,
            term: self.term,
            ids,
            timers: &mut self.timers,
            timer_rows: &mut self.builtin.timers,
            rows: &mut self.rows,
            sums_up: &mut self.sums_up,
            moves: &mut self.moves,
            attached,
            members: &self.builtin.members,
            door: self.door.as_ref().map(|door| &door.state),
        };
        let app = &self.app;
        let result = catch_unwind(AssertUnwindSafe(|| handler(app, &mut tx)));
        result.map_err(|_| {
            if !planted::on(Bug::PanicKeepsHalf) {
                self.rollback();
            }
            Panicked
        })
    }

    fn rollback(&mut self) {
        self.state.each_mut(&mut |_, shape| shape.rollback());
        self.builtin.each_mut(&mut |_, shape| shape.rollback());
        if let Some(door) = &mut self.door {
            door.state.each_mut(&mut |_, shape| shape.rollback());
        }
        self.timers.rollback();
        self.rows.clear();
        self.moves.clear();
    }

    /// Turns what was written into the next entry. Without ops and without a command there is none.
    fn commit(&mut self, now: Now, mark: Mark<'_>, turn: &mut Turn) -> Seq {
        let mut recorder = Recorder::default();
        self.state.each_mut(&mut |name, shape| shape.drain(name, &mut recorder));
        self.builtin.each_mut(&mut |name, shape| shape.drain(name, &mut recorder));
        if let Some(door) = &mut self.door {
            door.state.each_mut(&mut |name, shape| shape.drain(name, &mut recorder));
        }
        self.timers.commit(&self.builtin.timers, now, self.term);
        let rows = std::mem::take(&mut self.rows);
        if recorder.is_empty() && mark.command.is_none() && rows.is_empty() {
            return self.seq;
        }
        self.seq += 1;
        let recorded = recorder.finish();
        let groups: Vec<(Audience, Seq, String)> = recorded
            .ops
            .into_iter()
            .map(|(audience, ops)| {
                let prev = self.heads.insert(audience.clone(), self.seq).unwrap_or(0);
                (audience, prev, ops)
            })
            .collect();
        let deed = Deed { at: now.wall, did: mark.did, by: mark.by, reply: mark.reply };
        let body = encode(deed, &groups);
        self.weight.add(body.len());
        let fragments = groups
            .into_iter()
            .filter(|(audience, ..)| *audience != Audience::Nobody)
            .map(|(audience, prev, ops)| Fragment {
                audience,
                prev,
                seq: self.seq,
                ops: ops.into(),
            })
            .collect();
        let published = Arc::new(Published { seq: self.seq, fragments });
        self.recent.push(published.clone());
        let (seq, command, logged) = (self.seq, mark.command, recorded.logged);
        turn.entries.push(Entry { seq, command, body, rows, logged });
        turn.outputs.push((self.seq, Output::Publish(published)));
        self.seq
    }

    /// What a recovery changes whatever the application. Not yet an entry.
    fn begin_term(&mut self, now: Now) {
        self.lapse_everyone(now);
        Timers::restate_deadlines(&mut self.builtin.timers, now, self.term);
    }

    /// Lets people out, or in again, as the transactions of this input want it.
    fn make_moves(&mut self, now: Now, ids: &mut dyn Ids, turn: &mut Turn) {
        while !self.moves.is_empty() {
            for made in std::mem::take(&mut self.moves) {
                match made {
                    Move::Expel(account, code) => self.expel(account, code, now, ids, turn),
                    Move::Readmit(account, code) => {
                        for session in self.present.sessions(account) {
                            self.output(turn, Output::Rejoin(session, code));
                        }
                    }
                    Move::ReadmitEveryone(code) => {
                        for session in self.present.all_sessions() {
                            self.output(turn, Output::Rejoin(session, code));
                        }
                    }
                    Move::ExpelSession(session, code) => {
                        self.depart(session, true, now, ids, turn);
                        self.output(turn, Output::Gone(session, code));
                    }
                    Move::ExpelEveryone(code) => self.expel_all(true, code, now, ids, turn),
                    Move::ExpelVisitors(code) => self.expel_all(false, code, now, ids, turn),
                }
            }
        }
    }

    fn output(&self, turn: &mut Turn, output: Output) {
        turn.outputs.push((self.seq, output));
    }

    fn wake(&mut self, now: Now, ids: &mut dyn Ids, turn: &mut Turn) {
        for key in self.timers.due_now(now) {
            if self.timers.take_if_due(&key, now) {
                self.fire(&key, now, ids, turn);
            }
        }
        while let Some(account) = self.present.take_overdue(now.mono) {
            self.leave(account, now, ids, turn);
        }
        self.outcomes.sweep(now.mono);
    }

    fn fire(&mut self, key: &str, now: Now, ids: &mut dyn Ids, turn: &mut Turn) {
        buggify::spare(self.timers.has_failed(key));
        let done = self.door_timer(key, now, ids).unwrap_or_else(|| {
            self.transact(now, ids, |app, tx| {
                tx.cancel(key);
                app.timer(tx, key);
                buggify::maybe_panic(Point::PanicInTimer);
            })
        });
        buggify::spare(false);
        if done.is_ok() {
            self.commit(now, Mark::plain(&format!("timer {key}"), None), turn);
        } else if self.timers.failed(&self.builtin.timers, key, now) {
            let text = format!("the timer {key:?} panicked three times and is set aside");
            self.output(turn, Output::Alarm(text));
        }
    }
}

/// The audiences of somebody in a place. Who is in line sees nothing of the room but that.
fn audiences(seat: &Seat) -> Vec<Audience> {
    let planted = u64::from(planted::on(Bug::AudienceLeak));
    let mut audiences = Vec::from_iter((!seat.is_in_line).then_some(Audience::All));
    audiences.push(Audience::role(seat.role));
    audiences.extend(seat.account.map(|id| Audience::Member(AccountId(id.0 + planted))));
    audiences.extend(seat.groups.iter().cloned().map(Audience::Group));
    audiences
}

impl<A: RoomApp> AnyRoom for Room<A> {
    fn start(&mut self, now: Now, ids: &mut dyn Ids, turn: &mut Turn) -> Result<(), Refusal> {
        if self.seq == 0 {
            let opened = self.transact(now, ids, |app, tx| app.open(tx));
            match opened {
                Ok(Ok(())) => {}
                Ok(Err(refusal)) => {
                    self.rollback();
                    return Err(refusal);
                }
                Err(Panicked) => {
                    return Err(Refusal::new("internal", "The room cannot be opened."));
                }
            }
            if self.open_door(now, ids).is_err() {
                return Err(Refusal::new("internal", "The room cannot be opened."));
            }
            self.commit(now, Mark::plain("open", None), turn);
            return Ok(());
        }
        self.begin_term(now);
        let recovered = self.transact(now, ids, |app, tx| app.recovered(tx));
        if recovered.is_err() {
            self.begin_term(now);
            self.output(turn, Output::Alarm("the application's recovery panicked".into()));
        }
        if self.tend(None, now, ids).is_err() {
            self.begin_term(now);
            self.output(turn, Output::Alarm("the door's recovery panicked".into()));
        }
        self.commit(now, Mark::plain("recover", None), turn);
        Ok(())
    }

    fn step(&mut self, now: Now, ids: &mut dyn Ids, input: Input, turn: &mut Turn) {
        match input {
            Input::Join { ticket, session, who, have } => {
                let joined = self.join(session, who, have, now, ids, turn);
                self.output(turn, Output::Joined(ticket, joined));
            }
            Input::Leave { session } => self.depart(session, true, now, ids, turn),
            Input::Lost { session } => self.depart(session, false, now, ids, turn),
            Input::Command(command) => self.command(command, now, ids, turn),
            Input::Live { session, who, shape, value } => {
                self.show(Show { session, who, shape, value }, turn);
            }
            Input::Wake => self.wake(now, ids, turn),
        }
        self.make_moves(now, ids, turn);
    }

    fn look(&mut self, who: Principal, have: Option<(Epoch, Seq)>) -> Result<Joined, Refusal> {
        let seat = self.seat_for(who)?;
        Ok(self.shown(&seat, have))
    }

    fn finish(&mut self, turn: &mut Turn) {
        if let Some(last) = turn.entries.last_mut().filter(|_| self.sums_up) {
            last.rows.extend(self.app.summary(&self.state));
            self.sums_up = false;
        }
    }

    fn app(&self) -> &'static str {
        A::NAME
    }

    fn epoch(&self) -> Epoch {
        self.epoch
    }

    fn term(&self) -> Term {
        self.term
    }

    fn seq(&self) -> Seq {
        self.seq
    }

    fn next_in_ms(&self, now: Now) -> Option<u64> {
        [self.timers.next_in_ms(now), self.present.next_in_ms(now)].into_iter().flatten().min()
    }

    fn headcount(&self) -> Headcount {
        self.present.headcount()
    }

    fn people(&self) -> Option<Vec<AccountId>> {
        let is_known = self.door.is_some() && !self.builtin.is_counted();
        let is_known = is_known && self.limits.roster_audience == Audience::Group(INSIDE.into());
        is_known.then(|| self.present.people().map(|(account, _)| account).collect())
    }

    fn snapshot_if_worth(&mut self) -> Option<Arc<[u8]>> {
        let is_due = self.weight.is_due() || buggify::buggify(Point::EarlySnapshot);
        is_due.then(|| self.snapshot())
    }

    fn snapshot(&mut self) -> Arc<[u8]> {
        self.store()
    }

    fn part(&self, audience: &Audience) -> String {
        self.view(audience)
    }

    fn sleeps_after_ms(&self) -> Option<u64> {
        let idle = self.present.is_empty() && !self.timers.keep_awake();
        idle.then_some(self.limits.sleep_after_ms)
    }

    fn wake_at(&self) -> Option<i64> {
        self.timers.wake_at().map(|wall| wall.0)
    }

    fn derived(&self) -> Vec<DerivedRow> {
        let mut rows = self.app.derived(&self.state);
        rows.extend(self.door.iter().flat_map(|door| door.derived(A::NAME)));
        rows
    }

    fn involves(&self, account: AccountId) -> bool {
        self.app.involves(&self.state, account)
    }

    fn knows(&self, session: SessionId, account: AccountId) -> bool {
        let Some(seat) = self.present.seat(session) else { return false };
        let sees_members = self.audiences(session).contains(&self.limits.roster_audience);
        seat.account == Some(account)
            || sees_members && self.builtin.members.get(&account).is_some()
            || self.door.as_ref().is_some_and(|door| door.mentions(&seat.groups, account))
            || self.app.mentions(&self.state, seat.role, account)
    }

    fn audiences(&self, session: SessionId) -> Vec<Audience> {
        let Some(seat) = self.present.seat(session) else { return Vec::new() };
        audiences(seat)
    }

    fn wants(&self, name: &str, body: &str) -> Option<(&'static str, u64)> {
        self.app.wants(&self.state, name, body)
    }

    fn admits(&self, who: Principal) -> Result<&'static str, Refusal> {
        self.admitted(who)
    }

    fn sees(&self, who: Principal) -> Result<(&'static str, Vec<Audience>), Refusal> {
        let seat = self.seat_for(who)?;
        Ok((seat.role, audiences(&seat)))
    }

    fn check(&self) -> Result<(), String> {
        self.door.as_ref().map_or(Ok(()), Door::check)?;
        self.app.check(&self.state)
    }
}
