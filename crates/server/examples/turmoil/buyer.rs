//! Somebody who buys over a bad network: holds, books and gives back, cuts the connection, comes back with what there
//! is, and sends again under the same ids what was not answered.

use crate::house::{PASSWORD, now};
use crate::http::{Ask, post};
use crate::ledger::{Phase, Shared, Told};
use crate::line::{Asked, Line, Lost, What};
use crate::replica::Replica;
use houseful_room::testkit::Rng;
use houseful_room::{Ids, Wall};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// How many there are.
pub const BUYERS: usize = 6;
/// Seats of the hall.
pub const SEATS: u64 = 120;

/// A request that is not answered for so long will not be.
const ANSWERED_WITHIN: Duration = Duration::from_secs(4);
/// A copy that is not level for so long, though nothing happens, will not be.
const LEVEL_WITHIN: Duration = Duration::from_secs(5);
/// R21: whoever hears nothing for so long connects anew.
const HEARD_WITHIN: Duration = Duration::from_secs(45);
/// R26: the server stops.
const GOING_AWAY: u16 = 4000;
/// R24: it was not read from for too long.
const SLOW_CONSUMER: u16 = 4001;
/// R18: these are not outcomes.
const TRY_AGAIN: [&str; 9] = [
    "busy",
    "read_only",
    "unavailable",
    "rate_limited",
    "token_expired",
    "stale_term",
    "not_joined",
    "no_such_room",
    "internal",
];

/// A command that is not answered yet.
#[derive(Clone, Debug)]
struct Pending {
    name: &'static str,
    body: Value,
    again_at: Instant,
}

/// A buyer.
pub struct Buyer {
    number: usize,
    name: String,
    shared: Shared,
    rng: Rng,
    token: String,
    room: String,
    epoch: Value,
    term: u64,
    copy: Replica,
    pending: BTreeMap<Uuid, Pending>,
    /// The last command that was accepted: to be sent once more now and then.
    last: Option<(Uuid, Pending)>,
    next_deed: Instant,
    is_settled: bool,
}

impl Buyer {
    /// The nth one.
    pub fn new(number: usize, shared: Shared, rng: Rng) -> Buyer {
        Buyer {
            number,
            name: format!("buyer{number}"),
            shared,
            rng,
            token: String::new(),
            room: String::new(),
            epoch: Value::Null,
            term: 0,
            copy: Replica::default(),
            pending: BTreeMap::new(),
            last: None,
            next_deed: Instant::now(),
            is_settled: false,
        }
    }

    /// Lives until everything is at its end and as it should be.
    pub async fn run(mut self) -> turmoil::Result {
        self.token = self.sign_up().await;
        self.room = self.open_room().await;
        self.shared.borrow_mut().ready += 1;
        loop {
            if let Ok(line) = self.connect().await {
                match self.live(line).await {
                    Ok(()) => return Ok(()),
                    Err(Lost(code)) => self.ended(code),
                }
            }
            sleep(Duration::from_millis(self.rng.between(20, 600))).await;
        }
    }

    fn ended(&self, code: Option<u16>) {
        let mut shared = self.shared.borrow_mut();
        shared.note(now(), &self.name, &format!("ended {code:?}"));
        match code {
            None | Some(GOING_AWAY | SLOW_CONSUMER) => {}
            // Nobody here is silent, floods or is signed out.
            Some(code) => shared.blame(now(), format!("{} was closed with {code}", self.name)),
        }
    }

    async fn sign_up(&mut self) -> String {
        let email = format!("{}@house.example", self.name);
        let body = json!({ "email": email, "name": self.name, "password": PASSWORD });
        loop {
            let ask = Ask { path: "/api/v1/auth/sign-up", token: None, body: &body };
            match post(ask).await {
                Ok((201, answer)) => {
                    return answer["accessToken"].as_str().unwrap_or_default().to_owned();
                }
                Ok((status, answer)) => panic!("sign-up was answered {status} {answer}"),
                // The server is not there yet.
                Err(_) => sleep(Duration::from_millis(100)).await,
            }
        }
    }

