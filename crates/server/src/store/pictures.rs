//! Pictures as the store keeps them: bytes of ours under a random name.

use super::StoreError;
use houseful_room::AccountId;

/// A picture to be kept.
#[derive(Clone, Debug)]
pub struct PictureRow {
    /// Its random name.
    pub id: String,
    /// JPEG.
    pub bytes: Vec<u8>,
    /// Now (ms since 1970).
    pub at: i64,
}

/// Pictures.
pub trait PictureStore: Send + Sync {
    /// Keeps pictures of an event.
    fn put_event_pictures(&self, event: u64, pictures: Vec<PictureRow>) -> Result<(), StoreError>;
    /// The bytes of an event's own picture.
    fn event_picture(&self, event: u64, id: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Forgets all pictures of an event but these.
    fn keep_event_pictures(&self, event: u64, ids: &[String]) -> Result<(), StoreError>;
    /// The bytes of a person's picture.
    fn picture(&self, id: &str) -> Result<Option<Vec<u8>>, StoreError>;
    /// Keeps a picture as an account's own, or none; the one before is gone. `NotFound` without such an account.
    fn set_avatar(&self, account: AccountId, picture: Option<PictureRow>)
    -> Result<(), StoreError>;
}
