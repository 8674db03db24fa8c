//! What a session looks up beside a room's turns: pages of its logs, and the names of whom it speaks of. It changes
//! nothing.

use super::session::Session;
use crate::fanout::refused_text;
use crate::limits;
use crate::room::Mail;
use houseful_room::AccountId;
use houseful_wire::Refusal as Code;
use houseful_wire::encode::encode_ok;
use tokio::sync::oneshot;

impl Session {
    /// A page of a log, of rows that the session may see.
    pub(super) async fn history(
        &self,
        reference: u64,
        room: &str,
        shape: &str,
        before: Option<u64>,
        limit: Option<u64>,
    ) {
        let audiences = self.shard.audiences(self.connection.session, room);
        let Some(handle) = self.entered(room).filter(|_| !audiences.is_empty()) else {
            return self.refuse_code(Some(reference), Code::NotJoined);
        };
        let limit = usize::try_from(limit.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
        let limit = limit.clamp(1, limits::HISTORY_ROWS_MAX);
        let before = before.unwrap_or(u64::MAX);
        let page = self.context.router.history(&handle, shape, before, limit, &audiences).await;
        match page {
            Ok(page) => self.send(&encode_ok(reference, None, Some(&page))),
            Err(refusal) => self.send(&refused_text(Some(reference), &refusal)),
        }
    }

    /// Tells the names of those whom the room speaks of to this session, and of nobody else.
    pub(super) async fn people(&self, reference: u64, room: &str, accounts: Vec<u64>) {
        let session = self.connection.session;
        let is_subscribed = self.shard.is_subscribed(session, room);
        let Some(handle) = self.entered(room).filter(|_| is_subscribed) else {
            return self.refuse_code(Some(reference), Code::NotJoined);
        };
        let accounts = accounts.into_iter().map(AccountId).collect();
        let (to, answer) = oneshot::channel();
        if !self.put(reference, &handle, Mail::Known { session, accounts, to }).await {
            return;
        }
        let named = match answer.await {
            Ok(known) => self.context.accounts.people(known).await.map_err(|_| Code::Internal),
            Err(_) => Err(Code::Unavailable),
        };
        match named {
            Ok(people) => self.send(&encode_ok(reference, None, Some(&people))),
            Err(code) => self.refuse_code(Some(reference), code),
        }
    }
}
