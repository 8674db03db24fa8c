//! The signs of life of one session: a server of revision 4 asks for them, one of revision 3 is asked. It ends who is
//! silent, and everyone when the server goes.

use super::session::Session;
use crate::drain::Tasks;
use houseful_wire::engineio::{Packet, Revision};
use std::sync::Arc;
use tokio::time::{Instant, sleep_until};

/// Until the session is over.
pub(super) async fn beat(session: Arc<Session>, tasks: Tasks) {
    let (over, closing) = (session.over(), tasks.closing());
    let interval = session.settings.ping_interval;
    let pings = session.revision == Revision::V4;
    let mut ping_at = Instant::now() + interval;
    loop {
        tokio::select! {
            () = over.cancelled() => return,
            () = closing.cancelled() => session.end(Packet::Close),
            () = sleep_until(session.deadline()) => drop(session.is_over()),
            () = sleep_until(ping_at), if pings => {
                ping_at += interval;
                session.push([Packet::Ping(String::new())]);
            }
        }
    }
}
