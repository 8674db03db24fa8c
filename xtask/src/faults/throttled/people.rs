//! The people of `faults throttled`: who writes in a chat and on a board, who tells the time on it, and who reads
//! both at two kilobytes a second. They measure, and judge nothing.

use crate::client::api::Person;
use crate::client::chance::Chance;
use crate::client::live::{Live, connect, connect_small, is_lost};
use crate::client::replica::{Caught, Replica};
use crate::faults::buyer::{enter, frames, join};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::cell::{Cell, RefCell};
use std::net::{Ipv4Addr, SocketAddr};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// What one writer does, so often: speaks, moves what is on the board, shows where the hand is.
const SPEAK_MS: u64 = 1_500;
const MOVE_MS: u64 = 1_000;
const SHOW_MS: u64 = 100;
/// Points of what each of them has on the board, four kilobytes: each move tells of them all.
const POINTS: usize = 800;
/// Of so many writers one measures; the others only take what comes.
const MEASURES: usize = 5;
/// A reader who is throttled takes so many bytes a second.
pub const THROTTLED_BYTES: u64 = 2_000;
/// Between two attempts to come back.
const COME_BACK: Duration = Duration::from_millis(100);
/// How the times of changes stand on the board.
const MARK: &str = "told at ";

/// What all share.
#[derive(Default)]
pub struct Hall {
    /// The chat and the board.
    pub rooms: Vec<String>,
    /// Whether they write.
    pub is_busy: Cell<bool>,
    /// When each change was sent.
    pub sent: RefCell<Vec<Instant>>,
    /// How long a change took to each who measures.
    pub waits_us: RefCell<Vec<u64>>,
    /// Who was thrown out.
    pub lost: Cell<usize>,
    /// Who has come.
    pub came: Cell<usize>,
}

impl Hall {
    /// One writer, until they are thrown out.
    pub async fn write(
        self: Rc<Self>,
        nth: usize,
        server: SocketAddr,
        who: Person,
        chance: Chance,
    ) {
        if let Err(error) = self.write_on(nth, server, &who, chance).await {
            println!("a writer was thrown out: {error:#}");
        }
        self.lost.set(self.lost.get() + 1);
    }

    async fn write_on(
        &self,
        nth: usize,
        server: SocketAddr,
        who: &Person,
        mut chance: Chance,
    ) -> Result<()> {
        let mut hand = Hand::enter(server, who, &self.rooms).await?;
        let item = chance.uuid();
        hand.put_item(item, &mut chance).await?;
        self.came.set(self.came.get() + 1);
        let mut tick = tokio::time::interval(Duration::from_millis(SHOW_MS));
        let mut ticks = chance.below(SPEAK_MS / SHOW_MS);
        loop {
            tokio::select! {
                text = hand.live.receive() => {
                    if nth.is_multiple_of(MEASURES) {
                        self.measure(&text?)?;
                    } else {
                        text?;
                    }
                }
                _ = tick.tick() => {
                    ticks += 1;
                    if !self.is_busy.get() {
                        continue;
                    }
                    hand.show(ticks).await?;
                    if ticks.is_multiple_of(MOVE_MS / SHOW_MS) {
                        let is_even = (ticks * SHOW_MS / MOVE_MS).is_multiple_of(2);
                        let dx = if is_even { 10 } else { -10 };
                        let body = json!({ "ids": [item], "dx": dx, "dy": 0 });
                        hand.ask(1, "move", &body, chance.uuid()).await?;
                    }
                    if ticks.is_multiple_of(SPEAK_MS / SHOW_MS) {
                        let body = json!({ "text": format!("the {ticks}th of {nth}") });
                        hand.ask(0, "say", &body, chance.uuid()).await?;
                    }
                }
            }
        }
    }

    /// How long the changes took that somebody was told of.
    fn measure(&self, text: &[u8]) -> Result<()> {
        let text = std::str::from_utf8(text)?;
        if !text.starts_with(r#"{"t":"ops""#) {
            return Ok(());
        }
        let now = Instant::now();
        let told = text.split(MARK).skip(1).filter_map(|rest| rest.split_once('.')?.0.parse().ok());
        for nth in told.collect::<Vec<usize>>() {
            let sent = *self.sent.borrow().get(nth).context("nobody has told that yet")?;
            self.waits_us.borrow_mut().push((now - sent).as_micros() as u64);
        }
        Ok(())
    }
}

/// A connection in both rooms, and what it needs to ask for something.
pub struct Hand {
    live: Live,
    rooms: Vec<(String, u64)>,
    next_ref: u64,
    item: uuid::Uuid,
}

impl Hand {
    /// Comes into both rooms.
    pub async fn enter(server: SocketAddr, who: &Person, rooms: &[String]) -> Result<Hand> {
        let mut live = enter(server, who).await?;
        let mut joined = Vec::new();
        for room in rooms {
            let mut copy = Replica::default();
            join(&mut live, room, &mut copy).await?;
            joined.push((room.clone(), copy.term));
        }
        Ok(Hand { live, rooms: joined, next_ref: 10, item: uuid::Uuid::nil() })
    }

    async fn ask(&mut self, room: usize, name: &str, body: &Value, id: uuid::Uuid) -> Result<u64> {
        self.next_ref += 1;
        let (path, term) = &self.rooms[room];
        let frame = json!({ "t": "command", "ref": self.next_ref, "room": path, "term": term,
            "id": id, "name": name, "body": body });
        self.live.send(&frame.to_string()).await?;
        Ok(self.next_ref)
    }

