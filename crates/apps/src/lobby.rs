//! The lobby: the events that everyone may see, with live counts. It decides nothing: the server alone
//! writes its rows, and it keeps no journal.

use houseful_room::{
    AccountId, Admission, Audience, Caller, Limits, Principal, Read, Refusal, RoomApp, Rows, Tx,
    Wall, body, synced,
};
use serde::{Deserialize, Serialize};

/// The account that commands of the server itself carry. No person has it.
pub const SERVER: AccountId = AccountId(0);
const SERVER_ROLE: &str = "server";

synced! {
    /// What the lobby shows.
    pub struct LobbyState {
        /// Published, upcoming events by number.
        pub events: Rows<u64, Listed>,
    }
}

/// An event in the lobby.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Listed {
    /// What it is called.
    pub title: String,
    /// When it starts.
    pub starts_at: Wall,
    /// The IANA zone of its clock.
    pub time_zone: String,
    /// Where it is.
    pub place: String,
    /// Where it is in its life.
    pub status: String,
    /// ISO 4217.
    pub currency: String,
    /// The lowest price, in minor units.
    pub from_price: Option<i64>,
    /// How many people fit.
    pub capacity: u64,
    /// How many places are left.
    pub available: u64,
    /// How many people are in its room.
    pub here: u64,
    /// How many connections watch it.
    pub watching: u64,
}

/// Writes a row, or removes it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Set {
    /// The event.
    pub id: u64,
    /// Its row; none to remove it.
    #[serde(default)]
    pub row: Option<Listed>,
}

/// The room in which people meet first.
pub struct Lobby;

impl RoomApp for Lobby {
    const NAME: &'static str = "lobby";
    const VERSION: u32 = 1;
    const KEEPS_JOURNAL: bool = false;
    type State = LobbyState;
    type Command = Set;
    const COMMANDS: &'static [(&'static str, Read<Set>)] = &[("set", |text| body(text))];

    fn configure(_: &str) -> Result<Self, Refusal> {
        Ok(Lobby)
    }

    /// Who looks at the lobby is nobody's business.
    fn limits(&self) -> Limits {
        Limits { roster_audience: Audience::Nobody, ..Limits::default() }
    }

    fn empty(&self) -> LobbyState {
        LobbyState { events: Rows::default() }
    }

    fn open(&self, _: &mut Tx<'_, LobbyState>) -> Result<(), Refusal> {
        Ok(())
    }

    fn admit(&self, _: &LobbyState, who: &Principal) -> Admission {
        Admission::Enter(match who.account {
            Some(SERVER) => SERVER_ROLE,
            Some(_) => "guest",
            None => "visitor",
        })
    }

    fn command(
        &self,
        tx: &mut Tx<'_, LobbyState>,
        by: &Caller,
        set: Set,
    ) -> Result<String, Refusal> {
        if by.role != SERVER_ROLE {
            return Err(Refusal::new("not_allowed", "The lobby is written by the server alone."));
        }
        match set.row {
            Some(row) if tx.state.events.get(&set.id) == Some(&row) => {}
            Some(row) => tx.state.events.put(set.id, Audience::All, row),
            None => {
                tx.state.events.remove(&set.id);
            }
        }
        Ok("{}".to_owned())
    }

    fn timer(&self, _: &mut Tx<'_, LobbyState>, _: &str) {}
}
