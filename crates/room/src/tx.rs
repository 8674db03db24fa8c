//! A transaction: the state to change, the moment it happens at, and what may be asked for.

use crate::door::{DoorState, MODERATOR, OWNER};
use crate::timers::{TimerRows, Timers};
use crate::{AccountId, DerivedRow, Ids, Member, Now, Rows, SessionId, Term, Wall};
use serde::de::DeserializeOwned;

/// One transaction of a room. What is written through it happens as a whole, or not at all.
pub struct Tx<'a, S> {
    /// The application's shapes.
    pub state: &'a mut S,
    pub(crate) now: Now,
    pub(crate) term: Term,
    pub(crate) ids: &'a mut dyn Ids,
    pub(crate) timers: &'a mut Timers,
    pub(crate) timer_rows: &'a mut TimerRows,
    pub(crate) rows: &'a mut Vec<DerivedRow>,
    pub(crate) sums_up: &'a mut bool,
    pub(crate) moves: &'a mut Vec<Move>,
    pub(crate) attached: Option<&'a str>,
    pub(crate) members: &'a Rows<AccountId, Member>,
    /// What the door knows of people; none in a transaction of the door's own.
    pub(crate) door: Option<&'a DoorState>,
}

/// What a transaction does to people's places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Move {
    /// Out of the room, and told why.
    Expel(AccountId, &'static str),
    /// In again, as what they are now.
    Readmit(AccountId, &'static str),
    /// A session out of the room, and told why.
    ExpelSession(SessionId, &'static str),
    /// Everyone in again, as what they are now.
    ReadmitEveryone(&'static str),
    /// Everyone out of the room, visitors too.
    ExpelEveryone(&'static str),
    /// Whoever has not signed in out of the room.
    ExpelVisitors(&'static str),
}

impl<S> Tx<'_, S> {
    /// The wall clock at this transaction.
    pub fn now(&self) -> Wall {
        self.now.wall
    }

    /// 64 random bits; not for secrets.
    pub fn random(&mut self) -> u64 {
        self.ids.random()
    }

    /// A new UUIDv7.
    pub fn uuid(&mut self) -> uuid::Uuid {
        self.ids.uuid(self.now.wall)
    }

    /// Arms a timer that counts milliseconds of the monotonic clock, in place of one of the same key. After
    /// a recovery it runs in full again, so what it guards is never cut short; three times at most, then it goes by the
    /// wall clock.
    pub fn after(&mut self, key: &str, ms: u64) {
        self.timers.after(self.timer_rows, key, ms, self.now, self.term);
    }

    /// Arms a timer for a moment of the wall clock, in place of one of the same key. It may fire late,
    /// but fires once.
    pub fn at(&mut self, key: &str, moment: Wall) {
        self.timers.at(self.timer_rows, key, moment, self.term);
    }

    /// Disarms the timer of this key.
    pub fn cancel(&mut self, key: &str) {
        self.timers.cancel(self.timer_rows, key);
    }

    /// When, by the wall clock as it is now, a timer armed before this transaction is due.
    pub fn due(&self, key: &str) -> Option<Wall> {
        self.timers.in_ms(key, self.now).map(|ms| self.now.wall.plus_ms(ms))
    }

    /// Has the application's [summary](crate::RoomApp::summary) written at the end of this turn.
    pub fn sum_up(&mut self) {
        *self.sums_up = true;
    }

    /// Ends a person's stay: their sessions are told this code, and they leave at once. Whether they may come
    /// back is for [`admit`](crate::RoomApp::admit) to say.
    pub fn expel(&mut self, account: AccountId, code: &'static str) {
        self.moves.push(Move::Expel(account, code));
    }

    /// Lets a person's sessions join again because they may see more or less than when they came.
    pub fn readmit(&mut self, account: AccountId, code: &'static str) {
        self.moves.push(Move::Readmit(account, code));
    }

    /// The same for everyone, visitors too.
    pub fn readmit_everyone(&mut self, code: &'static str) {
        self.moves.push(Move::ReadmitEveryone(code));
    }

    /// Ends everybody's stay.
    pub fn expel_everyone(&mut self, code: &'static str) {
        self.moves.push(Move::ExpelEveryone(code));
    }

    /// Ends the stay of those who have not signed in.
    pub(crate) fn expel_visitors(&mut self, code: &'static str) {
        self.moves.push(Move::ExpelVisitors(code));
    }

    /// Whether somebody is on the roster of members. Nobody is while it is only a count.
    pub fn is_member(&self, account: AccountId) -> bool {
        self.members.get(&account).is_some()
    }

    /// Whether the room's door makes somebody its owner or a moderator; whom the room's parent makes one is
    /// known while they are on the roster. Nobody is where there is no door.
    pub fn is_keeper(&self, account: AccountId) -> bool {
        let Some(door) = self.door else { return false };
        let role = self.members.get(&account).map(|member| member.role.as_str());
        door.makes_keeper(account) || role == Some(OWNER) || role == Some(MODERATOR)
    }

    /// The row of a log that this command [wants](crate::RoomApp::wants), as it is stored; none if it is in
    /// the log's tail, or if there is none.
    pub fn attached<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(self.attached?).ok()
    }

    /// Writes a derived row with this entry.
    pub fn derive(&mut self, row: DerivedRow) {
        self.rows.push(row);
    }
}
