//! Whether a session may still be in the rooms that it has entered: by what their parents say of its person, and by
//! what visitors may see. It asks the rooms and knows no rule of them.

use super::LiveContext;
use super::session::{Entered, Session};
use crate::fanout::{Connection, Shard};
use crate::limits;
use crate::room::{Mail, RoomHandle};
use crate::router::Router;
use futures_util::FutureExt;
use houseful_room::{Principal, Refusal};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use tokio::sync::oneshot;

impl Session {
    /// With what the room's parent says of them; what it said a moment ago still holds.
    pub(super) async fn introduced(
        &self,
        room: &str,
        handle: &RoomHandle,
        who: Principal,
    ) -> Result<Principal, Refusal> {
        let now = self.shard.now();
        let said = self.rooms.borrow().get(room).and_then(|entered| entered.parent);
        if let Some((role, at)) = said
            && at.until_ms(now) < limits::PARENT_TRUST_MS
        {
            return Ok(Principal { parent: Some(role), ..who });
        }
        let who = self.context.router.introduce(handle, who).await?;
        if let Some(entered) = self.rooms.borrow_mut().get_mut(room) {
            entered.parent = who.parent.map(|role| (role, now));
        }
        Ok(who)
    }

    /// Whom a room's parent no longer admits is no longer in the room.
    pub(super) fn lose(&self, room: &str) {
        if let Some(entered) = self.rooms.borrow_mut().remove(room) {
            self.connection.unwant_room(room);
            self.shard.unsubscribe(self.connection.session, room);
            self.connection.forget_room(room);
            let _ = entered.handle.send(Mail::Leave(self.connection.session));
        }
    }

    /// Rooms in which no visitor may be are closed to it (R22). The rooms know which: they are asked.
    pub(super) fn leave_what_is_not_public(&self) {
        for Entered { handle, .. } in self.rooms.borrow().values() {
            let (connection, shard) = (self.connection.clone(), self.shard.clone());
            let (handle, context) = (handle.clone(), self.context.clone());
            tokio::task::spawn_local(async move {
                let asking = leave_if_not_public(&connection, &shard, &handle, &context);
                // Whoever cannot be shut out of a room is shut out of all.
                if AssertUnwindSafe(asking).catch_unwind().await.is_err() {
                    connection.give_up();
                }
            });
        }
    }
}

async fn leave_if_not_public(
    connection: &Rc<Connection>,
    shard: &Shard,
    handle: &RoomHandle,
    context: &LiveContext,
) {
    let said = admits_visitors(&context.router, handle).await;
    if !connection.is_visitor() {
        return;
    }
    match Stay::of(said) {
        Stay::In => {}
        Stay::Out(code) => {
            shard.shut_out(connection, &handle.path, code);
            let _ = handle.send(Mail::Leave(connection.session));
        }
        Stay::Again => shard.resync(connection.session, &handle.path, "token_expired"),
    }
}

/// What becomes of somebody's place in a room who is a visitor from now on.
#[derive(Debug, PartialEq, Eq)]
enum Stay {
    In,
    Out(&'static str),
    /// The room has not said: they join again, and it decides then.
    Again,
}

impl Stay {
    fn of(said: Option<Result<(), Refusal>>) -> Stay {
        match said {
            Some(Ok(())) => Stay::In,
            Some(Err(refusal)) if is_no_outcome(&refusal) => Stay::Again,
            Some(Err(refusal)) => Stay::Out(refusal.code),
            None => Stay::Again,
        }
    }
}

/// Whether it says nothing of who asks, only that the room has no answer now (R18).
fn is_no_outcome(refusal: &Refusal) -> bool {
    ["busy", "read_only", "unavailable"].contains(&refusal.code)
}

/// Whether somebody who has not signed in may be in a room; nothing if it was too busy, or started over.
async fn admits_visitors(router: &Router, handle: &RoomHandle) -> Option<Result<(), Refusal>> {
    let who = match router.introduce(handle, Principal::VISITOR).await {
        Ok(who) => who,
        Err(refusal) => return Some(Err(refusal)),
    };
    let (to, answer) = oneshot::channel();
    if let Err((_, refusal)) = router.send(handle, Mail::Admits { who, to }).await {
        return Some(Err(refusal));
    }
    Some(answer.await.ok()?.map(drop))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::room::mail::{busy, read_only, unavailable};

    #[test]
    fn r22_a_room_that_has_no_answer_neither_keeps_nor_shuts_out_a_visitor() {
        assert_eq!(Stay::of(Some(Ok(()))), Stay::In);
        let refusal = Refusal::new("no_such_room", "There is no such room.");
        assert_eq!(Stay::of(Some(Err(refusal))), Stay::Out("no_such_room"));
        for refusal in [busy(), read_only(), unavailable()] {
            assert_eq!(Stay::of(Some(Err(refusal))), Stay::Again);
        }
        assert_eq!(Stay::of(None), Stay::Again, "the room starts over");
    }
}
