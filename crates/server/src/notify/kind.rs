//! The kinds of notifications in one table: what each is called, where it goes unless somebody says otherwise, and
//! when it is worth a mail.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a notification is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Kind {
    /// An event starts soon: `leadMinutes` says how soon.
    Reminder,
    /// An event has another title or place.
    Changed,
    /// An event has another start.
    Rescheduled,
    /// An event does not take place.
    Cancelled,
    /// A followed organiser has published an event.
    Published,
    /// Somebody was spoken to in a room.
    Mention,
    /// Somebody was invited to a private room or event.
    Invitation,
    /// Places were booked.
    Booked,
    /// A place is offered, for a while.
    Offer,
    /// A webhook has failed for days and was switched off.
    Webhook,
}

/// Where notifications of a kind go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Channels {
    /// Whether it counts as unread and is shown at once.
    pub app: bool,
    /// Whether it may come by mail.
    pub mail: bool,
    /// Whether it may come by Web Push.
    pub push: bool,
}

/// When a kind is worth a mail, if its person wants mails of that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailWhen {
    /// Only if they are not reached in the lobby.
    Away,
    /// Even so: they will want to look it up.
    Always,
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 10] = [
        Kind::Reminder,
        Kind::Changed,
        Kind::Rescheduled,
        Kind::Cancelled,
        Kind::Published,
        Kind::Mention,
        Kind::Invitation,
        Kind::Booked,
        Kind::Offer,
        Kind::Webhook,
    ];

    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Reminder => "reminder",
            Kind::Changed => "changed",
            Kind::Rescheduled => "rescheduled",
            Kind::Cancelled => "cancelled",
            Kind::Published => "published",
            Kind::Mention => "mention",
            Kind::Invitation => "invitation",
            Kind::Booked => "booked",
            Kind::Offer => "offer",
            Kind::Webhook => "webhook",
        }
    }

    /// Reads what [`Kind::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// Where it goes unless somebody says otherwise. A chat that one is spoken to in is no reason for a mail, and who
    /// has just booked knows it. A push goes only to a browser that its person has chosen.
    pub fn channels(self) -> Channels {
        Channels { app: true, mail: self != Kind::Mention, push: self != Kind::Booked }
    }

    /// When it is worth a mail.
    pub fn mail_when(self) -> MailWhen {
        match self {
            Kind::Rescheduled | Kind::Cancelled | Kind::Booked | Kind::Offer => MailWhen::Always,
            _ => MailWhen::Away,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_called_the_same_in_the_store_and_on_the_wire() {
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
