//! `faults slow`: of many who watch a busy room a few stop reading. They are closed as slow consumers,
//! and the others wait no longer than before.

use super::attack::{Kind, Target};
use crate::client::api::{Person, counted, make_event, organiser};
use crate::client::chance::Chance;
use crate::client::live::{Live, address};
use crate::client::process::{Server, Start, binary, folder};
use crate::client::replica::Replica;
use crate::faults::buyer::{enter, join};
use crate::test::process::target_folder;
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::json;
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::LocalSet;
use tokio::time::Instant;

/// Changes a second that everybody sees.
const CHANGES_PER_SECOND: u64 = 20;
/// How much longer the others may wait.
const SLOWER_MAX: f64 = 1.1;
/// What the server may need for them all besides.
const REST_BYTES_MAX: u64 = 100 * 1_000_000;
/// A slow consumer is closed within this time after its phase at the latest.
const CLOSED_SECONDS_MAX: u64 = 20;
const CLOSES: &str = r#"houseful_closes{code="4001"}"#;

/// Who watches, and for how long.
#[derive(Args, Clone)]
pub struct Slow {
    /// Who watches.
    #[arg(long, default_value_t = 1_000)]
    pub clients: usize,
    /// Of a hundred, those that stop reading.
    #[arg(long, default_value_t = 1)]
    pub percent: usize,
    /// Seconds of each of the three phases: all read, some do not, all read.
    #[arg(long, default_value_t = 20)]
    pub seconds: u64,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
}

/// What the watchers share.
#[derive(Default)]
struct Crowd {
    sent: RefCell<Vec<Instant>>,
    waits_us: RefCell<Vec<u64>>,
    watching: Cell<usize>,
    lost: Cell<usize>,
}

