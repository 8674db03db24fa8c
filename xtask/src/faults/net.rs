//! `faults cut`: a proxy between people and the server cuts connections when an answer has come and
//! nobody has read it. People come back, resume and send again under the same ids: each id has one
//! effect and one answer, and in the end everybody sees the same.

use super::buyer::{Buyer, enter, join};
use super::check::check;
use super::course;
use crate::client::api::{Event, Person, make_event, organiser, sign_in, sign_up};
use crate::client::chance::Chance;
use crate::client::live::{Live, address, is_lost};
use crate::client::process::{Server, Start};
use crate::client::proxy::Proxy;
use crate::client::replica::Replica;
use crate::test::Counts;
use anyhow::Result;
use clap::Args;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Lost answers between two checks.
const ANSWERS_PER_CHECK: u64 = 500;
/// Lost answers of the control.
const CONTROL_ANSWERS: u64 = 100;
/// Access tokens last ten minutes; before that the run signs everybody in anew.
const SIGNED_IN_SECONDS: u64 = 7 * 60;
/// So long a run may take to lose its answers.
const PHASE_SECONDS_MAX: u64 = 180;

/// How the network is cut.
#[derive(Args, Clone)]
pub struct Cut {
    /// Answers that the server gives and the proxy cuts off.
    #[arg(long, default_value_t = 10_000)]
    pub rounds: u64,
    /// People who hold, book, release and cancel at once.
    #[arg(long, default_value_t = 50)]
    pub clients: usize,
    /// What the run's random numbers start from; a failing run prints it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
    /// At last, let people send again under new ids, and require that it is noticed.
    #[arg(long)]
    pub control: bool,
}

/// A sale behind a bad network.
struct Course {
    server: Server,
    proxy: Proxy,
    staff: Person,
    event: Event,
    people: Vec<Buyer>,
    signed_in: tokio::time::Instant,
}

/// Runs all; an error if a promise was broken.
pub fn run(cut: &Cut) -> Result<Counts> {
    let start = course::start(cut.binary.as_deref(), "faults-cut")?;
    course::run(cut.seed, &start.data, course(cut, &start))
}

async fn course(cut: &Cut, start: &Start) -> Result<Counts> {
    let mut course = Course::begin(cut, start).await?;
    let mut counts = Counts::NONE;
    let mut goal = 0;
    while goal < cut.rounds && counts.failed == 0 {
        goal = (goal + ANSWERS_PER_CHECK).min(cut.rounds);
        let faults = course.phase(goal, false).await?;
        course.print(&faults);
        counts = counts.plus(passed(faults.is_empty()));
    }
    if counts.failed > 0 {
        return Ok(counts);
    }
    let mut control = Counts::NONE;
    if cut.control {
        let verified = course.proxy.answers_lost();
        let faults = course.phase(verified + CONTROL_ANSWERS, true).await?;
        let is_caught = !faults.is_empty();
        let what = if is_caught { "caught" } else { "NOT CAUGHT" };
        println!("control: what was not answered is sent again under new ids: {what}");
        faults.iter().take(3).for_each(|fault| println!("  as it should: {fault:.100}"));
        control = passed(is_caught);
    }
    // The server did nothing wrong in the control either: its journal has to be sound.
    drop(course.server);
    println!("{}", start.verify()?);
    Ok(counts.plus(control))
}

fn passed(is_good: bool) -> Counts {
    if is_good { Counts::PASSED } else { Counts::FAILED }
}

impl Course {
    async fn begin(cut: &Cut, start: &Start) -> Result<Course> {
        let server = start.serve()?;
        let at = server.address;
        let staff = organiser(at, address(0)).await?;
        let event = make_event(at, &staff, 12).await?;
        let mut chance = Chance::new(cut.seed);
        let mut people = Vec::new();
        for nth in 1..=cut.clients {
            let person = sign_up(at, address(nth), &email(nth)).await?;
            people.push(Buyer::new(person, event.room.clone(), Chance::new(chance.next())));
        }
        println!("{} people on {} seats; the server is {}", cut.clients, event.seats, server.id());
        let proxy = Proxy::start(at, chance.next()).await?;
        let signed_in = tokio::time::Instant::now();
        Ok(Course { server, proxy, staff, event, people, signed_in })
    }

