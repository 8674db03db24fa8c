//! What people are called in the lobby dialect: guests by the bare name that they said. It keeps some names and asks
//! for others.

use super::frames::escaped;
use crate::accounts::guest_name;
use crate::gateway::dialect::Ground;
use crate::limits::LOBBY_DIALECT_NAMES;
use houseful_room::AccountId;
use std::collections::BTreeMap;

/// Who was erased has no name any more.
const SOMEBODY: &str = "somebody";

/// Names that are known already.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<AccountId, String>);

impl Names {
    /// What somebody is called, as it may be written.
    pub(super) fn written(&self, who: AccountId, escapes: bool) -> String {
        let name = self.0.get(&who).map_or(SOMEBODY, String::as_str);
        if escapes { escaped(name) } else { name.to_owned() }
    }

    /// Asks for the names of these that are not known.
    pub(super) async fn learn(&mut self, ground: &Ground, people: Vec<AccountId>) {
        let missing = |who: &AccountId| !self.0.contains_key(who);
        let mut wanted: Vec<AccountId> = people.iter().copied().filter(missing).collect();
        if wanted.is_empty() {
            return;
        }
        if self.0.len() + wanted.len() > LOBBY_DIALECT_NAMES {
            self.0.clear();
            wanted = people;
        }
        let store = ground.api.store.clone();
        let faces = ground.tasks.blocking(move || store.faces(&wanted)).await;
        for face in faces.into_iter().flatten().flatten() {
            let name = guest_name(&face.name).map(str::to_owned).unwrap_or(face.name);
            self.0.insert(face.id, name);
        }
    }
}
