//! A room behind its mailbox, over a journal that can be held up or made to fail: full lanes, sleep,
//! recoveries that fail, and nothing told that is not durable.

use crate::house::{becomes, counted, within};
use houseful::apps::{App, Apps};
use houseful::clock::{Clock, SystemClock};
use houseful::config::ConnectionLimits;
use houseful::db::memory::Memory;
use houseful::drain::Tasks;
use houseful::fanout::{
    self, Answered, Arrival, Arrived, Connection, Handed, Inboxes, Shard, ShardHost, Shards,
};
use houseful::journal::{
    ActedIn, AppendFailure, Appended, EntryRecord, Erasing, Journal, LogRow, NewRoom, RoomAppend,
    RoomRecord, SnapshotRecord,
};
use houseful::limits;
use houseful::places::Places;
use houseful::room::{AnswerTo, Mail, OsIds, RoomContext, create};
use houseful::router::Router;
use houseful::store::StoreError;
use houseful_room::{
    AccountId, Admission, Audience, Caller, Cell, CommandId, Epoch, Ids, Limits, Mono, Principal,
    Read, Refusal, RoomApp, RoomId, Seq, SessionId, Standing, Tx, Wall, synced,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

synced! {
    /// A number.
    pub struct Count {
        /// It.
        pub count: Cell<u64>,
    }
}

/// Counts, and sleeps when it has been idle for as long as its configuration says.
struct Counter {
    sleep_after_ms: u64,
}

impl RoomApp for Counter {
    const NAME: &'static str = "counter";
    const VERSION: u32 = 1;
    type State = Count;
    type Command = String;
    const COMMANDS: &'static [(&'static str, Read<String>)] =
        &[("count", |_| Ok("count".to_owned())), ("panic", |_| Ok("panic".to_owned()))];

    fn configure(config: &str) -> Result<Self, Refusal> {
        Ok(Counter { sleep_after_ms: config.parse().unwrap() })
    }

    fn limits(&self) -> Limits {
        Limits { sleep_after_ms: self.sleep_after_ms, ..Limits::default() }
    }

    fn empty(&self) -> Count {
        Count { count: Cell::for_audience(Audience::All) }
    }

    fn open(&self, tx: &mut Tx<'_, Count>) -> Result<(), Refusal> {
        tx.state.count.set(0);
        Ok(())
    }

    fn admit(&self, _: &Count, _: &Principal) -> Admission {
        Admission::Enter("guest")
    }

    fn command(
        &self,
        tx: &mut Tx<'_, Count>,
        _: &Caller,
        command: String,
    ) -> Result<String, Refusal> {
        let count = tx.state.count.get().copied().unwrap_or_default() + 1;
        tx.state.count.set(count);
        assert_ne!(command, "panic", "asked for");
        Ok(count.to_string())
    }

    fn timer(&self, _: &mut Tx<'_, Count>, _: &str) {}
}

/// A journal whose appends can be held up and whose recoveries can fail.
#[derive(Default)]
struct Gate {
    memory: Memory,
    is_shut: AtomicBool,
    held: Mutex<Vec<(RoomAppend, oneshot::Sender<Appended>)>>,
    is_broken: AtomicBool,
    is_full: AtomicBool,
    panics: AtomicBool,
    failure: Mutex<Option<AppendFailure>>,
    opened: AtomicU64,
    read: AtomicU64,
}

impl Gate {
    fn held(&self) -> usize {
        self.held.lock().unwrap().len()
    }

    fn let_through(&self) {
        self.is_shut.store(false, Ordering::SeqCst);
        for (append, appended) in self.held.lock().unwrap().drain(..) {
            let _ = appended.send(self.memory.append(append).try_recv().unwrap());
        }
    }
}

impl Journal for Gate {
    fn create(&self, room: NewRoom) -> Result<(), StoreError> {
        self.memory.create(room)
    }

    fn rooms(&self) -> Result<Vec<RoomRecord>, StoreError> {
        self.memory.rooms()
    }

    fn due(&self, at: i64) -> Result<Vec<(RoomId, String)>, StoreError> {
        self.memory.due(at)
    }

    fn find(&self, path: &str) -> Result<Option<RoomRecord>, StoreError> {
        self.memory.find(path)
    }

