//! The seat sale of one event: who may hold, book and give back what. Every rule is here, and nothing
//! of clocks, sockets, disks or payments.

mod admin;
mod book;
mod buy;
mod cart;
mod changes;
mod check;
pub mod checkin;
pub mod commands;
pub mod config;
mod cooldown;
mod derived;
mod desk;
pub mod facts;
mod hold;
pub mod line;
pub mod mailing;
mod offer;
pub mod people;
pub mod picture;
mod places;
pub mod queue;
mod refusal;
pub mod seen;
#[cfg(feature = "testkit")]
pub mod sim;
mod stale;
pub mod state;

pub use commands::Command;
pub use config::EventConfig;
pub use facts::{Category, Status, Visibility};
pub use offer::Best;
pub use people::{GUEST, STAFF, VISITOR};
pub use state::SeatsState;

use crate::plan::Hall;
use houseful_room::{
    AccountId, Admission, Caller, DerivedRow, Limits, PresenceChange, Principal, Read, Refusal,
    RoomApp, Tx,
};
use std::sync::Arc;

/// A room in which one event's places are sold.
pub struct Seats {
    config: EventConfig,
    hall: Hall,
    stale: stale::Stale,
}

/// What a handler works on.
pub(crate) type SeatsTx<'a> = Tx<'a, SeatsState>;

impl Seats {
    /// The hall that is sold.
    pub fn hall(&self) -> &Hall {
        &self.hall
    }
}

impl RoomApp for Seats {
    const NAME: &'static str = "seats";
    const VERSION: u32 = 1;
    const HAS_DOOR: bool = false;
    type State = SeatsState;
    type Command = Command;
    const COMMANDS: &'static [(&'static str, Read<Command>)] = commands::COMMANDS;

    fn configure(config: &str) -> Result<Self, Refusal> {
        let config = EventConfig::read(config)?;
        let hall = Hall::new(&config.plan);
        Ok(Seats { config, hall, stale: stale::Stale::new() })
    }

    fn limits(&self) -> Limits {
        Limits { roster_audience: people::desk(), ..Limits::default() }
    }

    fn empty(&self) -> SeatsState {
        SeatsState::new(self.hall.seats())
    }

    fn open(&self, tx: &mut SeatsTx<'_>) -> Result<(), Refusal> {
        admin::open(self, tx)
    }

    fn admit(&self, state: &SeatsState, who: &Principal) -> Admission {
        self.role_of(state, who)
    }

    fn groups(&self, _: &SeatsState, _: &Principal, role: &str) -> Vec<Arc<str>> {
        people::groups(role)
    }

    fn command(
        &self,
        tx: &mut SeatsTx<'_>,
        by: &Caller,
        command: Command,
    ) -> Result<String, Refusal> {
        commands::run(self, tx, by, command)
    }

    fn timer(&self, tx: &mut SeatsTx<'_>, key: &str) {
        cart::expire(tx, key);
        line::expire(self, tx, key);
        line::settle(self, tx);
    }

    fn recovered(&self, tx: &mut SeatsTx<'_>) {
        cart::promise_anew(self, tx);
        line::promise_anew(self, tx);
        people::regroup(tx);
    }

    fn summary(&self, state: &SeatsState) -> Vec<DerivedRow> {
        derived::event(self, state).into_iter().collect()
    }

    fn derived(&self, state: &SeatsState) -> Vec<DerivedRow> {
        derived::all(self, state)
    }

    fn presence(&self, tx: &mut SeatsTx<'_>, change: PresenceChange) {
        if let PresenceChange::Joined(account) = change {
            people::reveal(tx, account);
        }
    }

    /// Those who hold or have booked something, run the event, or are known to be invited.
    fn involves(&self, state: &SeatsState, account: AccountId) -> bool {
        state.places_of(account) > 0
            || state.team.get(&account).is_some()
            || state.invited.audience(&account) == Some(&people::desk())
    }

    fn check(&self, state: &SeatsState) -> Result<(), String> {
        check::check(self, state)
    }
}
