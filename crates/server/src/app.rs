//! The composition root: what is built, what is given to whom, who waits for whom at the end.

use crate::accounts::Accounts;
use crate::apps::{App, Apps};
use crate::calls::{Caller, Rules};
use crate::clock::Clock;
use crate::config::{Config, LiveLimits};
use crate::db::{self, Database};
use crate::demo::Demo;
use crate::drain::Tasks;
use crate::events::{Events, Titles};
use crate::fanout;
use crate::gateway::api::Api;
use crate::gateway::dialect::Ground;
use crate::gateway::http::Serving;
use crate::gateway::live::{LiveContext, LiveHost, Streams, over_socketio};
use crate::gateway::throttle::Throttle;
use crate::gateway::{self, Gateway, Operators};
use crate::hooks::{Dispatch, Doorbell};
use crate::limits;
use crate::listeners::{Addresses, Listeners};
use crate::lobby::{Headcounts, Keeper, Rooms};
use crate::machine::{Machine, System};
use crate::notify::{Attention, Outbox, Postman, Pusher, Scheduler, Teller, Vapid};
use crate::places::Places;
use crate::privacy::Privacy;
use crate::room::{self, Notice, RoomContext};
use crate::router::Router;
use crate::statistics::Counter;
use anyhow::Context;
use houseful_apps::board::Board;
use houseful_apps::chat::Chat;
use houseful_apps::lobby::Lobby;
use houseful_apps::seats::Seats;
use houseful_wire::ws::WsLimits;
use metrics_exporter_prometheus::PrometheusHandle;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Notify, mpsc};

/// The exit status of a server whose shard has died.
pub const DEAD_SHARD_STATUS: i32 = 71;

/// The room applications of this server.
pub fn apps() -> Apps {
    Apps::new([App::of::<Seats>(), App::of::<Chat>(), App::of::<Board>(), App::of::<Lobby>()])
}

/// What a server is started in.
pub struct Surroundings {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where counts are read.
    pub metrics: PrometheusHandle,
    /// The room applications that it knows: [`apps`], and whoever has more adds theirs.
    pub apps: Apps,
    /// Whether an empty folder is filled with things to play with.
    pub demo: bool,
    /// What it runs on.
    pub machine: Arc<dyn Machine>,
    /// Opens what must outlive the process.
    pub open: db::Opener,
}

impl Surroundings {
    /// The operating system, and the database of the data folder.
    pub fn new(clock: Arc<dyn Clock>, metrics: PrometheusHandle) -> Surroundings {
        Surroundings {
            clock,
            metrics,
            apps: apps(),
            demo: false,
            machine: Arc::new(System),
            open: Box::new(db::open),
        }
    }
}

/// A server that runs.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Where else it listens.
    pub addresses: Addresses,
    /// The accounts.
    pub accounts: Arc<Accounts>,
    /// Whether the people and events of the demo are there.
    pub has_demo: bool,
    tasks: Tasks,
    shards: fanout::Shards,
    _database: Database,
}