    fn open(&self, room: RoomId) -> Result<RoomRecord, StoreError> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        if self.is_broken.load(Ordering::SeqCst) {
            return Err(StoreError::Failed("broken".into()));
        }
        if self.is_full.load(Ordering::SeqCst) {
            return Err(StoreError::Full);
        }
        self.memory.open(room)
    }

    fn append(&self, append: RoomAppend) -> oneshot::Receiver<Appended> {
        assert!(!self.panics.swap(false, Ordering::SeqCst), "asked for");
        let is_full = self.is_full.load(Ordering::SeqCst).then_some(AppendFailure::Full);
        if let Some(failure) = is_full.or(*self.failure.lock().unwrap()) {
            let (appended, receiver) = oneshot::channel();
            appended.send(Err(failure)).unwrap();
            return receiver;
        }
        if !self.is_shut.load(Ordering::SeqCst) {
            return self.memory.append(append);
        }
        let (appended, receiver) = oneshot::channel();
        self.held.lock().unwrap().push((append, appended));
        receiver
    }

    fn read(&self, room: RoomId, after: Seq, limit: usize) -> Result<Vec<EntryRecord>, StoreError> {
        self.read.fetch_add(1, Ordering::SeqCst);
        self.memory.read(room, after, limit)
    }

    fn snapshot(&self, room: RoomId) -> Result<Option<SnapshotRecord>, StoreError> {
        self.memory.snapshot(room)
    }

    fn accepted(&self, room: RoomId) -> Result<Vec<(CommandId, u64, Seq)>, StoreError> {
        self.memory.accepted(room)
    }

    fn history(
        &self,
        room: RoomId,
        shape: &str,
        before: u64,
        limit: usize,
    ) -> Result<Vec<LogRow>, StoreError> {
        self.memory.history(room, shape, before, limit)
    }

    fn acted_in(&self, account: AccountId) -> Result<Vec<ActedIn>, StoreError> {
        self.memory.acted_in(account)
    }

    fn erase(&self, erasing: Erasing) -> Result<bool, StoreError> {
        self.memory.erase(erasing)
    }

    fn set_wake(&self, room: RoomId, at: Option<i64>) -> Result<(), StoreError> {
        self.memory.set_wake(room, at)
    }
}

/// A host whose connections only listen, all to the one room.
struct Watched;

impl ShardHost for Watched {
    fn arrived(&self, _: &Rc<Shard>, connection: Rc<Connection>, _: Arrived) {
        connection.want_room("counters/1".into(), 1);
    }

    fn tick(&self, _: &Rc<Shard>, _: Mono) {}

    fn revoked(&self, _: &Rc<Shard>, _: &[u64]) {}
}

/// Somebody who only listens.
struct Watcher {
    session: SessionId,
    stream: TcpStream,
    heard: String,
}

impl Watcher {
    /// The first one to come is session 1.
    async fn arrive(desk: &Desk, nth: u64) -> Watcher {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (served, peer) = listener.accept().await.unwrap();
        let socket = Handed::Tcp(served.into_std().unwrap());
        let place = Places::new(ConnectionLimits::default()).live(peer.ip(), 1).unwrap();
        desk.shards.arrive(Arrival { socket, early: Vec::new(), place, identity: None }).await;
        Watcher { session: SessionId(nth), stream, heard: String::new() }
    }

    /// The next message of a type.
    async fn next(&mut self, t: &str) -> Value {
        let start = format!("{{\"t\":\"{t}\"");
        within(t, async {
            loop {
                // What comes is small: a frame's head of two to four bytes, then its text.
                let message = self.heard.find(&start).and_then(|at| {
                    let mut values = serde_json::Deserializer::from_str(&self.heard[at..]);
                    let value = Value::deserialize(&mut values).ok()?;
                    Some((at + start.len(), value))
                });
                if let Some((end, value)) = message {
                    self.heard.drain(..end);
                    return value;
                }
                let mut bytes = [0; 4_096];
                let count = self.stream.read(&mut bytes).await.unwrap();
                assert_ne!(count, 0, "hung up on before {t}");
                self.heard.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        })
        .await
    }
}

/// A router with one room.
struct Desk {
    gate: Arc<Gate>,
    router: Router,
    tasks: Tasks,
    shards: Shards,
    _inboxes: Option<Inboxes>,
    _noticed: mpsc::Receiver<houseful::room::Notice>,
}

type Answer = oneshot::Receiver<Result<Answered, Refusal>>;

impl Desk {
    async fn open(sleep_after_ms: u64) -> Desk {
        let gate = Arc::new(Gate::default());
        let tasks = Tasks::new(Handle::current());
        let (shards, inboxes) = fanout::open(1);
        let (notices, noticed) = mpsc::channel(limits::NOTICES_MAX);
        let context = Arc::new(RoomContext {
            apps: Apps::new([App::of::<Counter>()]),
            journal: gate.clone(),
            shards: shards.clone(),
            clock: Arc::new(SystemClock::new()),
            noticed_tables: &[],
            notices,
            tasks: tasks.clone(),
        });
        let config = sleep_after_ms.to_string().into();
        create(&context, "counter", "counters/1".into(), config).await.unwrap();
        let router = Router::new(context);
        Desk { gate, router, tasks, shards, _inboxes: Some(inboxes), _noticed: noticed }
    }

