//! The room applications of this server: one line each in the composition root, nothing elsewhere. An
//! application brings its rules, and may bring the files of its page and rooms that are always there.

use houseful_room::{AccountId, AnyRoom, Now, Recovery, Room, RoomApp, RoomError, door};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Builds a recovered room of one application from its configuration.
type Build = fn(&str, Recovery, Now) -> Result<Box<dyn AnyRoom>, RoomError>;

/// A file of an application's page: its path below `/apps/{app}/`, and what is in it.
pub type PageFile = (&'static str, &'static [u8]);

/// What the server knows of an application.
#[derive(Clone)]
pub struct App {
    /// Its name in storage and on the wire.
    pub name: &'static str,
    /// The version of its stored state.
    pub version: u32,
    /// Whether its rooms outlive the process.
    pub keeps_journal: bool,
    /// Whether its rooms can have a door.
    pub has_door: bool,
    /// What can be asked of its rooms.
    pub commands: Vec<&'static str>,
    /// The files of its page, if it brings one.
    pub page: &'static [PageFile],
    /// Rooms that are always there: each one's path and configuration.
    pub rooms: Vec<(&'static str, String)>,
    build: Build,
    /// What a stored value becomes without the words of somebody who is erased.
    pub without: fn(AccountId, &str, &str) -> Option<String>,
}

impl App {
    /// The entry of an application.
    pub fn of<A: RoomApp>() -> App {
        let build: Build =
            |config, recovery, now| Ok(Box::new(Room::<A>::recover(config, recovery, now)?));
        let (name, version, keeps_journal) = (A::NAME, A::VERSION, A::KEEPS_JOURNAL);
        let commands = A::COMMANDS.iter().map(|(name, _)| *name).collect();
        let (has_door, page, rooms) = (A::HAS_DOOR, &[], Vec::new());
        let without = A::erase;
        App { name, version, keeps_journal, has_door, commands, page, rooms, build, without }
    }

    /// Serves these files below `/apps/{name}/`. The web application loads `page.js` of them for a room of an
    /// application that it doesn't know itself.
    pub fn with_page(self, page: &'static [PageFile]) -> App {
        App { page, ..self }
    }

    /// A room that the server makes when it starts, unless it is there already, and that everyone finds on the start
    /// page under this title. It has a [door](houseful_room::door), stands open, and is nobody's: the server's admins
    /// are its owners. `own` is the application's part of its configuration (JSON).
    pub fn with_open_room(self, path: &'static str, title: &str, own: &str) -> App {
        self.with_room(path, door::config(&door::open_to_all(path, title), own))
    }

    /// A room that the server makes when it starts, unless it is there already, from this configuration. Without a
    /// door it is in no list, and found at its address.
    pub fn with_room(mut self, path: &'static str, config: impl Into<String>) -> App {
        self.rooms.push((path, config.into()));
        self
    }
}

/// All applications by name.
#[derive(Clone)]
pub struct Apps(Arc<BTreeMap<&'static str, App>>);

impl Apps {
    /// The registry.
    pub fn new(apps: impl IntoIterator<Item = App>) -> Apps {
        Apps(Arc::new(apps.into_iter().map(|app| (app.name, app)).collect()))
    }

    /// The same with one more.
    ///
    /// # Panics
    /// If there is one of this name: its rooms would be read by the wrong rules.
    pub fn with(self, app: App) -> Apps {
        assert!(self.get(app.name).is_none(), "there are two applications {:?}", app.name);
        Apps::new(self.iter().cloned().chain([app]))
    }

    /// An application.
    pub fn get(&self, app: &str) -> Option<&App> {
        self.0.get(app)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &App> {
        self.0.values()
    }

    /// Builds a recovered room.
    pub fn build(
        &self,
        app: &str,
        version: u32,
        config: &str,
        recovery: Recovery,
        now: Now,
    ) -> Result<Box<dyn AnyRoom>, String> {
        let known = self.0.get(app).ok_or_else(|| format!("no application {app:?}"))?;
        if known.version != version {
            return Err(format!("{app} is stored as version {version}, not {}", known.version));
        }
        (known.build)(config, recovery, now).map_err(|error| error.to_string())
    }
}
