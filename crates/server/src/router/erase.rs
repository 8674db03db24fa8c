//! What rooms have of somebody: read for them, or taken out, in the journal first and then in the memory of those that
//! are awake. It decides nothing of who is erased.

use super::Router;
use crate::journal::{ActedIn, Erasing};
use crate::room::{AnswerTo, Mail, OsIds, look, mail};
use crate::store::StoreError;
use houseful_room::{AccountId, Audience, CommandId, Corrupt, Ids, Op, Principal, Refusal, Stored};
use serde_json::Value;
use std::collections::BTreeMap;
use tokio::sync::oneshot;

/// Entries read at once.
const READ_CHUNK: usize = 10_000;

impl Router {
    /// The rooms in which somebody acted.
    pub async fn acted_in(&self, account: AccountId) -> Result<Vec<ActedIn>, StoreError> {
        let journal = self.context.journal.clone();
        let acted = self.context.tasks.blocking(move || journal.acted_in(account)).await;
        acted.map_err(|error| StoreError::Failed(error.to_string()))?
    }

    /// Takes somebody's words out of a room. Everyone in it joins anew.
    pub async fn erase(&self, room: &ActedIn, account: AccountId) -> Result<bool, StoreError> {
        // What an application that is here no more has written, nobody can read.
        let Some(without) = self.context.apps.get(&room.app).map(|app| app.without) else {
            return Ok(false);
        };
        let (journal, path) = (self.context.journal.clone(), room.path.clone());
        let epoch = OsIds.uuid(self.context.clock.wall());
        let erase = move || {
            let Some(record) = journal.find(&path)? else { return Ok(false) };
            journal.erase(Erasing { room: record.room, account, without, epoch })
        };
        let erased = self.context.tasks.blocking(erase).await;
        let erased = erased.map_err(|error| StoreError::Failed(error.to_string()))??;
        if erased && let Some(handle) = self.awake(&room.path) {
            let started = self.send(&handle, Mail::StartOver).await;
            started.map_err(|_| StoreError::Busy)?;
        }
        Ok(erased)
    }

    /// Asks something of a room that the server itself wants, in somebody's name.
    pub async fn command(
        &self,
        path: &str,
        who: Principal,
        name: &'static str,
        body: &Value,
    ) -> Result<(), Refusal> {
        let handle = self.find(path).await?;
        let who = self.introduce(&handle, who).await?;
        let (to, answer) = oneshot::channel();
        let command = Mail::Command {
            id: CommandId(OsIds.uuid(self.context.clock.wall())),
            term: None,
            who,
            name: name.into(),
            body: body.to_string().into(),
            to: AnswerTo::Caller(to),
        };
        self.send(&handle, command).await.map_err(|(_, refusal)| refusal)?;
        answer.await.unwrap_or_else(|_| Err(mail::unavailable())).map(drop)
    }
}

/// What somebody did and wrote in a room, and what it shows to them alone.
#[derive(Debug, Default)]
pub struct Words {
    /// Their entries: when (ms since 1970), and what did it.
    pub did: Vec<(i64, String)>,
    /// What they wrote, as it is by now: the shape, and the value as JSON.
    pub wrote: Vec<(String, String)>,
    /// What is shown to them alone, as a part (R8).
    pub yours: String,
}

impl Router {
    /// What a room has of somebody. The journal is read; the room is not woken.
    pub async fn words(&self, room: &ActedIn, account: AccountId) -> Result<Words, StoreError> {
        let (context, path) = (self.context.clone(), room.path.clone());
        let Some(without) = context.apps.get(&room.app).map(|app| app.without) else {
            return Ok(Words::default());
        };
        let read = move || {
            let journal = &*context.journal;
            let view = look(&context.apps, journal, &*context.clock, &path)?;
            let yours = view.map(|view| view.room().part(&Audience::Member(account)));
            let record = journal.find(&path)?.ok_or(StoreError::NotFound)?;
            let mut words = Words { yours: yours.unwrap_or_default(), ..Words::default() };
            let mut wrote = BTreeMap::new();
            let mut after = 0;
            while after < record.head {
                let chunk = journal.read(record.room, after, READ_CHUNK)?;
                let Some(last) = chunk.last() else { break };
                after = last.seq;
                for entry in &chunk {
                    let has = |shape: &str, value: &str| without(account, shape, value).is_some();
                    note(&entry.body, account, &has, &mut words.did, &mut wrote)
                        .map_err(|error| StoreError::Failed(error.to_string()))?;
                }
            }
            words.wrote =
                wrote.into_iter().map(|((shape, _), value): (_, String)| (shape, value)).collect();
            Ok(words)
        };
        let words = self.context.tasks.blocking(read).await;
        words.map_err(|error| StoreError::Failed(error.to_string()))?
    }
}

/// The last value of each row with words of theirs, by shape and key.
type Wrote = BTreeMap<(String, String), String>;

fn note(
    body: &[u8],
    account: AccountId,
    has_words: &dyn Fn(&str, &str) -> bool,
    did: &mut Vec<(i64, String)>,
    wrote: &mut Wrote,
) -> Result<(), Corrupt> {
    let stored = Stored::read(body)?;
    if stored.by == Some(account) {
        did.push((stored.at.0, stored.did.clone()));
    }
    for group in stored.groups() {
        for op in group?.ops()? {
            let (key, value) = match op {
                Op::Put(_, key, value) => (key.get().to_owned(), value),
                Op::Log(_, no, value) => (no.to_string(), value),
                Op::Del(shape, key) => {
                    wrote.remove(&(shape.to_owned(), key.get().to_owned()));
                    continue;
                }
                _ => continue,
            };
            let place = (op.shape().to_owned(), key);
            if has_words(op.shape(), value.get()) {
                wrote.insert(place, value.get().to_owned());
            } else {
                wrote.remove(&place);
            }
        }
    }
    Ok(())
}
