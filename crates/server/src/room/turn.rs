//! The room's loop: take what waits, decide a turn, append it, release what has become durable. When
//! there is enough to do for it, a second turn is decided while the first is being flushed.

use super::mail::{Mailbox, busy, read_only, unavailable};
use super::recover::{load, nothing};
use super::{AnswerTo, Attendance, Mail, OsIds, Registry, RoomContext};
use crate::clock;
use crate::journal::{AppendFailure, Appended, EntryRecord, RoomAppend, SnapshotRecord, Verdict};
use crate::limits;
use crate::store::StoreError;
use futures_util::FutureExt;
use houseful_room::{
    AccountId, AnyRoom, Append, Command, Decided, DerivedRow, Host, Ids, Input, Mono, Refusal,
    RoomId, Seq, SessionId, Ticket, View,
};
use std::collections::{HashMap, HashSet, VecDeque};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;

/// Turns that may wait for the journal at once: one at the disk, one queued behind it.
const TURNS_UNDER_WAY_MAX: usize = 2;

/// A room's task.
pub struct Runner {
    pub(super) context: Arc<RoomContext>,
    pub(super) id: RoomId,
    pub(super) path: Arc<str>,
    registry: Registry,
    pub(super) mailbox: Mailbox,
    keeps_journal: bool,
    /// Whether its history was written over.
    starts_over: bool,
    /// What is shown while nothing can be written.
    pub(super) view: Option<View>,
    pub(super) tickets: HashMap<Ticket, To>,
    next_ticket: Ticket,
    pub(super) sessions: HashSet<SessionId>,
    /// Sessions whose last join is still to be answered, and which have not gone meanwhile.
    pub(super) arriving: HashMap<SessionId, Ticket>,
    /// How many sessions each shard has here.
    pub(super) per_shard: Vec<usize>,
    /// Who was here when everyone was last told; none if somebody was not.
    pub(super) told: Option<Attendance>,
    pub(super) told_at: Mono,
    /// Answers about people that wait for what they were read from to be durable.
    pub(super) involved: VecDeque<(Seq, Vec<AccountId>, oneshot::Sender<Vec<AccountId>>)>,
}

/// Who waits for what.
pub(super) enum To {
    Join(SessionId, u64),
    Answer(AnswerTo),
}

/// A turn at the journal.
struct UnderWay {
    head: Seq,
    /// What is to be told of it once it is durable.
    told: Vec<DerivedRow>,
    appended: oneshot::Receiver<Appended>,
    submitted: Mono,
}

/// Why a room's life ended.
enum End {
    /// Its memory is no longer to be trusted: recover.
    Recover(&'static str),
    /// The disk is full: show what is durable, and answer `read_only` until the room can be taken over.
    Full,
    /// The journal has more to do than it can take: recover, and answer `busy` meanwhile.
    Busy,
    /// Idle, or the server drains.
    Done,
}

impl Runner {
    /// A room's task, not yet running. Without a journal the room's state is gone with the process.
    pub fn new(
        context: Arc<RoomContext>,
        id: RoomId,
        path: Arc<str>,
        registry: Registry,
        mailbox: Mailbox,
        keeps_journal: bool,
    ) -> Runner {
        let per_shard = vec![0; context.shards.count()];
        Runner {
            context,
            id,
            path,
            registry,
            mailbox,
            keeps_journal,
            starts_over: false,
            view: None,
            tickets: HashMap::new(),
            next_ticket: 0,
            sessions: HashSet::new(),
            arriving: HashMap::new(),
            per_shard,
            told: None,
            told_at: Mono::default(),
            involved: VecDeque::new(),
        }
    }

