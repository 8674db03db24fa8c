//! The seat sale of one event: who may hold, book and give back what. Every rule is here, and nothing
//! of clocks, sockets, disks or payments.

mod admin;
mod book;
mod cart;
mod check;
pub mod commands;
pub mod config;
mod cooldown;
mod derived;
mod desk;
mod hold;
mod offer;
pub mod picture;
mod places;
mod refusal;
#[cfg(feature = "testkit")]
pub mod sim;
mod stale;
pub mod state;

pub use commands::Command;
pub use config::EventConfig;
pub use offer::Best;
pub use state::{SeatsState, Status};

use crate::plan::Hall;
use houseful_room::{
    AccountId, Admission, Audience, Caller, DerivedRow, Limits, Principal, Read, Refusal, RoomApp,
    Standing, Tx,
};

/// The role of the event's owner and of administrators.
pub const STAFF: &str = "staff";
/// The role of everyone else who is signed in.
pub const GUEST: &str = "guest";
/// The role of who is not.
pub const VISITOR: &str = "visitor";

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

    fn is_staff(&self, account: AccountId, standing: Standing) -> bool {
        account == self.config.owner || standing == Standing::Admin
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
        Limits { roster_audience: Audience::role(STAFF), ..Limits::default() }
    }

    fn empty(&self) -> SeatsState {
        SeatsState::new(self.hall.seats())
    }

    fn open(&self, tx: &mut SeatsTx<'_>) -> Result<(), Refusal> {
        admin::open(self, tx)
    }

    /// Asked anew for every command, so a role that was lost is lost at once.
    fn admit(&self, state: &SeatsState, who: &Principal) -> Admission {
        let staff = who.account.is_some_and(|account| self.is_staff(account, who.standing));
        let is_draft = state.event.get().is_none_or(|event| event.status == Status::Draft);
        match who.account {
            Some(_) if staff => Admission::Enter(STAFF),
            _ if is_draft => Admission::Refuse("no_such_room"),
            Some(_) => Admission::Enter(GUEST),
            None => Admission::Enter(VISITOR),
        }
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
    }

    fn recovered(&self, tx: &mut SeatsTx<'_>) {
        cart::promise_anew(self, tx);
    }

    fn summary(&self, state: &SeatsState) -> Vec<DerivedRow> {
        derived::event(self, state).into_iter().collect()
    }

    fn derived(&self, state: &SeatsState) -> Vec<DerivedRow> {
        derived::all(self, state)
    }

    /// Those who hold or have booked something.
    fn involves(&self, state: &SeatsState, account: AccountId) -> bool {
        state.places_of(account) > 0
    }

    fn check(&self, state: &SeatsState) -> Result<(), String> {
        check::check(self, state)
    }
}
