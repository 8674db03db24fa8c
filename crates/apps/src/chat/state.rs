//! The shapes of a chat, as PROTOCOL.md has them, and what is kept besides for the rules. Who may see a
//! row is decided here and nowhere else.

use crate::guests::KEEPERS;
use houseful_room::{AccountId, Audience, Cell, Log, Rows, Wall, synced};
use serde::{Deserialize, Serialize};

/// People that a chat remembers: of whom it speaks, and when they spoke last. Whoever was silent longest is
/// forgotten first; their messages stay, without a name.
pub const PEOPLE_MAX: usize = 20_000;

synced! {
    /// A chat.
    pub struct ChatState {
        /// What was said.
        pub messages: Log<Message>,
        /// How often one may speak.
        pub rules: Cell<Rules>,
        /// Who may not speak, for those who keep order.
        pub muted: Rows<AccountId, Muted>,
        /// What concerns one person alone.
        pub mine: Rows<AccountId, Mine>,
        /// Of whom the chat speaks. Nobody sees it.
        pub people: Rows<AccountId, Person>,
    }
}

impl ChatState {
    pub(super) fn new(kept: usize) -> Self {
        ChatState {
            messages: Log::default().keeping(kept),
            rules: Cell::default(),
            muted: Rows::default(),
            mine: Rows::default(),
            people: Rows::default(),
        }
    }

    /// How long one has to wait between messages.
    pub(super) fn slow_ms(&self) -> u64 {
        self.rules.get().map_or(0, |rules| rules.slow_ms)
    }

    /// Until when somebody may not speak, if they may not.
    pub(super) fn muted_until(&self, account: AccountId) -> Option<Wall> {
        self.muted.get(&account).map(|muted| muted.until)
    }

    /// Takes somebody's voice until then.
    pub(super) fn mute(&mut self, account: AccountId, until: Wall, by: AccountId) {
        self.muted.put(account, Audience::Group(KEEPERS.into()), Muted { until, by });
        self.mine.put(account, Audience::Member(account), Mine { muted_until: until });
    }

    /// Gives it back.
    pub(super) fn unmute(&mut self, account: AccountId) {
        self.muted.remove(&account);
        self.mine.remove(&account);
    }

    /// Remembers of a person; nothing is written that is known already.
    pub(super) fn remember(&mut self, account: AccountId, person: Person) {
        if self.people.get(&account) == Some(&person) {
            return;
        }
        if self.people.len() >= PEOPLE_MAX && self.people.get(&account).is_none() {
            let last = |(_, person): &(&AccountId, &Person)| person.said.last().copied();
            if let Some(silent) = self.people.iter().min_by_key(last).map(|(id, _)| *id) {
                self.people.remove(&silent);
            }
        }
        self.people.put(account, Audience::Nobody, person);
    }

    /// The chat speaks of somebody from now on.
    pub(super) fn name(&mut self, account: AccountId) {
        let person = self.people.get(&account).cloned().unwrap_or_default();
        self.remember(account, person);
    }
}

/// A message. A deleted one keeps who said it and when, and nothing of what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who said it.
    pub by: AccountId,
    /// When.
    pub at: Wall,
    /// What.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Who is spoken to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<AccountId>,
    /// Seats that are spoken of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<SpokenSeats>,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<u64>,
    /// What its author's client calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// When it was edited last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited: Option<Wall>,
    /// Who deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Deleted>,
    /// Who put which emoji to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<(String, Vec<AccountId>)>,
}

/// A message of somebody who is erased: as they would have deleted it, but for whom it spoke to, since derived rows
/// follow from that.
pub(super) fn erase(account: AccountId, shape: &str, value: &str) -> Option<String> {
    let message: Message = (shape == "messages").then(|| serde_json::from_str(value).ok())??;
    let is_theirs = message.by == account && !message.text.is_empty();
    let after = Message {
        text: String::new(),
        seats: None,
        reply: None,
        mark: None,
        edited: None,
        deleted: Some(Deleted::Author),
        reactions: Vec::new(),
        ..message
    };
    is_theirs.then(|| serde_json::to_string(&after).ok())?
}

/// Seats of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpokenSeats {
    /// The event.
    pub event: u64,
    /// Which seats of it.
    pub indices: Vec<u32>,
}

/// Who deleted a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deleted {
    /// Whoever had said it.
    Author,
    /// One of those who keep order.
    Moderator,
}

/// How often one may speak.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rules {
    /// Each waits so long between two messages; 0: no longer than always.
    pub slow_ms: u64,
}

/// Somebody who may not speak.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Muted {
    /// When they may again.
    pub until: Wall,
    /// Who wanted it so.
    pub by: AccountId,
}

/// What concerns one person alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Mine {
    /// When they may speak again.
    pub muted_until: Wall,
}

/// Somebody of whom the chat speaks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// When they spoke: the last times, as many as are counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub said: Vec<Wall>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_silent_longest_is_forgotten_first() {
        let mut state = ChatState::new(100);
        let last = PEOPLE_MAX as u64;
        for id in 1..=last {
            let said = if id == 7 { vec![] } else { vec![Wall(if id == 9 { 1 } else { 5 })] };
            state.remember(AccountId(id), Person { said });
        }
        let knows = |state: &ChatState, id: u64| state.people.get(&AccountId(id)).is_some();
        state.name(AccountId(last));
        assert!(knows(&state, 7), "nobody is new");
        state.remember(AccountId(last + 1), Person { said: vec![Wall(6)] });
        assert!(!knows(&state, 7) && knows(&state, 9) && knows(&state, last + 1));
        state.remember(AccountId(last + 2), Person { said: vec![Wall(6)] });
        assert!(!knows(&state, 9) && knows(&state, 1));
        assert_eq!(state.people.len(), PEOPLE_MAX);
    }
}
