//! What all of the dialect's clients share: a visitor's session that watches the topic rooms, and what everyone is told
//! of them. It decides nothing, and asks for nothing in anybody's name.

use super::presence::{Own, Presence};
use super::words::{self, Message, Room, Said};
use crate::accounts::guest_name;
use crate::clock::now;
use crate::config::ChatDialect;
use crate::gateway::dialect::link::{RoomCopy, Told};
use crate::gateway::dialect::{Ground, Link, Who};
use crate::limits;
use houseful_apps::chat::seen::{self, Line};
use houseful_room::{AccountId, door};
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{broadcast, watch};
use tokio::time::{sleep, timeout};

/// What clients share.
pub(super) struct Hub {
    pub(super) ground: Ground,
    pub(super) takes_guests: bool,
    state: Mutex<State>,
    out: broadcast::Sender<Said>,
    is_ready: watch::Sender<bool>,
    connections: AtomicU64,
}

struct State {
    topics: Vec<Topic>,
    presence: Presence,
    /// What authors are called: the dialect's own as they have said it.
    names: HashMap<AccountId, String>,
}

/// A room about something.
#[derive(Clone, Debug)]
pub(super) struct Topic {
    pub(super) path: String,
    /// With a slash.
    pub(super) name: String,
    /// None while the room is not to be seen.
    label: Option<String>,
    /// The number of the last message that was told; none before the room was seen first.
    last: Option<u64>,
    /// The last messages, for who enters.
    recent: VecDeque<(u64, Said)>,
}

impl Hub {
    pub(super) fn new(ground: Ground, config: &ChatDialect) -> Arc<Hub> {
        let topic = |path: &String| {
            let slug = path.strip_prefix("rooms/").unwrap_or(path);
            let (path, name) = (path.clone(), format!("/{slug}"));
            Topic { path, name, label: None, last: None, recent: VecDeque::new() }
        };
        let topics: Vec<Topic> = config.rooms.iter().map(topic).collect();
        let presence = Presence::new(topics.len());
        let state = Mutex::new(State { topics, presence, names: HashMap::new() });
        Arc::new(Hub {
            ground,
            takes_guests: config.guests,
            state,
            out: broadcast::Sender::new(limits::CHAT_DIALECT_TOLD_MAX),
            is_ready: watch::Sender::new(false),
            connections: AtomicU64::new(0),
        })
    }

    /// A connection's number, what it is told from now on, and what was the last in each topic before. Of one that is
    /// not seen yet, all that it will be seen to have is from before.
    pub(super) fn connect(&self) -> (u64, broadcast::Receiver<Said>, Vec<u64>) {
        let state = self.state();
        let before = state.topics.iter().map(|topic| topic.last.unwrap_or(u64::MAX)).collect();
        (self.connections.fetch_add(1, Ordering::Relaxed), self.out.subscribe(), before)
    }

    /// At the start, waits a moment until the rooms were looked at; after that whoever asks is told what there is.
    pub(super) async fn ready(&self) {
        let mut is_ready = self.is_ready.subscribe();
        let time = Duration::from_millis(limits::CHAT_DIALECT_READY_MS_MAX);
        let _ = timeout(time, is_ready.wait_for(|is_ready| *is_ready)).await;
    }

    /// The rooms as `GET /rooms` answers them.
    pub(super) async fn rooms(&self) -> String {
        self.ready().await;
        let state = self.state();
        let rooms: Vec<Room<'_>> = state.topics.iter().filter_map(Topic::room).collect();
        words::rooms(&rooms)
    }

    /// The topic of that name, by its place, with the path of its room.
    pub(super) fn find(&self, name: &str) -> Option<(usize, String)> {
        let state = self.state();
        let at = state.topics.iter().position(|topic| topic.name == name)?;
        state.topics[at].label.is_some().then(|| (at, state.topics[at].path.clone()))
    }

    /// Where a connection's person is.
    pub(super) fn whereabouts(&self, connection: u64) -> Option<Own> {
        self.state().presence.of(connection).cloned()
    }

