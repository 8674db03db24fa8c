//! `faults remind`: people follow an event, half of them are in the lobby, the clock moves to the moment at which
//! they are to be reminded, and the server is killed twice in the middle. Each is reminded once, in the lobby or by
//! mail. A mail server that is none of ours says what arrived: a second copy of a mail, under the same Message-ID,
//! may be there only where a kill fell between its word and the server's note.

mod crowd;
mod post;

use super::clock::{Hands, library, wall_ms};
use super::{control, course};
use crate::client::api::{make_event_at, organiser};
use crate::client::live::address;
use crate::client::process::{Server, Start, binary, folder};
use crate::test::Counts;
use crate::test::process::target_folder;
use anyhow::{Context, Result, bail};
use clap::Args;
use crowd::Crowd;
use post::{Arrived, Post};
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Reminders are due so long after the start of the run, less what the clock is moved.
const DUE_IN_MS: i64 = 7 * 60 * 1_000;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// Nobody counts as away for so long after a start; a little more than the server's own figure.
const SETTLED: Duration = Duration::from_secs(22);
/// Whatever is waited for comes within this time.
const WAIT_SECONDS_MAX: u64 = 150;
/// Mails that are on their way at once: so many may be copied by one kill.
const COPIES_PER_KILL_MAX: usize = 4;

/// Who is reminded.
#[derive(Args, Clone)]
pub struct Remind {
    /// People who follow the event; every second one is in the lobby.
    #[arg(long, default_value_t = 1_000)]
    pub people: usize,
    /// What the run's random numbers start from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
}

/// What the run rests on.
struct Stage {
    start: Start,
    hands: Hands,
    environment: Vec<(String, String)>,
    listen: SocketAddr,
}

/// How it ended: what everyone has in their inbox, who was told in the lobby how often, what arrived.
struct Ended {
    inboxes: BTreeMap<u64, u64>,
    here: BTreeSet<u64>,
    told: BTreeMap<u64, u64>,
    arrived: Vec<Arrived>,
    kills: usize,
}

/// Runs, or says why it cannot; an error if a promise was broken.
pub fn run(remind: &Remind) -> Result<Counts> {
    let binary = binary(remind.binary.as_deref())?;
    let Some(library) = library().filter(|_| Post::is_there()) else {
        println!("SKIPPED: libfaketime or python3-aiosmtpd is missing");
        return Ok(Counts { skipped: 2, ..Counts::NONE });
    };
    let folder = folder(&target_folder()?, "faults-remind")?;
    let start = Start { binary, data: folder.join("data"), core: None };
    course::run(remind.seed, &folder, round(remind, start, &folder, &library))
}

async fn round(remind: &Remind, start: Start, folder: &Path, library: &Path) -> Result<Counts> {
    let post = Post::start()?;
    let hands = Hands { file: folder.join("clock") };
    let mut environment = hands.environment(library);
    environment.extend(post.settings());
    // The same port again after a kill.
    let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let stage = Stage { start, hands, environment, listen };
    stage.hands.set(0)?;
    let due_at = wall_ms() + DUE_IN_MS;
    let accounts = prepare(&stage, remind.people, due_at).await?;
    let here: Vec<(u64, String)> = accounts.iter().step_by(2).cloned().collect();

    let server = stage.serve()?;
    let crowd = Rc::new(Crowd::new(listen));
    let begun = Instant::now();
    for (nth, (account, email)) in here.iter().cloned().enumerate() {
        drop(tokio::task::spawn_local(crowd.clone().stay(nth, account, email)));
    }
    crowd.until_here(here.len()).await?;
    tokio::time::sleep(SETTLED.saturating_sub(begun.elapsed())).await;
    println!("{} of {} are in the lobby after {:.0?}", here.len(), accounts.len(), begun.elapsed());
    let left = due_at - wall_ms();
    if left <= 0 {
        bail!("this machine is too slow: reminders were due before everybody was there");
    }
    stage.hands.set(left / 1_000 + 1)?;
    // Most are not recorded yet when the first is told.
    until("somebody to be told", || crowd.told_in_all() > 0).await?;
    server.kill()?;
    let (first, recorded) = (crowd.told_in_all(), inboxes(&stage.start)?.len());
    println!("killed: {recorded} were recorded and {first} told in the lobby");
    let server = stage.serve()?;
    let some = accounts.len() / 4;
    until("a half of the mails", || post.arrived().len() >= some).await?;
    server.kill()?;
    println!("killed: {} mails had arrived", post.arrived().len());
    let server = stage.serve()?;
    let all = || inboxes(&stage.start).is_ok_and(|inboxes| inboxes.len() == accounts.len());
    until("everybody to be recorded", all).await?;
    until("the outbox to be empty", || waiting(&stage.start).is_ok_and(|count| count == 0)).await?;
    server.kill()?;
    let ended = Ended {
        inboxes: inboxes(&stage.start)?,
        here: here.iter().map(|(account, _)| *account).collect(),
        told: crowd.told(),
        arrived: post.arrived().to_vec(),
        kills: 2,
    };
    let faults = ended.faults(&accounts);
    println!(
        "{} recorded, {} told in the lobby, {} mails, {} of them distinct",
        ended.inboxes.len(),
        ended.told.len(),
        ended.arrived.len(),
        ended.distinct().len()
    );
    let planted = ended.with_planted_faults(&accounts).faults(&accounts);
    let planted =
        control("one mail less, one to somebody who is here, one reminder more", &planted);
    Ok(course::judge(&stage.start, &faults)?.plus(planted))
}

