//! A room's door: who may know of the room, who may come in, and when it starts and ends. The framework keeps
//! it for every application alike; it never looks into the application's state.

mod commands;
mod config;
mod guests;
mod hours;
mod line;
mod links;
mod seen;
mod state;

pub use commands::DOOR_COMMANDS;
pub use config::{
    CLOSING_MS_MAX, DoorConfig, GUESTS_MAX, LINE_MAX, LINK_MS_MAX, LINK_USES_MAX, LINKS_MAX,
    MAXIMUM_MAX, MINIMUM_MAX, NOBODY, TITLE_CHARS_MAX, TURN_MS, Visibility, config, open_to_all,
    parent_of,
};

pub(crate) use commands::{DoorCommand, read};
pub(crate) use config::door_of;
pub(crate) use hours::Coming;

pub(crate) use seen::is_of_door;
pub use seen::{Doorway, doorway, starts};
pub(crate) use state::DoorState;
pub use state::Phase;
use state::{Facts, Guest, GuestRole, Link, NoticeKind, Place};

use crate::members::Inside;
use crate::planted::{self, Bug};
use crate::{AccountId, Audience, DerivedRow, Principal, Refusal, Standing, Tx};
use std::sync::Arc;

/// Names of door commands begin with this; no application's do.
pub(crate) const COMMANDS_PREFIX: &str = "room.";
/// Keys of the door's timers begin with this; no application's do.
pub(crate) const TIMERS_PREFIX: &str = "room.";
/// Who is in the room as a person, not looking in and not in line.
pub(crate) const INSIDE: &str = "room.inside";
/// Owners and moderators.
pub(crate) const KEEPERS: &str = "room.keepers";

/// The roles that a door gives.
pub const OWNER: &str = "owner";
/// Keeps order.
pub const MODERATOR: &str = "moderator";
/// Takes part.
pub const MEMBER: &str = "member";
/// Has not signed in, and looks.
pub const VISITOR: &str = "visitor";
/// In line before a full room.
pub const WAITING: &str = "waiting";
/// A role of a room's parent that makes a moderator here, as `moderator` itself does.
const STAFF: &str = "staff";

pub(crate) type DoorTx<'a> = Tx<'a, DoorState>;

/// The door of one room.
pub(crate) struct Door {
    pub(crate) rules: DoorConfig,
    pub(crate) state: DoorState,
}

/// What somebody may do about coming in, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Come in.
    In,
    /// Wait in line.
    Line,
}

impl Door {
    pub(crate) fn new(rules: DoorConfig) -> Door {
        Door { rules, state: DoorState::new() }
    }

