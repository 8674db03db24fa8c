//! A room that a connection of the lobby dialect is in: what was said of it, and what is to be said after a change.

use super::frames;
use crate::gateway::dialect::link::RoomCopy;
use houseful_room::door::{Phase, doorway};
use houseful_room::{AccountId, roster};
use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// What a client knows of a room.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Of the state that was said last; none while the room waits.
    state: Option<u64>,
    people: BTreeSet<AccountId>,
}

/// A copy as it is to be told.
pub(super) struct Seen {
    pub(super) id: String,
    /// None while the room waits.
    pub(super) state: Option<String>,
    people: BTreeSet<AccountId>,
}

impl Seen {
    /// Reads a copy; `state` writes its state if it runs.
    pub(super) fn of(id: &str, copy: &RoomCopy, state: impl FnOnce() -> String) -> Seen {
        let waits = doorway(copy.replica()).is_some_and(|door| door.phase == Phase::Waiting);
        let people = roster(copy.replica()).into_keys().collect();
        Seen { id: id.to_owned(), state: (!waits).then(state), people }
    }
}

impl Known {
    /// What somebody is told who has just come in: a room that runs before they hear that they are in it.
    pub(super) fn enter(&mut self, seen: Seen) -> Vec<String> {
        let id = seen.id.clone();
        let frames = match &seen.state {
            Some(state) => vec![frames::init(&id, state), frames::joined(&id)],
            None => vec![frames::joined(&id), frames::waiting(&id)],
        };
        self.take(seen);
        frames
    }

    /// What somebody is told who asks for the state.
    pub(super) fn show(&mut self, seen: Seen) -> String {
        let frame = match &seen.state {
            Some(state) => frames::broadcast(&seen.id, state),
            None => frames::waiting(&seen.id),
        };
        // People who came and went in between are still to be told of.
        if self.state.is_some() || seen.state.is_none() {
            self.state = seen.state.as_deref().map(hash);
            return frame;
        }
        let first = frames::init(&seen.id, seen.state.as_deref().unwrap_or_default());
        self.take(seen);
        first
    }

    /// What is told of a change: that the room runs, who came and went, the state if it is another.
    pub(super) fn change(
        &mut self,
        seen: Seen,
        name_of: impl Fn(AccountId) -> String,
    ) -> Vec<String> {
        let id = &seen.id;
        let came = seen.people.difference(&self.people);
        let left = self.people.difference(&seen.people);
        let mut told = Vec::new();
        match (&self.state, &seen.state) {
            (None, None) => told.extend(came.map(|_| frames::waiting(id))),
            (None, Some(state)) => told.push(frames::init(id, state)),
            (Some(_), None) => told.push(frames::waiting(id)),
            (Some(before), Some(state)) => {
                let came = came.map(|who| format!("{} joined", name_of(*who)));
                let left = left.map(|who| format!("{} left", name_of(*who)));
                told.extend(came.chain(left).map(|text| frames::notice(id, &text)));
                if *before != hash(state) {
                    told.push(frames::broadcast(id, state));
                }
            }
        }
        self.take(seen);
        told
    }

    /// Whom a change names that was told last, or is to be.
    pub(super) fn people<'a>(&'a self, seen: &'a Seen) -> impl Iterator<Item = AccountId> + 'a {
        self.people.symmetric_difference(&seen.people).copied()
    }

    fn take(&mut self, seen: Seen) {
        self.state = seen.state.as_deref().map(hash);
        self.people = seen.people;
    }
}

/// A text is compared by its hash: a room's state is long, and there is one for each connection.
fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(people: &[u64], state: Option<&str>) -> Seen {
        let people = people.iter().copied().map(AccountId).collect();
        Seen { id: "R:1".to_owned(), state: state.map(str::to_owned), people }
    }

    fn name_of(who: AccountId) -> String {
        format!("user:{who}")
    }

    #[test]
    fn a_room_waits_starts_once_and_goes_on() {
        let mut known = Known::default();
        let (waiting, joined) = (frames::waiting("R:1"), frames::joined("R:1"));
        assert_eq!(known.enter(seen(&[1], None)), [joined.clone(), waiting.clone()]);
        assert_eq!(known.show(seen(&[1], None)), waiting);
        let started = known.change(seen(&[1, 2], Some("a")), name_of);
        assert_eq!(started, [frames::init("R:1", "a")], "and nobody has joined besides");
        assert!(known.change(seen(&[1, 2], Some("a")), name_of).is_empty());
        let more = known.change(seen(&[1, 2, 3], Some("b")), name_of);
        assert_eq!(more, [frames::notice("R:1", "user:3 joined"), frames::broadcast("R:1", "b")]);
        let alone = known.change(seen(&[1], Some("b")), name_of);
        let left = ["user:2 left", "user:3 left"].map(|text| frames::notice("R:1", text));
        assert_eq!(alone, left);
        let mut late = Known::default();
        assert_eq!(late.enter(seen(&[1, 4], Some("b"))), [frames::init("R:1", "b"), joined]);
    }
}
