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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccountId, Epoch, MemberState, roster};
    use serde_json::json;

    #[test]
    fn a_copy_tells_what_every_room_has_from_what_its_application_shows() {
        let parts = [
            r#"{"aud":"all","shapes":{"door":{"cell":{"title":"Tea","visibility":"public","minimum":2,"maximum":null,
                "locked":false,"keepsComings":false,"phase":"waiting","owner":1}},
                "members":{"rows":[[7,{"state":"here","role":"member"}]]},
                "votes":{"rows":[["yes",2]]},"topic":{"cell":"cake"}}}"#,
            r#"{"aud":"group:room.inside","shapes":{"notices":{"log":[[1,{"at":5,"kind":"waiting"}],
                [2,{"at":9,"kind":"started"}]]},"votes":{"rows":[["no",1]]}}}"#,
        ];
        let copy = Replica::read(Epoch::nil(), 1, parts.into_iter()).unwrap();
        let door = doorway(&copy).unwrap();
        assert_eq!((door.title.as_str(), door.phase), ("Tea", Phase::Waiting));
        assert_eq!(starts(&copy).collect::<Vec<_>>(), [Wall(9)]);
        assert_eq!(roster(&copy)[&AccountId(7)].state, MemberState::Here);
        let shown = json!({ "votes": { "yes": 2, "no": 1 }, "topic": "cake" });
        assert_eq!(serde_json::Value::Object(copy.application()), shown);
    }
}
