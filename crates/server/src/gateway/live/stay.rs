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
    if let Err(refusal) = admits_visitors(&context.router, handle).await
        && connection.is_visitor()
    {
        shard.shut_out(connection, &handle.path, refusal.code);
        let _ = handle.send(Mail::Leave(connection.session));
    }
}

/// Whether somebody who has not signed in may be in a room.
async fn admits_visitors(router: &Router, handle: &RoomHandle) -> Result<(), Refusal> {
    let who = router.introduce(handle, Principal::VISITOR).await?;
    let (to, answer) = oneshot::channel();
    let asked = router.send(handle, Mail::Admits { who, to }).await;
    asked.map_err(|(_, refusal)| refusal)?;
    match answer.await {
        Ok(admitted) => admitted.map(drop),
        // A room that starts over tells everyone to join again.
        Err(_) => Ok(()),
    }
}
