//! Tickets: what an order is for, place by place, signed so that a door without a network can tell a true one. It knows
//! nobody and lets nobody in: whether an order still stands, and who came before, the event's room says.

use crate::store::{BookingRow, Hash, PlaceRow, Store, StoreError};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use uuid::Uuid;

/// What is signed begins so: no signature for something else is one for a ticket.
const CONTEXT: &str = "houseful-ticket-1";

/// What a ticket is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The event.
    pub event: u64,
    /// The order.
    pub order: Uuid,
    /// The place, such as `s12` or `a0.3`.
    pub place: String,
}

/// Signs tickets.
pub struct Tickets(SigningKey);

impl Tickets {
    /// With the server's key, which is made when there is none.
    pub fn open(store: &dyn Store, now: i64) -> Result<Tickets, StoreError> {
        let new: Hash = crate::accounts::random();
        Ok(Tickets(SigningKey::from_bytes(&store.ticket_seed(new, now)?)))
    }

    /// The key by which everyone can tell a true ticket, in base64url.
    pub fn public_key(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.verifying_key().as_bytes())
    }

    /// A ticket's text: `EVENT.ORDER.PLACE.SIGNATURE`, where a place has `-` for its point.
    pub fn sign(&self, ticket: &Ticket) -> String {
        let text = text(ticket);
        let signature = self.0.sign(signed(&text).as_bytes());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.to_bytes()))
    }
}

/// What a ticket is for, if it was signed with the key that belongs to this one.
pub fn verify(public_key: &str, token: &str) -> Option<Ticket> {
    let key: [u8; 32] = URL_SAFE_NO_PAD.decode(public_key).ok()?.try_into().ok()?;
    let key = VerifyingKey::from_bytes(&key).ok()?;
    let (text, signature) = token.rsplit_once('.')?;
    let signature: [u8; 64] = URL_SAFE_NO_PAD.decode(signature).ok()?.try_into().ok()?;
    key.verify_strict(signed(text).as_bytes(), &Signature::from_bytes(&signature)).ok()?;
    let mut parts = text.split('.');
    let (event, order, place) = (parts.next()?, parts.next()?, parts.next()?);
    let (event, order) = (event.parse().ok()?, Uuid::try_parse(order).ok()?);
    Some(Ticket { event, order, place: place.replace('-', ".") })
}

/// What an order is for, place by place, as the room calls them, and as people do.
pub fn places(row: &BookingRow) -> Vec<(String, String)> {
    let mut places = Vec::new();
    let mut counted: Vec<(u64, u64)> = Vec::new();
    let standing: Vec<&PlaceRow> = row.places.iter().filter(|p| p.status == "booked").collect();
    for place in &standing {
        if let Some(seat) = place.seat {
            places.push((format!("s{seat}"), place.label.clone()));
        }
    }
    for place in standing {
        let Some(area) = place.area else { continue };
        // An area that was held at two prices is two lines of the order, and one row of places.
        let before = counted.iter().filter(|(of, _)| *of == area);
        let first: u64 = before.map(|(_, count)| count).sum();
        for nth in first..first + place.count {
            places.push((format!("a{area}.{nth}"), place.label.clone()));
        }
        counted.push((area, place.count));
    }
    places
}

fn text(ticket: &Ticket) -> String {
    let place = ticket.place.replace('.', "-");
    format!("{}.{}.{place}", ticket.event, ticket.order.simple())
}

fn signed(text: &str) -> String {
    format!("{CONTEXT}:{text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_told_by_its_key_and_no_other() {
        let (one, other) =
            (Tickets(SigningKey::from_bytes(&[7; 32])), SigningKey::from_bytes(&[8; 32]));
        let ticket = Ticket { event: 42, order: Uuid::from_u128(9), place: "a0.3".into() };
        let token = one.sign(&ticket);
        assert_eq!(verify(&one.public_key(), &token), Some(ticket.clone()));
        let foreign = URL_SAFE_NO_PAD.encode(other.verifying_key().as_bytes());
        assert_eq!(verify(&foreign, &token), None);
        for wrong in [
            token.replacen("42.", "43.", 1),
            token.replacen("a0-3", "a0-4", 1),
            token.replacen("a0-3", "s3", 1),
            token[..token.len() - 1].to_owned(),
            format!("{token}A"),
            token.replacen('.', "", 1),
            String::new(),
        ] {
            assert_eq!(verify(&one.public_key(), &wrong), None, "{wrong}");
        }
    }
}
