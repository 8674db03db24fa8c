//! One person who holds, books, releases and cancels at random, keeps what they were told, and after a
//! lost connection resumes and sends again what was not answered, under the same ids.

use crate::client::api::Person;
use crate::client::chance::Chance;
use crate::client::live::{Live, address};
use crate::client::replica::{Caught, Replica};
use anyhow::{Context, Result, anyhow, bail};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::time::Duration;
use uuid::Uuid;

/// Commands that one person has under way at once.
const UNDER_WAY_MAX: usize = 3;
/// Answered commands that are sent again after a resume.
const ASKED_AGAIN: usize = 3;
/// Everybody wants these seats.
const HOT_SEATS: u64 = 2_000;
/// So often commands are sent again that the server could not answer yet.
const RESENT_MAX: u64 = 100;
const ANSWER_SECONDS_MAX: u64 = 10;
/// Refusals that are no outcomes: the same id may come again (R18).
const NOT_OUTCOMES: [&str; 5] = ["busy", "read_only", "unavailable", "rate_limited", "stale_term"];

/// A command that was sent.
#[derive(Clone, Debug)]
pub struct Asked {
    pub id: Uuid,
    pub name: &'static str,
    pub body: Value,
}

/// What a command was answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Done { seq: u64, reply: Value },
    Refused(String),
}

/// A person with all that they know.
pub struct Buyer {
    pub person: Person,
    pub replica: Replica,
    /// Every command that was answered, in the order of the answers.
    pub told: Vec<(Asked, Answer)>,
    /// How joins after the first were answered: by ops, by snapshots.
    pub resumed: (u64, u64),
    /// How often each refusal came that is no outcome.
    pub put_off: BTreeMap<String, u64>,
    /// The first promise that was broken towards them.
    pub broken: Option<String>,
    room: String,
    /// The room has started over: one must join again.
    is_sent_away: bool,
    chance: Chance,
    open: Vec<Asked>,
    refs: HashMap<u64, Asked>,
    next_ref: u64,
    cart: Vec<u64>,
    orders: Vec<String>,
}

impl Buyer {
    pub fn new(person: Person, room: String, chance: Chance) -> Buyer {
        Buyer {
            person,
            replica: Replica::default(),
            told: Vec::new(),
            resumed: (0, 0),
            put_off: BTreeMap::new(),
            broken: None,
            room,
            is_sent_away: false,
            chance,
            open: Vec::new(),
            refs: HashMap::new(),
            next_ref: 1,
            cart: Vec::new(),
            orders: Vec::new(),
        }
    }

    /// Connects, resumes, sends again what was not answered and some of what was, and waits until
    /// everything is answered.
    pub async fn resume(&mut self, server: SocketAddr) -> Result<Live> {
        let mut live = enter(server, &self.person).await?;
        self.refs.clear();
        self.is_sent_away = false;
        let is_first = self.replica.have().is_none();
        let caught = join(&mut live, &self.room, &mut self.replica).await?;
        match caught {
            _ if is_first => {}
            Caught::Ops => self.resumed.0 += 1,
            Caught::Parts => self.resumed.1 += 1,
        }
        let done = |told: &&(Asked, Answer)| matches!(told.1, Answer::Done { .. });
        let again: Vec<Asked> = self
            .told
            .iter()
            .rev()
            .filter(done)
            .take(ASKED_AGAIN)
            .map(|told| told.0.clone())
            .collect();
        for asked in self.open.clone().into_iter().chain(again) {
            self.send(&mut live, &asked).await?;
        }
        self.settle(&mut live).await?;
        Ok(live)
    }

