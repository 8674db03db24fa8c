//! Who is in a room: a person, however many connections. Up to 200 members are a roster, journaled like
//! any other rows; above that only a count, which is nobody's state.

use crate::{
    AccountId, Audience, Cell, LiveValue, Mono, Now, Replica, Rows, SessionId, Synced,
    timers::TimerRows,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A roster has at most so many members; the next one turns it into a count.
pub const ROSTER_MEMBERS_MAX: usize = 200;
/// A count below this turns into a roster again.
pub const ROSTER_MEMBERS_AGAIN: usize = 100;

/// Whether a member's connections are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MemberState {
    /// At least one connection is.
    Here,
    /// None is; grace runs.
    Lapsed,
}

/// A row of the `members` shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Whether their connections are there.
    pub state: MemberState,
    /// The role in which the application admitted them.
    pub role: String,
}

crate::synced! {
    /// The shapes that every room has.
    pub(crate) struct Builtin {
        pub(crate) members: Rows<AccountId, Member>,
        pub(crate) counted: Cell<bool>,
        pub(crate) timers: TimerRows,
    }
}

impl Builtin {
    pub(crate) fn new() -> Self {
        let counted = Cell::for_audience(Audience::Nobody);
        Builtin { members: Rows::default(), counted, timers: Rows::default() }
    }

    pub(crate) fn is_counted(&self) -> bool {
        self.counted.get().copied().unwrap_or(false)
    }
}

/// Whether a shape of this name is one that every room has.
pub(crate) fn is_of_members(shape: &str) -> bool {
    Builtin::new().shape_mut(shape).is_some()
}

/// Who is in a room that one has a copy of, as far as one may know.
pub fn roster(copy: &Replica) -> BTreeMap<AccountId, Member> {
    let row = |(key, value): (&str, &serde_json::Value)| {
        let account = AccountId(key.parse().ok()?);
        Some((account, Member::deserialize(value).ok()?))
    };
    copy.rows("members").filter_map(row).collect()
}

/// A session in a room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) account: Option<AccountId>,
    pub(crate) role: &'static str,
    pub(crate) groups: Vec<Arc<str>>,
    /// In line before the room, so not a member.
    pub(crate) is_in_line: bool,
}

/// Whose last connection is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Last {
    /// A member's.
    Member(AccountId),
    /// Somebody's who was in line.
    InLine(AccountId),
}

impl Last {
    fn account(self) -> AccountId {
        match self {
            Last::Member(account) | Last::InLine(account) => account,
        }
    }
}

/// Who is in a room, as its door sees it.
#[derive(Clone, Copy)]
pub(crate) struct Inside<'a> {
    members: &'a Rows<AccountId, Member>,
    present: &'a Present,
    is_counted: bool,
}

impl<'a> Inside<'a> {
    pub(crate) fn new(
        members: &'a Rows<AccountId, Member>,
        counted: &Cell<bool>,
        present: &'a Present,
    ) -> Self {
        Inside { members, present, is_counted: counted.get().copied().unwrap_or(false) }
    }

    /// How many people: here, or gone so shortly that they may come back.
    pub(crate) fn count(&self) -> usize {
        if self.is_counted { self.present.headcount().here } else { self.members.len() }
    }

    pub(crate) fn has(&self, account: AccountId) -> bool {
        self.members.get(&account).is_some() || self.present.by_account.contains_key(&account)
    }

    pub(crate) fn is_counted(&self) -> bool {
        self.is_counted
    }

    pub(crate) fn accounts(&self) -> impl Iterator<Item = AccountId> + use<'a> {
        let is_counted = self.is_counted;
        let here = self.present.by_account.keys().filter(move |_| is_counted);
        self.members.iter().map(|(account, _)| account).chain(here).copied()
    }
}

/// What of presence is true of this process alone.
#[derive(Debug, Default)]
pub(crate) struct Present {
    sessions: BTreeMap<SessionId, Seat>,
    by_account: BTreeMap<AccountId, BTreeSet<SessionId>>,
    /// Those who are not members yet.
    in_line: BTreeMap<AccountId, BTreeSet<SessionId>>,
    /// What sessions show.
    shown: BTreeMap<(SessionId, Arc<str>), (AccountId, Arc<str>)>,
    grace: BTreeMap<AccountId, Mono>,
}

/// How many are in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Headcount {
    /// People signed in and connected.
    pub here: usize,
    /// Sessions, visitors' too.
    pub watching: usize,
}

impl Present {
    pub(crate) fn headcount(&self) -> Headcount {
        Headcount { here: self.by_account.len(), watching: self.sessions.len() }
    }

