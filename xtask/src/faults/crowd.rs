//! `faults crowd`: members talk in chat rooms, the server is killed, all come back but a few who are held back on
//! purpose. Everyone is brought up by what they missed, nobody is shown as gone who is within grace, and after it
//! those who came back are here and the others are gone. It judges by what members were shown and by the disk.

mod journal;
mod member;

use super::buyer::newcomer;
use super::{control, course};
use crate::client::api::{make_room, organiser, sign_up_many};
use crate::client::chance::Chance;
use crate::client::live::address;
use crate::client::process::{Server, Start};
use crate::test::Counts;
use anyhow::{Context, Result, ensure};
use clap::Args;
use member::{Loss, Member, Mood, live};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

/// Each member is in so many rooms at once.
const ROOMS_EACH: usize = 2;
/// Who is away leaves after so long (R19).
const GRACE: Duration = Duration::from_secs(15);
/// So long after grace presence is exact.
const EXACT_AFTER_GRACE: Duration = Duration::from_secs(5);
/// All must be there, or have all, within this time.
const LEVEL: Duration = Duration::from_secs(60);
/// A room has so many messages before the server is killed: as a snapshot, several times what is written when
/// twenty members return, so that these need none (R7).
const MESSAGES_MIN: usize = 30;
const LOOK: Duration = Duration::from_millis(50);

/// Who is there, and how often the server is killed.
#[derive(Args, Clone)]
pub struct Crowd {
    /// Members.
    #[arg(long, default_value_t = 200)]
    pub members: usize,
    /// Chat rooms.
    #[arg(long, default_value_t = 20)]
    pub rooms: usize,
    /// Members who are held back each time.
    #[arg(long, default_value_t = 10)]
    pub away: usize,
    /// How often the server is killed.
    #[arg(long, default_value_t = 3)]
    pub rounds: u64,
    /// Seconds that they talk before that.
    #[arg(long, default_value_t = 10)]
    pub seconds: u64,
    /// What the run's random numbers start from; a failing run prints it.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The server to run [default: the release build, built first].
    #[arg(long, value_name = "FILE")]
    pub binary: Option<PathBuf>,
    /// At last, count those who were held back as back, and take a message out of a journal: both must be noticed.
    #[arg(long)]
    pub control: bool,
}

/// Runs; an error if a promise was broken.
pub fn run(crowd: &Crowd) -> Result<Counts> {
    let start = course::start(crowd.binary.as_deref(), "faults-crowd")?;
    course::run(crowd.seed, &start.data, rounds(crowd, &start))
}

async fn rounds(crowd: &Crowd, start: &Start) -> Result<Counts> {
    let mut hall = Hall::open(crowd, start).await?;
    let mut counts = Counts::NONE;
    for nth in 1..=crowd.rounds.max(1) {
        let faults = hall.round(nth, crowd).await?;
        faults.iter().take(20).for_each(|fault| println!("  {fault:.300}"));
        if !faults.is_empty() {
            return Ok(counts.plus(Counts::FAILED));
        }
        counts.passed += 1;
    }
    let held_back = hall.presence(&BTreeSet::new());
    hall.server.take().context("a server")?.kill()?;
    counts = counts.plus(course::judge(start, &hall.against_the_journals(start)?)?);
    if crowd.control {
        counts = counts.plus(control("who was held back is counted as back", &held_back));
        journal::remove_last_message(&start.data, &hall.rooms[0])?;
        let noticed = hall.against_the_journals(start)?;
        counts = counts.plus(control("a message was taken out of a journal", &noticed));
    }
    Ok(counts)
}

/// The server with its rooms, and who is in them.
struct Hall {
    start: Start,
    server: Option<Server>,
    at: SocketAddr,
    rooms: Vec<String>,
    members: Vec<Rc<RefCell<Member>>>,
    chance: Chance,
    /// Who is away in this round.
    away: BTreeSet<u64>,
    /// How often members have stayed away for good, in each of their rooms.
    left: usize,
}

impl Hall {
    /// A server, its rooms, and everyone in them.
    async fn open(crowd: &Crowd, start: &Start) -> Result<Hall> {
        ensure!(crowd.away < crowd.members && crowd.rooms >= ROOMS_EACH, "nobody would be there");
        // The same port again after the kill: that is where they knock meanwhile.
        let at = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let server = Some(start.serve_at(at, &[])?);
        let staff = organiser(at, address(0)).await?;
        let mut rooms = Vec::new();
        for nth in 0..crowd.rooms {
            rooms.push(make_room(at, &staff, "chat", &format!("Crowd {nth}")).await?);
        }
        let mut chance = Chance::new(crowd.seed);
        let mut members = Vec::new();
        for (nth, person) in sign_up_many(at, crowd.members).await?.into_iter().enumerate() {
            let own = (0..ROOMS_EACH).map(|more| rooms[(nth + more) % rooms.len()].clone());
            let member = Member::new(person, own, Chance::new(chance.next()));
            members.push(Rc::new(RefCell::new(member)));
        }
        for member in &members {
            drop(tokio::task::spawn_local(live(member.clone(), at)));
        }
        let (start, away) = (start.clone(), BTreeSet::new());
        Ok(Hall { start, server, at, rooms, members, chance, away, left: 0 })
    }

