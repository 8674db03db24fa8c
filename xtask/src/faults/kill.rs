//! `faults kill`: SIGKILL at a random moment under load, restart on the same folder, resume, compare.
//! `kill -9` loses nothing that reached the page cache: it proves recovery, not the flush.

use super::Kill;
use super::buyer::{Buyer, enter, join};
use super::check::check;
use crate::client::api::{Event, Person, make_event, organiser, sign_up};
use crate::client::chance::Chance;
use crate::client::live::{Live, address};
use crate::client::process::{Server, Start, folder};
use crate::client::replica::Replica;
use crate::test::process::{Run, target_folder};
use crate::test::{Counts, cargo};
use anyhow::{Context, Result, bail};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::task::LocalSet;

/// A server that has been killed listens again within this time.
const RESTART_MS_MAX: u128 = 1_000;
/// The journal is replayed by `verify` so often, and at the end.
const ROUNDS_PER_VERIFY: u64 = 10;
/// Entries that the control takes away.
const CONTROL_ENTRIES: u64 = 3;
/// Access tokens last ten minutes; before that the run signs everybody in anew.
const SIGNED_IN_SECONDS: u64 = 7 * 60;

/// Everything between two rounds.
struct Course {
    start: Start,
    server: Option<Server>,
    staff: Person,
    event: Event,
    people: Vec<(Buyer, Option<Live>)>,
    chance: Chance,
    signed_in: tokio::time::Instant,
    slowest_ms: u128,
}