    /// Asks, and waits until it is done.
    async fn must(&mut self, room: usize, name: &str, body: &Value, id: uuid::Uuid) -> Result<()> {
        let asked = self.ask(room, name, body, id).await?;
        loop {
            let answers = frames(&self.live.receive().await?)?;
            let answer = answers.into_iter().find(|frame| frame["ref"] == asked);
            match answer.as_ref().map(|answer| answer["t"].as_str()) {
                None => {}
                Some(Some("ok")) => return Ok(()),
                Some(_) => bail!("{name} was answered {answer:?}"),
            }
        }
    }

    async fn put_item(&mut self, id: uuid::Uuid, chance: &mut Chance) -> Result<()> {
        let points: Vec<u64> = (0..2 * POINTS).map(|_| chance.below(90)).collect();
        let item = json!({ "id": id, "kind": "stroke", "points": points, "colour": 1, "width": 2 });
        self.must(1, "add", &json!({ "items": [item] }), chance.uuid()).await
    }

    async fn show(&mut self, ticks: u64) -> Result<()> {
        let frame = json!({ "t": "show", "room": self.rooms[1].0, "shape": "cursor",
            "value": [ticks % 1_000, ticks % 700] });
        self.live.send(&frame.to_string()).await
    }

    /// Puts the text on the board by which time is told.
    pub async fn begin_to_tell(&mut self) -> Result<()> {
        self.item = uuid::Uuid::now_v7();
        let item = json!({ "id": self.item, "kind": "text", "points": [0, 0], "colour": 1,
            "width": 2, "text": "nothing yet" });
        self.must(1, "add", &json!({ "items": [item] }), uuid::Uuid::now_v7()).await
    }

    /// The nth change; returns when it is answered.
    pub async fn tell(&mut self, nth: usize) -> Result<()> {
        let body = json!({ "id": self.item, "text": format!("{MARK}{nth}.") });
        self.must(1, "change", &body, uuid::Uuid::now_v7()).await
    }
}

/// Who reads slowly, and keeps a copy of both rooms.
#[derive(Default)]
pub struct Reader {
    pub copies: Vec<Replica>,
    /// How often it was closed as a slow consumer.
    pub closed: u64,
    /// How it was brought up when it came back: by ops, by snapshots.
    pub resumed: (u64, u64),
    /// Promises that were broken towards it.
    pub broken: Vec<String>,
    /// The control: so many messages are yet to be thrown away.
    pub deaf_to: u64,
    pub is_throttled: bool,
}

/// A reader's life: comes, reads as slowly as it may, comes back.
pub async fn read(reader: Rc<RefCell<Reader>>, server: SocketAddr, from: Ipv4Addr, hall: Rc<Hall>) {
    reader.borrow_mut().copies = hall.rooms.iter().map(|_| Replica::default()).collect();
    loop {
        if let Err(error) = visit(&reader, server, from, &hall.rooms).await {
            let mut reader = reader.borrow_mut();
            // Who reads so slowly does not live to read why (R24).
            if is_lost(&error) || error.to_string().contains("4001") {
                reader.closed += 1;
            } else {
                reader.broken.push(format!("the reader: {error:#}"));
            }
        }
        tokio::time::sleep(COME_BACK).await;
    }
}

async fn visit(
    reader: &RefCell<Reader>,
    server: SocketAddr,
    from: Ipv4Addr,
    rooms: &[String],
) -> Result<()> {
    let is_throttled = reader.borrow().is_throttled;
    let stream = match is_throttled {
        true => connect_small(server, from).await?,
        false => connect(server, from).await?,
    };
    let mut live = Live::upgrade(stream, server).await?;
    live.send(r#"{"t":"hello","ref":9}"#).await?;
    for (nth, room) in rooms.iter().enumerate() {
        let have = reader.borrow().copies[nth].have();
        let join = json!({ "t": "join", "ref": nth + 1, "room": room, "have": have });
        live.send(&join.to_string()).await?;
    }
    loop {
        let bytes = reader.borrow().is_throttled.then_some(THROTTLED_BYTES);
        live.read_at_most(bytes)?;
        // It looks again at how fast it may read, while a long message comes.
        let Ok(text) = tokio::time::timeout(Duration::from_secs(1), live.receive()).await else {
            continue;
        };
        for frame in frames(&text?)? {
            if reader.borrow_mut().hear(&frame, rooms)? {
                live.send(r#"{"t":"pong"}"#).await?;
            }
        }
    }
}

impl Reader {
    /// How often it was closed, and how it was brought up when it came back: by ops, by snapshots.
    pub fn came_back(&self) -> (u64, u64, u64) {
        (self.closed, self.resumed.0, self.resumed.1)
    }

    /// Takes a frame in; answers whether it is a ping.
    fn hear(&mut self, frame: &Value, rooms: &[String]) -> Result<bool> {
        let room = rooms.iter().position(|room| frame["room"] == **room);
        let copy = room.and_then(|nth| self.copies.get_mut(nth)).context("another room");
        match frame["t"].as_str().unwrap_or_default() {
            "ops" if self.deaf_to > 0 => {
                self.deaf_to -= 1;
                copy?.seen(frame["fragments"][0]["seq"].as_u64().context("a seq")?);
            }
            "ops" => copy?.fragments(&frame["fragments"])?,
            "joined" => {
                let copy = copy?;
                let is_first = copy.have().is_none();
                match copy.joined(frame)? {
                    _ if is_first => {}
                    Caught::Ops => self.resumed.0 += 1,
                    Caught::Parts => self.resumed.1 += 1,
                }
            }
            "position" => copy?.seen(frame["seq"].as_u64().context("a position")?),
            "ping" => return Ok(true),
            "welcome" | "presence" | "live" => {}
            other => bail!("an unexpected frame: {other}"),
        }
        Ok(false)
    }
}