/// Runs; an error if the few have hurt the many.
pub fn run(slow: &Slow) -> Result<()> {
    let start = Start {
        binary: binary(slow.binary.as_deref())?,
        data: folder(&target_folder()?, "faults-slow")?,
        core: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let faults = LocalSet::new().block_on(&runtime, course(slow, &start))?;
    faults.iter().for_each(|fault| println!("  {fault}"));
    if !faults.is_empty() {
        bail!("a promise was broken; data in {}", start.data.display());
    }
    std::fs::remove_dir_all(&start.data)?;
    println!("passed");
    Ok(())
}

async fn course(slow: &Slow, start: &Start) -> Result<Vec<String>> {
    let server = start.serve()?;
    let at = server.address;
    let staff = organiser(at, address(0)).await?;
    let event = make_event(at, &staff, 6).await?;
    let crowd = Rc::new(Crowd::default());
    for nth in 0..slow.clients {
        let (crowd, room) = (crowd.clone(), event.room.clone());
        let live = Live::open(at, address(nth + 1)).await?;
        drop(tokio::task::spawn_local(async move {
            // It ends only when it is thrown out.
            let _ = crowd.watch(live, &room).await;
            crowd.lost.set(crowd.lost.get() + 1);
        }));
    }
    while crowd.watching.get() < slow.clients {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let mut teller = Teller::enter(&server, &staff, &event.room).await?;
    let before = crowd.phase(&mut teller, slow.seconds).await?;
    let memory = server.resident_bytes()?;

    let target = Target { server: at, room: event.room.clone() };
    let few = slow.clients * slow.percent / 100;
    let deaf: Vec<_> = (0..few)
        .map(|nth| {
            let target = target.clone();
            tokio::task::spawn_local(async move {
                let from = address(slow_from(nth));
                // The server ends it, which is what is waited for.
                let _ = target.attack(Kind::Deaf, from, &mut Chance::new(1)).await;
            })
        })
        .collect();
    let during = crowd.phase(&mut teller, slow.seconds).await?;
    let more = server.resident_bytes()?.saturating_sub(memory);
    let closed = closed(&server, few as u64).await?;
    deaf.iter().for_each(tokio::task::JoinHandle::abort);
    let after = crowd.phase(&mut teller, slow.seconds).await?;
    let ratio = during / before.max(after);
    println!(
        "{} watchers, p99 of a change: {before:.1} ms before, {during:.1} ms while {few} do not read, \
         {after:.1} ms after: {ratio:.2} times; {closed} closed with 4001; {} MB more",
        slow.clients,
        more / 1_000_000
    );
    let mut faults = Vec::new();
    if ratio > SLOWER_MAX {
        faults.push(format!("the others waited {ratio:.2} times as long"));
    }
    if closed != few as u64 || crowd.lost.get() > 0 {
        faults.push(format!("{closed} of {few} were closed, and {} others", crowd.lost.get()));
    }
    if more > REST_BYTES_MAX {
        faults.push(format!("{more} bytes more for {few} slow consumers"));
    }
    Ok(faults)
}

/// Addresses beside those of the others.
fn slow_from(nth: usize) -> usize {
    50_000 + nth
}

/// How many were closed as slow consumers, once it is enough or too late.
async fn closed(server: &Server, enough: u64) -> Result<u64> {
    let begun = Instant::now();
    loop {
        let closed = counted(server, CLOSES).await?;
        if closed >= enough || begun.elapsed().as_secs() > CLOSED_SECONDS_MAX {
            return Ok(closed);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// Changes the event's text for all to see.
struct Teller {
    live: Live,
    room: String,
    term: u64,
}

impl Teller {
    async fn enter(server: &Server, staff: &Person, room: &str) -> Result<Teller> {
        let mut live = enter(server.address, staff).await?;
        let mut copy = Replica::default();
        join(&mut live, room, &mut copy).await?;
        Ok(Teller { live, room: room.to_owned(), term: copy.term })
    }

    async fn tell(&mut self, nth: usize) -> Result<()> {
        let body = json!({ "title": format!("{nth}.") });
        let frame = json!({ "t": "command", "ref": nth + 10, "room": self.room, "term": self.term,
            "id": uuid::Uuid::now_v7(), "name": "edit", "body": body });
        self.live.send(&frame.to_string()).await?;
        loop {
            let text = self.live.receive().await?;
            let frame: serde_json::Value = serde_json::from_slice(&text)?;
            if frame["ref"] == nth + 10 {
                match frame["t"].as_str() {
                    Some("ok") => return Ok(()),
                    _ => bail!("edit was answered {frame}"),
                }
            }
        }
    }
}

impl Crowd {
    async fn watch(&self, mut live: Live, room: &str) -> Result<()> {
        live.send(r#"{"t":"hello","ref":1}"#).await?;
        live.send(&json!({ "t": "join", "ref": 2, "room": room }).to_string()).await?;
        loop {
            let text = live.receive().await?;
            let text = std::str::from_utf8(&text)?;
            if text.starts_with(r#"{"t":"ops""#) {
                let now = Instant::now();
                let told = text.split(r#""title":""#).skip(1);
                let told = told.filter_map(|rest| rest.split_once('.')?.0.parse::<usize>().ok());
                for nth in told {
                    let sent = *self.sent.borrow().get(nth).context("nobody has told that yet")?;
                    self.waits_us.borrow_mut().push((now - sent).as_micros() as u64);
                }
            } else if text.starts_with(r#"{"t":"joined""#) {
                self.watching.set(self.watching.get() + 1);
            } else if text.starts_with(r#"{"t":"ping""#) {
                live.send(r#"{"t":"pong"}"#).await?;
            }
        }
    }

    /// Changes for a while; answers the p99 of a change's way to a watcher, in milliseconds.
    async fn phase(&self, teller: &mut Teller, seconds: u64) -> Result<f64> {
        self.waits_us.take();
        let mut tick = tokio::time::interval(Duration::from_millis(1_000 / CHANGES_PER_SECOND));
        for _ in 0..seconds * CHANGES_PER_SECOND {
            tick.tick().await;
            let nth = self.sent.borrow().len();
            self.sent.borrow_mut().push(Instant::now());
            teller.tell(nth).await?;
        }
        // The last ones are on their way.
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mut waits = self.waits_us.take();
        waits.sort_unstable();
        let place = (waits.len() * 99).div_ceil(100).saturating_sub(1);
        let p99 = *waits.get(place).context("nobody was shown anything")?;
        println!("  {} changes shown", waits.len());
        Ok(p99 as f64 / 1_000.0)
    }
}