    /// Runs until the room sleeps or the server drains.
    pub async fn run(mut self) {
        let mut pause_ms = limits::RECOVER_PAUSE_MS;
        loop {
            // Whatever a panic left half done is memory, and that is forgotten.
            let life = AssertUnwindSafe(self.begin_and_live(&mut pause_ms)).catch_unwind().await;
            let end = life.unwrap_or(End::Recover("the room's task has panicked"));
            let is_full = matches!(end, End::Full);
            let stays_shown = self.view.is_some() && matches!(end, End::Full | End::Busy);
            let refusal = match end {
                End::Done => return,
                End::Busy if !stays_shown => busy(),
                End::Full | End::Busy => read_only(),
                End::Recover(why) => {
                    tracing::warn!(room = %self.path, why, "a room starts over from its journal");
                    unavailable()
                }
            };
            if !stays_shown {
                self.start_over(&refusal).await;
            }
            if is_full && !stays_shown {
                self.show_what_is_durable().await;
            }
            if !self.wait_refusing(&refusal, pause_ms).await {
                return;
            }
        }
    }

    /// One life, from the journal to what ends it.
    async fn begin_and_live(&mut self, pause_ms: &mut u64) -> End {
        match self.begin().await {
            Ok(mut life) => {
                let before = life.host.durable_seq();
                let end = self.live(&mut life).await;
                // A disk may have room for a term and not for an entry.
                let is_vain = matches!(end, End::Full) && life.host.durable_seq() == before;
                *pause_ms = match is_vain {
                    true => (2 * *pause_ms).min(limits::READ_ONLY_PAUSE_MS_MAX),
                    false => limits::RECOVER_PAUSE_MS,
                };
                end
            }
            Err(StoreError::Full) => End::Full,
            Err(StoreError::Busy) => End::Busy,
            Err(error) => {
                tracing::error!(room = %self.path, %error, "a room cannot be recovered");
                *pause_ms = (2 * *pause_ms).min(limits::RECOVER_PAUSE_MS_MAX);
                End::Recover("recovery failed")
            }
        }
    }

    async fn begin(&mut self) -> Result<Life, StoreError> {
        let context = self.context.clone();
        let (id, keeps_journal, path) = (self.id, self.keeps_journal, self.path.clone());
        let tasks = context.tasks.clone();
        let loaded = tasks.blocking(move || {
            if keeps_journal {
                let room = load(&context.apps, &*context.journal, &*context.clock, id)?;
                return Ok(Host::new(room));
            }
            let now = clock::now(&*context.clock);
            let version = context.apps.get(&path).map(|app| app.version).unwrap_or_default();
            let recovery = nothing(OsIds.uuid(now.wall));
            let room = context.apps.build(&path, version, "{}", recovery, now);
            room.map(Host::volatile).map_err(StoreError::Failed)
        });
        let mut host = loaded.await.map_err(|error| StoreError::Failed(error.to_string()))??;
        self.dismiss().await;
        let started = host.start(clock::now(&*self.context.clock), &mut OsIds);
        let decided = started.map_err(|refusal| StoreError::Failed(refusal.message))?;
        let mut life = Life { host, under_way: VecDeque::new() };
        self.submit(&mut life, decided).await;
        Ok(life)
    }

    async fn live(&mut self, life: &mut Life) -> End {
        let drain = self.context.tasks.draining();
        let (mut batch, mut commands) = (Vec::new(), Vec::new());
        loop {
            let gathering = self.gathering_ms(life);
            let may_decide = gathering == 0 && life.under_way.len() < TURNS_UNDER_WAY_MAX;
            let due = self.next_wake(life);
            let mut woken = false;
            tokio::select! {
                biased;
                appended = appended(&mut life.under_way), if !life.under_way.is_empty() => {
                    match self.settle(life, appended).await {
                        Ok(()) => continue,
                        Err(end) => return end,
                    }
                }
                taken = self.mailbox.reserved.recv_many(&mut batch, limits::TURN_INPUTS_MAX),
                    if may_decide => if taken == 0 { return End::Done },
                taken = self.mailbox.commands.recv_many(&mut commands, limits::TURN_INPUTS_MAX),
                    if may_decide => if taken == 0 { return End::Done },
                () = tokio::time::sleep(Duration::from_millis(gathering)),
                    if gathering > 0 => continue,
                () = due, if may_decide => woken = true,
                () = drain.cancelled(), if life.under_way.is_empty() && self.mailbox.is_empty() => {
                    return End::Done;
                }
            }
            if woken && self.falls_asleep(life).await {
                return End::Done;
            }
            batch.append(&mut commands);
            self.turn(life, &mut batch).await;
            if std::mem::take(&mut self.starts_over) {
                return End::Recover("its history is another");
            }
        }
    }

