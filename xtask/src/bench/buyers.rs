//! Many buyers on one core: each holds and books, one command at a time, and times every answer. They
//! read all that the room sends them and look only at what is theirs.

use crate::client::api::{Event, Person};
use crate::client::live::Live;
use crate::faults::buyer::enter;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;
use uuid::Uuid;

/// Places that one person may have of one event.
pub const LIMIT: u32 = 100;

/// What was measured.
#[derive(Debug, Default)]
pub struct Tally {
    /// Bookings that were acknowledged.
    pub bookings: u64,
    /// Commands that were refused.
    pub refused: u64,
    /// From sending a command to its answer, in microseconds.
    pub micros: Vec<u32>,
    /// Every seat that somebody was told is theirs, by event.
    pub sold: Vec<(usize, u64)>,
}

impl Tally {
    /// How often a seat was sold to more than one.
    pub fn double_sales(&self) -> usize {
        let mut sold = self.sold.clone();
        sold.sort_unstable();
        sold.windows(2).filter(|pair| pair[0] == pair[1]).count()
    }

    /// The latency that so many percent of answers keep, in milliseconds.
    pub fn percentile_ms(&self, percent: f64) -> f64 {
        let mut micros = self.micros.clone();
        micros.sort_unstable();
        let place = (micros.len() as f64 * percent / 100.0) as usize;
        micros.get(place.min(micros.len().saturating_sub(1))).map_or(0.0, |&us| f64::from(us) / 1e3)
    }
}

/// Which seats a buyer goes for.
#[derive(Clone, Copy, Debug)]
pub enum Aim {
    /// Seats that nobody else wants.
    Own,
    /// The same seats as three others.
    Shared,
}

impl Aim {
    /// The nth seat of a buyer.
    fn seat(self, buyer: usize, nth: u64) -> u64 {
        let group = match self {
            Aim::Own => buyer,
            Aim::Shared => buyer / 4,
        };
        group as u64 * u64::from(LIMIT) + nth
    }
}

/// One buyer.
pub struct Buyer {
    nth: usize,
    live: Live,
    term: u64,
    next_ref: u64,
    tally: Rc<RefCell<Tally>>,
}

impl Buyer {
    /// Connects.
    pub async fn connect(
        server: SocketAddr,
        nth: usize,
        person: &Person,
        tally: Rc<RefCell<Tally>>,
    ) -> Result<Buyer> {
        let live = enter(server, person).await?;
        Ok(Buyer { nth, live, term: 0, next_ref: 1, tally })
    }

    /// Buys through the events in turn until the time is over.
    pub async fn buy(&mut self, events: &[Event], aim: Aim, until: Instant) -> Result<()> {
        for (event_no, event) in events.iter().enumerate() {
            self.join(&event.room).await?;
            for nth in 0..u64::from(LIMIT) {
                if Instant::now() >= until {
                    return Ok(());
                }
                let seat = aim.seat(self.nth, nth);
                let hold = json!({ "seats": [seat] });
                if !self.command(&event.room, "hold", &hold).await? {
                    continue;
                }
                if self.command(&event.room, "book", &json!({ "payment": "door" })).await? {
                    let mut tally = self.tally.borrow_mut();
                    tally.bookings += 1;
                    tally.sold.push((event_no, seat));
                }
            }
            self.request(&json!({ "t": "leave", "room": event.room })).await?;
        }
        bail!("all events are sold out; make more")
    }

    async fn join(&mut self, room: &str) -> Result<()> {
        let answer = self.request(&json!({ "t": "join", "room": room })).await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        self.term = answer["term"].as_u64().with_context(|| answer.to_string())?;
        Ok(())
    }

    /// Whether it was accepted. Errors are those that an event under load must not give.
    async fn command(&mut self, room: &str, name: &str, body: &Value) -> Result<bool> {
        let sent = Instant::now();
        let answer = self
            .request(&json!({
                "t": "command", "room": room, "term": self.term,
                "id": Uuid::now_v7(), "name": name, "body": body,
            }))
            .await?;
        let took = u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX);
        let mut tally = self.tally.borrow_mut();
        tally.micros.push(took);
        if answer.starts_with(br#"{"t":"ok""#) {
            return Ok(true);
        }
        tally.refused += 1;
        let answer: Value = serde_json::from_slice(&answer)?;
        match answer["code"].as_str() {
            Some("seats_taken" | "orphan") => Ok(false),
            _ => bail!("{name} was answered {answer}"),
        }
    }

    /// The answer to a request; what comes before it is read and let go.
    async fn request(&mut self, frame: &Value) -> Result<Vec<u8>> {
        let reference = self.next_ref;
        self.next_ref += 1;
        let mut frame = frame.clone();
        frame["ref"] = reference.into();
        self.live.send(&frame.to_string()).await?;
        let marks = [format!("\"ref\":{reference},"), format!("\"ref\":{reference}}}")];
        loop {
            let text = self.live.receive().await?;
            let is_other = text.starts_with(br#"{"t":"ops""#) || text.starts_with(br#"{"t":"pr"#);
            let head = &text[..text.len().min(64)];
            let is_mine =
                |mark: &String| head.windows(mark.len()).any(|part| part == mark.as_bytes());
            if !is_other && marks.iter().any(is_mine) {
                return Ok(text);
            }
        }
    }
}

/// A moment from now.
pub fn after(time: Duration) -> Instant {
    Instant::now() + time
}
