//! The frames of PROTOCOL.md as types: what a client may say and what the server answers. Never a rule
//! of a room: bodies and values are somebody else's JSON and stay as they came.

use serde::Serialize;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;
use ts_rs::TS;
use uuid::Uuid;

/// The number that a client gives to a request, positive and below 2^53, to find its answer.
pub type Ref = u64;

/// What a client may say.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "t", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClientFrame<'a> {
    /// The first frame of a connection. Without a token the session is a visitor's.
    Hello {
        /// Finds the answer.
        #[serde(rename = "ref")]
        reference: Ref,
        /// Who one is.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        token: Option<Cow<'a, str>>,
        /// Name and version of the program, for the operator's eyes.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        client: Option<Cow<'a, str>>,
    },
    /// A new token of the same account, before or after the old one's end.
    Auth {
        /// Finds the answer.
        #[serde(rename = "ref")]
        reference: Ref,
        /// Who one is.
        token: Cow<'a, str>,
    },
    /// Enter a room, or continue in it from what one has.
    Join {
        /// Finds the answer.
        #[serde(rename = "ref")]
        reference: Ref,
        /// The room's path or id.
        room: Cow<'a, str>,
        /// The position of the copy that one has.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        have: Option<Have>,
    },
    /// Go out of a room.
    Leave {
        /// Finds the answer.
        #[serde(rename = "ref")]
        reference: Ref,
        /// The room's path or id.
        room: Cow<'a, str>,
    },
    /// Ask a room for a change.
    Command {
        /// Finds the answer.
        #[serde(rename = "ref")]
        reference: Ref,
        /// The room's path or id.
        room: Cow<'a, str>,
        /// The room's term as told in `joined`.
        term: u64,
        /// A UUID made by the client; the same id has no second effect.
        #[ts(type = "string")]
        id: Uuid,
        /// Which command of the application.
        name: Cow<'a, str>,
        /// What the application wants to know; not parsed here.
        #[ts(type = "unknown")]
        body: &'a RawValue,
    },
    /// Show everyone in a room something volatile of oneself. It is not answered; one that cannot be shown is
    /// refused without a number.
    Show {
        /// The room's path or id.
        room: Cow<'a, str>,
        /// What is shown.
        shape: Cow<'a, str>,
        /// Its value; `null` to show it no longer.
        #[ts(type = "unknown")]
        value: &'a RawValue,
    },
    /// Read rows of a log from before those that one has.
    History {
        /// Finds the answer.
        #[serde(rename = "ref")]
        reference: Ref,
        /// The room's path or id.
        room: Cow<'a, str>,
        /// The log.
        shape: Cow<'a, str>,
        /// Only rows before this number.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        before: Option<u64>,
        /// At most so many, and never more than 100.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        limit: Option<u64>,
    },
    /// Ask who some accounts are that a room speaks of.
    People {
        /// Finds the answer.
        #[serde(rename = "ref")]
        reference: Ref,
        /// The room's path or id.
        room: Cow<'a, str>,
        /// Their numbers, at most 100.
        accounts: Vec<u64>,
    },
    /// The answer to `ping`.
    Pong,
}

impl ClientFrame<'_> {
    /// The request's number; none for `show` and `pong`, which are not answered.
    pub fn reference(&self) -> Option<Ref> {
        match self {
            Self::Hello { reference, .. }
            | Self::Auth { reference, .. }
            | Self::Join { reference, .. }
            | Self::Leave { reference, .. }
            | Self::Command { reference, .. }
            | Self::History { reference, .. }
            | Self::People { reference, .. } => Some(*reference),
            Self::Show { .. } | Self::Pong => None,
        }
    }
}

/// The position of a client's copy of a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Have {
    /// The history that it is of.
    #[ts(type = "string")]
    pub epoch: Uuid,
    /// The last entry that it contains.
    pub seq: u64,
}