/// Makes the event, and people who follow it: in the database, for a thousand passwords take minutes to hash.
async fn prepare(stage: &Stage, people: usize, due_at: i64) -> Result<Vec<(u64, String)>> {
    let server = stage.serve()?;
    let staff = organiser(stage.listen, address(0)).await?;
    let starts_at = rfc3339(&stage.start, due_at + DAY_MS).await?;
    let event = make_event_at(stage.listen, &staff, 6, &starts_at).await?;
    let event: u64 = event.room.split('/').nth(1).context("its number")?.parse()?;
    server.kill()?;
    let mut db = Connection::open(stage.start.data.join("houseful.db"))?;
    let tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let first: i64 = tx.query_row("SELECT max(id) + 1 FROM accounts", [], |row| row.get(0))?;
    let mut accounts = Vec::new();
    for nth in 0..i64::try_from(people)? {
        let (account, email) = (first + nth, format!("follower{nth}@load.example"));
        tx.execute(
            "INSERT INTO accounts (id, email, name, role, password, created_at)
             SELECT ?1, ?2, 'A Follower', 'attendee', password, 0 FROM accounts WHERE email = ?3",
            params![account, email, "ann@demo.example"],
        )?;
        tx.execute(
            "INSERT INTO follows (account, event, at) VALUES (?1, ?2, 0)",
            params![account, i64::try_from(event)?],
        )?;
        accounts.push((account.unsigned_abs(), email));
    }
    tx.execute(
        "UPDATE sequences SET value = (SELECT max(id) FROM accounts) WHERE name = 'accounts'",
        [],
    )?;
    // The demo's own people are no part of this.
    tx.execute("UPDATE event_news SET moved_at = 0", [])?;
    tx.commit()?;
    Ok(accounts)
}

/// SQLite writes the time as people do, so that this needs no library for it.
async fn rfc3339(start: &Start, ms: i64) -> Result<String> {
    let db = Connection::open_with_flags(
        start.data.join("houseful.db"),
        OpenFlags::SQLITE_OPEN_READ_ONLY,
    )?;
    let sql = "SELECT strftime('%Y-%m-%dT%H:%M:%SZ', ?1, 'unixepoch')";
    Ok(db.query_row(sql, [ms / 1_000], |row| row.get(0))?)
}

/// How many reminders each has in their inbox.
fn inboxes(start: &Start) -> Result<BTreeMap<u64, u64>> {
    let db = read_only(start)?;
    let mut rows = db.prepare(
        "SELECT account, count(*) FROM notifications WHERE kind = 'reminder' GROUP BY account",
    )?;
    let rows = rows.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))?;
    rows.map(|row| row.map(|(id, count)| (id.unsigned_abs(), count.unsigned_abs())))
        .collect::<rusqlite::Result<_>>()
        .map_err(Into::into)
}

/// How many mails wait.
fn waiting(start: &Start) -> Result<i64> {
    let sql = "SELECT count(*) FROM mails WHERE state = 'waiting'";
    Ok(read_only(start)?.query_row(sql, [], |row| row.get(0))?)
}

fn read_only(start: &Start) -> Result<Connection> {
    let file = start.data.join("houseful.db");
    Ok(Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY)?)
}

async fn until(what: &str, is: impl Fn() -> bool) -> Result<()> {
    let begun = Instant::now();
    while !is() {
        if begun.elapsed().as_secs() >= WAIT_SECONDS_MAX {
            bail!("waited in vain for {what}");
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(())
}

impl Stage {
    fn serve(&self) -> Result<Server> {
        self.start.serve_at(self.listen, &self.environment)
    }
}

impl Ended {
    /// What does not hold.
    fn faults(&self, accounts: &[(u64, String)]) -> Vec<String> {
        let mut faults = Vec::new();
        for (account, email) in accounts {
            let inbox = self.inboxes.get(account).copied().unwrap_or_default();
            let told = self.told.get(account).copied().unwrap_or_default();
            let to = |one: &&Arrived| one.to == *email;
            let mails: BTreeSet<&str> =
                self.arrived.iter().filter(to).map(|one| one.message_id.as_str()).collect();
            let by_mail = usize::from(!self.here.contains(account));
            if inbox != 1 || told > 1 || mails.len() != by_mail {
                let mails = mails.len();
                faults.push(format!("{email}: {inbox} in the inbox, told {told}, {mails} mails"));
            }
        }
        let copies = self.arrived.len() - self.distinct().len();
        if copies > self.kills * COPIES_PER_KILL_MAX {
            faults.push(format!("{copies} mails came twice, with {} kills", self.kills));
        }
        if self.told.is_empty() {
            faults.push("nobody was told in the lobby".to_owned());
        }
        faults
    }

    fn distinct(&self) -> BTreeSet<&str> {
        self.arrived.iter().map(|one| one.message_id.as_str()).collect()
    }

    /// The same with what must be noticed.
    fn with_planted_faults(&self, accounts: &[(u64, String)]) -> Ended {
        let (mut inboxes, mut arrived) = (self.inboxes.clone(), self.arrived.clone());
        let lost = arrived.pop().map(|one| one.message_id);
        arrived.retain(|one| Some(&one.message_id) != lost.as_ref());
        if let Some((account, email)) = accounts.first() {
            arrived.push(Arrived { to: email.clone(), message_id: "planted".to_owned() });
            inboxes.entry(account + 1).and_modify(|count| *count += 1);
        }
        let (here, told, kills) = (self.here.clone(), self.told.clone(), self.kills);
        Ended { inboxes, here, told, arrived, kills }
    }
}
