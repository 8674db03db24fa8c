//! What a room application is: one type with rules, no clock, no socket, no disk.

use crate::door::{MEMBER, VISITOR};
use crate::{AccountId, Audience, DerivedRow, Refusal, Synced, Tx};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The rules of a kind of room. The value itself is what never changes (a seating plan, say); what
/// changes is its `State`.
///
/// Handlers are synchronous and all-or-nothing: when one answers `Err`, or panics, nothing that it
/// wrote has happened.
pub trait RoomApp: Sized + Send + 'static {
    /// With `VERSION` the identity on the wire and in storage, such as `"seats"`.
    const NAME: &'static str;
    /// Rises when stored state is no longer read as it was.
    const VERSION: u32;
    /// Whether such a room outlives the process. Without a journal it is begun anew at each start, with a
    /// new epoch, and what it decides may be seen at once.
    const KEEPS_JOURNAL: bool = true;
    /// Whether its rooms can be made with a [door](crate::door): the room asks the door first then. What of such a
    /// room's configuration is the application's own is its member `app`.
    const HAS_DOOR: bool = true;
    /// The shapes.
    type State: Synced + Send;
    /// A decoded command.
    type Command: 'static;

    /// Everything that can be asked of such a room: each command's name, and how its body is read (see
    /// [`body`]). What is not on this list is refused `unknown_command`.
    const COMMANDS: &'static [(&'static str, Read<Self::Command>)];

    /// Builds the rules from the room's stored configuration (JSON): all of it, also the door's part. [`body`] reads
    /// it; a room that somebody made of their own has an empty `app`.
    fn configure(config: &str) -> Result<Self, Refusal>;
    /// Bounds and habits of such rooms.
    fn limits(&self) -> Limits {
        Limits::default()
    }
    /// The state before the first transaction.
    fn empty(&self) -> Self::State;
    /// The first transaction.
    fn open(&self, tx: &mut Tx<'_, Self::State>) -> Result<(), Refusal>;
    /// Whether, and as what, somebody may be here. Asked at every join and for every command; where the room
    /// has a door, only of those whom the door lets in. If it is left out, the role is the door's; without a door it is
    /// [`MEMBER`](crate::door::MEMBER) for who has signed in, [`VISITOR`](crate::door::VISITOR) for everyone else.
    fn admit(&self, _state: &Self::State, who: &Principal) -> Admission {
        let plain = if who.account.is_some() { MEMBER } else { VISITOR };
        Admission::Enter(who.door.unwrap_or(plain))
    }
    /// The groups that somebody who joins in a role belongs to: rows for these groups are theirs to see. So several
    /// roles can see the same rows, or some people of one. Who belongs to others later is to join again:
    /// [`Tx::readmit`].
    fn groups(&self, _state: &Self::State, _who: &Principal, _role: &str) -> Vec<Arc<str>> {
        Vec::new()
    }
    /// Decides a command. The reply is JSON.
    fn command(
        &self,
        tx: &mut Tx<'_, Self::State>,
        by: &Caller,
        command: Self::Command,
    ) -> Result<String, Refusal>;
    /// Checks a volatile value that a member wants to show, such as a cursor, and answers it in normal form:
    /// JSON of at most [`LIVE_BYTES_MAX`](crate::LIVE_BYTES_MAX) bytes, for everyone in the room.
    fn live(
        &self,
        _state: &Self::State,
        _by: &Caller,
        shape: &str,
        _value: &str,
    ) -> Result<String, Refusal> {
        let shape: String = shape.chars().take(40).collect();
        Err(Refusal::new("unknown_live", format!("This room shows no {shape:?} of anybody.")))
    }
    /// The row of a log that a command is about to amend though it may be older than the log's
    /// [tail](crate::Log): the log's name and the row's number. It is read and given to the command as
    /// [`Tx::attached`].
    fn wants(&self, _state: &Self::State, _name: &str, _body: &str) -> Option<(&'static str, u64)> {
        None
    }
    /// A timer of this key is due; it is already gone.
    fn timer(&self, tx: &mut Tx<'_, Self::State>, key: &str);

    /// The room was recovered: a new term begins, timers run in full again, members are lapsed.
    fn recovered(&self, _tx: &mut Tx<'_, Self::State>) {}
    /// What a member did. Only while presence is a roster.
    fn presence(&self, _tx: &mut Tx<'_, Self::State>, _change: PresenceChange) {}
    /// Every derived row that this state implies, so that the stored ones can be verified.
    fn derived(&self, _state: &Self::State) -> Vec<DerivedRow> {
        Vec::new()
    }
    /// Derived rows that sum up the whole state, such as counts. Asked for once at the end of a turn in
    /// which a transaction called [`Tx::sum_up`], however many did.
    fn summary(&self, _state: &Self::State) -> Vec<DerivedRow> {
        Vec::new()
    }
    /// Whether an account has to do with what the staff sees, so that the staff may know its name.
    fn involves(&self, _state: &Self::State, _account: AccountId) -> bool {
        false
    }
    /// Whether an account is mentioned in what those in this role may see (members aside), so that they may
    /// know its name.
    fn mentions(&self, _state: &Self::State, _role: &str, _account: AccountId) -> bool {
        false
    }
    /// What a stored value of a shape (JSON) becomes when somebody is erased who wrote something of it; none if they
    /// did not. Names are never stored, so only words are meant. What is written in its place must be a value of the
    /// same kind that keeps every sum and bound of the state, for it is written over the entries in place.
    fn erase(_account: AccountId, _shape: &str, _value: &str) -> Option<String> {
        None
    }
    /// Checks what must always hold. The text says what does not.
    fn check(&self, _state: &Self::State) -> Result<(), String> {
        Ok(())
    }
}

/// Reads a command's body.
pub type Read<C> = fn(&str) -> Result<C, Refusal>;

/// Bounds and habits of a kind of room.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Who sees the roster of members. Where there is a door, `All` means all who are inside: not visitors,
    /// and not those in line.
    pub roster_audience: Audience,
    /// How long a member whose last connection is gone stays, in milliseconds.
    pub grace_ms: u64,
    /// How long an idle room stays awake, in milliseconds.
    pub sleep_after_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { roster_audience: Audience::All, grace_ms: 15_000, sleep_after_ms: 60_000 }
    }
}

/// What an account may do on this server at large.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Looks, holds, books.
    Attendee,
    /// Also publishes events.
    Organiser,
    /// Also everything else.
    Admin,
}

