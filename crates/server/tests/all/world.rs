//! A server without sockets: the real router over a real database, with a clock that tests move.

use crate::den::all_apps;
use crate::house::metrics;
use crate::temp::TempFolder;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use houseful::accounts::Accounts;
use houseful::calls::{Caller, Rules};
use houseful::clock::Clock;
use houseful::config::{Config, SeatLimits};
use houseful::db::sqlite::{Options, Sqlite};
use houseful::drain::Tasks;
use houseful::events::Events;
use houseful::fanout;
use houseful::gateway::api::{Api, described};
use houseful::gateway::extract::Peer;
use houseful::hooks::Doorbell;
use houseful::lobby::Headcounts;
use houseful::notify::{Postman, Teller, Vapid};
use houseful::places::Places;
use houseful::privacy::Privacy;
use houseful::room::RoomContext;
use houseful::router::Router as Rooms;
use houseful::statistics::Counter;
use houseful::store::Store;
use houseful_room::{Mono, Wall};
use serde_json::{Value, json};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tower::ServiceExt;

/// 2026-11-21T12:00:00Z.
pub const START_MS: i64 = 1_795_262_400_000;

/// A clock that stands until it is moved.
pub struct TestClock(Mutex<Duration>);

impl Clock for TestClock {
    fn mono(&self) -> Mono {
        Mono(0) + *self.0.lock().unwrap()
    }

    fn wall(&self) -> Wall {
        Wall(START_MS) + *self.0.lock().unwrap()
    }
}

pub struct World {
    pub api: Arc<Api>,
    pub store: Arc<Sqlite>,
    clock: Arc<TestClock>,
    router: Router,
    _folder: TempFolder,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

/// One browser: its cookie, its access token, its address.
#[derive(Clone)]
pub struct Browser {
    pub cookie: Option<String>,
    pub token: Option<String>,
    pub from: IpAddr,
}

impl World {
    pub fn new() -> World {
        World::with(Config::default())
    }

    pub fn with(config: Config) -> World {
        let folder = TempFolder::new();
        let fatal = |reason: &str| panic!("{reason}");
        let options = Options { folder: folder.path().to_owned(), fatal };
        let store = Arc::new(Sqlite::open(&options).unwrap());
        let clock = Arc::new(TestClock(Mutex::new(Duration::from_secs(1_000))));
        let dyn_store: Arc<dyn Store> = store.clone();
        let tasks = Tasks::new(tokio::runtime::Handle::current());
        let limits = &config.accounts;
        let accounts =
            Accounts::open(dyn_store.clone(), clock.clone(), limits, tasks.clone()).unwrap();
        let (shards, _) = fanout::open(1);
        let (notices, _) = tokio::sync::mpsc::channel(1);
        let rooms = Arc::new(RoomContext {
            apps: all_apps(),
            journal: store.clone(),
            shards,
            clock: clock.clone(),
            noticed_tables: &[],
            notices,
            tasks,
        });
        let made = houseful::lobby::Rooms::new(dyn_store.clone(), rooms.clone());
        let events = Events::new(dyn_store.clone(), rooms.clone(), SeatLimits::default());
        let router = Rooms::new(rooms).with_store(dyn_store.clone());
        let teller = Teller {
            router: router.clone(),
            store: dyn_store.clone(),
            clock: clock.clone(),
            places: Places::new(config.connections),
        };
        let accounts = Arc::new(accounts);
        let (kept, who) = (dyn_store.clone(), accounts.clone());
        let privacy = Privacy::new(kept, who, router.clone(), clock.clone());
        let counter = Counter {
            store: dyn_store.clone(),
            clock: clock.clone(),
            places: teller.places.clone(),
            registry: router.registry().clone(),
            metrics: metrics(),
            tasks: router.tasks().clone(),
        };
        let api = Arc::new(Api {
            accounts,
            privacy,
            counter,
            postman: Postman::new(&config),
            events,
            rooms: made,
            router,
            attention: Arc::default(),
            teller,
            headcounts: Headcounts::default(),
            store: dyn_store,
            config: Arc::new(config),
            clock: clock.clone(),
            caller: Caller::new(Rules::new(&Config::default().calls)),
            doorbell: Doorbell::default(),
            vapid: Arc::new(Vapid::open(&*store, "mailto:a@house.example".into()).unwrap()),
        });
        let (v1, _) = described();
        let router = Router::new().nest("/api/v1", v1.with_state(api.clone()));
        World { api, store, clock, router, _folder: folder }
    }

