//! What goes with the mail about a booking: the organiser's words as they are when it is sent, and the tickets of the
//! order as it is then. Other mails take nothing along.

use super::letter::Enclosed;
use super::{About, Outbox};
use crate::notify::{Kind, Settings};
use crate::paper;
use crate::store::{DueMail, Store, StoreError};
use houseful_room::AccountId;

impl Outbox {
    /// What goes with a mail.
    pub(super) async fn enclosed(&self, mail: &DueMail) -> Result<Enclosed, StoreError> {
        if mail.kind != Kind::Booked.as_str() {
            return Ok(Enclosed::default());
        }
        let (store, house) = (self.store.clone(), self.public_url.clone());
        let (account, about) = (mail.account, About::read(&mail.data));
        let settings = Settings::read(mail.settings.as_deref());
        self.blocking(move || of_booking(&*store, account, &about, &settings, &house)).await
    }
}

fn of_booking(
    store: &dyn Store,
    account: AccountId,
    about: &About,
    settings: &Settings,
    house: &str,
) -> Result<Enclosed, StoreError> {
    let event = store.event(about.event.unwrap_or_default())?;
    let Some(event) = event else { return Ok(Enclosed::default()) };
    let mut enclosed = Enclosed { mail: event.booking_mail(), tickets: None };
    let order = store.booking(account, about.order.as_deref().unwrap_or_default())?;
    // What was given back meanwhile has no tickets.
    let stands = order.filter(|order| order.status == "booked" && event.status != "cancelled");
    if let Some(order) = stands.filter(|_| enclosed.mail.tickets) {
        match paper::tickets(store, &order, &event, settings.language, house) {
            Ok(pdf) => enclosed.tickets = Some((paper::file_name(&order), pdf)),
            Err(paper::PaperError::Store(error)) => return Err(error),
            // The mail says where the tickets are, so it goes without them.
            Err(error) => {
                tracing::error!(%error, order = order.order, "a mail goes without tickets")
            }
        }
    }
    Ok(enclosed)
}