    /// Works behind the proxy until so many answers were lost in all, then directly; answers what does
    /// not hold.
    async fn phase(&mut self, goal: u64, new_ids: bool) -> Result<Vec<String>> {
        self.sign_in_anew().await?;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut shopping = Vec::new();
        for mut buyer in std::mem::take(&mut self.people) {
            let (proxy, stopped) = (self.proxy.address, stopped.clone());
            shopping.push(tokio::task::spawn_local(async move {
                let mut done = Ok(());
                while done.is_ok() && !*stopped.borrow() {
                    if new_ids {
                        buyer.forget_ids();
                    }
                    done = shop(&mut buyer, proxy).await;
                }
                (buyer, done)
            }));
        }
        let mut faults = Vec::new();
        let lost = async {
            while self.proxy.answers_lost() < goal {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(Duration::from_secs(PHASE_SECONDS_MAX), lost).await.is_err() {
            faults.push(format!("{goal} answers were not reached: nobody is served"));
        }
        stop.send(true)?;
        for shopping in shopping {
            let (buyer, done) = shopping.await?;
            faults.extend(done.err().map(|error| said(&buyer, &error)));
            self.people.push(buyer);
        }
        faults.extend(self.compare().await?);
        Ok(faults)
    }

    /// Everybody comes back over a good network; all that they were told must be there.
    async fn compare(&mut self) -> Result<Vec<String>> {
        let at = self.server.address;
        let mut faults = Vec::new();
        let mut lives: Vec<Option<Live>> = Vec::new();
        for buyer in &mut self.people {
            let live = buyer.resume(at).await;
            faults.extend(live.as_ref().err().map(|error| said(buyer, error)));
            lives.push(live.ok());
        }
        let mut newcomer = Replica::default();
        let mut staff = enter(at, &self.staff).await?;
        join(&mut staff, &self.event.room, &mut newcomer).await?;
        let hash = newcomer.hash("all");
        for (buyer, live) in self.people.iter_mut().zip(&mut lives) {
            let Some(live) = live else { continue };
            let converged = buyer.converge(live, hash).await;
            faults.extend(converged.err().map(|error| said(buyer, &error)));
        }
        faults.extend(check(&self.people.iter().collect::<Vec<_>>(), &newcomer));
        Ok(faults)
    }

    async fn sign_in_anew(&mut self) -> Result<()> {
        if self.signed_in.elapsed() < Duration::from_secs(SIGNED_IN_SECONDS) {
            return Ok(());
        }
        self.signed_in = tokio::time::Instant::now();
        let at = self.server.address;
        self.staff = organiser(at, self.staff.from).await?;
        for (nth, buyer) in (1..).zip(&mut self.people) {
            buyer.person = sign_in(at, address(nth), &email(nth)).await?;
        }
        Ok(())
    }

    fn print(&self, faults: &[String]) {
        let told: usize = self.people.iter().map(|buyer| buyer.told.len()).sum();
        let sum = |count: fn(&Buyer) -> u64| self.people.iter().map(count).sum::<u64>();
        let (ops, parts) = (sum(|buyer| buyer.resumed.0), sum(|buyer| buyer.resumed.1));
        let cuts: Vec<String> =
            self.proxy.cuts().iter().map(|(cut, count)| format!("{cut:?} {count}")).collect();
        println!(
            "{} answers lost; {told} ids answered; {ops} resumes by ops, {parts} by snapshot; \
             {}{}",
            self.proxy.answers_lost(),
            cuts.join(", "),
            if faults.is_empty() { "" } else { "  FAILED" }
        );
        faults.iter().take(20).for_each(|fault| println!("  {fault}"));
    }
}

/// One connection's life behind the proxy. An error is a broken promise.
async fn shop(buyer: &mut Buyer, proxy: SocketAddr) -> Result<()> {
    match buyer.resume(proxy).await {
        Ok(mut live) => buyer.work(&mut live).await,
        Err(error) if is_lost(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

fn said(buyer: &Buyer, error: &anyhow::Error) -> String {
    format!("{}: {error:#}", buyer.person.account)
}

fn email(nth: usize) -> String {
    format!("buyer{nth}@load.example")
}
