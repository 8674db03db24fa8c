//! Who may see an event, who runs it, and who may ask for what: the team, the invited, and the one table of rights.
//! It knows nothing of seats.

use super::admin::FOR_TEAM;
use super::commands::Command;
use super::facts::{Event, Status, Visibility};
use super::state::{SeatsState, Venue};
use super::{Seats, SeatsTx, changes, derived, line, refusal};
use houseful_room::planted::{self, Bug};
use houseful_room::{AccountId, Admission, Audience, Caller, Principal, Refusal, Standing, Wall};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// The role of the event's owner, of managers and of administrators.
pub const STAFF: &str = "staff";
/// Sells at the desk.
pub const BOX_OFFICE: &str = "box_office";
/// Lets people in.
pub const CHECK_IN: &str = "check_in";
/// Keeps order in the event's chat.
pub const MODERATOR: &str = "moderator";
/// Looks at drafts and figures.
pub const VIEWER: &str = "viewer";
/// The role of everyone else who is signed in.
pub const GUEST: &str = "guest";
/// The role of who is not.
pub const VISITOR: &str = "visitor";
/// All roles.
pub const ROLES: [&str; 7] = [STAFF, BOX_OFFICE, CHECK_IN, MODERATOR, VIEWER, GUEST, VISITOR];

/// The group of those who see who holds and has booked what.
const DESK: &str = "desk";
/// The group of those who let people in.
const DOOR: &str = "door";
/// The group of the team.
const TEAM: &str = "team";

/// People in an event's team.
pub const TEAM_MAX: usize = 100;
/// People who are invited to an event.
pub const INVITED_MAX: usize = 5_000;
/// People whom one command names.
pub const NAMED_MAX: usize = 500;

/// What somebody in the team does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TeamRole {
    /// All that the owner may.
    Manager,
    /// Blocks places, sees who has what, cancels for others.
    BoxOffice,
    /// Lets people in.
    CheckIn,
    /// Keeps order in the event's chat.
    Moderator,
    /// Looks at drafts and figures.
    Viewer,
}

impl TeamRole {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            TeamRole::Manager => "manager",
            _ => self.role(),
        }
    }

    /// The role in the room.
    pub fn role(self) -> &'static str {
        match self {
            TeamRole::Manager => STAFF,
            TeamRole::BoxOffice => BOX_OFFICE,
            TeamRole::CheckIn => CHECK_IN,
            TeamRole::Moderator => MODERATOR,
            TeamRole::Viewer => VIEWER,
        }
    }
}

/// Somebody of the team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Teammate {
    /// What they do.
    pub role: TeamRole,
    /// Since when.
    pub at: Wall,
}

/// Somebody who is invited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// When they were.
    pub at: Wall,
}

/// What `team` changes.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamBody {
    /// Whom.
    #[schema(value_type = u64)]
    pub account: AccountId,
    /// What they do from now on; `null`: nothing any more.
    pub role: Option<TeamRole>,
}

/// Whom `invite` and `uninvite` name.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GuestsBody {
    /// By account.
    #[schema(value_type = Vec<u64>)]
    pub accounts: Vec<AccountId>,
    /// Whether nobody is told that there are such accounts: they were asked for by something else.
    #[serde(default)]
    pub unseen: bool,
}

/// The group's audience.
fn group(name: &str) -> Audience {
    Audience::Group(name.into())
}

/// Who sees who holds and has booked what.
pub(super) fn desk() -> Audience {
    group(DESK)
}

/// Who sees who runs the event.
pub(super) fn team() -> Audience {
    group(TEAM)
}

/// Who sees who has come.
pub(super) fn door() -> Audience {
    group(DOOR)
}

/// Whether those in a role are of the people who run the event.
pub fn is_of_team(role: &str) -> bool {
    !matches!(role, GUEST | VISITOR)
}

/// Whether those in a role act for others.
pub fn runs_desk(role: &str) -> bool {
    matches!(role, STAFF | BOX_OFFICE)
}

/// Who may ask for what: the table. What a command does to which order or cart is for its own rules.
pub(super) fn may(role: &str, command: &Command) -> bool {
    use Command::{
        Block, Book, Buy, Cancel, CancelEvent, Capacity, CheckIn, Delete, Edit, Hold, Invite,
        Publish, Queue, Release, Renew, Team, Unblock, Uninvite, Unqueue,
    };
    match command {
        Hold(_) | Release(_) | Renew | Book(_) | Buy(_) | Cancel(_) => role != VISITOR,
        Queue(_) | Unqueue => role != VISITOR,
        CheckIn(_) => runs_desk(role) || role == CHECK_IN,
        Block(_) | Unblock(_) => runs_desk(role),
        // Of the staff it is for the owner and for admins: that is a rule of its own.
        Delete => role == STAFF,
        Edit(_) | Publish | CancelEvent(_) | Capacity(_) => role == STAFF,
        Team(_) | Invite(_) | Uninvite(_) => role == STAFF,
    }
}