    /// They talk, the server dies, they come back. Answers what does not hold.
    async fn round(&mut self, nth: u64, crowd: &Crowd) -> Result<Vec<String>> {
        self.set_moods(Mood::Talk, &BTreeSet::new());
        ensure!(self.until(LEVEL, Hall::are_back).await, "{}", self.complaint("did not come"));
        let more = Duration::from_millis(self.chance.below(1_000));
        tokio::time::sleep(Duration::from_secs(crowd.seconds) + more).await;
        ensure!(self.until(LEVEL, Hall::have_talked).await, "hardly anybody talks");
        let mut faults = self.losses("before the kill", |_| true);
        self.choose_who_is_away(crowd.away);
        // Quiet until all are back: who lacks more than a snapshot has is sent one, and that is right (R7).
        self.set_moods(Mood::Listen, &self.away);
        for member in &self.members {
            let mut member = member.borrow_mut();
            member.by_ops = 0;
            member.by_parts.clear();
        }
        let killed = Instant::now();
        self.restart().await?;
        let in_time = self.until(GRACE, Hall::are_back).await;
        let back = killed.elapsed();
        faults.extend((!in_time).then(|| self.complaint("were not back within grace")));
        let ops: usize = self.members.iter().map(|member| member.borrow().by_ops).sum();
        let parts: Vec<String> = self.each(|member| member.by_parts.clone());
        faults.extend(parts.iter().cloned());
        self.set_moods(Mood::Talk, &self.away);
        let is_exact = |hall: &Hall| hall.presence(&hall.away).is_empty();
        if !self.until(GRACE + EXACT_AFTER_GRACE, is_exact).await {
            faults.extend(self.presence(&self.away));
        }
        let exact = killed.elapsed();
        let is_away = |loss: &Loss| self.away.contains(&loss.account);
        faults.extend(self.losses("who was back in time", |loss| !is_away(loss)));
        faults.extend(self.losses("within grace", |loss| loss.when < killed + GRACE));
        self.set_moods(Mood::Listen, &self.away);
        faults.extend(self.converge().await?);
        self.left += ROOMS_EACH * self.away.len();
        let said: usize = self.members.iter().map(|member| member.borrow().said.len()).sum();
        println!(
            "round {nth}: {} of {} members were back after {:.1} s, {ops} joins by ops, {} by snapshot; \
             presence exact after {:.1} s; {said} messages so far",
            self.members.len() - self.away.len(),
            self.members.len(),
            back.as_secs_f64(),
            parts.len(),
            exact.as_secs_f64()
        );
        self.members.iter().for_each(|member| member.borrow_mut().losses.clear());
        Ok(faults)
    }

    /// SIGKILL, and a new process on the same folder and port.
    async fn restart(&mut self) -> Result<()> {
        self.server.take().context("a server to kill")?.kill()?;
        let (start, at) = (self.start.clone(), self.at);
        // In a thread of its own: they knock while nobody is there.
        let started = tokio::task::spawn_blocking(move || start.serve_at(at, &[])).await?;
        self.server = Some(started?);
        Ok(())
    }

    fn choose_who_is_away(&mut self, count: usize) {
        self.away.clear();
        while self.away.len() < count {
            let nth = self.chance.below(self.members.len() as u64) as usize;
            self.away.insert(self.members[nth].borrow().person.account);
        }
    }

    fn set_moods(&self, mood: Mood, away: &BTreeSet<u64>) {
        for member in &self.members {
            let mut member = member.borrow_mut();
            let is_away = away.contains(&member.person.account);
            member.mood = if is_away { Mood::StayAway } else { mood };
        }
    }