    /// As what a session is here.
    pub(crate) fn seat(&self, session: SessionId) -> Option<&Seat> {
        self.sessions.get(&session)
    }

    pub(crate) fn people(&self) -> impl Iterator<Item = (AccountId, &'static str)> {
        self.by_account.iter().filter_map(|(account, sessions)| {
            let session = self.sessions.get(sessions.first()?)?;
            Some((*account, session.role))
        })
    }

    /// Takes a session in, in place of what it was. Answers the person whom the session belonged to,
    /// if that was their last and they are another now.
    pub(crate) fn enter(&mut self, session: SessionId, seat: Seat) -> Option<Last> {
        let account = seat.account;
        let left = self.exit(session).filter(|left| Some(left.account()) != account);
        if let Some(account) = account {
            self.list(&seat).entry(account).or_default().insert(session);
            self.grace.remove(&account);
        }
        self.sessions.insert(session, seat);
        left
    }

    fn list(&mut self, seat: &Seat) -> &mut BTreeMap<AccountId, BTreeSet<SessionId>> {
        if seat.is_in_line { &mut self.in_line } else { &mut self.by_account }
    }

    /// Lets a session go. Answers the person, if it was their last.
    pub(crate) fn exit(&mut self, session: SessionId) -> Option<Last> {
        let seat = self.sessions.remove(&session)?;
        let account = seat.account?;
        let list = self.list(&seat);
        let sessions = list.get_mut(&account)?;
        sessions.remove(&session);
        if !sessions.is_empty() {
            return None;
        }
        list.remove(&account);
        Some(if seat.is_in_line { Last::InLine(account) } else { Last::Member(account) })
    }

    /// The sessions of a person.
    pub(crate) fn sessions(&self, account: AccountId) -> Vec<SessionId> {
        let lists = [&self.by_account, &self.in_line];
        lists.iter().filter_map(|list| list.get(&account)).flatten().copied().collect()
    }

    /// Everyone who has a session here, in line too.
    pub(crate) fn everyone(&self) -> BTreeSet<AccountId> {
        self.by_account.keys().chain(self.in_line.keys()).copied().collect()
    }

    /// All sessions.
    pub(crate) fn all_sessions(&self) -> Vec<SessionId> {
        self.sessions.keys().copied().collect()
    }

    /// The sessions of those who have not signed in.
    pub(crate) fn visitors(&self) -> Vec<SessionId> {
        let visitors = self.sessions.iter().filter(|(_, seat)| seat.account.is_none());
        visitors.map(|(session, _)| *session).collect()
    }

    /// Keeps what a session shows. False if it showed that already.
    pub(crate) fn show(
        &mut self,
        session: SessionId,
        account: AccountId,
        shape: Arc<str>,
        value: Option<Arc<str>>,
    ) -> bool {
        let key = (session, shape);
        let shown = value.map(|value| (account, value));
        if self.shown.get(&key) == shown.as_ref() {
            return false;
        }
        match shown {
            Some(shown) => self.shown.insert(key, shown),
            None => self.shown.remove(&key),
        };
        true
    }

    /// Forgets what a session shows. Answers what that was, and of whom.
    pub(crate) fn hide(&mut self, session: SessionId) -> Vec<(Arc<str>, AccountId)> {
        let all = (session, Arc::from(""))..;
        let own = self.shown.range(all).take_while(|((of, _), _)| *of == session);
        let own: Vec<_> = own.map(|((_, shape), (account, _))| (shape.clone(), *account)).collect();
        for (shape, _) in &own {
            self.shown.remove(&(session, shape.clone()));
        }
        own
    }

    /// What everyone shows.
    pub(crate) fn all_shown(&self) -> Vec<LiveValue> {
        let value =
            |((session, shape), (account, value)): (&(SessionId, Arc<str>), &(_, Arc<str>))| {
                let (shape, value) = (shape.clone(), Some(value.clone()));
                LiveValue { shape, account: *account, session: *session, value }
            };
        self.shown.iter().map(value).collect()
    }

    pub(crate) fn start_grace(&mut self, account: AccountId, until: Mono) {
        self.grace.insert(account, until);
    }

    /// One person whose grace has ended.
    pub(crate) fn take_overdue(&mut self, now: Mono) -> Option<AccountId> {
        let (account, _) = self.grace.iter().find(|(_, until)| **until <= now)?;
        let account = *account;
        self.grace.remove(&account);
        Some(account)
    }

    pub(crate) fn next_in_ms(&self, now: Now) -> Option<u64> {
        self.grace.values().min().map(|until| now.mono.until_ms(*until))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.sessions.is_empty() && self.grace.is_empty()
    }
}
