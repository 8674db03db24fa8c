//! The shapes of a room with a door, and the rows that are listed of them. It decides nothing.

use super::config::{DoorConfig, MAXIMUM_MAX, Visibility};
use super::{DoorTx, MEMBER, MODERATOR};
use crate::{AccountId, Cell, Column, DerivedRow, Log, Rows, Value, Wall, synced};
use serde::{Deserialize, Serialize};

/// Where a room is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// Too few people are here; the application takes no commands.
    Waiting,
    /// It goes on.
    Open,
    /// It will be closed at a known moment.
    Closing,
    /// It is over, for good.
    Closed,
}

/// The cell that everyone in the room sees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Facts {
    pub(crate) title: String,
    pub(crate) visibility: Visibility,
    pub(crate) minimum: u32,
    pub(crate) maximum: Option<u32>,
    pub(crate) locked: bool,
    pub(crate) keeps_comings: bool,
    pub(crate) phase: Phase,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) closes_at: Option<Wall>,
    pub(crate) owner: AccountId,
}

impl Facts {
    /// How many people fit.
    pub(crate) fn places(&self) -> usize {
        self.maximum.unwrap_or(MAXIMUM_MAX) as usize
    }
}

/// What is known of a person beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Guest {
    pub(crate) role: GuestRole,
}

/// As what a person is known beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GuestRole {
    Moderator,
    Member,
    Banned,
}

/// A link that invites whoever has its token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Link {
    pub(crate) until: Wall,
    /// How many people it still lets in.
    pub(crate) uses: u32,
    pub(crate) by: AccountId,
}

/// A place in the line, shown to its person alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// From 1; 0 for those whose turn it is.
    pub(crate) place: u32,
    /// Whose turn it is may come until then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) until: Option<Wall>,
}

/// Something that happened to the room as such.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Notice {
    pub(crate) at: Wall,
    pub(crate) kind: NoticeKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<AccountId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum NoticeKind {
    Started,
    Waiting,
    Closing,
    Closed,
    Renamed,
    Locked,
    Unlocked,
    Joined,
    Left,
}

synced! {
    /// The shapes of a room with a door.
    pub(crate) struct DoorState {
        pub(crate) door: Cell<Facts>,
        pub(crate) guests: Rows<AccountId, Guest>,
        pub(crate) links: Rows<String, Link>,
        /// Who came by which link, so that each person uses it once.
        pub(crate) redeemed: Rows<(String, AccountId), bool>,
        pub(crate) line: Rows<AccountId, Place>,
        pub(crate) notices: Log<Notice>,
    }
}

impl DoorState {
    pub(crate) fn new() -> DoorState {
        DoorState {
            door: Cell::default(),
            guests: Rows::default(),
            links: Rows::default(),
            redeemed: Rows::default(),
            line: Rows::default(),
            notices: Log::default(),
        }
    }

    pub(crate) fn facts(&self) -> Option<&Facts> {
        self.door.get()
    }

    /// Whether somebody is the owner or a moderator, here or not.
    pub(crate) fn makes_keeper(&self, account: AccountId) -> bool {
        let role = self.guests.get(&account).map(|guest| guest.role);
        role == Some(GuestRole::Moderator) || self.facts().is_some_and(|f| f.owner == account)
    }
}

impl DoorConfig {
    /// Changes the facts that everyone sees, and what is listed of them.
    pub(super) fn set_facts(&self, tx: &mut DoorTx<'_>, app: &'static str, facts: Facts) {
        tx.derive(self.listing(app, &facts));
        tx.state.door.set(facts);
    }

    pub(super) fn note(tx: &mut DoorTx<'_>, kind: NoticeKind, account: Option<AccountId>) {
        let at = tx.now();
        tx.state.notices.push(Notice { at, kind, account });
    }

    pub(super) fn listing(&self, app: &'static str, facts: &Facts) -> DerivedRow {
        let number = |number: u32| Value::Int(i64::from(number));
        let long = |number: u64| Value::Int(i64::try_from(number).unwrap_or(i64::MAX));
        let set: Vec<Column> = vec![
            ("app", app.into()),
            ("title", facts.title.clone().into()),
            ("visibility", facts.visibility.as_str().into()),
            ("owner", long(facts.owner.0)),
            ("event", self.event.map_or(Value::Null, long)),
            ("minimum", number(facts.minimum)),
            ("maximum", facts.maximum.map_or(Value::Null, number)),
            ("locked", i64::from(facts.locked).into()),
            ("phase", facts.phase.as_str().into()),
        ];
        DerivedRow {
            table: "listings",
            key: vec![("path", self.path.clone().into())],
            set: Some(set),
        }
    }

    pub(super) fn listed_guest(&self, account: AccountId, role: Option<GuestRole>) -> DerivedRow {
        let id = i64::try_from(account.0).unwrap_or(i64::MAX);
        let key = vec![("path", self.path.clone().into()), ("account", id.into())];
        let set = role.map(|role| vec![("role", role.as_str().into())]);
        DerivedRow { table: "listing_guests", key, set }
    }
}

impl Phase {
    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Phase::Waiting => "waiting",
            Phase::Open => "open",
            Phase::Closing => "closing",
            Phase::Closed => "closed",
        }
    }
}

impl GuestRole {
    fn as_str(self) -> &'static str {
        match self {
            GuestRole::Moderator => MODERATOR,
            GuestRole::Member => MEMBER,
            GuestRole::Banned => "banned",
        }
    }
}
