//! One who talks in several rooms over one connection, keeps all that they were shown and told, and comes back
//! whenever they are thrown out. They judge nothing.

use crate::client::api::Person;
use crate::client::chance::Chance;
use crate::client::replica::{Caught, Replica};
use crate::faults::buyer::{enter, frames};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// Never more than the five messages in five seconds that one may say (R65).
const PAUSE_MS: u64 = 1_000;
/// Attempts to come back are so far apart at most; the first ones less (R26).
const BACKOFF_MS: u64 = 500;
const BACKOFF_MS_MAX: u64 = 4_000;
/// A message's `ref` is its number and this; below are those of joins.
const FIRST_REF: u64 = 100;
/// Refusals that are no outcomes: the same id may come again (R18).
const NOT_OUTCOMES: [&str; 5] = ["busy", "read_only", "unavailable", "rate_limited", "stale_term"];

/// What people say has a length: a room of short words is sent whole sooner than what was missed of it (R7).
const WORDS: &str = "It is raining, the queue goes twice around the house, and nobody has seen the band. \
                     Somebody has brought tea for everyone, and we are told that the doors open at eight.";

/// What a member is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Be there and talk.
    Talk,
    /// Be there.
    Listen,
    /// Not come back.
    StayAway,
}

/// A room as a member knows it.
#[derive(Default)]
pub struct Place {
    pub path: String,
    pub copy: Replica,
    /// Whether they are in it now.
    pub is_here: bool,
}

/// A message of theirs.
pub struct Said {
    /// Which of their places.
    pub place: usize,
    pub text: String,
    /// Its number, once they were told.
    pub no: Option<u64>,
    id: Uuid,
    is_asked: bool,
}

/// Somebody was shown as gone.
#[derive(Clone, Debug)]
pub struct Loss {
    pub room: String,
    pub account: u64,
    pub when: Instant,
}

/// A member with all that they know.
pub struct Member {
    pub person: Person,
    pub mood: Mood,
    pub places: Vec<Place>,
    pub said: Vec<Said>,
    pub losses: Vec<Loss>,
    /// Joins after the first that were answered by ops.
    pub by_ops: usize,
    /// Those that were answered by snapshots: where, and how much was missing.
    pub by_parts: Vec<String>,
    /// Promises that were broken towards them.
    pub broken: Vec<String>,
    chance: Chance,
}

impl Member {
    pub fn new(person: Person, rooms: impl Iterator<Item = String>, chance: Chance) -> Member {
        let place = |path| Place { path, ..Place::default() };
        let (mood, places) = (Mood::Talk, rooms.map(place).collect());
        let (said, losses, by_ops, by_parts, broken) = Default::default();
        Member { person, mood, places, said, losses, by_ops, by_parts, broken, chance }
    }

    /// Whether they are in all their rooms.
    pub fn is_back(&self) -> bool {
        self.places.iter().all(|place| place.is_here)
    }

    /// Whether every message was answered.
    pub fn is_answered(&self) -> bool {
        self.said.iter().all(|said| said.no.is_some())
    }