impl Seats {
    /// Asked anew for every command, so a role that was lost is lost at once.
    pub(super) fn role_of(&self, state: &SeatsState, who: &Principal) -> Admission {
        let teammate = who.account.and_then(|account| state.team.get(&account));
        match (who.account, teammate) {
            _ if state.is_deleted() => Admission::Refuse("no_such_room"),
            (Some(account), _) if self.is_owners(account, who.standing) => Admission::Enter(STAFF),
            (Some(_), Some(teammate)) => Admission::Enter(teammate.role.role()),
            (account, None) if !state.is_seen_by(account) => Admission::Refuse("no_such_room"),
            (Some(_), None) => Admission::Enter(GUEST),
            (None, _) => Admission::Enter(VISITOR),
        }
    }

    pub(super) fn is_owners(&self, account: AccountId, standing: Standing) -> bool {
        account == self.config.owner || standing == Standing::Admin
    }

    /// Whether somebody is of the people who run it, whatever they do there.
    fn is_of_team(&self, state: &SeatsState, account: AccountId) -> bool {
        account == self.config.owner || state.team.get(&account).is_some()
    }
}

impl SeatsState {
    /// Whether it is a draft that was given up.
    pub(super) fn is_deleted(&self) -> bool {
        self.event.get().is_some_and(|event| event.status == Status::Deleted)
    }

    /// Where the event is on the net.
    pub(super) fn online(&self) -> Option<&str> {
        self.venue.get(&FOR_TEAM).map(|venue| venue.online.as_str())
    }

    /// Whether somebody who is not of the team sees the event.
    pub(super) fn is_seen_by(&self, account: Option<AccountId>) -> bool {
        let is_shown = |event: &&Event| !matches!(event.status, Status::Draft | Status::Deleted);
        let Some(event) = self.event.get().filter(is_shown) else { return false };
        let has_booked = || account.is_some_and(|account| self.person(account).booked > 0);
        match event.visibility {
            Visibility::Public | Visibility::Unlisted => true,
            Visibility::Private => {
                let invited = account.is_some_and(|account| self.invited.get(&account).is_some());
                invited || has_booked() || planted::on(Bug::UninvitedToEvent)
            }
            Visibility::Booked => has_booked(),
        }
    }
}

/// The groups of those in a role. They follow from the role alone, so that whoever comes back in it lacks nothing.
pub(super) fn groups(role: &str) -> Vec<Arc<str>> {
    let groups = [
        (runs_desk(role), DESK),
        (runs_desk(role) || role == CHECK_IN, DOOR),
        (is_of_team(role), TEAM),
    ];
    groups.into_iter().filter(|(is_in, _)| *is_in).map(|(_, name)| name.into()).collect()
}

/// Decides `team`. Whoever is made something else sees more or less from now on.
pub(super) fn appoint(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    ask: TeamBody,
) -> Result<String, Refusal> {
    if ask.account == app.config.owner || ask.account.0 == 0 {
        return Err(refusal::invalid("account", "the owner is no part of the team"));
    }
    let before = tx.state.team.get(&ask.account).copied();
    if before.map(|known| known.role) == ask.role {
        return Ok("{}".to_owned());
    }
    match ask.role {
        Some(_) if before.is_none() && tx.state.team.len() >= TEAM_MAX => {
            return Err(refusal::too_many_of_team(TEAM_MAX));
        }
        Some(role) => {
            let at = before.map_or(tx.now(), |known| known.at);
            tx.state.team.put(ask.account, team(), Teammate { role, at });
        }
        None => drop(tx.state.team.remove(&ask.account)),
    }
    let name = |role: Option<TeamRole>| role.map(TeamRole::as_str);
    changes::note_person(tx, by, "team", ask.account, name(before.map(|b| b.role)), name(ask.role));
    derived::person_now(app, tx, ask.account);
    show_out_or_in(app, tx, ask.account, "team");
    Ok("{}".to_owned())
}

/// The event knows nobody any more.
pub(super) fn dismiss_all(app: &Seats, tx: &mut SeatsTx<'_>) {
    let team: Vec<AccountId> = tx.state.team.iter().map(|(account, _)| *account).collect();
    let invited: Vec<AccountId> = tx.state.invited.iter().map(|(account, _)| *account).collect();
    for account in team {
        tx.state.team.remove(&account);
        derived::person_now(app, tx, account);
    }
    for account in invited {
        tx.state.invited.remove(&account);
        derived::person_now(app, tx, account);
    }
}

/// Decides `invite`. Whoever is invited already, or runs the event, is left as they are.
pub(super) fn invite(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    ask: &GuestsBody,
) -> Result<String, Refusal> {
    must_be_bounded(ask)?;
    let event = tx.state.event.get().ok_or_else(refusal::no_such_room)?;
    if event.is_over(tx.now()) {
        return Err(refusal::event_ended());
    }
    let is_new = |account: &&AccountId| {
        account.0 > 0
            && tx.state.invited.get(account).is_none()
            && !app.is_of_team(tx.state, **account)
    };
    let mut new: Vec<AccountId> = ask.accounts.iter().filter(is_new).copied().collect();
    new.sort_unstable();
    new.dedup();
    if tx.state.invited.len() + new.len() > INVITED_MAX {
        return Err(refusal::too_many_invited(INVITED_MAX));
    }
    let audience = if ask.unseen { Audience::Nobody } else { desk() };
    let at = tx.now();
    for account in &new {
        tx.state.invited.put(*account, audience.clone(), Invited { at });
        derived::person_now(app, tx, *account);
    }
    changes::note_people(tx, by, "invite", if ask.unseen { &[] } else { &new });
    Ok("{}".to_owned())
}