    /// Waits until every command is answered.
    async fn settle(&mut self, live: &mut Live) -> Result<()> {
        let last = self.next_ref + RESENT_MAX;
        while !self.refs.is_empty() {
            let text = within(live.receive()).await?;
            self.hear(&text)?;
            if self.is_sent_away {
                bail!("the room started over");
            }
            for asked in self.open.clone() {
                if !self.refs.values().any(|other| other.id == asked.id) {
                    if self.next_ref > last {
                        bail!(
                            "{} {} has no outcome, however often it is sent",
                            asked.name,
                            asked.id
                        );
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    self.send(live, &asked).await?;
                }
            }
        }
        Ok(())
    }

    /// Asks for one thing and waits until it is done.
    pub async fn ask_for(
        &mut self,
        live: &mut Live,
        name: &'static str,
        body: Value,
    ) -> Result<Value> {
        let asked = Asked { id: self.chance.uuid(), name, body };
        self.open.push(asked.clone());
        self.send(live, &asked).await?;
        self.settle(live).await?;
        match self.told.last() {
            Some((told, Answer::Done { reply, .. })) if told.id == asked.id => Ok(reply.clone()),
            last => bail!("{name} was answered {last:?}"),
        }
    }

    /// Reads on until the copy is what a newcomer sees.
    pub async fn converge(&mut self, live: &mut Live, hash: u64) -> Result<()> {
        while self.replica.hash("all") != hash {
            let text = within(live.receive()).await;
            self.hear(&text.context("the copy never became what a newcomer sees")?)?;
        }
        Ok(())
    }

    /// Works until the connection is lost or the room starts over. An error is a broken promise.
    pub async fn work(&mut self, live: &mut Live) -> Result<()> {
        let mut next = self.pause();
        while !self.is_sent_away {
            let heard = tokio::select! {
                text = live.receive() => Some(text),
                () = tokio::time::sleep_until(next), if self.refs.len() < UNDER_WAY_MAX => None,
            };
            match heard {
                Some(Ok(text)) => self.hear(&text)?,
                Some(Err(_)) => return Ok(()),
                None => {
                    next = self.pause();
                    if self.ask(live).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
        Ok(())
    }

    /// The negative control: a client that sends what was not answered again under other ids.
    pub fn forget_ids(&mut self) {
        for asked in &mut self.open {
            asked.id = self.chance.uuid();
        }
    }

    fn pause(&mut self) -> tokio::time::Instant {
        tokio::time::Instant::now() + Duration::from_millis(self.chance.below(40))
    }

    async fn ask(&mut self, live: &mut Live) -> Result<()> {
        let unsent = self.open.iter().find(|a| !self.refs.values().any(|other| other.id == a.id));
        if let Some(unsent) = unsent.cloned() {
            return self.send(live, &unsent).await;
        }
        let (name, body) = self.choose();
        let asked = Asked { id: self.chance.uuid(), name, body };
        self.open.push(asked.clone());
        self.send(live, &asked).await?;
        // Sometimes the network sends a command twice.
        if self.chance.percent(5) {
            self.send(live, &asked).await?;
        }
        Ok(())
    }

    fn choose(&mut self) -> (&'static str, Value) {
        if !self.orders.is_empty() && self.chance.percent(35) {
            let nth = self.chance.below(self.orders.len() as u64) as usize;
            return ("cancel", json!({ "order": self.orders[nth] }));
        }
        match self.chance.below(10) {
            0..=5 if !self.cart.is_empty() => ("book", json!({ "payment": "door" })),
            6 | 7 if !self.cart.is_empty() => ("release", json!({})),
            0 | 1 => ("hold", json!({ "best": { "count": 1 + self.chance.below(3) } })),
            _ => {
                let first = self.chance.below(HOT_SEATS);
                let seats: Vec<u64> = (first..=first + self.chance.below(3)).collect();
                ("hold", json!({ "seats": seats }))
            }
        }
    }

    async fn send(&mut self, live: &mut Live, asked: &Asked) -> Result<()> {
        let reference = self.next_ref;
        self.next_ref += 1;
        self.refs.insert(reference, asked.clone());
        let frame = json!({
            "t": "command", "ref": reference, "room": self.room, "term": self.replica.term,
            "id": asked.id, "name": asked.name, "body": asked.body,
        });
        live.send(&frame.to_string()).await
    }

    fn hear(&mut self, text: &[u8]) -> Result<()> {
        for frame in frames(text)? {
            match frame["t"].as_str().unwrap_or_default() {
                "ops" => self.replica.fragments(&frame["fragments"])?,
                "position" => self.replica.seen(frame["seq"].as_u64().context("a position")?),
                "ok" | "refused" => self.answered(&frame)?,
                "presence" | "ping" | "expiring" => {}
                "resync" => self.is_sent_away = true,
                other => bail!("an unexpected frame: {other}"),
            }
        }
        Ok(())
    }

    fn answered(&mut self, frame: &Value) -> Result<()> {
        let reference = frame["ref"].as_u64().context("an answer without ref")?;
        let asked = self.refs.remove(&reference).context("an answer to nothing")?;
        let answer = match frame["t"].as_str() {
            Some("ok") => {
                let seq = frame["seq"].as_u64().context("an answer without seq")?;
                self.replica.seen(seq);
                Answer::Done { seq, reply: frame["body"].clone() }
            }
            _ => Answer::Refused(frame["code"].as_str().unwrap_or_default().to_owned()),
        };
        let before = self.told.iter().rev().find(|(told, _)| told.id == asked.id);
        let is_open = before.is_none();
        if let Answer::Refused(code) = &answer
            && (is_open || code == "read_only")
            && NOT_OUTCOMES.contains(&code.as_str())
        {
            *self.put_off.entry(code.clone()).or_default() += 1;
            return Ok(());
        }
        if let Some((_, before)) = before {
            if *before != answer {
                let (id, name) = (asked.id, asked.name);
                let broken = format!("{name} {id} was answered {before:?}, and then {answer:?}");
                self.broken = Some(broken.clone());
                bail!(broken);
            }
            return Ok(());
        }
        self.open.retain(|open| open.id != asked.id);
        self.learn(&asked, &answer);
        self.told.push((asked, answer));
        Ok(())
    }

    fn learn(&mut self, asked: &Asked, answer: &Answer) {
        match (asked.name, answer) {
            ("hold" | "release", Answer::Done { reply, .. }) => self.cart = seats_of(reply),
            ("book", Answer::Done { reply, .. }) => {
                self.cart.clear();
                self.orders.extend(reply["order"].as_str().map(str::to_owned));
            }
            ("book" | "release", Answer::Refused(_)) => self.cart.clear(),
            ("cancel", _) => self.orders.retain(|order| asked.body["order"] != order.as_str()),
            _ => {}
        }
    }
}

/// The seats of a cart or an order.
pub fn seats_of(value: &Value) -> Vec<u64> {
    let seats = value["seats"].as_array().into_iter().flatten();
    seats.filter_map(|seat| seat.as_u64().or_else(|| seat[0].as_u64())).collect()
}

/// Connects and says who it is.
pub async fn enter(server: SocketAddr, person: &Person) -> Result<Live> {
    let mut live = Live::open(server, person.from).await?;
    live.send(&json!({ "t": "hello", "ref": 1, "token": person.token }).to_string()).await?;
    let welcome = frames(&within(live.receive()).await?)?;
    if welcome.iter().all(|frame| frame["t"] != "welcome") {
        bail!("hello was answered {welcome:?}");
    }
    Ok(live)
}

/// Joins a room with what the copy has, and brings it up to date.
pub async fn join(live: &mut Live, room: &str, replica: &mut Replica) -> Result<Caught> {
    for _ in 0..100 {
        let mut frame = json!({ "t": "join", "ref": 2, "room": room });
        if let Some(have) = replica.have() {
            frame["have"] = have;
        }
        live.send(&frame.to_string()).await?;
        let answer = loop {
            let answer = frames(&within(live.receive()).await?)?;
            if let Some(answer) = answer.into_iter().find(|frame| frame["ref"] == 2) {
                break answer;
            }
        };
        match answer["t"].as_str() {
            Some("joined") => return replica.joined(&answer),
            _ if ["unavailable", "busy", "read_only"]
                .contains(&answer["code"].as_str().unwrap_or("")) =>
            {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            _ => bail!("join was answered {answer}"),
        }
    }
    Err(anyhow!("the room stayed unavailable"))
}

/// A room as a stranger is shown it who has just come and is no member of it.
pub async fn newcomer(server: SocketAddr, room: &str) -> Result<Replica> {
    let mut live = Live::open(server, address(0)).await?;
    live.send(r#"{"t":"hello","ref":1}"#).await?;
    let mut copy = Replica::default();
    join(&mut live, room, &mut copy).await?;
    Ok(copy)
}

/// The frames of a message.
pub fn frames(text: &[u8]) -> Result<Vec<Value>> {
    Ok(match serde_json::from_slice(text)? {
        Value::Array(frames) => frames,
        frame => vec![frame],
    })
}

/// Nothing may take longer than this (liveness).
async fn within<T>(receive: impl Future<Output = Result<T>>) -> Result<T> {
    let time = Duration::from_secs(ANSWER_SECONDS_MAX);
    tokio::time::timeout(time, receive).await.context("no answer in time")?
}
