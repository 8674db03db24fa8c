//! Names and numbers that rooms are told apart by. Nothing here makes an id: ids come in from outside.

use serde::{Deserialize, Serialize};
use std::fmt;
use uuid::Uuid;

/// An account's number in the store: positive, below 2^53, the same in every dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub u64);

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A room's identity, for ever. Rooms also have a readable path such as `events/42/seats`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoomId(pub Uuid);

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The identity that a client gives to a command, so that sending it again has no second effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CommandId(pub Uuid);

/// One client's place on the server. A person with two tabs has two sessions and is one member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub u64);

/// The dense counter of a room's entries, from 1. Zero is "before the first".
pub type Seq = u64;

/// Rises at every recovery and change of owner; fences late requests and former owners.
pub type Term = u64;

/// Identity of a room's history. A client whose epoch differs starts over.
pub type Epoch = Uuid;
