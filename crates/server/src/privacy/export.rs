//! Everything that is kept of a person, as one JSON document for themselves: the tables' rows, their picture, and of
//! each room what they wrote there and what is shown there to them alone. It never has what others wrote.

use super::{NotExported, Privacy};
use crate::clock::rfc3339;
use crate::pictures::MEDIA_TYPE;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use houseful_room::AccountId;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

/// What an export says it is.
const FORMAT: &str = "houseful-export-1";

impl Privacy {
    /// The document, as text.
    pub async fn export(&self, account: AccountId) -> Result<String, NotExported> {
        let _place = self.exports.try_acquire().map_err(|_| NotExported::Busy)?;
        let store = self.store.clone();
        let (kept, picture) = self
            .blocking(move || {
                let face = store.faces(&[account])?.pop();
                let avatar = face.and_then(|face| face.avatar);
                let picture = avatar.map(|id| store.picture(&id)).transpose()?.flatten();
                Ok((store.kept_of(account)?, picture))
            })
            .await?;
        let mut document = Map::new();
        document.insert("format".into(), FORMAT.into());
        document.insert("at".into(), rfc3339(self.clock.wall()).into());
        for (name, rows) in kept {
            let rows = rows.iter().filter_map(|row| serde_json::from_str(row).ok());
            let rows: Vec<Value> = rows.collect();
            let is_one = matches!(name, "account" | "notificationSettings" | "calendar");
            let value =
                if is_one { rows.into_iter().next().unwrap_or_default() } else { rows.into() };
            document.insert(name.into(), value);
        }
        document.insert("picture".into(), picture.map(|bytes| data_url(&bytes)).into());
        let mut rooms = Vec::new();
        for room in self.router.acted_in(account).await? {
            let said = self.router.words(&room, account).await?;
            let wrote: Vec<Value> = said.wrote.into_iter().map(as_json).collect();
            rooms.push(json!({
                "room": room.path, "app": room.app, "did": said.did, "wrote": wrote,
                "yours": serde_json::from_str::<Box<RawValue>>(&said.yours).ok(),
            }));
        }
        document.insert("inRooms".into(), rooms.into());
        Ok(Value::Object(document).to_string())
    }
}

fn as_json((shape, value): (String, String)) -> Value {
    json!({ "in": shape, "value": serde_json::from_str::<Value>(&value).unwrap_or_default() })
}

fn data_url(bytes: &[u8]) -> String {
    format!("data:{MEDIA_TYPE};base64,{}", STANDARD.encode(bytes))
}
