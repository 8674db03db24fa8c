//! What is left of one event's places, for clients whose old protocol has no word for it: those that know none take no
//! notice. It watches as a visitor, so it tells only what everyone may see.

use super::date::iso_text;
use super::link::Told;
use super::{Ground, Link, Who};
use crate::events::seats_path;
use crate::limits;
use houseful_apps::seats::seen::Counts;
use serde_json::{Value, json};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::sleep;

/// What it is called, as in the booking dialect.
pub(super) const NAME: &str = "seat_update";

/// Tells whoever listens.
#[derive(Clone)]
pub(super) struct Ticker {
    out: broadcast::Sender<Value>,
}

impl Ticker {
    /// Watches an event until the server goes; none is watched if there is no such number.
    pub(super) fn start(ground: &Ground, event: u64) -> Ticker {
        let ticker = Ticker { out: broadcast::Sender::new(limits::TICKER_TOLD_MAX) };
        if event > 0 {
            let (ground, its) = (ground.clone(), ticker.clone());
            let tasks = ground.tasks.clone();
            tasks.spawn(async move { its.watch(ground, event).await });
        }
        ticker
    }

    /// What is told from now on. Each tells all there is to tell, so one that is missed does not matter.
    pub(super) fn listen(&self) -> broadcast::Receiver<Value> {
        self.out.subscribe()
    }

    async fn watch(self, ground: Ground, event: u64) {
        let closing = ground.tasks.closing();
        loop {
            tokio::select! {
                () = closing.cancelled() => return,
                () = self.follow(&ground, event) => {}
            }
            tokio::select! {
                () = closing.cancelled() => return,
                () = sleep(Duration::from_millis(limits::TICKER_RETRY_MS)) => {}
            }
        }
    }

    /// One session, until it or the room ends.
    async fn follow(&self, ground: &Ground, event: u64) {
        let from = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let Ok(mut link) = Link::open(ground, from, Who::Visitor).await else { return };
        let room = seats_path(event);
        let Ok(copy) = link.join(&room).await else { return };
        let mut known = Counts::of(copy.replica());
        while let Some(Told::Changed { .. } | Told::Anew { .. } | Told::Leaving) = link.next().await
        {
            let Some(counts) = link.room(&room).map(|copy| Counts::of(copy.replica())) else {
                return;
            };
            if counts != known {
                known = counts;
                // Nobody may be listening.
                let _ = self.out.send(said(event, counts, &iso_text(ground.api.clock.wall())));
            }
        }
    }
}

fn said(event: u64, counts: Counts, at: &str) -> Value {
    json!({
        "type": NAME, "eventId": event, "availableSeats": counts.available,
        "seatCapacity": counts.capacity, "timestamp": at,
    })
}
