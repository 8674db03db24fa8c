//! What those who run a room ask of it and of its journal. It asks the room who they are, and decides nothing.

use super::{Router, no_such_room};
use crate::journal::{EntryRecord, Journal, RoomRecord};
use crate::room::{Inspection, Mail, Past, mail, replay};
use crate::store::StoreError;
use houseful_room::{Principal, Refusal, RoomId, Seq};
use tokio::sync::oneshot;

impl Router {
    /// How it stands with a room, and what somebody would see there.
    pub async fn inspect(&self, path: &str, who: Principal) -> Result<Inspection, Refusal> {
        let handle = self.find(path).await?;
        let who = self.introduce(&handle, who).await?;
        let (to, answer) = oneshot::channel();
        let sent = self.send(&handle, Mail::Inspect { who, to }).await;
        sent.map_err(|(_, refusal)| refusal)?;
        answer.await.unwrap_or_else(|_| Err(mail::unavailable()))
    }

    /// A room as its journal knows it.
    pub async fn record(&self, path: &str) -> Result<RoomRecord, Refusal> {
        let path = path.to_owned();
        self.reading(move |journal| journal.find(&path)).await?.ok_or_else(no_such_room)
    }

    /// The entries before a seq, the last `limit` of them, in order.
    pub async fn entries(
        &self,
        room: RoomId,
        before: Seq,
        limit: usize,
    ) -> Result<Vec<EntryRecord>, Refusal> {
        let last = before.saturating_sub(1);
        let after = last.saturating_sub(limit as u64);
        let count = (last - after) as usize;
        self.reading(move |journal| journal.read(room, after, count)).await
    }

    /// A room as it was after an entry.
    pub async fn past(&self, record: RoomRecord, at: Seq) -> Result<Past, Refusal> {
        let context = self.context.clone();
        let clock = context.clock.clone();
        self.reading(move |journal| replay(&context.apps, journal, &*clock, &record, at)).await
    }

    async fn reading<T: Send + 'static>(
        &self,
        read: impl FnOnce(&dyn Journal) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, Refusal> {
        let journal = self.context.journal.clone();
        match self.context.tasks.blocking(move || read(&*journal)).await {
            Ok(Ok(read)) => Ok(read),
            Ok(Err(error)) => {
                tracing::error!(%error, "a journal cannot be read");
                Err(mail::unavailable())
            }
            Err(_) => Err(mail::unavailable()),
        }
    }
}
