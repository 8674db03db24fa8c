//! What a person has set about notifications: kinds, channels, how long before an event. What cannot be read counts
//! as not set, so that nobody goes without.

use super::due::LEADS;
use super::kind::{Channels, Kind};
use crate::limits::LEADS_PER_PERSON_MAX;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A language that mails are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    #[default]
    En,
    /// German.
    De,
}

/// What a person has set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({
    "language": "de", "reminderMinutes": [1440, 60],
    "kinds": { "mention": { "app": true, "mail": false, "push": false } }
}))]
pub struct Settings {
    /// The language of mails.
    pub language: Language,
    /// How many minutes before an event one is reminded: 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 4320
    /// or 10080, at most five of them; an empty list for no reminders; `null` for those that each organiser has set,
    /// which are 1440 and 60 unless they say otherwise.
    pub reminder_minutes: Option<Vec<u32>>,
    /// Where each kind goes; one that is not given goes where it goes by default.
    pub kinds: BTreeMap<Kind, Channels>,
}

impl Settings {
    /// As they are stored; the default if they are not.
    pub fn read(stored: Option<&str>) -> Settings {
        stored.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// Where a kind goes.
    pub fn channels(&self, kind: Kind) -> Channels {
        self.kinds.get(&kind).copied().unwrap_or_else(|| kind.channels())
    }

    /// With every kind named, the longest time ahead first; or what is wrong with which field.
    pub fn checked(mut self) -> Result<Settings, (&'static str, String)> {
        if let Some(leads) = &mut self.reminder_minutes {
            check(leads)?;
        }
        for kind in Kind::ALL {
            self.kinds.entry(kind).or_insert_with(|| kind.channels());
        }
        Ok(self)
    }
}

/// Brings times ahead into order, or says what is wrong with them.
fn check(leads: &mut Vec<u32>) -> Result<(), (&'static str, String)> {
    if let Some(unknown) = leads.iter().find(|lead| !LEADS.contains(lead)) {
        let known = LEADS.map(|lead| lead.to_string()).join(", ");
        return Err(("reminderMinutes", format!("{unknown} is none of {known}.")));
    }
    leads.sort_unstable_by(|a, b| b.cmp(a));
    leads.dedup();
    if leads.len() > LEADS_PER_PERSON_MAX {
        let text = format!("These are more than {LEADS_PER_PERSON_MAX} times.");
        return Err(("reminderMinutes", text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_set_is_as_by_default() {
        for text in [None, Some("{}"), Some("not JSON")] {
            let settings = Settings::read(text);
            assert_eq!(settings.reminder_minutes, None, "as each organiser has set it");
            assert!(settings.channels(Kind::Reminder).mail);
            assert!(!settings.channels(Kind::Mention).mail);
        }
    }

    #[test]
    fn reminders_are_at_times_that_there_are() {
        let with = |leads: &[u32]| {
            let reminder_minutes = Some(leads.to_vec());
            Settings { reminder_minutes, ..Settings::default() }.checked()
        };
        assert_eq!(with(&[60, 1_440, 60]).unwrap().reminder_minutes, Some(vec![1_440, 60]));
        assert_eq!(with(&[]).unwrap().reminder_minutes, Some(Vec::new()));
        assert_eq!(with(&[61]).unwrap_err().0, "reminderMinutes");
        assert_eq!(with(&[5, 10, 15, 30, 60, 120]).unwrap_err().0, "reminderMinutes");
    }
}
