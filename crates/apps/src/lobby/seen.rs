//! What a lobby's ops tell the one whom they are for, for clients that know none of its shapes. It decides nothing.

use super::state::Notified;
use houseful_room::{Change, Piece};

/// The notices in a piece of what was told.
pub fn notices(piece: &Piece) -> impl Iterator<Item = Notified> + '_ {
    piece.changes.iter().filter_map(|change| match change {
        Change::Signal(shape, notice) if shape == "notices" => {
            serde_json::from_value(notice.clone()).ok()
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn notices_are_read_and_nothing_else_is() {
        let notice = json!({ "unread": 2, "notification": { "kind": "reminder" } });
        let ops = json!([
            ["signal", "notices", notice],
            ["signal", "others", notice],
            ["put", "places", 7, []],
            ["signal", "notices", "unreadable"],
        ]);
        let piece = Piece::from_parts("member:7", 1, 2, ops).unwrap();
        let read: Vec<Notified> = notices(&piece).collect();
        let notification = Some(json!({ "kind": "reminder" }));
        assert_eq!(read, [Notified { unread: 2, notification }]);
    }
}
