//! Who sees events that are not for all, as far as the lobby has to be told. It shows nothing itself.

use houseful_room::AccountId;
use std::collections::{BTreeMap, BTreeSet};

/// The people of all events.
#[derive(Default)]
pub(super) struct Seers {
    /// By what an event knows each.
    people: BTreeMap<u64, BTreeMap<AccountId, Known>>,
    events: BTreeMap<u64, Event>,
}

struct Event {
    owner: AccountId,
    visibility: String,
    /// Those of whom the lobby was told.
    told: BTreeSet<AccountId>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Only as somebody who is invited.
    Invited,
    /// As one of the team, or as somebody who has booked.
    Closer,
}

impl Seers {
    /// An event is seen like this from now on. Answers who comes to see it, and who no longer does.
    pub(super) fn see(
        &mut self,
        event: u64,
        owner: AccountId,
        visibility: &str,
    ) -> Vec<(AccountId, bool)> {
        let known = self.events.entry(event).or_insert_with(|| Event {
            owner,
            visibility: "public".into(),
            told: BTreeSet::new(),
        });
        if known.visibility == visibility && known.owner == owner {
            return Vec::new();
        }
        (known.owner, known.visibility) = (owner, visibility.to_owned());
        let people = self.people.get(&event).into_iter().flatten();
        let seers = people.filter(|(_, by)| sees(visibility, Some(**by))).map(|(who, _)| *who);
        let owner = matches!(visibility, "private" | "booked").then_some(owner);
        let seers: BTreeSet<AccountId> = seers.chain(owner).collect();
        let changed = seers.symmetric_difference(&known.told);
        let changes = changed.map(|account| (*account, seers.contains(account))).collect();
        known.told = seers;
        changes
    }

    /// Whether an event is seen by those alone whom it knows.
    pub(super) fn is_closed(&self, event: u64) -> bool {
        let visibility = self.events.get(&event).map(|event| &*event.visibility);
        matches!(visibility, Some("private" | "booked"))
    }

    /// By what an event knows somebody from now on. Answers whether that changes what they see.
    pub(super) fn know(
        &mut self,
        event: u64,
        account: AccountId,
        role: Option<&str>,
    ) -> Option<(AccountId, bool)> {
        let by = role.map(|role| if role == "invited" { Known::Invited } else { Known::Closer });
        let people = self.people.entry(event).or_default();
        match by {
            Some(by) => people.insert(account, by),
            None => people.remove(&account),
        };
        let known = self.events.get_mut(&event).filter(|known| known.owner != account)?;
        let is_seer = sees(&known.visibility, by);
        let is_new = match is_seer {
            true => known.told.insert(account),
            false => known.told.remove(&account),
        };
        is_new.then_some((account, is_seer))
    }
}

/// Whether the lobby has to be told that somebody sees an event.
fn sees(visibility: &str, by: Option<Known>) -> bool {
    match visibility {
        "private" => by.is_some(),
        "booked" => by == Some(Known::Closer),
        _ => false,
    }
}