    /// How long to leave what comes to gather while a turn is at the journal: nothing of it could be seen
    /// before that one, and a full turn costs one flush as a small one does.
    fn gathering_ms(&self, life: &Life) -> u64 {
        let Some(last) = life.under_way.back() else { return 0 };
        if self.mailbox.commands.len() >= limits::TURN_INPUTS_MAX {
            return 0;
        }
        let now = clock::now(&*self.context.clock).mono;
        now.until_ms(last.submitted.plus_ms(limits::TURN_GATHER_MS))
    }

    /// Sleeps until the next timer, the next headcount to tell, or the time to fall asleep.
    fn next_wake(&self, life: &Life) -> impl Future<Output = ()> + use<> {
        let room = life.host.room();
        let timer = room.next_in_ms(clock::now(&*self.context.clock));
        let is_told = self.told == Some(Attendance::of(room));
        let counts = (!is_told).then_some(limits::HEADCOUNT_TICK_MS);
        let sleep = room.sleeps_after_ms().filter(|_| self.keeps_journal);
        let next = [timer, counts, sleep].into_iter().flatten().min();
        let next = next.unwrap_or(limits::ROOM_WAKE_MS_MAX).min(limits::ROOM_WAKE_MS_MAX);
        tokio::time::sleep(Duration::from_millis(next))
    }

    async fn turn(&mut self, life: &mut Life, batch: &mut Vec<Mail>) {
        let now = clock::now(&*self.context.clock);
        let mut inputs: Vec<Input> = Vec::with_capacity(batch.len() + 1);
        if life.host.room().next_in_ms(now) == Some(0) {
            inputs.push(Input::Wake);
        }
        inputs.extend(batch.drain(..).filter_map(|mail| self.input(mail, life.host.room())));
        let wanted = wanted(life.host.room(), &inputs);
        if !wanted.is_empty() {
            attach(self.context.clone(), self.id, wanted, &mut inputs).await;
        }
        let decided = life.host.turn(now, &mut OsIds, inputs);
        self.submit(life, decided).await;
    }

    fn input(&mut self, mail: Mail, room: &dyn AnyRoom) -> Option<Input> {
        Some(match mail {
            Mail::Involved { mut accounts, to } => {
                accounts.retain(|account| room.involves(*account));
                self.involved.push_back((room.seq(), accounts, to));
                return None;
            }
            Mail::Known { session, mut accounts, to } => {
                accounts.retain(|account| room.knows(session, *account));
                self.involved.push_back((room.seq(), accounts, to));
                return None;
            }
            Mail::Live { session, who, shape, value } => Input::Live { session, who, shape, value },
            Mail::Admits { who, to } => {
                // Whoever asked may be gone.
                let _ = to.send(room.admits(who));
                return None;
            }
            Mail::Reconsider => {
                self.reconsider();
                return None;
            }
            Mail::StartOver => {
                self.starts_over = true;
                return None;
            }
            Mail::Inspect { who, to } => {
                let _ = to.send(self.inspection(who, room));
                return None;
            }
            Mail::Join { session, reference, who, have } => {
                let ticket = self.ticket(To::Join(session, reference));
                self.arriving.insert(session, ticket);
                Input::Join { ticket, session, who, have }
            }
            Mail::Leave(session) => {
                self.forget(session);
                Input::Leave { session }
            }
            Mail::Lost(session) => {
                self.forget(session);
                Input::Lost { session }
            }
            Mail::Command { id, term, who, name, body, to } => {
                let ticket = self.ticket(To::Answer(to));
                Input::Command(Command { ticket, id, term, who, name, body, attached: None })
            }
        })
    }

