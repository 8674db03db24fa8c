//! What a world needs to know of an application: what its people ask for, and how to check what came of
//! it from the journal alone. A checker never calls the application's own rules.

use super::{Change, Log, Piece, Replica, Rng};
use crate::{AccountId, Audience, Principal, Refusal, RoomApp, Seq, Term, Wall};

/// A command that somebody wants to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Its name.
    pub name: &'static str,
    /// Its body, JSON.
    pub body: String,
}

/// A command that was refused, for [`Workload::justifies`].
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Who asked.
    pub by: AccountId,
    /// For what.
    pub ask: &'a Ask,
    /// When it was decided, by the wall clock.
    pub at: Wall,
}

/// A durable entry, read without the framework's types.
#[derive(Clone, Debug)]
pub struct Observed {
    /// Its number.
    pub seq: Seq,
    /// The term in which it was decided.
    pub term: Term,
    /// When it was decided, by true time.
    pub true_ms: u64,
    /// When it was decided, by the wall clock.
    pub at: Wall,
    /// What did it.
    pub did: String,
    /// Who did it.
    pub by: Option<AccountId>,
    /// The reply, if it is a command's.
    pub reply: Option<serde_json::Value>,
    /// Its changes by audience.
    pub pieces: Vec<Piece>,
}

impl Observed {
    /// All changes with their audiences, in order.
    pub fn changes(&self) -> impl Iterator<Item = (&Audience, &Change)> {
        self.pieces.iter().flat_map(|piece| piece.changes.iter().map(|c| (&piece.audience, c)))
    }

    /// Whether a timer did it.
    pub fn is_timer(&self) -> bool {
        self.did.starts_with("timer ")
    }
}

/// How an application is used and checked in a world.
pub trait Workload: Clone {
    /// The application.
    type App: RoomApp;
    /// What the checker knows after some entry. Cloned for each entry: keep it small.
    type Model: Clone;

    /// The room's stored configuration.
    fn config(&self) -> String;

    /// The clients, one connection at a time each; a person may be there twice.
    fn people(&self) -> Vec<Principal>;

    /// What a client asks for next, given what it sees; none if nothing.
    fn next(&mut self, rng: &mut Rng, client: usize, copy: &Replica) -> Option<Ask>;

    /// What somebody who is not in the room asks for next, as one can over HTTP.
    fn outside(&mut self, _rng: &mut Rng, _client: usize) -> Option<Ask> {
        None
    }

    /// Whether somebody may rightly not be in the room at the end.
    fn may_be_out(&self, _model: &Self::Model, _who: &Principal) -> bool {
        false
    }

    /// What the checker knows before the first entry.
    fn model(&self) -> Self::Model;

    /// Takes the next durable entry in, and says what is wrong with it.
    fn observe(&self, model: &mut Self::Model, entry: &Observed) -> Result<(), String>;

    /// Whether a refusal is right, given everything up to some durable entry and nothing else. What
    /// depends on other clocks than the wall's is always right here.
    fn justifies(&self, model: &Self::Model, asked: Asked<'_>, refusal: &Refusal) -> bool;

    /// Checks at the very end, when nothing has gone on for a while.
    fn finish(&self, _model: &Self::Model, _true_ms: u64) -> Result<(), String> {
        Ok(())
    }

    /// Checks at the very end what is kept beside the entries: rows of logs, and the room's own snapshot.
    fn finish_kept(&self, _: &Self::Model, _: &Log, _snapshot: &str) -> Result<(), String> {
        Ok(())
    }
}