    pub fn pass(&self, time: Duration) {
        *self.clock.0.lock().unwrap() += time;
    }

    pub fn now_ms(&self) -> i64 {
        self.clock.wall().ms()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let body =
            if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        if parts.status.is_client_error() || parts.status.is_server_error() {
            assert_eq!(parts.headers[header::CONTENT_TYPE], "application/problem+json");
            assert_eq!(body["status"], parts.status.as_u16());
        }
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

impl Answer {
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or("none")
    }

    #[track_caller]
    pub fn expect(self, status: u16) -> Answer {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.body);
        self
    }

    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Answer {
        assert_eq!((self.status.as_u16(), self.code()), (status, code), "{:?}", self.body);
        self
    }

    pub fn set_cookie(&self) -> Option<&str> {
        Some(self.headers.get(header::SET_COOKIE)?.to_str().unwrap())
    }
}

impl Browser {
    pub fn new() -> Browser {
        Browser::at("192.0.2.1")
    }

    pub fn at(address: &str) -> Browser {
        Browser { cookie: None, token: None, from: address.parse().unwrap() }
    }

    /// One that has just signed up.
    pub async fn signed_up(world: &World, name: &str) -> Browser {
        let mut browser = Browser::new();
        browser.sign_up(world, name).await.expect(201);
        browser
    }

    pub async fn sign_up(&mut self, world: &World, name: &str) -> Answer {
        let body = json!({"email": email(name), "name": name, "password": PASSWORD});
        self.post(world, "/auth/sign-up", body).await
    }

    pub async fn sign_in(&mut self, world: &World, name: &str, password: &str) -> Answer {
        let body = json!({"email": email(name), "password": password});
        self.post(world, "/auth/sign-in", body).await
    }

    pub async fn refresh(&mut self, world: &World) -> Answer {
        self.post(world, "/auth/refresh", Value::Null).await
    }

    pub async fn sign_out(&mut self, world: &World) -> Answer {
        self.post(world, "/auth/sign-out", Value::Null).await
    }

    pub async fn me(&mut self, world: &World) -> Answer {
        self.call(world, "GET", "/me", Value::Null).await
    }

    pub async fn post(&mut self, world: &World, path: &str, body: Value) -> Answer {
        self.call(world, "POST", path, body).await
    }

    /// Sends as a browser does, and keeps what it is given.
    pub async fn call(&mut self, world: &World, method: &str, path: &str, body: Value) -> Answer {
        let answer = world.send(self.request(method, path, &body)).await;
        if let Some(cookie) = answer.set_cookie() {
            let value = cookie.split(';').next().unwrap().split_once('=').unwrap().1;
            self.cookie = (!value.is_empty()).then(|| value.to_owned());
        }
        if let Some(token) = answer.body["accessToken"].as_str() {
            self.token = Some(token.to_owned());
        }
        answer
    }

    pub fn request(&self, method: &str, path: &str, body: &Value) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request = request.header("x-houseful", "1").header("host", "127.0.0.1:8787");
        request = request.header("origin", "http://127.0.0.1:8787").extension(Peer(self.from));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(cookie) = self.cookie.as_ref().filter(|_| path.starts_with("/auth")) {
            request = request.header("cookie", format!("theme=dark; houseful_refresh={cookie}"));
        }
        if body.is_null() {
            return request.body(Body::empty()).unwrap();
        }
        let request = request.header("content-type", "application/json");
        request.body(Body::from(body.to_string())).unwrap()
    }
}

pub const PASSWORD: &str = "a good long password";

pub fn email(name: &str) -> String {
    format!("{name}@example.org")
}
