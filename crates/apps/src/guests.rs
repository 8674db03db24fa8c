//! Who runs a room and who may be in it, read from its configuration: the one place that knows, for all
//! applications whose rooms have members and moderators. Where a room has a door, the door says it instead. It
//! decides nothing that goes on inside.

use houseful_room::door::{MEMBER, MODERATOR, OWNER, VISITOR};
use houseful_room::{AccountId, Admission, Principal, Refusal, Standing, body};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The group of those who keep order: owner and moderators.
pub const KEEPERS: &str = "keepers";

/// Who runs a room, and where it is.
#[derive(Clone, Debug, Deserialize)]
pub struct Guests {
    owner: AccountId,
    #[serde(default)]
    moderators: Vec<AccountId>,
    /// The room's path, where it is made with a door.
    #[serde(default)]
    pub path: String,
}

/// A room's configuration: what every room has, and the application's own part.
#[derive(Deserialize)]
struct Config<T> {
    #[serde(flatten)]
    guests: Guests,
    app: T,
}

impl Guests {
    /// Reads a room's configuration.
    pub fn read<T: DeserializeOwned>(config: &str) -> Result<(Guests, T), Refusal> {
        let Config { guests, app } = body(config)?;
        Ok((guests, app))
    }

    /// Whether, and as what, somebody may be here: as what the room's door says, if it has one.
    pub fn admit(&self, who: &Principal) -> Admission {
        if let Some(role) = who.door {
            return Admission::Enter(role);
        }
        Admission::Enter(match who.account {
            None => VISITOR,
            Some(account) if account == self.owner => OWNER,
            Some(_) if who.standing == Standing::Admin => OWNER,
            Some(account) if self.moderators.contains(&account) => MODERATOR,
            Some(_) => MEMBER,
        })
    }

    /// Whether an account is the owner's or a moderator's.
    pub fn is_keeper(&self, account: AccountId) -> bool {
        account == self.owner || self.moderators.contains(&account)
    }
}

/// Whether those in a role keep order.
pub fn keeps_order(role: &str) -> bool {
    matches!(role, OWNER | MODERATOR)
}

/// The groups that those in a role belong to.
pub fn groups(role: &str) -> Vec<Arc<str>> {
    Vec::from_iter(keeps_order(role).then(|| KEEPERS.into()))
}
