//! What a token of one's own programs may be used for. A scope opens routes; it never gives more than its person has.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a token may do.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
pub enum Scope {
    /// Who one is, what one follows, what one was told.
    #[serde(rename = "profile:read")]
    ProfileRead,
    /// Events as one sees them, drafts of one's own too.
    #[serde(rename = "events:read")]
    EventsRead,
    /// To make, change, publish and cancel events.
    #[serde(rename = "events:write")]
    EventsWrite,
    /// One's own bookings, and those of events that one runs.
    #[serde(rename = "bookings:read")]
    BookingsRead,
    /// To hold, book and cancel places.
    #[serde(rename = "bookings:write")]
    BookingsWrite,
    /// To let people in at the door.
    #[serde(rename = "checkin")]
    CheckIn,
    /// One's webhooks.
    #[serde(rename = "webhooks")]
    Webhooks,
}

/// Some of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u8);

impl Scope {
    /// All of them.
    pub const ALL: [Scope; 7] = [
        Scope::ProfileRead,
        Scope::EventsRead,
        Scope::EventsWrite,
        Scope::BookingsRead,
        Scope::BookingsWrite,
        Scope::CheckIn,
        Scope::Webhooks,
    ];

    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::ProfileRead => "profile:read",
            Scope::EventsRead => "events:read",
            Scope::EventsWrite => "events:write",
            Scope::BookingsRead => "bookings:read",
            Scope::BookingsWrite => "bookings:write",
            Scope::CheckIn => "checkin",
            Scope::Webhooks => "webhooks",
        }
    }

    /// Reads what [`Scope::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

impl Scopes {
    /// Whether it is one of them.
    pub fn has(self, scope: Scope) -> bool {
        self.0 & (1 << scope as u8) != 0
    }

    /// Each once, in the order of the list above.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// As they are stored. What is not known any more opens nothing.
    pub fn read(text: &str) -> Scopes {
        text.split(' ').filter_map(Scope::parse).collect()
    }

    /// For the store.
    pub fn to_text(self) -> String {
        self.iter().map(Scope::as_str).collect::<Vec<_>>().join(" ")
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Scopes(scopes.into_iter().fold(0, |bits, scope| bits | 1 << scope as u8))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_called_the_same_in_the_store_and_on_the_wire() {
        for scope in Scope::ALL {
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
            let alone: Scopes = [scope].into_iter().collect();
            assert_eq!(Scopes::read(&alone.to_text()), alone);
            assert_eq!(alone.iter().collect::<Vec<_>>(), [scope]);
        }
        assert!(Scopes::read("everything root").is_empty());
    }
}
