//! A room that is only shown, while nothing can be written: read back from its journal, under the term
//! that is there. It never decides, so nothing that it shows can be lost, and no refusal that was
//! forgotten can come out otherwise.

use crate::{AnyRoom, Epoch, Joined, Principal, Refusal, Seq};

/// A room that nobody enters and nothing happens in.
pub struct View(Box<dyn AnyRoom>);

impl View {
    /// Of a room as it was read back; none of one whose first entry is not there.
    pub fn of(room: Box<dyn AnyRoom>) -> Option<View> {
        (room.seq() > 0).then_some(View(room))
    }

    /// Answers a join. Nobody is a member for it: whoever was shown the room joins again when it works again.
    pub fn join(&mut self, who: Principal, have: Option<(Epoch, Seq)>) -> Result<Joined, Refusal> {
        self.0.look(who, have)
    }

    /// The room.
    pub fn room(&self) -> &dyn AnyRoom {
        &*self.0
    }
}
