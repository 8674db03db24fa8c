//! What all fault runs share: a server on a folder, people who buy from it, and the comparison of what
//! they were told with what is there. Which fault, and how the server ends, is with each run.

use super::buyer::{Buyer, enter, join};
use super::check::check;
use super::holders::Hold;
use crate::client::api::{Event, Person, make_event, organiser, sign_in, sign_up};
use crate::client::chance::Chance;
use crate::client::live::{Live, address};
use crate::client::process::{Server, Start, binary, folder};
use crate::client::replica::Replica;
use crate::test::Counts;
use crate::test::process::target_folder;
use anyhow::{Context, Result, bail};
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::task::LocalSet;
use tokio::time::Instant;

/// Access tokens last ten minutes; before that the run signs everybody in anew.
const SIGNED_IN_SECONDS: u64 = 7 * 60;
/// Between two attempts to come back to a server that has no room for it yet.
const COME_BACK_MS: u64 = 100;

/// Everything between two rounds.
pub struct Course {
    /// Where the server's program and folder are.
    pub start: Start,
    /// What its environment has besides, such as a library to load first.
    pub environment: Vec<(String, String)>,
    /// The server, while it runs.
    pub server: Option<Server>,
    /// The people, with their connections where they have one.
    pub people: Vec<(Buyer, Option<Live>)>,
    /// Seats that somebody was promised, where a run looks at that.
    pub holds: Vec<Hold>,
    /// What is on sale.
    pub event: Event,
    /// The run's random numbers.
    pub chance: Chance,
    at: SocketAddr,
    staff: Person,
    signed_in: Instant,
}

/// Runs a course to its end on a runtime of its own, keeps the data if a round failed, and says how many
/// rounds passed.
pub fn run(seed: u64, data: &Path, rounds: impl Future<Output = Result<Counts>>) -> Result<Counts> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let counts = LocalSet::new().block_on(&runtime, rounds);
    if let Ok(Counts { failed: 0, .. }) = counts {
        std::fs::remove_dir_all(data)?;
    } else {
        println!("seed {seed}; the data is kept in {}", data.display());
    }
    let counts = counts?;
    println!("{counts}");
    if counts.failed > 0 {
        bail!("a promise was broken");
    }
    Ok(counts)
}

/// A server to be started on a folder of its own beside what is built.
pub fn start(named: Option<&Path>, name: &str) -> Result<Start> {
    Ok(Start { binary: binary(named)?, data: folder(&target_folder()?, name)?, core: None })
}

/// What did not hold in a run of one round, and whether its journal is sound.
pub fn judge(start: &Start, faults: &[String]) -> Result<Counts> {
    faults.iter().take(20).for_each(|fault| println!("  {fault:.300}"));
    println!("{}", start.verify()?);
    Ok(if faults.is_empty() { Counts::PASSED } else { Counts::FAILED })
}

impl Course {
    /// Starts the server and brings so many people to a sale.
    pub async fn begin(start: &Start, clients: usize, seed: u64) -> Result<Course> {
        let server = start.serve()?;
        let at = server.address;
        let staff = organiser(at, address(0)).await?;
        let event = make_event(at, &staff, 12).await?;
        let mut chance = Chance::new(seed);
        let mut people = Vec::new();
        for nth in 1..=clients {
            let person = sign_up(at, address(nth), &email(address(nth))).await?;
            let mut buyer = Buyer::new(person, event.room.clone(), Chance::new(chance.next()));
            let live = buyer.resume(at).await?;
            people.push((buyer, Some(live)));
        }
        println!("{clients} people on {} seats; the server is {}", event.seats, server.id());
        Ok(Course {
            start: start.clone(),
            environment: Vec::new(),
            server: Some(server),
            people,
            holds: Vec::new(),
            event,
            chance,
            at,
            staff,
            signed_in: Instant::now(),
        })
    }

    /// Where the server listens, or did last.
    pub fn at(&self) -> SocketAddr {
        self.at
    }

    /// Starts the server again, on what is on the disk.
    pub async fn restart(&mut self) -> Result<()> {
        let server = self.start.serve_with(&self.environment)?;
        self.at = server.address;
        self.server = Some(server);
        if self.signed_in.elapsed() >= Duration::from_secs(SIGNED_IN_SECONDS) {
            self.sign_in_everybody().await?;
        }
        Ok(())
    }

    /// Brings the same people, who know nothing yet, to a new sale.
    pub async fn open_another_event(&mut self) -> Result<()> {
        self.event = make_event(self.at, &self.staff, 12).await?;
        self.forget();
        let faults = self.resume_all(self.at).await;
        anyhow::ensure!(faults.is_empty(), "people cannot come: {faults:?}");
        Ok(())
    }

    /// The same people, who know nothing yet.
    pub fn forget(&mut self) {
        for (buyer, live) in &mut self.people {
            let (person, room) = (buyer.person.clone(), self.event.room.clone());
            *buyer = Buyer::new(person, room, Chance::new(self.chance.next()));
            *live = None;
        }
    }