/// Runs all rounds; an error if one failed.
pub fn run(kill: Kill) -> Result<Counts> {
    let binary = match &kill.binary {
        Some(binary) => binary.clone(),
        None => {
            Run::of(cargo(&["build", "--release", "--package", "houseful"])).must_succeed()?;
            target_folder()?.join("release/houseful")
        }
    };
    let data = folder(&target_folder()?, "faults-kill")?;
    let start = Start { binary, data, core: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let counts = LocalSet::new().block_on(&runtime, rounds(&kill, &start));
    if let Ok(Counts { failed: 0, .. }) = counts {
        std::fs::remove_dir_all(&start.data)?;
    } else {
        println!("seed {}; the data is kept in {}", kill.seed, start.data.display());
    }
    let counts = counts?;
    println!("{} passed, {} failed", counts.passed, counts.failed);
    if counts.failed > 0 {
        bail!("a promise was broken");
    }
    Ok(counts)
}

async fn rounds(kill: &Kill, start: &Start) -> Result<Counts> {
    let mut course = Course::begin(kill, start).await?;
    let mut counts = Counts::NONE;
    for round in 1..=kill.rounds {
        let faults =
            course.round(round == kill.rounds || round % ROUNDS_PER_VERIFY == 0, 0).await?;
        course.print(&format!("round {round:>3}"), &faults);
        if !faults.is_empty() {
            // What comes after rests on what is broken.
            return Ok(Counts { failed: 1, ..counts });
        }
        counts.passed += 1;
    }
    if kill.control {
        let faults = course.round(false, CONTROL_ENTRIES).await?;
        let is_caught = !faults.is_empty();
        let what = if is_caught { "caught" } else { "NOT CAUGHT" };
        println!("control: {CONTROL_ENTRIES} acknowledged entries were taken away: {what}");
        faults.iter().take(3).for_each(|fault| println!("  as it should: {fault:.100}"));
        counts = counts.plus(Counts { passed: is_caught.into(), failed: (!is_caught).into() });
    }
    println!("slowest restart {} ms", course.slowest_ms);
    Ok(counts)
}

impl Course {
    async fn begin(kill: &Kill, start: &Start) -> Result<Course> {
        let server = start.serve()?;
        let at = server.address;
        let staff = organiser(at, address(0)).await?;
        let event = make_event(at, &staff, 12).await?;
        let mut chance = Chance::new(kill.seed);
        let mut people = Vec::new();
        for nth in 1..=kill.clients {
            let person = sign_up(at, address(nth), &email(nth)).await?;
            let mut buyer = Buyer::new(person, event.room.clone(), Chance::new(chance.next()));
            let live = buyer.resume(at).await?;
            people.push((buyer, Some(live)));
        }
        println!("{} people on {} seats; the server is {}", kill.clients, event.seats, server.id());
        let (start, signed_in) = (start.clone(), tokio::time::Instant::now());
        let server = Some(server);
        Ok(Course { start, server, staff, event, people, chance, signed_in, slowest_ms: 0 })
    }

    /// Works, kills, maybe verifies or damages, restarts, resumes. Answers what does not hold.
    async fn round(&mut self, verify: bool, take_away: u64) -> Result<Vec<String>> {
        let mut faults = self.work_until_killed().await?;
        if verify && let Err(error) = self.start.verify() {
            faults.push(error.to_string());
        }
        if take_away > 0 {
            self.take_away(take_away)?;
        }
        let server = self.start.serve()?;
        let took = server.started_in.as_millis();
        self.slowest_ms = self.slowest_ms.max(took);
        if took > RESTART_MS_MAX {
            faults.push(format!("the restart took {took} ms"));
        }
        let at = server.address;
        self.server = Some(server);
        self.sign_in_anew(at).await?;
        faults.extend(self.resume_all(at).await);
        if !faults.is_empty() {
            return Ok(faults);
        }
        let mut newcomer = Replica::default();
        let mut staff = enter(at, &self.staff).await?;
        join(&mut staff, &self.event.room, &mut newcomer).await?;
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

    async fn work_until_killed(&mut self) -> Result<Vec<String>> {
        let working: Vec<_> = std::mem::take(&mut self.people)
            .into_iter()
            .map(|(mut buyer, live)| {
                tokio::task::spawn_local(async move {
                    let done = match live {
                        Some(mut live) => buyer.work(&mut live).await,
                        None => Ok(()),
                    };
                    (buyer, done)
                })
            })
            .collect();
        let moment = Duration::from_micros(20_000 + self.chance.below(600_000));
        tokio::time::sleep(moment).await;
        self.server.take().context("a server to kill")?.kill()?;
        let mut faults = Vec::new();
        for work in working {
            let (buyer, done) = work.await?;
            if let Err(error) = done {
                faults.push(format!("{}: {error:#}", buyer.person.account));
            }
            self.people.push((buyer, None));
        }
        Ok(faults)
    }

    async fn resume_all(&mut self, at: SocketAddr) -> Vec<String> {
        let resuming: Vec<_> = std::mem::take(&mut self.people)
            .into_iter()
            .map(|(mut buyer, _)| {
                tokio::task::spawn_local(async move {
                    let live = buyer.resume(at).await;
                    (buyer, live)
                })
            })
            .collect();
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

    async fn sign_in_anew(&mut self, at: SocketAddr) -> Result<()> {
        if self.signed_in.elapsed() < Duration::from_secs(SIGNED_IN_SECONDS) {
            return Ok(());
        }
        self.signed_in = tokio::time::Instant::now();
        self.staff = organiser(at, self.staff.from).await?;
        for (nth, (buyer, _)) in (1..).zip(&mut self.people) {
            buyer.person = crate::client::api::sign_in(at, address(nth), &email(nth)).await?;
        }
        Ok(())
    }

    /// The negative control: what a server would have lost that acknowledges before it has written.
    fn take_away(&self, count: u64) -> Result<()> {
        use super::buyer::Answer;
        let told = self.people.iter().flat_map(|(buyer, _)| &buyer.told);
        let seqs = told.filter_map(|(_, answer)| match answer {
            Answer::Done { seq, .. } => Some(*seq),
            Answer::Refused(_) => None,
        });
        let last = seqs.max().context("nobody was told anything")?;
        let keep = i64::try_from(last.saturating_sub(count))?;
        let db = rusqlite::Connection::open(self.start.data.join("houseful.db"))?;
        let no: i64 =
            db.query_row("SELECT no FROM rooms WHERE path = ?1", [&self.event.room], |row| {
                row.get(0)
            })?;
        db.execute("DELETE FROM entries WHERE room = ?1 AND seq > ?2", [no, keep])?;
        db.execute("DELETE FROM snapshots WHERE room = ?1 AND seq > ?2", [no, keep])?;
        db.execute("UPDATE rooms SET head = ?2 WHERE no = ?1", [no, keep])?;
        Ok(())
    }

    fn print(&self, name: &str, faults: &[String]) {
        let told: usize = self.people.iter().map(|(buyer, _)| buyer.told.len()).sum();
        let sum = |count: fn(&Buyer) -> u64| self.people.iter().map(|(b, _)| count(b)).sum::<u64>();
        let (ops, parts) = (sum(|buyer| buyer.resumed.0), sum(|buyer| buyer.resumed.1));
        let started = self.server.as_ref().map_or(0, |server| server.started_in.as_millis());
        println!(
            "{name}: {told} answers, {ops} resumes by ops, {parts} by snapshot, up in {started} ms{}",
            if faults.is_empty() { "" } else { "  FAILED" }
        );
        faults.iter().take(20).for_each(|fault| println!("  {fault}"));
    }
}

fn email(nth: usize) -> String {
    format!("buyer{nth}@load.example")
}
