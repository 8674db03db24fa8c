//! Making a room: its first transaction is decided before anything is stored, so that a refused
//! configuration leaves nothing behind.

use super::recover::nothing;
use super::turn::record;
use super::{OsIds, RoomContext};
use crate::clock;
use crate::journal::{AppendFailure, NewRoom, Verdict};
use crate::store::StoreError;
use houseful_room::{Host, Ids, Refusal, RoomId};
use std::sync::Arc;

/// Why a room was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The application refuses the configuration.
    #[error("{}", .0.message)]
    Refused(Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a room of an application and waits until its first entry is durable.
pub async fn create(
    context: &Arc<RoomContext>,
    app: &'static str,
    path: String,
    config: Arc<str>,
) -> Result<(), CreateError> {
    let failed = |text: String| CreateError::Store(StoreError::Failed(text));
    let now = clock::now(&*context.clock);
    let version = context.apps.get(app).map(|app| app.version).unwrap_or_default();
    let (id, epoch) = (RoomId(OsIds.uuid(now.wall)), OsIds.uuid(now.wall));
    let room = context.apps.build(app, version, &config, nothing(epoch), now);
    let mut host =
        Host::new(room.map_err(|text| CreateError::Refused(Refusal::new("event_invalid", text)))?);
    let opened = host.start(now, &mut OsIds).map_err(CreateError::Refused)?;
    let new = NewRoom { room: id, path, app, version, config, epoch };
    let journal = context.journal.clone();
    let made = context.tasks.blocking(move || {
        journal.create(new)?;
        journal.open(id)
    });
    made.await.map_err(|error| failed(error.to_string()))??;
    let Some(mut append) = opened.append else { return Ok(()) };
    let rows = append.take_rows();
    let appended = context.journal.append(record(id, append, rows.clone()));
    match appended.await {
        Ok(Ok(Verdict::Durable)) => {
            let _ = context.notices.try_send(super::Notice::Rows(rows));
            Ok(())
        }
        Ok(Err(AppendFailure::Full)) => Err(StoreError::Full.into()),
        Ok(Err(AppendFailure::Busy)) => Err(StoreError::Busy.into()),
        other => Err(failed(format!("the first entry was not written: {other:?}"))),
    }
}