    /// Starts the shard, for those who watch.
    fn start_shard(&mut self) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
        let died = |_| std::process::abort();
        self._inboxes.take().unwrap().start(&clock, died, || Watched).unwrap();
    }

    /// Sends a visitor's wish to see the room.
    async fn join(&self, session: SessionId, have: Option<(Epoch, Seq)>) {
        let handle = self.router.find("counters/1").await.unwrap();
        let mail = Mail::Join { session, reference: 1, who: Principal::VISITOR, have };
        self.router.send(&handle, mail).await.unwrap();
    }

    /// Whether the room would let a visitor in; none while nobody can say.
    async fn admits(&self) -> Option<bool> {
        let handle = self.router.find("counters/1").await.unwrap();
        let (to, answer) = oneshot::channel();
        let mail = Mail::Admits { who: Principal::VISITOR, to };
        self.router.send(&handle, mail).await.unwrap();
        answer.await.ok().map(|admitted| admitted.is_ok())
    }

    async fn ask(&self, name: &str) -> Result<Answer, Refusal> {
        self.ask_as(CommandId(OsIds.uuid(Wall(0))), name).await
    }

    async fn ask_as(&self, id: CommandId, name: &str) -> Result<Answer, Refusal> {
        let handle = self.router.find("counters/1").await?;
        let (caller, answer) = oneshot::channel();
        let mail = Mail::Command {
            id,
            term: None,
            who: Principal::person(AccountId(1), Standing::Attendee),
            name: name.into(),
            body: "{}".into(),
            to: AnswerTo::Caller(caller),
        };
        self.router.send(&handle, mail).await.map_err(|(_, refusal)| refusal)?;
        Ok(answer)
    }

    async fn count(&self) -> Result<u64, Refusal> {
        let answered = self.ask("count").await?.await.unwrap()?;
        Ok(answered.reply.parse().unwrap())
    }
}

#[tokio::test]
async fn r17_nothing_is_told_before_it_is_durable() {
    let desk = Desk::open(60_000).await;
    assert_eq!(desk.count().await.unwrap(), 1);
    desk.gate.is_shut.store(true, Ordering::SeqCst);
    let mut first = desk.ask("count").await.unwrap();
    becomes("the first turn at the journal", || desk.gate.held() == 1).await;
    let mut second = desk.ask("count").await.unwrap();
    becomes("the second turn at the journal", || desk.gate.held() == 2).await;
    assert!(first.try_recv().is_err() && second.try_recv().is_err());
    desk.gate.let_through();
    assert_eq!(&*first.await.unwrap().unwrap().reply, "2");
    assert_eq!(&*second.await.unwrap().unwrap().reply, "3");
    desk.tasks.finish().await;
}

#[tokio::test]
async fn r34_a_command_on_which_the_application_fails_has_not_happened() {
    let desk = Desk::open(60_000).await;
    assert_eq!(desk.count().await.unwrap(), 1);
    let before = counted("houseful_room_alarms");
    let failed = desk.ask("panic").await.unwrap().await.unwrap();
    assert_eq!(failed.unwrap_err().code, "internal");
    assert_eq!(counted("houseful_room_alarms"), before + 1);
    assert_eq!(desk.count().await.unwrap(), 2);
    desk.tasks.finish().await;
}

#[tokio::test]
async fn r13_a_reply_from_so_long_ago_that_it_left_the_memory_is_the_first_one() {
    let desk = Desk::open(60_000).await;
    let id = CommandId(OsIds.uuid(Wall(0)));
    let first = desk.ask_as(id, "count").await.unwrap().await.unwrap().unwrap();
    let at_hand = desk.ask_as(id, "count").await.unwrap().await.unwrap().unwrap();
    assert_eq!((first.seq, &*at_hand.reply), (at_hand.seq, "1"));
    let reads = desk.gate.read.load(Ordering::SeqCst);
    let mut last = 1;
    for _ in 0..=4_096 / 512 {
        let mut answers = Vec::new();
        for _ in 0..512 {
            answers.push(desk.ask("count").await.unwrap());
        }
        for answer in answers {
            last = answer.await.unwrap().unwrap().reply.parse().unwrap();
        }
    }
    assert!(last > 4_097);
    let again = desk.ask_as(id, "count").await.unwrap().await.unwrap().unwrap();
    assert_eq!((first.seq, &*again.reply), (again.seq, "1"));
    assert_eq!(desk.gate.read.load(Ordering::SeqCst), reads + 1, "from the journal");
    assert_eq!(desk.count().await.unwrap(), last + 1, "and nothing was counted again");
    desk.tasks.finish().await;
}

