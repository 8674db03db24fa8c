//! The test kit: a real server on a port of its own, its people, their requests and connections. It
//! waits for facts, never for milliseconds, and fails on what it has left behind.

mod client;
pub mod receiver;
mod replica;
mod request;

pub use client::{Client, have, seqs};
pub use replica::Replica;
pub use request::{Answer, Ask};

use crate::den::all_apps;
use crate::temp::TempFolder;
use houseful::accounts::Applicant;
use houseful::app::{Server, Surroundings};
use houseful::clock::{Clock, SystemClock};
use houseful::config::Config;
use houseful::db::sqlite::{OpenError, Options, Sqlite, exit_on_fatal};
use houseful::journal::{Journal, NewRoom};
use houseful::room::OsIds;
use houseful::store::{KeyRow, LoginStore, Role};
use houseful::telemetry::start_metrics;
use houseful::verify::verify;
use houseful_room::{Ids, Mono, RoomId, Wall};
use metrics_exporter_prometheus::PrometheusHandle;
use serde_json::{Value, json};
use std::future::Future;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// How long a fact may take before its test has failed. Much more than it ever takes.
const DEADLINE: Duration = Duration::from_secs(40);

/// Everybody's password.
pub const PASSWORD: &str = "row-A-seat-12-please";

/// The system's time and what a test has added to it.
pub struct TestClock {
    system: SystemClock,
    ahead_ms: AtomicI64,
}

/// A server with a data folder.
pub struct House {
    pub clock: Arc<TestClock>,
    pub address: SocketAddr,
    config: Config,
    server: Option<Server>,
    _folder: TempFolder,
}

/// Somebody who has signed in.
#[derive(Clone, Debug)]
pub struct Person {
    pub id: u64,
    pub email: String,
    pub token: String,
    pub cookie: String,
}

impl TestClock {
    /// Moves both clocks.
    pub fn forward_ms(&self, ms: i64) {
        self.ahead_ms.fetch_add(ms, Ordering::SeqCst);
    }

    fn ahead_ms(&self) -> i64 {
        self.ahead_ms.load(Ordering::SeqCst)
    }
}

impl Clock for TestClock {
    fn mono(&self) -> Mono {
        self.system.mono() + Duration::from_millis(self.ahead_ms().unsigned_abs())
    }

    fn wall(&self) -> Wall {
        Wall(self.system.wall().0 + self.ahead_ms())
    }
}

impl House {
    /// A house with limits that no story runs into by itself.
    pub async fn open() -> House {
        House::open_with(|_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut Config)) -> House {
        let folder = TempFolder::new();
        let mut config = Config {
            listen: vec!["127.0.0.1:0".parse().unwrap()],
            data: folder.path().join("data"),
            shards: 2,
            ..Config::default()
        };
        config.accounts.sign_up_per_hour_address = 10_000;
        config.accounts.sign_in_per_minute_address = 10_000;
        config.accounts.sign_in_per_minute_account = 10_000;
        config.operator.listen = "127.0.0.1:0".parse().unwrap();
        config.http.requests_per_minute_person = 100_000;
        config.http.requests_per_minute_address = 100_000;
        config.connections.live_per_person = 10_000;
        config.connections.live_per_address = 10_000;
        config.connections.visitors_per_address = 10_000;
        config.connections.http_per_address = 10_000;
        config.live.requests_per_minute = 60_000;
        config.live.requests_burst = 60_000;
        change(&mut config);
        config.check().unwrap();
        let clock =
            Arc::new(TestClock { system: SystemClock::new(), ahead_ms: AtomicI64::default() });
        let address = config.listen[0];
        let mut house = House { clock, address, config, server: None, _folder: folder };
        house.start().await;
        house
    }

    /// Starts again what has stopped.
    pub async fn begin(&mut self) {
        self.start().await;
    }

