//! One server with one room, as its clients see it: sessions, turns, a journal, and what each connection is sent. What
//! is durable is shown at once or a little later, and together with what became durable with it (R9).

use super::ledger::Ledger;
use houseful_room::testkit::{Clock, Disk, Flushed, Rng, Site};
use houseful_room::{
    Accepted, AccountId, Append, Audience, Command, CommandId, Content, Epoch, Fragment, Host, Ids,
    Input, Joined, LiveValue, Output, Principal, Published, Refusal, Room, SessionId, Standing,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

const ROOM: &str = "ledger";
/// How often something is shown a little later, in percent.
const LATER: u64 = 30;

#[derive(Default)]
struct Link {
    account: Option<AccountId>,
    /// What it may see, once it has joined.
    audiences: Option<Vec<Audience>>,
    /// Entries that it was not shown yet, with the turn that they became durable in.
    unshown: Vec<(u64, Arc<Published>)>,
}

/// Who waits for an answer, and under which `ref`.
#[derive(Clone, Copy)]
struct Asker {
    connection: u64,
    reference: u64,
}

pub struct Server {
    host: Host,
    disk: Disk,
    clock: Clock,
    rng: Rng,
    epoch: Epoch,
    links: BTreeMap<u64, Link>,
    askers: BTreeMap<u64, Asker>,
    asked: u64,
    busy: u64,
    mailbox: Vec<Input>,
    turns: u64,
    sent: Vec<String>,
}

/// The room's place on the disk, which has no other.
const ROOM_SITE: Site = 0;

impl Server {
    pub fn new(seed: u64) -> Server {
        let (mut disk, clock, mut rng) = (Disk::new(1), Clock::default(), Rng::new(seed));
        let epoch = rng.uuid(clock.now().wall);
        let host = recover(&mut disk, &clock, epoch);
        let mut server = Server {
            host,
            disk,
            clock,
            rng,
            epoch,
            links: BTreeMap::new(),
            askers: BTreeMap::new(),
            asked: 0,
            busy: 0,
            mailbox: Vec::new(),
            turns: 0,
            sent: Vec::new(),
        };
        server.start();
        server
    }

    pub fn take_sent(&mut self) -> Vec<String> {
        std::mem::take(&mut self.sent)
    }

    pub fn open(&mut self, connection: u64) {
        self.links.insert(connection, Link::default());
    }

    pub fn lost(&mut self, connection: u64) {
        if self.links.remove(&connection).is_some() {
            self.mailbox.push(Input::Lost { session: SessionId(connection) });
        }
    }

    pub fn be_busy(&mut self, commands: u64) {
        self.busy += commands;
    }

    /// Time passes, and what waits to be shown is perhaps shown.
    pub fn pass(&mut self, ms: u64) {
        self.turn();
        self.clock.advance_to(self.clock.true_ms() + ms);
        self.mailbox.push(Input::Wake);
    }

    /// The process ends and another begins: nobody is connected.
    pub fn restart(&mut self) {
        self.turn();
        self.begin();
    }

    /// The same from a backup that lacks some entries.
    pub fn restore(&mut self) {
        self.turn();
        let kept = self.rng.between(1, self.disk.log(ROOM_SITE).head());
        let records = self.disk.log(ROOM_SITE).records().iter().take(kept as usize);
        let entries = records.map(|record| record.entry.clone()).collect();
        let mut disk = Disk::new(1);
        while disk.log_mut(ROOM_SITE).claim() < self.disk.log(ROOM_SITE).term() {}
        let term = disk.log(ROOM_SITE).term();
        disk.queue(ROOM_SITE, Append { term, after: 0, entries, snapshot: None }, 0);
        assert!(disk.begin());
        assert_eq!(disk.finish().get(&ROOM_SITE), Some(&Flushed::Done(kept)));
        self.disk = disk;
        self.epoch = self.rng.uuid(self.clock.now().wall);
        self.begin();
    }

    fn begin(&mut self) {
        self.links.clear();
        self.askers.clear();
        self.mailbox.clear();
        self.clock.restart(self.rng.below(1 << 40));
        self.host = recover(&mut self.disk, &self.clock, self.epoch);
        self.start();
    }

    fn start(&mut self) {
        let decided = self.host.start(self.clock.now(), &mut self.rng);
        let decided = decided.expect("the room opens");
        self.commit(decided.append);
        self.release(decided.released);
    }

    /// Everything is shown.
    pub fn settle(&mut self) {
        self.turn();
        let all: Vec<u64> = self.links.keys().copied().collect();
        all.into_iter().for_each(|connection| self.show(connection));
    }

    /// What a newcomer with the same rights would be told.
    pub fn truth(&mut self, connection: u64) {
        let audiences = self.links.get(&connection).and_then(|link| link.audiences.clone());
        let audiences = audiences.unwrap_or_default();
        let parts: Vec<String> =
            audiences.iter().map(|audience| self.host.room().part(audience)).collect();
        self.send(connection, &format!(r#"{{"t":"truth","parts":[{}]}}"#, parts.join(",")));
    }

    fn send(&mut self, connection: u64, frame: &str) {
        self.sent.push(format!("[{connection},{frame}]"));
    }

    /// A frame from a client; one of a connection that is gone says nothing.
    pub fn say(&mut self, connection: u64, frame: &Value) {
        let Some(link) = self.links.get_mut(&connection) else { return };
        let reference = frame["ref"].as_u64().unwrap_or(0);
        let session = SessionId(connection);
        match frame["t"].as_str().unwrap_or_default() {
            "hello" => {
                let account = frame["token"].as_str().and_then(|token| token.parse().ok());
                link.account = account.map(AccountId);
                let id = account.unwrap_or(0);
                let account = json!({ "id": id, "name": format!("P{id}"), "role": "attendee" });
                let welcome = json!({ "t": "welcome", "ref": reference, "session": connection,
                    "now": self.clock.now().wall.0, "heartbeatMs": 25_000, "account": account });
                self.send(connection, &welcome.to_string());
            }
            "join" => {
                let have = &frame["have"];
                let epoch = have["epoch"].as_str().and_then(|text| Uuid::parse_str(text).ok());
                let have = epoch.zip(have["seq"].as_u64());
                let who = principal(link.account);
                let ticket = self.ticket(connection, reference);
                self.mailbox.push(Input::Join { ticket, session, who, have });
            }
            "command" => self.command(connection, reference, frame),
            "show" => {
                let who = principal(link.account);
                let shape = frame["shape"].as_str().unwrap_or_default().into();
                let value = Some(&frame["value"]).filter(|value| !value.is_null());
                let value = value.map(|value| value.to_string().into());
                self.mailbox.push(Input::Live { session, who, shape, value });
            }
            _ => {}
        }
    }

    fn command(&mut self, connection: u64, reference: u64, frame: &Value) {
        let Some(link) = self.links.get(&connection) else { return };
        if link.audiences.is_none() {
            let refusal = Refusal::new("not_joined", "Join the room first.");
            return self.refuse(connection, reference, &refusal);
        }
        if self.busy > 0 {
            self.busy -= 1;
            let refusal = Refusal::new("busy", "Too much to do.").retry_after_ms(20);
            return self.refuse(connection, reference, &refusal);
        }
        let who = principal(link.account);
        let text = |name: &str| frame[name].as_str().unwrap_or_default();
        let command = Command {
            ticket: self.ticket(connection, reference),
            id: CommandId(Uuid::parse_str(text("id")).expect("an id is a UUID")),
            term: frame["term"].as_u64(),
            who,
            name: text("name").into(),
            body: frame["body"].to_string().into(),
            attached: None,
        };
        self.mailbox.push(Input::Command(command));
    }

    fn ticket(&mut self, connection: u64, reference: u64) -> u64 {
        self.asked += 1;
        self.askers.insert(self.asked, Asker { connection, reference });
        self.asked
    }

    /// Decides all that waits; what was decided is durable at once.
    pub fn turn(&mut self) {
        if !self.mailbox.is_empty() {
            self.turns += 1;
            let inputs = std::mem::take(&mut self.mailbox);
            let mut decided = self.host.turn(self.clock.now(), &mut self.rng, inputs);
            if let Some(append) = &mut decided.append
                && self.rng.percent(10)
            {
                append.snapshot = Some(self.host.snapshot());
            }
            self.release(decided.released);
            self.commit(decided.append);
        }
        let links: Vec<u64> = self.links.keys().copied().collect();
        for connection in links {
            if !self.rng.percent(LATER) {
                self.show(connection);
            }
        }
    }

    fn commit(&mut self, append: Option<Append>) {
        let Some(append) = append else { return };
        self.disk.queue(ROOM_SITE, append, self.clock.true_ms());
        assert!(self.disk.begin());
        let flushed = self.disk.finish();
        let Some(Flushed::Done(head)) = flushed.get(&ROOM_SITE) else { panic!("it is taken") };
        let released = self.host.committed(*head);
        self.release(released);
    }

    fn release(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Publish(entry) => {
                    let turn = self.turns;
                    let watching = self.links.values_mut().filter(|link| link.audiences.is_some());
                    watching.for_each(|link| link.unshown.push((turn, entry.clone())));
                }
                Output::Joined(ticket, joined) => self.joined(ticket, joined),
                Output::Answer(ticket, answer) => self.answer(ticket, answer),
                Output::Live(live) => {
                    let row = shown(&live);
                    self.tell_all(&format!(r#"{{"t":"live","room":"{ROOM}","values":[{row}]}}"#));
                }
                Output::Refused(session, refusal) => {
                    self.send(session.0, &refused(None, &refusal));
                }
                Output::Gone(session, code) => self.put_out(session, "gone", code),
                Output::Rejoin(session, code) => self.put_out(session, "resync", code),
                Output::Alarm(text) => panic!("alarm: {text}"),
            }
        }
    }

    fn tell_all(&mut self, frame: &str) {
        let watching = self.links.iter().filter(|(_, link)| link.audiences.is_some());
        let all: Vec<u64> = watching.map(|(connection, _)| *connection).collect();
        all.into_iter().for_each(|connection| self.send(connection, frame));
    }

    fn put_out(&mut self, session: SessionId, frame: &str, code: &str) {
        if let Some(link) = self.links.get_mut(&session.0) {
            link.audiences = None;
            link.unshown.clear();
            let frame = json!({ "t": frame, "room": ROOM, "code": code });
            self.send(session.0, &frame.to_string());
        }
    }

    fn joined(&mut self, ticket: u64, joined: Result<Joined, Refusal>) {
        let Some(Asker { connection, reference }) = self.askers.remove(&ticket) else { return };
        let joined = match joined {
            Ok(joined) => joined,
            Err(refusal) => return self.refuse(connection, reference, &refusal),
        };
        let Some(link) = self.links.get_mut(&connection) else { return };
        link.audiences = Some(joined.audiences.clone());
        link.unshown.clear();
        let (key, texts) = match &joined.content {
            Content::Parts(parts) => ("parts", parts.iter().map(ToString::to_string).collect()),
            Content::Fragments(fragments) => {
                ("fragments", fragments.iter().map(Fragment::text).collect::<Vec<_>>())
            }
        };
        let mut head = json!({ "t": "joined", "ref": reference, "room": ROOM, "app": joined.app,
            "version": joined.version, "epoch": joined.epoch, "term": joined.term,
            "seq": joined.seq, "role": joined.role })
        .to_string();
        head.pop();
        self.send(connection, &format!("{head},\"{key}\":[{}]}}", texts.join(",")));
        let rows = joined.live.iter().map(shown).collect::<Vec<_>>().join(",");
        if !rows.is_empty() {
            let frame = format!(r#"{{"t":"live","room":"{ROOM}","all":true,"values":[{rows}]}}"#);
            self.send(connection, &frame);
        }
    }

    /// What the answer speaks of comes before it (R16).
    fn answer(&mut self, ticket: u64, answer: Result<Accepted, Refusal>) {
        let Some(Asker { connection, reference }) = self.askers.remove(&ticket) else { return };
        self.show(connection);
        match answer {
            Ok(accepted) => {
                let stored =
                    || self.disk.log(ROOM_SITE).reply(accepted.seq).expect("the entry has a reply");
                let reply = accepted.reply.unwrap_or_else(stored);
                let seq = accepted.seq;
                let ok = format!(r#"{{"t":"ok","ref":{reference},"seq":{seq},"body":{reply}}}"#);
                self.send(connection, &ok);
            }
            Err(refusal) => self.refuse(connection, reference, &refusal),
        }
    }

    fn refuse(&mut self, connection: u64, reference: u64, refusal: &Refusal) {
        self.send(connection, &refused(Some(reference), refusal));
    }

    /// Shows a connection what it lacks: what became durable in one turn is one fragment for each audience.
    fn show(&mut self, connection: u64) {
        let Some(link) = self.links.get_mut(&connection) else { return };
        let unshown = std::mem::take(&mut link.unshown);
        let audiences = link.audiences.clone().unwrap_or_default();
        let mut runs: Vec<(u64, Fragment)> = Vec::new();
        for (turn, entry) in &unshown {
            for fragment in entry.fragments.iter().filter(|one| audiences.contains(&one.audience)) {
                let same = |(at, run): &&mut (u64, Fragment)| {
                    at == turn && run.audience == fragment.audience
                };
                match runs.iter_mut().find(same) {
                    Some((_, run)) => run_on(run, fragment),
                    None => runs.push((*turn, fragment.clone())),
                }
            }
        }
        if runs.is_empty() {
            return;
        }
        runs.sort_by_key(|(_, run)| run.seq);
        let texts: Vec<String> = runs.iter().map(|(_, run)| run.text()).collect();
        let texts = texts.join(",");
        let frame = format!(r#"{{"t":"ops","room":"{ROOM}","fragments":[{texts}]}}"#);
        self.send(connection, &frame);
    }
}

fn run_on(run: &mut Fragment, more: &Fragment) {
    let before = run.ops.strip_suffix(']').unwrap_or(&run.ops);
    let after = more.ops.strip_prefix('[').unwrap_or(&more.ops);
    run.ops = format!("{before},{after}").into();
    run.seq = more.seq;
}

/// A row of `live`.
fn shown(live: &LiveValue) -> String {
    let LiveValue { shape, account, session, value } = live;
    let value = value.as_deref().unwrap_or("null");
    format!("[\"{shape}\",{},{},{value}]", account.0, session.0)
}

fn refused(reference: Option<u64>, refusal: &Refusal) -> String {
    let mut frame = json!(refusal);
    frame["t"] = json!("refused");
    frame["ref"] = json!(reference);
    frame.to_string()
}

fn principal(account: Option<AccountId>) -> Principal {
    account.map_or(Principal::VISITOR, |id| Principal::person(id, Standing::Attendee))
}

fn recover(disk: &mut Disk, clock: &Clock, epoch: Epoch) -> Host {
    let log = disk.log_mut(ROOM_SITE);
    log.claim();
    let room = Room::<Ledger>::recover("{}", log.recovery(epoch), clock.now());
    Host::new(Box::new(room.expect("the room is recovered")))
}