// Frames that carry state are written by `encode.rs` from shared text; this type is what they are tested
// against, and the way to write the small ones.
/// What the server says.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "t", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ServerFrame<'a> {
    /// `hello` was accepted.
    Welcome {
        /// The request.
        #[serde(rename = "ref")]
        reference: Ref,
        /// This connection's session, for support and logs.
        session: u64,
        /// The server's clock.
        now: i64,
        /// How long the server is silent at most.
        heartbeat_ms: u64,
        /// Who one is; absent for a visitor.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        account: Option<Account<'a>>,
        /// When the token ends.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        expires_at: Option<i64>,
    },
    /// Done.
    Ok {
        /// The request.
        #[serde(rename = "ref")]
        reference: Ref,
        /// The entry that did it.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        seq: Option<u64>,
        /// The application's reply.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "unknown")]
        body: Option<&'a RawValue>,
    },
    /// Not done.
    Refused {
        /// The request; `null` when it could not be read.
        #[serde(rename = "ref")]
        reference: Option<Ref>,
        /// For machines: see the table of codes.
        code: &'a str,
        /// For people.
        message: &'a str,
        /// When it may be worth another try.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        retry_after_ms: Option<u64>,
        /// What is wrong with which field.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        #[ts(optional, as = "Option<BTreeMap<String, String>>")]
        fields: &'a BTreeMap<Cow<'a, str>, Cow<'a, str>>,
        /// What the application adds.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "unknown")]
        details: Option<&'a RawValue>,
    },
    /// You are in the room, at `seq`: `parts` replace what you have, `fragments` continue it.
    Joined {
        /// The request.
        #[serde(rename = "ref")]
        reference: Ref,
        /// The room.
        room: &'a str,
        /// The application that it runs.
        app: &'a str,
        /// The application's version.
        version: u32,
        /// Identity of its history.
        #[ts(type = "string")]
        epoch: Uuid,
        /// For commands.
        term: u64,
        /// The position.
        seq: u64,
        /// What one is in this room.
        role: &'a str,
        /// The whole state that one may see.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional, as = "Option<Vec<Part>>")]
        parts: Option<Vec<&'a RawValue>>,
        /// What one has missed.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional, as = "Option<Vec<Fragment>>")]
        fragments: Option<Vec<&'a RawValue>>,
    },
    /// The room changed.
    Ops {
        /// The room.
        room: &'a str,
        /// In order; those of one message apply together.
        #[ts(as = "Vec<Fragment>")]
        fragments: Vec<&'a RawValue>,
    },
    /// What people show of themselves has changed.
    Live {
        /// The room.
        room: &'a str,
        /// Whether these are all values; what is not among them is shown no longer.
        #[serde(skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        all: Option<bool>,
        /// What is shown, by whose session: the shape, the account, the session, the value or `null`.
        #[ts(type = "[shape: string, account: number, session: number, value: unknown][]")]
        values: Vec<(&'a str, u64, u64, &'a RawValue)>,
    },
    /// How many are there.
    Presence {
        /// The room.
        room: &'a str,
        /// People who are signed in.
        here: u64,
        /// Connections that watch.
        watching: u64,
    },
    /// You have seen all that you may see up to `seq`.
    Position {
        /// The room.
        room: &'a str,
        /// The position.
        seq: u64,
    },
    /// Your copy is no longer kept up to date: `join` again with what you have.
    Resync {
        /// The room.
        room: &'a str,
        /// Why.
        code: &'a str,
    },
    /// The room is closed to you.
    Gone {
        /// The room.
        room: &'a str,
        /// Why.
        code: &'a str,
    },
    /// Your token ends then: send `auth` with a new one.
    Expiring {
        /// When.
        at: i64,
    },
    /// Open a new connection after that time; this one will close.
    Goaway {
        /// How long to wait.
        after_ms: u64,
    },
    /// Answer with `pong`.
    Ping {
        /// The server's clock.
        now: i64,
    },
}

/// Who a session acts for.
#[derive(Clone, Copy, Debug, Serialize, TS)]
pub struct Account<'a> {
    /// The account's number.
    pub id: u64,
    /// What it is called.
    pub name: &'a str,
    /// What it may do on this server.
    pub role: &'a str,
}

/// The rows of one audience.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Part<'a> {
    /// Who may see them.
    pub aud: &'a str,
    /// By name.
    pub shapes: BTreeMap<&'a str, Shape<'a>>,
}

/// A shape's content in a snapshot.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(untagged)]
pub enum Shape<'a> {
    /// One value.
    Cell {
        /// It.
        #[ts(type = "unknown")]
        cell: &'a RawValue,
    },
    /// Keyed rows.
    Rows {
        /// Key and value of each.
        #[ts(type = "[Key, unknown][]")]
        rows: Vec<(&'a RawValue, &'a RawValue)>,
    },
    /// The last rows of a log.
    Log {
        /// Number and value of each, in order.
        #[ts(type = "[number, unknown][]")]
        log: Vec<(u64, &'a RawValue)>,
    },
    /// Small dense values.
    Grid {
        /// They.
        grid: Grid<'a>,
    },
}

/// Small dense values, packed from the low bits of each byte up.
#[derive(Clone, Copy, Debug, Serialize, TS)]
pub struct Grid<'a> {
    /// Bits of one value.
    pub bits: u8,
    /// How many values.
    pub length: u32,
    /// Base64.
    pub data: &'a str,
}

/// The ops of one entry for one audience.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Fragment<'a> {
    /// Who may see them.
    pub aud: &'a str,
    /// The seq of that audience's fragment before this one.
    pub prev: u64,
    /// The entry.
    pub seq: u64,
    /// What changed, in order.
    #[ts(type = "Op[]")]
    pub ops: &'a RawValue,
}
