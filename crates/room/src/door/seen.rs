//! What a copy shows of a room's door, for those who keep copies. It decides nothing.

use super::state::{DoorState, Facts, Notice, NoticeKind};
use super::{Phase, Visibility};
use crate::{Replica, Synced, Wall};
use serde::Deserialize;

/// A room from before its door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doorway {
    /// What it is called.
    pub title: String,
    /// Who may know of it.
    pub visibility: Visibility,
    /// Where it is in its life.
    pub phase: Phase,
}

/// Whether a shape of this name is one that every room with a door has.
pub(crate) fn is_of_door(shape: &str) -> bool {
    DoorState::new().shape_mut(shape).is_some()
}

/// The door of a room that one has a copy of; none if it has none, or one sees nothing of it.
pub fn doorway(copy: &Replica) -> Option<Doorway> {
    let Facts { title, visibility, phase, .. } = Facts::deserialize(copy.cell("door")?).ok()?;
    Some(Doorway { title, visibility, phase })
}

/// When the room began, each time that enough people were there, as far as one may know.
pub fn starts(copy: &Replica) -> impl Iterator<Item = Wall> {
    let notices = copy.log("notices").filter_map(|(_, value)| Notice::deserialize(value).ok());
    notices.filter(|notice| notice.kind == NoticeKind::Started).map(|notice| notice.at)
}