    /// Waits for a fact; answers whether it came in time.
    async fn until(&self, most: Duration, is_so: impl Fn(&Hall) -> bool) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < most {
            if is_so(self) {
                return true;
            }
            tokio::time::sleep(LOOK).await;
        }
        is_so(self)
    }

    fn present(&self) -> impl Iterator<Item = &Rc<RefCell<Member>>> {
        let is_present = |member: &&Rc<RefCell<Member>>| member.borrow().mood != Mood::StayAway;
        self.members.iter().filter(is_present)
    }

    fn are_back(&self) -> bool {
        self.present().all(|member| member.borrow().is_back())
    }

    /// Whether every room has more to show than a crowd's return makes.
    fn have_talked(&self) -> bool {
        let places = |member: &Rc<RefCell<Member>>| {
            member
                .borrow()
                .places
                .iter()
                .all(|place| place.copy.log("messages").len() >= MESSAGES_MIN)
        };
        self.present().all(places)
    }

    fn complaint(&self, what: &str) -> String {
        let missing = self.present().filter(|member| !member.borrow().is_back()).count();
        let broken = self.each(|member| member.broken.clone());
        format!("{missing} members {what}; {:.300}", broken.join("; "))
    }

    fn each(&self, what: impl Fn(&Member) -> Vec<String>) -> Vec<String> {
        self.members.iter().flat_map(|member| what(&member.borrow())).collect()
    }

    /// Who was shown as gone and ought not to have been.
    fn losses(&self, when: &str, is_wrong: impl Fn(&Loss) -> bool) -> Vec<String> {
        let mut wrong = Vec::new();
        for member in &self.members {
            let member = member.borrow();
            for Loss { room, account, .. } in member.losses.iter().filter(|loss| is_wrong(loss)) {
                let told = member.person.account;
                wrong.push(format!("{when}: {told} was told that {account} left {room}"));
            }
        }
        wrong
    }

    /// Where what a member was shown of who is here is not so, if all are here but these.
    fn presence(&self, away: &BTreeSet<u64>) -> Vec<String> {
        let mut wrong = Vec::new();
        for member in self.present() {
            let member = member.borrow();
            for place in &member.places {
                let expected = self.expected(&place.path, away);
                let (known, here) = member.shown(place);
                if (&known, &here) != (&expected, &expected) {
                    let account = member.person.account;
                    let (room, odd) = (&place.path, known.symmetric_difference(&expected));
                    let odd: Vec<&u64> = odd.collect();
                    let lapsed: Vec<&u64> = known.difference(&here).collect();
                    wrong.push(format!("{account} in {room}: {odd:?} differ, {lapsed:?} lapsed"));
                }
            }
        }
        wrong
    }

    fn expected(&self, room: &str, away: &BTreeSet<u64>) -> BTreeSet<u64> {
        let members = self.members.iter().map(|member| member.borrow());
        let inside = members.filter(|member| member.places.iter().any(|place| place.path == room));
        let accounts = inside.map(|member| member.person.account);
        accounts.filter(|account| !away.contains(account)).collect()
    }

    /// Nobody talks: every message is answered, and every copy becomes what a stranger is shown who has just
    /// come. Answers what does not.
    async fn converge(&self) -> Result<Vec<String>> {
        let are_answered = |hall: &Hall| hall.present().all(|member| member.borrow().is_answered());
        let mut faults = Vec::new();
        if !self.until(LEVEL, are_answered).await {
            faults.push("a message was never answered".to_owned());
        }
        let mut strangers = Vec::new();
        for room in &self.rooms {
            strangers.push((room, newcomer(self.at, room).await?.hash("all")));
        }
        let is_level = |hall: &Hall| hall.unlike(&strangers).is_empty();
        if !self.until(LEVEL, is_level).await {
            faults.extend(self.unlike(&strangers));
        }
        faults.extend(self.each(|member| member.broken.clone()));
        Ok(faults)
    }

    fn unlike(&self, strangers: &[(&String, u64)]) -> Vec<String> {
        let mut unlike = Vec::new();
        for member in self.present() {
            let member = member.borrow();
            for place in &member.places {
                let of = strangers.iter().find(|(room, _)| **room == place.path);
                if of.is_some_and(|(_, hash)| *hash != place.copy.hash("all")) {
                    unlike.push(format!("{} has another {}", member.person.account, place.path));
                }
            }
        }
        unlike
    }

    /// What members have and were told is what the disk has. Who was away in the last round has a beginning of it.
    fn against_the_journals(&self, start: &Start) -> Result<Vec<String>> {
        let (mut faults, mut left, mut messages) = (Vec::new(), 0, 0);
        for room in &self.rooms {
            let journal = journal::read(&start.data, room)?;
            left += journal.left.len();
            messages += journal.messages.len();
            let texts: BTreeSet<_> =
                journal.messages.values().map(|row| row["text"].as_str()).collect();
            if texts.len() != journal.messages.len() {
                faults.push(format!("a message is there twice in {room}"));
            }
            for member in &self.members {
                faults.extend(member.borrow().differs(room, &journal));
            }
        }
        if left != self.left {
            faults.push(format!("{left} left by the journals, {} stayed away", self.left));
        }
        println!("{messages} messages and {left} departures compared with the journals");
        Ok(faults)
    }
}

impl Member {
    /// What of a room is not as its journal says.
    fn differs(&self, room: &str, journal: &journal::Journal) -> Option<String> {
        let nth = self.places.iter().position(|place| place.path == room)?;
        let rows = self.places[nth].copy.log("messages");
        let is_same = rows.iter().all(|(no, row)| journal.messages.get(no) == Some(row));
        let is_level = rows.keys().last() == journal.messages.keys().last();
        let is_whole = self.mood == Mood::StayAway || is_level;
        let is_there =
            |no: &u64, text: &str| journal.messages.get(no).is_some_and(|row| row["text"] == text);
        let told = self.said.iter().filter(|said| said.place == nth);
        let mut told = told.filter_map(|said| Some((said.no?, &said.text)));
        let is_kept = told.all(|(no, text)| is_there(&no, text));
        let is_right = is_same && is_whole && is_kept;
        (!is_right).then(|| {
            let account = self.person.account;
            format!(
                "{account} has {} messages of {room}: the same {is_same}, up to the last {is_whole}, \
                     what was acknowledged {is_kept}",
                rows.len()
            )
        })
    }
}