    async fn start(&mut self) {
        let clock: Arc<dyn Clock> = self.clock.clone();
        let surroundings = Surroundings { apps: all_apps(), ..Surroundings::new(clock, metrics()) };
        let server = Server::start(self.config.clone(), surroundings).await.unwrap();
        self.address = server.address;
        self.server = Some(server);
    }

    /// Stops in order and waits until the folder is free.
    pub async fn stop(&mut self) {
        self.server.take().unwrap().stop().await;
        drop(self.database().await);
    }

    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await;
    }

    /// Makes a room, of applications whose rooms no route makes, while the server is down.
    pub async fn make_room(&mut self, app: &'static str, config: Value) {
        self.server.take().unwrap().stop().await;
        let database = self.database().await;
        let (path, config) = (format!("rooms/{app}"), config.to_string().into());
        let (room, epoch) = (RoomId(OsIds.uuid(Wall(0))), OsIds.uuid(Wall(0)));
        database.create(NewRoom { room, path, app, version: 1, config, epoch }).unwrap();
        drop(database);
        self.start().await;
    }

    /// The database, once nobody else has it.
    async fn database(&self) -> Sqlite {
        let options = Options { folder: self.config.data.clone(), fatal: exit_on_fatal };
        within("the folder to be free", async {
            loop {
                match Sqlite::open(&options) {
                    Ok(database) => return database,
                    Err(OpenError::InUse(_)) => tokio::task::yield_now().await,
                    Err(error) => panic!("{error}"),
                }
            }
        })
        .await
    }

    /// Stops, and replays every journal: each invariant must hold.
    pub async fn close(mut self) {
        if self.server.is_some() {
            self.server.take().unwrap().stop().await;
        }
        let database = self.database().await;
        let report = verify(&database, &all_apps(), &*self.clock, |_| {}).unwrap();
        assert_eq!(report.faults, Vec::<String>::new());
    }

    /// The key that signs; the house closes for a moment to have it read.
    pub async fn signing_key(&mut self) -> KeyRow {
        self.server.take().unwrap().stop().await;
        let key = self.database().await.signing_keys().unwrap().remove(0);
        self.start().await;
        key
    }

    /// Seconds since 1970, by the house's clock.
    pub fn now_s(&self) -> i64 {
        self.clock.wall().0 / 1_000
    }

    /// Where its data is.
    pub fn folder(&self) -> &std::path::Path {
        &self.config.data
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    /// What was counted.
    pub fn metrics(&self) -> String {
        metrics().render()
    }

    /// Somebody new, signed up over HTTP.
    pub async fn person(&self, name: &str) -> Person {
        let email = format!("{}-{}@house.example", name.to_lowercase(), new_id());
        let body = json!({ "email": email, "name": name, "password": PASSWORD });
        let answer = self.post("/api/v1/auth/sign-up").json(&body).send().await;
        Person::from(answer.expect(201))
    }

    pub async fn organiser(&self, name: &str) -> Person {
        self.enrolled(name, Role::Organiser).await
    }

    pub async fn admin(&self, name: &str) -> Person {
        self.enrolled(name, Role::Admin).await
    }

    async fn enrolled(&self, name: &str, role: Role) -> Person {
        let email = format!("{}-{}@house.example", name.to_lowercase(), new_id());
        let who = Applicant { email, name: name.into(), password: PASSWORD.into() };
        let row = self.server().accounts.enrol(who, role).await.unwrap();
        self.sign_in(&row.email).await
    }

    /// Another login of an account.
    pub async fn sign_in(&self, email: &str) -> Person {
        let body = json!({ "email": email, "password": PASSWORD });
        Person::from(self.post("/api/v1/auth/sign-in").json(&body).send().await.expect(200))
    }

    pub fn get(&self, path: &str) -> Ask {
        Ask::new(self.address, "GET", path)
    }

    pub fn post(&self, path: &str) -> Ask {
        Ask::new(self.address, "POST", path)
    }

    pub fn patch(&self, path: &str) -> Ask {
        Ask::new(self.address, "PATCH", path)
    }

    /// A draft in a hall of three rows of ten and a floor for twenty; answers its number.
    pub async fn draft(&self, owner: &Person) -> u64 {
        let plan = self.post("/api/v1/plans").by(owner).json(&json!({ "plan": hall() }));
        let plan = plan.send().await.expect(201).json();
        let event = json!({
            "title": "Hamlet", "startsAt": "2099-01-31T19:30:00Z", "timeZone": "Europe/Berlin",
            "place": "Elsinore", "currency": "EUR", "planId": plan["id"],
            "prices": { "seats": 1_000, "floor": 500 },
        });
        let made = self.post("/api/v1/events").by(owner).json(&event).send().await;
        made.expect(201).json()["id"].as_u64().unwrap()
    }

    /// The same, published; answers its room.
    pub async fn event(&self, owner: &Person) -> String {
        let id = self.draft(owner).await;
        let published = self.post(&format!("/api/v1/events/{id}/publish")).by(owner);
        published.send().await.expect(200);
        room(id)
    }

    /// A command over HTTP.
    pub fn command(&self, who: &Person, room: &str, name: &str, body: &Value) -> Ask {
        let path = format!("/api/v1/rooms/{}/commands/{name}", room.replace('/', "%2F"));
        self.post(&path).by(who).json(&json!({ "body": body }))
    }

    /// Makes a room look at the clock.
    pub async fn poke(&self, who: &Person, room: &str) {
        self.command(who, room, "poke", &json!({})).send().await.expect(404);
    }

    /// A connection that has said nothing yet.
    pub async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// A connection of somebody, or of a visitor, that has said hello.
    pub async fn live(&self, who: impl Into<Option<&Person>>) -> Client {
        let mut client = self.connect().await;
        let welcome = client.hello(who.into()).await;
        assert_eq!(welcome["t"], "welcome", "{welcome}");
        client
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if self.server.is_some() && !std::thread::panicking() {
            panic!("the house was left open: close it, so that its journals are verified");
        }
    }
}