    /// Somebody is about to enter a room.
    pub(super) fn set_coming(&self, topic: usize, account: AccountId) {
        self.state().presence.set_coming(topic, account);
    }

    /// They have not.
    pub(super) fn forget_coming(&self, topic: usize, account: AccountId) {
        self.state().presence.forget_coming(topic, account);
    }

    /// They have: everyone is told, if it is news.
    pub(super) fn enter(&self, connection: u64, own: Own) -> bool {
        let mut state = self.state();
        state.call(own.account, &own.username);
        let is_news = state.presence.enter(connection, own);
        if is_news {
            self.tell_presence(&state);
        }
        is_news
    }

    /// A connection is gone: everyone is told, if anybody was there by it.
    pub(super) fn leave(&self, connection: u64) {
        let mut state = self.state();
        if state.presence.leave(connection) {
            self.tell_presence(&state);
        }
    }

    /// What somebody is called who speaks: as they have said it.
    pub(super) fn call(&self, account: AccountId, username: &str) {
        self.state().call(account, username);
    }

    /// The last messages of a topic up to that one, for who enters it.
    pub(super) fn recent(&self, topic: usize, last: u64) -> Vec<Said> {
        let state = self.state();
        let recent = state.topics[topic].recent.iter().filter(|(no, _)| *no <= last);
        recent.map(|(_, said)| said.clone()).collect()
    }

    /// Watches the rooms until the server goes.
    pub(super) async fn watch(self: Arc<Self>) {
        let closing = self.ground.tasks.closing();
        while !closing.is_cancelled() {
            tokio::select! {
                () = closing.cancelled() => return,
                () = self.follow() => {}
            }
            tokio::select! {
                () = closing.cancelled() => return,
                () = sleep(Duration::from_millis(limits::CHAT_DIALECT_RETRY_MS)) => {}
            }
        }
    }

    /// One session, to its end, or until a room that is missing is worth another try.
    async fn follow(&self) {
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut link = match Link::open(&self.ground, from, Who::Visitor).await {
            Ok(link) => link,
            Err(refused) => return tracing::warn!(%refused, "the chat dialect has no session"),
        };
        let paths: Vec<String> =
            self.state().topics.iter().map(|topic| topic.path.clone()).collect();
        let mut missing = 0;
        for path in &paths {
            match link.join(path).await {
                Ok(copy) => {
                    let copy = copy.clone();
                    self.take(&copy).await;
                }
                Err(refused) => {
                    tracing::warn!(path, %refused, "a room of the chat dialect is not to be seen");
                    self.lose(path);
                    missing += 1;
                }
            }
        }
        self.look_round().await;
        self.is_ready.send_replace(true);
        let again = Duration::from_millis(limits::CHAT_DIALECT_RETRY_MS);
        let another_try = sleep(again);
        tokio::pin!(another_try);
        let mut comings = self.ground.api.headcounts.changes();
        loop {
            let told = tokio::select! {
                told = link.next() => told,
                Ok(()) = comings.changed() => {
                    self.look_round().await;
                    continue;
                }
                () = &mut another_try, if missing > 0 => return,
            };
            match told {
                Some(Told::Changed { room, .. } | Told::Anew { room }) => {
                    if let Some(copy) = link.room(&room).cloned() {
                        self.take(&copy).await;
                    }
                }
                Some(Told::Gone { room, .. }) => {
                    self.lose(&room);
                    missing += 1;
                }
                Some(Told::Leaving) => {}
                None => return,
            }
        }
    }