    /// Everyone works until the server is gone; `end` ends it. Answers what does not hold.
    pub async fn work_until_gone<T>(
        &mut self,
        end: impl AsyncFnOnce(Server) -> Result<T>,
    ) -> Result<(T, Vec<String>)> {
        let people = std::mem::take(&mut self.people);
        let working = people.into_iter().map(|(mut buyer, live)| {
            tokio::task::spawn_local(async move {
                let done = match live {
                    Some(mut live) => buyer.work(&mut live).await,
                    None => Ok(()),
                };
                (buyer, done)
            })
        });
        let working: Vec<_> = working.collect();
        let ended = end(self.server.take().context("a server to end")?).await?;
        let mut faults = Vec::new();
        for work in working {
            let (buyer, done) = work.await?;
            faults.extend(done.err().map(|error| format!("{}: {error:#}", buyer.person.account)));
            self.people.push((buyer, None));
        }
        Ok((ended, faults))
    }

    /// Everyone works on a server that stays, and comes back to it whenever they are sent away, while
    /// `meanwhile` goes on. Answers what does not hold.
    pub async fn work_while<T>(
        &mut self,
        meanwhile: impl AsyncFnOnce() -> Result<T>,
    ) -> Result<(T, Vec<String>)> {
        let at = self.at;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let people = std::mem::take(&mut self.people);
        let working = people.into_iter().map(|(mut buyer, mut live)| {
            let mut stopped = stopped.clone();
            tokio::task::spawn_local(async move {
                while !*stopped.borrow() {
                    let Some(connection) = &mut live else {
                        // What is wrong with an answer is kept in `broken`; the rest is weather.
                        live = buyer.resume(at).await.ok();
                        tokio::time::sleep(Duration::from_millis(COME_BACK_MS)).await;
                        continue;
                    };
                    let work = buyer.work(connection);
                    tokio::select! {
                        _ = work => live = None,
                        _ = stopped.changed() => {}
                    }
                }
                buyer
            })
        });
        let working: Vec<_> = working.collect();
        let done = meanwhile().await;
        let _ = stop.send(true);
        for work in working {
            self.people.push((work.await?, None));
        }
        let broken = self.people.iter().flat_map(|(buyer, _)| buyer.broken.clone());
        Ok((done?, broken.collect()))
    }

    /// Everyone comes back, asks again what was not answered, and all that was told is compared with
    /// what a newcomer is shown. Answers what does not hold.
    pub async fn come_back_and_compare(&mut self) -> Result<Vec<String>> {
        let at = self.at;
        let mut faults = self.resume_all(at).await;
        if !faults.is_empty() {
            return Ok(faults);
        }
        let newcomer = self.newcomer().await?;
        let hash = newcomer.hash("all");
        for (buyer, live) in &mut self.people {
            let Some(live) = live else { continue };
            if let Err(error) = buyer.converge(live, hash).await {
                faults.push(format!("{}: {error:#}", buyer.person.account));
            }
        }
        let buyers: Vec<&Buyer> = self.people.iter().map(|(buyer, _)| buyer).collect();
        faults.extend(check(&buyers, &newcomer));
        Ok(faults)
    }

    /// The room as staff see it who have just come.
    pub async fn newcomer(&self) -> Result<Replica> {
        let mut newcomer = Replica::default();
        let mut staff = enter(self.at, &self.staff).await?;
        join(&mut staff, &self.event.room, &mut newcomer).await?;
        Ok(newcomer)
    }

    async fn resume_all(&mut self, at: SocketAddr) -> Vec<String> {
        let people = std::mem::take(&mut self.people);
        let resuming = people.into_iter().map(|(mut buyer, _)| {
            tokio::task::spawn_local(async move {
                let live = buyer.resume(at).await;
                (buyer, live)
            })
        });
        let resuming: Vec<_> = resuming.collect();
        let mut faults = Vec::new();
        for resume in resuming {
            match resume.await {
                Ok((buyer, Ok(live))) => self.people.push((buyer, Some(live))),
                Ok((buyer, Err(error))) => {
                    faults.push(format!("{}: {error:#}", buyer.person.account));
                    self.people.push((buyer, None));
                }
                Err(error) => faults.push(format!("a client failed: {error}")),
            }
        }
        faults
    }

    /// New access tokens for all.
    pub async fn sign_in_everybody(&mut self) -> Result<()> {
        self.signed_in = Instant::now();
        self.staff = organiser(self.at, self.staff.from).await?;
        for (buyer, _) in &mut self.people {
            let from = buyer.person.from;
            buyer.person = sign_in(self.at, from, &email(from)).await?;
        }
        Ok(())
    }

    /// A random moment of a round.
    pub fn moment(&mut self) -> Duration {
        Duration::from_micros(20_000 + self.chance.below(600_000))
    }

    /// Answers that people have.
    pub fn told(&self) -> usize {
        self.people.iter().map(|(buyer, _)| buyer.told.len()).sum()
    }

    /// One line for a round, and what did not hold.
    pub fn print(&self, name: &str, faults: &[String]) {
        let sum = |count: fn(&Buyer) -> u64| self.people.iter().map(|(b, _)| count(b)).sum::<u64>();
        let (ops, parts) = (sum(|buyer| buyer.resumed.0), sum(|buyer| buyer.resumed.1));
        let started = self.server.as_ref().map_or(0, |server| server.started_in.as_millis());
        println!(
            "{name}: {} answers, {ops} resumes by ops, {parts} by snapshot, up in {started} ms{}",
            self.told(),
            if faults.is_empty() { "" } else { "  FAILED" }
        );
        faults.iter().take(20).for_each(|fault| println!("  {fault:.300}"));
    }
}

fn email(from: Ipv4Addr) -> String {
    format!("buyer-{from}@load.example")
}