    fn ticket(&mut self, to: To) -> Ticket {
        self.next_ticket += 1;
        self.tickets.insert(self.next_ticket, to);
        self.next_ticket
    }

    /// Hands a decided turn to the journal, and out what may be seen at once.
    async fn submit(&mut self, life: &mut Life, decided: Decided) {
        if let Some(mut append) = decided.append {
            let head = append.head();
            let rows = append.take_rows();
            let noticed = |row: &&DerivedRow| self.context.noticed_tables.contains(&row.table);
            let told = rows.iter().filter(noticed).cloned().collect();
            let record = record(self.id, append, rows);
            let appended = self.context.journal.append(record);
            let submitted = clock::now(&*self.context.clock).mono;
            life.under_way.push_back(UnderWay { head, told, appended, submitted });
        }
        let attendance = Attendance::of(life.host.room());
        self.release(decided.released, attendance).await;
        self.tell_involved(life.host.durable_seq());
    }

    /// The journal has answered for the oldest turn under way.
    async fn settle(&mut self, life: &mut Life, appended: Option<Appended>) -> Result<(), End> {
        let Some(turn) = life.under_way.pop_front() else { return Ok(()) };
        match appended {
            Some(Ok(Verdict::Durable)) => {}
            Some(Ok(Verdict::Rejected(why))) => {
                tracing::warn!(room = %self.path, ?why, "an append was rejected");
                return Err(End::Recover("an append was rejected"));
            }
            Some(Err(AppendFailure::Full)) => return Err(End::Full),
            Some(Err(AppendFailure::Busy)) => return Err(End::Busy),
            Some(Err(AppendFailure::Unknown)) | None => {
                return Err(End::Recover("the outcome of an append is unknown"));
            }
        }
        let released = life.host.committed(turn.head);
        if !turn.told.is_empty() {
            let _ = self.context.notices.try_send(super::Notice::Rows(turn.told));
        }
        let attendance = Attendance::of(life.host.room());
        self.release(released, attendance).await;
        self.tell_involved(turn.head);
        Ok(())
    }

    fn tell_involved(&mut self, durable: Seq) {
        while let Some((_, accounts, to)) = self.involved.pop_front_if(|(seq, ..)| *seq <= durable)
        {
            // Whoever asked may be gone.
            let _ = to.send(accounts);
        }
    }

    /// What was not released is lost with the memory: whoever waits is told to come again.
    async fn start_over(&mut self, refusal: &Refusal) {
        self.involved.clear();
        for (_, to) in std::mem::take(&mut self.tickets) {
            self.refuse(to, refusal.clone()).await;
        }
        self.arriving.clear();
        self.told = None;
        self.dismiss().await;
    }

    /// Whoever is here, or was shown the room, is to join it anew.
    async fn dismiss(&mut self) {
        self.view = None;
        for session in std::mem::take(&mut self.sessions) {
            self.context.shards.resync(session, &self.path, "recovered").await;
        }
        self.per_shard.iter_mut().for_each(|count| *count = 0);
    }

    /// Refuses everything for a while, but what a view can answer. False if the server drains.
    async fn wait_refusing(&mut self, refusal: &Refusal, pause_ms: u64) -> bool {
        let drain = self.context.tasks.draining();
        let until = tokio::time::sleep(Duration::from_millis(pause_ms));
        tokio::pin!(until);
        loop {
            let mail = tokio::select! {
                () = &mut until => return true,
                () = drain.cancelled() => return false,
                mail = self.mailbox.reserved.recv() => mail,
                mail = self.mailbox.commands.recv() => mail,
            };
            let Some(mail) = mail else { return false };
            self.answer_meanwhile(mail, refusal).await;
        }
    }