#[tokio::test]
async fn a_room_whose_task_panics_is_noticed_and_starts_over_from_its_journal() {
    houseful::telemetry::watch_panics();
    let panics = || number(&crate::house::metrics().render(), "houseful_panics");
    let desk = Desk::open(60_000).await;
    assert_eq!(desk.count().await.unwrap(), 1);
    let before = panics();
    desk.gate.panics.store(true, Ordering::SeqCst);
    let refused = desk.ask("count").await.unwrap().await.expect("an answer").unwrap_err();
    assert_eq!(refused.code, "unavailable", "it is told to come again");
    assert!(panics() > before);
    assert_eq!(count_at_last(&desk).await, 2, "what was not durable has not happened");
    desk.tasks.finish().await;
}

/// A counter's value.
fn number(metrics: &str, name: &str) -> u64 {
    let mut lines = metrics.lines().filter_map(|line| line.strip_prefix(name));
    lines.next().map_or(0, |value| value.trim().parse().unwrap())
}

#[tokio::test]
async fn r36_a_full_mailbox_says_busy_and_loses_nothing() {
    let desk = Desk::open(60_000).await;
    assert_eq!(desk.count().await.unwrap(), 1);
    desk.gate.is_shut.store(true, Ordering::SeqCst);
    let mut answers = Vec::new();
    for turn in 1..=2 {
        answers.push(desk.ask("count").await.unwrap());
        becomes("a turn at the journal", || desk.gate.held() == turn).await;
    }
    for _ in 0..limits::MAILBOX_COMMANDS_MAX {
        answers.push(desk.ask("count").await.unwrap());
    }
    let busy = desk.ask("count").await.unwrap_err();
    assert_eq!((busy.code, busy.retry_after_ms), ("busy", Some(limits::BUSY_RETRY_MS)));
    desk.gate.let_through();
    for (nth, answer) in answers.into_iter().enumerate() {
        assert_eq!(answer.await.unwrap().unwrap().reply.parse(), Ok(nth + 2));
    }
    desk.tasks.finish().await;
}

#[tokio::test]
async fn what_the_journal_cannot_take_is_refused_for_what_it_is_and_has_not_happened() {
    let desk = Desk::open(60_000).await;
    assert_eq!(desk.count().await.unwrap(), 1);
    let failures = [
        (AppendFailure::Full, "read_only"),
        (AppendFailure::Busy, "busy"),
        (AppendFailure::Unknown, "unavailable"),
    ];
    for (nth, (failure, code)) in (2..).zip(failures) {
        *desk.gate.failure.lock().unwrap() = Some(failure);
        assert_eq!(desk.count().await.unwrap_err().code, code);
        *desk.gate.failure.lock().unwrap() = None;
        let count = loop {
            match desk.count().await {
                Ok(count) => break count,
                Err(refusal) => assert_eq!(refusal.code, code),
            }
        };
        assert_eq!(count, nth);
    }
    desk.tasks.finish().await;
}

#[tokio::test]
async fn r96_while_nothing_can_be_written_a_room_is_shown_and_asked_in_vain() {
    let mut desk = Desk::open(60_000).await;
    desk.start_shard();
    assert_eq!(desk.count().await.unwrap(), 1);
    let mut ann = Watcher::arrive(&desk, 1).await;
    desk.join(ann.session, None).await;
    let before = ann.next("joined").await;
    let has = |joined: &Value| {
        let epoch = joined["epoch"].as_str().unwrap().parse().unwrap();
        Some((epoch, joined["seq"].as_u64().unwrap()))
    };

    desk.gate.is_full.store(true, Ordering::SeqCst);
    assert_eq!(desk.count().await.unwrap_err().code, "read_only");
    ann.next("resync").await;
    desk.join(ann.session, has(&before)).await;
    let shown = ann.next("joined").await;
    assert_eq!((&shown["seq"], &shown["fragments"]), (&before["seq"], &json!([])));
    assert_eq!(shown["term"], before["term"], "there is no other yet");
    let mut ben = Watcher::arrive(&desk, 2).await;
    desk.join(ben.session, None).await;
    let joined = ben.next("joined").await;
    assert_eq!(joined["parts"][0]["shapes"]["count"], json!({ "cell": 1 }));
    assert_eq!(desk.admits().await, Some(true));
    // However often it is tried in vain, nobody is sent away by it.
    let tried = desk.gate.opened.load(Ordering::SeqCst) + 3;
    while desk.gate.opened.load(Ordering::SeqCst) < tried {
        assert_eq!(desk.count().await.unwrap_err().code, "read_only");
    }
    desk.join(ben.session, has(&joined)).await;
    assert_eq!(ben.next("joined").await["fragments"], json!([]));
    assert!(!ben.heard.contains("resync"), "{}", ben.heard);

    desk.gate.is_full.store(false, Ordering::SeqCst);
    ann.next("resync").await;
    ben.next("resync").await;
    desk.join(ann.session, has(&shown)).await;
    let back = ann.next("joined").await;
    assert!(back["term"].as_u64() > shown["term"].as_u64(), "{back}");
    assert_eq!(desk.count().await.unwrap(), 2, "what was refused has not happened");
    assert_eq!(ann.next("ops").await["room"], "counters/1");
    desk.tasks.finish().await;
}

