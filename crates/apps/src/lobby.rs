//! The lobby: events and rooms, live, for each what they may see, and who is here. It decides nothing: the server
//! alone writes its rows, and it keeps no journal.

pub mod seen;
mod state;

pub use state::{Listed, ListedRoom, LobbyState, Notified};

use houseful_room::{
    AccountId, Admission, Audience, Caller, Limits, Principal, Read, Refusal, RoomApp, Rows,
    Signal, Tx, body,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The account that commands of the server itself carry. No person has it.
pub const SERVER: AccountId = AccountId(0);
const SERVER_ROLE: &str = "server";
const GUEST: &str = "guest";
/// Private rooms that a person sees here; whoever has more finds them by searching.
const GROUPS_MAX: usize = 200;

/// Writes an event's row, or removes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// The event.
    pub id: u64,
    /// Its row; none to remove it.
    #[serde(default)]
    pub row: Option<Listed>,
    /// The room whose people alone see it, if not everyone does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// Writes a room's row, or removes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetRoom {
    /// Its path.
    pub path: String,
    /// Its row; none to remove it.
    #[serde(default)]
    pub row: Option<ListedRoom>,
    /// The room whose people alone see it, if not everyone does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
}

/// Says whether a room knows somebody, who sees it then though it is private.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Know {
    /// Its path.
    pub path: String,
    /// Whom.
    pub account: AccountId,
    /// Whether it does.
    pub known: bool,
}

/// Says in which public rooms somebody is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Who.
    pub account: AccountId,
    /// Where.
    pub rooms: BTreeSet<String>,
}

/// Tells people something, each for themselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tell {
    /// Whom, and what.
    pub notices: Vec<(AccountId, Notified)>,
}

/// What the server writes.
#[derive(Clone, Debug)]
pub enum Write {
    /// `set`
    Event(Set),
    /// `room`
    Room(SetRoom),
    /// `know`
    Know(Know),
    /// `place`
    Place(Place),
    /// `tell`
    Tell(Tell),
}

impl Write {
    /// The command's name and body.
    pub fn command(&self) -> serde_json::Result<(&'static str, String)> {
        Ok(match self {
            Write::Event(set) => ("set", serde_json::to_string(set)?),
            Write::Room(set) => ("room", serde_json::to_string(set)?),
            Write::Know(know) => ("know", serde_json::to_string(know)?),
            Write::Place(place) => ("place", serde_json::to_string(place)?),
            Write::Tell(tell) => ("tell", serde_json::to_string(tell)?),
        })
    }
}

/// The room in which people meet first.
pub struct Lobby;

impl RoomApp for Lobby {
    const NAME: &'static str = "lobby";
    const VERSION: u32 = 1;
    const KEEPS_JOURNAL: bool = false;
    const HAS_DOOR: bool = false;
    type State = LobbyState;
    type Command = Write;
    const COMMANDS: &'static [(&'static str, Read<Write>)] = &[
        ("set", |text| body(text).map(Write::Event)),
        ("room", |text| body(text).map(Write::Room)),
        ("know", |text| body(text).map(Write::Know)),
        ("place", |text| body(text).map(Write::Place)),
        ("tell", |text| body(text).map(Write::Tell)),
    ];

    fn configure(_: &str) -> Result<Self, Refusal> {
        Ok(Lobby)
    }

    /// Those who have signed in see each other.
    fn limits(&self) -> Limits {
        Limits { roster_audience: Audience::role(GUEST), ..Limits::default() }
    }

    fn empty(&self) -> LobbyState {
        LobbyState {
            events: Rows::default(),
            rooms: Rows::default(),
            places: Rows::default(),
            known: Rows::default(),
            notices: Signal::default(),
        }
    }

    fn open(&self, _: &mut Tx<'_, LobbyState>) -> Result<(), Refusal> {
        Ok(())
    }

    fn admit(&self, _: &LobbyState, who: &Principal) -> Admission {
        Admission::Enter(match who.account {
            Some(SERVER) => SERVER_ROLE,
            Some(_) => GUEST,
            None => "visitor",
        })
    }

    fn groups(&self, state: &LobbyState, who: &Principal, _: &str) -> Vec<Arc<str>> {
        let rooms = who.account.and_then(|account| state.known.get(&account));
        let rooms = rooms.into_iter().flatten().take(GROUPS_MAX);
        rooms.map(|path| state::group(path).into()).collect()
    }

    fn command(
        &self,
        tx: &mut Tx<'_, LobbyState>,
        by: &Caller,
        write: Write,
    ) -> Result<String, Refusal> {
        if by.role != SERVER_ROLE {
            return Err(Refusal::new("not_allowed", "The lobby is written by the server alone."));
        }
        match write {
            Write::Event(Set { id, row, of }) => {
                put(&mut tx.state.events, id, state::audience(of), row);
            }
            Write::Room(SetRoom { path, row, of }) => {
                put(&mut tx.state.rooms, path, state::audience(of), row);
            }
            Write::Know(know) => note(tx, know),
            Write::Place(Place { account, rooms }) => {
                let row = Some(rooms).filter(|rooms| !rooms.is_empty());
                put(&mut tx.state.places, account, Audience::role(GUEST), row);
            }
            Write::Tell(Tell { notices }) => {
                for (account, notified) in notices {
                    tx.state.notices.send(Audience::Member(account), notified);
                }
            }
        }
        Ok("{}".to_owned())
    }

    /// Whoever is told where somebody is may know who that is.
    fn mentions(&self, state: &LobbyState, role: &str, account: AccountId) -> bool {
        role == GUEST && state.places.get(&account).is_some()
    }

    fn timer(&self, _: &mut Tx<'_, LobbyState>, _: &str) {}
}

/// Writes a row; none removes it.
fn put<K: Ord + Clone, V: Clone + PartialEq>(
    rows: &mut Rows<K, V>,
    key: K,
    audience: Audience,
    row: Option<V>,
) {
    match row {
        Some(row) if rows.get(&key) == Some(&row) && rows.audience(&key) == Some(&audience) => {}
        Some(row) => rows.put(key, audience, row),
        None => drop(rows.remove(&key)),
    }
}

/// Who comes to be known somewhere, or no longer is, sees more or less than before.
fn note(tx: &mut Tx<'_, LobbyState>, Know { path, account, known }: Know) {
    let mut rooms = tx.state.known.get(&account).cloned().unwrap_or_default();
    let is_new = if known { rooms.insert(path) } else { rooms.remove(&path) };
    if is_new {
        put(&mut tx.state.known, account, Audience::Nobody, Some(rooms).filter(|r| !r.is_empty()));
        tx.readmit(account, "invited");
    }
}
