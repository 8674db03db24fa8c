//! Who may see a row. Each row has exactly one audience at a time.

use crate::AccountId;
use std::fmt;
use std::sync::Arc;

/// Who may see a row, a cell or a signal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Everyone in the room, visitors too.
    All,
    /// Those whom the application admitted in this role.
    Role(Arc<str>),
    /// One person.
    Member(AccountId),
    /// A named group that the application put people into.
    Group(Arc<str>),
    /// The room itself: kept and replayed, never sent.
    Nobody,
}

impl Audience {
    /// The audience of a role.
    pub fn role(name: &str) -> Audience {
        Audience::Role(name.into())
    }

    /// Reads what `Display` wrote.
    pub fn parse(text: &str) -> Option<Audience> {
        match text.split_once(':') {
            None if text == "all" => Some(Audience::All),
            None if text == "nobody" => Some(Audience::Nobody),
            Some(("role", name)) => Some(Audience::Role(name.into())),
            Some(("group", name)) => Some(Audience::Group(name.into())),
            Some(("member", id)) => id.parse().ok().map(|id| Audience::Member(AccountId(id))),
            _ => None,
        }
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Audience::All => f.write_str("all"),
            Audience::Role(name) => write!(f, "role:{name}"),
            Audience::Member(id) => write!(f, "member:{id}"),
            Audience::Group(name) => write!(f, "group:{name}"),
            Audience::Nobody => f.write_str("nobody"),
        }
    }
}
