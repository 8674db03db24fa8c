//! Making rooms: people's own, and those beside each event. What a room is called in the address is chosen here;
//! everything else is for its door to say.

use crate::limits::{NAMED_PATH_BYTES, OWN_ROOMS_MAX, SECRET_PATH_BYTES, SLUG_CHARS_MAX};
use crate::room::{CreateError, RoomContext, create};
use crate::store::{Store, StoreError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use houseful_apps::plan::Plan;
use houseful_room::door::{DoorConfig, Visibility, config};
use houseful_room::{AccountId, Refusal};
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::Mutex;

/// The rooms that every event has beside its sale: the end of their path, and the application. One that this
/// server does not have is left out.
pub const EVENT_ROOMS: &[(&str, &str)] = &[("chat", "chat")];

/// A room that somebody wants.
#[derive(Clone, Debug)]
pub struct NewListed {
    /// Whose it is to be.
    pub owner: AccountId,
    /// The application.
    pub app: String,
    /// What it is called.
    pub title: String,
    /// Who may know of it.
    pub visibility: Visibility,
    /// How many it waits for.
    pub minimum: u32,
    /// How many fit.
    pub maximum: Option<u32>,
    /// Whether nobody new may come in.
    pub locked: bool,
    /// Whether its notices say who came and who left.
    pub keeps_comings: bool,
}

/// Why there is no room.
#[derive(Debug, thiserror::Error)]
pub enum CreateRoomError {
    /// There is no application of that name that makes such rooms.
    #[error("there is no such application")]
    NoSuchApp,
    /// The person has as many rooms as one may have.
    #[error("too many rooms")]
    TooMany,
    /// Something of it cannot be used.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes rooms.
#[derive(Clone)]
pub struct Rooms {
    store: Arc<dyn Store>,
    rooms: Arc<RoomContext>,
    /// One at a time, so that nobody has more than they may.
    making: Arc<Mutex<()>>,
}

impl Rooms {
    /// Over this store and these rooms.
    pub fn new(store: Arc<dyn Store>, rooms: Arc<RoomContext>) -> Rooms {
        Rooms { store, rooms, making: Arc::default() }
    }

    /// Makes a room of somebody's own; answers its path.
    pub async fn open(&self, new: NewListed) -> Result<String, CreateRoomError> {
        let _one_at_a_time = self.making.lock().await;
        let (store, owner) = (self.store.clone(), new.owner);
        if self.blocking(move || store.count_open_rooms(owner)).await? >= OWN_ROOMS_MAX {
            return Err(CreateRoomError::TooMany);
        }
        let path = path(&new.title, new.visibility);
        self.stand(&path, new).await?;
        Ok(path)
    }

    /// Makes a room that stands there for everyone, under a path of the caller's choice.
    pub async fn stand(&self, path: &str, new: NewListed) -> Result<(), CreateRoomError> {
        self.make(&new.app.clone(), door(path.to_owned(), new), "{}").await
    }

    /// Makes the rooms beside an event that it does not have yet.
    pub async fn open_beside(&self, event: u64) -> Result<(), CreateRoomError> {
        let store = self.store.clone();
        let Some(row) = self.blocking(move || store.event(event)).await? else { return Ok(()) };
        let (store, plan) = (self.store.clone(), row.plan_id.clone());
        let seats = self.blocking(move || seats_of(&*store, &plan)).await?;
        for (suffix, app) in EVENT_ROOMS {
            let path = format!("events/{event}/{suffix}");
            let (journal, wanted) = (self.rooms.journal.clone(), path.clone());
            let is_there = self.blocking(move || journal.find(&wanted)).await?.is_some();
            if is_there || self.rooms.apps.get(app).is_none() {
                continue;
            }
            let title = title_beside(&row.title);
            let new = NewListed { owner: row.owner, title, ..NewListed::plain(app) };
            let parent = Some(row.path.clone());
            let door = DoorConfig { parent, event: Some(event), ..door(path, new) };
            self.make(app, door, &own_part(app, event, seats)).await?;
        }
        Ok(())
    }

    /// The same for all events: those of before there were such rooms, and what was cut off in the middle.
    pub async fn complete(&self) -> Result<(), CreateRoomError> {
        let journal = self.rooms.journal.clone();
        let rooms = self.blocking(move || journal.rooms()).await?;
        let paths: BTreeSet<String> = rooms.into_iter().map(|room| room.path).collect();
        let events = paths.iter().filter_map(|path| crate::events::event_of(path));
        let lacks = |event: &u64| {
            let beside = |(suffix, _): &(&str, &str)| format!("events/{event}/{suffix}");
            EVENT_ROOMS.iter().any(|room| !paths.contains(&beside(room)))
        };
        for event in events.filter(lacks) {
            self.open_beside(event).await?;
        }
        Ok(())
    }

    async fn make(&self, app: &str, door: DoorConfig, own: &str) -> Result<(), CreateRoomError> {
        let known = self.rooms.apps.get(app).filter(|app| app.has_door && app.keeps_journal);
        let app = known.map(|app| app.name).ok_or(CreateRoomError::NoSuchApp)?;
        let door = door.checked().map_err(CreateRoomError::Refused)?;
        let made = create(&self.rooms, app, door.path.clone(), config(&door, own).into()).await;
        made.map_err(|error| match error {
            CreateError::Refused(refusal) => CreateRoomError::Refused(refusal),
            CreateError::Store(error) => CreateRoomError::Store(error),
        })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        call: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let done = self.rooms.tasks.blocking(call).await;
        done.unwrap_or_else(|error| Err(StoreError::Failed(error.to_string())))
    }
}

impl NewListed {
    /// A public room of nobody's, without bounds.
    pub fn plain(app: &str) -> NewListed {
        NewListed {
            owner: AccountId(0),
            app: app.to_owned(),
            title: String::new(),
            visibility: Visibility::Public,
            minimum: 1,
            maximum: None,
            locked: false,
            keeps_comings: false,
        }
    }
}

fn door(path: String, new: NewListed) -> DoorConfig {
    let NewListed { owner, title, visibility, minimum, maximum, locked, keeps_comings, .. } = new;
    let (parent, event) = (None, None);
    DoorConfig {
        path,
        title,
        visibility,
        minimum,
        maximum,
        locked,
        keeps_comings,
        owner,
        parent,
        event,
    }
}

/// How many seats can be spoken of.
fn seats_of(store: &dyn Store, plan: &str) -> Result<u64, StoreError> {
    let failed = |error: serde_json::Error| StoreError::Failed(error.to_string());
    let plan = store.plan(plan)?.map(|row| serde_json::from_str::<Plan>(&row.body));
    Ok(plan.transpose().map_err(failed)?.map_or(0, |plan| plan.seats()))
}

/// The application's own part of the configuration of a room beside an event.
fn own_part(app: &str, event: u64, seats: u64) -> String {
    match app {
        "chat" => serde_json::json!({ "event": { "id": event, "seats": seats } }).to_string(),
        _ => "{}".to_owned(),
    }
}

/// What a room beside an event is called.
pub fn title_beside(event: &str) -> String {
    let shown = event.chars().filter(|c| !c.is_control());
    shown.take(houseful_room::door::TITLE_CHARS_MAX).collect()
}

/// A path that reads well where everyone may see it, and that nobody guesses where not everyone may.
fn path(title: &str, visibility: Visibility) -> String {
    if visibility != Visibility::Public {
        return format!("rooms/{}", random(SECRET_PATH_BYTES));
    }
    let word = |c: char| c.is_ascii_alphanumeric();
    let words = title.split(|c| !word(c)).filter(|word| !word.is_empty());
    let slug = words.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    let slug: String = slug.chars().take(SLUG_CHARS_MAX).collect();
    let slug = if slug.is_empty() { "room" } else { slug.trim_end_matches('-') };
    format!("rooms/{slug}-{}", random(NAMED_PATH_BYTES))
}

fn random(bytes: usize) -> String {
    URL_SAFE_NO_PAD.encode(&crate::accounts::random()[..bytes])
}
