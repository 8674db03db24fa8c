//! Tickets on paper: an order's tickets as a PDF, a page each. It decides nothing about who gets them; what it is given
//! is all that it says.

mod sheet;
mod typeface;

use crate::clock::rfc3339;
use crate::limits::TICKETS_PER_PDF_MAX;
use crate::notify::{Language, moment};
use crate::store::{BookingRow, EventRow, Store, StoreError};
use crate::tickets::{Ticket, Tickets, places};
use houseful_room::Wall;
use sheet::{Entry, Sheets};
use uuid::Uuid;

/// Why there is no PDF.
#[derive(Debug, thiserror::Error)]
pub enum PaperError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The PDF could not be written.
    #[error("the tickets cannot be written as a PDF: {0}")]
    Unwritable(String),
}

/// The words of a ticket.
pub(crate) struct Labels {
    pub(crate) code: &'static str,
    title: &'static str,
    place: &'static str,
    name: &'static str,
    booking: &'static str,
    number: fn(usize, usize) -> String,
    qr: &'static str,
}

const ENGLISH: Labels = Labels {
    code: "en",
    title: "Tickets",
    place: "Place",
    name: "Name",
    booking: "Booking",
    number: |nth, of| format!("Ticket {nth} of {of}"),
    qr: "QR code of this ticket, for the door",
};

const GERMAN: Labels = Labels {
    code: "de",
    title: "Karten",
    place: "Platz",
    name: "Name",
    booking: "Buchung",
    number: |nth, of| format!("Karte {nth} von {of}"),
    qr: "QR-Code dieser Karte, für den Einlass",
};

/// What the file is called.
pub fn file_name(booking: &BookingRow) -> String {
    format!("tickets-{}.pdf", booking.code)
}

/// The tickets of an order that stands, as a PDF. Blocks, for some milliseconds.
pub fn tickets(
    store: &dyn Store,
    booking: &BookingRow,
    event: &EventRow,
    language: Language,
    house: &str,
) -> Result<Vec<u8>, PaperError> {
    let unknown = || PaperError::Store(StoreError::Failed(format!("order {}", booking.order)));
    let order = Uuid::try_parse(&booking.order).map_err(|_| unknown())?;
    let keys = Tickets::open(store, booking.at)?;
    let name = store.names(&[booking.account])?.pop().map(|(_, name)| name);
    let signed = places(booking).into_iter().take(TICKETS_PER_PDF_MAX).map(|(place, label)| {
        Entry { token: keys.sign(&Ticket { event: event.id, order, place }), label }
    });
    let sheets = Sheets {
        labels: match language {
            Language::En => &ENGLISH,
            Language::De => &GERMAN,
        },
        title: &event.title,
        when: moment(language, &rfc3339(Wall(event.starts_at)), &event.time_zone),
        place: &event.place,
        name: name.as_deref().unwrap_or_default(),
        code: &booking.code,
        house,
        entries: signed.collect(),
    };
    sheet::pdf(&sheets).map_err(PaperError::Unwritable)
}