impl Server {
    /// Opens the data folder, starts everything, listens.
    pub async fn start(config: Config, surroundings: Surroundings) -> anyhow::Result<Server> {
        let Surroundings { clock, metrics, apps, demo, machine, open } = surroundings;
        // Before the folder is touched: a busy port is the likeliest mistake.
        let listeners = Listeners::bind(&*machine, &config, demo).await?;
        let (address, addresses) = listeners.addresses()?;
        let database = open(&config)?;
        let Database { journal, store } = database.clone();

        let tasks = Tasks::on(machine.clone(), Handle::current());
        let (limits, at) = (&config.accounts, tasks.clone());
        let accounts = Arc::new(Accounts::open(store.clone(), clock.clone(), limits, at)?);
        let (shards, inboxes) = fanout::open(config.shards());
        let (notices, noticed) = mpsc::channel(limits::NOTICES_MAX);
        let rooms = Arc::new(RoomContext {
            apps: apps.clone(),
            journal,
            shards: shards.clone(),
            clock: clock.clone(),
            noticed_tables: &[
                "events",
                "event_people",
                "listings",
                "listing_guests",
                "orders",
                "offers",
                "arrivals",
                "mentions",
            ],
            notices,
            tasks: tasks.clone(),
        });
        let router = Router::new(rooms.clone()).with_store(store.clone());
        let standing = rooms.clone();
        let events = Events::new(store.clone(), rooms.clone(), config.seats);
        let rooms = Rooms::new(store.clone(), rooms);
        let sessions = sessions(&router, &accounts, &clock, config.live);
        inboxes.start_on(&*machine, &clock, exit_on_dead_shard, sessions)?;

        if demo && store.is_empty()? {
            let clock = clock.clone();
            let demo = Demo {
                accounts: &accounts,
                events: &events,
                rooms: &rooms,
                router: &router,
                clock,
            };
            demo.fill().await?;
        }
        room::complete(&standing).await.context("the applications' own rooms")?;
        let has_demo = accounts.is_known(crate::demo::ORGANISER)?;
        let headcounts = Headcounts::default();
        let keeper = Keeper {
            router: router.clone(),
            store: store.clone(),
            clock: clock.clone(),
            headcounts: headcounts.clone(),
        };
        let (to_keeper, for_keeper) = mpsc::channel(limits::NOTICES_MAX);
        let attention = Arc::new(Attention::default());
        let titles = Arc::new(Titles::open(&*store)?);
        let doorbell = Doorbell::default();
        let heeding = (attention.clone(), titles.clone(), doorbell.clone());
        tasks.spawn(pass_on(noticed, to_keeper, heeding, tasks.clone()));
        tasks.spawn(titles.run(store.clone(), router.clone(), tasks.clone()));
        tasks.spawn(keeper.run(for_keeper, tasks.clone()));
        tasks.spawn(router.clone().keep_waking());
        tasks.spawn(complete(rooms.clone()));
        tasks.spawn(close_revoked(accounts.clone(), shards.clone(), tasks.clone()));
        let throttle = Arc::new(Throttle::new(&config.http, &clock));
        tasks.spawn(keep_tidy(accounts.clone(), throttle.clone(), tasks.clone()));

        let config = Arc::new(config);
        let places = Places::new(config.connections);
        let teller = Teller {
            router: router.clone(),
            store: store.clone(),
            clock: clock.clone(),
            places: places.clone(),
        };
        let postman = Postman::new(&config);
        let (outside, at) = (store.clone(), tasks.clone());
        if let Some(outbox) = Outbox::open(&config, &postman, outside, clock.clone(), at)? {
            tasks.spawn(outbox.run());
        }
        let (kept, who) = (store.clone(), accounts.clone());
        let privacy = Privacy::new(kept, who, router.clone(), clock.clone());
        tasks.spawn(privacy.eraser().run());
        let counter = Counter {
            store: store.clone(),
            clock: clock.clone(),
            places: places.clone(),
            registry: router.registry().clone(),
            metrics: metrics.clone(),
            tasks: tasks.clone(),
        };
        tasks.spawn(counter.clone().run());
        let to_push = Arc::new(Notify::new());
        let scheduler =
            Scheduler::new(teller.clone(), attention.clone(), postman.clone(), to_push.clone());
        tasks.spawn(scheduler.run());
        let caller = Caller::new(Rules::new(&config.calls));
        let (bell, told) = (doorbell.clone(), attention.clone());
        let (time, at) = (clock.clone(), tasks.clone());
        let hooks = Dispatch::new(store.clone(), time, at, caller.clone(), bell, told);
        tasks.spawn(hooks.run());
        let vapid = Arc::new(Vapid::open(&*store, config.contact())?);
        let pusher = Pusher {
            store: store.clone(),
            clock: clock.clone(),
            tasks: tasks.clone(),
            caller: caller.clone(),
            vapid: vapid.clone(),
            woken: to_push,
        };
        tasks.spawn(pusher.run());
        let api = Api {
            accounts: accounts.clone(),
            store,
            events,
            rooms,
            router,
            headcounts,
            clock,
            config: config.clone(),
            attention,
            teller,
            privacy,
            counter,
            postman,
            caller,
            doorbell,
            vapid,
        };
        let serving = |app, places| Serving {
            app,
            tasks: tasks.clone(),
            proxies: config.trusted_proxies.clone().into(),
            limits: config.http,
            places,
        };
        let operators = Operators { tasks: tasks.clone(), metrics };
        // Places of their own: a full house does not keep its operator out.
        let operators =
            serving(gateway::operator_routes(operators), Places::new(config.connections));
        let api = Arc::new(api);
        let (live, at) = (shards.clone(), tasks.clone());
        let (places_too, streams) = (places.clone(), Streams::default());
        let ground = Ground {
            api: api.clone(),
            apps: apps.clone(),
            shards: shards.clone(),
            places: places.clone(),
            tasks: tasks.clone(),
            listeners: addresses.dialects.clone().into(),
        };
        let dialect =
            |which| serving(gateway::dialect::routes(which, ground.clone()), places.clone());
        let socketio = over_socketio(&api.config, &live, &at, &places_too);
        let gateway = Gateway {
            api,
            apps,
            shards: live,
            tasks: at,
            places: places_too,
            streams,
            socketio,
            throttle,
        };
        let public = serving(gateway::routes(gateway), places.clone());
        listeners.serve(&tasks, public, operators, dialect);
        Ok(Server { address, addresses, accounts, has_demo, tasks, shards, _database: database })
    }