    async fn open_room(&self) -> String {
        loop {
            if let Some(room) = self.shared.borrow().room.clone() {
                return room;
            }
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn connect(&mut self) -> Result<Line, Lost> {
        let (mut line, welcome) = Line::open(&self.token).await?;
        self.note(&welcome);
        if welcome["t"] != "welcome" {
            self.blame(format!("hello was answered {welcome}"));
        }
        self.shared.borrow_mut().counts.connections += 1;
        self.join(&mut line).await?;
        Ok(line)
    }

    async fn join(&self, line: &mut Line) -> Result<(), Lost> {
        let have = json!({ "epoch": self.epoch, "seq": self.copy.seq });
        let have = if self.epoch.is_null() { Value::Null } else { have };
        line.ask(json!({ "t": "join", "room": self.room, "have": have }), What::Join).await
    }

    /// One connection. Ok at the end of everything; otherwise it is lost.
    async fn live(&mut self, mut line: Line) -> Result<(), Lost> {
        loop {
            self.watch(&line)?;
            let is_calm = self.shared.borrow().phase == Phase::Calm;
            if is_calm && self.pending.is_empty() && line.asked.is_empty() {
                if !std::mem::replace(&mut self.is_settled, true) {
                    self.shared.borrow_mut().settled += 1;
                }
                if self.shared.borrow().settled == BUYERS {
                    return self.compare(&mut line).await;
                }
            }
            let pause = self.next_deed.saturating_duration_since(Instant::now());
            let pause = pause.clamp(Duration::from_millis(1), Duration::from_millis(250));
            match line.hear_within(pause).await? {
                Some(frame) => self.handle(&mut line, &frame).await?,
                None => self.act(&mut line, is_calm).await?,
            }
        }
    }

    /// Gives up a connection on which nothing comes, and says so if nothing was wrong with it.
    fn watch(&self, line: &Line) -> Result<(), Lost> {
        let late = line.asked.values().find(|asked| asked.at.elapsed() > ANSWERED_WITHIN);
        if let Some(asked) = late {
            if self.is_sound(line) {
                self.blame(format!("{:?} was not answered on a sound connection", asked.what));
            }
            return Err(Lost(None));
        }
        if line.heard.elapsed() > HEARD_WITHIN { Err(Lost(None)) } else { Ok(()) }
    }

    /// Whether nothing has gone wrong with a connection since it was opened.
    fn is_sound(&self, line: &Line) -> bool {
        line.opened > self.shared.borrow().faulty_until[self.number]
    }

    async fn handle(&mut self, line: &mut Line, frame: &Value) -> Result<(), Lost> {
        self.note(frame);
        match frame["t"].as_str().unwrap_or_default() {
            "ops" => self.copy.fragments(&self.without_passed(frame)),
            "position" => self.copy.seq = self.copy.seq.max(number(&frame["seq"])),
            "ping" => line.say(&json!({ "t": "pong" })).await?,
            // After `goaway` the server closes by itself.
            "presence" | "expiring" | "goaway" => {}
            "resync" => self.join(line).await?,
            "joined" | "ok" | "refused" => {
                let Some(asked) = line.asked.remove(&number(&frame["ref"])) else {
                    self.blame(format!("answered twice, or never asked: {frame}"));
                    return Ok(());
                };
                self.answered(line, asked, frame).await?;
            }
            _ => self.blame(format!("not expected: {frame}")),
        }
        Ok(())
    }

    async fn answered(&mut self, line: &mut Line, asked: Asked, frame: &Value) -> Result<(), Lost> {
        match (asked.what, frame["t"].as_str()) {
            (What::Join, Some("joined")) => {
                if frame["fragments"].is_array() {
                    self.shared.borrow_mut().counts.resumed += 1;
                }
                let before = self.copy.seq;
                self.copy.joined(&self.without_passed(frame));
                self.copy.seq = self.copy.seq.max(before);
                self.epoch = frame["epoch"].clone();
                self.term = number(&frame["term"]);
                let all: Vec<Uuid> = self.pending.keys().copied().collect();
                for id in all {
                    self.send(line, id).await?;
                }
                Ok(())
            }
            // The room starts over, or is not reached: once more, a little later.
            (What::Join, _) => {
                sleep(Duration::from_millis(100)).await;
                self.join(line).await
            }
            (What::Command(id), Some("ok")) => {
                self.must_be_shown(id, frame);
                self.accepted(id, frame);
                Ok(())
            }
            (What::Command(id), _) => self.refused(line, id, frame).await,
            (What::Hello, _) => Ok(()),
        }
    }

    /// R11: what one has passed is ignored. A room that is joined anew goes on sending until it has answered.
    fn without_passed(&self, frame: &Value) -> Value {
        let mut frame = frame.clone();
        if let Some(fragments) = frame["fragments"].as_array_mut() {
            fragments.retain(|fragment| number(&fragment["seq"]) > self.copy.seq);
        }
        frame
    }

    /// R16: an answer comes after what it speaks of.
    fn must_be_shown(&self, id: Uuid, frame: &Value) {
        let shows = self.pending.get(&id).is_some_and(|one| matches!(one.name, "hold" | "book"));
        if shows && self.copy.seq < number(&frame["seq"]) {
            self.blame(format!("shown up to {}, but answered: {frame}", self.copy.seq));
        }
    }

    /// By the other gateway, under the same id; the connection is not read meanwhile.
    async fn send_by_http(&mut self, line: &mut Line, id: Uuid) -> Result<(), Lost> {
        let Some(pending) = self.pending.get(&id).cloned() else { return Ok(()) };
        let room = self.room.replace('/', "%2F");
        let path = format!("/api/v1/rooms/{room}/commands/{}", pending.name);
        let body = json!({ "id": id, "body": pending.body });
        let begun = Instant::now();
        let answer = post(Ask { path: &path, token: Some(&self.token), body: &body }).await;
        line.asked.values_mut().for_each(|asked| asked.at += begun.elapsed());
        // Without an answer it is sent again.
        let Ok((status, answer)) = answer else { return Ok(()) };
        self.shared.borrow_mut().counts.by_http += 1;
        self.note(&answer);
        match status {
            200 => self.accepted(id, &answer),
            _ => self.refused(line, id, &answer).await?,
        }
        Ok(())
    }

    fn accepted(&mut self, id: Uuid, frame: &Value) {
        let (seq, reply) = (number(&frame["seq"]), frame["body"].clone());
        let Some(pending) = self.pending.remove(&id).or_else(|| self.repeated(id)) else {
            // A duplicate of what was answered before: the ledger compares.
            self.shared.borrow_mut().accepted(id, "", Told { seq, reply });
            return;
        };
        self.shared.borrow_mut().accepted(id, pending.name, Told { seq, reply });
        self.last = Some((id, pending));
    }

    fn repeated(&self, id: Uuid) -> Option<Pending> {
        self.last.as_ref().filter(|(last, _)| *last == id).map(|(_, pending)| pending.clone())
    }

    async fn refused(&mut self, line: &mut Line, id: Uuid, frame: &Value) -> Result<(), Lost> {
        let code = frame["code"].as_str().unwrap_or_default();
        if TRY_AGAIN.contains(&code) {
            if let Some(pending) = self.pending.get_mut(&id) {
                let wait = Duration::from_millis(number(&frame["retryAfterMs"]).max(100));
                pending.again_at = Instant::now() + wait;
            }
            let joins = line.asked.values().any(|asked| asked.what == What::Join);
            return match code {
                "stale_term" | "not_joined" if !joins => self.join(line).await,
                _ => Ok(()),
            };
        }
        self.pending.remove(&id);
        let mut shared = self.shared.borrow_mut();
        shared.counts.refused += 1;
        if let Some(told) = shared.told.get(&id) {
            let text = format!("{id} was answered {told:?} and then refused: {frame}");
            shared.blame(now(), text);
        }
        Ok(())
    }

    /// What is due: to send again what nobody could answer, or something new.
    async fn act(&mut self, line: &mut Line, is_calm: bool) -> Result<(), Lost> {
        let now = Instant::now();
        let asked = |id: &Uuid| line.asked.values().any(|asked| asked.what == What::Command(*id));
        let due = self.pending.iter().filter(|(id, one)| one.again_at <= now && !asked(id));
        let due: Vec<Uuid> = due.map(|(id, _)| *id).collect();
        for id in due {
            self.send_somehow(line, id).await?;
        }
        if is_calm || self.epoch.is_null() || self.next_deed > now {
            return Ok(());
        }
        self.next_deed = now + Duration::from_millis(self.rng.between(20, 700));
        let (name, body) = match self.rng.below(100) {
            0..=24 => ("hold", json!({ "best": { "count": self.rng.between(1, 3) } })),
            25..=44 => ("hold", json!({ "seats": [self.rng.below(SEATS)] })),
            45..=54 => ("hold", json!({ "areas": [[0, 1]] })),
            55..=74 => ("book", json!({ "payment": "door" })),
            75..=84 => ("release", json!({})),
            85..=93 => return self.send_once_more(line).await,
            94..=96 => {
                // It does not read for a while, and what it lacks then is its own fault.
                let away = Duration::from_millis(self.rng.between(100, 3_000));
                sleep(away).await;
                line.asked.values_mut().for_each(|asked| asked.at += away);
                return Ok(());
            }
            _ => {
                self.shared.borrow_mut().counts.cuts += 1;
                return Err(Lost(None));
            }
        };
        let id = self.rng.uuid(Wall(1_795_262_400_000));
        self.shared.borrow_mut().counts.commands += 1;
        self.pending.insert(id, Pending { name, body, again_at: now });
        self.send_somehow(line, id).await
    }

    /// What was accepted, or is being asked: an id has one effect.
    async fn send_once_more(&mut self, line: &mut Line) -> Result<(), Lost> {
        if let Some((id, pending)) = self.last.clone() {
            self.pending.insert(id, pending);
            self.send(line, id).await?;
            self.send(line, id).await?;
        }
        Ok(())
    }

    async fn send_somehow(&mut self, line: &mut Line, id: Uuid) -> Result<(), Lost> {
        match self.rng.below(100) {
            0..=9 => self.send_by_http(line, id).await,
            10..=13 => {
                self.send(line, id).await?;
                self.send_by_http(line, id).await
            }
            _ => self.send(line, id).await,
        }
    }

    async fn send(&mut self, line: &mut Line, id: Uuid) -> Result<(), Lost> {
        let Some(pending) = self.pending.get_mut(&id) else { return Ok(()) };
        pending.again_at = Instant::now() + ANSWERED_WITHIN;
        let frame = json!({
            "t": "command", "room": self.room, "term": self.term, "id": id,
            "name": pending.name, "body": pending.body,
        });
        line.ask(frame, What::Command(id)).await
    }

    /// In the calm, with nothing left to be answered: the copy that was kept through everything is what a newcomer is
    /// shown. (Not at the same seq: nobody is told at once of an entry of which he may see nothing.)
    async fn compare(&mut self, line: &mut Line) -> Result<(), Lost> {
        let newcomer = self.newcomer().await?;
        let until = Instant::now() + LEVEL_WITHIN;
        while self.copy.shown() != newcomer.shown() {
            self.watch(line)?;
            // What died in silence is not noticed by who has nothing to ask.
            if Instant::now() > until && !self.is_sound(line) {
                return Err(Lost(None));
            }
            if Instant::now() > until {
                let (mine, theirs) = (self.copy.shown(), newcomer.shown());
                self.blame(format!("the copy shows {mine:?}, a newcomer is shown {theirs:?}"));
                return Ok(());
            }
            if let Some(frame) = line.hear_within(Duration::from_millis(50)).await? {
                self.handle(line, &frame).await?;
            }
        }
        let seats = newcomer.shown().remove("seats").unwrap_or_default();
        self.shared.borrow_mut().newcomer(newcomer.seq, seats);
        Ok(())
    }

    async fn newcomer(&self) -> Result<Replica, Lost> {
        let (mut line, _) = Line::open(&self.token).await?;
        line.ask(json!({ "t": "join", "room": self.room }), What::Join).await?;
        loop {
            let frame = line.hear_within(ANSWERED_WITHIN).await?.ok_or(Lost(None))?;
            if frame["t"] == "joined" {
                let mut copy = Replica::default();
                copy.joined(&frame);
                return Ok(copy);
            }
        }
    }

    fn note(&self, frame: &Value) {
        self.shared.borrow_mut().note(now(), &self.name, &frame.to_string());
    }

    fn blame(&self, what: String) {
        self.shared.borrow_mut().blame(now(), format!("{}: {what}", self.name));
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}