/// Decides `uninvite`. Whoever sees the event for no other reason is put out.
pub(super) fn uninvite(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    ask: &GuestsBody,
) -> Result<String, Refusal> {
    must_be_bounded(ask)?;
    let mut gone = Vec::new();
    for account in &ask.accounts {
        if tx.state.invited.remove(account).is_some() {
            gone.push(*account);
            derived::person_now(app, tx, *account);
            show_out_or_in(app, tx, *account, "uninvited");
        }
    }
    changes::note_people(tx, by, "uninvite", if ask.unseen { &[] } else { &gone });
    Ok("{}".to_owned())
}

fn must_be_bounded(ask: &GuestsBody) -> Result<(), Refusal> {
    match ask.accounts.len() {
        0..=NAMED_MAX => Ok(()),
        _ => Err(refusal::invalid("accounts", "name at most 500 people at once")),
    }
}

/// Somebody's right to see the event may have changed: in again as what they are now, or out.
pub(super) fn show_out_or_in(
    app: &Seats,
    tx: &mut SeatsTx<'_>,
    account: AccountId,
    code: &'static str,
) {
    if app.is_of_team(tx.state, account) || tx.state.is_seen_by(Some(account)) {
        tx.readmit(account, code);
    } else {
        forget(app, tx, account, code);
    }
}

/// Out of the room, and out of the line: what is not seen is not waited for.
fn forget(app: &Seats, tx: &mut SeatsTx<'_>, account: AccountId, code: &'static str) {
    tx.expel(account, code);
    line::leave(app, tx, account);
    line::settle(app, tx);
}

/// The event is somewhere else on the net, or nowhere: tells the team, and everyone who has booked.
pub(super) fn venue_of(tx: &mut SeatsTx<'_>, online: Option<String>) {
    match online {
        Some(online) => tx.state.venue.put(FOR_TEAM, team(), Venue { online }),
        None => drop(tx.state.venue.remove(&FOR_TEAM)),
    }
    let told: Vec<AccountId> = tx.state.venue.iter().map(|(account, _)| *account).collect();
    let booked = tx.state.people.iter().filter(|(_, person)| person.booked > 0);
    let booked: Vec<AccountId> = booked.map(|(account, _)| *account).collect();
    told.into_iter().chain(booked).for_each(|account| tell_venue(tx, account));
}

/// Somebody has booked, or given back: they are told where it is on the net, or no longer.
pub(super) fn tell_venue(tx: &mut SeatsTx<'_>, account: AccountId) {
    if account == FOR_TEAM {
        return;
    }
    let online = tx.state.online().filter(|_| tx.state.person(account).booked > 0);
    match online.map(|online| Venue { online: online.to_owned() }) {
        Some(venue) if tx.state.venue.get(&account) == Some(&venue) => {}
        Some(venue) => tx.state.venue.put(account, Audience::Member(account), venue),
        None => drop(tx.state.venue.remove(&account)),
    }
}

/// Somebody has booked: by that they see an event that is not for all.
pub(super) fn has_come(app: &Seats, tx: &mut SeatsTx<'_>, account: AccountId) {
    if tx.state.event.get().is_some_and(|event| event.visibility.is_closed()) {
        derived::person_now(app, tx, account);
    }
}

/// Somebody gave places back: if that were their last, an event that they saw by them is gone for them.
pub(super) fn has_left(app: &Seats, tx: &mut SeatsTx<'_>, account: AccountId) {
    let is_closed = tx.state.event.get().is_some_and(|event| event.visibility.is_closed());
    if is_closed && tx.state.person(account).booked == 0 {
        derived::person_now(app, tx, account);
        let stays = app.is_of_team(tx.state, account) || tx.state.is_seen_by(Some(account));
        if !stays {
            forget(app, tx, account, "uninvited");
        }
    }
}

/// What an older server showed by role it shows by group now, once.
pub(super) fn regroup(tx: &mut SeatsTx<'_>) {
    let (old, desk) = (Audience::role(STAFF), desk());
    let rows = tx.state.desk.iter().filter(|(key, _)| tx.state.desk.audience(key) == Some(&old));
    let rows: Vec<_> = rows.map(|(key, line)| (key.clone(), line.clone())).collect();
    rows.into_iter().for_each(|(key, line)| tx.state.desk.put(key, desk.clone(), line));
}

/// Somebody invited has come: those at the desk may know it now, however they were found.
pub(super) fn reveal(tx: &mut SeatsTx<'_>, account: AccountId) {
    let is_unseen = tx.state.invited.audience(&account) == Some(&Audience::Nobody);
    if let Some(invited) = tx.state.invited.get(&account).copied().filter(|_| is_unseen) {
        tx.state.invited.put(account, desk(), invited);
    }
}
