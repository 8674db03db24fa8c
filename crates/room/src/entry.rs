//! One transaction as stored: its ops by audience in the very text that goes over the wire.

use crate::op::to_json;
use crate::{AccountId, Audience, CommandId, Corrupt, DerivedRow, Logged, Op, Seq, Wall};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::sync::Arc;

/// A decided entry, on its way to the journal.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number, dense from 1.
    pub seq: Seq,
    /// The command that made it, with a hash of who sent what.
    pub command: Option<(CommandId, u64)>,
    /// Its encoding; [`Stored`] reads it.
    pub body: Arc<[u8]>,
    /// The derived rows as they are after it.
    pub rows: Vec<DerivedRow>,
    /// The rows of logs as they are after it.
    pub logged: Vec<Logged>,
}

/// One entry's ops for one audience, encoded once for everyone who may see them (R9).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// Who may see it.
    pub audience: Audience,
    /// The seq of this audience's fragment before it; 0 if it is the first.
    pub prev: Seq,
    /// The entry's seq.
    pub seq: Seq,
    /// The ops as a JSON array.
    pub ops: Arc<str>,
}

impl Fragment {
    /// `{"aud":…,"prev":…,"seq":…,"ops":[…]}`.
    pub fn text(&self) -> String {
        let Fragment { audience, prev, seq, ops } = self;
        format!("{{\"aud\":\"{audience}\",\"prev\":{prev},\"seq\":{seq},\"ops\":{ops}}}")
    }
}

/// What an entry changed for those who look: its fragments, without what nobody sees.
#[derive(Clone, Debug)]
pub struct Published {
    /// The entry's seq.
    pub seq: Seq,
    /// One for each audience that sees something of it.
    pub fragments: Vec<Fragment>,
}

impl Published {
    /// Bytes of all fragments' ops.
    pub fn len_bytes(&self) -> usize {
        self.fragments.iter().map(|fragment| fragment.ops.len()).sum()
    }
}

/// An entry's body as read back.
#[derive(Debug, Deserialize)]
pub struct Stored<'a> {
    /// When it was decided, by the wall clock.
    pub at: Wall,
    /// What did it: a command's name, `timer KEY`, or what a member did.
    #[serde(rename = "do")]
    pub did: String,
    /// Who did it.
    #[serde(default)]
    pub by: Option<AccountId>,
    /// The reply of an accepted command.
    #[serde(default, borrow, deserialize_with = "present")]
    pub reply: Option<&'a RawValue>,
    #[serde(borrow)]
    ops: Vec<(String, Seq, &'a RawValue)>,
}

/// A reply of `null` is a reply: serde alone would read it as none.
fn present<'de: 'a, 'a, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

impl<'a> Stored<'a> {
    /// Reads an entry's body.
    pub fn read(body: &'a [u8]) -> Result<Self, Corrupt> {
        Ok(serde_json::from_slice(body)?)
    }

    /// The entry's part for each audience.
    pub fn groups(&self) -> impl Iterator<Item = Result<Group<'a>, Corrupt>> {
        self.ops.iter().map(|(audience, prev, ops)| {
            let audience = Audience::parse(audience)
                .ok_or_else(|| Corrupt(format!("unknown audience {audience:?}")))?;
            Ok(Group { audience, prev: *prev, text: ops.get() })
        })
    }
}

/// An entry's ops for one audience, as stored.
#[derive(Debug)]
pub struct Group<'a> {
    /// Who may see them.
    pub audience: Audience,
    /// The seq of this audience's group before it.
    pub prev: Seq,
    /// The ops as a JSON array.
    pub text: &'a str,
}

impl<'a> Group<'a> {
    /// The ops.
    pub fn ops(&self) -> Result<Vec<Op<'a>>, Corrupt> {
        Ok(serde_json::from_str(self.text)?)
    }
}

/// What an entry says of itself beside its ops.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deed<'a> {
    pub at: Wall,
    pub did: &'a str,
    pub by: Option<AccountId>,
    pub reply: Option<&'a str>,
}

/// Encodes an entry's body.
pub(crate) fn encode(deed: Deed<'_>, groups: &[(Audience, Seq, String)]) -> Arc<[u8]> {
    let mut out = format!("{{\"at\":{},\"do\":{}", deed.at.0, to_json(&deed.did));
    if let Some(by) = deed.by {
        out.push_str(&format!(",\"by\":{by}"));
    }
    if let Some(reply) = deed.reply {
        out.push_str(",\"reply\":");
        out.push_str(reply);
    }
    out.push_str(",\"ops\":[");
    for (nth, (audience, prev, ops)) in groups.iter().enumerate() {
        out.push_str(if nth == 0 { "[\"" } else { ",[\"" });
        out.push_str(&audience.to_string());
        out.push_str(&format!("\",{prev},"));
        out.push_str(ops);
        out.push(']');
    }
    out.push_str("]}");
    out.into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_of_null_is_a_reply() {
        let deed = Deed { at: Wall(1), did: "release", by: None, reply: Some("null") };
        let body = encode(deed, &[]);
        let stored = Stored::read(&body).expect("an entry");
        assert_eq!(stored.reply.map(RawValue::get), Some("null"));
        let deed = Deed { reply: None, ..deed };
        assert!(Stored::read(&encode(deed, &[])).expect("an entry").reply.is_none());
    }
}
