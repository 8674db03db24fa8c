//! Pictures in SQLite, and whose they are.

use super::{Sqlite, as_i64};
use crate::store::{PictureRow, PictureStore, StoreError};
use houseful_room::AccountId;
use rusqlite::{OptionalExtension, params};

impl PictureStore for Sqlite {
    fn put_event_pictures(&self, event: u64, pictures: Vec<PictureRow>) -> Result<(), StoreError> {
        self.write(move |db| {
            for PictureRow { id, bytes, at } in &pictures {
                db.prepare_cached(
                    "INSERT INTO pictures (id, bytes, created_at, event) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![id, bytes, at, as_i64(event)])?;
            }
            Ok(())
        })
    }

    fn event_picture(&self, event: u64, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT bytes FROM pictures WHERE id = ?1 AND event = ?2")?
                .query_row(params![id, as_i64(event)], |row| row.get(0))
                .optional()
        })
    }

    fn keep_event_pictures(&self, event: u64, ids: &[String]) -> Result<(), StoreError> {
        let ids = serde_json::to_string(ids).unwrap_or_default();
        self.write(move |db| {
            db.prepare_cached(
                "DELETE FROM pictures
                 WHERE event = ?1 AND id NOT IN (SELECT value FROM json_each(?2))",
            )?
            .execute(params![as_i64(event), ids])?;
            Ok(())
        })
    }

    fn picture(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(|db| {
            db.prepare_cached("SELECT bytes FROM pictures WHERE id = ?1 AND event IS NULL")?
                .query_row([id], |row| row.get(0))
                .optional()
        })
    }

    fn set_avatar(
        &self,
        account: AccountId,
        picture: Option<PictureRow>,
    ) -> Result<(), StoreError> {
        self.write(move |db| {
            let before: Option<String> = db
                .prepare_cached("SELECT avatar FROM accounts WHERE id = ?1")?
                .query_row([as_i64(account.0)], |row| row.get(0))
                .optional()?
                .ok_or(StoreError::NotFound)?;
            if let Some(PictureRow { id, bytes, at }) = &picture {
                db.prepare_cached(
                    "INSERT INTO pictures (id, bytes, created_at) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![id, bytes, at])?;
            }
            let id = picture.as_ref().map(|picture| &picture.id);
            db.prepare_cached("UPDATE accounts SET avatar = ?2 WHERE id = ?1")?
                .execute(params![as_i64(account.0), id])?;
            db.prepare_cached("DELETE FROM pictures WHERE id = ?1")?.execute([before])?;
            Ok(())
        })
    }
}
