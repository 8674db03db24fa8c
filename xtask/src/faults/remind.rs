//! `faults remind`: people follow two events, half of them are in the lobby, the clock moves to the moment at which
//! they are to be reminded of one, and the server is killed twice in the middle. Then that event is moved and the
//! other is cancelled, and the clock moves again. Each is told each thing once, in the lobby or by mail, and of what is
//! cancelled no reminder comes. A mail server that is none of ours says what arrived: a second copy of a mail, under
//! the same Message-ID, may be there only where a kill fell between its word and the server's note.

mod crowd;
mod ended;
mod post;
mod stage;

use super::clock::{Hands, library, wall_ms};
use super::{control, course};
use crate::client::api::{inbox, sign_in};
use crate::client::live::address;
use crate::client::process::{Server, Start, binary, folder};
use crate::test::Counts;
use crate::test::process::target_folder;
use anyhow::{Result, bail, ensure};
use clap::Args;
use crowd::Crowd;
use ended::{Ended, IN_ALL};
use post::Post;
use stage::{Cast, Stage, ahead_s};
use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Reminders are due so long after the start of the run, less what the clock is moved.
const DUE_IN_MS: i64 = 7 * 60 * 1_000;
/// The reminders of the event that is cancelled would be due so much later, and those of the other once it has moved.
const LATER_MS: i64 = 5 * 60 * 1_000;
/// Nobody counts as away for so long after a start; a little more than the server's own figure.
const SETTLED: Duration = Duration::from_secs(22);
/// Whatever is waited for comes within this time.
const WAIT_SECONDS_MAX: u64 = 150;
/// People who sign in when all is over, to read their inbox; and whose reminders the control forgets.
const SAMPLE: usize = 3;

/// Who is reminded.
#[derive(Args, Clone)]
pub struct Remind {
    /// People who follow the events; every second one is in the lobby.
    #[arg(long, default_value_t = 1_000)]
    pub people: usize,
    /// What the run's random numbers start from.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
    /// Take from the disk that some were reminded, and require that their further mails are noticed.
    #[arg(long)]
    pub control: bool,
}

/// All that takes part.
struct Play {
    stage: Stage,
    cast: Cast,
    here: Vec<(u64, String)>,
    crowd: Rc<Crowd>,
    post: Post,
    noted: Vec<BTreeSet<String>>,
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
    let cast = stage.prepare(remind.people, [due_at, due_at + LATER_MS]).await?;
    let here = cast.followers.iter().step_by(2).cloned().collect();
    let (crowd, noted) = (Rc::new(Crowd::new(listen)), Vec::new());
    let mut play = Play { stage, cast, here, crowd, post, noted };

    let server = play.remind_and_kill(due_at).await?;
    play.move_and_cancel(due_at + LATER_MS).await?;
    let mut faults = play.read_inboxes().await?;
    server.kill()?;
    let ended = play.ended()?;
    let told: usize = ended.told.values().map(Vec::len).sum();
    let (mails, distinct) = (ended.arrived.len(), ended.distinct());
    println!("{told} times told in the lobby, {mails} mails, {distinct} of them distinct");
    faults.extend(ended.faults(&play.cast.followers));
    let mut counts = course::judge(&play.stage.start, &faults)?;
    if remind.control {
        counts = counts.plus(play.control().await?);
    }
    Ok(counts)
}

impl Play {
    /// The first reminders, and two kills in their middle.
    async fn remind_and_kill(&mut self, due_at: i64) -> Result<Server> {
        let server = self.stage.serve()?;
        let begun = Instant::now();
        self.crowd.come(&self.here).await?;
        tokio::time::sleep(SETTLED.saturating_sub(begun.elapsed())).await;
        let (here, all) = (self.here.len(), self.cast.followers.len());
        println!("{here} of {all} are in the lobby after {:.0?}", begun.elapsed());
        let ahead_s = ahead_s(due_at);
        ensure!(ahead_s > 0, "this machine is too slow: it was time before everybody was there");
        self.stage.jump(ahead_s).await?;
        // Most are not recorded yet when the first is told.
        until("somebody to be told", || self.crowd.told_in_all() > 0).await?;
        self.kill(server)?;
        let server = self.stage.serve()?;
        until("a half of the mails", || self.post.arrived().len() >= all / 4).await?;
        self.kill(server)?;
        let server = self.stage.serve()?;
        self.until_told(all).await?;
        Ok(server)
    }

    /// One event is moved to where the other is, which does not take place.
    async fn move_and_cancel(&self, due_at: i64) -> Result<()> {
        let all = self.cast.followers.len();
        // Their tokens would end with the next jump. Who has come is here at once.
        self.crowd.come(&self.here).await?;
        self.stage.change(&self.cast, due_at).await?;
        self.until_told(all * (IN_ALL - 1)).await?;
        println!("{} mails had arrived when all knew of the changes", self.post.arrived().len());
        self.stage.jump(ahead_s(due_at)).await?;
        self.until_told(all * IN_ALL).await?;
        let here = self.here.len() * (IN_ALL - 1);
        until("everybody to be told", || self.crowd.told_in_all() >= here).await
    }

    /// Somebody who was away finds it all when they sign in.
    async fn read_inboxes(&self) -> Result<Vec<String>> {
        let mut faults = Vec::new();
        let away = self.cast.followers.iter().skip(1).step_by(2).take(SAMPLE);
        for (nth, (_, email)) in away.enumerate() {
            let person = sign_in(self.stage.listen, address(nth + 1), email).await?;
            let inbox = inbox(self.stage.listen, &person).await?;
            let count = inbox["items"].as_array().map_or(0, Vec::len);
            if (count, inbox["unread"].as_u64()) != (IN_ALL, Some(IN_ALL as u64)) {
                faults.push(format!("{email} finds {count} notifications, not {IN_ALL} unread"));
            }
        }
        Ok(faults)
    }

    /// The same server without its claims: some are reminded again.
    async fn control(&mut self) -> Result<Counts> {
        let (some, all) = (&self.cast.followers[..SAMPLE], self.cast.followers.len());
        self.stage.forget(some)?;
        let server = self.stage.serve()?;
        self.until_told(all * IN_ALL).await?;
        server.kill()?;
        // The inboxes are as they were; what tells is the second mail.
        let faults = self.ended()?.faults(&self.cast.followers);
        Ok(control("a server that forgets whom it has reminded", &faults))
    }

    fn kill(&mut self, server: Server) -> Result<()> {
        server.kill()?;
        let (recorded, told) = (self.stage.recorded()?, self.crowd.told_in_all());
        let arrived = self.post.arrived().len();
        println!("killed: {recorded} recorded, {told} told in the lobby, {arrived} mails arrived");
        self.noted.push(self.stage.noted()?);
        Ok(())
    }

    /// Until so much is recorded, and every mail of it is sent.
    async fn until_told(&self, count: usize) -> Result<()> {
        let is_recorded = || self.stage.recorded().is_ok_and(|recorded| recorded >= count);
        until("everything to be recorded", is_recorded).await?;
        let is_sent = || self.stage.waiting().is_ok_and(|count| count == 0);
        until("the outbox to be empty", is_sent).await
    }

    fn ended(&self) -> Result<Ended> {
        Ok(Ended {
            inboxes: self.stage.inboxes()?,
            here: self.here.iter().map(|(account, _)| *account).collect(),
            told: self.crowd.told(),
            arrived: self.post.arrived().to_vec(),
            noted: self.noted.clone(),
        })
    }
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
