//! What the journal says of a chat, entry by entry, and which changes are lawful (I8). It reads rows as
//! PROTOCOL.md describes them and shares no code with the chat.

use super::{MODERATOR, PEOPLE};
use houseful_room::testkit::{Change, Log, Observed};
use houseful_room::{AccountId, Audience};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// So many messages of one person in so many milliseconds.
const BURST: usize = 5;
const BURST_MS: i64 = 5_000;

/// The chat after some entry.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Every message, by number from 1.
    messages: Rc<Vec<Rc<Value>>>,
    /// Texts as they were first said.
    texts: Rc<Vec<Rc<str>>>,
    /// Texts of deleted messages.
    forgotten: Rc<Vec<String>>,
    pub(super) slow_ms: i64,
    pub(super) muted: BTreeSet<u64>,
    /// Those of whom the chat speaks, and the roster.
    pub(super) people: BTreeSet<u64>,
    pub(super) members: BTreeSet<u64>,
    /// When people spoke lately, by the wall clock; what was later than now by it is not remembered.
    said: BTreeMap<u64, Rc<Vec<i64>>>,
}

/// Whether somebody keeps order.
pub(super) fn keeps_order(account: u64) -> bool {
    account <= MODERATOR
}

impl Model {
    pub(super) fn last(&self) -> u64 {
        self.messages.len() as u64
    }

    pub(super) fn message(&self, no: u64) -> Option<&Value> {
        let place = usize::try_from(no.checked_sub(1)?).ok()?;
        self.messages.get(place).map(|row| &**row)
    }

    /// How often somebody spoke.
    pub(super) fn times(&self, account: u64) -> usize {
        self.said.get(&account).map_or(0, |times| times.len())
    }

    pub(super) fn knows(&self, account: u64) -> bool {
        let is_here = self.members.contains(&account) || self.people.contains(&account);
        is_here || (1..=PEOPLE).contains(&account) && keeps_order(account)
    }

    pub(super) fn observe(&mut self, entry: &Observed) -> Result<(), String> {
        let at = |text: String| format!("I8: entry {}, {}: {text}", entry.seq, entry.did);
        let mut rows = Vec::new();
        for (audience, change) in entry.changes() {
            match change {
                Change::Log(shape, no, row) if shape == "messages" => rows.push((*no, row)),
                Change::Cell(shape, rules) if shape == "rules" => {
                    self.rule(entry, rules).map_err(at)?;
                }
                Change::Put(shape, key, _) => {
                    self.put(entry, audience, shape, number(key)).map_err(at)?;
                }
                Change::Del(shape, key) => {
                    self.del(entry, shape, number(key)).map_err(at)?;
                }
                other => return Err(at(format!("no change of a chat: {other:?}"))),
            }
        }
        match (entry.did.as_str(), &rows[..]) {
            ("say", [(no, row)]) => self.say(entry, *no, row).map_err(at),
            ("edit" | "delete", [(no, row)]) => self.amend(entry, *no, row).map_err(at),
            ("react", [(no, row)]) => self.amend(entry, *no, row).map_err(at),
            ("react", []) => Ok(()),
            ("say" | "edit" | "delete", _) | (_, [_, ..]) => {
                Err(at(format!("it wrote {} messages", rows.len())))
            }
            (_, []) => Ok(()),
        }
    }

    fn rule(&mut self, entry: &Observed, rules: &Value) -> Result<(), String> {
        self.slow_ms = rules["slowMs"].as_i64().ok_or("slowMs is no number")?;
        match entry.did.as_str() {
            "open" => Ok(()),
            "slow" if keeps_order(by(entry)) => Ok(()),
            _ => Err("the rules may not change by this".into()),
        }
    }

    fn put(
        &mut self,
        entry: &Observed,
        audience: &Audience,
        shape: &str,
        key: u64,
    ) -> Result<(), String> {
        let seen_by = match shape {
            "muted" => Audience::Group("keepers".into()),
            "mine" => Audience::Member(AccountId(key)),
            "people" => Audience::Nobody,
            _ => audience.clone(),
        };
        if *audience != seen_by {
            return Err(format!("{audience} sees {shape} of {key}"));
        }
        match shape {
            "muted" => {
                let may = entry.did == "mute" && keeps_order(by(entry)) && !keeps_order(key);
                self.muted.insert(key);
                may.then_some(()).ok_or(format!("{key} may not be muted by this"))?;
            }
            "people" => drop(self.people.insert(key)),
            "members" => drop(self.members.insert(key)),
            _ => {}
        }
        Ok(())
    }

    fn del(&mut self, entry: &Observed, shape: &str, key: u64) -> Result<(), String> {
        match shape {
            "muted" => {
                let is_due = entry.did == format!("timer mute:{key}");
                let may = is_due || entry.did == "unmute" && keeps_order(by(entry));
                self.muted.remove(&key);
                may.then_some(()).ok_or(format!("{key} may not be unmuted by this"))?;
            }
            "people" => drop(self.people.remove(&key)),
            "members" => drop(self.members.remove(&key)),
            _ => {}
        }
        Ok(())
    }