    /// Stops in order: nothing new is taken, clients are told, rooms finish, sockets close (R25).
    pub async fn stop(self) {
        self.tasks.close();
        self.shards.go_away(0).await;
        tokio::time::sleep(Duration::from_millis(limits::DRAIN_NOTICE_MS)).await;
        let finished = self.tasks.finish();
        if tokio::time::timeout(Duration::from_millis(limits::DRAIN_MS_MAX), finished)
            .await
            .is_err()
        {
            tracing::warn!("not everything finished in time; what was answered is durable");
        }
        self.shards.close_all().await;
        self.tasks.carried().await;
    }
}

/// What each shard's sessions work with.
fn sessions(
    router: &Router,
    accounts: &Arc<Accounts>,
    clock: &Arc<dyn Clock>,
    limits: LiveLimits,
) -> impl Fn() -> LiveHost + Send + Clone + 'static {
    let (router, accounts, clock) = (router.clone(), accounts.clone(), clock.clone());
    move || {
        LiveHost::new(LiveContext {
            router: router.clone(),
            accounts: accounts.clone(),
            clock: clock.clone(),
            limits,
            ws: WsLimits::DEFAULT,
        })
    }
}

/// Ends the process: half of the connections would be served and half not, so better none and a new start.
pub fn exit_on_dead_shard(shard: usize) {
    tracing::error!(shard, "a shard has died; the server ends");
    eprintln!("houseful: shard {shard} has died; the server ends");
    std::process::exit(DEAD_SHARD_STATUS);
}

/// Tells who keeps the lobby, who notifies people and who calls webhooks what rooms have committed.
async fn pass_on(
    mut noticed: mpsc::Receiver<Notice>,
    keeper: mpsc::Sender<Notice>,
    (attention, titles, doorbell): (Arc<Attention>, Arc<Titles>, Doorbell),
    tasks: Tasks,
) {
    let drain = tasks.draining();
    loop {
        tokio::select! {
            () = drain.cancelled() => return,
            notice = noticed.recv() => match notice {
                None => return,
                Some(notice) => {
                    if let Notice::Rows(rows) = &notice {
                        attention.heed(rows);
                        titles.heed(rows);
                        doorbell.heed(rows);
                    }
                    // As before: who keeps the lobby is not waited for.
                    let _ = keeper.try_send(notice);
                }
            }
        }
    }
}

/// Makes what events lack that were made before they all had it.
async fn complete(rooms: Rooms) {
    if let Err(error) = rooms.complete().await {
        tracing::warn!(%error, "some events lack their rooms; the next start tries again");
    }
}

/// Closes the connections of logins that end (R23).
async fn close_revoked(accounts: Arc<Accounts>, shards: fanout::Shards, tasks: Tasks) {
    let mut ended = accounts.revocations();
    let drain = tasks.draining();
    loop {
        tokio::select! {
            () = drain.cancelled() => return,
            logins = ended.next() => {
                shards.revoke(logins.into_iter().map(|login| login.0).collect()).await;
            }
        }
    }
}

/// Forgets what has ended: logins, idle limits.
async fn keep_tidy(accounts: Arc<Accounts>, throttle: Arc<Throttle>, tasks: Tasks) {
    let drain = tasks.draining();
    let mut every = tokio::time::interval(Duration::from_millis(limits::TIDY_MS));
    loop {
        tokio::select! {
            () = drain.cancelled() => return,
            _ = every.tick() => {
                throttle.forget_idle();
                if let Err(error) = accounts.tidy().await {
                    tracing::warn!(%error, "what has ended could not be forgotten");
                }
            }
        }
    }
}
