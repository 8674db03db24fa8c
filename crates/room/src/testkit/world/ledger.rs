//! What is known for certain: the durable entries, read on their own, and what clients were told. Every
//! promise about them is checked here; nothing here asks the room.

use super::super::{Asked, Observed, Piece, Record, Replica, Workload};
use super::report::Violation;
use crate::{Accepted, AccountId, Audience, CommandId, Refusal, Seq, Wall};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// So many models of the past are kept to justify refusals with.
const MODELS_MAX: usize = 1_024;

/// What a client was told of a command.
#[derive(Debug)]
enum Told {
    Accepted(Seq, Arc<str>),
    Refused(&'static str),
}

/// An entry's body, read without the framework's types.
#[derive(Deserialize)]
struct Body {
    at: i64,
    #[serde(rename = "do")]
    did: String,
    by: Option<u64>,
    reply: Option<Value>,
    ops: Vec<(String, Seq, Value)>,
}

pub(super) struct Ledger<W: Workload> {
    /// All audiences' copy at the durable head.
    pub(super) reference: Replica,
    digests: BTreeMap<Audience, Vec<(Seq, u64)>>,
    heads: BTreeMap<Audience, Seq>,
    models: VecDeque<W::Model>,
    first_model: Seq,
    /// The entry of each command that took effect, and its reply there.
    commands: HashMap<CommandId, (Seq, Value)>,
    told: HashMap<CommandId, Told>,
}

impl<W: Workload> Ledger<W> {
    pub(super) fn new(work: &W) -> Self {
        Ledger {
            reference: Replica::default(),
            digests: BTreeMap::new(),
            heads: BTreeMap::new(),
            models: VecDeque::from([work.model()]),
            first_model: 0,
            commands: HashMap::new(),
            told: HashMap::new(),
        }
    }

    /// The last durable entry that was looked at.
    pub(super) fn head(&self) -> Seq {
        self.first_model + self.models.len() as Seq - 1
    }

    pub(super) fn model(&self) -> Option<&W::Model> {
        self.models.back()
    }

    /// Takes a durable entry in: I1, I3, I4, I21 by the workload, order and chains by itself.
    pub(super) fn durable(&mut self, work: &W, record: &Record) -> Result<(), Violation> {
        let seq = record.entry.seq;
        if seq != self.head() + 1 {
            return Err(Violation::new("I5", format!("{seq} follows {}", self.head())));
        }
        let entry = observe(record)
            .map_err(|text| Violation::new("I5", format!("entry {seq} cannot be read: {text}")))?;
        if let Some((id, _)) = record.entry.command {
            self.effect(id, seq, entry.reply.clone())?;
        }
        for piece in &entry.pieces {
            let prev = self.heads.insert(piece.audience.clone(), seq).unwrap_or(0);
            if piece.prev != prev {
                let text = format!("{} at {seq}: prev {} is {prev}", piece.audience, piece.prev);
                return Err(Violation::new("I5", text));
            }
        }
        self.reference.apply(&entry.pieces);
        self.reference.settle(seq);
        for piece in &entry.pieces {
            let digest = self.reference.digest(&piece.audience);
            self.digests.entry(piece.audience.clone()).or_default().push((seq, digest));
        }
        let mut model = self.models.back().cloned().unwrap_or_else(|| work.model());
        work.observe(&mut model, &entry).map_err(|text| tagged("I1", text))?;
        self.models.push_back(model);
        if self.models.len() > MODELS_MAX {
            self.models.pop_front();
            self.first_model += 1;
        }
        Ok(())
    }

    /// I4: one effect per id, and none of a refused one.
    fn effect(&mut self, id: CommandId, seq: Seq, reply: Option<Value>) -> Result<(), Violation> {
        let reply = reply.unwrap_or_default();
        if let Some((before, _)) = self.commands.insert(id, (seq, reply)) {
            return Err(Violation::new("I4", format!("{id:?} took effect at {before} and {seq}")));
        }
        if let Some(Told::Refused(code)) = self.told.get(&id) {
            let text = format!("{id:?} was refused {code} and took effect at {seq}");
            return Err(Violation::new("I4", text));
        }
        Ok(())
    }

