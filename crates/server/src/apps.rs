//! The room applications of this server: one line each in the composition root, nothing elsewhere.

use houseful_room::{AnyRoom, Now, Recovery, Room, RoomApp, RoomError};
use std::collections::BTreeMap;

/// Builds a recovered room of one application from its configuration.
type Build = fn(&str, Recovery, Now) -> Result<Box<dyn AnyRoom>, RoomError>;

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
    build: Build,
}

impl App {
    /// The entry of an application.
    pub fn of<A: RoomApp>() -> App {
        let build: Build =
            |config, recovery, now| Ok(Box::new(Room::<A>::recover(config, recovery, now)?));
        let (name, version, keeps_journal) = (A::NAME, A::VERSION, A::KEEPS_JOURNAL);
        let commands = A::COMMANDS.iter().map(|(name, _)| *name).collect();
        App { name, version, keeps_journal, has_door: A::HAS_DOOR, commands, build }
    }
}

/// All applications by name.
pub struct Apps(BTreeMap<&'static str, App>);

impl Apps {
    /// The registry.
    pub fn new(apps: impl IntoIterator<Item = App>) -> Apps {
        Apps(apps.into_iter().map(|app| (app.name, app)).collect())
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