    /// Takes in what a room shows now, and tells what was said.
    async fn take(&self, copy: &RoomCopy) {
        let replica = copy.replica();
        let lines: Vec<Line> = seen::lines(replica).collect();
        let names = self.names_of(lines.iter().map(|line| line.by)).await;
        let mut state = self.state();
        let Some(at) = state.topics.iter().position(|topic| *topic.path == *copy.path) else {
            return;
        };
        state.topics[at].label = door::doorway(replica).map(|doorway| doorway.title);
        for (account, name) in names {
            state.names.entry(account).or_insert(name);
        }
        let said = lines.iter().map(|line| (line.no, state.said(at, line)));
        let mut said: VecDeque<(u64, Said)> = said.collect();
        // What was said before the room was seen first is no news.
        let last = state.topics[at].last.unwrap_or(u64::MAX);
        for (_, said) in said.iter().filter(|(no, _)| *no > last) {
            // Nobody may be listening.
            let _ = self.out.send(said.clone());
        }
        said.drain(..said.len().saturating_sub(limits::CHAT_DIALECT_REPLAYED));
        state.topics[at].recent = said;
        state.topics[at].last = Some(seen::last(replica));
    }

    /// Takes in who is in the rooms, and tells it if it is news. The rooms themselves do not tell visitors (R93): to
    /// name a room in the configuration is to show who is in it.
    async fn look_round(&self) {
        let paths: Vec<(usize, String)> = {
            let state = self.state();
            let topics = state.topics.iter().enumerate();
            topics
                .filter(|(_, topic)| topic.label.is_some())
                .map(|(at, topic)| (at, topic.path.clone()))
                .collect()
        };
        for (at, path) in paths {
            let here = self.ground.api.headcounts.people(&path);
            if self.state().presence.roster(at) == &here {
                continue;
            }
            let names = self.names_of(here.iter().copied()).await;
            let mut state = self.state();
            if state.presence.show(at, here, names) {
                self.tell_presence(&state);
            }
        }
    }

    /// A room is not to be seen any more, nor who was in it.
    fn lose(&self, path: &str) {
        let mut state = self.state();
        let Some(at) = state.topics.iter().position(|topic| topic.path == path) else { return };
        state.topics[at].label = None;
        state.topics[at].recent.clear();
        if state.presence.show(at, BTreeSet::new(), []) {
            self.tell_presence(&state);
        }
    }

    /// What these people are called here: a guest by the bare name.
    async fn names_of(
        &self,
        accounts: impl Iterator<Item = AccountId>,
    ) -> Vec<(AccountId, String)> {
        #[derive(Deserialize)]
        struct People {
            people: Vec<(u64, Face)>,
        }
        #[derive(Deserialize)]
        struct Face {
            name: String,
        }
        let known: BTreeSet<AccountId> = accounts.collect();
        if known.is_empty() {
            return Vec::new();
        }
        let told = self.ground.api.accounts.people(known.into_iter().collect()).await;
        let people = told.ok().and_then(|text| serde_json::from_str::<People>(&text).ok());
        let bare = |(id, Face { name }): (u64, Face)| {
            (AccountId(id), guest_name(&name).unwrap_or(&name).to_owned())
        };
        people.map_or_else(Vec::new, |people| people.people.into_iter().map(bare).collect())
    }

    fn tell_presence(&self, state: &State) {
        let names = state.topics.iter().map(|topic| topic.name.as_str());
        let rooms: Vec<_> = names.zip(state.presence.shown()).collect();
        let wall = now(&*self.ground.api.clock).wall;
        // Nobody may be listening.
        let _ = self.out.send(words::presence(&rooms, wall));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn call(&mut self, account: AccountId, username: &str) {
        if self.names.len() > limits::CHAT_DIALECT_NAMES_MAX {
            self.names.clear();
        }
        self.names.insert(account, username.to_owned());
    }

    /// A message as clients are told it.
    fn said(&self, at: usize, line: &Line) -> Said {
        let topic = &self.topics[at];
        let uuid = line.mark.clone().unwrap_or_else(|| words::uuid_of(&topic.path, line.no));
        let message = Message {
            message: &line.text,
            username: self.names.get(&line.by).map_or("?", String::as_str),
            chat_room: Room {
                label: topic.label.as_deref().unwrap_or_default(),
                name: &topic.name,
            },
            uuid: &uuid,
        };
        words::message(message, line.at)
    }
}

impl Topic {
    fn room(&self) -> Option<Room<'_>> {
        Some(Room { label: self.label.as_deref()?, name: &self.name })
    }
}