    fn say(&mut self, entry: &Observed, no: u64, row: &Value) -> Result<(), String> {
        let (by, at) = (by(entry), entry.at.0);
        let text = text(row).to_owned();
        let is_marked = text.starts_with(&format!("{by}:"));
        if no != self.last() + 1 || row["by"] != by || row["at"] != at || !is_marked {
            return Err(format!("message {no} after {}: {row}", self.last()));
        }
        let replied = entry.reply.as_ref().and_then(|reply| reply["no"].as_u64());
        if replied != Some(no) || row.get("edited").or(row.get("deleted")).is_some() {
            return Err(format!("it was answered {replied:?} and is {no}: {row}"));
        }
        if self.texts.iter().any(|known| **known == *text) {
            return Err(format!("it is there twice: {row}"));
        }
        Rc::make_mut(&mut self.texts).push(text.into());
        self.must_have_voice(by)?;
        self.must_be_slow(by, at)?;
        let times = Rc::make_mut(self.said.entry(by).or_default());
        times.retain(|last| (0..BURST_MS).contains(&(at - *last)));
        times.push(at);
        Rc::make_mut(&mut self.messages).push(Rc::new(row.clone()));
        self.must_know_mentions(row)
    }

    fn must_have_voice(&self, by: u64) -> Result<(), String> {
        if self.muted.contains(&by) && !keeps_order(by) {
            return Err(format!("{by} is muted"));
        }
        Ok(())
    }

    fn must_be_slow(&self, by: u64, at: i64) -> Result<(), String> {
        let none = Rc::default();
        let times = self.said.get(&by).unwrap_or(&none);
        let slow_ms = if keeps_order(by) { 0 } else { self.slow_ms };
        if times.last().is_some_and(|last| (0..slow_ms).contains(&(at - last))) {
            return Err(format!("{by} spoke in less than {slow_ms} ms"));
        }
        if times.iter().filter(|last| (0..BURST_MS).contains(&(at - **last))).count() >= BURST {
            return Err(format!("{by} spoke more than {BURST} times in {BURST_MS} ms"));
        }
        Ok(())
    }

    fn must_know_mentions(&self, row: &Value) -> Result<(), String> {
        let mentions = row["mentions"].as_array().into_iter().flatten();
        let mut unknown = mentions.filter(|id| !self.knows(id.as_u64().unwrap_or(0)));
        match unknown.next() {
            Some(unknown) => Err(format!("{unknown} was never here")),
            None => Ok(()),
        }
    }

    fn amend(&mut self, entry: &Observed, no: u64, row: &Value) -> Result<(), String> {
        let by = by(entry);
        let before = self.message(no).ok_or(format!("there is no message {no}"))?.clone();
        if before.get("deleted").is_some() {
            return Err(format!("message {no} was deleted, and is {row} now"));
        }
        match entry.did.as_str() {
            "edit" => {
                let expected = with(&before, row, &["text", "mentions", "edited"]);
                let is_marked = text(row).starts_with(&format!("{by}:"));
                let is_own = before["by"] == by && is_marked && row["edited"] == entry.at.0;
                if !is_own || *row != expected {
                    return Err(format!("{by} edits {before} into {row}"));
                }
                self.must_have_voice(by)?;
                self.must_know_mentions(row)?;
            }
            "delete" => {
                let who = if before["by"] == by { "author" } else { "moderator" };
                let may = before["by"] == by || keeps_order(by);
                let left = serde_json::json!({
                    "by": before["by"], "at": before["at"], "deleted": who
                });
                if !may || *row != left {
                    return Err(format!("{by} deletes {before}, and leaves {row}"));
                }
                Rc::make_mut(&mut self.forgotten).push(text(&before).to_owned());
            }
            _ => {
                let differs: BTreeSet<(String, u64)> =
                    pairs(&before).symmetric_difference(&pairs(row)).cloned().collect();
                let is_own = differs.len() == 1 && differs.iter().all(|(_, who)| *who == by);
                if !is_own || *row != with(&before, row, &["reactions"]) {
                    return Err(format!("{by} reacts to {before}: {row}"));
                }
                self.must_have_voice(by)?;
            }
        }
        Rc::make_mut(&mut self.messages)[no as usize - 1] = Rc::new(row.clone());
        Ok(())
    }

    /// History is the messages, each as it is now, and no other.
    pub(super) fn must_be_history(&self, log: &Log) -> Result<(), String> {
        for no in 1..=self.last() + 1 {
            let kept = log.logged("messages", no);
            let kept = kept.and_then(|row| serde_json::from_str::<Value>(&row).ok());
            if kept.as_ref() != self.message(no) {
                return Err(format!("I8: history has {kept:?} for {no}: {:?}", self.message(no)));
            }
        }
        Ok(())
    }

    /// The room itself does not know deleted words any more.
    pub(super) fn must_have_forgotten(&self, snapshot: &str) -> Result<(), String> {
        match self.forgotten.iter().find(|text| snapshot.contains(text.as_str())) {
            Some(text) => Err(format!("I8: {text:?} was deleted, and the room knows it")),
            None => Ok(()),
        }
    }
}

fn by(entry: &Observed) -> u64 {
    entry.by.map_or(0, |account| account.0)
}

fn number(key: &str) -> u64 {
    key.parse().unwrap_or(0)
}

fn text(row: &Value) -> &str {
    row["text"].as_str().unwrap_or_default()
}

/// A row with some fields as another has them.
fn with(before: &Value, after: &Value, fields: &[&str]) -> Value {
    let mut row = before.clone();
    for field in fields {
        match (row.as_object_mut(), after.get(*field)) {
            (Some(row), Some(value)) => drop(row.insert((*field).to_owned(), value.clone())),
            (Some(row), None) => drop(row.remove(*field)),
            (None, _) => {}
        }
    }
    row
}

fn pairs(row: &Value) -> BTreeSet<(String, u64)> {
    let kinds = row["reactions"].as_array().into_iter().flatten();
    let pairs = kinds.flat_map(|kind| {
        let people = kind[1].as_array().into_iter().flatten();
        let emoji = kind[0].as_str().unwrap_or_default().to_owned();
        people.map(move |who| (emoji.clone(), who.as_u64().unwrap_or(0)))
    });
    pairs.collect()
}