    /// As what somebody is known here, whether or not they can come in now.
    pub(crate) fn role(&self, who: &Principal) -> Result<&'static str, Refusal> {
        if self.rules.parent.is_some() && who.parent.is_none() {
            return Err(no_such_room());
        }
        let facts = self.state.facts().ok_or_else(no_such_room)?;
        let guest = who.account.and_then(|account| self.state.guests.get(&account));
        let is_private = facts.visibility == Visibility::Private;
        let role = match (who.account, guest.map(|guest| guest.role)) {
            (Some(account), _) if account == facts.owner || who.standing == Standing::Admin => {
                OWNER
            }
            (Some(_), Some(GuestRole::Banned)) if !planted::on(Bug::BannedLetIn) => {
                return Err(if is_private { no_such_room() } else { banned() });
            }
            (Some(_), Some(GuestRole::Moderator)) => MODERATOR,
            (Some(_), _) if matches!(who.parent, Some(STAFF | MODERATOR)) => MODERATOR,
            (Some(_), Some(_)) => MEMBER,
            _ if is_private && !planted::on(Bug::UninvitedLetIn) => return Err(no_such_room()),
            (Some(_), None) => MEMBER,
            (None, _) if facts.visibility == Visibility::Unlisted => return Err(sign_in_first()),
            (None, _) => VISITOR,
        };
        match facts.phase {
            Phase::Closed => Err(closed()),
            _ => Ok(role),
        }
    }

    /// Whether somebody of this role can come in now.
    pub(crate) fn way(
        &self,
        role: &str,
        account: Option<AccountId>,
        inside: Inside<'_>,
    ) -> Result<Way, Refusal> {
        let facts = self.state.facts().ok_or_else(no_such_room)?;
        let Some(account) = account.filter(|_| role != OWNER && role != MODERATOR) else {
            let is_shut = role == VISITOR && facts.locked;
            return if is_shut { Err(locked()) } else { Ok(Way::In) };
        };
        if inside.has(account) {
            return Ok(Way::In);
        }
        if facts.locked && self.state.guests.get(&account).is_none() {
            return Err(locked());
        }
        match self.state.line.get(&account) {
            Some(place) if place.until.is_some() => return Ok(Way::In),
            Some(_) => return Ok(Way::Line),
            None => {}
        }
        // Whoever is in line comes first.
        let taken = inside.count() + self.state.line.len();
        if taken < facts.places() || planted::on(Bug::MaximumIgnored) {
            return Ok(Way::In);
        }
        let details = serde_json::json!({
            "maximum": facts.places(), "here": inside.count(), "inLine": self.state.line.len(),
        });
        Err(Refusal::new("room_full", "The room is full. You can wait in line.").details(details))
    }

    /// The groups of those in a role, beside the application's.
    pub(crate) fn groups(role: &str) -> Vec<Arc<str>> {
        match role {
            OWNER | MODERATOR => vec![INSIDE.into(), KEEPERS.into()],
            MEMBER => vec![INSIDE.into()],
            _ => Vec::new(),
        }
    }

    /// Refuses the application's commands until the room has started.
    pub(crate) fn must_have_started(&self, inside: Inside<'_>) -> Result<(), Refusal> {
        let Some(facts) = self.state.facts().filter(|facts| facts.phase == Phase::Waiting) else {
            return Ok(());
        };
        let missing = (facts.minimum as usize).saturating_sub(inside.count());
        let details = serde_json::json!({ "missing": missing, "minimum": facts.minimum });
        let text = format!("The room starts when {missing} more are here.");
        Err(Refusal::new("not_started", text).details(details))
    }

    /// Whether those inside may know an account's name, members aside.
    pub(crate) fn mentions(&self, groups: &[Arc<str>], account: AccountId) -> bool {
        let is_in = |group: &str| groups.iter().any(|own| &**own == group);
        let is_owner = self.state.facts().is_some_and(|facts| facts.owner == account);
        let mut notices = self.state.notices.iter();
        is_owner
            || is_in(KEEPERS) && self.state.guests.get(&account).is_some()
            || is_in(INSIDE) && notices.any(|(_, notice)| notice.account == Some(account))
    }

    /// Every derived row that the door implies.
    pub(crate) fn derived(&self, app: &'static str) -> Vec<DerivedRow> {
        let listing = self.state.facts().map(|facts| self.rules.listing(app, facts));
        let guests = self.state.guests.iter();
        let guests =
            guests.map(|(account, guest)| self.rules.listed_guest(*account, Some(guest.role)));
        listing.into_iter().chain(guests).collect()
    }

    /// Checks what must always hold.
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut places: Vec<u32> = self.state.line.iter().map(|(_, row)| row.place).collect();
        places.sort_unstable();
        let waiting = places.iter().filter(|place| **place > 0);
        if !waiting.copied().eq(1..=places.iter().filter(|place| **place > 0).count() as u32) {
            return Err(format!("the line has the places {places:?}"));
        }
        let is_offered = |row: &Place| (row.place == 0) == row.until.is_some();
        if !self.state.line.iter().all(|(_, row)| is_offered(row)) {
            return Err("somebody's turn has no end".into());
        }
        let is_over = self.state.facts().is_some_and(|facts| facts.phase == Phase::Closed);
        if is_over && !self.state.line.is_empty() {
            return Err("there is a line before a closed room".into());
        }
        Ok(())
    }
}

fn keepers() -> Audience {
    Audience::Group(KEEPERS.into())
}

/// The same words, whatever the reason why one may not know of the room.
pub(crate) fn no_such_room() -> Refusal {
    Refusal::new("no_such_room", "There is no such room.")
}

fn banned() -> Refusal {
    Refusal::new("banned", "You are banned from this room.")
}

fn locked() -> Refusal {
    Refusal::new("room_locked", "The room is locked: nobody new may come in.")
}

fn closed() -> Refusal {
    Refusal::new("room_closed", "The room was closed.")
}

fn sign_in_first() -> Refusal {
    Refusal::new("sign_in_required", "Please sign in first.")
}

fn not_allowed() -> Refusal {
    Refusal::new("not_allowed", "Only those who keep this room may do that.")
}
