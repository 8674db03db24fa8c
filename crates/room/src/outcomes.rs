//! Which commands had which outcome, so that the same id has one effect and one answer.

use crate::buggify::{Point, buggify};
use crate::planted::{self, Bug};
use crate::{AccountId, CommandId, Mono, Refusal, Seq};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

/// How long a refusal is remembered.
const REFUSED_MS: u64 = 10 * 60 * 1_000;
/// How many refusals are remembered for one person.
const REFUSED_PER_MEMBER_MAX: usize = 64;
/// How many replies are kept in memory; older ones are read from the journal.
const REPLIES_MAX: usize = 4_096;

/// What is known of a command id.
#[derive(Debug)]
pub(crate) enum Known {
    /// Nothing: it is to be decided.
    New,
    /// It was accepted; the reply is at hand, or to be read from the entry.
    Accepted(Seq, Option<Arc<str>>),
    /// It was refused.
    Refused(Refusal),
    /// The id was used for something else.
    Reused,
}

#[derive(Debug, Default)]
pub(crate) struct Outcomes {
    accepted: HashMap<CommandId, (u64, Seq)>,
    replies: VecDeque<(Seq, CommandId, Arc<str>)>,
    refused: BTreeMap<AccountId, VecDeque<Refused>>,
}

#[derive(Debug)]
struct Refused {
    id: CommandId,
    hash: u64,
    until: Mono,
    refusal: Refusal,
}

impl Outcomes {
    /// Outcomes as the journal has them: ids, hashes, seqs.
    pub(crate) fn recover(accepted: impl IntoIterator<Item = (CommandId, u64, Seq)>) -> Self {
        let known = accepted.into_iter().filter(|_| !planted::on(Bug::AcceptedForgotten));
        let accepted = known.map(|(id, hash, seq)| (id, (hash, seq))).collect();
        Outcomes { accepted, ..Outcomes::default() }
    }

    pub(crate) fn look_up(&self, id: CommandId, hash: u64, by: AccountId, now: Mono) -> Known {
        if let Some(&(known, seq)) = self.accepted.get(&id) {
            let reply = self.replies.binary_search_by_key(&seq, |(seq, ..)| *seq);
            let reply = reply.ok().map(|place| self.replies[place].2.clone());
            return if known == hash { Known::Accepted(seq, reply) } else { Known::Reused };
        }
        let refused = self.refused.get(&by).into_iter().flatten();
        match refused.filter(|past| past.until > now).find(|past| past.id == id) {
            Some(past) if past.hash == hash => Known::Refused(past.refusal.clone()),
            Some(_) => Known::Reused,
            None => Known::New,
        }
    }

    /// Remembers an accepted command: for ever, or, where there is no journal to read its reply from
    /// later, as long as the reply is at hand.
    pub(crate) fn accept(
        &mut self,
        id: CommandId,
        hash: u64,
        seq: Seq,
        reply: Arc<str>,
        for_ever: bool,
    ) {
        self.accepted.insert(id, (hash, seq));
        self.replies.push_back((seq, id, reply));
        let replies_max = if buggify(Point::RepliesOfTwo) { 2 } else { REPLIES_MAX };
        while self.replies.len() > replies_max
            && let Some((_, oldest, _)) = self.replies.pop_front()
        {
            if !for_ever {
                self.accepted.remove(&oldest);
            }
        }
    }

    pub(crate) fn refuse(
        &mut self,
        id: CommandId,
        hash: u64,
        by: AccountId,
        now: Mono,
        refusal: &Refusal,
    ) {
        if planted::on(Bug::RefusalsForgotten) {
            return;
        }
        let past = self.refused.entry(by).or_default();
        past.retain(|past| past.until > now);
        if past.len() == REFUSED_PER_MEMBER_MAX {
            past.pop_front();
        }
        let until = now.plus_ms(REFUSED_MS);
        past.push_back(Refused { id, hash, until, refusal: refusal.clone() });
    }

    /// Forgets refusals that are past their time.
    pub(crate) fn sweep(&mut self, now: Mono) {
        self.refused.retain(|_, past| {
            past.retain(|past| past.until > now);
            !past.is_empty()
        });
    }
}

/// A hash of who sent what: 64-bit FNV-1a, the same on every machine and version, because it is
/// stored (Fowler, Noll, Vo; offset basis and prime of the published parameters).
pub(crate) fn command_hash(by: AccountId, name: &str, body: &str) -> u64 {
    let parts = [&by.0.to_be_bytes()[..], name.as_bytes(), &[0], body.as_bytes()];
    parts.iter().flat_map(|part| part.iter()).fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