    /// I2, I4, I6: an answer reached its client. True if it is news.
    pub(super) fn told(
        &mut self,
        id: CommandId,
        answer: &Result<Accepted, Refusal>,
    ) -> Result<bool, Violation> {
        let now = match answer {
            Ok(Accepted { seq, reply: Some(reply) }) => Told::Accepted(*seq, reply.clone()),
            Ok(_) => return Err(Violation::new("I2", format!("{id:?} was accepted, no reply"))),
            Err(refusal) => Told::Refused(refusal.code),
        };
        let durable = self.commands.get(&id).map(|(seq, _)| *seq);
        if let (Told::Accepted(_, reply), Some((seq, stored))) = (&now, self.commands.get(&id))
            && serde_json::from_str::<Value>(reply).ok().as_ref() != Some(stored)
        {
            let text = format!("{id:?} at {seq} was answered {reply}; the journal says {stored}");
            return Err(Violation::new("I4", text));
        }
        match (&now, durable) {
            (Told::Accepted(seq, _), durable) if durable != Some(*seq) => {
                let text = format!("{id:?} was accepted at {seq}; the journal says {durable:?}");
                return Err(Violation::new("I2", text));
            }
            (Told::Refused(code), Some(seq)) => {
                let text = format!("{id:?} was refused {code} and is entry {seq}");
                return Err(Violation::new("I4", text));
            }
            _ => {}
        }
        match (self.told.get(&id), &now) {
            (None, _) => {
                self.told.insert(id, now);
                Ok(true)
            }
            (Some(Told::Accepted(seq, reply)), Told::Accepted(again, same))
                if seq == again && reply == same =>
            {
                Ok(false)
            }
            (Some(Told::Refused(code)), Told::Refused(same)) if code == same => Ok(false),
            (Some(before), _) => {
                let text = format!("{id:?} was answered {before:?}, then {now:?}");
                Err(Violation::new("I4", text))
            }
        }
    }

    /// I6: some durable state between request and answer justifies the refusal.
    pub(super) fn justified(
        &self,
        work: &W,
        asked: Asked<'_>,
        since: Seq,
        refusal: &Refusal,
    ) -> Result<(), Violation> {
        let first = since.max(self.first_model);
        let states = self.models.range((first - self.first_model) as usize..);
        // From the newest back: most refusals are of now.
        if states.rev().any(|model| work.justifies(model, asked, refusal)) {
            return Ok(());
        }
        let text = format!(
            "{} was refused {} for {} {}: no durable state from {first} to {} justifies it",
            asked.by,
            refusal.code,
            asked.ask.name,
            asked.ask.body,
            self.head()
        );
        Err(Violation::new("I6", text))
    }

    /// I5, I6: a client's copy is exactly what the entries up to its position give.
    pub(super) fn agrees(&self, client: usize, copy: &Replica) -> Result<(), Violation> {
        let position = copy.position();
        if position > self.head() {
            let text = format!("client {client} is at {position}, durable is {}", self.head());
            return Err(Violation::new("I6", text));
        }
        for audience in copy.audiences() {
            let digests = self.digests.get(audience).map_or(&[][..], Vec::as_slice);
            let expected = digests.iter().rev().find(|(seq, _)| *seq <= position);
            if copy.digest(audience) != expected.map_or(0, |(_, digest)| *digest) {
                let text = format!("client {client} at {position} differs for {audience}");
                return Err(Violation::new("I5", text));
            }
        }
        Ok(())
    }

    /// The same by content, at the durable head.
    pub(super) fn is_same(&self, client: usize, copy: &Replica) -> Result<(), Violation> {
        let different = copy.audiences().find_map(|a| copy.difference(&self.reference, a));
        different
            .map_or(Ok(()), |text| Err(Violation::new("I5", format!("client {client} {text}"))))
    }
}

/// A workload may name the invariant itself: `I3: …`.
pub(super) fn tagged(rule: &'static str, text: String) -> Violation {
    for known in ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I10", "I21"] {
        if let Some(rest) = text.strip_prefix(known).and_then(|rest| rest.strip_prefix(": ")) {
            return Violation::new(known, rest);
        }
    }
    Violation::new(rule, text)
}

fn observe(record: &Record) -> Result<Observed, String> {
    let body: Body =
        serde_json::from_slice(&record.entry.body).map_err(|error| error.to_string())?;
    let seq = record.entry.seq;
    let pieces: Result<Vec<Piece>, String> = body
        .ops
        .into_iter()
        .map(|(audience, prev, ops)| Piece::from_parts(&audience, prev, seq, ops))
        .collect();
    Ok(Observed {
        seq,
        term: record.term,
        true_ms: record.decided_ms,
        at: Wall(body.at),
        did: body.did,
        by: body.by.map(AccountId),
        reply: body.reply,
        pieces: pieces?,
    })
}