impl From<Answer> for Person {
    fn from(answer: Answer) -> Person {
        let body = answer.json();
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        Person {
            id: body["account"]["id"].as_u64().unwrap(),
            email: body["account"]["email"].as_str().unwrap().to_owned(),
            token: body["accessToken"].as_str().unwrap().to_owned(),
            cookie,
        }
    }
}

/// The seat room of an event.
pub fn room(event: u64) -> String {
    format!("events/{event}/seats")
}

/// A fresh id.
pub fn new_id() -> String {
    OsIds.uuid(houseful_room::Wall(SystemClock::new().wall().0)).to_string()
}

/// Waits for something that must come.
pub async fn within<T>(what: &str, coming: impl Future<Output = T>) -> T {
    match tokio::time::timeout(DEADLINE, coming).await {
        Ok(came) => came,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Waits for something that must become true.
pub async fn becomes(what: &str, is: impl Fn() -> bool) {
    within(what, async {
        while !is() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

fn hall() -> Value {
    let row = |label| json!({ "label": label, "seats": 10 });
    json!({
        "name": "Small house",
        "zones": [{ "id": "seats", "name": "Seats" }, { "id": "floor", "name": "Floor" }],
        "sections": [{ "name": "Stalls", "zone": "seats", "x": 0.0, "y": 0.0,
            "rows": [row("A"), row("B"), row("C")] }],
        "areas": [{ "name": "Floor", "zone": "floor", "capacity": 20,
            "x": 0.0, "y": 200.0, "w": 200.0, "h": 100.0 }],
    })
}

/// A counter's value; 0 before it was ever counted.
pub fn counted(name: &str) -> u64 {
    let text = metrics().render();
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.map_or(0, |value| value.parse().unwrap())
}

/// What is counted in this process.
pub fn metrics() -> PrometheusHandle {
    static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();
    METRICS.get_or_init(|| start_metrics().unwrap()).clone()
}
