//! What webhooks are told of. The triggers of the schema note the facts by these very names.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Something that happens to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum HookKind {
    /// Places were booked.
    #[serde(rename = "booking.made")]
    BookingMade,
    /// Some places of an order were given back.
    #[serde(rename = "booking.changed")]
    BookingChanged,
    /// An order was cancelled.
    #[serde(rename = "booking.cancelled")]
    BookingCancelled,
    /// Somebody came in.
    #[serde(rename = "ticket.checked_in")]
    TicketCheckedIn,
    /// An event is on sale.
    #[serde(rename = "event.published")]
    EventPublished,
    /// Something of a published event is another.
    #[serde(rename = "event.changed")]
    EventChanged,
    /// An event does not take place.
    #[serde(rename = "event.cancelled")]
    EventCancelled,
    /// A call to try a webhook out; whoever asks for it gets it.
    #[serde(rename = "webhook.test")]
    Test,
}

impl HookKind {
    /// All that can be chosen.
    pub const ALL: [HookKind; 7] = [
        HookKind::BookingMade,
        HookKind::BookingChanged,
        HookKind::BookingCancelled,
        HookKind::TicketCheckedIn,
        HookKind::EventPublished,
        HookKind::EventChanged,
        HookKind::EventCancelled,
    ];

    /// As it is stored and sent.
    pub fn as_str(self) -> &'static str {
        match self {
            HookKind::BookingMade => "booking.made",
            HookKind::BookingChanged => "booking.changed",
            HookKind::BookingCancelled => "booking.cancelled",
            HookKind::TicketCheckedIn => "ticket.checked_in",
            HookKind::EventPublished => "event.published",
            HookKind::EventChanged => "event.changed",
            HookKind::EventCancelled => "event.cancelled",
            HookKind::Test => "webhook.test",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_called_the_same_in_the_store_and_on_the_wire() {
        for kind in HookKind::ALL.into_iter().chain([HookKind::Test]) {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