    /// Takes a frame in; answers what is to be said to it.
    fn hear(&mut self, frame: &Value) -> Result<Option<String>> {
        match frame["t"].as_str().unwrap_or_default() {
            "joined" => self.joined(frame)?,
            "ops" => {
                self.note_losses(frame);
                self.place(frame)?.copy.fragments(&frame["fragments"])?;
            }
            "position" => {
                let seq = frame["seq"].as_u64().context("a position")?;
                self.place(frame)?.copy.seen(seq);
            }
            "ok" | "refused" => self.answered(frame)?,
            "ping" => return Ok(Some(r#"{"t":"pong"}"#.to_owned())),
            "resync" => {
                let path = frame["room"].as_str().context("a room")?;
                let nth = self.places.iter().position(|place| place.path == path);
                return Ok(Some(self.join(nth.context("a room of others")?)));
            }
            "presence" | "live" | "expiring" => {}
            other => bail!("an unexpected frame: {other}"),
        }
        Ok(None)
    }

    fn place(&mut self, frame: &Value) -> Result<&mut Place> {
        let path = frame["room"].as_str().context("a frame without room")?;
        let place = self.places.iter_mut().find(|place| place.path == path);
        place.context("a frame of another room")
    }

    fn joined(&mut self, frame: &Value) -> Result<()> {
        self.note_losses(frame);
        let place = self.place(frame)?;
        let had = place.copy.have().map(|_| place.copy.seq);
        let caught = place.copy.joined(frame)?;
        place.is_here = true;
        match (caught, had) {
            (_, None) => {}
            (Caught::Ops, _) => self.by_ops += 1,
            (Caught::Parts, Some(had)) => {
                let (room, now) = (&place.path, place.copy.seq);
                let text = format!("a snapshot of {room} at {now} for one who had {had}");
                self.by_parts.push(text);
            }
        }
        Ok(())
    }

    /// Who is deleted from the roster has left.
    fn note_losses(&mut self, frame: &Value) {
        let room = frame["room"].as_str().unwrap_or_default();
        let fragments = frame["fragments"].as_array().into_iter().flatten();
        let ops = fragments.flat_map(|fragment| fragment["ops"].as_array().into_iter().flatten());
        let gone = ops.filter(|op| op[0] == "del" && op[1] == "members");
        for account in gone.filter_map(|op| op[2].as_u64()) {
            let when = Instant::now();
            self.losses.push(Loss { room: room.to_owned(), account, when });
        }
    }

    fn answered(&mut self, frame: &Value) -> Result<()> {
        let reference = frame["ref"].as_u64().context("an answer without ref")?;
        let Some(nth) = reference.checked_sub(FIRST_REF) else {
            bail!("a join was answered {frame}");
        };
        let said = self.said.get_mut(usize::try_from(nth)?).context("an answer to nothing")?;
        let no = frame["body"]["no"].as_u64();
        match frame["code"].as_str() {
            None if said.no.is_some() && said.no != no => {
                let text = format!("{} was answered {:?}, and then {frame}", said.text, said.no);
                self.broken.push(text);
            }
            None => said.no = Some(no.context("a message's number")?),
            Some(code) if NOT_OUTCOMES.contains(&code) => said.is_asked = false,
            Some(_) => self.broken.push(format!("{} was answered {frame}", said.text)),
        }
        Ok(())
    }

    fn join(&mut self, nth: usize) -> String {
        let place = &mut self.places[nth];
        place.is_here = false;
        let have = place.copy.have();
        json!({ "t": "join", "ref": nth + 1, "room": place.path, "have": have }).to_string()
    }

    /// What is to be said next: what was not answered, or something new.
    fn speak(&mut self) -> Option<String> {
        if !self.is_back() {
            return None;
        }
        let nth = match self.said.iter().position(|said| said.no.is_none() && !said.is_asked) {
            Some(unanswered) => unanswered,
            None if self.mood == Mood::Talk => {
                let (account, nth) = (self.person.account, self.said.len());
                let text = format!("{account} says the {nth}. {WORDS}");
                let place = self.chance.below(self.places.len() as u64) as usize;
                let id = self.chance.uuid();
                self.said.push(Said { place, text, no: None, id, is_asked: false });
                self.said.len() - 1
            }
            None => return None,
        };
        let said = &mut self.said[nth];
        said.is_asked = true;
        let place = &self.places[said.place];
        let frame = json!({ "t": "command", "ref": FIRST_REF + nth as u64, "room": place.path,
            "term": place.copy.term, "id": said.id, "name": "say", "body": { "text": said.text } });
        Some(frame.to_string())
    }

    /// The connection is gone.
    fn is_lost(&mut self) {
        self.places.iter_mut().for_each(|place| place.is_here = false);
        self.said.iter_mut().for_each(|said| said.is_asked = false);
    }

    /// Who is in a room, as this member was shown it, and who is shown as being here.
    pub fn shown(&self, place: &Place) -> (BTreeSet<u64>, BTreeSet<u64>) {
        let rows = place.copy.rows("members");
        let account = |key: &&str| key.parse::<u64>().ok();
        let here = rows.iter().filter(|(_, row)| row["state"] == "here");
        (
            rows.keys().filter_map(account).collect(),
            here.filter_map(|(key, _)| account(key)).collect(),
        )
    }
}

/// A member's life: they come, and come back, until they are to stay away.
pub async fn live(member: Rc<RefCell<Member>>, server: SocketAddr) {
    let mut failures = 0;
    loop {
        if member.borrow().mood != Mood::StayAway {
            let ended = visit(&member, server).await;
            let mut member = member.borrow_mut();
            let was_back = member.is_back();
            member.is_lost();
            failures = if was_back { 0 } else { failures + 1 };
            if let Err(error) = ended
                && !crate::client::live::is_lost(&error)
            {
                let text = format!("{}: {error:#}", member.person.account);
                member.broken.push(text);
            }
        }
        let most = (BACKOFF_MS << failures.min(3)).min(BACKOFF_MS_MAX);
        let pause = member.borrow_mut().chance.below(most);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
}

/// One connection, until it ends.
async fn visit(member: &RefCell<Member>, server: SocketAddr) -> Result<()> {
    let person = member.borrow().person.clone();
    let mut live = enter(server, &person).await?;
    let rooms = member.borrow().places.len();
    for nth in 0..rooms {
        let join = member.borrow_mut().join(nth);
        live.send(&join).await?;
    }
    let mut next = pause(member);
    loop {
        let heard = tokio::select! {
            text = live.receive() => Some(text?),
            () = tokio::time::sleep_until(next) => None,
        };
        let answers: Vec<String> = match heard {
            Some(text) => {
                let mut member = member.borrow_mut();
                let said = frames(&text)?.into_iter().map(|frame| member.hear(&frame));
                said.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect()
            }
            None => {
                next = pause(member);
                member.borrow_mut().speak().into_iter().collect()
            }
        };
        for answer in answers {
            live.send(&answer).await?;
        }
    }
}

fn pause(member: &RefCell<Member>) -> Instant {
    let more = member.borrow_mut().chance.below(PAUSE_MS / 2);
    Instant::now() + Duration::from_millis(PAUSE_MS + more)
}