#[tokio::test]
async fn a_room_that_is_woken_while_nothing_can_be_written_is_shown() {
    let mut desk = Desk::open(1).await;
    desk.start_shard();
    assert_eq!(count_at_last(&desk).await, 1);
    becomes("the room to sleep", || desk.router.registry().awake() == 0).await;
    desk.gate.is_full.store(true, Ordering::SeqCst);
    let mut ann = Watcher::arrive(&desk, 1).await;
    desk.join(ann.session, None).await;
    let joined = ann.next("joined").await;
    assert_eq!(joined["parts"][0]["shapes"]["count"], json!({ "cell": 1 }));
    assert_eq!(desk.count().await.unwrap_err().code, "read_only");
    desk.tasks.finish().await;
}

#[tokio::test]
async fn a_disk_that_takes_a_term_and_nothing_more_is_tried_less_and_less_often() {
    let desk = Desk::open(60_000).await;
    assert_eq!(desk.count().await.unwrap(), 1);
    *desk.gate.failure.lock().unwrap() = Some(AppendFailure::Full);
    let (clock, before) = (SystemClock::new(), desk.gate.opened.load(Ordering::SeqCst));
    let start = clock.mono();
    while desk.gate.opened.load(Ordering::SeqCst) < before + 4 {
        assert_eq!(desk.count().await.unwrap_err().code, "read_only");
    }
    let took_ms = clock.mono().since(start).as_millis() as u64;
    assert!(took_ms >= (1 + 2 + 4 + 8) * limits::RECOVER_PAUSE_MS, "four tries in {took_ms} ms");
    *desk.gate.failure.lock().unwrap() = None;
    let count = loop {
        match desk.count().await {
            Ok(count) => break count,
            Err(refusal) => assert_eq!(refusal.code, "read_only"),
        }
    };
    assert_eq!(count, 2);
    desk.tasks.finish().await;
}

#[tokio::test]
async fn a_room_that_falls_asleep_is_woken_and_forgets_nothing() {
    let desk = Desk::open(1).await;
    for nth in 1..=40 {
        assert_eq!(count_at_last(&desk).await, nth);
        if nth % 4 == 0 {
            becomes("the room to sleep", || desk.router.registry().awake() == 0).await;
        }
    }
    assert!(desk.gate.opened.load(Ordering::SeqCst) > 10);
    desk.tasks.finish().await;
}

/// What comes in the moment of falling asleep may be told to come again.
async fn count_at_last(desk: &Desk) -> u64 {
    loop {
        match desk.count().await {
            Ok(count) => return count,
            Err(refusal) => assert_eq!(refusal.code, "unavailable"),
        }
    }
}

#[tokio::test]
async fn a_room_that_cannot_be_recovered_says_so_and_does_not_spin() {
    let desk = Desk::open(60_000).await;
    let (clock, before) = (SystemClock::new(), desk.gate.opened.load(Ordering::SeqCst));
    let tried = || desk.gate.opened.load(Ordering::SeqCst) - before;
    desk.gate.is_broken.store(true, Ordering::SeqCst);
    let start = clock.mono();
    while tried() < 3 {
        assert_eq!(desk.count().await.unwrap_err().code, "unavailable");
    }
    let took_ms = clock.mono().since(start).as_millis() as u64;
    assert!(took_ms >= 6 * limits::RECOVER_PAUSE_MS, "three tries in {took_ms} ms");
    desk.gate.is_broken.store(false, Ordering::SeqCst);
    assert_eq!(count_at_last(&desk).await, 1);
    desk.tasks.finish().await;
}