    /// Whether the room has gone to sleep: nobody is here, nothing runs that must not be slept through.
    async fn falls_asleep(&mut self, life: &mut Life) -> bool {
        let room = life.host.room();
        let idle = room.sleeps_after_ms().is_some() && !life.host.is_waiting();
        let now = clock::now(&*self.context.clock);
        if !self.keeps_journal || !idle || room.next_in_ms(now).is_some_and(|ms| ms < 1_000) {
            return false;
        }
        let wake_at = room.wake_at();
        let (journal, id) = (self.context.journal.clone(), self.id);
        let tasks = &self.context.tasks;
        let stored = tasks.blocking(move || journal.set_wake(id, wake_at)).await;
        if !matches!(stored, Ok(Ok(()))) {
            return false;
        }
        if !self.mailbox.is_empty() {
            // It stays awake after all, and must be woken should the process die.
            let journal = self.context.journal.clone();
            let _ = tasks.blocking(move || journal.set_wake(id, Some(0))).await;
            return false;
        }
        self.registry.remove(&self.path, &mut self.mailbox);
        while let Some(mail) = self.mailbox.try_take() {
            self.refuse_mail(mail, &unavailable()).await;
        }
        true
    }

    pub(super) async fn refuse_mail(&mut self, mail: Mail, refusal: &Refusal) {
        let to = match mail {
            Mail::Join { session, reference, .. } => To::Join(session, reference),
            Mail::Command { to, .. } => To::Answer(to),
            // Who asks for people waits for a channel, which closes; who leaves has left.
            _ => return,
        };
        self.refuse(to, refusal.clone()).await;
    }
}

/// A room in memory, with its turns under way.
struct Life {
    host: Host,
    under_way: VecDeque<UnderWay>,
}

/// A row that an input wants: the input's place among others, the log, the row's number.
type Wanted = (usize, &'static str, u64);

fn wanted(room: &dyn AnyRoom, inputs: &[Input]) -> Vec<Wanted> {
    let wants = |(nth, input): (usize, &Input)| {
        let Input::Command(command) = input else { return None };
        let (shape, no) = room.wants(&command.name, &command.body)?;
        Some((nth, shape, no))
    };
    inputs.iter().enumerate().filter_map(wants).collect()
}

/// Reads the rows of logs that commands are about to amend and that the room no longer keeps itself.
async fn attach(context: Arc<RoomContext>, id: RoomId, wanted: Vec<Wanted>, inputs: &mut [Input]) {
    let journal = context.journal.clone();
    let rows = wanted.iter().map(|(_, shape, no)| (*shape, *no)).collect::<Vec<_>>();
    let read = move |(shape, no): (&'static str, u64)| {
        let page = journal.history(id, shape, no.checked_add(1)?, 1).ok()?;
        page.into_iter().find(|row| row.no == no).map(|row| Arc::from(row.value))
    };
    let read = context.tasks.blocking(move || rows.into_iter().map(read).collect());
    // A row that cannot be read is one that is not there: its command is refused, and may come again.
    let found: Vec<Option<Arc<str>>> = read.await.unwrap_or_default();
    for ((nth, ..), row) in wanted.into_iter().zip(found) {
        if let Some(Input::Command(command)) = inputs.get_mut(nth) {
            command.attached = row;
        }
    }
}

/// The answer for the oldest turn under way; `None` if the journal is gone.
async fn appended(under_way: &mut VecDeque<UnderWay>) -> Option<Appended> {
    match under_way.front_mut() {
        Some(turn) => (&mut turn.appended).await.ok(),
        None => std::future::pending().await,
    }
}

pub(super) fn record(room: RoomId, mut append: Append, rows: Vec<DerivedRow>) -> RoomAppend {
    let (head, logged) = (append.head(), append.take_logged());
    let snapshot = append.snapshot.map(|body| SnapshotRecord { seq: head, body });
    let entries = append.entries.into_iter().map(|entry| EntryRecord {
        seq: entry.seq,
        command: entry.command,
        body: entry.body,
    });
    let entries = entries.collect();
    RoomAppend { room, term: append.term, after: append.after, entries, rows, logged, snapshot }
}
