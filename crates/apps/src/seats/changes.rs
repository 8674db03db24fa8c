//! Who changed what: a row for each change of the event's facts and people, for those who run it. It keeps texts short
//! and account numbers alone.

use super::SeatsTx;
use super::facts::Event;
use super::mailing::BookingMail;
use houseful_room::{AccountId, Caller, Wall};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Of a text so much is kept: enough to tell which it was.
const TEXT_CHARS_MAX: usize = 200;
/// So many people of one change are named.
const NAMED_MAX: usize = 20;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    pub at: Wall,
    /// By whom.
    pub by: AccountId,
    /// The command.
    pub what: String,
    /// Facts that changed: each one as it was and as it is.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, (Value, Value)>,
    /// Whom it concerns, the first of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accounts: Vec<AccountId>,
}

/// What stands beside the event's cell and changed: its name, what it was and is.
type Beside = (&'static str, Value, Value);

/// Notes what an edit changed; `more` is what stands beside the event's cell.
pub(super) fn note_facts(
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    what: &str,
    (before, now): (&Event, &Event),
    more: Vec<Beside>,
) {
    let (before, now) = (object(before), object(now));
    let names: Vec<&String> = now.keys().chain(before.keys()).collect();
    let mut fields = BTreeMap::new();
    for name in names {
        let pair = [&before, &now].map(|facts| facts.get(name).cloned().unwrap_or_default());
        let [was, is] = pair;
        if was != is {
            fields.insert(name.clone(), (cut(was), cut(is)));
        }
    }
    fields.extend(more.into_iter().map(|(name, was, is)| (name.to_owned(), (cut(was), cut(is)))));
    if !fields.is_empty() {
        push(tx, by, what, fields, Vec::new());
    }
}

/// What a mail says, short enough to be noted.
pub(super) fn told(mail: &BookingMail) -> Value {
    let words: String = mail.words.chars().take(TEXT_CHARS_MAX).collect();
    serde_json::to_value(BookingMail { words, ..mail.clone() }).unwrap_or_default()
}

/// Notes what became of somebody.
pub(super) fn note_person(
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    what: &str,
    account: AccountId,
    was: Option<&str>,
    is: Option<&str>,
) {
    let fields = BTreeMap::from([("role".to_owned(), (was.into(), is.into()))]);
    push(tx, by, what, fields, vec![account]);
}

/// Notes what was done to people.
pub(super) fn note_people(tx: &mut SeatsTx<'_>, by: &Caller, what: &str, accounts: &[AccountId]) {
    let named = accounts.iter().copied().take(NAMED_MAX).collect();
    push(tx, by, what, BTreeMap::new(), named);
}

/// Notes that a number of something changed.
pub(super) fn note_number(
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    what: &str,
    name: String,
    was: u32,
    is: u32,
) {
    push(tx, by, what, BTreeMap::from([(name, (was.into(), is.into()))]), Vec::new());
}

fn push(
    tx: &mut SeatsTx<'_>,
    by: &Caller,
    what: &str,
    fields: BTreeMap<String, (Value, Value)>,
    accounts: Vec<AccountId>,
) {
    let (at, by, what) = (tx.now(), by.account, what.to_owned());
    tx.state.changes.push(Change { at, by, what, fields, accounts });
}

fn object(event: &Event) -> Map<String, Value> {
    match serde_json::to_value(event) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

fn cut(value: Value) -> Value {
    match value {
        Value::String(text) if text.chars().count() > TEXT_CHARS_MAX => {
            let kept: String = text.chars().take(TEXT_CHARS_MAX).collect();
            Value::String(format!("{kept}…"))
        }
        other => other,
    }
}