/// Who is acting, after authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The account, or none for a visitor who has not signed in.
    pub account: Option<AccountId>,
    /// What the account may do at large.
    pub standing: Standing,
    /// The role in which the room's parent admits them, if the room has one and it was asked.
    pub parent: Option<&'static str>,
    /// The role that the room's door gives them, if it has one; set by the framework.
    pub door: Option<&'static str>,
}

impl Principal {
    /// Somebody who has not signed in.
    pub const VISITOR: Principal =
        Principal { account: None, standing: Standing::Attendee, parent: None, door: None };

    /// Somebody who has signed in.
    pub const fn person(account: AccountId, standing: Standing) -> Principal {
        Principal { account: Some(account), standing, ..Principal::VISITOR }
    }
}

/// Whether somebody may be in a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes, in this role; rows for the role's audience are theirs to see.
    Enter(&'static str),
    /// No, with a code. A room that must not be known of says `no_such_room`.
    Refuse(&'static str),
}

/// Who sent a command, in the role that `admit` grants now.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// Their account.
    pub account: AccountId,
    /// What the account may do at large.
    pub standing: Standing,
    /// Their role in this room.
    pub role: &'static str,
}

/// What happened to a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresenceChange {
    /// Came for the first time, or after having left.
    Joined(AccountId),
    /// The last connection is gone; grace runs.
    Lapsed(AccountId),
    /// Came back within grace.
    Resumed(AccountId),
    /// Left, or did not come back in time.
    Left(AccountId),
}

/// Reads a command's body into its type; what is missing or wrong is named in `fields`.
pub fn body<T: DeserializeOwned>(body: &str) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_str(body);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let reason = error.into_inner().to_string();
        let field = match reason.strip_prefix("missing field `").and_then(|t| t.split_once('`')) {
            Some((missing, _)) if path == "." => missing.to_owned(),
            Some((missing, _)) => format!("{path}.{missing}"),
            None => path,
        };
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        Refusal::new("invalid_command", format!("{field}: {reason}")).field(field, reason)
    })
}
